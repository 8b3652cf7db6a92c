"""Where the partners of a newcomer are: as the sizes of regions and their distance say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connhub.errors import Fault, OptionError
from connhub.regions.codes import PREFECTURES
from connhub.regions.distances import NEAR, great_circles
from connhub.scenario.economy import Economy

__all__ = ["Gravity", "fit_gravity"]

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
_ROUNDS = 100


@dataclass(frozen=True, eq=False)
class Gravity:
    """A fitted law of gravity.

    Parameters
    ----------
    size, distance : float
        β and δ: the trade with region q goes as (size of q)^β · distance^-δ.
    shares : ndarray of float64, shape (R,)
        Of each region in the trade of a firm of the place; they add up to 1.
    pairs : int
        Pairs of regions it was fitted on.
    """

    size: float
    distance: float
    shares: Float
    pairs: int


def fit_gravity(economy: Economy, place: int, firms: Int, *, selling: bool) -> Gravity:
    """Fit how firms of an industry spread their trade over regions, by Poisson regression.

    E X_pq = exp(a_p + β ln P_q − δ ln(d_pq + 10 km)), with X_pq the purchases of the firms of p
    from suppliers in q (or their sales to customers there), P_q all sales (purchases) of q, and
    d_pq between the capitals of the prefectures. Poisson pseudo-maximum likelihood, by Newton
    steps; the a_p are those that meet the sums of each p.

    Parameters
    ----------
    economy : Economy
    place : int
        Region of the newcomer.
    firms : ndarray of int64
        Those of the industry.
    selling : bool
        Whether partners are suppliers, who sell.

    Returns
    -------
    Gravity

    Raises
    ------
    OptionError
        When the regions are no prefectures, or the firms trade in too few of them.

    References
    ----------
    J. M. C. Santos Silva, S. Tenreyro, The log of gravity, Review of Economics and Statistics 88
    (2006), 641-658.
    """
    codes = economy.firms.regions.codes
    if not set(codes) <= set(PREFECTURES):
        raise OptionError(Fault("scenario.gravity_needs_prefectures"))
    size = len(codes)
    own, other = economy.buyer, economy.seller
    if not selling:
        own, other = other, own
    among = np.zeros(economy.nodes.region.size, dtype=np.bool_)
    among[firms] = True
    p, q = economy.region[own], economy.region[other]
    chosen = among[own] & (economy.amount > 0) & (np.maximum(p, q) < size)
    flat = np.bincount(p[chosen] * size + q[chosen], economy.amount[chosen], size * size)
    flows = flat.reshape(size, size)
    mass = np.bincount(economy.region, economy.traded[0 if selling else 1], size + 2)[:size]
    rows, columns = np.flatnonzero(flows.sum(axis=1)), np.flatnonzero(mass)
    if rows.size * columns.size < 4 or columns.size < 3:
        raise OptionError(Fault("scenario.gravity_without_flows"))
    capitals = [(PREFECTURES[code].latitude, PREFECTURES[code].longitude) for code in codes]
    nearness = -np.log(great_circles(np.array(capitals))[:, columns] + NEAR)
    terms = np.stack([np.broadcast_to(np.log(mass[columns]), nearness.shape), nearness])
    beta = _poisson(flows[np.ix_(rows, columns)].astype(np.float64), terms[:, rows])
    law = np.zeros(size)
    logs = np.tensordot(beta, terms[:, place], 1)
    law[columns] = np.exp(logs - logs.max())
    return Gravity(float(beta[0]), float(beta[1]), law / law.sum(), rows.size * columns.size)


def _poisson(flows: Float, terms: Float) -> Float:
    """Coefficients of terms (k, rows, columns) that fit flows with an effect for each row."""
    sums = flows.sum(axis=1, keepdims=True)
    beta = np.zeros(terms.shape[0])
    for _ in range(_ROUNDS):
        logs = np.tensordot(beta, terms, 1)
        expected = np.exp(logs - logs.max(axis=1, keepdims=True))
        expected *= sums / expected.sum(axis=1, keepdims=True)
        weights = expected / sums
        centred = terms - (terms * weights).sum(axis=2, keepdims=True)
        slope = np.einsum("kij,ij->k", terms, flows - expected)
        curve = np.einsum("kij,lij,ij->kl", centred, centred, expected)
        step = np.linalg.lstsq(curve, slope, rcond=None)[0]
        step /= max(1.0, float(np.abs(step).max()))  # no leap
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    fitted: Float = beta
    return fitted
