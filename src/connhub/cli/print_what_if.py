"""Printing a scenario: the assumptions first, then regions and firms before and after."""

from __future__ import annotations

from connhub.cli.console import Console
from connhub.scenario.result import WhatIf
from connhub.schema import label
from connhub.text.names import plain
from connhub.text.numbers import money_unit

__all__ = ["print_what_if"]

_REGIONS = ("region_name", "measure", "before", "after", "change", "low", "high")
_FIRMS = (
    *("firm_id", "name", "degree", "before", "after", "own", "denominator"),
    *("low", "high", "rank_before", "rank_after"),
)


def print_what_if(console: Console, change: WhatIf, rows: int, of_region: str | None) -> None:
    """Print a scenario.

    Parameters
    ----------
    console : Console
    change : WhatIf
    rows : int
        How many rows of each list.
    of_region : str, optional
        Code or name of one region.
    """
    texts, unit = console.texts, money_unit(change.unit, console.lang)
    name = plain(change.scenario.name)
    console.print_heading(texts("assumptions", name=name or texts("scenario")))
    for note in change.assumptions:
        print(plain(f"  · {note.text(console.lang)}"))
    console.print_readings(change.ledger)
    console.print_notes(change.ledger.notes)
    code = None if of_region is None else change.directory.find_home(of_region)
    regions, firms = change.regions, change.frame
    if code is not None:
        regions, firms = (frame[frame["region"] == code] for frame in (regions, firms))
    if regions.empty and firms.empty:
        print(f"  {texts('scenario_changes_nothing')}")
        return
    largest = regions["change"].abs().sort_values(ascending=False, kind="stable").index
    shown = regions.loc[largest[:rows]]
    names = {c: change.directory.label(c, console.lang) for c in shown["region"]}
    measures = {m: label("regions", m, console.lang) for m in shown["measure"]}
    shown = shown.assign(
        region_name=shown["region"].map(names), measure=shown["measure"].map(measures)
    )
    console.print_heading(texts("scenario_regions", unit=unit))
    console.print_table(shown[list(_REGIONS)], "scenario_regions", change.unit)
    moved = (firms["after"].fillna(0) - firms["before"].fillna(0)).abs()
    first = firms.loc[moved.sort_values(ascending=False, kind="stable").index[:rows]]
    degrees = {d: label("degrees", d, console.lang) for d in first["degree"]}
    first = first.assign(degree=first["degree"].map(degrees))
    console.print_heading(texts("scenario_firms"))
    console.print_table(first[list(_FIRMS)], "scenario_firms", change.unit)
