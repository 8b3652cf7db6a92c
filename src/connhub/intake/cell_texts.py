"""What the text of a cell says apart from a value: an error, a total, nothing, a note."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import from_numpy, rows_where, scalar, text, to_numpy, whole

__all__ = [
    "are_names",
    "count_filled",
    "distinct_rows",
    "error_rows",
    "is_blank",
    "is_count",
    "is_error",
    "is_mark",
    "is_note",
    "is_total",
    "subtotal_of",
]

_ERRORS = re.compile(
    r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)|#{4,}"
)
_TOTAL = re.compile(
    r"[\W_]*(?:年度?|月|期|全県|県|県[内外]|域[内外]|[都道府市区町村]|部門|業種|地域|総)?"
    r"(?:取引|売上|販売|仕入|購入)?"
    r"(?:(?:合|小|総|累)?計(?:額|金額)?|総額|[合小总]计|ゴウケイ|(?:sub|grand)?totals?)"
    r"(?:\([^()]*\)|[\W_]|\d+(?:件|社|行|円|千円|百万円))*"
)
"""What the row of a total is called, without blanks: perhaps with marks, a remark, a count."""
_SUBTOTAL = re.compile(r"(.+?)\s+(?:合計|小計|総計|集計|計|total)", re.IGNORECASE)
_REMARK = re.compile(
    r"[(<\[【]?(?:注|※|\*|備考|出典|出所|資料|単位|作成|以上$|note|source)|.*[。]$|.{40}",
    re.IGNORECASE | re.DOTALL,
)
_COUNT = re.compile(r"(?:計|全)?\s*[\d,]+\s*(?:社|件|者|行|人|名|事業所|企業|firms|rows)")
_MARK = re.compile(
    r"[-‐‑‒–—―−ー]+|x+|χ+|×+|\.{2,}|・+|\*+|n/?a|n\.a\.?|null|nil"
    r"|\(?(?:秘匿|非公表|非公開|非開示|不明|未回答|無回答|未記入|回答なし|該当なし|対象外|なし)\)?",
    re.IGNORECASE,
)
"""What offices write where there is no value, after NFKC."""
_CODE = re.compile(r"[!-~]+")


def is_error(content: str) -> bool:
    """Whether a text is an error of a spreadsheet, or what it shows where a cell is too narrow.

    Examples
    --------
    >>> [is_error(t) for t in ("#N/A", "#DIV/0!", "########", "#1", "N/A")]
    [True, True, True, False, False]
    """
    return _ERRORS.fullmatch(content.strip()) is not None


def is_total(content: str) -> bool:
    """Whether a text is what the row of a total is called, and nothing else.

    Examples
    --------
    >>> [is_total(t) for t in ("合計", " 小　計 ", "ＴＯＴＡＬ", "計測社", "合計食品", "")]
    [True, True, True, False, False, False]
    >>> [is_total(t) for t in ("年度計", "*合計*", "小計(新潟県)", "計 2件", "統計", "設計")]
    [True, True, True, True, False, False]
    """
    plain = "".join(normalize("NFKC", content).split()).casefold()
    return _TOTAL.fullmatch(re.sub("[-_]", "", plain)) is not None


def is_count(content: str) -> bool:
    """Whether a text says how many there are, as the row of a total does in any column.

    Examples
    --------
    >>> [is_count(t) for t in ("6社", "1,204 件", "計", "13", "東京都")]
    [True, True, True, False, False]
    """
    return is_total(content) or _COUNT.fullmatch(normalize("NFKC", content).strip()) is not None


def is_mark(content: str) -> bool:
    """Whether a text is a mark that offices write where there is no value.

    Examples
    --------
    >>> [is_mark(t) for t in ("－", "Ｘ", "***", "秘匿", "X1", "-5")]
    [True, True, True, True, False, False]
    """
    return _MARK.fullmatch(normalize("NFKC", content).strip()) is not None


def subtotal_of(content: str) -> str:
    """Whose subtotal a text names, as spreadsheets write it; empty for any other text.

    Examples
    --------
    >>> subtotal_of("7010001000018 集計"), subtotal_of("株式会社計")
    ('7010001000018', '')
    """
    found = _SUBTOTAL.fullmatch(normalize("NFKC", content).strip())
    return found[1] if found else ""


def are_names(ids: Iterable[str | None]) -> bool:
    """Whether most ids of a table are names, not codes.

    Examples
    --------
    >>> are_names(["7010001000018", "A-3"]), are_names(["株式会社甲", "乙社", "5"])
    (False, True)
    """
    some = [i for i in ids if i]
    return 2 * sum(_CODE.fullmatch(i.strip()) is None for i in some) > len(some)


def is_note(content: str, *, named: bool) -> bool:
    """Whether a text is a remark, and no id.

    Parameters
    ----------
    content : str
    named : bool
        Whether ids are names: then it begins or ends like a remark; else it has blanks or other
        characters that codes do not have.

    Examples
    --------
    >>> is_note("(注)見本である。", named=True), is_note("丙社", named=True)
    (True, False)
    >>> is_note("担当課まで", named=False), is_note("7010001000018", named=False)
    (True, False)
    """
    if named:
        return _REMARK.match(normalize("NFKC", content).strip()) is not None
    return _CODE.fullmatch(content.strip()) is None


def is_blank(values: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Which cells hold nothing, or blanks alone."""
    encoded = isinstance(values.type, pa.DictionaryType)
    kind = values.type.value_type if encoded else values.type
    texts = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    missing: npt.NDArray[np.bool_] = to_numpy(values.is_null())
    found: npt.NDArray[np.bool_]
    if pa.types.is_floating(kind):
        found = missing | np.isnan(to_numpy(values.cast(pa.float64()), np.nan))
        return found
    if not texts:
        return missing
    values = whole(values)
    if encoded:
        of_words = np.append(is_blank(values.dictionary), True)
        if not of_words[:-1].any():
            return missing
        codes = to_numpy(values.indices, len(values.dictionary))
        found = of_words[codes]
        return found
    length = to_numpy(pc.binary_length(values), 0)
    found = length == 0
    begins = pc.starts_with(values, " ")
    for blank in ("\u3000", "\t", "\u00a0"):
        begins = pc.or_(begins, pc.starts_with(values, blank))
    rows = rows_where(begins)
    if rows.size:
        trimmed = pc.utf8_trim_whitespace(values.take(from_numpy(rows)))
        found[rows] = to_numpy(pc.equal(trimmed, scalar("")))
    return found


def count_filled(columns: Iterable[pa.Array | pa.ChunkedArray], size: int) -> npt.NDArray[np.int64]:
    """How many cells of each row hold something.

    Parameters
    ----------
    columns : iterable of Array
    size : int
        Number of rows.

    Examples
    --------
    >>> count_filled([pa.array(["a", None, " "]), pa.array([1, 2, None])], 3).tolist()
    [2, 1, 0]
    """
    filled = np.zeros(size, dtype=np.int64)
    for column in columns:
        filled += ~is_blank(column)
    return filled


def distinct_rows(
    values: pa.Array | pa.ChunkedArray, holds: Callable[[str], object]
) -> npt.NDArray[np.int64]:
    """Rows of texts for which a function of one text holds; it is asked once for each text."""
    encoded = text(values).dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    good = np.array([bool(holds(t)) for t in texts] + [False])
    codes = to_numpy(encoded.indices, len(texts))
    return np.flatnonzero(good[codes])


def error_rows(values: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Rows whose text is an error of a spreadsheet; none in columns of other types.

    Examples
    --------
    >>> error_rows(pa.array(["5", "#N/A", None])).tolist()
    [1]
    """
    kind = values.type.value_type if isinstance(values.type, pa.DictionaryType) else values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return distinct_rows(values, is_error)
    return np.empty(0, np.int64)
