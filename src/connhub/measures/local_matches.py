"""Firms of one region that could trade with each other instead of with outsiders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.measures.firm_flows import FirmFlows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["local_matches"]

Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def local_matches(
    flows: FirmFlows,
    industry: Int,
    industries: Sequence[int],
    local: Mask,
    *,
    n: int,
    per_firm: int,
) -> pd.DataFrame:
    """Pairs of a buyer and a seller that both trade outside in the same industry.

    Parameters
    ----------
    flows : FirmFlows
    industry : ndarray of int64, shape (n,)
        Of each firm.
    industries : sequence of int
        Of the sellers that are looked at.
    local : ndarray of bool, shape (n,)
        The firms of the region.
    n, per_firm : int
        How many pairs, and how often a firm occurs, at most.

    Returns
    -------
    DataFrame
        As `LeakMap.matches` gives it, with the industry as its number.
    """
    sold = np.where(local, flows.sales(flows.crossing), 0)
    bought = _bought_outside(flows, industry, local)
    pairs = [_pairs_of(k, bought, np.where(industry == k, sold, 0), n) for k in industries]
    rows = pd.concat(pairs, ignore_index=True).sort_values(
        ["potential", "buyer", "seller"], ascending=[False, True, True]
    )
    rows = rows.loc[_capped(rows, n, per_firm)]
    ends = {side: rows[side].to_numpy() for side in ("buyer", "seller")}
    columns = {
        f"{side}_{name}": flows.firms[column].iloc[position].to_numpy()
        for side, position in ends.items()
        for name, column in (("id", "firm_id"), ("name", "name"))
    }
    chosen = np.zeros(len(flows) + 1, dtype=bool)  # the last: who is not among the firms
    chosen[ends["seller"]] = True
    today = flows.matrix(chosen[flows.seller] & flows.inside)
    return pd.DataFrame(
        {
            **columns,
            "industry": industry[ends["seller"]],
            **{name: rows[name].to_numpy() for name in rows.columns[2:]},
            "trade_today": [
                int(today[s, b]) for s, b in zip(ends["seller"], ends["buyer"], strict=True)
            ],
        }
    )


def _bought_outside(flows: FirmFlows, industry: Int, local: Mask) -> csr_array[Any, Any]:
    """What each firm of the region buys outside, industry of the seller by buyer."""
    from scipy.sparse import csr_array

    pairs = np.flatnonzero(flows.crossing & (flows.seller >= 0) & (flows.buyer >= 0))
    pairs = pairs[local[flows.buyer[pairs]]]
    ends = (industry[flows.seller[pairs]], flows.buyer[pairs])
    return csr_array((flows.amount[pairs], ends), shape=(industry.max(initial=0) + 1, len(flows)))


def _pairs_of(k: int, bought: csr_array[Any, Any], sold: Int, n: int) -> pd.DataFrame:
    """Pairs for industry k that a list of n can hold: of the n + 1 largest of either side.

    A firm comes after n larger ones only where each of those is in the list already.
    """
    row = bought[[k]]
    buyers, sellers = _largest(row.data, n + 1), _largest(sold, n + 1)
    place, seller = (side.ravel() for side in np.meshgrid(buyers, sellers, indexing="ij"))
    buyer = row.indices[place].astype(np.int64)
    columns = {
        "buyer": buyer,
        "seller": seller,
        "potential": np.minimum(row.data[place], sold[seller]),
        "buyer_out_of_region_purchases": row.data[place],
        "seller_out_of_region_sales": sold[seller],
    }
    pairs: pd.DataFrame = pd.DataFrame(columns)[buyer != seller]
    return pairs


def _largest(values: Int, n: int) -> Int:
    """Positions of the n largest values above 0, the largest first, then in order."""
    positions = np.flatnonzero(values > 0)
    largest: Int = positions[np.argsort(-values[positions], kind="stable")[:n]]
    return largest


def _capped(rows: pd.DataFrame, n: int, per_firm: int) -> list[int]:
    """Labels of the first n rows, of which no firm occurs in more than `per_firm`."""
    used: dict[int, int] = {}
    chosen: list[int] = []
    for label, buyer, seller in zip(rows.index, rows["buyer"], rows["seller"], strict=True):
        if max(used.get(buyer, 0), used.get(seller, 0)) < per_firm and len(chosen) < n:
            for firm in (buyer, seller):
                used[firm] = used.get(firm, 0) + 1
            chosen.append(label)
    return chosen
