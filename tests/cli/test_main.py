"""The command line: exit codes, what it prints, what it writes."""

import csv
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.cli import main
from connhub.spreadsheets import write_csv
from tests.builders import DELIVERED, FINANCIALS


def test_analyze_prints_and_writes(tmp_path, capsys):
    out = tmp_path / "out"
    arguments = ["analyze", *DELIVERED, "--missing-amount", "exclude", "--prefecture", "15"]
    assert main([*arguments, "--out", str(out), "--csv"]) == 0
    printed = capsys.readouterr().out
    for word in ("台帳", "残差", "コネクター度", "ハブ度", "新潟県", "取引件数", "run.json"):
        assert word in printed
    again = connhub.load(out)
    fresh = connhub.analyze(*DELIVERED, missing_amount="exclude")
    pd.testing.assert_frame_equal(again.degrees.frame, fresh.degrees.frame)
    pd.testing.assert_frame_equal(again.linkages.matrix(), fresh.linkages.matrix())
    pd.testing.assert_frame_equal(again.regions.frame, fresh.regions.frame)
    assert again.ledger.to_dict() == fresh.ledger.to_dict()
    assert (out / "degrees.csv").read_bytes().startswith(b"\xef\xbb\xbffirm_id,")
    assert main(["analyze", *arguments[1:], "--out", str(out), "--csv", "--labels"]) == 0
    assert (out / "degrees.csv").read_text(encoding="utf-8-sig").startswith("企業ID,")


def test_check_prints_the_ledger(capsys):
    assert main(["check", *DELIVERED, "--missing-amount", "exclude", "--lang", "en"]) == 0
    assert "Residual" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze", "absent.csv", DELIVERED[1]],
        ["analyze", *DELIVERED],  # amounts are missing
        ["check", *DELIVERED, "--unit", "円"],  # the header says 千円
        ["check", *DELIVERED, "--column", "seller=x"],
        ["check", *DELIVERED, "--region", "prefectre"],
        ["check", DELIVERED[0]],
    ],
)
def test_bad_input_exits_with_2_and_no_traceback(arguments, capsys):
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("connhub: ")
    assert "Traceback" not in printed.err


def test_messages_name_what_was_typed(tmp_path, capsys):
    assert main(["report", DELIVERED[0], "--lang", "en"]) == 2
    assert "connhub report TRANSACTIONS FIRMS" in capsys.readouterr().err
    arguments = [*DELIVERED, "--missing-amount", "exclude", "--lang", "en"]
    assert main(["select", *arguments, "--scheme", "historical-fy2019"]) == 2
    assert "--financials" in capsys.readouterr().err
    (tmp_path / "out").write_text("a file")
    assert (
        main(["analyze", *arguments, "--prefecture", "新潟", "--out", str(tmp_path / "out")]) == 2
    )
    assert "there is a file where the folder would be" in capsys.readouterr().err
    assert main(["analyze", *arguments, "--prefecture", "Nigata"]) == 2
    assert "Did you mean 'Niigata'?" in capsys.readouterr().err


def test_as_a_process_it_is_silent_on_stderr_when_piped():
    arguments = [
        sys.executable,
        "-m",
        "connhub",
        "check",
        *DELIVERED,
        "--missing-amount",
        "exclude",
    ]
    done = subprocess.run(arguments, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert connhub.__version__ in capsys.readouterr().out


def test_select_from_a_saved_analysis_and_from_tables(tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["analyze", *DELIVERED, "--missing-amount", "exclude", "--out", str(out)]) == 0
    capsys.readouterr()
    arguments = [
        "--financials",
        FINANCIALS,
        "--scheme",
        "historical-fy2019",
        "--per-region",
        "3",
    ]
    arguments += ["--prefecture", "新潟県", "--lang", "en"]
    assert main(["select", str(out), DELIVERED[1], *arguments, "--out", str(tmp_path / "s")]) == 0
    saved = capsys.readouterr().out
    for printed in ("Reasons", "rank 1 of", "Profit growth", "not ranked", "selection.parquet"):
        assert printed in saved
    assert "新潟県" not in saved
    assert main(["select", str(out), DELIVERED[1], *arguments, "--year", "2024"]) == 2
    assert "settled by the saved analysis: year" in capsys.readouterr().err
    assert main(["select", *DELIVERED, "--missing-amount", "exclude", *arguments]) == 0
    assert capsys.readouterr().out == saved[: saved.index("\nFiles\n")]
    chosen = pd.read_parquet(tmp_path / "s" / "selection.parquet").query("selected")
    assert chosen.groupby("region").size().max() == 3


def test_select_with_a_scheme_and_fields_of_the_users(tmp_path, capsys):
    connhub.Scheme({"hub_degree": 0.6, "overseas_sales": 0.4}).save(tmp_path / "own.toml")
    fields = tmp_path / "fields.csv"
    fields.write_text("分野,産業分類コード\n食,09\n食,10\n機械,25\n", encoding="cp932")
    arguments = ["select", *DELIVERED, "--missing-amount", "exclude", "--fields", str(fields)]
    assert main([*arguments, "--scheme", str(tmp_path / "own.toml"), "--share", "0.2"]) == 0
    printed = capsys.readouterr().out
    assert "機械" in printed
    assert "該当する分野がない" in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ["--scheme", "fy2018"],
        ["--scheme", "historical-fy2019"],  # no financials
        ["--fields", "absent.csv"],
        ["--per-region", "3", "--share", "0.5"],
        ["--prefecture", "99"],
    ],
)
def test_select_of_bad_options_exits_with_2(arguments, capsys):
    assert main(["select", *DELIVERED, "--missing-amount", "exclude", *arguments]) == 2
    assert capsys.readouterr().err.startswith("connhub: ")


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("command", ["analyze", "check", "prepare", "select", "report"])
def test_the_help_of_a_command_names_every_option_in_the_language(command, lang, capsys):
    from connhub.cli.parser import COMMANDS
    from connhub.text.catalogue import flag

    with pytest.raises(SystemExit) as ended:
        main([command, "--help-all", "--lang", lang])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert all(flag(option.name) in printed for option in COMMANDS[command])
    assert ("使い方" in printed) == (lang == "ja")
    assert ("options" in printed) == (lang == "en")


def test_every_option_of_the_command_line_is_one_of_python():
    import inspect

    from connhub import Analysis
    from connhub.cli.parser import COMMANDS
    from connhub.measures.linkages import rank_linkages
    from connhub.measures.ripple_result import Ripple
    from connhub.publishing import plan_dossier
    from connhub.selection import Selection

    functions = {
        "analyze": [connhub.analyze, connhub.analyze_firm_totals],
        "check": [connhub.check, connhub.analyze_firm_totals],
        "prepare": [connhub.prepare],
        "select": [
            connhub.analyze,
            connhub.analyze_firm_totals,
            connhub.select_priority_firms,
            Analysis.select,
            Selection.certainty,
        ],
        "lookup": [connhub.read_firms, connhub.select_priority_firms, Analysis.select],
        "report": [
            connhub.analyze,
            connhub.analyze_firm_totals,
            connhub.select_priority_firms,
            Analysis.select,
            Analysis.report,
            connhub.compare,
            connhub.track,
            connhub.what_if,
            plan_dossier,
        ],
        "years": [connhub.analyze, connhub.analyze_years],
        "compare": [connhub.compare],
        "track": [connhub.track],
        "linkages": [connhub.analyze, rank_linkages],
        "ripple": [connhub.analyze, Analysis.ripple, Ripple.tiers],
        "leaks": [connhub.analyze, Analysis.leaks],
        "estimate": [connhub.estimate_amounts],
        "synth": [connhub.synthesize],
        "whatif": [connhub.analyze, connhub.what_if],
    }
    shown = {
        "lang",
        "out",
        "csv",
        "excel",
        "labels",
        "rows",
        "of_region",
        "deal_rows",
    }  # of the terminal and the files
    other = {"firm_totals", "financials", "backbone", "graph"}  # of functions on the way
    other |= {"region_map", "firm_table", "write_clean"}  # tables that become region= and firms=
    for command, options in COMMANDS.items():
        known = {n for f in functions[command] for n in inspect.signature(f).parameters}
        assert {o.name for o in options} - shown - other <= known, command


@pytest.mark.parametrize(
    ("command", "taken"),
    [("analyze", "regions.parquet"), ("select", "scheme.toml"), ("report", "workbook.xlsx")],
)
def test_a_folder_with_files_of_others_is_refused_before_the_work(tmp_path, capsys, command, taken):
    (tmp_path / taken).write_text("mine", encoding="utf-8")
    assert main([command, "not looked at", "nor this", "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert taken in error
    assert "not looked at" not in error
    assert (tmp_path / taken).read_text(encoding="utf-8") == "mine"


def test_the_deals_that_decide_are_shown_by_file_and_row(tmp_path, capsys):
    options = ("--missing-amount", "exclude", "--financials", FINANCIALS, "--prefecture", "15")
    typed = ("select", *DELIVERED, *options, "--per-region", "5", "--deal-rows", "--lang", "en")
    assert main([*typed, "--out", str(tmp_path / "out"), "--csv"]) == 0
    shown = capsys.readouterr().out
    assert "Where the deciding deals stand" in shown
    lines = Path(DELIVERED[0]).read_text(encoding="cp932").splitlines()
    with (tmp_path / "out" / "deal_rows.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        line = lines[int(row["row"]) - 1]
        assert row["seller_id"] in line
        assert row["buyer_id"] in line


def test_rows_of_deals_need_the_tables_and_that_is_said_before_the_work(tmp_path, capsys):
    saved = str(tmp_path / "saved")
    assert main(["analyze", *DELIVERED, "--missing-amount", "exclude", "--out", saved]) == 0
    capsys.readouterr()
    assert main(["select", saved, DELIVERED[1], "--deal-rows", "--lang", "en"]) == 2
    assert "--deal-rows reads the transactions once more" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--help", "--lang", "en"]])
def test_without_a_command_the_commands_are_listed(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code in (0, None)
    printed = capsys.readouterr().out
    assert "report" in printed
    assert ("commands:" in printed) == ("en" in arguments)


@pytest.mark.slow
def test_what_is_written_names_options_as_the_caller_gives_them(tmp_path):
    """A report of the command names flags, one of Python keywords, both what they are called."""
    firms = pa.table({"firm_id": list("abc"), "prefecture_code": ["15", "15", "13"]})
    trade = pa.table({"seller_id": list("abc"), "buyer_id": list("cca"), "amount": [9, 4, 3]})
    profit = {"operating_profit": [5, 6, 7] * 3, "employees": [3, 4, 5] * 3}
    years = {"firm_id": sorted("abc" * 3), "year": [2023, 2024, 2025] * 3}
    tables = {"firms": firms, "trade": trade, "financials": pa.table(years | profit)}
    paths = {name: str(tmp_path / f"{name}.csv") for name in tables}
    for name, table in tables.items():
        write_csv(table, paths[name])
    given = {"financials": paths["financials"], "scheme": "historical-fy2019"}
    result = connhub.analyze(paths["trade"], paths["firms"], grain="firms_by_region")
    chosen = result.select(paths["firms"], **given)
    of_python = result.report(tmp_path / "python", of_region="15", selection=chosen, lang="en")
    flags = [part for name, value in given.items() for part in (f"--{name}", value)]
    flags += ["--prefecture", "15", "--grain", "firms_by_region", "--lang", "en"]
    out = tmp_path / "command"
    assert main(["report", paths["trade"], paths["firms"], *flags, "--out", str(out)]) == 0
    pages = [(folder / "report.html").read_text(encoding="utf-8") for folder in (out, of_python)]
    pairs = {
        "--financials-unit where": "financials_unit= where",
        "(--grain pairs)": "(grain=&#39;pairs&#39;)",
        "(--before FOLDER)": "(beside=[connhub.compare(...)])",
    }
    for flag, option in pairs.items():
        assert [flag in page for page in pages] == [True, False], flag
        assert [option in page for page in pages] == [False, True], option
