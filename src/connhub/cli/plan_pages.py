"""What a report shows of a plan: a scenario, and the requirements beside the figures."""

from __future__ import annotations

from typing import Any

from connhub.analysis import Analysis
from connhub.cli.parser import Arguments
from connhub.errors import Fault, OptionError
from connhub.intake.firm_table import read_firms
from connhub.publishing.dossier import plan_dossier
from connhub.scenario.read_scenario import read_scenario
from connhub.scenarios import what_if

__all__ = ["of_plan"]


def of_plan(arguments: Arguments, result: Analysis, firms: str | None) -> list[Any]:
    """What a scenario changes, and the requirements of a plan, where they are asked for.

    Parameters
    ----------
    arguments : Arguments
        Of ``connhub report``.
    result : Analysis
    firms : str, optional
        Path of the firm table.

    Returns
    -------
    list of WhatIf and Dossier

    Raises
    ------
    OptionError, InputError
    """
    typed, found = arguments.options, list[Any]()
    if not {"scenario", "plan"} & set(typed):
        return found
    if firms is None:
        raise OptionError(Fault("cli.needs_firm_table", command=arguments.command))
    if "plan" in typed and "of_region" not in typed:
        raise OptionError(Fault("cli.needs_region", command=arguments.command))
    table = read_firms(firms, region=result.options["region"], read=result.table_options)
    if "scenario" in typed:
        found.append(what_if(result, read_scenario(typed["scenario"]), table))
    if "plan" in typed:
        options = arguments.pick("plan", "industries", "targets", "of_region")
        found.append(plan_dossier(result, table, **options))
    return found
