"""What is known and what is wanted: links, known amounts, totals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from connhub.estimation.links import Float, Int, Links, Mask
from connhub.estimation.priors import (
    Prior,
    Traits,
    fit_prior,
    industry_pairs,
    pair_terms,
    size_terms,
)
from connhub.estimation.scaling import ROUNDS, Margins, Scaled, scale

__all__ = ["Fit", "PriorLearner", "Problem", "fit"]

_LEVELS, _FINE = (-4.0, 8.0), 0.003
"""Logarithms between which the level of a prior is looked for, and how finely."""
_LEAST = 1e-9


@dataclass(frozen=True, eq=False)
class Problem:
    """Links of which some have amounts, and the totals of their firms.

    Parameters
    ----------
    links : Links
        All of them, m.
    amounts : ndarray of int64, shape (m,)
        0 where not known.
    known : ndarray of bool, shape (m,)
    totals : ndarray of int64, shape (2, n)
        Sales and purchases of each firm, its known amounts at least; below 0 where not known.
    traits : Traits
    margins : {"exact", "at_most", "soft"}
    soft_weight : float
    """

    links: Links
    amounts: Int
    known: Mask
    totals: Int
    traits: Traits
    margins: Margins
    soft_weight: float = 4.0

    def hide(self, hidden: Mask) -> Problem:
        """The same with some known amounts hidden."""
        return replace(self, known=self.known & ~hidden)

    def left(self) -> Int:
        """What the links without amounts of each firm come to, shape (2, n); below 0: not known.

        A total says nothing of a firm whose links all have amounts.
        """
        wanted = self.links.sums((~self.known).astype(np.int64))
        left = self.totals - self.links.sums(np.where(self.known, self.amounts, 0))
        return np.where((self.totals < 0) | (wanted == 0), -1, np.maximum(left, 0))


@dataclass(frozen=True, eq=False)
class Fit:
    """The estimate of all links without amounts.

    Parameters
    ----------
    scaled : Scaled
        Of the links without amounts.
    prior : ndarray of float64
        Of the same links.
    left : ndarray of int64, shape (2, n)
        Their totals; below 0 where not known.
    margins : {"exact", "at_most", "soft"}
    soft_weight : float
    """

    scaled: Scaled
    prior: Float
    left: Int
    margins: Margins
    soft_weight: float


def fit(
    problem: Problem, prior: Float, factors: Float | None = None, rounds: int | None = None
) -> Fit:
    """Estimate the links without amounts.

    Parameters
    ----------
    problem : Problem
    prior : ndarray of float64, shape (m,)
        Of all links.
    factors : ndarray of float64, shape (2, n), optional
        To begin with, from a fit of nearly the same.
    rounds : int, optional
        The most; by default as for `scale`.

    Returns
    -------
    Fit
    """
    wanted, left = ~problem.known, problem.left()
    links, chosen = problem.links.take(wanted), prior[wanted]
    begin = None if factors is None else np.where(left < 0, 1.0, factors)
    scaled = scale(
        links,
        chosen,
        left,
        problem.margins,
        soft_weight=problem.soft_weight,
        factors=begin,
        rounds=rounds,
    )
    return Fit(scaled, chosen, left, problem.margins, problem.soft_weight)


class PriorLearner:
    """Fits priors on known amounts of a problem.

    Under exact totals what a single firm adds changes nothing, so only terms of pairs are fitted:
    on how far known amounts are above an estimate from totals alone, made with all of them hidden.
    Otherwise the two firms' sizes and the level decide; the level is the one at which the
    estimate of the known amounts, all hidden, comes to their sum.

    Parameters
    ----------
    problem : Problem
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.known = np.flatnonzero(problem.known & (problem.amounts > 0))
        self.hidden = problem.hide(problem.known)
        self.terms = pair_terms(problem.links, problem.traits)
        if problem.margins != "exact":
            self.terms |= size_terms(problem.links, problem.totals)
        self.industries = industry_pairs(problem.links, problem.traits)

    @cached_property
    def logs(self) -> Float:
        """What the prior is fitted to, by known amount."""
        logs: Float = np.log(self.problem.amounts[self.known])
        if self.problem.margins == "exact":
            flat = fit(self.hidden, np.ones(self.problem.links.size), rounds=ROUNDS).scaled
            logs = logs - np.log(np.maximum(flat.amounts[self.known], _LEAST))
        return logs

    def learn(self, chosen: Mask | None = None) -> Prior:
        """A prior from some of the known amounts, by default all; flat where there are none."""
        if chosen is None:
            chosen = np.ones(self.known.size, dtype=bool)
        if not chosen.any():
            return Prior(np.ones(self.problem.links.size))
        prior = fit_prior(self.terms, self.industries, self.logs[chosen], self.known[chosen])
        return replace(prior, values=prior.values * self.level)

    @cached_property
    def level(self) -> float:
        """What a prior of all known amounts is multiplied by, to come to their sum."""
        if self.problem.margins == "exact":
            return 1.0
        from scipy.optimize import brentq

        prior = fit_prior(self.terms, self.industries, self.logs, self.known)
        total = float(self.problem.amounts[self.known].sum())

        @cache
        def above(level: float) -> float:
            found = fit(self.hidden, prior.values * np.exp(level), rounds=ROUNDS).scaled
            return float(np.log(max(found.amounts[self.known].sum(), _LEAST) / total))

        low, high = map(above, _LEVELS)
        if low >= 0 or high <= 0:  # out of reach: as near as can be
            return float(np.exp(_LEVELS[0 if low >= 0 else 1]))
        return float(np.exp(brentq(above, *_LEVELS, xtol=_FINE)))
