"""What firms report in all, beside what was counted of them: how much may be missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import text
from connhub.errors import Fault, OptionError
from connhub.measures.degrees import Degrees
from connhub.selection.financials import Financials

__all__ = ["REPORTED", "Room", "reported_amounts", "reported_sales", "rooms"]

Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

REPORTED = {"sales": "net_sales", "purchases": "purchases_reported"}
"""What of a firm is counted, and the column of the financials that reports all of it."""


@dataclass(frozen=True, eq=False)
class Room:
    """How much may be missing of what was counted of each firm, by row of the degrees.

    Parameters
    ----------
    unexplained : ndarray of int64, shape (n,)
        What a firm reports minus what was counted of it; 0 where it has no bound.
    bounded : ndarray of bool, shape (n,)
        Whether it has a bound: from its report, or from the coverage of its region.
    contradicted : ndarray of bool, shape (n,)
        Whether more was counted than it reports: its report is no bound.
    reported, explained : int
        Sums over the firms whose report is a bound: what they report, and what of it was counted.
    """

    unexplained: Int
    bounded: Mask
    contradicted: Mask
    reported: int
    explained: int


def rooms(
    degrees: Degrees,
    financials: Financials,
    *,
    reported_year: int | None = None,
    without_bound: Literal["list", "coverage"] = "list",
) -> dict[str, Room]:
    """How much may be missing of sales and of purchases, as far as the financials report them.

    Parameters
    ----------
    degrees : Degrees
        n firms.
    financials : Financials
        Of the years that were counted, money in the unit of the degrees.
    reported_year : int, optional
        Year of the financials, where the transactions name none.
    without_bound : {"list", "coverage"}
        A firm that reports nothing, or less than was counted, has no bound; or that of the mean
        coverage of the firms of its region that have one.

    Returns
    -------
    dict
        `Room` of ``"sales"`` and ``"purchases"``, where there is such a column.

    Raises
    ------
    OptionError
        When the financials are of other years or in another unit.

    Examples
    --------
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.measures.degrees import degrees
    >>> from connhub.selection.financials import read_financials
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]}))
    >>> trade = pa.table({"seller_id": ["a", "b"], "buyer_id": ["b", "a"], "amount": [30, 10],
    ...                   "year": [2025, 2025]})
    >>> reports = pa.table({"firm_id": ["a", "b"], "year": [2025, 2025], "net_sales": [50, 5]})
    >>> found = rooms(degrees(total(trade, firms), firms), read_financials(reports))["sales"]
    >>> found.unexplained.tolist(), found.contradicted.tolist()
    ([20, 0], [False, True])
    """
    amounts = reported_amounts(degrees, financials, reported_year=reported_year)
    return {
        side: _room(degrees, side, reported, known, without_bound)
        for side, (reported, known) in amounts.items()
    }


def reported_amounts(
    degrees: Degrees, financials: Financials, *, reported_year: int | None = None
) -> dict[str, tuple[Int, Mask]]:
    """What firms report for the years that were counted.

    Parameters
    ----------
    degrees : Degrees
        n firms.
    financials : Financials
    reported_year : int, optional
        As for `rooms`.

    Returns
    -------
    dict
        Of ``"sales"`` and ``"purchases"``, where there is such a column: the amounts, int64 of
        shape (n,), and whether a firm reports all of the years.

    Raises
    ------
    OptionError
        When the financials are of other years or in another unit.
    """
    if financials.unit != degrees.unit:
        raise OptionError(
            Fault(
                "selection.other_unit", indicators_unit=financials.unit, degrees_unit=degrees.unit
            )
        )
    years = _years(financials.years, degrees.ledger.years, reported_year)
    wanted = np.isin(financials.table["year"].to_numpy(), years)
    table = financials.table if wanted.all() else financials.table.filter(pa.array(wanted))
    firm = degrees.rows_of(table["firm_id"])
    found = {}
    for side, column in REPORTED.items():
        if column not in table.column_names:
            continue
        values = table[column].combine_chunks()
        here = (firm >= 0) & values.is_valid().to_numpy(zero_copy_only=False)
        amounts = values.fill_null(0).to_numpy(zero_copy_only=False)
        reported = np.zeros(len(degrees.frame), dtype=np.int64)
        np.add.at(reported, firm[here], amounts[here])
        times = np.bincount(firm[here], minlength=reported.size)
        found[side] = reported, times == len(years)
    return found


def reported_sales(
    degrees: Degrees, financials: Financials, *, reported_year: int | None = None
) -> Int | None:
    """Net sales that firms report for the years that were counted; 0 where they do not.

    Parameters
    ----------
    degrees : Degrees
        n firms.
    financials : Financials
    reported_year : int, optional
        As for `rooms`.

    Returns
    -------
    ndarray of int64, shape (n,), or None
        None where the financials have no net sales.

    Raises
    ------
    OptionError
    """
    found = reported_amounts(degrees, financials, reported_year=reported_year)
    if "sales" not in found:
        return None
    reported, known = found["sales"]
    return np.where(known, reported, 0)


def _years(
    reported: Sequence[int], counted: Sequence[int], reported_year: int | None
) -> Sequence[int]:
    """Years of the financials that report what was counted."""
    if reported_year is not None and counted and tuple(counted) != (reported_year,):
        raise OptionError(
            Fault("certainty.other_year", reported_year=reported_year, counted=list(counted))
        )
    years = counted or ((reported_year,) if reported_year is not None else ())
    if not years and len(reported) != 1:
        raise OptionError(Fault("certainty.year_not_known", years=list(reported)))
    years = years or reported
    if missing := [year for year in years if year not in reported]:
        raise OptionError(
            Fault("certainty.year_not_reported", missing=missing, years=list(reported))
        )
    return years


def _room(
    degrees: Degrees,
    side: str,
    reported: Int,
    known: Mask,
    without_bound: str,
) -> Room:
    counted = degrees.frame[side].to_numpy(dtype=np.int64)
    bounded, contradicted = known & (reported >= counted), known & (reported < counted)
    unexplained = np.where(bounded, reported - counted, 0)
    sums = [int(v[bounded].sum()) for v in (reported, counted)]
    if without_bound == "coverage":
        covered = _by_coverage(degrees.frame["region"].array, counted, unexplained, bounded)
        for row, room in covered.items():
            unexplained[row] = room
            bounded[row] = True
    return Room(unexplained, bounded, contradicted, sums[0], sums[1])


def _by_coverage(regions: Any, counted: Int, unexplained: Int, bounded: Mask) -> Mapping[int, int]:
    """Room of the firms without a bound, were they covered as the others of their region are."""
    codes = text(pa.Array.from_pandas(regions)).dictionary_encode()
    region = codes.indices.to_numpy(zero_copy_only=False)
    found: dict[int, int] = {}
    for code in range(len(codes.dictionary)):
        here = region == code
        known = here & bounded
        explained, room = int(counted[known].sum()), int(unexplained[known].sum())
        if explained > 0:
            rows = np.flatnonzero(here & ~bounded).tolist()
            found |= {row: -(-max(int(counted[row]), 0) * room // explained) for row in rows}
    return found
