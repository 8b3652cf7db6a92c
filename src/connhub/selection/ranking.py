"""From indicator values to ranks, scores, and the place of each firm on its list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.cutoff import Cutoff
from connhub.selection.rank_scores import Ranks, order_in_groups, rank_in_groups
from connhub.selection.schemes import Scheme

__all__ = ["Entries", "Ranking", "rounded"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


def rounded(scores: Float) -> Float:
    """Scores to nine decimals: sums that differ by the order of addition only are ties.

    Parameters
    ----------
    scores : ndarray of float64

    Returns
    -------
    ndarray of float64

    Examples
    --------
    >>> (0.1 + 0.2) + 0.3 == 0.1 + (0.2 + 0.3)
    False
    >>> rounded(np.array([(0.1 + 0.2) + 0.3, 0.1 + (0.2 + 0.3)])).tolist()
    [0.6, 0.6]
    """
    return np.round(scores, 9)


@dataclass(frozen=True, eq=False)
class Entries:
    """What is ranked for the score, and what is listed.

    An entry is a firm; where firms are ranked within fields, a firm in a field. A row of the
    lists is a firm in a field. Firms of no field are ranked with the others and stand on no list.

    Parameters
    ----------
    firm : ndarray of int64, shape (entries,)
        Row of the degrees.
    group : ndarray of int64, shape (entries,)
        Among whom each is ranked.
    entry_of_row, field_of_row, list_of_row : ndarray of int64, shape (rows,)
    """

    firm: Int
    group: Int
    entry_of_row: Int
    field_of_row: Int
    list_of_row: Int

    @classmethod
    def of(
        cls,
        ranked: npt.NDArray[np.bool_],
        region: Int,
        membership: tuple[Int, Int, int] | None,
        scheme: Scheme,
    ) -> Entries:
        """Entries of the ranked firms.

        Parameters
        ----------
        ranked : ndarray of bool, shape (firms,)
        region : ndarray of int64, shape (firms,)
        membership : tuple or None
            Firm and field of every membership, and how many fields there are.
        scheme : Scheme

        Returns
        -------
        Entries
        """
        firm = np.flatnonzero(ranked)
        if membership is None:
            entry, field, fields = np.arange(firm.size), np.zeros(firm.size, dtype=np.int64), 1
        else:
            members, field, fields = membership
            stays = ranked[members]
            field, entry = field[stays], np.searchsorted(firm, members[stays])
        lists = region[firm[entry]] * fields + field
        if scheme.rank_within == "field":
            return cls(firm[entry], field, np.arange(entry.size), field, lists)
        everyone = np.zeros(firm.size, dtype=np.int64)
        group = region[firm] if scheme.rank_within == "region" else everyone
        return cls(firm, group, entry, field, lists)

    def rank(self, key: Float, scheme: Scheme, name: str) -> Ranks:
        """Rank the entries by one indicator.

        Parameters
        ----------
        key : ndarray of float64, shape (firms,)
            By row of the degrees; the order of the values.
        scheme : Scheme
        name : str
            Of the indicator.

        Returns
        -------
        Ranks
        """
        better = key[self.firm]
        better = -better if name in scheme.lower_is_better else better
        if scheme.missing == "last":
            better = np.where(np.isnan(better), -np.inf, better)
        return rank_in_groups(better, self.group, ties=scheme.ties)


@dataclass(frozen=True, eq=False)
class Ranking:
    """The rows of all lists, list after list, the best first.

    Parameters
    ----------
    ranks : mapping of str to Ranks
        Of each indicator, by entry.
    entry, order : ndarray of int64, shape (rows,)
        Entry of each row, and its position among the rows of `Entries`.
    start, size : ndarray of int64, shape (lists,)
        Where each list begins, and how long it is.
    deviation_scores : mapping of str to ndarray of float64, shape (rows,)
        Of each indicator, by the score method of the scheme.
    score : ndarray of float64, shape (rows,)
    rank, tied : ndarray of int64, shape (rows,)
        Rank by score within the list, and how many share it.
    places : ndarray of int64, shape (lists,)
        How many are to be selected.
    selected : ndarray of bool, shape (rows,)
    """

    ranks: Mapping[str, Ranks]
    entry: Int
    order: Int
    start: Int
    size: Int
    deviation_scores: Mapping[str, Float]
    score: Float
    rank: Int
    tied: Int
    places: Int
    selected: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        entries: Entries,
        keys: Mapping[str, Float],
        scheme: Scheme,
        cutoff: Cutoff,
        ids: pa.Array,
    ) -> Ranking:
        """Rank, score, and select.

        Parameters
        ----------
        entries : Entries
        keys : mapping of str to ndarray of float64, shape (firms,)
            Of each indicator: numbers in the order of its values.
        scheme : Scheme
        cutoff : Cutoff
        ids : Array of strings, shape (firms,)

        Returns
        -------
        Ranking
        """
        ranks = {name: entries.rank(keys[name], scheme, name) for name in scheme.indicators}
        of_entry = {name: r.scores(scheme.score_method) for name, r in ranks.items()}
        score = np.zeros(entries.firm.size)
        for name, weight in scheme.weights.items():
            score += weight * of_entry[name]
        score = rounded(score)[entries.entry_of_row]
        order = order_in_groups(score, entries.list_of_row)
        score, lists = score[order], entries.list_of_row[order]
        start = np.flatnonzero(np.diff(lists, prepend=-1))
        size = np.diff(np.append(start, order.size))
        new = np.ones(order.size, dtype=bool)
        new[1:] = (lists[1:] != lists[:-1]) | (score[1:] != score[:-1])
        first = np.flatnonzero(new)
        tied = np.diff(np.append(first, order.size))
        rank = np.repeat(first + 1, tied) - np.repeat(start, size)
        tied = np.repeat(tied, tied)
        _order_ties(order, np.cumsum(new), tied > 1, entries, ids)
        places = cutoff.places(size)
        if cutoff.threshold is not None:
            selected = score >= cutoff.threshold
        else:
            last = rank if cutoff.cut_ties == "include" else rank + tied - 1
            selected = last <= np.repeat(places, size)
        entry = entries.entry_of_row[order]
        of_row = {name: scores[entry] for name, scores in of_entry.items()}
        return cls(ranks, entry, order, start, size, of_row, score, rank, tied, places, selected)

    @property
    def place_in_list(self) -> Int:
        """Position of each row in its list, from 0; ties count up."""
        return np.arange(self.entry.size) - np.repeat(self.start, self.size)

    @property
    def list_of_row(self) -> Int:
        """Which list each row is on."""
        return np.repeat(np.arange(self.size.size), self.size)

    @cached_property
    def n_selected(self) -> Int:
        """How many firms of each list are selected, shape (lists,)."""
        return np.bincount(self.list_of_row[self.selected], minlength=self.size.size)

    def crossing(self) -> Int:
        """First row of every run of ties that crosses the last place of its list.

        Returns
        -------
        ndarray of int64
        """
        places = np.repeat(self.places, self.size)
        crosses = (self.rank <= places) & (self.rank + self.tied - 1 > places)
        begins = np.diff(self.rank, prepend=0) != 0
        begins[self.start] = True
        return np.flatnonzero(crosses & begins)

    def of_rows(self, rows: Int) -> Ranking:
        """Some rows of some lists; ranks and scores stay as they are.

        Parameters
        ----------
        rows : ndarray of int64
            In order.

        Returns
        -------
        Ranking
        """
        lists, size = np.unique(self.list_of_row[rows], return_counts=True)
        return replace(
            self,
            entry=self.entry[rows],
            order=self.order[rows],
            start=np.cumsum(size) - size,
            size=size,
            deviation_scores={n: scores[rows] for n, scores in self.deviation_scores.items()},
            score=self.score[rows],
            rank=self.rank[rows],
            tied=self.tied[rows],
            places=self.places[lists],
            selected=self.selected[rows],
        )


def _order_ties(
    order: Int, run: Int, tied: npt.NDArray[np.bool_], entries: Entries, ids: pa.Array
) -> None:
    """Put tied rows in the order of their ids, in place: a complete order, for display only."""
    where = np.flatnonzero(tied)
    if where.size:
        firm = entries.firm[entries.entry_of_row[order[where]]]
        table = pa.table({"run": run[where], "id": ids.take(pa.array(firm))})
        by = [("run", "ascending"), ("id", "ascending")]
        order[where] = order[where][pc.sort_indices(table, sort_keys=by).to_numpy()]
