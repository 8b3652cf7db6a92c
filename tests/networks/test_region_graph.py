"""The graph of regions, and their centralities."""

import networkx as nx
import numpy as np
import pytest

import connhub
from connhub.errors import LimitError, OptionError
from connhub.networks import (
    region_centralities,
    region_graph,
)
from connhub.networks.selection_graph import MEASURES
from tests.networks.builders import OUTSIDE, economy


def test_the_graph_holds_what_the_frame_holds(result):
    graph = region_graph(result.linkages, regions=result.regions, outside=True)
    frame = result.linkages.frame
    assert (frame["amount"] <= 0).any()
    positive = frame[frame["amount"] > 0].set_index(["seller_region", "buyer_region"])
    assert set(graph.edges) == set(positive.index)
    for ends, data in graph.edges.items():
        row = positive.loc[ends].dropna()
        assert data == {"weight": row["amount"], **row}
        assert not [v for v in data.values() if v is None or v != v or isinstance(v, np.generic)]
    left = frame.loc[frame["amount"] <= 0, "amount"]
    assert graph.graph == {
        "unit": "円",
        "left_out_links": len(left),
        "left_out_amount": left.sum(),
    }
    assert list(graph) == list(result.linkages.codes)


def test_nodes_carry_names_places_and_sums(result):
    graph = region_graph(result.linkages, regions=result.regions)
    assert len(graph) == 47
    sums = result.regions.frame.set_index("region")
    for code, data in graph.nodes.items():
        assert data["label"] == sums.loc[code, "region_name"]
        for name in ("firms", "out_of_region_sales", "in_region_transactions", "overseas_sales"):
            assert data[name] == sums.loc[code, name]
            assert type(data[name]) is int
    assert graph.nodes["15"]["latitude"] == pytest.approx(37.9, abs=0.1)
    plain = region_graph(result.linkages)
    assert plain.nodes["15"]["label"] == "新潟県"
    assert plain.nodes["15"]["out_of_region_sales"] == sums.loc["15", "out_of_region_sales"]


def test_coordinates_of_the_users_own_regions(result):
    moved = region_graph(result.linkages, coordinates={"15": (1.0, 2.0)})
    assert (moved.nodes["15"]["latitude"], moved.nodes["15"]["longitude"]) == (1.0, 2.0)
    assert (
        region_graph(result.linkages, coordinates={"新潟": (1.0, 2.0)}).nodes["15"]
        == (moved.nodes["15"])
    )
    with pytest.raises(OptionError, match="no region '99'"):
        region_graph(result.linkages, coordinates={"99": (1.0, 2.0)})
    transactions, firms = economy()
    own = connhub.analyze(transactions, firms, region={"15": "13"}, **OUTSIDE)
    assert "label" in region_graph(own.linkages).nodes["13"]
    blocks = connhub.analyze(transactions, firms, region="block", **OUTSIDE)
    graph = region_graph(blocks.linkages, regions=blocks.regions)
    assert graph.nodes["kanto"]["label"] == "関東"
    assert 34 < graph.nodes["kanto"]["latitude"] < 38


def test_centralities_equal_networkx(result):
    graph = region_graph(result.linkages)
    found = region_centralities(graph).set_index("region")
    assert set(found.columns) - {"region_name"} == set(MEASURES) - {"in_region_reach"}
    wanted = nx.pagerank(graph, tol=1e-15, max_iter=1000)
    assert found["pagerank"].to_dict() == pytest.approx(wanted, abs=1e-9)
    back = nx.pagerank(graph.reverse(), tol=1e-15, max_iter=1000)
    assert found["pagerank_of_money"].to_dict() == pytest.approx(back, abs=1e-9)
    for a, b, data in list(graph.edges(data=True)):
        if "intensity" in data and data["intensity"] > 0:
            data["length"] = 1 / data["intensity"]
        else:
            graph.remove_edge(a, b)
    between = nx.betweenness_centrality(graph, weight="length")
    assert found["betweenness"].to_dict() == pytest.approx(between)


def test_betweenness_of_a_large_graph_is_refused(result, monkeypatch):
    import sys

    module = sys.modules["connhub.networks.region_graph"]
    monkeypatch.setattr(module, "MAX_STEPS", 10)
    with pytest.raises(LimitError, match="backbone"):
        region_centralities(region_graph(result.linkages))
