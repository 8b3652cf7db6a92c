"""Real shapes of regions, from the user's GeoJSON or TopoJSON, drawn on a flat canvas."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

import pyarrow as pa

from connhub.errors import Fault, OptionError, did_you_mean
from connhub.labels import Language
from connhub.plots.drawing.shape_files import Geometry, Point, Polygon, Ring, read_shapes
from connhub.regions.codes import BLOCKS, PREFECTURES, is_municipality_code
from connhub.regions.directory import RegionDirectory
from connhub.regions.scheme import assign_regions
from connhub.text.catalogue import Texts, listed
from connhub.text.names import shortened

__all__ = ["Shapes", "shapes_of"]

_USUAL = (
    "code",
    "region",
    "prefecture_code",
    "pref_code",
    "N03_007",
    "jiscode",
    "id",
    "prefecture",
    "pref",
    "name_ja",
    "nam_ja",
    "N03_001",
    "name",
    "nam",
    "region_name",
)
"""Properties that hold the region, the surest first."""
_MAX_CHARACTERS = 250_000
"""Characters that the shapes of a picture may take."""


@dataclass(frozen=True)
class Shapes:
    """Shapes of regions in points of a canvas.

    Parameters
    ----------
    polygons : mapping
        Region code: its polygons, each an outer ring and its holes, as GeoJSON has them.
    middles : mapping
        Region code: a point inside the largest polygon, mostly.
    width, height : float
    strangers : int
        Features that belong to no region.
    missing : tuple of str
        Regions without a shape.
    remote : int
        Polygons outside the frame: remote islands.
    """

    polygons: Mapping[str, list[Polygon]]
    middles: Mapping[str, Point]
    width: float
    height: float
    strangers: int
    missing: tuple[str, ...]
    remote: int

    def notes(self, directory: RegionDirectory, lang: Language) -> list[str]:
        """What is not drawn.

        Parameters
        ----------
        directory : RegionDirectory
        lang : {"ja", "en"}
        """
        texts = Texts("maps", lang)
        notes = []
        if self.missing:
            first = [directory.label(c, lang, short=True) for c in self.missing[:5]]
            names = shortened(listed(first, lang, marks=False), 60)
            if len(self.missing) > len(first):
                names = names.removesuffix("…") + "…"
            notes.append(texts("without_shape", count=len(self.missing), names=names))
        if self.strangers:
            notes.append(texts("shapes_of_no_region", count=self.strangers))
        if self.remote:
            notes.append(texts("outside_the_frame", count=self.remote))
        return notes


def shapes_of(
    geometry: Geometry,
    directory: RegionDirectory,
    *,
    code_property: str | None = None,
    size: float = 600,
) -> Shapes:
    """Find the shape of each region, and fit all to a canvas.

    Parameters
    ----------
    geometry : path or mapping
        GeoJSON or TopoJSON.
    directory : RegionDirectory
    code_property : str, optional
        Property that holds the code or the name; by default the one that fits most features.
    size : float
        Longer side of the canvas in points.

    Returns
    -------
    Shapes
        Outlines are kept to about half a point; small islands may vanish.

    Raises
    ------
    InputError, OptionError
        When nothing can be read, or no feature belongs to a region.
    """
    features = read_shapes(geometry)
    owners = _owners([f["properties"] for f in features], directory.name_of, code_property)
    polygons: dict[str, list[Polygon]] = {}
    for feature, owner in zip(features, owners, strict=True):
        if owner is not None:
            polygons.setdefault(owner, []).extend(feature["polygons"])
    flat, remote, width, height = _flattened(polygons, size)
    middles = {code: _middle(_largest_ring(parts)) for code, parts in flat.items()}
    missing = tuple(code for code in directory.codes if code not in flat)
    return Shapes(flat, middles, width, height, owners.count(None), missing, remote)


def _owners(
    properties: Sequence[Mapping[str, Any]], regions: Mapping[str, str], code_property: str | None
) -> list[str | None]:
    """Region of each feature, by the property that fits most of them."""
    names = list(dict.fromkeys(n for p in properties for n in p))
    if code_property is not None and code_property not in names:
        suggestion = did_you_mean(code_property, names)
        fault = Fault("maps.no_property", name=code_property, suggestion=suggestion)
        raise OptionError(fault)
    usual = [n for u in _USUAL for n in names if n.casefold() == u.casefold()]
    tried = [*dict.fromkeys([*usual, *names])] if code_property is None else [code_property]
    best: list[str | None] = []
    for name in tried:
        found = _regions_named([p.get(name) for p in properties], regions)
        if len({*found} - {None}) > len({*best} - {None}):
            best = found
    if not best:
        raise OptionError(Fault("maps.no_region", properties=names, regions=list(regions)))
    return best


def _regions_named(values: Sequence[Any], regions: Mapping[str, str]) -> list[str | None]:
    """Region that each value means: its code, its name, or a place within it."""
    known: dict[str, str] = {}
    for code, name in regions.items():
        known |= {code: code, name: code}
    for p in PREFECTURES.values():
        short = p.name_ja[:-1] if p.code != "01" else p.name_ja
        english = p.name_en.casefold()
        owner = next((r for r in (p.code, p.block) if r in regions), None)
        names = {p.code, p.code.lstrip("0"), p.name_ja, short, english, f"{english} ken"}
        if owner is not None and regions[owner] in (p.name_ja, BLOCKS.get(owner)):
            for name in names | {f"{english} prefecture", f"{english}-ken"}:
                known.setdefault(name, owner)
    keys = [_key(v) for v in values]
    found = [known.get(k, known.get(k.casefold())) for k in keys]
    local = [k.zfill(5) if k.isdigit() else k for k in keys]
    fits = is_municipality_code(local)
    if fits.any():  # wards belong to their city; a municipality to its prefecture
        table = pa.table(
            {"municipality_code": [k if fit else None for k, fit in zip(local, fits, strict=True)]}
        )
        cities, _ = assign_regions(table, "municipality")
        for i, at in enumerate(cities.index):
            if found[i] is None and at < cities.size:
                city = cities.codes[at]
                found[i] = known.get(city, known.get(city[:2]))
    return found


def _key(value: Any) -> str:
    """A value of a property as text; empty for what is no code or name."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, float) and value == round(value):
        value = int(value)
    return str(value).strip()


def _flattened(
    polygons: Mapping[str, list[Polygon]], size: float
) -> tuple[dict[str, list[Polygon]], int, float, float]:
    """Fit the largest polygon of every region to the canvas; what lies outside is left out."""
    largest = [_largest_ring(parts) for parts in polygons.values()]
    xs = [x for ring in largest for x, _ in ring]
    ys = [y for ring in largest for _, y in ring]
    west, east, south, north = min(xs), max(xs), min(ys), max(ys)
    degrees = max(map(abs, (west, east))) <= 360 and max(map(abs, (south, north))) <= 90
    narrow = cos(radians((south + north) / 2)) if degrees else 1.0
    by = size / max((east - west) * narrow, north - south, 1e-9)
    width, height = (east - west) * narrow * by, (north - south) * by
    step = 0.5
    while True:
        flat: dict[str, list[Polygon]] = {}
        remote = 0
        for code, parts in polygons.items():
            for polygon in parts:
                rings = [
                    _on_grid([((x - west) * narrow * by, (north - y) * by) for x, y in r], step)
                    for r in polygon
                ]
                x, y = rings[0][0]
                if not (-1 <= x <= width + 1 and -1 <= y <= height + 1):
                    remote += 1
                elif len(rings[0]) > 3 or polygon[0] in largest:
                    flat.setdefault(code, []).append(
                        [r for r in rings if len(r) > 3 or r is rings[0]]
                    )
        if len(json.dumps(flat)) <= _MAX_CHARACTERS or step > 8:
            return flat, remote, max(width, 1.0), max(height, 1.0)
        step *= 1.5


def _on_grid(ring: Ring, step: float) -> Ring:
    """Round to a grid and leave out points on the line between their neighbors."""
    points: Ring = []
    for x, y in ring:
        point = (round(round(x / step) * step, 2), round(round(y / step) * step, 2))
        if points and points[-1] == point:
            continue
        if len(points) > 1 and _turn(points[-2], points[-1], point) == 0:
            points[-1] = point
        else:
            points.append(point)
    if points[0] != points[-1]:
        points.append(points[0])
    return points


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])


def _largest_ring(polygons: Sequence[Polygon]) -> Ring:
    """Outline of the largest polygon."""
    return max((polygon[0] for polygon in polygons), key=_area)


def _area(ring: Ring) -> float:
    return abs(
        sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
    )


def _middle(ring: Ring) -> Point:
    """Centre of gravity of a ring."""
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring))
    if not doubled:
        return ring[0]
    x, y = (
        sum((a[k] + b[k]) * (a[0] * b[1] - b[0] * a[1]) for a, b in itertools.pairwise(ring))
        / (3 * doubled)
        for k in (0, 1)
    )
    return round(x, 1), round(y, 1)
