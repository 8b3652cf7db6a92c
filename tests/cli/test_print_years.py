"""The commands `connhub years`, `compare` and `track`, and the pages of a report."""

import pandas as pd
import pytest

import connhub
from connhub.cli import main
from connhub.text.names import width
from tests.builders import SAMPLE

YEARS = [str(SAMPLE / "years" / name) for name in ("transactions.parquet", "firms.parquet")]
CHANGES = ["--firm-changes", str(SAMPLE / "years" / "firm_changes.csv")]
TARGETS = ["--targets", str(SAMPLE / "years" / "targets.csv")]
FINANCIALS = ["--financials", str(SAMPLE / "financials.parquet")]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    out = tmp_path_factory.mktemp("saved") / "years"
    assert main(["years", *YEARS, *CHANGES, "--out", str(out)]) == 0
    return out


def test_each_year_has_its_folder(saved, capsys):
    assert sorted(p.name for p in saved.iterdir()) == ["2023", "2024", "2025"]
    panel = connhub.analyze_years(*YEARS, firm_changes=CHANGES[1], grain="pairs")
    for year in panel.years:
        again = connhub.load(saved / str(year))
        assert again.degrees.frame.equals(panel.year(year).degrees.frame)
    assert (
        main(
            ["years", *YEARS, "--year", "2024", "--out", str(saved.parent / "one"), "--lang", "en"]
        )
        == 0
    )
    printed = capsys.readouterr().out
    assert "What the table sees in each year" in printed
    assert "no" in printed.split("Coverage changed")[1]
    assert (saved.parent / "one" / "2024" / "run.json").is_file()
    assert not (saved.parent / "one" / "2025").exists()


def test_two_years_are_compared(saved, capsys, tmp_path):
    folders = [str(saved / "2023"), str(saved / "2025")]
    rest = ["--prefecture", "新潟", "--rows", "2", "--firm-table", YEARS[1], "--lang", "en"]
    out = tmp_path / "change"
    assert main(["compare", *folders, *rest, "--out", str(out), "--csv"]) == 0
    printed = capsys.readouterr().out
    change = connhub.compare(*folders, firms=YEARS[1])
    assert "newly seen is not new" in printed
    for row in change.transactions.query("region == '15'").itertuples():
        assert f"{row.change:,}" in printed
    assert pd.read_parquet(out / "transaction_change.parquet").equals(change.transactions)
    assert main(["compare", *folders, "--lang", "ja"]) == 0
    printed = capsys.readouterr().out
    assert "全地域: 2023年と2025年の合計" in printed
    assert "2023年から2025年にかけて" in printed
    assert "年の順が逆" not in printed
    assert main(["compare", *folders[::-1], "--lang", "ja"]) == 0
    assert "2025年を2023年の前の年として比べている。年の順が逆" in capsys.readouterr().out
    assert main(["compare", folders[0], "--lang", "en"]) == 2
    assert "takes the folders of two" in capsys.readouterr().err
    assert main(["compare", folders[0], str(tmp_path), "--lang", "en"]) == 2
    assert "not the folder of a saved analysis" in capsys.readouterr().err
    assert main(["compare", folders[0], folders[0], "--lang", "en"]) == 2
    assert "2023 are counted twice" in capsys.readouterr().err


def test_targets_are_followed(saved, capsys, tmp_path):
    folders = [str(saved / year) for year in ("2023", "2024", "2025")]
    out = tmp_path / "progress"
    assert main(["track", *folders, *TARGETS, *FINANCIALS, "--lang", "en", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    found = connhub.track(folders, TARGETS[1], financials=FINANCIALS[1])
    for status in ("on path", "cannot tell"):
        assert status in printed
    for actual in found.frame["actual"]:
        assert f"{actual:,}" in printed
    for name in ("required_growth", "largest_three"):
        for share in found.frame[name]:
            assert (f"{share:+.1%}" if name == "required_growth" else f"{share:.0%}") in printed
    for firm, change in found.frame[["largest_firm", "without_largest"]].itertuples(index=False):
        assert firm in printed
        assert f"{change:,}" in printed
    assert printed.count("2023") >= len(found.frame)  # the base year of each
    assert max(map(width, printed.splitlines()[5:])) < 170
    assert (
        pd.read_parquet(out / "progress.parquet")["status"].tolist()
        == found.frame["status"].tolist()
    )
    assert main(["track", *folders, *TARGETS, "--lang", "ja"]) == 2
    assert "--financials" in capsys.readouterr().err
    assert main(["track", *folders, "--lang", "en"]) == 2
    assert "--targets" in capsys.readouterr().err


def test_targets_in_a_workbook_with_a_title(saved, tmp_path):
    """As an office has them: a title above the header, in Excel."""
    plan = pd.read_csv(TARGETS[1])
    path = tmp_path / "目標.xlsx"
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        plan.to_excel(writer, index=False, startrow=2)
        writer.sheets["Sheet1"].cell(1, 1, "地域経済計画の目標")
    folders = [str(saved / year) for year in ("2023", "2025")]
    found, other = (connhub.track(folders, t, financials=FINANCIALS[1]) for t in (path, TARGETS[1]))
    assert found.frame.equals(other.frame)


@pytest.mark.slow
def test_a_report_has_a_page_of_each(saved, tmp_path, capsys):
    out = tmp_path / "report"
    before = ["--before", str(saved / "2023"), "--before", str(saved / "2024")]
    now = [str(saved / "2025"), YEARS[1], "--prefecture", "15", "--out", str(out), "--lang", "en"]
    assert main(["report", *now, *before, *TARGETS, *FINANCIALS]) == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert 'id="changes"' in page
    assert 'id="targets"' in page
    assert "Newly seen is not new" in page
    names = {p.name.split("-", 2)[2] for p in out.glob("picture-*.png")}
    assert {"change-waterfall.png", "rank-slope.png", "target-path.png"} <= names
    capsys.readouterr()
    assert main(["report", *now, *TARGETS]) == 2
    assert "--before" in capsys.readouterr().err


def test_changes_of_shares_are_points_and_shares_percent(saved, capsys):
    years = [str(saved / "2023"), str(saved / "2025")]
    for lang, unit in (("en", " pp"), ("ja", "ポイント")):
        assert main(["compare", *years, "--prefecture", "15", "--lang", lang]) == 0
        lines = capsys.readouterr().out.splitlines()
        row = next(line for line in lines if "7101588914913" in line)
        change = connhub.compare(*map(connhub.load, years)).degrees("connector_degree")
        first = change.set_index("firm_id").loc["7101588914913"]
        assert f"{first['before']:.2%}" in row
        assert f"{100 * first['change']:+.2f}{unit}" in row
