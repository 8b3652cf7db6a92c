"""What a report shows beside the analysis itself: leaks, other years, targets, a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connhub.analysis import Analysis
from connhub.cli.parser import Arguments
from connhub.errors import Fault, OptionError, in_file
from connhub.intake.firm_table import FirmTable
from connhub.publishing.dossier import plan_dossier
from connhub.scenario.events import Scenario
from connhub.scenario.read_scenario import read_scenario
from connhub.scenarios import what_if
from connhub.years import compare, opened, track

__all__ = ["PagesBeside"]


@dataclass(frozen=True)
class PagesBeside:
    """What has a page of its own, where what it needs is given.

    What is bought outside needs the pairs, and the industries of the firms; the change an earlier
    year; targets both; what a scenario changes, and the requirements of a plan, the firm table.
    """

    arguments: Arguments
    earlier: list[Analysis]
    scenario: Scenario | None

    @classmethod
    def read(cls, arguments: Arguments) -> PagesBeside:
        """Read what the work need not be done for: a fault in it is told before the work.

        Parameters
        ----------
        arguments : Arguments
            Of ``connhub report``.

        Raises
        ------
        OptionError, InputError, StorageError
        """
        typed = arguments.options
        if "targets" in typed and not {"before", "plan"} & set(typed):
            raise OptionError(Fault("cli.targets_need_years"))
        if "plan" in typed and "of_region" not in typed:
            raise OptionError(Fault("cli.needs_region", command=arguments.command))
        scenario = read_scenario(typed["scenario"]) if "scenario" in typed else None
        return cls(arguments, [opened(folder) for folder in typed.get("before", [])], scenario)

    def made(self, result: Analysis, firms: FirmTable | None) -> list[Any]:
        """The results that are shown.

        Parameters
        ----------
        result : Analysis
        firms : FirmTable, optional

        Returns
        -------
        list of LeakMap, Change, Progress, WhatIf and Dossier

        Raises
        ------
        OptionError, InputError
        """
        pick, typed, found = self.arguments.pick, self.arguments.options, list[Any]()
        pairs = result.trade is not None and result.trade.grain == "pairs"
        if pairs and firms is not None and "industry_code" in firms.table.column_names:
            found.append(result.leaks(firms))
        if self.earlier:
            found.append(compare(self.earlier[0], result, firms=firms))
        if self.earlier and "targets" in typed:
            tables = pick("fields", "financials", "financials_unit")
            found.append(track([*self.earlier, result], typed["targets"], firms=firms, **tables))
        if firms is None and {"scenario", "plan"} & set(typed):
            raise OptionError(Fault("cli.needs_firm_table", command=self.arguments.command))
        if self.scenario is not None and firms is not None:
            with in_file(typed["scenario"]):
                found.append(what_if(result, self.scenario, firms))
        if "plan" in typed and firms is not None:
            options = pick("plan", "industries", "targets", "of_region")
            found.append(plan_dossier(result, firms, **options))
        return found
