"""Threads share the parts of a table, and change no bit of the sums."""

import io
import sys
import threading
import time

import pytest
import tqdm.auto

from connhub import jit
from connhub.intake.table_source import Part
from connhub.text.catalogue import as_command_line
from connhub.totals import threads
from tests.totals.builders import GRAINS, ROWS, same, totals


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_and_batches_change_nothing(large, threads):
    deals, firms, found = large
    for grain in GRAINS:
        again = totals(deals, firms, grain, threads=threads, batch_rows=ROWS // 57)
        assert same(again, found[grain])


# --- sharing ----------------------------------------------------------------------------


def parts(count, batches=1):
    """Parts whose batches are their own numbers."""

    def read(number):
        return lambda: iter([(number, i) for i in range(batches)])

    return iter([Part(0, i, weight=10 + i, read=read(i)) for i in range(count)])


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_every_part_is_read_once_by_some_worker(workers):
    seen = [[] for _ in range(workers)]
    takers = [lambda part, mine=mine: mine.extend(part.read()) for mine in seen]
    weights = []
    threads.share_parts(parts(50, batches=2), takers, weights.append)
    assert sorted(sum(seen, [])) == [(i, j) for i in range(50) for j in range(2)]
    assert sorted(weights) == [10 + i for i in range(50)]


def test_one_worker_needs_no_thread_and_several_have_their_own():
    names = []
    note = [lambda _: names.append(threading.current_thread())]
    threads.share_parts(parts(3), note, lambda _: None)
    assert names == [threading.main_thread()] * 3
    names.clear()
    meeting = threading.Barrier(2, timeout=30)  # neither goes on without the other

    def meet(_):
        meeting.wait()
        names.append(threading.current_thread().name)

    threads.share_parts(parts(2), [meet, meet], lambda _: None)
    assert len(set(names)) == 2
    assert all(name.startswith("connhub") for name in names)


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_of_one_ends_all_and_is_raised(workers):
    taken = []

    def take(part):
        taken.append(part.number)
        if part.number == 2:
            raise KeyError("broken")

    endless = (Part(0, i, 1, lambda: iter(())) for i in range(10**9))
    with pytest.raises(KeyError, match="broken"):
        threads.share_parts(endless, [take] * workers, lambda _: None)
    assert 2 in taken
    assert threading.active_count() < 50


def test_a_part_that_is_being_read_ends_after_its_batch():
    reading = threading.Event()
    batches = []

    def endless():
        while True:
            yield None, 0

    def read_on(part):
        for batch in part.read():
            batches.append(batch)
            reading.set()

    def fail(_):
        assert reading.wait(30)
        raise KeyError("broken")

    two = iter([Part(0, 0, 1, endless), Part(0, 1, 1, endless)])
    first = threading.Event()

    def worker(part):
        if first.is_set():
            fail(part)
        first.set()
        read_on(part)

    with pytest.raises(KeyError, match="broken"):  # else this never ends
        threads.share_parts(two, [worker, worker], lambda _: None)
    assert batches


# --- progress ---------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("wanted", "stream", "shown"),
    [
        (None, io.StringIO, False),
        (None, Terminal, True),
        (False, Terminal, False),
        (True, io.StringIO, True),
    ],
)
def test_progress_is_shown_to_who_looks_and_who_asks(monkeypatch, wanted, stream, shown):
    monkeypatch.setattr(sys, "stderr", stream())
    bars = bars_made(monkeypatch)
    with threads.progress_bar(10, wanted) as done:
        done(3)
        assert [(bar.n, bar.total) for bar in bars] == ([(3, 10)] if shown else [])
    assert sys.stderr.getvalue() == ""  # quick work shows no bar


def bars_made(monkeypatch):
    """The bars that are made from now on, as in a terminal."""
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    found = []

    class Bar(tqdm.auto.tqdm):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            found.append(self)

    monkeypatch.setattr(tqdm.auto, "tqdm", Bar)
    return found


def compiles():
    """As a loop does that is about to be compiled."""
    for told in jit._telling:
        told()


@pytest.mark.parametrize(("lang", "text"), [("ja", "コンパイル中"), ("en", "compiling")])
def test_the_bar_says_that_loops_are_compiled_until_the_first_part_is_done(monkeypatch, lang, text):
    monkeypatch.setattr(sys, "stderr", Terminal())
    (bars, started) = (bars_made(monkeypatch), time.monotonic())
    with as_command_line(lang), threads.progress_bar(100, None) as done:
        compiles()
        time.sleep(0.2)
        assert text in sys.stderr.getvalue()
        assert bars[0].desc == text
        done(40)
        assert bars[0].desc == ""
        assert bars[0].format_dict["elapsed"] < time.monotonic() - started - 0.15  # without it
        compiles()
        assert bars[0].desc == ""  # it is measured by now


def test_nothing_is_compiled_ahead_twice(monkeypatch):
    asked = []
    monkeypatch.setattr(threads, "_compile", lambda: asked.append(1))
    monkeypatch.setitem(sys.modules, "connhub.totals.kernel", object())
    with threads.compiling():
        pass
    assert asked == []
    monkeypatch.delitem(sys.modules, "connhub.totals.kernel")
    with threads.compiling():
        pass
    assert asked == [1]
