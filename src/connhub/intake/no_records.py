"""Rows of a transaction table that are no records: blank ones, totals, and notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import from_numpy, text
from connhub.intake.amounts import MISSING, UNREADABLE
from connhub.intake.cell_texts import (
    count_filled,
    distinct_rows,
    is_blank,
    is_total,
    subtotal_of,
)
from connhub.intake.firm_table import FirmTable

__all__ = ["NoRecords", "find_no_records", "rows_of_totals"]

Rows = npt.NDArray[np.int64]
_NONE: Rows = np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class NoRecords:
    """Rows of a batch that are no records.

    Parameters
    ----------
    blank : ndarray of int64
        All cells are empty.
    totals, notes : mapping of str to ndarray
        By the role of the column that says so, or its name.
    """

    blank: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    totals: Mapping[str, Rows] = field(default_factory=dict)
    notes: Mapping[str, Rows] = field(default_factory=dict)

    @property
    def named(self) -> Rows:
        """Rows of totals and notes."""
        rows = [*self.totals.values(), *self.notes.values()]
        return np.unique(np.concatenate(rows)) if rows else np.empty(0, np.int64)


def rows_of_totals(ids: pa.Array, rows: Rows, firms: FirmTable) -> Rows:
    """Rows whose party is called like a total, or the subtotal of a firm.

    Parameters
    ----------
    ids : Array
    rows : ndarray of int64
        Where that may be.
    firms : FirmTable
    """
    texts = text(ids.take(from_numpy(rows)))

    def is_none(content: str) -> bool:
        if is_total(content):
            return True
        whose = subtotal_of(content)
        return bool(whose) and int(firms.indices([whose])[0]) < len(firms)

    return rows[distinct_rows(texts, is_none)]


def find_no_records(
    raw: pa.RecordBatch,
    roles: Mapping[str, str],
    labels: Sequence[str],
    status: npt.NDArray[np.uint8],
    totals: Mapping[str, Rows],
    unlike: Mapping[str, Rows],
    is_note: Callable[[str], bool],
) -> NoRecords:
    """Find rows that are no records.

    Parameters
    ----------
    raw : RecordBatch
    roles : mapping of str to str
        Role to column.
    labels : sequence of str
        Columns without a role that may call a row a total.
    status : ndarray of uint8
        Of the amounts.
    totals : mapping of str to ndarray
        Rows that a party names as totals, by role.
    unlike : mapping of str to ndarray of int64
        By role, rows whose cell is not what the column holds: unknown firms, no years, no regions.
    is_note : callable
        Whether a text is a remark, and no id.
    """
    named = dict(totals)
    for role in ("year", "seller_region", "buyer_region"):
        if (rows := unlike.get(role, _NONE)).size:
            texts = text(raw[roles[role]].take(from_numpy(rows)))
            if (found := rows[distinct_rows(texts, is_total)]).size:
                named[role] = found
    parties_unlike = unlike["seller_id"].size or unlike["buyer_id"].size
    for label in labels if parties_unlike else ():
        rows = np.union1d(unlike["seller_id"], unlike["buyer_id"])
        parties = [raw[roles[role]].take(from_numpy(rows)) for role in ("seller_id", "buyer_id")]
        rows = rows[count_filled(parties, rows.size) < len(parties)]
        texts = text(raw[label].take(from_numpy(rows)))
        if (found := rows[distinct_rows(texts, is_total)]).size:
            named[label] = found
    rows = _NONE
    if status.any():
        rows = np.flatnonzero((status == MISSING) | (status == UNREADABLE))
    for found in named.values():
        rows = np.setdiff1d(rows, found)
    if not rows.size:
        return NoRecords(totals=named)
    columns = dict.fromkeys((*roles.values(), *labels))
    some = {column: raw[column].take(from_numpy(rows)) for column in columns}
    filled = count_filled(some.values(), rows.size)
    notes = {}
    for role, column in {**roles, **{label: label for label in labels}}.items():
        if role in labels:
            odd = np.ones(rows.size, dtype=bool)
        else:
            bad = np.isin(rows, unlike.get(role, _NONE))
            odd = status[rows] == UNREADABLE if role == "amount" else bad
        alone = np.flatnonzero((filled == 1) & ~is_blank(some[column]) & odd)
        if alone.size:
            said = rows[alone[distinct_rows(some[column].take(from_numpy(alone)), is_note)]]
            if said.size:
                notes[role] = said
    return NoRecords(rows[filled == 0], named, notes)
