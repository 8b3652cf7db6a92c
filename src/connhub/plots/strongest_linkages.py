"""The largest linkages between regions, as arcs over the tiles or over the map."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import hypot
from typing import Any

import pandas as pd

from connhub.labels import Language
from connhub.measures.linkages import Linkages
from connhub.options import CaptionOptions, ShapeOptions, flat_options
from connhub.plots.drawing.bar_chart import bar_chart
from connhub.plots.drawing.base_map import BaseMap, shape_base_map, tile_base_map
from connhub.plots.drawing.color_scale import PALE
from connhub.plots.drawing.label_placement import Box, first_free, text_width
from connhub.plots.drawing.map_shapes import shapes_of
from connhub.plots.drawing.pixel_marks import INK, at_pixels, text_marks
from connhub.plots.drawing.shape_files import Point
from connhub.plots.picture import (
    INSIDE,
    OUTSIDE,
    SELECTED,
    Picture,
    at_least,
    blank,
    heading,
    sentences,
)
from connhub.plots.vega_lite import channel, layer
from connhub.regions.directory import RegionDirectory
from connhub.text.catalogue import Texts
from connhub.text.names import shortened
from connhub.text.numbers import NOTHING, brief_money, brief_scale, money, money_unit, share

__all__ = ["strongest_linkages"]

_ENDS = ("seller_region", "buyer_region")
_WIDEST, _POINTS, _NAMED = 13.0, 16, 5
_AROUND = ((0, -14), (0, 14), (15, 0), (-15, 0))


@dataclass(frozen=True)
class _Context:
    """What is the same for all linkages; `code` is the region the picture is about, if any."""

    code: str
    unit: str
    directory: RegionDirectory
    texts: Texts

    @property
    def lang(self) -> Language:
        """Language of the picture."""
        return self.texts.lang


@dataclass(frozen=True)
class _Link:
    """One linkage and how it is written."""

    seller: str
    buyer: str
    amount: int
    context: _Context

    @property
    def color(self) -> str:
        """Dark for sales, light for purchases of the region."""
        if not self.context.code:
            return SELECTED
        return INSIDE if self.seller == self.context.code else OUTSIDE

    def ends(self, *, short: bool = False) -> str:
        """Seller and buyer."""
        return " → ".join(self._name(code, 20, short=short) for code in (self.seller, self.buyer))

    def row(self) -> dict[str, str]:
        """What the pointer shows, and the color."""
        return {
            "s": self._name(self.seller, 40),
            "b": self._name(self.buyer, 40),
            "t": money(self.amount, self.context.unit, self.context.lang),
            "c": self.color,
        }

    def _name(self, code: str, columns: int, *, short: bool = False) -> str:
        directory, lang = self.context.directory, self.context.lang
        return shortened(directory.label(code, lang, short=short), columns)


@flat_options
def strongest_linkages(
    linkages: Linkages,
    *,
    n: int = 40,
    of_region: str | None = None,
    shapes: ShapeOptions = ShapeOptions(),
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Draw the largest linkages between regions as arcs from the seller to the buyer.

    Parameters
    ----------
    linkages : Linkages
        ``result.linkages``.
    n : int
        How many are drawn.
    of_region : str, optional
        Only those of one region, code or name: what it sells is dark, what it buys light.
    {shapes}
    {caption}

    Returns
    -------
    Picture
        Arcs are thick at the seller and thin at the buyer, and bend to the left of their way.
        Only positive amounts are drawn.

    Raises
    ------
    OptionError
        When the region is not known, or no shape belongs to a region.
    InputError
        When the geometry cannot be read.

    Examples
    --------
    >>> import pyarrow as pa
    >>> import connhub
    >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    >>> deals = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    >>> strongest_linkages(connhub.analyze(deals, firms).linkages, lang="en")
    Picture: The strongest linkages between regions
    """
    at_least(1, n=n)
    linkages.require_transactions()
    lang, directory = caption.lang, linkages.directory
    texts = Texts("strongest_linkages", lang)
    code = "" if of_region is None else directory.find(of_region)
    frame = linkages.frame
    title = texts("title")
    if code:
        frame = frame[(frame["seller_region"] == code) | (frame["buyer_region"] == code)]
        title = texts("title_of_region", region=directory.label(code, lang))
    notes: list[str] = []
    unit = money_unit(linkages.unit, lang)
    head = partial(heading, title, linkages.ledger, caption, unit=unit, notes=notes)
    largest = frame[frame["amount"] > 0].head(n)
    if not len(largest):
        return blank(head(), texts("no_trade"))
    context = _Context(code, linkages.unit, directory, texts)
    coverage, colors = _coverage(largest, frame, context), [texts("colors")] if code else []
    base_map = _base_map(directory, largest, shapes, lang, code)
    links = [
        _Link(seller, buyer, amount, context)
        for seller, buyer, amount in largest[[*_ENDS, "amount"]].itertuples(index=False)
    ]
    if base_map is None:
        notes += [*coverage, *colors, Texts("pictures", lang)("bars_instead_of_map")]
        rows = [{**link.row(), "name": link.ends(), "v": link.amount} for link in links]
        return bar_chart(rows, head(), _hover_titles(lang))
    on_map = [link for link in links if {link.seller, link.buyer} <= base_map.places.keys()]
    notes += [sentences([texts("arcs"), *colors], lang), *coverage, *base_map.notes]
    if without_shape := len(links) - len(on_map):
        notes.append(texts("without_shape", count=without_shape))
    if not on_map:
        return blank(head(), texts("no_trade_on_map"))
    return _arcs(base_map, on_map, context, head())


def _coverage(largest: pd.DataFrame, frame: pd.DataFrame, context: _Context) -> list[str]:
    """How much of the trade between regions is shown, and what is below 0."""
    texts, shown, whole = context.texts, int(largest["amount"].sum()), int(frame["amount"].sum())
    notes = [
        texts(
            "coverage_of_region" if context.code else "coverage",
            shown=len(largest),
            count=len(frame),
            total=money(shown, context.unit, context.lang),
            share=share(shown / whole) if whole > 0 else NOTHING,
        )
    ]
    below = frame.loc[frame["amount"] < 0, "amount"]
    if below.size:
        total = money(int(below.sum()), context.unit, context.lang)
        notes.append(texts("negative", count=below.size, total=total))
    return notes


def _base_map(
    directory: RegionDirectory,
    largest: pd.DataFrame,
    shapes: ShapeOptions,
    lang: Language,
    own: str,
) -> BaseMap | None:
    """Tiles, or the shapes of the user; None where regions have no place."""
    used = [code for pair in largest[list(_ENDS)].itertuples(index=False) for code in pair]
    if shapes.geometry is None:
        return tile_base_map(directory, used, lang, own)
    found = shapes_of(shapes.geometry, directory, code_property=shapes.code_property)
    return shape_base_map(found, directory, used, lang, own)


def _curve(start: Point, end: Point) -> list[Point]:
    """Points of an arc that bends to the left of its way and keeps off the names at its ends."""
    (ax, ay), (bx, by) = start, end
    dx, dy = bx - ax, by - ay
    far = hypot(dx, dy) or 1.0
    off = min(15.0, far / 4) / far
    bend = 0.2 + max(0.0, 0.15 - far / 700)  # neighbours need more room
    cx, cy = (ax + bx) / 2 + bend * dy, (ay + by) / 2 - bend * dx
    points = []
    for i in range(_POINTS + 1):
        t = off + (1 - 2 * off) * i / _POINTS
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        points.append((round(a * ax + b * cx + c * bx, 1), round(a * ay + b * cy + c * by, 1)))
    return points


def _arcs(
    base_map: BaseMap, links: list[_Link], context: _Context, head: dict[str, Any]
) -> Picture:
    titles = _hover_titles(context.lang)
    largest = max(link.amount for link in links)
    rows: list[dict[str, Any]] = []
    curves = []
    for i, link in enumerate(links):
        points = _curve(base_map.places[link.seller], base_map.places[link.buyer])
        curves.append(points)
        thick = max(_WIDEST * link.amount / largest, 1.5)
        for k, (px, py) in enumerate(points):
            size = round(max(thick * (1 - 0.8 * k / _POINTS), 0.7), 2)
            rows.append({**link.row(), "id": i, "k": k, "x": px, "y": py, "w": size})
    arcs = (
        at_pixels(rows[::-1])
        .mark("trail", opacity=0.8)
        .encode(
            detail="id:O",
            order="k:Q",
            size=channel("w:Q", scale=None, legend=None),
            color=channel("c:N", scale=None, legend=None),
            tooltip=[channel(f"{k}:N", title=title) for k, title in titles.items()],
        )
    )
    top = links[:_NAMED]
    badges = _badges(curves, top, base_map)
    layers = [base_map.land, arcs, *base_map.names, *badges, *_list(top, base_map)]
    chart = layer(*layers, title=head)
    return Picture(chart.properties(width=round(base_map.width), height=round(base_map.height)))


def _hover_titles(lang: Language) -> dict[str, str]:
    texts = Texts("pictures", lang)
    return {"s": texts("seller"), "b": texts("buyer"), "t": texts("amount")}


def _discs(rows: list[dict[str, Any]]) -> Any:
    """Numbers in discs."""
    base = at_pixels(rows)
    disc = base.mark("point", filled=True, shape="circle", size=170, opacity=1, stroke="white")
    number = base.mark("text", fontSize=11, fontWeight="bold")
    return layer(
        disc.encode(color=channel("c:N", scale=None, legend=None)),
        number.encode(text="n:N", color=channel("ink:N", scale=None, legend=None)),
    )


def _disc(link: _Link, n: int, x: float, y: float) -> dict[str, Any]:
    ink = INK if link.color == OUTSIDE else PALE
    return {"n": str(n), "x": round(x, 1), "y": round(y, 1), "c": link.color, "ink": ink}


def _badges(curves: list[list[Point]], top: list[_Link], base_map: BaseMap) -> list[Any]:
    """Numbers of the largest on their arcs, where they cover neither names nor each other."""
    choices = []
    for points, _ in zip(curves, top, strict=False):
        x, y = points[_POINTS // 2]
        near = sorted(points[1:-1], key=lambda p: abs(p[0] - x) + abs(p[1] - y))
        choices.append([*near, *((px + dx, py + dy) for px, py in near for dx, dy in _AROUND)])
    boxes = [[Box(x - 7.5, y - 7.5, x + 7.5, y + 7.5) for x, y in spots] for spots in choices]
    canvas = Box(0, 0, base_map.width, base_map.height)
    chosen = first_free(boxes, base_map.name_boxes, within=canvas)
    rows = [
        _disc(link, i + 1, *choices[i][at])
        for i, (link, at) in enumerate(zip(top, chosen, strict=True))
        if at is not None
    ]
    return [_discs(rows)] if rows else []


def _list(top: list[_Link], base_map: BaseMap) -> list[Any]:
    """What the numbers stand for, in a free corner."""
    size, line, context = 12, 19, top[0].context
    by = brief_scale([link.amount for link in top], context.unit, context.lang)
    lines = [
        f"{link.ends(short=True)}  {brief_money(link.amount, context.unit, context.lang, by=by)}"
        for link in top
    ]
    room = max(text_width(text, size) for text in lines) + 24
    left, upper = base_map.corner(room, line * len(top) + 8)
    rows: list[dict[str, Any]] = [
        {"x": left + 20, "y": upper + 10 + line * i, "t": text} for i, text in enumerate(lines)
    ]
    discs = [
        _disc(link, i + 1, row["x"] - 12, row["y"])
        for i, (link, row) in enumerate(zip(top, rows, strict=True))
    ]
    return [_discs(discs), text_marks(rows, fontSize=size)]
