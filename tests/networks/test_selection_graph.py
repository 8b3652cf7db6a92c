"""The graph of selected firms, and the ranking of its firms."""

from collections import defaultdict
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from connhub.errors import InputError, LimitError, OptionError
from connhub.networks import rank_firms, selection_graph
from tests.networks.builders import pairs_of, selection_of


def test_selection_graph(result):
    selection = selection_of(result)
    roles = pd.DataFrame({"firm_id": selection.frame["firm_id"][1:], "role": "R6"})
    found = selection_graph(selection, result.trade, degrees=result.degrees, roles=roles)
    ids = set(selection.frame["firm_id"])
    wanted = defaultdict(int)
    for row in pairs_of(result).itertuples():
        if (row.seller_id in ids or row.buyer_id in ids) and row.seller_id != row.buyer_id:
            seller = row.seller_id if row.seller_id in ids else f"region:{row.seller_region}"
            buyer = row.buyer_id if row.buyer_id in ids else f"region:{row.buyer_region}"
            wanted[seller, buyer] += row.amount
    positive = {k: v for k, v in wanted.items() if v > 0}
    assert {(a, b): w for a, b, w in found.edges(data="amount")} == positive
    assert found.graph["left_out_links"] == len(wanted) - len(positive) > 0
    assert found.graph["left_out_amount"] == sum(wanted.values()) - sum(positive.values())
    first = found.nodes[selection.frame["firm_id"][1]]
    assert (first["rank"], first["score"], first["field"]) == (1, 70, "造船; 半導体")
    assert first["kind"], first["role"] == ("firm", "R6")
    known = result.degrees.frame.set_index("firm_id")
    for firm in ids:
        for degree in ("connector_degree", "hub_degree"):
            value = known.loc[firm, degree]
            assert found.nodes[firm].get(degree, np.nan) == pytest.approx(value, nan_ok=True)
    assert found.nodes["region:13"]["label"] == "東京都"
    assert selection_graph(selection, result.trade).nodes["region:13"]["label"] == "東京都"
    marked = selection.frame.assign(selected=selection.frame["rank"].isin([2, 3]))
    some = selection_graph(SimpleNamespace(frame=marked), result.trade)
    firms = [n for n, kind in some.nodes(data="kind") if kind == "firm"]
    assert firms == selection.frame["firm_id"][2:4].tolist()
    with pytest.raises(InputError, match="lacks the columns 'score'"):
        selection_graph(SimpleNamespace(frame=selection.frame.drop(columns="score")), result.trade)


@pytest.mark.parametrize(
    "by",
    ["pagerank", "pagerank_of_money", "betweenness", "in_region_reach", "sales_strength",
     "purchase_strength"],
)  # fmt: skip
def test_firms_ranked_by_a_measure(result, by):
    graph = selection_graph(selection_of(result), result.trade, degrees=result.degrees)
    firms = graph.subgraph(n for n, kind in graph.nodes(data="kind") if kind == "firm").copy()
    if by.startswith("pagerank"):
        walked = firms if by == "pagerank" else firms.reverse()
        wanted = nx.pagerank(walked, tol=1e-15, max_iter=1000)
    elif by == "betweenness":
        for _, _, data in firms.edges(data=True):
            data["length"] = 1 / data["weight"]
        wanted = nx.betweenness_centrality(firms, weight="length")
    elif by == "in_region_reach":
        wanted = {}
        for firm, region in firms.nodes(data="region"):
            peers = firms.subgraph(n for n, r in firms.nodes(data="region") if r == region)
            wanted[firm] = len(nx.ancestors(peers, firm)) / (len(peers) - 1)
    else:
        side = firms.out_degree if by == "sales_strength" else firms.in_degree
        wanted = dict(side(weight="weight"))
    ranking = rank_firms(graph, by)
    assert dict(zip(ranking.frame["firm_id"], ranking.frame[by])) == pytest.approx(wanted, abs=1e-9)
    values = ranking.frame[by].tolist()
    assert values == sorted(values, reverse=True)
    assert ranking.frame["rank"].tolist() == [1 + sum(w > v for w in values) for v in values]
    assert {"selection_rank", "score", "name"} <= set(ranking.frame)
    assert ranking.meaning("en") in repr(ranking)
    assert ranking.meaning() != ranking.meaning("en")


def test_a_selection_that_is_too_large(result):
    with pytest.raises(LimitError, match="fewer firms, or allow more with max_size="):
        selection_graph(selection_of(result), result.trade, max_size=5)


def test_no_firm_to_rank():
    for by in ("sales_strength", "pagerank", "in_region_reach"):
        assert rank_firms(nx.DiGraph(), by).frame.empty


def test_the_only_firm_of_a_region_has_no_reach():
    graph = nx.DiGraph()
    graph.add_nodes_from(["b", "a"], region="15")
    graph.add_node("c", region="16")
    graph.add_edge("a", "b", weight=3)
    frame = rank_firms(graph, "in_region_reach").frame
    assert frame["firm_id"].tolist() == ["b", "a", "c"]
    assert frame["rank"].tolist()[:2] == [1, 2]
    assert frame["rank"].isna().tolist() == [False, False, True]
    with pytest.raises(OptionError, match="Did you mean 'pagerank'"):
        rank_firms(graph, "pagerang")
