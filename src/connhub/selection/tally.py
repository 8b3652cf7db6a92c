"""How many of some values are above and level with others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Tally"]

Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Tally:
    """Values, how often each occurs, and how many are above each; NaN is no value.

    Parameters
    ----------
    values : ndarray, shape (m,)
        Distinct, the lowest first.
    count, above : ndarray of int64, shape (m,)
    """

    values: npt.NDArray[Any]
    count: Int
    above: Int

    @classmethod
    def of(cls, values: npt.NDArray[Any], count: Int | None = None) -> Tally:
        """Count values, each once or as often as said.

        Parameters
        ----------
        values : ndarray, shape (n,)
        count : ndarray of int64, shape (n,), optional
            Of values without NaN.

        Returns
        -------
        Tally

        Examples
        --------
        >>> tally = Tally.of(np.array([5, 1, 5, 3]))
        >>> tally.values.tolist(), tally.count.tolist(), tally.above.tolist()
        ([1, 3, 5], [1, 1, 2], [3, 2, 0])
        """
        if count is None:
            values = values[~np.isnan(values)]
            distinct, number = np.unique(values, return_counts=True)
        else:
            distinct, which = np.unique(values, return_inverse=True)
            number = np.bincount(which.reshape(-1), count, distinct.size).astype(np.int64)
        return cls(distinct, number, number.sum() - np.cumsum(number))

    @cached_property
    def size(self) -> int:
        """How many there are."""
        return int(self.count.sum())

    @cached_property
    def cubes(self) -> int:
        """`cubes_of` the counts."""
        return self.cubes_of(self.count)

    @cached_property
    def most_level(self) -> int:
        """The most that are level with one another, apart from those at 0 and at infinity."""
        return int(self.count[np.isfinite(self.values) & (self.values != 0)].max(initial=0))

    @staticmethod
    def cubes_of(level: Int) -> int:
        """Σ (t³ - t) over runs of t that are level, in whole numbers.

        Parameters
        ----------
        level : ndarray of int64

        Returns
        -------
        int
        """
        size, runs = np.unique(level[level > 1], return_counts=True)
        return sum(n * (t**3 - t) for t, n in zip(size.tolist(), runs.tolist(), strict=True))

    def find(self, values: npt.NDArray[Any]) -> tuple[Int, Int]:
        """How many are above each of some values, and how many level with it.

        Parameters
        ----------
        values : ndarray

        Returns
        -------
        above, level : ndarray of int64, of the same shape
        """
        if not self.values.size:
            return np.zeros(values.shape, dtype=np.int64), np.zeros(values.shape, dtype=np.int64)
        order = np.argsort(values, axis=None)  # sorted ones are found many times as fast
        found = np.empty(values.size, dtype=np.int64)
        found[order] = np.searchsorted(self.values, values.ravel()[order])
        at = found.reshape(values.shape)
        here = np.minimum(at, self.values.size - 1)
        level = np.where(self.values[here] == values, self.count[here], 0)
        return np.where(at > here, 0, self.above[here] + self.count[here]) - level, level
