"""Bars, the largest first, where regions have no place on a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connhub.plots.drawing.pixel_marks import at_pixels, text_marks
from connhub.plots.picture import Picture
from connhub.plots.vega_lite import channel, layer

__all__ = ["bar_chart"]

_WIDTH, _ROW = 420, 18


def bar_chart(
    rows: Sequence[Mapping[str, Any]], head: Mapping[str, Any], hover: Mapping[str, str]
) -> Picture:
    """A bar a row, its name on the left, its value at its end.

    Parameters
    ----------
    rows : sequence of mapping
        ``name``, value ``v``, the value as text ``t``, and color ``c``.
    head : mapping
        From `heading`.
    hover : mapping
        What the pointer shows: keys of the rows, and their titles.

    Returns
    -------
    Picture
    """
    low, high = min(0, *(r["v"] for r in rows)), max(0, *(r["v"] for r in rows))
    by = _WIDTH / ((high - low) or 1)
    drawn, names, values = [], [], []
    for i, r in enumerate(rows):
        ends, y = [round((v - low) * by, 1) for v in (0, r["v"])], (i + 0.5) * _ROW
        drawn.append({**r, "at": i, "x": ends[0], "X": ends[1], "y": y - 8, "Y": y + 8})
        names.append({"x": -6, "y": y, "t": r["name"]})
        values.append({"x": max(ends) + 4, "y": y, "t": r["t"]})
    marks = (
        at_pixels(drawn, ends=True)
        .mark("rect")
        .encode(
            color=channel("c:N", scale=None, legend=None),
            tooltip=[channel(f"{k}:N", title=t) for k, t in hover.items()],
        )
    )
    layers = marks, text_marks(names, align="right"), text_marks(values)
    chart = layer(*layers, title=head)
    return Picture(chart.properties(width=_WIDTH, height=_ROW * len(rows)))
