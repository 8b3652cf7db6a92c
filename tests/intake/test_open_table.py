"""The same degrees from every kind of source."""

from __future__ import annotations

import csv
import gzip
import io

import duckdb
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import connhub

FIRMS = {
    "firm_id": ["1001", "1002", "1003", "1004", "0105"],
    "name": ["﨑玉①商事", "㈱ビー", "C, Inc.", 'quoted "D"', "NA"],
    "prefecture_code": ["13", "13", "01", "27", "01"],
}
DEALS = {
    "seller_id": ["1001", "1002", "1001", "1003", "0105", "1004", "1003", "9999", "1001"],
    "buyer_id": ["1003", "1001", "1004", "0105", "1001", "1002", "1001", "1001", "1001"],
    "amount": [1200, 300, 45, 5000, 60000, 7, -20, 11, 13],
    "year": [2020, 2020, 2021, 2021, 2022, 2020, 2022, 2020, 2021],
}


def firms() -> pa.Table:
    return pa.table(FIRMS)


def deals() -> pa.Table:
    return pa.table(DEALS)


@pytest.fixture(scope="module")
def expected():
    result = connhub.analyze(deals(), firms())
    by_hand = result.degrees.frame.set_index("firm_id")
    # Tokyo sells 1200 + 45 outside itself, all of it firm 1001; Tokyo buys 300 from itself
    assert by_hand["out_of_region_sales"].to_dict() == {
        "1001": 1245, "1002": 0, "1003": -20, "1004": 7, "0105": 60000,
    }  # fmt: skip
    assert by_hand["hub_degree"].dropna().to_dict() == {"1001": 1, "1002": 0, "1003": 0, "0105": 1}
    return result


def same(result, expected) -> None:
    pd.testing.assert_frame_equal(result.degrees.frame, expected.degrees.frame, check_exact=True)
    pd.testing.assert_frame_equal(result.linkages.frame, expected.linkages.frame, check_exact=True)
    pd.testing.assert_frame_equal(result.ledger.frame, expected.ledger.frame, check_exact=True)


def as_csv(table: dict, newline="\r\n", quoting=csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=newline, quoting=quoting)
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return out.getvalue()


def write(path, table: dict, encoding="utf-8", **options):
    path.write_bytes(as_csv(table, **options).encode(encoding))
    return path


# --- files ----------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_csv(tmp_path, expected, encoding, declared, newline):
    d = write(tmp_path / "d.csv", DEALS, encoding, newline=newline)
    f = write(tmp_path / "f.csv", FIRMS, encoding, newline=newline)
    same(connhub.analyze(d, f, encoding=encoding if declared else None), expected)


def test_csv_with_everything_quoted_and_paths_as_text(tmp_path, expected):
    d = write(tmp_path / "d.csv", DEALS, quoting=csv.QUOTE_ALL)
    f = write(tmp_path / "f.csv", FIRMS, quoting=csv.QUOTE_ALL)
    same(connhub.analyze(str(d), str(f)), expected)


def test_quoted_line_breaks(tmp_path):
    table = FIRMS | {"name": ["a\nb", "c\r\nd", "e,f", 'g"h', " i "]}
    f = write(tmp_path / "f.csv", table, newline="\n")
    assert connhub.analyze(deals(), f).degrees.frame["name"].tolist() == table["name"]


def test_gzip(tmp_path, expected):
    d, f = tmp_path / "d.csv.gz", tmp_path / "f.csv.gz"
    d.write_bytes(gzip.compress(as_csv(DEALS).encode()))
    f.write_bytes(gzip.compress(as_csv(FIRMS).encode("cp932")))
    same(connhub.analyze(d, f), expected)


def test_gzip_of_several_members(tmp_path, expected):
    content = as_csv(DEALS).encode()
    d = tmp_path / "d.csv.gz"
    d.write_bytes(gzip.compress(content[:70]) + gzip.compress(content[70:]))
    same(connhub.analyze(d, firms()), expected)


@pytest.mark.parametrize("compression", ["snappy", "zstd", "gzip", "none"])
@pytest.mark.parametrize("row_group_size", [2, 1000])
def test_parquet(tmp_path, expected, compression, row_group_size):
    options = {"compression": compression, "row_group_size": row_group_size}
    pq.write_table(deals(), tmp_path / "d.parquet", **options)
    pq.write_table(firms(), tmp_path / "f.parquet", **options)
    same(connhub.analyze(tmp_path / "d.parquet", tmp_path / "f.parquet"), expected)


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet"])
@pytest.mark.parametrize("how", ["folder", "glob", "list", "text"])
def test_several_files(tmp_path, expected, kind, how):
    folder = tmp_path / "deals"
    folder.mkdir()
    paths = []
    for i in range(3):
        part = deals().slice(3 * i, 3)
        path = folder / f"part{i}.{kind}"
        if kind == "parquet":
            pq.write_table(part, path)
        else:
            content = as_csv(part.to_pydict()).encode()
            path.write_bytes(gzip.compress(content) if kind == "csv.gz" else content)
        paths.append(path)
    source = {
        "folder": folder,
        "glob": str(folder / f"*.{kind}"),
        "list": paths,
        "text": [str(p) for p in reversed(paths)],
    }[how]
    same(connhub.analyze(source, firms()), expected)


def test_hive_folders(tmp_path):
    root = tmp_path / "hive"
    for year in (2020, 2021, 2022):
        part = deals().filter(ds.field("year") == year).drop_columns("year")
        (root / f"year={year}").mkdir(parents=True)
        pq.write_table(part, root / f"year={year}" / "part-0.parquet")
    for year in (None, 2021, (2020, 2022)):
        options = {} if year is None else {"year": year}
        same(
            connhub.analyze(root, firms(), **options), connhub.analyze(deals(), firms(), **options)
        )


def test_years_choose_rows():
    result = connhub.analyze(deals(), firms(), year=2021)
    assert result.ledger.entry("other_year") == (6, 1200 + 300 + 60000 + 7 - 20 + 11)


def test_workbook_of_firms(tmp_path, expected):
    book = openpyxl.Workbook()
    book.active.append(list(FIRMS))
    for row in zip(*FIRMS.values(), strict=True):
        book.active.append(row)
    book.save(tmp_path / "f.xlsx")
    same(connhub.analyze(deals(), tmp_path / "f.xlsx"), expected)


def test_workbook_with_numbers_as_ids(tmp_path):
    """A spreadsheet holds 1001 as a number: its plain decimal text."""
    book = openpyxl.Workbook()
    book.active.append(["firm_id", "name", "prefecture_code"])
    for i, n, p in list(zip(*FIRMS.values(), strict=True))[:4]:
        book.active.append([int(i), n, p])
    book.save(tmp_path / "f.xlsx")
    found = connhub.read_firms(tmp_path / "f.xlsx")
    result = connhub.analyze(deals(), tmp_path / "f.xlsx")
    assert found is not None
    assert result.degrees.frame["firm_id"].tolist() == ["1001", "1002", "1003", "1004"]
    assert result.degrees.frame["sales"].tolist()[0] == 1245


# --- tables ---------------------------------------------------------------------

TABLES = {
    "pandas": lambda t: t.to_pandas(),
    "pandas object": lambda t: t.to_pandas().astype(object),
    "pandas string": lambda t: t.to_pandas().convert_dtypes(),
    "pandas arrow": lambda t: t.to_pandas(types_mapper=pd.ArrowDtype),
    "pandas categorical": lambda t: t.to_pandas().astype(
        {
            n: "category"
            for n, f in zip(t.column_names, t.schema.types, strict=True)
            if f == pa.string()
        }
    ),
    "polars": lambda t: pl.from_arrow(t),
    "polars categorical": lambda t: pl.from_arrow(t).with_columns(
        pl.col(pl.String).cast(pl.Categorical)
    ),
    "arrow": lambda t: t,
    "arrow chunks": lambda t: pa.concat_tables([t.slice(0, 2), t.slice(2, 0), t.slice(2)]),
    "arrow slice": lambda t: pa.concat_tables([t, t]).combine_chunks().slice(t.num_rows),
    "large strings": lambda t: t.cast(
        pa.schema(
            [(f.name, pa.large_string() if f.type == pa.string() else f.type) for f in t.schema]
        )
    ),
    "string views": lambda t: t.cast(
        pa.schema(
            [(f.name, pa.string_view() if f.type == pa.string() else f.type) for f in t.schema]
        )
    ),
    "dictionaries": lambda t: pa.table(
        {
            n: (c.dictionary_encode() if c.type == pa.string() else c)
            for n, c in zip(t.column_names, t.columns, strict=True)
        }
    ),
    "batch": lambda t: t.combine_chunks().to_batches()[0],
    "reader": lambda t: t.to_reader(max_chunksize=2),
    "dataset": lambda t: ds.dataset(t),
    "duckdb": lambda t: duckdb.from_arrow(t),
}


@pytest.mark.parametrize("kind", TABLES)
def test_tables(expected, kind):
    same(connhub.analyze(TABLES[kind](deals()), TABLES[kind](firms())), expected)


def test_pandas_with_an_odd_index(expected):
    d, f = deals().to_pandas(), firms().to_pandas()
    d.index, f.index = range(100, 100 + len(d)), list("vwxyz")
    same(connhub.analyze(d, f), expected)


def test_dictionaries_that_differ_between_chunks(expected):
    chunks = [
        pa.table({n: (c.combine_chunks().dictionary_encode() if c.type == pa.string() else c)
                  for n, c in zip(DEALS, part.columns, strict=True)})
        for part in (deals().slice(0, 4), deals().slice(4))
    ]  # fmt: skip
    reader = pa.RecordBatchReader.from_batches(
        chunks[0].schema, [b for c in chunks for b in c.to_batches()]
    )
    same(connhub.analyze(pa.concat_tables(chunks), firms()), expected)
    same(connhub.analyze(reader, firms()), expected)


def test_a_dataset_on_disk(tmp_path, expected):
    for i in range(2):
        pq.write_table(deals().slice(5 * i, 5), tmp_path / f"{i}.parquet")
    same(connhub.analyze(ds.dataset(tmp_path), firms()), expected)


@pytest.mark.parametrize("kind", [pa.int64(), pa.int32(), pa.uint16()])
def test_number_ids_equal_their_plain_text(kind):
    keep = [i != "0105" for i in FIRMS["firm_id"]]
    f = firms().filter(pa.array(keep))
    d = deals().filter((ds.field("seller_id") != "0105") & (ds.field("buyer_id") != "0105"))
    wanted = connhub.analyze(d, f)
    numbers = d.set_column(0, "seller_id", d["seller_id"].cast(pa.int64()).cast(kind))
    numbers = numbers.set_column(1, "buyer_id", d["buyer_id"].cast(pa.int64()).cast(kind))
    number_firms = f.set_column(0, "firm_id", f["firm_id"].cast(pa.int64()).cast(kind))
    same(connhub.analyze(numbers, f), wanted)
    for deals_table in (d, numbers):
        result = connhub.analyze(deals_table, number_firms)
        assert result.degrees.frame["firm_id"].dtype == "int64"
        ids_as_text = result.degrees.frame.astype({"firm_id": "str"})
        pd.testing.assert_frame_equal(ids_as_text, wanted.degrees.frame, check_exact=True)
        pd.testing.assert_frame_equal(result.ledger.frame, wanted.ledger.frame, check_exact=True)


@pytest.mark.parametrize(
    "kind",
    [
        pa.int8(),
        pa.int16(),
        pa.int32(),
        pa.uint32(),
        pa.float64(),
        pa.decimal128(20, 0),
        pa.string(),
    ],
)
def test_types_of_amounts(kind):
    small = {k: v[:3] for k, v in DEALS.items()} | {"amount": [100, -3, 45]}
    wanted = connhub.analyze(pa.table(small), firms())
    if kind == pa.uint32():
        small["amount"][1] = 3
        wanted = connhub.analyze(pa.table(small), firms())
    table = pa.table(small)
    amounts = (
        pa.array([str(a) for a in small["amount"]])
        if kind == pa.string()
        else pa.array(small["amount"]).cast(kind)
    )
    same(connhub.analyze(table.set_column(2, "amount", amounts), firms()), wanted)


# --- columns --------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_japanese_headers(tmp_path, expected, encoding):
    names = ["販売元", "販売先", "取引金額（円）", "年度"]
    d = write(tmp_path / "d.csv", dict(zip(names, DEALS.values(), strict=True)), encoding)
    names = ["法人番号", "企業名", "都道府県"]
    values = [*list(FIRMS.values())[:2], ["東京都", "東京都", "北海道", "大阪府", "北海道"]]
    f = write(tmp_path / "f.csv", dict(zip(names, values, strict=True)), encoding)
    same(connhub.analyze(d, f), expected)


def test_named_columns(expected):
    d = deals().rename_columns(["a", "b", "c", "d"])
    f = firms().rename_columns(["i", "j", "k"])
    roles = {
        "seller_id": "a", "buyer_id": "b", "amount": "c", "year": "d",
        "firm_id": "i", "name": "j", "prefecture_code": "k",
    }  # fmt: skip
    same(connhub.analyze(d, f, columns=roles), expected)


def test_the_order_of_columns_does_not_matter(expected):
    d = deals().append_column("note", pa.array(["x"] * 9))
    same(
        connhub.analyze(d.select(["note", "year", "amount", "buyer_id", "seller_id"]), firms()),
        expected,
    )


def test_a_firm_table_read_before(expected):
    table = connhub.read_firms(firms())
    totals = connhub.total(deals(), table)
    pd.testing.assert_frame_equal(connhub.degrees(totals, table).frame, expected.degrees.frame)


def test_no_transactions_at_all(tmp_path):
    d = tmp_path / "d.csv"
    d.write_text("seller_id,buyer_id,amount\n", encoding="utf-8")
    for source in (d, deals().slice(0, 0), deals().to_pandas().iloc[:0]):
        result = connhub.analyze(source, firms())
        assert result.ledger.entry("read") == (0, 0)
        assert result.degrees.frame["connector_degree"].isna().all()
        assert len(result.linkages.frame) == 0
