"""How good an estimate is: known amounts hidden, estimated, and compared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from connhub.estimation.draws import Draws
from connhub.estimation.links import Float, Int, Mask
from connhub.estimation.problem import Fit, PriorLearner, fit
from connhub.estimation.scaling import ROUNDS

__all__ = ["FOLDS", "LEVELS", "STRATA", "Validation", "t_quantile", "validate"]

FOLDS = 5
LEVELS = (50, 80, 90)
"""Per cent of the intervals whose coverage is reported."""
STRATA = ("all", "small", "middle", "large")
"""All hidden amounts, and thirds of them by the seller's sales."""
USUAL_WIDTH = 1.3
"""The factor of the width where too few amounts are known to find it."""
_ENOUGH = 50
_WIDTHS = (1.0, 2.0)
_THREADS = 2
"""Each holds some numbers a link."""
_LEAST_DEVIATION, _LEAST = 1e-3, 1e-9


@dataclass(frozen=True, eq=False)
class Validation:
    """Known amounts against what was estimated with them hidden.

    Parameters
    ----------
    link : ndarray of int64, shape (k,)
        The links.
    stratum : ndarray of int8, shape (k,)
        1 to 3: small, middle or large seller.
    error : ndarray of float64, shape (k,)
        ln(amount / estimate).
    ratio : ndarray of float64, shape (k,)
        How many standard deviations of the draws, at width 1, the error is off; 0 where the
        totals determine the amount.
    deviation : float
        Standard deviation of the errors.
    width : float
        The factor of the width of the draws, kappa.
    degrees_of_freedom : int
        Of the standard deviations.
    """

    link: Int
    stratum: npt.NDArray[np.int8]
    error: Float
    ratio: Float
    deviation: float
    width: float
    degrees_of_freedom: int

    def rows(self) -> list[dict[str, float | int | str]]:
        """One row a stratum: typical factor, shares within factors, coverage of intervals."""
        found: list[dict[str, float | int | str]] = []
        for number, name in enumerate(STRATA):
            chosen = np.ones(self.link.size, dtype=bool) if not number else self.stratum == number
            off, ratio = np.abs(self.error[chosen]), self.ratio[chosen] / self.width
            row: dict[str, float | int | str] = {"stratum": name, "amounts": int(chosen.sum())}
            if off.size:
                row["typical_factor"] = float(np.exp(np.median(off)))
                row |= {f"within_{k}": float((off <= np.log(k)).mean()) for k in (2, 10)}
                row |= {
                    f"coverage_{level}": float(
                        (ratio <= t_quantile(level, self.degrees_of_freedom)).mean()
                    )
                    for level in LEVELS
                }
            found.append(row)
        return found


def t_quantile(level: int, degrees_of_freedom: int) -> float:
    """How many standard deviations an interval reaches to either side."""
    from scipy.stats import t

    return float(t.ppf(0.5 + level / 200, degrees_of_freedom))


def validate(learner: PriorLearner, whole: Fit, *, draws: int, seed: int) -> Validation | None:
    """Hide the known amounts of a fifth of the sellers at a time, and estimate them.

    The width kappa is the least from 1 to 2 at which 90% intervals cover 90% of the hidden
    amounts; 1.3 where fewer than 50 are known.

    Parameters
    ----------
    learner : PriorLearner
    whole : Fit
        Of the whole problem, to begin with.
    draws : int
        How many draws the spread is taken from.
    seed : int

    Returns
    -------
    Validation or None
        None where no amount is known.
    """
    problem, known = learner.problem, learner.known
    if not known.size:
        return None
    random = np.random.Generator(np.random.PCG64DXSM([seed, 0]))
    folds = random.permutation(problem.links.firms)[problem.links.seller[known]] % FOLDS
    with ThreadPoolExecutor(_THREADS) as pool:
        hidden = (folds == number for number in np.unique(folds))
        parts = list(pool.map(partial(_Fold.of, learner, whole), hidden))
    error, ratio = np.empty(known.size), np.empty(known.size)
    for part in parts:
        error[part.chosen] = part.error
    deviation = float(np.sqrt((error**2).mean()))
    with ThreadPoolExecutor(_THREADS) as pool:
        ratios = pool.map(lambda part: part.ratios(deviation, draws, seed), parts)
        for part, found in zip(parts, ratios, strict=True):
            ratio[part.chosen] = found
    sales = problem.totals[0, problem.links.seller[known]]
    stratum = 1 + 3 * np.argsort(np.argsort(sales, kind="stable")) // known.size
    return Validation(
        known,
        stratum.astype(np.int8),
        error,
        ratio,
        deviation,
        _width(ratio, draws - 1) if known.size >= _ENOUGH else USUAL_WIDTH,
        draws - 1,
    )


def _width(ratio: Float, degrees_of_freedom: int) -> float:
    """The least width, from 1 to 2 in thousandths, at which 90% intervals cover 90%."""
    needed = np.quantile(ratio, 0.9, method="inverted_cdf") / t_quantile(90, degrees_of_freedom)
    return float(np.clip(np.ceil(1000 * needed) / 1000, *_WIDTHS))


@dataclass(frozen=True, eq=False)
class _Fold:
    """Known amounts that are hidden together.

    Parameters
    ----------
    chosen : ndarray of int64
        Which of the known ones.
    place : ndarray of int64
        Where they are among the links without amounts.
    fit : Fit
    amounts : ndarray of float64
    """

    chosen: Int
    place: Int
    fit: Fit
    amounts: Float

    @classmethod
    def of(cls, learner: PriorLearner, whole: Fit, chosen: Mask) -> _Fold:
        problem, links = learner.problem, learner.known[chosen]
        hidden = np.zeros(problem.links.size, dtype=bool)
        hidden[links] = True
        part = problem.hide(hidden)
        found = fit(part, learner.learn(~chosen).values, whole.scaled.factors, ROUNDS // 2)
        place = (np.cumsum(~part.known) - 1)[links]
        return cls(np.flatnonzero(chosen), place, found, problem.amounts[links].astype(np.float64))

    @property
    def error(self) -> Float:
        """ln(amount / estimate)."""
        return _log_ratio(self.amounts, self.fit.scaled.amounts[self.place])

    def ratios(self, deviation: float, count: int, seed: int) -> Float:
        """How many standard deviations of draws the amounts are off."""
        estimate = self.fit.scaled.amounts[self.place]
        draws = Draws(self.fit, deviation, seed).take(count)
        logs = np.array([_log_ratio(drawn[self.place], estimate) for drawn in draws])
        spread = np.maximum(logs.std(axis=0, ddof=1), _LEAST_DEVIATION)
        off: Float = np.abs(self.error - logs.mean(axis=0)) / spread
        return off


def _log_ratio(amounts: Float, estimates: Float) -> Float:
    """ln(amount / estimate), within bounds where one of them is 0."""
    return np.log(np.maximum(amounts, _LEAST)) - np.log(np.maximum(estimates, _LEAST))
