"""The region graph, the ranking of linkages, wide-area regions."""

from itertools import permutations
from math import isclose, log

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from connhub.networks.meaning import MEANINGS

import connhub
from connhub.errors import LimitError, OptionError
from connhub.networks import (
    adjusted_mutual_information,
    evaluate_region,
    meaning,
    rank_linkages,
    region_centralities,
    region_graph,
    wide_regions,
)
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
    assert graph.graph == {"left_out_links": len(left), "left_out_amount": left.sum()}
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
    with pytest.raises(OptionError, match="unknown regions"):
        region_graph(result.linkages, coordinates={"99": (1.0, 2.0)})
    deals, firms = economy()
    own = connhub.analyze(deals, firms, region={"15": "13"}, **OUTSIDE)
    assert "label" in region_graph(own.linkages).nodes["13"]
    blocks = connhub.analyze(deals, firms, region="block", **OUTSIDE)
    graph = region_graph(blocks.linkages, regions=blocks.regions)
    assert graph.nodes["kanto"]["label"] == "関東"
    assert 34 < graph.nodes["kanto"]["latitude"] < 38


def test_centralities_equal_networkx(result):
    graph = region_graph(result.linkages)
    found = region_centralities(graph).set_index("region")
    assert set(found.columns) - {"region_name"} == set(MEANINGS) - {"in_region_reach"}
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
    monkeypatch.setattr(module, "MOST_STEPS", 10)
    with pytest.raises(LimitError, match="backbone"):
        region_centralities(region_graph(result.linkages))


def test_every_measure_is_explained_in_both_languages():
    for name in MEANINGS:
        assert meaning(name).endswith("。")
        assert meaning(name, "en").endswith(".")
    with pytest.raises(OptionError, match="Did you mean 'pagerank'"):
        meaning("page_rank")


# --- the ranking ---


@pytest.mark.parametrize(
    ("by", "direction", "column"),
    [
        ("amount", "both", "amount"),
        ("intensity", "sales", "intensity"),
        ("balance", "purchases", "balance"),
        ("share", "sales", "share_of_out_of_region_sales"),
        ("share", "purchases", "share_of_out_of_region_purchases"),
        ("sellers", "both", "sellers"),
        ("top_seller_share", "both", "top_seller_share"),
    ],
)
@pytest.mark.parametrize("region", [None, "15"])
def test_linkages_in_complete_order(result, by, direction, column, region):
    ranked = rank_linkages(result.linkages, by, direction=direction, region=region)
    rows = result.linkages.frame.to_dict("records")
    if region:
        sides = {"sales": ["seller_region"], "purchases": ["buyer_region"]}
        sides = sides.get(direction, ["seller_region", "buyer_region"])
        rows = [r for r in rows if region in [r[s] for s in sides]]

    def key(row):
        missing = row[column] != row[column]
        value = 0 if missing else -row[column]
        return (missing, value, -row["amount"], row["seller_region"], row["buyer_region"])

    rows.sort(key=key)
    ends = ["seller_region", "buyer_region"]
    assert ranked[ends].values.tolist() == [[r[e] for e in ends] for r in rows]
    known = [r[column] for r in rows if r[column] == r[column]]
    wanted = [1 + sum(other > value for other in known) for value in known]
    assert ranked["rank"].dropna().tolist() == wanted
    assert ranked["rank"].isna().sum() == len(rows) - len(known)


def test_the_top_is_the_head_of_the_ranking(result):
    top = result.linkages.top(5, by="intensity")
    ranked = rank_linkages(result.linkages, "intensity").head(5)
    pd.testing.assert_frame_equal(top, ranked.drop(columns="rank"))


def test_what_cannot_be_ranked_is_an_error(result):
    with pytest.raises(OptionError, match="of what"):
        rank_linkages(result.linkages, "share")
    with pytest.raises(OptionError, match="Did you mean 'intensity'"):
        rank_linkages(result.linkages, "intensty")
    with pytest.raises(OptionError, match="no measure"):
        rank_linkages(result.linkages, "seller_region")
    with pytest.raises(OptionError, match="no region '99'"):
        rank_linkages(result.linkages, region="99")
    with pytest.raises(OptionError, match="Did you mean 'sales'"):
        rank_linkages(result.linkages, direction="sale")
    coarse = connhub.analyze(*economy(), **OUTSIDE).linkages
    with pytest.raises(OptionError, match="firms_by_region"):
        rank_linkages(coarse, "sellers")


# --- wide-area regions ---


def mutual(a, b):
    n = len(a)
    total = 0.0
    for x in set(a):
        for y in set(b):
            k = sum(p == x and q == y for p, q in zip(a, b))
            if k:
                total += k / n * log(n * k / (a.count(x) * b.count(y)))
    return total


@pytest.mark.parametrize(
    ("a", "b"),
    [("aabbcc", "xxyyzz"), ("aaabbc", "xyxyyx"), ("aabbbb", "xyzxyz"), ("aaaabb", "xxxxxy"),
     ("abcdee", "xxyyzz")],
)  # fmt: skip
def test_mutual_information_is_adjusted_by_all_permutations(a, b):
    every = [mutual(a, list(p)) for p in permutations(b)]
    expected = sum(every) / len(every)
    entropy = (mutual(a, list(a)) + mutual(b, list(b))) / 2
    wanted = (mutual(a, list(b)) - expected) / (entropy - expected)
    assert adjusted_mutual_information(a, b) == pytest.approx(wanted, abs=1e-12)
    assert adjusted_mutual_information(b, a) == pytest.approx(wanted, abs=1e-12)


def test_the_same_grouping_agrees_wholly():
    assert isclose(adjusted_mutual_information("aabbc", [3, 3, 1, 1, 2]), 1)
    assert adjusted_mutual_information("aaa", "bbb") == 1
    assert adjusted_mutual_information("abc", "cab") == 1
    with pytest.raises(OptionError, match="same things"):
        adjusted_mutual_information("ab", "a")


def test_wide_regions(result):
    graph = region_graph(result.linkages)
    found = wide_regions(graph, seed=4)
    again = wide_regions(graph, seed=4)
    pd.testing.assert_frame_equal(found.frame, again.frame)
    groups = [set(g["region"]) for _, g in found.frame.groupby("community")]
    first, second = found.comparison.to_dict("records")
    assert first["modularity"] == pytest.approx(nx.community.modularity(graph, groups))
    blocks = [set(g["region"]) for _, g in found.frame.groupby("compared")]
    assert second["modularity"] == pytest.approx(nx.community.modularity(graph, blocks))
    inside = sum(w for a, b, w in graph.edges(data="weight") if any({a, b} <= g for g in groups))
    assert first["share_inside"] == inside / graph.size(weight="weight")
    assert found.communities["trade_inside"].sum() == inside
    assert found.communities["regions"].sum() == 47
    assert second["groups"] == 9
    assert found.communities["trade_inside"].is_monotonic_decreasing
    kept = wide_regions(graph, compare=dict(zip(graph, found.frame["community"])))
    assert kept.comparison["agreement"].tolist() == pytest.approx([1, 1])
    finer = wide_regions(graph, resolution=3)
    assert finer.comparison["groups"][0] >= first["groups"]


def test_wide_regions_that_cannot_be():
    graph = nx.DiGraph()
    graph.add_nodes_from("ab")
    with pytest.raises(OptionError, match="without links"):
        wide_regions(graph)
    graph.add_edge("a", "b", weight=3)
    assert list(wide_regions(graph).comparison["grouping"]) == ["communities"]
    with pytest.raises(OptionError, match="lacks"):
        wide_regions(graph, compare={"a": "x"})
    with pytest.raises(OptionError, match="resolution"):
        wide_regions(graph, resolution=0)


@pytest.mark.parametrize("grain", ["firms_by_region", "pairs"])
@pytest.mark.parametrize("seed", range(3))
def test_joined_regions_equal_an_analysis_of_them_as_one(seed, grain):
    deals, firms = economy(seed)
    options = {"self_trade": "include", **OUTSIDE}
    before = connhub.analyze(deals, firms, grain=grain, **options)
    members = ["15", "16", "17"]
    after = connhub.analyze(deals, firms, region=dict.fromkeys(members, "北陸"), **options)
    found = evaluate_region(members, before)
    one = found.firms.set_index("firm_id").sort_index()
    for name, source in (("", before), ("wide_", after)):
        wanted = source.degrees.frame.set_index("firm_id").loc[one.index]
        for column in ("out_of_region_sales", "in_region_purchases"):
            assert one[name + column].tolist() == wanted[column].tolist()
        for column in ("connector_degree", "hub_degree"):
            left, right = one[name + column], wanted[column]
            np.testing.assert_allclose(left.to_numpy(), right.to_numpy(), rtol=1e-15)
    flow = before.linkages.matrix().loc[members, members].to_numpy()
    internal = int(flow.sum() - np.trace(flow))
    last = found.summary.iloc[-1]
    assert last["becomes_internal"] == last["purchases_become_internal"] == internal
    assert last["out_of_region_sales"] - internal == sum(
        after.linkages.frame.query("seller_region == '北陸'")["amount"]
    )
    changes = one.loc[found.firms["firm_id"], ["connector_degree", "hub_degree"]].fillna(0)
    wide = one.loc[found.firms["firm_id"], ["wide_connector_degree", "wide_hub_degree"]].fillna(0)
    size = np.abs(wide.to_numpy() - changes.to_numpy()).max(axis=1)
    assert (np.diff(size) <= 0).all()


def test_regions_that_cannot_be_joined(result):
    with pytest.raises(OptionError, match="two or more"):
        evaluate_region(["15", "15"], result)
    with pytest.raises(OptionError, match="two or more"):
        evaluate_region("15", result)
    with pytest.raises(OptionError, match="no regions '48'"):
        evaluate_region(["15", "48"], result)
    with pytest.raises(OptionError, match="firms_by_region"):
        evaluate_region(["15", "16"], connhub.analyze(*economy(), **OUTSIDE))
