"""Quotients of integers: correctly rounded, and compared exactly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

__all__ = ["order_key", "quotient"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


def quotient(part: Int, whole: Int) -> Float:
    """Part / whole, the float64 that is nearest to it; NaN where the whole is not positive.

    Parameters
    ----------
    part, whole : ndarray of int64, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)

    Examples
    --------
    >>> quotient(np.array([1, -1, 5]), np.array([4, 4, 0])).tolist()
    [0.25, -0.25, nan]

    2^53 + 1 is no float64, so that the quotient of both numbers as floats would be another one.

    >>> quotient(np.array([2**53 + 1]), np.array([3])).tolist(), float(2**53 + 1) / 3
    ([3002399751580331.0], 3002399751580330.5)
    """
    rounded = np.full(part.shape, np.nan)
    defined = whole > 0
    np.divide(part, whole, out=rounded, where=defined)
    large = np.empty(0, dtype=np.int64)
    if part.size and max(int(part.max()), -int(part.min()), int(whole.max())) > 2**53:
        large = np.flatnonzero(defined & (np.maximum(np.abs(part), whole) > 2**53))
    pairs = zip(part[large].tolist(), whole[large].tolist(), strict=True)
    rounded[large] = [p / w for p, w in pairs]  # Python divides integers of any size so
    return rounded


def order_key(part: Int, whole: Int) -> Float:
    """Numbers in the order of part / whole: equal if and only if the quotients are.

    Two quotients that differ may round to one float64: firms one yen apart, say.

    Parameters
    ----------
    part, whole : ndarray of int64, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)
        0, 1, 2, ... from the lowest on; NaN where the whole is not positive.

    Examples
    --------
    >>> large = 10**17
    >>> part, whole = np.array([large - 1, large - 2, 1, 2, 1]), np.array([large] * 2 + [2, 4, 0])
    >>> quotient(part, whole).tolist()
    [1.0, 1.0, 0.5, 0.5, nan]
    >>> order_key(part, whole).tolist()
    [2.0, 1.0, 0.0, 0.0, nan]
    """
    key = np.full(part.shape, np.nan)
    rows = np.flatnonzero(whole > 0)
    value = quotient(part[rows], whole[rows])
    order = np.argsort(value)
    value, rows = value[order], rows[order]
    divisor = np.gcd(part[rows], whole[rows])
    part, whole = part[rows] // divisor, whole[rows] // divisor  # in lowest terms: one for each
    risen = np.diff(value) > 0
    other = (np.diff(part) != 0) | (np.diff(whole) != 0)
    start = np.concatenate(([0], np.cumsum(risen)))[: rows.size]
    for run in np.unique(start[1:][other & ~risen]).tolist():
        of_run = slice(*np.searchsorted(start, [run, run + 1]))
        pairs = zip(part[of_run].tolist(), whole[of_run].tolist(), strict=True)
        exact = [Fraction(p, w) for p, w in pairs]
        by_value = sorted(range(len(exact)), key=exact.__getitem__)
        for values in (rows, part, whole):
            values[of_run] = values[of_run][by_value]
    other = (np.diff(part) != 0) | (np.diff(whole) != 0)
    key[rows] = np.concatenate(([0], np.cumsum(other)))[: rows.size]
    return key
