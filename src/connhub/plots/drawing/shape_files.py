"""Polygons of GeoJSON and TopoJSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from connhub.errors import ConnhubError, Fault, InputError
from connhub.text.catalogue import Message
from connhub.text_files import read_text

__all__ = ["Geometry", "Point", "Polygon", "Ring", "read_shapes"]

_MOST_POINTS = 20_000_000
"""A short file can repeat a line so often that no memory holds it."""
Geometry = str | os.PathLike[str] | Mapping[str, Any]
Point = tuple[float, float]
Ring = list[Point]
Polygon = list[Ring]


def read_shapes(geometry: Geometry) -> list[dict[str, Any]]:
    """Read features with polygons; each has ``properties`` and ``polygons``.

    Parameters
    ----------
    geometry : path or mapping
        GeoJSON, or TopoJSON, of which the object with the most shapes is taken.

    Returns
    -------
    list of dict

    Raises
    ------
    InputError
        When it is neither.

    Examples
    --------
    >>> square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    >>> read_shapes({"type": "Feature", "id": 13, "properties": None, "geometry": square})
    [{'properties': {'id': 13}, 'polygons': [[[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)]]]}]
    """
    name = "" if isinstance(geometry, Mapping) else str(geometry)
    value: Any = geometry if isinstance(geometry, Mapping) else _read_json(Path(geometry))
    try:
        found = _topology(value) if value.get("type") == "Topology" else list(_features(value))
    except KeyError as error:
        raise _unusable("maps.no_member", name, member=error.args[0]) from error
    except (AttributeError, IndexError, TypeError, ValueError, RecursionError) as error:
        raise _unusable("maps.not_shapes", name) from error
    if not found:
        raise _unusable("maps.no_polygon", name)
    return found


def _unusable(kind: str, file: str, **values: Any) -> InputError:
    return InputError(Fault(kind, file=file, expected=Message("maps.expected"), **values))


def _read_json(path: Path) -> Any:
    try:
        return json.loads(read_text(path))
    except ConnhubError:
        raise
    except json.JSONDecodeError as error:
        raise _unusable("maps.not_json", str(path), line=error.lineno) from error
    except RecursionError as error:
        raise _unusable("maps.not_shapes", str(path)) from error
    except (OSError, ValueError) as error:
        raise _unusable("maps.unreadable", str(path)) from error


def _features(value: Any) -> Iterator[dict[str, Any]]:
    kind = value.get("type")
    if kind == "FeatureCollection":
        for feature in value["features"]:
            yield from _features(feature)
    elif kind == "Feature":
        properties = {**(value.get("properties") or {})}
        if "id" in value:
            properties.setdefault("id", value["id"])
        polygons = _polygons(value.get("geometry"))
        if polygons:
            yield {"properties": properties, "polygons": polygons}
    elif polygons := _polygons(value):
        yield {"properties": {}, "polygons": polygons}


def _polygons(geometry: Any) -> list[Polygon]:
    if geometry is None:
        return []
    kind = geometry["type"]
    if kind == "GeometryCollection":
        return [p for g in geometry["geometries"] for p in _polygons(g)]
    if kind not in ("Polygon", "MultiPolygon"):
        return []
    many = geometry["coordinates"] if kind == "MultiPolygon" else [geometry["coordinates"]]
    polygons = [[_ring(r) for r in rings] for rings in many if rings]
    return [p for p in polygons if p[0]]


def _ring(points: Any) -> Ring:
    ring = [(float(p[0]), float(p[1])) for p in points]
    if not all(isfinite(x) and isfinite(y) for x, y in ring):
        raise ValueError("a coordinate is not a number")
    return ring


def _topology(value: Any) -> list[dict[str, Any]]:
    """Features of a TopoJSON: arcs are shared lines, given as steps on a grid."""
    change = value.get("transform")
    arcs: list[Ring] = []
    for arc in value["arcs"]:
        line = _ring(arc)
        if change is not None:
            (kx, ky), (tx, ty) = change["scale"], change["translate"]
            x = y = 0.0
            steps, line = line, []
            for dx, dy in steps:
                x, y = x + dx, y + dy
                line.append((x * kx + tx, y * ky + ty))
        arcs.append(line)

    points = 0

    def count_points(count: int) -> None:
        nonlocal points
        points += count
        if points > _MOST_POINTS:
            raise ValueError("arcs are repeated without end")

    def joined(indices: Sequence[int]) -> Ring:
        ring: Ring = []
        for i in indices:
            line = arcs[i] if i >= 0 else arcs[~i][::-1]
            count_points(len(line))
            ring += line[1:] if ring else line
        return ring

    def plain(geometry: Any) -> Any:
        kind = geometry.get("type")
        if kind == "GeometryCollection":
            return {"type": kind, "geometries": [plain(g) for g in geometry["geometries"]]}
        if kind == "Polygon":
            rings = [joined(r) for r in geometry["arcs"]]
            return {"type": kind, "coordinates": rings}
        if kind == "MultiPolygon":
            return {"type": kind, "coordinates": [[joined(r) for r in p] for p in geometry["arcs"]]}
        return None

    def features(geometry: Any) -> Iterator[dict[str, Any]]:
        if geometry.get("type") == "GeometryCollection":
            for part in geometry["geometries"]:
                yield from features(part)
        elif shape := plain(geometry):
            more = {k: geometry[k] for k in ("id", "properties") if k in geometry}
            yield from _features({"type": "Feature", "geometry": shape, **more})

    return max(([*features(g)] for g in value["objects"].values()), key=len, default=[])
