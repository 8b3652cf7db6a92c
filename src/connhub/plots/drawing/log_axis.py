"""A logarithmic axis of shares with a strip at its beginning, for what stands on no such axis."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

import numpy as np
import numpy.typing as npt

from connhub.plots.vega_lite import channel

__all__ = ["STRIP", "LogAxis"]

Float = npt.NDArray[np.float64]
STRIP = 24
"""Width of the strip in pixels."""
_TICKS = 7


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
    def of(cls, values: Float, length: int, *, room: int = 0, spare: float = 0.0) -> LogAxis:
        """Reach from the smallest value above 0 to the largest.

        Parameters
        ----------
        values : ndarray
        length : int
        room : int
            Pixels beyond the largest value.
        spare : float
            Share of the values above 0 that may fall short of the axis, into the strip.

        Examples
        --------
        >>> axis = LogAxis.of(np.array([0.0, 0.002, 0.1]), 244, room=20)
        >>> axis.low, axis.pixels(np.array([0.0, 0.001, 0.01, 0.1])).round().tolist()
        (0.001, [12.0, 24.0, 124.0, 224.0])
        """
        positive = values[values > 0]
        if not positive.size:
            return cls(0.01, 1.0, length)
        largest = float(positive.max())
        least = float(np.quantile(positive, spare)) if spare else float(positive.min())
        low = min(10.0 ** floor(log10(least)), largest / 10)
        beyond = room * log10(largest / low) / (length - STRIP - room)
        return cls(low, largest * 10**beyond, length)

    @property
    def _step(self) -> float:
        """Powers of ten in a pixel."""
        return log10(self.high / self.low) / (self.length - STRIP)

    def pixels(self, values: Float) -> Float:
        """Pixels from the beginning of the axis; the middle of the strip for what is below.

        Parameters
        ----------
        values : ndarray of float64
        """
        on = values >= self.low
        powers = np.log10(np.where(on, values, self.low) / self.low)
        return np.where(on, STRIP + powers / self._step, STRIP / 2)

    def value(self, pixels: Float) -> Float:
        """The value at a pixel; inside the strip one below the axis.

        Parameters
        ----------
        pixels : ndarray of float64
        """
        return np.asarray(self.low * 10 ** ((pixels - STRIP) * self._step))

    def encode(self, name: str, title: str) -> dict[str, Any]:
        """Encoding of the axis: ticks in percent, "0" for the strip.

        Parameters
        ----------
        name : str
            Of the field, as in `channel`.
        title : str
        """
        start, zero = (float(self.value(np.array(p))) for p in (0.0, STRIP / 2))
        powers = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
        least = float(self.value(np.array(STRIP + 14.0)))  # room for the label of the strip
        ticks = [10.0**i for i in powers if least <= 10.0**i <= self.high]
        label = f"datum.value < {least} ? '0' : format(100 * datum.value, '.10~f') + '%'"
        values = [zero, *ticks[:: ceil(len(ticks) / _TICKS) or 1]]
        return channel(
            name,
            scale={"type": "log", "domain": [start, self.high], "nice": False},
            axis={"values": values, "labelExpr": label, "grid": False},
            title=title,
        )
