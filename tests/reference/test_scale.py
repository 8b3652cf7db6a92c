"""Large tables: exact sums against DuckDB, and the same bytes whatever the order."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub.regions.codes import PREFECTURES

ROWS, FIRMS = 500_000, 20_000


def economy(rows: int, firms: int, seed: int):
    rng = np.random.default_rng(seed)
    ids = np.array([f"{i:013d}" for i in range(firms + firms // 50)])
    codes = np.array(list(PREFECTURES))
    where = codes[(rng.random(firms) ** 2 * 47).astype(int)].astype(object)
    where[rng.random(firms) < 0.01] = None
    country = np.where(rng.random(firms) < 0.02, "US", None)
    order = rng.permutation(firms)
    table = pa.table(
        {
            "firm_id": pa.array(ids[:firms][order]),
            "prefecture_code": pa.array(where[order], pa.string()),
            "country_code": pa.array(country[order], pa.string()),
        }
    )
    seller = (rng.random(rows) ** 3 * len(ids)).astype(int)
    buyer = np.where(
        rng.random(rows) < 0.01, seller, (rng.random(rows) ** 2 * len(ids)).astype(int)
    )
    amount = (rng.pareto(1.2, rows) * 10_000).astype(np.int64) % 10**11 + rng.integers(
        0, 10**9, rows
    )
    amount[rng.random(rows) < 0.03] *= -1
    deals = pa.table({"seller_id": ids[seller], "buyer_id": ids[buyer], "amount": amount})
    return deals, table


def test_sums_of_a_large_table_are_those_of_duckdb():
    deals, firms = economy(ROWS, FIRMS, 1)
    result = connhub.analyze(deals, firms, unknown_firm="outside", unknown_region="outside")
    con = duckdb.connect()
    con.register("d", deals)
    con.register("f", firms)
    con.execute(
        """
        create table place as select firm_id,
            case when country_code is not null then 'overseas'
                 else coalesce(prefecture_code, 'unknown') end as r from f;
        create table c as
            select seller_id s, buyer_id b, amount x,
                   coalesce(p.r, 'unknown') rs, coalesce(q.r, 'unknown') rb
            from d left join place p on p.firm_id = seller_id
                   left join place q on q.firm_id = buyer_id
            where seller_id <> buyer_id
              and not (coalesce(p.r, 'unknown') = 'unknown' and coalesce(q.r, 'unknown') = 'unknown')
              and not (coalesce(p.r, '') = 'overseas' and coalesce(q.r, '') = 'overseas');
        """
    )
    wanted = con.sql(
        """
        with s as (select s firm_id, sum(x) sales, sum(x) filter (rs <> rb) out_of_region_sales,
                          sum(x) filter (rb = 'overseas') overseas_sales from c group by 1),
             b as (select b firm_id, sum(x) purchases,
                          sum(x) filter (rs = rb) in_region_purchases from c group by 1)
        select firm_id, coalesce(sales, 0)::bigint sales,
               coalesce(out_of_region_sales, 0)::bigint out_of_region_sales,
               coalesce(overseas_sales, 0)::bigint overseas_sales,
               coalesce(purchases, 0)::bigint purchases,
               coalesce(in_region_purchases, 0)::bigint in_region_purchases
        from place left join s using (firm_id) left join b using (firm_id)
        where r not in ('overseas', 'unknown') order by firm_id
        """
    ).to_arrow_table()
    found = result.degrees.frame.sort_values("firm_id")
    assert found["firm_id"].tolist() == wanted["firm_id"].to_pylist()
    for name in wanted.column_names[1:]:
        assert np.array_equal(found[name].to_numpy(), wanted[name].to_numpy()), name
    for column, low in (("connector_degree", "region_out_of_region_sales"),
                        ("hub_degree", "region_in_region_purchases")):  # fmt: skip
        part = low.removeprefix("region_")
        sums = found.groupby("region")[[part]].sum()[part]
        assert (found[low].to_numpy() == sums.loc[found["region"]].to_numpy()).all()
        positive = (found[low] > 0).to_numpy()
        quotient = found[part].to_numpy()[positive] / found[low].to_numpy()[positive]
        assert np.allclose(
            found[column].to_numpy(dtype=float)[positive], quotient, rtol=1e-15, atol=0
        )
        assert found[column].isna().to_numpy()[~positive].all()
    flows = con.sql(
        "select rs, rb, sum(x)::bigint, count(*) from c where rs <> rb group by all "
        "order by 3 desc, 1, 2"
    ).fetchall()
    frame = result.linkages.frame
    columns = ["seller_region", "buyer_region", "amount", "n_transactions"]
    assert [tuple(r) for r in frame[columns].itertuples(index=False)] == flows
    rows, money = con.sql("select count(*), sum(x)::bigint from c where rs = rb").fetchall()[0]
    assert result.ledger.entry("in_region") == (rows, money)
    rows, money = con.sql("select count(*), sum(amount)::bigint from d").fetchall()[0]
    assert result.ledger.entry("read") == (rows, money)
    assert result.ledger.residual_rows == result.ledger.residual_amount == 0


def content(result) -> bytes:
    """Arrow IPC bytes of everything that is computed."""
    sink = pa.BufferOutputStream()
    tables = [result.degrees.to_arrow(), result.linkages.to_arrow()]
    tables += [pa.Table.from_pandas(f, preserve_index=False) for f in
               (result.regions.frame, result.ledger.frame, result.linkages.matrix())]  # fmt: skip
    for table in tables:
        table = table.combine_chunks()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return sink.getvalue().to_pybytes()


@pytest.fixture(scope="module")
def shuffled():
    deals, firms = economy(60_000, 1_000, 2)
    firm_table = connhub.read_firms(firms)
    return deals, firms, firm_table


@pytest.mark.slow
def test_neither_order_nor_chunks_nor_threads_change_a_byte(shuffled):
    deals, firms, _ = shuffled
    first = content(connhub.analyze(deals, firms))
    rng = np.random.default_rng(3)
    seen = 0
    for _ in range(20):
        mixed = deals.take(pa.array(rng.permutation(deals.num_rows))).combine_chunks()
        for batch_rows in (2_001, 20_000, 1_000_000):
            for threads in (1, 2, 4):
                again = connhub.analyze(mixed, firms, batch_rows=batch_rows, threads=threads)
                assert content(again) == first, (batch_rows, threads)
                seen += 1
    assert seen == 180


def test_totals_of_parts_add_up_in_any_order(shuffled):
    deals, firms, firm_table = shuffled
    parts = [connhub.total(deals.slice(i, 12_000), firm_table) for i in range(0, 60_000, 12_000)]
    frame = connhub.analyze(deals, firms).degrees.frame
    for order in ([0, 1, 2, 3, 4], [4, 2, 0, 3, 1]):
        whole = parts[order[0]]
        for i in order[1:]:
            whole = whole + parts[i]
        assert connhub.degrees(whole, firm_table).frame.equals(frame)
