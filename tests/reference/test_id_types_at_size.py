"""A million rows: ids of every type and from every library give the bytes of plain text."""

from __future__ import annotations

from uuid import UUID

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import connhub

pytestmark = pytest.mark.slow

ROWS, FIRMS = 1_000_000, 20_000


def economy(ids: list[str]):
    random = np.random.default_rng(11)
    firms = pa.table(
        {"firm_id": ids, "prefecture_code": [f"{1 + k % 47:02}" for k in range(FIRMS)]}
    )
    known = pa.array(ids)
    parties = [known.take(pa.array(random.integers(0, FIRMS, ROWS))) for _ in range(2)]
    amount, year = random.integers(1, 10**6, ROWS), random.integers(2020, 2025, ROWS)
    names = ["seller_id", "buyer_id", "amount", "year"]
    return pa.table([*parties, amount, year], names), firms


def cast(table: pa.Table, convert) -> pa.Table:
    for i, name in enumerate(table.column_names):
        if name.endswith("_id"):
            table = table.set_column(i, name, convert(table[name].combine_chunks()))
    return table


def same(result, expected) -> None:
    found = result.degrees.frame.astype({"firm_id": "str"})
    assert found.equals(expected.degrees.frame)
    assert result.ledger.rows == expected.ledger.rows
    assert result.ledger.amounts == expected.ledger.amounts


def whole(values):
    return values.cast(pa.int64())


def by_uuid(values):
    raw = [UUID(value).bytes for value in values.to_pylist()]
    return pa.array(raw, pa.binary(16)).cast(pa.uuid())


KINDS = {
    "int64": ("corporate", whole),
    "decimal": ("corporate", lambda v: whole(v).cast(pa.decimal128(38, 0))),
    "decimal of scale 2": ("corporate", lambda v: whole(v).cast(pa.decimal128(30, 2))),
    "uint64": ("corporate", lambda v: v.cast(pa.uint64())),
    "binary": ("corporate", lambda v: v.cast(pa.binary())),
    "fixed binary": ("corporate", lambda v: v.cast(pa.binary()).cast(pa.binary(13))),
    "dictionary": ("corporate", lambda v: v.dictionary_encode()),
    "view": ("corporate", lambda v: v.cast(pa.string_view())),
    "beyond int64": ("large", lambda v: v.cast(pa.uint64())),
    "beyond uint64": ("huge", lambda v: v.cast(pa.decimal128(38, 0))),
    "uuid": ("uuid", by_uuid),
}
IDS = {
    "corporate": [str(10**12 + 7919 * k) for k in range(FIRMS)],
    "large": [str(2**63 + 7919 * k) for k in range(FIRMS)],
    "huge": [str(10**25 + 7919 * k) for k in range(FIRMS)],
    "uuid": [str(UUID(int=k * 7919**9 % 2**128)) for k in range(FIRMS)],
}


@pytest.fixture(scope="module")
def economies():
    return {name: economy(ids) for name, ids in IDS.items()}


@pytest.fixture(scope="module")
def expected(economies):
    return {name: connhub.analyze(*tables) for name, tables in economies.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_types(tmp_path, economies, expected, kind):
    name, convert = KINDS[kind]
    trade, firms = economies[name]
    other_trade, other_firms = cast(trade, convert), cast(firms, convert)
    same(connhub.analyze(other_trade, other_firms), expected[name])
    pq.write_table(other_trade, tmp_path / "t.parquet", row_group_size=70_000)
    pq.write_table(other_firms, tmp_path / "f.parquet")
    same(connhub.analyze(tmp_path / "t.parquet", tmp_path / "f.parquet"), expected[name])
    same(connhub.analyze(tmp_path / "t.parquet", firms), expected[name])


def test_libraries(tmp_path, economies, expected):
    trade, firms = economies["corporate"]
    path = tmp_path / "t.parquet"
    pq.write_table(trade, path, row_group_size=90_000)
    connection = duckdb.connect()
    numbers = "seller_id::hugeint seller_id, buyer_id::decimal(38, 0) buyer_id, amount, year"
    scan = pl.scan_parquet(path)
    wide = scan.with_columns(pl.col("seller_id").cast(pl.Int128), pl.col("amount").cast(pl.Int128))
    for data in (
        scan,
        wide,
        scan.with_columns(pl.col("buyer_id").cast(pl.Categorical)),
        ds.dataset(path),
        ds.dataset(path).scanner(),
        trade.to_reader(max_chunksize=999),
        connection.sql(f"select {numbers} from '{path}'"),
        trade.to_pandas().astype({"seller_id": "Int64", "buyer_id": "int64"}),
    ):
        same(connhub.analyze(data, firms), expected["corporate"])


def test_folders(tmp_path, economies, expected):
    trade, firms = economies["corporate"]
    by_year = ds.partitioning(pa.schema([("year", pa.int64())]), flavor="hive")
    ds.write_dataset(trade, tmp_path / "t", partitioning=by_year, format="parquet")
    for way in (tmp_path / "t", f"{tmp_path}/t/year=*/*.parquet"):
        same(connhub.analyze(way, firms), expected["corporate"])
        one = connhub.analyze(way, firms, year=2022)
        assert one.ledger.rows == connhub.analyze(trade, firms, year=2022).ledger.rows
