"""Best and worst place of every listed firm, given what may be missing and wrong in amounts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from connhub.cutoff import Cutoff
from connhub.measures.bounds import Bounds
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
from connhub.selection.ordered import Ordered
from connhub.selection.ranking import Ranking
from connhub.selection.reported import Room
from connhub.selection.schemes import Scheme
from connhub.selection.score_bounds import RankRange, ScoreBounds, rank_range

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
        Whether it is asked several times: the order of what was counted is kept for it.
    """

    basis: Basis
    scheme: Scheme
    cutoff: Cutoff
    groups: Int
    again: bool = False
    _kept: dict[str, RankRange] = field(default_factory=dict, init=False, repr=False)
    _denominators: dict[str, Denominator] = field(default_factory=dict, init=False, repr=False)
    _orders: dict[str, Ordered] = field(default_factory=dict, init=False, repr=False)

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
        amounts = self._amounts(doubts)
        ranges = self.ranges(ranking, doubts, self._values(doubts, amounts))
        return self.under(ranking, ranges, amounts)

    def values(self, doubts: Doubts) -> dict[str, Ordered]:
        """Bounds of the values of all that are ranked, by each indicator that may move.

        Parameters
        ----------
        doubts : Doubts
            Without errors in amounts.

        Returns
        -------
        dict of str to Ordered
        """
        orders = [self._orders.get(name) for name in self._moving]
        kept = all(order is not None and order.counted is not None for order in orders)
        return self._values(doubts, {} if kept else self._amounts(doubts))

    def ranges(
        self,
        ranking: Ranking,
        doubts: Doubts,
        values: Mapping[str, Ordered],
        *,
        places_only: bool = False,
    ) -> dict[str, RankRange]:
        """Range of the ranks of some rows by each indicator.

        Parameters
        ----------
        ranking : Ranking
            As for `of`.
        doubts : Doubts
        values : mapping of str to Ordered
            From `values`.
        places_only : bool
            Without mean and deviation of the ranks: see `RankRange.with_spread_of`.

        Returns
        -------
        dict of str to RankRange
            By entry of the rows, each once; of the indicators that may move or whose ranks may.
        """
        entrants = self._entrants(doubts)
        at = self._place[self._distinct(ranking)[0]]

        def ranks_by(name: str) -> RankRange:
            of_name, moves = values[name], name in DEAL_INDICATORS
            if not moves and name in self._kept:
                return self._kept[name].taken(at)
            ranks = rank_range(
                of_name.values,
                of_name.group,
                ties=self.scheme.ties,
                entrants=entrants,
                wanted=of_name.place[at] if moves else of_name.place,
                places_only=places_only and moves,
            )
            return ranks if moves else self._kept.setdefault(name, ranks).taken(at)

        return _side_by_side(ranks_by, values)

    def under(
        self, ranking: Ranking, ranges: Mapping[str, RankRange], amounts: Mapping[str, Bounds]
    ) -> ListBounds:
        """Bound the places of all rows, given the ranges of their ranks.

        Parameters
        ----------
        ranking : Ranking
            As for `of`.
        ranges : mapping of str to RankRange
            From `ranges`.
        amounts : mapping of str to Bounds
            Of each firm; needed for a scheme of one indicator.

        Returns
        -------
        ListBounds
            Entries are those of the rows.
        """
        scheme, entries = self.scheme, self.basis.entries
        single = self._moving[0] if len(scheme.indicators) == len(self._moving) == 1 else None
        wanted, entry = self._distinct(ranking)
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

    def _distinct(self, ranking: Ranking) -> tuple[Int, Int]:
        """The entries of some rows, each once and in order, and which of them each row is."""
        there = np.zeros(self.basis.entries.group.size, dtype=bool)
        there[ranking.entry] = True
        entries, place = np.flatnonzero(there), np.empty(there.size, dtype=np.int64)
        place[entries] = np.arange(entries.size)
        return entries, place[ranking.entry]

    @cached_property
    def _place(self) -> Int:
        """Where each entry of the groups is among them."""
        place = np.zeros(self.basis.entries.group.size, dtype=np.int64)
        place[self._used] = np.arange(self._used.size)
        return place

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

        def bounds_of(amount: str) -> Bounds:
            return amount_bounds(
                amount,
                self.basis.degrees,
                room=doubts.rooms.get(SIDE_OF[amount]),
                missing_share=doubts.missing_share,
                flows=doubts.flows,
                amount_error=doubts.amount_error,
                intervals=intervals,
            )

        return _side_by_side(bounds_of, sorted(needed))

    def _entrants(self, doubts: Doubts) -> npt.NDArray[np.float64]:
        """How many more may be ranked in each group."""
        entrants = np.zeros(int(self._group.max(initial=-1)) + 1)
        if doubts.rooms and self.scheme.rank_within != "region":
            # a region without a degree has no list
            entrants[: self.basis.entrants.size] = self.basis.entrants[: entrants.size]
        return entrants

    def _values(self, doubts: Doubts, amounts: Mapping[str, Bounds]) -> dict[str, Ordered]:
        newcomers = self._entrants(doubts).any()
        names = [n for n in self.scheme.indicators if n in DEAL_INDICATORS or newcomers]
        return _side_by_side(lambda name: self._ordered(name, doubts, amounts), names)

    def _ordered(self, name: str, doubts: Doubts, amounts: Mapping[str, Bounds]) -> Ordered:
        """Bounds of the values by one indicator, in the order of their lower ends.

        Where it is asked several times they are in the order of the first, which is near enough.
        """
        order = self._orders.get(name)
        if order is not None and order.counted is not None and not doubts.with_errors:
            return replace(order, values=order.missing(doubts.missing_share))
        if order is not None:
            return replace(order, values=self._of_firms(name, amounts, order.firm))
        values = self._of_firms(name, amounts, self._firm)
        order = Ordered.of(values, self._group, self._firm)
        if self.again:
            self._orders[name] = self._counted(order, name, doubts)
        return order

    def _of_firms(self, name: str, amounts: Mapping[str, Bounds], firm: Int) -> Bounds:
        """Bounds of the values of some firms by one indicator, the better the higher."""
        scheme, basis = self.scheme, self.basis
        if name not in DEAL_INDICATORS:
            values = Bounds(*[basis.values[name][firm]] * 2)
        elif scheme.rank_within != "region" and name in AMOUNT_OF:
            if name not in self._denominators:
                self._denominators[name] = Denominator.of(name, basis.degrees)
            values = degree_bounds(name, amounts, self._denominators[name], firm)
        else:  # the denominator is common
            values = amounts[DEAL_INDICATORS[name]].take(firm)
        values = _signed(values, name, scheme)
        if scheme.missing == "last":
            values = Bounds(*(np.where(np.isnan(v), -np.inf, v) for v in (values.low, values.high)))
        return values

    def _counted(self, order: Ordered, name: str, doubts: Doubts) -> Ordered:
        """With what was counted and may be missing, where that alone makes the order."""
        scheme = self.scheme
        makes_it = scheme.rank_within == "region" and name not in scheme.lower_is_better
        if not makes_it or name not in DEAL_INDICATORS:
            return order
        amount = DEAL_INDICATORS[name]
        counted = self.basis.degrees.frame[amount].to_numpy(dtype=np.int64)[order.firm]
        room = doubts.rooms.get(SIDE_OF[amount])
        of_room = None if room is None else room.unexplained[order.firm]
        return replace(order, counted=counted, room=of_room)


def _side_by_side(work: Callable[[str], Any], names: Iterable[str]) -> dict[str, Any]:
    """Something of each name: numpy sorts and finds in several threads."""
    names = list(names)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(names, pool.map(work, names), strict=True))


def _is_group(ranks: RankRange, entry: Int) -> bool:
    """Whether a list holds all that are ranked together, and nobody else can be."""
    group = ranks.group[entry[0]]
    return bool(ranks.count[group] == entry.size and ranks.entrants[group] == 0)


def _signed(values: Bounds, name: str, scheme: Scheme) -> Bounds:
    """With the better value higher."""
    return Bounds(-values.high, -values.low) if name in scheme.lower_is_better else values
