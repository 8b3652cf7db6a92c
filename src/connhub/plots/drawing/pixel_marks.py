"""Marks at pixels from the upper left corner, without scales and axes.

Vega-Lite lays axes out by itself; what must not meet, or must line up, has places of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connhub.plots.picture import altair

__all__ = ["INK", "SOFT_INK", "at_pixels", "edged", "place", "texts"]

INK, SOFT_INK = "#1a1a1a", "#555555"


def place() -> dict[str, Any]:
    """Encoding of pixels: no scale, no axis."""
    alt = altair()
    nothing = {"scale": None, "axis": None}
    return {"x": alt.X("x:Q", **nothing), "y": alt.Y("y:Q", **nothing)}


def at_pixels(rows: Sequence[Mapping[str, Any]], *, ends: bool = False) -> Any:
    """Chart of rows of ``x, y``, with `ends` reaching to ``X, Y``; it lacks the mark.

    Examples
    --------
    >>> line = at_pixels([{"x": 0, "y": 0, "X": 9, "Y": 9}], ends=True).mark_rule()
    >>> sorted(line.to_dict()["encoding"])
    ['x', 'x2', 'y', 'y2']
    """
    alt = altair()
    chart = alt.Chart(alt.Data(values=list(rows))).encode(**place())
    return chart.encode(x2="X:Q", y2="Y:Q") if ends else chart


def texts(rows: Sequence[Mapping[str, Any]], *, align: str = "left", **mark: Any) -> Any:
    """Texts: rows of ``x, y, t``."""
    style = {"fontSize": 11, "color": INK} | mark
    return at_pixels(rows).mark_text(align=align, **style).encode(text="t:N")


def edged(
    rows: Sequence[Mapping[str, Any]], *, align: str = "left", edge: str = "white", **mark: Any
) -> list[Any]:
    """Texts with an edge of a colour, to be read above anything; no layer without rows."""
    below = {"stroke": edge, "strokeWidth": 3, "strokeJoin": "round"}
    both = [texts(rows, align=align, **mark, **below), texts(rows, align=align, **mark)]
    return both if rows else []
