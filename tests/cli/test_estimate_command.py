import pytest

import connhub
from connhub.cli import main


@pytest.fixture(scope="module")
def economy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("economy")
    options = ["--firms", "200", "--transactions", "2000", "--known-share", "0.2"]
    assert main(["synth", *options, "--out", str(folder)]) == 0
    return folder


def arguments(economy, *more):
    tables = [str(economy / f"{name}.parquet") for name in ("links", "firms")]
    return ["estimate", *tables, *more]


@pytest.mark.parametrize(("lang", "words"), [("ja", "推計値"), ("en", "modelled")])
def test_an_estimate_is_written_and_analyzed(economy, tmp_path, capsys, lang, words):
    out = tmp_path / "estimate"
    financials = ["--financials", str(economy / "totals.parquet"), "--margins", "exact"]
    assert main(arguments(economy, *financials, "--out", str(out), "--csv", "--lang", lang)) == 0
    printed = capsys.readouterr().out
    assert words in printed
    assert "transactions.parquet" in printed
    assert main(["analyze", str(out), str(economy / "firms.parquet"), "--lang", lang]) == 0
    assert words in capsys.readouterr().out
    assert connhub.analyze(out, economy / "firms.parquet").degrees.label == "modelled"


def test_totals_and_a_folder_are_needed(economy, tmp_path, capsys):
    assert main(arguments(economy, "--out", str(tmp_path), "--lang", "en")) == 2
    assert "--financials" in capsys.readouterr().err
    financials = ["--financials", str(economy / "totals.parquet")]
    assert main(arguments(economy, *financials, "--lang", "en")) == 2
    assert "--out" in capsys.readouterr().err
    assert main(arguments(economy, *financials, "--draws", "1", "--out", str(tmp_path))) == 2
    assert "--draws" in capsys.readouterr().err
