"""The walk without transactions: a table of firm totals to degrees and regional sums."""

from __future__ import annotations

from collections.abc import Mapping

from connhub.analysis import Analysis
from connhub.arguments import Table
from connhub.intake.transactions import read_record
from connhub.measures.degrees import degrees
from connhub.measures.linkages import Linkages
from connhub.measures.region_sums import region_summary
from connhub.memory import limited
from connhub.options import FirmTotalsOptions, FirmTotalsPolicies, flat_options
from connhub.totals.firm_totals import read_firm_totals

__all__ = ["analyze_firm_totals"]


@flat_options
@limited()
def analyze_firm_totals(
    table: Table,
    *,
    region: str | Mapping[str, str] = "prefecture",
    region_totals: Table | None = None,
    read: FirmTotalsOptions = FirmTotalsOptions(),
    policies: FirmTotalsPolicies = FirmTotalsPolicies(),
) -> Analysis:
    """Compute connector and hub degrees from what firms state, where there are no transactions.

    Parameters
    ----------
    table : path or table
        One row a firm, such as a survey gives: the columns of a firm table (id, prefecture or
        municipality, and perhaps name, industry), and the firm's out-of-region sales and in-region
        purchases. These are amounts, or sales and purchases with shares in percent. Overseas
        sales, sales and purchases are read where they are there.
    region : {"prefecture", "municipality", "block"}, column name, or mapping
        What a region is, as in `analyze`. The table must mean the same by "out of region".
    region_totals : table, optional
        Official sums by region to divide by; see `degrees`.
    {read}
    {policies}

    Returns
    -------
    Analysis
        Degrees and regional sums as from the transactions that the totals are sums of; what is
        not stated is null. Linkages have no rows, and say that they need transactions.

    Raises
    ------
    InputError
        All faults of the table at once, with file, column, rows and values.
    ColumnError, OptionError, LimitError

    Examples
    --------
    >>> import pyarrow as pa
    >>> survey = pa.table({
    ...     "法人番号": ["a", "b", "c"], "都道府県": ["新潟県", "新潟県", "新潟県"],
    ...     "県外売上高(千円)": [600, 200, 0], "県内仕入高(千円)": [150, 25, 75]})
    >>> result = analyze_firm_totals(survey)
    >>> result.degrees.frame[["firm_id", "connector_degree", "hub_degree"]]
      firm_id  connector_degree  hub_degree
    0       a              0.75         0.6
    1       b              0.25         0.1
    2       c              0.00         0.3
    >>> result.ledger.entry("read"), result.ledger.residual_amount
    ((3, 1050000), 0)
    """
    totals = read_firm_totals(table, region=region, read=read, policies=policies)
    firms = totals.firms.without_lookup()
    options = read_record(read, totals.money.unit) | {
        "share_unit": read.share_unit,
        "region": region if isinstance(region, str) else dict(region),
        "official_region_totals": region_totals is not None,
        **vars(policies),
    }
    return Analysis(
        degrees(totals, firms, region_totals=region_totals),
        Linkages.not_known(totals.ledger, firms.directory),
        region_summary(totals, firms, region_totals=region_totals),
        totals.ledger,
        options,
    )
