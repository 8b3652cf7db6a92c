"""Rows of a table of firms that are no records, and ids that are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import text
from connhub.errors import Fault
from connhub.intake.cell_texts import count_filled, distinct_rows, is_blank, is_note, is_total
from connhub.intake.odd_ids import ERROR, EXPONENT, PADDED, TOTAL, ZEROS, find_odd
from connhub.intake.offending_rows import OffendingRows
from connhub.text.catalogue import Message

__all__ = ["Records", "error_faults", "id_faults", "only_records", "rows_fault"]

Rows = npt.NDArray[np.int64]
_LEAST_ZEROS = 2


@dataclass(frozen=True, eq=False)
class Records:
    """The rows of a table that are records.

    Parameters
    ----------
    table : Table
    numbers : ndarray of int64
        Row of each as the user counts it.
    faults : list of Fault
        Rows of totals and notes, where these are refused.
    readings : tuple of Message
        How many rows were passed over.
    """

    table: pa.Table
    numbers: Rows
    faults: list[Fault]
    readings: tuple[Message, ...]


def rows_fault(
    kind: str, rows: Rows, numbers: Rows, values: pa.Array | None, column: str = ""
) -> Fault:
    """Fault of rows of a table, with their values.

    Parameters
    ----------
    kind : str
    rows, numbers : ndarray of int64
        Positions, and how the user counts all rows.
    values : Array or None
        Of all rows.
    column : str
    """
    offending = OffendingRows()
    shown = None if values is None else text(values).take(pa.array(rows))
    offending.add(0, numbers[rows], shown)
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
    numbers: Rows,
    *,
    drop_totals: bool,
    file: str,
) -> Records:
    """Leave out blank rows, and name or leave out those of totals and notes.

    Parameters
    ----------
    table : Table
    key : str
        Column of the ids.
    names, places : sequences of str
        Columns that may call a row a total, and those of which one is filled in any record: the
        region of a firm, the values of a year.
    numbers : ndarray of int64
        Row of each as the user counts it.
    drop_totals : bool
    file : str
        For messages.

    Returns
    -------
    Records
    """
    empty = np.flatnonzero(is_blank(table[key]))
    called = (_called_totals(table[name]) for name in names)
    rows = np.unique(np.concatenate((empty, _alone(table, key), *called)))
    if not rows.size:
        return Records(table, numbers, [], ())
    some = table.take(pa.array(rows))
    filled = count_filled(some.columns, rows.size)
    blank = rows[filled == 0]
    unplaced = count_filled([some[p] for p in places], rows.size) == 0
    total = np.zeros(rows.size, dtype=bool)
    for name in names:
        total[distinct_rows(text(some[name]), is_total)] = True
    total &= unplaced
    note = np.zeros(rows.size, dtype=bool)
    for column in some.column_names:
        said = np.flatnonzero((filled == 1) & ~is_blank(some[column]) & ~total)
        if said.size:
            found = distinct_rows(text(some[column]).take(pa.array(said)), is_note)
            note[said[found]] = True
    faults, readings = [], []
    short = file.rpartition("/")[2]
    if blank.size:
        readings.append(Message("intake.blank_rows", file=short, count=int(blank.size)))
    others = rows[total | note]
    if others.size and drop_totals:
        readings.append(Message("intake.total_rows_dropped", file=short, count=int(others.size)))
    elif others.size:
        first = pa.array([_first_filled(some, i) for i in range(rows.size)], pa.large_string())
        for kind, which in (("intake.total_rows", total), ("intake.note_rows", note & ~total)):
            if (at := np.flatnonzero(which)).size:
                faults.append(rows_fault(kind, at, numbers[rows], first))
    keep = np.ones(len(table), dtype=bool)
    keep[blank] = keep[others] = False
    if keep.all():
        return Records(table, numbers, faults, tuple(readings))
    return Records(table.filter(pa.array(keep)), numbers[keep], faults, tuple(readings))


def _called_totals(values: pa.ChunkedArray) -> Rows:
    """Rows that a column may call totals."""
    odd = find_odd(text(values))
    none = np.empty(0, np.int64)
    rows = np.concatenate((odd.get(TOTAL, none), odd.get(PADDED, none)))
    if not rows.size:
        return rows
    return rows[distinct_rows(text(values).take(pa.array(rows)), is_total)]


def _alone(table: pa.Table, key: str) -> Rows:
    """Rows of which nothing is filled but the key."""
    others = [name for name in table.column_names if name != key]
    rows = np.arange(len(table) if others else 0)
    for name in others:
        if rows.size:
            values = table[name]
            rows = rows[is_blank(values if rows.size == len(table) else values.take(rows))]
    return rows


def _first_filled(table: pa.Table, row: int) -> str:
    for column in table.columns:
        value = column[row].as_py()
        if value is not None and str(value).strip():
            return str(value)
    return ""


def id_faults(ids: pa.ChunkedArray, repeated: Rows, numbers: Rows, header: str) -> list[Fault]:
    """Faults of ids that are empty or none, and of those that repeat an earlier one (-1: none)."""
    faults = []
    values = text(ids)
    empty = np.flatnonzero(is_blank(values))
    if empty.size:
        faults.append(rows_fault("intake.empty_id", empty, numbers, None, header))
    odd = find_odd(values)
    lost = odd.get(EXPONENT, empty[:0])
    if lost.size:
        faults.append(rows_fault("intake.ids_in_exponent_form", lost, numbers, values, header))
    if (errors := odd.get(ERROR, empty[:0])).size:
        faults.append(rows_fault("intake.error_cells", errors, numbers, values, header))
    zeros = odd.get(ZEROS, empty[:0])
    if zeros.size >= _LEAST_ZEROS:
        long = pc.sum(pc.match_substring_regex(values, r"^\\d{13}$")).as_py()
        if 2 * zeros.size > long:
            faults.append(rows_fault("intake.ids_with_lost_digits", zeros, numbers, values, header))
            lost = np.union1d(lost, zeros)
    again = np.setdiff1d(np.flatnonzero(repeated >= 0), np.concatenate((empty, lost, errors)))
    if again.size:
        faults.append(rows_fault("intake.repeated_id", again, numbers, values, header))
    return faults


def error_faults(table: pa.Table, headers: Mapping[str, str], numbers: Rows) -> list[Fault]:
    """Faults of cells that are errors of a spreadsheet, but for those of the ids."""
    faults = []
    for name, header in headers.items():
        values = text(table[name])
        if (errors := find_odd(values).get(ERROR, np.empty(0, np.int64))).size:
            faults.append(rows_fault("intake.error_cells", errors, numbers, values, header))
    return faults
