"""The way from a base to a target, and what was reached of it, in three figures."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from connhub.errors import Fault, OptionError
from connhub.measures.progress import Progress
from connhub.options import CaptionOptions, flat_options
from connhub.plots.picture import (
    INSIDE,
    OUTSIDE,
    Picture,
    at_least,
    blank,
    heading,
    place_name,
)
from connhub.plots.vega_lite import Chart, channel, layer
from connhub.schema import label
from connhub.text.catalogue import Texts
from connhub.text.names import as_clause
from connhub.text.numbers import money, money_scale

__all__ = ["target_path"]

_WIDTH, _HEIGHT = 520, 270
_FIGURES = ("actual", "actual_in_both", "actual_trading_in_both")
_REACHED, _PATH = INSIDE, "#8c8c8c"


@flat_options
def target_path(
    progress: Progress, target: int = 0, *, caption: CaptionOptions = CaptionOptions()
) -> Picture:
    """Show the path to a target, and what was reached. Counted.

    The dashed line is the path from the base to the target; the dots are what was reached in each
    year, of all rows. The bar through a dot spans the three figures: all rows, and the base grown
    as firms of both years have. Where a bar crosses the path, it cannot be told whether the target
    is on path.

    Parameters
    ----------
    progress : Progress
    target : int
        Row of the target, from 0.
    {caption}

    Returns
    -------
    Picture

    Raises
    ------
    OptionError
        For a row that is not there.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze_years, track
    >>> firms = pa.table({"firm_id": list("abc"), "prefecture_code": ["15", "15", "13"]})
    >>> trade = pa.table({"seller_id": list("abab"), "buyer_id": ["c"] * 4,
    ...                   "amount": [9, 5, 14, 6], "year": [2023, 2023, 2024, 2024]})
    >>> plan = pa.table({"region": ["15"], "measure": ["out_of_region_sales"],
    ...                  "base_year": [2023], "target_year": [2027], "target": [22]})
    >>> target_path(track(analyze_years(trade, firms), plan))
    Picture: 新潟県: 域外販売額の目標
    """
    at_least(0, target=target)
    if target >= len(progress.frame):
        fault = Fault("target_path.no_target", target=target, count=len(progress.frame))
        raise OptionError(fault)
    lang = caption.lang
    texts = Texts("target_path", lang)
    row = progress.frame.iloc[target]
    place = place_name(progress.directory, row["region"], lang)
    if isinstance(row["field"], str):
        place = texts("with_field", place=place, field=row["field"])
    measure = as_clause(label("target_measure", row["measure"], lang), lang)
    title = texts("title", place=place, measure=measure)
    steps = progress.steps[progress.steps["target"] == target]
    largest = float(steps[["path", *_FIGURES]].max().max(skipna=True))
    by, unit = (1, texts("persons"))
    if row["unit"] != "persons":
        by, unit = money_scale(largest, progress.unit, lang)
    if caption.year_label is None:
        span = texts("span", base=str(row["base_year"]), target=str(row["target_year"]))
        caption = replace(caption, year_label=span)
    head = partial(heading, title, progress.ledger, caption, unit=unit)
    if steps["path"].isna().all():
        return blank(head(), texts("no_base"))
    return _drawing(steps, by, head(notes=_notes(row, progress.unit, texts)), texts)


def _drawing(steps: pd.DataFrame, by: int, head: dict[str, Any], texts: Texts) -> Picture:
    values = [_values(step, by) for step in steps.to_dict("records")]
    reached = [v for v in values if v["a"] is not None]
    ranges = [v for v in reached if v["low"] is not None]
    years = [v["year"] for v in values]
    of_years = {"values": years, "format": "d", "grid": False}
    scale = {"domain": [min(years) - 0.3, max(years) + 0.6], "nice": False}
    x = channel("year:Q", scale=scale, axis=of_years, title=None)

    def y(name: str) -> Any:
        scaled = {"zero": False, "nice": True}
        return channel(
            f"{name}:Q", scale=scaled, axis={"format": ",.10~g", "tickCount": 6}, title=None
        )

    names = {"y": "year", "p": "path", "at": "reached", "bt": "in_both", "tt": "trading_in_both"}
    tips = [channel(f"{k}:N", title=texts(t)) for k, t in names.items()]

    def chart(rows: list[dict[str, Any]], name: str) -> Any:
        return Chart.of(rows).encode(x=x, y=y(name))

    end = values[-1]
    ends = [{**end, "t": texts("target", value=_short(end["path"]))}]
    layers = [
        chart(values, "path").mark("line", strokeDash=[6, 4], color=_PATH),
        chart(values, "path").mark("point", filled=True, size=30, color=_PATH).encode(tooltip=tips),
        chart(ranges, "low").mark("bar", size=9, color=OUTSIDE, opacity=0.75).encode(y2="high"),
        chart(reached, "a").mark("line", color=_REACHED),
        chart(reached, "a").mark("circle", size=80, color=_REACHED, opacity=1).encode(tooltip=tips),
        chart(ends, "path").mark("point", shape="diamond", filled=True, size=110, color="#1a1a1a"),
        chart(ends, "path").mark("text", align="left", dx=9, fontSize=11).encode(text="t:N"),
    ]
    drawn = layer(*layers, title=head)
    return Picture(drawn.properties(width=_WIDTH, height=_HEIGHT))


def _short(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _values(step: Any, by: int) -> dict[str, Any]:
    """Values of a year, scaled; None where there are none."""

    def scaled(name: str) -> float | None:
        return None if pd.isna(step[name]) else float(step[name]) / by

    figures = [scaled(name) for name in _FIGURES]
    known = [f for f in figures if f is not None]
    shown = ["-" if f is None else _short(f) for f in figures]
    path = scaled("path")
    return {
        "year": int(step["year"]),
        "y": str(step["year"]),
        "path": path,
        "p": "-" if path is None else _short(path),
        "a": figures[0],
        "low": min(known) if len(known) > 1 else None,
        "high": max(known) if len(known) > 1 else None,
        **dict(zip(("at", "bt", "tt"), shown, strict=True)),
    }


def _notes(row: Any, unit: str, texts: Texts) -> list[str]:
    """How to read it, and the status in words."""
    lang = texts.lang

    def value(name: str) -> str:
        if row["unit"] == "persons":
            return texts("of_persons", count=int(row[name]))
        return money(float(row[name]), unit, lang, beside=float(row["target"]))

    status = texts(str(row["status"]))
    notes = [texts("key")]
    if not pd.isna(row["gap"]):
        gap = texts("ahead" if row["gap"] >= 0 else "short", gap=value("gap").lstrip("-"))
        notes.append(texts("status", year=int(row["year"]), status=status, gap=gap))
    else:
        notes.append(status)
    if row["coverage_changed"]:
        notes.append(texts("coverage"))
    return notes
