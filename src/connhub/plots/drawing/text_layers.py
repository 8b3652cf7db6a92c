"""Names in pictures: of the quadrants of the plane of both degrees, and of firms."""

from __future__ import annotations

from typing import Any

from connhub.plots.drawing.label_placement import Box, Label, place_labels, text_width
from connhub.plots.drawing.log_axis import STRIP
from connhub.plots.drawing.pixel_marks import at_pixels, edged
from connhub.plots.drawing.scatter_layout import HEIGHT, WIDTH, Plane

__all__ = ["corner_layers", "corner_names", "label_layers", "placed"]

Lines = tuple[str, ...]
Words = tuple[tuple[Lines, Lines], tuple[Lines, Lines]]
_CORNER, _LINE = 12, 15  # size of the names of the quadrants, and their lines


def corner_names(plane: Plane, words: Words) -> list[dict[str, Any]]:
    """Names of the quadrants, as far as they fit between the lines and the edges.

    Parameters
    ----------
    plane : Plane
    words : tuple
        Lines of the upper left, upper right, lower left and lower right name.

    Returns
    -------
    list of dict
        ``x, y, t`` and whether the text ends there, at the right.
    """
    middle = plane.mean_spot
    if middle is None:
        return []
    rows = []
    for names, bottom in zip(words, (False, True), strict=True):
        for said, right in zip(names, (False, True), strict=True):
            room = (WIDTH - middle[0] if right else middle[0] - STRIP) - 10
            fits = [n for n in said if text_width(n, _CORNER) <= room]
            lines = [n for n in fits if n] if fits[:1] == [said[0]] else []
            high = (HEIGHT - STRIP - middle[1] if bottom else middle[1]) - 8
            lines = lines[: max(0, int(high // _LINE))]
            first = HEIGHT - STRIP - 11 - _LINE * (len(lines) - 1) if bottom else 11
            rows += [
                {
                    "x": WIDTH - 6 if right else STRIP + 6,
                    "y": first + _LINE * i,
                    "t": line,
                    "right": right,
                }
                for i, line in enumerate(lines)
            ]
    return rows


def placed(
    plane: Plane, radius: Any, names: list[str], corners: list[dict[str, Any]]
) -> list[Label]:
    """Places for the names of firms, clear of the names of the quadrants."""
    spots = plane.spots[plane.shown]
    anchors = [
        (float(x), float(y), float(r))
        for (x, y), r in zip(spots[: plane.named], radius[: plane.named], strict=True)
    ]
    taken = []
    for c in corners:
        wide = text_width(c["t"], _CORNER)
        left = c["x"] - wide if c["right"] else c["x"]
        taken.append(Box(left, c["y"] - _LINE / 2, left + wide, c["y"] + _LINE / 2))
    within = Box(2, 2, WIDTH - 2, HEIGHT - 2)
    return place_labels(anchors, names, within=within, taken=taken, crowd=spots)


def corner_layers(corners: list[dict[str, Any]]) -> list[Any]:
    """Names of the quadrants."""
    soft: dict[str, Any] = {"fontSize": _CORNER, "color": "#666666"}
    right, left = ([c for c in corners if c["right"] == side] for side in (True, False))
    return [*edged(right, align="right", **soft), *edged(left, align="left", **soft)]


def label_layers(found: list[Label], names: list[str], **style: Any) -> list[Any]:
    """Labels at their places, and the lines that lead to them."""
    lines = [
        dict(zip("xyXY", (round(v, 1) for v in f.leader), strict=True)) for f in found if f.leader
    ]
    rules = at_pixels(lines, ends=True).mark_rule(color="#444444", strokeWidth=0.8)
    layers = [rules] if lines else []
    for align in ("left", "center", "right"):
        some = [
            {"x": round(_sure(f.box, align), 1), "y": round(f.box.middle, 1), "t": names[f.item]}
            for f in found
            if f.align == align
        ]
        layers += edged(some, align=align, **style)
    return layers


def _sure(box: Box, align: str) -> float:
    """Where a text is tied to its place."""
    return {"left": box.left, "right": box.right}.get(align, (box.left + box.right) / 2)
