"""The largest linkages between regions, as arcs over the tiles or over the map."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot
from typing import Any

import pandas as pd

from connhub.codes import BLOCKS, PREFECTURES
from connhub.errors import Fault, OptionError, did_you_mean
from connhub.measures.linkages import Linkages
from connhub.plots.geometry import Shapes, shapes_of
from connhub.plots.labels import Box, box, placed
from connhub.plots.picture import INSIDE, OUTSIDE, SELECTED, Picture, altair, blank, caption
from connhub.plots.shades import INK, canvas
from connhub.plots.tiles import COLUMNS, OUTSIDE_TILES, ROWS, TILES, tile_places
from connhub.regions import OVERSEAS, UNKNOWN
from connhub.vocabulary import Language
from connhub.wording import brief, money, region_label, share, shortened

__all__ = ["strongest_linkages"]

_STEP = 52
_WIDEST, _POINTS, _NAMED = 11.0, 16, 5
Point = tuple[float, float]
Geometry = str | os.PathLike[str] | Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class _Ground:
    """What the arcs are drawn upon: layers, its size, and where each region is."""

    layers: list[Any]
    wide: float
    high: float
    places: Mapping[str, Point]
    words: list[Box]
    notes: list[str]


def strongest_linkages(
    linkages: Linkages,
    *,
    n: int = 40,
    region: str | None = None,
    geometry: Geometry | None = None,
    key: str | None = None,
    lang: Language = "ja",
    year: str | int | None = None,
    source: str | None = None,
) -> Picture:
    """Draw the largest linkages between regions as arcs from the seller to the buyer.

    Parameters
    ----------
    linkages : Linkages
        ``result.linkages``.
    n : int
        How many are drawn.
    region : str, optional
        Only those of one region, code or name: what it sells is dark, what it buys light.
    geometry : path or mapping, optional
        GeoJSON or TopoJSON to draw upon, instead of the tiles. Regions that are neither
        prefectures nor blocks are bars without it.
    key : str, optional
        Property of the shapes that holds the code or name of the region; found if not given.
    lang : {"ja", "en"}
    year, source : str, optional
        For the caption.

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
    if n < 1:
        raise OptionError(Fault(f"n={n} is not 1 or more"))
    ja = lang == "ja"
    code = _code(region, linkages.codes)
    frame = linkages.frame
    if code:
        frame = frame[(frame["seller_region"] == code) | (frame["buyer_region"] == code)]
    title = "地域間の強いつながり" if ja else "The strongest linkages between regions"
    if code:
        name = region_label(code, lang=lang)
        title = f"{name}の強いつながり" if ja else f"The strongest linkages of {name}"
    unit = linkages.ledger.unit if ja or linkages.ledger.unit != "円" else "yen"
    said: dict[str, Any] = {"unit": unit, "lang": lang, "year": year, "source": source}
    links = frame[frame["amount"] > 0].head(n)
    if not len(links):
        words = "他の地域との取引がない" if ja else "no trade with other regions"
        return blank(caption(title, linkages.ledger, **said), words)
    notes = [_coverage(links, frame, linkages.ledger.unit, lang)]
    codes = [*dict.fromkeys([*linkages.codes])]
    ground = _ground(codes, links, geometry, key, lang)
    if ground is None:
        notes.append("地図には geometry= が要る" if ja else "For a map give geometry=")
        head = caption(title, linkages.ledger, notes=notes, **said)
        return _bars(links, code, linkages.ledger.unit, lang, head)
    notes = [_reading(code, lang), *notes, *ground.notes]
    head = caption(title, linkages.ledger, notes=notes, **said)
    return _arcs(ground, links, code, linkages.ledger.unit, lang, head)


def _code(region: str | None, codes: tuple[str, ...]) -> str:
    """Code of a region given by code or official name."""
    if region is None:
        return ""
    names = {p.name_ja: c for c, p in PREFECTURES.items()} | {n: c for c, n in BLOCKS.items()}
    names |= {p.name_en: c for c, p in PREFECTURES.items()}
    code = region if region in codes else names.get(region, "")
    if code not in codes:
        known = [*codes, *(n for n, c in names.items() if c in codes)]
        raise OptionError(Fault(f"no region {region!r}", fix=did_you_mean(region, known)))
    return code


def _reading(code: str, lang: Language) -> str:
    if lang == "ja":
        words = "弧は太い端(販売元)から細い端(販売先)へ。太さは金額に比例"
        return f"{words}。濃い青: 販売、橙: 仕入" if code else words
    words = "Arcs run from the thick end (seller) to the thin end (buyer); thickness: amount"
    return f"{words}. Dark blue: sales, orange: purchases" if code else words


def _coverage(links: pd.DataFrame, frame: pd.DataFrame, unit: str, lang: Language) -> str:
    """How much of the trade between regions the arcs are."""
    shown, whole = int(links["amount"].sum()), int(frame["amount"].sum())
    part = share(shown / whole) if whole > 0 else ""
    if lang == "ja":
        words = f"全 {len(frame):,} 本のうち上位 {len(links):,} 本、{money(shown, unit, lang)}"
        return f"{words}(域外取引の {part})" if part else words
    words = f"Top {len(links):,} of {len(frame):,} linkages, {money(shown, unit, lang)}"
    return f"{words} ({part} of the trade between regions)" if part else words


def _ground(
    codes: list[str],
    links: pd.DataFrame,
    geometry: Geometry | None,
    key: str | None,
    lang: Language,
) -> _Ground | None:
    """Tiles, or the shapes of the user; None where regions have no place."""
    used = {*links["seller_region"], *links["buyer_region"]}
    if geometry is not None:
        names = {c: region_label(c) for c in codes if c not in OUTSIDE_TILES}
        return _map(shapes_of(geometry, names, key=key), used, lang)
    places = {c: (x * _STEP, y * _STEP) for c, (x, y) in tile_places(codes).items()}
    if not places or not used <= places.keys():
        return None
    return _tiles(places, used, lang)


def _tiles(places: dict[str, Point], used: set[str], lang: Language) -> _Ground:
    alt = altair()
    wide, high = COLUMNS * _STEP, ROWS * _STEP
    x, y = canvas(wide, high)
    prefectures = any(c in PREFECTURES for c in places)
    cells = [*TILES.values(), *(OUTSIDE_TILES[c] for c in used if c in OUTSIDE_TILES)]
    squares = [
        {"x": c * _STEP + 1, "y": r * _STEP + 1, "r": (c + 1) * _STEP - 1, "d": (r + 1) * _STEP - 1}
        for c, r in cells
    ]
    ground = alt.Chart(alt.Data(values=squares)).mark_rect(color=_LAND, stroke=None)
    layers = [ground.encode(x=x, y=y, x2="r:Q", y2="d:Q")]
    shown = [c for c in places if c not in OUTSIDE_TILES or c in used]
    size = 12.5 if lang == "ja" else 9.5
    words = _words({c: places[c] for c in shown}, size, lang)
    return _Ground([*layers, words[0]], wide, high, places, words[1] if prefectures else [], [])


def _map(shapes: Shapes, used: set[str], lang: Language) -> _Ground:
    alt = altair()
    rows = [
        {"type": "Feature", "geometry": {"type": "MultiPolygon", "coordinates": p}}
        for p in shapes.polygons.values()
    ]
    land = alt.Chart(alt.Data(values=rows)).mark_geoshape(
        fill=_LAND, stroke="white", strokeWidth=0.6, tooltip=None
    )
    layers = [land.project(type="identity", scale=1, translate=[0, 0])]
    places = dict(shapes.middles)
    outside = [c for c in (OVERSEAS, UNKNOWN) if c in used]
    for i, c in enumerate(outside):
        places[c] = (shapes.width - 40, shapes.height - 30 - 40 * i)
    words = _words({c: places[c] for c in used if c in places}, 10, lang)
    notes = []
    if lacking := sum(c not in places for c in used):
        notes.append(
            f"図形のない {lacking} 地域とのつながりは描いていない"
            if lang == "ja"
            else f"Linkages with {lacking} regions without a shape are not drawn"
        )
    if shapes.strangers:
        notes.append(
            f"どの地域にも当たらない図形 {shapes.strangers} 個は描いていない"
            if lang == "ja"
            else f"{shapes.strangers} shapes of no region are not drawn"
        )
    return _Ground([*layers, words[0]], shapes.width, shapes.height, places, words[1], notes)


_LAND = "#e9e9e9"


def _words(places: Mapping[str, Point], size: float, lang: Language) -> tuple[Any, list[Box]]:
    """Names of regions, and the room they take."""
    alt = altair()
    rows: list[dict[str, Any]] = [
        {"x": x, "y": y, "name": shortened(region_label(c, lang=lang, short=True), 16)}
        for c, (x, y) in places.items()
    ]
    text = alt.Chart(alt.Data(values=rows)).mark_text(fontSize=size, fontWeight="bold", color=INK)
    boxes = [box(str(r["name"]), r["x"], r["y"], size) for r in rows]
    return text.encode(x=alt.X("x:Q", axis=None), y=alt.Y("y:Q", axis=None), text="name:N"), boxes


def _curve(start: Point, end: Point) -> list[Point]:
    """Points of an arc that bends to the left of its way and keeps off the names at its ends."""
    (ax, ay), (bx, by) = start, end
    dx, dy = bx - ax, by - ay
    far = hypot(dx, dy) or 1.0
    off = min(15.0, far / 4) / far
    bend = 0.2
    cx, cy = (ax + bx) / 2 + bend * dy, (ay + by) / 2 - bend * dx
    points = []
    for i in range(_POINTS + 1):
        t = off + (1 - 2 * off) * i / _POINTS
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        points.append((round(a * ax + b * cx + c * bx, 1), round(a * ay + b * cy + c * by, 1)))
    return points


def _arcs(
    ground: _Ground, links: pd.DataFrame, code: str, unit: str, lang: Language, head: dict[str, Any]
) -> Picture:
    alt = altair()
    ja = lang == "ja"
    x, y = canvas(ground.wide, ground.high)
    largest = int(links["amount"].iloc[0])
    rows: list[dict[str, Any]] = []
    curves: list[tuple[list[Point], int]] = []
    for i, (seller, buyer, amount) in enumerate(
        links[["seller_region", "buyer_region", "amount"]].itertuples(index=False)
    ):
        if seller not in ground.places or buyer not in ground.places:
            continue
        points = _curve(ground.places[seller], ground.places[buyer])
        curves.append((points, amount))
        thick = max(_WIDEST * amount / largest, 1.2)
        about = {
            "id": i,
            "s": shortened(region_label(seller, lang=lang), 40),
            "b": shortened(region_label(buyer, lang=lang), 40),
            "t": money(amount, unit, lang),
            "c": SELECTED if not code else INSIDE if seller == code else OUTSIDE,
        }
        for k, (px, py) in enumerate(points):
            size = round(thick * (1 - 0.85 * k / _POINTS), 2)
            rows.append({**about, "k": k, "x": px, "y": py, "w": size})
    trails = alt.Chart(alt.Data(values=rows[::-1])).mark_trail(opacity=0.75)
    arcs = trails.encode(
        x=x,
        y=y,
        detail="id:O",
        order="k:Q",
        size=alt.Size("w:Q", scale=None, legend=None),
        color=alt.Color("c:N", scale=None, legend=None),
        tooltip=[
            alt.Tooltip("s:N", title="販売元" if ja else "Seller"),
            alt.Tooltip("b:N", title="販売先" if ja else "Buyer"),
            alt.Tooltip("t:N", title="金額" if ja else "Amount"),
        ],
    )
    *land, names = ground.layers
    layers = [*land, arcs, names, *_amounts(curves[:_NAMED], ground, lang)]
    chart = alt.layer(*layers, title=alt.TitleParams(**head))
    return Picture(chart.properties(width=round(ground.wide), height=round(ground.high)))


def _amounts(curves: list[tuple[list[Point], int]], ground: _Ground, lang: Language) -> list[Any]:
    """Amounts of the largest beside their arcs, where they cover nothing."""
    alt = altair()
    size = 11
    choices, spots = [], []
    for points, amount in curves:
        words = brief(amount, lang)
        middle = _POINTS // 2
        around = sorted(points[2:-2], key=lambda p: abs(points.index(p) - middle))
        own = [(px + dx, py + dy) for dx, dy in _AROUND for px, py in around]
        spots.append((own, words))
        choices.append([box(words, px, py, size + 1) for px, py in own])
    chosen = placed(choices, ground.words, within=(0, 0, ground.wide, ground.high))
    rows = [
        {"x": own[at][0], "y": own[at][1], "words": words}
        for at, (own, words) in zip(chosen, spots, strict=True)
        if at is not None
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("x:Q", axis=None), y=alt.Y("y:Q", axis=None), text="words:N"
    )
    look: dict[str, Any] = {"fontSize": size, "fontWeight": "bold"}
    halo = base.mark_text(stroke="white", strokeWidth=4, **look)
    return [halo, base.mark_text(color=INK, **look)]


_AROUND = ((0, -12), (0, 12), (16, 0), (-16, 0), (0, 0))


def _bars(
    links: pd.DataFrame, code: str, unit: str, lang: Language, head: dict[str, Any]
) -> Picture:
    """The linkages as bars, where regions have no place on a map."""
    alt = altair()
    rows = [
        {
            "at": i,
            "name": "→".join(shortened(region_label(c, lang=lang), 20) for c in (seller, buyer)),
            "v": amount,
            "t": money(amount, unit, lang),
            "c": SELECTED if not code else INSIDE if seller == code else OUTSIDE,
        }
        for i, (seller, buyer, amount) in enumerate(
            links[["seller_region", "buyer_region", "amount"]].head(60).itertuples(index=False)
        )
    ]
    base = alt.Chart(alt.Data(values=rows), title=alt.TitleParams(**head)).encode(
        y=alt.Y("at:O", title=None, axis=None),
        x=alt.X("v:Q", axis=None),
    )
    bars = base.mark_bar().encode(color=alt.Color("c:N", scale=None, legend=None))
    names = base.mark_text(align="right", dx=-6, color=INK).encode(x=alt.value(0), text="name:N")
    words = base.mark_text(align="left", dx=4, color=INK).encode(text="t:N")
    return Picture(alt.layer(bars, names, words).properties(width=420, height=alt.Step(18)))
