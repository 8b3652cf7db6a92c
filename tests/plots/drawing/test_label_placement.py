"""Labels find places, and none meets another."""

from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from connhub.plots.drawing.label_placement import Box, place_labels, text_width

WITHIN = Box(0, 0, 400, 300)
SPOTS = st.tuples(st.floats(0, 400), st.floats(0, 300), st.floats(2, 12))
NAMES = st.text("甲乙ﾆabW ", min_size=1, max_size=14)


@settings(max_examples=60)
@given(st.lists(st.tuples(SPOTS, NAMES), min_size=1, max_size=14))
def test_no_label_meets_another_a_point_or_what_is_taken(items):
    points, names = [i[0] for i in items], [i[1] for i in items]
    corner = Box(300, 0, 400, 30)
    found = place_labels(points, names, within=WITHIN, taken=[corner])
    assert len({label.item for label in found}) == len(found)
    for one, other in combinations(found, 2):
        assert not one.box.meets(other.box)
    for label in found:
        assert not label.box.meets(corner)
        assert min(vars_of(label.box)) >= 0
        assert label.box.right <= 400
        assert label.box.bottom <= 300
        for x, y, r in points:
            assert not label.box.meets(Box(x - r, y - r, x + r, y + r))
    lines = [(f, np.linspace(f.leader[:2], f.leader[2:], 200)) for f in found if f.leader]
    for owner, line in lines:
        for label in found:
            inner = Box(*np.array(vars_of(label.box)) + [1.5, 1.5, -1.5, -1.5])
            assert label is owner or not inner.holds(line).any()


def vars_of(box):
    return box.left, box.top, box.right, box.bottom


def test_the_nearest_place_is_beside_the_point():
    (label,) = place_labels([(50, 50, 4)], ["甲社"], within=WITHIN)
    assert (label.align, label.box.left, label.box.middle) == ("left", 57, 50)
    assert label.leader is None


def test_a_crowd_is_not_covered_where_there_is_room():
    crowd = np.array([[70.0, 50.0], [80.0, 50.0], [90.0, 50.0]])
    (label,) = place_labels([(50, 50, 4)], ["甲社"], within=WITHIN, crowd=crowd)
    assert not label.box.holds(crowd).any()


def test_a_label_without_a_place_is_left_out():
    names = ["甲" * 10] * 3
    found = place_labels([(60, 10, 2)] * 3, names, within=Box(0, 0, 125, 20))
    assert len(found) < 3


@pytest.mark.parametrize(
    "words",
    ["株式会社星川みらい食品", "Niigata Foods Co.", "ﾆｲｶﾞﾀ ｱｵﾊﾞ", "7123456789012", "上位10社 95.7%"],
)
def test_the_guessed_width_is_not_below_that_of_the_font(words):
    folder = Path(next(iter(find_spec("matplotlib_fontja").submodule_search_locations)))
    font = ImageFont.truetype(str(folder / "fonts" / "ipaexg.ttf"), 110)
    assert font.getlength(words) / 10 <= text_width(words, 11)


def test_a_leader_goes_around_the_labelled_points_of_others():
    """Where there is room: no leader crosses another one drawn to the far edge of its point."""
    spots = [(172, 124), (161, 131), (198, 156), (150, 156), (175, 132), (186, 134)]
    names = ["甲乙", "甲乙甲乙", "甲乙", "甲乙甲乙", "甲乙甲乙甲乙", "甲乙甲乙甲乙"]
    found = place_labels([(*spot, 3) for spot in spots], names, within=WITHIN)
    assert len(found) == len(spots)
    whole = [
        (2 * complex(*spots[label.item]) - complex(*label.leader[:2]), complex(*label.leader[2:]))
        for label in found
        if label.leader
    ]
    assert whole

    def side(a, b, c):
        return ((b - a).conjugate() * (c - a)).imag

    for (a, b), (c, d) in combinations(whole, 2):
        apart = side(a, b, c) * side(a, b, d) >= 0 or side(c, d, a) * side(c, d, b) >= 0
        assert apart


def test_the_important_are_left_out_last():
    points, names = [(60, 10, 2)] * 3, ["甲" * 10] * 3
    tight = Box(0, 0, 190, 20)
    for last in range(3):
        found = place_labels(points, names, within=tight, important=[last])
        assert [label.item for label in found] == [last]
