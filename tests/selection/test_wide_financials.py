"""Financials with a column for each year, and years and units as offices write them."""

import openpyxl
import pyarrow as pa
import pytest

from connhub.errors import ColumnError, InputError
from connhub.selection import read_financials
from connhub.selection.wide_financials import find_wide_columns

LONG = pa.table(
    {
        "firm_id": ["a", "a", "b", "b"],
        "year": [2023, 2024, 2023, 2024],
        "net_sales(千円)": [10, 20, None, 40],
        "operating_profit(千円)": [1, -2, 3, 4],
        "employees": [5, 6, 7, 8],
    }
)


def rows(financials):
    return sorted(
        (tuple(r.values()) for r in financials.table.to_pylist()), key=lambda r: (r[0], r[1])
    )


@pytest.mark.parametrize(
    "headers",
    [
        ["売上高2023(千円)", "売上高2024(千円)", "営業利益2023(千円)", "営業利益2024(千円)", "従業員数2023", "従業員数2024"],
        ["売上高2023年度(千円)", "売上高(2024年度)_千円", "営業利益(2023年度)(千円)", "営業利益2024年(千円)", "従業員数2023年度", "従業員数（２０２４年度）"],
        ["R5売上高(千円)", "令和6年度売上高(千円)", "営業利益R5(千円)", "営業利益_令和6年(千円)", "従業員数(R5)", "R6従業員数"],
        ["2023_net_sales(千円)", "2024_net_sales(千円)", "operating_profit_2023(千円)", "operating_profit FY2024(千円)", "employees_2023", "2024 employees"],
        ["令和5年度(2023)売上高(千円)", "令和6年度(2024)売上高(千円)", "R5営業利益(千円)", "R6営業利益(千円)", "2023年従業員数", "2024年従業員数"],
    ],
)  # fmt: skip
def test_a_column_for_each_year_is_read_as_a_row_for_each_year(headers):
    values = [["10", None], ["20", "40"], ["1", "3"], ["▲2", "4"], ["5", "7"], ["6", "8"]]
    wide = pa.table([pa.array(["a", "b"]), *map(pa.array, values)], names=["法人番号", *headers])
    found = read_financials(wide)
    assert rows(found) == rows(read_financials(LONG))
    assert found.unit == "円"
    assert found.notes == ()


def test_years_over_items_in_two_merged_rows_of_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["財務データ(単位:千円、人)"],
        ["法人番号", "売上高", None, "営業利益", None, "従業員数", None],
        [None, "R5", "R6", "R5", "R6", "R5", "R6"],
        ["a", 10, 20, 1, -2, 5, 6],
        ["b", None, 40, 3, 4, 7, 8],
    ):
        sheet.append(row)
    for area in ("A2:A3", "B2:C2", "D2:E2", "F2:G2"):
        sheet.merge_cells(area)
    book.save(tmp_path / "財務.xlsx")
    assert rows(read_financials(str(tmp_path / "財務.xlsx"))) == rows(read_financials(LONG))


def test_a_year_without_any_value_is_no_year():
    wide = pa.table({"id": ["a"], "従業員数2023": [5], "従業員数2024": pa.nulls(1, pa.int64())})
    assert read_financials(wide).years == (2023,)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"経常利益2023": [1], "経常利益2024": [2]}, "wide form"),
        ({"売上高2023": [1], "R5売上高": [2]}, "same item and year"),
    ],
)
def test_a_wide_table_that_cannot_be_read_says_that_it_is_one(columns, message):
    with pytest.raises(ColumnError) as error:
        read_financials(pa.table({"法人番号": ["a"], **columns}))
    assert message in error.value.text("en")
    assert "横持ちの表" in error.value.text("ja")


def test_columns_of_other_items_are_noted():
    wide = pa.table({"法人番号": ["a"], "従業員数2023": [5], "経常利益2023": [1]})
    (note,) = read_financials(wide).notes
    assert "経常利益2023" in note.text("ja")


def test_a_firm_twice_in_a_wide_table():
    wide = pa.table({"法人番号": ["a", "b", "a"], "従業員数2023": [1, 2, 3]})
    with pytest.raises(InputError) as error:
        read_financials(wide)
    (fault,) = error.value.faults
    assert (fault.kind, fault.rows, fault.examples) == ("selection.firm_repeated", (3,), ("a",))


def test_faults_of_a_wide_table_name_row_and_column():
    wide = pa.table(
        {"法人番号": ["a", "b"], "売上高2023": ["1", "x"], "従業員数2024": ["1.5", "2"]}
    )
    with pytest.raises(InputError) as error:
        read_financials(wide)
    places = {(f.column, f.rows) for f in error.value.faults}
    assert places == {("売上高2023", (2,)), ("従業員数2024", (1,))}


@pytest.mark.parametrize(
    "names",
    [
        ["法人番号", "年度", "売上高"],
        ["法人番号", "年度", "売上高2023"],  # a column of years is there
        ["法人番号", "売上高", "従業員数"],
        ["法人番号", "H100", "S1"],
    ],
)
def test_what_is_no_wide_table(names):
    if names[1] in ("H100",):
        with pytest.raises(ColumnError):
            find_wide_columns(names, None, "")
    else:
        assert find_wide_columns(names, None, "") is None


@pytest.mark.parametrize(
    "years", [["R5", "R6"], ["令和5年度", "2024年度"], ["２０２３", "2024/4/1"]]
)
def test_years_of_a_long_table(years):
    table = pa.table({"法人番号": ["a", "a"], "年度": years, "従業員数": [5, 6]})
    assert read_financials(table).years == (2023, 2024)


@pytest.mark.parametrize(
    ("header", "unit", "noted"),
    [("営業利益", None, True), ("営業利益", "千円", False), ("営業利益(円)", None, False)],
)
def test_a_unit_that_is_assumed_is_noted(header, unit, noted):
    table = pa.table({"法人番号": ["a"], "年度": [2024], header: [3]})
    notes = [note.text("ja", flags=True) for note in read_financials(table, unit=unit).notes]
    assert [("営業利益" in n, "円として" in n, "--financials-unit" in n) for n in notes] == (
        [(True, True, True)] if noted else []
    )


def test_the_column_of_the_ids_may_be_named():
    table = pa.table({"顧客": ["x", "y"], "売上高2024": [5, 7]})
    found = read_financials(table, columns={"firm_id": "顧客"}).table
    assert found["firm_id"].to_pylist() == ["x", "y"]
    assert found["net_sales"].to_pylist() == [5, 7]
    with pytest.raises(ColumnError):
        read_financials(table)


def test_years_in_headers_need_a_column_of_ids():
    with pytest.raises(ColumnError, match="firm_id"):
        find_wide_columns(["顧客", "売上高2024"], None, "")
    assert find_wide_columns(["顧客", "売上高2024"], {"firm_id": "顧客"}, "") == {
        "net_sales": {2024: "売上高2024"}
    }
