"""A table of firm totals on the command line: every command that takes one, and those that cannot."""

import pandas as pd
import pytest

import connhub
from connhub.cli import main
from tests.builders import FIRM_TOTALS

TABLE = ["--firm-totals", FIRM_TOTALS, "--missing-amount", "exclude"]


def test_analyze_prints_writes_and_is_read_back(tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["analyze", *TABLE, "--prefecture", "新潟", "--out", str(out), "--csv"]) == 0
    printed = capsys.readouterr().out
    for word in (
        "台帳",
        "集計に使った企業",
        "残差",
        "コネクター度",
        "ハブ度",
        "取引の相手が分からない",
    ):
        assert word in printed
    assert "地域間取引 ·" not in printed
    fresh = connhub.analyze_firm_totals(FIRM_TOTALS, missing_amount="exclude")
    pd.testing.assert_frame_equal(connhub.load(out).degrees.frame, fresh.degrees.frame)
    assert main(["linkages", str(out), "--lang", "en"]) == 2
    assert "need transactions" in capsys.readouterr().err
    assert main(["select", str(out), "--per-region", "3"]) == 0
    from_saved = capsys.readouterr().out
    assert main(["select", *TABLE, "--per-region", "3"]) == 0
    assert capsys.readouterr().out == from_saved


def test_check_prints_the_ledger(capsys):
    assert main(["check", *TABLE, "--lang", "en"]) == 0
    printed = capsys.readouterr().out
    assert "Firms counted" in printed
    assert "Residual" in printed
    assert main(["check", "--firm-totals", FIRM_TOTALS, "--lang", "en"]) == 2
    assert "choose --missing-amount exclude" in capsys.readouterr().err


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_report_says_what_needs_transactions(tmp_path, lang, capsys):
    out = tmp_path / "report"
    assert main(["report", *TABLE, "--prefecture", "15", "--lang", lang, "--out", str(out)]) == 0
    assert "report.html" in capsys.readouterr().out
    page = (out / "report.html").read_text(encoding="utf-8")
    needs = {"ja": "求めるには取引表が必要である", "en": "They need transactions."}
    assert needs[lang] in page
    drawn = {path.name.split("-", 2)[2] for path in out.glob("picture-*.png")}
    assert "concentration.png" in drawn
    assert not drawn & {"strongest-linkages.png", "flow-matrix.png", "fireworks.png"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["analyze", *TABLE, "--year", "2024"], "need transactions are given"),
        (["report", *TABLE, "--grain", "pairs"], "--grain"),
        (["analyze", "a.csv", "b.csv", *TABLE], "'a.csv', 'b.csv'"),
        (["analyze", "a.csv", "b.csv", "--implausible", "exclude"], "--firm-totals"),
        (["analyze", *TABLE, "--implausible", "maybe"], "--implausible maybe is not offered"),
        (["linkages", *TABLE], "has no option --firm-totals"),
    ],
)
def test_what_does_not_go_together(arguments, text, capsys):
    assert main([*arguments, "--lang", "en"]) == 2
    assert text in capsys.readouterr().err
