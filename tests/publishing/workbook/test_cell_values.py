"""What a cell holds: kinds and units of every column of the schema, widths."""

import pandas as pd
import pytest

from connhub.publishing.workbook.cell_values import (
    SheetColumn,
    cell_kind,
    column_unit,
    is_missing,
    needed_width,
    with_enough_decimals,
)
from connhub.schema import columns, money_columns

TABLES = ("degrees", "regions", "linkages", "ledger", "selection", "indicators")


@pytest.mark.parametrize("table", TABLES)
def test_money_is_known_by_the_schema(table):
    """Whatever the type of its cells: means of profits are fractions, and money still."""
    kinds = {name: cell_kind(column) for name, column in columns(table).items()}
    assert {n for n, kind in kinds.items() if kind == "money"} == set(money_columns(table))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_units_of_money_are_base_units(lang):
    sales = columns("degrees")["sales"]
    assert column_unit(sales, "0.01 EUR", lang) == column_unit(sales, "EUR", lang) == "EUR"


def test_width_is_that_of_the_number_shown():
    frame = pd.DataFrame({"x": [1_234_567]})
    money = SheetColumn("x", "", "money")
    assert needed_width(money, frame, "円") == 2 + len("1,234,567")
    assert needed_width(money, frame, "0.01 EUR") == 2 + len("12,345.67")


def test_small_shares_get_more_decimals():
    column = SheetColumn("x", "", "share")
    assert with_enough_decimals(column, pd.DataFrame({"x": [1e-4, 2e-4, 0.5]})).kind == "fine"
    assert with_enough_decimals(column, pd.DataFrame({"x": [0.1, 0.2]})).kind == "share"


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), pd.NA, ""])
def test_what_is_missing_is_an_empty_cell(value):
    assert is_missing(value)
    assert not is_missing(0)
