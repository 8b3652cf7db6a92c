"""One scale from light to dark for all pictures that color by amount, and its labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from re import sub
from typing import Any

from pandas.api.types import is_bool_dtype, is_numeric_dtype

from connhub.errors import Fault, OptionError, did_you_mean
from connhub.labels import Language
from connhub.measures.result_table import Result
from connhub.schema import columns, label
from connhub.text.catalogue import Texts
from connhub.text.names import plain
from connhub.text.numbers import (
    NOTHING,
    bare_money,
    brief,
    brief_money,
    brief_scale,
    money,
    money_unit,
    share,
)

__all__ = ["BELOW", "PALE", "RAMP", "Measure", "Shades", "luminance"]

RAMP = ("#e6f0f9", "#b3cfe8", "#6ba3d3", "#2b6cae", "#08306b")
"""From light to dark, so that grayscale keeps the order."""
BELOW = ("#fde0c0", "#f5b06a", "#d9741a", "#9c4a08", "#5f2a02")
"""Amounts below zero."""
PALE, DEEP = "#ffffff", "#000000"
"""Text on dark and on light: on any color one of them has a contrast of 4.5."""
_COUNTED = ("firms", "rows")
"""Units of what is counted."""
_SKEWED = 20
"""Largest over smallest from which a scale is logarithmic."""


def luminance(color: str) -> float:
    """Relative luminance of a color, 0 to 1 (WCAG 2).

    Examples
    --------
    >>> luminance("#ffffff"), round(luminance("#08306b"), 3)
    (1.0, 0.032)
    """
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return round(0.2126 * r + 0.7152 * g + 0.0722 * b, 6)


@dataclass(frozen=True)
class Measure:
    """A column of results and how its values are written.

    Parameters
    ----------
    table, name : str
        As in the schema; a column of the user's own keeps its name.
    money_unit : str
        Unit of the money of the result.
    lang : {"ja", "en"}
    """

    table: str
    name: str
    money_unit: str
    lang: Language

    @classmethod
    def of(cls, result: Result, name: str, lang: Language) -> Measure:
        """A column of a result, if it is a number.

        Parameters
        ----------
        result : Result
        name : str
        lang : {"ja", "en"}

        Raises
        ------
        OptionError
            For what is not a numeric column.
        """
        numbers = [str(n) for n, dtype in result.frame.dtypes.items() if _is_number(dtype)]
        if name not in numbers:
            suggestion = did_you_mean(name, numbers)
            fault = Fault("pictures.not_a_number", measure=name, suggestion=suggestion)
            raise OptionError(fault)
        return cls(result.TABLE, name, result.unit, lang)

    @property
    def kind(self) -> str:
        """Unit as in the schema, empty for a column of the user's own."""
        column = columns(self.table).get(self.name)
        return column.unit if column else ""

    @property
    def label(self) -> str:
        """Label for people."""
        known = self.name in columns(self.table)
        return label(self.table, self.name, self.lang) if known else plain(self.name)

    @property
    def unit(self) -> str:
        """Unit for people."""
        if self.kind == "money":
            return money_unit(self.money_unit, self.lang)
        if self.kind == "share":
            return "%"
        texts = Texts("pictures", self.lang)
        key = f"unit_{self.kind}"
        return texts(key) if key in texts else self.kind

    @property
    def additive(self) -> bool:
        """Whether sums of it mean something."""
        if self.table == "linkages":  # a firm may take part in several
            return self.name in ("amount", "n_transactions")
        return self.kind in ("money", *_COUNTED)

    def scale(self, values: Iterable[float]) -> int | None:
        """By how much all values of a picture are divided in its cells; None but for money."""
        return brief_scale(values, self.money_unit, self.lang) if self.kind == "money" else None

    def short(self, value: float, *, by: int | None = None) -> str:
        """Write a value for a cell; money in its own unit, or divided `by` the same as others."""
        if self.kind == "share":
            return share(value)
        if not isfinite(value):
            return NOTHING
        if self.kind == "money":
            return brief_money(value, self.money_unit, self.lang, by=by)
        return brief(value, self.lang)

    def bare(self, value: float, by: int) -> tuple[str, str]:
        """Write a value for a narrow cell without its unit, and that unit, for the heading."""
        if self.kind == "money":
            return bare_money(value, self.money_unit, self.lang, by=by)
        return self.short(value), self.unit

    def tick(self, value: float) -> str:
        """Write a round value for a legend: 1億, not 1.00億; 0.01億, not 0.0100億."""
        return sub(r"(\.\d*?)0+(?=\D|$)", lambda found: found[1].rstrip("."), self.short(value))

    def long(self, value: float) -> str:
        """Write a value for the hover."""
        if self.kind == "money":
            return money(value, self.money_unit, self.lang)
        if self.kind == "share" or not isfinite(value):
            return share(value)
        if value != round(value):
            return f"{value:,.3g}"
        if self.kind in _COUNTED:
            return Texts("pictures", self.lang)(f"count_{self.kind}", count=round(value))
        return f"{value:,.0f}"


def _is_number(dtype: Any) -> bool:
    return is_numeric_dtype(dtype) and not is_bool_dtype(dtype)


@dataclass(frozen=True)
class Shades:
    """A scale from light to dark over positive or over all values.

    Parameters
    ----------
    low, high : float
        Ends of the scale.
    log : bool
    ramp : sequence of str
        Colors at even steps.
    """

    low: float
    high: float
    log: bool
    ramp: Sequence[str] = RAMP

    @classmethod
    def of(cls, values: Iterable[float], *, log: bool | None = None) -> Shades:
        """Scale for values: logarithmic where none is negative and they are far apart.

        Parameters
        ----------
        values : iterable of float
        log : bool, optional
            By default as the values are.

        Examples
        --------
        >>> Shades.of([1, 10, 1000]).log, Shades.of([-1, 10]).log, Shades.of([3, 4]).log
        (True, False, False)
        """
        known = [float(v) for v in values if isfinite(v)]
        above = [v for v in known if v > 0]
        if log is None:
            log = bool(above) and min(known) >= 0 and max(above) >= _SKEWED * min(above)
        log = log and bool(above)  # zeros alone have no logarithm
        seen = above if log else known
        low, high = (min(seen), max(seen)) if seen else (0.0, 1.0)
        if low == high:
            low = high / 10 if log else min(low, 0.0)
        return cls(low, high if high > low else low + 1, log)

    def position(self, value: float) -> float:
        """Where a value lies between the ends, 0 to 1."""
        if self.log:
            if value <= self.low:
                return 0.0
            return min(log10(value / self.low) / log10(self.high / self.low), 1.0)
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def color(self, value: float) -> str:
        """Color of a value."""
        at = self.position(value) * (len(self.ramp) - 1)
        i = min(int(at), len(self.ramp) - 2)
        ends = [[int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in self.ramp[i : i + 2]]
        mixed = (round(a + (b - a) * (at - i)) for a, b in zip(*ends, strict=True))
        return "#" + "".join(f"{c:02x}" for c in mixed)

    def ink(self, value: float) -> str:
        """Color of text that is readable upon the color of a value."""
        ground = luminance(self.color(value)) + 0.05
        on_dark, on_light = 1.05 / ground, ground / (luminance(DEEP) + 0.05)
        return PALE if on_dark > on_light else DEEP

    def scale(self) -> Any:
        """The scale, of Vega-Lite."""
        steps = len(self.ramp) - 1
        if self.log:
            domain = [self.low * (self.high / self.low) ** (i / steps) for i in range(steps + 1)]
        else:
            domain = [self.low + (self.high - self.low) * i / steps for i in range(steps + 1)]
        form = {"type": "log"} if self.log else {}
        return dict(domain=domain, range=list(self.ramp), clamp=True, **form)

    def legend(self, measure: Measure, *, length: int = 200, **more: Any) -> Any:
        """The legend, with round values written as on the cells.

        Parameters
        ----------
        measure : Measure
        length : int
            Of the gradient, in pixels.
        **more
            Further options of the legend of Vega-Lite.
        """
        ticks = self.ticks()
        labels = "".join(f"datum.value=={v!r}?'{measure.tick(v)}':" for v in ticks)
        texts = Texts("pictures", measure.lang)
        return dict(
            title=texts("legend_log" if self.log else "legend_linear", measure=measure.label),
            values=ticks,
            labelExpr=f"{labels}''",
            gradientLength=length,
            titleLimit=400,
            **more,
        )

    def ticks(self) -> list[float]:
        """Round values between the ends, at most five."""
        if self.log:
            first, last = ceil(log10(self.low)), floor(log10(self.high))
            every = max(1, ceil((last - first + 1) / 5))
            tens = [float(10**p) for p in range(first, last + 1, every)]
            return tens if len(tens) > 1 else [self.low, self.high]
        size = (self.high - self.low) / 4
        step = 10 ** floor(log10(size))
        step *= next(m for m in (1, 2, 5, 10) if m * step >= size)
        return [k * step for k in range(ceil(self.low / step), floor(self.high / step) + 1)]
