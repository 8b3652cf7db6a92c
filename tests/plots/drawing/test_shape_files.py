"""GeoJSON and TopoJSON are read, and anything else is refused."""

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
