"""Whole amounts whose sums stay what they are."""

from __future__ import annotations

import numpy as np

from connhub.estimation.links import Float, Int, Links

__all__ = ["whole_amounts"]


def whole_amounts(links: Links, amounts: Float, totals: Int) -> Int:
    """Round amounts by largest remainders within each seller.

    Parameters
    ----------
    links : Links
    amounts : ndarray of float64, shape (m,)
        Not negative.
    totals : ndarray of int64, shape (n,)
        What the amounts of each seller are to come to; below 0 for their own rounded sum.

    Returns
    -------
    ndarray of int64, shape (m,)

    Examples
    --------
    >>> links = Links.of(np.array([0, 0, 0]), np.array([1, 2, 3]), 4)
    >>> whole_amounts(links, np.array([3.4, 3.4, 3.2]), np.array([10, 0, 0, 0])).tolist()
    [4, 3, 3]
    """
    sums = links.sums(amounts)[0]
    wanted = np.where(totals < 0, np.rint(sums).astype(np.int64), totals)
    share = np.divide(wanted, sums, out=np.zeros(sums.size), where=sums > 0)
    exact = amounts * share[links.seller]
    whole: Int = np.floor(exact).astype(np.int64)
    left = wanted - links.sums(whole)[0]
    order = np.lexsort((whole - exact, links.seller))
    rank = np.arange(links.size) - links.start[links.seller]
    whole[order] += rank < left[links.seller]
    missing = wanted - links.sums(whole)[0]
    if missing.any():  # sums beyond the 53 bits of floats: a few units, to the largest link
        by_size = np.lexsort((whole, links.seller))
        firms = np.flatnonzero(missing)
        whole[by_size[links.start[firms + 1] - 1]] += missing[firms]
    return whole
