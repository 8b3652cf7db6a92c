"""Labels that may stand at certain places only: the first that is free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connhub.plots.placing import Box, text_width

__all__ = ["first_free", "text_box"]


def text_box(words: str, x: float, y: float, size: float, *, align: str = "center") -> Box:
    """Room that a line of text takes, its middle at the height `y`.

    Examples
    --------
    >>> text_box("新潟", 0, 0, 25, align="left")
    Box(left=0, top=-15.0, right=52.0, bottom=15.0)
    """
    wide = text_width(words, size)
    left = {"center": x - wide / 2, "left": x, "right": x - wide}[align]
    return Box(left, y - size * 0.6, left + wide, y + size * 0.6)


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
            if not any(b.meets(f) for f in full) and (within is None or _inside(b, within))
        )
        chosen = next(free, None)
        out.append(chosen)
        if chosen is not None:
            full.append(places[chosen])
    return out


def _inside(one: Box, other: Box) -> bool:
    across = one.left >= other.left and one.right <= other.right
    return across and one.top >= other.top and one.bottom <= other.bottom
