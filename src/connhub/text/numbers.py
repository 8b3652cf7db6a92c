"""Money, shares and large numbers as people write them."""

from __future__ import annotations

from math import isfinite

from connhub.schema import Language

__all__ = ["NOTHING", "brief", "money", "money_scale", "money_unit", "share"]

NOTHING = "—"
"""What stands where a value is undefined."""
_SCALES: dict[Language, tuple[tuple[int, str], ...]] = {
    "ja": ((10**12, "兆円"), (10**8, "億円"), (10**6, "百万円"), (1, "円")),
    "en": ((10**12, "trillion yen"), (10**9, "billion yen"), (10**6, "million yen"), (1, "yen")),
}


def money_unit(unit: str, lang: Language = "ja") -> str:
    """Name of the unit of money in the language.

    Examples
    --------
    >>> money_unit("円"), money_unit("円", "en"), money_unit("mg", "en")
    ('円', 'yen', 'mg')
    """
    return money_scale(0, unit, lang)[1]


def money_scale(largest: float, unit: str, lang: Language = "ja") -> tuple[int, str]:
    """By how much to divide money so that `largest` is short, and the unit it is then in.

    Only yen is scaled; other units stay as they are.

    Examples
    --------
    >>> money_scale(4_968_590_000, "円"), money_scale(4_968_590_000, "円", "en")
    ((100000000, '億円'), (1000000000, 'billion yen'))
    >>> money_scale(4_968_590_000, "mg")
    (1, 'mg')
    """
    if unit != "円":
        return 1, unit
    return next((s for s in _SCALES[lang] if abs(largest) >= s[0]), _SCALES[lang][-1])


def money(amount: float, unit: str, lang: Language = "ja") -> str:
    """Write money with its unit, to three or four digits.

    Examples
    --------
    >>> money(4_968_590_000, "円"), money(4_968_590_000, "円", "en"), money(1234, "mg")
    ('49.7億円', '4.97 billion yen', '1,234 mg')
    """
    if not isfinite(amount):
        return NOTHING
    by, name = money_scale(amount, unit, lang)
    value = amount / by
    digits = 0 if by == 1 or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    blank = "" if lang == "ja" and unit == "円" else " "
    return f"{value:,.{digits}f}{blank}{name}"


_BRIEF: dict[Language, tuple[tuple[int, str], ...]] = {
    "ja": ((10**12, "兆"), (10**8, "億"), (10**4, "万")),
    "en": ((10**12, "tn"), (10**9, "bn"), (10**6, "m"), (10**3, "k")),
}


def brief(value: float, lang: Language = "ja") -> str:
    """Write a number without its unit, to three digits, for a cell of a picture.

    Examples
    --------
    >>> brief(4_968_590_000), brief(4_968_590_000, "en"), brief(12), brief(0.1234)
    ('49.7億', '4.97bn', '12', '0.123')
    """
    for by, name in _BRIEF[lang]:
        if abs(value) >= by:
            scaled = value / by
            digits = 0 if abs(scaled) >= 100 else 1 if abs(scaled) >= 10 else 2
            return f"{scaled:,.{digits}f}{name}"
    return f"{value:,.0f}" if value == round(value) else f"{value:.3g}"


def share(value: float) -> str:
    """Write a share as a percentage of three digits or one decimal.

    Examples
    --------
    >>> share(0.420965), share(0.00042), share(float("nan"))
    ('42.1%', '0.042%', '—')
    """
    if not isfinite(value):
        return NOTHING
    percent = 100 * value
    return f"{percent:.1f}%" if abs(percent) >= 1 or percent == 0 else f"{percent:.2g}%"
