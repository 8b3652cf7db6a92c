"""The real tables beside the checkout, their analyses, and results by independent programs."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import connhub

DATA = Path(__file__).parents[3] / "shared" / "data"

CASES = {
    "arcos-state": ("arcos", "state", "_state"),
    "arcos-county": ("arcos", "county", "_county"),
    "usairports": ("usairports", "region", ""),
}
"""Folder, level of the regions, and ending of the files of expected results."""
_results: dict = {}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as f:
        found = list(csv.DictReader(f))
    assert found, f"{path} is empty"
    return found


def analyzed(folder: str, region: str, self_trade: str):
    key = (folder, region, self_trade)
    if key not in _results:
        _results[key] = connhub.analyze(
            DATA / folder / "transactions.csv",
            DATA / folder / "firms.csv",
            region=region,
            self_trade=self_trade,
            grain="firms_by_region",
        )
    return _results[key]


def agrees(value, text: str) -> bool:
    missing = value is None or math.isnan(value)
    if text == "":
        return missing
    return not missing and math.isclose(value, float(text), rel_tol=1e-11, abs_tol=0)
