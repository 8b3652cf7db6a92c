"""From values to ranks to deviation scores, by group and all at once. Pure maths."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["Ranks", "order_in_groups", "pareto_front", "rank_in_groups"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ranks:
    """Ranks of one value within groups, with what the deviation scores need.

    Parameters
    ----------
    shown : ndarray of int64, shape (n,)
        1 for the highest value of the group; ties carry the same, lowest number; 0 for none.
    used : ndarray of float64, shape (n,)
        The rank that the score uses; NaN for none.
    group : ndarray of int64, shape (n,)
    count, mean, deviation : ndarray of float64, shape (groups,)
        How many are ranked in each group, and the mean and the s.d. (ddof 0) of the used ranks.
    """

    shown: Int
    used: Float
    group: Int
    count: Float
    mean: Float
    deviation: Float

    def taken(self, rows: Int) -> Ranks:
        """Those of some items; figures of the groups stay.

        Parameters
        ----------
        rows : ndarray of int64

        Returns
        -------
        Ranks
        """
        return replace(self, shown=self.shown[rows], used=self.used[rows], group=self.group[rows])

    def scores(self, score_method: Literal["linear", "normal"]) -> Float:
        """Deviation scores, mean 50: see `Scheme` for the equations; 50 for those without a rank.

        Parameters
        ----------
        score_method : {"linear", "normal"}

        Returns
        -------
        ndarray of float64, shape (n,)

        Examples
        --------
        >>> ranks = rank_in_groups(np.array([9.0, 5.0, 5.0, 1.0]), np.zeros(4, int))
        >>> ranks.scores("linear").round(2).tolist()
        [64.14, 50.0, 50.0, 35.86]
        >>> ranks.scores("normal").round(2).tolist()
        [61.5, 50.0, 50.0, 38.5]
        """
        spread = self.deviation[self.group]
        level = np.isnan(self.used) | (spread == 0)
        if score_method == "linear":
            shift = (self.mean[self.group] - self.used) / np.where(level, 1, spread)
        else:
            from scipy.special import ndtri

            count = self.count[self.group]
            shift = ndtri((count - self.used + 0.5) / count)
        return np.where(level, 50.0, 50.0 + 10.0 * shift)


def order_in_groups(values: npt.NDArray[Any], group: npt.NDArray[np.integer[Any]]) -> Int:
    """Positions sorted by group, in each the highest value first; NaN last.

    Parameters
    ----------
    values : ndarray of numbers, shape (n,)
    group : ndarray of int, shape (n,)

    Returns
    -------
    ndarray of int64, shape (n,)

    Examples
    --------
    >>> order_in_groups(np.array([1.0, 3.0, 2.0]), np.array([0, 1, 0])).tolist()
    [2, 0, 1]
    """
    by_value = np.argsort(-values)  # an unstable sort: nothing may depend on the order of ties
    if not group.size or (group == group[0]).all():
        return by_value
    narrow = group.astype(np.int16) if group.max() < 2**15 else group
    return by_value[np.argsort(narrow[by_value], kind="stable")]  # radix where narrow


def rank_in_groups(
    values: Float,
    group: npt.NDArray[np.integer[Any]],
    *,
    groups: int | None = None,
    ties: Literal["average", "lowest"] = "average",
) -> Ranks:
    """Rank values within groups, the highest first; NaN gets no rank.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
    group : ndarray of int, shape (n,)
        0 to `groups` - 1.
    groups : int, optional
        How many groups there are; by default as many as occur.
    ties : {"average", "lowest"}
        For the score; shown ranks of ties are the lowest always.

    Returns
    -------
    Ranks

    Examples
    --------
    >>> ranks = rank_in_groups(np.array([7.0, 7.0, 3.0, np.nan]), np.array([0, 0, 0, 0]))
    >>> ranks.shown.tolist(), ranks.used.tolist()
    ([1, 1, 3, 0], [1.5, 1.5, 3.0, nan])
    """
    size = int(group.max()) + 1 if groups is None and group.size else (groups or 0)
    order = order_in_groups(values, group)
    sorted_values = values[order]
    if (none := np.isnan(sorted_values)).any():
        order, sorted_values = order[~none], sorted_values[~none]
    sorted_group = group[order]
    n = order.size
    change = np.flatnonzero(sorted_group[1:] != sorted_group[:-1]) + 1
    starts = np.concatenate(([0], change)) if n else np.empty(0, np.int64)
    count = np.bincount(sorted_group, minlength=size).astype(np.float64)
    place = np.arange(n) - np.repeat(starts, np.diff(np.append(starts, n)))
    # A run of ties begins with a new value or a new group.
    new = np.ones(n, dtype=bool)
    new[1:] = (sorted_values[1:] != sorted_values[:-1]) | (sorted_group[1:] != sorted_group[:-1])
    first = np.flatnonzero(new)
    length = np.diff(np.append(first, n))
    low = np.repeat(place[first] + 1, length)
    used = low + np.repeat((length - 1) / 2, length) if ties == "average" else low.astype(float)
    # Sums run in the order of the ranks, so that they do not depend on the order of the rows.
    mean, deviation = np.zeros(size), np.zeros(size)
    if n:
        there = sorted_group[starts]
        mean[there] = np.add.reduceat(used, starts) / count[there]
        squares = np.add.reduceat((used - mean[sorted_group]) ** 2, starts)
        deviation[there] = np.sqrt(squares / count[there])
    shown, of_value = np.zeros(values.size, dtype=np.int64), np.full(values.size, np.nan)
    shown[order], of_value[order] = low, used
    return Ranks(shown, of_value, group.astype(np.int64), count, mean, deviation)


def pareto_front(x: Float, y: Float, group: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.bool_]:
    """Whether no other of the group is at least as high in both and higher in one.

    Parameters
    ----------
    x, y : ndarray of float64, shape (n,)
        Without NaN.
    group : ndarray of int, shape (n,)

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> pareto_front(np.array([3.0, 2, 2, 1]), np.array([1.0, 2, 1, 2]), np.zeros(4, int)).tolist()
    [True, True, False, False]
    """
    if not x.size:
        return np.zeros(0, dtype=bool)
    order = np.lexsort((-y, -x, group))
    sx, sg = x[order], group[order].astype(np.int64)
    _, height = np.unique(y, return_inverse=True)
    # Heights of later groups lie above those of earlier ones: one running maximum serves all.
    key = sg * np.int64(x.size + 1) + height.reshape(-1)[order]
    top = np.maximum.accumulate(key)
    new = np.ones(x.size, dtype=bool)
    new[1:] = (sx[1:] != sx[:-1]) | (sg[1:] != sg[:-1])
    start = np.flatnonzero(new)
    block = np.cumsum(new) - 1
    before = np.where(start > 0, top[start - 1], -1)
    out = np.zeros(x.size, dtype=bool)
    out[order] = (key == key[start][block]) & (key > before[block])
    return out
