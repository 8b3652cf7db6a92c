"""The graph of selected firms with their regions, and rankings of firms by network measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import checked
from connhub.arrow import text
from connhub.errors import Fault, InputError, OptionError, did_you_mean
from connhub.labels import Language
from connhub.measures.degrees import Degrees
from connhub.measures.result_table import (
    SHOWN,
    Result,
    check_same_unit,
    for_people,
    ids_as_text,
)
from connhub.measures.trade import Trade
from connhub.networks.node_attributes import (
    MAX_SIZE,
    attributes,
    check_size,
    links_of,
    node_labels,
)
from connhub.networks.pair_table import check_pairs, positions, with_attributes
from connhub.networks.sparse import pagerank
from connhub.schema import columns
from connhub.text.catalogue import Message, default_language

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["MEASURES", "FirmRanking", "Selected", "rank_firms", "selection_graph"]

MEASURES = (
    "pagerank",
    "pagerank_of_money",
    "betweenness",
    "in_region_reach",
    "sales_strength",
    "purchase_strength",
)
_NEEDED = ("firm_id", "region", "rank", "score")
_ATTRIBUTES = ("firm_id", "name", "region", "region_name", "rank", "score")


class Selected(Protocol):
    """A selection of firms; only its frame is used."""

    @property
    def frame(self) -> pd.DataFrame:
        """``firm_id, region, rank, score``, and perhaps ``name, field, selected``."""
        ...


@checked
def selection_graph(
    selection: Selected,
    pairs: Trade,
    *,
    degrees: Degrees | None = None,
    roles: Result | pd.DataFrame | None = None,
    max_size: int = MAX_SIZE,
) -> nx.DiGraph[str]:
    """Selected firms, the trade among them, and their trade with regions.

    Parameters
    ----------
    selection : object with a ``frame``
        ``firm_id, region, rank, score``, and perhaps ``name, region_name, field, selected``. Where
        the last is there, only the firms that it marks. A firm selected for several fields is one
        node with its best rank; its fields are joined by ``"; "``.
    pairs : Trade
        ``result.trade`` of ``analyze(..., grain="pairs")``.
    degrees : Degrees, optional
        Both degrees, and the sums behind them, for the nodes.
    roles : result or DataFrame, optional
        Further columns by ``firm_id``, such as the role.
    max_size : int
        Limit of the nodes, and of the links, of the graph.

    Returns
    -------
    networkx.DiGraph
        Firms: id, ``kind="firm"``, ``label, region, rank, score, field`` and the columns of
        `degrees` and `roles`. Regions: ``"region:13"``, ``kind="region"``, ``label`` and
        ``region``. Links from seller to buyer: ``amount``, ``n_transactions``, ``weight``. Money
        is int in whole units of ``graph.graph["unit"]``. Trade between two selected firms is a
        link between them; all other trade of a firm is a link with the region of the other party,
        so that every yen is counted once. A link needs a positive amount: the rest is counted in
        ``graph.graph["left_out_links"]`` and ``["left_out_amount"]``.

    Raises
    ------
    InputError
        When the selection lacks a column.
    OptionError
        When the trade has a coarser grain, or the results are in different units.
    LimitError
        When there are more nodes or links than `max_size`.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.measures.trade import trade
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(
    ...     pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"]}))
    >>> transactions = pa.table({"seller_id": ["a", "b", "b"], "buyer_id": ["b", "a", "c"],
    ...                   "amount": [30, 10, 5]})
    >>> chosen = SimpleNamespace(frame=pd.DataFrame(
    ...     {"firm_id": ["a", "b"], "region": ["15", "15"], "rank": [1, 2], "score": [60., 40.]}))
    >>> graph = selection_graph(chosen, trade(total(transactions, firms, grain="pairs"), firms))
    >>> sorted(graph.edges(data="amount"))
    [('a', 'b', 30), ('b', 'a', 10), ('b', 'region:13', 5)]
    >>> graph.nodes["a"]["score"]
    60.0
    """
    import networkx as nx

    check_pairs(pairs)
    check_same_unit(pairs.unit, selection.frame.attrs.get("unit"))
    firms = _firms(selection.frame)
    for more in (degrees, roles):
        firms = with_attributes(firms, more, pairs.unit)
    ids = firms["firm_id"].astype("str")
    links = _links(ids, pairs.table)
    positive = links["amount"] > 0
    left_out = links.loc[~positive, "amount"]
    links = links[positive]
    ends = links["seller"].tolist(), links["buyer"].tolist()
    regions = sorted({end for end in (*ends[0], *ends[1]) if end.startswith(_PREFIX)})
    advice = Message("networks.shrink_selection")
    check_size(len(firms) + len(regions), len(links), max_size, advice)
    graph: nx.DiGraph[str] = nx.DiGraph(
        unit=pairs.unit,
        left_out_links=len(left_out),
        left_out_amount=int(left_out.sum()),
    )
    graph.add_nodes_from(zip(ids.tolist(), attributes(firms), strict=True))
    for node in regions:
        code = node.removeprefix(_PREFIX)
        graph.add_node(node, kind="region", label=pairs.directory.label(code), region=code)
    measures = links[["amount", "amount", "n_transactions"]]
    measures.columns = pd.Index(["weight", "amount", "n_transactions"])
    graph.add_edges_from(zip(*ends, attributes(measures), strict=True))
    return graph


_PREFIX = "region:"


def _firms(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a firm, the best rank first."""
    if missing := [c for c in _NEEDED if c not in frame.columns]:
        raise InputError(Fault("networks.selection_columns", missing=missing, needed=_NEEDED))
    chosen = frame[frame["selected"].astype(bool)] if "selected" in frame else frame
    chosen = chosen.sort_values(["rank", "firm_id"], kind="stable", key=ids_as_text)
    firms = chosen.drop_duplicates("firm_id").reset_index(drop=True)
    present = [c for c in _ATTRIBUTES if c in firms]
    nodes = firms[present].assign(kind="firm", label=node_labels(firms))
    if "field" in frame:
        known = chosen[chosen["field"].notna()].drop_duplicates(["firm_id", "field"])
        fields = known.groupby("firm_id")["field"].agg(lambda names: "; ".join(map(str, names)))
        nodes["field"] = nodes["firm_id"].map(fields)
    return nodes


def _links(ids: pd.Series, table: pa.Table) -> pd.DataFrame:
    """Sums by seller and buyer, where a party that is not selected is its region."""
    selected_ids = pa.array(ids.tolist(), pa.large_string())
    parties, selected = {}, {}
    for side in ("seller", "buyer"):
        position, ids_of_side = positions(table[f"{side}_id"])
        names = text(ids_of_side)
        is_selected = pc.is_in(names, value_set=selected_ids).to_numpy(zero_copy_only=False)
        selected[side] = np.append(is_selected, False)[position]
        parties[side] = position, names
    rows = np.flatnonzero(selected["seller"] | selected["buyer"])
    links: dict[str, Any] = {}
    for side, (position, names) in parties.items():
        firm = names.take(pa.array(position[rows], mask=position[rows] < 0)).to_pandas()
        region_position, codes = positions(table[f"{side}_region"].take(pa.array(rows)))
        region = _PREFIX + codes.take(pa.array(region_position)).to_pandas().astype(str)
        links[side] = firm.where(selected[side][rows], region)
    sums = ["amount", "n_transactions"]
    for name in sums:
        links[name] = table[name].take(pa.array(rows)).to_numpy()
    frame = pd.DataFrame(links)
    frame = frame[frame["seller"] != frame["buyer"]]  # self-trade, where it is included
    return frame.groupby(["seller", "buyer"], as_index=False, sort=True)[sums].sum()


@dataclass(frozen=True, eq=False)
class FirmRanking:
    """Firms ranked by a measure of a network.

    Parameters
    ----------
    frame : DataFrame
        ``rank, firm_id, name, region``, the measure, and ``selection_rank, score`` where the graph
        has them; the highest value first, then by sales along the links, then by id. Ties carry
        the same rank.
    by : str
        The measure.
    unit : str
        Of the money, which also stands in ``frame.attrs``; empty where the graph has none.
    """

    frame: pd.DataFrame
    by: str
    unit: str = ""

    @checked
    def meaning(self, lang: Language = "ja") -> str:
        """What the measure says, in a sentence.

        Parameters
        ----------
        lang : {"ja", "en"}

        Returns
        -------
        str
        """
        return columns("firm_ranking")[self.by].meaning(lang)

    def __repr__(self) -> str:
        head = for_people(self.frame.head(SHOWN), "firm_ranking", self.unit)
        heading = f"FirmRanking by {self.by}: {self.meaning(default_language())}"
        return f"{heading}\n{head.to_string(index=False)}"


@checked
def rank_firms(graph: nx.DiGraph[Any], by: str = "pagerank") -> FirmRanking:
    """Rank the firms of a graph by a network measure, beside their rank in the selection.

    Parameters
    ----------
    graph : networkx.DiGraph
        From `selection_graph` or a `FirmGraph`; nodes of ``kind="region"`` take no part.
    by : {"pagerank", "pagerank_of_money", "betweenness", "in_region_reach", "sales_strength", \
"purchase_strength"}
        `FirmRanking.meaning` explains the measure. Only the firms and links of the graph count:
        trade with firms that were not selected does not. Betweenness takes 1 / amount as the
        length of a link; in-region reach is the share of the other firms of the same region from
        which links lead to the firm without leaving the region, undefined for the only firm of a
        region.

    Returns
    -------
    FirmRanking
        Firms whose value is undefined come last, with a null rank.

    Raises
    ------
    OptionError
        When there is no such measure.

    References
    ----------
    S. Brin, L. Page, Computer Networks and ISDN Systems 30 (1998); U. Brandes, Journal of
    Mathematical Sociology 25 (2001).

    Examples
    --------
    a sells to b, and b to c, all in one region: c reaches both others, b one of two.

    >>> import networkx as nx
    >>> graph = nx.DiGraph()
    >>> graph.add_nodes_from("abc", region="15")
    >>> graph.add_weighted_edges_from([("a", "b", 30), ("b", "c", 10)])
    >>> ranking = rank_firms(graph, by="in_region_reach")
    >>> ranking.frame[["rank", "firm_id", "in_region_reach"]]
       rank firm_id  in_region_reach
    0     1       c              1.0
    1     2       b              0.5
    2     3       a              0.0
    """
    if by not in MEASURES:
        suggestion = did_you_mean(by, MEASURES)
        raise OptionError(Fault("networks.no_measure", measure=by, suggestion=suggestion))
    firms = graph.subgraph(n for n in graph if graph.nodes[n].get("kind") != "region").copy()
    value = _values(firms, by)
    nodes = dict(firms.nodes(data=True))
    ids = [data.get("firm_id", node) for node, data in nodes.items()]
    frame = pd.DataFrame({"firm_id": ids})
    for column, key in (("name", "label"), ("region", "region")):
        frame[column] = [data.get(key) for data in nodes.values()]
    frame[by] = [value.get(firm, np.nan) for firm in firms]
    if not len(frame):
        frame = frame.astype({"firm_id": "str", by: columns("firm_ranking")[by].dtype})
    for column, key in (("selection_rank", "rank"), ("score", "score")):
        if any(key in data for data in nodes.values()):
            frame[column] = [data.get(key) for data in nodes.values()]
    rank = frame[by].rank(method="min", ascending=False).astype("Int64")
    frame.insert(0, "rank", rank)
    sales = [money for _, money in firms.out_degree(weight="weight")]
    keys = ["rank", "_sales", "firm_id"]
    frame = frame.assign(_sales=sales)
    frame = frame.sort_values(keys, ascending=[True, False, True], key=ids_as_text)
    frame = frame.drop(columns="_sales").reset_index(drop=True)
    unit = graph.graph.get("unit", "")
    if unit:
        frame.attrs["unit"] = unit
    return FirmRanking(frame, by, unit)


def _values(firms: nx.DiGraph[Any], by: str) -> dict[Any, float]:
    """The measure of each firm; firms without a value are left out."""
    import networkx as nx

    if by == "in_region_reach":
        return _in_region_reach(firms)
    if by == "betweenness":
        for *_, data in firms.edges(data=True):
            data["length"] = 1 / data["weight"]
        return dict(nx.betweenness_centrality(firms, weight="length"))
    if by in ("sales_strength", "purchase_strength"):
        side = firms.out_degree if by == "sales_strength" else firms.in_degree
        return dict(side(weight="weight"))
    start, end, weight = links_of(firms)
    ends = (start, end) if by == "pagerank" else (end, start)
    return dict(zip(firms, pagerank(*ends, weight, len(firms)).tolist(), strict=True))


def _in_region_reach(firms: nx.DiGraph[Any]) -> dict[Any, float]:
    """Share of a region's other firms that lie upstream of each, inside the region."""
    import networkx as nx

    regions: dict[Any, list[Any]] = {}
    for firm, region in firms.nodes(data="region"):
        regions.setdefault(region, []).append(firm)
    reach: dict[Any, float] = {}
    for members in regions.values():
        if len(members) == 1:
            continue
        # Firms that reach each other are one; then sets of firms, as bits, flow downstream once.
        groups = nx.condensation(firms.subgraph(members))
        bit = {firm: 1 << i for i, firm in enumerate(members)}
        upstream: dict[int, int] = {}
        for group in nx.topological_sort(groups):
            firms_of_group = groups.nodes[group]["members"]
            upstream[group] = sum(bit[firm] for firm in firms_of_group)
            for before in groups.predecessors(group):
                upstream[group] |= upstream[before]
            others = upstream[group].bit_count() - 1
            reach.update(dict.fromkeys(firms_of_group, others / (len(members) - 1)))
    return reach
