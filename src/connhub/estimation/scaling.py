"""Amounts of links from the totals of firms: minimum relative entropy, by scaling."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from connhub.estimation.links import Float, Int, Links

__all__ = ["ROUNDS", "Margins", "Scaled", "scale"]

Margins = Literal["exact", "at_most", "soft"]
ROUNDS = 30
"""After as many estimates are stable; totals may be met better yet."""
_VISITS = 3 * 10**8
"""Of links, that more rounds may cost."""


@dataclass(frozen=True, eq=False)
class Scaled:
    """Amounts of links, prior times a factor of the seller and one of the buyer.

    Parameters
    ----------
    links : Links
    factors : ndarray of float64, shape (2, n)
        Of sellers and buyers.
    amounts : ndarray of float64, shape (m,)
    rounds : int
    converged : bool
        Whether no factor changed by more than the tolerance in the last round.
    """

    links: Links
    factors: Float
    amounts: Float
    rounds: int
    converged: bool

    @cached_property
    def sums(self) -> Float:
        """What each firm sells and buys, shape (2, n)."""
        return self.links.sums(self.amounts)

    def misses(self, totals: Int) -> Float:
        """By how much the sums differ from the totals, relatively; 0 where no total is known.

        Parameters
        ----------
        totals : ndarray of int64, shape (2, n)
            Below 0 where not known.

        Returns
        -------
        ndarray of float64, shape (2, n)
        """
        reached: Float = np.zeros(totals.shape)
        np.divide(self.sums - totals, totals, out=reached, where=totals > 0)
        return reached


def scale(
    links: Links,
    prior: Float,
    totals: Int,
    margins: Margins = "exact",
    *,
    soft_weight: float = 4.0,
    factors: Float | None = None,
    tolerance: float = 1e-10,
    rounds: int | None = None,
) -> Scaled:
    """Scale a prior to the totals of sellers and buyers (iterative proportional fitting).

    Of all amounts x whose sums are the totals, those with the least relative entropy to the prior
    q, sum of x ln(x/q) - x + q over the links, have the form x_ij = q_ij u_i w_j. In turn

    u_i = g(s_i / sum over j of q_ij w_j),   w_j = g(p_j / sum over i of q_ij u_i)

    with g(t) = t for exact totals, min(1, t) where they are upper limits, and t ** (L / (1 + L))
    for soft ones, which add L times their own relative entropy. A firm without a total keeps the
    factor 1.

    Parameters
    ----------
    links : Links
    prior : ndarray of float64, shape (m,)
        q, above 0. With exact totals of all firms a factor of a firm changes nothing.
    totals : ndarray of int64, shape (2, n)
        s and p of each firm; below 0 where not known.
    margins : {"exact", "at_most", "soft"}
    soft_weight : float
        L.
    factors : ndarray of float64, shape (2, n), optional
        To begin with; changed in place. By default 1; of buyers with limits, such that both sides
        will have about the same.
    tolerance : float
        Largest relative change of a factor at which the work is done.
    rounds : int, optional
        The most; by default as many as 3 * 10**8 visits to links are, at least `ROUNDS`.

    Returns
    -------
    Scaled

    References
    ----------
    Deming & Stephan, Annals of Mathematical Statistics 11, 427 (1940). Chizat, Peyré, Schmitzer &
    Vialard, Mathematics of Computation 87, 2563 (2018), for the soft form.

    Examples
    --------
    Firm 0 sells 30 and firm 1 sells 10, to firms 2 and 3 that buy 20 each.

    >>> links = Links.of(np.array([0, 0, 1, 1]), np.array([2, 3, 2, 3]), 4)
    >>> totals = np.array([[30, 10, 0, 0], [0, 0, 20, 20]])
    >>> scale(links, np.ones(4), totals).amounts
    array([15., 15.,  5.,  5.])
    >>> scale(links, np.full(4, 6.0), totals, "at_most").amounts
    array([6., 6., 5., 5.])
    """
    from connhub.estimation.loops import MARGINS, scale_round, write_amounts

    if factors is None:
        factors = np.ones(totals.shape)
        if margins == "at_most":
            factors[1] = _middle(prior, totals)
    if rounds is None:
        rounds = max(ROUNDS, _VISITS // max(1, links.size))
    sellers, buyers = factors[0], np.stack((factors[1], np.zeros(links.firms)), axis=1)
    kind, power = MARGINS.index(margins), soft_weight / (1 + soft_weight)
    change, done = 1.0, 0
    while done < rounds and change > tolerance:
        change = scale_round(links.start, links.buyer, prior, totals, sellers, buyers, kind, power)
        done += 1
    factors[1] = buyers[:, 0]
    amounts = np.empty(links.size)
    write_amounts(links.start, links.buyer, prior, factors, amounts)
    return Scaled(links, factors, amounts, done, change <= tolerance)


def _middle(prior: Float, totals: Int) -> float:
    """A factor of buyers at which sellers, to meet their limits, will need about the same.

    Factors under limits end at 1. Where sellers take on all that is to be scaled down, buyers begin
    at that end, and return from it slowly: hundreds of rounds for what takes 30 from here.
    """
    limit = max(float(side[side > 0].sum()) for side in totals)
    most = float(prior.sum())
    return float(np.sqrt(limit / most)) if 0 < limit < most else 1.0
