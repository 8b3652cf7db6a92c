"""The graph of regions: who sells to whom, what stands out, and which regions lie between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from connhub.errors import Fault, LimitError, OptionError
from connhub.measures.linkages import Linkages
from connhub.measures.region_sums import Regions
from connhub.networks.node_attributes import attributes, links_of
from connhub.networks.sparse import disparity, pagerank
from connhub.regions.codes import BLOCKS, PREFECTURES
from connhub.regions.scheme import OVERSEAS, UNKNOWN
from connhub.text.catalogue import listed

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["backbone", "region_centralities", "region_graph"]

_OUTSIDE = (OVERSEAS, UNKNOWN)
MOST_STEPS = 50_000_000
"""Nodes times links up to which betweenness takes about a minute."""


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
        ``result.regions``: gives names, and more sums on the nodes.
    coordinates : mapping, optional
        ``{region code: (latitude, longitude)}`` in degrees. Prefectures have their capital's,
        METI's blocks the mean of those, without being told.
    outside : bool
        Whether ``overseas`` and ``unknown`` are nodes. The sums on nodes count them in any case.

    Returns
    -------
    networkx.DiGraph
        A node for each region code, also without trade: ``label``, ``latitude``, ``longitude``
        (degrees), ``in_region_transactions``, ``out_of_region_sales``,
        ``out_of_region_purchases`` (money) and the numeric columns of `regions`. A link carries
        all columns of ``linkages.frame``, and ``weight``, the amount. A link needs a positive
        amount: the rest is left out and counted in ``graph.graph["left_out_links"]`` and
        ``["left_out_amount"]``. What is undefined is no attribute.

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
    """
    import networkx as nx

    codes = [c for c in linkages.codes if outside or c not in _OUTSIDE]
    frame = linkages.frame
    known = frame["seller_region"].isin(codes) & frame["buyer_region"].isin(codes)
    positive = frame["amount"] > 0
    left_out = frame.loc[known & ~positive, "amount"]
    graph: nx.DiGraph[str] = nx.DiGraph(
        left_out_links=len(left_out), left_out_amount=int(left_out.sum())
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
    codes = list(linkages.codes)
    if unknown := [c for c in coordinates if c not in codes]:
        fix = f"keys are region codes: {listed(codes)}"
        raise OptionError(Fault(f"coordinates= of unknown regions {listed(unknown)}", fix=fix))
    labels = dict(zip(_OUTSIDE, ("海外", "不明"), strict=True))
    if regions is not None:
        sums = regions.frame
        labels |= dict(zip(sums["region"], sums["region_name"], strict=True))
    names = {p.code: p.name_ja for p in PREFECTURES.values()} | dict(BLOCKS)
    label = [labels.get(c, names.get(c, c)) for c in codes]
    # A code of the user's own may look like a prefecture's; its name tells
    official = _official_places()
    places = [
        coordinates.get(c) or (official.get(c) if w == names.get(c) else None)
        for c, w in zip(codes, label, strict=True)
    ]
    nodes = pd.DataFrame({"label": label}, index=pd.Index(codes))
    nodes["latitude"] = [p[0] if p else np.nan for p in places]
    nodes["longitude"] = [p[1] if p else np.nan for p in places]

    def summed(rows: pd.DataFrame, side: str) -> Any:
        return rows.groupby(side)["amount"].sum().reindex(codes, fill_value=0)

    nodes["in_region_transactions"] = summed(linkages.inside, "seller_region")
    nodes["out_of_region_sales"] = summed(linkages.frame, "seller_region")
    nodes["out_of_region_purchases"] = summed(linkages.frame, "buyer_region")
    if regions is not None:
        more = regions.frame.set_index("region").select_dtypes("number")
        more = more[[c for c in more.columns if c not in nodes]].reindex(codes)
        whole = regions.frame.select_dtypes("integer").columns.intersection(more.columns)
        nodes = nodes.join(more.astype(dict.fromkeys(whole, "Int64")))
    return nodes


def _official_places() -> dict[str, tuple[float, float]]:
    places = {p.code: (p.latitude, p.longitude) for p in PREFECTURES.values()}
    for block in BLOCKS:
        members = [places[p.code] for p in PREFECTURES.values() if p.block == block]
        north, east = np.mean(members, axis=0).tolist()
        places[block] = north, east
    return places


def backbone(graph: nx.DiGraph[Any], *, level: float = 0.05) -> nx.DiGraph[Any]:
    """Keep the links that stand out at one of their ends: the disparity filter.

    At either end p = (1 - w / s)^(k - 1), see `disparity`; a link stays if one of them is below
    the level. So a small region keeps the link that matters to it.

    Parameters
    ----------
    graph : networkx.DiGraph
        With a positive ``weight`` on its links.
    level : float
        0 to 1; the smaller, the fewer links stay.

    Returns
    -------
    networkx.DiGraph
        All nodes and the links that stay, with ``seller_p_value`` and ``buyer_p_value``; how many
        there were is in ``graph.graph["links_before"]``.

    Raises
    ------
    OptionError

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
    if not 0 < level <= 1:
        raise OptionError(Fault(f"level={level} is not above 0 and up to 1"))
    kept = graph.copy()
    seller, buyer = disparity(*links_of(graph), len(graph))
    for (a, b), p, q in zip(graph.edges, seller.tolist(), buyer.tolist(), strict=True):
        if min(p, q) < level:
            kept.edges[a, b].update(seller_p_value=p, buyer_p_value=q)
        else:
            kept.remove_edge(a, b)
    kept.graph.update(links_before=graph.number_of_edges(), level=level)
    return kept


def region_centralities(graph: nx.DiGraph[str]) -> pd.DataFrame:
    """How central each region is, by the measures that mean something here.

    `meaning` says in a sentence what each column says.

    Parameters
    ----------
    graph : networkx.DiGraph
        From `region_graph` or `backbone`.

    Returns
    -------
    DataFrame
        ``region, region_name, sales_strength, purchase_strength`` (money), ``pagerank,
        pagerank_of_money`` (shares that add up to 1) and ``betweenness`` (0 to 1: the share of
        pairs of other regions whose shortest path goes through the region, a link being
        1 / intensity long; links of undefined intensity lead nowhere).

    Raises
    ------
    LimitError
        When betweenness would take too long.

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
    if steps > MOST_STEPS:
        fix = "take the backbone(graph) first, or coarser regions"
        what = f"betweenness of {len(graph):,} regions and {graph.number_of_edges():,} links"
        raise LimitError(Fault(f"{what} takes too long", fix=fix))
    start, end, weight = links_of(graph)
    size = len(graph)
    chains: nx.DiGraph[str] = nx.DiGraph()
    chains.add_nodes_from(graph)
    chains.add_weighted_edges_from(
        (a, b, 1 / data["intensity"])
        for a, b, data in graph.edges(data=True)
        if data.get("intensity", 0) > 0
    )
    columns = {
        "region": list(graph),
        "region_name": [graph.nodes[code].get("label", code) for code in graph],
        "sales_strength": [int(s) for _, s in graph.out_degree(weight="weight")],
        "purchase_strength": [int(s) for _, s in graph.in_degree(weight="weight")],
        "pagerank": pagerank(start, end, weight, size),
        "pagerank_of_money": pagerank(end, start, weight, size),
        "betweenness": list(nx.betweenness_centrality(chains, weight="weight").values()),
    }
    return pd.DataFrame(columns)
