"""Firms before and after a scenario: how a degree moves, in which range, and to which rank."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import pandas as pd

from connhub.errors import check_choice
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.pixel_marks import SOFT_INK, at_pixels, text_marks
from connhub.plots.picture import (
    INSIDE,
    OUTSIDE,
    Picture,
    at_least,
    blank,
    heading,
    place_name,
)
from connhub.plots.vega_lite import channel, layer
from connhub.scenario.result import WhatIf
from connhub.schema import label
from connhub.text.catalogue import Texts
from connhub.text.names import as_clause, firm_label
from connhub.text.numbers import NOTHING, money

__all__ = ["before_after"]

_WIDTH, _ROW, _TOP = 380, 24, 34
_RANGE, _GRAY = "#c6dbef", "#8c8c8c"
_DEGREES = ("connector_degree", "hub_degree")


@flat_options
def before_after(
    change: WhatIf,
    *,
    of_region: str,
    degree: Literal["connector_degree", "hub_degree"] = "connector_degree",
    n: int = 15,
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Show a degree of the firms of a region before and after a scenario. Modelled.

    A row is a firm, those of which the degree moves most: a ring for the degree before, a dot for
    the degree after, and behind it the range over displacement from 0 to 1 and the draws.

    Parameters
    ----------
    change : WhatIf
        From `what_if`.
    of_region : str
        Code or name.
    degree : {"connector_degree", "hub_degree"}
    n : int
        How many rows.
    {caption}

    Returns
    -------
    Picture

    Raises
    ------
    OptionError
        For what is no region, no degree, or no number of rows.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze, what_if
    >>> from connhub.scenario import Growth, Scenario
    >>> firms = pa.table({"firm_id": list("abc"), "prefecture_code": ["15", "15", "13"]})
    >>> trade = pa.table({"seller_id": ["a", "b"], "buyer_id": ["c", "c"], "amount": [60, 40]})
    >>> result = analyze(trade, firms, grain="pairs")
    >>> before_after(what_if(result, Scenario([Growth("a", 0.5)]), firms), of_region="15")
    Picture: 新潟県: シナリオの前後(コネクター度)
    """
    at_least(1, n=n)
    check_choice("degree", degree, _DEGREES)
    lang = caption.lang
    texts = Texts("before_after", lang)
    code = change.directory.find_home(of_region)
    place, name = (
        place_name(change.directory, code, lang),
        label("degrees", degree, lang),
    )
    head = partial(
        heading, texts("title", place=place, degree=as_clause(name, lang)), change.ledger, caption
    )
    rows = change.frame[(change.frame["region"] == code) & (change.frame["degree"] == degree)]
    rows = rows[rows["after"].notna() | rows["before"].notna()]
    if rows.empty:
        return blank(head(), texts("nothing"))
    moved = (rows["after"].fillna(0) - rows["before"].fillna(0)).abs()
    rows = rows.loc[moved.sort_values(ascending=False, kind="stable").index[:n]]
    notes = [_of_region(change, code, texts), texts("modelled")]
    chart = layer(*_layers(rows, texts), title=head(notes=notes))
    return Picture(chart.properties(width=_WIDTH + 230, height=_TOP + _ROW * len(rows)))


def _of_region(change: WhatIf, code: str, texts: Texts) -> str:
    """In-region transactions before and after, with their range."""
    rows = change.regions[change.regions["region"] == code]
    rows = rows[rows["measure"] == "in_region_transactions"]
    if rows.empty:
        return texts("in_region_unchanged")
    row = rows.iloc[0]
    unit, lang = change.unit, texts.lang
    shown = {n: money(int(row[n]), unit, lang) for n in ("before", "after", "low", "high")}
    if shown["before"] != shown["after"]:
        return texts("in_region", **shown)
    changes = {n: int(row[n]) - int(row["before"]) for n in ("after", "low", "high")}
    before = int(row["before"])  # a sentence has one unit
    signed = {
        n: f"{'+' if amount > 0 else ''}{money(amount, unit, lang, beside=before)}"
        for n, amount in changes.items()
    }
    return texts("in_region_by", **signed | {"before": shown["before"]})


def _layers(rows: pd.DataFrame, texts: Texts) -> list[Any]:
    largest = float(rows[["before", "after", "high"]].max().max()) or 1.0
    by = _WIDTH / largest
    ranges, lines, rings, dots, names, values, ranks = ([] for _ in range(7))
    for i, row in enumerate(rows.to_dict("records")):
        y = _TOP + _ROW * (i + 0.5)
        before, after = (0.0 if pd.isna(row[k]) else float(row[k]) for k in ("before", "after"))
        low, high = (after if pd.isna(row[k]) else float(row[k]) for k in ("low", "high"))
        ends = [_share(row[k]) for k in ("before", "after")]
        shown = {
            "firm": firm_label(row["name"], row["firm_id"], 60),
            "degree": " → ".join(ends),
            "range": f"{_share(low)} – {_share(high)}",
            "own": _points(row["own"]),
            "denominator": _points(row["denominator"]),
        }
        ranges.append(
            {"x": low * by, "X": max(high * by, low * by + 1), "y": y - 8, "Y": y + 8, **shown}
        )
        lines.append({"x": before * by, "X": after * by, "y": y, "Y": y})
        rings.append({"x": before * by, "y": y, **shown})
        dots.append({"x": after * by, "y": y, "c": INSIDE if after >= before else OUTSIDE, **shown})
        names.append({"x": -8, "y": y, "t": firm_label(row["name"], row["firm_id"], 30)})
        values.append({"x": _WIDTH + 12, "y": y, "t": " → ".join(ends)})
        ranks.append({"x": _WIDTH + 122, "y": y, "t": _ranks(row, texts)})
    hover = [
        channel("firm:N", title=label("degrees", "name", texts.lang)),
        channel("degree:N", title=texts("before_after")),
        channel("range:N", title=texts("range")),
        channel("own:N", title=label("scenario_firms", "own", texts.lang)),
        channel("denominator:N", title=label("scenario_firms", "denominator", texts.lang)),
    ]
    color = channel("c:N", scale=None, legend=None)
    return [
        *_key(texts),
        at_pixels(ranges, ends=True).mark("rect", color=_RANGE).encode(tooltip=hover),
        at_pixels(lines, ends=True).mark("rule", color=_GRAY),
        at_pixels(rings)
        .mark("point", color=_GRAY, size=44, fill="white", opacity=1)
        .encode(tooltip=hover),
        at_pixels(dots).mark("circle", size=60, opacity=1).encode(color=color, tooltip=hover),
        text_marks(names, align="right"),
        text_marks(values),
        text_marks(ranks, color=SOFT_INK),
    ]


def _key(texts: Texts) -> list[Any]:
    """What ring, dots and range are."""
    places = {"before": 6, "up": 86, "down": 186, "range": 286}
    words = [{"x": x + 12, "y": 10, "t": texts(f"key_{name}")} for name, x in places.items()]
    colors = [
        {"x": places["up"], "y": 10, "c": INSIDE},
        {"x": places["down"], "y": 10, "c": OUTSIDE},
    ]
    box = [{"x": places["range"] - 8, "X": places["range"] + 8, "y": 3, "Y": 17}]
    ring = at_pixels([{"x": places["before"], "y": 10}])
    return [
        at_pixels(box, ends=True).mark("rect", color=_RANGE),
        ring.mark("point", color=_GRAY, size=44, fill="white", opacity=1),
        at_pixels(colors)
        .mark("circle", size=60, opacity=1)
        .encode(color=channel("c:N", scale=None, legend=None)),
        text_marks(words, color=SOFT_INK),
    ]


def _share(value: float) -> str:
    """A degree with two decimals, so that small changes are seen."""
    return NOTHING if pd.isna(value) else f"{value:.2%}"


def _points(value: float) -> str:
    """A change of a share, in percentage points."""
    return NOTHING if pd.isna(value) else f"{100 * value:+.2f}"


def _ranks(row: Mapping[Any, Any], texts: Texts) -> str:
    ranks = (row["rank_before"], row["rank_after"])
    return " → ".join(
        texts("no_rank") if pd.isna(rank) else texts("rank", rank=int(rank)) for rank in ranks
    )
