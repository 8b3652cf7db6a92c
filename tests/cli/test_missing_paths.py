"""What is not there is named, with what it is and what to do, for every option that takes a path."""

import re
from pathlib import Path

import pytest

from connhub.cli.command_options import COMMANDS
from tests.cli.wrong_inputs import LANGUAGES, TABLES, prepared_folder, run

SAVED = ["保存"]
BASES = {
    "analyze": TABLES,
    "check": TABLES,
    "prepare": [*TABLES, "--out", "書出"],
    "estimate": ["欠損.csv", "企業.csv", "--out", "書出"],
    "select": SAVED,
    "linkages": TABLES,
    "ripple": [*TABLES, "--prefecture", "15"],
    "years": ["2024.csv", "企業.csv", "--out", "書出"],
    "compare": SAVED * 2,
    "track": ["2024", "2025", "--targets", "目標.csv"],
    "leaks": [*TABLES, "--prefecture", "15"],
    "lookup": [*SAVED, "甲社"],
    "report": [*SAVED, "--prefecture", "15", "--out", "書出"],
    "whatif": ["予定.toml", *TABLES],
}
"""Lines that are as they should be, but for the path that a test adds."""
PATHS = {"TABLE", "FILE", "NAME|FILE", "FOLDER", "JSON"}
CASES = [
    (command, (option.flags or (f"--{option.name.replace('_', '-')}",))[0])
    for command, options in COMMANDS.items()
    for option in options
    if option.metavar in PATHS and option.name != "graph"
]
MISSING = {
    "ja": r"(ファイルまたは)?フォルダがありません\n  場所: (ファイル|フォルダ) ない\S*\n  対処: パス",
    "en": r"there is no such (file or )?folder\n  where: (file|folder) ない\S*\n  fix: check the path",
}
EMPTY = {
    "ja": r"フォルダにファイルがありません|フォルダが指定されています|保存済み分析のフォルダではありません",
    "en": r"the folder holds no file|this is a folder|not the folder of a saved analysis",
}


@pytest.fixture(scope="module", autouse=True)
def folder():
    with prepared_folder():
        for year in (2024, 2025):
            rows = f"販売元,販売先,年度,取引金額(千円)\n1,2,{year},30\n3,1,{year},20\n"
            Path(f"{year}.csv").write_text(rows, encoding="cp932")
            arguments = ["analyze", f"{year}.csv", "企業.csv", "--year", str(year)]
            assert run([*arguments, "--out", str(year)], "ja")[0] == 0
        Path("目標.csv").write_text(
            "地域,指標,基準年,目標年,目標\n15,out_of_region_sales,2024,2026,60\n"
        )
        Path("合計.csv").write_text(
            "企業ID,年度,売上高,仕入高\n1,2024,9,9\n2,2024,9,9\n3,2024,9,9\n"
        )
        Path("予定.toml").write_text('[[growth]]\nfirm = "1"\nsales = 0.2\n')
        Path("空").mkdir()
        yield


def line(command, flag, path):
    """A line in which only the path is wrong."""
    base = BASES[command]
    if flag == "--firm-totals":
        base = [part for part in base if part not in (*TABLES, *SAVED)]
    elif flag in ("--firm-names", "--manifest") and base[0] in SAVED:
        base = [*TABLES, *base[1:]]
    elif flag == "--targets" and command == "track":
        base = ["2024"]
    elif command == "estimate" and flag != "--financials":
        base = [*base, "--financials", "合計.csv"]
    elif command == "track" and flag == "--fields":
        base = [*base, "--firm-table", "企業.csv"]
    elif flag == "--targets":
        base = ["2025", "--before", "2024", "--prefecture", "15"]
    return [command, *base, flag, path]


def check(command, flag, path, expected):
    for lang in LANGUAGES if command == "select" else ("ja",):
        code, message = run(line(command, flag, path), lang)
        assert code == 2
        assert re.search(expected[lang], message), message
        assert path in message


@pytest.mark.parametrize(("command", "flag"), CASES)
def test_a_path_that_is_not_there_is_named(command, flag):
    check(command, flag, "ない.toml" if flag == "--scheme" else "ない", MISSING)


@pytest.mark.slow
@pytest.mark.parametrize(("command", "flag"), CASES)
def test_a_folder_that_holds_nothing_is_named(command, flag):
    check(command, flag, "空", EMPTY)


@pytest.mark.parametrize("command", ["linkages", "ripple", "leaks", "lookup", "report", "select"])
@pytest.mark.parametrize("path", ["ない", "空"])
def test_a_saved_analysis_that_is_not_there_is_named(command, path):
    more = {"lookup": ["甲社"], "ripple": ["--prefecture", "15"], "leaks": ["--prefecture", "15"]}
    typed = [command, path, *more.get(command, [])]
    for lang in LANGUAGES:
        code, message = run(typed, lang)
        assert code == 2
        assert re.search((MISSING if path == "ない" else EMPTY)[lang], message), message


@pytest.mark.parametrize("path", ["企業.csv", "企業.csv/中"])
@pytest.mark.parametrize("command", ["analyze", "select", "report", "prepare"])
def test_a_file_in_the_way_is_named_before_the_work(command, path, monkeypatch):
    monkeypatch.setattr("connhub.cli.commands.analyze", None)
    code, message = run([command, *TABLES, "--out", path], "ja")
    assert code == 2
    assert "ファイル 企業.csv\n" in message


def test_a_file_is_no_saved_analysis():
    code, message = run(["lookup", "企業.csv", "甲社"], "ja")
    assert code == 2
    assert "保存済み分析のフォルダではありません\n  場所: ファイル 企業.csv\n" in message
