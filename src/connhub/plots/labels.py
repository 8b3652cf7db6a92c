"""Words on a picture that do not cover each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connhub.wording import width

__all__ = ["Box", "box", "overlap", "placed"]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def box(words: str, x: float, y: float, size: float, *, align: str = "center") -> Box:
    """Room that a line of text takes, its middle at the height `y`.

    Examples
    --------
    >>> box("新潟", 0, 0, 25, align="left")[1::2]
    (-15.0, 15.0)
    """
    wide = width(words) * size * 0.56
    left = {"center": x - wide / 2, "left": x, "right": x - wide}[align]
    return left, y - size * 0.6, left + wide, y + size * 0.6


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share some room.

    Examples
    --------
    >>> overlap((0, 0, 2, 2), (1, 1, 3, 3)), overlap((0, 0, 2, 2), (2, 0, 3, 2))
    (True, False)
    """
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def placed(
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

    Examples
    --------
    >>> placed([[(0, 0, 2, 2)], [(1, 1, 3, 3), (5, 5, 6, 6)], [(0, 0, 1, 1)]])
    [0, 1, None]
    """
    full = list(taken)
    out: list[int | None] = []
    for places in choices:
        free = (
            i
            for i, b in enumerate(places)
            if not any(overlap(b, f) for f in full) and (within is None or _inside(b, within))
        )
        chosen = next(free, None)
        out.append(chosen)
        if chosen is not None:
            full.append(places[chosen])
    return out


def _inside(one: Box, other: Box) -> bool:
    return one[0] >= other[0] and one[1] >= other[1] and one[2] <= other[2] and one[3] <= other[3]
