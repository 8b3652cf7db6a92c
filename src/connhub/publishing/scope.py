"""What a report or a workbook is about: one region of an analysis, or all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from connhub.errors import check_language
from connhub.measures.degrees import Degrees
from connhub.regions.codes import BLOCKS, PREFECTURES
from connhub.regions.directory import region_label
from connhub.regions.scheme import OVERSEAS, UNKNOWN
from connhub.schema import Language
from connhub.selection.schemes import FY2019, TWO_DEGREES
from connhub.text.names import plain
from connhub.text.numbers import money

if TYPE_CHECKING:
    from connhub.analysis import Analysis
    from connhub.selection import Selection

__all__ = ["Subject"]

_SCHEMES_JA = {
    TWO_DEGREES.name: "コネクター度とハブ度",
    FY2019.name: "2019年度の公表資料にならう6指標",
}


@dataclass(frozen=True, eq=False)
class Subject:
    """One region of an analysis, or all of it, ready to be put into words and tables.

    Parameters
    ----------
    result : Analysis
    code : str
        Of the region; empty for all.
    lang : {"ja", "en"}
    names : mapping of str to str
        Name of every region, in the language.
    sums : mapping of str to int
        The money and firms of ``result.regions`` in this region, or in all; 0 for an official
        region without a row.
    degrees : Degrees
        Of the firms of the region.
    selection : Selection or None
        The lists of the region.
    """

    result: Analysis
    code: str
    lang: Language
    names: Mapping[str, str]
    sums: Mapping[str, int]
    degrees: Degrees
    selection: Selection | None

    @classmethod
    def of(
        cls, result: Analysis, region: str | None, selection: Selection | None, lang: Language
    ) -> Subject:
        """Take the part of a result that concerns a region.

        Raises
        ------
        OptionError
            For a region or language that is not known.
        """
        check_language(lang)
        frame = result.regions.frame
        code = "" if region is None else result.directory.find(region)
        rows = frame[frame["region"] == code] if code else frame
        told = {c: region_label(c, n, lang) for c, n in zip(*_named(frame), strict=True)}
        told |= {c: region_label(c, lang=lang) for c in (OVERSEAS, UNKNOWN)}
        if code:
            told.setdefault(code, result.directory.label(code, lang))
        numbers = frame.select_dtypes("integer").columns
        sums = {str(n): int(rows[n].sum()) for n in numbers}
        own = result.degrees
        if code:
            own = Degrees(
                own.frame[own.frame["region"] == code].reset_index(drop=True),
                own.ledger,
                own.directory,
            )
            selection = None if selection is None else _lists_of(selection, code)
        return cls(result, code, lang, told, sums, own, selection)

    def say(self, ja: str, en: str) -> str:
        """One of two wordings, by language."""
        return ja if self.lang == "ja" else en

    @property
    def name(self) -> str:
        """Of the region, or what all regions together are called."""
        if self.code:
            return self.names[self.code]
        if self.of_prefectures:
            return self.say("全国", "Japan")
        return self.say("全地域", "All regions")

    @property
    def of_prefectures(self) -> bool:
        """Whether the regions are the 47 prefectures."""
        return set(PREFECTURES) <= set(self.result.regions.frame["region"])

    @property
    def placed(self) -> bool:
        """Whether every region has its place on the map of tiles."""
        codes = set(self.result.regions.frame["region"])
        return codes <= set(PREFECTURES) or codes <= set(BLOCKS)

    @property
    def kind(self) -> str:
        """What a region is called."""
        if self.of_prefectures:
            return self.say("都道府県", "prefectures")
        return self.say("地域", "regions")

    @property
    def scheme_name(self) -> str:
        """Name of the scheme of the selection, in the language where it is a built-in one."""
        if self.selection is None:
            return ""
        own = self.selection.scheme.name
        return self.say(_SCHEMES_JA.get(own, plain(own)), plain(own))

    def own(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of the region, with the names of regions in the language."""
        rows = frame[frame["region"] == self.code] if self.code else frame
        return rows.assign(region_name=self.named(rows["region"]))

    def named(self, codes: pd.Series) -> pd.Series:
        """Names of regions."""
        return codes.map(self.names).astype("str")

    def money(self, amount: float) -> str:
        """Money in words."""
        return money(amount, self.result.ledger.unit, self.lang)

    def firms(self, count: int) -> str:
        """How many firms, in words."""
        return self.say(f"{count:,}社", f"{count:,} firm{'' if count == 1 else 's'}")

    @cached_property
    def stability(self) -> pd.DataFrame | None:
        """How often each firm of the region's lists stays selected; None for all regions."""
        if self.selection is None or not self.code or not len(self.selection.frame):
            return None
        return self.selection.stability()

    @cached_property
    def leaders(self) -> tuple[str, ...]:
        """Ids of the firms with the highest sales out of region and purchases at home."""
        ids: list[str] = []
        for by in ("out_of_region_sales", "in_region_purchases"):
            top = self.degrees.top(1, by)
            ids += [str(i) for i in top.loc[top[by] > 0, "firm_id"]]
        return tuple(dict.fromkeys(ids))


def _named(frame: pd.DataFrame) -> tuple[Any, Any]:
    return frame["region"], frame["region_name"]


def _lists_of(selection: Selection, code: str) -> Selection:
    """The lists of one region; ranks and scores stay those in the population of the scheme."""
    standing = selection.standing
    rows = np.flatnonzero((selection.frame["region"] == code).to_numpy(dtype=bool))
    lists = np.flatnonzero(np.isin(standing.start, rows))
    size = standing.size[lists]
    part = replace(
        standing,
        unit=standing.unit[rows],
        line=standing.line[rows],
        start=np.cumsum(size) - size,
        size=size,
        deviation={n: v[rows] for n, v in standing.deviation.items()},
        score=standing.score[rows],
        rank=standing.rank[rows],
        tied=standing.tied[rows],
        places=standing.places[lists],
        selected=standing.selected[rows],
    )

    def own(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["region"] == code].reset_index(drop=True)

    return replace(
        selection,
        frame=own(selection.frame),
        not_ranked=own(selection.not_ranked),
        crossing_ties=own(selection.crossing_ties),
        standing=part,
    )
