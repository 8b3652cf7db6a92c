"""The graph of firms, its parts, the graph of selected firms, and what is written to disk."""

import json
import re
from collections import defaultdict
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError, LimitError, OptionError
from connhub.networks import firm_graph, rank_firms, region_graph, selection_graph, write_graph
from tests.networks.builders import OUTSIDE, economy


def pairs_of(result):
    frame = result.trade.frame
    texts = [c for c in frame if c not in ("amount", "deals")]
    return frame.astype(dict.fromkeys(texts, object))


@pytest.fixture(scope="module")
def graph(result):
    return firm_graph(result.trade, degrees=result.degrees)


@pytest.fixture(scope="module")
def naive(result):
    """The same as a networkx graph, link by link."""
    out = nx.DiGraph()
    for row in pairs_of(result).itertuples():
        if row.seller_id != row.seller_id or row.buyer_id != row.buyer_id:
            continue
        if row.seller_id != row.buyer_id and row.amount > 0:
            out.add_edge(row.seller_id, row.buyer_id, weight=row.amount, deals=row.deals)
    return out


def test_the_whole_graph(result, graph, naive):
    found = graph.to_networkx()
    assert set(found.edges) == set(naive.edges)
    assert list(found) == sorted(naive)
    for a, b, data in found.edges(data=True):
        weight, deals = naive.edges[a, b]["weight"], naive.edges[a, b]["deals"]
        assert data == {"weight": weight, "amount": weight, "deals": deals}
    known = result.degrees.frame.set_index("firm_id")
    for firm, data in found.nodes(data=True):
        assert data["firm_id"] == firm
        if firm in known.index:
            row = known.loc[firm].dropna().to_dict()
            assert {k: data[k] for k in row} == row
        assert data["label"] == data.get("name", firm)
        assert all(type(v) in (str, int, float) for v in data.values())
        assert all(v == v for v in data.values())


def test_every_yen_is_a_link_or_left_out(result, graph):
    count, money = (sum(v) for v in zip(*graph.left_out.values()))
    table = result.trade.frame
    assert graph.amount.nnz + count == len(table)
    assert graph.amount.sum() + money == table["amount"].sum()
    assert all(graph.left_out[reason][0] > 0 for reason in graph.left_out)
    assert graph.left_out["not_positive"][1] < 0


def test_neither_the_order_of_rows_and_firms_nor_saving_matters(result, graph, tmp_path):
    deals, firms = economy()
    rng = np.random.default_rng(1)
    again = connhub.analyze(
        deals.take(rng.permutation(len(deals))),
        firms.take(rng.permutation(len(firms))),
        grain="pairs",
        self_trade="include",
        **OUTSIDE,
    )
    loaded = connhub.load(result.save(tmp_path / "out"))
    for other in (again, loaded):
        same = firm_graph(other.trade, degrees=other.degrees)
        pd.testing.assert_frame_equal(same.firms, graph.firms, check_dtype=False)
        assert (same.amount != graph.amount).nnz == 0
        assert same.left_out == graph.left_out
        pd.testing.assert_frame_equal(same.pagerank(), graph.pagerank(), check_exact=True)


@pytest.mark.parametrize("flow", ["goods", "money"])
def test_pagerank(graph, naive, flow):
    name = "pagerank" if flow == "goods" else "pagerank_of_money"
    frame = graph.pagerank(flow=flow)
    walked = naive if flow == "goods" else naive.reverse()
    wanted = nx.pagerank(walked, tol=1e-15, max_iter=1000)
    assert dict(zip(frame["firm_id"], frame[name])) == pytest.approx(wanted, abs=1e-9)
    assert frame[name].is_monotonic_decreasing
    assert frame["rank"][0] == 1


def test_components(graph, naive):
    frame = graph.components(kind="strong")
    groups = {frozenset(g["firm_id"]) for _, g in frame.groupby("component")}
    assert groups == set(map(frozenset, nx.strongly_connected_components(naive)))
    assert frame["component"].value_counts().sort_index().is_monotonic_decreasing


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("direction", ["suppliers", "customers", "both"])
def test_ego(graph, naive, steps, direction):
    firm = graph.firms["firm_id"][7]
    walked = {"suppliers": naive.reverse(), "customers": naive, "both": naive.to_undirected()}
    wanted = nx.single_source_shortest_path_length(walked[direction], firm, cutoff=steps)
    found = graph.ego(firm, steps=steps, direction=direction)
    assert dict(found.nodes(data="step")) == wanted
    assert set(found.edges) == set(naive.subgraph(wanted).edges)


def test_ego_of_several_with_a_cap(graph, naive):
    asked = graph.firms["firm_id"][[3, 11]].tolist()
    found = graph.ego(asked, direction="suppliers", cap=2)
    wanted = set(asked)
    for firm in asked:
        near = sorted(naive.in_edges(firm, data="weight"), key=lambda e: (-e[2], e[0]))
        wanted |= {a for a, _, _ in near[:2]}
    assert set(found) == wanted


def test_ids_may_come_as_numbers_or_a_column():
    firms = pa.table({"firm_id": [7, 8], "prefecture_code": ["13", "27"]})
    deals = pa.table({"seller_id": [7], "buyer_id": [8], "amount": [3]})
    graph = firm_graph(connhub.analyze(deals, firms, grain="pairs").trade)
    for asked in (7, "7", ["7"], pd.Series([7]), np.array([7, 8])):
        assert list(graph.ego(asked)) == ["7", "8"]


def test_supply_chain(graph, naive):
    region = dict(zip(graph.firms["firm_id"], graph.firms["region"]))
    inside = {e for e in naive.edges if region[e[0]] == region[e[1]] == "13"}
    found = graph.supply_chain("13")
    assert set(found.edges) == inside
    assert set(found) == {firm for e in inside for firm in e}
    assert set(graph.supply_chain("東京都").edges) == inside
    best = sorted(inside, key=lambda e: (-naive.edges[e]["weight"], e))[:4]
    assert set(graph.supply_chain("13", strongest=4).edges) == set(best)


def test_backbone_of_firms(graph):
    thin = graph.backbone(level=0.1)
    assert 0 < thin.amount.nnz < graph.amount.nnz
    whole = thin.to_networkx()
    from connhub.networks import backbone

    assert set(whole.edges) == set(backbone(graph.to_networkx(), level=0.1).edges)
    assert "links" in repr(thin)


def test_a_graph_that_is_too_large_says_how_to_cut_it_down(result):
    small = firm_graph(result.trade, most=5)
    for call, hint in (
        (lambda: small.to_networkx(), "strongest="),
        (lambda: small.ego(small.firms["firm_id"][7], steps=3), "steps="),
        (lambda: small.supply_chain("13"), "strongest="),
        (lambda: selection_graph(chosen(result), result.trade, most=5), "fewer firms"),
    ):
        with pytest.raises(LimitError, match="limit of 5") as error:
            call()
        assert hint in str(error.value)
        assert "most=" in str(error.value)
    assert small.to_networkx(strongest=2).number_of_edges() == 2


def test_what_cannot_be_asked(result, graph):
    with pytest.raises(OptionError, match="grain='pairs'"):
        firm_graph(connhub.analyze(*economy(), grain="firms_by_region", **OUTSIDE).trade)
    with pytest.raises(OptionError, match="without a link: 'nobody'"):
        graph.ego("nobody")
    with pytest.raises(OptionError, match="without a link"):
        graph.ego([])
    with pytest.raises(OptionError, match="at least 1"):
        graph.ego("0001", steps=0)
    with pytest.raises(OptionError, match="Did you mean 'customers'"):
        graph.ego("0001", direction="customer")
    with pytest.raises(OptionError, match="region '47'"):
        graph.supply_chain("47")
    with pytest.raises(OptionError, match="flow"):
        graph.pagerank(flow="air")
    with pytest.raises(OptionError, match="level"):
        graph.backbone(level=2)
    twice = pd.DataFrame({"firm_id": ["0001", "0001"], "role": ["R1", "R2"]})
    with pytest.raises(InputError, match="occur twice"):
        firm_graph(result.trade, roles=twice)
    with pytest.raises(InputError, match="firm_id"):
        firm_graph(result.trade, roles=twice[["role"]])


def test_no_trade_at_all():
    firms = pa.table({"firm_id": ["a"], "prefecture_code": ["13"]})
    deals = pa.table({"seller_id": ["a"], "buyer_id": ["a"], "amount": [3]})
    empty = firm_graph(connhub.analyze(deals, firms, grain="pairs").trade)
    assert len(empty) == 0
    assert len(empty.to_networkx()) == len(empty.pagerank()) == len(empty.components()) == 0


# --- selected firms ---


def chosen(result, regions=("15", "16")):
    frame = result.degrees.frame
    frame = frame[frame["region"].isin(regions)].reset_index(drop=True)
    frame = frame[["firm_id", "name", "region"]].assign(
        rank=range(1, len(frame) + 1), score=np.linspace(70, 30, len(frame)), field="造船"
    )
    again = frame.head(1).assign(rank=9, field="半導体")
    return SimpleNamespace(frame=pd.concat([again, frame], ignore_index=True))


def test_selection_graph(result):
    selection = chosen(result)
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
    marked = selection.frame.assign(selected=selection.frame["rank"].isin([2, 3]))
    some = selection_graph(SimpleNamespace(frame=marked), result.trade)
    firms = [n for n, kind in some.nodes(data="kind") if kind == "firm"]
    assert firms == selection.frame["firm_id"][2:4].tolist()
    with pytest.raises(InputError, match="lacks 'score'"):
        selection_graph(SimpleNamespace(frame=selection.frame.drop(columns="score")), result.trade)


@pytest.mark.parametrize(
    "by",
    ["pagerank", "pagerank_of_money", "betweenness", "in_region_reach", "sales_strength",
     "purchase_strength"],
)  # fmt: skip
def test_firms_ranked_by_a_measure(result, by):
    graph = selection_graph(chosen(result), result.trade, degrees=result.degrees)
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


# --- on disk ---


def made(result):
    graph = firm_graph(result.trade, degrees=result.degrees)
    return {
        "regions": region_graph(result.linkages, regions=result.regions, outside=True),
        "firms": graph.to_networkx(),
        "ego": graph.ego(graph.firms["firm_id"][4]),
        "selection": selection_graph(chosen(result), result.trade, degrees=result.degrees),
    }


@pytest.mark.parametrize("which", ["regions", "firms", "ego", "selection"])
@pytest.mark.parametrize("form", ["graphml", "gexf"])
def test_a_written_graph_is_read_back_whole(result, tmp_path, which, form):
    graph = made(result)[which]
    path = write_graph(graph, tmp_path / f"図.{form}")
    raw = path.read_bytes().decode("utf-8")
    keys = re.findall(r'<(?:key|attribute) id="([^"]+)"', raw)
    assert len(keys) == len(set(keys)) > 5
    assert not re.search(r'"(None|nan|NaN|NaT|<NA>)"|>(None|nan|NaN|<NA>)<', raw)
    back = nx.read_graphml(path) if form == "graphml" else nx.read_gexf(path)
    assert isinstance(back, nx.DiGraph)
    assert list(back) == list(graph)
    assert dict(back.nodes(data=True)) == dict(graph.nodes(data=True))
    assert set(back.edges) == set(graph.edges)
    for ends, data in graph.edges.items():
        assert {k: v for k, v in back.edges[ends].items() if k != "id"} == data
    assert list(tmp_path.iterdir()) == [path]


def test_values_that_no_form_can_hold(tmp_path):
    graph = nx.DiGraph(note=None)
    graph.add_node(1, label="a\x0b<b>&\"髙", big=np.int64(2**62), none=None, nan=float("nan"),
                   na=pd.NA, yes=np.bool_(True), words=["x"])  # fmt: skip
    graph.add_node("01", label="=1+1")
    graph.add_edge(1, "01", weight=np.float64(0.5))
    for form, read in (("graphml", nx.read_graphml), ("gexf", nx.read_gexf)):
        back = read(write_graph(graph, tmp_path / f"g.{form}"))
        assert back.nodes["1"] == {
            "label": 'a\ufffd<b>&"髙',
            "big": 2**62,
            "yes": True,
            "words": "['x']",
        }
        assert back.nodes["01"] == {"label": "=1+1"}
        assert back.edges["1", "01"]["weight"] == 0.5
    graph.add_node("1")
    with pytest.raises(OptionError, match="same id"):
        write_graph(graph, tmp_path / "g.gexf")
    with pytest.raises(OptionError, match="GraphML or GEXF"):
        write_graph(graph, tmp_path / "g.json")
    assert json.dumps(sorted(p.name for p in tmp_path.iterdir())) == '["g.gexf", "g.graphml"]'
