"""The economy that a scenario changes: firms, pairs that trade, and who is like whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.errors import Fault, OptionError
from connhub.industries import industry_groups
from connhub.intake.firm_table import FirmTable
from connhub.totals.sparse_sums import Nodes
from connhub.totals.totals import Totals

__all__ = ["DIGITS", "Economy", "named"]

Int = npt.NDArray[np.int64]
DIGITS = 2
"""Of industry codes: major groups."""


def named(name: str | None, firm: object) -> str:
    """Name and id of a firm, for people."""
    return f"{name} ({firm})" if name else str(firm)


@dataclass(frozen=True, eq=False)
class Economy:
    """Totals of the grain ``pairs`` taken apart; n firms, then nodes for parties not listed.

    Parameters
    ----------
    firms : FirmTable, n firms
    totals : Totals
    nodes : Nodes
    seller, buyer : ndarray of int64, shape (m,)
        Nodes of each pair, sorted by seller, then buyer.
    amount, counts : ndarray of int64, shape (m,)
        Money in multiples of the resolution, and number of transactions.
    """

    firms: FirmTable
    totals: Totals
    nodes: Nodes
    seller: Int
    buyer: Int
    amount: Int
    counts: Int

    @classmethod
    def of(cls, totals: Totals, firms: FirmTable) -> Economy:
        """Take totals apart.

        Raises
        ------
        OptionError
            When their grain is coarser than ``pairs``, or the firm table is another.
        """
        cells = totals.cells
        if cells is None or cells.grain != "pairs":
            raise OptionError(Fault("scenario.needs_pairs", grain=totals.grain))
        nodes = totals.nodes(firms)
        seller, buyer = cells.split(nodes)
        return cls(firms, totals, nodes, seller, buyer, cells.amount, cells.counts)

    @property
    def region(self) -> Int:
        """Region of each node."""
        return self.nodes.region

    @cached_property
    def traded(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Sales and purchases of each node over pairs that returns have not netted to nothing."""
        returns = self.amount.size and self.amount.min() < 0
        amount = (self.amount.clip(min=0) if returns else self.amount).astype(np.float64)
        size = self.nodes.region.size
        sold = np.bincount(self.seller, amount, size).astype(np.float64, copy=False)
        bought = np.bincount(self.buyer, amount, size).astype(np.float64, copy=False)
        return sold, bought

    @cached_property
    def industries(self) -> tuple[list[str], Int]:
        """Names of the industries, and of each node its position; behind them none, not listed."""
        if "industry_code" in self.firms.table.column_names:
            codes = self.firms.table["industry_code"].combine_chunks().dictionary_encode()
            names, position = industry_groups(codes.dictionary, DIGITS)
            position = np.append(position, len(names))[codes.indices.fill_null(len(position))]
        else:
            names, position = [], np.zeros(len(self.firms), dtype=np.int64)
        others = np.full(self.nodes.places, len(names) + 1)
        return names, np.concatenate((position, others))

    def position(self, firm: object) -> int:
        """Index of the firm of an id.

        Raises
        ------
        OptionError
        """
        if (found := self.find(firm)) < 0:
            raise OptionError(Fault("scenario.no_such_firm", firm=str(firm)))
        return found

    def find(self, firm: object) -> int:
        """Index of the firm of an id; -1 where there is none."""
        ids = self.firms.table["firm_id"].combine_chunks()
        if not pa.types.is_integer(ids.type):
            return int(pc.index(ids, pa.scalar(str(firm), ids.type)).as_py())
        word = str(firm)
        plain = word.removeprefix("-").isdecimal() and str(int(word)) == word
        fits = plain and -(2**63) <= int(word) < 2**63
        return int(pc.index(ids, pa.scalar(int(word), ids.type)).as_py()) if fits else -1

    def label(self, firm: object, position: int) -> str:
        """Name and id of a firm, for people; the id alone where there is no name."""
        if "name" not in self.firms.table.column_names:
            return str(firm)
        return named(self.firms.table["name"][position].as_py(), firm)

    def pairs_of(self, nodes: Sequence[int] | Int, *, selling: bool) -> Int:
        """Positions of the pairs in which one of the nodes sells, or buys."""
        wanted = np.zeros(self.nodes.region.size, dtype=np.bool_)
        wanted[np.asarray(nodes, dtype=np.int64)] = True
        return np.flatnonzero(wanted[self.seller if selling else self.buyer])
