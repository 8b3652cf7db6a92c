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
from connhub.measures.firm_flows import FirmFlows
from connhub.quotients import quotient
from connhub.selection.basis import Basis
from connhub.selection.deals_at_once import DISTINCT, Change, Region, clear_cuts
from connhub.selection.indicator_bounds import (
    AMOUNT_OF,
    DEAL_INDICATORS,
    region_index,
    sums_over_firms,
)
from connhub.selection.list_bounds import NEXT
from connhub.selection.rank_scores import Ranks
from connhub.selection.ranking import Ranking, rounded
from connhub.selection.schemes import Scheme
from connhub.selection.tally import Tally

__all__ = ["ListsWithoutDeals"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


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
    before: Tally
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
    def tally(self) -> Tally:
        return Tally.of(self.values)

    def without(self, members: Int, owner: Mask, size: int | Int, left: int | None) -> Float:
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
        after = Tally.of(moved.after)
        tallies = (self.tally, 1), (moved.before, -1), (after, 1)
        found = [sign * np.stack(tally.find(distinct)) for tally, sign in tallies]
        above, level = np.sum(found, axis=0)
        n = self.tally.size - moved.before.size + after.size
        if self.scheme.ties == "average":
            mean, deviation = (n + 1) / 2, self._deviation(n, moved.before, after)
            used = 1 + above + (level - 1) / 2
        else:
            parts = [(t.values, sign * t.count) for t, sign in tallies]
            whole = Tally.of(*(np.concatenate(part) for part in zip(*parts, strict=True)))
            mean = float(((1 + whole.above) * whole.count).sum()) / n
            squares = ((1 + whole.above - mean) ** 2 * whole.count).sum()
            deviation, used = float(np.sqrt(squares / n)), 1.0 + above
        used[np.isnan(distinct)] = np.nan
        which, group = which.reshape(-1), np.zeros(at.size, dtype=np.int64)
        figures = (np.array([float(v)]) for v in (n, mean, deviation))
        return Ranks((above + 1)[which], used[which], group, *figures)

    def _deviation(self, n: int, before: Tally, after: Tally) -> float:
        """S.d. of average ranks: n · variance = (n³ - n - Σ (t³ - t)) / 12."""
        were = self.tally.find(before.values)[1]
        others = self.tally.find(after.values)[1] - before.find(after.values)[1]
        cubes = self.tally.cubes - Tally.cubes_of(were) + Tally.cubes_of(were - before.count)
        cubes += Tally.cubes_of(others + after.count) - Tally.cubes_of(others)
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

    def positions(self, firms: Int) -> Int:
        """Where some firms are; -1 for those that are not in the group."""
        within = (firms >= 0) & (firms < self._at_firm.size)
        return np.where(within, self._at_firm[np.where(within, firms, 0)], -1)

    @cached_property
    def _of_regions(self) -> dict[tuple[int, str], tuple[Int, Tally]]:
        return {}

    def of_region(self, region: int, name: str) -> tuple[Int, Tally]:
        """The entries of a region, and the tally of their values."""
        if (region, name) not in self._of_regions:
            members = np.flatnonzero(self.region == region)
            found = members, Tally.of(self.indicators[name].values[members])
            self._of_regions[region, name] = found
        return self._of_regions[region, name]


@dataclass(frozen=True, eq=False)
class _Part:
    """Whose value of one indicator some deals change, and which of them can be judged at once."""

    group: _Group
    indicator: _Indicator
    whole: int | None
    listed: Int
    size: Int
    moves: Mask
    at: Int
    able: Mask

    def change(self, deals: Int, score: Float, weight: float) -> Change:
        """What some of the deals change."""
        group, of_group, at, size = self.group, self.indicator, self.at[deals], self.size[deals]
        moves, row = self.moves[deals], np.full(group.firm.size, -1)
        row[self.listed] = np.arange(self.listed.size)
        becomes = of_group.without(at, np.ones(at.size, dtype=bool), size, None)
        region = None
        if self.whole is not None:
            members, before = group.of_region(int(group.region[self.listed[0]]), of_group.name)
            sign = -1 if of_group.name in of_group.scheme.lower_is_better else 1
            amounts, amount = of_group.counted[members], of_group.counted[self.listed]
            was = of_group.counted[at]
            region = Region(Tally.of(sign * amounts), before, amount, sign, self.whole, was, size)
        return Change(
            of_group.tally,
            of_group.values[self.listed],
            score,
            weight,
            of_group.scheme.score_method,
            np.where(moves, row[at], -2),
            of_group.values[at],
            becomes,
            region,
        )


@dataclass(frozen=True, eq=False)
class ListsWithoutDeals:
    """Lists that are made anew without single deals.

    Parameters
    ----------
    basis : Basis
    ranking : Ranking
    scheme : Scheme
    cutoff : Cutoff
    flows : FirmFlows
    """

    basis: Basis
    ranking: Ranking
    scheme: Scheme
    cutoff: Cutoff
    flows: FirmFlows

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
        verdicts = (found.tolist() for found in self._clear(k, group, listed, rows - start, deals))
        for row, pair, clear, changed, stays in zip(
            (rows - start).tolist(), deals.tolist(), *verdicts, strict=True
        ):
            if clear:
                yield changed, stays
                continue
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

    def _clear(
        self, k: int, group: _Group, listed: Int, rows: Int, deals: Int
    ) -> tuple[Mask, Mask, Mask]:
        """Judge at once what is clear: see `clear_cuts`."""
        ranking, scheme = self.ranking, self.scheme
        clear, changed, stays = np.zeros((3, deals.size), dtype=bool)
        of_list = slice(int(ranking.start[k]), int(ranking.start[k]) + listed.size)
        places = int(ranking.places[k])
        by_average = scheme.ties == "average" and self.cutoff.threshold is None
        if not by_average or places >= listed.size:
            return clear, changed, stays
        parts = {name: self._part(name, group, listed, deals) for name in self.amounts}
        some = np.flatnonzero(np.logical_and.reduce([part.able for part in parts.values()]))
        changes, others = [], np.zeros(listed.size)
        for name, weight in scheme.weights.items():
            score = ranking.deviation_scores[name][of_list]
            if name in parts and parts[name].moves[some].any():
                changes.append(parts[name].change(some, score, weight))
            else:
                others += weight * score
        if changes:
            first = max(places, int(ranking.n_selected[k])) + 5 * NEXT
            now = ranking.selected[of_list]
            clear[some], changed[some], stays[some] = clear_cuts(
                changes, others, rows[some], now, places, first
            )
        return clear, changed, stays

    def _part(self, name: str, group: _Group, listed: Int, deals: Int) -> _Part:
        """What some deals change in one indicator."""
        amount, indicator = self.amounts[name], group.indicators[name]
        firm = self.flows.party(amount)[deals].astype(np.int64)
        size = self.flows.amount[deals]
        moves = self.flows.are_part(amount, deals)
        at = np.where(moves, group.positions(firm), -1)
        able = ~np.isnan(indicator.values[at]) & (at >= 0)
        region = int(group.region[listed[0]])
        scaled, sum_of_region = name in self._wholes and indicator.whole is not None, None
        if name in self._wholes:
            whole = self._wholes[name][firm]
            able &= (whole > 0) & (whole > size)
        if scaled and indicator.whole is not None:
            sum_of_region = int(indicator.whole[listed[0]])
            largest = np.abs(indicator.counted[group.of_region(region, name)[0]]).max()
            able &= (self._region[firm] == region) & (indicator.counted[at] != 0)
            able &= max(int(largest), sum_of_region) < DISTINCT
        able = (able & (not np.isnan(indicator.values[listed]).any())) | ~moves
        return _Part(group, indicator, sum_of_region, listed, size, moves, at, able)

    def _moved(self, group: _Group, region: int, pair: int) -> dict[str, _Moved] | None:
        """What moves without a deal; None where the region has no degree then, and so no list."""
        found = {}
        size = int(self.flows.amount[pair])
        for name, amount in self.amounts.items():
            if not self.flows.are_part(amount, np.array([pair]))[0]:
                continue
            owner = int(self.flows.party(amount)[pair])
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
                before = before or Tally.of(indicator.values[members])
                found[name] = _Moved(members, before, after)
        return found

    def _without_region(self, group: _Group, region: int) -> dict[str, _Moved]:
        """Its firms have a degree no longer, and are not ranked."""
        parts = {name: group.of_region(region, name) for name in self.scheme.indicators}
        return {name: _Moved(*part, np.empty(0)) for name, part in parts.items() if part[0].size}

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
