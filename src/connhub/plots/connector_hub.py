"""Connector degree against hub degree: who earns outside the region and who buys inside it."""

from __future__ import annotations

from functools import partial
from math import floor, log10
from typing import Any

import numpy as np
import pandas as pd

from connhub.labels import Language
from connhub.measures.degrees import Degrees
from connhub.measures.result_table import check_same_unit
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.log_axis import STRIP
from connhub.plots.drawing.pixel_marks import SOFT_INK, at_pixels
from connhub.plots.drawing.scatter_layout import DEGREES, HEIGHT, WIDTH, ScatterLayout
from connhub.plots.drawing.text_layers import (
    corner_layers,
    corner_names,
    firm_labels,
    label_layers,
)
from connhub.plots.picture import (
    SELECTED,
    Picture,
    at_least,
    blank,
    heading,
    in_region,
    place_name,
    sentences,
)
from connhub.plots.vega_lite import Chart, channel, layer
from connhub.schema import label
from connhub.selection.certainty_result import Certainty
from connhub.selection.result import Selection
from connhub.text.catalogue import Texts
from connhub.text.names import firm_label, shortened
from connhub.text.numbers import NOTHING, money, money_scale, share

__all__ = ["connector_hub"]

_AREAS = 18, 500  # of the smallest and the largest point
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56b4e9")
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_REST, _MORE = ("#9a9a9a", "circle"), ("#333333", "triangle-left")
_COLUMNS = ["firm_id", "name", "region", "sales", "out_of_region_sales", *DEGREES]


@flat_options
def connector_hub(
    degrees: Degrees,
    *,
    of_region: str | None = None,
    selection: Selection | None = None,
    certainty: Certainty | None = None,
    labels: int = 16,
    points: int = 1500,
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Show the firms of a region by connector degree and hub degree, both on log scales.

    Firms without a place on such a scale (0, below 0 after returns, or with many firms the
    smallest) are in strips at its beginning. The dashed lines are the means; they separate four
    kinds of firms.

    Parameters
    ----------
    degrees : Degrees
    of_region : str, optional
        Code or name; all firms if it is not given.
    selection : Selection, optional
        Its selected firms are named and colored, by field if it has fields; the first by each
        degree are named as well. Without one those are named that rank high in both degrees.
    certainty : Certainty, optional
        From ``selection.certainty()``: certain and borderline firms are told apart by color and
        shape, instead of fields.
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
    at_least(0, labels=labels, points=points)
    lang = caption.lang
    texts = Texts("connector_hub", lang)
    rows, code = in_region(degrees, of_region)
    rows = rows[_COLUMNS]
    title = texts("title", place=place_name(degrees.directory, code, lang))
    head = partial(heading, title, degrees.ledger, caption)
    if not len(rows):
        return blank(head(), Texts("pictures", lang)("no_firm"))
    defined = rows[list(DEGREES)].notna().all(axis=1)
    known = rows if defined.all() else rows[defined]
    if not len(known):
        names = [label("degrees", d, lang) for d in DEGREES if rows[d].isna().all()]
        return blank(head(), texts("undefined", degrees=names))
    check_same_unit(degrees.unit, None if selection is None else selection.unit)
    layout = ScatterLayout.of(known, selection, labels=labels, points=points)
    groups = (
        _groups(layout, texts) if certainty is None else _verdicts(layout, known, certainty, texts)
    )
    points_layer, label_count, name_layers = _firms(
        layout, known, degrees, texts, groups, with_region=of_region is None
    )
    notes = _notes(layout, label_count, len(rows) - len(known), selection is not None, texts)
    layers = [
        _strips(),
        *_squares(layout, texts),
        *_mean_lines(layout),
        points_layer,
        *name_layers,
    ]
    subtitle = head(unit="%", notes=notes)
    chart = layer(*layers, title=subtitle)
    chart = chart.properties(resolve={"scale": {"color": "independent", "shape": "independent"}})
    return Picture(chart.properties(width=WIDTH, height=HEIGHT))


def _firms(
    layout: ScatterLayout,
    known: pd.DataFrame,
    degrees: Degrees,
    texts: Texts,
    groups: tuple[list[str], dict[str, tuple[str, str]]],
    *,
    with_region: bool,
) -> tuple[Any, int, list[Any]]:
    """The points; how many have a name; the names of quadrants and firms."""
    shown = known.iloc[layout.shown]
    size = "sales" if known["sales"].notna().all() else "out_of_region_sales"
    largest = float(known[size].max())
    largest = largest if largest > 0 else 1.0
    scale = money_scale(largest, degrees.unit, texts.lang)
    sales = np.maximum(shown[size].to_numpy(dtype=float), 0)
    corners = corner_names(
        layout, ((texts("hub"), texts("both")), (texts("neither"), texts("connector")))
    )
    radius = np.sqrt((_AREAS[0] + sales / largest * (_AREAS[1] - _AREAS[0])) / np.pi)
    named = shown[["name", "firm_id"]].iloc[layout.names].to_numpy()
    names = [firm_label(name, firm_id) for name, firm_id in named]
    labels = firm_labels(layout, radius, names, corners)
    group, style = groups
    shown = shown.assign(size=shown[size])
    dots = _dots(layout, shown, sales / scale[0], group, degrees, texts.lang, with_region)
    layer = _points(layout, dots, style, (size, largest / scale[0], scale[1]), texts)
    return layer, len(labels), [*corner_layers(corners), *label_layers(labels, names)]


def _notes(
    layout: ScatterLayout, named: int, undefined: int, with_selection: bool, texts: Texts
) -> list[str]:
    """What the lines, the strips and the squares are, and what is left out."""
    x, y = layout.values
    lines = []
    if layout.means is not None:
        across, up = (share(m) for m in layout.means)
        lines.append(texts("mean", count=x.size, connector=across, hub=up))
    strips = texts("strips", connector=int((x == 0).sum()), hub=int((y == 0).sum()))
    tiny = [(v > 0) & (v < a.low) for v, a in zip(layout.values, layout.axes, strict=True)]
    for key, which in (("too_small", tiny[0] | tiny[1]), ("below_zero", (x < 0) | (y < 0))):
        if n := int(which.sum()):
            strips += texts(key, count=n)
    parts = [texts("nobody_selected")] if with_selection and not layout.selected.rows.size else []
    if left_out := layout.named - named:
        parts.append(texts("named_and_no_room", count=named, left_out=left_out))
    else:
        parts.append(texts("named", count=named))
    if hidden := x.size - layout.shown.size:
        parts.append(texts("squares", points=layout.shown.size, count=hidden))
    if undefined:
        parts.append(texts("left_out", count=undefined))
    return [*lines, strips, sentences(parts, texts.lang)]


def _groups(layout: ScatterLayout, texts: Texts) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """Group of each point, and color and shape of each group."""
    selected, others, more = layout.selected, texts("other_firms"), texts("other_fields")
    known = [f for f in selected.field if f is not None]
    if not known:
        lead = texts("selected" if selected.rows.size else "high_in_both")
        front = selected.rows.size or layout.named
        group = [lead if i < front else others for i in range(layout.shown.size)]
        style = {lead: (SELECTED, "circle"), others: _REST}
        return group, {g: s for g, s in style.items() if g in group}
    frequent = pd.Series(known).value_counts().index[: len(_COLORS)]
    names: dict[str, str] = {}
    for field in frequent:
        name = shortened(field, 22)
        taken = {*names.values(), others, more}
        names[field] = name if name not in taken else f"{name} ({len(names) + 1})"
    marks = zip(_COLORS, _SHAPES, strict=True)
    style = {**dict(zip(names.values(), marks, strict=False)), more: _MORE, others: _REST}
    group = [names.get(f, more) for f in selected.field[: layout.shown.size]]
    group += [others] * (layout.shown.size - len(group))
    return group, {g: s for g, s in style.items() if g in set(group)}


def _verdicts(
    layout: ScatterLayout, known: pd.DataFrame, certainty: Certainty, texts: Texts
) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """Group of each point by how sure its place on a list is, and color and shape of each group."""
    frame = certainty.frame
    verdict: dict[Any, str] = {}
    for name in ("no_verdict", "borderline", "certain"):  # on several lists: the surest
        rows = frame["certainty"] == name
        rows &= frame["selected"] | (name != "no_verdict")
        verdict |= dict.fromkeys(frame.loc[rows, "firm_id"], name)
    others = texts("other_firms")
    marks = {
        "certain": (SELECTED, "circle"),
        "borderline": (_COLORS[1], "diamond"),
        "no_verdict": (_COLORS[5], "square"),
    }
    names = {name: texts(f"verdict_{name}") for name in marks}
    shown = known["firm_id"].iloc[layout.shown]
    group = [names.get(verdict.get(firm, ""), others) for firm in shown]
    style = {**{names[n]: mark for n, mark in marks.items()}, others: _REST}
    return group, {g: mark for g, mark in style.items() if g in set(group)}


def _dots(
    layout: ScatterLayout,
    shown: pd.DataFrame,
    sales: Any,
    group: list[str],
    degrees: Degrees,
    lang: Language,
    with_region: bool,
) -> list[dict[str, Any]]:
    """Data of the points, with short names: there are many."""
    spots = layout.spots[layout.shown]
    x = layout.axes[0].value(spots[:, 0])
    y = layout.axes[1].value(HEIGHT - spots[:, 1])
    ranks = layout.selected.rank
    rows = []
    for k, row in enumerate(shown.to_dict("records")):
        dot = {
            "x": float(f"{x[k]:.5g}"),
            "y": float(f"{y[k]:.5g}"),
            "s": float(f"{sales[k]:.4g}"),
            "g": group[k],
            "n": firm_label(row["name"], row["firm_id"], 40),
            "i": shortened(str(row["firm_id"]), 40),
            "c": share(float(row["connector_degree"])),
            "h": share(float(row["hub_degree"])),
            "m": money(float(row["size"]), degrees.unit, lang),
        }
        if with_region:
            dot["p"] = degrees.directory.label(row["region"], lang)
        if ranks.size:
            dot["r"] = f"{ranks[k]:,}" if k < ranks.size else NOTHING
        rows.append(dot)
    return rows[::-1]  # the first are drawn last, above the others


def _points(
    layout: ScatterLayout,
    dots: list[dict[str, Any]],
    style: dict[str, tuple[str, str]],
    largest: tuple[str, float, str],
    texts: Texts,
) -> Any:
    lang = texts.lang
    fields = {"n": "name", "i": "firm_id", "p": "region_name", "c": "connector_degree"}
    size, sales, unit = largest
    fields |= {"h": "hub_degree", "m": size}
    titles = {k: label("degrees", f, lang) for k, f in fields.items()}
    titles |= {"g": texts("group"), "r": label("selection", "rank", lang)}
    present = dots[0] if dots else {}
    sizes = {
        "title": f"{label('degrees', size, lang)} ({unit})",
        "format": ",~r",
        "values": sorted({_round(sales / by) for by in (1, 5, 25)}),
        "symbolFillColor": "#777777",
        "symbolStrokeColor": "white",
    }
    colors = {"domain": list(style), "range": [color for color, _ in style.values()]}
    shapes = {"domain": list(style), "range": [shape for _, shape in style.values()]}
    marks = Chart.of(dots).mark("point", filled=True, opacity=0.9, stroke="white", strokeWidth=0.7)
    across, up = texts("connector_axis"), texts("hub_axis")
    return marks.encode(
        x=layout.axes[0].encode("x:Q", across),
        y=layout.axes[1].encode("y:Q", up),
        color=channel("g:N", scale=colors, title=None),
        shape=channel("g:N", scale=shapes, title=None),
        size=channel("s:Q", scale={"domain": [0, sales], "range": _AREAS}, legend=sizes),
        tooltip=[channel(f"{k}:N", title=t) for k, t in titles.items() if k in present],
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
    return at_pixels(strips, ends=True).mark("rect", color="#f0f0f0")


def _squares(layout: ScatterLayout, texts: Texts) -> list[Any]:
    """Firms that are no points, counted in squares."""
    cells = layout.cells()
    if not cells:
        return []
    title = texts("firms_in_square")
    largest = max(cell["n"] for cell in cells)
    scale = {"type": "log", "range": ["#dfe7ee", "#6f7f8d"], "domain": [1, max(largest, 2)]}
    powers = [10**i for i in range(8) if 10**i <= largest]
    legend = {"title": title, "format": ",d", "values": powers, "gradientLength": 100}
    squares = at_pixels(cells, ends=True).mark("rect")
    color = channel("n:Q", scale=scale, legend=legend)
    return [squares.encode(color=color, tooltip=channel("n:Q", title=title, format=","))]


def _mean_lines(layout: ScatterLayout) -> list[Any]:
    if layout.mean_spot is None:
        return []
    x, y = layout.mean_spot
    lines = [{"x": x, "X": x, "y": 0, "Y": HEIGHT}, {"x": 0, "X": WIDTH, "y": y, "Y": y}]
    return [at_pixels(lines, ends=True).mark("rule", strokeDash=[5, 4], color=SOFT_INK)]
