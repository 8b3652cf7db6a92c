"""Connector degree against hub degree: who earns outside the region and who buys inside it."""

from __future__ import annotations

from functools import partial
from math import floor, log10
from typing import Any

import numpy as np
import pandas as pd

from connhub.measures.degrees import Degrees
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.log_axis import STRIP
from connhub.plots.drawing.pixel_marks import SOFT_INK, at_pixels
from connhub.plots.drawing.scatter_layout import DEGREES, HEIGHT, WIDTH, Plane
from connhub.plots.drawing.text_layers import corner_layers, corner_names, label_layers, placed
from connhub.plots.picture import (
    SELECTED,
    Picture,
    altair,
    at_least,
    blank,
    heading,
    in_region,
    place_name,
)
from connhub.regions.directory import region_label
from connhub.schema import Language, label
from connhub.selection.result import Selection
from connhub.text.names import firm_label, plain, shortened
from connhub.text.numbers import NOTHING, money, money_scale, share

__all__ = ["connector_hub"]

_AREAS = 18, 500  # of the smallest and the largest point
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56b4e9")
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_REST, _MORE = ("#9a9a9a", "circle"), ("#333333", "triangle-left")
_COLUMNS = ["firm_id", "name", "region", "region_name", "sales", *DEGREES]
_WORDS: dict[Language, dict[str, Any]] = {
    "ja": {
        "title": "{place}: コネクター度とハブ度",
        "axes": (
            "コネクター度(地域の域外販売額に占める割合、対数目盛)",
            "ハブ度(地域の域内仕入額に占める割合、対数目盛)",
        ),
        "corners": (
            (("ハブ型", "域内から仕入れる"), ("コネクターハブ型", "域外で稼ぎ、域内に回す")),
            (("", "どちらも平均未満"), ("コネクター型", "域外で稼ぐ")),
        ),
        "mean": "破線 = {n:,} 社の平均(コネクター度 {x}、ハブ度 {y})。"
        "それより高いか低いかで四つに分ける",
        "strip": "灰色の帯 = 目盛の外: コネクター度 0 は {x:,} 社、ハブ度 0 は {y:,} 社",
        "small": "、正だが小さい {n:,} 社",
        "below": "、負 {n:,} 社",
        "labels": "社名は {n:,} 社",
        "dropped": "(ほか {n:,} 社は場所がなく略)",
        "null": "度が定義されない {n:,} 社を除く",
        "cells": "{points:,} 社を点、ほかの {n:,} 社をマスの濃さで示す",
        "unselected": "選定された企業はない",
        "empty": "企業がない",
        "undefined": "{what}が定義されない(地域の合計が正でない)",
        "chosen": "選定",
        "others": "ほかの企業",
        "both": "両方の順位が高い",
        "more": "ほかの分野",
        "count": "マスの企業数",
        "group": "区分",
        "join": "。",
        "comma": "、",
    },
    "en": {
        "title": "{place}: connector degree and hub degree",
        "axes": (
            "Connector degree (share of the region's out-of-region sales, log scale)",
            "Hub degree (share of the region's in-region purchases, log scale)",
        ),
        "corners": (
            (("Hub", "buys at home"), ("Connector hub", "earns outside,", "buys at home")),
            (("", "Below the mean in both"), ("Connector", "earns outside")),
        ),
        "mean": "Dashed: mean of {n:,} firms (connector degree {x}, hub degree {y}); "
        "four kinds, above or below it",
        "strip": "Grey strips: off the scale. "
        "Firms with connector degree 0: {x:,}; hub degree 0: {y:,}",
        "small": "; above 0 but too small: {n:,}",
        "below": "; below 0: {n:,}",
        "labels": "Firms named: {n:,}",
        "dropped": " (no room for {n:,} more)",
        "null": "Left out, with undefined degrees: {n:,}",
        "cells": "Firms as points: {points:,}; as shaded squares: {n:,}",
        "unselected": "No firm is selected",
        "empty": "There is no firm",
        "undefined": "Undefined: {what} (the sum of the region is not above 0)",
        "chosen": "Selected",
        "others": "Other firms",
        "both": "High in both",
        "more": "Other fields",
        "count": "Firms in a square",
        "group": "Group",
        "join": ". ",
        "comma": ", ",
    },
}


@flat_options
def connector_hub(
    degrees: Degrees,
    *,
    of_region: str | None = None,
    selection: Selection | None = None,
    labels: int = 12,
    points: int = 1500,
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Show the firms of a region by connector degree and hub degree, both on log scales.

    Firms without a place on such a scale (0, below 0 after returns, or with many firms the
    smallest) stand in strips at its beginning. The dashed lines are the means; they part four
    kinds of firms.

    Parameters
    ----------
    degrees : Degrees
    of_region : str, optional
        Code or name; all firms if it is not given.
    selection : Selection, optional
        Its selected firms are named and coloured, by field if it has fields. Without one those
        are named that rank high in both degrees.
    labels : int
        How many firms are named at most.
    points : int
        How many firms are points; the others are counted in shaded squares.
    {caption}

    Returns
    -------
    Picture

    Raises
    ------
    OptionError
        For what is no region, or a number below 0.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "13", "27"]})
    >>> trade = pa.table({"seller_id": list("aabc"), "buyer_id": list("dbcd"),
    ...                   "amount": [30, 5, 5, 10]})
    >>> connector_hub(analyze(trade, firms).degrees, of_region="13")
    Picture: 東京都: コネクター度とハブ度
    """
    lang = caption.lang
    at_least(0, labels=labels, points=points)
    words = _WORDS[lang]
    rows, code = in_region(degrees, of_region)
    rows = rows[_COLUMNS]
    title = words["title"].format(place=place_name(degrees.directory, code, lang))
    head = partial(heading, title, degrees.ledger, caption)
    defined = rows[list(DEGREES)].notna().all(axis=1)
    known = rows if defined.all() else rows[defined]
    if not len(known):
        none = [label("degrees", d, lang) for d in DEGREES if rows[d].isna().all()]
        undefined = words["undefined"].format(what=words["comma"].join(none))
        why = undefined if len(rows) else words["empty"]
        return blank(head(), why)
    plane = Plane.of(known, selection, labels=labels, points=points)
    shown = known.iloc[plane.shown]
    by, unit = money_scale(max(float(known["sales"].max()), 1.0), degrees.ledger.unit, lang)
    sales = np.maximum(shown["sales"].to_numpy(dtype=float), 0) / by
    largest = max(float(known["sales"].max()), 1.0) / by
    corners = corner_names(plane, words["corners"])
    radius = np.sqrt((_AREAS[0] + sales / largest * (_AREAS[1] - _AREAS[0])) / np.pi)
    names = [firm_label(n, i) for n, i in shown[["name", "firm_id"]].iloc[: plane.named].to_numpy()]
    found = placed(plane, radius, names, corners)
    group, style = _groups(plane, lang)
    dots = _dots(plane, shown, sales, group, of_region is None, degrees.ledger.unit, lang)
    notes = _notes(plane, len(found), len(rows) - len(known), selection is not None, lang)
    alt = altair()
    layers = [
        _strips(),
        *_shades(plane, lang),
        *_mean_lines(plane),
        _points(plane, dots, style, (largest, unit), lang),
        *corner_layers(corners),
        *label_layers(found, names),
    ]
    text = head(unit="%", notes=notes)
    chart = alt.layer(*layers, title=alt.TitleParams(**text))
    chart = chart.resolve_scale(color="independent", shape="independent")
    return Picture(chart.properties(width=WIDTH, height=HEIGHT))


def _notes(plane: Plane, named: int, undefined: int, wanted: bool, lang: Language) -> list[str]:
    """What the lines, the strips and the squares are, and what is left out."""
    words, (x, y) = _WORDS[lang], plane.values
    lines = []
    if plane.means is not None:
        across, up = (share(m) for m in plane.means)
        lines.append(words["mean"].format(n=x.size, x=across, y=up))
    strip = words["strip"].format(x=int((x == 0).sum()), y=int((y == 0).sum()))
    tiny = [(v > 0) & (v < a.low) for v, a in zip(plane.values, plane.axes, strict=True)]
    for what, which in (("small", tiny[0] | tiny[1]), ("below", (x < 0) | (y < 0))):
        if n := int(which.sum()):
            strip += words[what].format(n=n)
    parts = [words["unselected"]] if wanted and not plane.chosen.rows.size else []
    parts.append(words["labels"].format(n=named))
    if plane.named > named:
        parts[-1] += words["dropped"].format(n=plane.named - named)
    if hidden := x.size - plane.shown.size:
        parts.append(words["cells"].format(points=plane.shown.size, n=hidden))
    if undefined:
        parts.append(words["null"].format(n=undefined))
    return [*lines, strip, words["join"].join(parts)]


def _groups(plane: Plane, lang: Language) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """Group of each point, and colour and shape of each group."""
    words, chosen = _WORDS[lang], plane.chosen
    others = words["others"]
    known = [f for f in chosen.field if f is not None]
    if not known:
        lead = words["chosen" if chosen.rows.size else "both"]
        front = chosen.rows.size or plane.named
        size = plane.shown.size
        group = [lead if i < front else others for i in range(size)]
        style = {lead: (SELECTED, "circle"), others: _REST}
        return group, {g: s for g, s in style.items() if g in group}
    frequent = pd.Series(known).value_counts().index[: len(_COLOURS)]
    names: dict[str, str] = {}
    for f in frequent:
        name = shortened(f, 22)
        taken = {*names.values(), others, words["more"]}
        names[f] = name if name not in taken else f"{name} ({len(names) + 1})"
    marks = zip(_COLOURS, _SHAPES, strict=True)
    style = {**dict(zip(names.values(), marks, strict=False)), words["more"]: _MORE, others: _REST}
    group = [names.get(f, words["more"]) for f in chosen.field[: plane.shown.size]]
    group += [others] * (plane.shown.size - len(group))
    return group, {g: s for g, s in style.items() if g in set(group)}


def _dots(
    plane: Plane,
    shown: pd.DataFrame,
    sales: Any,
    group: list[str],
    nation: bool,
    unit: str,
    lang: Language,
) -> list[dict[str, Any]]:
    """Data of the points, with short names: there are many."""
    spots = plane.spots[plane.shown]
    x = plane.axes[0].value(spots[:, 0])
    y = plane.axes[1].value(HEIGHT - spots[:, 1])
    ranks = plane.chosen.rank
    rows = []
    for k, row in enumerate(shown.to_dict("records")):
        dot = {
            "x": float(f"{x[k]:.5g}"),
            "y": float(f"{y[k]:.5g}"),
            "s": float(f"{sales[k]:.4g}"),
            "g": group[k],
            "n": firm_label(row["name"], row["firm_id"], 40),
            "i": shortened(row["firm_id"], 40),
            "c": share(float(row["connector_degree"])),
            "h": share(float(row["hub_degree"])),
            "m": money(float(row["sales"]), unit, lang),
        }
        if nation:
            dot["p"] = region_label(row["region"], plain(row["region_name"]), lang)
        if ranks.size:
            dot["r"] = f"{ranks[k]:,}" if k < ranks.size else NOTHING
        rows.append(dot)
    return rows[::-1]  # the first are drawn last, above the others


def _points(
    plane: Plane,
    dots: list[dict[str, Any]],
    style: dict[str, tuple[str, str]],
    sales: tuple[float, str],
    lang: Language,
) -> Any:
    alt, words = altair(), _WORDS[lang]
    fields = {"n": "name", "i": "firm_id", "p": "region_name", "c": "connector_degree"}
    fields |= {"h": "hub_degree", "m": "sales"}
    titles = {k: label("degrees", f, lang) for k, f in fields.items()}
    titles |= {"g": words["group"], "r": label("selection", "rank", lang)}
    present = dots[0] if dots else {}
    largest, unit = sales
    sizes = alt.Legend(
        title=f"{label('degrees', 'sales', lang)} ({unit})",
        format=",~r",
        values=sorted({_round(largest / by) for by in (1, 5, 25)}),
        symbolFillColor="#777777",
        symbolStrokeColor="white",
    )
    colours = alt.Scale(domain=list(style), range=[c for c, _ in style.values()])
    shapes = alt.Scale(domain=list(style), range=[s for _, s in style.values()])
    marks = alt.Chart(alt.Data(values=dots)).mark_point(
        filled=True, opacity=0.9, stroke="white", strokeWidth=0.7
    )
    across, up = words["axes"]
    return marks.encode(
        x=plane.axes[0].encode(lambda **k: alt.X("x:Q", **k), across),
        y=plane.axes[1].encode(lambda **k: alt.Y("y:Q", **k), up),
        color=alt.Color("g:N", scale=colours, title=None),
        shape=alt.Shape("g:N", scale=shapes, title=None),
        size=alt.Size("s:Q", scale=alt.Scale(domain=[0, largest], range=_AREAS), legend=sizes),
        tooltip=[alt.Tooltip(f"{k}:N", title=t) for k, t in titles.items() if k in present],
    )


def _round(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten below."""
    power = 10.0 ** floor(log10(value))
    return float(f"{next(n for n in (5, 2, 1) if n <= value / power * 1.000001) * power:.3g}")


def _strips() -> Any:
    strips = [
        {"x": 0, "X": STRIP, "y": 0, "Y": HEIGHT},
        {"x": STRIP, "X": WIDTH, "y": HEIGHT - STRIP, "Y": HEIGHT},
    ]
    return at_pixels(strips, ends=True).mark_rect(color="#f0f0f0")


def _shades(plane: Plane, lang: Language) -> list[Any]:
    """Firms that are no points, counted in squares."""
    cells = plane.cells()
    if not cells:
        return []
    alt, title = altair(), _WORDS[lang]["count"]
    most = max(c["n"] for c in cells)
    scale = alt.Scale(type="log", range=["#dfe7ee", "#6f7f8d"], domain=[1, max(most, 2)])
    powers = [10**i for i in range(8) if 10**i <= most]
    legend = alt.Legend(title=title, format=",d", values=powers, gradientLength=100)
    squares = at_pixels(cells, ends=True).mark_rect()
    colour = alt.Color("n:Q", scale=scale, legend=legend)
    return [squares.encode(color=colour, tooltip=alt.Tooltip("n:Q", title=title, format=","))]


def _mean_lines(plane: Plane) -> list[Any]:
    if plane.mean_spot is None:
        return []
    x, y = plane.mean_spot
    lines = [{"x": x, "X": x, "y": 0, "Y": HEIGHT}, {"x": 0, "X": WIDTH, "y": y, "Y": y}]
    return [at_pixels(lines, ends=True).mark_rule(strokeDash=[5, 4], color=SOFT_INK)]
