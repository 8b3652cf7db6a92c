"""Raw batches to checked, encoded ones: indices of firms, amounts, and what was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import from_numpy, rows_where, scalar, text, to_numpy
from connhub.intake.amounts import MISSING, NOT_WHOLE, OTHER_UNIT, STATUS, Money, Rounding
from connhub.intake.batch import (
    BLANK_ROW,
    MISSING_AMOUNT,
    MISSING_YEAR,
    ONE_EACH,
    OTHER_YEAR,
    PLAIN,
    SAME_UNKNOWN,
    TOTAL_ROW,
    Batch,
)
from connhub.intake.cell_texts import distinct_rows, error_rows, is_note
from connhub.intake.firm_changes import FirmChanges
from connhub.intake.firm_names import FirmNames
from connhub.intake.firm_table import FirmTable
from connhub.intake.ids import folded, plain_ids, trimmed
from connhub.intake.no_records import NoRecords, find_no_records, rows_of_totals
from connhub.intake.odd_ids import ERROR, EXPONENT, PADDED, TOTAL, find_odd
from connhub.intake.reading import Reading
from connhub.intake.table_source import Part
from connhub.intake.units import other_units
from connhub.intake.years import FIRST_YEAR, YEARS, ReadYears, read_years
from connhub.options import Policies

__all__ = [
    "REGION_ROLES",
    "Encoder",
    "mark_years",
]

REGION_ROLES = ("seller_region", "buyer_region")
_YES, _NO = ("true", "1", "yes"), ("false", "0", "no", "")
_NONE = np.empty(0, dtype=np.int32)
_ID_FAULTS = {EXPONENT: "intake.ids_in_exponent_form", ERROR: "intake.error_cells"}

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Encoder:
    """All that is needed to encode the rows of a transaction table, wherever they are read.

    Parameters
    ----------
    firms : FirmTable
    policies : Policies
    roles : mapping
        Role to column name.
    money : Money
    years : tuple of int
        Years that are counted; empty for all.
    names : FirmNames or None
        What parties that are names stand for.
    total_rows : {"error", "drop", "keep"}
        Whether rows of totals and notes are refused, left out, or records.
    fiscal_year : bool
        Whether a date means its fiscal year.
    named : bool
        Whether ids are names of firms.
    labels : tuple of str
        Columns without a role that may call a row a total.
    of_units : tuple of str
        Columns that may name a unit of the amounts; empty where the unit is given.
    unit_is_given : bool
        Whether the unit is the user's word, and no other counts.
    changes : FirmChanges or None
        Ids that changed.
    """

    firms: FirmTable
    policies: Policies
    roles: Mapping[str, str]
    money: Money
    years: tuple[int, ...]
    names: FirmNames | None = None
    total_rows: str = "error"
    fiscal_year: bool = False
    named: bool = False
    labels: tuple[str, ...] = ()
    of_units: tuple[str, ...] = ()
    unit_is_given: bool = False
    changes: FirmChanges | None = None

    @property
    def columns(self) -> list[str]:
        """All columns that are read."""
        return list(dict.fromkeys((*self.roles.values(), *self.labels, *self.of_units)))

    def batches(self, part: Part, reading: Reading) -> Iterator[Batch]:
        """Encode the rows of a part; what was read and what is wrong goes into `reading`."""
        for raw, position in part.read():
            yield self._encode(raw, part, position, reading)
        if part.skipped:
            positions, fields = np.array(sorted(part.skipped)).T
            reading.complain(part, "intake.number_of_fields", positions, from_numpy(fields))
            key = (part.file, part.number)
            reading.part_rows[key] = reading.part_rows.get(key, 0) + len(part.skipped)

    def _encode(self, raw: pa.RecordBatch, part: Part, position: int, reading: Reading) -> Batch:
        parties = {role: self._party(raw, role) for role in ("seller_id", "buyer_id")}
        seller, buyer = parties.values()
        rounding = reading.rounding.setdefault(part.file, Rounding())
        column = self.roles["amount"]
        amount, status = self.money.parse(raw[column], column, rounding)
        given = {r: raw[self.roles[r]] for r in REGION_ROLES if r in self.roles}
        regions = {r: self.firms.regions.resolve(v) for r, v in given.items()}
        for role, values in given.items():
            reading.keep_places(part, self.roles[role], values, position)
        years = None
        if "year" in self.roles:
            years = read_years(raw[self.roles["year"]], fiscal=self.fiscal_year)
        unlike = {r: party.unknown for r, party in parties.items()}
        unlike |= {r: np.flatnonzero(bad) for r, (_, bad) in regions.items()}
        if years is not None:
            unlike["year"] = np.flatnonzero(years.bad)
        totals = {r: party.totals for r, party in parties.items() if party.totals.size}
        note = partial(is_note, named=self.named)
        aside = find_no_records(raw, self.roles, self.labels, status, totals, unlike, note)
        if self.total_rows == "keep":
            aside = NoRecords(aside.blank)
        complaints = _Complaints(self, raw, part, position, reading, aside)
        mark = complaints.judge(status, years, parties, {r: bad for r, (_, bad) in regions.items()})
        mark = _mark_same_unknown(seller, buyer, len(self.firms), mark)
        if years is not None:
            mark = mark_years(years.years, self.years, mark, reading)
        complaints.count_unknown(seller, buyer)
        largest = reading.tally(part, amount)
        counted = amount if not mark.size else np.where(mark < BLANK_ROW, amount, 0)
        dated = None if years is None else years.years
        reading.compare(part, counted, dated, position, largest)
        batch = Batch(
            seller=seller.index,
            buyer=buyer.index,
            amount=amount,
            counts=ONE_EACH,
            mark=mark,
            seller_region=regions[REGION_ROLES[0]][0] if REGION_ROLES[0] in regions else _NONE,
            buyer_region=regions[REGION_ROLES[1]][0] if REGION_ROLES[1] in regions else _NONE,
            ids=(seller.ids, buyer.ids),
            given=given,
            years=dated,
            part=part,
            position=position,
            estimated=complaints.flags(),
        )
        return batch if self.changes is None else self.changes.applied(batch)

    def _party(self, raw: pa.RecordBatch, role: str) -> _Party:
        ids, unusable = plain_ids(raw[self.roles[role]])
        if self.firms.fold_ids:
            ids = folded(ids)
        faults = {"intake.unusable_id": unusable}
        if self.names is not None:
            ids, faults["intake.ambiguous_name"] = self.names.translate(ids)
        party = self._found(ids)
        faults |= {kind: party.faults[kind] for kind in party.faults}
        return replace(party, faults={kind: rows for kind, rows in faults.items() if rows.size})

    def _indices(self, ids: pa.Array) -> npt.NDArray[np.int32]:
        index = self.firms.find(ids)
        return index if self.changes is None else self.changes.known(ids, index)

    def _found(self, ids: pa.Array) -> _Party:
        index = self._indices(ids)
        unknown = np.flatnonzero(index == len(self.firms))
        odd = find_odd(ids, unknown) if unknown.size else {}
        if PADDED in odd:
            ids = trimmed(ids)
            index = self._indices(ids)
            unknown = np.flatnonzero(index == len(self.firms))
            odd = find_odd(ids, unknown)
        totals = odd.get(TOTAL, unknown[:0])
        if totals.size:
            totals = rows_of_totals(ids, totals, self.firms)
        return _Party(
            ids, index, unknown, totals, {f: odd[k] for k, f in _ID_FAULTS.items() if k in odd}
        )


@dataclass(frozen=True, eq=False)
class _Party:
    """Sellers or buyers of a batch.

    Parameters
    ----------
    ids : Array
        Without blanks around them.
    index : ndarray of int32
        Of the firms.
    unknown, totals : ndarray of int64
        Rows that the firm table lacks, and those of them that are called like totals.
    faults : mapping of str to ndarray
        Rows whose id is none, by kind of the fault.
    """

    ids: pa.Array
    index: npt.NDArray[np.int32]
    unknown: Rows
    totals: Rows
    faults: Mapping[str, Rows]


class _Complaints:
    """What is wrong with the rows of a batch; rows that are no records are spared."""

    def __init__(
        self,
        encoder: Encoder,
        raw: pa.RecordBatch,
        part: Part,
        position: int,
        reading: Reading,
        aside: NoRecords,
    ) -> None:
        self.encoder, self.raw, self.reading, self.aside = encoder, raw, reading, aside
        self.part, self.position = part, position
        self.spared = np.union1d(aside.blank, aside.named)

    def add(self, kind: str, role: str, rows: Rows, *, show: bool = True, **details: Any) -> None:
        """Note rows that have a fault."""
        if not rows.size:
            return
        column = self.encoder.roles.get(role, role)
        values = self.raw[column].take(from_numpy(rows)) if show else None
        positions = self.part.count_skipped(rows + self.position)
        self.reading.complain(self.part, kind, positions, values, column=column, **details)

    def add_bad(self, kind: str, role: str, bad: Rows, **details: Any) -> None:
        """The same of records alone; cells that are errors of a spreadsheet are told apart."""
        rows = np.setdiff1d(bad, self.spared) if self.spared.size else bad
        if not rows.size:
            return
        values = self.raw[self.encoder.roles[role]].take(from_numpy(rows))
        errors = rows[error_rows(values)]
        self.add("intake.error_cells", role, errors)
        self.add(kind, role, np.setdiff1d(rows, errors), **details)

    def judge(
        self,
        status: npt.NDArray[np.uint8],
        years: ReadYears | None,
        parties: Mapping[str, _Party],
        bad_regions: Mapping[str, Mask],
    ) -> npt.NDArray[np.uint8]:
        """Note all that is wrong; returns what is known of each row, or nothing for PLAIN ones."""
        mark = np.zeros(0, dtype=np.uint8)
        if status.any():
            mark = self._judge_amounts(status)
        for column in self.encoder.of_units:
            self._refuse_units(column, np.arange(status.size))
        if self.spared.size:
            mark = mark if mark.size else np.zeros(status.size, dtype=np.uint8)
            mark[self.aside.blank] = BLANK_ROW
            mark[self.aside.named] = TOTAL_ROW
            self._judge_no_records()
        for role, party in parties.items():
            for kind, rows in party.faults.items():
                self.add_bad(kind, role, rows)
        level = self.encoder.firms.regions.level
        for role, bad in bad_regions.items():
            if bad.any():
                self.add_bad("intake.unknown_region_code", role, np.flatnonzero(bad), level=level)
        if years is not None:
            written = self.reading.written_years
            for way, value in years.written.items():
                written[way] = min(value, written.get(way, value))
            if years.bad.any():
                self.add_bad("intake.no_year", "year", np.flatnonzero(years.bad))
        return mark

    def flags(self) -> Mask | None:
        """Which amounts are estimated; what is neither true nor false is noted."""
        column = self.encoder.roles.get("estimated")
        if column is None:
            return None
        words = pc.utf8_lower(pc.utf8_trim_whitespace(text(self.raw[column]))).fill_null(scalar(""))
        yes: Mask = to_numpy(pc.is_in(words, value_set=text(_YES)))
        known = to_numpy(pc.is_in(words, value_set=text((*_YES, *_NO))))
        if not known.all():
            self.add_bad("intake.neither_true_nor_false", "estimated", np.flatnonzero(~known))
        return yes

    def _judge_amounts(self, status: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        money = self.encoder.money
        details = {
            NOT_WHOLE: {"resolution": f"{money.resolution_decimal:f}"},
            OTHER_UNIT: {"unit": money.unit},
        }
        for code, kind in STATUS.items():
            if (rows := np.flatnonzero(status == code)).size:
                self.add_bad(kind, "amount", rows, **details.get(code, {}))
        missing = status == MISSING
        if not missing.any():
            return np.zeros(0, dtype=np.uint8)
        if self.encoder.policies.missing_amount == "error":
            rows = np.setdiff1d(np.flatnonzero(missing), self.spared)
            self.add("intake.missing_amount", "amount", rows, show=False)
        return np.where(missing, MISSING_AMOUNT, PLAIN).astype(np.uint8)

    def _judge_no_records(self) -> None:
        if self.encoder.total_rows == "drop":
            for role, rows in self.aside.notes.items():
                self._refuse_units(role, rows)
            return
        for role, rows in self.aside.totals.items():
            self.add("intake.total_rows", role, rows)
        for role, rows in self.aside.notes.items():
            self.add("intake.note_rows", role, rows)

    def _refuse_units(self, role: str, rows: Rows) -> None:
        """Refuse cells that name another unit than the one of the amounts."""
        encoder = self.encoder
        if encoder.unit_is_given or not rows.size:
            return
        cells = text(self.raw[encoder.roles.get(role, role)].take(from_numpy(rows)))
        named = distinct_rows(cells, lambda cell: other_units(cell, encoder.money.unit))
        if named.size:
            found = other_units(cells[int(named[0])].as_py(), encoder.money.unit)
            self.add("intake.unit_unsettled", role, rows[named], found=found, unit=found[0])

    def count_unknown(self, seller: _Party, buyer: _Party) -> None:
        """Count parties that the firm table lacks, and keep some of their ids."""
        records = self.raw.num_rows - self.spared.size
        unknown = seller.unknown.size + buyer.unknown.size
        for party in (seller, buyer):
            unknown -= np.isin(self.spared, party.unknown).sum()
        self.reading.count_parties(2 * records, int(unknown))
        if unknown and self.reading.wants_unknown:
            rows = np.union1d(seller.unknown, buyer.unknown)
            rows = np.setdiff1d(rows, self.spared)
            positions = self.part.count_skipped(rows + self.position)
            self.reading.keep_unknown(self.part, positions, (seller.ids, buyer.ids), rows)


def _mark_same_unknown(
    seller: _Party, buyer: _Party, missing: int, mark: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """Mark rows whose seller and buyer are one id that the firm table lacks."""
    both = seller.unknown[buyer.index[seller.unknown] == missing]
    if not both.size:
        return mark
    rows = from_numpy(both)
    left, right = (text(party.ids.take(rows)) for party in (seller, buyer))
    named = pc.and_(pc.equal(left, right), pc.not_equal(left, scalar("")))
    same = both[rows_where(named)]
    mark = mark if mark.size else np.zeros(seller.index.size, dtype=np.uint8)
    mark[same[mark[same] == PLAIN]] = SAME_UNKNOWN
    return mark


def mark_years(
    years: npt.NDArray[np.integer[Any]],
    chosen: Sequence[int],
    mark: npt.NDArray[np.uint8],
    reading: Reading,
    counts: npt.NDArray[np.int64] = ONE_EACH,
) -> npt.NDArray[np.uint8]:
    """Count rows by year, and mark those whose year is not chosen.

    Parameters
    ----------
    years : ndarray of int
        0 where missing.
    chosen : sequence of int
        Empty for all.
    mark : ndarray of uint8, or empty when all rows are PLAIN
    reading : Reading
        Where rows are counted.
    counts : ndarray of int64, or empty
        How many rows each one stands for.

    Returns
    -------
    ndarray of uint8
        The marks.
    """
    if years.size and years[0] and years.min() == years.max():  # mostly a batch has one year
        reading.years[years[0] - FIRST_YEAR] += int(counts.sum()) if counts.size else years.size
        if not chosen or years[0] in chosen:
            return mark
    else:
        dated = years[years > 0] - FIRST_YEAR
        of_years = np.bincount(dated, minlength=YEARS)
        if counts.size:
            np.add.at(reading.years, dated, counts[years > 0])
        else:
            reading.years += of_years
        present = (np.flatnonzero(of_years) + FIRST_YEAR).tolist()
        if dated.size == years.size and set(present) <= set(chosen):
            return mark
    if chosen:
        mark = mark.copy() if mark.size else np.zeros(years.size, dtype=np.uint8)
        record = mark < BLANK_ROW
        mark[~np.isin(years, chosen) & record] = OTHER_YEAR
        mark[(years == 0) & record] = MISSING_YEAR
    return mark
