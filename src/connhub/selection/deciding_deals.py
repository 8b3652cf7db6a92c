"""What decides the lists: which deal, left out alone, would change one.

A list by a single indicator changes where the amount of a firm passes that of the firm at the
last place; so every deal can be judged exactly and at once. By several indicators one deal moves a
rank, and through the denominator or the ties the scores of others: there the largest deals of the
firms around the cut are left out one by one, and the list is made anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connhub.cutoff import Cutoff
from connhub.measures.firm_flows import FirmFlows
from connhub.selection.basis import Basis
from connhub.selection.indicator_bounds import AMOUNT_OF, DEAL_INDICATORS, sums_over_firms
from connhub.selection.list_bounds import NEXT
from connhub.selection.ranking import Ranking
from connhub.selection.schemes import Scheme
from connhub.selection.without_deal import ListsWithoutDeals

__all__ = ["LARGEST", "Deals", "deciding_deals", "is_exact"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LARGEST = 10
"""Of each firm, so many deals are left out one by one where a scheme has several indicators."""


@dataclass(frozen=True, eq=False)
class Deals:
    """Deals, each with the row of the lists whose firm it belongs to.

    Parameters
    ----------
    row, pair : ndarray of int64, shape (deals,)
        Row of the lists, and position among the pairs.
    changes : ndarray of bool, shape (deals,)
        Whether the list would change without the deal.
    stays : ndarray of bool, shape (deals,)
        Whether the firm would then be selected.
    """

    row: Int
    pair: Int
    changes: Mask
    stays: Mask


def is_exact(scheme: Scheme, cutoff: Cutoff) -> bool:
    """Whether every deal is judged: a list by one indicator that is made of deals.

    Parameters
    ----------
    scheme : Scheme
    cutoff : Cutoff

    Returns
    -------
    bool
    """
    name = scheme.indicators[0]
    single = len(scheme.indicators) == 1 and name in DEAL_INDICATORS
    return single and name not in scheme.lower_is_better and cutoff.threshold is None


def deciding_deals(
    basis: Basis, ranking: Ranking, scheme: Scheme, cutoff: Cutoff, flows: FirmFlows
) -> Deals:
    """Judge deals: all, by a single indicator; the largest of the first firms, by several.

    Parameters
    ----------
    basis : Basis
    ranking : Ranking
        Some lists of it.
    scheme : Scheme
    cutoff : Cutoff
    flows : FirmFlows

    Returns
    -------
    Deals
        Those that decide, and the largest of each of the first firms.
    """
    if is_exact(scheme, cutoff):
        return _all_deals(basis, ranking, scheme.indicators[0], cutoff, flows)
    return _largest_deals(basis, ranking, scheme, cutoff, flows)


def _first(ranking: Ranking) -> Int:
    """The selected rows of each list, and the next."""
    limit = (ranking.n_selected + NEXT)[ranking.list_of_row]
    return np.flatnonzero(ranking.place_in_list < limit)


def _rows_of_firms(rows: Int, firm_of_row: Int, firms: Int) -> tuple[Int, Int]:
    """For each of some firms its rows: positions among the firms, and the rows."""
    order = rows[np.argsort(firm_of_row[rows], kind="stable")]
    ordered = firm_of_row[order]
    first = np.searchsorted(ordered, firms, side="left")
    count = np.searchsorted(ordered, firms, side="right") - first
    position = np.repeat(np.arange(firms.size), count)
    offset = np.arange(position.size) - np.repeat(np.cumsum(count) - count, count)
    return position, order[first[position] + offset]


def _all_deals(
    basis: Basis, ranking: Ranking, name: str, cutoff: Cutoff, flows: FirmFlows
) -> Deals:
    amount = DEAL_INDICATORS[name]
    firm_of_row = basis.entries.firm[ranking.entry]
    counted = basis.degrees.frame[amount].to_numpy(dtype=np.int64)
    value = counted[firm_of_row]
    last, moves = _last_place(ranking, value, cutoff)
    which, owner = flows.owner(amount)
    size = flows.amount[which]
    whole = np.full(counted.size, np.iinfo(np.int64).max)
    if name in AMOUNT_OF and sums_over_firms(amount, basis.degrees):
        whole = basis.degrees.frame[f"region_{amount}"].to_numpy(dtype=np.int64)
    # Deals that are too small to matter are passed over: below the least margin of their firm.
    least = np.full(counted.size, np.iinfo(np.int64).max)
    ahead = value >= last
    np.minimum.at(least, firm_of_row[ahead], (value - last)[ahead])
    at = np.flatnonzero((size >= least[owner]) | (size < 0) | (size >= whole[owner]))
    deal, row = _rows_of_firms(np.arange(value.size), firm_of_row, owner[at])
    deal = at[deal]
    stays, changes = _without(value[row], size[deal], last[row], moves[row], cutoff)
    anyone = (ranking.n_selected > 0)[ranking.list_of_row]
    vanishes = size[deal] >= whole[owner[deal]]  # no denominator, no list
    changes, stays = np.where(vanishes, anyone[row], changes), stays & ~vanishes
    first = _first(ranking)
    top_row, top_deal = _largest_of_rows(first, firm_of_row, owner, size, 1)
    top_stays, top_changes = _without(
        value[top_row], size[top_deal], last[top_row], moves[top_row], cutoff
    )
    top_vanishes = size[top_deal] >= whole[owner[top_deal]]
    rows = np.concatenate([row[changes], top_row])
    deals = np.concatenate([deal[changes], top_deal])
    top_changes = np.where(top_vanishes, anyone[top_row], top_changes)
    both = np.concatenate([changes[changes], top_changes])
    stay = np.concatenate([stays[changes], top_stays & ~top_vanishes])
    return _distinct(rows, which[deals], both, stay)


def _distinct(row: Int, pair: Int, changes: Mask, stays: Mask) -> Deals:
    _, first = np.unique(np.stack([row, pair]), axis=1, return_index=True)
    return Deals(row[first], pair[first], changes[first], stays[first])


def _last_place(ranking: Ranking, value: Int, cutoff: Cutoff) -> tuple[Int, Mask]:
    """For each row the amount that the last place takes among the others, and who moves with it.

    A firm is selected above that amount and, where ties are included, level with it. The firms at
    that amount are selected or not as the firm is below or above them, unless others decide.
    """
    last = np.full(value.size, np.iinfo(np.int64).min)
    moves = np.zeros(value.size, dtype=bool)
    for start, size, places in zip(ranking.start, ranking.size, ranking.places, strict=True):
        rows = slice(start, start + size)
        if size - 1 < places:
            continue  # all are selected, whatever they sell
        ordered = np.sort(value[rows])[::-1]
        above = value[rows] >= ordered[places - 1]  # of the first ones the next takes the place
        last[rows] = np.where(above, ordered[places], ordered[places - 1])
        if cutoff.cut_ties == "exclude":
            below = np.full(size, np.iinfo(np.int64).min)
            if size - 1 > places:
                below = np.where(
                    value[rows] >= ordered[places], ordered[places + 1], ordered[places]
                )
            moves[rows] = last[rows] > below
        else:
            over = np.full(size, np.iinfo(np.int64).max)
            if places > 1:
                over = np.where(
                    value[rows] >= ordered[places - 2], ordered[places - 1], ordered[places - 2]
                )
            moves[rows] = over > last[rows]
    return last, moves


def _without(value: Int, size: Int, last: Int, moves: Mask, cutoff: Cutoff) -> tuple[Mask, Mask]:
    """Whether a firm is selected without a deal, and whether the list changes."""
    none = last == np.iinfo(np.int64).min
    after = value - size
    if cutoff.cut_ties == "exclude":
        before, stays = value > last, after > last
        others = (value < last) != (after < last)
    else:
        before, stays = value >= last, after >= last
        others = (value <= last) != (after <= last)
    changes = (before != stays) | (moves & others)
    return stays | none, changes & ~none


def _largest_of_rows(
    rows: Int, firm_of_row: Int, owner: Int, size: Int, count: int
) -> tuple[Int, Int]:
    """The largest deals of the firms of some rows: row, and position among the deals."""
    firms = np.unique(firm_of_row[rows])
    wanted = np.zeros(int(max(owner.max(initial=0), firms.max(initial=0))) + 1, dtype=bool)
    wanted[firms] = True
    at = np.flatnonzero(wanted[owner])
    order = at[np.lexsort((at, -size[at], owner[at]))]
    start = np.searchsorted(owner[order], firms)
    end = np.minimum(np.searchsorted(owner[order], firms, side="right"), start + count)
    number = end - start
    firm = np.repeat(firms, number)
    offset = np.arange(firm.size) - np.repeat(np.cumsum(number) - number, number)
    deal = order[np.repeat(start, number) + offset]
    position, row = _rows_of_firms(rows, firm_of_row, firm)
    return row, deal[position]


def _largest_deals(
    basis: Basis, ranking: Ranking, scheme: Scheme, cutoff: Cutoff, flows: FirmFlows
) -> Deals:
    lists = ListsWithoutDeals(basis, ranking, scheme, cutoff, flows)
    firm_of_row = basis.entries.firm[ranking.entry]
    parts = []
    for amount in sorted(set(lists.amounts.values())):
        which, owner = flows.owner(amount)
        row, deal = _largest_of_rows(
            _first(ranking), firm_of_row, owner, flows.amount[which], LARGEST
        )
        parts.append(np.stack([row, which[deal]]))
    if not parts:
        return Deals(*(np.empty(0, dtype=np.int64),) * 2, *(np.empty(0, dtype=bool),) * 2)
    row, pair = np.unique(np.concatenate(parts, axis=1), axis=1)
    order = np.lexsort((-flows.amount[pair], row))
    row, pair = row[order], pair[order]
    new = np.flatnonzero(np.diff(row, prepend=-1))
    place = np.arange(row.size) - np.repeat(new, np.diff(np.append(new, row.size)))
    row, pair = row[place < LARGEST], pair[place < LARGEST]
    judged = np.zeros((2, row.size), dtype=bool)
    of_row = ranking.list_of_row[row]
    for k in np.unique(of_row).tolist():
        here = np.flatnonzero(of_row == k)
        judged[:, here] = np.array(list(lists.judged(k, row[here], pair[here]))).T
    return Deals(row, pair, judged[0], judged[1])
