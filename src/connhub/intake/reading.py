"""What one thread, or all of them, read: rows, money, years, faults. Additive."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import from_numpy, scalar, text
from connhub.intake.amounts import Rounding, extremes, magnitude
from connhub.intake.offending_rows import MAX_VALUES, OffendingRows
from connhub.intake.table_source import Part
from connhub.intake.years import YEARS

__all__ = ["ONE_EACH", "SAMPLE", "FaultKey", "Reading"]

ONE_EACH = np.empty(0, dtype=np.int64)
"""In the place of counts: every row stands for itself."""
SAMPLE = 200
"""Rows with a party that the firm table lacks that are kept to compare their ids."""

FaultKey = tuple[int, str, str, tuple[tuple[str, Any], ...]]
"""File, kind in the catalogue, column, and values of the text."""
Place = tuple[int, int, int]
"""File, part, and position in it."""
Largest = tuple[int, Place, int, int]
"""Amount, place, next largest absolute amount, and rows compared."""
_Integers = npt.NDArray[np.int64]


@dataclass
class Reading:
    """What one thread, or all of them, read. Additive."""

    rows: dict[int, int] = field(default_factory=dict)  # by file
    amount: dict[int, int] = field(default_factory=dict)
    rounding: dict[int, Rounding] = field(default_factory=dict)
    magnitude: int = 0
    years: _Integers = field(default_factory=lambda: np.zeros(YEARS, dtype=np.int64))
    part_rows: dict[tuple[int, int], int] = field(default_factory=dict)
    typical: dict[int, tuple[float, int]] = field(default_factory=dict)
    faults: dict[FaultKey, OffendingRows] = field(default_factory=dict)
    largest: dict[int, Largest] = field(default_factory=dict)  # by year
    written_years: dict[int, str] = field(default_factory=dict)  # by way of writing
    places: dict[str, dict[str, Place]] = field(default_factory=dict)  # first of each, by column
    parties: int = 0
    unknown: int = 0
    unknown_ids: list[tuple[Place, tuple[str, ...]]] = field(default_factory=list)

    def complain(
        self,
        part: Part,
        kind: str,
        positions: _Integers,
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

    def tally(self, part: Part, amount: _Integers, counts: _Integers = ONE_EACH) -> int:
        """Count the rows and the money of a batch, apart from all that is done with them.

        Returns the largest absolute amount.
        """
        key = (part.file, part.number)
        first = part.file not in self.typical
        rows = int(counts.sum()) if counts.size else amount.size
        self.part_rows[key] = self.part_rows.get(key, 0) + rows
        self.rows[part.file] = self.rows.get(part.file, 0) + rows
        least, most = extremes(amount)
        weight = magnitude(amount, (least, most))
        self.magnitude += weight
        total = weight if least >= 0 else int(amount.sum())
        total = total if weight < 2**63 else 0
        self.amount[part.file] = self.amount.get(part.file, 0) + total
        if first:
            some = np.abs(amount[:10_000][amount[:10_000] != 0]).astype(np.float64)
            self.typical[part.file] = (float(np.log10(some).sum()), int(some.size))
        return max(most, -least)

    def compare(
        self,
        part: Part,
        amount: _Integers,
        years: npt.NDArray[Any] | None,
        position: int,
        largest: int,
    ) -> None:
        """Keep the largest absolute amount of each year, its row, and the next largest.

        Parameters
        ----------
        part : Part
        amount : ndarray of int64
            0 in rows that do not count.
        years : ndarray of int or None
        position : int
            Of the first row inside the part.
        largest : int
            No absolute amount is larger.
        """
        if not amount.size:
            return
        if years is None or years.min() == years.max():
            year = 0 if years is None else int(years[0])
            self._compare(part, year, amount, None, position, largest)
            return
        counts = np.bincount(years)
        present = np.flatnonzero(counts).tolist()
        least = min(self.largest[y][2] if y in self.largest else -1 for y in present)
        for year in present:
            if largest <= least:  # nearly always: no row is compared with those of its year
                amount_of, place, following, rows_before = self.largest[year]
                size = int(counts[year])
                self.largest[year] = amount_of, place, following, rows_before + size
            else:
                rows = np.flatnonzero(years == year)
                self._compare(part, year, amount[rows], rows, position, largest)

    def _compare(
        self,
        part: Part,
        year: int,
        amount: _Integers,
        rows: _Integers | None,
        position: int,
        largest: int,
    ) -> None:
        before = self.largest.get(year)
        size = amount.size
        if before is not None and largest <= before[2]:
            self.largest[year] = (*before[:3], before[3] + size)
            return
        absolute = np.abs(amount)
        at = int(absolute.argmax())
        following = int(np.delete(absolute, at).max(initial=0))
        row = position + (at if rows is None else int(rows[at]))
        row = int(part.count_skipped(np.array([row]))[0])
        found = int(amount[at]), (part.file, part.number, row), following, size
        self.largest[year] = found if before is None else _larger(before, found)

    def keep_places(self, part: Part, column: str, values: pa.Array, position: int) -> None:
        """Keep where each region that rows give is first given.

        Parameters
        ----------
        part : Part
        column : str
            As the user's table names it.
        values : Array
        position : int
            Of the first row inside the part.
        """
        known = self.places.setdefault(column, {})
        for value in pc.unique(text(values)).to_pylist():
            if value is not None and value not in known and len(known) < MAX_VALUES:
                row = pc.index(text(values), value).as_py() + position
                known[value] = part.file, part.number, int(part.count_skipped(np.array([row]))[0])

    def count_parties(self, cells: int, unknown: int) -> None:
        """Count parties, and those that the firm table lacks."""
        self.parties += cells
        self.unknown += unknown

    @property
    def wants_unknown(self) -> bool:
        """Whether more ids that the firm table lacks are to be kept."""
        return len(self.unknown_ids) < SAMPLE

    def keep_unknown(
        self, part: Part, positions: _Integers, ids: tuple[pa.Array, pa.Array], rows: _Integers
    ) -> None:
        """Keep the first rows with a party that the firm table lacks, with both ids."""
        free = SAMPLE - len(self.unknown_ids)
        if free <= 0:
            return
        some = from_numpy(rows[:free])
        sellers, buyers = (
            text(values.take(some)).fill_null(scalar("")).to_pylist() for values in ids
        )
        for at, *pair in zip(positions[:free].tolist(), sellers, buyers, strict=True):
            self.unknown_ids.append(((part.file, part.number, at), tuple(pair)))

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
        for year, largest in other.largest.items():
            mine_of_year = self.largest.get(year)
            self.largest[year] = largest if mine_of_year is None else _larger(mine_of_year, largest)
        for way, value in other.written_years.items():
            self.written_years[way] = min(value, self.written_years.get(way, value))
        for column, found_at in other.places.items():
            mine_of_column = self.places.setdefault(column, {})
            for value, place in found_at.items():
                mine_of_column[value] = min(place, mine_of_column.get(value, place))
        self.magnitude += other.magnitude
        self.years += other.years
        self.count_parties(other.parties, other.unknown)
        self.unknown_ids = sorted([*self.unknown_ids, *other.unknown_ids])[:SAMPLE]


def _larger(one: Largest, other: Largest) -> Largest:
    """The larger of two rows, of equal ones the earlier, and the next largest amount of both."""
    first, second = sorted((one, other), key=lambda found: (-abs(found[0]), found[1]))
    return first[0], first[1], max(first[2], abs(second[0])), first[3] + second[3]
