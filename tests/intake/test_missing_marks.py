"""Marks in the place of values."""

from __future__ import annotations

import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.intake.open_table import open_source, read_all
from connhub.options import TableOptions

MARKS = ("-", "－", "X", "χ", "***")


def column(values, name="取引金額", table="transactions", **read):
    data = {"seller_id": ["a"] * len(values), "buyer_id": ["b"] * len(values), name: values}
    source = open_source(pa.table(data), table, TableOptions(**read))
    return read_all(source, [name])[name].to_pylist()


@pytest.mark.parametrize("mark", MARKS)
def test_a_cell_that_is_a_mark_is_missing(mark):
    assert column([mark, f" {mark} ", "5", f"{mark}5"], missing_marks=[mark]) == [
        None,
        None,
        "5",
        f"{mark}5",
    ]
    assert column([mark]) == [mark]


def test_a_firm_may_be_called_like_a_mark():
    table = pa.table({"firm_id": ["X", "-"], "name": ["X", "***"], "prefecture_code": ["13", "X"]})
    source = open_source(table, "firms", TableOptions(missing_marks=MARKS))
    assert read_all(source, table.column_names).to_pylist() == [
        {"firm_id": "X", "name": "X", "prefecture_code": "13"},
        {"firm_id": "-", "name": "***", "prefecture_code": None},
    ]


def test_a_mark_of_one_column():
    table = pa.table({"firm_id": ["-", "b"], "企業名": ["-", "b"], "prefecture_code": ["13", "-"]})
    for marks in (["firm_id=-"], ["firm_id= - "]):
        source = open_source(table, "firms", TableOptions(missing_marks=marks))
        found = read_all(source, table.column_names).to_pydict()
        assert found["firm_id"] == [None, "b"]
        assert (found["企業名"], found["prefecture_code"]) == (["-", "b"], ["13", "-"])
    source = open_source(table, "firms", TableOptions(missing_marks=["企業名=-"]))
    assert read_all(source, ["企業名"])["企業名"].to_pylist() == [None, "b"]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())]
)
def test_every_kind_of_text(kind):
    assert column(pa.array(["X", "1"], pa.string()).cast(kind), missing_marks=["X"]) == [None, "1"]


def test_numbers_are_left_alone():
    assert column(pa.array([1, 2]), missing_marks=["1"]) == [1, 2]


def test_policy_of_missing_amounts(tmp_path):
    firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    deals = tmp_path / "d.csv"
    deals.write_text("seller_id,buyer_id,amount\na,b,5\nb,a,***\n", encoding="utf-8")
    options = {"missing_marks": ["***"], "missing_amount": "exclude"}
    ledger = connhub.analyze(deals, firms, **options).ledger
    assert ledger.entry("missing_amount") == (1, 0)
    assert ledger.entry("read") == (2, 5)


def test_the_option_is_a_list_of_texts():
    for wrong in ("***", [5]):
        with pytest.raises(OptionError, match="missing_marks"):
            column(["1"], missing_marks=wrong)
