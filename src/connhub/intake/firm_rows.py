"""Rows of a table of firms that are no records, and ids that are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import from_numpy, text, whole
from connhub.errors import Fault
from connhub.intake.cell_texts import (
    are_names,
    count_filled,
    distinct_rows,
    is_blank,
    is_count,
    is_note,
    is_total,
)
from connhub.intake.odd_ids import ERROR, EXPONENT, PADDED, TOTAL, ZEROS, find_odd
from connhub.intake.offending_rows import OffendingRows
from connhub.text.catalogue import Message

__all__ = ["Records", "error_faults", "id_faults", "only_records", "rows_fault"]

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_LEAST_ZEROS, _SOME = 2, 1000
_SLICE, _LOOKED_AT = 1 << 12, 100


@dataclass(frozen=True, eq=False)
class Records:
    """The rows of a table that are records.

    Parameters
    ----------
    table : Table
    positions : ndarray of int64
        Of each in the whole table.
    faults : list of Fault
        Rows of totals and notes, where these are refused; rows are counted from 0.
    readings : tuple of Message
        How many rows were passed over.
    """

    table: pa.Table
    positions: Rows
    faults: list[Fault]
    readings: tuple[Message, ...]


def rows_fault(
    kind: str, rows: Rows, values: pa.Array | pa.ChunkedArray | None, column: str = ""
) -> Fault:
    """Fault of rows of a table, counted from 0, with their values.

    Parameters
    ----------
    kind : str
    rows : ndarray of int64
    values : Array or None
        Of all rows.
    column : str
    """
    offending = OffendingRows()
    shown = None if values is None else values.take(from_numpy(rows))
    if shown is not None:
        shown = whole(shown)
    offending.add(0, rows, shown)
    return Fault(
        kind,
        column=column,
        rows=[row for _, row in offending.first],
        examples=offending.examples,
        count=offending.count,
    )


def only_records(
    table: pa.Table,
    key: str,
    names: Sequence[str],
    places: Sequence[str],
    *,
    total_rows: str,
    file: str,
    headers: Mapping[str, str] | None = None,
) -> Records:
    """Leave out blank rows, and name or leave out those of totals and notes.

    Parameters
    ----------
    table : Table
    key : str
        Column of the ids.
    names, places : sequences of str
        Columns that may call a row a total, and those of which one is filled in any record.
        Where there are no places, only the key, or a name beside an empty key, may do so.
    total_rows : {"error", "drop", "keep"}
    file : str
    headers : mapping of str to str, optional
        What columns are called for people, where not by their names.

    Returns
    -------
    Records
    """
    empty = np.flatnonzero(is_blank(table[key]))
    called = (_called_totals(table[name]) for name in names)
    found = np.concatenate((empty, _alone(table, key), *called))
    if not found.size:
        return Records(table, np.arange(len(table)), [], ())
    rows = np.unique(found)
    some = table.take(from_numpy(rows))
    filled = count_filled(some.columns, rows.size)
    total = _totals(some, key, names, places)
    note = (
        _notes(table, key, some, filled) & ~total & _at_end(rows, len(table), total | (filled == 0))
    )
    none = (total | note) & (total_rows != "keep")
    blank, others = rows[filled == 0], rows[none]
    faults: list[Fault] = []
    readings = []
    if blank.size:
        name = PurePath(file).name
        readings.append(Message("intake.blank_rows", file=name, count=int(blank.size)))
    if others.size and total_rows == "drop":
        name, count = PurePath(file).name, int(others.size)
        notes = [_first_filled(some, int(i))[1] for i in np.flatnonzero(note)[:_LOOKED_AT]]
        readings.append(Message("intake.total_rows_dropped", file=name, count=count, notes=notes))
    elif others.size:
        kinds = {"intake.total_rows": total, "intake.note_rows": note}
        faults += _named(some, rows, kinds, headers or {})
    if not blank.size and not others.size:
        return Records(table, np.arange(len(table)), [], ())
    keep = np.ones(len(table), dtype=bool)
    keep[blank] = keep[others] = False
    return Records(table.filter(from_numpy(keep)), np.flatnonzero(keep), faults, tuple(readings))


def _totals(some: pa.Table, key: str, names: Sequence[str], places: Sequence[str]) -> Mask:
    """Which rows are called totals, and are in no place."""
    size = some.num_rows
    unplaced = np.ones(size, dtype=bool)
    for place in places:
        counted = np.zeros(size, dtype=bool)
        counted[distinct_rows(some[place], is_count)] = True
        unplaced &= is_blank(some[place]) | counted
    keyless = is_blank(some[key])
    total = np.zeros(size, dtype=bool)
    for name in names:
        called = np.zeros(size, dtype=bool)
        called[distinct_rows(text(some[name]), is_total)] = True
        total |= called if name == key or places else called & keyless
    rows: Mask = total & unplaced
    return rows


def _at_end(rows: Rows, size: int, none: Mask) -> Mask:
    """Which rows have no record below them; `none`: those that are none."""
    end: Mask = np.array(none, dtype=bool)
    below = size
    for i in reversed(range(rows.size)):
        if rows[i] + 1 < below:
            break
        end[i] = True
        below = int(rows[i])
    return end


def _notes(table: pa.Table, key: str, some: pa.Table, filled: Rows) -> Mask:
    """Which rows have one cell alone, with a remark."""
    holds = partial(is_note, named=are_names(text(table[key].slice(0, _SOME)).to_pylist()))
    note = np.zeros(some.num_rows, dtype=bool)
    for column in some.columns:
        alone = np.flatnonzero((filled == 1) & ~is_blank(column))
        if alone.size:
            found = distinct_rows(text(column).take(from_numpy(alone)), holds)
            note[alone[found]] = True
    return note


def _named(
    some: pa.Table, rows: Rows, kinds: Mapping[str, Mask], headers: Mapping[str, str]
) -> Iterator[Fault]:
    """Faults of rows by column, each with the first of its cells that holds something."""
    first = [_first_filled(some, i) for i in range(rows.size)]
    columns = np.array([column for column, _ in first])
    cells = text([cell for _, cell in first])
    for kind, which in kinds.items():
        for column in dict.fromkeys(columns[which].tolist()):
            at = np.flatnonzero(which & (columns == column))
            fault = rows_fault(kind, at, cells, headers.get(column, column))
            yield fault.at(rows=[int(rows[row]) for row in fault.rows])


def _called_totals(values: pa.ChunkedArray) -> Rows:
    """Rows that a column may call totals."""
    none = np.empty(0, np.int64)
    if pa.types.is_integer(values.type):
        return none
    cells = whole(values) if pa.types.is_dictionary(values.type) else text(values)
    odd = find_odd(cells)
    rows = np.concatenate((odd.get(TOTAL, none), odd.get(PADDED, none)))
    if not rows.size:
        return rows
    return rows[distinct_rows(cells.take(from_numpy(rows)), is_total)]


def _alone(table: pa.Table, key: str) -> Rows:
    """Rows of which nothing is filled but the key."""
    others = [name for name in table.column_names if name != key]
    others.sort(key=lambda name: int(table[name].null_count))  # few rows are left after the first
    rows = np.arange(len(table) if others else 0)
    for name in others:
        if rows.size:
            values = table[name]
            some = values if rows.size == len(table) else values.take(from_numpy(rows))
            rows = rows[is_blank(some)]
    return rows


def _first_filled(table: pa.Table, row: int) -> tuple[str, str]:
    """Name of the column, and the cell."""
    for name in table.column_names:
        value = table[name][row].as_py()
        if value is not None and str(value).strip():
            return name, str(value)
    return "", ""


def id_faults(
    ids: pa.Array,
    given: pa.ChunkedArray,
    unusable: Rows,
    repeated: npt.NDArray[np.int32] | None = None,
    *,
    lost_digits: str = "error",
) -> list[Fault]:
    """Faults of ids, rows counted from 0.

    Parameters
    ----------
    ids : Array
    given : ChunkedArray
        The same as they came.
    unusable : ndarray of int64
        Rows whose id is none by its type.
    repeated : ndarray of int32, optional
        For each id, the earlier one that it repeats, or -1.
    lost_digits : {"error", "restore", "keep"}
        ``"keep"``: ids of 13 digits may end in zeros.
    """
    odd = find_odd(ids)
    none = unusable[:0]
    empty = np.setdiff1d(np.flatnonzero(is_blank(ids)), unusable)
    lost, errors, zeros = (odd.get(kind, none) for kind in (EXPONENT, ERROR, ZEROS))
    few = zeros.size < _LEAST_ZEROS or _are_long(ids, 2 * zeros.size)
    if few or lost_digits == "keep":
        zeros = none
    again = none
    if repeated is not None:
        others = np.concatenate((empty, unusable, lost, errors, zeros))
        again = np.setdiff1d(np.flatnonzero(repeated >= 0), others)
    found = {
        "intake.unusable_id": unusable,
        "intake.ids_in_exponent_form": lost,
        "intake.ids_with_lost_digits": zeros,
        "intake.error_cells": errors,
        "intake.repeated_id": again,
    }
    faults = [rows_fault("intake.empty_id", empty, None)] if empty.size else []
    return faults + [rows_fault(kind, rows, given) for kind, rows in found.items() if rows.size]


def _are_long(ids: pa.Array, count: int) -> bool:
    """Whether so many ids have thirteen digits; no more are looked at than it takes to know."""
    for start in range(0, len(ids), _SLICE):
        some = text(ids.slice(start, _SLICE))
        count -= pc.sum(pc.match_substring_regex(some, "^[0-9]{13}$")).as_py() or 0
        if count <= 0:
            return True
    return False


def error_faults(table: pa.Table, headers: Mapping[str, str]) -> list[Fault]:
    """Faults of cells that are errors of a spreadsheet, and of groups that have lost digits.

    Parameters
    ----------
    table : Table
    headers : mapping of str to str
        Columns to look at, and what they are called for people.
    """
    faults = []
    for name, header in headers.items():
        values = table[name]
        odd = find_odd(whole(values) if pa.types.is_dictionary(values.type) else text(values))
        kinds = {ERROR: "intake.error_cells"}
        if name == "group_id":
            kinds[EXPONENT] = "intake.ids_in_exponent_form"
        for kind, of_fault in kinds.items():
            if kind in odd:
                faults.append(rows_fault(of_fault, odd[kind], values, header))
    return faults
