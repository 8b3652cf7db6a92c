"""One scale from light to dark for all pictures that colour by amount, and its words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from re import sub
from typing import TYPE_CHECKING, Any

from connhub.errors import Fault, OptionError, did_you_mean
from connhub.plots.drawing.pixel_marks import INK
from connhub.plots.picture import altair
from connhub.schema import Language, columns, label
from connhub.text.names import plain
from connhub.text.numbers import NOTHING, brief, money, money_unit, share

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BELOW", "PALE", "RAMP", "Measure", "Shades", "luminance"]

RAMP = ("#e6f0f9", "#b3cfe8", "#6ba3d3", "#2b6cae", "#08306b")
"""From light to dark, so that greyscale keeps the order."""
BELOW = ("#fde0c0", "#f5b06a", "#d9741a", "#9c4a08", "#5f2a02")
"""Amounts below zero."""
PALE = "#ffffff"
_SKEWED = 20
"""Largest over smallest from which a scale is logarithmic."""


def luminance(colour: str) -> float:
    """Relative luminance of a colour, 0 to 1 (WCAG 2).

    Examples
    --------
    >>> luminance("#ffffff"), round(luminance("#08306b"), 3)
    (1.0, 0.032)
    """
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return round(0.2126 * r + 0.7152 * g + 0.0722 * b, 6)


@dataclass(frozen=True)
class Measure:
    """A column of results and how its values are written.

    Parameters
    ----------
    table, name : str
        As in the vocabulary; a column of the user's own keeps its name.
    money_unit : str
        Base unit of the money.
    lang : {"ja", "en"}
    """

    table: str
    name: str
    money_unit: str
    lang: Language

    @classmethod
    def of(cls, frame: pd.DataFrame, table: str, name: str, unit: str, lang: Language) -> Measure:
        """A column of a frame, if it is a number."""
        numbers = [*frame.select_dtypes("number").columns]
        if name not in numbers:
            fault = Fault(
                f"measure={name!r} is no number of {table}", fix=did_you_mean(name, numbers)
            )
            raise OptionError(fault)
        return cls(table, name, unit, lang)

    @property
    def kind(self) -> str:
        """Unit as in the vocabulary, empty for a column of the user's own."""
        known = columns(self.table).get(self.name)
        return known.unit if known else ""

    @property
    def label(self) -> str:
        """Label for people."""
        known = self.name in columns(self.table)
        return label(self.table, self.name, self.lang) if known else plain(self.name)

    @property
    def unit(self) -> str:
        """Unit for people."""
        ja = self.lang == "ja"
        if self.kind == "money":
            return money_unit(self.money_unit, self.lang)
        return {
            "firms": "社" if ja else "firms",
            "rows": "件" if ja else "transactions",
            "share": "%",
            "ratio": "倍(規模から期待される額に対して)" if ja else "times what sizes explain",
        }.get(self.kind, self.kind)

    @property
    def additive(self) -> bool:
        """Whether sums of it mean something."""
        if self.table == "linkages":  # a firm may take part in several
            return self.name in ("amount", "deals")
        return self.kind in ("money", "firms", "rows")

    def short(self, value: float) -> str:
        """Write a value for a cell."""
        if self.kind == "share":
            return share(value)
        return brief(value, self.lang) if isfinite(value) else NOTHING

    def tick(self, value: float) -> str:
        """Write a round value for a legend: 1億, not 1.00億."""
        return sub(r"\.0+(?=\D|$)", "", self.short(value))

    def long(self, value: float) -> str:
        """Write a value for the hover."""
        if self.kind == "money":
            return money(value, self.money_unit, self.lang)
        if self.kind == "share" or not isfinite(value):
            return share(value)
        blank = "" if self.lang == "ja" else " "
        named = self.unit.removesuffix("s") if value == 1 else self.unit
        unit = f"{blank}{named}" if self.kind in ("firms", "rows") else ""
        return f"{value:,.0f}{unit}" if value == round(value) else f"{value:,.3g}{unit}"


@dataclass(frozen=True)
class Shades:
    """A scale from light to dark over positive or over all values.

    Parameters
    ----------
    low, high : float
        Ends of the scale.
    log : bool
    ramp : sequence of str
        Colours at even steps.
    """

    low: float
    high: float
    log: bool
    ramp: Sequence[str] = RAMP

    @classmethod
    def of(cls, values: Iterable[float], *, log: bool | None = None) -> Shades:
        """Scale for values: logarithmic where none is negative and they are far apart.

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

    def colour(self, value: float) -> str:
        """Colour of a value."""
        at = self.position(value) * (len(self.ramp) - 1)
        i = min(int(at), len(self.ramp) - 2)
        ends = [[int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in self.ramp[i : i + 2]]
        mixed = (round(a + (b - a) * (at - i)) for a, b in zip(*ends, strict=True))
        return "#" + "".join(f"{c:02x}" for c in mixed)

    def ink(self, value: float) -> str:
        """Colour of text that is readable upon the colour of a value."""
        ground = luminance(self.colour(value)) + 0.05
        on_dark, on_light = 1.05 / ground, ground / (luminance(INK) + 0.05)
        return PALE if on_dark > on_light else INK

    def scale(self) -> Any:
        """The scale, of Vega-Lite."""
        steps = len(self.ramp) - 1
        if self.log:
            domain = [self.low * (self.high / self.low) ** (i / steps) for i in range(steps + 1)]
        else:
            domain = [self.low + (self.high - self.low) * i / steps for i in range(steps + 1)]
        form = {"type": "log"} if self.log else {}
        return altair().Scale(domain=domain, range=list(self.ramp), clamp=True, **form)

    def legend(self, measure: Measure, *, length: int = 200, **more: Any) -> Any:
        """The legend, with round values written as on the cells."""
        ticks = self.ticks()
        words = "".join(f"datum.value=={v!r}?'{measure.tick(v)}':" for v in ticks)
        blank = "" if measure.lang == "ja" else " "
        title = f"{measure.label}{blank}({self.said(measure.lang)})"
        return altair().Legend(
            title=title,
            values=ticks,
            labelExpr=f"{words}''",
            gradientLength=length,
            titleLimit=400,
            **more,
        )

    def said(self, lang: Language) -> str:
        """Kind of the scale in words."""
        if lang == "ja":
            return "対数目盛" if self.log else "線形目盛"
        return "log scale" if self.log else "linear scale"

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
