"""Best and worst place of every listed firm, given what may be missing and wrong in amounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from connhub.cutoff import Cutoff
from connhub.measures.bounds import Bounds
from connhub.measures.rank_bounds import place_bounds
from connhub.selection.basis import Basis
from connhub.selection.indicator_bounds import DEAL_INDICATORS, amount_bounds, degree_bounds
from connhub.selection.pairs import AMOUNTS, Pairs
from connhub.selection.ranking import Ranking
from connhub.selection.reported import Room
from connhub.selection.schemes import Scheme
from connhub.selection.score_bounds import RankRange, ScoreBounds, rank_range

__all__ = ["NEXT", "Doubts", "ListBounds", "list_bounds", "tie_rule"]

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
    pairs : Pairs or None
        For errors in amounts.
    amount_error : float or None
    """

    rooms: Mapping[str, Room]
    missing_share: float = 1.0
    pairs: Pairs | None = None
    amount_error: float | None = None

    @property
    def with_errors(self) -> bool:
        """Whether errors in amounts are looked at."""
        return self.pairs is not None and self.amount_error is not None


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
    entries = basis.entries
    used = np.flatnonzero(np.isin(entries.group, np.unique(entries.group[ranking.entry])))
    at = np.zeros(entries.group.size, dtype=np.int64)
    at[used] = np.arange(used.size)
    moving = [n for n in scheme.indicators if n in DEAL_INDICATORS]
    needed = {DEAL_INDICATORS[n] for n in moving}
    intervals = int(np.bincount(entries.group[used]).max(initial=1)) * max(len(needed), 1)
    amounts = {
        amount: amount_bounds(
            amount,
            basis.degrees,
            room=doubts.rooms.get(AMOUNTS[amount]),
            missing_share=doubts.missing_share,
            pairs=doubts.pairs,
            amount_error=doubts.amount_error,
            intervals=intervals,
        )
        for amount in sorted(needed)
    }
    ranges = _ranges(basis, scheme, amounts, used, newcomers=bool(doubts.rooms))
    ranks = {name: r.taken(used) for name, r in ranking.ranks.items()}
    scores = ScoreBounds.of(ranks, ranges, scheme)
    entry = at[ranking.entry]
    single = moving[0] if len(scheme.indicators) == len(moving) == 1 else None
    best, worst = np.zeros((2, entry.size), dtype=np.int64)
    ties = tie_rule(cutoff)
    n_selected = ranking.n_selected
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
    if cutoff.threshold is not None:
        certain, out = low >= cutoff.threshold, high < cutoff.threshold
    else:
        last = np.repeat(ranking.places, ranking.size)
        certain, out = worst <= last, best > last
    return ListBounds(best, worst, low, high, ranges, scores, entry, amounts, certain, out)


def _is_group(ranks: RankRange, entry: Int) -> bool:
    """Whether a list holds all that are ranked together, and nobody else can be."""
    group = ranks.group[entry[0]]
    return bool(ranks.count[group] == entry.size and ranks.entrants[group] == 0)


def _ranges(
    basis: Basis,
    scheme: Scheme,
    amounts: Mapping[str, Bounds],
    used: Int,
    *,
    newcomers: bool,
) -> dict[str, RankRange]:
    """Range of the ranks by each indicator that may move, by entry used."""
    entries = basis.entries
    firm, group = entries.firm[used], entries.group[used]
    groups = int(group.max(initial=-1)) + 1
    entrants = np.zeros(groups)
    if newcomers and scheme.rank_within != "region":  # a region without a degree has no list
        entrants[: basis.entrants.size] = basis.entrants[:groups]
    found = {}
    for name in scheme.indicators:
        if name not in DEAL_INDICATORS and not entrants.any():
            continue
        if name not in DEAL_INDICATORS:
            values = Bounds(basis.values[name][firm], basis.values[name][firm])
        elif scheme.rank_within == "region":  # the denominator is common
            values = amounts[DEAL_INDICATORS[name]].take(firm)
        else:
            values = degree_bounds(name, amounts, basis.degrees).take(firm)
        values = _signed(values, name, scheme)
        if scheme.missing == "last":
            values = Bounds(*(np.where(np.isnan(v), -np.inf, v) for v in (values.low, values.high)))
        found[name] = rank_range(values, group, ties=scheme.ties, entrants=entrants)
    return found


def _signed(values: Bounds, name: str, scheme: Scheme) -> Bounds:
    """With the better value higher."""
    return Bounds(-values.high, -values.low) if name in scheme.lower_is_better else values
