"""Rows of firms: which are listed, their mark, rank and name, and labels of two lines."""

from types import SimpleNamespace

import pandas as pd
import pytest

from connhub.errors import OptionError
from connhub.plots.drawing.firm_rows import (
    NAME_WIDTH,
    ROW,
    SELECTED_MARK,
    firm_names,
    list_name,
    ranked_rows,
    wrapped,
)
from connhub.regions.directory import RegionDirectory
from connhub.text.names import width
from tests.plots.builders import layer_rows

DIRECTORY = RegionDirectory(("13", "15"), ("東京都", "新潟県"))


def selection_of(*rows, fields=True):
    """Rows of (firm, region, rank, field)."""
    frame = pd.DataFrame(rows, columns=["firm_id", "region", "rank", "field"])
    if not fields:
        frame["field"] = None
    return SimpleNamespace(frame=frame, directory=DIRECTORY)


ROWS = [
    ("a", "13", 1, "造船"),
    ("b", "15", 1, "造船"),
    ("c", "13", 2, "半導体"),
    ("d", "15", 2, None),
]


@pytest.mark.parametrize(
    ("of_region", "field", "firms", "code"),
    [
        (None, None, "abcd", ""),
        ("新潟", None, "bd", "15"),
        ("13", "造船", "a", "13"),
        (None, "造船", "ab", ""),
        ("15", "半導体", "", "15"),
    ],
)
def test_rows_of_a_region_and_a_field(of_region, field, firms, code):
    rows, found = ranked_rows(selection_of(*ROWS), of_region, field)
    assert "".join(rows["firm_id"]) == firms
    assert found == code


def test_fields_that_are_not_there():
    with pytest.raises(OptionError, match="Did you mean '半導体'"):
        ranked_rows(selection_of(*ROWS), None, "半導本")
    with pytest.raises(OptionError) as caught:
        ranked_rows(selection_of(*ROWS, fields=False), None, "造船")
    assert caught.value.faults[0].kind == "pictures.no_fields"
    with pytest.raises(OptionError, match="no region"):
        ranked_rows(selection_of(*ROWS), "Atlantis")


@pytest.mark.parametrize("field", [None, float("nan"), ""])
def test_a_list_without_a_field_is_named_by_its_region(field):
    assert list_name("東京都", field, "ja") == "東京都"


def layers(rows, lang="ja", **options):
    """Marks, ranks and names as lists of their rows."""
    columns = ["region", "rank", "firm_id", "name", "field", "selected"]
    frame = pd.DataFrame(rows, columns=columns)
    options = {"with_region": False, "with_field": False, **options}
    return layer_rows(firm_names(frame, DIRECTORY, lang, **options))


FIRMS = [("13", 1, "1", "甲社", "造船", True), ("15", 1234, "2", None, None, False)]


def test_marks_ranks_and_names_stand_in_columns_and_rows():
    marks, ranks, names = layers(FIRMS)
    assert [(m["y"], m["t"]) for m in marks] == [(ROW / 2, SELECTED_MARK)]
    assert [(r["y"], r["t"]) for r in ranks] == [(ROW / 2, "1"), (1.5 * ROW, "1,234")]
    assert [n["t"] for n in names] == ["甲社", "2"]
    for column in (marks, ranks, names):
        assert len({row["x"] for row in column}) == 1
        assert all(-NAME_WIDTH <= row["x"] < 0 for row in column)
    assert marks[0]["x"] < ranks[0]["x"] < names[0]["x"]


def test_region_and_field_follow_the_name():
    _, _, names = layers(FIRMS, with_region=True, with_field=True)
    assert [n["t"] for n in names] == ["甲社 (東京, 造船)", "2 (新潟)"]
    _, _, names = layers(FIRMS, "en", with_region=True)
    assert [n["t"] for n in names] == ["甲社 (Tokyo)", "2 (Niigata)"]


@pytest.mark.parametrize("options", [{}, {"with_region": True, "with_field": True}])
def test_a_name_never_leaves_its_column(options):
    long = ("13", 1, "1", "甲" * 500, "乙" * 500, True)
    _, _, names = layers([long], **options)
    assert width(names[0]["t"]) <= 31
    assert "…" in names[0]["t"]


def test_nobody_is_nothing():
    assert layers([]) == [[], [], []]


@pytest.mark.parametrize(
    ("label", "columns", "lines"),
    [
        ("", 10, [""]),
        ("Hub", 10, ["Hub"]),
        ("Connector degree", 9, ["Connector", "degree"]),
        ("one two three four", 8, ["one two", "three f…"]),
        ("ハブ度", 10, ["ハブ度"]),
        ("域外販売額の割合の合計", 10, ["域外販売額", "の割合の…"]),
    ],
)
def test_labels_break_into_two_lines(label, columns, lines):
    found = wrapped(label, columns)
    assert found == lines
    assert all(width(line) <= columns for line in found)
