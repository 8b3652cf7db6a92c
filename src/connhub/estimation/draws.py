"""Amounts as they may also be: drawn around the estimate, under the same totals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from connhub.estimation.links import Float
from connhub.estimation.problem import Fit
from connhub.estimation.scaling import scale

__all__ = ["Draws", "Spread"]

_ROUNDS = 8
"""Rounds of scaling of a draw: what the totals still change after them is small beside it."""


@dataclass(frozen=True, eq=False)
class Spread:
    """How a link's draws lie: mean and standard deviation of ln(draw / estimate).

    Parameters
    ----------
    mean, deviation : ndarray of float64, shape (m,)
    """

    mean: Float
    deviation: Float

    def interval(self, amounts: Float, z: float) -> tuple[Float, Float]:
        """Bounds of amounts, z standard deviations below and above."""
        middle = amounts * np.exp(self.mean)
        return middle * np.exp(-z * self.deviation), middle * np.exp(z * self.deviation)


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws of the amounts of links: prior * exp(e), e normal, scaled to the totals again.

    Parameters
    ----------
    fit : Fit
        The estimate.
    width : float
        Standard deviation of e.
    seed : int
        Draw k depends on the seed and k alone.
    """

    fit: Fit
    width: float
    seed: int

    def take(self, count: int) -> Iterator[Float]:
        """Draws one after another; none is kept.

        Parameters
        ----------
        count : int

        Yields
        ------
        ndarray of float64, shape (m,)
        """
        fit, links = self.fit, self.fit.scaled.links
        for number in range(count):
            random = np.random.Generator(np.random.PCG64DXSM([self.seed, number]))
            errors = random.standard_normal(links.size, dtype=np.float32)
            errors *= np.float32(self.width)
            np.exp(errors, out=errors)
            drawn = scale(
                links,
                fit.prior * errors,
                fit.left,
                fit.margins,
                soft_weight=fit.soft_weight,
                factors=fit.scaled.factors.copy(),
                tolerance=1e-3,
                rounds=_ROUNDS,
            )
            yield drawn.amounts

    def spread(self, count: int) -> Spread:
        """Mean and standard deviation of each link over draws, of which none is kept.

        Parameters
        ----------
        count : int
            At least 2.

        Returns
        -------
        Spread
        """
        links, estimate = self.fit.scaled.links, self.fit.scaled.amounts
        mean, squares = np.zeros(links.size), np.zeros(links.size)
        with np.errstate(divide="ignore", invalid="ignore"):
            for number, amounts in enumerate(self.take(count), start=1):
                ratio = np.log(amounts / estimate)
                ratio[~np.isfinite(ratio)] = 0  # links that carry nothing
                off = ratio - mean
                mean += off / number
                squares += off * (ratio - mean)
        return Spread(mean, np.sqrt(squares / (count - 1)))
