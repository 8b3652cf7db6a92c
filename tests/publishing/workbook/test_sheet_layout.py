"""How sheets are written: formats, widths, names, and cells that stay what they are."""

import zipfile
from xml.etree import ElementTree

import pyarrow as pa
import pytest

import connhub
from connhub.publishing.workbook.sheet_layout import Sheet, sheet_name
from connhub.schema import label
from connhub.text.names import plain, width
from tests.publishing.cases import NAMES, SHEETS, all_cells, rows, sheet_text, toy, written


def test_formats_filters_and_print(book):
    lang, path, file = book
    for sheet in file:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        wide = 2 if sheet.title == SHEETS[lang]["indicators"] else 1
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (wide, 0)
        assert sheet.oddFooter.left.text.strip() == sheet.title
        assert "&P" in sheet.oddFooter.right.text
    sheet = file[SHEETS[lang]["connector"]]
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.auto_filter.ref.startswith("A1:")
    assert sheet.freeze_panes == "F2"
    formats = {c.value: sheet.cell(2, i + 1).number_format for i, c in enumerate(sheet[1])}
    minus = '"▲"' if lang == "ja" else "-"
    money = next(v for k, v in formats.items() if k.startswith(label("degrees", "sales", lang)))
    assert money == f"#,##0;[Red]{minus}#,##0"
    share = next(v for k, v in formats.items() if k.endswith("(%)"))
    assert share == f"0.00%;[Red]{minus}0.00%"
    assert formats[label("degrees", "firm_id", lang)] == "@"
    assert sheet.conditional_formatting
    with zipfile.ZipFile(path) as parts:
        pages = [n for n in parts.namelist() if n.startswith("xl/worksheets/sheet")]
        assert all(b'numberStoredAsText="1"' in parts.read(n) for n in pages)
        assert all(ElementTree.fromstring(parts.read(n)) is not None for n in parts.namelist())


def test_no_header_stands_twice_in_a_table(result, selection, tmp_path, monkeypatch):
    tables = []
    plain_write = Sheet.write_table

    def write_table(self, frame, columns_, **options):
        tables.append((self.name, [c.header for c in columns_]))
        plain_write(self, frame, columns_, **options)

    monkeypatch.setattr(Sheet, "write_table", write_table)
    for lang in ("ja", "en"):
        written(result, tmp_path, selection=selection, lang=lang, of_region="15")
    assert len(tables) > 20
    assert [t for t in tables if len(set(t[1])) < len(t[1])] == []


def test_columns_are_wide_enough_and_bounded(book):
    for sheet in book[2]:
        letters = sheet.column_dimensions
        wide = {c: d.width for d in letters.values() for c in range(d.min, d.max + 1)}
        assert max(wide.values()) <= 110
        for row in sheet.iter_rows():
            for c in row:
                if isinstance(c.value, int) and c.number_format.startswith("#,##0;"):
                    assert len(f"{c.value:,}") + (c.value < 0) < wide[c.column], c
        header = 2 if sheet.print_title_rows == "$1:$2" else 1
        if sheet.freeze_panes:
            for c in sheet[header]:
                lines = sheet.row_dimensions[header].height / 13
                assert width(str(c.value)) <= lines * wide[c.column] + 4, c


@pytest.mark.slow
def test_nothing_is_a_formula_or_a_link_and_ids_are_text(result, selection, tmp_path):
    file = written(result, tmp_path, selection=selection)
    assert {c.data_type for c in all_cells(file)} == {"s", "n"}
    ids = set(result.degrees.frame["firm_id"])
    found = [c for c in all_cells(file) if str(c.value) in ids]
    assert len(found) > 1000
    assert all(isinstance(c.value, str) for c in found)
    links = [c.hyperlink for c in all_cells(file) if c.hyperlink]
    assert links
    assert all(link.location and not link.target for link in links)


def test_awkward_names_are_text(tmp_path):
    count = len(NAMES)
    trade = [(i, (i + k) % count, 10 + i) for i in range(count) for k in (1, 2)]
    where = ["13" if i % 2 else "27" for i in range(count)]
    result = toy(NAMES, where, trade)
    file = written(result, tmp_path, selection=result.select(per_region=3))
    cells = all_cells(file)
    assert {c.data_type for c in cells} == {"s", "n"}
    for sheet, column in (("コネクター度", "企業名"), ("ハブ度", "企業名")):
        got = {r[column] for r in rows(file[sheet])}
        assert got == {plain(n) for n in NAMES}
    codes = {r["企業ID"] for r in rows(file["コネクター度"])}
    assert codes == {f"{i:02d}" for i in range(1, count + 1)}
    listed = {r["企業名"] for r in rows(file["重点支援企業の候補"])}
    assert listed == {plain(n) for n in NAMES}
    assert any("_x0041_ and _x000D_" in str(r["理由"]) for r in rows(file["理由"]))


def test_a_very_long_name_is_cut_and_says_so(tmp_path):
    names = ["甲" * 40_000, "😀" * 40_000, "<r>" + "&" * 15_000 + "</r>"]
    file = written(toy(names, ["13", "14", "15"], [(0, 1, 9), (1, 2, 8), (2, 0, 7)]), tmp_path)
    found = [r["企業名"] for r in rows(file["コネクター度"])]
    assert len(found) == 3
    for name, whole in zip(found, names, strict=True):
        assert name.endswith("…")
        assert whole.startswith(name[:-1])
        assert 5_000 < len(name.encode("utf-16-le")) // 2 <= 32_767


def test_amounts_that_excel_would_change_are_text(tmp_path):
    """Excel keeps 15 digits: 2**53 + 1 would lose its last one, in silence."""
    big, round_ = 2**53 + 1, 2 * 10**18
    result = toy("甲乙丙", ["13", "13", "27"], [(0, 2, big), (1, 2, round_), (2, 0, 5)])
    file = written(result, tmp_path)
    found = {r["企業ID"]: r for r in rows(file["コネクター度"])}
    assert found["01"]["域外販売額(円)"] == f"{big:,}"
    assert found["02"]["域外販売額(円)"] == round_
    assert found["03"]["域外販売額(円)"] == 5
    notes = sheet_text(file["はじめに"])
    count = sum(
        isinstance(c.value, str)
        and c.value.lstrip("▲").replace(",", "").isdigit()
        and "," in c.value
        for c in all_cells(file)
    )
    assert count
    assert f"この帳票では{count:,}個" in notes


def test_negative_amounts_have_a_sign(tmp_path):
    result = toy("甲乙", ["13", "27"], [(0, 1, 100), (1, 0, -(10**16) - 1)])
    file = written(result, tmp_path)
    assert not any(r["企業ID"] for r in rows(file["ハブ度"]))
    table = rows(file["地域間取引の順位"])
    assert {r["取引額(円)"] for r in table} == {100, f"▲{10**16 + 1:,}"}


def test_regions_of_any_name_get_sheets(tmp_path):
    names = [
        "東/西:[圏]*?\\",
        "東_西__圏___",
        "A" * 40,
        "a" * 40,
        "'quoted'",
        "History",
        "😀" * 20,
        "=1+1",
    ]
    count = len(names)
    trade = [(i, (i + 1) % count, 10 + i) for i in range(count)]
    result = toy(names, names, trade, region="zone")
    chosen = result.select(per_region=1)
    file = written(result, tmp_path, selection=chosen, sheets="each")
    assert all(len(n.encode("utf-16-le")) <= 62 for n in file.sheetnames)
    assert all(not set(n) & set("[]:*?/\\") for n in file.sheetnames)
    assert len({n.casefold() for n in file.sheetnames}) == len(file.sheetnames)
    targets = {link.location.rpartition("!")[0] for c in all_cells(file) if (link := c.hyperlink)}
    assert targets == {"'" + n.replace("'", "''") + "'" for n in file.sheetnames[1:]}
    assert file["地域の合計"]["A2"].data_type == "s"
    beside = [*written(result, tmp_path, selection=chosen).sheetnames, "重点支援企業の候補"]
    assert len([n for n in file.sheetnames if n not in beside]) == count


def test_names_of_sheets():
    assert sheet_name("", []) == "_"
    assert sheet_name("ﾆｲｶﾞﾀ", ["ニイガタ"]) == "ﾆｲｶﾞﾀ (2)"  # Excel takes them for one
    taken = []
    for _ in range(12):
        taken.append(sheet_name("甲" * 31, taken))
    assert len(set(taken)) == 12
    assert max(map(len, taken)) == 31


def test_fractions_of_money_and_small_shares_are_seen(tmp_path):
    names = [f"n{i}" for i in range(40)]
    where = ["13"] * 39 + ["27"]
    firms = pa.table({"firm_id": names, "prefecture_code": where})
    amounts = ["1000000.125"] + ["100.5"] * 38
    trade = pa.table({"seller_id": names[:-1], "buyer_id": ["n39"] * 39, "amount": amounts})
    result = connhub.analyze(trade, firms, resolution="0.001", unit="mg")
    sheet = written(result, tmp_path, of_region="13")["コネクター度"]
    headers = {c.value: c.column for c in sheet[1]}
    money = sheet.cell(2, headers["域外販売額(mg)"])
    assert (money.value, money.number_format.partition(";")[0]) == (1000000.125, "#,##0.000")
    share = sheet.cell(3, headers["コネクター度(%)"])
    assert share.number_format.partition(";")[0] == "0.0000%"


@pytest.mark.parametrize("resolution", ["0.01", "0.000001"])
def test_finer_money_that_excel_would_change_is_text(resolution, tmp_path):
    """Sixteen digits with the decimals: 15 are kept, so the cell is text, and counted."""
    parts = {"0.01": 100, "0.000001": 10**6}[resolution]
    digits = 1_234_567_890_123_457
    amount = f"{digits // parts}.{digits % parts:0{len(str(parts)) - 1}d}"
    firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    trade = pa.table({"seller_id": ["a", "b"], "buyer_id": ["b", "a"], "amount": [amount, "0.5"]})
    result = connhub.analyze(trade, firms, resolution=resolution, unit="EUR")
    sheet = written(result, tmp_path)["コネクター度"]
    header = next(c for c in sheet[1] if c.value == "域外販売額(EUR)")
    values = {sheet.cell(r, header.column).value for r in (2, 3)}
    assert values == {f"{digits // parts:,}.{amount.partition('.')[2]}", 0.5}
