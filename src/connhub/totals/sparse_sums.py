"""The finer grains, sparse: what a firm trades with each region, or with each other firm.

A *cell* is a key with an amount and a count of transactions, 24 bytes, sorted by key. While rows
are added, as many wait beside the cells as there are, of few cells more, and take 24 bytes each:
then they are sorted and added in one go.
"""

from __future__ import annotations

import threading as th
from collections.abc import Iterator, Sequence
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

SHARDS = 32
"""At least so many, where there are as many keys, and no more than twice as many."""
WAITING = 1 << 23
"""How many rows wait at least, in all shards, before they are added to the cells: 200 MB."""
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
        region = np.concatenate((region_of[:-1], np.arange(places, dtype=np.int64)))
        return cls(region, region_of.size - 1)

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

    def part(self, cells: slice) -> SparseSums:
        """Some of the cells, without a copy."""
        return SparseSums(self.grain, self.key[cells], self.amount[cells], self.counts[cells])

    def split(self, nodes: Nodes) -> tuple[Int, ...]:
        """What the keys say: seller and buyer node, or node, side and region of the other."""
        if self.grain == "pairs":
            return _divided(self.key, nodes.region.size)
        node, rest = _divided(self.key, 2 * nodes.places)
        return (node, *_divided(rest, nodes.places))

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

    def firms_and_flows(self, nodes: Nodes, threads: int = 1) -> tuple[Int, Int]:
        """Sums at the grain ``firms``: firms (n + 1, 8) and flows (R + 2, R + 2, 2)."""
        from connhub.totals.kernel import sum_cells, sum_purchases, sum_sales

        firms, flows = zeros(nodes.firms + 1, 8), zeros(nodes.places, nodes.places, 2)
        cells = self.key, self.amount, self.counts
        region = nodes.region.astype(np.int16)  # of which the processor holds more
        if self.grain == "firms_by_region":
            sum_cells(cells, region, firms, flows)
            return firms, flows
        with ThreadPoolExecutor(threads) as pool:  # each fills fields of its own
            of_sales = pool.submit(sum_sales, cells, region, firms, flows)
            pool.submit(sum_purchases, cells, region, firms, nodes.places - 2).result()
            of_sales.result()
        return firms, flows

    def _pairs(self, nodes: Nodes) -> Iterator[tuple[Int, Int, Int, Int]]:
        """Nodes and regions (2, cells) of both parties, amount and counts, in pieces."""
        for start in range(0, len(self), _STEP):
            part = self.part(slice(start, start + _STEP))
            parties = np.stack(part.split(nodes))
            yield parties, nodes.region[parties], part.amount, part.counts


def _divided(values: Int, by: int) -> tuple[Int, Int]:
    """As `np.divmod`, which takes twice as long."""
    quotient = values // by
    return quotient, values - quotient * by


class SumTable:
    """SparseSums while rows are added, in shards by key that threads fill in turn.

    Parameters
    ----------
    grain : {"firms_by_region", "pairs"}
    nodes : Nodes
    """

    def __init__(self, grain: Grain, nodes: Nodes) -> None:
        self.grain, self.nodes = grain, nodes
        keys = nodes.region.size * nodes.width(grain)
        self._bits = max(0, keys.bit_length() - SHARDS.bit_length())
        shards = -(-keys >> self._bits)
        self._shards = [
            _Shard(k << self._bits, self._bits, WAITING // shards) for k in range(shards)
        ]
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
        keys = np.empty(len(amount) * (1 if self.grain == "pairs" else 2), dtype=np.int64)
        cell_keys(parties[0], parties[1], places, entry, how, keys)
        self._require_room(keys.size)
        shards = len(self._shards)
        bounds = np.empty(shards + 2, dtype=np.int64)
        rows = np.empty((keys.size, 3), dtype=np.int64)
        share_out(keys, amount, counts, self._bits, bounds, rows)
        first = next(self._turn) * 29 % shards  # threads begin at different shards
        for k in (*range(first, shards), *range(first)):
            with self._shards[k].lock:
                self._shards[k].add(rows[bounds[k] : bounds[k + 1]])

    def _require_room(self, rows: int) -> None:
        """Refuse rows where there is no room for them twice, and for the largest shard anew."""
        sizes = [shard.cells.shape[1] + shard.rows for shard in self._shards]
        sums = Message("totals.growing_sums", cells=sum(sizes))
        require(24 * (2 * rows + 3 * max(sizes)), sums, Message("totals.coarser"))

    def finish(self, threads: int = 1) -> SparseSums:
        """The sums of all rows; the table is empty afterwards."""
        with ThreadPoolExecutor(threads) as pool:
            edges = np.cumsum([0, *pool.map(_Shard.size, self._shards)])
            sums = Message("totals.sorted_sums", cells=int(edges[-1]), grain=self.grain)
            require(24 * int(edges[-1]), sums, Message("totals.coarser"))
            columns = [np.empty(edges[-1], dtype=np.int64) for _ in range(3)]

            def write(k: int) -> None:
                part = slice(edges[k], edges[k + 1])
                self._shards[k].write([column[part] for column in columns])
                self._shards[k].clear()

            for _ in pool.map(write, range(len(self._shards))):
                pass
        return SparseSums(self.grain, *columns)


class _Shard:
    """Cells of some keys, and rows that wait to be added to them.

    Parameters
    ----------
    low : int
        No key is lower.
    bits : int
        Of the differences to it.
    fewest : int
        How many rows wait at least.
    """

    def __init__(self, low: int, bits: int, fewest: int) -> None:
        self.low, self.bits, self.fewest = low, bits, fewest
        self.lock = th.Lock()
        self.clear()

    def clear(self) -> None:
        self.cells = np.empty((3, 0), dtype=np.int64)
        self.waiting = np.empty((0, 3), dtype=np.int64)
        self.order = np.empty(0, dtype=np.int64)
        self.rows = 0

    @property
    def most(self) -> int:
        """How many rows wait at most; key and position of each make one number."""
        return min(max(1, self.fewest, self.cells.shape[1]), 1 << 63 - self.bits)

    def add(self, rows: Int) -> None:
        """Take rows (m, 3: key, amount, count); they are copied."""
        while len(rows):
            some = rows[: self.most - self.rows]
            rows = rows[len(some) :]
            count = self.rows + len(some)
            if count > len(self.waiting):
                room = np.empty((min(4 * count, self.most), 3), dtype=np.int64)
                room[: self.rows] = self.waiting[: self.rows]
                self.waiting = room
            self.waiting[self.rows : count] = some
            self.rows = count
            if count == self.most:
                cells = np.empty((3, self.size()), dtype=np.int64)
                self.write(list(cells))
                self.cells, self.rows, self.order = cells, 0, self.order[:0].copy()

    def size(self) -> int:
        """How many cells there are with the rows that wait, which are sorted."""
        self.order = self.waiting[: self.rows, 0] - self.low
        self.order <<= (self.rows - 1).bit_length()
        self.order |= np.arange(self.rows)  # NumPy sorts one number sooner than we a row
        self.order.sort()
        return self.write([self.order[:0]] * 3)

    def write(self, out: Sequence[Int]) -> int:
        """Write the cells with the rows that wait, once `size` has told how many; say so again."""
        from connhub.totals.kernel import merge_rows

        how = self.low, (self.rows - 1).bit_length()
        return int(merge_rows(tuple(self.cells), self.waiting, self.order, how, tuple(out)))
