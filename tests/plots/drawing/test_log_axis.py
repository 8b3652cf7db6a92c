"""The logarithmic axis: places of values, the strip before it, and its ticks."""

import re

import numpy as np
import pytest

from connhub.plots.drawing.log_axis import STRIP, LogAxis


def axis_of(*values, length=524, **options):
    return LogAxis.of(np.array(values, dtype=float), length, **options)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ((0.002, 0.1), 0.001, 0.1),
        ((0.001, 1), 0.001, 1),
        ((0.5, 1), 0.1, 1),
        ((0.9,), 0.09, 0.9),  # never less than a power of ten
        ((0, -3, 0.02, 0.5), 0.01, 0.5),
        ((), 0.01, 1),
        ((0, -1), 0.01, 1),
    ],
)
def test_it_reaches_from_a_power_of_ten_to_the_largest(values, low, high):
    axis = axis_of(*values)
    assert (axis.low, axis.high) == pytest.approx((low, high))
    assert axis.length == 524


def test_pixels_by_hand():
    """Two powers of ten on 500 pixels behind the strip."""
    axis = LogAxis(0.01, 1, 500 + STRIP)
    values = np.array([0.01, 0.1, 1, 0.0099, 0, -5])
    middle = STRIP / 2
    assert axis.pixels(values) == pytest.approx([24, 274, 524, middle, middle, middle])
    assert axis.pixels(np.array(0.1)) == pytest.approx(274)


@pytest.mark.parametrize("room", [0, 20, 150])
def test_room_is_left_beyond_the_largest(room):
    axis = axis_of(0.001, 0.4, length=400, room=room)
    assert float(axis.pixels(np.array(0.4))) == pytest.approx(400 - room)
    assert float(axis.pixels(np.array(axis.high))) == pytest.approx(400)


def test_spared_values_fall_into_the_strip():
    values = np.array([1e-9, *np.linspace(0.1, 1, 99)])
    whole, spared = LogAxis.of(values, 500), LogAxis.of(values, 500, spare=0.02)
    assert whole.low == pytest.approx(1e-9)
    assert spared.low == pytest.approx(0.1)
    assert (spared.pixels(values) == STRIP / 2).sum() == 1


def test_value_is_the_inverse_of_pixels():
    axis = axis_of(0.0003, 0.7, room=30)
    values = np.array([0.0003, 0.01, 0.7])
    assert axis.value(axis.pixels(values)) == pytest.approx(values)
    assert float(axis.value(np.array(STRIP / 2))) < axis.low


def encoded(axis):
    return axis.encode("x:Q", "share")


def test_ticks_are_percents_and_zero_stands_for_the_strip():
    axis = LogAxis(0.001, 1, 500 + STRIP)
    found = encoded(axis)
    zero, *ticks = found["axis"]["values"]
    assert ticks == pytest.approx([0.01, 0.1, 1])  # none so near that it meets the "0"
    assert axis.pixels(np.array(zero)) == STRIP / 2
    assert found["scale"]["type"] == "log"
    assert found["scale"]["domain"][1] == 1
    assert found["scale"]["domain"][0] < zero < axis.low
    bound = float(re.match(r"datum\.value < (\S+) \? '0'", found["axis"]["labelExpr"])[1])
    assert zero < bound <= min(ticks)
    assert found["title"] == "share"


@pytest.mark.parametrize("powers", [3, 8, 15, 40])
def test_ticks_stay_few(powers):
    found = encoded(LogAxis(10.0**-powers, 1, 500))
    ticks = found["axis"]["values"][1:]
    assert 2 <= len(ticks) <= 8
    steps = np.diff(np.log10(ticks))
    assert steps == pytest.approx([steps[0]] * len(steps))
