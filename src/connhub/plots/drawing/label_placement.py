"""Places of labels, so that none meets another. Pure geometry, in pixels.

Vega-Lite places a label at its data and nowhere else; so the places are found here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from math import hypot
from typing import Literal

import numpy as np
import numpy.typing as npt

from connhub.text.names import width as text_columns

__all__ = ["Box", "Label", "first_free", "place_labels", "text_box", "text_width"]

Float = npt.NDArray[np.float64]
_DISTANCES = (0, 12, 24, 38, 54, 72, 92, 114, 140, 170, 205)
_DIRECTIONS = tuple(
    (dx / hypot(dx, dy), dy / hypot(dx, dy))
    for dx, dy in [
        *((1, 0), (-1, 0), (1, -1), (1, 1), (-1, -1), (-1, 1), (0, -1), (0, 1)),
        *((2, -1), (2, 1), (-2, -1), (-2, 1), (1, -2), (1, 2), (-1, -2), (-1, 2)),
        *((-1, 4), (1, 4), (-1, -4), (1, -4), (-4, 1), (4, 1), (-4, -1), (4, -1)),
    ]
)
_GAP, _FONT = 3.0, 11
_TRIES = 8
_COVERED, _CROSSED, _STRUCK = 10.0, 60.0, 60.0
"""Pixels of distance that it is worth to cover no point, to lead over no labelled point nor its
leader, and to be struck through by no line."""
_MOST_COVERED = 20
"""Beyond so many points that are covered, more do not count."""
_LEAD = 12
"""From this distance on a line leads from the point to its label."""


@dataclass(frozen=True)
class Box:
    """A rectangle; y grows downward."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """Height of the middle."""
        return (self.top + self.bottom) / 2

    def meets(self, other: Box) -> bool:
        """Whether the two share any area."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def inside(self, other: Box) -> bool:
        """Whether it lies wholly in the other."""
        across = self.left >= other.left and self.right <= other.right
        return across and self.top >= other.top and self.bottom <= other.bottom

    def holds(self, points: Float) -> npt.NDArray[np.bool_]:
        """Which points, shape (n, 2), lie inside; or with a radius, shape (n, 3), reach into it."""
        x, y = points[:, 0], points[:, 1]
        r = points[:, 2] if points.shape[1] > 2 else 0.0
        across = (x + r > self.left) & (x - r < self.right)
        return np.asarray(across & (y + r > self.top) & (y - r < self.bottom))


Line = tuple[float, float, float, float]


@dataclass(frozen=True)
class Label:
    """A label that has found a place.

    Parameters
    ----------
    item : int
        Which of the labels.
    box : Box
        Of its text.
    align : {"left", "center", "right"}
        Which part of the text is sure: where its width is guessed wrong, the rest gives way.
    leader : tuple of float, optional
        Line from the edge of the point to the text: x, y, x, y.
    """

    item: int
    box: Box
    align: Literal["left", "center", "right"]
    leader: Line | None


def text_width(text: str, size: float = _FONT) -> float:
    """Pixels that a text takes, a little more rather than less.

    Parameters
    ----------
    text : str
    size : float
        Of the font, in pixels.

    Examples
    --------
    >>> round(text_width("株式会社甲"), 1), round(text_width("10"), 1)
    (57.2, 14.1)
    """
    ems = (
        1.04 if text_columns(c) > 1 else 0.78 if c.isupper() else 0.64 * text_columns(c)
        for c in text
    )
    return size * sum(ems)


def place_labels(
    points: Sequence[tuple[float, float, float]],
    names: Sequence[str],
    *,
    within: Box,
    taken: Iterable[Box] = (),
    crowd: Float | None = None,
    lines: Sequence[Line] = (),
    important: Collection[int] = (),
) -> list[Label]:
    """Find a place for each label near its point; the first have the first choice.

    A label meets no other label, no labelled point, nothing that is `taken`, and no line that
    leads to a label; lines do not cross. Among such places it takes the nearest that covers least
    of the `crowd`. A label without a place chooses first in the next turn; after some turns it
    is left out.

    Parameters
    ----------
    points : sequence of (x, y, radius)
    names : sequence of str
    within : Box
        Labels stay inside.
    taken : iterable of Box
    crowd : ndarray of float64, shape (n, 2) or (n, 3), optional
        Other points, with radius, better not covered.
    lines : sequence of (x, y, x, y), optional
        Lines that had better strike through no label.
    important : collection of int, optional
        Labels that are left out last.

    Returns
    -------
    list of Label

    Examples
    --------
    Two points so close that the second label goes to the left.

    >>> found = place_labels([(50, 50, 3), (44, 50, 3)], ["甲", "乙"], within=Box(0, 0, 100, 100))
    >>> [round(label.box.left, 1) for label in found]
    [56.0, 26.6]
    """
    discs = [Box(x - r, y - r, x + r, y + r) for x, y, r in points]
    others = np.empty((0, 2)) if crowd is None else crowd
    scene = _Scene(within, list(taken), discs, others, [_along(line) for line in lines])
    best = list[Label]()

    def worth(found: list[Label]) -> tuple[int, int]:
        return sum(label.item in important for label in found), len(found)

    for apart in (True, False):  # leaders cross none at its point, or only where it must be
        order = sorted(range(len(points)), key=lambda item: not apart and item not in important)
        for _ in range(_TRIES):
            found = _in_turn(order, points, names, replace(scene, apart=apart))
            best = max(best, found, key=worth)
            if len(best) == len(points):
                return sorted(best, key=lambda label: label.item)
            placed = {label.item for label in found}  # those without a place choose first
            order = sorted(order, key=lambda item: item in placed)
    return sorted(best, key=lambda label: label.item)


@dataclass(frozen=True, eq=False)
class _Scene:
    """What labels must not meet, and what they had better not."""

    within: Box
    taken: Sequence[Box]
    discs: Sequence[Box]
    crowd: Float
    lines: Sequence[Float]
    apart: bool = True

    def cost(self, label: Label, found: Sequence[Label]) -> float:
        """What a place costs beside its distance; infinite where the label cannot be."""
        box, leader = label.box, label.leader
        if not box.inside(self.within):
            return np.inf
        fixed = [*self.taken, *self.discs, *(f.box for f in found)]
        if any(box.meets(b) for b in fixed):
            return np.inf
        if any(f.leader and box.holds(_along(f.leader)).any() for f in found):
            return np.inf
        cost = _COVERED * min(int(box.holds(self.crowd).sum()), _MOST_COVERED)
        cost += _STRUCK * sum(bool(box.holds(line).any()) for line in self.lines)
        if leader is None:
            return cost
        line = _along(leader)
        if any(b.holds(line).any() for b in (*self.taken, *(f.box for f in found))):
            return np.inf
        if any(f.leader and _cross(leader, f.leader) for f in found):
            return np.inf
        disc = self.discs[label.item]
        over = sum(bool(d.holds(line).any()) for d in self.discs if d is not disc)
        crossed = sum(
            f.leader is not None and _cross(self._whole(label), self._whole(f)) for f in found
        )
        if crossed and self.apart:
            return np.inf
        return cost + _CROSSED * (over + crossed)

    def _whole(self, label: Label) -> Line:
        """The leader from the far edge of its point: one that touches the point crosses it."""
        disc, (x, y, to_x, to_y) = self.discs[label.item], label.leader or (0, 0, 0, 0)
        across = (disc.left + disc.right) / 2, disc.middle
        return 2 * across[0] - x, 2 * across[1] - y, to_x, to_y


def _in_turn(
    order: Sequence[int],
    points: Sequence[tuple[float, float, float]],
    names: Sequence[str],
    scene: _Scene,
) -> list[Label]:
    """Each takes the best place that those before it have left."""
    found: list[Label] = []
    for item in order:
        best, least = None, np.inf
        for label, far in _candidates(item, points[item], names[item]):
            if far < least and (cost := far + scene.cost(label, found)) < least:
                best, least = label, cost
        if best is not None:
            found.append(best)
    return found


def _candidates(
    item: int, point: tuple[float, float, float], name: str
) -> Iterable[tuple[Label, float]]:
    """Places around the point, the nearest first, and what each costs."""
    x, y, radius = point
    width, height = text_width(name, _FONT), 1.3 * _FONT
    for distance in _DISTANCES:
        for order, (dx, dy) in enumerate(_DIRECTIONS):
            reach = radius + _GAP + distance
            end_x, end_y = x + dx * reach, y + dy * reach
            align, back = _side(dx)
            top = end_y + height * (dy - 1) / 2
            left = end_x - back * width
            lead = (x + dx * radius, y + dy * radius, end_x - dx, end_y - dy)
            box = Box(left, top, left + width, top + height)
            leader = lead if distance >= _LEAD else None
            yield Label(item, box, align, leader), distance + 0.1 * order


def _side(dx: float) -> tuple[Literal["left", "center", "right"], float]:
    """Beside its point a text begins or ends there; above and below it is centred."""
    if abs(dx) < 0.1:
        return "center", 0.5
    return ("left", 0.0) if dx > 0 else ("right", 1.0)


def _along(line: Line) -> Float:
    """Points of a line, closer than the height of a letter."""
    x, y, to_x, to_y = line
    steps = np.linspace(0, 1, max(2, int(hypot(to_x - x, to_y - y) / 2)))
    return np.column_stack([x + steps * (to_x - x), y + steps * (to_y - y)])


def _cross(one: Line, other: Line) -> bool:
    def side(a: Sequence[float], b: Sequence[float], c: Sequence[float]) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    (a, b), (c, d) = ((line[:2], line[2:]) for line in (one, other))
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def text_box(text: str, x: float, y: float, size: float, *, align: str = "center") -> Box:
    """Room that a line of text takes, its middle at the height `y`.

    Parameters
    ----------
    text : str
    x, y : float
    size : float
        Of the font, in pixels.
    align : {"left", "center", "right"}
        Which part of the text is at `x`.

    Examples
    --------
    >>> text_box("新潟", 0, 0, 25, align="left")
    Box(left=0, top=-15.0, right=52.0, bottom=15.0)
    """
    width = text_width(text, size)
    left = {"center": x - width / 2, "left": x, "right": x - width}[align]
    return Box(left, y - size * 0.6, left + width, y + size * 0.6)


def first_free(
    choices: Sequence[Sequence[Box]], taken: Iterable[Box] = (), *, within: Box | None = None
) -> list[int | None]:
    """For each label the first of its places that is free; None where there is none.

    Parameters
    ----------
    choices : sequence of sequences of Box
        For each label, the most important first, the places it may have, the best first.
    taken : iterable of Box
        Room that is not free.
    within : Box, optional
        Where labels must lie.

    Returns
    -------
    list of int or None

    Examples
    --------
    >>> wide, near, far = Box(0, 0, 2, 2), Box(1, 1, 3, 3), Box(5, 5, 6, 6)
    >>> first_free([[wide], [near, far], [near]])
    [0, 1, None]
    """
    full = list(taken)
    out: list[int | None] = []
    for places in choices:
        free = (
            i
            for i, b in enumerate(places)
            if not any(b.meets(f) for f in full) and (within is None or b.inside(within))
        )
        chosen = next(free, None)
        out.append(chosen)
        if chosen is not None:
            full.append(places[chosen])
    return out
