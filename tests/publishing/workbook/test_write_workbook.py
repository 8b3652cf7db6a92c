"""The workbook, read back: values, types, formats, and names that try to be something else."""

import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pyarrow as pa
import pytest
from openpyxl.utils.escape import unescape

import connhub
from connhub.errors import MissingExtraError, OptionError, StorageError
from connhub.intake.ledger import ENTRIES
from connhub.publishing import write_workbook
from connhub.publishing.workbook.sheet_layout import sheet_name
from connhub.schema import columns, label
from connhub.text.names import plain, width
from connhub.text.notes import note

pytestmark = pytest.mark.filterwarnings(  # of bars: Excel and LibreOffice know them
    "ignore:(Unknown|Conditional Formatting) extension is not supported:UserWarning"
)
DATA = Path(__file__).parents[2] / "data" / "sample" / "delivered"
NAMES = [
    '=HYPERLINK("http://x.example/","y")',
    "+1",
    "-1+1",
    "@SUM(1,2)",
    "=cmd|' /C calc'!A0",
    "http://x.example/",
    "<script>alert(1)</script>",
    "<r><t>bold</t></r>",
    "<r>&</r>",
    "長" * 500,
    "😀👍 emoji",
    "ﾃｽﾄ㈱ ①",
    "_x0041_ and _x000D_",
    "bell\x07 tab\t line\nend\x00",
    "\u202eright to left",
    "0012",
    "1e5",
    "TRUE",
    "  blanks around  ",
    "quote \" and ' and &amp;",
    "NA",
]
CASES = {
    "ja": ("コネクター度", "重点支援企業の候補"),
    "en": ("Connector degree", "Priority-support firms"),
}


@pytest.fixture(scope="module")
def result():
    return connhub.analyze(
        DATA / "transactions.csv",
        DATA / "firms.csv",
        missing_amount="exclude",
        grain="firms_by_region",
    )


@pytest.fixture(scope="module")
def selection(result):
    return result.select(
        DATA / "firms.csv",
        financials=DATA / "financials.csv",
        scheme="follows-published-fy2019",
        per_region=10,
    )


@pytest.fixture(scope="module", params=["ja", "en"])
def book(request, result, selection, tmp_path_factory):
    path = tmp_path_factory.mktemp(request.param) / "book.xlsx"
    write_workbook(result, path, selection=selection, region="15", lang=request.param)
    return request.param, path, openpyxl.load_workbook(path)


def toy(names=("甲", "乙"), regions=("13", "27"), trade=((0, 1, 30),), **options):
    """Firms 01, 02, ... of these names and regions, and trade between them by position."""
    ids = [f"{i:02d}" for i in range(1, len(names) + 1)]
    firms = pa.table(
        {
            "firm_id": ids,
            "name": list(names),
            "prefecture_code": list(regions),
            "zone": list(regions),
        }
        if "region" not in options
        else {"firm_id": ids, "name": list(names), options["region"]: list(regions)}
    )
    deals = pa.table(
        {
            "seller_id": pa.array([ids[s] for s, _, _ in trade], pa.string()),
            "buyer_id": pa.array([ids[b] for _, b, _ in trade], pa.string()),
            "amount": pa.array([a for _, _, a in trade], pa.int64()),
        }
    )
    return connhub.analyze(deals, firms, **options)


def written(result, tmp_path, **options):
    return openpyxl.load_workbook(write_workbook(result, tmp_path / "book.xlsx", **options))


def read(cell):
    """What a cell says; openpyxl leaves the escape of _xHHHH_ as it is, Excel does not."""
    return unescape(cell.value) if isinstance(cell.value, str) else cell.value


def rows(sheet, header=1):
    """The table of a sheet, as records by header."""
    names = [c.value for c in sheet[header]]
    return [
        dict(zip(names, (read(c) for c in r), strict=True)) for r in sheet.iter_rows(header + 1)
    ]


def words(sheet):
    return "\n".join(str(c.value) for r in sheet.iter_rows() for c in r if c.value is not None)


def everything(book):
    return [c for s in book for r in s.iter_rows() for c in r if c.value is not None]


def test_what_is_written_is_what_was_computed(book, result):
    lang, _, file = book
    own = rows(file[label("degrees", "connector_degree", lang)])
    top = result.degrees.top(1000, region="15")
    unit = "円" if lang == "ja" else " (yen)"
    sales = label("degrees", "out_of_region_sales", lang) + (f"({unit})" if lang == "ja" else unit)
    assert [r[label("degrees", "firm_id", lang)] for r in own] == top["firm_id"].tolist()
    assert [r[sales] for r in own] == top["out_of_region_sales"].tolist()
    share = label("degrees", "connector_degree", lang) + ("(%)" if lang == "ja" else " (%)")
    assert [r[share] for r in own] == pytest.approx(top["connector_degree"].tolist(), rel=1e-15)
    assert [r[label("degrees", "connector_rank", lang)] for r in own] == top["rank"].tolist()


def test_the_list_shows_the_selected_first_and_who_comes_next(book, selection):
    lang, _, file = book
    sheet = file[CASES[lang][1]]
    assert sheet.freeze_panes == "E3"
    lines = rows(sheet, header=2)
    ours = selection.frame[selection.frame["region"] == "15"].head(len(lines))
    assert len(lines) == min(30, (selection.frame["region"] == "15").sum())
    assert [r[label("selection", "firm_id", lang)] for r in lines] == ours["firm_id"].tolist()
    marks = [r[label("selection", "selected", lang)] for r in lines]
    assert marks == ["●" if s else None for s in ours["selected"]]
    bold = [sheet.cell(i + 3, 1).font.bold for i in range(len(lines))]
    assert bold == ours["selected"].tolist()
    by_column = [[c.value for c in r] for r in sheet.iter_rows(3, max_col=29)]
    for k, name in enumerate(selection.scheme.indicators):
        for j, part in enumerate(("", "_rank", "_deviation_score", "_contribution")):
            got = [r[5 + 4 * k + j] for r in by_column]
            assert got == pytest.approx(ours[name + part].tolist(), rel=1e-14)
        assert label_of(name, lang) in sheet.cell(1, 6 + 4 * k).value
        assert f"{100 * selection.scheme.weights[name]:g}%" in sheet.cell(1, 6 + 4 * k).value


def label_of(name, lang):
    return label("degrees" if name in columns("degrees") else "indicators", name, lang)


def test_formats_filters_and_print(book):
    lang, path, file = book
    for sheet in file:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.oddFooter.left.text.strip() == sheet.title
        assert "&P" in sheet.oddFooter.right.text
    sheet = file[CASES[lang][0]]
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


def test_nothing_is_a_formula_or_a_link_and_ids_are_text(result, selection, tmp_path):
    file = written(result, tmp_path, selection=selection)
    assert {c.data_type for c in everything(file)} == {"s", "n"}
    ids = set(result.degrees.frame["firm_id"])
    found = [c for c in everything(file) if str(c.value) in ids]
    assert len(found) > 1000
    assert all(isinstance(c.value, str) for c in found)
    links = [c.hyperlink for c in everything(file) if c.hyperlink]
    assert links
    assert all(link.location and not link.target for link in links)


def test_awkward_names_are_text(tmp_path):
    count = len(NAMES)
    trade = [(i, (i + k) % count, 10 + i) for i in range(count) for k in (1, 2)]
    where = ["13" if i % 2 else "27" for i in range(count)]
    result = toy(NAMES, where, trade)
    file = written(result, tmp_path, selection=result.select(per_region=3))
    cells = everything(file)
    assert {c.data_type for c in cells} == {"s", "n"}
    for sheet, column in (("コネクター度", "企業名"), ("ハブ度", "企業名")):
        got = {r[column] for r in rows(file[sheet])}
        assert got == {plain(n) for n in NAMES}
    codes = {r["企業ID"] for r in rows(file["コネクター度"])}
    assert codes == {f"{i:02d}" for i in range(1, count + 1)}
    listed = {r["企業名"] for r in rows(file["重点支援企業の候補"], header=2)}
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
    own = {r["企業ID"]: r for r in rows(file["コネクター度"])}
    assert own["01"]["域外販売額(円)"] == f"{big:,}"
    assert own["02"]["域外販売額(円)"] == round_
    assert own["03"]["域外販売額(円)"] == 5
    notes = words(file["はじめに"])
    count = sum(
        isinstance(c.value, str)
        and c.value.lstrip("▲").replace(",", "").isdigit()
        and "," in c.value
        for c in everything(file)
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
    targets = {link.location.rpartition("!")[0] for c in everything(file) if (link := c.hyperlink)}
    assert targets == {"'" + n.replace("'", "''") + "'" for n in file.sheetnames[1:]}
    assert file["地域の合計"]["A2"].data_type == "s"
    listed = [n for n in file.sheetnames if file[n]["A1"].value is None and file[n].max_row == 3]
    assert len(listed) == count


def test_names_of_sheets():
    assert sheet_name("", []) == "_"
    assert sheet_name("ﾆｲｶﾞﾀ", ["ニイガタ"]) == "ﾆｲｶﾞﾀ (2)"  # Excel takes them for one
    taken = []
    for _ in range(12):
        taken.append(sheet_name("甲" * 31, taken))
    assert len(set(taken)) == 12
    assert max(map(len, taken)) == 31


def test_one_sheet_a_region(result, selection, tmp_path):
    file = written(result, tmp_path, selection=selection, sheets="each", lang="en", top=5)
    assert {"Hokkaido", "Niigata", "Okinawa"} <= set(file.sheetnames)
    for region, name in (("15", "Niigata"), ("13", "Tokyo")):
        own = selection.frame[selection.frame["region"] == region]
        got = [r["Firm id"] for r in rows(file[name], header=2)]
        shown = min(len(own), 30)
        assert got[:shown] == own["firm_id"].head(shown).tolist()
        more = len(own) - shown
        assert (f"{more:,} more firms" in words(file[name])) == (more > 0)
    assert len(rows(file["Connector degree"])) == 6  # five, and how many more there are
    lists = words(file["Selection"])
    assert "Indicator missing" in lists


@pytest.mark.parametrize(("region", "said"), [("47", "企業がない"), ("01", "定義されない")])
@pytest.mark.parametrize("sheets", ["one", "each"])
def test_regions_with_nothing_say_so(region, said, sheets, tmp_path):
    """Okinawa has no firm; Hokkaido has one that sells nothing and buys nothing."""
    result = toy("甲乙丙", ["13", "27", "01"], [(0, 1, 30)])
    chosen = result.select(per_region=1)
    file = written(result, tmp_path, selection=chosen, region=region, sheets=sheets)
    assert said in words(file["はじめに"])
    assert "企業がない" in words(file["コネクター度"])
    name = "重点支援企業の候補" if sheets == "one" else {"47": "沖縄県", "01": "北海道"}[region]
    assert "順位のある企業がない" in words(file[name])
    assert "取引がない" in words(file["相手地域別の取引"])
    assert "取引がない" in words(file["地域間取引の順位"])


def test_a_region_that_only_sells_at_home(tmp_path):
    result = toy("甲乙丙", ["13", "13", "27"], [(0, 1, 30)])
    file = written(result, tmp_path, region="東京都", lang="en")
    assert "Connector degree is undefined" in words(file["Notes"])
    assert "No firm has a connector degree" in words(file["Connector degree"])
    assert rows(file["Hub degree"])[0]["Hub degree (%)"] == 1
    assert "No selection was given" in words(file["Notes"])


def test_a_region_that_is_not_in_the_analysis(tmp_path):
    result = toy("甲乙", ["東", "西"], [(0, 1, 30)], region="zone")
    file = written(result, tmp_path, region="新潟県", selection=result.select())
    assert "この地域は分析にない" in words(file["地域の合計"])
    with pytest.raises(OptionError, match="東"):
        written(result, tmp_path, region="東か")


def test_nobody_is_selected(result, tmp_path):
    none = result.select(threshold=1000.0)
    file = written(result, tmp_path, selection=none, region="15")
    sheet = file["重点支援企業の候補"]
    assert "選ばれた企業はない" in words(sheet)
    assert "●" not in words(sheet)
    assert len([r for r in rows(sheet, header=2) if r["企業名"]]) == 20


def test_ties_across_the_cut_and_who_is_not_ranked(tmp_path):
    result = toy("甲乙丙丁", ["13", "13", "13", "27"], [(0, 3, 5), (1, 3, 5), (2, 3, 9), (0, 1, 7)])
    chosen = result.select(per_region=2, scheme=connhub.Scheme({"connector_degree": 1.0}))
    tie = chosen.crossing_ties.iloc[0]
    file = written(result, tmp_path, selection=chosen)
    sheet = [[c.value for c in r] for r in file["選定の概要"].iter_rows()]
    line = next(r for r in sheet if r[:4] == ["13", "東京都", 2, tie["score"]])
    assert line[4:7] == [2, 1, "含める (include)"]
    assert ["度が定義されない", "コネクター度", 1] in [r[:3] for r in sheet]
    assert "枠をまたぐ同点の企業をすべて選んだ" in words(file["はじめに"])


def test_lists_by_field_name_the_field(tmp_path):
    result = toy("甲乙丙", ["13", "13", "27"], [(0, 2, 5), (1, 2, 7), (0, 1, 3)])
    fields = pa.table({"field": ["食品", "機械", "食品"], "firm_id": ["01", "01", "02"]})
    scheme = connhub.Scheme({"connector_degree": 1.0})
    chosen = result.select(per_region=1, fields=fields, scheme=scheme)
    file = written(result, tmp_path, selection=chosen, region="13")
    sheet = file["重点支援企業の候補"]
    assert [c.value for c in sheet[2]][:4] == ["分野", "順位", "選定", "企業ID"]
    got = [tuple(c.value for c in r) for r in sheet.iter_rows(3, max_col=4)]
    wanted = chosen.frame[["field", "rank", "selected", "firm_id"]].itertuples(index=False)
    assert got == [(f, k, "●" if s else None, i) for f, k, s, i in wanted]
    assert len(rows(file["理由"])) == 2  # a firm once, whatever its fields
    assert "食品" in words(file["選定の概要"])


def test_fractions_of_money_and_small_shares_are_seen(tmp_path):
    names = [f"n{i}" for i in range(40)]
    where = ["13"] * 39 + ["27"]
    firms = pa.table({"firm_id": names, "prefecture_code": where})
    amounts = ["1000000.125"] + ["100.5"] * 38
    deals = pa.table({"seller_id": names[:-1], "buyer_id": ["n39"] * 39, "amount": amounts})
    result = connhub.analyze(deals, firms, resolution="0.001", unit="mg")
    sheet = written(result, tmp_path, region="13")["コネクター度"]
    headers = {c.value: c.column for c in sheet[1]}
    money = sheet.cell(2, headers["域外販売額(mg)"])
    assert (money.value, money.number_format.partition(";")[0]) == (1000000.125, "#,##0.0##")
    share = sheet.cell(3, headers["コネクター度(%)"])
    assert share.number_format.partition(";")[0] == "0.0000%"


def test_the_ledger_is_whole(book, result):
    lang, _, file = book
    sheet = file.worksheets[0]
    lines = {}
    for r in sheet.iter_rows(max_col=3):  # the ledger comes before options of the same name
        lines.setdefault(r[0].value, (r[1].value, r[2].value))
    for entry in ("read", *ENTRIES):
        assert lines[label("entry", entry, lang)] == result.ledger.entry(entry)
    residual = next(v for k, v in lines.items() if str(k).startswith(("残差", "Residual")))
    assert residual == (0, 0)
    assert lines["transactions.csv"] == (20_000, result.ledger.entry("read")[1])
    assert connhub.__version__ in words(sheet)


def test_nothing_tells_of_the_machine(book):
    _, path, file = book
    with zipfile.ZipFile(path) as parts:
        content = b"".join(parts.read(n) for n in parts.namelist())
    for word in (str(DATA), str(DATA.parents[2]), str(Path.home())):
        assert word.encode() not in content
    assert not file.properties.creator
    assert not file.properties.lastModifiedBy


def test_year_and_source_are_printed_whatever_they_hold(result, tmp_path):
    file = written(result, tmp_path, region="15", year="2024", source="R&D 調査&P")
    assert file["ハブ度"].oddFooter.center.text.strip() == "2024年 · 出典: R&&D 調査&&P"
    assert file["はじめに"]["A2"].value == "2024年 · 出典: R&D 調査&P"


def test_the_matrix_is_that_of_the_linkages(result, tmp_path):
    file = written(result, tmp_path)
    sheet = file["地域間取引の行列"]
    assert sheet.freeze_panes == "B2"
    assert sheet.print_title_cols == "$A:$A"
    assert sheet["A1"].value.endswith("(百万円)") or sheet["A1"].value.endswith("(億円)")
    by = {"百万円": 10**6, "億円": 10**8}[sheet["A1"].value.partition("(")[2][:-1]]
    cells = {
        (r[0].value, h.value): c.value
        for r in sheet.iter_rows(2)
        for h, c in zip(sheet[1][1:], r[1:], strict=True)
    }
    flows = result.linkages.matrix()
    assert cells["東京", "大阪"] * by == pytest.approx(flows.loc["13", "27"])
    assert cells["新潟", "新潟"] * by == pytest.approx(flows.loc["15", "15"])
    assert len(rows(file["地域間取引の順位"])) == len(result.linkages.frame)


def test_partners_of_one_region(book, result):
    lang, _, file = book
    sheet = file["相手地域別の取引" if lang == "ja" else "Trade by region"]
    flows = result.linkages.matrix()
    lines = {r[0].value: [c.value for c in r[1:]] for r in sheet.iter_rows(2)}
    sold, bought = flows.loc["15", "13"], flows.loc["13", "15"]
    assert lines["東京都" if lang == "ja" else "Tokyo"] == [sold, bought, sold - bought]


@pytest.mark.parametrize(
    "options",
    [{"lang": "de"}, {"sheets": "all"}, {"top": 0}, {"top": True}, {"region": "新潟市"}],
)
def test_what_is_not_offered_is_refused(options, tmp_path):
    with pytest.raises(OptionError):
        written(toy(), tmp_path, **options)
    assert not list(tmp_path.iterdir())


def test_another_ending_and_too_many_sheets_are_refused(tmp_path):
    with pytest.raises(OptionError, match="xlsx"):
        write_workbook(toy(), tmp_path / "book.xls")
    many = [f"r{i}" for i in range(300)]
    result = toy(many, many, [(0, 1, 5)], region="zone")
    with pytest.raises(OptionError, match="300"):
        written(result, tmp_path, selection=result.select(), sheets="each")


def test_the_matrix_of_many_regions_is_bounded(tmp_path):
    many = [f"r{i}" for i in range(300)]
    trade = [(i, (i + 1) % 300, 1000 - i) for i in range(300)]
    file = written(toy(many, many, trade, region="zone"), tmp_path)
    sheet = file["地域間取引の行列"]
    assert sheet.max_column == 151
    assert "ほかに 151 地域" in words(sheet)


def test_what_cannot_be_written_leaves_the_old_book(result, tmp_path, monkeypatch):
    path = write_workbook(toy(), tmp_path / "book.xlsx")
    before = path.read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("connhub.publishing.workbook.write_workbook.write_cover", full)
    with pytest.raises(StorageError, match="space"):
        write_workbook(toy(), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["book.xlsx"]


def test_without_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(MissingExtraError, match=r"connhub\[excel\]") as caught:
        write_workbook(toy(), tmp_path / "book.xlsx")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_every_column_and_option_has_words(result):
    for table in ("degrees", "regions", "linkages", "selection", "indicators"):
        for name, column in columns(table).items():
            if name not in ("share_linear", "share_normal", "share", "verdict", "status"):
                assert column.description_ja
    assert set(result.options) <= set(columns("option"))


def test_notes_are_told_in_japanese(result, selection, tmp_path):
    """The notes that a run really makes, none of them by hand."""
    ties = toy("甲乙丙", ["13", "13", "27"], [(0, 2, 5), (1, 2, 5)])
    made = [*result.ledger.notes, *selection.notes]
    for how in ("include", "exclude"):
        scheme = connhub.Scheme({"connector_degree": 1.0})
        made += ties.select(per_region=1, cut_ties=how, scheme=scheme).notes
    cut = tmp_path / "trade.csv"
    cut.write_text("seller_id,buyer_id,amount,year\n01,02,5,2024\n01,02,6,2025")
    firms = pa.table({"firm_id": ["01", "02"], "prefecture_code": ["13", "27"]})
    with pytest.warns(connhub.ConnhubWarning):
        made += connhub.analyze(cut, firms).ledger.notes
    assert len(made) >= 6
    assert [n for n in made if note(n, "ja") == n] == []
    assert not any("{" in note(n, "ja") for n in made)


@pytest.mark.office
def test_libreoffice_opens_it_and_finds_the_same(tmp_path):
    """What it reads and writes again has every cell as it was: nothing was repaired or run."""
    count = len(NAMES)
    trade = [(i, (i + 1) % count, 2**53 + 1 + i) for i in range(count)]
    result = toy(NAMES, ["13" if i % 2 else "27" for i in range(count)], trade)
    path = tmp_path / "book.xlsx"
    write_workbook(result, path, selection=result.select(per_region=3), sheets="each")
    again = tmp_path / "again"
    for form in ("xlsx", "pdf"):
        done = subprocess.run(
            [
                "soffice",
                f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
                "--headless",
                "--convert-to",
                form,
                "--outdir",
                str(again),
                str(path),
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=180,
        )
        said = [line for line in done.stderr.splitlines() if "javaldx" not in line]
        assert not said
    assert (again / "book.pdf").read_bytes().startswith(b"%PDF")
    # LibreOffice writes _xHHHH_ as it is
    before, after = openpyxl.load_workbook(path), openpyxl.load_workbook(again / "book.xlsx")
    assert before.sheetnames == after.sheetnames
    for one, other in zip(before, after, strict=True):
        for row in one.iter_rows():
            for c in row:
                twin = other[c.coordinate]
                if isinstance(c.value, float):
                    assert twin.value == pytest.approx(c.value, rel=1e-14)
                else:
                    assert (twin.value, twin.data_type) == (read(c), c.data_type), c
