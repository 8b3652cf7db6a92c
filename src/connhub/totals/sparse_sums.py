"""The finer grains, sparse: what a firm trades with each region, or with each other firm.

A *cell* is a key with an amount and a count of transactions. While rows are added, cells lie in
hash tables that all threads share: 24 bytes a cell at a load of a third to two thirds, 36 to 72
bytes. Finished, they are sorted by key, and take 24 bytes.
"""

from __future__ import annotations

import threading as th
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from connhub.errors import Fault, OptionError
from connhub.intake.reading import ONE_EACH
from connhub.memory import require, zeros
from connhub.text.catalogue import Message

__all__ = ["GRAINS", "Grain", "Nodes", "SparseSums", "SumTable"]

Int = npt.NDArray[np.int64]
Grain = Literal["firms", "firms_by_region", "pairs"]
GRAINS: tuple[Grain, ...] = ("firms", "firms_by_region", "pairs")

SHARDS = 64
_SMALLEST = 1 << 10
SALES, PURCHASES = 0, 1
ALL = np.empty(0, dtype=np.int8)
"""In the place of `entry`: all rows are counted."""
_STEP = 1 << 18
_FEW = 8
"""How many times as many cells make it cheaper to look places up than to sort."""


@dataclass(frozen=True, eq=False)
class Nodes:
    """Who trades: n firms, then for each region p (overseas, unknown) "not listed, placed in p".

    Keys of cells are made of nodes. ``pairs``: seller, buyer. ``firms_by_region``: node, side,
    region of the other: for each row the seller's sales (side 0) and the buyer's purchases (1).

    Parameters
    ----------
    region : ndarray of int64, shape (n + R + 2,)
        Region of every node.
    firms : int
        Number of firms, n.
    """

    region: Int
    firms: int

    @classmethod
    def of(cls, region_of: npt.NDArray[np.integer], places: int) -> Nodes:
        """Nodes of firms with their regions; `places` is R + 2."""
        region = np.concatenate((region_of[:-1], np.arange(places)))
        return cls(region.astype(np.int64), region_of.size - 1)

    @property
    def places(self) -> int:
        """Number of regions, overseas and unknown included."""
        return self.region.size - self.firms

    def width(self, grain: Grain) -> int:
        """How many keys a node may have."""
        return self.region.size if grain == "pairs" else 2 * self.places


@dataclass(frozen=True, eq=False)
class SparseSums:
    """Sums of the cells that hold anything, sorted by key.

    Parameters
    ----------
    grain : {"firms_by_region", "pairs"}
    key, amount, counts : ndarray of int64, shape (cells,)
    """

    grain: Grain
    key: Int
    amount: Int
    counts: Int

    def __len__(self) -> int:
        return self.key.size

    def __add__(self, other: SparseSums) -> SparseSums:
        """SparseSums of both; the grains must be the same."""
        return self._merged(other, 1)

    def __sub__(self, other: SparseSums) -> SparseSums:
        """SparseSums of these without the other; cells of which nothing is left are left out.

        Raises
        ------
        OptionError
            When less than no transaction would be left, or money without a transaction.
        """
        rest = self._merged(other, -1)
        empty = np.flatnonzero(rest.counts <= 0)
        if rest.counts[empty].any() or rest.amount[empty].any():
            raise OptionError(Fault("totals.rows_not_there", grain=self.grain))
        if not empty.size:
            return rest
        columns = (np.delete(column, empty) for column in (rest.key, rest.amount, rest.counts))
        return SparseSums(self.grain, *columns)

    def _merged(self, other: SparseSums, sign: int) -> SparseSums:
        """These and the other, times 1 or -1."""
        if _FEW * len(other) < len(self):
            return self._with_few(other, sign)
        key = np.concatenate((self.key, other.key))
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = np.flatnonzero(np.diff(key, prepend=-1))

        def summed(name: str) -> Int:
            values = np.concatenate((getattr(self, name), sign * getattr(other, name)))[order]
            return np.add.reduceat(values, first) if values.size else values

        return SparseSums(self.grain, key[first], summed("amount"), summed("counts"))

    def _with_few(self, other: SparseSums, sign: int) -> SparseSums:
        """As `_merged`, where the other has few cells: nothing is sorted."""
        place = np.searchsorted(self.key, other.key)
        known = self.key[np.minimum(place, len(self) - 1)] == other.key
        new = place[~known]
        columns = []
        for name in ("amount", "counts"):
            values, more = getattr(self, name).copy(), sign * getattr(other, name)
            values[place[known]] += more[known]
            columns.append(np.insert(values, new, more[~known]) if new.size else values)
        key = np.insert(self.key, new, other.key[~known]) if new.size else self.key
        return SparseSums(self.grain, key, *columns)

    def split(self, nodes: Nodes) -> tuple[Int, ...]:
        """What the keys say: seller and buyer node, or node, side and region of the other."""
        if self.grain == "pairs":
            return tuple(np.divmod(self.key, nodes.region.size))
        node, rest = np.divmod(self.key, 2 * nodes.places)
        return (node, *np.divmod(rest, nodes.places))

    def coarsen(self, nodes: Nodes) -> SparseSums:
        """From ``pairs`` to ``firms_by_region``.

        Raises
        ------
        OptionError
            When they are no pairs.
        """
        if self.grain != "pairs":
            raise OptionError(Fault("totals.no_coarser_sums", grain=self.grain))
        table = SumTable("firms_by_region", nodes)
        for parties, places, amount, counts in self._pairs(nodes):
            table.add(parties, amount, places, counts=counts)
        return table.finish()

    def firms_and_flows(self, nodes: Nodes) -> tuple[Int, Int]:
        """Sums at the grain ``firms``: firms (n + 1, 8) and flows (R + 2, R + 2, 2)."""
        from connhub.totals.kernel import add_firms, sum_cells

        firms, flows = zeros(nodes.firms + 1, 8), zeros(nodes.places, nodes.places, 2)
        if self.grain == "firms_by_region":
            sum_cells((self.key, self.amount, self.counts), nodes.region, firms, flows)
            return firms, flows
        for parties, places, amount, counts in self._pairs(nodes):
            listed = np.minimum(parties, nodes.firms)
            add_firms((listed[0], listed[1]), amount, counts, places, firms, flows)
        return firms, flows

    def _pairs(self, nodes: Nodes) -> Iterator[tuple[Int, Int, Int, Int]]:
        """Nodes and regions (2, cells) of both parties, amount and counts, in pieces."""
        for start in range(0, len(self), _STEP):
            part = slice(start, start + _STEP)
            parties = np.stack(np.divmod(self.key[part], nodes.region.size))
            yield parties, nodes.region[parties], self.amount[part], self.counts[part]


class SumTable:
    """SparseSums while rows are added, in shards of nodes that threads fill in turn.

    Parameters
    ----------
    grain : {"firms_by_region", "pairs"}
    nodes : Nodes
    """

    def __init__(self, grain: Grain, nodes: Nodes) -> None:
        self.grain, self.nodes = grain, nodes
        self._nodes_a_shard = -(-nodes.region.size // SHARDS)
        self._shards = [_Shard() for _ in range(SHARDS)]
        self._turn = count()

    def add(
        self,
        parties: Any,
        amount: Int,
        places: npt.NDArray[np.integer],
        entry: npt.NDArray[np.int8] = ALL,
        counts: Int = ONE_EACH,
    ) -> None:
        """Add rows.

        Parameters
        ----------
        parties : pair of ndarray of int
            Firm index or node of seller and buyer.
        amount : ndarray of int64
        places : ndarray, shape (2, rows)
            Region of seller and buyer.
        entry : ndarray of int8
            Position in `ENTRIES`; by default all rows are counted.
        counts : ndarray of int64
            By default one a row.
        """
        from connhub.totals.kernel import cell_keys, share_out

        nodes = self.nodes
        how = self.grain == "pairs", nodes.firms, nodes.places
        keys = cell_keys(parties[0], parties[1], places, entry, how)
        bounds = np.empty(SHARDS + 1, dtype=np.int64)
        sorted_keys, amounts = np.empty_like(keys), np.empty_like(keys)
        sorted_counts = np.empty_like(keys) if counts.size else ONE_EACH
        rows, size = (amount, counts), self._keys_a_shard
        share_out(keys, rows, size, bounds, sorted_keys, (amounts, sorted_counts))
        first = next(self._turn) * 29 % SHARDS  # threads begin at different shards
        for k in (*range(first, SHARDS), *range(first)):
            part = slice(bounds[k], bounds[k + 1])
            with self._shards[k].lock:
                self._shards[k].add(sorted_keys[part], amounts[part], sorted_counts[part])

    @property
    def _keys_a_shard(self) -> int:
        return self._nodes_a_shard * self.nodes.width(self.grain)

    def finish(self, threads: int = 1) -> SparseSums:
        """Sort the cells; the table is empty afterwards."""
        from connhub.totals.kernel import sort_cells

        ends = np.cumsum([0, *(s.used for s in self._shards)])
        sums = Message("totals.sorted_sums", cells=int(ends[-1]), grain=self.grain)
        require(24 * int(ends[-1]), sums, Message("totals.coarser"))
        out = tuple(np.empty(ends[-1], dtype=np.int64) for _ in range(3))

        def finish(k: int) -> None:
            shard = self._shards[k]
            starts = np.empty(self._nodes_a_shard + 1, dtype=np.int64)
            part = tuple(column[ends[k] : ends[k + 1]] for column in out)
            node = k * self._nodes_a_shard
            sort_cells(shard.cells, self.nodes.width(self.grain), node, starts, part)
            shard.clear()

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(finish, range(SHARDS)))
        return SparseSums(self.grain, *out)


class _Shard:
    """One hash table, doubled when two thirds are taken."""

    def __init__(self) -> None:
        self.lock = th.Lock()
        self.clear()

    def clear(self) -> None:
        self.cells, self.used = zeros(_SMALLEST, 3), 0

    def add(self, keys: Int, amounts: Int, counts: Int) -> None:
        from connhub.totals.kernel import add_cells

        done = 0
        while done < keys.size:
            room = self.cells.shape[0] * 2 // 3 - self.used
            done, new = add_cells(keys, amounts, counts, done, self.cells, room)
            self.used += new
            if done < keys.size:
                self._grow()

    def _grow(self) -> None:
        from connhub.totals.kernel import move_cells

        capacity = 2 * self.cells.shape[0]
        tables = Message("totals.tables_of_sums", tables=SHARDS, cells=self.used)
        require(24 * capacity, tables, Message("totals.coarser"))
        larger = zeros(capacity, 3)
        move_cells(self.cells, larger)
        self.cells = larger
