"""Cases of figures that were wrong, or not there: each ends as its README says."""

from __future__ import annotations

import runpy

import pytest

import connhub
from connhub.cli import main
from tests.reference.real_data import DATA

pytestmark = pytest.mark.reference
CASES = DATA.parent / "cases"


def test_intensity_crash(capsys):
    folder = CASES / "rel-intensity-crash"
    tables = [str(folder / "transactions.csv"), str(folder / "firms.csv")]
    assert main(["analyze", *tables]) == 0
    assert "残差" in capsys.readouterr().out
    frame = connhub.analyze(*tables).linkages.frame
    # By hand: c buys nothing, so its 6 are a's and b's; b's 5 can only go to a, a's 8 only to b.
    assert frame["intensity"].tolist() == pytest.approx([1, 1, 1, 1], rel=1e-12)


def test_resolution_residual(capsys):
    runpy.run_path(str(CASES / "rel-resolution-residual" / "run.py"))
    *_, residual = capsys.readouterr().out.split()
    assert residual == "0"
