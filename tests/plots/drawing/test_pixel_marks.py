"""Marks at pixels: no scale moves them, no axis is drawn, nothing is escaped twice."""

from connhub.plots.drawing.pixel_marks import INK, at_pixels, edged, pixel_place, text_marks
from tests.plots.builders import layer_rows

ROWS = [{"x": 1.5, "y": 2, "t": "<甲>"}, {"x": 3, "y": 4, "t": "乙"}]


def test_pixels_are_pixels():
    spec = at_pixels(ROWS).mark("point").spec
    for channel in ("x", "y"):
        assert spec["encoding"][channel] == {
            "field": channel,
            "type": "quantitative",
            "scale": None,
            "axis": None,
        }
    assert set(spec["encoding"]) == {"x", "y"}
    assert layer_rows(at_pixels(ROWS).mark("point")) == [ROWS]
    assert set(pixel_place()) == {"x", "y"}


def test_ends_are_other_columns_of_the_same_scale():
    encoding = at_pixels([{"x": 0, "y": 0, "X": 9, "Y": 8}], ends=True).mark("rule").spec
    assert encoding["encoding"]["x2"]["field"] == "X"
    assert encoding["encoding"]["y2"]["field"] == "Y"


def test_texts_are_as_they_are_and_their_style_can_be_changed():
    spec = text_marks(ROWS, align="right").spec
    assert spec["encoding"]["text"]["field"] == "t"
    assert spec["encoding"]["text"]["type"] == "nominal"  # a number would be formatted
    mark = {"type": "text", "align": "right", "fontSize": 11, "color": INK}
    assert spec["mark"] == mark
    assert text_marks(ROWS, fontSize=9, dx=2).spec["mark"] == mark | {
        "align": "left",
        "fontSize": 9,
        "dx": 2,
    }


def test_an_edge_lies_below_the_same_text():
    below, above = edged(ROWS, align="center", edge="#eeeeee", fontSize=9)
    assert layer_rows(below) == layer_rows(above) == [ROWS]
    mark, edge = above.spec["mark"], below.spec["mark"]
    assert edge["stroke"] == "#eeeeee"
    assert edge["strokeWidth"] > 0
    assert "stroke" not in mark
    assert {k: v for k, v in edge.items() if not k.startswith("stroke")} == mark
    assert edged([]) == []
