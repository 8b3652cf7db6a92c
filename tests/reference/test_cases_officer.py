"""The cases of the officer's way, run with the command line as their READMEs do."""

import runpy
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from connhub.cli import main
from connhub.selection import read_financials
from tests.builders import DELIVERED, FINANCIALS

pytestmark = pytest.mark.reference
CASES = Path(__file__).parents[3] / "shared" / "cases"
WIDE = CASES / "user-wide-financials"
SCHEME = ["--scheme", "historical-fy2019", "--prefecture", "新潟県"]
FIRST_HUB = "3101589477162"


def place(*parts):
    path = CASES.joinpath(*parts)
    assert path.exists(), path
    return str(path)


def select(name, *options):
    tables = [place("user-wide-financials", f) for f in ("取引.xlsx", "企業.xlsx")]
    money = place("user-wide-financials", name)
    return main(["select", *tables, "--financials", money, *SCHEME, "--per-region", "2", *options])


def test_wide_financials_with_the_unit_in_the_title(capsys):
    assert select("財務データ.xlsx") == 0
    printed = capsys.readouterr().out
    assert "利益貢献度 113,333円" in printed  # (100 + 110 + 130) / 3 thousand yen
    assert "見出しに単位がない" not in printed


@pytest.mark.parametrize("name", ["財務データ_横.xlsx", "財務データ_縦_単位なし.xlsx"])
def test_a_unit_that_is_assumed_is_said_first(name, capsys):
    assert select(name) == 0
    first = capsys.readouterr().out.splitlines()[:6]
    assert any("見出しに単位がないため円として読んだ" in line for line in first)
    assert select(name, "--financials-unit", "千円") == 0
    printed = capsys.readouterr().out
    assert "見出しに単位がない" not in printed
    assert "000円: 全国の" in printed or ",333円: 全国の" in printed


def test_check_takes_financials(capsys):
    tables = [place("user-wide-financials", f) for f in ("取引.xlsx", "企業.xlsx")]
    arguments = ["check", *tables, "--financials", place("user-wide-financials", "財務データ.xlsx")]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "見出しは3行目" in printed
    assert (
        "営業利益(operating_profit): 「営業利益2023」、「営業利益2024」、「営業利益2025」"
        in printed
    )


def test_wide_and_long_give_the_same_years_and_money():
    wide = read_financials(place("user-wide-financials", "財務データ_横.xlsx"), unit="千円")
    titled = read_financials(place("user-wide-financials", "財務データ.xlsx"))
    assert wide.years == titled.years == (2023, 2024, 2025)
    assert wide.table.equals(titled.table)


def test_a_table_with_title_rows_and_a_total():
    tables = [place("user-title-and-total", f) for f in ("取引データ.xlsx", "企業一覧.xlsx")]
    assert main(["check", *tables]) == 2
    assert main(["check", *tables, "--total-rows", "drop"]) == 0


def test_the_first_hub_is_named_on_screen_in_the_report_and_in_the_workbook(tmp_path, capsys):
    place("user-not-ranked-hub", "README.md")
    options = ["--missing-amount", "exclude", "--financials", FINANCIALS, *SCHEME]
    assert main(["select", *DELIVERED, *options]) == 0
    printed = capsys.readouterr().out
    assert "! ハブ度1位の企業に順位がない: 新潟県" in printed
    assert FIRST_HUB in printed.split("度が高いのに順位のない企業")[1].splitlines()[3]
    assert main(["report", *DELIVERED, *options, "--out", str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    table = page.split("度が上位であるのに順位のない企業</caption>")[1].split("</table>")[0]
    first = table.split("<tr>")[2]
    assert FIRST_HUB in first
    assert "利益成長性: 始期または終期が正でない" in first
    assert "ハブ度1位の企業に順位がない: 新潟県" in page
    book = CalamineWorkbook.from_path(str(tmp_path / "workbook.xlsx"))
    rows = book.get_sheet_by_name("順位のない企業").to_python()
    assert rows[1][0] == FIRST_HUB
    assert "始期または終期が正でない" in rows[1][2]
    assert main(["select", *DELIVERED, *options, "--missing", "neutral"]) == 0
    assert "ハブ度1位" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "years", ["令和5年度", "2023年度", "２０２３", "R5", "2023/04/01", "2023-04-01T00:00:00"]
)
def test_years_of_financials_as_offices_write_them(years, tmp_path):
    """08-year-forms, on the financials."""
    place("08-year-forms", "README.md")
    path = tmp_path / "財務.csv"
    path.write_text(f"法人番号,年度,従業員数\n1,{years},5\n", encoding="cp932")
    assert read_financials(path).years == (2023,)


def test_options_that_an_analyst_tries_end_in_no_raw_error(capsys):
    runpy.run_path(place("user-raw-errors", "try.py"))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    for line in lines:
        assert line.endswith(" ok") or ": OptionError: " in line or ": InputError: " in line, line
    assert "select(top=3): OptionError: there is no option 'top'" in lines
