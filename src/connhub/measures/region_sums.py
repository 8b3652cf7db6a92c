"""Regional sums: what the degrees divide by, and how much of it was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from connhub.intake.firm_table import FirmTable
from connhub.measures.degrees import denominators, observed, official
from connhub.measures.result_table import Result
from connhub.totals.totals import Totals

__all__ = ["Regions", "region_summary"]


@dataclass(frozen=True, eq=False, repr=False)
class Regions(Result):
    """Sums by region.

    Parameters
    ----------
    frame : DataFrame
        ``region, region_name, firms, in_region_transactions, out_of_region_sales,
        out_of_region_purchases, overseas_sales, unknown_sales, unknown_purchases,
        excluded_sales, excluded_purchases, unlisted_out_of_region_sales,
        unlisted_in_region_purchases, connector_denominator, hub_denominator, sales_coverage,
        purchases_coverage, connector_defined, hub_defined``; one row a region.
    ledger : Ledger
    directory : RegionDirectory
    """

    TABLE = "regions"

    @property
    def undefined(self) -> pd.DataFrame:
        """Regions in which a degree is undefined because its denominator is not positive."""
        defined = self.frame["connector_defined"] & self.frame["hub_defined"]
        return self.frame[~defined].reset_index(drop=True)


def region_summary(totals: Totals, firms: FirmTable, *, region_totals: Any = None) -> Regions:
    """In-region transactions (域内取引額), sales and purchases of every region.

    Parameters
    ----------
    totals : Totals
        From `total`.
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
    flow = totals.flows[:, :, 0]
    diagonal = np.diag(flow)[:size]
    out_sales = flow.sum(axis=1)[:size] - diagonal
    out_purchases = flow.sum(axis=0)[:size] - diagonal
    seen = observed(totals, firms)
    connector, hub = denominators(totals, firms, region_totals)
    given = {} if region_totals is None else official(region_totals, firms, totals.money)

    def coverage(name: str, values: Any) -> Any:
        share = np.full(size, np.nan)
        for i, official_sum in given.get(name, {}).items():
            share[i] = values[i] / official_sum if official_sum > 0 else np.nan
        return share

    columns = {
        "region": pd.Series(scheme.codes, dtype="str"),
        "region_name": pd.Series(scheme.names, dtype="str"),
        "firms": np.bincount(scheme.index, minlength=size + 2)[:size],
        "in_region_transactions": base(diagonal),
        "out_of_region_sales": base(out_sales),
        "out_of_region_purchases": base(out_purchases),
        "overseas_sales": base(flow[:size, size]),
        "unknown_sales": base(flow[:size, size + 1]),
        "unknown_purchases": base(flow[size + 1, :size]),
        "excluded_sales": base(totals.excluded[:size, 0]),
        "excluded_purchases": base(totals.excluded[:size, 1]),
        "unlisted_out_of_region_sales": base(out_sales - seen[:, 0]),
        "unlisted_in_region_purchases": base(diagonal - seen[:, 1]),
        "connector_denominator": connector,
        "hub_denominator": hub,
        "sales_coverage": coverage("out_of_region_sales", base(seen[:, 0])),
        "purchases_coverage": coverage("in_region_purchases", base(seen[:, 1])),
        "connector_defined": connector > 0,
        "hub_defined": hub > 0,
    }
    return Regions(pd.DataFrame(columns), totals.to_ledger(), firms.directory)
