"""Best and worst place of every listed firm, given what may be missing and wrong in amounts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from connhub.cutoff import Cutoff
from connhub.measures.bounds import Bounds, missing_bounds
from connhub.measures.firm_flows import SIDE_OF, FirmFlows
from connhub.measures.rank_bounds import place_bounds
from connhub.selection.basis import Basis
from connhub.selection.indicator_bounds import (
    AMOUNT_OF,
    DEAL_INDICATORS,
    Denominator,
    amount_bounds,
    degree_bounds,
)
from connhub.selection.ranking import Ranking
from connhub.selection.reported import Room
from connhub.selection.schemes import Scheme
from connhub.selection.score_bounds import RankRange, ScoreBounds, order_of_ends, rank_range

__all__ = ["NEXT", "Bounding", "Doubts", "ListBounds", "list_bounds", "tie_rule"]

Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NEXT = 10
"""How many firms after the selected ones of a list are looked at one by one."""


@dataclass(frozen=True, eq=False)
class Doubts:
    """What may be missing and wrong.

    Parameters
    ----------
    rooms : mapping of str to Room
        By side, ``"sales"`` and ``"purchases"``: how much may be missing.
    missing_share : float
    flows : FirmFlows or None
        For errors in amounts.
    amount_error : float or None
    """

    rooms: Mapping[str, Room]
    missing_share: float = 1.0
    flows: FirmFlows | None = None
    amount_error: float | None = None

    @property
    def with_errors(self) -> bool:
        """Whether errors in amounts are looked at."""
        return self.flows is not None and self.amount_error is not None


@dataclass(frozen=True, eq=False)
class ListBounds:
    """Bounds of the rows of the lists.

    Parameters
    ----------
    best, worst : ndarray of int64, shape (rows,)
        Place in the list; ties count as the cutoff takes them.
    score_low, score_high : ndarray of float64, shape (rows,)
    ranks : mapping of str to RankRange
        Of the indicators that may move, by entry of `entries`.
    scores : ScoreBounds
    entry : ndarray of int64, shape (rows,)
        Position of each row among the entries of `ranks` and `scores`.
    amounts : mapping of str to Bounds
        Of the amounts of each firm, by row of the degrees.
    certain, out : ndarray of bool, shape (rows,)
        Whether the firm is selected, or is not, whatever is missing or wrong.
    """

    best: Int
    worst: Int
    score_low: npt.NDArray[np.float64]
    score_high: npt.NDArray[np.float64]
    ranks: Mapping[str, RankRange]
    scores: ScoreBounds
    entry: Int
    amounts: Mapping[str, Bounds]
    certain: Mask
    out: Mask


def tie_rule(cutoff: Cutoff) -> Literal["lowest", "highest"]:
    """What ties across the last place count as: the place of the first of them, or of the last.

    Examples
    --------
    >>> tie_rule(Cutoff()), tie_rule(Cutoff(cut_ties="exclude"))
    ('lowest', 'highest')
    """
    return "lowest" if cutoff.cut_ties == "include" else "highest"


def list_bounds(
    basis: Basis, ranking: Ranking, scheme: Scheme, cutoff: Cutoff, doubts: Doubts
) -> ListBounds:
    """Bound the places of all rows of some lists.

    A scheme of one indicator orders a list as the amount does, whose bounds give exact places.
    For several, bounds of the values give bounds of each rank, these of its deviation score, and
    these of the score; see `ScoreBounds`.

    Parameters
    ----------
    basis : Basis
    ranking : Ranking
        Some lists of it.
    scheme : Scheme
    cutoff : Cutoff
    doubts : Doubts

    Returns
    -------
    ListBounds
    """
    groups = np.unique(basis.entries.group[ranking.entry])
    return Bounding(basis, scheme, cutoff, groups).of(ranking, doubts)


@dataclass(frozen=True, eq=False)
class Bounding:
    """Bounds the places of lists, as often as asked: what is common to all is found once.

    Parameters
    ----------
    basis : Basis
    scheme : Scheme
    cutoff : Cutoff
    groups : ndarray of int64
        Of entries that are ranked together: all of which there are lists.
    again : bool
        Whether it is asked several times: what was counted is kept in order for it.
    """

    basis: Basis
    scheme: Scheme
    cutoff: Cutoff
    groups: Int
    again: bool = False
    _kept: dict[str, RankRange] = field(default_factory=dict, init=False, repr=False)
    _denominators: dict[str, Denominator] = field(default_factory=dict, init=False, repr=False)
    _orders: dict[str, _Order] = field(default_factory=dict, init=False, repr=False)

    def of(self, ranking: Ranking, doubts: Doubts) -> ListBounds:
        """Bound the places of all rows of some lists, or of some rows of each.

        Parameters
        ----------
        ranking : Ranking
            The selected and the next firms of each list, and all that may pass one of them.
        doubts : Doubts

        Returns
        -------
        ListBounds
            Entries are those of the rows.
        """
        scheme, entries = self.scheme, self.basis.entries
        single = self._moving[0] if len(scheme.indicators) == len(self._moving) == 1 else None
        known = not doubts.with_errors and all(name in self._orders for name in self._moving)
        amounts = {} if known and single is None else self._amounts(doubts)
        wanted, entry = np.unique(ranking.entry, return_inverse=True)
        entry = entry.reshape(-1)
        ranges = self._ranges(amounts, doubts, wanted)
        ranks = {name: r.taken(wanted) for name, r in ranking.ranks.items()}
        scores = ScoreBounds.of(ranks, ranges, scheme)
        best, worst = np.zeros((2, entry.size), dtype=np.int64)
        ties, n_selected = tie_rule(self.cutoff), ranking.n_selected
        for k, (start, size) in enumerate(zip(ranking.start, ranking.size, strict=True)):
            rows = slice(start, start + size)
            if single is not None and ties == "lowest" and _is_group(ranges[single], entry[rows]):
                best[rows] = ranges[single].best_shown[entry[rows]]
                worst[rows] = ranges[single].worst_shown[entry[rows]]
            elif single is not None:
                firms = entries.firm[ranking.entry[rows]]
                values = _signed(amounts[DEAL_INDICATORS[single]].take(firms), single, scheme)
                best[rows], worst[rows] = place_bounds(values).ranks(ties)
            else:
                compared = int(n_selected[k]) + NEXT
                best[rows], worst[rows] = scores.places(entry[rows], compared, ties=ties)
        low, high = np.round(scores.low[entry], 9), np.round(scores.high[entry], 9)
        if self.cutoff.threshold is not None:
            certain, out = low >= self.cutoff.threshold, high < self.cutoff.threshold
        else:
            last = np.repeat(ranking.places, ranking.size)
            certain, out = worst <= last, best > last
        return ListBounds(best, worst, low, high, ranges, scores, entry, amounts, certain, out)

    @cached_property
    def _used(self) -> Int:
        """All entries of the groups."""
        of_groups = np.zeros(int(self.basis.entries.group.max(initial=-1)) + 1, dtype=bool)
        of_groups[self.groups] = True
        return np.flatnonzero(of_groups[self.basis.entries.group])

    @cached_property
    def _firm(self) -> Int:
        return self.basis.entries.firm[self._used]

    @cached_property
    def _group(self) -> Int:
        return self.basis.entries.group[self._used]

    @cached_property
    def _moving(self) -> list[str]:
        return [n for n in self.scheme.indicators if n in DEAL_INDICATORS]

    def _amounts(self, doubts: Doubts) -> dict[str, Bounds]:
        needed = {DEAL_INDICATORS[n] for n in self._moving}
        intervals = int(np.bincount(self._group).max(initial=1)) * max(len(needed), 1)
        return {
            amount: amount_bounds(
                amount,
                self.basis.degrees,
                room=doubts.rooms.get(SIDE_OF[amount]),
                missing_share=doubts.missing_share,
                flows=doubts.flows,
                amount_error=doubts.amount_error,
                intervals=intervals,
            )
            for amount in sorted(needed)
        }

    def _ranges(
        self, amounts: Mapping[str, Bounds], doubts: Doubts, wanted: Int
    ) -> dict[str, RankRange]:
        """Range of the ranks of some entries by each indicator that may move."""
        scheme = self.scheme
        entrants = np.zeros(int(self._group.max(initial=-1)) + 1)
        if doubts.rooms and scheme.rank_within != "region":  # a region without a degree has no list
            entrants[: self.basis.entrants.size] = self.basis.entrants[: entrants.size]
        at = np.searchsorted(self._used, wanted)
        names = [n for n in scheme.indicators if n in DEAL_INDICATORS or entrants.any()]

        def ranks_by(name: str) -> RankRange:
            moves = name in DEAL_INDICATORS
            if not moves and name in self._kept:
                return self._kept[name].taken(at)
            values, order = self._ordered(name, amounts, doubts)
            ranks = rank_range(
                values,
                self._group[order.by_end],
                ties=scheme.ties,
                entrants=entrants,
                wanted=order.place[at] if moves else order.place,
            )
            return ranks if moves else self._kept.setdefault(name, ranks).taken(at)

        with ThreadPoolExecutor(os.cpu_count()) as pool:  # numpy sorts and finds side by side
            return dict(zip(names, pool.map(ranks_by, names), strict=True))

    def _ordered(
        self, name: str, amounts: Mapping[str, Bounds], doubts: Doubts
    ) -> tuple[Bounds, _Order]:
        """Bounds of the values by one indicator, in the order of their lower ends."""
        scheme, basis, region = self.scheme, self.basis, self.scheme.rank_within == "region"
        if name not in DEAL_INDICATORS:
            values = Bounds(*[basis.values[name][self._firm]] * 2)
        elif not region and name in AMOUNT_OF:
            if name not in self._denominators:
                self._denominators[name] = Denominator.of(name, basis.degrees)
            of_firms = degree_bounds(name, amounts, self._denominators[name])
            values = of_firms.take(self._firm)
        else:  # the denominator is common
            amount = DEAL_INDICATORS[name]
            if name in self._orders and not doubts.with_errors:
                order = self._orders[name]
                return order.missing(doubts.missing_share), order
            values = amounts[amount].take(self._firm)
        values = _signed(values, name, scheme)
        if scheme.missing == "last":
            values = Bounds(*(np.where(np.isnan(v), -np.inf, v) for v in (values.low, values.high)))
        order = _Order.of(values, self._group)
        in_order = name in DEAL_INDICATORS and name not in scheme.lower_is_better
        if region and in_order and self.again:
            self._orders[name] = self._counted(order, DEAL_INDICATORS[name], doubts)
        return values.take(order.by_end), order

    def _counted(self, order: _Order, amount: str, doubts: Doubts) -> _Order:
        """With what was counted of the amount, and what may be missing, in that order."""
        firm, room = self._firm[order.by_end], doubts.rooms.get(SIDE_OF[amount])
        counted = self.basis.degrees.frame[amount].to_numpy(dtype=np.int64)[firm]
        return replace(
            order, counted=counted, room=None if room is None else room.unexplained[firm]
        )


@dataclass(frozen=True, eq=False)
class _Order:
    """Entries by group and lower end, and the place of each in that order."""

    by_end: Int
    place: Int
    counted: Int | None = None
    room: Int | None = None

    @classmethod
    def of(cls, values: Bounds, group: Int) -> _Order:
        by_end, place = order_of_ends(values, group), np.empty(group.size, dtype=np.int64)
        place[by_end] = np.arange(group.size)
        return cls(by_end, place)

    def missing(self, share: float) -> Bounds:
        """Bounds for missing transactions, in this order."""
        if self.counted is None:
            raise AssertionError
        if self.room is None:
            return Bounds(self.counted, self.counted)
        return missing_bounds(self.counted, self.room, share)


def _is_group(ranks: RankRange, entry: Int) -> bool:
    """Whether a list holds all that are ranked together, and nobody else can be."""
    group = ranks.group[entry[0]]
    return bool(ranks.count[group] == entry.size and ranks.entrants[group] == 0)


def _signed(values: Bounds, name: str, scheme: Scheme) -> Bounds:
    """With the better value higher."""
    return Bounds(-values.high, -values.low) if name in scheme.lower_is_better else values
