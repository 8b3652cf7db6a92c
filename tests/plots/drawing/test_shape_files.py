"""GeoJSON and TopoJSON are read, and anything else is refused."""

import json
import os

import pytest

from connhub.errors import InputError
from connhub.plots.drawing.shape_files import read_shapes
from tests.plots.builders import TOPOLOGY, TWO


def test_topojson_gives_the_same_shapes_as_geojson():
    def corners(source):
        found = {f["properties"]["code"]: f["polygons"] for f in read_shapes(source)}
        return {c: {(round(x, 6), round(y, 6)) for x, y in p[0][0]} for c, p in found.items()}

    assert corners(TOPOLOGY) == corners(TWO)
    assert corners(TWO)["15"] == {(140, 35), (141, 35), (141, 36), (140, 36)}


@pytest.mark.parametrize(
    "broken",
    [
        "no json",
        "[1]",
        '{"type": "FeatureCollection"}',
        '{"type": "FeatureCollection", "features": []}',
        '{"type": "Topology", "arcs": [], "objects": {"a": {"type": "Polygon", "arcs": [[3]]}}}',
        '{"type": "Polygon", "coordinates": [[["a", 1], [2, 3]]]}',
        '{"type": "Polygon", "coordinates": [[[NaN, 1], [2, 3]]]}',
    ],
)
def test_what_is_no_geometry_is_refused(tmp_path, broken):
    path = tmp_path / "shapes.json"
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(InputError, match="geometry="):
        read_shapes(path)


def test_a_missing_file_and_an_address_are_refused(tmp_path):
    for where in (tmp_path / "none.json", "https://example.org/japan.json"):
        with pytest.raises(InputError, match="no such file"):
            read_shapes(where)


def test_a_file_of_something_else_says_what_it_lacks(tmp_path):
    (tmp_path / "other.json").write_text('{"type": "FeatureCollection"}', encoding="utf-8")
    with pytest.raises(InputError, match="it has no 'features'"):
        read_shapes(tmp_path / "other.json")


def nested(depth, member, inner):
    """A collection of one collection of one ..."""
    text = f'{{"type": "GeometryCollection", "{member}": ['
    return text * depth + json.dumps(inner) + "]}" * depth


@pytest.mark.parametrize("as_value", [True, False])
def test_collections_that_are_nested_without_end(tmp_path, as_value):
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    geometry = tmp_path / "deep.geojson"
    geometry.write_text(nested(5000, "geometries", square))
    if as_value:
        geometry = square
        for _ in range(5000):
            geometry = {"type": "GeometryCollection", "geometries": [geometry]}
    with pytest.raises(InputError) as caught:
        read_shapes(geometry)
    assert caught.value.faults[0].kind == "maps.not_shapes"


def test_lines_that_are_repeated_without_end(tmp_path):
    """Half a megabyte would become more points than any memory holds."""
    line = [[i, 0] for i in range(20_000)]
    rings = {"type": "Polygon", "arcs": [[0] * 200_000]}
    path = tmp_path / "bomb.topojson"
    path.write_text(json.dumps({"type": "Topology", "arcs": [line], "objects": {"a": rings}}))
    with pytest.raises(InputError) as caught:
        read_shapes(path)
    assert caught.value.faults[0].kind == "maps.not_shapes"


def test_shapes_do_not_come_from_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError):
        read_shapes(tmp_path / "pipe")
