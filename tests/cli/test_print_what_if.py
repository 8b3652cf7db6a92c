"""The command `connhub whatif`."""

import pandas as pd
import pytest

import connhub
from connhub.cli import main
from connhub.scenario import read_scenario
from tests.builders import DELIVERED

SCENARIO = """
name = "工場の立地"

[[arrival]]
firm = "NEW"
name = "新工場"
region = "新潟県"
industry = "28"
sales = 3_000_000_000
purchases = 1_000_000_000
displaces = 0.2
"""
TABLES = [*DELIVERED, "--missing-amount", "exclude"]


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def test_a_scenario_is_printed_with_its_assumptions_first_and_written(scenario, capsys, tmp_path):
    out = tmp_path / "out"
    rest = ["--prefecture", "新潟", "--draws", "5", "--seed", "3", "--out", str(out)]
    assert main(["whatif", str(scenario), *TABLES, *rest]) == 0
    printed = capsys.readouterr().out
    assert printed.lstrip().startswith("前提と仮定 · 工場の立地")
    assert printed.index("ほかは何も変わらない") < printed.index("地域の前後")
    assert "新工場" in printed
    result = connhub.analyze(*DELIVERED, missing_amount="exclude", grain="pairs")
    change = connhub.what_if(result, read_scenario(scenario), DELIVERED[1], draws=5, seed=3)
    written = pd.read_parquet(out / "scenario_firms.parquet")
    pd.testing.assert_frame_equal(written, change.frame, check_dtype=False)
    niigata = change.regions[change.regions["region"] == "15"]
    for value in niigata["after"]:
        assert f"{value:,}" in printed


def test_a_saved_analysis_does_not_serve(scenario, capsys, tmp_path):
    result = connhub.analyze(*DELIVERED, missing_amount="exclude", grain="pairs")
    folder = str(result.save(tmp_path / "saved"))
    for given in ([folder], [folder, DELIVERED[1]]):
        assert main(["whatif", str(scenario), *given, "--lang", "en"]) == 2
        message = capsys.readouterr().err
        assert "a saved one has no totals any more" in message
        assert "give the transactions and the firm table in place of the folder" in message


def test_tables_are_needed(scenario, capsys):
    assert main(["whatif", str(scenario), "--lang", "en"]) == 2
    assert "a scenario, transactions and firms are needed" in capsys.readouterr().err


def test_what_the_scenario_names_wrongly_is_found_in_its_file(tmp_path, capsys):
    path = tmp_path / "scenario.toml"
    path.write_text('[[departure]]\nfirm = "999"\n', encoding="utf-8")
    assert main(["whatif", str(path), *TABLES, "--lang", "ja"]) == 2
    shown = capsys.readouterr().err
    assert "「999」" in shown
    assert str(path) in shown


def test_a_report_reads_its_scenario_before_the_tables(tmp_path, capsys):
    path = tmp_path / "scenario.toml"
    path.write_text('[[departure]]\nfrim = "999"\n', encoding="utf-8")
    tables = "no-transactions.csv", "no-firms.csv"
    assert main(["report", *tables, "--scenario", str(path), "--lang", "ja"]) == 2
    shown = capsys.readouterr().err
    assert str(path) in shown
    assert "no-transactions" not in shown
    path.write_text('[[departure]]\nfirm = "999"\n', encoding="utf-8")
    out = str(tmp_path / "report")
    assert main(["report", *TABLES, "--scenario", str(path), "--out", out, "--lang", "ja"]) == 2
    shown = capsys.readouterr().err
    assert "「999」" in shown
    assert str(path) in shown


def test_a_scenario_that_changes_nothing_says_so(tmp_path, capsys):
    path = tmp_path / "scenario.toml"
    path.write_text('[[growth]]\nfirm = "7101588914913"\nsales = 0\n', encoding="utf-8")
    assert main(["whatif", str(path), *TABLES, "--lang", "ja"]) == 0
    assert "変化はありません" in capsys.readouterr().out


def test_one_table_is_too_few(scenario, capsys):
    assert main(["whatif", str(scenario), TABLES[0], "--lang", "en"]) == 2
    assert "connhub whatif scenario.toml TRANSACTIONS FIRMS" in capsys.readouterr().err
