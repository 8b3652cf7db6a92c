"""Money, shares and large numbers as people write them.

Money of a result is whole units of its `unit`: the base unit (円, EUR), or a decimal fraction of
it where the resolution is finer (``0.01 EUR``). Only here, on its way to a reader, is it divided.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from math import isfinite
from statistics import median

from connhub.labels import Language

__all__ = [
    "NOTHING",
    "bare_money",
    "brief",
    "brief_money",
    "brief_scale",
    "decimal_text",
    "exact_money",
    "money",
    "money_decimals",
    "money_scale",
    "money_unit",
    "one_unit",
    "share",
    "split_unit",
    "unit_name",
]

NOTHING = "—"
"""What stands where a value is undefined."""
_YEN: dict[Language, tuple[tuple[int, str, str], ...]] = {
    "ja": ((10**8, "億円", "億"), (10**6, "百万円", "百万"), (1, "円", "")),
    "en": ((10**9, "billion yen", "bn"), (10**6, "million yen", "m"), (1, "yen", "")),
}
"""Units of yen, and what they are called in cells; the largest is that of the statistics."""
_LEAST = 10**6
"""Smaller money is written in yen, whatever stands beside it: every digit can be read."""
_beside: ContextVar[float] = ContextVar("beside", default=0.0)
"""Yen that all money is written beside, on a page."""


@contextmanager
def one_unit(largest: float, unit: str) -> Iterator[None]:
    """Write all money within as if beside `largest`: one page, one unit, whoever writes it.

    Examples
    --------
    >>> with one_unit(4_968_590_000, "円"):
    ...     money(65_400_000, "円"), brief_money(65_400_000, "円"), money(654_000, "円")
    ('0.654億円', '0.654億', '654,000円')
    """
    parts, base = split_unit(unit)
    token = _beside.set(abs(largest) / parts if base == "円" else 0.0)
    try:
        yield
    finally:
        _beside.reset(token)


def _yen(size: float, lang: Language, beside: float = 0) -> tuple[int, str, str]:
    """The unit of an amount in yen, beside others."""
    shared = max(size, abs(beside), _beside.get()) if size >= _LEAST else size
    return next((scale for scale in _YEN[lang] if shared >= scale[0]), _YEN[lang][-1])


def split_unit(unit: str) -> tuple[int, str]:
    """How many of a unit make one base unit, and the base unit.

    Examples
    --------
    >>> split_unit("円"), split_unit("0.01 EUR")
    ((1, '円'), (100, 'EUR'))
    """
    fraction, _, base = unit.partition(" ")
    if base and fraction.startswith("0.") and set(fraction[2:-1]) <= {"0"} and fraction[-1] == "1":
        return int(10 ** (len(fraction) - 2)), base
    return 1, unit


def money_unit(unit: str, lang: Language = "ja") -> str:
    """Name of the base unit of money in the language.

    Examples
    --------
    >>> money_unit("円"), money_unit("円", "en"), money_unit("0.01 EUR", "en")
    ('円', 'yen', 'EUR')
    """
    base = split_unit(unit)[1]
    return _YEN[lang][-1][1] if base == "円" else base


_NAMES_OF_UNITS = {
    "円": "yen",
    "千円": "thousand yen",
    "万円": "10,000 yen",
    "十万円": "100,000 yen",
    "百万円": "million yen",
    "千万円": "10 million yen",
    "億円": "100 million yen",
    "十億円": "billion yen",
    "百億円": "10 billion yen",
    "兆円": "trillion yen",
}


def unit_name(unit: str, lang: Language = "ja") -> str:
    """What a unit of amounts, as a table or an option gives it, is called; others as they are.

    Examples
    --------
    >>> unit_name("千円"), unit_name("千円", "en"), unit_name("EUR", "en")
    ('千円', 'thousand yen', 'EUR')
    """
    return unit if lang == "ja" else _NAMES_OF_UNITS.get(unit, unit)


def money_scale(
    largest: float, unit: str, lang: Language = "ja", *, beside: float = 0
) -> tuple[int, str]:
    """By how much to divide money so that `largest` is short, and the unit it is then in.

    Only yen is scaled; other units stay the base unit. What stands `beside` larger money, or on a
    page of `one_unit`, is written in the same unit, but for less than a million yen.

    Examples
    --------
    >>> money_scale(4_968_590_000, "円"), money_scale(4_968_590_000, "円", "en")
    ((100000000, '億円'), (1000000000, 'billion yen'))
    >>> money_scale(4_968_590_000, "mg"), money_scale(500, "0.01 EUR")
    ((1, 'mg'), (100, 'EUR'))
    >>> money_scale(65_400_000, "円", beside=4_968_590_000)
    (100000000, '億円')
    """
    parts, base = split_unit(unit)
    if base != "円":
        return parts, base
    by, name, _ = _yen(abs(largest) / parts, lang, beside / parts)
    return by * parts, name


def money(amount: float, unit: str, lang: Language = "ja", *, beside: float = 0) -> str:
    """Write money with its unit, to three digits or more; `beside` larger money in one unit.

    Examples
    --------
    >>> money(4_968_590_000, "円"), money(4_968_590_000, "円", "en"), money(1234, "mg")
    ('49.7億円', '4.97 billion yen', '1,234 mg')
    >>> money(65_400_000, "円"), money(65_400_000, "円", beside=4_968_590_000)
    ('65.4百万円', '0.654億円')
    >>> money(1_234_567_890_123, "円"), money(1_234_000, "円", beside=4_968_590_000)
    ('12,346億円', '0.0123億円')
    >>> money(123_456, "0.01 EUR", "en"), money(60, "0.01 EUR", "en")
    ('1,235 EUR', '0.60 EUR')
    """
    if not isfinite(amount):
        return NOTHING
    parts, base = split_unit(unit)
    by, name = money_scale(amount, unit, lang, beside=beside)
    value: float | Decimal = amount / by
    digits = 0 if by == 1 else money_decimals(abs(amount / by))
    if by == parts:  # unscaled: no more decimals than there are, and every digit before the point
        digits = min(digits, 2, len(str(parts)) - 1)
        value = Decimal(int(amount)) / parts if amount == int(amount) else value
    blank = "" if lang == "ja" and base == "円" else " "
    return f"{value:,.{digits}f}{blank}{name}"


def money_decimals(size: float) -> int:
    """Decimals that make three digits or more.

    Examples
    --------
    >>> [money_decimals(size) for size in (123.4, 12.3, 1.2, 0.12, 0.012, 0.0012, 0)]
    [0, 1, 2, 3, 4, 5, 5]
    """
    return next((i for i in range(5) if size >= 10 ** (2 - i)), 5)


def decimal_text(amount: int, unit: str, *, commas: bool = True) -> str:
    """Write money in base units with every digit, without the unit.

    Examples
    --------
    >>> decimal_text(1234567, "円"), decimal_text(-123456, "0.01 EUR")
    ('1,234,567', '-1,234.56')
    >>> decimal_text(1234567, "円", commas=False)
    '1234567'
    """
    parts, _ = split_unit(unit)
    whole, rest = divmod(abs(int(amount)), parts)
    decimals = f".{rest:0{len(str(parts)) - 1}d}" if parts > 1 else ""
    return f"{'-' if amount < 0 else ''}{whole:{',' if commas else ''}}{decimals}"


def exact_money(amount: int, unit: str, lang: Language = "ja") -> str:
    """Write money with its unit and every digit.

    Examples
    --------
    >>> exact_money(1234567, "円"), exact_money(1234567, "円", "en"), exact_money(60, "0.01 EUR")
    ('1,234,567円', '1,234,567 yen', '0.60 EUR')
    """
    name = money_unit(unit, lang)
    blank = "" if lang == "ja" and name == "円" else " "
    return f"{decimal_text(amount, unit)}{blank}{name}"


_BRIEF: dict[Language, tuple[tuple[int, str], ...]] = {
    "ja": ((10**12, "兆"), (10**8, "億"), (10**4, "万")),
    "en": ((10**12, "tn"), (10**9, "bn"), (10**6, "m"), (10**3, "k")),
}
_LEAST_TYPICAL = 0.05
"""A unit of which most money is less than this is too large for a picture."""


def brief(value: float, lang: Language = "ja") -> str:
    """Write a number without its unit, to three digits, for a cell of a picture.

    Money is written by `brief_money`.

    Examples
    --------
    >>> brief(4_968_590_000), brief(4_968_590_000, "en"), brief(12), brief(0.1234)
    ('49.7億', '4.97bn', '12', '0.123')
    """
    for by, name in _BRIEF[lang]:
        if abs(value) >= by * (1 - 5e-5):  # what rounds to the next scale is written in it
            scaled = value / by
            digits = 0 if abs(scaled) >= 100 else 1 if abs(scaled) >= 10 else 2
            return f"{scaled:,.{digits}f}{name}"
    return _unscaled(value)


def _unscaled(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.3g}"


def _brief_scales(base: str, lang: Language) -> tuple[tuple[int, str], ...]:
    """Units of money in cells: of yen those of texts, so that a page has one."""
    return tuple((by, name) for by, _, name in _YEN[lang][:-1]) if base == "円" else _BRIEF[lang]


def brief_scale(amounts: Iterable[float], unit: str, lang: Language = "ja") -> int:
    """By how much all money of a picture is divided: as suits the largest, or most of it.

    Examples
    --------
    >>> brief_scale([4_968_590_000, 81_190_000], "円"), brief_scale([], "円")
    (100000000, 1)
    >>> brief_scale([13_400_000_000_000, 2_470_000, 1_130_000], "円")
    1000000
    """
    parts, base = split_unit(unit)
    sizes = [abs(amount) / parts for amount in amounts if amount and isfinite(amount)]
    if not sizes:
        return 1
    if base == "円" and _beside.get():  # the unit of the page
        return _yen(max(sizes), lang)[0]
    typical = median(sizes)
    fitting = (
        by
        for by, _ in _brief_scales(base, lang)
        if max(sizes) >= by * (1 - 5e-5) and typical >= _LEAST_TYPICAL * by
    )
    return next(fitting, 1)


def brief_money(amount: float, unit: str, lang: Language = "ja", *, by: int | None = None) -> str:
    """Write money without its unit, to three digits, for a cell of a picture.

    By default in a unit of its own; divided `by` what `brief_scale` finds, in that of the others,
    unless nothing would be left of it.

    Examples
    --------
    >>> brief_money(4_968_590_000, "円"), brief_money(120_000, "0.01 EUR", "en")
    ('49.7億', '1.20k')
    >>> brief_money(81_190_000, "円"), brief_money(81_190_000, "円", by=10**8)
    ('81.2百万', '0.812億')
    """
    parts, base = split_unit(unit)
    amount = amount / parts
    names = dict(_brief_scales(base, lang))
    if base == "円":
        if abs(amount) < _LEAST:
            return _unscaled(amount)
        by = by if by in names else _yen(abs(amount), lang)[0]
    elif by not in names or 0 < abs(amount) < by / 1000:
        return brief(amount, lang)
    scaled = amount / by
    return f"{scaled:,.{money_decimals(abs(scaled))}f}{names[by]}" if amount else "0"


def bare_money(amount: float, unit: str, lang: Language, *, by: int) -> tuple[str, str]:
    """Write money for a narrow cell without its unit, and that unit, which stands once for all.

    Yen is divided `by` what `brief_scale` finds; other money is as `brief_money` writes it.

    Examples
    --------
    >>> bare_money(195_270_912_345_678, "円", "ja", by=10**8), bare_money(0, "円", "en", by=10**9)
    (('1,952,709', '億円'), ('0', 'billion yen'))
    >>> bare_money(120_000, "0.01 EUR", "en", by=1000)
    ('1.20k', 'EUR')
    """
    parts, base = split_unit(unit)
    if base != "円" or by == 1:
        return brief_money(amount, unit, lang, by=by), money_unit(unit, lang)
    size = amount / parts / by
    digits = money_decimals(abs(size)) if amount else 0
    return f"{size:,.{digits}f}", next(name for scale, name, _ in _YEN[lang] if scale == by)


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
