"""Workbooks as offices make them."""

from __future__ import annotations

import datetime
import re
import shutil
import subprocess
import zipfile

import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter

import connhub
from connhub.errors import ColumnError, ConnhubError, InputError, LimitError
from connhub.examination import examine
from connhub.intake.open_table import open_source, read_all
from connhub.intake.sheet_xml import cell_name, is_bare_date, read_facts
from connhub.intake.sheets import cell_text
from connhub.options import TableOptions

FIRMS = [
    ["法人番号", "企業名", "都道府県コード"],
    ["1", "あ", "13"],
    ["2", "い", "27"],
    ["3", "う", "01"],
]


def book(path, *sheets, **named):
    """A workbook of sheets, each a list of rows."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in [*((f"Sheet{i}", s) for i, s in enumerate(sheets, 1)), *named.items()]:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def merge(path, *areas):
    made = openpyxl.load_workbook(path)
    for area in areas:
        made.active.merge_cells(area)
    made.save(path)
    return path


def rewritten(path, change):
    """The workbook with another XML of its first sheet."""
    other = path.with_name(f"other_{path.name}")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            new.writestr(name, change(content) if name.endswith("sheet1.xml") else content)
    return other


def read(path, table="firms", **options):
    source = open_source(path, table, TableOptions(**options))
    return source, read_all(source, source.schema.names).to_pylist()


def refused(path, table="firms", **options):
    with pytest.raises(ConnhubError) as caught:
        read(path, table, **options)
    return caught.value.faults


# --- where the table is ---------------------------------------------------------------


def test_titles_above_the_header(tmp_path):
    rows = [["県内企業名簿(令和6年度)"], ["(単位:千円)"], [], *FIRMS]
    source, found = read(book(tmp_path / "f.xlsx", rows))
    assert [r["企業名"] for r in found] == ["あ", "い", "う"]
    assert source.titles == ("県内企業名簿(令和6年度)", "(単位:千円)", "Sheet1")
    assert (source.row(0), source.layouts[0].header_row) == (5, 4)
    assert [n.text("ja") for n in source.notes] == ["f.xlsx: 見出しは4行目として読みました"]


def test_rows_are_numbered_as_excel_shows_them(tmp_path):
    rows = [["名簿"], [], *FIRMS, ["1", "え", "13"], ["5", "お", "99"]]
    with pytest.raises(InputError) as caught:
        connhub.read_firms(book(tmp_path / "f.xlsx", rows))
    assert [(f.column, f.rows) for f in caught.value.faults] == [
        ("法人番号", (7,)),
        ("都道府県コード", (8,)),
    ]


def test_a_table_that_does_not_begin_at_a1(tmp_path):
    path = book(tmp_path / "f.xlsx", [[], [], *[[None, *row] for row in FIRMS]])
    source, found = read(path)
    assert (list(found[0]), source.row(0)) == (FIRMS[0], 4)
    assert connhub.read_firms(path).table.num_rows == 3


def test_empty_columns_beside_the_table(tmp_path):
    rows = [[*FIRMS[0], None, None, "メモ"], *[[*r, None, None, "x"] for r in FIRMS[1:]]]
    rows[2][3] = "覚え"
    _, found = read(book(tmp_path / "f.xlsx", rows))
    assert list(found[0]) == [*FIRMS[0], "column 4", "メモ"]


def test_the_only_sheet_with_a_header(tmp_path):
    path = book(
        tmp_path / "f.xlsx",
        表紙=[["この表について"]],
        名簿=FIRMS,
        説明=[["項目", "意味"], ["法人番号", "13桁"]],
    )
    source, found = read(path)
    assert (len(found), source.layouts[0].sheet) == (3, "名簿")
    assert [n.text("ja") for n in source.notes] == ["f.xlsx: シート「名簿」を読みました"]


def test_several_sheets_are_asked_about(tmp_path):
    path = book(tmp_path / "f.xlsx", 新=FIRMS, 旧=FIRMS[:2], 表紙=[["x"]])
    (fault,) = refused(path)
    assert fault.values["sheets"] == ["新", "旧"]
    assert "sheet=" in fault.fix("ja")
    for sheet, rows in (("旧", 1), (1, 3), (2, 1)):
        assert len(read(path, sheet=sheet)[1]) == rows
    assert len(read(path, sheet={"firms": "旧", "transactions": "x"})[1]) == 1
    (fault,) = refused(path, sheet="旧い")
    assert "'旧'" in fault.fix("en")
    (fault,) = refused(path, sheet=4)


def test_a_hidden_sheet_is_read_only_where_no_other_will_do(tmp_path):
    path = book(tmp_path / "f.xlsx", 新=FIRMS, 旧=FIRMS[:2])
    made = openpyxl.load_workbook(path)
    made["旧"].sheet_state = "hidden"
    made.save(path)
    assert len(read(path)[1]) == 3
    made["新"].delete_rows(1, 9)
    made.save(path)
    assert len(read(path)[1]) == 1


def test_no_sheet_is_recognized(tmp_path):
    path = book(tmp_path / "f.xlsx", 甲=[["番", "名"], ["1", "あ"]], 乙=[["x"]])
    (fault,) = refused(path)
    assert (fault.kind, fault.values["sheets"]) == ("intake.no_sheet_with_header", ["甲", "乙"])
    columns = {"firm_id": "番", "name": "名"}
    assert len(read(path, columns=columns)[1]) == 1
    with pytest.raises(ColumnError, match="'番', '名'"):
        connhub.read_firms(book(tmp_path / "g.xlsx", [["番", "名"], ["1", "あ"]]))


def test_header_row_and_names(tmp_path):
    path = book(tmp_path / "f.xlsx", [["名簿"], ["番", "名", "県"], *FIRMS[1:]])
    names = FIRMS[0]
    assert read(path, header_row=2, names=names)[1] == read(book(tmp_path / "g.xlsx", FIRMS))[1]
    headless = book(tmp_path / "h.xlsx", FIRMS[1:])
    assert read(headless, names=names)[1][0]["法人番号"] == "1"
    assert [f.kind for f in refused(headless)] == ["intake.no_header"]


def test_an_empty_workbook(tmp_path):
    assert [f.kind for f in refused(book(tmp_path / "f.xlsx", []))] == ["intake.empty_sheet"]


# --- what cells hold ------------------------------------------------------------------


def test_kinds_of_cells(tmp_path):
    rows = [
        ["法人番号", "企業名", "都道府県コード", "値"],
        [1010001000001, "あ", 13, 0.5],
        ["0020", "い", "01", datetime.date(2024, 4, 1)],
        ["３", "う", "13", datetime.datetime(2024, 4, 1, 12, 30)],
        [4.0, True, "13", datetime.time(1, 30)],
    ]
    _, found = read(book(tmp_path / "f.xlsx", rows))
    assert [list(r.values()) for r in found] == [
        ["1010001000001", "あ", "13", "0.5"],
        ["0020", "い", "01", "2024-04-01"],
        ["３", "う", "13", "2024-04-01 12:30:00"],
        ["4", "TRUE", "13", "01:30:00"],
    ]
    assert cell_text(None) is cell_text("") is None


@pytest.mark.parametrize("value", [True, datetime.date(2024, 4, 1), "#N/A"])
def test_what_is_no_money(tmp_path, value):
    firms = pa.table({"firm_id": ["1", "2"], "prefecture_code": ["13", "27"]})
    rows = [["取引"], ["販売元", "販売先", "取引金額"], ["1", "2", 5], ["2", "1", value]]
    with pytest.raises(InputError) as caught:
        connhub.analyze(book(tmp_path / "d.xlsx", rows), firms)
    (fault,) = caught.value.faults
    assert (fault.column, fault.rows) == ("取引金額", (4,))


@pytest.mark.parametrize(
    "error", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"]
)
@pytest.mark.parametrize("column", [0, 1, 2])
def test_errors_are_no_blanks(tmp_path, error, column):
    rows = [list(row) for row in FIRMS]
    rows[2][column] = error
    (fault,) = refused(book(tmp_path / "f.xlsx", [["名簿"], *rows]))
    assert (fault.kind, fault.column, fault.rows) == ("intake.error_cells", FIRMS[0][column], (4,))
    assert fault.examples == (error,)
    _, found = read(tmp_path / "f.xlsx", missing_marks=[error])
    assert found[1][FIRMS[0][column]] is None


def test_all_faults_of_cells_at_once(tmp_path):
    rows = [*FIRMS, ["#N/A", "え", "=1+2"], ["6", "=A1", "#REF!"]]
    faults = refused(merge(book(tmp_path / "f.xlsx", rows), "C2:C3"))
    assert [(f.kind.partition(".")[2], f.column, f.rows, f.examples) for f in faults] == [
        ("error_cells", "法人番号", (5,), ("#N/A",)),
        ("unsaved_formulas", "企業名", (6,), ("B6",)),
        ("error_cells", "都道府県コード", (6,), ("#REF!",)),
        ("unsaved_formulas", "都道府県コード", (5,), ("C5",)),
        ("merged_cells", "都道府県コード", (2,), ("C2:C3",)),
    ]


def test_columns_that_are_not_read_may_hold_errors(tmp_path):
    rows = [["販売元", "販売先", "取引金額", "備考"], ["1", "2", 5, "#N/A"]]
    firms = pa.table({"firm_id": ["1", "2"], "prefecture_code": ["13", "27"]})
    result = connhub.analyze(book(tmp_path / "d.xlsx", rows), firms)
    assert result.ledger.entry("out_of_region") == (1, 5)


def test_formulas_with_saved_values(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "f.xlsx") as made:
        sheet = made.add_worksheet()
        for i, row in enumerate(FIRMS):
            sheet.write_row(i, 0, row)
        sheet.write_formula("C2", "=10+3", value=13)
        sheet.write_formula("B3", '=IF(1,"い","")', value="い")
        sheet.write_formula("B4", '=IF(1,"","x")', value="")
    path = rewritten(tmp_path / "f.xlsx", lambda xml: xml.replace('r="B4"', 'r="B4" t="str"'))
    _, found = read(path)  # as Excel writes an empty text
    assert [list(r.values()) for r in found] == [
        ["1", "あ", "13"],
        ["2", "い", "27"],
        ["3", None, "01"],
    ]


def test_merged_titles_headers_and_notes_are_right(tmp_path):
    rows = [["名簿"], ["企業", None, "所在地"], *FIRMS, ["注 見本である"]]
    path = merge(book(tmp_path / "f.xlsx", rows), "A1:C1", "A2:B2", "A7:C7")
    _, found = read(path)
    assert [r["企業名"] for r in found] == ["あ", "い", "う", None]


def test_a_column_that_is_two_cells_wide(tmp_path):
    wide = [[a, b, None, c] for a, b, c in FIRMS]
    path = merge(book(tmp_path / "f.xlsx", wide), *(f"B{i}:C{i}" for i in range(1, 5)))
    assert read(path)[1] == read(book(tmp_path / "g.xlsx", FIRMS))[1]


DEALS = ["販売元", "販売先", "取引金額"]


FIRM_TABLE = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["13", "27", "27"]})


def ledger_of(path, **options):
    return connhub.check(path, FIRM_TABLE, **options)


def test_merged_ids_are_filled_in_where_that_is_asked_for(tmp_path):
    rows = [DEALS, ["a", "b", 5], [None, "c", 6], ["c", "a", 7], [None, "b", 8]]
    path = merge(book(tmp_path / "d.xlsx", rows), "A2:A3", "A4:A5")
    with pytest.raises(InputError) as caught:
        ledger_of(path)
    (fault,) = caught.value.faults
    assert (fault.kind, fault.rows, fault.examples) == (
        "intake.merged_cells",
        (2, 4),
        ("A2:A3", "A4:A5"),
    )
    assert "merged_cells='fill'" in fault.fix("ja")
    assert "--merged-cells fill" in fault.fix("ja", flags=True)
    filled = ledger_of(path, merged_cells="fill")
    assert filled.entry("out_of_region") == (3, 18)
    assert [n.values["count"] for n in filled.notes if n.kind == "intake.merged_filled"] == [2]
    kept = ledger_of(path, merged_cells="keep")
    assert (kept.entry("out_of_region"), kept.entry("unknown_firm")) == ((2, 12), (2, 14))
    assert examine(path, FIRM_TABLE).options == {"merged_cells": "fill"}


@pytest.mark.parametrize(
    ("table", "names", "area"),
    [
        ("transactions", DEALS, "C2:C3"),
        ("financials", ["法人番号", "年度", "営業利益"], "C2:C3"),
        ("financials", ["法人番号", "売上高2023", "売上高2024"], "B2:C2"),
        ("firm_totals", ["法人番号", "都道府県", "県外売上割合"], "C2:C3"),
    ],
)
def test_merged_numbers_are_never_filled_in(tmp_path, table, names, area):
    rows = [names, ["a", "b", 5], ["b", "c", None], ["c", "a", 7]]
    if area.startswith("B"):
        rows[1] = ["a", 5, None]
    path = merge(book(tmp_path / "d.xlsx", rows), area)
    for options in ({}, {"merged_cells": "fill"}):
        faults = refused(path, table, **options)
        assert {f.kind for f in faults} == {"intake.merged_numbers"}
        assert "merged_cells='keep'" in faults[0].fix("ja")
    _, found = read(path, table, merged_cells="keep")
    assert [value for row in found for value in row.values()].count("5") == 1


def test_a_total_whose_label_is_merged_is_a_total(tmp_path):
    rows = [DEALS, ["a", "b", 5], ["c", "a", 6], ["合　計", None, 11]]
    path = merge(book(tmp_path / "d.xlsx", rows), "A4:B4")
    with pytest.raises(InputError) as caught:
        ledger_of(path)
    assert [(f.kind, f.rows) for f in caught.value.faults] == [("intake.total_rows", (4,))]
    assert ledger_of(path, total_rows="drop").entry("out_of_region") == (2, 11)


BARE = ['ggge"年度"', "[$-411]e", '[DBNum1][$-411]ggge"年"', "[$-ja-JP-x-gannen]ggge", "rr"]
FULL = [
    '[$-411]ggge"年"m"月"d"日"',
    '[$-ja-JP-x-gannen]ggge"年"m"月"d"日";@',
    "[$-411]ge.m.d;@",
    'yyyy"年"m"月"d"日"',
    "m/d",
    "mmm-yy",
]


@pytest.mark.parametrize("from_1904", [False, True])
@pytest.mark.parametrize("code", [*BARE, *FULL])
def test_a_date_is_a_date_in_every_format(tmp_path, code, from_1904):
    made = openpyxl.Workbook()
    if from_1904:
        made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for row in [[*DEALS, "年度"], ["a", "b", 5, 45016], ["b", "c", 6, 45017], ["c", "a", 7, 45017]]:
        made.active.append(row)
    for row in range(2, 5):
        made.active.cell(row, 4).number_format = code
    made.active["C2"].number_format = '#,##0"円"'
    made.save(tmp_path / "d.xlsx")
    _, found = read(tmp_path / "d.xlsx", "transactions")
    days = ["2027-04-01", "2027-04-02"] if from_1904 else ["2023-03-31", "2023-04-01"]
    assert [row["年度"] for row in found[:2]] == days
    assert found[0]["取引金額"] == "5"
    ledger = ledger_of(tmp_path / "d.xlsx", year=2027 if from_1904 else 2023, fiscal_year=True)
    assert ledger.entry("other_year")[0] == (0 if from_1904 else 1)


@pytest.mark.parametrize(
    ("title", "code", "asked"),
    [
        ("単位:千円", "#,##0,", True),
        ("単位:千円", '#,##0,"千円"', True),
        ("単位:百万円", "0.0,,_);(0.0,,)", True),
        ("単位:千円", "#,##0", False),
        ("単位:円", "#,##0,", False),
        ("取引一覧", "#,##0,", False),
    ],
)
def test_amounts_that_are_shown_in_thousands_and_held_in_yen(tmp_path, title, code, asked):
    path = book(tmp_path / "d.xlsx", [[title], DEALS, ["a", "b", 5_000_000]])
    made = openpyxl.load_workbook(path)
    made.active["C3"].number_format = code
    made.save(path)
    if asked:
        with pytest.raises(InputError) as caught:
            ledger_of(path)
        (fault,) = caught.value.faults
        assert (fault.kind, fault.column, fault.rows) == ("intake.scaled_numbers", DEALS[2], (3,))
        assert fault.examples == ("5000000",)
    assert ledger_of(path, unit="円").entry("read") == (1, 5_000_000)
    assert ledger_of(path, unit="千円").entry("read") == (1, 5_000_000_000)


def test_the_name_of_a_sheet_may_tell_the_unit(tmp_path):
    rows = [DEALS, ["a", "b", 5]]
    assert ledger_of(book(tmp_path / "d.xlsx", **{"取引(千円)": rows})).entry("read") == (1, 5000)
    named = [[*DEALS[:2], "取引金額(百万円)"], rows[1]]
    path = book(tmp_path / "d.xlsx", 取引_千円=named)
    with pytest.raises(ConnhubError, match="unit="):
        ledger_of(path)
    assert ledger_of(path, unit="百万円").entry("read") == (1, 5_000_000)


def test_formats_of_numbers_are_no_dates():
    codes = ["General", "0.00E+00", '#,##0"円"', "[Red]0", '"gg"0', "@", "", "0_e", "[$¥-411]#,##0"]
    assert not any(map(is_bare_date, codes))


def test_merged_cells_without_a_value_hide_none(tmp_path):
    rows = [*FIRMS, ["4", "え", None], ["5", "お", None]]
    assert len(read(merge(book(tmp_path / "f.xlsx", rows), "C5:C6"))[1]) == 5


# --- its extent, its kind -------------------------------------------------------------


def test_a_stray_cell_far_away(tmp_path):
    made = openpyxl.Workbook()
    for row in FIRMS:
        made.active.append(row)
    made.active["XFD1048576"] = "x"
    made.save(tmp_path / "f.xlsx")
    with pytest.raises(LimitError, match="XFD1048576"):
        read(tmp_path / "f.xlsx")


def test_a_formatted_cell_far_away_is_nothing(tmp_path):
    made = openpyxl.Workbook()
    for row in FIRMS:
        made.active.append(row)
    made.active["XFD1048576"].font = openpyxl.styles.Font(bold=True)
    made.active.row_dimensions[1000000].height = 5
    made.save(tmp_path / "f.xlsx")
    assert len(read(tmp_path / "f.xlsx")[1]) == 3


def test_other_sheets_may_hold_stray_cells(tmp_path):
    path = book(tmp_path / "f.xlsx", 名簿=FIRMS, 覚え=[["x"]])
    made = openpyxl.load_workbook(path)
    made["覚え"]["XFD1048576"] = "x"
    made.save(path)
    assert len(read(path)[1]) == 3


@pytest.mark.parametrize("ending", [".xlsm", ".xlsx", ".XLSX", ".xls", "", ".csv"])
def test_the_content_tells_the_kind(tmp_path, ending):
    path = tmp_path / f"f{ending}"
    path.write_bytes(book(tmp_path / "g.xlsx", FIRMS).read_bytes())
    assert len(read(path)[1]) == 3


def test_prefixes_and_places_that_are_left_out(tmp_path):
    """Other writers put a prefix before each name, and leave the places of cells out."""
    path = book(tmp_path / "f.xlsx", [*FIRMS, ["#N/A", "え", "13"]])

    def change(xml):
        xml = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", xml).replace("xmlns=", "xmlns:x=")
        return re.sub(r' r="[A-Z]*\d+"', "", xml)

    odd = rewritten(path, change)
    facts = read_facts(odd)["Sheet1"]
    assert (facts.rows, facts.columns, facts.errors) == (5, 3, {(4, 0): "#N/A"})
    assert refused(odd)[0].rows == (5,)


@pytest.mark.parametrize(
    ("place", "name"), [((0, 25), "Z1"), ((9, 26), "AA10"), ((0, 702), "AAA1")]
)
def test_names_of_cells(place, name):
    assert cell_name(*place) == name


def test_other_kinds_are_called_so(tmp_path):
    with zipfile.ZipFile(tmp_path / "f.xlsx", "w") as packed:
        packed.writestr("f.csv", "firm_id,name\n1,a\n")
    assert [f.kind for f in refused(tmp_path / "f.xlsx")] == ["intake.other_workbook"]
    for member, name in (
        ("META-INF/manifest.xml", ".ods"),
        ("xl/workbook.bin", ".xlsb"),
        ("word/document.xml", ".docx"),
    ):
        with zipfile.ZipFile(tmp_path / "f.xlsx", "w") as packed:
            packed.writestr(member, "")
        (fault,) = refused(tmp_path / "f.xlsx")
        assert (fault.kind, name in fault.text("ja")) == ("intake.workbook_kind", True)
    locked = b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    (tmp_path / "f.xlsx").write_bytes(locked)
    assert [f.kind for f in refused(tmp_path / "f.xlsx")] == ["intake.locked_workbook"]
    (tmp_path / "f.xls").write_text("<html><body><table><tr><td>a</td></tr></table>", "utf-8")
    assert [f.kind for f in refused(tmp_path / "f.xls")] == ["intake.html_table"]
    (tmp_path / "f.xls").write_text("法人番号\t企業名\t都道府県コード\n1\tあ\t13\n", "cp932")
    assert read(tmp_path / "f.xls")[1] == [dict(zip(FIRMS[0], FIRMS[1], strict=True))]


@pytest.mark.parametrize("ending", [".xlsx", ".xls"])
def test_damaged_workbooks(tmp_path, ending):
    whole = book(tmp_path / "g.xlsx", FIRMS).read_bytes()
    for content in (
        whole[: len(whole) // 2],
        b"",
        b"\xd0\xcf\x11\xe0" + bytes(5000),
        b"PK\x03\x04",
    ):
        (tmp_path / f"f{ending}").write_bytes(content)
        assert [f.kind for f in refused(tmp_path / f"f{ending}")][0] in (
            "intake.damaged_file",
            "intake.empty_file",
            "intake.other_workbook",
        )


@pytest.mark.office
def test_xls(tmp_path):
    rows = [
        ["名簿"],
        [],
        *FIRMS,
        [1010001000001, True, 13.0],
        ["6", datetime.date(2024, 4, 1), "27"],
    ]
    book(tmp_path / "good.xlsx", rows)
    bad = [*rows, ["7", "=NA()", "13"]]
    merge(book(tmp_path / "bad.xlsx", bad, 表紙=[["x"]]), "C4:C5")
    soffice = shutil.which("soffice")
    for name in ("good", "bad"):
        subprocess.run(
            [soffice, "--headless", "--convert-to", "xls", f"{name}.xlsx"],
            cwd=tmp_path, check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    source, found = read(tmp_path / "good.xls")
    assert source.layouts[0].header_row == 3
    assert found == read(tmp_path / "good.xlsx")[1]
    assert [(f.kind, f.column, f.rows) for f in refused(tmp_path / "bad.xls")] == [
        ("intake.error_cells", "企業名", (9,)),
        ("intake.merged_cells", "都道府県コード", (4,)),
    ]


def test_workbooks_of_all_tables(tmp_path):
    deals = [["取引一覧"], ["販売元", "販売先", "取引金額"], ["1", "2", 500], ["2", "1", 300]]
    money = [["財務"], ["法人番号", "年度", "営業利益(千円)"], ["1", 2024, "▲5"]]
    fields = [["分野の表"], [], ["分野", "法人番号"], ["海洋", "1"]]
    path = book(tmp_path / "all.xlsx", 取引=deals, 企業=FIRMS, 財務=money, 分野=fields)
    result = connhub.analyze(path, path)
    assert result.ledger.entry("out_of_region") == (2, 800)
    shown = [n.text("ja") for n in result.ledger.notes]
    assert "all.xlsx: シート「取引」を読みました" in shown
    assert "all.xlsx: シート「企業」を読みました" in shown
    assert "all.xlsx: 見出しは2行目として読みました" in shown
    found = connhub.selection.read_financials(path)
    assert found.table["operating_profit"].to_pylist() == [-5000]
    assert len(found.notes) == 2
    scheme = connhub.selection.Scheme({"connector_degree": 1})
    chosen = result.select(path, fields=path, scheme=scheme)
    assert chosen.frame["field"].dropna().unique().tolist() == ["海洋"]
