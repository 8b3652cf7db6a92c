"""Why a firm is selected, or not, or not ranked: as data, and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from connhub.arguments import checked
from connhub.errors import Fault, InputError
from connhub.labels import Language
from connhub.measures.result_table import ids_as_in
from connhub.regions.directory import region_label
from connhub.schema import label
from connhub.selection.indicators import indicator_label, indicator_value
from connhub.selection.ranking import Ranking
from connhub.selection.schemes import Scheme
from connhub.text.catalogue import Texts
from connhub.text.names import as_clause, shortened

__all__ = ["IndicatorScore", "ListPlace", "Reason", "find_reasons", "why_not_ranked"]

MEAN = 50
"""Of deviation scores."""
_AMONG = {"all": "among_all", "region": "among_region", "field": "among_field"}
_MISSING = {"last": "missing_last", "neutral": "missing_neutral"}


@dataclass(frozen=True)
class IndicatorScore:
    """What one indicator adds to the score of a firm.

    Parameters
    ----------
    indicator : str
    value : float or None
        None where it has none.
    rank, size : int or None
        Among how many firms it has which rank; None without a value.
    deviation_score, weight : float
    contribution : float
        Weight times deviation score.
    """

    indicator: str
    value: float | None
    rank: int | None
    size: int | None
    deviation_score: float
    weight: float
    contribution: float

    @property
    def above_mean(self) -> float:
        """How much it raises the score above that of a firm at the mean."""
        return self.weight * (self.deviation_score - MEAN)


@dataclass(frozen=True)
class ListPlace:
    """The place of a firm on one list.

    Parameters
    ----------
    region, region_name : str
    field : str or None
    rank, size : int
        Rank by score, and how many firms the list has.
    score : float
    selected : bool
    tied : int
        How many firms have this score.
    lowest_selected : float or None
        The lowest selected score of the list; None where no firm is selected.
    indicators : tuple of IndicatorScore
    """

    region: str
    region_name: str
    field: str | None
    rank: int
    size: int
    score: float
    selected: bool
    tied: int
    lowest_selected: float | None
    indicators: tuple[IndicatorScore, ...]

    @property
    def cutoff_gap(self) -> float | None:
        """The score minus the lowest selected one."""
        return None if self.lowest_selected is None else self.score - self.lowest_selected

    @property
    def raised_most(self) -> str | None:
        """The indicator that raises the score most above the mean; None where none does."""
        highest = max(self.indicators, key=lambda score: score.above_mean)
        return highest.indicator if highest.above_mean > 0 else None

    @property
    def lowered_most(self) -> str | None:
        """The indicator that lowers the score most below the mean; None where none does."""
        lowest = min(self.indicators, key=lambda score: score.above_mean)
        return lowest.indicator if lowest.above_mean < 0 else None


@dataclass(frozen=True)
class Reason:
    """Why a firm is selected, or not, or not ranked.

    Parameters
    ----------
    firm_id : str
    name : str or None
    scheme : Scheme
    unit : str
        Of the money among the values.
    places : tuple of ListPlace
        One for each list the firm is on; empty where it is not ranked.
    not_ranked : str or None
        Why it is not ranked, as in the column ``reason`` of `Selection.not_ranked`.
    lacking : str or None
        The indicator that has no value, where that is the reason.
    cause : str or None
        Why it has none, where that is known.
    """

    firm_id: str
    name: str | None
    scheme: Scheme
    unit: str
    places: tuple[ListPlace, ...] = ()
    not_ranked: str | None = None
    lacking: str | None = None
    cause: str | None = None

    @checked
    def heading(self, lang: Language = "ja", name_width: int | None = None) -> str:
        """The verdict in one line: rank, score, cutoff, and what made the difference.

        Of the first list where the firm is on several.

        Parameters
        ----------
        lang : {"ja", "en"}
        name_width : int, optional
            Columns to which the name of the firm is cut.

        Returns
        -------
        str
        """
        if self.places:
            return self._heading_of(self.places[0], lang, name_width)
        texts = Texts("reasons", lang)
        reason = why_not_ranked(str(self.not_ranked), self.lacking, self.cause, lang)
        return texts("not_ranked", firm=self._firm(texts, name_width), reason=reason)

    @checked
    def details(self, lang: Language = "ja", name_width: int | None = None) -> list[str]:
        """What stands below the heading: one line an indicator.

        Where the firm is on several lists, the headings of the further ones stand among them.

        Parameters
        ----------
        lang : {"ja", "en"}
        name_width : int, optional
            As in `heading`.

        Returns
        -------
        list of str
        """
        return [line for line, _ in self._lines(lang, name_width)[1:]]

    @checked
    def lines(self, lang: Language = "ja", name_width: int | None = None) -> list[str]:
        """Heading and details, those of the indicators indented by two blanks.

        Parameters
        ----------
        lang : {"ja", "en"}
        name_width : int, optional
            As in `heading`.

        Returns
        -------
        list of str
        """
        return ["  " * depth + line for line, depth in self._lines(lang, name_width)]

    @checked
    def text(self, lang: Language = "ja") -> str:
        """The whole reason; the last line names the scheme.

        Parameters
        ----------
        lang : {"ja", "en"}

        Returns
        -------
        str
        """
        lines = self.lines(lang)
        if self.places:
            texts = Texts("reasons", lang)
            method = texts({"linear": "linear", "normal": "normal"}[self.scheme.score_method])
            lines.append(texts("scheme", scheme=self.scheme.title(lang), method=method))
        return "\n".join(lines)

    def _lines(self, lang: Language, name_width: int | None) -> list[tuple[str, int]]:
        """Each line, and how far it is indented."""
        if not self.places:
            return [(self.heading(lang, name_width), 0)]
        lines = []
        for place in self.places:
            lines.append((self._heading_of(place, lang, name_width), 0))
            lines += [(self._indicator_line(score, lang), 1) for score in place.indicators]
        return lines

    def _firm(self, texts: Texts, name_width: int | None) -> str:
        if self.name is None:
            return self.firm_id
        name = self.name if name_width is None else shortened(self.name, name_width)
        return texts("firm", name=name, firm_id=self.firm_id)

    def _heading_of(self, place: ListPlace, lang: Language, name_width: int | None) -> str:
        texts = Texts("reasons", lang)
        where = region_label(place.region, place.region_name, lang)
        if place.field is not None:
            where = texts("region_and_field", region=where, field=place.field)
        clauses = texts("separator").join(self._clauses(place, texts))
        return texts("heading", firm=self._firm(texts, name_width), where=where, clauses=clauses)

    def _clauses(self, place: ListPlace, texts: Texts) -> list[str]:
        verdict = texts("selected" if place.selected else "not_selected")
        clauses = [
            texts("rank", rank=place.rank, size=place.size, score=place.score, verdict=verdict)
        ]
        if place.tied > 1:
            clauses.append(texts("tied", tied=place.tied))
        if place.lowest_selected is None:
            clauses.append(texts("nobody_selected"))
        else:
            clauses.append(texts("cutoff", score=place.lowest_selected, gap=place.cutoff_gap))
        if len(place.indicators) > 1:
            for key, name in (
                ("raised_most", place.raised_most),
                ("lowered_most", place.lowered_most),
            ):
                if name is not None:
                    shown = as_clause(indicator_label(name, texts.lang), texts.lang)
                    clauses.append(texts(key, indicator=shown))
        return clauses

    def _indicator_line(self, score: IndicatorScore, lang: Language) -> str:
        texts = Texts("reasons", lang)
        values: dict[str, Any] = {
            "indicator": indicator_label(score.indicator, lang),
            "score": score.deviation_score,
            "weight": 100 * score.weight,
            "contribution": score.contribution,
        }
        if score.value is None:
            treatment = texts(_MISSING[self.scheme.missing])
            return texts("indicator_missing", treatment=treatment, **values)
        return texts(
            "indicator",
            value=indicator_value(score.value, score.indicator, self.unit, lang),
            among=texts(_AMONG[self.scheme.rank_within]),
            rank=score.rank,
            size=score.size,
            above=score.above_mean,
            **values,
        )


def why_not_ranked(reason: str, indicator: object, cause: object, lang: Language) -> str:
    """Why a firm is not ranked, with the indicator that has no value and why it has none.

    Parameters
    ----------
    reason : str
    indicator, cause : str or missing
        As in the columns of `Selection.not_ranked`.
    lang : {"ja", "en"}

    Returns
    -------
    str

    Examples
    --------
    >>> why_not_ranked("missing_indicator", "profit_growth", "nonpositive", "ja")
    '指標の値がない (利益成長性: 始期または終期が正でない)'
    >>> why_not_ranked("no_field", None, None, "en")
    'In no field'
    """
    texts, shown = Texts("reasons", lang), label("reason", reason, lang)
    if not isinstance(indicator, str):
        return shown
    named = indicator_label(indicator, lang)
    if not isinstance(cause, str):
        key = "undefined" if reason == "undefined_degree" else "lacking"
        return texts(key, reason=shown, indicator=named)
    because = as_clause(label("reason", cause, lang), lang)
    return texts("lacking_because", reason=shown, indicator=named, cause=because)


def find_reasons(
    firm_ids: Sequence[str],
    frame: pd.DataFrame,
    ranking: Ranking,
    not_ranked: pd.DataFrame,
    scheme: Scheme,
    unit: str,
) -> list[Reason]:
    """Why each of some firms is selected, or not, or not ranked.

    Parameters
    ----------
    firm_ids : sequence of str
    frame, not_ranked : DataFrame
        Of the selection.
    ranking : Ranking
    scheme : Scheme
    unit : str
        Of the money.

    Returns
    -------
    list of Reason
        In the order of `firm_ids`.

    Raises
    ------
    InputError
        For a firm that is neither ranked nor listed as not ranked.
    """
    found = dict.fromkeys(firm_ids)
    reasons: dict[str, Reason] = {}
    rows = np.flatnonzero(frame["firm_id"].isin(ids_as_in(frame["firm_id"], found)))
    for firm_id, of_firm in pd.Series(rows).groupby(frame["firm_id"].to_numpy()[rows]):
        places = tuple(_place(int(i), frame, ranking, scheme) for i in of_firm)
        name = _text(frame["name"].iloc[of_firm.iloc[0]])
        reasons[str(firm_id)] = Reason(str(firm_id), name, scheme, unit, places)
    if len(reasons) < len(found):
        ids = not_ranked["firm_id"]
        for row in not_ranked[ids.isin(ids_as_in(ids, found))].to_dict("records"):
            unranked = str(row["firm_id"])
            reasons[unranked] = Reason(
                unranked,
                _text(row["name"]),
                scheme,
                unit,
                not_ranked=row["reason"],
                lacking=_text(row["indicator"]),
                cause=_text(row["cause"]),
            )
    if unknown := [firm_id for firm_id in found if firm_id not in reasons]:
        raise InputError(Fault("selection.unknown_firm", examples=unknown))
    return [reasons[firm_id] for firm_id in firm_ids]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _place(i: int, frame: pd.DataFrame, ranking: Ranking, scheme: Scheme) -> ListPlace:
    row: dict[Any, Any] = frame.iloc[i].to_dict()
    of_list = int(np.searchsorted(ranking.start, i, side="right")) - 1
    part = slice(ranking.start[of_list], ranking.start[of_list] + ranking.size[of_list])
    selected = ranking.score[part][ranking.selected[part]]
    return ListPlace(
        region=row["region"],
        region_name=row["region_name"],
        field=_text(row["field"]),
        rank=int(row["rank"]),
        size=int(ranking.size[of_list]),
        score=float(row["score"]),
        selected=bool(row["selected"]),
        tied=int(ranking.tied[i]),
        lowest_selected=float(selected.min()) if selected.size else None,
        indicators=tuple(
            _indicator(name, row, i, ranking, weight) for name, weight in scheme.weights.items()
        ),
    )


def _indicator(
    name: str, row: Mapping[Any, Any], i: int, ranking: Ranking, weight: float
) -> IndicatorScore:
    value = float(row[name])
    ranks = ranking.ranks[name]
    known = not np.isnan(value)
    return IndicatorScore(
        name,
        value if known else None,
        int(row[f"{name}_rank"]) if known else None,
        int(ranks.count[ranks.group[ranking.entry[i]]]) if known else None,
        float(row[f"{name}_deviation_score"]),
        weight,
        float(row[f"{name}_contribution"]),
    )
