"""Printing several years: what changed, and how far targets are."""

from __future__ import annotations

from typing import Any

import pandas as pd

from connhub.cli.console import Console
from connhub.measures.change import DEGREES, Change
from connhub.measures.progress import Progress
from connhub.measures.region_change import year_names
from connhub.schema import label
from connhub.text.names import as_clause
from connhub.text.numbers import decimal_text, money_unit

__all__ = ["print_change", "print_panel", "print_progress"]

_SUMS = ("figure", "basis", "before", "after", "change", "growth")
_TERMS = ("term", "before", "after", "change", "pairs")
_FIRMS = (
    *("firm_id", "name", "status", "before", "after", "change", "own_effect", "region_effect"),
    "moved",
)
_AMOUNTS = (
    *("base", "actual", "target", "path", "gap", "actual_in_both", "actual_trading_in_both"),
    "without_largest",
)
_SHARES = {"required_growth": "+.1%", "largest_three": ".0%"}
_TARGET = ("region_name", "field", "measure")
_TARGETS = {
    "targets": (
        *("unit", "base_year", "base", "year", "actual", "target_year", "target", "status"),
    ),
    "targets_paths": (*("target_year", "path", "gap", "actual_in_both", "actual_trading_in_both"),),
    "targets_influence": (
        *("target_year", "required_growth", "largest_three", "largest_firm", "without_largest"),
    ),
}
"""Headings, and what stands under each, so that lines stay short."""


def print_panel(console: Console, panel: Any) -> None:
    """Print what the table sees in each year.

    Parameters
    ----------
    console : Console
    panel : Panel
    """
    for result in list(panel.analyses.values())[-1:]:
        console.print_readings(result.ledger)
    console.print_notes(panel.notes)
    console.print_heading(console.texts("coverage_of_years"))
    seen = panel.coverage.astype({"year": "str"})
    console.print_table(seen, "panel_coverage", panel.unit)


def print_change(console: Console, change: Change, of_region: str | None, rows: int) -> None:
    """Print the sums in three figures, what they changed by, and the firms that moved most.

    Parameters
    ----------
    console : Console
    change : Change
    of_region : str or None
        Code or name; None for all regions together.
    rows : int
        How many firms by each degree.
    """
    texts = console.texts
    code = None if of_region is None else change.directory.find_home(of_region)
    place = texts("all_regions") if code is None else change.directory.label(code, console.lang)
    unit = money_unit(change.unit, console.lang)
    console.print_notes(change.notes_of(code))
    before, after = (name.text(console.lang) for name in year_names(change.years))
    console.print_heading(
        texts("sums_of_years", place=place, before=before, after=after, unit=unit)
    )
    console.print_table(
        _named(_sums(change, code), console, ("figure", "basis")), "region_change", change.unit
    )
    if change.has_pairs:
        console.print_heading(texts("terms_of_change", place=place, unit=unit))
        terms = _of_region(change.transactions, code)
        shown = terms.groupby("term", sort=False)[["before", "after", "change", "pairs"]].sum()
        shown = _named(shown.reset_index()[list(_TERMS)], console, ("term",))
        console.print_table(shown, "transaction_change", change.unit)
    for by in DEGREES if code is not None else ():
        degree = as_clause(label("degrees", by, console.lang), console.lang)
        console.print_heading(texts("degrees_of_years", place=place, degree=degree))
        moved = _of_region(change.degrees(by), code)
        order = moved["change"].abs().sort_values(ascending=False, kind="stable").index
        shown = moved.loc[order].head(rows)[list(_FIRMS)]
        console.print_table(_named(shown, console, ("status",)), "degree_change", change.unit)


def print_progress(console: Console, progress: Progress) -> None:
    """Print how far each target is.

    Parameters
    ----------
    console : Console
    progress : Progress
    """
    console.print_notes(progress.notes)
    frame = progress.frame.astype(dict.fromkeys((*_AMOUNTS, *_SHARES), "object"))
    for name in _AMOUNTS:
        frame[name] = [
            "-" if pd.isna(value) else _amount(int(value), unit)
            for value, unit in zip(frame[name], frame["unit"], strict=True)
        ]
    for name, form in _SHARES.items():
        frame[name] = ["-" if pd.isna(value) else format(value, form) for value in frame[name]]
    frame["measure"] = [label("target_measure", m, console.lang) for m in frame["measure"]]
    frame["region_name"] = [
        progress.directory.label(code, console.lang) for code in progress.frame["region"]
    ]
    frame["unit"] = [
        console.texts("persons") if unit == "persons" else money_unit(unit, console.lang)
        for unit in frame["unit"]
    ]
    frame = _named(frame, console, ("status",))
    target = [name for name in _TARGET if name != "field" or frame["field"].notna().any()]
    for heading, names in _TARGETS.items():
        console.print_heading(console.texts(heading))
        console.print_table(frame[[*target, *names]], "progress", progress.unit)


def _amount(value: int, unit: str) -> str:
    return f"{value:,}" if unit == "persons" else decimal_text(value, unit)


def _of_region(frame: pd.DataFrame, code: str | None) -> pd.DataFrame:
    return frame if code is None else frame[frame["region"] == code]


def _sums(change: Change, code: str | None) -> pd.DataFrame:
    rows = _of_region(change.regions, code)
    money = rows.groupby(["figure", "basis"], sort=False)[["before", "after", "change"]].sum()
    shown = money.reset_index()
    shown["growth"] = [
        f"{change / before:+.1%}" if before > 0 else "-"
        for change, before in zip(shown["change"], shown["before"], strict=True)
    ]
    return shown[list(_SUMS)]


def _named(frame: pd.DataFrame, console: Console, names: tuple[str, ...]) -> pd.DataFrame:
    """The frame with the values of some columns in words."""
    words = {n: [console.texts(f"{n}_{value}") for value in frame[n]] for n in names}
    return frame.assign(**words)
