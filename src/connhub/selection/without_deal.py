"""A list by several indicators, made anew without single deals.

One deal moves the amount of one firm, and in a degree the denominator of its region. Of all firms
that are ranked together only these change their values, so ranks are counted anew from three
tallies: of all as they are, less those that move, plus those that moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from connhub.cutoff import Cutoff
from connhub.quotients import quotient
from connhub.selection.basis import Basis
from connhub.selection.indicator_bounds import (
    AMOUNT_OF,
    DEAL_INDICATORS,
    region_index,
    sums_over_firms,
)
from connhub.selection.list_bounds import NEXT
from connhub.selection.pairs import AMOUNTS, Pairs
from connhub.selection.rank_scores import Ranks
from connhub.selection.ranking import Ranking, rounded
from connhub.selection.schemes import Scheme

__all__ = ["ListsWithoutDeals"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Tally:
    """Values, how often each occurs, and how many are above each; NaN is no value."""

    values: Float
    count: Int
    above: Int

    @classmethod
    def of(cls, values: Float, count: Int | None = None) -> _Tally:
        if count is None:
            values = values[~np.isnan(values)]
        distinct, which, number = np.unique(values, return_inverse=True, return_counts=True)
        if count is not None:
            number = np.bincount(which.reshape(-1), count, distinct.size).astype(np.int64)
        return cls(distinct, number, number.sum() - np.cumsum(number))

    @property
    def size(self) -> int:
        return int(self.count.sum())

    def find(self, values: Float) -> tuple[Int, Int]:
        """How many are above each of some values, and how many level with it."""
        if not self.values.size:
            return (np.zeros(values.size, dtype=np.int64),) * 2
        at = np.searchsorted(self.values, values)
        here = np.minimum(at, self.values.size - 1)
        level = np.where(self.values[here] == values, self.count[here], 0)
        return np.where(at > here, 0, self.above[here] + self.count[here]) - level, level


def _cubes(level: Int) -> int:
    """Σ (t³ - t) over runs of t that are level, in whole numbers."""
    size, runs = np.unique(level[level > 1], return_counts=True)
    return sum(n * (t**3 - t) for t, n in zip(size.tolist(), runs.tolist(), strict=True))


def _value(counted: Int, whole: Int | None) -> Float:
    return counted.astype(np.float64) if whole is None else quotient(counted, whole)


def _better(values: Float, name: str, scheme: Scheme) -> Float:
    """The better the higher; what has no value last, where the scheme says so."""
    values = -values if name in scheme.lower_is_better else values
    return np.where(np.isnan(values), -np.inf, values) if scheme.missing == "last" else values


@dataclass(frozen=True, eq=False)
class _Moved:
    """Which of all that are ranked together move, their tally before, and their values after."""

    members: Int
    before: _Tally
    after: Float


@dataclass(frozen=True, eq=False)
class _Indicator:
    """One indicator of all that are ranked together.

    `values` are the better the higher; `counted` is the amount, if it is made of deals, and `whole`
    the denominator, unless it is common to all.
    """

    scheme: Scheme
    name: str
    values: Float
    counted: Int
    whole: Int | None

    @cached_property
    def tally(self) -> _Tally:
        return _Tally.of(self.values)

    @cached_property
    def cubes(self) -> int:
        return _cubes(self.tally.count)

    def without(self, members: Int, owner: Mask, size: int, left: int | None) -> Float:
        """Values of some where a deal of one is left out, and the denominator becomes another."""
        counted = self.counted[members] - np.where(owner, size, 0)
        whole = None if self.whole is None else self.whole[members]
        if whole is not None and left is not None:
            whole = np.full(members.size, left)
        return _better(_value(counted, whole), self.name, self.scheme)

    def ranks(self, moved: _Moved, at: Int) -> Ranks:
        """Ranks of some of the group after some, or these, have moved."""
        values = self.values.copy()
        values[moved.members] = moved.after
        distinct, which = np.unique(values[at], return_inverse=True)
        after = _Tally.of(moved.after)
        tallies = (self.tally, 1), (moved.before, -1), (after, 1)
        found = [sign * np.stack(tally.find(distinct)) for tally, sign in tallies]
        above, level = np.sum(found, axis=0)
        n = self.tally.size - moved.before.size + after.size
        if self.scheme.ties == "average":
            mean, deviation = (n + 1) / 2, self._deviation(n, moved.before, after)
            used = 1 + above + (level - 1) / 2
        else:
            parts = [(t.values, sign * t.count) for t, sign in tallies]
            whole = _Tally.of(*(np.concatenate(part) for part in zip(*parts, strict=True)))
            mean = float(((1 + whole.above) * whole.count).sum()) / n
            squares = ((1 + whole.above - mean) ** 2 * whole.count).sum()
            deviation, used = float(np.sqrt(squares / n)), 1.0 + above
        used[np.isnan(distinct)] = np.nan
        which, group = which.reshape(-1), np.zeros(at.size, dtype=np.int64)
        figures = (np.array([float(v)]) for v in (n, mean, deviation))
        return Ranks((above + 1)[which], used[which], group, *figures)

    def _deviation(self, n: int, before: _Tally, after: _Tally) -> float:
        """S.d. of average ranks: n · variance = (n³ - n - Σ (t³ - t)) / 12."""
        were = self.tally.find(before.values)[1]
        others = self.tally.find(after.values)[1] - before.find(after.values)[1]
        cubes = self.cubes - _cubes(were) + _cubes(were - before.count)
        cubes += _cubes(others + after.count) - _cubes(others)
        return float(np.sqrt((n**3 - n - cubes) / (12 * n)))


@dataclass(frozen=True, eq=False)
class _Group:
    """All entries that are ranked together: firm and region of each, and its indicators."""

    number: int
    firm: Int
    region: Int
    indicators: Mapping[str, _Indicator]

    @cached_property
    def _at_firm(self) -> Int:
        at = np.full(int(self.firm.max()) + 1, -1)
        at[self.firm] = np.arange(self.firm.size)
        return at

    def of_firm(self, firm: int) -> Int:
        """Where a firm is, if it is in the group."""
        at = int(self._at_firm[firm]) if 0 <= firm < self._at_firm.size else -1
        return np.array([at] if at >= 0 else [], dtype=np.int64)

    @cached_property
    def _of_regions(self) -> dict[tuple[int, str], tuple[Int, _Tally]]:
        return {}

    def of_region(self, region: int, name: str) -> tuple[Int, _Tally]:
        """The entries of a region, and the tally of their values."""
        if (region, name) not in self._of_regions:
            members = np.flatnonzero(self.region == region)
            found = members, _Tally.of(self.indicators[name].values[members])
            self._of_regions[region, name] = found
        return self._of_regions[region, name]


@dataclass(frozen=True, eq=False)
class ListsWithoutDeals:
    """Lists that are made anew without single deals.

    Parameters
    ----------
    basis : Basis
    ranking : Ranking
    scheme : Scheme
    cutoff : Cutoff
    pairs : Pairs
    """

    basis: Basis
    ranking: Ranking
    scheme: Scheme
    cutoff: Cutoff
    pairs: Pairs

    @cached_property
    def amounts(self) -> dict[str, str]:
        """Indicators that are made of deals, and the amount of each."""
        return {n: DEAL_INDICATORS[n] for n in self.scheme.indicators if n in DEAL_INDICATORS}

    @cached_property
    def _wholes(self) -> dict[str, Int]:
        """Denominator of each degree by firm, where it is the sum over firms."""
        frame, found = self.basis.degrees.frame, {}
        for name in AMOUNT_OF.keys() & self.amounts.keys():
            whole = frame[f"region_{AMOUNT_OF[name]}"].to_numpy(dtype=np.int64)
            if sums_over_firms(AMOUNT_OF[name], self.basis.degrees):
                found[name] = whole
        return found

    @cached_property
    def _region(self) -> Int:
        return region_index(self.basis.degrees)[0]

    @cached_property
    def _groups(self) -> dict[int, tuple[_Group, Int]]:
        return {}

    def _group(self, number: int) -> tuple[_Group, Int]:
        """All that are ranked together, and the entries they are."""
        if number not in self._groups:
            self._groups.clear()
            entries, frame = self.basis.entries, self.basis.degrees.frame
            members = np.flatnonzero(entries.group == number)
            firm, indicators = entries.firm[members], {}
            for name in self.scheme.indicators:
                values, counted, whole = self.basis.values[name][firm], np.empty(0, np.int64), None
                if name in self.amounts:
                    counted = frame[self.amounts[name]].to_numpy(dtype=np.int64)[firm]
                    if name in AMOUNT_OF and self.scheme.rank_within != "region":
                        column = f"region_{self.amounts[name]}"
                        whole = frame[column].to_numpy(dtype=np.int64)[firm]
                    values = _value(counted, whole)
                better = _better(values, name, self.scheme)
                indicators[name] = _Indicator(self.scheme, name, better, counted, whole)
            self._groups[number] = _Group(number, firm, self._region[firm], indicators), members
        return self._groups[number]

    def judged(self, k: int, rows: Int, deals: Int) -> Iterator[tuple[bool, bool]]:
        """Judge deals of one list, each left out alone.

        Parameters
        ----------
        k : int
            The list.
        rows, deals : ndarray of int64
            Row of the lists whose firm the deal belongs to, and position among the pairs.

        Yields
        ------
        changes : bool
            Whether the list changes.
        stays : bool
            Whether the firm of the row is selected.
        """
        ranking, start = self.ranking, int(self.ranking.start[k])
        of_list = slice(start, start + int(ranking.size[k]))
        entry, selected = ranking.entry[of_list], ranking.selected[of_list]
        group, members = self._group(int(self.basis.entries.group[entry[0]]))
        listed = np.searchsorted(members, entry)
        region = int(group.region[listed[0]])
        for row, pair in zip((rows - start).tolist(), deals.tolist(), strict=True):
            moved = self._moved(group, region, pair)
            if moved is None:
                yield bool(selected.any()), False
                continue
            if not moved:
                yield False, bool(selected[row])
                continue
            some, now = self._selected(k, group, listed, moved)
            changes = bool((now != selected[some]).any())
            yield changes, bool(now[some == row].any())

    def _moved(self, group: _Group, region: int, pair: int) -> dict[str, _Moved] | None:
        """What moves without a deal; None where the region has no degree then, and so no list."""
        found = {}
        size = int(self.pairs.amount[pair])
        for name, amount in self.amounts.items():
            if not self._is_part(amount, pair):
                continue
            of_firm = self.pairs.seller if AMOUNTS[amount] == "sales" else self.pairs.buyer
            owner = int(of_firm[pair])
            if owner < 0:
                continue
            indicator, home = group.indicators[name], int(self._region[owner])
            left = None
            if name in self._wholes:
                left = int(self._wholes[name][owner]) - size
                if left <= 0 and home == region:
                    return None
                if left <= 0 and self.scheme.missing == "exclude":
                    return self._without_region(group, home)
            members, before = group.of_firm(owner), None
            if left is not None and indicator.whole is not None:
                members, before = group.of_region(home, name)
            if members.size:
                after = indicator.without(members, group.firm[members] == owner, size, left)
                before = before or _Tally.of(indicator.values[members])
                found[name] = _Moved(members, before, after)
        return found

    def _without_region(self, group: _Group, region: int) -> dict[str, _Moved]:
        """Its firms have a degree no longer, and are not ranked."""
        parts = {name: group.of_region(region, name) for name in self.scheme.indicators}
        return {name: _Moved(*part, np.empty(0)) for name, part in parts.items() if part[0].size}

    def _is_part(self, amount: str, pair: int) -> bool:
        if amount == "out_of_region_sales":
            return not self.pairs.inside[pair]
        if amount == "in_region_purchases":
            return bool(self.pairs.inside[pair])
        return bool(self.pairs.abroad[pair]) if amount == "overseas_sales" else True

    def _selected(
        self, k: int, group: _Group, listed: Int, moved: Mapping[str, _Moved]
    ) -> tuple[Int, Mask]:
        """The first firms of a list, and who is selected of them, where no other can be."""
        ranking, start, size = self.ranking, int(self.ranking.start[k]), listed.size
        places, threshold = int(ranking.places[k]), self.cutoff.threshold
        some, few = np.arange(size), all(m.members.size == 1 for m in moved.values())
        if few and self.scheme.score_method == "linear" and threshold is None:
            movers = np.concatenate([m.members for m in moved.values()])
            count = max(places, int(ranking.n_selected[k])) + 5 * NEXT
            some = np.union1d(some[:count], np.flatnonzero(np.isin(listed, movers)))
        score, drift = self._scores(group, listed, start, some, moved)
        if some.size < size:
            last = np.partition(score, score.size - places)[score.size - places]
            if ranking.score[start + count] + drift > last - 1e-8:
                some = np.arange(size)
                score, _ = self._scores(group, listed, start, some, moved)
        return some, self.cutoff.select(score[None, :], of=size)[0]

    def _scores(
        self, group: _Group, listed: Int, start: int, some: Int, moved: Mapping[str, _Moved]
    ) -> tuple[Float, float]:
        """Scores of some firms of a list, and by how much others may rise that do not move.

        Where a single firm moves, others rise or fall by a place, and with mean and deviation.
        """
        total, drift = np.zeros(some.size), 0.0
        for name, weight in self.scheme.weights.items():
            if name not in moved:
                total += weight * self.ranking.deviation_scores[name][start + some]
                continue
            ranks = group.indicators[name].ranks(moved[name], listed[some])
            total += weight * ranks.scores(self.scheme.score_method)
            of_all = self.ranking.ranks[name]
            was = of_all.deviation[group.number], of_all.mean[group.number]
            now = float(ranks.deviation[0]), float(ranks.mean[0])
            if not was[0] or not now[0]:
                drift = np.inf
                continue
            steeper = abs(1 / now[0] - 1 / was[0])
            shift = (1 + abs(now[1] - was[1])) / now[0] + group.firm.size * steeper
            drift += 10 * weight * shift
        return rounded(total), drift
