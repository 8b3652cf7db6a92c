"""Ids that are none: of totals, of errors, and such as have lost digits.

All ids are looked at by a compiled loop; only the few that may be odd are read as texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import text
from connhub.intake.cell_texts import distinct_rows, is_error
from connhub.intake.id_lookup import string_buffers
from connhub.jit import compiled, inner

__all__ = ["LOST_DIGITS", "ODD", "PADDED", "ZEROS", "find_odd", "in_exponent_form", "trimmed"]

PADDED, TOTAL, EXPONENT, ERROR, ZEROS = range(1, 6)
ODD = {TOTAL: "total", EXPONENT: "exponent", ERROR: "error"}
LOST_DIGITS = "intake.ids_in_exponent_form"
_EXPONENT = re.compile(r"\d(?:\.\d+)?[eE]\+\d\d\d?")

Rows = npt.NDArray[np.int64]


def in_exponent_form(content: str) -> bool:
    """Whether an id is a number as a spreadsheet shows it in a narrow cell.

    Examples
    --------
    >>> [in_exponent_form(t) for t in ("7.10159E+12", "7E+12", "3E10", "12E+10")]
    [True, True, False, False]
    """
    return _EXPONENT.fullmatch(content.strip()) is not None


def trimmed(values: pa.Array) -> pa.Array:
    """Texts without blanks around them; integers as they are."""
    kind = values.type.value_type if isinstance(values, pa.DictionaryArray) else values.type
    if pa.types.is_integer(kind):
        return values
    return pc.utf8_trim_whitespace(text(values))


def find_odd(values: pa.Array, rows: Rows | None = None) -> Mapping[int, Rows]:
    """Rows whose id has blanks around it, or may be odd in another way.

    Parameters
    ----------
    values : Array
        Ids; integers are never odd.
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
        codes = values.indices.fill_null(len(values.dictionary)).to_numpy(zero_copy_only=False)
        kinds = kinds[codes if rows is None else codes[rows]]
    elif pa.types.is_integer(values.type) or pa.types.is_null(values.type):
        return {}
    else:
        chosen = np.arange(len(values)) if rows is None else rows
        kinds = np.zeros(chosen.size, dtype=np.uint8)
        _look(*string_buffers(values), chosen, kinds)
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
            if (sure := at[distinct_rows(values.take(pa.array(at)), holds)]).size:
                by_kind[kind] = sure
    return by_kind


@inner
def _is_digit(c: Any) -> Any:
    return 48 <= c <= 57


@inner
def _kind(data: Any, start: Any, stop: Any) -> Any:
    first, last, n = data[start], data[stop - 1], stop - start
    if first <= 32 or last <= 32:
        return 1
    if first == 0xE3 and n >= 3 and data[start + 1] == 0x80 and data[start + 2] == 0x80:
        return 1
    if last == 0x80 and n >= 3 and data[stop - 2] == 0x80 and data[stop - 3] == 0xE3:
        return 1
    if (first == 0xC2 and n >= 2 and data[start + 1] == 0xA0) or (
        last == 0xA0 and n >= 2 and data[stop - 2] == 0xC2
    ):
        return 1
    if first == 35:
        return 4
    if last == 0x88 and n >= 3 and data[stop - 2] == 0xA8 and data[stop - 3] == 0xE8:
        return 2  # ends in 計
    if (last == 108 or last == 76) and n >= 5 and data[stop - 4] | 32 == 111:
        return 2  # in otal
    if n >= 3 and data[stop - 3] == 0xEF:
        e, f = data[stop - 2], last
        if (e == 0xBD and f == 0x8C) or (e == 0xBC and f == 0xAC):
            return 2  # in l of full width
    if _is_digit(first) and _is_digit(last):
        if n >= 5 and (data[stop - 3] == 43 or data[stop - 4] == 43):
            return 3
        if n == 13:
            for k in range(13):
                if not _is_digit(data[start + k]) or (k >= 8 and data[start + k] != 48):
                    return 0
            return 5
    return 0


@compiled
def _look(offsets: Any, data: Any, rows: Any, kinds: Any) -> None:
    for k in range(rows.size):
        start, stop = offsets[rows[k]], offsets[rows[k] + 1]
        if stop > start:
            kinds[k] = _kind(data, start, stop)
