"""Two real tables, against results computed by independent group-by programs.

Data: R package `arcos` (The Washington Post; MIT) and igraph/igraphdata `USairports`
(CC BY-SA 4.0), read in place from ../shared/data. A missing file fails.
"""

from __future__ import annotations

import pytest

import connhub
from tests.reference.real_data import CASES, DATA, agrees, analyzed, rows

pytestmark = pytest.mark.reference


@pytest.mark.parametrize("case", CASES)
def test_degrees_and_totals(case):
    folder, region, suffix = CASES[case]
    frame = analyzed(folder, region, "include").degrees.frame
    expected = rows(DATA / folder / "expected" / f"firm_degrees{suffix}.csv")
    assert len(frame) == len(expected)
    found = {r["firm_id"]: r for r in frame.to_dict("records")}
    integers = {
        "sales_total": "sales",
        "sales_out_of_region": "out_of_region_sales",
        "purchases_total": "purchases",
        "purchases_in_region": "in_region_purchases",
        "region_sales_out": "region_out_of_region_sales",
        "region_purchases_in": "region_in_region_purchases",
    }
    for want in expected:
        row = found[want["firm"]]
        assert row["region"] == want["region"]
        for theirs, ours in integers.items():
            assert row[ours] == int(want[theirs]), (want["firm"], ours)
        for degree in ("connector_degree", "hub_degree"):
            assert agrees(row[degree], want[degree]), (want["firm"], degree)


def test_undefined_degrees_are_as_many_as_described():
    by_state = analyzed("arcos", "state", "include").degrees.frame
    by_county = analyzed("arcos", "county", "include").degrees.frame
    assert by_state["connector_degree"].isna().sum() == 229
    assert by_county["hub_degree"].isna().sum() == 261


def test_hub_degrees_without_self_trade():
    expected = rows(DATA / "usairports" / "expected" / "hub_degree_without_self_loops.csv")
    without = analyzed("usairports", "region", "exclude").degrees.frame
    kept = analyzed("usairports", "region", "include").degrees.frame
    found = dict(zip(without["firm_id"], without["hub_degree"], strict=True))
    assert len(expected) == len(found) == 755
    for want in expected:
        assert agrees(found[want["firm"]], want["hub_degree"]), want
    both = kept.merge(without, on="firm_id", suffixes=("_kept", "_without"))
    close = both["hub_degree_kept"].fillna(-1).sub(both["hub_degree_without"].fillna(-1)).abs()
    assert (close > 1e-12).sum() == 392
    rest = ["out_of_region_sales", "region_out_of_region_sales", "connector_degree"]
    assert kept[rest].equals(without[rest])


def test_connector_degrees_do_not_depend_on_self_trade():
    expected = rows(DATA / "usairports" / "expected" / "firm_degrees.csv")
    frame = analyzed("usairports", "region", "exclude").degrees.frame
    found = dict(zip(frame["firm_id"], frame["connector_degree"], strict=True))
    assert all(agrees(found[w["firm"]], w["connector_degree"]) for w in expected)


def test_self_trade_is_in_the_ledger():
    loops = [r for r in rows(DATA / "usairports" / "transactions.csv") if r["seller"] == r["buyer"]]
    assert len(loops) == 53
    ledger = analyzed("usairports", "region", "exclude").ledger
    assert ledger.entry("self_trade") == (53, sum(int(r["amount"]) for r in loops))
    assert ledger.entry("read")[0] == 23473
    assert analyzed("usairports", "region", "include").ledger.entry("self_trade") == (0, 0)


@pytest.mark.parametrize("self_trade", ["include", "exclude"])
@pytest.mark.parametrize("case", CASES)
def test_linkages(case, self_trade):
    folder, region, suffix = CASES[case]
    frame = analyzed(folder, region, self_trade).linkages.frame
    expected = [
        r
        for r in rows(DATA / folder / "expected" / f"linkages{suffix}.csv")
        if r["seller_region"] != r["buyer_region"]
    ]
    found = {(r["seller_region"], r["buyer_region"]): r for r in frame.to_dict("records")}
    assert set(found) == {(r["seller_region"], r["buyer_region"]) for r in expected}
    for want in expected:
        row = found[want["seller_region"], want["buyer_region"]]
        assert row["amount"] == int(want["amount"])
        assert row["n_transactions"] == int(want["deals"])
        assert row["sellers"] == int(want["sellers"])
        assert row["buyers"] == int(want["buyers"])
        share = want["share_of_seller_region_exports"]
        assert agrees(row["share_of_out_of_region_sales"], share), want


@pytest.mark.parametrize("case", CASES)
def test_flow_matrix(case):
    folder, region, suffix = CASES[case]
    matrix = analyzed(folder, region, "include").linkages.matrix()
    expected = rows(DATA / folder / "expected" / f"flow_matrix{suffix}.csv")
    regions = [r["sr"] for r in expected]
    assert set(matrix.index) == {*regions, "overseas", "unknown"}
    for line in expected:
        for buyer, amount in line.items():
            if buyer != "sr":
                assert matrix.loc[line["sr"], buyer] == int(amount), (line["sr"], buyer)
    assert (matrix[["overseas", "unknown"]] == 0).all(axis=None)
    assert (matrix.loc[["overseas", "unknown"]] == 0).all(axis=None)


@pytest.mark.parametrize("year", [2006, 2010, 2014])
def test_a_year_of_arcos(year):
    """Money of one year, added up here from the file."""
    wanted = [r for r in rows(DATA / "arcos" / "transactions.csv") if int(r["year"]) == year]
    result = connhub.analyze(
        DATA / "arcos" / "transactions.csv",
        DATA / "arcos" / "firms.csv",
        region="state",
        self_trade="include",
        year=year,
    )
    total = sum(int(r["amount"]) for r in wanted)
    counted = [result.ledger.entry(e) for e in ("in_region", "out_of_region")]
    assert sum(c[0] for c in counted) == len(wanted)
    assert sum(c[1] for c in counted) == total
    assert result.ledger.entry("other_year")[0] == 34834 - len(wanted)
