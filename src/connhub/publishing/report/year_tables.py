"""The tables of what changed since an earlier year, and of how far targets are."""

from __future__ import annotations

import pandas as pd

from connhub.measures.change import DEGREES
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
from connhub.text.numbers import money

__all__ = ["moved_most", "sums_of_years", "targets"]

_VALUES = ("base", "actual", "path", "target")


def sums_of_years(scope: Scope) -> Table:
    """Sums of both years in three figures; counted."""
    texts, words = Texts("report", scope.lang), Texts("console", scope.lang)
    if scope.change is None:
        return Table(texts("sums_of_years"), ())
    rows = scope.change.regions
    rows = rows[rows["region"] == scope.region] if scope.region else rows
    sums = rows.groupby(["figure", "basis"], sort=False)[["before", "after"]].sum().reset_index()
    change = sums["after"] - sums["before"]
    before, after = (
        year or words(when)
        for year, when in zip(scope.change.years, ("before", "after"), strict=True)
    )
    both = [min([*sums["before"], *sums["after"]], default=0)]  # the least keeps its digits
    columns = [
        text_column(
            label("region_change", "figure", scope.lang),
            [words(f"figure_{f}") for f in sums["figure"]],
        ),
        text_column(
            label("region_change", "basis", scope.lang),
            [words(f"basis_{b}") for b in sums["basis"]],
        ),
        money_column(scope, before, sums["before"], among=both),
        money_column(scope, after, sums["after"], among=both),
        number_column(
            label("region_change", "growth", scope.lang),
            change / sums["before"].where(sums["before"] > 0),
            "{:+.1%}".format,
        ),
    ]
    return Table(texts("sums_of_years"), tuple(columns), texts("sums_of_years_note"))


def moved_most(scope: Scope, by: str, *, n: int = 10) -> Table:
    """Firms whose degree changed most, with the firm's own part and the region's; counted."""
    texts, words = Texts("report", scope.lang), Texts("console", scope.lang)
    caption = texts("moved_most", degree=scope.column("degrees", by))
    if scope.change is None or not scope.region or by not in DEGREES:
        return Table(caption, ())
    frame = scope.change.degrees(by)
    frame = frame[(frame["region"] == scope.region) & frame["change"].fillna(0).ne(0)]
    order = frame["change"].abs().sort_values(ascending=False, kind="stable").index[:n]
    frame = frame.loc[order]
    if frame.empty:
        return Table(caption, ())

    def head(name: str) -> str:
        return label("degree_change", name, scope.lang)

    columns = [
        text_column(label("degrees", "name", scope.lang), frame["name"], "name"),
        text_column(
            label("degrees", "firm_id", scope.lang), frame["firm_id"].astype("str"), "code"
        ),
        text_column(head("status"), [words(f"status_{s}") for s in frame["status"]]),
        share_column(head("before"), frame["before"]),
        share_column(head("after"), frame["after"]),
        *(points_column(head(n), frame[n]) for n in ("change", "own_effect", "region_effect")),
        number_column(head("moved"), frame["moved"].astype("float64"), _places),
    ]
    return Table(caption, tuple(columns), texts("moved_most_note"))


def _places(moved: float) -> str:
    return f"{moved:+.0f}" if moved else "0"


def targets(scope: Scope) -> Table:
    """How far the targets of the region are; counted."""
    texts, words = Texts("report", scope.lang), Texts("console", scope.lang)
    if scope.progress is None or not scope.targets:
        return Table(texts("targets"), ())
    frame = scope.progress.frame.iloc[scope.targets]

    def head(name: str) -> str:
        return label("progress", name, scope.lang)

    def what(row: pd.Series) -> str:
        measure = label("target_measure", row["measure"], scope.lang)
        place = [] if scope.region else [scope.label(row["region"])]
        parts = [*place, *([row["field"]] if isinstance(row["field"], str) else [])]
        return f"{measure} ({' '.join(parts)})" if parts else measure

    def value(row: pd.Series, name: str) -> str:
        if pd.isna(row[name]):
            return ""
        if row["unit"] == "persons":
            return f"{int(row[name]):,} {words('persons')}"
        return money(float(row[name]), row["unit"], scope.lang)

    rows = [row for _, row in frame.iterrows()]
    values = {name: tuple(value(row, name) for row in rows) for name in _VALUES}
    columns = [
        text_column(head("measure"), [what(row) for row in rows]),
        text_column(head("base_year"), [str(row["base_year"]) for row in rows]),
        text_column(head("target_year"), [str(row["target_year"]) for row in rows]),
        *(Column(head(name), cells, "number") for name, cells in values.items()),
        number_column(head("required_growth"), frame["required_growth"], "{:+.1%}".format),
        share_column(head("largest_three"), frame["largest_three"]),
        text_column(head("status"), [words(f"status_{status}") for status in frame["status"]]),
    ]
    return Table(texts("targets"), tuple(columns), texts("targets_note"))
