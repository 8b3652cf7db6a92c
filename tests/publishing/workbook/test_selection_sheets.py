"""The sheets of a selection: lists, overview, reasons."""

import pyarrow as pa
import pytest

import connhub
from connhub.schema import columns, label
from tests.publishing.cases import SHEETS, estimated, rows, sheet_text, toy, written


def label_of(name, lang):
    return label("degrees" if name in columns("degrees") else "indicators", name, lang)


def test_the_list_shows_the_selected_first_and_who_comes_next(book, selection):
    lang, _, file = book
    sheet = file[SHEETS[lang]["candidates"]]
    assert sheet.freeze_panes == "E2"
    lines = rows(sheet)
    ours = selection.frame[selection.frame["region"] == "15"].head(len(lines))
    assert len(lines) == min(30, (selection.frame["region"] == "15").sum())
    assert [r[label("selection", "firm_id", lang)] for r in lines] == ours["firm_id"].tolist()
    marks = [r[label("selection", "selected", lang)] for r in lines]
    assert marks == ["●" if s else None for s in ours["selected"]]
    bold = [sheet.cell(i + 2, 1).font.bold for i in range(len(lines))]
    assert bold == ours["selected"].tolist()
    for degree in ("connector_degree", "hub_degree"):
        got = [
            r[f"{label('degrees', degree, lang)}{' (%)' if lang == 'en' else '(%)'}"] for r in lines
        ]
        assert got == pytest.approx(ours[degree].tolist(), rel=1e-14)


def test_indicators_are_on_a_sheet_of_their_own_printed_side_by_side(book, selection):
    lang, _, file = book
    sheet = file[SHEETS[lang]["indicators"]]
    ours = selection.frame[selection.frame["region"] == "15"].head(sheet.max_row - 2)
    assert [r[2].value for r in sheet.iter_rows(3)] == ours["firm_id"].tolist()
    assert (sheet.page_setup.fitToWidth, sheet.print_title_cols) == (2, "$A:$D")
    by_column = [[c.value for c in r] for r in sheet.iter_rows(3, max_col=29)]
    for k, name in enumerate(selection.scheme.indicators):
        for j, part in enumerate(("", "_rank", "_deviation_score", "_contribution")):
            got = [r[5 + 4 * k + j] for r in by_column]
            assert got == pytest.approx(ours[name + part].tolist(), rel=1e-14)
        assert label_of(name, lang) in sheet.cell(1, 6 + 4 * k).value
        assert f"{100 * selection.scheme.weights[name]:g}%" in sheet.cell(1, 6 + 4 * k).value


def test_one_sheet_a_region(result, selection, tmp_path):
    file = written(result, tmp_path, selection=selection, sheets="each", lang="en", max_rows=5)
    assert {"Hokkaido", "Niigata", "Okinawa"} <= set(file.sheetnames)
    for region, name in (("15", "Niigata"), ("13", "Tokyo")):
        found = selection.frame[selection.frame["region"] == region]
        got = [r["Firm id"] for r in rows(file[name])]
        shown = min(len(found), 30)
        assert got[:shown] == found["firm_id"].head(shown).tolist()
        more = len(found) - shown
        assert (f"{more:,} more ranked firms are" in sheet_text(file[name])) == (more > 0)
    assert len(rows(file["Connector degree"])) == 6  # five, and how many more there are
    lists = sheet_text(file["Selection"])
    assert "Indicator missing" in lists


def test_nobody_is_selected(result, tmp_path):
    none = result.select(threshold=1000.0)
    file = written(result, tmp_path, selection=none, of_region="15")
    sheet = file["重点支援企業の候補"]
    assert "選ばれた企業はない" in sheet_text(sheet)
    assert "●" not in sheet_text(sheet)
    assert len([r for r in rows(sheet) if r["企業名"]]) == 20


def test_ties_across_the_cut_and_who_is_not_ranked(tmp_path):
    result = toy("甲乙丙丁", ["13", "13", "13", "27"], [(0, 3, 5), (1, 3, 5), (2, 3, 9), (0, 1, 7)])
    chosen = result.select(per_region=2, scheme=connhub.Scheme({"connector_degree": 1.0}))
    tie = chosen.crossing_ties.iloc[0]
    file = written(result, tmp_path, selection=chosen)
    sheet = [[c.value for c in r] for r in file["選定の概要"].iter_rows()]
    line = next(r for r in sheet if r[:4] == ["13", "東京都", 2, tie["score"]])
    assert line[4:7] == [2, 1, "全社を候補とする (include)"]
    assert ["度が定義されない", "コネクター度", 1] in [r[:3] for r in sheet]
    assert "枠をまたぐ同点の企業をすべて選んだ" in sheet_text(file["はじめに"])


def test_lists_by_field_name_the_field(tmp_path):
    result = toy("甲乙丙", ["13", "13", "27"], [(0, 2, 5), (1, 2, 7), (0, 1, 3)])
    fields = pa.table({"field": ["食品", "機械", "食品"], "firm_id": ["01", "01", "02"]})
    scheme = connhub.Scheme({"connector_degree": 1.0})
    chosen = result.select(per_region=1, fields=fields, scheme=scheme)
    file = written(result, tmp_path, selection=chosen, of_region="13")
    sheet = file["重点支援企業の候補"]
    assert [c.value for c in sheet[1]][:4] == ["分野", "順位", "選定", "企業ID"]
    got = [tuple(c.value for c in r) for r in sheet.iter_rows(2, max_col=4)]
    wanted = chosen.frame[["field", "rank", "selected", "firm_id"]].itertuples(index=False)
    assert got == [(f, k, "●" if s else None, i) for f, k, s, i in wanted]
    assert len(rows(file["理由"])) == 2  # a firm once, whatever its fields
    assert "食品" in sheet_text(file["選定の概要"])


@pytest.mark.parametrize(("lang", "modelled"), [("ja", "推計値"), ("en", "Modelled")])
def test_candidates_of_estimated_amounts_have_intervals_and_the_estimated_share(
    lang, modelled, tmp_path
):
    result = estimated()
    file = written(result, tmp_path, selection=result.select(), lang=lang, of_region="13")
    sheet = file[SHEETS[lang]["candidates"]]
    frame = result.degrees.frame.set_index("firm_id")
    lines = rows(sheet, header=2)
    assert {r[label("selection", "firm_id", lang)] for r in lines} == {"a", "b", "d"}
    unit = "(%)" if lang == "ja" else " (%)"
    for name in ("connector_degree_low", "hub_degree_high", "share_estimated"):
        header = label("degrees", name, lang) + unit
        for line in lines:
            expected = frame.loc[line[label("selection", "firm_id", lang)], name]
            assert line[header] == pytest.approx(expected, rel=1e-14)
    begins = next(c.column for c in sheet[2] if c.value.startswith(label("degrees", name, lang)))
    assert sheet.cell(1, begins - 6).value == modelled
