"""Up to which share of what is not explained the verdict on a firm stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from connhub.cutoff import Cutoff
from connhub.measures.firm_flows import SIDE_OF
from connhub.measures.rank_bounds import breakdown_share, entry_share
from connhub.selection.basis import Basis
from connhub.selection.indicator_bounds import DEAL_INDICATORS, largest_sum
from connhub.selection.list_bounds import NEXT, Bounding, Doubts, ListBounds, tie_rule
from connhub.selection.ranking import Ranking
from connhub.selection.reported import Room
from connhub.selection.schemes import Scheme
from connhub.selection.score_bounds import RankRange

__all__ = ["Widest", "breakdown_shares"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_ROUNDED = 1e-8
"""More than scores are rounded by."""
_IN_ORDER = 2.0**53
"""Below it quotients of whole numbers are in their order, or the same."""
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
        widest = Widest(bounds.score_low, bounds.score_high, _stand(ranking, bounds))
    some = np.flatnonzero(widest.may_pass(first, lists))
    # How many of the shares each firm surely stands, and how many it may stand.
    shares = len(_SHARES) - 1
    least = np.where(widest.stands[rows], shares + 1, 0)
    most = np.where(widest.stands[rows], shares + 1, shares)
    verdicts = _Verdicts.of(bounding, ranking, rows, doubts.rooms)
    while (left := most - least).any():
        middle = int((least + most)[left.argmax()] // 2)
        asked = (least <= middle) & (middle < most)
        there = some[np.isin(lists[some], lists[rows[asked]])]
        stands = verdicts.stand(_SHARES[middle], there, rows[asked])
        least[asked] = np.where(stands, middle + 1, least[asked])
        most[asked] = np.where(stands, most[asked], middle)
    found[rows] = np.array([0.0, *_SHARES[:-1], np.inf])[least]
    return found


def _stand(ranking: Ranking, bounds: ListBounds) -> Mask:
    """Whether a selected row is certain, and another out."""
    stand: Mask = np.where(ranking.selected, bounds.certain, bounds.out)
    return stand


@dataclass(frozen=True, eq=False)
class _Verdicts:
    """Whether the verdicts stand at a share.

    What may be missing at a share holds what may be at a lower one, and so do the mean and the
    deviation of the ranks. They hardly depend on the share, though, and take most of the time: a
    verdict that stands under those of a greater share stands under its own, and one that falls
    under those of a lesser one falls. Only what is between is looked at under its own. So is all by
    one indicator, where sums are so large that quotients of them are rounded out of order, and
    where all are ranked together: something is between in one list or another, unless scores are
    normal and need no deviation.

    Parameters
    ----------
    bounding : Bounding
    ranking : Ranking
    rooms : mapping of str to Room
    known : list of tuple
        Shares, and by indicator ranges of ranks with the mean and the deviation of some groups.
    """

    bounding: Bounding
    ranking: Ranking
    rooms: Mapping[str, Room]
    known: list[tuple[float, Mapping[str, RankRange]]] = field(default_factory=list)

    @classmethod
    def of(
        cls, bounding: Bounding, ranking: Ranking, rows: Int, rooms: Mapping[str, Room]
    ) -> _Verdicts:
        """Of some lists, each of which has some of the rows."""
        found = cls(bounding, ranking, rooms)
        names, degrees = bounding.scheme.indicators, bounding.basis.degrees
        amounts = {DEAL_INDICATORS[n] for n in names if n in DEAL_INDICATORS}
        sums = [largest_sum(a, degrees, rooms.get(SIDE_OF[a])) for a in amounts]
        apart = bounding.groups.size > 1 or bounding.scheme.score_method == "normal"
        if len(names) > 1 and apart and max(sums) < _IN_ORDER:
            for share in (_SHARES[0], _SHARES[-2]):
                doubts, first = Doubts(rooms, share), ranking.of_rows(rows)
                of_share = bounding.ranges(first, doubts, bounding.values(doubts))
                found.known.append((share, of_share))
        return found

    def stand(self, share: float, there: Int, asked: Int) -> Mask:
        """Whether the verdict on each of the rows that are asked about stands, among all there."""
        part, doubts = self.ranking.of_rows(there), Doubts(self.rooms, share)
        stands = np.zeros(self.ranking.entry.size, dtype=bool)
        if not self.known:
            stands[there] = _stand(part, self.bounding.of(part, doubts))
            return stands[asked]
        values = self.bounding.values(doubts)
        places = self.bounding.ranges(part, doubts, values, places_only=True)
        stands[there] = self._under(part, places, share, wider=True)
        close = asked[~stands[asked]]
        if close.size:
            may_stand, entries = stands.copy(), np.unique(part.entry)
            there = self._of_their_lists(there, close)
            part = self.ranking.of_rows(there)
            among = np.searchsorted(entries, np.unique(part.entry))
            places = {name: ranks.taken(among) for name, ranks in places.items()}
            may_stand[there] = self._under(part, places, share, wider=False)
            close = close[may_stand[close]]
        if close.size:
            there = self._of_their_lists(there, close)
            part = self.ranking.of_rows(there)
            ranges = self.bounding.ranges(part, doubts, values)
            self.known.append((share, ranges))
            stands[there] = _stand(part, self.bounding.under(part, ranges, {}))
        return stands[asked]

    def _of_their_lists(self, there: Int, rows: Int) -> Int:
        """Those that are on the lists of some rows."""
        lists = self.ranking.list_of_row
        return there[np.isin(lists[there], lists[rows])]

    def _under(
        self, part: Ranking, places: Mapping[str, RankRange], share: float, *, wider: bool
    ) -> Mask:
        """Whether the rows stand under mean and deviation of the nearest share on one side."""
        known = [k for k in self.known if (k[0] >= share if wider else k[0] <= share)]
        for _, ends in sorted(known, key=itemgetter(0), reverse=wider):  # the nearest is the last
            places = {n: r.with_spread_of(ends[n], wider=wider) for n, r in places.items()}
        return _stand(part, self.bounding.under(part, places, {}))


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
