"""Shapes of the user: read, matched to regions, and fitted to a canvas."""

import json
import math

import pytest

from connhub.errors import OptionError
from connhub.plots.drawing.map_shapes import shapes_of
from connhub.regions.directory import RegionDirectory
from tests.plots.builders import TWO, collection, feature, square

TOKYO_NIIGATA = RegionDirectory(("13", "15"), ("東京都", "新潟県"))


def test_shapes_fit_the_canvas_with_north_up_and_narrowed_by_latitude():
    shapes = shapes_of(TWO, TOKYO_NIIGATA, size=200)
    narrow = math.cos(math.radians(35.5))
    assert shapes.width == pytest.approx(200)
    assert shapes.height == pytest.approx(200 / (2 * narrow))
    (x, y), (east, _) = shapes.middles["13"], shapes.middles["15"]
    assert (x, y) == pytest.approx((50, shapes.height / 2), abs=0.5)
    assert east == pytest.approx(150, abs=0.5)
    north = shapes_of(
        collection(TWO["features"][0], feature(square(139, 40), code="15")), TOKYO_NIIGATA
    )
    assert min(y for _, y in north.polygons["15"][0][0]) == pytest.approx(0, abs=0.5)
    assert max(y for _, y in north.polygons["13"][0][0]) == pytest.approx(north.height, abs=0.5)


@pytest.mark.parametrize(
    ("tokyo", "niigata"),
    [
        ("13", "15"),
        (13, 15),
        (13.0, 15.0),
        ("東京都", "新潟県"),
        ("東京", "新潟"),
        ("Tokyo", "Niigata Prefecture"),
        ("13101", "151009"),  # places within them: a ward, a city with check digit
    ],
)
def test_regions_are_found_by_code_or_name_whatever_the_property_is_called(tokyo, niigata):
    one, other = (
        feature(square(x, 35), other="?", who=w) for x, w in ((139, tokyo), (140, niigata))
    )
    assert [*shapes_of(collection(one, other), TOKYO_NIIGATA).polygons] == ["13", "15"]


def test_wards_belong_to_their_city():
    wards = collection(
        feature(square(139, 35), N03_007="15101"), feature(square(140, 35), N03_007="15108")
    )
    assert len(shapes_of(wards, RegionDirectory(("15100",), ("新潟市",))).polygons["15100"]) == 2


def test_prefectures_belong_to_their_block():
    shapes = shapes_of(TWO, RegionDirectory(("kanto", "kinki"), ("関東", "近畿")))
    assert len(shapes.polygons["kanto"]) == 2
    assert shapes.missing == ("kinki",)


def test_what_does_not_fit_is_counted():
    more = collection(*TWO["features"], feature(square(141, 35), code="99"))
    three = RegionDirectory(("13", "15", "27"), ("東京都", "新潟県", "大阪府"))
    shapes = shapes_of(more, three)
    assert (shapes.strangers, shapes.missing, shapes.remote) == (1, ("27",), 0)
    shown = " ".join(shapes.notes(three, "en"))
    assert "regions without a shape: 1 (Osaka)" in shown
    assert "shapes of no region: 1" in shown
    assert "大阪" in " ".join(shapes.notes(three, "ja"))


def test_remote_islands_do_not_shrink_the_map():
    tokyo = feature([], code="13")
    tokyo["geometry"] = {
        "type": "MultiPolygon",
        "coordinates": [[square(139, 35)], [square(154, 24, 0.1)]],
    }
    shapes = shapes_of(collection(tokyo, TWO["features"][1]), TOKYO_NIIGATA, size=200)
    assert shapes.remote == 1
    assert shapes.width == pytest.approx(200)


def test_outlines_are_thinned_to_what_can_be_seen():
    circle = [[139 + math.cos(t / 500), 35 + math.sin(t / 500)] for t in range(int(1000 * math.pi))]
    shapes = shapes_of(
        collection(feature([*circle, circle[0]], code="13")), TOKYO_NIIGATA, size=300
    )
    ring = shapes.polygons["13"][0][0]
    assert 100 < len(ring) < len(circle)
    assert ring[0] == ring[-1]


@pytest.mark.slow
def test_shapes_of_any_detail_stay_small():
    """200 rugged coasts of 1,000 points each, over the width of Japan."""
    codes = [f"{i:05d}" for i in range(13_101, 13_301)]

    turns = [(t * math.tau / 1000, 0.4 + 0.1 * (t * 7919 % 13) / 13) for t in range(1000)]
    around = [(r * math.cos(a), r * math.sin(a)) for a, r in [*turns, turns[0]]]

    def coast(k):
        return [[130 + k % 20 + x, 30 + k // 20 + y] for x, y in around]

    many = collection(*(feature(coast(k), code=c) for k, c in enumerate(codes)))
    before = len(json.dumps(many))
    after = len(json.dumps(shapes_of(many, RegionDirectory(tuple(codes), tuple(codes))).polygons))
    assert before > 8_000_000
    assert after <= 250_000


def test_a_wrong_key_and_shapes_of_nothing_known_say_what_there_is():
    with pytest.raises(OptionError, match="Did you mean 'code'"):
        shapes_of(TWO, TOKYO_NIIGATA, code_property="cod")
    with pytest.raises(OptionError, match="'code'"):
        shapes_of(TWO, RegionDirectory(("A",), ("東の圏",)))
