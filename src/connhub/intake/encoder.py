"""Raw batches to checked, encoded ones: indices of firms, amounts, and what was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import rows_where, text
from connhub.intake.amounts import MISSING, NOT_WHOLE, STATUS, Money, Rounding, magnitude
from connhub.intake.firm_names import FirmNames
from connhub.intake.firm_table import FirmTable
from connhub.intake.ids import folded, plain_ids
from connhub.intake.offending_rows import OffendingRows
from connhub.intake.table_source import Part
from connhub.options import Policies

__all__ = [
    "ONE_EACH",
    "PLAIN",
    "REGION_ROLES",
    "SAME_UNKNOWN",
    "Batch",
    "Encoder",
    "FaultKey",
    "Reading",
    "mark_years",
]

PLAIN, OTHER_YEAR, MISSING_YEAR, MISSING_AMOUNT, SAME_UNKNOWN = range(5)
"""What intake already knows of a row; SAME_UNKNOWN: seller and buyer are one unlisted id."""

FIRST_YEAR, YEARS = 1800, 400
REGION_ROLES = ("seller_region", "buyer_region")
_NONE = np.empty(0, dtype=np.int32)
ONE_EACH = np.empty(0, dtype=np.int64)
"""In the place of counts: every row stands for itself."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Encoded rows: what the kernel gets.

    Parameters
    ----------
    seller, buyer : ndarray of int32
        Firm index; the number of firms for one that the table lacks.
    amount : ndarray of int64
        In multiples of the resolution; 0 where missing.
    counts : ndarray of int64, or empty
        How many rows of the raw table this one stands for; empty for one each.
    mark : ndarray of uint8, or empty when all rows are PLAIN
    seller_region, buyer_region : ndarray of int32, or empty
        Region that the row itself gives for a party, -1 for none.
    ids : pair of Array, or None
        Of seller and buyer as they came, for messages; None where they are not known any more.
    given : mapping of str to Array
        Regions that the rows give, as they came, by role.
    years : ndarray of int, or None
        Year of each row, 0 where missing; None without such a column.
    part : Part
    position : int
        Of the first row inside the part.
    """

    seller: npt.NDArray[np.int32]
    buyer: npt.NDArray[np.int32]
    amount: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    mark: npt.NDArray[np.uint8]
    seller_region: npt.NDArray[np.int32]
    buyer_region: npt.NDArray[np.int32]
    ids: tuple[pa.Array, pa.Array] | None
    given: Mapping[str, pa.Array]
    years: npt.NDArray[np.integer[Any]] | None
    part: Part
    position: int


FaultKey = tuple[int, str, str, tuple[tuple[str, Any], ...]]
"""File, kind in the catalogue, column, and values of the text."""


@dataclass
class Reading:
    """What one thread, or all of them, read: rows, money, years, faults. Additive."""

    rows: dict[int, int] = field(default_factory=dict)  # by file
    amount: dict[int, int] = field(default_factory=dict)
    rounding: dict[int, Rounding] = field(default_factory=dict)
    magnitude: int = 0
    years: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(YEARS, dtype=np.int64))
    part_rows: dict[tuple[int, int], int] = field(default_factory=dict)
    typical: dict[int, tuple[float, int]] = field(default_factory=dict)
    faults: dict[FaultKey, OffendingRows] = field(default_factory=dict)

    def complain(
        self,
        part: Part,
        kind: str,
        positions: npt.NDArray[np.int64],
        values: pa.Array | None = None,
        *,
        column: str = "",
        count: int | None = None,
        **details: Any,
    ) -> None:
        """Note rows that have a fault.

        Parameters
        ----------
        part : Part
        kind : str
            Of the catalogue.
        positions : ndarray of int64
            Of the rows in the part.
        values : Array, optional
            The offending value of each row.
        column : str
            As the user's table names it.
        count : int, optional
            How many rows of the user's table they are, if more.
        **details
            Values of the text that are the same for all rows.
        """
        key = (part.file, kind, column, tuple(details.items()))
        self.faults.setdefault(key, OffendingRows()).add(part.number, positions, values, count)

    def tally(
        self,
        part: Part,
        amount: npt.NDArray[np.int64],
        counts: npt.NDArray[np.int64] = ONE_EACH,
    ) -> None:
        """Count the rows and the money of a batch, apart from all that is done with them."""
        key = (part.file, part.number)
        first = part.file not in self.typical
        rows = int(counts.sum()) if counts.size else amount.size
        self.part_rows[key] = self.part_rows.get(key, 0) + rows
        self.rows[part.file] = self.rows.get(part.file, 0) + rows
        weight = magnitude(amount)
        self.magnitude += weight
        total = int(amount.sum()) if weight < 2**63 else 0
        self.amount[part.file] = self.amount.get(part.file, 0) + total
        if first:
            some = np.abs(amount[:10_000][amount[:10_000] != 0]).astype(np.float64)
            self.typical[part.file] = (float(np.log10(some).sum()), int(some.size))

    def merge(self, other: Reading) -> None:
        """Add what another thread read."""
        for name in ("rows", "amount", "part_rows"):
            mine: dict[Any, int] = getattr(self, name)
            for key, value in getattr(other, name).items():
                mine[key] = mine.get(key, 0) + value
        for key, (total, count) in other.typical.items():
            before = self.typical.get(key, (0.0, 0))
            self.typical[key] = (before[0] + total, before[1] + count)
        for file, rounding in other.rounding.items():
            self.rounding.setdefault(file, Rounding()).merge(rounding)
        for key_of_fault, found in other.faults.items():
            self.faults.setdefault(key_of_fault, OffendingRows()).merge(found)
        self.magnitude += other.magnitude
        self.years += other.years


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
    """

    firms: FirmTable
    policies: Policies
    roles: Mapping[str, str]
    money: Money
    years: tuple[int, ...]
    names: FirmNames | None = None

    def batches(self, part: Part, reading: Reading) -> Iterator[Batch]:
        """Encode the rows of a part; what was read and what is wrong goes into `reading`."""
        for raw, position in part.read():
            yield self._encode(raw, part, position, reading)
        if part.skipped:
            positions, fields = np.array(sorted(part.skipped)).T
            reading.complain(part, "intake.number_of_fields", positions, pa.array(fields))
            key = (part.file, part.number)
            reading.part_rows[key] = reading.part_rows.get(key, 0) + len(part.skipped)

    def _encode(self, raw: pa.RecordBatch, part: Part, position: int, reading: Reading) -> Batch:
        def complain(
            kind: str, role: str, rows: npt.NDArray[np.int64], *, show: bool = True, **details: Any
        ) -> None:
            column = self.roles[role]
            values = raw[column].take(pa.array(rows)) if show else None
            positions = part.count_skipped(rows + position)
            reading.complain(part, kind, positions, values, column=column, **details)

        seller, seller_ids = self._party(raw, "seller_id", complain)
        buyer, buyer_ids = self._party(raw, "buyer_id", complain)
        column = self.roles["amount"]
        rounding = reading.rounding.setdefault(part.file, Rounding())
        amount, status = self.money.parse(raw[column], column, rounding)
        mark = np.zeros(0, dtype=np.uint8)
        if status.any():
            mark = self._judge(status, complain)
        mark = self._mark_same_unknown(seller, buyer, seller_ids, buyer_ids, mark)
        given = {r: raw[self.roles[r]] for r in REGION_ROLES if r in self.roles}
        seller_region, buyer_region = (self._region(given, r, complain) for r in REGION_ROLES)
        years = self._years(raw, complain)
        if years is not None:
            mark = mark_years(years, self.years, mark, reading)
        reading.tally(part, amount)
        return Batch(
            seller=seller,
            buyer=buyer,
            amount=amount,
            counts=ONE_EACH,
            mark=mark,
            seller_region=seller_region,
            buyer_region=buyer_region,
            ids=(seller_ids, buyer_ids),
            given=given,
            years=years,
            part=part,
            position=position,
        )

    def _judge(self, status: npt.NDArray[np.uint8], complain: Any) -> npt.NDArray[np.uint8]:
        """Note amounts that cannot be taken; mark those that are missing."""
        resolution = {NOT_WHOLE: {"resolution": f"{self.money.resolution_decimal:f}"}}
        for code, kind in STATUS.items():
            if (rows := np.flatnonzero(status == code)).size:
                complain(kind, "amount", rows, **resolution.get(code, {}))
        missing = status == MISSING
        if not missing.any():
            return np.zeros(0, dtype=np.uint8)
        if self.policies.missing_amount == "error":
            complain("intake.missing_amount", "amount", np.flatnonzero(missing), show=False)
        return np.where(missing, MISSING_AMOUNT, PLAIN).astype(np.uint8)

    def _party(
        self, raw: pa.RecordBatch, role: str, complain: Any
    ) -> tuple[npt.NDArray[np.int32], pa.Array]:
        ids, unusable = plain_ids(raw[self.roles[role]])
        if unusable.size:
            complain("intake.unusable_id", role, unusable)
        if self.firms.fold_ids:
            ids = folded(ids)
        if self.names is not None:
            ids, ambiguous = self.names.translate(ids)
            if ambiguous.size:
                complain("intake.ambiguous_name", role, ambiguous)
        return self.firms.find(ids), ids

    def _mark_same_unknown(
        self,
        seller: npt.NDArray[np.int32],
        buyer: npt.NDArray[np.int32],
        seller_ids: pa.Array,
        buyer_ids: pa.Array,
        mark: npt.NDArray[np.uint8],
    ) -> npt.NDArray[np.uint8]:
        missing = len(self.firms)
        both = np.flatnonzero((seller == missing) & (buyer == missing))
        if not both.size:
            return mark
        rows = pa.array(both)
        left, right = (text(ids.take(rows)) for ids in (seller_ids, buyer_ids))
        named = pc.and_(pc.equal(left, right), pc.not_equal(left, ""))
        same = both[rows_where(named)]
        mark = mark if mark.size else np.zeros(seller.size, dtype=np.uint8)
        mark[same[mark[same] == PLAIN]] = SAME_UNKNOWN
        return mark

    def _region(
        self, given: Mapping[str, pa.Array], role: str, complain: Any
    ) -> npt.NDArray[np.int32]:
        if role not in given:
            return _NONE
        index, bad = self.firms.regions.resolve(given[role])
        if bad.any():
            level = self.firms.regions.level
            complain("intake.unknown_region_code", role, np.flatnonzero(bad), level=level)
        return index

    def _years(self, raw: pa.RecordBatch, complain: Any) -> npt.NDArray[np.int64] | None:
        if "year" not in self.roles:
            return None
        years, bad = _years(raw[self.roles["year"]])
        if bad.any():
            complain("intake.no_year", "year", np.flatnonzero(bad))
        return years


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
    elif counts.size:
        np.add.at(reading.years, years[years > 0] - FIRST_YEAR, counts[years > 0])
    else:
        reading.years += np.bincount(years[years > 0] - FIRST_YEAR, minlength=YEARS)
    if chosen:
        mark = mark.copy() if mark.size else np.zeros(years.size, dtype=np.uint8)
        mark[~np.isin(years, chosen)] = OTHER_YEAR
        mark[years == 0] = MISSING_YEAR
    return mark


def _years(values: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Years, 0 where missing, and which values are no years (empty when all are)."""
    if isinstance(values, pa.DictionaryArray):
        values = values.dictionary_decode()
    if pa.types.is_integer(values.type) and not values.null_count:
        numbers = values.cast(pa.int64()).to_numpy(zero_copy_only=False)
        if numbers.size and numbers.min() >= FIRST_YEAR and numbers.max() < FIRST_YEAR + YEARS:
            return numbers, np.zeros(0, dtype=np.bool_)
    if pa.types.is_integer(values.type) or pa.types.is_null(values.type):
        numbers = values.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
        missing = values.is_null().to_numpy(zero_copy_only=False)
    else:
        return _text_years(text(values))
    inside = (numbers >= FIRST_YEAR) & (numbers < FIRST_YEAR + YEARS)
    return np.where(inside, numbers, 0), ~inside & ~missing


def _text_years(values: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The same of texts: few are distinct."""
    distinct = values.dictionary_encode()
    texts = [value or "" for value in distinct.dictionary.to_pylist()]
    plain = [len(t) == 4 and t.isascii() and t.isdigit() for t in texts]
    parsed = [int(t) if p else -1 for t, p in zip(texts, plain, strict=True)]
    inside = [FIRST_YEAR <= y < FIRST_YEAR + YEARS for y in parsed]
    years = np.array([y if i else 0 for y, i in zip(parsed, inside, strict=True)] + [0])
    bad = np.array([t != "" and not i for t, i in zip(texts, inside, strict=True)] + [False])
    codes = distinct.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    return years[codes], bad[codes]
