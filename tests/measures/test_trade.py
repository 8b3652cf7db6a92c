"""The finer grains as a table."""

import duckdb

import connhub
from tests.totals.builders import totals


def test_trade_is_that_of_duckdb(large):
    deals, firms, _ = large
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
    assert con.sql("select count(*) from t").fetchall()[0][0] > 200_000
    wanted = "select s, rp, b, rq, sum(x)::bigint, count(*) from c group by all"
    apart = f"(from t except all {wanted}) union all ({wanted} except all from t)"
    assert con.sql(apart).fetchall() == []
    flows = con.sql(
        "select rp, rq, count(distinct s), count(distinct b) from c where rp <> rq group by all"
    ).fetchall()
    columns = ["seller_region", "buyer_region", "sellers", "buyers"]
    links = connhub.linkages(total, firms).frame[columns]
    assert {tuple(r) for r in links.itertuples(index=False)} == set(flows)
