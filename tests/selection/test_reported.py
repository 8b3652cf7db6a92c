"""What firms report, beside what was counted of them."""

import pyarrow as pa
import pytest

import connhub
from connhub.selection import read_financials
from connhub.selection.reported import reported_amounts, reported_sales, rooms

FIRMS = pa.table({"firm_id": list("abcde"), "prefecture_code": ["13", "13", "13", "27", "27"]})
TRADE = pa.table(
    {
        "seller_id": list("abcd"),
        "buyer_id": list("bced"[:3]) + ["a"],
        "amount": [100, 30, 60, 10],
        "year": [2025] * 4,
    }
)
DEGREES = connhub.analyze(TRADE, FIRMS).degrees
REPORTS = read_financials(
    pa.table(
        {
            "firm_id": list("abcxa"),
            "year": [2025] * 4 + [2024],
            "net_sales": [130, 20, None, 7, 9_000],
        }
    )
)
"""Of a and b; x is no firm of the table."""


def test_reports_of_the_counted_year_by_firm():
    found = reported_amounts(DEGREES, REPORTS)
    assert list(found) == ["sales"]
    reported, known = found["sales"]
    assert reported.tolist() == [130, 20, 0, 0, 0]
    assert known.tolist() == [True, True, False, False, False]
    assert reported_sales(DEGREES, REPORTS).tolist() == [130, 20, 0, 0, 0]
    workers = read_financials(pa.table({"firm_id": ["a"], "year": [2025], "employees": [3]}))
    assert reported_sales(DEGREES, workers) is None


def test_what_may_be_missing_is_what_a_report_leaves_open():
    (room,) = rooms(DEGREES, REPORTS).values()
    assert room.unexplained.tolist() == [30, 0, 0, 0, 0]
    assert room.bounded.tolist() == [True, False, False, False, False]
    assert room.contradicted.tolist() == [False, True, False, False, False]  # 30 of 20
    assert (room.reported, room.explained) == (130, 100)


def test_by_coverage_the_others_of_a_region_have_the_room_of_those_that_report():
    (room,) = rooms(DEGREES, REPORTS, without_bound="coverage").values()
    # 30 more to 100 of a: 9 to 30 of b, 18 to 60 of c; of the other region nobody reports.
    assert room.unexplained.tolist() == [30, 9, 18, 0, 0]
    assert room.bounded.tolist() == [True, True, True, False, False]
    thirds = read_financials(pa.table({"firm_id": ["c"], "year": [2025], "net_sales": [61]}))
    (room,) = rooms(DEGREES, thirds, without_bound="coverage").values()
    assert room.unexplained.tolist() == [2, 1, 1, 0, 0]  # 100 / 60 and 30 / 60, rounded up


@pytest.mark.parametrize("sales", [0, -5])
def test_a_firm_that_sells_nothing_has_no_room_by_coverage(sales):
    trade = TRADE.set_column(2, "amount", pa.array([100, sales, 60, 10]))
    (room,) = rooms(
        connhub.analyze(trade, FIRMS).degrees, REPORTS, without_bound="coverage"
    ).values()
    assert room.unexplained[1] == {0: 20, -5: 25}[sales]  # its own report of 20 bounds it
    others = read_financials(pa.table({"firm_id": ["a"], "year": [2025], "net_sales": [130]}))
    (room,) = rooms(
        connhub.analyze(trade, FIRMS).degrees, others, without_bound="coverage"
    ).values()
    assert room.unexplained[1] == 0


def test_coverage_by_one_yen_is_a_coverage():
    trade = TRADE.set_column(2, "amount", pa.array([1, 30, 60, 10]))
    given = read_financials(pa.table({"firm_id": ["a"], "year": [2025], "net_sales": [3]}))
    (room,) = rooms(connhub.analyze(trade, FIRMS).degrees, given, without_bound="coverage").values()
    assert room.unexplained.tolist() == [2, 60, 120, 0, 0]  # twice as much as was counted
