"""From bounds of values to bounds of ranks, deviation scores, and the weighted score.

Ties matter: mean and standard deviation of the ranks depend on who is tied and on how many firms
are ranked, and both depend on the values. They are the same for all firms that are ranked
together, though: two firms are compared under the same mean and deviation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from connhub.measures.bounds import Bounds
from connhub.measures.rank_bounds import (
    IntervalOrder,
    place_bounds,
    possible_ties,
    sure_ties,
)
from connhub.selection.rank_scores import Ranks, order_in_groups
from connhub.selection.schemes import Scheme

__all__ = ["RankRange", "ScoreBounds", "order_of_ends", "rank_range"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]

_TOLERANCE = 2e-9
"""Scores are rounded to nine decimals."""
_PAIRS = 500_000_000
"""So many pairs of firms are compared one by one at most."""
_OF_SUMS = 1e-7
"""More than sums of squared ties are rounded by, of a hundred million firms."""


@dataclass(frozen=True, eq=False)
class RankRange:
    """Best and worst rank of each entry by one indicator, and what the deviation scores need.

    Parameters
    ----------
    best, worst : ndarray of float64, shape (entries,)
        As the score uses them, among those that are ranked now; NaN without a value.
    best_shown, worst_shown : ndarray of int64, shape (entries,)
        Ties carry the lowest number; 0 without a value.
    group : ndarray of int64, shape (entries,)
    complete : bool
        Whether all that are ranked with them have a value.
    count, entrants : ndarray of float64, shape (groups,)
        How many are ranked, and how many more may be.
    mean_low, mean_high : ndarray of float64, shape (groups,)
        Of the used ranks: the least, less the places that newcomers may take above an entry, and
        the greatest, with the newcomers.
    steep_low, steep_high : ndarray of float64, shape (groups,)
        Least and greatest 1 / s.d. of the ranks; 0 where all may be tied.
    """

    best: Float
    worst: Float
    best_shown: Int
    worst_shown: Int
    group: Int
    complete: bool
    count: Float
    entrants: Float
    mean_low: Float
    mean_high: Float
    steep_low: Float
    steep_high: Float

    def taken(self, rows: Int) -> RankRange:
        """Those of some entries; figures of the groups stay.

        Parameters
        ----------
        rows : ndarray of int64

        Returns
        -------
        RankRange
        """
        of_entries = ("best", "worst", "best_shown", "worst_shown", "group")
        return replace(self, **{name: getattr(self, name)[rows] for name in of_entries})

    def with_spread_of(self, other: RankRange, *, wider: bool) -> RankRange:
        """The same ranks under the mean and the deviation of the ranks between other bounds.

        Parameters
        ----------
        other : RankRange
            Between bounds of the values that hold all of these, or that these hold. Groups that it
            does not have keep their mean and deviation.
        wider : bool
            Whether they hold these. The ends are then moved out, and else in, by what rounding
            may do to them.

        Returns
        -------
        RankRange
        """
        out, there = _OF_SUMS if wider else -_OF_SUMS, other.count > 0
        return replace(
            self,
            mean_low=np.where(there, other.mean_low, self.mean_low),
            mean_high=np.where(there, other.mean_high, self.mean_high),
            steep_low=np.where(there, other.steep_low * (1 - out), self.steep_low),
            steep_high=np.where(there, other.steep_high * (1 + out), self.steep_high),
        )

    def deviation_scores(self, method: Literal["linear", "normal"]) -> Bounds:
        """Lowest and highest deviation score of each entry.

        Parameters
        ----------
        method : {"linear", "normal"}

        Returns
        -------
        Bounds
            float64, shape (entries,).
        """
        none, steep_low = np.isnan(self.best), self.steep_low[self.group]
        if method == "normal":
            from scipy.special import ndtri

            count, entrants = self.count[self.group], self.entrants[self.group]
            everyone = count + entrants
            low = ndtri(np.clip((count - self.worst + 0.5) / everyone, 0, 1))
            high = ndtri(np.clip((everyone - self.best + 0.5) / everyone, 0, 1))
            level = steep_low == 0  # all tied: 50
            low, high = (
                np.where(level, f(v, 0), v) for f, v in ((np.minimum, low), (np.maximum, high))
            )
        else:
            steep_high, (worst, best) = self.steep_high[self.group], self._distances()
            low = np.minimum(worst * steep_low, worst * steep_high)
            high = np.maximum(best * steep_low, best * steep_high)
        return Bounds(*(np.where(none, 50.0, 50 + 10 * v) for v in (low, high)))

    def _distances(self) -> tuple[Float, Float]:
        """Mean rank minus rank, at least and at most."""
        return self.mean_low[self.group] - self.worst, self.mean_high[self.group] - self.best


def rank_range(
    values: Bounds,
    group: Int,
    *,
    ties: Literal["average", "lowest"] = "average",
    entrants: Float | None = None,
    wanted: Int | None = None,
    places_only: bool = False,
) -> RankRange:
    """Bound the ranks of values within groups, the highest first.

    Parameters
    ----------
    values : Bounds
        Shape (n,); NaN for none. Faster where they are in `order_of_ends`.
    group : ndarray of int64, shape (n,)
        0 to groups - 1.
    ties : {"average", "lowest"}
        What the score uses for ties.
    entrants : ndarray of float64, shape (groups,), optional
        How many more may be ranked in each group, anywhere.
    wanted : ndarray of int64, optional
        Items whose ranks are asked for; all by default.
    places_only : bool
        Without mean and deviation, which take most of the time; of groups that are in order.

    Returns
    -------
    RankRange

    Notes
    -----
    With average ranks, N ranked and ties of t items each, the variance of the ranks is
    (N² - 1) / 12 - Σ (t³ - t) / (12 N). It is greatest where only those are tied that surely are,
    and least where each is tied with as many as it may be, Σ (t³ - t) = Σ over items of (t² - 1).
    Unless all are tied it is at least (N - 1) / 4, that of one item apart from the rest.

    Examples
    --------
    Of 1,000 firms 600 are at zero. Whether they are tied or not moves the score of the first:

    >>> low = np.concatenate([np.zeros(600), np.arange(1.0, 401)])
    >>> high = low + np.where(low == 0, 0.5, 0)
    >>> scores = rank_range(Bounds(low, high), np.zeros(1000, int)).deviation_scores("linear")
    >>> round(float(scores.low[-1]), 1), round(float(scores.high[-1]), 1)
    (67.3, 69.5)
    """
    groups = int(group.max(initial=-1)) + 1
    entrants = np.zeros(groups) if entrants is None else entrants
    low, n = values.low, group.size
    unknown = np.isnan(low)
    if not places_only and not _in_order(low, unknown, group):
        order, place = order_of_ends(values, group), np.empty(n, dtype=np.int64)
        place[order] = np.arange(n)
        wanted = place if wanted is None else place[wanted]
        ordered = values.take(order), group[order]
        return rank_range(*ordered, ties=ties, entrants=entrants, wanted=wanted)
    wanted = np.arange(n) if wanted is None else wanted
    best, worst = np.full(wanted.size, np.nan), np.full(wanted.size, np.nan)
    shown = np.zeros((2, wanted.size), dtype=np.int64)
    figures = np.zeros((5, groups))
    limits = np.searchsorted(group, np.arange(groups + 1))
    in_order = np.argsort(wanted)
    limits_of_wanted = np.searchsorted(wanted[in_order], limits)

    def rank(number: int) -> None:
        first, last = limits[number], limits[number + 1]
        count = int(last - first) - np.count_nonzero(unknown[first:last])
        of_group = Bounds(low[first : first + count], values.high[first : first + count])
        ends = None if places_only else IntervalOrder.of(of_group)
        asked = in_order[slice(*limits_of_wanted[number : number + 2])]
        asked = asked[wanted[asked] < first + count]
        places = place_bounds(of_group, ends, wanted[asked] - first)
        best[asked], worst[asked] = places.ranks(ties)
        shown[:, asked] = places.ranks("lowest")
        figures[0, number] = count
        if ends is not None:
            least, most = _moments(of_group, ends, ties, float(entrants[number]))
            figures[1:, number] = *least, *most

    for number in np.flatnonzero(np.diff(limits_of_wanted)).tolist():
        rank(number)
    count, mean_low, steep_low, mean_high, steep_high = figures
    return RankRange(
        best,
        worst,
        shown[0],
        shown[1],
        group[wanted],
        not unknown.any(),
        count,
        entrants,
        mean_low,
        mean_high,
        steep_low,
        steep_high,
    )


def _in_order(low: npt.NDArray[Any], unknown: npt.NDArray[np.bool_], group: Int) -> bool:
    """Whether items are in `order_of_ends`."""
    step, rises = np.diff(group), (low[1:] >= low[:-1]) | unknown[1:]
    return bool(((step > 0) | ((step == 0) & rises)).all())


def order_of_ends(values: Bounds, group: Int) -> Int:
    """Positions by group, in each by the lower end; NaN last.

    Parameters
    ----------
    values : Bounds
        Shape (n,); NaN for none.
    group : ndarray of int64, shape (n,)

    Returns
    -------
    ndarray of int64

    Examples
    --------
    >>> low = np.array([3.0, 1.0, np.nan, 2.0])
    >>> order_of_ends(Bounds(low, low), np.array([1, 1, 0, 0])).tolist()
    [3, 2, 1, 0]
    """
    return order_in_groups(-values.low, group)


def _moments(
    values: Bounds, order: IntervalOrder, ties: str, entrants: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Least and greatest mean of the ranks and 1 / s.d. over all tie patterns."""
    n = float(values.low.size)
    if n == 0:
        return (0.0, 0.0), (0.0, 0.0)
    whole = n + entrants
    sure = sure_ties(values, order).astype(float)
    possible = possible_ties(values, order).astype(float)
    most, middle = possible + entrants, (n + 1) / 2
    if ties == "average":
        means = middle - entrants / 2, middle + entrants / 2  # each moves the mean by a half
        variances = (
            (n * n - 1) / 12 - ((most**2 - 1).sum() + entrants * (whole**2 - 1)) / (12 * n),
            (whole**2 - 1) / 12 - (sure**2 - 1).sum() / (12 * whole),
        )
        apart = (max(n, 2) - 1) / 4
    else:
        # An item loses up to t - 1 places to its ties, and so does the mean. A newcomer raises the
        # mean, by less than 1: as little as nothing where it is tied, the most where it is last.
        lost = most - 1
        least = max(middle - (possible - 1).sum() / (2 * n), 1.0)
        greatest = (whole + 1) / 2 - (sure - 1).sum() / (2 * whole)
        means = least - entrants, greatest
        squares = (whole + 1) * (2 * whole + 1) / 6
        less = (lost * whole + lost * (2 * lost + 1) / 6).sum() / n
        variances = (
            (n + 1) * (2 * n + 1) / 6 - less - greatest**2,
            min(squares - least**2, (whole - 1) ** 2 / 4),
        )
        apart = (max(whole, 2) - 1) / max(whole, 2) ** 2  # one before all others, which are tied
    level = bool((possible >= n).all())  # all may be tied
    low, high = max(variances[0], apart), max(variances[1], apart)
    if n + entrants < 2:
        return (means[0], 0.0), (means[1], 0.0)
    return (means[0], 0.0 if level else high**-0.5), (means[1], low**-0.5)


@dataclass(frozen=True, eq=False)
class ScoreBounds:
    """Lowest and highest weighted score of each entry, and how two entries compare.

    Parameters
    ----------
    low, high : ndarray of float64, shape (entries,)
    deviation_scores : mapping of str to Bounds
        Of each indicator, by entry.
    shared : mapping of str to RankRange
        Of the indicators by which firms are compared under the same mean and deviation.
    scheme : Scheme
    apart : ndarray of float64, shape (2, entries)
        Lowest and highest sum of the other indicators' parts of the score.
    """

    low: Float
    high: Float
    deviation_scores: Mapping[str, Bounds]
    shared: Mapping[str, RankRange]
    scheme: Scheme
    apart: Float

    @classmethod
    def of(
        cls, ranks: Mapping[str, Ranks], ranges: Mapping[str, RankRange], scheme: Scheme
    ) -> ScoreBounds:
        """Bounds of the scores of a scheme.

        Parameters
        ----------
        ranks : mapping of str to Ranks
            Of all indicators, as they are.
        ranges : mapping of str to RankRange
            Of those that may move.
        scheme : Scheme

        Returns
        -------
        ScoreBounds
        """
        method, of_indicator, shared = scheme.score_method, {}, {}
        entries = next(iter(ranks.values())).used.size
        scores, apart = np.zeros((2, entries)), np.zeros((2, entries))
        for name, weight in scheme.weights.items():
            if name in ranges:
                bounds = ranges[name].deviation_scores(method)
            else:
                as_it_is = ranks[name].scores(method)
                bounds = Bounds(as_it_is, as_it_is)
            of_indicator[name] = bounds
            term = weight * np.stack([bounds.low, bounds.high])
            scores += term
            if name not in ranges or method == "normal" or not ranges[name].complete:
                apart += term
            else:
                shared[name] = ranges[name]
        return cls(scores[0], scores[1], of_indicator, shared, scheme, apart)

    def _taken(self, rows: Int) -> ScoreBounds:
        """Those of some entries, to compare them."""
        shared = {name: ranks.taken(rows) for name, ranks in self.shared.items()}
        return replace(self, shared=shared, apart=self.apart[:, rows])

    def least_lead(self, item: int, others: Int | slice) -> Float:
        """By how much an entry leads others of its group at least; below 0 where it may trail.

        Parameters
        ----------
        item : int
            An entry.
        others : ndarray of int64, or slice
            Entries ranked together with it.

        Returns
        -------
        ndarray of float64
            Least score of the item minus that of each other.
        """
        lead: Float = self.apart[0, item] - self.apart[1, others]
        for name, ranks in self.shared.items():
            group = ranks.group[item]
            ahead = ranks.best[others] - ranks.worst[item] - ranks.entrants[group]
            steps = 10 * self.scheme.weights[name] * ahead
            lead += np.minimum(steps * ranks.steep_low[group], steps * ranks.steep_high[group])
        return lead

    def places(self, entries: Int, candidates: int, *, ties: Literal["lowest", "highest"]) -> Int:
        """Best and worst place of the entries of one list.

        The intervals of the scores bound the places of all. They are narrowed by comparing the
        first of the list with all, one by one, under the same mean and deviation.

        Parameters
        ----------
        entries : ndarray of int64, shape (m,)
            Of one list, the best first.
        candidates : int
            How many of the first are compared one by one.
        ties : {"lowest", "highest"}
            What ties count as.

        Returns
        -------
        ndarray of int64, shape (2, m)
        """
        scores = Bounds(self.low[entries] - _TOLERANCE, self.high[entries] + _TOLERANCE)
        places = np.stack(place_bounds(scores).ranks(ties))
        order = np.argsort(-scores.high)
        rivals = np.searchsorted(-scores.high[order], -scores.low[:candidates], side="right")
        if int(rivals.sum()) > _PAIRS or not self.shared:
            return places
        above, of_list = np.zeros(entries.size, dtype=np.int64), self._taken(entries[order])
        place = np.empty(entries.size, dtype=np.int64)
        place[order] = np.arange(entries.size)
        for k, count in enumerate(rivals):  # the others are surely below
            lead = of_list.least_lead(int(place[k]), slice(count))
            may_pass = (lead <= _TOLERANCE) & (order[:count] != k)
            places[1, k] = min(places[1, k], 1 + int(may_pass.sum()))
            above[:count] += lead > _TOLERANCE
            above[count:] += 1
        places[0, order] = np.maximum(places[0, order], 1 + above)
        return places
