"""A measure of every region: Japan as a grid of tiles, or real shapes of the user's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from connhub.measures.region_sums import Regions
from connhub.options import CaptionOptions, ShapeOptions, flat_options
from connhub.plots.drawing.bar_chart import bars, no_map
from connhub.plots.drawing.color_scale import Measure, Shades
from connhub.plots.drawing.map_shapes import Shapes, shapes_of
from connhub.plots.drawing.pixel_marks import INK, at_pixels
from connhub.plots.drawing.tile_grid import BLOCK_SEATS, COLUMNS, ROWS, TILES
from connhub.plots.picture import INSIDE, MUTED, Picture, altair, blank, heading
from connhub.regions.codes import BLOCKS, PREFECTURES
from connhub.regions.directory import RegionDirectory
from connhub.schema import Language
from connhub.text.names import shortened
from connhub.text.numbers import NOTHING

__all__ = ["tile_map"]

_STEP = 52
_MOST = 47
_VOID = "#e4e4e4"
Values = dict[str, float]


@flat_options
def tile_map(
    regions: Regions,
    measure: str = "in_region_transactions",
    *,
    shapes: ShapeOptions = ShapeOptions(),
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Map of Japan, every prefecture a tile, coloured by a measure.

    Parameters
    ----------
    regions : Regions
        ``result.regions``.
    measure : str
        A numeric column of ``regions.frame``. The scale is logarithmic where no value is negative
        and the largest is 20 times the smallest; the picture says so.
    {shapes}
    {caption}

    Returns
    -------
    Picture
        What has no value is grey and struck through; what the shapes lack is counted below the
        title.

    Raises
    ------
    OptionError
        When the measure is not known, or no shape belongs to a region.
    InputError
        When the geometry cannot be read.

    Examples
    --------
    >>> import pyarrow as pa
    >>> import connhub
    >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "13"]})
    >>> deals = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    >>> tile_map(connhub.analyze(deals, firms).regions, lang="en")
    Picture: In-region transactions by region
    """
    lang = caption.lang
    frame = regions.frame
    about = Measure.of(frame, "regions", measure, regions.ledger.unit, lang)
    directory = regions.directory
    numbers = frame[measure].astype("float64").tolist()
    values: Values = dict(zip(frame["region"], numbers, strict=True))
    defined = {c: v for c, v in values.items() if np.isfinite(v)}
    title = f"地域別の{about.label}" if lang == "ja" else f"{about.label} by region"
    notes: list[str] = []
    head = partial(heading, title, regions.ledger, caption)
    head = partial(head, unit=about.unit, notes=notes)
    if not defined:
        ja, en = "値のある地域がない", "no region has a value"
        return blank(head(), ja if lang == "ja" else en)
    shades = Shades.of(defined.values())
    level = _level(directory)
    if shapes.geometry is None and not level:
        return _largest(directory, values, about, notes, head)
    notes += _notes(values, shades, lang, struck=shapes.geometry is None)
    if shapes.geometry is not None:
        found = shapes_of(shapes.geometry, directory, code_property=shapes.code_property)
        notes += found.notes(directory, lang)
        layers = _shapes(found, directory, values, about, shades)
        return _drawn(layers, head(), found.width, found.height)
    tiles = _tiles(directory, values, about, shades, blocks=level == "block")
    return _drawn(tiles, head(), COLUMNS * _STEP, ROWS * _STEP)


def _level(directory: RegionDirectory) -> str:
    """``"prefecture"`` or ``"block"``, where all regions are official ones."""
    names = directory.name_of
    official = {c: p.name_ja for c, p in PREFECTURES.items()}
    if names and all(official.get(c) == n for c, n in names.items()):
        return "prefecture"
    return "block" if names and all(BLOCKS.get(c) == n for c, n in names.items()) else ""


def _notes(values: Values, shades: Shades, lang: Language, *, struck: bool) -> list[str]:
    """What has no shade of its own."""
    ja = lang == "ja"
    notes = []
    if undefined := sum(not np.isfinite(v) for v in values.values()):
        grey = ("灰色", "Grey")
        if struck:
            grey = (f"灰色・斜線({NOTHING})", f"Grey and struck ({NOTHING})")
        notes.append(
            f"{grey[0]}: 値が定義されない {undefined} 地域"
            if ja
            else f"{grey[1]}, undefined: {undefined} of the regions"
        )
    if shades.log and (zeros := sum(v == 0 for v in values.values())):
        notes.append(
            f"0 の {zeros} 地域は最も薄い色"
            if ja
            else f"Palest colour also for 0: {zeros} of the regions"
        )
    return notes


def _drawn(layers: list[Any], title: Mapping[str, Any], wide: float, high: float) -> Picture:
    alt = altair()
    chart = alt.layer(*layers, title=alt.TitleParams(**title)).resolve_scale(color="independent")
    return Picture(chart.properties(width=round(wide), height=round(high)))


def _row(
    code: str, directory: RegionDirectory, value: float, about: Measure, shades: Shades
) -> Any:
    known = bool(np.isfinite(value))
    return {
        "name": shortened(directory.label(code, about.lang, short=True), 40),
        "value": value if known else None,
        "shade": max(value, shades.low) if known else None,
        "short": about.short(value) if known else NOTHING,
        "long": about.long(value) if known else NOTHING,
        "ink": shades.ink(value) if known else INK,
    }


def _filled(mark: Any, about: Measure, shades: Shades, **legend: Any) -> Any:
    """Colour and hover of cells with a value; grey without."""
    alt = altair()
    colour = alt.Color("shade:Q", scale=shades.scale(), legend=shades.legend(about, **legend))
    return mark.encode(
        color=alt.condition("datum.value === null", alt.value(_VOID), colour),
        tooltip=[
            alt.Tooltip("name:N", title="地域" if about.lang == "ja" else "Region"),
            alt.Tooltip("long:N", title=about.label),
        ],
    )


def _tiles(
    directory: RegionDirectory, values: Values, about: Measure, shades: Shades, *, blocks: bool
) -> list[Any]:
    gap = 0 if blocks else 1
    cells = []
    for code, (column, row) in TILES.items():
        region = PREFECTURES[code].block if blocks else code
        if region in values:
            left, top = column * _STEP, row * _STEP
            ends = {
                "x": left + gap,
                "y": top + gap,
                "X": left + _STEP - gap,
                "Y": top + _STEP - gap,
            }
            cells.append({**_row(region, directory, values[region], about, shades), **ends})
    squares = at_pixels(cells, ends=True).mark_rect(stroke=None)
    corner = {"orient": "none", "legendX": 12, "legendY": 8, "direction": "horizontal"}
    layers = [_filled(squares, about, shades, **corner)]
    if void := [{**c, "y": c["Y"], "Y": c["y"]} for c in cells if c["value"] is None]:
        layers.append(at_pixels(void, ends=True).mark_rule(color=MUTED))
    if blocks:
        words = [
            {**_row(b, directory, values[b], about, shades), "x": c * _STEP, "y": r * _STEP}
            for b, (c, r) in BLOCK_SEATS.items()
            if b in values
        ]
        layers += [_borders(), _words(words, 13 if about.lang == "ja" else 11)]
    else:
        words = [{**c, "x": c["x"] + _STEP / 2 - 1, "y": c["y"] + _STEP / 2 - 1} for c in cells]
        layers.append(_words(words, 13 if about.lang == "ja" else 9))
    return [*layers, _inset()]


def _words(rows: list[Any], size: float) -> Any:
    """Name and value in the middle of each cell."""
    alt = altair()
    base = at_pixels(rows).encode(color=alt.Color("ink:N", scale=None))
    name = base.mark_text(fontSize=size, fontWeight="bold", dy=-7).encode(text="name:N")
    return alt.layer(name, base.mark_text(fontSize=10.5, dy=9).encode(text="short:N"))


def _lines(lines: list[tuple[float, float, float, float]], **look: Any) -> Any:
    """Lines from tile to tile."""
    rows = [dict(zip("xyXY", (v * _STEP for v in line), strict=True)) for line in lines]
    return at_pixels(rows, ends=True).mark_rule(**look)


def _borders() -> Any:
    """White lines where tiles of different blocks meet."""
    at = {place: PREFECTURES[code].block for code, place in TILES.items()}
    lines: list[tuple[float, float, float, float]] = []
    for (c, r), block in at.items():
        if at.get((c + 1, r), block) != block:
            lines.append((c + 1, r, c + 1, r + 1))
        if at.get((c, r + 1), block) != block:
            lines.append((c, r + 1, c + 1, r + 1))
    return _lines(lines, color="white", strokeWidth=4)


def _inset() -> Any:
    """The line that sets Okinawa apart."""
    c, r = TILES["47"]
    bend = [(c, r - 0.15, c + 0.85, r - 0.15), (c + 0.85, r - 0.15, c + 1.15, r + 0.15)]
    return _lines([*bend, (c + 1.15, r + 0.15, c + 1.15, r + 1)], color=MUTED)


def _shapes(
    shapes: Shapes, directory: RegionDirectory, values: Values, about: Measure, shades: Shades
) -> list[Any]:
    alt = altair()
    rows = [
        {
            "type": "Feature",
            "geometry": {"type": "MultiPolygon", "coordinates": polygons},
            **_row(code, directory, values[code], about, shades),
        }
        for code, polygons in shapes.polygons.items()
    ]
    mark = alt.Chart(alt.Data(values=rows)).mark_geoshape(stroke="white", strokeWidth=0.5)
    filled = _filled(mark, about, shades, orient="right")
    return [filled.project(type="identity", scale=1, translate=[0, 0])]


def _largest(
    directory: RegionDirectory,
    values: Values,
    about: Measure,
    notes: list[str],
    head: Callable[[], dict[str, Any]],
) -> Picture:
    """The regions with the largest values, where there is no map."""
    defined = {c: v for c, v in values.items() if np.isfinite(v)}
    ranked = sorted(defined.items(), key=lambda item: (-item[1], item[0]))
    ja, shown = about.lang == "ja", ranked[:_MOST]
    if rest := ranked[_MOST:]:
        total = sum(v for _, v in rest)
        words = (
            f"上位 {_MOST} 地域。ほか {len(rest):,} 地域"
            if ja
            else f"Top {_MOST} regions; {len(rest):,} more"
        )
        if about.additive:
            words += f"の計 {about.long(total)}" if ja else f" with {about.long(total)}"
        notes.append(words)
    if undefined := len(values) - len(defined):
        notes.append(
            f"値が定義されない {undefined:,} 地域を除く"
            if ja
            else f"Left out, undefined: {undefined:,} of the regions"
        )
    notes.append(no_map(about.lang))
    rows = [
        {
            "name": shortened(directory.label(c, about.lang), 24),
            "v": v,
            "t": about.long(v),
            "c": INSIDE,
        }
        for c, v in shown
    ]
    return bars(rows, head(), {"name": "地域" if ja else "Region", "t": about.label})
