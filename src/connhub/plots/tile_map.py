"""A measure of every region: Japan as a grid of tiles, or real shapes of the user's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from connhub.measures.region_sums import Regions
from connhub.options import CaptionOptions, ShapeOptions, flat_options
from connhub.plots.drawing.bar_chart import bar_chart
from connhub.plots.drawing.base_map import FRAME, PLANE
from connhub.plots.drawing.color_scale import Measure, Shades
from connhub.plots.drawing.map_shapes import Shapes, shapes_of
from connhub.plots.drawing.pixel_marks import INK, at_pixels
from connhub.plots.drawing.tile_grid import BLOCK_SEATS, COLUMNS, ROWS, TILES
from connhub.plots.picture import INSIDE, MUTED, Picture, blank, heading
from connhub.plots.vega_lite import Chart, channel, layer
from connhub.regions.codes import BLOCKS, PREFECTURES
from connhub.regions.directory import RegionDirectory
from connhub.text.catalogue import Texts
from connhub.text.names import shortened
from connhub.text.numbers import NOTHING

__all__ = ["tile_map"]

_STEP = 52
_WIDEST = 8
"""Characters of a number that fit a tile."""
_MAX_BARS = 47
_VOID = "#e4e4e4"
Values = dict[str, float]


@flat_options
def tile_map(
    regions: Regions,
    measure: str = "in_region_transactions",
    *,
    of_region: str | None = None,
    shapes: ShapeOptions = ShapeOptions(),
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Map of Japan, every prefecture a tile, colored by a measure.

    Parameters
    ----------
    regions : Regions
        ``result.regions``.
    measure : str
        A numeric column of ``regions.frame``. The scale is logarithmic where no value is negative
        and the largest is 20 times the smallest; the picture says so.
    of_region : str, optional
        Code or name of a region that is marked.
    {shapes}
    {caption}

    Returns
    -------
    Picture
        What has no value is gray and struck through; what the shapes lack is counted below the
        title.

    Raises
    ------
    OptionError
        When the measure or region is not known, or no shape belongs to a region.
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
    lang, frame, directory = caption.lang, regions.frame, regions.directory
    texts = Texts("tile_map", lang)
    column = Measure.of(regions, measure, lang)
    numbers = frame[measure].astype("float64").tolist()
    own = "" if of_region is None else directory.find(of_region)
    values: Values = dict(zip(frame["region"], numbers, strict=True))
    defined = {c: v for c, v in values.items() if np.isfinite(v)}
    title = texts("title", measure=column.label)
    notes: list[str] = []
    head = partial(heading, title, regions.ledger, caption, unit=column.unit, notes=notes)
    if not defined:
        return blank(head(), texts("no_value"))
    shades = Shades.of(defined.values())
    cells = _Cells(values, column, shades, directory, own)
    level = _level(directory)
    if own and (level == "prefecture" or shapes.geometry is not None):
        notes.append(texts("own", region=directory.label(own, lang)))
    if shapes.geometry is not None:
        found = shapes_of(shapes.geometry, directory, code_property=shapes.code_property)
        notes += [*_notes(values, shades, texts, struck=False), *found.notes(directory, lang)]
        return _drawing(_shapes(found, cells), head(), found.width, found.height)
    if level:
        notes += _notes(values, shades, texts, struck=True)
        tiles = _tiles(cells, blocks=level == "block")
        return _drawing(tiles, head(unit=cells.unit), COLUMNS * _STEP, ROWS * _STEP)
    notes += _notes_of_bars(values, column, texts)
    return bar_chart(_bars(cells), head(), _hover_titles(column, "t"))


def _level(directory: RegionDirectory) -> str:
    """``"prefecture"`` or ``"block"``, where all regions are official ones."""
    names = directory.name_of
    official = {c: p.name_ja for c, p in PREFECTURES.items()}
    if names and all(official.get(c) == n for c, n in names.items()):
        return "prefecture"
    return "block" if names and all(BLOCKS.get(c) == n for c, n in names.items()) else ""


def _notes(values: Values, shades: Shades, texts: Texts, *, struck: bool) -> list[str]:
    """What has no shade of its own."""
    notes = []
    if undefined := sum(not np.isfinite(v) for v in values.values()):
        if struck:
            notes.append(texts("gray_and_struck", mark=NOTHING, count=undefined))
        else:
            notes.append(texts("gray", count=undefined))
    if shades.log and (zeros := sum(v == 0 for v in values.values())):
        notes.append(texts("zeros", count=zeros))
    return notes


def _hover_titles(measure: Measure, value: str) -> dict[str, str]:
    """What the pointer shows: fields of the rows, and their titles."""
    return {"name": Texts("pictures", measure.lang)("region"), value: measure.label}


@dataclass(frozen=True, eq=False)
class _Cells:
    """Regions with their values, and how these are shown."""

    values: Values
    measure: Measure
    shades: Shades
    directory: RegionDirectory
    own: str = ""

    @cached_property
    def _by(self) -> int:
        """What money in the cells is divided by: one unit for all."""
        return self.measure.scale(self.values.values()) or 1

    @property
    def unit(self) -> str:
        """What the values in the cells are in."""
        return self.measure.bare(0.0, self._by)[1]

    def _short(self, value: float) -> str:
        """A value for a tile; where it is wide, without commas."""
        shown = self.measure.bare(value, self._by)[0]
        return shown if len(shown) <= _WIDEST else shown.replace(",", "")

    def row(self, code: str) -> dict[str, Any]:
        """Name, value and shade of a region."""
        value, measure, shades = self.values[code], self.measure, self.shades
        known = bool(np.isfinite(value))
        return {
            "own": code == self.own,
            "name": shortened(self.directory.label(code, measure.lang, short=True), 40),
            "value": value if known else None,
            "shade": max(value, shades.low) if known else None,
            "short": self._short(value) if known else NOTHING,
            "long": measure.long(value) if known else NOTHING,
            "ink": shades.ink(value) if known else INK,
        }

    def fill(self, mark: Any, **legend: Any) -> Any:
        """Color and hover of cells with a value; gray without."""
        shades = self.shades
        color = channel(
            "shade:Q", scale=shades.scale(), legend=shades.legend(self.measure, **legend)
        )
        titles = _hover_titles(self.measure, "long")
        return mark.encode(
            color={"condition": {"test": "datum.value === null", "value": _VOID}, **color},
            tooltip=[channel(f"{name}:N", title=title) for name, title in titles.items()],
        )


def _drawing(layers: list[Any], title: Mapping[str, Any], width: float, height: float) -> Picture:
    chart = layer(*layers, title=title).properties(resolve={"scale": {"color": "independent"}})
    return Picture(chart.properties(width=round(width), height=round(height)))


def _tiles(cells: _Cells, *, blocks: bool) -> list[Any]:
    gap = 0 if blocks else 1
    japanese = cells.measure.lang == "ja"
    tiles = []
    for code, (column, row) in TILES.items():
        region = PREFECTURES[code].block if blocks else code
        if region in cells.values:
            left, top = column * _STEP, row * _STEP
            ends = {
                "x": left + gap,
                "y": top + gap,
                "X": left + _STEP - gap,
                "Y": top + _STEP - gap,
            }
            tiles.append({**cells.row(region), **ends})
    squares = at_pixels(tiles, ends=True).mark("rect", stroke=None)
    corner = {"orient": "none", "legendX": 12, "legendY": 8, "direction": "horizontal"}
    layers = [cells.fill(squares, **corner)]
    if not blocks and (own := [t for t in tiles if t["own"]]):
        layers.append(at_pixels(own, ends=True).mark("rect", **FRAME))
    if void := [{**t, "y": t["Y"], "Y": t["y"]} for t in tiles if t["value"] is None]:
        layers.append(at_pixels(void, ends=True).mark("rule", color=MUTED))
    if blocks:
        names = [
            {**cells.row(b), "x": c * _STEP, "y": r * _STEP}
            for b, (c, r) in BLOCK_SEATS.items()
            if b in cells.values
        ]
        layers += [_borders(), _names(names, 13 if japanese else 11)]
    else:
        names = [{**t, "x": t["x"] + _STEP / 2 - 1, "y": t["y"] + _STEP / 2 - 1} for t in tiles]
        layers.append(_names(names, *((13, "bold") if japanese else (10, "normal"))))
    return [*layers, _inset()]


def _names(rows: list[Any], size: float, weight: str = "bold") -> Any:
    """Name and value in the middle of each cell."""
    base = at_pixels(rows).encode(color=channel("ink:N", scale=None))
    name = base.mark("text", fontSize=size, fontWeight=weight, dy=-7).encode(text="name:N")
    return layer(name, base.mark("text", fontSize=11, dy=9).encode(text="short:N"))


def _lines(lines: list[tuple[float, float, float, float]], **style: Any) -> Any:
    """Lines from tile to tile."""
    rows = [dict(zip("xyXY", (v * _STEP for v in line), strict=True)) for line in lines]
    return at_pixels(rows, ends=True).mark("rule", **style)


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


def _shapes(shapes: Shapes, cells: _Cells) -> list[Any]:
    rows = [
        {
            "type": "Feature",
            "geometry": {"type": "MultiPolygon", "coordinates": polygons},
            **cells.row(code),
        }
        for code, polygons in shapes.polygons.items()
    ]
    mark = Chart.of(rows).mark("geoshape", stroke="white", strokeWidth=0.5)
    layers = [cells.fill(mark, orient="right")]
    if own := [row for row in rows if row["own"]]:
        layers.append(Chart.of(own).mark("geoshape", **FRAME))
    return [part.properties(projection=PLANE) for part in layers]


def _largest_first(values: Values) -> list[tuple[str, float]]:
    defined = [(c, v) for c, v in values.items() if np.isfinite(v)]
    return sorted(defined, key=lambda item: (-item[1], item[0]))


def _bars(cells: _Cells) -> list[dict[str, Any]]:
    """The regions with the largest values, where there is no map."""
    directory, measure = cells.directory, cells.measure
    return [
        {
            "name": shortened(directory.label(code, measure.lang), 24),
            "v": value,
            "t": measure.long(value),
            "c": INSIDE,
        }
        for code, value in _largest_first(cells.values)[:_MAX_BARS]
    ]


def _notes_of_bars(values: Values, measure: Measure, texts: Texts) -> list[str]:
    """What the bars leave out."""
    ranked = _largest_first(values)
    notes = []
    if others := [value for _, value in ranked[_MAX_BARS:]]:
        if measure.additive:
            total = measure.long(sum(others))
            notes.append(texts("others_with_sum", shown=_MAX_BARS, count=len(others), total=total))
        else:
            notes.append(texts("others", shown=_MAX_BARS, count=len(others)))
    if undefined := len(values) - len(ranked):
        notes.append(texts("left_out", count=undefined))
    return [*notes, Texts("pictures", measure.lang)("bars_instead_of_map")]
