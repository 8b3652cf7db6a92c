"""What a scenario comes to: frames, the analysis afterwards, its ripple."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from connhub.arguments import Id, checked
from connhub.arrow import in_base_units
from connhub.errors import Fault, OptionError
from connhub.measures.degrees import degrees
from connhub.measures.linkages import linkages
from connhub.measures.pictured import Pictured
from connhub.measures.region_sums import Regions, region_summary
from connhub.measures.result_table import Result
from connhub.measures.results import Results
from connhub.measures.ripple import ripple
from connhub.measures.saved_tables import Saved, SavedTables
from connhub.measures.trade import trade
from connhub.scenario.edited import Edited
from connhub.scenario.events import Scenario
from connhub.text.catalogue import Message

__all__ = ["WhatIf", "official_totals"]

_MEASURES = ("multiplier", "kept_or_unobserved", "leaked_at_least")


@dataclass(frozen=True, eq=False, repr=False)
class WhatIf(Result, SavedTables, Pictured):
    """An analysis before and after a scenario.

    `save` writes ``scenario_firms``, ``scenario_regions`` and ``scenario_deals``.

    Parameters
    ----------
    data : Table
        ``firm_id, name, region, degree`` (connector_degree or hub_degree), ``amount_before,
        amount_after`` (out-of-region sales, or in-region purchases), ``before, after`` (the
        degree), ``own, denominator`` (its change, of which the firm does the one and the region
        the other), ``low, high`` (of ``after``, over displacement from 0 to 1 and the draws),
        ``rank_before, rank_after`` (in the region). A row for each firm and degree in a region
        where something changes, in the order of the firm table.
    ledger : Ledger
        Of the analysis before.
    directory : RegionDirectory
    scenario : Scenario
    base : Results
        The analysis before.
    table : Edited
        Totals before and after.
    regions : DataFrame
        ``region, region_name, measure`` (in-region transactions, out-of-region sales or
        purchases), ``before, after, change``; ``no_displacement, full_displacement`` (after,
        where arrivals displace nothing, or as much as they can), ``low, high``.
    deals : DataFrame
        ``seller_id, seller_region, buyer_id, buyer_region, amount_before, amount_after,
        n_transactions_before, n_transactions_after, reason``: pairs that events change; ids are
        null for parties that the firm table lacks.
    assumptions : tuple of Message
        All that is taken for granted; to be read first.
    draws : int
    """

    scenario: Scenario
    base: Results
    table: Edited
    regions: pd.DataFrame
    deals: pd.DataFrame
    assumptions: tuple[Message, ...]
    draws: int = 0
    TABLE = "scenario_firms"
    PICTURE = "before_after"
    BASIS = "modelled"

    @property
    def shown_notes(self) -> tuple[Message, ...]:
        """The assumptions, then the notes of the analysis."""
        return (*self.assumptions, *super().shown_notes)

    @cached_property
    def outcome(self) -> Results:
        """The analysis of the edited table, bit for bit; of the kind that the one before is of."""
        firms, after = self.table.firms, self.table.outcome
        official = official_totals(self.base.regions)
        return type(self.base)(
            degrees(after, firms, region_totals=official),
            linkages(after, firms),
            region_summary(after, firms, region_totals=official),
            after.to_ledger(),
            self.base.options,
            None if after.cells is None else trade(after, firms),
            after,
        )

    @checked
    def of_firms(self, ids: Sequence[Id]) -> pd.DataFrame:
        """The rows of some firms.

        Parameters
        ----------
        ids : sequence of str or int

        Returns
        -------
        DataFrame
        """
        texts = {str(firm) for firm in ids}
        rows = self.frame[self.frame["firm_id"].astype("str").isin(texts)]
        return self.labelled(rows.reset_index(drop=True))

    @checked
    def ripple(self, of_region: str) -> pd.DataFrame:
        """What becomes of a yen of the region's exports, before and after; see `ripple`.

        Parameters
        ----------
        of_region : str
            Code or name.

        Returns
        -------
        DataFrame
            ``measure`` (``multiplier``, ``kept_or_unobserved``, ``leaked_at_least``, and
            ``attributed_turnover``: turnover in the region traced to all its exports), ``before,
            after``. Not to be added to what the scenario changes by itself: it contains it.

        Raises
        ------
        OptionError
            When the grain is coarser than ``pairs``.
        """
        sides = {}
        for name, side in (("before", self.base), ("after", self.outcome)):
            if side.trade is None:
                raise OptionError(Fault("ripple.needs_pairs", grain="firms"))
            found = ripple(side.trade, side.degrees, of_region=of_region)
            row = found.regions.iloc[0]
            traced = found.frame["attributed_turnover"].sum()
            sides[name] = [*(row[m] for m in _MEASURES), float(traced)]
        measures = [*_MEASURES, "attributed_turnover"]
        return self.labelled(pd.DataFrame({"measure": measures, **sides}))

    def _saved(self) -> Saved:
        tables = {
            "scenario_firms": self.frame,
            "scenario_regions": self.regions,
            "scenario_deals": self.deals,
        }
        return Saved("scenario.json", tables, self.ledger)


def official_totals(regions: Regions) -> pa.Table | None:
    """The official sums that degrees divide by, as `degrees` takes them; None without any."""
    table = regions.to_arrow()
    columns: dict[str, Any] = {"region": table["region"]}
    names = {
        "out_of_region_sales": ("connector_denominator", "sales_coverage"),
        "in_region_purchases": ("hub_denominator", "purchases_coverage"),
    }
    some = False
    for name, (denominator, coverage) in names.items():
        given = table[coverage].is_valid().to_numpy(zero_copy_only=False)
        some |= bool(given.any())
        values = table[denominator].to_numpy()
        columns[name] = pa.array(values, mask=~given)
    if not some:
        return None
    found = in_base_units(pa.table(columns), "degrees", regions.unit)
    keep = np.zeros(found.num_rows, dtype=np.bool_)
    for name in names:
        keep |= found[name].is_valid().to_numpy(zero_copy_only=False)
    return found.filter(pa.array(keep))
