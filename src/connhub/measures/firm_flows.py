"""Links among firms, by position: what ripple, losses, leaks and certainty are computed from."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from connhub.arrow import index_in, positions_in, text
from connhub.errors import Fault, OptionError
from connhub.industries import UNKNOWN_INDUSTRY, industry_groups
from connhub.intake.firm_table import FirmTable
from connhub.measures.degrees import Degrees
from connhub.measures.result_table import check_same_unit
from connhub.measures.trade import Trade
from connhub.regions.scheme import OVERSEAS, UNKNOWN

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["SIDE_OF", "FirmFlows", "firm_flows"]

SIDE_OF = {
    "sales": "sales",
    "out_of_region_sales": "sales",
    "overseas_sales": "sales",
    "purchases": "purchases",
    "in_region_purchases": "purchases",
}
"""Amounts of a firm that are sums of pairs, and on which side of them it then is."""
_ATTRIBUTES = ("municipality_code", "industry_code")

Int = npt.NDArray[np.int64]
Index = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class FirmFlows:
    """Sums of pairs, with firms by their position in the degrees.

    Parameters
    ----------
    firms : DataFrame
        ``firm_id, name, region``, and where the firm table has them ``municipality_code,
        industry_code``; the n firms of the degrees, in their order.
    codes : tuple of str
        Codes of the R regions, then of overseas and unknown.
    region : ndarray of int64, shape (n,)
        Region of each firm, as an index of `codes`.
    seller, buyer : ndarray of int32, shape (m,)
        Position of the firm; -1 for parties that are not among `firms`.
    seller_region, buyer_region : ndarray of int32, shape (m,)
        As an index of `codes`.
    amount : ndarray of int64, shape (m,)
        Money in whole units of the result; negative where returns exceed the sales.
    """

    firms: pd.DataFrame
    codes: tuple[str, ...]
    region: Int
    seller: Index
    buyer: Index
    seller_region: Index
    buyer_region: Index
    amount: Int

    def __len__(self) -> int:
        return len(self.firms)

    @property
    def overseas(self) -> int:
        """Index of overseas among the codes; that of unknown is the next."""
        return len(self.codes) - 2

    @property
    def positive(self) -> Mask:
        """Pairs that are links, which returns have not netted them to zero or less."""
        return self.amount > 0

    @cached_property
    def inside(self) -> Mask:
        """Pairs inside one region, shape (m,)."""
        same: Mask = self.seller_region == self.buyer_region
        return same & (self.seller_region < self.overseas)

    @property
    def crossing(self) -> Mask:
        """Pairs of which both ends are known to be in different regions, or one abroad."""
        known = np.maximum(self.seller_region, self.buyer_region) <= self.overseas
        crossing: Mask = known & (self.seller_region != self.buyer_region)
        return crossing

    def party(self, amount: str) -> Index:
        """The party of each pair whose amount it may be part of.

        Parameters
        ----------
        amount : str
            One of `SIDE_OF`.

        Returns
        -------
        ndarray of int32, shape (m,)
        """
        return self.seller if SIDE_OF[amount] == "sales" else self.buyer

    def are_part(self, amount: str, pairs: Int | slice = slice(None)) -> Mask:
        """Which of some pairs are part of an amount of their `party`.

        Parameters
        ----------
        amount : str
            One of `SIDE_OF`.
        pairs : ndarray of int64, optional
            Positions; all by default.

        Returns
        -------
        ndarray of bool
        """
        part = self.party(amount)[pairs] >= 0
        if amount == "out_of_region_sales":
            part &= ~self.inside[pairs]
        elif amount == "in_region_purchases":
            part &= self.inside[pairs]
        elif amount == "overseas_sales":
            part &= self.buyer_region[pairs] == self.overseas
        return part

    def owner(self, amount: str) -> tuple[Int, Int]:
        """The pairs that are part of an amount, and the firm whose amount it is.

        Parameters
        ----------
        amount : str
            One of `SIDE_OF`.

        Returns
        -------
        pair, firm : ndarray of int64
            Positions.
        """
        pair = np.flatnonzero(self.are_part(amount))
        return pair, self.party(amount)[pair].astype(np.int64)

    def of_region(self, code: str) -> FirmFlows:
        """The same of one region: its firms, and the pairs with one of them.

        Parameters
        ----------
        code : str
            One of `codes`.

        Returns
        -------
        FirmFlows
            Firms of other regions are parties that are not among the firms.
        """
        local = np.flatnonzero(self.region == self.codes.index(code))
        place = np.full(len(self) + 1, -1, dtype=np.int32)  # the last: who is not among the firms
        place[local] = np.arange(local.size, dtype=np.int32)
        seller, buyer = place[self.seller], place[self.buyer]
        pairs = np.flatnonzero((seller >= 0) | (buyer >= 0))
        return FirmFlows(
            self.firms.iloc[local].reset_index(drop=True),
            self.codes,
            self.region[local],
            seller[pairs],
            buyer[pairs],
            self.seller_region[pairs],
            self.buyer_region[pairs],
            self.amount[pairs],
        )

    def sales(self, pairs: Mask) -> Int:
        """Sum of the sales of each firm over some pairs, shape (n,)."""
        return self._sum(self.seller, pairs)

    def purchases(self, pairs: Mask) -> Int:
        """Sum of the purchases of each firm over some pairs, shape (n,)."""
        return self._sum(self.buyer, pairs)

    def _sum(self, party: Index, pairs: Mask) -> Int:
        chosen = pairs & (party >= 0)
        sums = np.zeros(len(self), dtype=np.int64)
        np.add.at(sums, party[chosen], self.amount[chosen])
        return sums

    def attribute(self, name: str) -> pd.Series:
        """A column of the firm table.

        Raises
        ------
        OptionError
            When the firm table was not given, or lacks it.
        """
        if name not in self.firms:
            raise OptionError(Fault("ripple.no_such_codes", column_name=name))
        return self.firms[name]

    def groups(self, by: Literal["municipality", "industry"]) -> pd.Series:
        """Code of the municipality, or of the major group of the industry, of each firm.

        Raises
        ------
        OptionError
            As for `attribute`.
        """
        codes = self.attribute(f"{by}_code").str.slice(0, 5)  # a sixth is the check digit
        if by == "industry":
            names, group = industry_groups(pa.array(codes, pa.large_string()), 2)
            codes = pd.Series([*names, UNKNOWN_INDUSTRY], dtype="str")[group].reset_index(drop=True)
        return codes.fillna(UNKNOWN).rename(f"{by}_code")

    def matrix(self, pairs: Mask) -> csr_array[Any, Any]:
        """Sales of the row's firm to the column's firm, int64, shape (n, n)."""
        from scipy.sparse import csr_array

        chosen = pairs & (self.seller >= 0) & (self.buyer >= 0)
        ends = (self.seller[chosen], self.buyer[chosen])
        return csr_array((self.amount[chosen], ends), shape=(len(self), len(self)))


def firm_flows(trade: Trade, degrees: Degrees, firms: FirmTable | None = None) -> FirmFlows:
    """Find the firms of the degrees among the pairs.

    Parameters
    ----------
    trade : Trade
        Of grain ``pairs``.
    degrees : Degrees
        Of the same analysis.
    firms : FirmTable, optional
        The table of the analysis, for municipalities and industries.

    Returns
    -------
    FirmFlows

    Raises
    ------
    OptionError
        When the trade has a coarser grain, the results are in different units, or the
        firm table is another.

    Examples
    --------
    a sells to b, and b to c, which has returned more than it got from a.

    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.measures.degrees import degrees
    >>> from connhub.measures.trade import trade
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(
    ...     pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"]}))
    >>> transactions = pa.table({"seller_id": ["a", "b", "a"], "buyer_id": ["b", "c", "c"],
    ...                   "amount": [30, 10, -5]})
    >>> totals = total(transactions, firms, grain="pairs")
    >>> flows = firm_flows(trade(totals, firms), degrees(totals, firms))
    >>> flows.sales(flows.inside).tolist(), flows.sales(flows.crossing).tolist()
    ([30, 0, 0], [-5, 10, 0])
    >>> flows.positive.tolist()
    [True, False, True]
    """
    if trade.grain != "pairs":
        raise OptionError(Fault("ripple.needs_pairs", grain=trade.grain))
    check_same_unit(trade.unit, degrees.unit)
    listed = degrees.frame[["firm_id", "name", "region"]]
    if firms is not None:
        listed = listed.assign(**_attributes(firms, len(listed)))
    regions = dict.fromkeys([*trade.directory.codes, *listed["region"].unique()])
    codes = (*regions, OVERSEAS, UNKNOWN)
    code_texts = text(list(codes))
    table = trade.table

    def found(column: str) -> Index:
        if column.endswith("_id"):
            return degrees.rows_of(table[column])
        return index_in(table[column], code_texts)

    parties = ("seller_id", "buyer_id", "seller_region", "buyer_region")
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Arrow and numpy run side by side
        of_pairs = pool.map(found, parties)
        region = positions_in(pa.array(listed["region"]), code_texts)
        seller, buyer, seller_region, buyer_region = of_pairs
    return FirmFlows(
        listed,
        codes,
        region,
        seller,
        buyer,
        seller_region,
        buyer_region,
        amount=table["amount"].to_numpy(),
    )


def _attributes(firms: FirmTable, size: int) -> dict[str, Any]:
    """Columns of the firm table, for its firms with a region."""
    rows = firms.placed_rows
    if rows.size != size:
        raise OptionError(Fault("ripple.other_firm_table"))
    known = [name for name in _ATTRIBUTES if name in firms.table.column_names]
    return {name: text(firms.table[name]).take(pa.array(rows)).to_pandas() for name in known}
