"""Sums beyond 2^53: firms one yen apart have different ranks, wherever ranks are."""

import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.networks import rank_linkages
from connhub.selection import Scheme
from tests.builders import firm_table, transaction_table

HUGE = 10**17
FIRMS = firm_table(a="13", b="13", c="13", d="27", e="27")
DEALS = transaction_table(
    # out of Tokyo: a one yen less than b; out of Osaka: d and e, whose share is the same
    *(("a", "d", HUGE - 1), ("b", "d", HUGE), ("d", "a", 5), ("e", "a", 5)),
    # within Tokyo: b and c buy; one yen apart
    *(("a", "b", HUGE - 1), ("a", "c", HUGE)),
)


@pytest.fixture(scope="module")
def result():
    return connhub.analyze(DEALS, FIRMS)


def ranks(frame, rank):
    return dict(zip(frame["firm_id"], frame[rank].astype(object).where(frame[rank].notna(), None)))


def test_the_degrees_round_to_one_number(result):
    """What the test is about: float64 cannot tell them apart."""
    a, b, c = result.degrees.frame.iloc[:3].to_dict("records")
    assert a["connector_degree"] == b["connector_degree"] == 0.5
    assert b["hub_degree"] == c["hub_degree"] == 0.5


def test_ranks_of_firms_looked_up(result):
    found = result.firms(list("abcde"))
    assert ranks(found, "connector_rank") == {"a": 2, "b": 1, "c": 3, "d": 1, "e": 1}
    assert ranks(found, "hub_rank") == {"a": 3, "b": 2, "c": 1, "d": None, "e": None}


def test_the_list_of_a_region_and_of_all(result):
    assert ranks(result.degrees.top(9, of_region="13"), "rank") == {"b": 1, "a": 2, "c": 3}
    # Over all regions b is above one half, a below, d and e are one half.
    assert ranks(result.degrees.top(9), "rank") == {"b": 1, "d": 2, "e": 2, "a": 4, "c": 5}
    assert ranks(result.degrees.top(9, by="hub_degree"), "rank") == {"c": 1, "b": 2, "a": 3}
    assert ranks(result.degrees.top(2, by="sales"), "rank") == {"a": 1, "b": 2}


@pytest.mark.parametrize("rank_within", ["region", "all"])
def test_the_selection(result, rank_within):
    scheme = Scheme({"connector_degree": 1.0}, rank_within=rank_within)
    chosen = result.select(scheme=scheme, per_region=1)
    selected = chosen.selected
    assert selected["firm_id"].tolist() == ["b", "d", "e"]
    above = {"region": 2, "all": 4}[rank_within]
    assert ranks(chosen.frame, "connector_degree_rank")["a"] == above


def test_the_pareto_front(result):
    chosen = result.select(scheme=Scheme({"connector_degree": 0.5, "hub_degree": 0.5}))
    assert chosen.pareto()["firm_id"].tolist() == ["b", "c"]  # not a: b sells one yen more


def test_who_is_not_ranked(result):
    scheme = Scheme({"connector_degree": 0.5, "hub_degree": 0.5})
    missing = result.select(scheme=scheme, eligible=["c"]).not_ranked
    found = ranks(missing, "connector_rank")
    assert (found["a"], found["b"]) == (2, 1)


def test_linkages():
    firms = firm_table(a="13", b="27", c="40")
    deals = transaction_table(("a", "b", HUGE - 1), ("a", "c", HUGE), ("b", "c", 5), ("c", "a", 5))
    links = connhub.analyze(deals, firms).linkages
    for by, side in (("amount", "both"), ("share", "sales")):
        ranked = rank_linkages(links, by, side=side, of_region="13")
        ranked = ranked[ranked["seller_region"] == "13"]
        ends = ranked["buyer_region"].tolist()
        assert ends == ["40", "27"]
        assert ranked["rank"].is_unique
    assert (links.frame["share_of_out_of_region_sales"] == 0.5).sum() == 2


def test_quotients_are_rounded_once():
    """2^53 + 1 over 3: as floats one would divide 2^53, and be one step off."""
    firms = firm_table(a="13", b="13", c="27")
    big = 2**53 + 1
    result = connhub.analyze(
        transaction_table(("a", "c", 3), ("b", "c", big), ("b", "a", 4)), firms
    )
    frame = result.degrees.frame
    assert frame["connector_degree"].tolist()[:2] == [3 / (big + 3), big / (big + 3)]
    assert frame["out_of_region_sales_ratio"].tolist()[1] == big / (big + 4)
    official = pa.table(
        {"region": ["13"], "out_of_region_sales": [3], "in_region_purchases": [big]}
    )
    regions = connhub.region_summary(
        connhub.total(transaction_table(("b", "c", big)), connhub.read_firms(firms)),
        connhub.read_firms(firms),
        region_totals=official,
    ).frame
    assert regions["sales_coverage"].dropna().tolist() == [big / 3]


def test_the_lowest_integer_is_an_id_like_any_other(tmp_path):
    lowest = -(2**63)
    firms = pa.table({"firm_id": [lowest, 5], "prefecture_code": ["13", "27"]})
    path = tmp_path / "transactions.csv"
    pd.DataFrame({"seller_id": [lowest], "buyer_id": [5], "amount": [7]}).to_csv(path, index=False)
    texts = pa.table({"firm_id": [str(lowest), "5"], "prefecture_code": ["13", "27"]})
    for table in (firms, texts):
        result = connhub.analyze(path, table)
        assert result.ledger.entry("out_of_region") == (1, 7)
        for given in (lowest, str(lowest)):
            assert result.firms([given])["sales"].tolist() == [7]
            assert len(result.search(given)) == 1
