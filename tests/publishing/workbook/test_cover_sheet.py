"""The first sheet: notes, ledger, options, units; nothing of the machine."""

import zipfile
from pathlib import Path

import connhub
from connhub.intake.ledger import ENTRIES
from connhub.schema import columns, label
from tests.builders import ROOT
from tests.publishing.cases import sheet_text, written


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
    assert connhub.__version__ in sheet_text(sheet)


def test_nothing_tells_of_the_machine(book):
    _, path, file = book
    with zipfile.ZipFile(path) as parts:
        content = b"".join(parts.read(n) for n in parts.namelist())
    for word in (str(ROOT), str(Path.home())):
        assert word.encode() not in content
    assert not file.properties.creator
    assert not file.properties.lastModifiedBy


def test_year_and_source_are_printed_whatever_they_hold(result, tmp_path):
    file = written(result, tmp_path, of_region="15", year_label="2024", source="R&D 調査&P")
    assert file["ハブ度"].oddFooter.center.text.strip() == "2024年 · 出典: R&&D 調査&&P"
    assert file["はじめに"]["A2"].value == "2024年 · 出典: R&D 調査&P"


def test_every_column_and_option_has_sheet_text(result):
    for table in ("degrees", "regions", "linkages", "selection", "indicators"):
        for name, column in columns(table).items():
            if name not in ("share_linear", "share_normal", "share", "verdict", "status"):
                assert column.description_ja
    assert set(result.options) <= set(columns("option"))


def test_warnings_stand_first_in_the_language(result, selection, tmp_path):
    file = written(result, tmp_path, selection=selection, lang="ja")
    notes = [*result.ledger.notes, *selection.notes]
    text = sheet_text(file["はじめに"])
    assert len(notes) >= 3
    for note in notes:
        assert f"! {note.text('ja')}" in text
    of_region = written(result, tmp_path, selection=selection, of_region="15")["はじめに"]
    assert f"! {selection.notes[0].text('ja')}" not in sheet_text(of_region)


def test_every_option_is_there_by_label_value_and_name(result, tmp_path):
    cells = [[c.value for c in r[:3]] for r in written(result, tmp_path)["はじめに"].iter_rows()]
    assert [label("option", "negative"), "相殺して数える (net)", "negative"] in cells
    assert {c[2] for c in cells} >= set(result.options)
