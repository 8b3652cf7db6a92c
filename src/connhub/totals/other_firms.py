"""Totals of one firm table as totals of another that has more firms behind, or fewer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from connhub.arrow import text
from connhub.errors import Fault, OptionError
from connhub.intake.firm_table import FirmTable
from connhub.totals.sparse_sums import Nodes, SparseSums

__all__ = ["Numbering"]

Int = npt.NDArray[np.int64]


class Numbering:
    """Where firms, regions and nodes of one firm table are in another that begins alike.

    Parameters
    ----------
    firms : FirmTable, n firms
    others : FirmTable, m firms
        The first min(n, m) firms are the same, in the same regions.

    Raises
    ------
    OptionError
        When they are not.
    """

    def __init__(self, firms: FirmTable, others: FirmTable) -> None:
        self.both = min(len(firms), len(others))
        position = {code: i for i, code in enumerate(others.regions.all_codes)}
        self.places = np.array([position.get(code, -1) for code in firms.regions.all_codes])
        self.before = Nodes.of(firms.region_of, self.places.size)
        self.after = Nodes.of(others.region_of, len(position))
        ids = [t.table["firm_id"].slice(0, self.both).combine_chunks() for t in (firms, others)]
        if ids[0].type != ids[1].type:
            ids = [text(i) for i in ids]
        same = self.places[firms.regions.index[: self.both]] == others.regions.index[: self.both]
        if not ids[0].equals(ids[1]) or not same.all():
            raise OptionError(Fault("totals.other_firms"))

    def by_firm(self, sums: Int) -> Int:
        """Sums by firm, the last row perhaps of parties not listed.

        Raises
        ------
        OptionError
            When a firm that goes has any.
        """
        if not sums.size:
            return sums
        n = self.before.firms
        if gone := int(sums[self.both : n].any(axis=1).sum()):
            raise OptionError(Fault("totals.firms_still_trade", count=gone))
        more = np.zeros((self.after.firms - self.both, sums.shape[1]), dtype=np.int64)
        return np.concatenate((sums[: self.both], more, sums[n:]))

    def by_place(self, sums: Int) -> Int:
        """Sums of which the first axis is that of regions.

        Raises
        ------
        OptionError
            When a region that goes has any.
        """
        gone = self.places < 0
        if sums[gone].any():
            raise OptionError(Fault("totals.other_firms"))
        out = np.zeros((self.after.places, *sums.shape[1:]), dtype=np.int64)
        out[self.places[~gone]] = sums[~gone]
        return out

    def of_cells(self, cells: SparseSums) -> SparseSums:
        """Cells by the nodes of the other table."""
        new_node = np.concatenate((np.arange(self.before.firms), self.places))
        new_node[self.both : self.before.firms] = -1
        new_node[self.before.firms :] += np.where(self.places < 0, 0, self.after.firms)
        if cells.grain == "pairs":
            seller, buyer = (new_node[node] for node in cells.split(self.before))
            key, known = seller * self.after.region.size + buyer, np.minimum(seller, buyer)
        else:
            node, side, place = cells.split(self.before)
            node, place = new_node[node], self.places[place]
            key, known = (2 * node + side) * self.after.places + place, np.minimum(node, place)
        if gone := int((known < 0).sum()):
            raise OptionError(Fault("totals.firms_still_trade", count=gone))
        order = np.argsort(key, kind="stable")  # regions may be in another order
        return SparseSums(cells.grain, key[order], cells.amount[order], cells.counts[order])
