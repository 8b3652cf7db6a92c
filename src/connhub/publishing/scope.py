"""What a workbook is about: an analysis, perhaps a selection, and one region or all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from connhub.plots.picture import of_region
from connhub.regions import OVERSEAS, UNKNOWN
from connhub.vocabulary import Language
from connhub.wording import region_label

if TYPE_CHECKING:
    from connhub.results import Analysis
    from connhub.selection import Selection

__all__ = ["DEGREES", "Scope"]

DEGREES = ("connector_degree", "hub_degree")


@dataclass(frozen=True, eq=False)
class Scope:
    """What is written, for whom.

    Parameters
    ----------
    result : Analysis
    selection : Selection or None
    code : str
        Of the one region; empty for all.
    lang : {"ja", "en"}
    top : int
        Firms on the sheets of degrees.
    names : mapping of str to str
        Name of every region by code, in the language.
    """

    result: Analysis
    selection: Selection | None
    code: str
    lang: Language
    top: int
    names: Mapping[str, str]

    @classmethod
    def of(
        cls,
        result: Analysis,
        selection: Selection | None,
        region: str | None,
        lang: Language,
        top: int,
    ) -> Scope:
        """Find the region.

        Raises
        ------
        OptionError
            For what is no region.
        """
        frame = result.regions.frame
        _, code, name = of_region(frame, region)
        pairs = {**dict(zip(frame["region"], frame["region_name"], strict=True))}
        if code:
            pairs.setdefault(code, name)
        names = {c: region_label(c, n, lang) for c, n in pairs.items()}
        names |= {c: region_label(c, lang=lang) for c in (OVERSEAS, UNKNOWN)}
        return cls(result, selection, code, lang, top, names)

    def say(self, ja: str, en: str) -> str:
        """One of two wordings, by language."""
        return ja if self.lang == "ja" else en

    @property
    def name(self) -> str:
        """Of the region, or of all together."""
        return self.names[self.code] if self.code else self.say("全地域", "All regions")

    def own(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of the region, with the names of regions in the language."""
        rows = frame[frame["region"] == self.code] if self.code else frame
        return rows.assign(region_name=self.named(rows["region"]))

    def named(self, codes: pd.Series) -> pd.Series:
        """Names of regions."""
        return codes.map(self.names).astype("str")

    @cached_property
    def first(self) -> Mapping[str, pd.DataFrame]:
        """The firms with the highest of each degree, with their ranks in their regions."""
        degrees, region = self.result.degrees, self.code or None
        if self.code and not (degrees.frame["region"] == self.code).any():
            top = dict.fromkeys(DEGREES, degrees.frame.head(0).assign(rank=pd.Series(dtype=int)))
        else:
            top = {by: degrees.top(self.top, by, region=region) for by in DEGREES}
        ids = pd.concat([t["firm_id"] for t in top.values()]).drop_duplicates()
        known = degrees.firms(ids.tolist())[["firm_id", "connector_rank", "hub_rank"]]
        return {by: self._ranked(t, known) for by, t in top.items()}

    def _ranked(self, top: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
        ranked = top.merge(known, on="firm_id", how="left", validate="1:1")
        chosen: Iterable[str] = ()
        if self.selection is not None:
            chosen = self.selection.selected["firm_id"]
        names = self.named(ranked["region"])
        return ranked.assign(region_name=names, selected=ranked["firm_id"].isin(list(chosen)))
