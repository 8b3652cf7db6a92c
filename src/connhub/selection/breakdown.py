"""Up to which share of what is not explained the verdict on a firm stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connhub.cutoff import Cutoff
from connhub.measures.firm_flows import SIDE_OF
from connhub.measures.rank_bounds import breakdown_share, entry_share
from connhub.selection.basis import Basis
from connhub.selection.indicator_bounds import DEAL_INDICATORS
from connhub.selection.list_bounds import NEXT, Bounding, Doubts, tie_rule
from connhub.selection.ranking import Ranking
from connhub.selection.schemes import Scheme

__all__ = ["Widest", "breakdown_shares"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_ROUNDED = 1e-8
"""More than scores are rounded by."""
_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares that are tried for the breakdown share of a scheme of several indicators."""


@dataclass(frozen=True, eq=False)
class Widest:
    """What holds where all of the unexplained amounts may be missing.

    Parameters
    ----------
    low, high : ndarray of float64, shape (rows,)
        Of the scores.
    stands : ndarray of bool, shape (rows,)
        Whether a selected row is certain, and another out.
    """

    low: Float
    high: Float
    stands: Mask

    def may_pass(self, first: Mask, lists: Int) -> Mask:
        """The first rows of each list, and all whose scores may reach one of them, at any share.

        Parameters
        ----------
        first : ndarray of bool, shape (rows,)
        lists : ndarray of int64, shape (rows,)
            The list of each row.

        Returns
        -------
        ndarray of bool, shape (rows,)
        """
        lowest = np.full(int(lists.max(initial=-1)) + 1, np.inf)
        np.minimum.at(lowest, lists[first], self.low[first])
        reach: Mask = first | (self.high >= lowest[lists] - _ROUNDED)
        return reach


def breakdown_shares(
    basis: Basis,
    ranking: Ranking,
    scheme: Scheme,
    cutoff: Cutoff,
    doubts: Doubts,
    widest: Widest | None = None,
) -> Float:
    """Up to which share of the unexplained amounts the verdict on each of the first rows stands.

    For a scheme of one indicator γ* of `breakdown_share`, and for the next firms that of
    `entry_share`. For several the largest of some shares at which the firm is still certain, or
    still out: a lower bound.

    Parameters
    ----------
    basis : Basis
    ranking : Ranking
    scheme : Scheme
    cutoff : Cutoff
    doubts : Doubts
    widest : Widest, optional
        Where the bounds at the share 1 are known.

    Returns
    -------
    ndarray of float64, shape (rows,)
        NaN for rows further down, and where it is not known; infinite where no share suffices.
    """
    found = np.full(ranking.entry.size, np.nan)
    if not doubts.rooms:
        return found
    first = ranking.place_in_list < (ranking.n_selected + NEXT)[ranking.list_of_row]
    name = scheme.indicators[0]
    single = len(scheme.indicators) == 1 and name in DEAL_INDICATORS
    if single and cutoff.threshold is None and name not in scheme.lower_is_better:
        for k in range(ranking.size.size):
            _of_list(basis, ranking, DEAL_INDICATORS[name], cutoff, doubts, k, found)
        return found
    rows = np.flatnonzero(first)
    groups = np.unique(basis.entries.group[ranking.entry])
    bounding = Bounding(basis, scheme, cutoff, groups, again=True)
    lists = ranking.list_of_row
    if widest is None:
        bounds = bounding.of(ranking, Doubts(doubts.rooms, _SHARES[-1]))
        stands = np.where(ranking.selected, bounds.certain, bounds.out)
        widest = Widest(bounds.score_low, bounds.score_high, stands)
    some = np.flatnonzero(widest.may_pass(first, lists))
    # How many of the shares each firm surely stands, and how many it may stand.
    shares = len(_SHARES) - 1
    least = np.where(widest.stands[rows], shares + 1, 0)
    most = np.where(widest.stands[rows], shares + 1, shares)
    while (left := most - least).any():
        middle = int((least + most)[left.argmax()] // 2)
        asked = (least <= middle) & (middle < most)
        there = some[np.isin(lists[some], lists[rows[asked]])]
        part = ranking.of_rows(there)
        bounds = bounding.of(part, Doubts(doubts.rooms, _SHARES[middle]))
        stands = np.zeros(found.size, dtype=bool)
        stands[there] = np.where(part.selected, bounds.certain, bounds.out)
        least[asked & stands[rows]] = middle + 1
        most[asked & ~stands[rows]] = middle
    found[rows] = np.array([0.0, *_SHARES[:-1], np.inf])[least]
    return found


def _of_list(
    basis: Basis,
    ranking: Ranking,
    amount: str,
    cutoff: Cutoff,
    doubts: Doubts,
    k: int,
    found: Float,
) -> None:
    """Breakdown shares of the first rows of one list, in place."""
    rows = np.arange(ranking.start[k], ranking.start[k] + ranking.size[k])
    firm = basis.entries.firm[ranking.entry[rows]]
    room = doubts.rooms[SIDE_OF[amount]]
    counted = basis.degrees.frame[amount].to_numpy(dtype=np.int64)[firm]
    unexplained = room.unexplained[firm]
    places, ties = int(ranking.places[k]), tie_rule(cutoff)
    last = np.sort(counted)[::-1][min(places, counted.size) - 1]
    for i in range(min(int(ranking.n_selected[k]) + NEXT, rows.size)):
        if ranking.selected[rows[i]]:
            share = breakdown_share(counted, unexplained, i, places, ties=ties)
        elif room.bounded[firm[i]]:
            share = entry_share(int(counted[i]), int(unexplained[i]), int(last))
        else:
            share = np.nan
        found[rows[i]] = share
