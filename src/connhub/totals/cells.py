"""The finer grains, sparse: what a firm trades with each region, or with each other firm.

A *cell* is a key with an amount and a number of deals. While rows are added, cells lie in hash
tables that all threads share: 24 bytes a cell at a load of a third to two thirds, 36 to 72 bytes.
Finished, they are sorted by key, and take 24 bytes.
"""

from __future__ import annotations

import threading as th
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from connhub.errors import Fault, OptionError
from connhub.memory import require, zeros

__all__ = ["GRAINS", "CellTable", "Cells", "Grain", "Nodes"]

Int = npt.NDArray[np.int64]
Grain = Literal["firms", "firms_by_region", "pairs"]
GRAINS: tuple[Grain, ...] = ("firms", "firms_by_region", "pairs")

SHARDS = 32
_SMALLEST = 1 << 10
SALES, PURCHASES = 0, 1


@dataclass(frozen=True, eq=False)
class Nodes:
    """Who trades: n firms, then for each region p (overseas, unknown) "not listed, placed in p".

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

    def node(self, firm: npt.NDArray[np.integer], place: npt.NDArray[np.integer]) -> Int:
        """Node of each party from its firm index (n where not listed) and its region."""
        firm = firm.astype(np.int64)
        return np.where(firm == self.firms, firm + place, firm)

    def keys(self, grain: Grain, seller: Int, buyer: Int) -> Int:
        """Keys of the cells that trade between two nodes belongs to.

        ``pairs``: seller, buyer. ``firms_by_region``: node, side, region of the other; first for
        the seller (side 0, its sales), then for the buyer (side 1, its purchases).
        """
        if grain == "pairs":
            return seller * self.region.size + buyer
        sold = (2 * seller + SALES) * self.places + self.region[buyer]
        bought = (2 * buyer + PURCHASES) * self.places + self.region[seller]
        return np.concatenate((sold, bought))

    def width(self, grain: Grain) -> int:
        """How many keys a node may have."""
        return self.region.size if grain == "pairs" else 2 * self.places


@dataclass(frozen=True, eq=False)
class Cells:
    """Sparse sums, sorted by key.

    Parameters
    ----------
    grain : {"firms_by_region", "pairs"}
    key, amount, deals : ndarray of int64, shape (cells,)
    """

    grain: Grain
    key: Int
    amount: Int
    deals: Int

    def __len__(self) -> int:
        return self.key.size

    def __add__(self, other: Cells) -> Cells:
        """Cells of both; the grains must be the same."""
        key = np.concatenate((self.key, other.key))
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = np.flatnonzero(np.diff(key, prepend=-1))

        def summed(name: str) -> Int:
            values = np.concatenate((getattr(self, name), getattr(other, name)))[order]
            return np.add.reduceat(values, first) if values.size else values

        return Cells(self.grain, key[first], summed("amount"), summed("deals"))

    def split(self, nodes: Nodes) -> tuple[Int, ...]:
        """What the keys say: seller and buyer node, or node, side and region of the other."""
        if self.grain == "pairs":
            return tuple(np.divmod(self.key, nodes.region.size))
        node, rest = np.divmod(self.key, 2 * nodes.places)
        return (node, *np.divmod(rest, nodes.places))

    def coarsen(self, nodes: Nodes) -> Cells:
        """From ``pairs`` to ``firms_by_region``."""
        if self.grain != "pairs":
            raise OptionError(Fault(f"grain {self.grain!r} has no coarser cells"))
        table = CellTable("firms_by_region", nodes)
        for start in range(0, len(self), _STEP):
            part = slice(start, start + _STEP)
            seller, buyer = np.divmod(self.key[part], nodes.region.size)
            keys = nodes.keys(table.grain, seller, buyer)
            table.add(keys, *(np.tile(v[part], 2) for v in (self.amount, self.deals)))
        return table.finish()

    def firms_and_flows(self, nodes: Nodes) -> tuple[Int, Int]:
        """Sums at the grain ``firms``: firms (n + 1, 8) and flows (R + 2, R + 2, 2).

        From ``firms_by_region``; coarsen ``pairs`` first.
        """
        if self.grain != "firms_by_region":
            raise OptionError(Fault(f"coarsen the grain {self.grain!r} first"))
        firms = zeros(nodes.firms + 1, 8)
        flows = zeros(nodes.places, nodes.places, 2)
        overseas = nodes.places - 2
        for start in range(0, len(self), _STEP):
            part = slice(start, start + _STEP)
            node, rest = np.divmod(self.key[part], 2 * nodes.places)
            side, other = np.divmod(rest, nodes.places)
            amount, deals = self.amount[part], self.deals[part]
            own = nodes.region[node]
            field = np.where(own == other, 0, np.where(other == overseas, 2, 1))
            firm = np.minimum(node, nodes.firms)
            np.add.at(firms, (firm, 4 * side + field), amount)
            np.add.at(firms, (firm, 4 * side + 3), deals)
            sold = side == SALES
            np.add.at(flows[:, :, 0], (own[sold], other[sold]), amount[sold])
            np.add.at(flows[:, :, 1], (own[sold], other[sold]), deals[sold])
        return firms, flows


_STEP = 1 << 18
_NO_DEALS = np.empty(0, dtype=np.int64)


class CellTable:
    """Cells while rows are added, in shards of nodes that threads fill in turn.

    Parameters
    ----------
    grain : {"firms_by_region", "pairs"}
    nodes : Nodes
    """

    def __init__(self, grain: Grain, nodes: Nodes) -> None:
        self.grain, self.nodes = grain, nodes
        self._shards = [_Shard() for _ in range(SHARDS)]

    def add_rows(
        self,
        seller: npt.NDArray[np.int32],
        buyer: npt.NDArray[np.int32],
        amount: Int,
        places: npt.NDArray[np.int16],
    ) -> None:
        """Add counted rows of a batch."""
        nodes = self.nodes
        keys = nodes.keys(self.grain, nodes.node(seller, places[0]), nodes.node(buyer, places[1]))
        self.add(keys, amount if self.grain == "pairs" else np.tile(amount, 2))

    def add(self, keys: Int, amounts: Int, deals: Int = _NO_DEALS) -> None:
        """Add amounts, and deals (by default one each), to the cells of `keys`."""
        from connhub.totals.kernel import share_out

        shards = (keys // self.nodes.width(self.grain) % SHARDS).astype(np.int8)
        bounds = np.empty(SHARDS + 1, dtype=np.int64)
        sorted_keys, order = np.empty_like(keys), np.empty_like(keys)
        share_out(keys, shards, bounds, sorted_keys, order)
        amounts = amounts[order]
        deals = deals[order] if deals.size else deals
        first = th.get_ident() // 64 % SHARDS  # threads begin at different shards
        for k in (*range(first, SHARDS), *range(first)):
            part = slice(bounds[k], bounds[k + 1])
            with self._shards[k].lock:
                self._shards[k].add(sorted_keys[part], amounts[part], deals[part])

    def finish(self, threads: int = 1) -> Cells:
        """Sort the cells; the table is empty afterwards."""
        from connhub.totals.kernel import count_cells, place_cells, sort_cells

        width = self.nodes.width(self.grain)
        total = sum(s.used for s in self._shards)
        require(24 * total, f"{total:,} cells of grain {self.grain!r}", _FIX)
        starts = np.zeros(self.nodes.region.size + 1, dtype=np.int64)
        out = tuple(np.empty(total, dtype=np.int64) for _ in range(3))
        for shard in self._shards:
            count_cells(shard.cells, width, starts)
        np.cumsum(starts, out=starts)
        at = starts[:-1].copy()
        for shard in self._shards:
            place_cells(shard.cells, width, at, out)
            shard.clear()
        edges = np.linspace(0, starts.size - 1, threads + 1).astype(np.int64)
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda a, b: sort_cells(starts[a : b + 1], out), edges[:-1], edges[1:]))
        return Cells(self.grain, *out)


_FIX = "choose a coarser grain= or region=, or a machine with more memory"


class _Shard:
    """One hash table, doubled when two thirds are taken."""

    def __init__(self) -> None:
        self.lock = th.Lock()
        self.clear()

    def clear(self) -> None:
        self.cells, self.used = _free(_SMALLEST), 0

    def add(self, keys: Int, amounts: Int, deals: Int) -> None:
        from connhub.totals.kernel import add_cells

        done = 0
        while done < keys.size:
            most = self.cells.shape[0] * 2 // 3 - self.used
            done, new = add_cells(keys, amounts, deals, done, self.cells, most)
            self.used += new
            if done < keys.size:
                self._grow()

    def _grow(self) -> None:
        from connhub.totals.kernel import move_cells

        capacity = 2 * self.cells.shape[0]
        require(24 * capacity, f"{SHARDS} tables of {self.used:,} cells and more", _FIX)
        larger = _free(capacity)
        move_cells(self.cells, larger)
        self.cells = larger


def _free(capacity: int) -> Int:
    cells = zeros(capacity, 3)
    cells[:, 0] = -1
    return cells
