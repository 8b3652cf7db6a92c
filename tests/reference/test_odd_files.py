"""Odd files that are right: each is read, and gives what the plain table gives."""

from __future__ import annotations

import datetime
import gzip
import io
import warnings
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

import connhub
from tests.reference.faulty_files import (
    Grid,
    add,
    content,
    every,
    grid,
    header,
    in_memory,
    insert,
    several,
)

SELLER, BUYER, AMOUNT, YEAR = "販売元", "販売先", "取引金額(円)", "年度"
PREFECTURE, MUNICIPALITY, COUNTRY = "都道府県", "市区町村コード", "国コード"


def right(**options):
    """What the plain tables give."""
    return connhub.analyze(in_memory("transactions"), in_memory("firms"), **options).degrees.frame


def same(table, path, **options):
    tables = {name: in_memory(name) for name in ("transactions", "firms")} | {table: str(path)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = connhub.analyze(tables["transactions"], tables["firms"], **options).degrees.frame
    usual = {n: v for n, v in options.items() if n == "year"}
    columns = ["firm_id", "region", "sales", "out_of_region_sales", "in_region_purchases"]
    assert found[columns].equals(right(**usual)[columns])


def csv_of(table: str, *damages) -> str:
    cells = grid(table)
    several(*damages)(cells)
    return content(cells, "csv").decode()


DEALS = csv_of("transactions")
TEXTS = {
    "Windows line ends": DEALS.replace("\n", "\r\n"),
    "carriage returns alone": DEALS.replace("\n", "\r"),
    "mark of UTF-8": "\ufeff" + DEALS,
    "semicolons": DEALS.replace(",", ";"),
    "tabs": DEALS.replace(",", "\t"),
    "a comma at the end of each line": DEALS.replace("\n", ",\n"),
    "lines of commas below": DEALS + ",,,\n,,,\n",
    "lines of commas above": ",,,\n,,,\n" + DEALS,
    "blank lines around": "\n\n" + DEALS + "\n\n",
    "title and unit above": "令和5年度 企業間取引調査,,,\n(単位:円),,,\n" + DEALS,
    "title and blank line above": "企業間取引調査\n\n" + DEALS,
    "sep= for Excel": "sep=,\n" + DEALS,
    "everything in quotes": "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in DEALS.splitlines()
    )
    + "\n",
    "line end in the header": DEALS.replace(AMOUNT, '"取引金額\n(円)"'),
    "blanks in headers": DEALS.replace(SELLER, "販 売 元").replace(BUYER, " 販売先　"),
    "unit beside other words": DEALS.replace(AMOUNT, "取引金額（税抜、円）※"),
    "unit below the header": csv_of(
        "transactions", header(AMOUNT, "取引金額"), insert(1, "", "", "(円)")
    ),
    "English headers": DEALS.replace(SELLER, "Seller ID")
    .replace(BUYER, "Buyer ID")
    .replace(AMOUNT, "Amount (JPY)")
    .replace(YEAR, "FY"),
    "ids as formulas": csv_of("transactions", every('="{}"'.format, SELLER, BUYER)),
    "other columns beside": csv_of("transactions", add("備考", *'a"b#c d;')),
}
AMOUNTS = {
    "¥ in front": "¥{:,}",
    "円 behind": "{:,} 円",
    "two decimals of 0": "{}.00",
    "blanks around": "  {} ",
    "no-break blank": "\u00a0{}",
}
YEARS = {
    "date": "{}/4/1",
    "Japanese date": "{}年4月1日",
    "time": "{}-04-01T00:00:00Z",
    "fiscal year": "FY{}",
    "quarter": "{}年度第1四半期",
    "quarter in English": "{}Q1",
    "half": "{}年度上期",
    "month": "{}-04",
    "blank": " {} 年 ",
}
PLACES: dict[str, tuple[str, Callable[[str], str]]] = {
    "prefectures without suffix": (PREFECTURE, lambda p: p.rstrip("都県")),
    "prefectures with blanks": (PREFECTURE, lambda p: p and f"　{p} "),
    "municipalities with blanks": (MUNICIPALITY, lambda m: m and f" {m}"),
    "countries in small letters": (COUNTRY, str.lower),
    "日本": (COUNTRY, lambda c: c.replace("JP", "日本")),
    "JPN": (COUNTRY, lambda c: c.replace("JP", "JPN")),
}


@pytest.mark.parametrize("name", TEXTS)
def test_an_odd_text_file(tmp_path, name):
    path = tmp_path / "取引 (最終版).txt"
    path.write_text(TEXTS[name], encoding="utf-8", newline="")
    same("transactions", path)


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "utf-8-sig"])
@pytest.mark.parametrize("suffix", [".CSV", ".csv.gz", ""])
def test_an_encoding_and_a_name(tmp_path, encoding, suffix):
    path, whole = tmp_path / f"data{suffix}", DEALS.encode(encoding)
    path.write_bytes(gzip.compress(whole) if suffix.endswith(".gz") else whole)
    same("transactions", path, **({"encoding": encoding} if encoding == "euc_jp" else {}))


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
@pytest.mark.parametrize("name", AMOUNTS)
def test_an_odd_amount(tmp_path, name, form):
    cells = grid("transactions")
    every(AMOUNTS[name].format, AMOUNT)(cells)
    (path := tmp_path / f"a.{form}").write_bytes(content(cells, form))
    same("transactions", path)


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
@pytest.mark.parametrize("name", YEARS)
def test_an_odd_year(tmp_path, name, form):
    cells = grid("transactions")
    every(YEARS[name].format, YEAR)(cells)
    (path := tmp_path / f"a.{form}").write_bytes(content(cells, form))
    same("transactions", path, year=2024)


@pytest.mark.parametrize("name", PLACES)
def test_an_odd_place(tmp_path, name):
    column, change = PLACES[name]
    path = tmp_path / "firms.csv"
    path.write_text(csv_of("firms", every(change, column)), encoding="utf-8")
    same("firms", path)


# --- workbooks ------------------------------------------------------------------


def fill(sheet, cells: Grid, row: int = 0, column: int = 0) -> None:
    for r, line in enumerate([cells.header, *cells.rows], row):
        for c, value in enumerate(line, column):
            sheet.write(r, c, value) if isinstance(value, int) else sheet.write_string(r, c, value)


def offset(book, cells):
    fill(book.add_worksheet(), cells, 4, 3)


def numbers_for_ids(book, cells):
    sheet = book.add_worksheet()
    fill(sheet, cells)
    for r, row in enumerate(cells.rows, 1):
        sheet.write_number(r, 0, int(row[0]))
        sheet.write_number(r, 1, int(row[1]))


def dates_for_years(book, cells):
    sheet, shown = book.add_worksheet(), book.add_format({"num_format": "yyyy"})
    fill(sheet, cells)
    for r, row in enumerate(cells.rows, 1):
        sheet.write_datetime(r, 3, datetime.datetime(row[3], 4, 1), shown)


def cover_and_notes(book, cells):
    book.add_worksheet("表紙").write(0, 0, "取引調査")
    sheet = book.add_worksheet("データ")
    fill(sheet, cells)
    sheet.write(12, 6, "作成: 山田")
    book.add_worksheet("集計").write(0, 0, 5)


def chart_filter_and_comment(book, cells):
    sheet = book.add_worksheet("data")
    fill(sheet, cells)
    sheet.autofilter("A1:D9")
    sheet.set_row(3, None, None, {"hidden": True})
    sheet.write_comment("A2", "注")
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=data!$C$2:$C$5"})
    book.add_chartsheet("graph").set_chart(chart)


def frame_below(book, cells):
    sheet, border = book.add_worksheet(), book.add_format({"border": 1})
    fill(sheet, cells)
    for r in range(9, 60):
        for c in range(4):
            sheet.write_blank(r, c, None, border)


def computed(book, cells):
    sheet = book.add_worksheet()
    fill(sheet, cells)
    sheet.write_formula(2, 2, "=600000*2", None, 1_200_000)


def header_of_two_rows(book, cells):
    sheet = book.add_worksheet()
    sheet.merge_range("A1:B1", SELLER)
    sheet.merge_range("C1:D1", BUYER)
    for c, name in enumerate(["法人番号", "名称", "法人番号", "名称", AMOUNT, YEAR]):
        sheet.write(1, c, name)
    for r, (seller, buyer, amount, year) in enumerate(cells.rows, 2):
        for c, value in enumerate([seller, "甲", buyer, "乙", amount, year]):
            sheet.write(r, c, value) if isinstance(value, int) else sheet.write_string(r, c, value)


def numbered(book, cells):
    sheet = book.add_worksheet()
    fill(sheet, cells, 0, 1)
    sheet.write(0, 0, "No.")
    sheet.write_column(1, 0, range(1, 9))


BOOKS = [
    offset,
    numbers_for_ids,
    dates_for_years,
    cover_and_notes,
    chart_filter_and_comment,
    frame_below,
    computed,
    header_of_two_rows,
    numbered,
]


@pytest.mark.parametrize("name", ["a.xlsx", "取引.csv"])
@pytest.mark.parametrize("build", BOOKS)
def test_an_odd_workbook(tmp_path, build, name):
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        build(book, grid("transactions"))
    (tmp_path / name).write_bytes(written.getvalue())
    same("transactions", tmp_path / name)


# --- Parquet --------------------------------------------------------------------

TYPES = {
    "integers for ids": {SELLER: pa.int64(), BUYER: pa.int64()},
    "dictionaries": {SELLER: pa.dictionary(pa.int32(), pa.string())},
    "decimals": {AMOUNT: pa.decimal128(24, 2)},
    "floats": {AMOUNT: pa.float64(), YEAR: pa.float64()},
    "texts": {AMOUNT: pa.string(), YEAR: pa.string()},
    "narrow integers": {AMOUNT: pa.int32(), YEAR: pa.int16()},
}


@pytest.mark.parametrize("name", TYPES)
def test_odd_types(tmp_path, name):
    table = in_memory("transactions")
    for column, kind in TYPES[name].items():
        at = table.column_names.index(column)
        table = table.set_column(at, column, table[column].cast(kind))
    table = table.append_column("x", pa.array([[{"a": 1}]] * len(table)))  # of no concern
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=3)
    same("transactions", tmp_path / "a.parquet")
