"""Flows that the sizes of the regions alone explain: quasi-independence, the diagonal left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["expected_flows", "why_no_fit"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Contradiction = Literal["negative_sums", "negative_trade_of_others"]
_DIGITS = 120
"""Of the arithmetic. Sums below 2^63 cancel at most 38 digits, and a margin may hang on 35."""
_NARROW = Decimal(10) ** -50


def why_no_fit(sold: Int, bought: Int) -> tuple[Contradiction, Int] | None:
    """Which sums no flows without a negative one can have, and of which regions.

    Flows between different regions have the row sums r and the column sums c if and only if
    r_k >= 0, c_k >= 0, and sum of r - r_k - c_k >= 0, which is the trade among all others, for
    every region k. Only returns can make one of them negative.

    Parameters
    ----------
    sold, bought : ndarray of int64, shape (R,)
        Row and column sums, the diagonal left out.

    Returns
    -------
    tuple of str and ndarray of int64, or None
        ``"negative_sums"`` or ``"negative_trade_of_others"``, and the positions of the regions;
        None where the sums are those of some flows.

    Examples
    --------
    >>> why_no_fit(np.array([4, -3, 9]), np.array([2, 8, 0]))
    ('negative_sums', array([1]))
    >>> why_no_fit(np.array([4, 0, 0]), np.array([0, 1, 3])) is None
    True
    """
    if (negative := np.flatnonzero((sold < 0) | (bought < 0))).size:
        return "negative_sums", negative
    negative = np.flatnonzero(sold.sum() - sold - bought < 0)
    return ("negative_trade_of_others", negative) if negative.size else None


def expected_flows(flows: Int) -> Float:
    """Flows that the sums of rows and columns alone explain, the diagonal left out.

    e_pq = a_p b_q for p != q, with the row sums r and column sums c of `flows`: the limit of
    iterative proportional fitting, which here is solved for. With a_p = w u_p, b_q = v_q, sum of
    u = sum of v = 1, every region satisfies r = w u (1 - v) and c = w v (1 - u), so that u is a
    root of w u^2 - (w + r - c) u + r = 0. It is the smaller one for all regions but perhaps k,
    that with the largest (sqrt(r) + sqrt(c))^2. What is left is one equation,

    sum over p != q, neither of them k, of w u_p(w) v_q(w) = sum of r - r_k - c_k

    whose left side falls strictly in w from w = (sqrt(r_k) + sqrt(c_k))^2 on: the only root is
    bracketed, and found in decimal arithmetic of so many digits that nothing cancels. Where the
    right side is 0, all trade is with k, and those flows are the limit.

    Parameters
    ----------
    flows : ndarray of int64, shape (R, R)
        The diagonal is not looked at.

    Returns
    -------
    ndarray of float64, shape (R, R)
        The diagonal is 0; row and column sums are within 1e-9 of r and c, relatively. All NaN
        where returns have made a sum negative: `why_no_fit`.

    References
    ----------
    Y. M. M. Bishop, S. E. Fienberg, P. W. Holland, Discrete Multivariate Analysis (1975), ch. 5.

    Examples
    --------
    >>> expected_flows(np.array([[0, 30], [10, 0]]))
    array([[ 0., 30.],
           [10.,  0.]])
    """
    outside = flows - np.diag(np.diag(flows))
    sold, bought = outside.sum(axis=1), outside.sum(axis=0)
    if why_no_fit(sold, bought) is not None:
        return np.full(flows.shape, np.nan)
    largest = int((sold + bought).argmax()) if sold.size else 0
    expected = np.zeros(flows.shape)
    if sold.sum() == (sold + bought).max(initial=0):
        expected[largest], expected[:, largest] = bought, sold
    else:
        np.outer(*_factors(sold.tolist(), bought.tolist()), out=expected)
    np.fill_diagonal(expected, 0)
    return expected


def _factors(sold: Sequence[int], bought: Sequence[int]) -> tuple[Float, Float]:
    """The a and b of the equation."""
    with localcontext() as context:
        context.prec = _DIGITS
        r, c = [Decimal(s) for s in sold], [Decimal(b) for b in bought]
        least = [s + b + 2 * (s * b).sqrt() for s, b in zip(r, c, strict=True)]
        k = max(range(len(least)), key=least.__getitem__)
        others = [(s, b) for p, (s, b) in enumerate(zip(r, c, strict=True)) if p != k]
        among_others = sum(r) - r[k] - c[k]

        def roots(w: Decimal) -> tuple[list[Decimal], list[Decimal]]:
            return [_root(w, s, b) for s, b in others], [_root(w, b, s) for s, b in others]

        def shortfall(w: Decimal) -> Decimal:
            u, v = roots(w)
            same = sum((x * y for x, y in zip(u, v, strict=True)), Decimal())
            return among_others / (w * (sum(u) * sum(v) - same)) - 1

        w = _rising_zero(shortfall, least[k])
        u, v = roots(w)
        of_k = r[k] / (w * sum(v)), c[k] / (w * sum(u))
        u.insert(k, of_k[0])
        v.insert(k, of_k[1])
        return np.array([float(w * x) for x in u]), np.array([float(y) for y in v])


def _root(w: Decimal, own: Decimal, other: Decimal) -> Decimal:
    """The smaller root of w u^2 - (w + own - other) u + own = 0."""
    if not own:
        return own
    linear = w + own - other
    return 2 * own / (linear + max(linear**2 - 4 * w * own, Decimal()).sqrt())


def _rising_zero(function: Callable[[Decimal], Decimal], low: Decimal) -> Decimal:
    """Where a rising function, not positive at `low`, is 0: by secants that stay in the bracket.

    An end that stays twice has its value halved (the Illinois method), so both ends move in.
    """
    at_low = at_high = function(low)
    high = low
    while at_high < 0:
        low, at_low, high = high, at_high, 2 * high
        at_high = function(high)
    last = Decimal()
    while at_high > 0 and high - low > _NARROW * high:
        between = (low * at_high - high * at_low) / (at_high - at_low)
        value = function(between)
        stays_again = value * last > 0
        if value < 0:
            low, at_low = between, value
            at_high = at_high / 2 if stays_again else at_high
        else:
            high, at_high = between, value
            at_low = at_low / 2 if stays_again else at_low
        last = value
    return high
