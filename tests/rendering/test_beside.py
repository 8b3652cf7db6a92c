"""Pictures drawn beside other work are those drawn at once, whatever becomes of the processes."""

import signal
import sys
import time

import psutil
import pytest

from connhub.plots import Picture
from connhub.plots.vega_lite import Chart
from connhub.rendering import beside
from connhub.rendering.beside import drawing_beside
from connhub.rendering.engine import image


def chart(name):
    rows = [{"n": name, "v": 1}, {"n": f"{name} 🏭", "v": 3}]
    return Picture(Chart.of(rows).mark("bar").encode(x="v:Q", y="n:N")).spec


SPECS = [chart(f"新潟 {i}") for i in range(7)]


@pytest.fixture(scope="module")
def expected():
    return [image(spec, ".png", 1.5) for spec in SPECS]


def drawn(draw):
    return [future.result() for future in [draw(spec, 1.5) for spec in SPECS]]


def children():
    return psutil.Process().children()


def refuse(*_):
    raise AssertionError


def test_two_processes_draw_what_would_be_drawn_here(expected, monkeypatch):
    monkeypatch.setattr(beside, "_STEPS", dict.fromkeys(beside._STEPS, refuse))
    before = len(children())
    with drawing_beside() as draw:
        assert len(children()) == before + 2
        with drawing_beside() as inner:
            assert inner is draw
            assert len(children()) == before + 2
        assert drawn(draw) == expected
    assert len(children()) == before


def test_without_processes_this_one_draws(expected, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with drawing_beside() as draw:
        assert drawn(draw) == expected


@pytest.mark.parametrize("at", [0, 3])
def test_what_a_dead_process_owed_is_drawn_here(expected, at):
    with drawing_beside() as draw:
        first = [draw(spec, 1.5) for spec in SPECS[:at]]
        for child in children():
            child.kill()
        rest = [draw(spec, 1.5) for spec in SPECS[at:]]
        assert [future.result() for future in [*first, *rest]] == expected


def test_what_cannot_be_drawn_is_told_to_whoever_waits(expected):
    with drawing_beside() as draw:
        with pytest.raises(ValueError, match="conversion failed"):
            draw({"mark": "no such mark"}, 1).result()
        assert drawn(draw) == expected


def test_a_failure_leaves_no_process_and_is_not_waited_with():
    before = len(children())
    waiting = []

    def fail():
        with drawing_beside() as draw:
            waiting.extend(draw(spec, 1.5) for spec in SPECS)
            raise KeyError

    failed = time.perf_counter()
    with pytest.raises(KeyError):
        fail()
    assert time.perf_counter() - failed < 5
    assert len(children()) == before
    assert all(future.done() for future in waiting)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are not these")
def test_an_interrupt_is_for_whoever_asks(expected):
    with drawing_beside() as draw:
        assert drawn(draw) == expected
        for child in children():
            child.send_signal(signal.SIGINT)
        assert all(child.is_running() for child in children())
        assert drawn(draw) == expected
