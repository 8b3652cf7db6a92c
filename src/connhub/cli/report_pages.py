"""What a report shows beside the analysis itself: leaks, other years, targets, a plan."""

from __future__ import annotations

from typing import Any

from connhub.analysis import Analysis
from connhub.cli.parser import Arguments
from connhub.errors import Fault, OptionError
from connhub.intake.firm_table import FirmTable
from connhub.publishing.dossier import plan_dossier
from connhub.scenario.read_scenario import read_scenario
from connhub.scenarios import what_if
from connhub.years import compare, opened, track

__all__ = ["pages_beside"]


def pages_beside(arguments: Arguments, result: Analysis, firms: FirmTable | None) -> list[Any]:
    """Results that have a page of their own, where what they need is given.

    What is bought outside needs the pairs, and the industries of the firms; the change an earlier
    year; targets both; what a scenario changes, and the requirements of a plan, the firm table.

    Parameters
    ----------
    arguments : Arguments
        Of ``connhub report``.
    result : Analysis
    firms : FirmTable, optional

    Returns
    -------
    list of LeakMap, Change, Progress, WhatIf and Dossier

    Raises
    ------
    OptionError, InputError
    """
    earlier = [opened(folder) for folder in arguments.options.get("before", [])]
    targets = arguments.options.get("targets")
    if targets is not None and not earlier and "plan" not in arguments.options:
        raise OptionError(Fault("cli.targets_need_years"))
    found: list[Any] = []
    pairs = result.trade is not None and result.trade.grain == "pairs"
    if pairs and firms is not None and "industry_code" in firms.table.column_names:
        found.append(result.leaks(firms))
    if earlier:
        found.append(compare(earlier[0], result, firms=firms))
    if targets is not None and earlier:
        tables = arguments.pick("fields", "financials", "financials_unit")
        found.append(track([*earlier, result], targets, firms=firms, **tables))
    return [*found, *_of_plan(arguments, result, firms)]


def _of_plan(arguments: Arguments, result: Analysis, firms: FirmTable | None) -> list[Any]:
    """What a scenario changes, and the requirements of a plan, where they are asked for."""
    typed, found = arguments.options, list[Any]()
    if not {"scenario", "plan"} & set(typed):
        return found
    if firms is None:
        raise OptionError(Fault("cli.needs_firm_table", command=arguments.command))
    if "plan" in typed and "of_region" not in typed:
        raise OptionError(Fault("cli.needs_region", command=arguments.command))
    if "scenario" in typed:
        found.append(what_if(result, read_scenario(typed["scenario"]), firms))
    if "plan" in typed:
        options = arguments.pick("plan", "industries", "targets", "of_region")
        found.append(plan_dossier(result, firms, **options))
    return found
