"""The map below arcs: a place for every region that is used, room of names and land."""

import pytest

from connhub.plots.drawing.base_map import BaseMap, shape_base_map, tile_base_map
from connhub.plots.drawing.label_placement import Box
from connhub.plots.drawing.map_shapes import shapes_of
from connhub.plots.drawing.tile_grid import TILES
from connhub.regions.codes import PREFECTURES
from connhub.regions.directory import RegionDirectory
from tests.plots.builders import TWO, layer_rows

JAPAN = RegionDirectory(tuple(PREFECTURES), tuple(p.name_ja for p in PREFECTURES.values()))
OWN = RegionDirectory(("E", "W"), ("East", "West"))
PAIR = RegionDirectory(("13", "15"), ("東京都", "新潟県"))


def texts(layers):
    """The texts that the layers show."""
    return {row["t"] for layer in layers for row in layer_rows(layer)[0]}


def test_every_prefecture_is_a_tile_and_named():
    found = tile_base_map(JAPAN, ["13"], "ja")
    assert len(found.land_boxes) == 47
    assert texts(found.names) == {JAPAN.label(c, "ja", short=True) for c in PREFECTURES}
    for code in PREFECTURES:
        x, y = found.places[code]
        assert sum(b.left < x < b.right and b.top < y < b.bottom for b in found.land_boxes) == 1
        assert 0 < x < found.width
        assert 0 < y < found.height
    for i, box in enumerate(found.land_boxes):
        assert not any(box.meets(other) for other in found.land_boxes[i + 1 :])
    assert len(TILES) == 47


def test_the_own_region_is_framed():
    plain, framed = (tile_base_map(JAPAN, ["13"], "ja", own) for own in ("", "13"))
    frames = framed.land.spec["layer"]
    assert len(frames) == 2
    assert "layer" not in plain.land.spec
    (row,) = frames[1]["data"]["values"]
    x, y = framed.places["13"]
    assert row["x"] < x < row["X"]
    assert row["y"] < y < row["Y"]


@pytest.mark.parametrize(
    ("used", "more"), [([], set()), (["overseas"], {"海外"}), (["unknown", "13"], {"不明"})]
)
def test_outside_has_a_tile_where_it_is_used(used, more):
    found = tile_base_map(JAPAN, used, "ja")
    assert texts(found.names) & {"海外", "不明"} == more
    assert len(found.land_boxes) == 47 + len(more)


def test_regions_of_the_users_have_no_tiles():
    assert tile_base_map(OWN, ["E"], "ja") is None
    assert tile_base_map(OWN, [], "ja") is not None  # nothing has to be shown


def test_shapes_name_what_is_used_and_keep_a_place_for_outside():
    shapes = shapes_of(TWO, PAIR)
    found = shape_base_map(shapes, PAIR, ["15", "overseas", "15"], "en")
    assert texts(found.names) == {"Niigata", "Overseas"}
    assert found.places["15"] == shapes.middles["15"]
    x, y = found.places["overseas"]
    assert x > found.width / 2
    assert y > found.height / 2
    assert "unknown" not in found.places
    assert len(found.land_boxes) == 2
    both = shape_base_map(shapes, PAIR, ["overseas", "unknown"], "en").places
    assert both["overseas"] != both["unknown"]


def test_a_region_without_a_shape_is_noted():
    directory = RegionDirectory(("13", "15", "27"), ("東京都", "新潟県", "大阪府"))
    found = shape_base_map(shapes_of(TWO, directory), directory, ["27", "13"], "ja")
    assert "27" not in found.places
    assert texts(found.names) == {"東京"}
    assert found.notes


def bare(boxes):
    return BaseMap(None, [], 100.0, 80.0, {}, [], boxes, [])


@pytest.mark.parametrize(
    ("land", "corner"),
    [
        ([], (0, 0)),
        ([Box(0, 0, 10, 10)], (70, 60)),
        ([Box(0, 0, 10, 10), Box(90, 70, 100, 80)], (70, 0)),
        ([Box(0, 0, 10, 10), Box(90, 0, 100, 80)], (0, 60)),
        ([Box(0, 0, 100, 80)], (124, 0)),
    ],
)
def test_a_legend_takes_a_corner_without_land(land, corner):
    assert bare(land).corner(30, 20) == corner
