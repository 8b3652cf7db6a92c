"""What a scenario does to degrees, ranks and regions, with ranges over what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from connhub.measures.degree_change import shapley_effects
from connhub.quotients import quotient
from connhub.scenario.deal_changes import ChangedDeals
from connhub.scenario.economy import Economy

__all__ = ["MEASURES", "DegreeChange", "Range", "Shift", "degree_change", "shift_of"]

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
MEASURES = ("in_region_transactions", "out_of_region_sales", "out_of_region_purchases")
"""Of regions."""
_QUANTILES = (0.05, 0.95)
_CHUNK = 4096


@dataclass(frozen=True, eq=False)
class Shift:
    """What changed pairs add to firms and regions, in multiples of the resolution.

    Parameters
    ----------
    firms : ndarray of int64, shape (k,)
        Those with a change, by their index afterwards.
    amounts : ndarray of int64, shape (2, k)
        To their out-of-region sales and in-region purchases.
    regions : ndarray of int64, shape (3, R)
        To the `MEASURES` of each region.
    denominators : ndarray of int64, shape (2, R)
        To what both degrees divide by.
    """

    firms: Int
    amounts: Int
    regions: Int
    denominators: Int

    def among(self, firms: Int, side: int) -> Shift:
        """What it changes on one side of some firms, sorted, by their positions."""
        rows = np.flatnonzero(self.amounts[side])
        at = np.searchsorted(firms, self.firms[rows])
        there = np.append(firms, -1)[at] == self.firms[rows]
        return replace(self, firms=at[there], amounts=self.amounts[:, rows[there]])


def shift_of(changed: ChangedDeals, economy: Economy, places: Int) -> Shift:
    """Add changed pairs up.

    Parameters
    ----------
    changed : ChangedDeals
    economy : Economy
    places : ndarray of int64
        Region of each newcomer.

    Returns
    -------
    Shift
    """
    n, size = len(economy.firms), economy.nodes.places
    ends = changed.seller, changed.buyer
    p, q = (_regions(end, economy, places) for end in ends)
    inside, change = p == q, changed.change
    outside = ~inside
    regions = np.zeros((3, size), dtype=np.int64)
    for of_measure, place, rows in zip(regions, (p, p, q), (inside, outside, outside), strict=True):
        np.add.at(of_measure, place[rows], change[rows])
    sums, denominators = [], np.zeros((2, size), dtype=np.int64)
    for side, (party, place, counted) in enumerate(((ends[0], p, outside), (ends[1], q, inside))):
        rows = np.flatnonzero(counted & ((party < n) | (party >= n + size)))  # listed, or new
        np.add.at(denominators[side], place[rows], change[rows])
        firm = party[rows]
        sums.append((np.where(firm < n, firm, firm - size), change[rows]))
    firms = np.unique(np.concatenate([firm for firm, _ in sums]))
    amounts = np.zeros((2, firms.size), dtype=np.int64)
    for of_side, (firm, money) in zip(amounts, sums, strict=True):
        np.add.at(of_side, np.searchsorted(firms, firm), money)
    return Shift(firms, amounts, regions[:, :-2], denominators[:, :-2])


def _regions(nodes: Int, economy: Economy, places: Int) -> Int:
    """Region of each node; newcomers are behind all of the economy."""
    known = economy.region.size
    of_known = economy.region[np.minimum(nodes, known - 1)]
    if not places.size:
        return of_known
    return np.where(nodes < known, of_known, places[np.maximum(nodes - known, 0)])


@dataclass(frozen=True, eq=False)
class Range:
    """Lowest and highest values over groups of shifts: in each group, its 5% and 95% quantiles.

    Parameters
    ----------
    groups : sequence of sequence of Shift
        Without displacement, and with all of it: first with all peers, then the draws of them.
    """

    groups: Sequence[Sequence[Shift]]

    def of(self, values: Sequence[Float]) -> tuple[Float, Float]:
        """Low and high of values, for each group an array whose last axis is that of its shifts."""
        low: list[Float] = []
        high: list[Float] = []
        for group in values:
            draws = group[..., 1:] if group.shape[-1] > 1 else group
            for bounds, quantile in ((low, _QUANTILES[0]), (high, _QUANTILES[1])):
                bounds.append(np.quantile(draws, quantile, axis=-1))
        return np.minimum.reduce(low), np.maximum.reduce(high)

    def of_regions(self, before: Int) -> tuple[Float, Float]:
        """Of the sums (3, R) of regions."""
        sums = [np.stack([before + s.regions for s in group], axis=-1) for group in self.groups]
        return self.of([values.astype(np.float64) for values in sums])

    def of_degrees(
        self,
        side: int,
        amount: Int,
        region: Int,
        denominator: Int,
        fixed: npt.NDArray[np.bool_],
        *,
        step: int = 1,
    ) -> tuple[Float, Float]:
        """Of the degrees of firms.

        Parameters
        ----------
        side : int
            0 for the connector degree, 1 for the hub degree.
        amount : ndarray of int64, shape (n,)
            Before, of all firms.
        region : ndarray of int64, shape (n,)
            Below R for those that have one.
        denominator : ndarray of int64, shape (R,)
            Before.
        fixed : ndarray of bool, shape (R,)
            Whether it is an official one, which stays.
        step : int
            Units of amounts and denominators in one of the shifts.

        Returns
        -------
        low, high : ndarray of float64, shape (n,)
            NaN where undefined.
        """
        wholes = []
        for group in self.groups:
            changes = np.stack([shift.denominators[side] * step for shift in group], axis=-1)
            whole = denominator[:, None] + np.where(fixed[:, None], 0, changes)
            known = np.where(whole > 0, whole, np.nan).astype(np.float64)
            wholes.append(np.pad(known, ((0, 2), (0, 0)), constant_values=np.nan))
        kept = amount.astype(np.float64)
        bounds = self.of([1 / whole for whole in wholes])
        ends = np.sort(np.stack([kept * bound[region] for bound in bounds]), axis=0)
        low: Float = ends[0]
        high: Float = ends[1]
        any_shift = np.zeros(amount.size, dtype=np.bool_)
        for shift in (shift for group in self.groups for shift in group):
            any_shift[shift.firms] = True
        touched = np.flatnonzero(any_shift)
        for start in range(0, touched.size, _CHUNK):
            firms = touched[start : start + _CHUNK]
            values: list[Float] = []
            for group, of_group in zip(self.groups, wholes, strict=True):
                parts = [amount[firms] + step * _amounts(s, side, firms) for s in group]
                shares: Float = np.stack(parts, axis=-1) / of_group[region[firms]]
                values.append(shares)
            low[firms], high[firms] = self.of(values)
        return low, high


def _amounts(shift: Shift, side: int, firms: Int) -> Int:
    """What a shift adds to the amounts of some firms, sorted."""
    start, stop = np.searchsorted(shift.firms, (firms[0], firms[-1] + 1))
    out = np.zeros(firms.size, dtype=np.int64)
    out[np.searchsorted(firms, shift.firms[start:stop])] = shift.amounts[side][start:stop]
    return out


@dataclass(frozen=True, eq=False)
class DegreeChange:
    """One degree of all firms, before and after, all of shape (n,); NaN or -1 where undefined."""

    before: Float
    after: Float
    own: Float
    denominator: Float
    rank_before: Int
    rank_after: Int


def degree_change(
    amounts: tuple[Int, Int], wholes: tuple[Int, Int], region: Int, *, known_before: int
) -> DegreeChange:
    """Split the change of a degree into the firm's own part and that of the denominator.

    By Shapley, see `shapley_effects`: what the firm does counts at the mean of both denominators,
    what the denominator does at the mean of both amounts. The two add up to the change of S / D.

    Parameters
    ----------
    amounts : pair of ndarray of int64, shape (n,)
    wholes : pair of ndarray of int64, shape (R,)
    region : ndarray of int64, shape (n,)
        Below R for those that have one.
    known_before : int
        How many of the firms were there before; the others have no rank then.

    Returns
    -------
    DegreeChange

    Examples
    --------
    A newcomer sells 240 out of a region of 160; the others sell what they did.

    >>> amounts = np.array([100, 60, 0]), np.array([100, 60, 240])
    >>> here = np.array([160]), np.array([400])
    >>> change = degree_change(amounts, here, np.zeros(3, np.int64), known_before=2)
    >>> change.before.tolist(), change.after.tolist()
    ([0.625, 0.375, 0.0], [0.25, 0.15, 0.6])
    >>> change.denominator.round(3).tolist(), change.own.tolist()
    ([-0.375, -0.225, -0.45], [0.0, 0.0, 1.05])
    """
    before, after = (np.append(whole, [0, 0])[region] for whole in wholes)
    own, denominator = shapley_effects(amounts, (before, after))
    rank_before = np.full(region.size, -1)
    old = slice(0, known_before)
    rank_before[old] = _ranks(amounts[0][old], before[old], region[old])
    return DegreeChange(
        quotient(amounts[0], before),
        quotient(amounts[1], after),
        own,
        denominator,
        rank_before,
        _ranks(amounts[1], after, region),
    )


def _ranks(amount: Int, whole: Int, region: Int) -> Int:
    """Rank of each firm within its region, 1 for the largest amount; ties share the best."""
    order = np.argsort(-amount)
    order = order[np.argsort(region[order].astype(np.int16), kind="stable")]  # by radix
    sorted_region, sorted_amount = region[order], amount[order]
    counts = np.bincount(region)
    first = (np.cumsum(counts) - counts)[sorted_region]
    place = np.arange(order.size)
    new: Any = np.ones(order.size, dtype=np.bool_)
    new[1:] = (sorted_region[1:] != sorted_region[:-1]) | (sorted_amount[1:] != sorted_amount[:-1])
    start = np.maximum.accumulate(np.where(new, place, 0))
    ranks = np.empty(order.size, dtype=np.int64)
    ranks[order] = start - first + 1
    return np.where(whole > 0, ranks, -1)
