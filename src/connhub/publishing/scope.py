"""What a report or a workbook is about: one region of an analysis, or all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from connhub.certainty_options import CertaintyOptions
from connhub.errors import Fault, OptionError
from connhub.labels import Language
from connhub.measures.change import Change
from connhub.measures.degrees import Degrees
from connhub.measures.leaks import LeakMap
from connhub.measures.progress import Progress
from connhub.measures.results import Results
from connhub.measures.ripple import ripple
from connhub.measures.ripple_result import Ripple
from connhub.publishing.dossier import Dossier
from connhub.regions.codes import BLOCKS, PREFECTURES
from connhub.scenario.result import WhatIf
from connhub.schema import label, money_columns
from connhub.selection.certainty_result import Certainty
from connhub.selection.result import Selection
from connhub.text.catalogue import Message, Texts
from connhub.text.names import as_clause, plain
from connhub.text.numbers import money, one_unit

__all__ = ["Beside", "Scope"]

Beside = LeakMap | Change | Progress | WhatIf | Dossier
"""A result that has a page of its own in a report."""


_MATCHES = 100
"""How many pairs of firms that could talk to each other are shown at most."""
_DEFINED = {"connector_defined": "connector_degree", "hub_defined": "hub_degree"}


@dataclass(frozen=True, eq=False)
class Scope:
    """One region of an analysis, or all of it, ready to be written about.

    Parameters
    ----------
    result : Results
    region : str
        Code of the region; empty for all.
    lang : {"ja", "en"}
    sums : mapping of str to int
        Firms and money of ``result.regions`` in this region, or in all; 0 for a region without a
        row. Money is in whole units of the result.
    degrees : Degrees
        Of the firms of the region.
    selection : Selection or None
        The lists of the region.
    doubts : CertaintyOptions
        Which doubts the lists are put to.
    beside : tuple of results
        What has a page of its own: a `LeakMap`, a `Change`, a `Progress`, a `WhatIf`, a `Dossier`.
    """

    result: Results
    region: str
    lang: Language
    sums: Mapping[str, int]
    degrees: Degrees
    selection: Selection | None
    doubts: CertaintyOptions = CertaintyOptions()
    beside: tuple[Beside, ...] = ()

    @classmethod
    def of(
        cls,
        result: Results,
        of_region: str | None,
        selection: Selection | None,
        lang: Language,
        *,
        doubts: CertaintyOptions = CertaintyOptions(),
        beside: Sequence[Beside] = (),
    ) -> Scope:
        """Take the part of a result that concerns a region.

        Parameters
        ----------
        result : Results
        of_region : str or None
            Code or name; None for all regions.
        selection : Selection or None
        lang : {"ja", "en"}
        doubts : CertaintyOptions, optional
        beside : sequence of results, optional

        Returns
        -------
        Scope

        Raises
        ------
        OptionError
            For a region that is not known, or a selection whose money has another unit.
        """
        if selection is not None and selection.unit != result.unit:
            raise OptionError(
                Fault("publishing.other_unit", unit=result.unit, selection_unit=selection.unit)
            )
        sums, degrees = result.regions.frame, result.degrees
        code = "" if of_region is None else result.directory.find_home(of_region)
        if code:
            sums = sums[sums["region"] == code]
            of_code = degrees.frame[degrees.frame["region"] == code].reset_index(drop=True)
            degrees = replace(degrees, data=of_code)
            selection = None if selection is None else selection.of_region(code)
        numbers = {n: int(sums[n].sum()) for n in ("firms", *money_columns("regions"))}
        return cls(result, code, lang, numbers, degrees, selection, doubts, tuple(beside))

    @property
    def leaks(self) -> LeakMap | None:
        """What is bought outside."""
        return next((result for result in self.beside if isinstance(result, LeakMap)), None)

    @property
    def change(self) -> Change | None:
        """What changed since an earlier year."""
        return next((result for result in self.beside if isinstance(result, Change)), None)

    @property
    def progress(self) -> Progress | None:
        """How far targets are."""
        return next((result for result in self.beside if isinstance(result, Progress)), None)

    @property
    def what_if(self) -> WhatIf | None:
        """What a scenario would change."""
        return next((result for result in self.beside if isinstance(result, WhatIf)), None)

    @property
    def dossier(self) -> Dossier | None:
        """The requirements of a plan."""
        return next((result for result in self.beside if isinstance(result, Dossier)), None)

    @cached_property
    def targets(self) -> list[int]:
        """Rows of the targets that concern the scope."""
        if self.progress is None:
            return []
        regions = self.progress.frame["region"]
        return [i for i, code in enumerate(regions) if self.region in ("", code)]

    @property
    def unit(self) -> str:
        """Unit of all money."""
        return self.result.unit

    @cached_property
    def _texts(self) -> Texts:
        return Texts("publishing", self.lang)

    @property
    def of_firm_totals(self) -> bool:
        """Whether there are totals of firms only; with whom they trade is not known."""
        return self.result.ledger.table == "firm_totals"

    @cached_property
    def unknown(self) -> frozenset[str]:
        """Sums that are not known of any region of the scope."""
        frame = self.rows(self.result.regions.frame)
        return frozenset(name for name in money_columns("regions") if frame[name].isna().all())

    @property
    def name(self) -> str:
        """Of the region, or what all regions together are called."""
        if self.region:
            return self.label(self.region)
        return self._texts("japan" if self.of_prefectures else "all_regions")

    @property
    def title(self) -> str:
        """Of a whole workbook."""
        return self._texts("title", place=self.name)

    @property
    def of_prefectures(self) -> bool:
        """Whether the regions are the 47 prefectures."""
        return set(PREFECTURES) <= set(self.result.directory.codes)

    @property
    def on_map(self) -> bool:
        """Whether every region has its place on the map of tiles."""
        codes = set(self.result.directory.codes)
        return codes <= set(PREFECTURES) or codes <= set(BLOCKS)

    @property
    def kind(self) -> str:
        """What regions are called."""
        return self._texts("prefectures" if self.of_prefectures else "regions")

    @property
    def scheme_name(self) -> str:
        """Name of the scheme of the selection, in the language where it is a built-in one."""
        return "" if self.selection is None else plain(self.selection.scheme.title(self.lang))

    @property
    def notes(self) -> tuple[Message, ...]:
        """What a reader must know; what a selection notes is about all of its regions."""
        notes: tuple[Message, ...] = self.result.ledger.notes
        if (note := self.result.linkages.intensity_note) is not None:
            notes += (note,)
        if self.selection is not None and self.region:
            notes += (*self.selection.absence_notes, *self.selection.data_notes)
        elif self.selection is not None:
            notes += self.selection.notes
        return notes

    def entry_kind(self, kind: str) -> str:
        """What a kind of entries of the ledger is called."""
        return self._texts(f"entry_kind_{kind.replace(' ', '_')}")

    def label(self, code: str, *, short: bool = False) -> str:
        """Name of a region, in the language."""
        return self.result.directory.label(code, self.lang, short=short)

    def labels(self, codes: pd.Series) -> pd.Series:
        """Names of regions, in the language."""
        names = {code: self.label(code) for code in codes.unique()}
        return codes.map(names).astype("str")

    def rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of the region, with the names of regions in the language."""
        rows = frame[frame["region"] == self.region] if self.region else frame
        return rows.assign(region_name=self.labels(rows["region"]))

    def column(self, table: str, name: str) -> str:
        """Label of a column, as it stands within a sentence."""
        return as_clause(label(table, name, self.lang), self.lang)

    @property
    def undefined(self) -> dict[str, list[str]]:
        """Names of the regions in which a degree is undefined, by label of the degree."""
        frame = self.rows(self.result.regions.frame)
        found = {
            self.column("degrees", degree): frame.loc[~frame[defined], "region_name"].tolist()
            for defined, degree in _DEFINED.items()
        }
        return {measure: places for measure, places in found.items() if places}

    def money(self, amount: float) -> str:
        """Money with its unit, to three digits or more; in one unit within the scope."""
        with self.one_unit():
            return money(amount, self.unit, self.lang)

    def one_unit(self) -> AbstractContextManager[None]:
        """Within it all money is in one unit: that of the largest sum."""
        return one_unit(self.largest_sum, self.unit)

    @cached_property
    def largest_sum(self) -> int:
        """Of the money of the scope and of the regions that it is compared with."""
        names = list(money_columns("regions"))
        each = self.result.regions.frame[names].fillna(0).abs().to_numpy()
        return max(int(each.max(initial=0)), *(abs(self.sums[name]) for name in names))

    @cached_property
    def stability(self) -> pd.DataFrame | None:
        """How often each firm of the region's lists stays selected; None for all regions."""
        if self.selection is None or not self.region or not len(self.selection.frame):
            return None
        return self.selection.stability()

    @cached_property
    def ripple(self) -> Ripple | None:
        """What becomes of the region's money; None for all regions, and for a coarser grain."""
        trade = self.result.trade
        if not self.region or trade is None or trade.grain != "pairs":
            return None
        return ripple(trade, self.result.degrees, of_region=self.region)

    @cached_property
    def matches(self) -> pd.DataFrame | None:
        """Pairs of firms of the region to talk to; None where what is bought outside is missing."""
        if self.leaks is None or not self.region:
            return None
        return self.leaks.matches(self.region, n=_MATCHES)

    @cached_property
    def _certainty(self) -> tuple[Certainty | None, tuple[Message, ...]]:
        if self.selection is None or not len(self.selection.data):
            return None, ()
        doubts = self.doubts
        if not self.region:  # weights are tried in one region, as for its stability
            doubts = replace(doubts, weight_draws=0)
        try:
            found = self.selection.certainty(doubts=doubts)
        except OptionError as error:
            if self.doubts != CertaintyOptions():
                raise
            return None, tuple(error.faults)  # reports of other years, say, that nobody asked for
        if not found.sources.bounded:
            return None, found.not_looked_at
        return found, ()

    @property
    def certainty(self) -> Certainty | None:
        """How sure the lists are; None where neither missing deals nor errors can be looked at."""
        return self._certainty[0]

    @property
    def doubts_not_looked_at(self) -> tuple[Message, ...]:
        """Why nothing is said of how sure the lists are."""
        return self._certainty[1]

    @cached_property
    def leaders(self) -> tuple[str, ...]:
        """Ids of the firms with the highest out-of-region sales and in-region purchases."""
        ids: list[str] = []
        for by in ("out_of_region_sales", "in_region_purchases"):
            top = self.degrees.top(1, by)
            ids += [str(i) for i in top.loc[top[by] > 0, "firm_id"]]
        return tuple(dict.fromkeys(ids))
