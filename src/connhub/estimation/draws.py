"""Amounts as they may also be: drawn around the estimate, under the same totals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from connhub.estimation.links import Float, Int, Links
from connhub.estimation.scaling import Margins, Scaled, scale

__all__ = ["Draws", "Spread"]

_ROUNDS = 12
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
    fit : Scaled
        The estimate.
    prior : ndarray of float64, shape (m,)
    totals : ndarray of int64, shape (2, n)
    margins : {"exact", "at_most", "soft"}
    soft_weight : float
    width : float
        Standard deviation of e.
    seed : int
        Draw k depends on the seed and k alone.
    """

    fit: Scaled
    prior: Float
    totals: Int
    margins: Margins
    soft_weight: float
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
        links = self.fit.links
        for number in range(count):
            random = np.random.Generator(np.random.PCG64DXSM([self.seed, number]))
            errors = random.standard_normal(links.size, dtype=np.float32)
            errors *= np.float32(self.width)
            np.exp(errors, out=errors)
            drawn = scale(
                links,
                self.prior * errors,
                self.totals,
                self.margins,
                soft_weight=self.soft_weight,
                factors=self.fit.factors.copy(),
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
        links: Links = self.fit.links
        mean, squares = np.zeros(links.size), np.zeros(links.size)
        with np.errstate(divide="ignore", invalid="ignore"):
            for number, amounts in enumerate(self.take(count), start=1):
                ratio = np.log(amounts / self.fit.amounts)
                ratio[~np.isfinite(ratio)] = 0  # links that carry nothing
                off = ratio - mean
                mean += off / number
                squares += off * (ratio - mean)
        return Spread(mean, np.sqrt(squares / (count - 1)))
