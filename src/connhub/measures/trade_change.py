"""Change of the trade inside a region, in five terms; and of what its firms buy there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import positions_in, text
from connhub.measures.matched_firms import MatchedFirms
from connhub.measures.results import Results
from connhub.quotients import quotient

__all__ = ["TERMS", "InRegionPairs", "in_region_pairs", "purchase_effects"]

Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

TERMS = ("continuing_pairs", "new_pairs", "lost_pairs", "entering_firms", "leaving_firms")
"""What the change of in-region transactions is made of."""


@dataclass(frozen=True, eq=False)
class InRegionPairs:
    """Pairs of firms that trade inside a region before or after: k pairs.

    Parameters
    ----------
    region : ndarray of int64, shape (k,)
        As a position in the codes of the regions.
    amount : pair of ndarrays of int64, shape (k,)
        Before and after; 0 where the pair does not trade.
    term : ndarray of int64, shape (k,)
        As a position in `TERMS`.
    in_both, trading_in_both : ndarray of bool, shape (k,)
        Whether both firms are in the firm tables of both years, and trade in both. Parties that a
        firm table lacks are neither.
    """

    region: Int
    amount: tuple[Int, Int]
    term: Int
    in_both: Mask
    trading_in_both: Mask

    def sums(self, size: int, chosen: Any = slice(None)) -> tuple[Int, Int]:
        """Money of some pairs by region, before and after, each of shape (size,)."""
        found = []
        for amount in self.amount:
            sums = np.zeros(size, dtype=np.int64)
            np.add.at(sums, self.region[chosen], amount[chosen])
            found.append(sums)
        return found[0], found[1]


def in_region_pairs(firms: MatchedFirms) -> InRegionPairs:
    """Find the pairs of firms that trade inside a region, and what became of each.

    A pair of firms that both stay continues, is new, or is lost. Other pairs are of firms that
    enter, where the pair trades after, or leave, where it trades before. So the five terms are
    disjoint, and add up to the change of the region's in-region transactions, to the last unit.
    Parties that the firm tables lack, which are known by region only, stay.

    Parameters
    ----------
    firms : MatchedFirms
        Of two results of the grain ``pairs``.

    Returns
    -------
    InRegionPairs

    Raises
    ------
    OptionError
        For another grain.
    """
    node_of, stays, both = _of_each_firm(firms)
    sides = zip((firms.before, firms.after), node_of, strict=True)
    keys, amounts = zip(
        *(_pairs(result, of_row, stays.size, firms.codes) for result, of_row in sides), strict=True
    )
    every = np.sort(np.concatenate(keys), kind="stable")  # both are sorted: they are merged
    every = every[np.diff(every, prepend=-1) > 0]
    traded, aligned = [], []
    for key, amount in zip(keys, amounts, strict=True):
        at = np.searchsorted(every, key)
        sums = np.zeros(every.size, dtype=np.int64)
        sums[at] = amount
        there = np.zeros(every.size, dtype=bool)
        there[at] = True
        traded.append(there)
        aligned.append(sums)
    nodes = stays.size + len(firms.codes)
    rest, buyer = np.divmod(every, nodes)
    region, seller = np.divmod(rest, nodes)
    unlisted = np.ones(len(firms.codes), dtype=bool)
    node_stays = np.concatenate([stays, unlisted])
    continues = node_stays[seller] & node_stays[buyer]
    before, after = traded
    term = np.select(
        [continues & before & after, continues & after, continues, after],
        [TERMS.index(name) for name in TERMS[:4]],
        TERMS.index("leaving_firms"),
    )
    node_both, node_trading = (np.concatenate([flags, ~unlisted]) for flags in (both, stays))
    return InRegionPairs(
        region,
        (aligned[0], aligned[1]),
        term,
        node_both[seller] & node_both[buyer],
        node_trading[seller] & node_trading[buyer],
    )


def purchase_effects(bought: tuple[Int, Int], purchases: tuple[Int, Int]) -> tuple[Int, Int]:
    """Split the change of in-region purchases: turning to local suppliers, and buying more.

    Of B = w p, with p all purchases and w the in-region purchase ratio, by the mean of both orders:

    turning_local = (p0 + p1) / 2 * (w1 - w0), buying_more = (w0 + w1) / 2 * (p1 - p0)

    Parameters
    ----------
    bought, purchases : pair of ndarrays of int64, shape (n,)
        In-region and all purchases, before and after.

    Returns
    -------
    turning_local, buying_more : ndarray of int64, shape (n,)
        In whole units; they add up to the change of in-region purchases. Where a firm buys nothing
        in a year, its ratio is that of the other.

    Examples
    --------
    A firm buys 40 of 100 in its region, then 90 of 150.

    >>> one = lambda before, after: (np.array([before]), np.array([after]))
    >>> [effect.item() for effect in purchase_effects(one(40, 90), one(100, 150))]
    [25, 25]
    """
    (b0, b1), (p0, p1) = bought, purchases
    ratios = quotient(b0, p0), quotient(b1, p1)
    turning = (p0.astype(np.float64) + p1) / 2 * (ratios[1] - ratios[0])
    turning_local = np.rint(np.nan_to_num(turning)).astype(np.int64)
    return turning_local, b1 - b0 - turning_local


def _of_each_firm(firms: MatchedFirms) -> tuple[tuple[Int, Int], Mask, Mask]:
    """The firms, each once: which one each row of both years is; whether it stays; is in both."""
    rows, of_both = firms.rows, (firms.rows[0] >= 0) & (firms.rows[1] >= 0)
    sizes = [len(result.degrees.data) for result in (firms.before, firms.after)]
    item_of = np.full(sizes[1], -1)
    later = np.flatnonzero(rows[1] >= 0)
    item_of[rows[1][later]] = later
    item = np.arange(rows[0].size)  # of a firm that has a row of the later year, the item of that
    alone = np.flatnonzero(rows[1] < 0)
    ids = firms.before.degrees.to_arrow(["firm_id"])["firm_id"].take(pa.array(rows[0][alone]))
    elsewhere = firms.after.degrees.rows_of(ids)
    moved = elsewhere >= 0
    item[alone[moved]] = item_of[elsewhere[moved]]
    chosen = np.flatnonzero(item == np.arange(item.size))
    node = np.full(item.size, -1)
    node[chosen] = np.arange(chosen.size)
    node_of = []
    for size, of_year in zip(sizes, rows, strict=True):
        there = np.flatnonzero(of_year >= 0)
        of_row = np.full(size + 1, -1)
        of_row[of_year[there]] = node[item[there]]
        node_of.append(of_row)
    return (node_of[0], node_of[1]), firms.is_one_of("stays")[chosen], of_both[chosen]


def _pairs(result: Results, node_of: Int, firms: int, codes: tuple[str, ...]) -> tuple[Int, Int]:
    """A number for each pair that trades inside a region, sorted, and the money."""
    pairs = result.pairs_inside
    home = positions_in(text(list(result.directory.codes)), text(list(codes)))[pairs.region]
    nodes = firms + len(codes)
    ends = []
    for row in (pairs.seller, pairs.buyer):
        at = node_of[row]
        ends.append(np.where(at >= 0, at, firms + home))
    key = (home * nodes + ends[0]) * nodes + ends[1]
    order = np.argsort(key)
    order = order[np.count_nonzero(home < 0) :]  # of regions that the later year has not
    return key[order], pairs.amount[order]
