"""Totals of a few firms of a table: a change that concerns no others is soon worked out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from connhub.arrow import from_numpy
from connhub.intake.firm_table import FirmTable
from connhub.totals.sparse_sums import Nodes, SparseSums
from connhub.totals.totals import Totals

__all__ = ["Few"]

Int = npt.NDArray[np.int64]
_BY_FIRM = ("firms", "estimated")


class Few:
    """A few firms of a table, as a table of their own: what concerns no others is soon added up.

    Parameters
    ----------
    firms : FirmTable, n firms
    rows : ndarray of int64, shape (k,)
        Which of them, ascending.
    """

    def __init__(self, firms: FirmTable, rows: Int) -> None:
        self.rows, self.n = rows, len(firms)
        picked = from_numpy(rows)
        groups = firms.groups
        self.table = replace(
            firms,
            table=firms.table.select(["firm_id"]).take(picked),
            regions=replace(firms.regions, index=firms.regions.index[rows]),
            groups=None if groups is None else groups[np.append(rows, -1)],
            lookup=None,
            positions=None,
        )

    def of(self, totals: Totals) -> Totals:
        """The sums by firm of these firms, with all that is not by firm, without finer grains.

        Parameters
        ----------
        totals : Totals
            Computed with the firm table, or with one that lacks firms at its end.
        """
        n = totals.identity.regions.size
        known = self.rows[: np.searchsorted(self.rows, n)]
        more = np.zeros((self.rows.size - known.size, 1), dtype=np.int64)
        sums: dict[str, Any] = {}
        for name in _BY_FIRM:
            if (every := getattr(totals, name)).size:
                others = np.broadcast_to(more, (len(more), every.shape[1]))
                sums[name] = np.concatenate((every[known], others, every[n:]))
        return replace(totals, **sums, cells=None, identity=self.table.identity)

    def put(self, few: Totals, totals: Totals) -> Totals:
        """Totals with the sums of these firms, and all that is not by firm, in their place.

        Parameters
        ----------
        few : Totals
            Made of those that `of` gives.
        totals : Totals
            Computed with the firm table; their finer grains stay.
        """
        sums: dict[str, Any] = {}
        for name in _BY_FIRM:
            some, every = getattr(few, name), getattr(totals, name)
            sums[name] = every.copy()
            if some.size and not every.size:
                sums[name] = np.zeros((self.n, some.shape[1]), dtype=np.int64)
            if some.size:
                k = self.rows.size
                sums[name][self.rows], sums[name][self.n :] = some[:k], some[k:]
        return replace(few, **sums, cells=totals.cells, identity=totals.identity)

    def nodes(self, of_all: Int) -> Int:
        """Nodes among these firms, of nodes among all firms."""
        listed = of_all < self.n
        return np.where(
            listed, np.searchsorted(self.rows, of_all), of_all - self.n + self.rows.size
        )

    def cells_of_all(self, cells: SparseSums) -> SparseSums:
        """Cells of these firms, by the nodes of all."""
        places = self.table.regions.size + 2
        few, size = Nodes.of(self.table.region_of, places), self.n + places
        new_node = np.concatenate((self.rows, self.n + np.arange(places)))
        if cells.grain == "pairs":
            seller, buyer = (new_node[node] for node in cells.split(few))
            key = seller * size + buyer
        else:
            node, side, place = cells.split(few)
            key = (2 * new_node[node] + side) * places + place
        return SparseSums(cells.grain, key, cells.amount, cells.counts)
