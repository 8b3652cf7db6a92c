"""Earlier years of an economy: firms that came and went, a merger, and a table that saw less."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import positions_in
from connhub.synthetic.firms import ABROAD, Float, Int, Population, generator

__all__ = ["EarlierYears", "former_count"]

_FOUNDED, _NEWLY_SEEN, _FORMER = 0.05, 0.15, 0.04
"""Shares of firms: of those founded and newly seen only small ones."""
_NEW_DEALS, _OTHER_BUYER, _GROWTH, _SPREAD = 0.05, 0.06, 0.03, 0.12
"""A year: share of deals that are new, that had another buyer; growth of amounts, its spread."""
_SMALL = 0.75
"""Firms up to this quantile of sales are small."""
_TWIN = 0.5
"""Share of the deals of a firm that a former firm had before it."""
_MERGED_PLACE = 14
"""Niigata: where a firm that merged was."""


def former_count(firms: int) -> int:
    """How many firms there were that are no more; the last of them merged into another."""
    return max(2, round(_FORMER * firms))


@dataclass(frozen=True, eq=False)
class EarlierYears:
    """What an economy was in the years before its own.

    Parameters
    ----------
    population : Population
    ids : Array, shape (n + former_count(n),)
        Of its firms, and of those that are no more.
    year : int
        Of the economy.
    count : int
        How many years there are, this one included.
    """

    population: Population
    ids: pa.Array
    year: int
    count: int

    @property
    def years(self) -> range:
        """All years, the last is that of the economy."""
        return range(self.year - self.count + 1, self.year + 1)

    @cached_property
    def _draws(self) -> dict[str, Int]:
        rng, n = generator(self.population.seed, "years"), self.population.size
        home = self.population.place != ABROAD
        later = self.year - rng.integers(0, max(1, self.count - 1), (2, n))
        kind = rng.random(n)
        kind[self.population.sales > np.quantile(self.population.sales, _SMALL)] = 1
        founded = np.where(home & (kind < _FOUNDED), later[0], 0)
        seen = np.where(home & (kind >= _FOUNDED) & (kind < _FOUNDED + _NEWLY_SEEN), later[1], 0)
        former = former_count(n)
        twin = rng.choice(np.flatnonzero(home & (kind >= _FOUNDED + _NEWLY_SEEN)), former, False)
        local = np.flatnonzero((self.population.place == _MERGED_PLACE) & (kind >= 0.2))
        if local.size:
            local = local[np.argsort(-self.population.sales[local], kind="stable")]
            twin[-1] = local[min(1, local.size - 1)]
            twin[:-1] = np.where(twin[:-1] == twin[-1], twin[0], twin[:-1])
        closed = self.year - rng.integers(0, max(1, self.count - 1), former)
        return {"founded": founded, "seen": seen, "twin": twin, "closed": closed}

    def firm_table(self, table: pa.Table) -> pa.Table:
        """The firm table with the firms that are no more, and the years known of each.

        Parameters
        ----------
        table : Table
            Of the economy.

        Returns
        -------
        Table
            Without the firm that merged: its successor is there.
        """
        draws, n = self._draws, self.population.size
        rng = generator(self.population.seed, "founded")
        founded = np.where(draws["founded"] > 0, draws["founded"], 1950 + rng.integers(0, 65, n))
        former = table.take(pa.array(draws["twin"][:-1]))
        ids = self.ids[n : n + len(former)]
        names = pc.binary_join_element_wise(pc.cast("旧", pa.string()), former["name"], "")
        former = former.set_column(0, "firm_id", pa.chunked_array([ids]))
        former = former.set_column(1, "name", names)
        known = rng.random(n) < 0.9
        begun = np.concatenate([founded, 1950 + rng.integers(0, 65, len(former))])
        ended = np.concatenate([np.zeros(n, dtype=np.int64), draws["closed"][:-1]])
        unknown = np.concatenate([~known, np.zeros(len(former), dtype=bool)])
        both = pa.concat_tables([table, former])
        both = both.append_column("founded_year", pa.array(begun, pa.int32(), mask=unknown))
        return both.append_column("closed_year", pa.array(ended, pa.int32(), mask=ended == 0))

    def firm_changes(self) -> pa.Table:
        """The merger: its old id, its new id, and the first year of the new one."""
        n, draws = self.population.size, self._draws
        return pa.table(
            {
                "old_id": self.ids[len(self.ids) - 1 :],
                "new_id": self.ids.take(pa.array(draws["twin"][-1:])),
                "year": pa.array([self.year], pa.int32()),
            }
        ).slice(0, 1 if n else 0)

    def tables(self, year: int, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """The transactions of a year, of those of the economy.

        Parameters
        ----------
        year : int
        tables : iterator of Table
            Of the economy, in its order; the last year has them as they are.

        Yields
        ------
        Table
        """
        start = 0
        for table in tables:
            yield table if year == self.year else self._before(table, year, start)
            start += table.num_rows

    def _before(self, table: pa.Table, year: int, start: int) -> pa.Table:
        """What a table of transactions was in an earlier year."""
        back, n, draws = self.year - year, self.population.size, self._draws
        known = self.ids[:n]
        ends = [positions_in(table[name], known) for name in ("seller_id", "buyer_id")]
        rows = np.arange(start, start + table.num_rows, dtype=np.uint64)
        chance = [_uniform(rows, self.population.seed, year, k) for k in range(7)]
        itself = ends[0] == ends[1]
        kept = chance[0] >= _NEW_DEALS * back
        for end in ends:
            kept &= (draws["founded"][end] <= year) & (draws["seen"][end] <= year)
        other = (chance[1] < _OTHER_BUYER * back) & ~itself
        ends[1] = np.where(other, self._neighbours(ends[1], chance[2]), ends[1])
        for side in (0, 1):
            ends[side] = self._former(ends[side], year, chance[3 + side], itself)
        for end in ends:  # a neighbour may not have been there either
            listed = end < n
            at = np.where(listed, end, 0)
            kept &= ~listed | ((draws["founded"][at] <= year) & (draws["seen"][at] <= year))
        normal = np.sqrt(-2 * np.log(1 - chance[5])) * np.cos(2 * np.pi * chance[6])
        scale = np.exp(-_GROWTH * back + _SPREAD * normal)
        amount = table["amount"].to_numpy()
        thousands = np.maximum(np.rint(np.abs(amount) * scale / 1000), 1).astype(np.int64)
        columns = {
            "seller_id": self.ids.take(pa.array(ends[0])),
            "buyer_id": self.ids.take(pa.array(ends[1])),
            "amount": np.where(amount < 0, -1000, 1000) * thousands,
            "year": np.full(amount.size, year, dtype=np.int32),
        }
        return pa.table(columns).filter(pa.array(kept))

    def _former(self, end: Int, year: int, chance: Float, itself: npt.NDArray[np.bool_]) -> Int:
        """Firms, with those in their place that are no more."""
        draws, n = self._draws, self.population.size
        former_of = np.full(n, -1)
        there = draws["closed"] > year
        there[-1] = True
        former_of[draws["twin"][there]] = n + np.flatnonzero(there)
        former = former_of[end]
        found: Int = np.where((former >= 0) & (chance < _TWIN) & ~itself, former, end)
        return found

    def _neighbours(self, firms: Int, chance: Float) -> Int:
        """Another firm of the same place for each."""
        order, starts = self._by_place
        place = self.population.place[firms]
        first, last = starts[place], starts[place + 1]
        found: Int = order[first + ((last - first) * chance).astype(np.int64)]
        return found

    @cached_property
    def _by_place(self) -> tuple[Int, Int]:
        place = self.population.place
        order = np.argsort(place, kind="stable")
        return order, np.searchsorted(place[order], np.arange(ABROAD + 2))


def _uniform(rows: npt.NDArray[np.uint64], *purpose: int) -> Float:
    """A number from 0 to 1 for each row: of the row and the purpose alone, whatever the batches."""
    key = rows.copy()
    for number in purpose:
        key = (key + np.uint64(number)) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    key ^= key >> np.uint64(31)
    found: Float = (key >> np.uint64(11)).astype(np.float64) / 2**53
    return found
