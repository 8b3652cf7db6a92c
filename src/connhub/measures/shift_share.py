"""Shift-share: how much of a region's change is the nation's, its industries', and its own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from connhub.quotients import quotient

__all__ = ["shift_share"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


def shift_share(before: Int, after: Int) -> tuple[Float, Float, Float]:
    """Split the change of each region and industry into three effects.

    With E_rk of region r and industry k, N_k its sum over regions, N that over all, and growth
    rates g of each:

    national = E_rk g_N, mix = E_rk (g_k - g_N), competitive = E_rk (g_rk - g_k)

    Parameters
    ----------
    before, after : ndarray of int64, shape (R, K)

    Returns
    -------
    national, mix, competitive : ndarray of float64, shape (R, K)
        They add up to ``after - before``. What is new in the nation is competitive; NaN where
        there was nothing at all before.

    References
    ----------
    E. S. Dunn, A statistical and analytical technique for regional analysis, Papers of the
    Regional Science Association 6 (1960).

    Examples
    --------
    A region's industries grow from 20, 30, 50 to 25, 28, 62; the nation's from 400, 900, 700.

    >>> region = np.array([[20, 30, 50], [25, 28, 62]])
    >>> rest = np.array([[400, 900, 700], [440, 860, 800]]) - region
    >>> effects = shift_share(*np.stack([region, rest], axis=1))
    >>> [round(float(effect[0].sum()), 4) for effect in effects]
    [5.0, 2.8095, 7.1905]
    """
    of_industry = before.sum(axis=0), after.sum(axis=0)
    nation = of_industry[0].sum(keepdims=True), of_industry[1].sum(keepdims=True)
    growth = quotient(nation[1] - nation[0], nation[0])
    national: Float = before * growth
    own_growth = quotient(of_industry[1] - of_industry[0], of_industry[0])
    by_industry = np.where(np.isnan(own_growth), growth, own_growth)
    mix: Float = before * (by_industry - growth)
    expected: Float = before * (1 + by_industry)
    competitive: Float = after - expected
    return national, mix, competitive
