"""The commands of several years: each saved, two compared, targets followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from connhub.cli.commands import (
    READING,
    analysis_options,
    given_tables,
    out_folder,
    save,
)
from connhub.cli.console import Console
from connhub.cli.parser import Arguments
from connhub.errors import Fault, OptionError
from connhub.options import TableOptions
from connhub.prepared.reader import is_prepared

__all__ = ["RUN_YEARS"]


def run_years(arguments: Arguments, console: Console) -> None:
    """An analysis of each year of a table, in a folder of its own."""
    from connhub.cli.print_years import print_panel
    from connhub.yearly import analyze_years

    out = out_folder(arguments)
    options = analysis_options(arguments)
    if "year" in options:
        options["years"] = options.pop("year")
    options.setdefault("grain", "pairs")
    folder, *firms = arguments.tables or ("",)
    if folder and not firms and is_prepared(folder):
        panel = analyze_years(folder, **options)
    else:
        panel = analyze_years(*given_tables(arguments), **options)
    print_panel(console, panel)
    panel.save(out, **arguments.forms())
    for year in panel.years:
        console.print_files(Path(out) / str(year))


def run_compare(arguments: Arguments, console: Console) -> None:
    """What changed between two saved analyses."""
    from connhub.cli.print_years import print_change
    from connhub.years import compare

    if len(arguments.tables) != 2:
        raise OptionError(Fault("cli.two_years"))
    table = arguments.pick(*READING)
    read = {"read": TableOptions(**table)} if table else {}
    change = compare(*arguments.tables, firms=arguments.options.get("firm_table"), **read)
    of_region = arguments.options.get("of_region")
    print_change(console, change, of_region, arguments.options.get("rows", 10))
    save(arguments, console, change)


def run_track(arguments: Arguments, console: Console) -> None:
    """How far targets are, by saved analyses of several years."""
    from connhub.cli.print_years import print_progress
    from connhub.years import track

    if not arguments.tables or "targets" not in arguments.options:
        raise OptionError(Fault("cli.years_and_targets"))
    table = arguments.pick(*READING)
    options = arguments.pick("fields", "financials", "financials_unit", "path")
    if table:
        options["read"] = TableOptions(**table)
    firms = arguments.options.get("firm_table")
    progress = track(arguments.tables, arguments.options["targets"], firms=firms, **options)
    print_progress(console, progress)
    save(arguments, console, progress)


RUN_YEARS: Mapping[str, Callable[[Arguments, Console], int | None]] = {
    "compare": run_compare,
    "track": run_track,
    "years": run_years,
}
"""What each command does."""
