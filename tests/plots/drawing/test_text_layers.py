"""Names in pictures: quadrants between the lines, firms beside their points."""

import numpy as np
import pytest

from connhub.plots.drawing.label_placement import Box, Label, text_width
from connhub.plots.drawing.log_axis import STRIP, LogAxis
from connhub.plots.drawing.scatter_layout import HEIGHT, WIDTH, ScatterLayout, SelectedFirms
from connhub.plots.drawing.text_layers import (
    corner_layers,
    corner_names,
    firm_labels,
    label_layers,
)
from tests.plots.builders import layer_rows

NAMES = (("upper left", "upper right"), ("lower left", "lower right"))
NOBODY = SelectedFirms(np.empty(0, np.int64), np.empty(0, np.int64), [])


def layout_with(means, spots=((300, 200),), named=1):
    """A layout whose means are these values, on axes from 0.01 to 1."""
    axes = LogAxis(0.01, 1, WIDTH), LogAxis(0.01, 1, HEIGHT)
    values = tuple(np.full(3, m) for m in means)
    spots = np.array(spots, dtype=float)
    return ScatterLayout(values, axes, NOBODY, np.arange(len(spots)), np.arange(named), spots)


def test_quadrants_are_named_in_their_corners():
    found = {row["t"]: row for row in corner_names(layout_with((0.1, 0.1)), NAMES)}
    assert set(found) == {name for pair in NAMES for name in pair}
    assert {t: r["right"] for t, r in found.items()} == {t: "right" in t for t in found}
    assert found["upper left"]["x"] == found["lower left"]["x"] > STRIP
    assert found["upper right"]["x"] == found["lower right"]["x"] < WIDTH
    assert found["upper left"]["y"] < found["lower left"]["y"] < HEIGHT - STRIP


def test_names_of_several_lines_read_downward_and_stay_inside():
    names = (("one\ntwo", "x"), ("three\nfour", "y"))
    found = {row["t"]: row["y"] for row in corner_names(layout_with((0.1, 0.1)), names)}
    assert found["one"] < found["two"]
    assert found["three"] < found["four"] < HEIGHT - STRIP


def test_what_does_not_fit_is_left_out():
    long = "a very long name of a quadrant " * 4
    found = corner_names(layout_with((0.1, 0.1)), ((long, "x"), ("short\n" + long, "y")))
    assert [row["t"] for row in found] == ["x", "short", "y"]
    # without its first line a name says nothing
    found = corner_names(layout_with((0.1, 0.1)), ((long + "\nshort", "x"), ("", "")))
    assert "short" not in [row["t"] for row in found]
    low = corner_names(layout_with((0.1, 0.0101)), (("a", "b"), ("c", "d")))
    assert [row["t"] for row in low] == ["a", "b"]  # no height below the line


def test_without_means_there_are_no_quadrants():
    assert corner_names(layout_with((5, 0.1)), NAMES) == []


def test_names_of_firms_keep_clear_of_the_corners():
    near = [(STRIP + 30, 12), (WIDTH - 40, 14)]
    layout = layout_with((0.1, 0.1), near, named=2)
    corners = corner_names(layout, NAMES)
    labels = firm_labels(layout, np.full(2, 4.0), ["甲社", "乙社"], corners)
    assert sorted(label.item for label in labels) == [0, 1]
    for label in labels:
        assert label.box.inside(Box(2, 2, WIDTH - 2, HEIGHT - 2))
        for c in corners:
            wide = text_width(c["t"], 12)
            left = c["x"] - wide if c["right"] else c["x"]
            assert not label.box.meets(Box(left, c["y"] - 7, left + wide, c["y"] + 7))


def test_only_the_first_points_are_named():
    layout = layout_with((0.1, 0.1), [(300, 200), (100, 300)], named=1)
    labels = firm_labels(layout, np.full(2, 4.0), ["甲社"], [])
    assert [label.item for label in labels] == [0]


def test_corners_are_tied_to_their_side():
    layers = corner_layers(corner_names(layout_with((0.1, 0.1)), NAMES))
    sides = {layer.spec["mark"]["align"] for layer in layers}
    assert sides == {"left", "right"}
    for layer in layers:
        side = layer.spec["mark"]["align"]
        assert {row["t"].split()[1] for row in layer_rows(layer)[0]} == {side}
    assert corner_layers([]) == []


@pytest.mark.parametrize(("align", "x"), [("left", 10), ("center", 25), ("right", 40)])
def test_a_label_is_tied_where_its_width_is_sure(align, x):
    label = Label(1, Box(10, 20, 40, 30), align, None)
    below, above = label_layers([label], ["no", "甲社"], fontSize=11)
    assert layer_rows(above)[0] == [{"x": x, "y": 25, "t": "甲社"}]
    assert above.spec["mark"]["align"] == align


def test_lines_lead_to_labels_far_away():
    labels = [
        Label(0, Box(10, 20, 40, 30), "left", (1.23, 2.0, 10.0, 25.0)),
        Label(1, Box(60, 20, 90, 30), "left", None),
    ]
    rule, *_ = label_layers(labels, ["甲", "乙"])
    assert rule.spec["mark"]["type"] == "rule"
    assert layer_rows(rule)[0] == [{"x": 1.2, "y": 2.0, "X": 10.0, "Y": 25.0}]
    marks = [layer.spec["mark"]["type"] for layer in label_layers(labels[1:], ["甲", "乙"])]
    assert marks == ["text", "text"]  # nothing leads nowhere
    assert label_layers([], []) == []
