"""Links without amounts, as national tables hold them, and the totals of the firms beside."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connhub.synthetic.firms import generator

__all__ = ["hide_amounts"]

_PAIR = ["seller_id", "buyer_id"]


def hide_amounts(
    transactions: Iterator[pa.Table],
    firm_ids: pa.Array,
    *,
    known_share: float,
    seed: int,
    year: int,
) -> tuple[pa.Table, pa.Table]:
    """Add transactions up to links, and hide most of their amounts.

    Parameters
    ----------
    transactions : iterator of Table
    firm_ids : Array
    known_share : float
        Share of the links, at random, whose amount stays.
    seed, year : int

    Returns
    -------
    links : Table
        ``seller_id, buyer_id, amount`` (null where hidden), ``year``; links that come to nothing
        after returns, and of a firm with itself, are left out.
    totals : Table
        ``firm_id, year, net_sales, purchases_reported``: what all links come to, hidden or not.
    """
    parts = [t.group_by(_PAIR).aggregate([("amount", "sum")]) for t in transactions]
    links = pa.concat_tables(parts).group_by(_PAIR).aggregate([("amount_sum", "sum")])
    links = links.rename_columns([*_PAIR, "amount"])
    links = links.sort_by([(name, "ascending") for name in _PAIR])
    differ = pc.not_equal(links["seller_id"], links["buyer_id"])
    links = links.filter(pc.and_(differ, pc.greater(links["amount"], 0)))
    totals = {"firm_id": firm_ids, "year": np.full(len(firm_ids), year, dtype=np.int32)}
    for name, end in (("net_sales", "seller_id"), ("purchases_reported", "buyer_id")):
        sums = links.group_by(end).aggregate([("amount", "sum")])
        found = pc.index_in(firm_ids, value_set=sums[end].combine_chunks())
        totals[name] = sums["amount_sum"].combine_chunks().take(found).fill_null(0)
    hidden = generator(seed, "known amounts").random(len(links)) >= known_share
    amount = pc.if_else(pa.array(hidden), pa.scalar(None, pa.int64()), links["amount"])
    years = pa.array(np.full(len(links), year, dtype=np.int32))
    links = links.set_column(2, "amount", amount).append_column("year", years)
    return links, pa.table(totals)
