"""The graph of regions, its backbone, and centralities of regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from connhub.arguments import checked
from connhub.errors import Fault, LimitError
from connhub.measures.linkages import Linkages
from connhub.measures.region_sums import Regions
from connhub.measures.result_table import check_same_unit
from connhub.networks.node_attributes import attributes, check_level, links_of
from connhub.networks.sparse import disparity, pagerank
from connhub.regions.codes import BLOCKS, PREFECTURES
from connhub.regions.scheme import OVERSEAS, UNKNOWN
from connhub.schema import columns, numeric_columns

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["backbone", "region_centralities", "region_graph"]

_OUTSIDE = (OVERSEAS, UNKNOWN)
MAX_STEPS = 50_000_000
"""Nodes times links up to which betweenness takes about a minute."""


@checked
def region_graph(
    linkages: Linkages,
    *,
    regions: Regions | None = None,
    coordinates: Mapping[str, tuple[float, float]] | None = None,
    outside: bool = False,
) -> nx.DiGraph[str]:
    """Regions as nodes and the flows between them as links, from seller to buyer.

    Parameters
    ----------
    linkages : Linkages
        From `connhub.linkages`, or ``result.linkages``.
    regions : Regions, optional
        ``result.regions``: gives more sums to the nodes.
    coordinates : mapping, optional
        ``{region: (latitude, longitude)}`` in degrees, regions by code or name. By default
        prefectures have the coordinates of their capital, METI's blocks the mean of those.
    outside : bool
        Whether ``overseas`` and ``unknown`` are nodes. The sums on nodes count them in any case.

    Returns
    -------
    networkx.DiGraph
        A node for each region code, also without trade: ``label``, ``latitude``, ``longitude``
        (degrees), ``in_region_transactions``, ``out_of_region_sales``,
        ``out_of_region_purchases`` (money) and the numeric columns of `regions`. A link carries
        all columns of ``linkages.frame``, and ``weight``, the amount. Money is int in whole units
        of ``graph.graph["unit"]``. A link needs a positive amount: the rest is left out and
        counted in ``graph.graph["left_out_links"]`` and ``["left_out_amount"]``. Undefined values
        are left out.

    Raises
    ------
    OptionError
        When `coordinates` names an unknown region, or `regions` is in another unit.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.measures.linkages import linkages
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]}))
    >>> trade = pa.table({"seller_id": ["a", "b"], "buyer_id": ["b", "a"], "amount": [30, 10]})
    >>> graph = region_graph(linkages(total(trade, firms), firms))
    >>> graph.nodes["13"]["label"], graph.nodes["13"]["out_of_region_sales"]
    ('東京都', 30)
    >>> graph.edges["13", "27"]["balance"], graph.edges["13", "27"]["intensity"]
    (20, 1.0)
    >>> graph.graph["unit"]
    '円'
    """
    import networkx as nx

    linkages.require_transactions()
    check_same_unit(linkages.unit, None if regions is None else regions.unit)
    codes = [c for c in linkages.codes if outside or c not in _OUTSIDE]
    frame = linkages.frame
    known = frame["seller_region"].isin(codes) & frame["buyer_region"].isin(codes)
    positive = frame["amount"] > 0
    left_out = frame.loc[known & ~positive, "amount"]
    graph: nx.DiGraph[str] = nx.DiGraph(
        unit=linkages.unit,
        left_out_links=len(left_out),
        left_out_amount=int(left_out.sum()),
    )
    nodes = _nodes(linkages, regions, coordinates or {}).loc[codes]
    graph.add_nodes_from(zip(codes, attributes(nodes), strict=True))
    links = frame[known & positive]
    ends = links["seller_region"].tolist(), links["buyer_region"].tolist()
    measures = links.drop(columns=["seller_region", "buyer_region"])
    measures.insert(0, "weight", measures["amount"])
    graph.add_edges_from(zip(*ends, attributes(measures), strict=True))
    return graph


def _nodes(
    linkages: Linkages, regions: Regions | None, coordinates: Mapping[str, tuple[float, float]]
) -> pd.DataFrame:
    """A row for each region: label, place, sums."""
    codes, directory = list(linkages.codes), linkages.directory
    given = {directory.find(region): place for region, place in coordinates.items()}
    labels = [directory.label(code) for code in codes]
    # A code of the user's own may look like a prefecture's; its name shows that it is none
    names = {p.code: p.name_ja for p in PREFECTURES.values()} | dict(BLOCKS)
    official = _official_places()
    places = [
        given.get(code) or (official.get(code) if label == names.get(code) else None)
        for code, label in zip(codes, labels, strict=True)
    ]
    nodes = pd.DataFrame({"label": labels}, index=pd.Index(codes))
    nodes["latitude"] = [place[0] if place else np.nan for place in places]
    nodes["longitude"] = [place[1] if place else np.nan for place in places]

    def summed(rows: pd.DataFrame, side: str) -> Any:
        return rows.groupby(side)["amount"].sum().reindex(codes, fill_value=0)

    nodes["in_region_transactions"] = summed(linkages.inside, "seller_region")
    nodes["out_of_region_sales"] = summed(linkages.frame, "seller_region")
    nodes["out_of_region_purchases"] = summed(linkages.frame, "buyer_region")
    if regions is not None:
        new = [name for name in numeric_columns("regions") if name not in nodes]
        more = regions.frame.set_index("region")[new]
        # Overseas and unknown have no such sums; whole numbers stay whole beside them
        whole = {name: "Int64" for name in new if columns("regions")[name].dtype == "int64"}
        nodes = nodes.join(more.astype(whole))
    return nodes


def _official_places() -> dict[str, tuple[float, float]]:
    """Latitude and longitude of prefectures and blocks."""
    places = {p.code: (p.latitude, p.longitude) for p in PREFECTURES.values()}
    for block in BLOCKS:
        members = [places[p.code] for p in PREFECTURES.values() if p.block == block]
        north, east = np.mean(members, axis=0).tolist()
        places[block] = north, east
    return places


@checked
def backbone(graph: nx.DiGraph[Any], *, level: float = 0.05) -> nx.DiGraph[Any]:
    """Keep the links that are significant at one of their ends: the disparity filter.

    At either end p = (1 - w / s)^(k - 1), see `disparity`; a link stays if one of the two is below
    the level. So a small region keeps the link that is large for it.

    Parameters
    ----------
    graph : networkx.DiGraph
        With a positive ``weight`` on its links.
    level : float
        Level of significance, above 0 and up to 1; the smaller, the fewer links stay.

    Returns
    -------
    networkx.DiGraph
        All nodes and the links that stay, with ``seller_p_value`` and ``buyer_p_value``; the
        number of links before is in ``graph.graph["links_before"]``.

    Raises
    ------
    OptionError
        When the level is out of range, or a weight is not positive.

    References
    ----------
    M. Á. Serrano, M. Boguñá, A. Vespignani, PNAS 106 (2009) 6483-6488.

    Examples
    --------
    Of 1,000 that leave a along three links, 980 take one: (1 - 0.98)^2 = 0.0004.

    >>> import networkx as nx
    >>> graph = nx.DiGraph()
    >>> graph.add_weighted_edges_from([("a", "b", 980), ("a", "c", 10), ("a", "d", 10)])
    >>> [(*ends, round(p, 6)) for *ends, p in backbone(graph).edges(data="seller_p_value")]
    [('a', 'b', 0.0004)]
    """
    check_level(level)
    significant = graph.copy()
    seller, buyer = disparity(*links_of(graph), len(graph))
    for (a, b), p, q in zip(graph.edges, seller.tolist(), buyer.tolist(), strict=True):
        if min(p, q) < level:
            significant.edges[a, b].update(seller_p_value=p, buyer_p_value=q)
        else:
            significant.remove_edge(a, b)
    significant.graph.update(links_before=graph.number_of_edges(), level=level)
    return significant


@checked
def region_centralities(graph: nx.DiGraph[str]) -> pd.DataFrame:
    """Centralities of the regions of a graph.

    What each says is described in the schema, table ``region_centralities``.

    Parameters
    ----------
    graph : networkx.DiGraph
        From `region_graph` or `backbone`.

    Returns
    -------
    DataFrame
        ``region, region_name, sales_strength, purchase_strength`` (money), ``pagerank,
        pagerank_of_money`` (shares that add up to 1) and ``betweenness`` (0 to 1: the share of
        pairs of other regions whose shortest path goes through the region, the length of a link
        being 1 / intensity; links of undefined intensity are left out). Money is in the unit of
        the graph, which also stands in ``attrs``.

    Raises
    ------
    LimitError
        When betweenness would take too long.
    OptionError
        When a weight is not positive.

    References
    ----------
    S. Brin, L. Page, Computer Networks and ISDN Systems 30 (1998); U. Brandes, Journal of
    Mathematical Sociology 25 (2001).

    Examples
    --------
    a sells to b and b to c: all chains go through b.

    >>> import networkx as nx
    >>> graph = nx.DiGraph()
    >>> graph.add_edge("a", "b", weight=30, intensity=1.0)
    >>> graph.add_edge("b", "c", weight=10, intensity=2.0)
    >>> region_centralities(graph)[["region", "sales_strength", "pagerank", "betweenness"]].round(3)
      region  sales_strength  pagerank  betweenness
    0      a              30     0.184          0.0
    1      b              10     0.341          0.5
    2      c               0     0.474          0.0
    """
    import networkx as nx

    steps = len(graph) * graph.number_of_edges()
    if steps > MAX_STEPS:
        links = graph.number_of_edges()
        raise LimitError(Fault("networks.betweenness_too_long", nodes=len(graph), links=links))
    start, end, weight = links_of(graph)
    distances: nx.DiGraph[str] = nx.DiGraph()
    distances.add_nodes_from(graph)
    distances.add_weighted_edges_from(
        (a, b, 1 / data["intensity"])
        for a, b, data in graph.edges(data=True)
        if data.get("intensity", 0) > 0
    )
    values = {
        "region": list(graph),
        "region_name": [graph.nodes[code].get("label", code) for code in graph],
        "sales_strength": [money for _, money in graph.out_degree(weight="weight")],
        "purchase_strength": [money for _, money in graph.in_degree(weight="weight")],
        "pagerank": pagerank(start, end, weight, len(graph)),
        "pagerank_of_money": pagerank(end, start, weight, len(graph)),
        "betweenness": list(nx.betweenness_centrality(distances, weight="weight").values()),
    }
    frame = pd.DataFrame(values)
    if "unit" in graph.graph:
        frame.attrs["unit"] = graph.graph["unit"]
    return frame
