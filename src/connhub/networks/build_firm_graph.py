"""Making the graph of firms from the grain ``pairs``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import checked
from connhub.arrow import text
from connhub.measures.degrees import Degrees
from connhub.measures.result_table import Result
from connhub.measures.trade import Trade
from connhub.memory import require
from connhub.networks.firm_graph import FirmGraph
from connhub.networks.node_attributes import MAX_SIZE
from connhub.networks.pair_table import (
    check_pairs,
    link_matrices,
    positions,
    translated,
    with_attributes,
)
from connhub.text.catalogue import Message

__all__ = ["firm_graph"]

Int = npt.NDArray[np.int64]


@checked
def firm_graph(
    trade: Trade,
    *,
    degrees: Degrees | None = None,
    roles: Result | pd.DataFrame | None = None,
    max_size: int = MAX_SIZE,
) -> FirmGraph:
    """Make the graph of firms from the grain ``pairs``.

    Parameters
    ----------
    trade : Trade
        ``result.trade`` of ``analyze(..., grain="pairs")``. About 70 bytes a pair are needed.
    degrees : Degrees, optional
        Gives names and both degrees to the firms.
    roles : result or DataFrame, optional
        Further columns by ``firm_id``.
    max_size : int
        Limit of the firms, and of the links, of a networkx graph.

    Returns
    -------
    FirmGraph
        Of the firms that trade with another firm of the table. A link needs a positive amount.

    Raises
    ------
    OptionError
        When the trade has a coarser grain, or the results are in different units.
    InputError
        When `roles` has no ``firm_id``, or a firm twice.
    LimitError
        When there is too little memory.

    Examples
    --------
    a sells to b, and b to c; c has returned more than it got from a, which is no link.

    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.measures.trade import trade
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(
    ...     pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"]}))
    >>> transactions = pa.table({"seller_id": ["a", "b", "a"], "buyer_id": ["b", "c", "c"],
    ...                   "amount": [30, 10, -5]})
    >>> graph = firm_graph(trade(total(transactions, firms, grain="pairs"), firms))
    >>> graph
    FirmGraph: 3 firms, 2 links; left out: 1 pair with -5 yen
    >>> graph.ego("c", steps=2, direction="suppliers").nodes(data="step")
    NodeDataView({'a': 2, 'b': 1, 'c': 0}, data='step')
    >>> graph.supply_chain("15").edges(data=True)
    OutEdgeDataView([('a', 'b', {'weight': 30, 'amount': 30, 'n_transactions': 1})])
    >>> graph.pagerank().round(3)
       rank firm_id region  pagerank
    0     1       c     13     0.474
    1     2       b     15     0.341
    2     3       a     15     0.184
    """
    check_pairs(trade)
    table = trade.table
    advice = Message("networks.memory_advice")
    require(72 * table.num_rows, Message("networks.graph_of_firms"), advice)
    (seller, sellers), (buyer, buyers) = positions(table["seller_id"]), positions(table["buyer_id"])
    # By id, so that neither the order of the firm table nor a saved file matters to any result
    ids = pc.unique(pa.chunked_array([sellers, buyers]))
    ids = ids.take(pc.sort_indices(text(ids)))
    seller = translated(seller, sellers, ids)
    buyer = translated(buyer, buyers, ids)
    amount, n_transactions = table["amount"].to_numpy(), table["n_transactions"].to_numpy()
    is_link, left_out = _link_mask(seller, buyer, amount)
    region, codes = np.full(len(ids), -1), pa.array([], pa.large_string())
    for side, firm in (("seller_region", seller), ("buyer_region", buyer)):
        position, names = positions(table[side])
        codes = pc.unique(pa.chunked_array([codes, names]))
        region[firm[is_link]] = translated(position, names, codes)[is_link]
    trading = np.flatnonzero(region >= 0)
    number = np.full(len(ids), -1)
    number[trading] = np.arange(trading.size)
    firm_ids = ids.take(pa.array(trading)).to_pandas()
    firm_regions = codes.take(pa.array(region[trading])).to_pandas()
    firms = pd.DataFrame({"firm_id": firm_ids, "region": firm_regions})
    for more in (degrees, roles):
        firms = with_attributes(firms, more, trade.unit)
    seller, buyer = number[seller[is_link]], number[buyer[is_link]]
    matrices = link_matrices(
        seller, buyer, amount[is_link], n_transactions[is_link], size=trading.size
    )
    return FirmGraph(firms, *matrices, left_out, trade.unit, trade.directory, max_size)


def _link_mask(
    seller: Int, buyer: Int, amount: Int
) -> tuple[npt.NDArray[np.bool_], dict[str, tuple[int, int]]]:
    """Which pairs are links; number and money of the others, each by the first reason."""
    reasons = {
        "unlisted": (seller < 0) | (buyer < 0),
        "self_trade": seller == buyer,
        "not_positive": amount <= 0,
    }
    is_link = np.ones(amount.size, dtype=bool)
    left_out = {}
    for reason, holds in reasons.items():
        excluded = is_link & holds
        left_out[reason] = int(excluded.sum()), amount[excluded].sum().item()
        is_link &= ~holds
    return is_link, left_out
