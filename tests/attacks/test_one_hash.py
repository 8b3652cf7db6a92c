"""One economy in every form that is read: all results have the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import os
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.regions.codes import PREFECTURES

ROWS, FIRMS = 4_000, 300
MARKS = {"missing_amount": "exclude", "unknown_firm": "outside", "year": 2024, "grain": "pairs"}


def economy() -> tuple[pa.Table, pa.Table]:
    """Deals and firms with all that can become of a row; names and places in Japanese."""
    rng = np.random.default_rng(5)
    ids = np.array([f"{3_000_000_000_000 + 7919 * i}" for i in range(FIRMS + 6)])
    codes = np.array(list(PREFECTURES))[(rng.random(FIRMS) ** 2 * 47).astype(int)].astype(object)
    codes[rng.random(FIRMS) < 0.02] = None
    firms = pa.table(
        {
            "firm_id": ids[:FIRMS],
            "name": [f"株式会社 第{i}商店" for i in range(FIRMS)],
            "prefecture_code": codes,
            "country_code": np.where(rng.random(FIRMS) < 0.02, "US", None),
        }
    )
    amounts = (rng.pareto(1.1, ROWS) * 10_000).astype(np.int64) % 10**10
    amounts[rng.random(ROWS) < 0.03] *= -1
    deals = pa.table(
        {
            "seller_id": ids[(rng.random(ROWS) ** 2 * ids.size).astype(int)],
            "buyer_id": ids[(rng.random(ROWS) * ids.size).astype(int)],
            "amount": pa.array(amounts, mask=rng.random(ROWS) < 0.002),
            "year": rng.choice([2023, 2024], ROWS, p=[0.1, 0.9]),
        }
    )
    return deals, firms


DEALS, TABLE = economy()


def text_of(table: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    options = pc_csv.WriteOptions(quoting_style="needed", include_header=True)
    pc_csv.write_csv(table, sink, options)
    return sink.getvalue().to_pybytes().decode().replace('""', "")


def as_csv(encoding: str, newline: str = "\n", delimiter: str = ",", ending: str = ".csv"):
    def write(table: pa.Table, folder: Path) -> Path:
        content = text_of(table).replace(",", delimiter).replace("\n", newline).encode(encoding)
        path = folder / f"table{ending}"
        path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
        return path

    return write


def as_parquet(**options):
    def write(table: pa.Table, folder: Path) -> Path:
        pq.write_table(table, folder / "table.parquet", **options)
        return folder / "table.parquet"

    return write


def as_excel(table: pa.Table, folder: Path) -> Path:
    table.to_pandas(integer_object_nulls=True).to_excel(folder / "table.xlsx", index=False)
    return folder / "table.xlsx"


def in_parts(write, count: int = 3, pattern: str | None = None):
    """Several files: a folder, a glob or a list."""

    def written(table: pa.Table, folder: Path):
        paths = []
        for i in range(count):
            place = folder / f"part{i}"
            place.mkdir()
            some = table.slice(i * len(table) // count, -(-len(table) // count))
            some = table.take(np.arange(len(table))[i::count])
            path = write(some, place)
            paths.append(path.rename(folder / f"{i}{path.suffix}"))
            place.rmdir()
        return paths if pattern is None else folder / pattern

    return written


def hive(table: pa.Table, folder: Path) -> Path:
    if "year" not in table.column_names:
        return as_parquet()(table, folder)
    pq.write_to_dataset(table, folder / "by_year", partition_cols=["year"])
    return folder / "by_year"


def shuffled(table: pa.Table, folder: Path) -> pa.Table:
    return table.take(np.random.default_rng(1).permutation(len(table)))


FORMS = {
    "UTF-8": as_csv("utf-8"),
    "UTF-8 with BOM": as_csv("utf-8-sig"),
    "CP932": as_csv("cp932"),
    "UTF-16": as_csv("utf-16"),
    "lines end in CRLF": as_csv("cp932", "\r\n"),
    "lines end in CR": as_csv("utf-8", "\r"),
    "semicolons": as_csv("utf-8", delimiter=";"),
    "tabs": as_csv("utf-8", delimiter="\t", ending=".tsv"),
    "gzip": as_csv("utf-8", ending=".csv.gz"),
    "Parquet": as_parquet(),
    "Parquet, zstd, small groups": as_parquet(compression="zstd", row_group_size=100),
    "Parquet, lz4, version 1": as_parquet(compression="lz4", version="1.0", use_dictionary=False),
    "Parquet, pages of version 2": as_parquet(data_page_version="2.0", compression="none"),
    "Excel": as_excel,
    "list of CSV": in_parts(as_csv("cp932")),
    "glob of CSV": in_parts(as_csv("utf-8"), pattern="*.csv"),
    "folder of Parquet": in_parts(as_parquet(), pattern=""),
    "folder by year": hive,
    "Arrow": lambda table, _: table,
    "Arrow, shuffled": shuffled,
    "Arrow, chunks": lambda table, _: pa.Table.from_batches(table.to_batches(97)),
    "Arrow, dictionaries": lambda table, _: pa.table(
        {n: c.dictionary_encode() if pa.types.is_string(c.type) else c
         for n, c in zip(table.column_names, table.columns, strict=True)}
    ),
    "Arrow, large and view texts": lambda table, _: pa.table(
        {n: c.cast(pa.string_view()) if pa.types.is_string(c.type) else c
         for n, c in zip(table.column_names, table.columns, strict=True)}
    ),
    "stream of batches": lambda table, _: pa.RecordBatchReader.from_batches(
        table.schema, table.to_batches(64)
    ),
    "dataset": lambda table, folder: ds.dataset(as_parquet()(table, folder)),
    "pandas": lambda table, _: table.to_pandas(),
    "pandas of Arrow types": lambda table, _: table.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda table, _: pl.from_arrow(table),
    "polars, lazy": lambda table, _: pl.from_arrow(table).lazy(),
    "DuckDB": lambda table, _: duckdb.from_arrow(table),
}  # fmt: skip
RUNS = ({"threads": 1}, {"threads": 2}, {"threads": 3, "batch_rows": 101})


KEYS = ("firm_id", "region", "seller_region", "buyer_region", "seller_id", "buyer_id")


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    is_encoded = pa.types.is_dictionary(column.type)
    return column.cast(column.type.value_type) if is_encoded else column


def hash_of(result: connhub.Analysis) -> str:
    tables = (result.degrees, result.linkages, result.regions, result.trade)
    found = hashlib.sha256()
    for table in tables:
        sink = pa.BufferOutputStream()
        content = table.to_arrow().replace_schema_metadata(None)
        content = pa.table({n: plain(content[n]) for n in content.column_names})
        content = content.sort_by([(n, "ascending") for n in content.column_names if n in KEYS])
        content = content.combine_chunks()
        with pa.ipc.new_stream(sink, content.schema) as stream:
            stream.write_table(content)
        found.update(sink.getvalue())
    rows = result.ledger.frame.drop(columns=[c for c in ("file",) if c in result.ledger.frame])
    return found.hexdigest() + hashlib.sha256(rows.to_csv().encode()).hexdigest()


@pytest.fixture(scope="module")
def wanted() -> str:
    return hash_of(connhub.analyze(DEALS, TABLE, **MARKS))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_one_hash(form, wanted, tmp_path):
    for number, run in enumerate(RUNS):
        tables = []
        for name, table in (("deals", DEALS), ("firms", TABLE)):
            folder = tmp_path / f"{number}" / name
            folder.mkdir(parents=True)
            one = name == "firms" and form == "folder by year"
            tables.append((as_parquet() if one else FORMS[form])(table, folder))
        assert hash_of(connhub.analyze(*tables, **MARKS, **run)) == wanted, run


@pytest.mark.parametrize("run", RUNS)
def test_prepared_tables_have_the_same_hash(wanted, tmp_path, run):
    connhub.prepare(DEALS, TABLE, out=tmp_path / "prepared", missing_amount="exclude")
    assert hash_of(connhub.analyze(tmp_path / "prepared", **MARKS, **run)) == wanted


@pytest.mark.java
def test_spark_has_the_same_hash(wanted, tmp_path):
    path = as_parquet()(DEALS, tmp_path)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    assert hash_of(connhub.analyze(path, TABLE, engine="spark", **MARKS)) == wanted


def test_another_yen_has_another_hash(wanted):
    more = np.where(np.arange(ROWS) == np.argmax(DEALS["year"].to_numpy() == 2024), 1, 0)
    other = DEALS.set_column(2, "amount", pc.add(DEALS["amount"], pa.array(more)))
    assert hash_of(connhub.analyze(other, TABLE, **MARKS)) != wanted
