"""The graph of firms and its parts, against the same graph in networkx."""

import networkx as nx
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError, LimitError, OptionError
from connhub.networks import backbone, firm_graph
from tests.networks.builders import OUTSIDE, economy, pairs_of


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
            out.add_edge(row.seller_id, row.buyer_id, weight=row.amount, n=row.n_transactions)
    return out


def test_the_whole_graph(result, graph, naive):
    found = graph.to_networkx()
    assert set(found.edges) == set(naive.edges)
    assert list(found) == sorted(naive)
    for a, b, data in found.edges(data=True):
        weight, n = naive.edges[a, b]["weight"], naive.edges[a, b]["n"]
        assert data == {"weight": weight, "amount": weight, "n_transactions": n}
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
    transactions, firms = economy()
    rng = np.random.default_rng(1)
    again = connhub.analyze(
        transactions.take(rng.permutation(len(transactions))),
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


def test_ego_of_several_with_the_largest_partners(graph, naive):
    asked = graph.firms["firm_id"][[3, 11]].tolist()
    found = graph.ego(asked, direction="suppliers", max_partners=2)
    wanted = set(asked)
    for firm in asked:
        near = sorted(naive.in_edges(firm, data="weight"), key=lambda e: (-e[2], e[0]))
        wanted |= {a for a, _, _ in near[:2]}
    assert set(found) == wanted


def test_ids_may_come_as_numbers_or_a_column():
    firms = pa.table({"firm_id": [7, 8], "prefecture_code": ["13", "27"]})
    transactions = pa.table({"seller_id": [7], "buyer_id": [8], "amount": [3]})
    graph = firm_graph(connhub.analyze(transactions, firms, grain="pairs").trade)
    for asked in (7, "7", ["7"], pd.Series([7]), np.array([7, 8])):
        assert list(graph.ego(asked)) == ["7", "8"]


def test_supply_chain(graph, naive):
    region = dict(zip(graph.firms["firm_id"], graph.firms["region"]))
    inside = {e for e in naive.edges if region[e[0]] == region[e[1]] == "13"}
    found = graph.supply_chain("13")
    assert set(found.edges) == inside
    assert set(found) == {firm for e in inside for firm in e}
    for name in ("東京都", "東京", "Tokyo"):
        assert set(graph.supply_chain(name).edges) == inside
    best = sorted(inside, key=lambda e: (-naive.edges[e]["weight"], e))[:4]
    assert set(graph.supply_chain("13", strongest=4).edges) == set(best)


def test_backbone_of_firms(graph):
    thin = graph.backbone(level=0.1)
    assert 0 < thin.amount.nnz < graph.amount.nnz
    whole = thin.to_networkx()
    assert set(whole.edges) == set(backbone(graph.to_networkx(), level=0.1).edges)
    assert f"{thin.amount.nnz} links" in repr(thin)
    assert thin.n_transactions.nnz == thin.amount.nnz
    for seller, buyer, data in whole.edges(data=True):
        assert data == graph.to_networkx().edges[seller, buyer]


def test_a_graph_that_is_too_large_says_how_to_get_a_smaller_one(result):
    small = firm_graph(result.trade, max_size=5)
    for call, hint in (
        (lambda: small.to_networkx(), "strongest="),
        (lambda: small.ego(small.firms["firm_id"][7], steps=3), "steps="),
        (lambda: small.supply_chain("13"), "strongest="),
    ):
        with pytest.raises(LimitError, match="limit of 5") as error:
            call()
        assert hint in str(error.value)
        assert "max_size=" in str(error.value)
    assert small.to_networkx(strongest=2).number_of_edges() == 2


def test_what_cannot_be_asked(result, graph):
    with pytest.raises(OptionError, match="grain='pairs'"):
        firm_graph(connhub.analyze(*economy(), grain="firms_by_region", **OUTSIDE).trade)
    with pytest.raises(OptionError, match="without a link") as error:
        graph.ego(["nobody", "0001"])
    assert "values: 'nobody'" in str(error.value)
    with pytest.raises(OptionError, match="no firm is given"):
        graph.ego([])
    for option in ("steps", "max_partners"):
        with pytest.raises(OptionError, match=f"{option}=0 is out of range"):
            graph.ego("0001", **{option: 0})
    with pytest.raises(OptionError, match="one of 'suppliers', 'customers', 'both'"):
        graph.ego("0001", direction="customer")
    with pytest.raises(OptionError, match="no firm in the region 'Okinawa'"):
        graph.supply_chain("47")
    with pytest.raises(OptionError, match="Did you mean '新潟県'"):
        graph.supply_chain("新泻")
    with pytest.raises(OptionError, match="flow"):
        graph.pagerank(flow="air")
    with pytest.raises(OptionError, match="level"):
        graph.backbone(level=2)
    twice = pd.DataFrame({"firm_id": ["0001", "0001"], "role": ["R1", "R2"]})
    with pytest.raises(InputError, match="more than once"):
        firm_graph(result.trade, roles=twice)
    with pytest.raises(InputError, match="firm_id"):
        firm_graph(result.trade, roles=twice[["role"]])


def test_no_trade_at_all():
    firms = pa.table({"firm_id": ["a"], "prefecture_code": ["13"]})
    transactions = pa.table({"seller_id": ["a"], "buyer_id": ["a"], "amount": [3]})
    empty = firm_graph(connhub.analyze(transactions, firms, grain="pairs").trade)
    assert len(empty) == 0
    assert len(empty.to_networkx()) == len(empty.pagerank()) == len(empty.components()) == 0
