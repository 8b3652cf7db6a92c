"""The largest linkages between regions, as arcs over the tiles or over the map."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import hypot
from typing import Any

import pandas as pd

from connhub.measures.linkages import Linkages
from connhub.options import CaptionOptions, ShapeOptions, flat_options
from connhub.plots.drawing.bar_chart import bars, no_map
from connhub.plots.drawing.base_map import Ground, map_ground, tile_ground
from connhub.plots.drawing.color_scale import PALE
from connhub.plots.drawing.label_placement import Box, first_free, text_width
from connhub.plots.drawing.map_shapes import shapes_of
from connhub.plots.drawing.pixel_marks import INK, at_pixels, texts
from connhub.plots.drawing.shape_files import Point
from connhub.plots.picture import (
    INSIDE,
    OUTSIDE,
    SELECTED,
    Picture,
    altair,
    at_least,
    blank,
    heading,
)
from connhub.regions.directory import RegionDirectory
from connhub.schema import Language
from connhub.text.names import shortened
from connhub.text.numbers import NOTHING, brief, money, money_unit, share

__all__ = ["strongest_linkages"]

_ENDS = ("seller_region", "buyer_region")
_WIDEST, _POINTS, _NAMED = 13.0, 16, 5
_AROUND = ((0, -14), (0, 14), (15, 0), (-15, 0))


@dataclass(frozen=True)
class _Link:
    """One linkage and its words; `code` is the region the picture is about, if any."""

    seller: str
    buyer: str
    amount: int
    code: str
    unit: str
    lang: Language
    directory: RegionDirectory

    @property
    def colour(self) -> str:
        """Dark for sales, light for purchases of the region."""
        if not self.code:
            return SELECTED
        return INSIDE if self.seller == self.code else OUTSIDE

    def ends(self, *, short: bool = False) -> str:
        """Seller and buyer."""
        return " → ".join(self.named(c, 20, short=short) for c in (self.seller, self.buyer))

    def named(self, code: str, most: int, *, short: bool = False) -> str:
        """Name of a region."""
        return shortened(self.directory.label(code, self.lang, short=short), most)

    def row(self) -> dict[str, str]:
        """Words for the hover, and the colour."""
        ends = (self.named(c, 40) for c in (self.seller, self.buyer))
        return {
            **dict(zip("sb", ends, strict=True)),
            "t": money(self.amount, self.unit, self.lang),
            "c": self.colour,
        }


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
    lang = caption.lang
    at_least(1, n=n)
    ja = lang == "ja"
    directory = linkages.directory
    code = "" if of_region is None else directory.find(of_region)
    frame = linkages.frame
    if code:
        frame = frame[(frame["seller_region"] == code) | (frame["buyer_region"] == code)]
    title = "地域間の強いつながり" if ja else "The strongest linkages between regions"
    if code:
        name = directory.label(code, lang)
        title = f"{name}の強いつながり" if ja else f"The strongest linkages of {name}"
    unit = linkages.ledger.unit
    links = frame[frame["amount"] > 0].head(n)
    notes: list[str] = []
    head = partial(heading, title, linkages.ledger, caption)
    head = partial(head, unit=money_unit(unit, lang), notes=notes)
    if not len(links):
        return blank(head(), "他の地域との取引がない" if ja else "no trade with other regions")
    notes += _coverage(links, frame, code, unit, lang)
    ground = _ground(directory, links, shapes, lang)
    shown = [
        _Link(seller, buyer, amount, code, unit, lang, directory)
        for seller, buyer, amount in links[[*_ENDS, "amount"]].itertuples(index=False)
    ]
    if ground is None:
        notes += [*_colours(code, lang), no_map(lang)]
        rows = [{**link.row(), "name": link.ends(), "v": link.amount} for link in shown]
        return bars(rows, head(), _hover(lang))
    drawn = [k for k in shown if {k.seller, k.buyer} <= ground.places.keys()]
    stop = "。" if ja else ". "
    notes[:0] = [stop.join([_reading(lang), *_colours(code, lang)])]
    notes += [*ground.notes, *_undrawn(len(shown) - len(drawn), lang)]
    if not drawn:
        return blank(
            head(), "図形のある地域の間に取引がない" if ja else "no trade between the shapes"
        )
    return _arcs(ground, drawn, lang, head())


def _reading(lang: Language) -> str:
    if lang == "ja":
        return "弧は太い端(販売元)から細い端(販売先)へ。太さは金額に比例"
    return "Arcs run from the thick end (seller) to the thin end (buyer); thickness: amount"


def _colours(code: str, lang: Language) -> list[str]:
    """What the colours tell apart, where the picture is about one region."""
    ja, en = "濃い青: 販売、橙: 仕入", "Dark blue: sales, orange: purchases"
    return [ja if lang == "ja" else en] if code else []


def _coverage(
    links: pd.DataFrame, frame: pd.DataFrame, code: str, unit: str, lang: Language
) -> list[str]:
    """How much of the trade between regions is shown, and what is below 0."""
    ja = lang == "ja"
    shown, whole = int(links["amount"].sum()), int(frame["amount"].sum())
    part, said = share(shown / whole) if whole > 0 else NOTHING, money(shown, unit, lang)
    if ja:
        of = "域外との取引" if code else "地域間の取引"
        words = f"{len(frame):,} 本のつながりのうち上位 {len(links):,} 本: {said}({of}の {part})"
    else:
        of = "its trade with other regions" if code else "the trade between regions"
        words = f"Top {len(links):,} of {len(frame):,} linkages: {said} ({part} of {of})"
    below = frame.loc[frame["amount"] < 0, "amount"]
    if not below.size:
        return [words]
    n, lost = f"{below.size:,}", money(int(below.sum()), unit, lang)
    negative = f"返品などで負の {n} 本(計 {lost})は描かず、割合の分母には含む"
    english = f"Not drawn, but in the trade, below 0 after returns: {n} ({lost} in all)"
    return [words, negative if ja else english]


def _undrawn(n: int, lang: Language) -> list[str]:
    if not n:
        return []
    ja = f"うち {n} 本は図形のない地域とのつながりで、描いていない"
    return [ja if lang == "ja" else f"Not drawn, to or from regions without a shape: {n} of these"]


def _ground(
    directory: RegionDirectory,
    links: pd.DataFrame,
    shapes: ShapeOptions,
    lang: Language,
) -> Ground | None:
    """Tiles, or the shapes of the user; None where regions have no place."""
    used = [c for pair in links[list(_ENDS)].itertuples(index=False) for c in pair]
    if shapes.geometry is None:
        return tile_ground(directory, used, lang)
    found = shapes_of(shapes.geometry, directory, code_property=shapes.code_property)
    return map_ground(found, directory, used, lang)


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


def _arcs(ground: Ground, links: list[_Link], lang: Language, head: dict[str, Any]) -> Picture:
    alt = altair()
    largest = max(link.amount for link in links)
    rows: list[dict[str, Any]] = []
    curves = []
    for i, link in enumerate(links):
        points = _curve(ground.places[link.seller], ground.places[link.buyer])
        curves.append(points)
        thick = max(_WIDEST * link.amount / largest, 1.5)
        for k, (px, py) in enumerate(points):
            size = round(max(thick * (1 - 0.8 * k / _POINTS), 0.7), 2)
            rows.append({**link.row(), "id": i, "k": k, "x": px, "y": py, "w": size})
    arcs = (
        at_pixels(rows[::-1])
        .mark_trail(opacity=0.8)
        .encode(
            detail="id:O",
            order="k:Q",
            size=alt.Size("w:Q", scale=None, legend=None),
            color=alt.Color("c:N", scale=None, legend=None),
            tooltip=[alt.Tooltip(f"{k}:N", title=t) for k, t in _hover(lang).items()],
        )
    )
    top = links[:_NAMED]
    layers = [ground.land, arcs, *ground.names, *_badges(curves, top, ground), *_list(top, ground)]
    chart = alt.layer(*layers, title=alt.TitleParams(**head))
    return Picture(chart.properties(width=round(ground.wide), height=round(ground.high)))


def _hover(lang: Language) -> dict[str, str]:
    words = ("販売元", "販売先", "金額") if lang == "ja" else ("Seller", "Buyer", "Amount")
    return dict(zip("sbt", words, strict=True))


def _discs(rows: list[dict[str, Any]]) -> Any:
    """Numbers in discs."""
    alt = altair()
    base = at_pixels(rows)
    disc = base.mark_point(filled=True, shape="circle", size=170, opacity=1, stroke="white")
    number = base.mark_text(fontSize=10, fontWeight="bold")
    return alt.layer(
        disc.encode(color=alt.Color("c:N", scale=None, legend=None)),
        number.encode(text="n:N", color=alt.Color("ink:N", scale=None, legend=None)),
    )


def _disc(link: _Link, n: int, x: float, y: float) -> dict[str, Any]:
    ink = INK if link.colour == OUTSIDE else PALE
    return {"n": str(n), "x": round(x, 1), "y": round(y, 1), "c": link.colour, "ink": ink}


def _badges(curves: list[list[Point]], top: list[_Link], ground: Ground) -> list[Any]:
    """Numbers of the largest on their arcs, where they cover neither names nor each other."""
    choices = []
    for points, _ in zip(curves, top, strict=False):
        x, y = points[_POINTS // 2]
        near = sorted(points[1:-1], key=lambda p: abs(p[0] - x) + abs(p[1] - y))
        choices.append([*near, *((px + dx, py + dy) for px, py in near for dx, dy in _AROUND)])
    boxes = [[Box(x - 7.5, y - 7.5, x + 7.5, y + 7.5) for x, y in spots] for spots in choices]
    chosen = first_free(boxes, ground.words, within=Box(0, 0, ground.wide, ground.high))
    rows = [
        _disc(link, i + 1, *choices[i][at])
        for i, (link, at) in enumerate(zip(top, chosen, strict=True))
        if at is not None
    ]
    return [_discs(rows)] if rows else []


def _list(top: list[_Link], ground: Ground) -> list[Any]:
    """What the numbers stand for, in a free corner."""
    size, line = 12, 19
    words = [f"{link.ends(short=True)}  {brief(link.amount, link.lang)}" for link in top]
    room = max(text_width(w, size) for w in words) + 24
    left, upper = ground.corner(room, line * len(top) + 8)
    rows: list[dict[str, Any]] = [
        {"x": left + 20, "y": upper + 10 + line * i, "t": w} for i, w in enumerate(words)
    ]
    discs = [
        _disc(t, i + 1, r["x"] - 12, r["y"]) for i, (t, r) in enumerate(zip(top, rows, strict=True))
    ]
    return [_discs(discs), texts(rows, fontSize=size)]
