"""The finer grains: each equals what is summed by hand, and gives the coarser ones."""

from __future__ import annotations

from collections import defaultdict

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub.errors import LimitError, OptionError
from connhub.totals.sparse_sums import Nodes, SumTable

GRAINS = ("firms", "firms_by_region", "pairs")
ROWS, FIRMS = 1_300_000, 40_000


def economy(rows: int, firms: int, seed: int):
    """Deals with unlisted parties (placed and not), firms abroad and without a region, returns."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"{i + 10**12}" for i in range(firms + max(2, firms // 50))])
    codes = np.array(["01", "13", "15", "27", "47"])
    place = codes[rng.integers(0, 5, firms)].astype(object)
    place[rng.random(firms) < 0.02] = None
    country = np.where(rng.random(firms) < 0.03, "US", None)
    table = pa.table(
        {
            "firm_id": ids[:firms],
            "prefecture_code": pa.array(place, pa.string()),
            "country_code": pa.array(country, pa.string()),
        }
    )
    seller = (rng.random(rows) ** 3 * len(ids)).astype(int)
    buyer = (rng.random(rows) ** 2 * len(ids)).astype(int)
    amount = rng.integers(-1000, 10**9, rows)
    given = [codes[rng.integers(0, 5, rows)].astype(object) for _ in range(2)]
    for column in given:
        column[rng.random(rows) < 0.5] = None
    deals = pa.table(
        {
            "seller_id": ids[seller],
            "buyer_id": ids[buyer],
            "amount": amount,
            "seller_region": pa.array(given[0], pa.string()),
            "buyer_region": pa.array(given[1], pa.string()),
        }
    )
    return deals, connhub.read_firms(table)


def totals(deals, firms, grain, **options):
    outside = {"unknown_firm": "outside", "unknown_region": "outside", "self_trade": "include"}
    return connhub.total(deals, firms, grain=grain, **(outside | options))


def same(a: connhub.Totals, b: connhub.Totals) -> bool:
    arrays = ["firms", "flows", "ledger", "excluded", "years"]
    if a.grain != b.grain or not all(np.array_equal(getattr(a, n), getattr(b, n)) for n in arrays):
        return False
    if a.cells is None or b.cells is None:
        return a.cells is b.cells
    return all(np.array_equal(getattr(a.cells, n), getattr(b.cells, n)) for n in
               ("key", "amount", "counts"))  # fmt: skip


@pytest.fixture(scope="module")
def large():
    deals, firms = economy(ROWS, FIRMS, 1)
    return deals, firms, {g: totals(deals, firms, g) for g in GRAINS}


def test_a_coarser_grain_of_a_finer_one_is_the_coarser_one(large):
    _, firms, found = large
    for i, fine in enumerate(GRAINS):
        for coarse in GRAINS[: i + 1]:
            assert same(found[fine].coarsen(coarse, firms), found[coarse]), (fine, coarse)
    for i, coarse in enumerate(GRAINS):
        for fine in GRAINS[i + 1 :]:
            with pytest.raises(OptionError, match="cannot be derived"):
                found[coarse].coarsen(fine, firms)


def test_cells_are_sorted_and_unique(large):
    *_, found = large
    for grain in GRAINS[1:]:
        assert (np.diff(found[grain].cells.key) > 0).all()
        assert len(found[grain].cells) > 200_000


@pytest.mark.parametrize("seed", range(30))
def test_small_tables_by_hand(seed):
    deals, firms = economy(200, 12, seed)
    region = dict(enumerate(firms.region_of[:-1]))
    codes = {c: i for i, c in enumerate(firms.regions.all_codes)}
    index = {f: i for i, f in enumerate(firms.table["firm_id"].to_pylist())}
    unknown, overseas, n = codes["unknown"], codes["overseas"], len(firms)
    pairs, by_region = defaultdict(lambda: [0, 0]), defaultdict(lambda: [0, 0])

    def node(firm, given):
        if firm in index:
            return index[firm], region[index[firm]]
        place = unknown if given is None else codes[given]
        return n + place, place

    for row in deals.to_pylist():
        s, p = node(row["seller_id"], row["seller_region"])
        b, q = node(row["buyer_id"], row["buyer_region"])
        if (p == unknown and q == unknown) or (p == overseas and q == overseas):
            continue
        keys = (pairs, (s, b)), (by_region, (s, 0, q)), (by_region, (b, 1, p))
        for where, key in keys:
            where[key][0] += row["amount"]
            where[key][1] += 1
    for grain, wanted in (("pairs", pairs), ("firms_by_region", by_region)):
        found = totals(deals, firms, grain)
        parts = [c.tolist() for c in found.cells.split(found.nodes(firms))]
        sums = zip(found.cells.amount.tolist(), found.cells.counts.tolist(), strict=True)
        got = dict(zip(zip(*parts, strict=True), map(list, sums), strict=True))
        assert got == dict(wanted)


@pytest.mark.parametrize("grain", GRAINS)
def test_totals_add_up_at_every_grain(large, grain):
    deals, firms, found = large
    cut = [0, 300_000, 300_001, ROWS]
    a, b, c = (totals(deals.slice(i, j - i), firms, grain) for i, j in zip(cut, cut[1:]))
    assert same((c + a) + b, found[grain])
    assert same(a + (b + c), found[grain])


def test_grains_are_not_mixed(large):
    *_, found = large
    with pytest.raises(OptionError, match="different grains"):
        _ = found["pairs"] + found["firms"]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_and_batches_change_nothing(large, threads):
    deals, firms, found = large
    for grain in GRAINS:
        again = totals(deals, firms, grain, threads=threads, batch_rows=7_001)
        assert same(again, found[grain])


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


def test_shares_of_the_largest_parties():
    firms = connhub.read_firms(
        pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "27", "27"]})
    )
    deals = pa.table(
        {"seller_id": list("aabbc"), "buyer_id": list("cdcca"), "amount": [10, 20, 30, 40, 5]}
    )
    for grain in GRAINS[1:]:
        frame = connhub.linkages(connhub.total(deals, firms, grain=grain), firms).frame
        row = frame.iloc[0]
        assert (row["seller_region"], row["buyer_region"], row["amount"]) == ("13", "27", 100)
        assert (row["sellers"], row["buyers"]) == (2, 2)
        assert (row["top_seller_share"], row["top_buyer_share"]) == (0.7, 0.8)
    assert "sellers" not in connhub.linkages(connhub.total(deals, firms), firms).frame


@pytest.mark.parametrize("grain", GRAINS[1:])
def test_an_analysis_at_a_finer_grain_can_be_kept(tmp_path, grain):
    deals, firms = economy(2_000, 50, 3)
    result = connhub.analyze(deals, firms.table, grain=grain)
    again = connhub.load(result.save(tmp_path))
    assert again.trade.table.equals(result.trade.table)
    assert again.trade.grain == grain
    assert again.linkages.frame.equals(result.linkages.frame)
    assert list(result.trade.frame) == list(connhub.schema.columns(grain))
    coarse = connhub.analyze(deals, firms.table)
    assert coarse.trade is None
    assert coarse.degrees.frame.equals(result.degrees.frame)
    assert coarse.regions.frame.equals(result.regions.frame)
    with pytest.raises(OptionError, match="grain 'firms'"):
        connhub.trade(connhub.total(deals, firms), firms)


def test_too_many_cells_are_refused_before_memory_runs_out(monkeypatch):
    deals, firms = economy(200_000, 5_000, 4)
    monkeypatch.setattr("connhub.memory.available", lambda: 100_000)
    with pytest.raises(LimitError, match=r"GiB are needed, 0\.0 GiB are free") as error:
        connhub.total(deals, firms, grain="pairs")
    assert "coarser grain=" in str(error.value)
    with pytest.raises(LimitError, match="sums of 5,000 firms"):
        connhub.total(deals, firms)


def test_memory_is_what_the_documentation_says():
    firms = economy(10, 10, 1)[1]
    table = SumTable("pairs", Nodes.of(firms.region_of, firms.regions.size + 2))
    rng = np.random.default_rng(1)
    peak = 0
    for _ in range(40):
        parties = rng.integers(0, 10, (2, 10_000))
        table.add(parties, parties[0], np.zeros((2, 10_000), dtype=np.int64))
    many = Nodes(np.zeros(2_000_000, dtype=np.int64), 1_999_999)
    table = SumTable("pairs", many)
    for _ in range(12):
        parties = rng.integers(0, 1_999_999, (2, 100_000))
        table.add(parties, parties[0], np.zeros((2, 100_000), dtype=np.int64))
        used = sum(s.used for s in table._shards)
        peak = sum(s.cells.nbytes for s in table._shards) / used
        assert peak <= 72 or used < 64 * 1024
    assert peak >= 36
    sorted_cells = table.finish()
    assert len(sorted_cells) == used
    assert sum(getattr(sorted_cells, n).nbytes for n in ("key", "amount", "counts")) == 24 * used
