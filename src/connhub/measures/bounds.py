"""Amounts between bounds: what missing transactions and errors in amounts leave open. Pure maths.

What was counted is a lower bound where transactions are missing, since these only add. What a
firm reports in all is an upper one: the part that the counted transactions do not explain, and
no more, can be missing. Errors in the amounts widen this to both sides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "Bounds",
    "bonferroni_quantile",
    "error_bounds",
    "error_variance",
    "missing_bounds",
    "share_bounds",
]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
_PARTS = 1_000_000
"""A share is taken to a millionth, rounded up, so that money stays whole and bounds stay bounds."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """The lowest and the highest value that each of n items may have.

    Parameters
    ----------
    low, high : ndarray of int64 or float64, shape (n,)
    """

    low: npt.NDArray[Any]
    high: npt.NDArray[Any]

    def take(self, rows: npt.NDArray[Any]) -> Bounds:
        """Those of some items.

        Parameters
        ----------
        rows : ndarray of int64 or bool

        Returns
        -------
        Bounds

        Examples
        --------
        >>> Bounds(np.array([1, 2]), np.array([3, 4])).take(np.array([1])).high.tolist()
        [4]
        """
        return Bounds(self.low[rows], self.high[rows])


def missing_bounds(counted: Int, unexplained: Int, share: float = 1.0) -> Bounds:
    """Bound amounts of which a part may be missing.

    S lies in [counted, counted + share · unexplained]: missing transactions only add, and what a
    firm reports leaves room for no more. Missing returns are not covered.

    Parameters
    ----------
    counted : ndarray of int64, shape (n,)
        For instance the out-of-region sales of each firm.
    unexplained : ndarray of int64, shape (n,)
        What each reports in all minus all that was counted of it, 0 or more.
    share : float
        Up to which share of the unexplained may belong to the amount, 0 to 1; taken to a
        millionth, rounded up.

    Returns
    -------
    Bounds
        int64, shape (n,).

    Examples
    --------
    >>> bounds = missing_bounds(np.array([100, 30]), np.array([0, 201]), 0.5)
    >>> bounds.low.tolist(), bounds.high.tolist()
    ([100, 30], [100, 131])
    """
    parts = math.ceil(round(share * _PARTS, 6))
    part, of = parts // math.gcd(parts, _PARTS), _PARTS // math.gcd(parts, _PARTS)
    if float(unexplained.max(initial=0)) * part < 2.0**53:
        # Exact in float64, and far sooner: a quotient that is no whole number is at least 1 / of
        # from one, and rounded by less.
        missing = np.ceil(unexplained.astype(np.float64) * part / of)
        return Bounds(counted, counted + missing.astype(np.int64))
    whole, rest = np.divmod(unexplained, _PARTS)
    return Bounds(counted, counted + whole * parts - (-rest * parts) // _PARTS)


def error_variance(amount: Int, item: Int, size: int, relative_error: float) -> Float:
    """Variance of sums of amounts that were each measured with an error.

    With independent errors of relative standard deviation δ, the variance of a sum of amounts x
    is estimated by the sum of x² δ² / (1 + δ²): E x² is (1 + δ²) times the square of the truth.

    Parameters
    ----------
    amount : ndarray of int64, shape (pairs,)
        Amount of each pair of firms.
    item : ndarray of int64, shape (pairs,)
        The sum that each belongs to, 0 to `size` - 1.
    size : int
    relative_error : float
        δ.

    Returns
    -------
    ndarray of float64, shape (size,)

    Examples
    --------
    >>> error_variance(np.array([30, 40, 5]), np.array([0, 0, 1]), 3, 1.0).tolist()
    [1250.0, 12.5, 0.0]
    """
    part = relative_error**2 / (1 + relative_error**2)
    squares = part * amount.astype(np.float64) ** 2
    return np.bincount(item, squares, minlength=size).astype(np.float64)


def bonferroni_quantile(intervals: int, confidence: float = 0.95) -> float:
    """How many standard deviations hold all of some intervals at once.

    z = Φ⁻¹(1 - (1 - confidence) / (2 · intervals)), for two-sided intervals. It holds whatever
    the dependence between them.

    Parameters
    ----------
    intervals : int
    confidence : float
        With which all hold together, 0 to 1.

    Returns
    -------
    float

    References
    ----------
    Dunn, O. J. (1961). Multiple comparisons among means. Journal of the American Statistical
    Association 56.

    Examples
    --------
    >>> round(bonferroni_quantile(1), 2), round(bonferroni_quantile(1500), 2)
    (1.96, 4.15)
    """
    from scipy.special import ndtri

    return float(-ndtri((1 - confidence) / (2 * max(intervals, 1))))


def error_bounds(amount: npt.NDArray[Any], variance: Float, quantile: float) -> Bounds:
    """Bound sums of amounts that were measured with errors.

    S lies in S · exp(± z · sqrt(ln(1 + V / S²))), the interval of a log-normal sum; where S is
    not positive (returns), in S ± z · sqrt(V).

    Parameters
    ----------
    amount : ndarray of int64, shape (n,)
    variance : ndarray of float64, shape (n,)
        V, from `error_variance`.
    quantile : float
        z, from `bonferroni_quantile`.

    Returns
    -------
    Bounds
        float64, shape (n,).

    Examples
    --------
    >>> bounds = error_bounds(np.array([100, 0]), np.array([2500.0, 0.0]), 2.0)
    >>> bounds.low.round(1).tolist(), bounds.high.round(1).tolist()
    ([38.9, 0.0], [257.2, 0.0])
    """
    sums = amount.astype(np.float64)
    positive = sums > 0
    with np.errstate(over="ignore"):  # a sum of tiny amounts and large returns: no upper bound
        squared = np.where(positive, sums, 1.0) ** 2
        factor = np.exp(quantile * np.sqrt(np.log1p(variance / squared)))
        around = quantile * np.sqrt(variance)
        low = np.where(positive, sums / factor, sums - around)
        high = np.where(positive, sums * factor, sums + around)
    return Bounds(low, high)


def share_bounds(
    amount: Bounds,
    region: Int,
    regions: int,
    *,
    whole: npt.NDArray[Any] | None = None,
    rows: Int | None = None,
) -> Bounds:
    """Bound the shares of firms in the sum over their regions.

    The share S / (S + R) of a firm moves one way with its amount S and one way with the sum R of
    the others: it is lowest and highest at the ends of both. Where no amount is negative it lies
    between low_f / (low_f + Σ high_g) and high_f / (high_f + Σ low_g), sums over g ≠ f.

    Parameters
    ----------
    amount : Bounds
        Of n firms: all that add up to the sums.
    region : ndarray of int64, shape (n,)
        0 to `regions` - 1.
    regions : int
    whole : ndarray, shape (n,), optional
        What to divide by instead, where it is given and does not change.
    rows : ndarray of int64, shape (m,), optional
        Firms whose shares are asked for; all by default.

    Returns
    -------
    Bounds
        float64, shape (n,) or (m,); infinite where the sum may be 0 or less.

    Examples
    --------
    >>> amount = Bounds(np.array([60, 40]), np.array([60, 140]))
    >>> shares = share_bounds(amount, np.array([0, 0]), 1)
    >>> shares.low.tolist(), shares.high.round(2).tolist()
    ([0.3, 0.4], [0.6, 0.7])
    """
    some = slice(None) if rows is None else rows
    own = Bounds(amount.low[some], amount.high[some])
    if whole is None:
        sums = [_sums(v, region, regions) for v in (amount.low, amount.high)]
        lowest, highest = (of_region[region[some]] for of_region in sums)
        others = (lowest - own.low, highest - own.high)
        ratios = [_ratio(own.low, own.low + others[1]), _ratio(own.high, own.high + others[0])]
        if own.low.min(initial=0) < 0 or any(rest.min(initial=0) < 0 for rest in others):
            ratios.append(_ratio(own.low, own.low + others[0]))
            ratios.append(_ratio(own.high, own.high + others[1]))
    else:
        lowest = whole[some]
        ratios = [_ratio(end, lowest) for end in (own.low, own.high)]
    unsure = lowest <= 0  # where it is not, nothing is divided by 0 or less
    low, high = reduce(np.minimum, ratios), reduce(np.maximum, ratios)
    return Bounds(np.where(unsure, -np.inf, low), np.where(unsure, np.inf, high))


def _sums(values: npt.NDArray[Any], region: Int, regions: int) -> npt.NDArray[Any]:
    """Sums by region: exact where the values are whole."""
    sums = np.zeros(regions, dtype=values.dtype)
    np.add.at(sums, region, values)
    return sums


def _ratio(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Float:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Float = part / whole
    return ratio
