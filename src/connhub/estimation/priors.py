"""What is expected of a link before the totals: from its two firms, and from known amounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from connhub.estimation.links import Float, Int, Links
from connhub.regions.distances import NEAR, great_circles

__all__ = ["Prior", "Traits", "fit_prior", "industry_pairs", "pair_terms", "size_terms"]

_DOUBT = 10.0
"""Known amounts whose weight a term of size 0 has: with fewer, little is believed."""
Codes = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Traits:
    """What is known of n firms; codes below 0 where it is not.

    Parameters
    ----------
    region, industry, group : ndarray of int32, shape (n,)
    coordinates : ndarray of float64, shape (regions, 2), or None
        Latitude and longitude of each region, in degrees.
    """

    region: Codes
    industry: Codes
    group: Codes
    coordinates: Float | None = None


@dataclass(frozen=True, eq=False)
class Prior:
    """Expected amounts of links; under exact totals only their ratios count.

    Parameters
    ----------
    values : ndarray of float64, shape (m,)
    terms : mapping of str to float
        Elasticity or effect of each term, on the logarithm of the amount.
    known : int
        Amounts it was fitted on; 0 for a flat one.
    """

    values: Float
    terms: Mapping[str, float] = field(default_factory=dict)
    known: int = 0


def pair_terms(links: Links, traits: Traits) -> dict[str, Float]:
    """Terms of pairs: distance, same region, same group.

    Parameters
    ----------
    links : Links
    traits : Traits

    Returns
    -------
    dict of str to ndarray of float64, shape (m,)
        Terms that do not differ between links are left out.

    Examples
    --------
    >>> traits = Traits(*(np.array([0, 0, 1], np.int32) for _ in range(3)))
    >>> pair_terms(Links.of(np.array([0, 0]), np.array([1, 2]), 3), traits)["same_region"].tolist()
    [1.0, 0.0]
    """
    found: dict[str, Float] = {}
    for name in ("region", "group"):
        codes = getattr(traits, name)
        one, other = codes[links.seller], codes[links.buyer]
        found[f"same_{name}"] = ((one == other) & (one >= 0)).astype(np.float64)
    if traits.coordinates is not None:
        kilometres = great_circles(traits.coordinates)
        typical = float(np.median(kilometres))
        # a region that is not known, the last: as far as most
        logs = np.log(NEAR + np.pad(kilometres, (0, 1), constant_values=typical))
        found["distance"] = logs[traits.region[links.seller], traits.region[links.buyer]]
    return {name: values for name, values in found.items() if np.ptp(values) > 0}


def industry_pairs(links: Links, traits: Traits) -> Int:
    """One code for the industries of seller and buyer; -1 where one is not known.

    Parameters
    ----------
    links : Links
    traits : Traits

    Returns
    -------
    ndarray of int64, shape (m,)
    """
    seller, buyer = (traits.industry[ends].astype(np.int64) for ends in (links.seller, links.buyer))
    return np.where((seller < 0) | (buyer < 0), -1, seller * (1 + buyer.max(initial=0)) + buyer)


def size_terms(links: Links, totals: Int) -> dict[str, Float]:
    """Terms of the two firms' sizes, for totals that are not met exactly.

    Parameters
    ----------
    links : Links
    totals : ndarray of int64, shape (2, n)
        Below 0 where not known: such firms count as the average one.

    Returns
    -------
    dict of str to ndarray of float64, shape (m,)
        Logarithms of the seller's sales, the buyer's purchases, and the numbers of their links.
    """
    found: dict[str, Float] = {}
    numbers = links.sums(np.ones(links.size))
    for side, (ends, firm, money) in enumerate(
        ((links.seller, "seller", "sales"), (links.buyer, "buyer", "purchases"))
    ):
        logs = np.log(np.maximum(totals[side], 1))
        given = totals[side] > 0
        logs[~given] = logs[given].mean() if given.any() else 0
        found[f"{firm}_{money}"] = logs[ends]
        found[f"{firm}_links"] = np.log(np.maximum(numbers[side], 1))[ends]
    return {name: values for name, values in found.items() if np.ptp(values) > 0}


def fit_prior(terms: Mapping[str, Float], industries: Int, logs: Float, known: Int) -> Prior:
    """Fit expected amounts to known ones, by ridge regression on logarithms.

    ln q = c + sum of b_k z_k + d(industries of seller and buyer), where each term is drawn towards
    0 as if ten known amounts said so: few known amounts move the prior little.

    Parameters
    ----------
    terms : mapping of str to ndarray of float64, shape (m,)
    industries : ndarray of int64, shape (m,)
        One code for the industries of seller and buyer of each link; below 0 where not known.
    logs : ndarray of float64, shape (k,)
        Logarithms of the known amounts, or of how far they are above an estimate without terms.
    known : ndarray of int64, shape (k,)
        The links that they belong to; at least one.

    Returns
    -------
    Prior

    Examples
    --------
    Links in the same region carry e times as much.

    >>> near = np.tile([0.0, 1], 50)
    >>> prior = fit_prior({"same_region": near}, np.full(100, -1), near[:90], np.arange(90))
    >>> round(prior.terms["same_region"], 2), float(round(prior.values[1] / prior.values[0], 2))
    (0.9, 2.46)
    """
    level = float(logs.mean())
    values, rest = np.full(industries.size, level), logs - level
    effects: dict[str, float] = {}
    if terms:
        columns = [terms[name] for name in terms]
        means = np.array([column[known].mean() for column in columns])
        spreads = np.array([max(float(column[known].std()), 1e-9) for column in columns])
        table = np.stack([column[known] for column in columns], axis=1)
        table = (table - means) / spreads
        gram = table.T @ table + _DOUBT * np.eye(len(columns))
        slopes = np.linalg.solve(gram, table.T @ rest)
        rest = rest - table @ slopes
        for name, column, mean, slope in zip(terms, columns, means, slopes / spreads, strict=True):
            effects[name] = float(slope)
            values += slope * (column - mean)
    pairs = 2 + int(industries.max(initial=-1))  # the last, -1, is not known
    sums = np.bincount(industries[known] % pairs, rest, pairs)
    counts = np.bincount(industries[known] % pairs, minlength=pairs)
    of_pair = sums / (counts + _DOUBT)
    of_pair[-1] = 0
    values += of_pair[industries]
    return Prior(np.exp(values, out=values), effects, int(known.size))
