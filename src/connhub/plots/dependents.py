"""Who depends on whom: firms on the left, and on the right those their turnover is traced to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd

from connhub.arguments import Id
from connhub.errors import Fault, OptionError
from connhub.measures.ripple_result import Ripple
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.pixel_marks import SOFT_INK, at_pixels, text_marks
from connhub.plots.picture import (
    INSIDE,
    SELECTED,
    Picture,
    at_least,
    blank,
    heading,
    place_name,
    sentences,
)
from connhub.plots.vega_lite import channel, layer
from connhub.text.catalogue import Texts
from connhub.text.names import firm_label
from connhub.text.numbers import money, share

__all__ = ["dependents"]

_LEFT, _RIGHT, _WIDTH = 250, 550, 800
"""Where lines begin and end, in pixels, and the room for names beside them."""
_TOP, _ROW, _SOURCE_ROW, _WIDEST, _NAME = 30, 22, 36, 14, 26
_SOURCES = 8
_LEAST, _HALF = 0.05, 0.5
_LIGHT = "#9ecae1"
_LINKS = ["dependent", "source", "share", "direct", "turnover"]


@flat_options
def dependents(
    ripple: Ripple,
    firm: Id | None = None,
    *,
    of_region: str | None = None,
    n: int = 12,
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Draw whose turnover is traced to the money that enters at others. Modelled.

    A line leads from firm i to firm f if at least 5% of i's turnover is traced to what f sells
    outside the circle of the region's firms: L_if y_f / x_i (`Ripple.dependents`).

    Parameters
    ----------
    ripple : Ripple
    firm : str or int, optional
        Id of a firm: its dependents on the left, on whom it depends on the right; else a region.
    of_region : str, optional
        Code or name; by default the region of the ripple. On the right are the eight firms to
        which most turnover of others is traced.
    n : int
        How many firms on the left, those with the most turnover that is traced; around one firm,
        on each side.
    {caption}

    Returns
    -------
    Picture
        The width of a line is the turnover that is traced.

    Raises
    ------
    OptionError
        No such firm or region, or a firm whose money goes round for ever.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"]})
    >>> trade = pa.table({"seller_id": ["b", "a"], "buyer_id": ["c", "b"], "amount": [100, 40]})
    >>> dependents(analyze(trade, firms, grain="pairs").ripple("15"))
    Picture: 新潟県: だれがだれに依存するか
    """
    at_least(1, n=n)
    lang = caption.lang
    texts = Texts("dependents", lang)
    if firm is None:
        code = ripple.code_of(of_region)
        title = texts("title", place=place_name(ripple.directory, code, lang))
        links, notes = _links_of_region(ripple, code, n), []
    elif of_region is not None:
        raise OptionError(Fault("ripple.firm_or_region"))
    else:
        title = texts("title_firm", firm=firm_label(*ripple.name_of(firm), 40))
        links, own = _links_of_firm(ripple, str(firm), n)
        notes = [texts("own", share=share(own))]
    head = partial(heading, title, ripple.ledger, caption)
    if links.empty:
        return blank(head(notes=[texts("modelled")]), texts("nobody", least=f"{_LEAST:.0%}"))
    widths = (links["turnover"] / links["turnover"].max() * _WIDEST).clip(lower=1).round(2)
    links = links.assign(width=widths)
    lines = sentences([texts("lines"), texts("least", least=f"{_LEAST:.0%}")], lang)
    drawing = _Drawing(ripple, texts)
    layers, height = drawing.of_region(links) if firm is None else drawing.of_firm(links, str(firm))
    named = head(notes=[*notes, lines, texts("modelled")])
    chart = layer(*layers, title=named)
    return Picture(chart.properties(width=_WIDTH, height=height))


def _links(ripple: Ripple, found: pd.DataFrame, n: int) -> pd.DataFrame:
    """The links of the n dependents with the most turnover that is traced, in whole units."""
    found = found[(found["share"] >= _LEAST) & (found["dependent"] != found["source"])]
    output = ripple.outputs(found["dependent"].tolist())
    found = found.assign(turnover=found["share"] * output)
    sums = found.groupby("dependent", sort=False)["turnover"].sum()
    return found[found["dependent"].isin(sums.nlargest(n).index)].reset_index(drop=True)


def _links_of_region(ripple: Ripple, code: str, n: int) -> pd.DataFrame:
    """Links to the firms of a region to which most turnover of others is traced."""
    frame = ripple.frame
    traced = (frame["multiplier"] - 1) * ripple.final_sales
    traced = traced[(frame["region"] == code) & (traced > 0)].nlargest(_SOURCES)
    parts = [pd.DataFrame(columns=_LINKS).astype({"share": float, "direct": float})]
    for source in frame["firm_id"].astype("str")[traced.index]:
        found = ripple.dependents(source)[["firm_id", "share", "direct"]]
        parts.append(found.rename(columns={"firm_id": "dependent"}).assign(source=source))
    every = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    return _links(ripple, every.astype({"dependent": "str", "source": "str"}), n)


def _links_of_firm(ripple: Ripple, firm: str, n: int) -> tuple[pd.DataFrame, float]:
    """Links to a firm and from it, and the share of its turnover traced to its own sales."""
    columns = ["firm_id", "share", "direct"]
    left = ripple.dependents(firm)[columns].astype({"firm_id": "str"})
    left = left.rename(columns={"firm_id": "dependent"}).assign(source=firm)
    right = ripple.depends_on(firm)[columns].astype({"firm_id": "str"})
    own = float(right.loc[right["firm_id"] == firm, "share"].sum())
    right = right.rename(columns={"firm_id": "source"}).assign(dependent=firm)
    right = right[right["source"] != firm].head(n)
    return pd.concat([_links(ripple, left, n), _links(ripple, right, 1)], ignore_index=True), own


class _Drawing:
    """Places of firms and lines, and what stands beside them."""

    def __init__(self, ripple: Ripple, texts: Texts) -> None:
        self.ripple, self.unit, self.texts = ripple, ripple.unit, texts

    def of_region(self, links: pd.DataFrame) -> tuple[list[Any], float]:
        """Dependents in the order of those they depend on most, so that few lines cross."""
        by_source = links.groupby("source", sort=False)["turnover"].sum()
        sources = by_source.sort_values(ascending=False, kind="stable").index.tolist()
        largest = links.sort_values("share", ascending=False, kind="stable")
        main = largest.drop_duplicates("dependent").set_index("dependent")["source"]
        sums = links.groupby("dependent", sort=False)[["turnover", "share"]].sum()
        sums["main"] = [sources.index(main[i]) for i in sums.index]
        sums = sums.sort_values(["main", "turnover"], ascending=[True, False], kind="stable")
        height = max(_ROW * len(sums), _SOURCE_ROW * len(sources))
        left = dict(zip(sums.index, _spread(len(sums), height), strict=True))
        right = dict(zip(sources, _spread(len(sources), height), strict=True))
        names = [self._beside(i, left[i], share(sums["share"][i])) for i in left]
        most = float(by_source.max())
        traced = [money(by_source[i], self.unit, self.texts.lang, beside=most) for i in right]
        rows = [
            self._line(k, (_LEFT, left[k["dependent"]]), (_RIGHT, right[k["source"]]))
            for k in links.to_dict("records")
        ]
        layers = [
            *self._lines(rows),
            *_nodes([(_LEFT, y, 60) for y in left.values()]),
            *_nodes([(_RIGHT, y, 150) for y in right.values()]),
            *_left_texts(names),
            *self._right_texts(right, traced),
            *self._heads("dependents", "sources"),
        ]
        return layers, _TOP + height

    def of_firm(self, links: pd.DataFrame, firm: str) -> tuple[list[Any], float]:
        """The firm in the middle, dependents on the left, on whom it depends on the right."""
        on_left = links[links["source"] == firm].sort_values(
            "turnover", ascending=False, kind="stable"
        )
        on_right = links[links["dependent"] == firm]
        height = max(_ROW * len(on_left), _ROW * len(on_right), 3 * _ROW)
        middle = ((_LEFT + _RIGHT) / 2, _TOP + height / 2)
        left = dict(zip(on_left["dependent"], _spread(len(on_left), height), strict=True))
        right = dict(zip(on_right["source"], _spread(len(on_right), height), strict=True))
        rows = [
            self._line(k, (_LEFT, left[k["dependent"]]), middle) for k in on_left.to_dict("records")
        ] + [
            self._line(k, middle, (_RIGHT, right[k["source"]])) for k in on_right.to_dict("records")
        ]
        names = [
            self._beside(i, y, share(part))
            for (i, y), part in zip(left.items(), on_left["share"], strict=True)
        ]
        places = [(_LEFT, y, 60) for y in left.values()]
        layers = [
            *self._lines(rows),
            *_nodes([*places, *((_RIGHT, y, 60) for y in right.values())]),
            *_nodes([(*middle, 420)], SELECTED),
            *_left_texts(names),
            *self._right_texts(right, [share(part) for part in on_right["share"]], beside=True),
            *self._heads("dependents_of_firm", "sources_of_firm"),
            *self._empty_sides(middle[1], empty=(not left, not right)),
        ]
        return layers, _TOP + height

    def _line(
        self, link: dict[Any, Any], begin: tuple[float, float], end: tuple[float, float]
    ) -> dict[str, Any]:
        """A line, and what the pointer shows."""
        return {
            "x": begin[0], "y": begin[1], "X": end[0], "Y": end[1],
            "w": link["width"],
            "c": INSIDE if link["share"] >= _HALF else _LIGHT,
            "d": firm_label(*self.ripple.name_of(link["dependent"]), 60),
            "s": firm_label(*self.ripple.name_of(link["source"]), 60),
            "p": share(link["share"]),
            "q": share(link["direct"]),
            "m": money(link["turnover"], self.unit, self.texts.lang),
        }  # fmt: skip

    def _lines(self, rows: Sequence[dict[str, Any]]) -> list[Any]:
        """Lines as wide as the turnover; the dark ones above the light ones."""
        drawn = sorted(rows, key=lambda row: bool(row["c"] == INSIDE))
        tips = {"d": "dependent", "s": "source", "p": "share", "q": "direct", "m": "traced"}
        marks = at_pixels(drawn, ends=True).mark("rule", opacity=0.75, strokeCap="round")
        return [
            marks.encode(
                strokeWidth=channel("w:Q", scale=None, legend=None),
                color=channel("c:N", scale=None, legend=None),
                tooltip=[channel(f"{k}:N", title=self.texts(t)) for k, t in tips.items()],
            )
        ]

    def _beside(self, firm: str, y: float, value: str) -> dict[str, Any]:
        return {"y": y, "t": firm_label(*self.ripple.name_of(firm), _NAME), "v": value}

    def _right_texts(
        self, places: dict[str, float], values: Sequence[str], *, beside: bool = False
    ) -> list[Any]:
        """Names at the right, and a value below each, or before it."""
        names, below = [], []
        for (firm, y), value in zip(places.items(), values, strict=True):
            row = self._beside(firm, y, value)
            shift = 62 if beside else 14
            names.append({"x": _RIGHT + shift, "y": y if beside else y - 7, "t": row["t"]})
            below.append({"x": _RIGHT + 14, "y": y if beside else y + 8, "t": value})
        return [text_marks(names), text_marks(below, color=SOFT_INK)]

    def _heads(self, left: str, right: str) -> list[Any]:
        rows = [
            {"x": 0, "y": 6, "t": self.texts(left)},
            {"x": _RIGHT - 6, "y": 6, "t": self.texts(right)},
        ]
        return [text_marks(rows, fontWeight="bold")]

    def _empty_sides(self, y: float, *, empty: tuple[bool, bool]) -> list[Any]:
        """That nobody is on the left, or on the right."""
        nobody = self.texts("none", least=f"{_LEAST:.0%}")
        sides = zip(empty, (_LEFT - 12, _RIGHT + 14), ("right", "left"), strict=True)
        return [
            text_marks([{"x": x, "y": y, "t": nobody}], align=align, color=SOFT_INK)
            for is_empty, x, align in sides
            if is_empty
        ]


def _spread(count: int, height: float) -> list[float]:
    """Places of so many firms over the height."""
    return [round(_TOP + height * (i + 0.5) / count, 1) for i in range(count)]


def _nodes(places: Sequence[tuple[float, float, float]], color: str = INSIDE) -> list[Any]:
    """A dot a firm."""
    rows = [{"x": x, "y": y, "z": size} for x, y, size in places]
    points = at_pixels(rows).mark("point", filled=True, opacity=1, color=color, stroke="white")
    return [points.encode(size=channel("z:Q", scale=None, legend=None))]


def _left_texts(rows: Sequence[dict[str, Any]]) -> list[Any]:
    """Names at the left, and the share of each before its dot."""
    names = [{"x": _LEFT - 62, "y": row["y"], "t": row["t"]} for row in rows]
    values = [{"x": _LEFT - 12, "y": row["y"], "t": row["v"]} for row in rows]
    return [
        text_marks(names, align="right"),
        text_marks(values, align="right", color=SOFT_INK),
    ]
