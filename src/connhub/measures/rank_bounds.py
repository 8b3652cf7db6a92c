"""Ranks between bounds: the best and the worst place that bounds of values allow. Pure maths."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from connhub.measures.bounds import Bounds

__all__ = [
    "IntervalOrder",
    "PlaceBounds",
    "breakdown_share",
    "entry_share",
    "place_bounds",
    "possible_ties",
    "sure_ties",
]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class IntervalOrder:
    """Where the interval of each of n items begins and ends among all lower ends, in order.

    Everything about places and ties follows from it: in each case that matters some items are at
    their lower ends and the others at their upper ones.

    Parameters
    ----------
    first, last : ndarray of int64, shape (n,)
        Position of the lower end among the distinct ones, and of the last that is not above the
        upper end.
    level : ndarray of bool, shape (n,)
        Whether the upper end is itself a lower end.
    fixed : ndarray of bool, shape (n,)
        Whether both ends are the same.
    begun, ended : ndarray of int64, shape (m,)
        How many items have their lower end at or before each of the m distinct lower ends, and how
        many have their upper end before it.
    """

    first: Int
    last: Int
    level: Mask
    fixed: Mask
    begun: Int
    ended: Int

    @classmethod
    def of(cls, values: Bounds) -> IntervalOrder:
        """Order the ends of some intervals.

        Parameters
        ----------
        values : Bounds
            Of n items; faster where they are in the order of their lower ends.
        """
        n, low = values.low.size, values.low
        by_low = None if bool((low[1:] >= low[:-1]).all()) else np.argsort(low)
        low = low if by_low is None else low[by_low]
        new = np.ones(n, dtype=bool)
        np.not_equal(low[1:], low[:-1], out=new[1:])
        start = np.flatnonzero(new)
        points, begun = low[start], np.append(start[1:], n)[: start.size]
        first = np.cumsum(new) - 1
        if by_low is not None:
            first[by_low] = first.copy()
        by_high = np.argsort(values.high)  # sorted ones are found many times as fast
        high = values.high[by_high]
        found = np.searchsorted(points, high, side="right") - 1
        last, level = np.empty(n, dtype=np.int64), np.empty(n, dtype=bool)
        last[by_high], level[by_high] = found, points[found] == high
        count = np.bincount(found, minlength=points.size)
        fixed = values.low == values.high
        return cls(first, last, level, fixed, begun, np.cumsum(count) - count)


@dataclass(frozen=True, eq=False)
class PlaceBounds:
    """How many are above and level with each of n items, at least and at most.

    Parameters
    ----------
    above_least, above_most : ndarray of int64, shape (n,)
        Items with a higher value.
    level_least, level_most : ndarray of int64, shape (n,)
        Other items with the same value, where there are the fewest and the most above.
    """

    above_least: Int
    above_most: Int
    level_least: Int
    level_most: Int

    def ranks(self, ties: Literal["lowest", "average", "highest"] = "lowest") -> tuple[Any, Any]:
        """Best and worst rank, 1 for the highest value.

        Parameters
        ----------
        ties : {"lowest", "average", "highest"}
            What ties count as: the best place of those they share, the mean of them, or the last.

        Returns
        -------
        best, worst : ndarray of int64, or of float64 for ``"average"``, shape (n,)
        """
        if ties == "average":
            return 1 + self.above_least + self.level_least / 2, (
                1 + self.above_most + self.level_most / 2
            )
        level = 1 if ties == "highest" else 0
        best = 1 + self.above_least + level * self.level_least
        return best, 1 + self.above_most + level * self.level_most


def place_bounds(
    values: Bounds, order: IntervalOrder | None = None, wanted: Int | None = None
) -> PlaceBounds:
    """Bound the place of each item among all, the highest value first.

    Item f stands best at its highest value where all others have their lowest: at least the g
    with low_g > high_f are above it, and those with low_g = high_f level with it. It stands worst
    the other way round. Both are reached, so no narrower bounds are true.

    Parameters
    ----------
    values : Bounds
        Of n items, chosen freely within the bounds and of each other.
    order : IntervalOrder, optional
        Of the values, where it is known.
    wanted : ndarray of int64, optional
        Items whose places are asked for; all by default.

    Returns
    -------
    PlaceBounds

    References
    ----------
    Rank intervals from intervals of values: Mogstad, M., Romano, J. P., Shaikh, A. M. and Wilhelm,
    D. (2024). Inference for ranks. Review of Economic Studies 91.

    Examples
    --------
    Sales of 100, 80, 70 and 30, to which 0, 20, 40 and 200 may be added: the last may be first.

    >>> counted = np.array([100, 80, 70, 30])
    >>> best, worst = place_bounds(Bounds(counted, counted + [0, 20, 40, 200])).ranks()
    >>> best.tolist(), worst.tolist()
    ([1, 1, 1, 1], [3, 4, 4, 4])
    """
    if order is None and wanted is not None:
        return _places_of(values, wanted)
    at = order or IntervalOrder.of(values)
    n, points = at.first.size, at.begun.size
    level = np.bincount(at.last[at.level], minlength=points)
    some = slice(None) if wanted is None else wanted
    first, last, loose = at.first[some], at.last[some], ~at.fixed[some]
    above_least = n - at.begun[last]
    level_least = np.where(at.level[some], np.diff(at.begun, prepend=0)[last], 0)
    above_most, level_most = n - at.ended[first] - level[first], level[first]
    # An item is neither above itself nor level with itself.
    return PlaceBounds(above_least, above_most - loose, level_least - ~loose, level_most - ~loose)


def _places_of(values: Bounds, wanted: Int) -> PlaceBounds:
    """Places of a few among many: the ends of the others are counted, not put in order."""
    n, own = values.low.size, values.take(wanted)
    low, high = np.sort(values.low), np.sort(values.high)
    loose = own.low != own.high  # an item is neither above itself nor level with itself
    above_least, above_most = (
        n - np.searchsorted(ends, of_own, side="right")
        for ends, of_own in ((low, own.high), (high, own.low))
    )
    level_least = n - above_least - np.searchsorted(low, own.high)
    level_most = n - above_most - np.searchsorted(high, own.low)
    return PlaceBounds(above_least, above_most - loose, level_least - ~loose, level_most - ~loose)


def sure_ties(values: Bounds, order: IntervalOrder | None = None) -> Int:
    """How many items, itself included, surely have the value of each.

    Parameters
    ----------
    values : Bounds
        Of n items.
    order : IntervalOrder, optional
        Of the values.

    Returns
    -------
    ndarray of int64, shape (n,)
        1 for an item whose value is not certain.

    Examples
    --------
    >>> sure_ties(Bounds(np.array([0, 0, 0, 5]), np.array([0, 0, 9, 5]))).tolist()
    [2, 2, 1, 1]
    """
    at = order or IntervalOrder.of(values)
    count = np.bincount(at.first[at.fixed], minlength=at.begun.size)
    return np.where(at.fixed, count[at.first], 1)


def possible_ties(values: Bounds, order: IntervalOrder | None = None) -> Int:
    """How many items, itself included, may have one value together with each.

    The most intervals that share a point of the interval of each. Such a point can always be a
    lower end.

    Parameters
    ----------
    values : Bounds
        Of n items.
    order : IntervalOrder, optional
        Of the values.

    Returns
    -------
    ndarray of int64, shape (n,)

    Examples
    --------
    >>> possible_ties(Bounds(np.array([0, 0, 0, 5]), np.array([0, 0, 9, 5]))).tolist()
    [3, 3, 3, 2]
    """
    at = order or IntervalOrder.of(values)
    return _range_maximum(at.begun - at.ended, at.first, at.last + 1)


def _range_maximum(values: Int, first: Int, last: Int) -> Int:
    """The highest of ``values[first:last]`` for each pair: of two runs of a power of two."""
    level = (np.frexp((last - first).astype(np.float64))[1] - 1).astype(np.int8)
    result = np.zeros(first.size, dtype=np.int64)
    longest, by_level = values, np.argsort(level, kind="stable")  # radix where narrow
    begins = np.searchsorted(level[by_level], np.arange(level.max(initial=-1) + 2))
    for power, (begin, end) in enumerate(pairwise(begins.tolist())):
        here = by_level[begin:end]
        ends = longest[last[here] - (1 << power)]
        result[here] = np.maximum(longest[first[here]], ends)
        longest = np.maximum(longest[: -(1 << power)], longest[1 << power :])
    return result


def breakdown_share(
    counted: Int, unexplained: Int, item: int, places: int, *, ties: Literal["lowest", "highest"]
) -> float:
    """From which share of the rivals' unexplained amounts on an item loses its place.

    Item f is among the first K. With r - 1 rivals above it, K - r + 1 of those below must pass,
    and g passes where S_g + γ u_g > S_f: γ* is the (K - r + 1)-th smallest of (S_f - S_g) / u_g.
    f stays at any share up to γ*.

    Parameters
    ----------
    counted : ndarray of int64, shape (n,)
        S.
    unexplained : ndarray of int64, shape (n,)
        u, 0 or more.
    item : int
        Position of f.
    places : int
        K.
    ties : {"lowest", "highest"}
        What ties count as: f keeps its place level with the last (``"lowest"``), or loses it.

    Returns
    -------
    float
        γ*, 0 or more; infinite where no share suffices, below 1 or above.

    Examples
    --------
    >>> counted, unexplained = np.array([100, 80, 70, 30]), np.array([0, 20, 40, 200])
    >>> [breakdown_share(counted, unexplained, f, 2, ties="lowest") for f in (0, 1)]
    [0.75, 0.25]
    """
    gap = counted[item] - counted
    passed = gap < 0 if ties == "lowest" else gap <= 0
    needed = places - int(passed.sum()) + (ties == "highest")  # f is level with itself
    below = ~passed & (unexplained > 0)
    below[item] = False
    if needed > int(below.sum()):
        return float("inf")
    shares = gap[below] / unexplained[below]
    return float(np.partition(shares, needed - 1)[needed - 1])


def entry_share(counted: int, unexplained: int, last: int) -> float:
    """From which share of its own unexplained amount on an item reaches the last place.

    Parameters
    ----------
    counted, unexplained : int
        Of the item.
    last : int
        Counted amount of the item at the last place.

    Returns
    -------
    float
        Infinite where it has none; above 1 where all of it does not suffice.

    Examples
    --------
    >>> entry_share(70, 40, 80)
    0.25
    """
    return (last - counted) / unexplained if unexplained > 0 else float("inf")
