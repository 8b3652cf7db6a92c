"""The graph of firms from pairs: which are links, which firms trade, what they carry."""

import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError, LimitError, OptionError
from connhub.networks import build_firm_graph, firm_graph
from tests.builders import firm_table, transaction_table

FIRMS = firm_table(d="27", b="13", a="13", quiet="47", e="01")
DEALS = [
    ("a", "b", 30),
    ("a", "b", 5),
    ("b", "a", 7),
    ("b", "d", 2),
    ("d", "a", -4),
    ("a", "a", 100),
    ("d", "d", -9),
    ("zz", "a", 50),
    ("a", "zz", 60),
    ("e", "d", 0),
]


def analyzed(deals=DEALS, firms=FIRMS, **options):
    options = {"grain": "pairs", "self_trade": "include", "unknown_firm": "outside", **options}
    return connhub.analyze(transaction_table(*deals), firms, progress=False, **options)


@pytest.fixture(scope="module")
def result():
    return analyzed()


def links(graph):
    """Links as a mapping of ids to amount and number of transactions."""
    amounts, counts = graph.amount.tocoo(), graph.n_transactions.tocoo()
    ids = graph.firms["firm_id"].tolist()
    number = dict(zip(zip(*counts.coords, strict=True), counts.data.tolist(), strict=True))
    return {
        (ids[s], ids[b]): (x, number[s, b])
        for s, b, x in zip(*amounts.coords, amounts.data.tolist(), strict=True)
    }


def test_links_by_hand(result):
    graph = firm_graph(result.trade)
    assert links(graph) == {("a", "b"): (35, 2), ("b", "a"): (7, 1), ("b", "d"): (2, 1)}
    # by id; neither who does not trade nor who has no link
    assert graph.firms["firm_id"].tolist() == ["a", "b", "d"]
    assert graph.firms["region"].tolist() == ["13", "13", "27"]


def test_what_is_no_link_is_counted_under_the_first_reason(result):
    assert firm_graph(result.trade).left_out == {
        "unlisted": (2, 110),
        "self_trade": (2, 91),  # the return of d to itself is no trade with another either
        "not_positive": (2, -4),  # 0 is no link
    }


def test_the_order_of_the_firm_table_does_not_matter(result):
    turned = analyzed(DEALS[::-1], FIRMS.take([4, 3, 2, 1, 0]))
    one, other = (firm_graph(r.trade) for r in (result, turned))
    pd.testing.assert_frame_equal(one.firms, other.firms)
    assert (one.amount != other.amount).nnz == 0


def test_degrees_and_columns_of_the_users_are_carried(result):
    more = pd.DataFrame({"firm_id": ["b", "nobody"], "sector": ["造船", "x"], "region": ["1", "2"]})
    graph = firm_graph(result.trade, degrees=result.degrees, roles=more)
    firms = graph.firms.set_index("firm_id")
    assert firms["region"].tolist() == ["13", "13", "27"]
    degrees = result.degrees.frame.set_index("firm_id")
    assert firms["sales"].tolist() == degrees.loc[["a", "b", "d"], "sales"].tolist()
    assert firms["sector"].fillna("").tolist() == ["", "造船", ""]


def test_what_does_not_fit_is_refused(result):
    with pytest.raises(OptionError) as caught:
        firm_graph(analyzed(grain="firms_by_region").trade)
    assert caught.value.faults[0].kind == "networks.needs_pairs"
    with pytest.raises(InputError):
        firm_graph(result.trade, roles=pd.DataFrame({"sector": ["x"]}))
    other = analyzed(unit="EUR")
    with pytest.raises(OptionError):
        firm_graph(result.trade, degrees=other.degrees)


def test_too_little_memory_is_said_before_it_is_taken(result, monkeypatch):
    monkeypatch.setattr("connhub.memory._room", lambda: (0, 0))
    with pytest.raises(LimitError, match="memory"):
        firm_graph(result.trade)


@pytest.mark.parametrize("deals", [[("a", "a", 5)], [("a", "b", -1)], [("zz", "a", 3)]])
def test_no_links_at_all(deals):
    graph = firm_graph(analyzed(deals).trade)
    assert len(graph.firms) == 0
    assert graph.amount.shape == (0, 0)
    assert sum(n for n, _ in graph.left_out.values()) == 1


def test_pairs_that_were_saved_give_the_same_graph(result, tmp_path):
    again = connhub.load(result.save(tmp_path))
    assert links(firm_graph(again.trade)) == links(firm_graph(result.trade))
    sliced = pa.concat_tables([result.trade.table.slice(0, 3), result.trade.table.slice(3)])
    pieces = type(result.trade)(sliced, "pairs", result.ledger, result.directory)
    assert links(firm_graph(pieces)) == links(firm_graph(result.trade))


def test_the_limit_of_size_is_passed_on(result):
    assert firm_graph(result.trade).max_size == build_firm_graph.MAX_SIZE
    graph = firm_graph(result.trade, max_size=2)
    with pytest.raises(LimitError):
        graph.to_networkx()
