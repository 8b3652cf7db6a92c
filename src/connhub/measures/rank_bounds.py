"""Ranks between bounds: the best and the worst place that bounds of values allow. Pure maths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from connhub.measures.bounds import Bounds

__all__ = [
    "PlaceBounds",
    "breakdown_share",
    "entry_share",
    "place_bounds",
    "possible_ties",
    "sure_ties",
]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Sorted:
    """Values and their order: sorted ones are found among sorted ones many times as fast."""

    values: npt.NDArray[Any]
    order: Int

    @classmethod
    def of(cls, values: npt.NDArray[Any]) -> _Sorted:
        order = np.argsort(values)
        return cls(values[order], order)

    def among(self, ordered: npt.NDArray[Any], side: Literal["left", "right"]) -> Int:
        """Where each value belongs among ordered ones, in the order in which it was given."""
        position = np.empty(self.order.size, dtype=np.int64)
        position[self.order] = np.searchsorted(ordered, self.values, side=side)
        return position

    def places_in(self, others: _Sorted) -> tuple[Int, Int]:
        """How many others are above each value, and how many level with it."""
        last = self.among(others.values, "right")
        return others.order.size - last, last - self.among(others.values, "left")


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


def place_bounds(values: Bounds) -> PlaceBounds:
    """Bound the place of each item among all, the highest value first.

    Item f stands best at its highest value where all others have their lowest: at least the g
    with low_g > high_f are above it, and those with low_g = high_f level with it. It stands worst
    the other way round. Both are reached, so no narrower bounds are true.

    Parameters
    ----------
    values : Bounds
        Of n items, chosen freely within the bounds and of each other.

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
    low, high = _Sorted.of(values.low), _Sorted.of(values.high)
    above_least, level_least = high.places_in(low)
    above_most, level_most = low.places_in(high)
    loose = values.high > values.low  # an item is neither above itself nor level with itself
    return PlaceBounds(above_least, above_most - loose, level_least - ~loose, level_most - ~loose)


def sure_ties(values: Bounds) -> Int:
    """How many items, itself included, surely have the value of each.

    Parameters
    ----------
    values : Bounds
        Of n items.

    Returns
    -------
    ndarray of int64, shape (n,)
        1 for an item whose value is not certain.

    Examples
    --------
    >>> sure_ties(Bounds(np.array([0, 0, 0, 5]), np.array([0, 0, 9, 5]))).tolist()
    [2, 2, 1, 1]
    """
    fixed = values.low == values.high
    _, which, count = np.unique(values.low[fixed], return_inverse=True, return_counts=True)
    ties = np.ones(fixed.size, dtype=np.int64)
    ties[fixed] = count[which.reshape(-1)]
    return ties


def possible_ties(values: Bounds) -> Int:
    """How many items, itself included, may have one value together with each.

    The most intervals that share a point of the interval of each. Such a point can always be a
    lower end.

    Parameters
    ----------
    values : Bounds
        Of n items.

    Returns
    -------
    ndarray of int64, shape (n,)

    Examples
    --------
    >>> possible_ties(Bounds(np.array([0, 0, 0, 5]), np.array([0, 0, 9, 5]))).tolist()
    [3, 3, 3, 2]
    """
    low, high = _Sorted.of(values.low), _Sorted.of(values.high)
    points = np.unique(low.values)
    depth = np.searchsorted(low.values, points, side="right")
    depth -= np.searchsorted(high.values, points, side="left")
    return _range_maximum(depth, low.among(points, "left"), high.among(points, "right"))


def _range_maximum(values: Int, first: Int, last: Int) -> Int:
    """The highest of ``values[first:last]`` for each pair: of two runs of a power of two."""
    level = np.frexp((last - first).astype(np.float64))[1] - 1
    result = np.zeros(first.size, dtype=np.int64)
    longest = values
    for power in range(int(level.max(initial=-1)) + 1):
        here = np.flatnonzero(level == power)
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
