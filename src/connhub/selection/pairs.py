"""The deals of an analysis, pair by pair: whose amount each is a part of."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import positions_in, text
from connhub.measures.degrees import Degrees
from connhub.measures.trade import Trade
from connhub.regions.scheme import OVERSEAS, UNKNOWN

__all__ = ["AMOUNTS", "Pairs"]

Int = npt.NDArray[np.int64]
Index = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

AMOUNTS = {
    "sales": "sales",
    "out_of_region_sales": "sales",
    "overseas_sales": "sales",
    "purchases": "purchases",
    "in_region_purchases": "purchases",
}
"""Amounts of a firm that are sums of deals, and on which side it then is."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """What each pair of firms trades, all transactions of the pair together.

    Parameters
    ----------
    seller, buyer : ndarray of int32, shape (pairs,)
        Rows of the degrees; -1 for a party that has no degrees.
    amount : ndarray of int64, shape (pairs,)
    inside, abroad : ndarray of bool, shape (pairs,)
        Whether both are in the same region, and whether the buyer is abroad.
    """

    seller: Index
    buyer: Index
    amount: Int
    inside: Mask
    abroad: Mask

    @classmethod
    def of(cls, trade: Trade, degrees: Degrees) -> Pairs:
        """Pairs of an analysis.

        Parameters
        ----------
        trade : Trade
            At the grain ``pairs``.
        degrees : Degrees

        Returns
        -------
        Pairs

        Examples
        --------
        >>> from connhub.intake.firm_table import read_firms
        >>> from connhub.measures.degrees import degrees
        >>> from connhub.measures.trade import trade
        >>> from connhub.totals.threads import total
        >>> firms = read_firms(pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]}))
        >>> deals = pa.table({"seller_id": ["a", "b"], "buyer_id": ["b", "b"], "amount": [4, 5]})
        >>> sums = total(deals, firms, grain="pairs", self_trade="include")
        >>> pairs = Pairs.of(trade(sums, firms), degrees(sums, firms))
        >>> pairs.seller.tolist(), pairs.buyer.tolist(), pairs.inside.tolist()
        ([0, 1], [1, 1], [False, True])
        """
        table, known = trade.table, text(pa.Array.from_pandas(degrees.frame["firm_id"]))
        regions = text([*trade.directory.codes, OVERSEAS, UNKNOWN])
        columns = [(f"{side}_id", known) for side in ("seller", "buyer")]
        columns += [(f"{side}_region", regions) for side in ("seller", "buyer")]
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # Arrow and numpy run side by side
            found = pool.map(lambda named: positions_in(table[named[0]], named[1]), columns)
            seller, buyer, of_seller, of_buyer = (p.astype(np.int32) for p in found)
        overseas = len(regions) - 2
        return cls(
            seller, buyer, table["amount"].to_numpy(), of_seller == of_buyer, of_buyer == overseas
        )

    def owner(self, amount: str) -> tuple[Int, Int]:
        """The pairs that are part of an amount, and the firm whose amount it is.

        Parameters
        ----------
        amount : str
            One of `AMOUNTS`.

        Returns
        -------
        pair : ndarray of int64
            Positions.
        firm : ndarray of int64
            Rows of the degrees.
        """
        firm = self.seller if AMOUNTS[amount] == "sales" else self.buyer
        part = firm >= 0
        if amount == "out_of_region_sales":
            part &= ~self.inside
        elif amount == "in_region_purchases":
            part &= self.inside
        elif amount == "overseas_sales":
            part &= self.abroad
        pair = np.flatnonzero(part)
        return pair, firm[pair].astype(np.int64)
