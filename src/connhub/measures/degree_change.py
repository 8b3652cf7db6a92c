"""The change of a share, split exactly into the firm's own part and that of its region: pure maths.

A degree is a quotient, c = S / D: it moves because the firm's amount S moves, and because the
region's sum D does. Each splitting below adds up to the whole change, and changes its sign where
the two years are swapped.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from connhub.quotients import quotient

__all__ = ["growth_rate", "log_mean_effects", "log_mean_factors", "shapley_effects"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Pair = tuple[Int, Int]
"""Values before and after, each of shape (n,)."""


def shapley_effects(part: Pair, whole: Pair) -> tuple[Float, Float]:
    """Split the change of part / whole by the mean of both orders in which the two could change.

    own = (S1 - S0) (1/D0 + 1/D1) / 2

    region = (S0 + S1) / 2 * (1/D1 - 1/D0)

    Parameters
    ----------
    part, whole : pair of ndarrays of int64, shape (n,)
        S and D, before and after. S may be 0 or negative.

    Returns
    -------
    own, region : ndarray of float64, shape (n,)
        They add up to S1/D1 - S0/D0; NaN where a whole is not positive.

    References
    ----------
    L. S. Shapley, A value for n-person games, 1953.

    Examples
    --------
    Out-of-region sales of 120, then 150, in a region of 2000, then 2300.

    >>> before_after = [(np.array([120]), np.array([150])), (np.array([2000]), np.array([2300]))]
    >>> [round(effect.item(), 8) for effect in shapley_effects(*before_after)]
    [0.01402174, -0.00880435]
    """
    (s0, s1), (d0, d1) = part, whole
    defined = (d0 > 0) & (d1 > 0)
    one = np.ones_like(d0)
    inverse0, inverse1 = quotient(one, d0), quotient(one, d1)
    own = (s1 - s0) * ((inverse0 + inverse1) / 2)
    # over a common denominator: little is left of the difference of two inverses
    difference = (d0 - d1) / np.where(defined, d0.astype(np.float64) * d1, 1)
    region = ((s0.astype(np.float64) + s1) / 2) * difference
    return np.where(defined, own, np.nan), np.where(defined, region, np.nan)


def log_mean_effects(part: Pair, whole: Pair) -> tuple[Float, Float]:
    """Split the change of part / whole by logarithmic mean Divisia weights (LMDI).

    own = l ln(S1/S0), region = -l ln(D1/D0), with l = (c1 - c0) / ln(c1/c0)

    Parameters
    ----------
    part, whole : pair of ndarrays of int64, shape (n,)
        As for `shapley_effects`.

    Returns
    -------
    own, region : ndarray of float64, shape (n,)
        They add up to the change; NaN where a whole is not positive, or a part is negative. Where a
        part is 0 they are the limits: all is the firm's own.

    References
    ----------
    B. W. Ang, The LMDI approach to decomposition analysis: a practical guide, Energy Policy 33
    (2005). Zeros: R. Wood, M. Lenzen, Zero-value problems of the logarithmic mean Divisia index
    decomposition method, Energy Policy 34 (2006).

    Examples
    --------
    >>> before_after = [(np.array([120]), np.array([150])), (np.array([2000]), np.array([2300]))]
    >>> [round(effect.item(), 8) for effect in log_mean_effects(*before_after)]
    [0.01396264, -0.00874525]
    """
    (s0, s1), (d0, d1) = part, whole
    defined = (d0 > 0) & (d1 > 0) & (s0 >= 0) & (s1 >= 0)
    own, region = _by_log_mean(
        (quotient(s0, d0), quotient(s1, d1)), [_log_ratio(part), -_log_ratio(whole)], defined
    )
    return own, region


def log_mean_factors(part: Pair, size: Pair, sum_of_sizes: Pair, whole: Pair) -> list[Float]:
    """Split the change of part / whole into three factors by logarithmic mean weights.

    S/D = (S/s) (s/t) (t/D): how much of its sales s the firm sells outside, its share of all sales
    t of the region's firms, and how little of these the region sells outside. For purchases alike.

    Parameters
    ----------
    part, size, sum_of_sizes, whole : pair of ndarrays of int64, shape (n,)
        S, s, t and D, before and after.

    Returns
    -------
    list of three ndarrays of float64, shape (n,)
        Effects of orientation, size and the region's orientation, which add up to the change; NaN
        where a factor is undefined or negative. A firm without sales in a year has no orientation
        in it: the change is then one of size.

    References
    ----------
    As for `log_mean_effects`.

    Examples
    --------
    >>> one = lambda before, after: (np.array([before]), np.array([after]))
    >>> effects = log_mean_factors(one(120, 150), one(400, 420), one(9000, 9600), one(2000, 2300))
    >>> [round(effect.item(), 8) for effect in effects]
    [0.01090972, -0.00098541, -0.00470691]
    """
    (s0, s1), (d0, d1) = part, whole
    defined = (d0 > 0) & (d1 > 0) & (sum_of_sizes[0] > 0) & (sum_of_sizes[1] > 0)
    for amount, sales in zip(part, size, strict=True):
        defined &= (amount >= 0) & ((sales > 0) | ((sales == 0) & (amount == 0)))
    of_part, of_size = _log_ratio(part), _log_ratio(size)
    of_sum, of_whole = _log_ratio(sum_of_sizes), _log_ratio(whole)
    with np.errstate(invalid="ignore"):  # without sales: infinite twice, and no part of the change
        factors = [of_part - of_size, of_size - of_sum, of_sum - of_whole]
    return _by_log_mean((quotient(s0, d0), quotient(s1, d1)), factors, defined)


def growth_rate(before: Int, after: Int) -> Float:
    """Growth over the mean of both years: 2 (x1 - x0) / (x1 + x0), from -2 (left) to 2 (came).

    Parameters
    ----------
    before, after : ndarray of int64, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN where both are 0, or one is negative.

    References
    ----------
    S. J. Davis, J. C. Haltiwanger, S. Schuh, Job Creation and Destruction, MIT Press 1996.

    Examples
    --------
    >>> growth_rate(np.array([100, 0, 5, 0]), np.array([150, 7, 0, 0])).tolist()
    [0.4, 2.0, -2.0, nan]
    """
    defined = (before >= 0) & (after >= 0) & ((before > 0) | (after > 0))
    one, other = before.astype(np.float64), after.astype(np.float64)
    rate = np.full(before.shape, np.nan)
    np.divide(2 * (other - one), one + other, out=rate, where=defined)
    return rate


def _log_ratio(values: Pair) -> Float:
    """ln(after / before): infinite where one of them is 0, 0 where both are."""
    before, after = (np.maximum(v, 0).astype(np.float64) for v in values)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(after) - np.log(before)
    return np.where(before == after, 0.0, ratio)


def _by_log_mean(shares: tuple[Float, Float], factors: list[Float], defined: Mask) -> list[Float]:
    """Weigh logarithmic changes of factors by the logarithmic mean of the shares.

    The mean is sqrt(c0 c1) sinh(x/2) / (x/2) with x = ln(c1/c0), which needs no care where the
    shares are nearly equal. Where a share is 0, the factor that went from or to 0 has it all.
    """
    before, after = (np.where(defined, share, 1.0) for share in shares)
    positive = defined & (before > 0) & (after > 0)
    half = np.zeros(before.shape)
    np.log(after, out=half, where=positive)
    half[positive] = (half[positive] - np.log(before[positive])) / 2
    stretch = np.ones(before.shape)
    np.divide(np.sinh(half), half, out=stretch, where=half != 0)
    mean = np.sqrt(before) * np.sqrt(after) * stretch
    effects = []
    for factor in factors:
        limit = np.where(np.isinf(factor), after - before, 0.0)
        weighted = np.where(positive, mean * np.where(np.isfinite(factor), factor, 0.0), limit)
        effects.append(np.where(defined, weighted, np.nan))
    return effects
