"""Inputs that were met in offices: how each file is laid out. Each has a README of what is right."""

from __future__ import annotations

import contextlib
import io
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from connhub import cli
from connhub.intake.open_table import open_source

CASES = Path(__file__).parents[3] / "shared" / "cases"
TOTALS = ("18,549,000 円", "2,927,000 円", "15,622,000 円")

pytestmark = pytest.mark.reference


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and all that is printed by the command line, in Japanese."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        code = cli.main([str(a) for a in arguments])
    return code, shown.getvalue()


def folder(name: str) -> Path:
    found = CASES / name
    assert found.is_dir(), f"{found} is missing"
    return found


def check(case: str, *tables: str, options: tuple[str, ...] = ()) -> tuple[int, str]:
    return run("check", *(folder(case) / table for table in tables), *options)


def test_carriage_returns_alone():
    code, shown = check("09-carriage-return-only", "transactions.csv", "firms.csv")
    assert code == 0
    assert all(amount in shown for amount in TOTALS)


@pytest.mark.parametrize("region", ["prefecture", "municipality"])
def test_the_registry_without_a_header(region):
    options = ("--region", region)
    code, shown = check(
        "11-registry-without-header", "transactions.csv", "registry.csv", options=options
    )
    assert code == 0
    assert "法人番号公表サイトの形式" in shown
    assert all(amount in shown for amount in TOTALS)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("title_row.xlsx", "見出しは3行目として読みました"),
        ("cover_sheet.xlsx", "シート「名簿」を読みました"),
    ],
)
def test_office_workbooks(name, said):
    code, shown = check("14-office-workbooks", "transactions.csv", name)
    assert code == 0
    assert said in shown
    assert all(amount in shown for amount in TOTALS)


def test_an_error_cell_is_a_fault():
    code, shown = check("14-office-workbooks", "transactions.csv", "error_cell.xlsx")
    assert code == 2
    for part in ("#N/A", "都道府県コード", "行 4", "--missing-mark"):
        assert part in shown
    options = ("--missing-mark", "#N/A")
    code, shown = check(
        "14-office-workbooks", "transactions.csv", "error_cell.xlsx", options=options
    )
    assert code == 0


def test_titles_above_the_header():
    place = folder("user-title-and-total")
    deals = open_source(place / "取引データ.xlsx", "transactions")
    firms = open_source(place / "企業一覧.xlsx", "firms")
    assert [deals.layouts[0].header_row, firms.layouts[0].header_row] == [4, 3]
    assert any("単位:千円" in title for title in deals.titles)
    assert deals.notes[0].text("ja") == "取引データ.xlsx: 見出しは4行目として読みました"
    plain = open_source(place / "取引データ_表題なし.xlsx", "transactions")
    sheet = ("取引データ",)
    assert (plain.layouts[0].header_row, plain.titles, plain.notes) == (1, sheet, [])


def test_financials_below_a_title_with_the_unit():
    place = folder("user-wide-financials")
    for name in ("財務データ.xlsx", "財務データ_横.xlsx", "財務データ_縦_単位なし.xlsx"):
        source = open_source(place / name, "financials")
        assert source.schema.names[0] == "法人番号"
    assert any(
        "千円" in title for title in open_source(place / "財務データ.xlsx", "financials").titles
    )


def test_a_cell_far_away_does_not_abort_the_process():
    place = folder("rel-xlsx-far-cell")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (8_000_000 << 10,) * 2)

    done = subprocess.run(
        [sys.executable, "-m", "connhub", "check", place / "t.csv", place / "far.xlsx"],
        capture_output=True, text=True, preexec_fn=limit, timeout=120,
    )  # fmt: skip
    assert done.returncode == 2
    assert "XFD1048576" in done.stderr
