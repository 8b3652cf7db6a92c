"""A logarithmic axis of shares with a strip at its beginning, for what stands on no such axis."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

import numpy as np
import numpy.typing as npt

from connhub.plots.picture import altair

__all__ = ["STRIP", "LogAxis"]

Float = npt.NDArray[np.float64]
STRIP = 24
"""Width of the strip in pixels."""
_HEADROOM = 2.2
"""How far the axis goes beyond the largest value, for names in the corners."""


@dataclass(frozen=True)
class LogAxis:
    """From `low` to `high` on a log scale, and before it the strip.

    Parameters
    ----------
    low, high : float
        Above 0.
    length : int
        Pixels, the strip included.
    """

    low: float
    high: float
    length: int

    @classmethod
    def of(cls, values: Float, length: int, *, spare: float = 0.0) -> LogAxis:
        """Reach from the smallest value above 0 to the largest.

        `spare` is the share of these values that may fall short of the axis, into the strip.

        Examples
        --------
        >>> LogAxis.of(np.array([0.0, 0.002, 0.5]), 424)
        LogAxis(low=0.001, high=1.1, length=424)
        """
        positive = values[values > 0]
        if not positive.size:
            return cls(0.01, 1.0, length)
        high = float(positive.max())
        least = float(np.quantile(positive, spare)) if spare else float(positive.min())
        low = min(10.0 ** floor(log10(least)), high / 10)
        return cls(low, high * _HEADROOM, length)

    @property
    def decades(self) -> float:
        """Powers of ten in a pixel."""
        return log10(self.high / self.low) / (self.length - STRIP)

    def pixels(self, values: Float) -> Float:
        """Pixels from the beginning of the axis; the middle of the strip for what is below."""
        on = values >= self.low
        steps = np.log10(np.where(on, values, self.low) / self.low) / self.decades
        return np.where(on, STRIP + steps, STRIP / 2)

    def value(self, pixels: Float) -> Float:
        """The value at a pixel: inside the strip one that stands for the place alone."""
        return np.asarray(self.low * 10 ** ((pixels - STRIP) * self.decades))

    def channel(self, which: Any, title: str, strip: str) -> Any:
        """Encoding of ``x:Q`` or ``y:Q``: ticks in percent, and the name of the strip."""
        alt = altair()
        first, last = floor(log10(self.low)), ceil(log10(self.high))
        zero = float(self.value(np.array(STRIP / 2)))
        ticks = [10.0**i for i in range(first, last + 1) if self.low * 0.999 <= 10.0**i]
        ticks = [t for t in ticks if t <= self.high]
        step = ceil(len(ticks) / 7)
        said = (
            f"datum.value < {self.low * 0.99} ? '{strip}' : format(100 * datum.value, '.8~f') + '%'"
        )
        start = float(self.value(np.array(0.0)))
        scale = alt.Scale(type="log", domain=[start, self.high], nice=False)
        axis = alt.Axis(values=[zero, *ticks[::step]], labelExpr=said, grid=False)
        return which(scale=scale, axis=axis, title=title)
