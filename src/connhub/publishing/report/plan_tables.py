"""The tables of what a scenario changes, and of the requirements of a plan."""

from __future__ import annotations

import pandas as pd

from connhub.publishing.report.tables import (
    Column,
    Table,
    money_column,
    number_column,
    points_column,
    share_column,
    text_column,
)
from connhub.publishing.scope import Scope
from connhub.schema import label
from connhub.text.catalogue import Texts

__all__ = ["dossier", "scenario_firms", "scenario_regions"]

_REGIONS = ("before", "after", "no_displacement", "full_displacement", "low", "high")
_MOST_REGIONS = 10


def scenario_regions(scope: Scope) -> Table:
    """What the region trades before and after, or the regions that change most; modelled."""
    texts = Texts("report", scope.lang)
    if scope.what_if is None:
        return Table(texts("scenario_regions"), ())
    frame = scope.rows(scope.what_if.regions)
    if not scope.region:
        order = frame["change"].abs().sort_values(ascending=False, kind="stable").index
        frame = frame.loc[order[:_MOST_REGIONS]]
    place = [] if scope.region else [text_column(_head("region_name", scope), frame["region_name"])]
    measures = [label("regions", measure, scope.lang) for measure in frame["measure"]]
    columns = [*place, text_column(_head("measure", scope), measures)]
    among = frame["change"].tolist()  # so that the change can be seen
    columns += [money_column(scope, _head(n, scope), frame[n], among=among) for n in _REGIONS]
    return Table(texts("scenario_regions"), tuple(columns), texts("scenario_regions_note"))


def scenario_firms(scope: Scope, *, n: int = 15) -> Table:
    """Firms whose degrees change most; modelled."""
    texts = Texts("report", scope.lang)
    if scope.what_if is None:
        return Table(texts("scenario_firms"), ())
    frame = scope.what_if.frame
    if scope.region:
        frame = frame[frame["region"] == scope.region]
    moved = (frame["after"].fillna(0) - frame["before"].fillna(0)).abs()
    frame = frame.loc[moved.sort_values(ascending=False, kind="stable").index[:n]]

    def head(name: str) -> str:
        return label("scenario_firms", name, scope.lang)

    degrees = [label("degrees", degree, scope.lang) for degree in frame["degree"]]
    names = frame["name"].where(frame["name"].notna(), frame["firm_id"].astype("str"))
    columns: list[Column] = [
        text_column(head("name"), names, "name"),
        text_column(head("degree"), degrees, "word"),
        *(share_column(head(c), frame[c]) for c in ("before", "after")),
        *(points_column(head(c), frame[c]) for c in ("own", "denominator")),
        *(share_column(head(c), frame[c]) for c in ("low", "high")),
        *(number_column(head(c), frame[c]) for c in ("rank_before", "rank_after")),
    ]
    return Table(texts("scenario_firms"), tuple(columns), texts("scenario_firms_note"))


def dossier(scope: Scope) -> pd.DataFrame:
    """The requirements of the plan, each with its evidence; lines of it are apart."""
    if scope.dossier is None:
        return pd.DataFrame()
    return scope.dossier.to_frame(scope.lang)


def _head(name: str, scope: Scope) -> str:
    return label("scenario_regions", name, scope.lang)
