"""Tables for spreadsheets: nothing is guessed, cut or run."""

import csv
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pytest

import connhub
from connhub import spreadsheets
from connhub.spreadsheets import write_csv, write_excel
from tests.measures.builders import transactions

HOSTILE = ["=1+1", "+81", "@x", "http://x.jp", "<r><t>1</t></r>", "0012", "1E5", "3101589477162"]


def test_no_text_becomes_a_formula_and_numbers_stay_numbers(tmp_path):
    texts = ["=1+1", "+81", "-2", "@x", "\tx", "\rx", "a=b", " =x", "", None, "'x"]
    table = pa.table(
        {
            "name": texts,
            "large": pa.array(texts, pa.large_string()),
            "sales": [-(2**53) - 1, None, *range(9)],
            "share": [-0.5, *[None] * 10],
        }
    )
    write_csv(table, tmp_path / "x.csv")
    content = (tmp_path / "x.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 12
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = ["'=1+1", "'+81", "-2", "'@x", " x", " x", "a=b", "' =x", "", "", "'x"]
    assert [r["name"] for r in rows] == [r["large"] for r in rows] == wanted
    assert [r["sales"] for r in rows][:3] == ["-9007199254740993", "", "0"]
    assert rows[0]["share"] == "-0.5"


def cells(path, sheet=0):
    book = openpyxl.load_workbook(path)
    return [list(row) for row in book.worksheets[sheet].iter_rows()]


def test_a_text_of_a_workbook_is_that_text(tmp_path):
    write_excel(pa.table({"firm_id": [*HOSTILE, None]}), tmp_path / "x.xlsx")
    header, *rows = cells(tmp_path / "x.xlsx")
    assert header[0].value == "firm_id"
    assert [row[0].value for row in rows[: len(HOSTILE)]] == HOSTILE
    assert {(row[0].data_type, row[0].number_format) for row in rows[: len(HOSTILE)]} == {
        ("s", "@")
    }
    assert not any(row[0].hyperlink for row in rows)


def test_numbers_that_excel_keeps_are_numbers_and_others_texts(tmp_path):
    large = [10**15 - 1, 10**15 + 1, -(10**18), None]
    table = pa.table(
        {
            "sales": large,
            "share": [0.5, float("nan"), float("inf"), None],
            "cents": [Decimal("-0.05"), None, Decimal("1.00"), Decimal("12345678901234.56")],
            "selected": [True, False, None, True],
        }
    )
    write_excel(table, tmp_path / "x.xlsx")
    values = [[c.value for c in row] for row in cells(tmp_path / "x.xlsx")[1:]]
    columns = [list(column) for column in zip(*values, strict=True)]
    assert columns[0] == [10**15 - 1, "1000000000000001", -(10**18), None]
    assert columns[1] == [0.5, None, None, None]
    assert columns[2] == [-0.05, None, 1, "12345678901234.56"]
    assert columns[3] == [True, False, None, True]


def test_rows_that_no_sheet_takes_go_on_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 3)
    write_excel(pa.table({"firm_id": list("abcdefg")}), tmp_path / "x.xlsx")
    found = [[row[0].value for row in cells(tmp_path / "x.xlsx", i)] for i in range(3)]
    assert found == [["firm_id", *"abc"], ["firm_id", *"def"], ["firm_id", "g"]]


def test_an_empty_table_has_its_header(tmp_path):
    write_excel(pa.table({"firm_id": pa.array([], pa.string())}), tmp_path / "x.xlsx")
    assert [c.value for c in cells(tmp_path / "x.xlsx")[0]] == ["firm_id"]


@pytest.fixture
def result():
    firms = pa.table(
        {"firm_id": ["0012", "0034"], "name": ["=A1", "東"], "prefecture_code": ["01", "13"]}
    )
    return connhub.analyze(transactions([("0012", "0034", 30)]), firms, grain="pairs")


def test_every_result_saves_its_tables_for_excel(tmp_path, result):
    result.save(tmp_path / "a", csv=True, excel=True)
    result.select(per_region=1).save(tmp_path / "b", excel=True)
    result.ripple("01").save(tmp_path / "c", excel=True)
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.xlsx")}
    tables = ("degrees", "linkages", "regions")
    assert files >= {*(f"a/{name}.xlsx" for name in tables), "b/selection.xlsx", "c/ripple.xlsx"}
    header, *rows = cells(tmp_path / "a" / "degrees.xlsx")
    names = [c.value for c in header]
    first = dict(zip(names, (c.value for c in rows[0]), strict=True))
    assert (first["firm_id"], first["region"], first["name"]) == ("0012", "01", "=A1")
    assert connhub.load(tmp_path / "a").degrees.frame.equals(result.degrees.frame)
    result.save(tmp_path / "a")
    assert not list((tmp_path / "a").glob("*.xlsx"))
