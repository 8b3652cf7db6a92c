"""Report, workbook and pictures in one folder: whole or not at all, and of one region."""

import datetime
import importlib
import re
import subprocess
import sys

import openpyxl
import pytest

import connhub
from connhub.cli import main
from connhub.errors import ConnhubError
from connhub.publishing import publish
from tests.builders import DELIVERED, FINANCIALS
from tests.publishing.cases import NASTY, economy, read_page

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(  # of bars: Excel and LibreOffice know them
        "ignore:(Unknown|Conditional Formatting) extension is not supported:UserWarning"
    ),
]
MODULE = importlib.import_module("connhub.publishing.publish")


def test_published_together_and_again(tmp_path):
    result = economy()
    out = tmp_path / "out"
    result.report(out, of_region="15")
    names = {p.name for p in out.iterdir()}
    assert {"report.html", "workbook.xlsx", "picture-1-connector-hub.png"} <= names
    (out / "own notes.txt").write_text("kept")
    publish(economy(grain="firms"), out, of_region="15", lang="en")
    again = {p.name for p in out.iterdir()}
    assert "own notes.txt" in again
    assert not [n for n in again if "fireworks" in n or "contributions" in n]


def test_leaks_reach_the_pictures_and_the_workbook(tmp_path):
    result = connhub.analyze(*DELIVERED, missing_amount="exclude", grain="pairs")
    publish(result, tmp_path, of_region="15", beside=[result.leaks(DELIVERED[1])], lang="en")
    names = " ".join(sorted(p.name for p in tmp_path.iterdir()))
    assert all(f"-{kind}.png" in names for kind in ("leak-map", "dependents", "resilience"))
    sheets = openpyxl.load_workbook(tmp_path / "workbook.xlsx").sheetnames
    assert {"Where it leaks", "Local matches"} <= set(sheets)
    page = read_page(tmp_path / "report.html").text
    assert "On the left firms" in page
    assert "Four aspects" in page


def test_report_and_workbook_show_the_same_date_year_and_source(tmp_path):
    day = datetime.date(2026, 5, 12)
    publish(economy(), tmp_path, of_region="15", report_date=day, year_label=2024, source="調査A")
    text = read_page(tmp_path / "report.html").text
    cover = openpyxl.load_workbook(tmp_path / "workbook.xlsx").worksheets[0]
    assert cover["A2"].value == "2024年 · 出典: 調査A"
    assert cover["A2"].value in text
    assert cover["A3"].value.startswith("作成日: 2026-05-12")
    assert "作成日 2026-05-12" in text


def test_where_writing_fails_the_old_report_stays(tmp_path, monkeypatch):
    out = tmp_path / "out"
    economy().report(out, of_region="15")
    before = {p.name: p.read_bytes() for p in out.iterdir()}

    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(MODULE, "write_sheets", full)
    with pytest.raises(ConnhubError, match="no space left"):
        economy(NASTY).report(out, of_region="15")
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    with pytest.raises(ConnhubError, match="no space left"):
        economy().report(tmp_path / "new", of_region="15")
    assert not (tmp_path / "new").exists()


def test_the_command_writes_from_tables_and_from_a_saved_analysis(tmp_path, capsys):
    words = ["report", *DELIVERED, "--missing-amount", "exclude", "--prefecture", "新潟県"]
    words += ["--financials", FINANCIALS, "--scheme", "historical-fy2019"]
    words += ["--per-region", "3", "--source", "見本", "--out", str(tmp_path / "r")]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "! 読み込んだ金額(絶対額)の1.5%を除外した" in printed
    for name in ("report.html", "workbook.xlsx", "picture-1-connector-hub.png"):
        assert name in printed
    text = read_page(tmp_path / "r" / "report.html").text
    assert "出典: 見本" in text
    assert "3社を候補とした" in text
    saved = str(tmp_path / "saved")
    assert main(["analyze", *DELIVERED, "--missing-amount", "exclude", "--out", saved]) == 0
    words = ["report", saved, "--prefecture", "15", "--lang", "en", "--out", str(tmp_path / "s")]
    assert main(words) == 0
    text = read_page(tmp_path / "s" / "report.html").text
    assert "needs the grain firms_by_region or pairs" in text
    capsys.readouterr()
    assert main([*words, "--grain", "pairs"]) == 2
    assert "settled by the saved analysis: grain" in capsys.readouterr().err


@pytest.mark.parametrize("package", ["jinja2", "vl_convert", "xlsxwriter"])
@pytest.mark.parametrize(
    ("lang", "message"),
    [
        ("ja", "レポートの作成には追加パッケージ「report」が必要です: "),
        ("en", "a report needs the extra 'report': "),
    ],
)
def test_a_missing_extra_is_one_line_before_the_work(package, lang, message):
    code = f"import sys; sys.modules[{package!r}] = None; from connhub.cli import main; "
    code += f"sys.exit(main(['report', 'absent.csv', 'absent.csv', '--lang', {lang!r}]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"{message}pip install 'connhub[report]'" in done.stderr


def test_in_a_prefecture_without_a_firm_lines_say_so_in_place_of_pictures(tmp_path):
    folder = economy().report(tmp_path, of_region="47", lang="en")
    written = {p.name for p in folder.glob("picture-*.png")}
    assert written == {"picture-1-flow-matrix.png", "picture-2-tile-map.png"}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert len(re.findall("No picture “[^”]*”: There is no firm", page)) == 2
