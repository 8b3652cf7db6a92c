"""Connector degree against hub degree: who earns outside the region and who buys inside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.measures.degrees import Degrees
from connhub.plots.log_axis import STRIP, LogAxis
from connhub.plots.picture import SELECTED, Picture, altair, blank, caption, of_region
from connhub.plots.placing import Box, Label, label_box, place_labels, text_width
from connhub.plots.rows import place, texts
from connhub.selection.result import Selection
from connhub.vocabulary import Language, label
from connhub.wording import firm_label, money, money_scale, plain, region_label, share, shortened

__all__ = ["connector_hub"]

Float = npt.NDArray[np.float64]
_WIDTH, _HEIGHT = 560, 480
_CELL = 12
_LARGEST = 500  # area of the largest point
_SMALLEST = 18
_FIELDS = 6
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56b4e9")
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_REST = "#8f8f8f"
_DEGREES = ("connector_degree", "hub_degree")
_WORDS = {
    "ja": {
        "title": "{place}: コネクター度とハブ度",
        "connector_degree": "コネクター度(地域の域外販売額に占める割合、対数目盛)",
        "hub_degree": "ハブ度(地域の域内仕入額に占める割合、対数目盛)",
        "corners": (
            ("ハブ型: 域内から仕入れる", "コネクターハブ型: 域外で稼ぎ域内に回す"),
            ("どちらも平均未満", "コネクター型: 域外で稼ぐ"),
        ),
        "mean": "破線 = 全 {n:,} 社の平均(コネクター度 {x}、ハブ度 {y})。これより高いか低いかで四つに分ける",
        "strip": "灰色の帯 = 目盛の外: コネクター度が 0 {zero_x:,} 社、ハブ度が 0 {zero_y:,} 社{small}{below}",
        "small": "、正だが目盛に満たない {n:,} 社",
        "below": "、負 {n:,} 社",
        "labels": "名前 {n:,} 社",
        "dropped": "(場所がなく略した {n:,} 社)",
        "null": "度が定義されない {n:,} 社は除く",
        "cells": "点 {points:,} 社、ほか {n:,} 社はマスの濃さ",
        "unselected": "選定された企業はない",
        "empty": "企業がない",
        "undefined": "{what}が定義されない(地域の合計が正でない)",
        "all": "全国",
        "chosen": "選定",
        "others": "ほかの企業",
        "both": "両方の順位が高い",
        "more": "ほかの分野",
        "count": "マスの企業数",
        "none": "0",
        "join": "。",
        "comma": "、",
    },
    "en": {
        "title": "{place}: connector degree and hub degree",
        "connector_degree": "Connector degree (share of the region's out-of-region sales, log scale)",
        "hub_degree": "Hub degree (share of the region's in-region purchases, log scale)",
        "corners": (
            ("Hub: buys at home", "Connector hub: earns outside, buys at home"),
            ("Neither", "Connector: earns outside"),
        ),
        "mean": "Dashed: mean of {n:,} firms (connector degree {x}, hub degree {y}); "
        "above or below it, four kinds",
        "strip": "Grey strips, off the scale: connector degree 0 {zero_x:,} firms, "
        "hub degree 0 {zero_y:,} firms{small}{below}",
        "small": ", above 0 but too small {n:,}",
        "below": ", below 0 {n:,}",
        "labels": "{n:,} firms named",
        "dropped": " ({n:,} more have no room)",
        "null": "{n:,} firms with undefined degrees are left out",
        "cells": "{points:,} firms as points, {n:,} more as shaded squares",
        "unselected": "No firm is selected",
        "empty": "There is no firm",
        "undefined": "Undefined: {what} (the sum of the region is not above 0)",
        "all": "All regions",
        "chosen": "Selected",
        "others": "Other firms",
        "both": "High in both",
        "more": "Other fields",
        "count": "Firms in a square",
        "none": "0",
        "join": ". ",
        "comma": ", ",
    },
}


def connector_hub(
    degrees: Degrees,
    *,
    region: str | None = None,
    selection: Selection | None = None,
    labels: int = 12,
    points: int = 1500,
    lang: Language = "ja",
    year: str | int | None = None,
    source: str | None = None,
) -> Picture:
    """Show the firms of a region by connector degree and hub degree, both on log scales.

    Firms without a place on such a scale (0, or below 0 after returns) stand in strips at its
    beginning. The dashed lines are the means; they part four kinds of firms.

    Parameters
    ----------
    degrees : Degrees
    region : str, optional
        Code or name; all firms if it is not given.
    selection : Selection, optional
        Its selected firms are named and coloured, by field if it has fields. Without one those
        are named that rank high in both degrees.
    labels : int
        How many firms are named at most.
    points : int
        How many firms are points; the others are counted in shaded squares.
    lang : {"ja", "en"}
    year, source : optional
        See `caption`.

    Returns
    -------
    Picture

    Raises
    ------
    OptionError
        For what is no region.

    Examples
    --------
    >>> import pyarrow as pa
    >>> import connhub
    >>> firms = pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "13", "27"]})
    >>> trade = pa.table({"seller_id": list("aabc"), "buyer_id": list("dbcd"),
    ...                   "amount": [30, 5, 5, 10]})
    >>> connector_hub(connhub.analyze(trade, firms).degrees, region="13")
    Picture: 東京都: コネクター度とハブ度
    """
    words = _WORDS[lang]
    rows, code, name = of_region(degrees.frame, region)
    where = region_label(code, name, lang) if code else words["all"]
    title = words["title"].format(place=where)
    told: dict[str, Any] = {"lang": lang, "year": year, "source": source}
    known = rows[rows[list(_DEGREES)].notna().all(axis=1)]
    if not len(known):
        none = [label("degrees", d, lang) for d in _DEGREES if rows[d].isna().all()]
        why = (
            words["undefined"].format(what=words["comma"].join(none))
            if len(rows)
            else words["empty"]
        )
        return blank(caption(title, degrees.ledger, **told), why)
    firms = _Firms(
        known.reset_index(drop=True), selection, labels, points, lang, degrees.ledger.unit
    )
    notes = firms.notes(len(rows) - len(known))
    text = caption(title, degrees.ledger, notes=notes, **told)
    alt = altair()
    chart = alt.layer(*firms.layers(), title=alt.TitleParams(**text))
    chart = chart.resolve_scale(color="independent", shape="independent")
    return Picture(chart.properties(width=_WIDTH, height=_HEIGHT))


class _Firms:
    """Everything that the picture is made of, worked out once."""

    def __init__(
        self,
        frame: pd.DataFrame,
        selection: Selection | None,
        labels: int,
        points: int,
        lang: Language,
        unit: str,
    ) -> None:
        self.frame, self.lang, self.unit = frame, lang, unit
        self.words: Any = _WORDS[lang]
        self.values = [frame[d].to_numpy(dtype=float) for d in _DEGREES]
        spare = 0.01 if len(frame) > points else 0.0
        self.axes = [
            LogAxis.of(v, n, spare=spare)
            for v, n in zip(self.values, (_WIDTH, _HEIGHT), strict=True)
        ]
        self.wanted = selection is not None
        self.chosen = _chosen(frame, selection)
        both = [frame[d].rank(method="min", ascending=False).to_numpy() for d in _DEGREES]
        high, either = np.maximum(*both), np.minimum(*both)
        first = self.chosen["place"].to_numpy()
        self.any_chosen = bool(np.isfinite(first).any())
        if self.any_chosen:
            order = np.lexsort((high, first))[: int(np.isfinite(first).sum())]
        else:
            order = np.argsort(high, kind="stable")
        self.named = order[:labels]
        forward = np.full(len(frame), 2)
        forward[order if self.any_chosen else self.named] = 1
        forward[self.named] = 0
        self.shown = np.lexsort((either, np.where(forward == 1, first, 0), forward))[:points]
        self.pixels = self._spread()
        largest = max(float(frame["sales"].max()), 1.0)
        self.by, self.money_unit = money_scale(largest, unit, lang)
        part = np.clip(frame["sales"].to_numpy(dtype=float) / largest, 0, None)
        self.radius = np.sqrt((_SMALLEST + part * (_LARGEST - _SMALLEST)) / np.pi)
        self.places = self._labels()

    def _spread(self) -> Float:
        """Pixels of each firm from the lower left; those in a strip are spread over it."""
        count = len(self.frame)
        out = np.empty((count, 2))
        for i, (values, axis) in enumerate(zip(self.values, self.axes, strict=True)):
            at = axis.pixels(values)
            turn = (np.arange(count) * (0.618034 if i else 0.754878)) % 1 - 0.5
            turn[self.named] = 0
            out[:, i] = at + np.where(values < axis.low, turn * STRIP * 0.7, 0)
        return out

    def _labels(self) -> list[Label]:
        x, y = self.pixels[:, 0], _HEIGHT - self.pixels[:, 1]
        anchors = [(float(x[i]), float(y[i]), float(self.radius[i])) for i in self.named]
        corners = [label_box(c["t"], _left(c), c["y"], 12) for c in self._corners()]
        crowd = np.column_stack([x[self.shown], y[self.shown]])
        said = [self._name(int(i)) for i in self.named]
        within = Box(2, 2, _WIDTH - 2, _HEIGHT - 2)
        return place_labels(anchors, said, within=within, taken=corners, crowd=crowd)

    def _name(self, i: int) -> str:
        return firm_label(self.frame["name"].iloc[i], self.frame["firm_id"].iloc[i])

    @property
    def means(self) -> list[float] | None:
        """Where the lines stand: only among several firms, and on the axes."""
        means = [float(v.mean()) for v in self.values]
        on = all(a.low < m < a.high for m, a in zip(means, self.axes, strict=True))
        return means if on and len(self.frame) > 2 else None

    def _corners(self) -> list[dict[str, Any]]:
        if self.means is None:
            return []
        rows = []
        for y, names in zip((11, _HEIGHT - STRIP - 11), self.words["corners"], strict=True):
            rows.append({"x": STRIP + 6, "y": y, "t": names[0], "right": False})
            rows.append({"x": _WIDTH - 6, "y": y, "t": names[1], "right": True})
        return rows

    def notes(self, undefined: int) -> list[str]:
        """What the lines, the strips and the squares are, and what is left out."""
        words, lines = self.words, []
        if self.means is not None:
            x, y = (share(m) for m in self.means)
            lines.append(words["mean"].format(n=len(self.frame), x=x, y=y))
        x, y = self.values
        under = [(v > 0) & (v < a.low) for v, a in zip(self.values, self.axes, strict=True)]
        small, below = int((under[0] | under[1]).sum()), int(((x < 0) | (y < 0)).sum())
        strip = words["strip"].format(
            zero_x=int((x == 0).sum()),
            zero_y=int((y == 0).sum()),
            small=words["small"].format(n=small) if small else "",
            below=words["below"].format(n=below) if below else "",
        )
        lines.append(strip)
        parts = [words["labels"].format(n=len(self.places))]
        if lost := len(self.named) - len(self.places):
            parts[0] += words["dropped"].format(n=lost)
        if self.wanted and not self.any_chosen:
            parts.insert(0, words["unselected"])
        if rest := len(self.frame) - len(self.shown):
            parts.append(words["cells"].format(points=len(self.shown), n=rest))
        if undefined:
            parts.append(words["null"].format(n=undefined))
        return [*lines, words["join"].join(parts)]

    def layers(self) -> list[Any]:
        """From the ground up."""
        return [*self._ground(), *self._cells(), self._points(), *self._names()]

    def _channels(self) -> dict[str, Any]:
        alt, words = altair(), self.words
        which = (("x", alt.X), ("y", alt.Y))
        return {
            n: axis.channel(lambda n=n, c=c, **k: c(f"{n}:Q", **k), words[d], words["none"])
            for (n, c), axis, d in zip(which, self.axes, _DEGREES, strict=True)
        }

    def _ground(self) -> list[Any]:
        alt = altair()
        strips = [
            {"x": 0, "X": STRIP, "y": 0, "Y": _HEIGHT},
            {"x": 0, "X": _WIDTH, "y": _HEIGHT - STRIP, "Y": _HEIGHT},
        ]
        ground = alt.Chart(alt.Data(values=strips)).mark_rect(color="#f0f0f0")
        layers = [ground.encode(**place(), x2="X:Q", y2="Y:Q")]
        if self.means is not None:
            x, y = (
                float(a.pixels(np.array(m))) for a, m in zip(self.axes, self.means, strict=True)
            )
            lines = [
                {"x": x, "X": x, "y": 0, "Y": _HEIGHT},
                {"x": 0, "X": _WIDTH, "y": _HEIGHT - y, "Y": _HEIGHT - y},
            ]
            rules = alt.Chart(alt.Data(values=lines)).mark_rule(strokeDash=[5, 4], color="#777777")
            layers.append(rules.encode(**place(), x2="X:Q", y2="Y:Q"))
        return layers

    def _cells(self) -> list[Any]:
        """Firms that are no points, counted in squares."""
        hidden = np.ones(len(self.frame), dtype=bool)
        hidden[self.shown] = False
        if not hidden.any():
            return []
        alt = altair()
        at = np.floor((self.pixels[hidden] - STRIP) / _CELL).astype(int)
        at[self.pixels[hidden] < STRIP] = -1
        cells, counts = np.unique(at, axis=0, return_counts=True)
        rows = []
        for (i, j), n in zip(cells.tolist(), counts.tolist(), strict=True):
            x, y = (0 if k < 0 else STRIP + k * _CELL for k in (i, j))
            wide, high = (STRIP if k < 0 else _CELL for k in (i, j))
            rows.append({"x": x, "X": x + wide, "y": _HEIGHT - y, "Y": _HEIGHT - y - high, "n": n})
        scale = alt.Scale(
            type="log", range=["#dfe7ee", "#6f7f8d"], domain=[1, max(int(counts.max()), 2)]
        )
        legend = alt.Legend(title=self.words["count"], format="~s", gradientLength=100)
        chart = alt.Chart(alt.Data(values=rows)).mark_rect()
        return [
            chart.encode(
                **place(),
                x2="X:Q",
                y2="Y:Q",
                color=alt.Color("n:Q", scale=scale, legend=legend),
                tooltip=[alt.Tooltip("n:Q", title=self.words["count"], format=",")],
            )
        ]

    def _groups(self) -> tuple[list[str], dict[str, tuple[str, str]]]:
        """Group of each shown firm, and colour and shape of the groups."""
        words = self.words
        style: dict[str, tuple[str, str]] = {}
        fields = self.chosen["field"].iloc[self.shown]
        first = np.isfinite(self.chosen["place"].to_numpy()[self.shown])
        front = first if self.any_chosen else np.isin(self.shown, self.named)
        if fields.notna().any():
            frequent = fields.value_counts(sort=True).index[:_FIELDS]
            names = {f: shortened(f, 22) for f in frequent}
            for f, colour, shape in zip(frequent, _COLOURS, _SHAPES, strict=False):
                style[names[f]] = colour, shape
            group = [
                words["others"] if not on else names.get(f, words["more"])
                for f, on in zip(fields, front, strict=True)
            ]
            style[words["more"]] = ("#333333", "triangle-left")
        else:
            lead = words["chosen" if self.any_chosen else "both"]
            group = [lead if on else words["others"] for on in front]
            style[lead] = (SELECTED, "circle")
        style[words["others"]] = (_REST, "circle")
        there = set(group)
        return group, {g: s for g, s in style.items() if g in there}

    def _points(self) -> Any:
        alt, words = altair(), self.words
        group, style = self._groups()
        x, y = (a.value(self.pixels[:, i]) for i, a in enumerate(self.axes))
        rows = []
        for i, g in zip(self.shown.tolist(), group, strict=True):
            row = self.frame.iloc[i]
            said = {
                "x": float(f"{x[i]:.5g}"),
                "y": float(f"{y[i]:.5g}"),
                "s": float(f"{max(row['sales'], 0) / self.by:.4g}"),
                "g": g,
                "n": firm_label(row["name"], row["firm_id"], 40),
                "i": plain(row["firm_id"]),
                "c": share(float(row["connector_degree"])),
                "h": share(float(row["hub_degree"])),
                "m": money(float(row["sales"]), self.unit, self.lang),
            }
            rows.append(said)
        titles = {
            "n": "name",
            "i": "firm_id",
            "c": "connector_degree",
            "h": "hub_degree",
            "m": "sales",
        }
        tips = [
            alt.Tooltip(f"{k}:N", title=label("degrees", t, self.lang)) for k, t in titles.items()
        ]
        domain = list(style)
        colours = alt.Scale(domain=domain, range=[c for c, _ in style.values()])
        shapes = alt.Scale(domain=domain, range=[s for _, s in style.values()])
        largest = max(float(self.frame["sales"].max()) / self.by, 1 / self.by)
        sizes = alt.Scale(domain=[0, largest], range=[_SMALLEST, _LARGEST])
        sales = f"{label('degrees', 'sales', self.lang)} ({self.money_unit})"
        rows.reverse()  # the first are drawn last, above the others
        chart = alt.Chart(alt.Data(values=rows)).mark_point(
            filled=True, opacity=0.85, stroke="white", strokeWidth=0.7
        )
        return chart.encode(
            **self._channels(),
            color=alt.Color("g:N", scale=colours, title=None),
            shape=alt.Shape("g:N", scale=shapes, title=None),
            size=alt.Size("s:Q", scale=sizes, legend=alt.Legend(title=sales, tickCount=3)),
            tooltip=tips,
        )

    def _names(self) -> list[Any]:
        alt = altair()
        said, lines = [], []
        for found in self.places:
            box = found.box
            name = self._name(int(self.named[found.item]))
            said.append(
                {"x": round(box.left, 1), "y": round((box.top + box.bottom) / 2, 1), "t": name}
            )
            if found.leader:
                x, y, to_x, to_y = (round(v, 1) for v in found.leader)
                lines.append({"x": x, "y": y, "X": to_x, "Y": to_y})
        corners = self._corners()
        halo = {"stroke": "white", "strokeWidth": 3, "strokeJoin": "round"}
        rules = alt.Chart(alt.Data(values=lines)).mark_rule(color="#555555", strokeWidth=0.8)
        layers = [rules.encode(**place(), x2="X:Q", y2="Y:Q")] if lines else []
        for right in (False, True):
            some = [c for c in corners if c["right"] == right]
            align = "right" if right else "left"
            soft = {"fontSize": 12, "color": "#6b6b6b", "align": align}
            layers += [texts(some, **soft, **halo), texts(some, **soft)] if some else []
        return [*layers, texts(said, **halo), texts(said)] if said else layers


def _left(corner: dict[str, Any]) -> float:
    back = text_width(corner["t"], 12) if corner["right"] else 0.0
    return float(corner["x"] - back)


def _chosen(frame: pd.DataFrame, selection: Selection | None) -> pd.DataFrame:
    """Best place of each firm on a list on which it is selected, and the field of that list."""
    if selection is None:
        return pd.DataFrame({"place": np.full(len(frame), np.nan), "field": None})
    lines = selection.frame.loc[selection.frame["selected"], ["firm_id", "rank", "field"]]
    best = lines.sort_values("rank", kind="stable").drop_duplicates("firm_id").set_index("firm_id")
    found = best.reindex(frame["firm_id"])
    places = found["rank"].to_numpy(dtype=float)
    return pd.DataFrame({"place": places, "field": found["field"].to_numpy(dtype=object)})
