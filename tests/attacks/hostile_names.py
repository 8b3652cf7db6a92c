"""A small economy whose names try to act: on terminals, in spreadsheets, browsers, and readers."""

from __future__ import annotations

import csv
from pathlib import Path

ACTING = {
    "escape": "\x1b]8;;http://example.invalid\x1b\\X\x1b[2J",
    "c1": "\x9b31m赤",
    "bell": "甲\x07\x08",
    "bidi": "\u202egnp.exe\u2066",
    "formula": "=cmd|' /C calc'!A0",
    "line_feed": "\n=2+2",
    "blank_formula": " =3+3",
    "full_width": "＝1+1",  # noqa: RUF001
    "at": "＠SUM(1)",  # noqa: RUF001
    "script": "<script>window.seen=1</script>",
    "image": "<img src=x onerror=window.seen=1>",
    "quote": "\"'><svg onload=window.seen=1>",
    "link": "javascript:window.seen=1",
}


def write_economy(folder: Path) -> tuple[Path, Path, Path]:
    """Transactions, firms and financials; firms and their own regions are called so.

    Each firm sells to and buys from the firm of the next region.
    """
    firms, deals, money = folder / "firms.csv", folder / "deals.csv", folder / "financials.csv"
    names = list(ACTING.values())
    codes = [f"{i + 1:02d}" for i in range(len(names))]
    _write(firms, ["firm_id", "name", "prefecture_code", "own"], [
        [name, name, code, name] for name, code in zip(names, codes, strict=True)
    ])  # fmt: skip
    following = [*names[1:], names[0]]
    _write(deals, ["seller_id", "buyer_id", "amount"], [
        [a, b, 1000 + i] for i, (a, b) in enumerate(zip(names, following, strict=True))
    ])  # fmt: skip
    _write(money, ["firm_id", "year", "operating_profit", "employees"], [
        [name, year, 10 * year + i, 5 + i] for i, name in enumerate(names) for year in (2023, 2024)
    ])  # fmt: skip
    return deals, firms, money


def _write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as f:
        csv.writer(f).writerows([header, *rows])
