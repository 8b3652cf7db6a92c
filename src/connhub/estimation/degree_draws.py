"""Draws of what degrees are made of: out-of-region sales and in-region purchases of firms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connhub.arrow import to_numpy
from connhub.estimation.estimated_transactions import EstimatedTransactions
from connhub.estimation.links import Float, Int
from connhub.intake.firm_table import FirmTable
from connhub.options import Policies
from connhub.totals.accumulator import reasons

__all__ = ["FirmDraws"]

_IN_REGION, _OUT_OF_REGION = 0, 1


@dataclass(frozen=True, eq=False)
class FirmDraws:
    """Draws of sums of the estimated links that an analysis counts.

    Parameters
    ----------
    source : EstimatedTransactions
    seller, buyer : ndarray of int32
        Of each link, in the firm table of the analysis; the number of firms for one it lacks.
    entry : ndarray of int8
        What becomes of each link: 0 in-region, 1 out-of-region, above: not counted.
    firms : int
        Number of firms n.
    """

    source: EstimatedTransactions
    seller: npt.NDArray[np.int32]
    buyer: npt.NDArray[np.int32]
    entry: npt.NDArray[np.int8]
    firms: int

    @classmethod
    def of(cls, source: EstimatedTransactions, firms: FirmTable, policies: Policies) -> FirmDraws:
        """Decide which links are counted.

        Parameters
        ----------
        source : EstimatedTransactions
        firms : FirmTable
            Of the analysis, with its lookup.
        policies : Policies
        """
        index, links = firms.indices(source.firm_ids), source.fit.scaled.links
        seller, buyer = index[links.seller], index[links.buyer]
        return cls(source, seller, buyer, reasons(firms, policies, seller, buyer), len(firms))

    @property
    def count(self) -> int:
        """How many draws intervals are taken from."""
        return self.source.draws

    def estimate(self) -> tuple[Int, Int]:
        """The sums of the estimate itself, as of one draw."""
        known = len(self.source) - self.seller.size
        amounts = to_numpy(self.source.table["amount"].slice(known))
        return self._sums(amounts.astype(np.float64), False)

    def take(self, count: int) -> Iterator[tuple[Int, Int]]:
        """Draws one after another; none is kept.

        Parameters
        ----------
        count : int

        Yields
        ------
        out_of_region_sales, in_region_purchases : ndarray of int64, shape (n,)
        """
        for amounts in self.source.amounts(count):
            yield self._sums(amounts, self.source.fit.margins == "exact")

    def _sums(self, amounts: Float, exact: bool) -> tuple[Int, Int]:
        """Sums by firm; where totals are exact, shares of them, since draws meet them nearly."""
        fit = self.source.fit
        parts = []
        reached = fit.scaled.links.sums(amounts)
        ends = (fit.scaled.links.seller, fit.scaled.links.buyer)
        for side, wanted in enumerate((_OUT_OF_REGION, _IN_REGION)):
            firm = (self.seller, self.buyer)[side]
            counted = self.entry == wanted
            values = amounts[counted]
            if exact:
                share = np.ones(fit.left.shape[1])
                met = (fit.left[side] >= 0) & (reached[side] > 0)
                np.divide(fit.left[side], reached[side], out=share, where=met)
                values = values * share[ends[side][counted]]
            sums = np.bincount(firm[counted], values, self.firms + 1)[: self.firms]
            parts.append(np.rint(sums).astype(np.int64))
        return parts[0], parts[1]
