"""Ids that are none: of totals, of errors, and such as have lost digits.

Of all ids the first and last bytes are looked at; only the few that may be odd are read as texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import from_numpy, rows_where, text, to_numpy
from connhub.intake.cell_texts import distinct_rows, is_error

__all__ = [
    "ERROR",
    "EXPONENT",
    "PADDED",
    "TOTAL",
    "ZEROS",
    "find_odd",
    "in_exponent_form",
]

PADDED, TOTAL, EXPONENT, ERROR, ZEROS = range(1, 6)
_EXPONENT = re.compile(r"\d(?:\.\d+)?[eE]\+\d\d\d?")

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]


def in_exponent_form(content: str) -> bool:
    """Whether an id is a number as a spreadsheet shows it in a narrow cell.

    Examples
    --------
    >>> [in_exponent_form(t) for t in ("7.10159E+12", "7E+12", "3E10", "12E+10")]
    [True, True, False, False]
    """
    return _EXPONENT.fullmatch(content.strip()) is not None


def find_odd(values: pa.Array, rows: Rows | None = None) -> Mapping[int, Rows]:
    """Rows whose id has blanks around it, or may be odd in another way.

    Parameters
    ----------
    values : Array
        Ids.
    rows : ndarray of int64, optional
        The rows to look at; all by default.

    Returns
    -------
    mapping of int to ndarray
        Rows by `PADDED`, `TOTAL` (may be called like a total), `EXPONENT`, `ERROR` and `ZEROS`
        (thirteen digits, the last five 0); kinds without rows are left out.
    """
    if isinstance(values, pa.DictionaryArray):
        found = find_odd(values.dictionary)
        if not found:
            return found
        kinds = np.zeros(len(values.dictionary) + 1, dtype=np.uint8)
        for kind, places in found.items():
            kinds[places] = kind
        codes = to_numpy(values.indices, len(values.dictionary))
        kinds = kinds[codes if rows is None else codes[rows]]
    elif pa.types.is_integer(values.type):
        numbers = to_numpy(values.cast(pa.int64()), 0)
        numbers = numbers if rows is None else numbers[rows]
        at = np.flatnonzero(numbers.astype(np.uint8) & 31 == 0)  # 100,000 is a multiple of 32
        few = numbers[at]
        at = at[(few % 100_000 == 0) & (few >= 10**12) & (few < 10**13)]
        return {ZEROS: at if rows is None else rows[at]} if at.size else {}
    elif pa.types.is_null(values.type):
        return {}
    else:
        kinds = _look(values, rows)
    if not kinds.any():
        return {}
    by_kind = {}
    for kind in np.unique(kinds[kinds > 0]).tolist():
        at = np.flatnonzero(kinds == kind)
        by_kind[kind] = at if rows is None else rows[at]
    test = {EXPONENT: in_exponent_form, ERROR: is_error}
    for kind, holds in test.items():
        if kind in by_kind:
            at = by_kind.pop(kind)
            if (sure := at[distinct_rows(values.take(from_numpy(at)), holds)]).size:
                by_kind[kind] = sure
    return by_kind


def _buffers(values: pa.LargeStringArray) -> tuple[Rows, npt.NDArray[np.uint8]]:
    """Offsets and bytes; the place of a null is empty or does not matter."""
    _, offsets, data = values.buffers()
    first = np.frombuffer(offsets, dtype=np.int64)[values.offset : values.offset + len(values) + 1]
    if data is None or data.size == 0:
        return first, np.zeros(1, dtype=np.uint8)
    return first, np.frombuffer(data, dtype=np.uint8)


def _look(values: pa.Array, rows: Rows | None) -> npt.NDArray[np.uint8]:
    """Kind of each id, by its first and last bytes; the few that may be odd are looked at again."""
    offsets, data = _buffers(text(values))
    start, stop = offsets[:-1], offsets[1:]
    if rows is not None:
        start, stop = start[rows], stop[rows]
    kinds = np.zeros(start.size, dtype=np.uint8)
    empty = start == stop
    if empty.all():
        return kinds
    length = stop - start
    first, second = (data[np.minimum(start + k, data.size - 1)] for k in (0, 1))
    last, before, third, fourth = (data[np.maximum(stop - k, 0)] for k in (1, 2, 3, 4))
    plus = (fourth == 43) | (third == 43)
    plus &= (length > 4) & (first >= 48) & (first <= 57)
    kinds[plus & ~empty] = EXPONENT
    kinds[(first == 35) & ~empty] = ERROR
    blanks = (first <= 32) | (first == 0xE3) & (second == 0x80) | (first == 0xC2) & (second == 0xA0)
    blanks |= (last <= 32) | (last == 0x80) & (before == 0x80) | (last == 0xA0) & (before == 0xC2)
    like = _like_totals(last, before, third, fourth, data[np.maximum(stop - 6, 0)])
    _set(kinds, like & (length > 2), values, rows, _TOTAL, TOTAL)
    zeros = np.flatnonzero((length == 13) & (last == 48) & (fourth == 48))
    if zeros.size:
        digits = data[start[zeros, None] + np.arange(13)]
        good = ((digits >= 48) & (digits <= 57)).all(axis=1) & (digits[:, 8:] == 48).all(axis=1)
        kinds[zeros[good]] = ZEROS
    _set(kinds, blanks & ~empty, values, rows, _PADDED, PADDED)
    return kinds


def _like_totals(last: Bytes, before: Bytes, third: Bytes, fourth: Bytes, sixth: Bytes) -> Mask:
    """Which texts end as what `is_total` accepts may do, by their last bytes."""
    like: Mask = _MARKS[last] | (before >= 0xC2) & (before <= 0xDF) | (fourth >= 0xF0)
    like |= (third >= 0xE0) & (third <= 0xE2) | (third >= 0xEA)  # no kana, no ideographs
    like |= (third == 0xE3) & ((before == 0x80) | (before >= 0x84) | (last == 0xBB))
    like |= (third == 0xE8) & (before == 0xA8) & (last == 0x88)  # 計
    like |= (third == 0xE9) & (before == 0xA1) & (last == 0x8D)  # 額
    like |= (third == 0xE8) & (before == 0xAE) & (last == 0xA1)  # as in 合计
    like |= (fourth == 0xB1) & (third == 0xE3) & (before == 0x82) & (last == 0xA4)  # ケイ
    like |= (third == 0xE5) & (before == 0x86) & (last == 0x86)  # 円
    like |= (last | 32 == 108) & (fourth | 32 == 111)  # o.?l, as in total
    like |= (last | 32 == 115) & (before | 32 == 108)  # ls, as in totals
    counted = (fourth >= 48) & (fourth <= 57)  # a number before 件, 社 or 行
    counted |= (fourth >= 0x90) & (fourth <= 0x99) & (sixth == 0xEF)
    counted |= (fourth <= 32) | (fourth == 0x80) | (fourth == 0xA0)  # with a blank between
    like |= counted & (last >= 0x80)
    return like


_TOTAL = "(?i)計|总|计|総額|ケイ|ｹｲ|total|ｔｏｔａｌ"
_MARKS = np.array([not chr(byte).isalnum() for byte in range(128)] + [False] * 128)
_PADDED = "^[\\s\u3000\u00a0]|[\\s\u3000\u00a0]$"


def _set(
    kinds: npt.NDArray[np.uint8],
    maybe: npt.NDArray[np.bool_],
    values: pa.Array,
    rows: Rows | None,
    pattern: str,
    kind: int,
) -> None:
    at = np.flatnonzero(maybe)
    if at.size:
        texts = text(values.take(from_numpy(at if rows is None else rows[at])))
        kinds[at[rows_where(pc.match_substring_regex(texts, pattern))]] = kind
