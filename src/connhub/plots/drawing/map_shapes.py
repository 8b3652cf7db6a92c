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
from connhub.plots.drawing.shape_files import Geometry, Point, Polygon, Ring, read_shapes
from connhub.regions.codes import BLOCKS, PREFECTURES, is_municipality_code
from connhub.regions.directory import RegionDirectory
from connhub.regions.scheme import assign_regions
from connhub.schema import Language
from connhub.text.catalogue import listed
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
_LARGEST = 250_000
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
    cut : int
        Polygons outside the frame: remote islands.
    """

    polygons: Mapping[str, list[Polygon]]
    middles: Mapping[str, Point]
    width: float
    height: float
    strangers: int
    missing: tuple[str, ...]
    cut: int

    def notes(self, directory: RegionDirectory, lang: Language) -> list[str]:
        """What is not drawn, in words."""
        ja = lang == "ja"
        notes = []
        if n := len(self.missing):
            names = "、".join if ja else ", ".join
            some = names(directory.label(c, lang, short=True) for c in self.missing[:5])
            more = ("ほか" if ja else ", ...") if n > 5 else ""
            some = shortened(some, 60)
            notes.append(
                f"図形のない {n} 地域は描いていない: {some}{more}"
                if ja
                else f"Not drawn, regions without a shape: {n} ({some}{more})"
            )
        if self.strangers:
            notes.append(
                f"どの地域にも当たらない図形 {self.strangers} 個は描いていない"
                if ja
                else f"Not drawn, shapes of no region: {self.strangers}"
            )
        if self.cut:
            notes.append(
                f"枠の外の島など {self.cut} 個は描いていない"
                if ja
                else f"Not drawn, islands outside the frame: {self.cut}"
            )
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
    flat, cut, width, height = _flattened(polygons, size)
    middles = {code: _middle(max((p[0] for p in own), key=_area)) for code, own in flat.items()}
    missing = tuple(code for code in directory.codes if code not in flat)
    return Shapes(flat, middles, width, height, owners.count(None), missing, cut)


def _owners(
    properties: Sequence[Mapping[str, Any]], regions: Mapping[str, str], key: str | None
) -> list[str | None]:
    """Region of each feature, by the property that fits most of them."""
    names = list(dict.fromkeys(n for p in properties for n in p))
    if key is not None and key not in names:
        fix = did_you_mean(key, names)
        raise OptionError(Fault(f"key={key!r} is no property of the shapes", fix=fix))
    usual = [n for u in _USUAL for n in names if n.casefold() == u.casefold()]
    tried = [key] if key is not None else [*dict.fromkeys([*usual, *names])]
    best: list[str | None] = []
    for name in tried:
        found = _regions_named([p.get(name) for p in properties], regions)
        if len({*found} - {None}) > len({*best} - {None}):
            best = found
    if not best:
        what = "no feature of geometry= has the code or the name of a region"
        fix = f"say key=, one of {listed(names)}; regions are {listed(regions)}"
        raise OptionError(Fault(what, column=key or "", fix=fix))
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
        own = {p.code, p.code.lstrip("0"), p.name_ja, short, english, f"{english} ken"}
        if owner is not None and regions[owner] in (p.name_ja, BLOCKS.get(owner)):
            for word in own | {f"{english} prefecture", f"{english}-ken"}:
                known.setdefault(word, owner)
    words = [_word(v) for v in values]
    found = [known.get(w, known.get(w.casefold())) for w in words]
    local = [str(w).zfill(5) if w.isdigit() else w for w in words]
    fits = is_municipality_code(local)
    if fits.any():  # wards belong to their city; a municipality to its prefecture
        table = pa.table(
            {"municipality_code": [w if f else None for w, f in zip(local, fits, strict=False)]}
        )
        cities, _ = assign_regions(table, "municipality")
        for i, at in enumerate(cities.index):
            if found[i] is None and at < cities.size:
                city = cities.codes[at]
                found[i] = known.get(city, known.get(city[:2]))
    return found


def _word(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, float) and value == round(value):
        value = int(value)
    return str(value).strip()


def _flattened(
    polygons: Mapping[str, list[Polygon]], size: float
) -> tuple[dict[str, list[Polygon]], int, float, float]:
    """Fit the largest polygon of every region to the canvas; what lies outside is cut."""
    largest = [max((p[0] for p in own), key=_area) for own in polygons.values()]
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
        cut = 0
        for code, own in polygons.items():
            for polygon in own:
                rings = [
                    _on_grid([((x - west) * narrow * by, (north - y) * by) for x, y in r], step)
                    for r in polygon
                ]
                x, y = rings[0][0]
                if not (-1 <= x <= width + 1 and -1 <= y <= height + 1):
                    cut += 1
                elif len(rings[0]) > 3 or polygon[0] in largest:
                    flat.setdefault(code, []).append(
                        [r for r in rings if len(r) > 3 or r is rings[0]]
                    )
        if len(json.dumps(flat)) <= _LARGEST or step > 8:
            return flat, cut, max(width, 1.0), max(height, 1.0)
        step *= 1.5


def _on_grid(ring: Ring, step: float) -> Ring:
    """Round to a grid and leave out points that say nothing new."""
    kept: Ring = []
    for x, y in ring:
        point = (round(round(x / step) * step, 2), round(round(y / step) * step, 2))
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and _turn(kept[-2], kept[-1], point) == 0:
            kept[-1] = point
        else:
            kept.append(point)
    if kept[0] != kept[-1]:
        kept.append(kept[0])
    return kept


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])


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
