"""Intervals of degrees whose amounts are estimated, from draws of the amounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import from_numpy, nan_as_null, text, to_numpy
from connhub.estimation.degree_draws import FirmDraws
from connhub.estimation.estimated_transactions import EstimatedTransactions
from connhub.intake.firm_table import FirmTable
from connhub.measures.degrees import QUOTIENTS, Degrees, denominators
from connhub.options import Policies
from connhub.totals.totals import Totals

__all__ = ["LEVEL", "degree_intervals", "draw_degrees", "with_intervals"]

LEVEL = 0.90
"""Of the intervals."""
_FIRMS = 1 << 16
_DEGREES = ("connector_degree", "hub_degree")
Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]


class Drawn(Protocol):
    """Draws of sums by firm; see `FirmDraws`."""

    @property
    def count(self) -> int:
        """How many draws intervals are taken from."""

    def estimate(self) -> tuple[Int, Int]:
        """Out-of-region sales and in-region purchases, shape (n,) each, of the estimate itself."""

    def take(self, count: int) -> Iterable[tuple[Int, Int]]:
        """The same of draws."""


def degree_intervals(
    totals: Totals, firms: FirmTable, drawn: Drawn, *, region_totals: Any = None
) -> Mapping[str, Float]:
    """Bounds of both degrees of every firm: the 5% and 95% quantiles of draws.

    Numerator and denominator are drawn together, but for official denominators, which are fixed.

    Parameters
    ----------
    totals : Totals
        With the estimate itself.
    firms : FirmTable
        The table that `totals` was computed with, n firms.
    drawn : FirmDraws
        What of the out-of-region sales and in-region purchases of the firms is estimated.
    region_totals : table, optional
        As for `degrees`.

    Returns
    -------
    dict of str to ndarray of float64, shape (n,)
        ``connector_degree_low, connector_degree_high, hub_degree_low, hub_degree_high``; they
        hold the degree itself, and are NaN where it is undefined.
    """
    amounts, units = totals.firm_amounts, totals.money.in_result_units
    given = denominators(totals, firms, region_totals)
    observed = denominators(totals, firms)
    estimate = drawn.estimate()
    counted = (units(amounts["out_of_region_sales"]), units(amounts["in_region_purchases"]))
    sides = [
        _Side(firms.regions.index, counted[k], counted[k] - estimate[k], given[k], observed[k])
        for k in range(2)
    ]
    shares: tuple[list[Any], list[Any]] = ([], [])
    for draw in drawn.take(drawn.count):
        for side, values, found in zip(sides, draw, shares, strict=True):
            found.append(side.degrees(side.known + values).astype(np.float32))
    columns: dict[str, Float] = {}
    for name, side, found in zip(_DEGREES, sides, shares, strict=True):
        point = side.degrees(side.counted)
        low, high = _quantiles(found)
        columns[f"{name}_low"] = np.fmin(low, point)
        columns[f"{name}_high"] = np.fmax(high, point)
        for end in ("low", "high"):
            columns[f"{name}_{end}"][np.isnan(point)] = np.nan
    return columns


def with_intervals(
    totals: Totals, firms: FirmTable, transactions: Any, policies: Policies, region_totals: Any
) -> tuple[Totals, Mapping[str, Float] | None]:
    """Totals with the notes of an estimate, and intervals; as they are of other transactions."""
    if not isinstance(transactions, EstimatedTransactions):
        return totals, None
    totals = totals.with_notes(transactions.notes)
    drawn = FirmDraws.of(transactions, firms, policies)
    return totals, degree_intervals(totals, firms, drawn, region_totals=region_totals)


class _Side:
    """Connector or hub degrees of amounts by firm.

    Parameters
    ----------
    index : ndarray of int32, shape (n,)
        Region of each firm; those from the number of regions on have no degree.
    counted, known : ndarray of int64, shape (n,)
        All that was counted, and what of it is not estimated.
    given, observed : ndarray of int64, shape (R,)
        Denominators, and the sums of the firms; where they differ, denominators are official.
    """

    def __init__(self, index: Any, counted: Int, known: Int, given: Int, observed: Int) -> None:
        self.index, self.size = index, given.size
        self.counted, self.known = counted, known
        self.given, self.fixed = given, given != observed

    def degrees(self, amounts: Int) -> Float:
        """Shares of the region's sum; NaN where that is not positive, or the firm has no region."""
        sums = np.zeros(self.size + 2, dtype=np.int64)
        np.add.at(sums, self.index, amounts)
        whole = np.where(self.fixed, self.given, sums[: self.size])
        whole = np.append(whole, [0, 0])[self.index]
        shares = np.full(amounts.size, np.nan)
        np.divide(amounts, whole, out=shares, where=whole > 0)
        return shares


def draw_degrees(
    degrees: Degrees, estimate: tuple[Int, Int], draws: Iterable[tuple[Int, Int]]
) -> pa.Table:
    """Degrees of each draw, one row a draw and firm, for the certainty of a list.

    Parameters
    ----------
    degrees : Degrees, n rows
    estimate : pair of ndarray of int64, shape (n,)
        What of the out-of-region sales and in-region purchases of the rows is estimated.
    draws : iterable of pairs of ndarray of int64, shape (n,)
        The same of each draw.

    Returns
    -------
    Table
        ``draw`` (int32, from 0), ``firm_id``, ``connector_degree``, ``hub_degree``.
    """
    data = degrees.to_arrow()
    regions = to_numpy(text(data["region"]).dictionary_encode().indices)
    first = np.unique(regions, return_index=True)[1]
    sides = []
    for k, (amount, whole) in enumerate(map(QUOTIENTS.__getitem__, _DEGREES)):
        counted = to_numpy(data[amount])
        observed = np.zeros(first.size, dtype=np.int64)
        np.add.at(observed, regions, counted)
        given = to_numpy(data[whole])[first]
        sides.append(_Side(regions, counted, counted - estimate[k], given, observed))
    parts = []
    for number, draw in enumerate(draws):
        columns = {
            name: nan_as_null(side.degrees(side.known + values))
            for name, side, values in zip(_DEGREES, sides, draw, strict=True)
        }
        count = from_numpy(np.full(len(data), number, dtype=np.int32))
        parts.append(pa.table({"draw": count, "firm_id": data["firm_id"], **columns}))
    return pa.concat_tables(parts)


def _quantiles(draws: list[npt.NDArray[np.float32]]) -> tuple[Float, Float]:
    """Ends of the interval of each firm, some firms at a time."""
    size, level = draws[0].size, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    ends = np.empty((2, size))
    for first in range(0, size, _FIRMS):
        some = np.stack([draw[first : first + _FIRMS] for draw in draws]).astype(np.float64)
        ends[:, first : first + _FIRMS] = np.quantile(some, level, axis=0)
    return ends[0], ends[1]
