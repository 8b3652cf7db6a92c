"""Who sells to whom, sorted by seller, as the loops take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Float", "Int", "Links", "Mask"]

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Links:
    """Different pairs of n firms, sorted by seller, then buyer.

    Parameters
    ----------
    start : ndarray of int64, shape (n + 1,)
        The links of seller i stand at ``start[i]`` to ``start[i + 1]``.
    seller, buyer : ndarray of int32, shape (m,)

    Examples
    --------
    >>> links = Links.of(np.array([1, 0, 1]), np.array([0, 2, 2]), 3)
    >>> links.start.tolist(), links.buyer.tolist()
    ([0, 1, 3, 3], [2, 0, 2])
    >>> links.sums(np.array([5, 1, 2])).tolist()
    [[5, 3, 0], [1, 0, 7]]
    """

    start: Int
    seller: npt.NDArray[np.int32]
    buyer: npt.NDArray[np.int32]

    @classmethod
    def of(cls, seller: npt.NDArray[Any], buyer: npt.NDArray[Any], firms: int) -> Links:
        """Sort pairs, none of which may occur twice."""
        order = np.lexsort((buyer, seller))
        sellers = seller[order].astype(np.int32)
        start = np.searchsorted(sellers, np.arange(firms + 1)).astype(np.int64)
        return cls(start, sellers, buyer[order].astype(np.int32))

    @property
    def firms(self) -> int:
        """Number of firms n."""
        return self.start.size - 1

    @property
    def size(self) -> int:
        """Number of links m."""
        return self.seller.size

    def sums(self, amounts: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """What each firm sells and buys, shape (2, n), of the type of the amounts."""
        from connhub.estimation.loops import add_up_ends

        sums = np.zeros((2, self.firms), dtype=amounts.dtype)
        add_up_ends(self.start, self.buyer, amounts, sums)
        return sums

    def take(self, chosen: Mask) -> Links:
        """Some of the links, the firms all the same."""
        before = np.concatenate(([0], np.cumsum(chosen)))
        return Links(before[self.start], self.seller[chosen], self.buyer[chosen])
