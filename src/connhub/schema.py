"""The one schema: every column the package accepts or emits, with labels and aliases.

`schema.csv` holds it; `connhub.labels` reads it, and this module finds columns and headers there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

from connhub.arguments import checked
from connhub.errors import check_choice
from connhub.labels import Column, Language, label_of, tables
from connhub.text.headers import column_unit, header_text
from connhub.text.names import plain

__all__ = [
    "YEN_UNITS",
    "Column",
    "UnitWords",
    "all_columns",
    "columns",
    "label",
    "money_columns",
    "normal_header",
    "numeric_columns",
    "unit_in_header",
    "unit_words",
]


@checked
def columns(table: str) -> Mapping[str, Column]:
    """Columns of one table by name, in order.

    Raises
    ------
    OptionError
        For a table that is not there.

    Examples
    --------
    >>> list(columns("ledger"))
    ['entry', 'kind', 'rows', 'amount']
    """
    if table not in tables():
        check_choice("table", table, tables())
    return tables()[table]


@checked
@cache
def all_columns(name: str | None = None) -> tuple[Column, ...]:
    """Columns of every table, or those of a name, in the order of the schema.

    Parameters
    ----------
    name : str, optional

    Examples
    --------
    >>> [column.table for column in all_columns("hub_rank")]
    ['degrees', 'not_ranked']
    """
    return tuple(c for t in tables().values() for c in t.values() if name in (None, c.name))


_INDICATOR = "{indicator}"
_PLACE = re.compile(r"\{\w+\}")
_SHARES = ("share", "share a year")


@cache
def find_column(name: str, table: str = "") -> tuple[Column, str] | None:
    """The column of a name and the indicator it is about; None for one of the user's own.

    Parameters
    ----------
    name : str
    table : str
        Where it is looked for first.

    Examples
    --------
    >>> column, indicator = find_column("hub_degree_rank")
    >>> column.name, indicator, find_column("patents")
    ('{indicator}_rank', 'hub_degree', None)
    """
    if table and name in columns(table):
        return columns(table)[name], ""
    if exact := all_columns(name):
        return exact[0], ""
    templates = [c for c in all_columns() if c.name.startswith(f"{_INDICATOR}_")]
    for template in sorted(templates, key=lambda c: -len(c.name)):
        about = name.removesuffix(template.name.removeprefix(_INDICATOR))
        if about not in (name, ""):
            return template, about
    return None


def column_header(
    name: str, table: str, unit: str, lang: Language, *, without: Collection[str] = _SHARES
) -> str:
    """Label and unit of a column of a frame, for people; the name of a column of the user's own.

    Parameters
    ----------
    name : str
    table : str
        Where it is looked for first.
    unit : str
        Of the money; none is named without it.
    lang : {"ja", "en"}
    without : collection of str
        Units that the header does not name; by default those of shares, which stand as fractions.

    Examples
    --------
    >>> column_header("sales", "degrees", "円", "ja"), column_header("hub_degree", "", "円", "en")
    ('販売額(円)', 'Hub degree')
    """
    found = find_column(name, table)
    if found is None:
        return plain(name)
    column, about = found
    text = column.label_ja if lang == "ja" else column.label_en
    if about:
        indicator = column_header(about, "", "", lang) if unit else about
        text = _PLACE.sub(lambda _: indicator, text)
    unnamed = column.unit in without or not unit
    return header_text(text, "" if unnamed else column_unit(column, unit, lang), lang)


@checked
@cache
def money_columns(table: str) -> tuple[str, ...]:
    """Columns of a table that hold money.

    Examples
    --------
    >>> money_columns("linkages")
    ('amount', 'balance')
    """
    return tuple(name for name, column in columns(table).items() if column.unit == "money")


@checked
@cache
def numeric_columns(table: str) -> tuple[str, ...]:
    """Columns of a table that hold numbers.

    Examples
    --------
    >>> numeric_columns("firms_by_region")
    ('amount', 'n_transactions')
    """
    return tuple(
        name for name, column in columns(table).items() if column.dtype in ("int64", "float64")
    )


@checked
def label(table: str, name: str, lang: Language = "ja") -> str:
    """Label of a column for people.

    Raises
    ------
    OptionError
        For a table or column that is not there.

    Examples
    --------
    >>> label("degrees", "hub_degree"), label("degrees", "hub_degree", "en")
    ('ハブ度', 'Hub degree')
    """
    if name not in columns(table):
        check_choice("name", name, columns(table))
    return label_of(table, name, lang)


YEN_UNITS: Mapping[str, int] = {
    **dict.fromkeys(["円", "yen", "jpy", "¥"], 1),
    **dict.fromkeys(["千円", "thousand yen"], 1_000),
    "万円": 10_000,
    "十万円": 100_000,
    **dict.fromkeys(["百万円", "million yen"], 1_000_000),
    "千万円": 10_000_000,
    "億円": 100_000_000,
    **dict.fromkeys(["十億円", "billion yen"], 1_000_000_000),
    "百億円": 10_000_000_000,
    **dict.fromkeys(["兆円", "trillion yen"], 1_000_000_000_000),
}
"""Units of yen, and how many yen they are."""

_UNIT_OF = {factor: unit for unit, factor in reversed(list(YEN_UNITS.items()))}
_SCALES = {
    **dict.fromkeys(["thousand", "thousands", "k", "000", "'000"], 1_000),
    **dict.fromkeys(["million", "millions", "mn", "m", "mil", "mil."], 1_000_000),
    **dict.fromkeys(["billion", "billions", "bn", "b"], 1_000_000_000),
    **dict.fromkeys(["trillion", "trillions", "tn"], 1_000_000_000_000),
    **{unit[:-1]: factor for unit, factor in YEN_UNITS.items() if unit[-1] == "円" and unit[:-1]},
}
_SCALE = "|".join(map(re.escape, sorted(_SCALES, key=len, reverse=True)))
_YEN = r"(?:円|¥|(?<![a-z])(?:yen|jpy)(?![a-z]))"
_GAP = r"[\s_]*(?:of[\s_]+|in[\s_]+)?"
_MONEY = re.compile(
    rf"(?P<number>[\d,.]*\d)?(?<![a-z])(?P<scale>{_SCALE})?{_GAP}(?P<yen>{_YEN})"
    rf"(?:{_GAP}(?P<behind>thousands?|millions?|billions?|trillions?|mn|bn|tn|k|m|'?000)(?![a-z0-9]))?"
    r"(?P<after>単位|未満|以上|以下|超|台|程度|前後|[ぁ-んァ-ヶ一-龠]?)"
)
_POWER = re.compile(r"1(,?000)+|1(0{3,})")
_CURRENCIES = (
    "usd|eur|gbp|cny|rmb|krw|twd|hkd|sgd|thb|aud|cad|nzd|chf|inr|idr|vnd|myr|php|sek|nok|dkk|pln|"
    "czk|huf|rub|brl|mxn|zar|aed|sar|ils|clp|kzt|mnt|mmk|us\\$|[$€£]|dollars?|euros?|pounds?|"
    "won|yuan|米ドル|豪ドル|ドル|ユーロ|英?ポンド|人民元|元|ウォン|バーツ|ルピー|ルピア|フラン"
)
_OTHER = re.compile(rf"(?:(?:{_SCALE})\s*)?(?:{_CURRENCIES})(?:\s*(?:{_SCALE}))?")
_BRACKETS = re.compile(r"[(\[【〔〈《「『]([^()\[\]【】〔〕〈〉《》「」『』]*)[)\]】〕〉》」』]")
_ONLY_SCALE = re.compile(r"(?:単位\s*[:は]?\s*)?(千|万|百万|億|十億)")
_LETTER_OF_SCALE = {"k": 1_000, "m": 1_000_000, "mm": 1_000_000, "mn": 1_000_000}


@dataclass(frozen=True)
class UnitWords:
    """Units of money that a text names.

    Parameters
    ----------
    units : tuple of str
        Different ones, in the order of the text: 千円, EUR.
    others : tuple of str
        Words of units that stand where they may mean something else: 千円未満, 500千円, (K).
    """

    units: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@checked
@cache
def unit_words(text: str) -> UnitWords:
    """Find the units of money in a header or a title, wherever they stand.

    Words that are no unit (税込, 推計) are passed over.

    Examples
    --------
    >>> unit_words("取引金額_千円").units, unit_words("取引金額（千円、税抜）※").units
    (('千円',), ('千円',))
    >>> unit_words("amount (EUR)").units, unit_words("取引金額(税込)").units
    (('EUR',), ())
    >>> unit_words("千円未満は切捨て")
    UnitWords(units=(), others=('千円',))
    """
    folded = unicodedata.normalize("NFKC", text).strip().replace("圓", "円")
    units: list[str] = []
    others: list[str] = []
    for match in _MONEY.finditer(folded.casefold()):
        scale, yen, after = match["scale"] or match["behind"], match["yen"], match["after"]
        number, factor = match["number"], _SCALES.get(scale or "", 1)
        if number and not scale and (power := _POWER.fullmatch(number)):
            factor, number = int(power[0].replace(",", "")), None
        unit = _UNIT_OF.get(factor, "")
        if after in ("単位", "建") or not after or (yen != "円" and not scale):
            certain = not number
        else:
            certain = False
        if certain and unit:
            units.append(unit)
        elif unit and factor > 1:
            others.append(unit)
    for content in _BRACKETS.findall(folded):
        tokens = re.split(r"[、,;:/・]|単位", content)
        units += [t for token in tokens if _OTHER.fullmatch((t := token.strip()).casefold())]
        if not units and (found := _ONLY_SCALE.fullmatch(content.strip())):
            units.append(_UNIT_OF[_SCALES[found[1]]])
        elif letter := _LETTER_OF_SCALE.get(content.strip().casefold()):
            others.append(_UNIT_OF[letter])
    return UnitWords(tuple(dict.fromkeys(units)), tuple(dict.fromkeys(others)))


@checked
def unit_in_header(header: str) -> str | None:
    """Return the one unit that a header names.

    Examples
    --------
    >>> unit_in_header("取引金額（千円）"), unit_in_header("amount [単位:百万円]")
    ('千円', '百万円')
    """
    found = unit_words(header).units
    return found[0] if len(found) == 1 else None


_MARKS = re.compile(r"[\s_]*(?:[※*†‡#]+\d*|注\d*|\[?注\]?\d*)$")
_UNIT_BEHIND = re.compile(
    rf"[\s_・:、,/]*(?:in[\s_]+)?(?:単位\s*[:は]?\s*)?(?<![a-z])(?:{_SCALE})?{_GAP}{_YEN}(?:単位)?$"
)
_REMARK = "(?:消費)?税(?:込|抜|別)[みき]?|推計値?|概算|速報値?|確報値?|見込み?|実績"
_REMARK_BEHIND = re.compile(rf"[\s_・:、,/]+(?:{_REMARK})$")
_REMARK_IN_FRONT = re.compile(rf"(?:{_REMARK})[\s_・:、,/]*(?=.)")
_BRACKET_BEHIND = re.compile(_BRACKETS.pattern + r"\s*$")


_LONGEST_HEADER = 300


@checked
def normal_header(header: str) -> str:
    """Fold a header for comparison: width, case, blanks, units, marks and what is in brackets.

    A text of more than 300 characters is no header, and stays as it is.

    Examples
    --------
    >>> normal_header(" 取引金額 (千円)"), normal_header("Seller ID")
    ('取引金額', 'seller_id')
    >>> normal_header("取引金額_千円"), normal_header("取引金額(千円)※1")
    ('取引金額', '取引金額')
    """
    return header if len(header) > _LONGEST_HEADER else _normal_header(header)


@cache
def _normal_header(header: str) -> str:
    folded = unicodedata.normalize("NFKC", header).strip().casefold()
    if (front := _BRACKETS.match(folded)) and unit_words(front[0]).units:
        folded = folded[front.end() :].strip()
    before = ""
    while folded != before:
        before = folded
        for pattern in (_MARKS, _BRACKET_BEHIND, _REMARK_BEHIND, _UNIT_BEHIND):
            folded = pattern.sub("", folded).strip() or folded
    if remark := _REMARK_IN_FRONT.match(folded):
        folded = folded[remark.end() :]
    return re.sub(r"[\s\-]+", "_", folded)
