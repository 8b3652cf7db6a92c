"""How results are written for people: money with its unit, shares, names, regions, notes."""

from __future__ import annotations

import re
from math import isfinite
from unicodedata import combining, east_asian_width

from connhub.codes import BLOCKS, PREFECTURES
from connhub.regions import OVERSEAS, UNKNOWN
from connhub.vocabulary import Language

__all__ = [
    "NOTHING",
    "brief",
    "firm_label",
    "money",
    "money_scale",
    "money_unit",
    "note",
    "plain",
    "region_label",
    "share",
    "shortened",
    "width",
]

NOTHING = "—"
"""What stands where a value is undefined."""
_SCALES: dict[Language, tuple[tuple[int, str], ...]] = {
    "ja": ((10**12, "兆円"), (10**8, "億円"), (10**6, "百万円"), (1, "円")),
    "en": ((10**12, "trillion yen"), (10**9, "billion yen"), (10**6, "million yen"), (1, "yen")),
}
_OUTSIDE: dict[str, dict[Language, str]] = {
    OVERSEAS: {"ja": "海外", "en": "Overseas"},
    UNKNOWN: {"ja": "不明", "en": "Unknown"},
}


def width(words: str) -> int:
    """Columns that a text takes: two for each full-width character, none for combining marks.

    Examples
    --------
    >>> width("新潟 A"), width("ﾆｲｶﾞﾀ")
    (6, 5)
    """
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in words)


_KEPT = "\u3000\u200d"  # the full-width blank, and what joins emoji


def plain(words: object) -> str:
    r"""Make a text of the user's data one printable line; nothing else is changed.

    Line ends, tabs and unusual blanks become blanks; control characters, and marks that turn the
    direction of writing, become "?".

    Examples
    --------
    >>> plain("株式会社\n甲"), plain("甲\a乙"), plain(None)
    ('株式会社 甲', '甲?乙', '')
    """
    if not isinstance(words, str):
        return ""
    return "".join(
        c if c.isprintable() or c in _KEPT else " " if c.isspace() else "?" for c in words
    )


def shortened(words: object, most: int = 24) -> str:
    """Cut a text to `most` columns, the last an ellipsis.

    Examples
    --------
    >>> shortened("株式会社あいうえお製作所", 14), shortened("甲社", 14)
    ('株式会社あい…', '甲社')
    """
    said = plain(words)
    if width(said) <= most:
        return said
    room, kept = most - 1, ""
    for c in said:
        room -= width(c)
        if room < 0:
            break
        kept += c
    return f"{kept}…"


def firm_label(name: object, firm_id: object, most: int = 24) -> str:
    """Name of a firm for people, cut to `most` columns; its id where it has no name.

    Examples
    --------
    >>> firm_label("株式会社甲", "7123456789012"), firm_label(None, "7123456789012")
    ('株式会社甲', '7123456789012')
    """
    return shortened(name, most) if plain(name).strip() else shortened(str(firm_id), most)


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


def region_label(
    code: str, name: str | None = None, lang: Language = "ja", *, short: bool = False
) -> str:
    """Name of a region for people: official names in both languages, else the user's own.

    Parameters
    ----------
    code, name : str
        Code of the region, and the name that a result has for it.
    lang : {"ja", "en"}
    short : bool
        Without 県, 府 and 都 (東京, but 北海道).

    Examples
    --------
    >>> region_label("15"), region_label("15", short=True), region_label("15", lang="en")
    ('新潟県', '新潟', 'Niigata')
    >>> region_label("overseas", lang="en"), region_label("tohoku"), region_label("A", "東の圏")
    ('Overseas', '東北', '東の圏')
    """
    if code in _OUTSIDE:
        return _OUTSIDE[code][lang]
    own = plain(name) or plain(code)
    prefecture = PREFECTURES.get(code)
    if prefecture is not None and name in (None, prefecture.name_ja):
        if lang == "en":
            return prefecture.name_en
        cut = short and prefecture.name_ja != "北海道"
        return prefecture.name_ja[:-1] if cut else prefecture.name_ja
    if code in BLOCKS and own in (code, BLOCKS[code]):
        return BLOCKS[code] if lang == "ja" else code.capitalize()
    return own


_NOTES: tuple[tuple[str, str], ...] = (
    (r"(\S+) of the money was excluded", "読み込んだ金額(絶対額)の{}を除外した"),
    (r"the years (.+) were added up", "{} 年を合算した"),
    (
        r"(.+): the last line has no end of line; check that the file was not cut short",
        "{}: 最後の行に改行がない。ファイルが途中で切れていないか確認されたい",
    ),
    (
        r"amounts in (.+) are typically (\S+) times those in (.+); .+",
        "{} の金額はおおむね {2} の {1} 倍。単位が同じか確認されたい",
    ),
    (
        r"(\S+) of the eligible firms are not ranked: no value of an indicator",
        "対象企業の{}は、指標の値がないため順位がない",
    ),
    (
        r"firms tied across the last place were chosen in (\S+) list\(s\)",
        "{} 件のリストで、最後の枠をまたぐ同点の企業をすべて選んだ",
    ),
    (
        r"firms tied across the last place were left out in (\S+) list\(s\)",
        "{} 件のリストで、最後の枠をまたぐ同点の企業を選ばなかった",
    ),
    (
        r"(\S+) list\(s\) have fewer ranked firms than places; all are chosen",
        "{} 件のリストで、順位のある企業が枠より少なく、すべてを選んだ",
    ),
    (
        r"industry codes of the fields that no firm has: (.+)",
        "該当する企業のない、分野の産業分類コード: {}",
    ),
    (r"fields without a firm: (.+)", "企業のない分野: {}"),
)


def note(words: str, lang: Language) -> str:
    """A note of a ledger or a selection, in the language; one that is not known stays as it is.

    Examples
    --------
    >>> note("1.5% of the money was excluded", "ja")
    '読み込んだ金額(絶対額)の1.5%を除外した'
    """
    if lang == "ja":
        for pattern, japanese in _NOTES:
            if found := re.fullmatch(pattern, words):
                return re.sub(r"\{(\d?)\}", lambda m: found[int(m[1] or 0) + 1], japanese)
    return words
