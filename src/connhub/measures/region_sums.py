"""Regional sums: what the degrees divide by, and how much of it was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import Table, checked
from connhub.arrow import from_numpy, nan_as_null, table_of, text
from connhub.intake.firm_table import FirmTable
from connhub.measures.degrees import denominators, observed, official
from connhub.measures.pictured import Pictured
from connhub.measures.result_table import Result, framed
from connhub.quotients import quotient
from connhub.totals.firm_totals import FirmTotals
from connhub.totals.totals import Totals

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Regions", "region_summary"]

Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class Regions(Result, Pictured):
    """Sums by region.

    Parameters
    ----------
    data : Table or DataFrame
        ``region, region_name, firms, in_region_transactions, out_of_region_sales,
        out_of_region_purchases, overseas_sales, unknown_sales, unknown_purchases,
        excluded_sales, excluded_purchases, unlisted_out_of_region_sales,
        unlisted_in_region_purchases, connector_denominator, hub_denominator, sales_coverage,
        purchases_coverage, connector_defined, hub_defined``; one row a region.
    ledger : Ledger
    directory : RegionDirectory
    """

    TABLE = "regions"
    PICTURE = "tile_map"

    @property
    def undefined(self) -> pd.DataFrame:
        """Regions in which a degree is undefined because its denominator is not positive."""
        return framed(self.undefined_to_arrow(), self.unit, self.to_arrow())

    def undefined_to_arrow(self) -> pa.Table:
        """`undefined` as an Arrow table."""
        sums = self.to_arrow()
        defined = pc.and_(sums["connector_defined"], sums["hub_defined"])
        return sums.filter(pc.invert(defined))


@checked
def region_summary(
    totals: Totals | FirmTotals, firms: FirmTable, *, region_totals: Table | None = None
) -> Regions:
    """In-region transactions (域内取引額), sales and purchases of every region.

    Parameters
    ----------
    totals : Totals or FirmTotals
        From `total`, or from `read_firm_totals`: then what only transactions tell is null.
    firms : FirmTable
        The table that `totals` was computed with.
    region_totals : table, optional
        Official sums, see `degrees`; coverage is observed / official.

    Returns
    -------
    Regions
        Money int64 in whole units of the result. ``sales_coverage`` and ``purchases_coverage`` are
        null without official sums. The sums of a region include parties that only the transaction
        rows place there (``unlisted_...``); the denominators do not.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]}))
    >>> trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    >>> tokyo = region_summary(total(trade, firms), firms).frame.iloc[12]
    >>> int(tokyo["firms"]), int(tokyo["out_of_region_sales"]), bool(tokyo["hub_defined"])
    (1, 30, False)
    """
    scheme = firms.regions
    size = scheme.size
    base = totals.money.in_result_units
    seen = observed(totals, firms)
    connector, hub = denominators(totals, firms, region_totals)
    given = {} if region_totals is None else official(region_totals, firms, totals.money)

    def coverage(name: str, values: Any) -> Any:
        sums = given.get(name, {})
        whole = np.array([sums.get(i, 0) for i in range(size)], dtype=np.int64)
        return nan_as_null(quotient(values, whole))

    if isinstance(totals, FirmTotals):
        sums = _of_firms(totals, firms, seen)
    else:
        sums = _of_flows(totals, firms, seen)
    columns = {
        "region": text(list(scheme.codes)),
        "region_name": text(list(scheme.names)),
        "firms": np.bincount(scheme.index, minlength=size + 2)[:size],
        **sums,
        "connector_denominator": connector,
        "hub_denominator": hub,
        "sales_coverage": coverage("out_of_region_sales", base(seen[:, 0])),
        "purchases_coverage": coverage("in_region_purchases", base(seen[:, 1])),
        "connector_defined": connector > 0,
        "hub_defined": hub > 0,
    }
    return Regions(table_of(columns), totals.to_ledger(), firms.directory)


def _of_flows(totals: Totals, firms: FirmTable, seen: Int) -> dict[str, Any]:
    """Sums of the flows between regions; `seen` is what firms of the table take part in."""
    size, base = firms.regions.size, totals.money.in_result_units
    flow = totals.flows[:, :, 0]
    diagonal = np.diag(flow)[:size]
    out_sales = flow.sum(axis=1)[:size] - diagonal
    return {
        "in_region_transactions": base(diagonal),
        "out_of_region_sales": base(out_sales),
        "out_of_region_purchases": base(flow.sum(axis=0)[:size] - diagonal),
        "overseas_sales": base(flow[:size, size]),
        "unknown_sales": base(flow[:size, size + 1]),
        "unknown_purchases": base(flow[size + 1, :size]),
        "excluded_sales": base(totals.excluded[:size, 0]),
        "excluded_purchases": base(totals.excluded[:size, 1]),
        "unlisted_out_of_region_sales": base(out_sales - seen[:, 0]),
        "unlisted_in_region_purchases": base(diagonal - seen[:, 1]),
    }


def _of_firms(totals: FirmTotals, firms: FirmTable, seen: Int) -> dict[str, Any]:
    """The same of firm totals: in-region purchases are the trade inside, as far as it is known."""
    base, amounts = totals.money.in_result_units, totals.firm_amounts
    nothing = np.zeros(firms.regions.size, dtype=np.int64)
    unknown = pa.nulls(nothing.size, pa.int64())
    outside = amounts["purchases"] - amounts["in_region_purchases"]
    both = ("purchases", "in_region_purchases")
    return {
        "in_region_transactions": base(seen[:, 1]),
        "out_of_region_sales": base(seen[:, 0]),
        "out_of_region_purchases": _sum(totals, firms, outside, both),
        "overseas_sales": _sum(totals, firms, amounts["overseas_sales"], ("overseas_sales",)),
        "unknown_sales": unknown,
        "unknown_purchases": unknown,
        "excluded_sales": base(totals.excluded[:, 0]),
        "excluded_purchases": base(totals.excluded[:, 1]),
        "unlisted_out_of_region_sales": nothing,
        "unlisted_in_region_purchases": nothing,
    }


def _sum(totals: FirmTotals, firms: FirmTable, values: Int, names: tuple[str, ...]) -> Any:
    """Values of firms by region, over those of which they are known; null where of none.

    A region without firms has 0, if the values are known of any firm.
    """
    index, places = firms.regions.index, firms.regions.size + 2
    known = np.ones(index.size, dtype=np.bool_)
    for name in names:
        if (mask := totals.firm_amounts.unknown.get(name)) is not None:
            known &= ~mask
    sums = np.zeros(places, dtype=np.int64)
    np.add.at(sums, index[known], values[known])
    known_of = np.bincount(index[known], minlength=places)[:-2] > 0
    with_firms = np.bincount(index, minlength=places)[:-2] > 0
    null = ~known_of
    if known_of.any() or not with_firms.any():
        null &= with_firms
    return from_numpy(totals.money.in_result_units(sums[:-2]), null)
