"""The finer grains as a table."""

from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.trade import trade
from connhub.schema import columns
from tests.builders import firm_table
from tests.measures.builders import DEALS, summed
from tests.totals.builders import economy, totals


def test_trade_is_that_of_duckdb():
    deals, firms = economy(200_000, 8_000, 1)
    deals = deals.drop_columns(["seller_region", "buyer_region"])  # parties not listed: excluded
    total = totals(deals, firms, "pairs", unknown_firm="exclude")
    con = duckdb.connect()
    con.register("d", deals)
    con.register("f", firms.table)
    con.register("t", connhub.trade(total, firms).table)
    con.execute(
        """create table p as select firm_id, case when country_code is not null then 'overseas'
               else coalesce(prefecture_code, 'unknown') end r from f;
           create table c as select seller_id s, buyer_id b, amount x, p.r rp, q.r rq from d
               join p on p.firm_id = seller_id join p q on q.firm_id = buyer_id
               where not (p.r = 'unknown' and q.r = 'unknown')
                 and not (p.r = 'overseas' and q.r = 'overseas')"""
    )
    assert con.sql("select count(*) from t").fetchall()[0][0] > 100_000
    wanted = "select s, rp, b, rq, sum(x)::bigint, count(*) from c group by all"
    apart = f"(from t except all {wanted}) union all ({wanted} except all from t)"
    assert con.sql(apart).fetchall() == []
    flows = con.sql(
        "select rp, rq, count(distinct s), count(distinct b) from c where rp <> rq group by all"
    ).fetchall()
    columns = ["seller_region", "buyer_region", "sellers", "buyers"]
    links = connhub.linkages(total, firms).frame[columns]
    assert {tuple(r) for r in links.itertuples(index=False)} == set(flows)


# --- by hand ----------------------------------------------------------------------------


def rows(trade):
    return list(
        trade.table.to_pandas()
        .astype(object)
        .where(lambda f: f.notna(), None)
        .itertuples(index=False, name=None)
    )


OUTSIDE = {"unknown_firm": "outside", "unknown_region": "outside"}
GIVEN = {"seller_region": [None] * 7 + ["27"], "buyer_region": [None] * 8}


def test_pairs_by_hand():
    found = trade(
        *summed(
            [*DEALS, ("a", "c", -3)],
            grain="pairs",
            **OUTSIDE,
            seller_region=[*GIVEN["seller_region"], None],
        )
    )
    assert rows(found) == [
        ("a", "13", "b", "13", 5, 1),
        ("a", "13", "c", "27", 27, 2),
        ("a", "13", "x", "overseas", 20, 1),
        ("b", "13", "c", "27", 10, 1),
        ("c", "27", "a", "13", 8, 1),
        ("d", "27", "c", "27", 12, 1),
        ("y", "unknown", "a", "13", 7, 1),
        (None, "27", "b", "13", 9, 1),  # known by its region alone
    ]
    assert found.table.column_names == list(columns("pairs"))


def test_trade_with_regions_by_hand():
    found = trade(*summed(grain="firms_by_region", **OUTSIDE, **GIVEN))
    assert rows(found) == [
        ("a", "13", "sales", "13", 5, 1),
        ("a", "13", "sales", "27", 30, 1),
        ("a", "13", "sales", "overseas", 20, 1),
        ("a", "13", "purchases", "27", 8, 1),
        ("a", "13", "purchases", "unknown", 7, 1),
        ("b", "13", "sales", "27", 10, 1),
        ("b", "13", "purchases", "13", 5, 1),
        ("b", "13", "purchases", "27", 9, 1),
        ("c", "27", "sales", "13", 8, 1),
        ("c", "27", "purchases", "13", 40, 2),
        ("c", "27", "purchases", "27", 12, 1),
        ("d", "27", "sales", "27", 12, 1),
        ("x", "overseas", "purchases", "13", 20, 1),
        ("y", "unknown", "sales", "13", 7, 1),
        (None, "27", "sales", "13", 9, 1),
    ]
    assert found.table.column_names == list(columns("firms_by_region"))


def test_totals_without_a_finer_grain():
    with pytest.raises(OptionError) as caught:
        trade(*summed())
    assert caught.value.faults[0].kind == "measures.no_finer_grain"


def test_money_is_in_units_of_the_result_and_shown_in_base_units():
    deals = [("a", "c", Decimal("12345.67")), ("c", "a", Decimal("-0.05"))]
    found = trade(*summed(deals, grain="pairs", resolution="0.01", unit="EUR"))
    assert found.unit == found.frame.attrs["unit"] == "0.01 EUR"
    assert found.to_arrow().schema.metadata == {b"unit": b"0.01 EUR"}
    assert found.table["amount"].to_pylist() == [1234567, -5]
    assert found.table["amount"].type == pa.int64()
    assert "12,345.67" in repr(found)
    assert "-0.05" in repr(found)


def test_what_is_printed_is_bounded_and_texts_are_categories():
    firms = firm_table(**{f"f{i:02d}": "13" for i in range(40)})
    deals = [(f"f{i:02d}", "f00", 1) for i in range(1, 40)]
    found = trade(*summed(deals, firms, grain="pairs"))
    lines = repr(found).splitlines()
    assert lines[0] == "Trade by pairs: 39 rows"
    assert len(lines) == 1 + 1 + 10
    assert {str(found.frame[c].dtype) for c in ("seller_id", "buyer_region")} == {"category"}
