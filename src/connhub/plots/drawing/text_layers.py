"""Names in pictures: of the quadrants of a scatter plot, and of firms."""

from __future__ import annotations

from typing import Any

import numpy as np

from connhub.plots.drawing.label_placement import Box, Label, place_labels, text_width
from connhub.plots.drawing.log_axis import STRIP
from connhub.plots.drawing.pixel_marks import at_pixels, edged
from connhub.plots.drawing.scatter_layout import HEIGHT, WIDTH, ScatterLayout

__all__ = ["corner_layers", "corner_names", "firm_labels", "label_layers"]

Quadrants = tuple[tuple[str, str], tuple[str, str]]
_CORNER, _LINE = 12, 15  # size of the names of the quadrants, and their lines


def corner_names(layout: ScatterLayout, names: Quadrants) -> list[dict[str, Any]]:
    """Names of the quadrants, as far as they fit between the lines and the edges.

    Parameters
    ----------
    layout : ScatterLayout
    names : pair of pairs of str
        Upper left and upper right, lower left and lower right; each of one or several lines.

    Returns
    -------
    list of dict
        ``x, y, t`` and whether the text ends there, at the right.
    """
    middle = layout.mean_spot
    if middle is None:
        return []
    rows = []
    for pair, bottom in zip(names, (False, True), strict=True):
        for name, right in zip(pair, (False, True), strict=True):
            room = (WIDTH - middle[0] if right else middle[0] - STRIP) - 10
            lines = name.split("\n")
            fits = text_width(lines[0], _CORNER) <= room  # the others say nothing without it
            lines = [line for line in lines if fits and text_width(line, _CORNER) <= room]
            height = (HEIGHT - STRIP - middle[1] if bottom else middle[1]) - 8
            lines = lines[: max(0, int(height // _LINE))]
            first = HEIGHT - STRIP - 11 - _LINE * (len(lines) - 1) if bottom else 11
            x = WIDTH - 6 if right else STRIP + 6
            rows += [
                {"x": x, "y": first + _LINE * i, "t": line, "right": right}
                for i, line in enumerate(lines)
            ]
    return rows


def firm_labels(
    layout: ScatterLayout, radius: Any, names: list[str], corners: list[dict[str, Any]]
) -> list[Label]:
    """Places for the names of firms, clear of the names of the quadrants.

    Parameters
    ----------
    layout : ScatterLayout
    radius : ndarray of float64
        Of each point that is shown, in pixels.
    names : list of str
        Of the first points.
    corners : list of dict
        From `corner_names`.
    """
    spots = layout.spots[layout.shown]
    anchors = [
        (float(x), float(y), float(r))
        for (x, y), r in zip(spots[layout.names], radius[layout.names], strict=True)
    ]
    taken = []
    for c in corners:
        wide = text_width(c["t"], _CORNER)
        left = c["x"] - wide if c["right"] else c["x"]
        taken.append(Box(left, c["y"] - _LINE / 2, left + wide, c["y"] + _LINE / 2))
    within = Box(2, 2, WIDTH - 2, HEIGHT - 2)
    crowd = np.column_stack([spots, radius])
    lines = list[tuple[float, float, float, float]]()
    if (mean := layout.mean_spot) is not None:
        lines = [(mean[0], 0, mean[0], HEIGHT), (0, mean[1], WIDTH, mean[1])]
    others = layout.names >= layout.selected.rows.size  # the largest, whom a list may not have
    important = np.flatnonzero(others).tolist() if layout.selected.rows.size else []
    return place_labels(
        anchors,
        names,
        within=within,
        taken=taken,
        crowd=crowd,
        lines=lines,
        important=important,
    )


def corner_layers(corners: list[dict[str, Any]]) -> list[Any]:
    """Names of the quadrants as layers.

    Parameters
    ----------
    corners : list of dict
        From `corner_names`.
    """
    soft: dict[str, Any] = {"fontSize": _CORNER, "color": "#666666"}
    right, left = ([c for c in corners if c["right"] == side] for side in (True, False))
    return [*edged(right, align="right", **soft), *edged(left, align="left", **soft)]


def label_layers(labels: list[Label], names: list[str], **style: Any) -> list[Any]:
    """Labels at their places, and the lines that lead to them.

    Parameters
    ----------
    labels : list of Label
    names : list of str
        Text of each item.
    **style
        Of the mark of Vega-Lite.
    """
    lines = [
        dict(zip("xyXY", (round(v, 1) for v in label.leader), strict=True))
        for label in labels
        if label.leader
    ]
    rules = at_pixels(lines, ends=True).mark("rule", color="#444444", strokeWidth=0.8)
    layers = [rules] if lines else []
    for align in ("left", "center", "right"):
        rows = [
            {
                "x": round(_anchor(label.box, align), 1),
                "y": round(label.box.middle, 1),
                "t": names[label.item],
            }
            for label in labels
            if label.align == align
        ]
        layers += edged(rows, align=align, **style)
    return layers


def _anchor(box: Box, align: str) -> float:
    """Where a text is tied to its place."""
    return {"left": box.left, "right": box.right}.get(align, (box.left + box.right) / 2)
