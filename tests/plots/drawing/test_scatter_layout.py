"""Where firms stand by both degrees: points, names, and squares of the others."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from connhub.plots.drawing.log_axis import STRIP
from connhub.plots.drawing.scatter_layout import (
    CELL,
    HEIGHT,
    WIDTH,
    ScatterLayout,
    SelectedFirms,
)
from tests.selection.builders import six_analysis, six_indicators


def frame_of(x, y):
    ids = [f"f{i}" for i in range(len(x))]
    return pd.DataFrame({"firm_id": ids, "connector_degree": x, "hub_degree": y})


def selection_of(*rows):
    """Rows of (firm, rank, field, selected)."""
    names = ("firm_id", "rank", "field", "selected")
    nobody = pd.DataFrame({"firm_id": [], "reason": []}, dtype=str)
    frame = pd.DataFrame(rows, columns=names)
    return SimpleNamespace(frame=frame, absentees=lambda places: nobody)


def laid(x, y, selection=None, labels=10, points=100):
    return ScatterLayout.of(frame_of(x, y), selection, labels=labels, points=points)


FOUR = [0.1, 0.2, 0.3, 0.4], [0.4, 0.1, 0.3, 0.2]


def test_selected_firms_stand_once_by_their_best_rank():
    selection = selection_of(
        ("f2", 2, "造船", True),
        ("f0", 3, None, True),
        ("f2", 1, "半導体", True),
        ("f1", 1, "造船", False),
        ("elsewhere", 1, "造船", True),
    )
    found = SelectedFirms.of(frame_of(*FOUR), selection)
    assert found.rows.tolist() == [2, 0]
    assert found.rank.tolist() == [1, 3]
    assert found.field == ["半導体", None]
    nobody = SelectedFirms.of(frame_of(*FOUR), None)
    assert (nobody.rows.size, nobody.field) == (0, [])


def test_named_are_the_firms_high_in_both():
    """Ranks 4 and 1, 3 and 4, 2 and 2, 1 and 3: the lower of the two decides."""
    layout = laid(*FOUR, labels=2)
    assert layout.named == 2
    assert layout.shown.tolist()[:2] == [2, 3]
    # then whoever is high in either: both that are left are first or third at best
    assert layout.shown.tolist()[2:] == [0, 1]


def test_selected_firms_come_before_all_others():
    selection = selection_of(("f1", 1, None, True), ("f0", 2, None, True))
    layout = laid(*FOUR, selection)
    assert layout.shown.tolist() == [1, 0, 3, 2]
    assert layout.named == 4  # the first by each degree as well
    assert laid(*FOUR, selection, labels=1).named == 1
    few = laid(*FOUR, selection, points=1)
    assert (few.shown.tolist(), few.named) == ([1], 1)


def test_firms_stand_where_the_axes_say_with_more_above():
    layout = laid(*FOUR)
    across, up = layout.axes
    x, y = (np.array(v) for v in FOUR)
    assert layout.spots[:, 0] == pytest.approx(across.pixels(x))
    assert layout.spots[:, 1] == pytest.approx(HEIGHT - up.pixels(y))
    assert layout.spots[0, 1] < layout.spots[1, 1]  # 0.4 is above 0.1
    assert (layout.spots >= 0).all()
    assert (layout.spots <= [WIDTH, HEIGHT]).all()


def test_zeros_and_losses_stand_in_the_strips():
    layout = laid([0, 0.5, -0.1, 0.3], [0.2, 0, -0.5, 0.4])
    in_left, in_bottom = layout.spots[:, 0] < STRIP, layout.spots[:, 1] > HEIGHT - STRIP
    assert in_left.tolist() == [True, False, True, False]
    assert in_bottom.tolist() == [False, True, True, False]
    named = layout.shown[layout.names]
    middles = layout.spots[named][in_left[named], 0]
    assert middles == pytest.approx([STRIP / 2] * middles.size)


def test_unnamed_firms_in_a_strip_are_spread_over_it():
    layout = laid([0.0] * 50, np.linspace(0.1, 1, 50), labels=0)
    assert np.unique(layout.spots[:, 0].round(3)).size == 50
    assert ((layout.spots[:, 0] > 0) & (layout.spots[:, 0] < STRIP)).all()


def test_means_are_those_of_all_firms_and_need_three():
    layout = laid(*FOUR)
    assert layout.means == pytest.approx((0.25, 0.25))
    x, y = layout.mean_spot
    assert x == pytest.approx(float(layout.axes[0].pixels(np.array(0.25))))
    assert y == pytest.approx(HEIGHT - float(layout.axes[1].pixels(np.array(0.25))))
    for few in (laid([0.1, 0.2], [0.1, 0.2]), laid([0.1, 0.2, -9], [0.1, 0.2, 0.3])):
        assert few.means is None
        assert few.mean_spot is None


def test_every_firm_is_a_point_or_in_one_square():
    rng = np.random.default_rng(1)
    x, y = 10 ** rng.uniform(-6, 0, (2, 3000))
    x[:200], y[100:300] = 0, -0.1
    layout = laid(x, y, labels=5, points=100)
    cells = layout.cells()
    assert layout.shown.size == 100
    assert sum(c["n"] for c in cells) == 2900
    hidden = np.setdiff1d(np.arange(3000), layout.shown)
    for cell in cells:
        inside = (layout.spots[hidden, 0] >= cell["x"]) & (layout.spots[hidden, 0] < cell["X"])
        up = HEIGHT - layout.spots[hidden, 1]
        inside &= (up >= HEIGHT - cell["Y"]) & (up < HEIGHT - cell["y"])
        assert inside.sum() == cell["n"]
        assert cell["X"] - cell["x"] in (CELL, STRIP)
    places = [(c["x"], c["y"]) for c in cells]
    assert len(set(places)) == len(places)


def test_where_all_are_points_there_are_no_squares():
    assert laid(*FOUR).cells() == []


def test_the_first_hub_without_a_rank_has_a_name():
    frame = six_analysis().degrees.frame.dropna(subset=["connector_degree", "hub_degree"])
    frame = frame.reset_index(drop=True)
    layout = ScatterLayout.of(frame, six_indicators(), labels=12, points=300)
    named = frame["firm_id"].iloc[layout.shown[layout.names]].tolist()
    selected = layout.selected.rows.size
    assert named[selected:] == ["D"]
    few = ScatterLayout.of(frame, six_indicators(), labels=selected, points=300)
    assert few.named == selected
    everyone = ScatterLayout.of(frame, six_indicators(missing="neutral"), labels=12, points=300)
    assert {*everyone.selected.rows} <= {*everyone.shown[everyone.names]}


@pytest.mark.parametrize(("labels", "selected"), [(12, 9), (0, 0), (40, 30)])
def test_the_largest_are_named_however_many_are_selected(labels, selected):
    degrees = np.linspace(0.001, 0.1, 40)
    chosen = selection_of(*((f"f{i}", i + 1, None, True) for i in range(30)))
    layout = ScatterLayout.of(frame_of(degrees, degrees), chosen, labels=labels, points=300)
    named = layout.shown[layout.names].tolist()
    assert named == [*range(selected), *([39, 38, 37] if labels else [])]
