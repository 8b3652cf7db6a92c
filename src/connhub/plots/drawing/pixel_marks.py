"""Marks at pixels from the upper left corner, without scales and axes.

Vega-Lite places axes by itself; what must not overlap, or must line up, is placed by pixel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connhub.plots.vega_lite import Chart, channel

__all__ = ["INK", "SOFT_INK", "at_pixels", "edged", "pixel_place", "text_marks"]

INK, SOFT_INK = "#1a1a1a", "#555555"


def pixel_place() -> dict[str, Any]:
    """Encoding of pixels: no scale, no axis."""
    nothing = {"scale": None, "axis": None}
    return {"x": channel("x:Q", **nothing), "y": channel("y:Q", **nothing)}


def at_pixels(rows: Sequence[Mapping[str, Any]], *, ends: bool = False) -> Chart:
    """Chart of rows, without a mark.

    Parameters
    ----------
    rows : sequence of mapping
        With ``x, y``.
    ends : bool
        Reach from there to ``X, Y``.

    Examples
    --------
    >>> line = at_pixels([{"x": 0, "y": 0, "X": 9, "Y": 9}], ends=True).mark("rule")
    >>> sorted(line.spec["encoding"])
    ['x', 'x2', 'y', 'y2']
    """
    chart = Chart.of(rows).encode(**pixel_place())
    return chart.encode(x2="X", y2="Y") if ends else chart


def text_marks(rows: Sequence[Mapping[str, Any]], *, align: str = "left", **mark: Any) -> Chart:
    """Texts at their places.

    Parameters
    ----------
    rows : sequence of mapping
        With ``x, y`` and the text ``t``.
    align : {"left", "center", "right"}
    **mark
        Style of the mark of Vega-Lite.
    """
    style = {"fontSize": 11, "color": INK} | mark
    return at_pixels(rows).mark("text", align=align, **style).encode(text="t:N")


def edged(
    rows: Sequence[Mapping[str, Any]], *, align: str = "left", edge: str = "white", **mark: Any
) -> list[Chart]:
    """Texts with an edge, to be read above anything; no layer without rows.

    Parameters
    ----------
    rows : sequence of mapping
        With ``x, y`` and the text ``t``.
    align : {"left", "center", "right"}
    edge : str
        Color of the edge.
    **mark
        Style of the mark of Vega-Lite.
    """
    below = {"stroke": edge, "strokeWidth": 3, "strokeJoin": "round"}
    both = [text_marks(rows, align=align, **mark, **below), text_marks(rows, align=align, **mark)]
    return both if rows else []
