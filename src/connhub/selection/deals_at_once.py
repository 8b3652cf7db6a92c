"""Many deals of a list left out at once, each alone, and judged where no two firms come close.

All ranks of the firms around the cut follow from how many are above and level before and after.
Only the spread of the ranks is bounded rather than counted, and what is close under these bounds is
left to `ListsWithoutDeals`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connhub.quotients import quotient
from connhub.selection.tally import Tally

__all__ = ["DISTINCT", "Change", "Region", "clear_cuts"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_CLEAR = 1e-8
"""More than scores are rounded by."""
DISTINCT = 2**51
"""Below it different amounts have different quotients by the same number."""
_AT_ONCE = 2_000_000
"""So many scores are held at once."""


@dataclass(frozen=True, eq=False)
class Change:
    """What some deals change in one indicator of a list, each alone.

    Parameters
    ----------
    tally : Tally
        Values of all that are ranked together, the better the higher.
    value : ndarray of float64, shape (rows,)
        Of the rows of the list.
    score : ndarray of float64, shape (rows,)
        Deviation scores of the rows as they are.
    weight : float
    method : {"linear", "normal"}
    owner : ndarray of int64, shape (deals,)
        Row whose amount falls; -1 for a firm on another list, -2 where the indicator stays.
    was, becomes : ndarray of float64, shape (deals,)
        The owner's value, before and after.
    region : Region or None
        Where all values of the list move with their sum.
    """

    tally: Tally
    value: Float
    score: Float
    weight: float
    method: str
    owner: Int
    was: Float
    becomes: Float
    region: Region | None = None

    @property
    def moves(self) -> Mask:
        """Whether each deal changes the indicator."""
        return self.owner > -2

    def scores(self, deals: Int, rows: Int) -> tuple[Float, Float]:
        """Deviation scores of some rows without each of some deals, and how far off they may be."""
        score = np.repeat(self.score[None, rows], deals.size, axis=0)
        off = np.zeros(deals.size)
        moved = np.flatnonzero(self.moves[deals])
        if not moved.size:
            return score, off
        used = self._used(deals[moved], rows)
        shift, off[moved] = self._shift(used, deals[moved])
        score[moved] = 50 + 10 * shift
        return score, off

    def _used(self, deals: Int, rows: Int) -> Float:
        """Average ranks."""
        own = self.owner[deals, None] == rows[None, :]
        if self.region is not None:
            above, level = self.region.places(self.tally, deals, rows, own)
        else:
            was, becomes = self.was[deals, None], self.becomes[deals, None]
            value = np.where(own, becomes, self.value[rows][None, :])
            above, level = self.tally.find(value)
            above = above - (was > value) + (becomes > value)
            level = level - (was == value) + (becomes == value)
        return 1 + above + (level - 1) / 2

    def _shift(self, used: Float, deals: Int) -> tuple[Float, Float]:
        n = self.tally.size
        if self.method == "normal":
            from scipy.special import ndtri

            return ndtri((n - used + 0.5) / n), np.zeros(deals.size)
        narrow, wide = self.deviations(deals)
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = (n + 1) / 2 - used
            off = 10 * np.abs(distance).max(axis=1) * (1 / narrow - 1 / wide)
            return distance / wide[:, None], np.where(narrow > 0, off, np.inf)

    def deviations(self, deals: Int) -> tuple[Float, Float]:
        """The s.d. of the ranks without each deal, at least and at most."""
        n, whole = self.tally.size, float(self.tally.size)
        if self.region is not None:
            cubes, more = self.region.cubes(self.tally, deals)
        else:
            level_was = self.tally.find(self.was[deals])[1].astype(float)
            level = self.tally.find(self.becomes[deals])[1].astype(float)
            level -= self.was[deals] == self.becomes[deals]
            cubes = float(self.tally.cubes) - 3 * level_was * (level_was - 1)
            cubes, more = cubes + 3 * level * (level + 1), np.zeros(deals.size)
        rest = whole**3 - whole - cubes
        rounding = 1e-15 * whole**3  # of sums of whole numbers that float64 does not hold
        low, high = (
            np.sqrt(np.maximum(v, 0) / (12 * n)) for v in (rest - more - rounding, rest + rounding)
        )
        return low, high

    def best(self) -> Float:
        """The highest score that each row may have without any of the deals; owners apart."""
        deals = np.flatnonzero(self.moves)
        if not deals.size:
            return self.score
        n = self.tally.size
        if self.region is not None:
            above, level = self.region.best_places(self.tally, deals)
        else:
            above, level = self.tally.find(self.value)
            above = above - 1
        used = np.maximum(1 + above + (level - 1) / 2, 1)
        if self.method == "normal":
            from scipy.special import ndtri

            shift = ndtri((n - used + 0.5) / n)
        else:
            narrow, wide = self.deviations(deals)
            distance = (n + 1) / 2 - used
            with np.errstate(divide="ignore", invalid="ignore"):
                shift = np.where(distance > 0, distance / narrow.min(), distance / wide.max())
        highest: Float = np.maximum(self.score, 50 + 10 * shift)
        return highest


@dataclass(frozen=True, eq=False)
class Region:
    """A list whose values all move with their sum: the firms of a region, ranked with others.

    Parameters
    ----------
    amounts : ndarray of int64, shape (members,)
        Of all firms of the region that are ranked.
    before : Tally
        Their values.
    amount : ndarray of int64, shape (rows,)
        Of the rows of the list.
    sign : int
        -1 where the lower is the better.
    whole : int
        The sum as it is.
    was, size : ndarray of int64, shape (deals,)
        The owner's amount, and the deal.
    """

    amounts: Tally
    before: Tally
    amount: Int
    sign: int
    whole: int
    was: Int
    size: Int

    def _others(self, tally: Tally, value: Float) -> tuple[Int, Int]:
        """How many firms of other regions are above and level."""
        (above, level), (own_above, own_level) = tally.find(value), self.before.find(value)
        return above - own_above, level - own_level

    def places(self, tally: Tally, deals: Int, rows: Int, own: Mask) -> tuple[Int, Int]:
        """How many are above and level, itself included, for each deal and row."""
        was, size = self.was[deals, None], self.size[deals, None]
        amount = self.amount[rows][None, :] - np.where(own, size, 0)
        left = np.repeat(self.whole - self.size[deals], rows.size)
        value = self.sign * quotient(amount.ravel(), left).reshape(amount.shape)
        above, level = self._others(tally, value)
        key, before, after = self.sign * amount, self.sign * was, self.sign * (was - size)
        own_above, own_level = self.amounts.find(key)
        above += own_above - (before > key) + (after > key)
        level += own_level - (before == key) + (after == key)
        return above, level

    def best_places(self, tally: Tally, deals: Int) -> tuple[Int, Int]:
        """The fewest that may be above each row without any of the deals, and level with it."""
        ends = (
            self.whole - self.size[deals].max(),
            self.whole - self.size[deals].min(),
            self.whole,
        )
        every = [self.sign * quotient(self.amount, np.full(self.amount.size, end)) for end in ends]
        above, _ = self._others(tally, np.maximum.reduce(every))
        own = self.amounts.find(self.sign * self.amount)[0]
        return above + np.maximum(own - 1, 0), np.ones(self.amount.size, dtype=np.int64)

    def cubes(self, tally: Tally, deals: Int) -> tuple[Float, Float]:
        """Σ (t³ - t) over ties without each deal, at least, and how much more it may be.

        All but the firms at 0 move. Together with one of them no more can be level than have its
        amount, the owner, and those of one value elsewhere.
        """
        zero = np.zeros(1)
        at_zero = float(self.amounts.find(zero.astype(np.int64))[1][0])
        level = tally.find(self.before.values)[1]
        moving = self.before.values != 0
        stay = level[moving] - self.before.count[moving]
        cubes = tally.cubes - Tally.cubes_of(level[moving]) + Tally.cubes_of(stay)
        least = np.full(deals.size, float(cubes))
        all_at_zero = float(tally.find(zero)[1][0])
        empties = self.was[deals] == self.size[deals]
        least += np.where(empties, 3 * all_at_zero * (all_at_zero + 1), 0)
        movers = self.amounts.size - at_zero
        run = float(self.amounts.most_level + 1 + tally.most_level)
        return least, np.full(deals.size, movers * run**3)


def clear_cuts(
    changes: list[Change], others: Float, rows: Int, selected: Mask, places: int, first: int
) -> tuple[Mask, Mask, Mask]:
    """Judge deals where the cut is clear.

    Parameters
    ----------
    changes : list of Change
        Of the indicators that some deals move.
    others : ndarray of float64, shape (rows,)
        Weighted sum of the other indicators.
    rows : ndarray of int64, shape (deals,)
        Row asked about.
    selected : ndarray of bool, shape (rows,)
        As it is.
    places : int
    first : int
        So many rows are looked at in any case.

    Returns
    -------
    clear, changed, stays : ndarray of bool, shape (deals,)
        Whether a deal is judged, whether the list changes without it, and whether the row is
        selected.
    """
    n, size = rows.size, selected.size
    clear, changed, stays = (np.zeros(n, dtype=bool) for _ in range(3))
    reach, now = others.copy(), others.copy()
    for change in changes:
        reach += change.weight * change.best()
        now += change.weight * change.score
    level = np.sort(now)[::-1][first - 1] if first < size else -np.inf
    near = reach >= level
    near[selected] = True
    for change in changes:
        near[change.owner[change.owner >= 0]] = True
    some = np.flatnonzero(near)
    highest = reach[~near].max(initial=-np.inf)
    at = np.full(size, -1)
    at[some] = np.arange(some.size)
    if some.size <= places:
        return clear, changed, stays
    step = max(_AT_ONCE // some.size, 1)
    for start in range(0, n, step):
        deals = np.arange(start, min(start + step, n))
        total = np.repeat(others[None, some], deals.size, axis=0)
        off = np.full(deals.size, _CLEAR)
        for change in changes:
            score, error = change.scores(deals, some)
            total += change.weight * score
            off += 2 * change.weight * error
        cut = np.partition(total, some.size - places - 1, axis=1)
        last = cut[:, some.size - places :].min(axis=1)
        after = np.maximum(cut[:, some.size - places - 1], highest)
        clear[deals] = last - after > off  # no ties at the cut, and nobody else near it
        listed = total >= last[:, None]
        changed[deals] = (listed != selected[some]).any(axis=1)
        row = at[rows[deals]]
        stays[deals] = np.where(row >= 0, listed[np.arange(deals.size), row], False)
    return clear, changed, stays
