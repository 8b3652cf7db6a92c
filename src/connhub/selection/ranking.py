"""From indicator values to ranks, scores, and the place of each firm on its list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.selection.cutoff import Cut
from connhub.selection.rank_scores import Ranks, order_in_groups, rank_in_groups
from connhub.selection.schemes import Scheme

__all__ = ["Standing", "Units", "rounded"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


def rounded(scores: Float) -> Float:
    """Scores to nine decimals: sums that differ by the order of addition only are ties.

    Examples
    --------
    >>> (0.1 + 0.2) + 0.3 == 0.1 + (0.2 + 0.3)
    False
    >>> rounded(np.array([(0.1 + 0.2) + 0.3, 0.1 + (0.2 + 0.3)])).tolist()
    [0.6, 0.6]
    """
    return np.round(scores, 9)


@dataclass(frozen=True, eq=False)
class Units:
    """What is ranked for the score, and what is listed.

    A unit is a firm; where firms are ranked within fields, a firm in a field. A line of the lists
    is a firm in a field. Firms of no field are ranked with the others and stand on no list.

    Parameters
    ----------
    firm : ndarray of int64, shape (units,)
        Row of the degrees.
    population : ndarray of int64, shape (units,)
        Among whom each is ranked.
    unit_of_line, field_of_line, list_of_line : ndarray of int64, shape (lines,)
    """

    firm: Int
    population: Int
    unit_of_line: Int
    field_of_line: Int
    list_of_line: Int

    @classmethod
    def of(
        cls,
        ranked: npt.NDArray[np.bool_],
        region: Int,
        membership: tuple[Int, Int, int] | None,
        scheme: Scheme,
    ) -> Units:
        """Units of the ranked firms; `membership` has firms, fields, and how many fields."""
        firm = np.flatnonzero(ranked)
        if membership is None:
            line, field, fields = np.arange(firm.size), np.zeros(firm.size, dtype=np.int64), 1
        else:
            members, field, fields = membership
            stays = ranked[members]
            field, line = field[stays], np.searchsorted(firm, members[stays])
        lists = region[firm[line]] * fields + field
        if scheme.population == "field":
            return cls(firm[line], field, np.arange(line.size), field, lists)
        everyone = np.zeros(firm.size, dtype=np.int64)
        population = region[firm] if scheme.population == "region" else everyone
        return cls(firm, population, line, field, lists)

    def rank(self, values: Float, scheme: Scheme, name: str) -> Ranks:
        """Ranks of one indicator, given by row of the degrees."""
        better = values[self.firm]
        better = -better if name in scheme.lower_is_better else better
        if scheme.missing == "last":
            better = np.where(np.isnan(better), -np.inf, better)
        return rank_in_groups(better, self.population, ties=scheme.ties)


@dataclass(frozen=True, eq=False)
class Standing:
    """The lines of all lists, list after list, the best first.

    Parameters
    ----------
    ranks : mapping of str to Ranks
        Of each indicator, by unit.
    unit, line : ndarray of int64, shape (lines,)
        Unit of each line, and its position in `Units`.
    start, size : ndarray of int64, shape (lists,)
        Where each list begins, and how long it is.
    deviation : mapping of str to ndarray of float64, shape (lines,)
        Deviation score of each indicator under the reading of the scheme.
    score : ndarray of float64, shape (lines,)
    rank, tied : ndarray of int64, shape (lines,)
        Rank by score within the list, and how many share it.
    places : ndarray of int64, shape (lists,)
        How many are to be chosen.
    selected : ndarray of bool, shape (lines,)
    """

    ranks: Mapping[str, Ranks]
    unit: Int
    line: Int
    start: Int
    size: Int
    deviation: Mapping[str, Float]
    score: Float
    rank: Int
    tied: Int
    places: Int
    selected: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls, units: Units, values: Mapping[str, Float], scheme: Scheme, cut: Cut, ids: pa.Array
    ) -> Standing:
        """Rank, score, and choose."""
        ranks = {name: units.rank(values[name], scheme, name) for name in scheme.indicators}
        deviation = {name: r.scores(scheme.reading) for name, r in ranks.items()}
        score = np.zeros(units.firm.size)
        for name, weight in scheme.weights.items():
            score += weight * deviation[name]
        score = rounded(score)[units.unit_of_line]
        line = order_in_groups(score, units.list_of_line)
        score, lists = score[line], units.list_of_line[line]
        start = np.flatnonzero(np.diff(lists, prepend=-1))
        size = np.diff(np.append(start, line.size))
        new = np.ones(line.size, dtype=bool)
        new[1:] = (lists[1:] != lists[:-1]) | (score[1:] != score[:-1])
        first = np.flatnonzero(new)
        tied = np.diff(np.append(first, line.size))
        rank = np.repeat(first + 1, tied) - np.repeat(start, size)
        tied = np.repeat(tied, tied)
        _order_ties(line, np.cumsum(new), tied > 1, units, ids)
        places = cut.places(size)
        if cut.threshold is not None:
            selected = score >= cut.threshold
        else:
            last = rank if cut.ties == "include" else rank + tied - 1
            selected = last <= np.repeat(places, size)
        unit = units.unit_of_line[line]
        by_line = {name: scores[unit] for name, scores in deviation.items()}
        return cls(ranks, unit, line, start, size, by_line, score, rank, tied, places, selected)

    def crossing(self) -> Int:
        """First line of every run of ties that crosses the last place of its list."""
        places = np.repeat(self.places, self.size)
        crosses = (self.rank <= places) & (self.rank + self.tied - 1 > places)
        begins = np.diff(self.rank, prepend=0) != 0
        begins[self.start] = True
        return np.flatnonzero(crosses & begins)


def _order_ties(
    line: Int, run: Int, tied: npt.NDArray[np.bool_], units: Units, ids: pa.Array
) -> None:
    """Put tied lines in the order of their ids, in place: a complete order, for display only."""
    where = np.flatnonzero(tied)
    if where.size:
        firm = units.firm[units.unit_of_line[line[where]]]
        table = pa.table({"run": run[where], "id": ids.take(pa.array(firm))})
        by = [("run", "ascending"), ("id", "ascending")]
        line[where] = line[where][pc.sort_indices(table, sort_keys=by).to_numpy()]
