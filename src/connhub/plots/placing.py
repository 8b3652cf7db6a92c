"""Where labels go, so that none meets another. Pure geometry, in pixels.

Vega-Lite places a label where its data says and nowhere else; so the places are found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot

import numpy as np
import numpy.typing as npt

from connhub.wording import width

__all__ = ["Box", "Label", "label_box", "place_labels", "text_width"]

Float = npt.NDArray[np.float64]
_DISTANCES = (0, 12, 24, 38, 54, 72, 92, 114)
_DIRECTIONS = tuple(
    (dx / hypot(dx, dy), dy / hypot(dx, dy))
    for dx, dy in [
        *((1, 0), (-1, 0), (1, -1), (1, 1), (-1, -1), (-1, 1), (0, -1), (0, 1)),
        *((2, -1), (2, 1), (-2, -1), (-2, 1), (1, -2), (1, 2), (-1, -2), (-1, 2)),
    ]
)
_GAP = 3.0
_LEAD = 12
"""From this distance on a line leads from the point to its label."""


@dataclass(frozen=True)
class Box:
    """A rectangle; y grows downward."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two share any area."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def holds(self, points: Float) -> npt.NDArray[np.bool_]:
        """Which of the points, shape (n, 2), lie inside."""
        x, y = points[:, 0], points[:, 1]
        inside = (x > self.left) & (x < self.right) & (y > self.top) & (y < self.bottom)
        return np.asarray(inside)


@dataclass(frozen=True)
class Label:
    """A label that has found a place.

    Parameters
    ----------
    item : int
        Which of the labels.
    box : Box
        Of its text.
    leader : tuple of float, optional
        Line from the edge of the point to the text: x, y, x, y.
    """

    item: int
    box: Box
    leader: tuple[float, float, float, float] | None


def text_width(words: str, font: float = 11) -> float:
    """Pixels that a text takes, a little more rather than less.

    Examples
    --------
    >>> round(text_width("株式会社甲"), 1)
    60.5
    """
    return 0.55 * font * width(words)


def label_box(words: str, left: float, middle: float, font: float = 11) -> Box:
    """Box of a text that begins at `left`, its middle at the height `middle`."""
    half = 0.65 * font
    return Box(left, middle - half, left + text_width(words, font), middle + half)


def place_labels(
    points: Sequence[tuple[float, float, float]],
    words: Sequence[str],
    *,
    within: Box,
    taken: Iterable[Box] = (),
    crowd: Float | None = None,
    font: float = 11,
) -> list[Label]:
    """Find a place for each label near its point; the first have the first choice.

    A label meets no other label, no labelled point, nothing that is `taken`, and no line that
    leads to a label; among such places the nearest that covers least of the `crowd`. A label
    without a place is left out.

    Parameters
    ----------
    points : sequence of (x, y, radius)
    words : sequence of str
    within : Box
        Labels stay inside.
    taken : iterable of Box
    crowd : ndarray of float64, shape (n, 2), optional
        Other points, better not covered.
    font : float
        Size of the type.

    Returns
    -------
    list of Label

    Examples
    --------
    Two points so close that the second label goes to the left.

    >>> found = place_labels([(50, 50, 3), (44, 50, 3)], ["甲", "乙"], within=Box(0, 0, 100, 100))
    >>> [round(label.box.left, 1) for label in found]
    [56.0, 25.9]
    """
    other = np.empty((0, 2)) if crowd is None else crowd
    fixed = [*taken, *(Box(x - r, y - r, x + r, y + r) for x, y, r in points)]
    found: list[Label] = []
    for item, (point, said) in enumerate(zip(points, words, strict=True)):
        best, least = None, np.inf
        for order, (box, leader, distance) in enumerate(_candidates(point, said, font)):
            if distance + 0.1 * (order % len(_DIRECTIONS)) >= least:
                continue
            if not _fits(box, leader, within, fixed, found, own=len(fixed) - len(points) + item):
                continue
            covered = 4.0 * int(box.holds(other).sum())
            cost = distance + 0.1 * (order % len(_DIRECTIONS)) + min(covered, 40.0)
            if cost < least:
                best, least = Label(item, box, leader), cost
        if best is not None:
            found.append(best)
    return found


def _candidates(
    point: tuple[float, float, float], words: str, font: float
) -> Iterable[tuple[Box, tuple[float, float, float, float] | None, float]]:
    x, y, radius = point
    wide, high = text_width(words, font), 1.3 * font
    for distance in _DISTANCES:
        for dx, dy in _DIRECTIONS:
            reach = radius + _GAP + distance
            end_x, end_y = x + dx * reach, y + dy * reach
            side = (dx > 0.3) - (dx < -0.3)
            # Beside the point the text begins where the line ends, above and below at its middle.
            left = end_x if side > 0 else end_x - wide if side < 0 else end_x - wide / 2
            rise = (dy > 0.3) - (dy < -0.3) if side == 0 else dy
            top = end_y - high / 2 + rise * high / 2
            leader = None
            if distance >= _LEAD:
                leader = (x + dx * radius, y + dy * radius, end_x - dx, end_y - dy)
            yield Box(left, top, left + wide, top + high), leader, float(distance)


def _fits(
    box: Box,
    leader: tuple[float, float, float, float] | None,
    within: Box,
    fixed: Sequence[Box],
    found: Sequence[Label],
    *,
    own: int,
) -> bool:
    inside = box.left >= within.left and box.right <= within.right
    if not (inside and box.top >= within.top and box.bottom <= within.bottom):
        return False
    if any(box.meets(b) for b in fixed) or any(box.meets(f.box) for f in found):
        return False
    lines = [_along(f.leader) for f in found if f.leader]
    if any(box.holds(line).any() for line in lines):
        return False
    if leader is None:
        return True
    mine = _along(leader)
    hit = any(b.holds(mine).any() for i, b in enumerate(fixed) if i != own)
    return not (
        hit
        or any(f.box.holds(mine).any() for f in found)
        or any(_cross(leader, f.leader) for f in found if f.leader)
    )


def _along(line: tuple[float, float, float, float]) -> Float:
    """Points of a line, closer than the height of a letter."""
    x, y, to_x, to_y = line
    steps = np.linspace(0, 1, max(2, int(hypot(to_x - x, to_y - y) / 2)))
    return np.column_stack([x + steps * (to_x - x), y + steps * (to_y - y)])


def _cross(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> bool:
    def side(a: Sequence[float], b: Sequence[float], c: Sequence[float]) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    (a, b), (c, d) = ((line[:2], line[2:]) for line in (one, other))
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
