"""Bars where regions have no place on a map."""

import pytest

from connhub.options import CaptionOptions
from connhub.plots.drawing.bar_chart import bar_chart
from connhub.plots.picture import heading
from tests.plots.builders import LEDGER, layer_rows


def chart(*values):
    rows = [
        {"name": f"region {i}", "v": v, "t": f"<{v}>", "c": "#336699"} for i, v in enumerate(values)
    ]
    head = heading("題", LEDGER, CaptionOptions(), unit="億円")
    return bar_chart(rows, head, {"name": "地域", "t": "値"}).spec


def test_bars_names_and_values_are_in_rows():
    bars, names, values = layer_rows(chart(10, 5, 0))
    assert [b["y"] for b in bars] == [9 - 8, 27 - 8, 45 - 8]
    assert [b["Y"] - b["y"] for b in bars] == [16] * 3
    assert [n["t"] for n in names] == ["region 0", "region 1", "region 2"]
    assert {n["x"] for n in names} == {-6}
    assert [v["t"] for v in values] == ["<10>", "<5>", "<0>"]
    assert [n["y"] for n in names] == [v["y"] for v in values] == [9, 27, 45]


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ((10, 5, 0), [(0, 420), (0, 210), (0, 0)]),
        ((10, -10), [(210, 420), (210, 0)]),
        ((-4, -2), [(420, 0), (420, 210)]),
        ((0, 0), [(0, 0), (0, 0)]),
        ((7,), [(0, 420)]),
    ],
)
def test_lengths_are_proportional_and_begin_at_zero(values, ends):
    bars, _, texts = layer_rows(chart(*values))
    assert [(b["x"], b["X"]) for b in bars] == ends
    assert [t["x"] for t in texts] == [max(pair) + 4 for pair in ends]


def test_colors_are_those_of_the_rows_and_the_pointer_shows_what_is_asked_for():
    spec = chart(3)
    encoding = spec["layer"][0]["encoding"]
    assert encoding["color"]["field"] == "c"
    assert encoding["color"]["scale"] is None
    assert [(t["field"], t["title"]) for t in encoding["tooltip"]] == [
        ("name", "地域"),
        ("t", "値"),
    ]
    assert spec["height"] == 18
    assert chart(1, 2, 3)["height"] == 54
