"""The map that arcs are drawn upon: the tiles of Japan, or the shapes of the user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connhub.labels import Language
from connhub.plots.drawing.label_placement import Box, first_free, text_box
from connhub.plots.drawing.map_shapes import Shapes
from connhub.plots.drawing.pixel_marks import at_pixels, edged
from connhub.plots.drawing.shape_files import Point
from connhub.plots.drawing.tile_grid import COLUMNS, OUTSIDE_TILES, ROWS, TILES, tile_places
from connhub.plots.vega_lite import Chart, layer
from connhub.regions.codes import PREFECTURES
from connhub.regions.directory import RegionDirectory
from connhub.text.catalogue import Texts
from connhub.text.names import shortened

__all__ = ["FRAME", "LAND", "PLANE", "BaseMap", "shape_base_map", "tile_base_map"]

LAND = "#e9e9e9"
FRAME: dict[str, Any] = {"fillOpacity": 0, "stroke": "#c2410c", "strokeWidth": 2.5}
"""Around the region that a map is about."""
PLANE: dict[str, Any] = {"type": "identity", "scale": 1, "translate": [0, 0]}
"""Shapes stand where their coordinates say, in pixels."""
_STEP = 52


@dataclass(frozen=True, eq=False)
class BaseMap:
    """A map and where things are on it, in points of the canvas.

    Parameters
    ----------
    land : layer
        What lies below the arcs.
    names : list of layer
        Names of regions, above the arcs.
    width, height : float
    places : mapping
        Region code: where arcs begin and end.
    name_boxes : list of Box
        Room that the names take.
    land_boxes : list of Box
        Room that the land takes.
    notes : list of str
        What is not drawn.
    """

    land: Any
    names: list[Any]
    width: float
    height: float
    places: Mapping[str, Point]
    name_boxes: list[Box]
    land_boxes: list[Box]
    notes: list[str]

    def corner(self, width: float, height: float) -> Point:
        """Upper left of a box of this size in a corner without land, else beside the map.

        Parameters
        ----------
        width, height : float
        """
        right, low = self.width - width, self.height - height
        for x, y in ((0.0, 0.0), (right, low), (right, 0.0), (0.0, low)):
            if not any(Box(x, y, x + width, y + height).meets(b) for b in self.land_boxes):
                return x, y
        return self.width + 24, 0.0


def tile_base_map(
    directory: RegionDirectory, used: Iterable[str], lang: Language, own: str = ""
) -> BaseMap | None:
    """Tiles, with a tile of their own for overseas and unknown where they are used.

    Parameters
    ----------
    directory : RegionDirectory
    used : iterable of str
        Codes of the regions that arcs begin or end in.
    lang : {"ja", "en"}
    own : str
        Code of a region that is framed.

    Returns
    -------
    BaseMap or None
        None where a region has no tile.

    Examples
    --------
    >>> directory = RegionDirectory(("east", "west"), ("East", "West"))
    >>> tile_base_map(directory, ["east"], "ja") is None
    True
    """
    used = {*used}
    places = {
        c: (x * _STEP, y * _STEP)
        for c, (x, y) in tile_places([*directory.codes, *OUTSIDE_TILES]).items()
    }
    if not used <= places.keys():
        return None
    width, height = COLUMNS * _STEP, ROWS * _STEP
    cells = [*TILES.values(), *(OUTSIDE_TILES[c] for c in OUTSIDE_TILES if c in used)]
    boxes = [
        Box(c * _STEP + 1, r * _STEP + 1, (c + 1) * _STEP - 1, (r + 1) * _STEP - 1)
        for c, r in cells
    ]
    squares = [{"x": b.left, "y": b.top, "X": b.right, "Y": b.bottom} for b in boxes]
    land = at_pixels(squares, ends=True).mark("rect", color=LAND, stroke=None)
    framed = [square for code, square in zip(TILES, squares, strict=False) if code == own]
    if framed:
        land = layer(land, at_pixels(framed, ends=True).mark("rect", **FRAME))
    shown = {c: p for c, p in places.items() if c not in OUTSIDE_TILES or c in used}
    small = lang == "en" and any(c in PREFECTURES for c in shown)
    names, name_boxes, _ = _names(shown, directory, 10 if small else 12.5, lang, every=True)
    return BaseMap(land, names, width, height, places, name_boxes, boxes, [])


def shape_base_map(
    shapes: Shapes,
    directory: RegionDirectory,
    used: Iterable[str],
    lang: Language,
    own: str = "",
) -> BaseMap:
    """Shapes of the user; the names of regions that are used, the first the most important.

    Overseas and unknown have a place at the lower right.

    Parameters
    ----------
    shapes : Shapes
    directory : RegionDirectory
    used : iterable of str
        Codes of the regions that arcs begin or end in.
    lang : {"ja", "en"}
    own : str
        Code of a region that is framed.
    """
    rows = [
        {"type": "Feature", "geometry": {"type": "MultiPolygon", "coordinates": p}, "own": c == own}
        for c, p in shapes.polygons.items()
    ]
    land = Chart.of(rows).mark("geoshape", fill=LAND, stroke="white", strokeWidth=0.6)
    if framed := [row for row in rows if row["own"]]:
        land = layer(land, Chart.of(framed).mark("geoshape", **FRAME))
    places = dict(shapes.middles)
    order = [*dict.fromkeys(used)]
    for i, c in enumerate(c for c in OUTSIDE_TILES if c in order):
        places[c] = (shapes.width - 40, shapes.height - 30 - 40 * i)
    names, name_boxes, unnamed = _names(
        {c: places[c] for c in order if c in places}, directory, 10, lang
    )
    notes = shapes.notes(directory, lang)
    if unnamed:
        notes.append(Texts("maps", lang)("without_name", count=unnamed))
    boxes = [
        Box(min(xs), min(ys), max(xs), max(ys))
        for polygons in shapes.polygons.values()
        for xs, ys in (zip(*ring[0], strict=True) for ring in polygons)
    ]
    land = land.properties(projection=PLANE)
    return BaseMap(land, names, shapes.width, shapes.height, places, name_boxes, boxes, notes)


def _names(
    places: Mapping[str, Point],
    directory: RegionDirectory,
    size: float,
    lang: Language,
    *,
    every: bool = False,
) -> tuple[list[Any], list[Box], int]:
    """Names of regions, the room they take, and how many have none."""
    rows: list[dict[str, Any]] = [
        {"x": x, "y": y, "t": shortened(directory.label(c, lang, short=True), 16)}
        for c, (x, y) in places.items()
    ]
    boxes = [text_box(r["t"], r["x"], r["y"], size) for r in rows]
    fits = [every or at is not None for at in first_free([[b] for b in boxes])]
    rows = [row for row, fit in zip(rows, fits, strict=True) if fit]
    weight = "bold" if lang == "ja" else "normal"  # bold names in Latin letters fill their tiles
    layers = edged(rows, align="center", edge=LAND, fontSize=size, fontWeight=weight)
    return layers, [b for b, fit in zip(boxes, fits, strict=True) if fit], fits.count(False)
