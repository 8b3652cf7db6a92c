"""Linkages of two real tables in full order, against an independent program's; see real_data."""

from __future__ import annotations

import networkx as nx
import pytest

from connhub.networks import backbone, rank_linkages, region_graph
from tests.reference.real_data import CASES, DATA, analyzed, rows

pytestmark = pytest.mark.reference


@pytest.mark.parametrize("case", CASES)
def test_linkages_ranked_by_amount(case):
    folder, region, suffix = CASES[case]
    ranked = rank_linkages(analyzed(folder, region, "include").linkages, by="amount")
    expected = [
        r
        for r in rows(DATA / folder / "expected" / f"linkages{suffix}.csv")
        if r["seller_region"] != r["buyer_region"]
    ]
    ends, counts = ["seller_region", "buyer_region"], ["amount", "deals", "sellers", "buyers"]
    wanted = [(*(r[c] for c in ends), *(int(r[c]) for c in counts)) for r in expected]
    columns = [*ends, "amount", "n_transactions", "sellers", "buyers"]
    assert list(ranked[columns].itertuples(index=False, name=None)) == wanted
    amounts = ranked["amount"].tolist()
    assert ranked["rank"].tolist() == [1 + amounts.index(a) for a in amounts]


@pytest.mark.parametrize("case", CASES)
def test_backbone_of_real_flows(case):
    folder, region, _ = CASES[case]
    graph = region_graph(analyzed(folder, region, "include").linkages)
    out, into = dict(graph.out_degree(weight="weight")), dict(graph.in_degree(weight="weight"))
    wanted = {
        (a, b)
        for a, b, w in graph.edges(data="weight")
        if (1 - w / out[a]) ** (graph.out_degree(a) - 1) < 0.05
        or (1 - w / into[b]) ** (graph.in_degree(b) - 1) < 0.05
    }
    assert set(backbone(graph).edges) == wanted
    assert isinstance(graph, nx.DiGraph)
