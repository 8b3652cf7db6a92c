"""From workbooks as an office keeps them to the report, by what `check` prints."""

import json
import shlex

import pytest

import connhub
from connhub.cli import main
from connhub.cli.parser import parse
from connhub.examination import examine
from tests.cli.builders import DEALS, FIRMS, office_workbooks


@pytest.fixture
def workbooks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return office_workbooks(tmp_path)


def printed_commands(printed):
    return [line.strip() for line in printed.splitlines() if line.startswith("  connhub ")]


@pytest.mark.slow
def test_from_workbooks_to_the_report_by_what_check_prints(workbooks, tmp_path, capsys):
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    deals, firms, financials = workbooks
    assert main(["check", deals, firms, "--financials", financials]) == 2  # 1
    printed = capsys.readouterr()
    assert "--missing-mark=－" in printed.out
    commands = [shlex.split(line)[1:] for line in printed_commands(printed.out)]
    assert [words[0] for words in commands] == ["analyze", "select", "report"]
    assert main(commands[0]) == 0  # 2
    degrees = connhub.load("analysis").degrees.frame.set_index("firm_id")["connector_degree"]
    niigata = [firm[0] for firm in FIRMS if firm[2] == "新潟県"]
    sold = {FIRMS[0][0]: 12_000 + 8_500 - 200, FIRMS[1][0]: 3_000, FIRMS[2][0]: 0}
    assert degrees[niigata].tolist() == [sold[i] / sum(sold.values()) for i in niigata]
    assert connhub.load("analysis").ledger.entry("read")[0] == len(DEALS) + 2
    assert main(commands[1]) == 0
    assert main(commands[2]) == 0  # 3
    assert FIRMS[0][1] in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "report" / "workbook.xlsx").is_file()
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_the_same_from_python(workbooks):
    deals, firms, financials = workbooks
    found = examine(deals, firms, financials=financials, financials_unit="千円")
    assert found.left == ()
    assert found.options == {
        "total_rows": "drop",
        "missing_marks": ("－",),
        "missing_amount": "exclude",
    }
    assert connhub.analyze(deals, firms, **found.options).ledger.residual_amount == 0
    typed = parse(shlex.split(found.commands[2])[1:])
    assert typed.options == {
        **found.options,
        "missing_marks": ["－"],
        "financials": financials,
        "financials_unit": "千円",
        "scheme": "historical-fy2019",
        "of_region": "新潟県",
        "out": "report",
    }


def test_what_must_be_mended_is_said_and_the_check_is_proposed_again(tmp_path, capsys):
    (tmp_path / "t.csv").write_text("販売元,販売先,取引金額\n1,2,5\n合計,,x1\n1,2,1O0\n")
    (tmp_path / "f.csv").write_text("法人番号,都道府県\n1,新潟県\n2,東京都\n")
    tables = [str(tmp_path / "t.csv"), str(tmp_path / "f.csv")]
    assert main(["check", *tables, "--year", "2023", "--column", "year="]) == 2
    assert main(["check", *tables, "--unit", "千円", "--lang", "en"]) == 2
    printed = capsys.readouterr().out.split("Once they are mended")[1]
    (again,) = printed_commands(printed)
    options = parse(shlex.split(again)[1:]).options
    assert options == {"unit": "千円", "lang": "en", "total_rows": "drop"}


def test_firm_totals_are_recognized_and_followed_by_commands(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = (
        "法人番号,都道府県,県外売上高(千円),県内仕入高(千円)\na,新潟,6,1\nb,新潟,5,***\n計,,6,3\n"
    )
    (tmp_path / "調査.csv").write_text(rows, encoding="cp932")
    assert main(["check", "--firm-totals", "調査.csv"]) == 2
    printed = capsys.readouterr()
    assert "企業別合計の表: 「調査.csv」" in printed.out
    assert "域外販売額: 千円(見出し「県外売上高(千円)」)" in printed.out
    commands = [shlex.split(line)[1:] for line in printed_commands(printed.out)]
    assert [words[0] for words in commands] == ["analyze", "report"]
    assert commands[1][-4:-2] == ["--prefecture", "新潟県"]
    assert main(commands[0]) == 0
    assert main(["check", *commands[0][1:-2]]) == 0
    run = json.loads((tmp_path / "analysis" / "run.json").read_text(encoding="utf-8"))
    assert run["options"]["total_rows"] == "drop"


def test_options_by_table_and_files_of_odd_names_stay_as_they_were_typed(tmp_path, capsys):
    deals = "取引一覧\n販売元;販売先;取引金額\na b;c;5\n"
    (tmp_path / "it's 取引 $1.csv").write_text(deals, encoding="utf-8")
    (tmp_path / "f.csv").write_text("法人番号,都道府県\na b,新潟県\nc,東京都\n", encoding="utf-8")
    tables = [str(tmp_path / "it's 取引 $1.csv"), str(tmp_path / "f.csv")]
    typed = ["--delimiter", "transactions=;", "--header-row", "transactions=2"]
    typed += ["--missing-mark=-", "--missing-mark=seller_id=*", "--column", "year="]
    assert main(["check", *tables, *typed]) == 0
    first = shlex.split(printed_commands(capsys.readouterr().out)[0])[1:]
    read = parse(first)
    assert list(read.tables) == tables
    assert read.options == {**parse(["analyze", *tables, *typed]).options, "out": "analysis"}


def test_tables_in_memory_have_no_commands_and_still_have_options(workbooks):
    import pandas as pd

    frame = pd.read_excel(workbooks[0], header=2, dtype=str, engine="openpyxl")
    found = examine(frame, workbooks[1])
    assert found.commands == ()
    assert found.options["total_rows"] == "drop"
