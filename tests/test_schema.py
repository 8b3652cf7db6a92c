"""The schema: every column once, described in both languages, and found by its header."""

import csv
from collections import Counter
from itertools import combinations

import pytest

from connhub.errors import OptionError
from connhub.schema import (
    columns,
    label,
    money_columns,
    normal_header,
    numeric_columns,
    unit_in_header,
)
from tests.builders import SOURCE

with (SOURCE / "schema.csv").open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))
TABLES = list(dict.fromkeys(row["table"] for row in ROWS))
ACCEPTED = (
    "transactions",
    "firms",
    "firm_totals",
    "financials",
    "fields",
    "firm_changes",
    "targets",
)
DTYPES = {"string", "int64", "int32", "float64", "bool", ""}


def test_the_module_reads_the_whole_file_in_its_order():
    assert len(ROWS) > 200
    read = [(t, name) for t in TABLES for name in columns(t)]
    assert sorted(read) == sorted((row["table"], row["name"]) for row in ROWS)
    for table in TABLES:
        wanted = [row["name"] for row in ROWS if row["table"] == table]
        assert list(columns(table)) == wanted  # also: no column twice


@pytest.mark.parametrize("table", TABLES)
def test_a_column_is_typed_labelled_and_described(table):
    for name, column in columns(table).items():
        assert (column.table, column.name) == (table, name)
        assert column.dtype in DTYPES, name
        assert column.label_ja
        assert column.label_en
        assert not set(column.label_en) & {"　", "、"}, name
        assert column.description, name
        assert column.meaning("en") == column.description
        assert column.meaning("ja") == (column.description_ja or column.description)
        assert column.source, name


@pytest.mark.parametrize("table", TABLES)
def test_money_is_whole_and_numbers_are_what_is_numeric(table):
    by_name = columns(table)
    assert set(money_columns(table)) == {n for n, c in by_name.items() if c.unit == "money"}
    fractions = {name for name in money_columns(table) if by_name[name].dtype != "int64"}
    assert fractions <= {"profit_contribution"}  # a mean of years
    assert set(money_columns(table)) <= set(numeric_columns(table))
    others = by_name.keys() - set(numeric_columns(table))
    assert {by_name[name].dtype for name in others} <= {"string", "bool", "int32", ""}


def test_money_of_the_main_results():
    assert money_columns("degrees") == (
        "sales",
        "out_of_region_sales",
        "overseas_sales",
        "purchases",
        "in_region_purchases",
        "region_out_of_region_sales",
        "region_in_region_purchases",
    )
    assert money_columns("ledger") == ("amount",)
    assert money_columns("pairs") == money_columns("firms_by_region") == ("amount",)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_labels_tell_the_columns_of_a_table_apart(table, lang):
    labels = Counter(label(table, name, lang) for name in columns(table))
    assert [text for text, n in labels.items() if n > 1] == []


@pytest.mark.parametrize("table", ACCEPTED)
def test_no_header_means_two_columns(table):
    meant = {
        name: {normal_header(text) for text in (name, column.label_ja, *column.aliases)}
        for name, column in columns(table).items()
    }
    for one, other in combinations(meant, 2):
        assert meant[one] & meant[other] == set(), (one, other)
    for name, column in columns(table).items():
        assert len(column.aliases) == len(set(column.aliases)), name
        assert all(alias == alias.strip() for alias in column.aliases), name


def test_headers_are_folded_before_they_are_compared():
    headers = ["seller_id", "Seller ID", " SELLER-ID ", "ＳＥＬＬＥＲ　ＩＤ", "Seller ID (text)"]
    assert {normal_header(header) for header in headers} == {"seller_id"}
    for header in ("取引金額", "取引金額(千円)", "取引金額（千円）", "取引金額【単位:千円】"):
        assert normal_header(header) == "取引金額"
    assert normal_header("ﾊﾝﾊﾞｲｶﾞｸ") == "ハンバイガク"
    assert normal_header("(千円)") == ""
    assert normal_header("a(b)c") == "a(b)c"  # in the middle: no unit


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("取引金額(千円)", "千円"),
        ("取引金額（単位：百万円）", "百万円"),
        ("取引金額【単位は千円】 ", "千円"),
        ("売上高〔円〕", "円"),
        ("amount [EUR]", "EUR"),
        ("sales ( thousand yen )", "千円"),
        ("金額(税込)(千円)", "千円"),
        ("取引金額", None),
        ("(千円)取引金額", "千円"),
        ("(税込)取引金額", None),
        ("取引金額()", None),
        ("", None),
    ],
)
def test_the_unit_that_a_header_names(header, unit):
    assert unit_in_header(header) == unit


def test_what_is_not_there_is_an_error():
    with pytest.raises(OptionError, match="table='no table' is not offered"):
        columns("no table")
    with pytest.raises(OptionError, match="name='no column' is not offered"):
        label("degrees", "no column")
    with pytest.raises(OptionError, match="lang='fr' is not offered"):
        label("degrees", "hub_degree", "fr")
