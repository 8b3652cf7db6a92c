"""Degrees of draws of estimated amounts, for the certainty of lists."""

from __future__ import annotations

import os
from typing import Any

import pyarrow as pa

from connhub.analysis import Analysis
from connhub.arguments import Table, checked
from connhub.errors import Fault, OptionError
from connhub.estimation.degree_draws import FirmDraws
from connhub.estimation.estimated_transactions import EstimatedTransactions, read_estimate
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.measures.degree_intervals import draw_degrees
from connhub.memory import limited
from connhub.options import Policies

__all__ = ["draw_estimated_degrees"]


@checked
@limited()
def draw_estimated_degrees(
    analysis: Analysis,
    transactions: Table | EstimatedTransactions,
    firms: Table | FirmTable,
    *,
    draws: int = 100,
) -> pa.Table:
    """Draw the degrees of an analysis of estimated amounts, one row a draw and firm.

    `Selection.certainty` takes the table: a firm that is listed in nearly all draws is certain.

    Parameters
    ----------
    analysis : Analysis
        Of these transactions.
    transactions : EstimatedTransactions or path
        `Estimate.transactions`, or a folder that `Estimate.save` wrote.
    firms : path, table, or FirmTable
        The firm table of the analysis.
    draws : int
        How many.

    Returns
    -------
    Table
        ``draw, firm_id, connector_degree, hub_degree``; modelled.

    Raises
    ------
    OptionError
        When the transactions are no estimate, or not those of the analysis.
    InputError, ColumnError, StorageError

    Examples
    --------
    >>> from connhub import analyze, estimate_amounts
    >>> firms = pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "27", "13"]})
    >>> links = pa.table({"seller_id": list("aabb"), "buyer_id": list("cdcd")})
    >>> totals = pa.table({"firm_id": list("abcd"), "year": [2024] * 4,
    ...                    "net_sales": [30, 10, 0, 0], "purchases_reported": [0, 0, 20, 20]})
    >>> estimated = estimate_amounts(links, firms, totals).transactions
    >>> result = analyze(estimated, firms)
    >>> drawn = draw_estimated_degrees(result, estimated, firms, draws=3)
    >>> drawn.num_rows, drawn.column_names
    (12, ['draw', 'firm_id', 'connector_degree', 'hub_degree'])
    """
    if isinstance(transactions, str | os.PathLike):
        transactions = read_estimate(transactions)
    if not isinstance(transactions, EstimatedTransactions):
        raise OptionError(Fault("estimation.no_estimate", type=type(transactions).__name__))
    used = analysis.options
    if not isinstance(firms, FirmTable):
        firms = read_firms(firms, region=used["region"], read=analysis.table_options)
    policies = Policies(**{name: used[name] for name in vars(Policies()) if name in used})
    found = FirmDraws.of(transactions, firms, policies)
    rows = firms.placed_rows
    ids = firms.table["firm_id"].combine_chunks().take(pa.array(rows))
    if not analysis.degrees.to_arrow(["firm_id"])["firm_id"].combine_chunks().equals(ids):
        raise OptionError(Fault("measures.other_firm_table"))

    def of_rows(sums: tuple[Any, Any]) -> tuple[Any, Any]:
        return sums[0][rows], sums[1][rows]

    drawn = map(of_rows, found.take(draws))
    return draw_degrees(analysis.degrees, of_rows(found.estimate()), drawn)
