"""Bounds of values in the order of their lower ends, as ranks need them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connhub.measures.bounds import Bounds, missing_bounds
from connhub.selection.score_bounds import order_of_ends

__all__ = ["Ordered"]

Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ordered:
    """Bounds of values by group and lower end.

    Parameters
    ----------
    values : Bounds
        Of n entries.
    place : ndarray of int64, shape (n,)
        Where each entry is.
    firm, group : ndarray of int64, shape (n,)
        In that order.
    counted, room : ndarray of int64, shape (n,), or None
        Likewise, what was counted and what may be missing, where that alone makes the order.
    """

    values: Bounds
    place: Int
    firm: Int
    group: Int
    counted: Int | None = None
    room: Int | None = None

    @classmethod
    def of(cls, values: Bounds, group: Int, firm: Int) -> Ordered:
        """Put entries in order.

        Parameters
        ----------
        values : Bounds
        group, firm : ndarray of int64, shape (n,)

        Returns
        -------
        Ordered
        """
        by_end, place = order_of_ends(values, group), np.empty(group.size, dtype=np.int64)
        place[by_end] = np.arange(group.size)
        return cls(values.take(by_end), place, firm[by_end], group[by_end])

    def missing(self, share: float) -> Bounds:
        """Bounds for missing transactions.

        Parameters
        ----------
        share : float

        Returns
        -------
        Bounds
        """
        if self.counted is None:
            raise AssertionError
        if self.room is None:
            return Bounds(self.counted, self.counted)
        return missing_bounds(self.counted, self.room, share)
