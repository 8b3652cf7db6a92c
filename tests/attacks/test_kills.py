"""Writers killed at random moments leave the old result or the new one, and nothing else.

A process that has imported and compiled everything forks a child for each kill. Half of the
children kill themselves at a random event of Python on files, which is where it hurts; the others
are killed after a random time.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

from connhub.staging import staging
from connhub.storage import is_described
from tests.attacks.writers import Writer, content, draw_quickly, writers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="each kill is that of a fork"),
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),  # of forks, with threads
]
ON_FILES = ("open", "os.", "shutil.")


def attack(kills: int, folder: Path) -> Counter[str]:
    """Kill each writer as often; count how it ended."""
    random.seed(1)
    counts: Counter[str] = Counter()
    for name, writer in writers().items():
        counts += _attack(writer, kills, folder / name)
    return counts


def _attack(writer: Writer, kills: int, folder: Path) -> Counter[str]:
    whole, seconds, events = [], 0.0, 0
    for which in (1, 0):
        other = folder.with_name(f"{folder.name}-{which}")
        began = time.monotonic()
        events = max(events, _count_events(writer, other, which))
        seconds = max(seconds, time.monotonic() - began)
        whole.insert(0, content(other))
    assert whole[0] != whole[1]
    counts: Counter[str] = Counter()
    _run(writer, folder, 0, None, None)
    for kill in range(kills):
        before = whole.index(content(folder))
        after = random.uniform(0, 1.1 * seconds) if kill % 2 else None
        event = None if kill % 2 else random.randrange(events + 1)
        status = _run(writer, folder, 1 - before, after, event)
        counts["killed" if os.WIFSIGNALED(status) else "done before the kill"] += 1
        if content(folder) not in whole:
            counts["left something for the next"] += 1
        is_described(folder, writer.description)  # the next that looks at it
        found = content(folder)
        if found not in whole:
            raise AssertionError(f"neither old nor new: {found}")
        counts["old" if whole.index(found) == before else "new"] += 1
    return counts


def _count_events(writer: Writer, folder: Path, which: int) -> int:
    """How many events on files a whole run has."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        seen = 0

        def hook(event: str, _: object) -> None:
            nonlocal seen
            seen += event.startswith(ON_FILES)

        sys.addaudithook(hook)
        try:
            writer.write(folder, which)
            os.write(into, str(seen).encode())
        finally:
            os._exit(0)
    os.close(into)
    os.waitpid(child, 0)
    with os.fdopen(out) as pipe:
        return int(pipe.read())


def _run(writer: Writer, folder: Path, which: int, after: float | None, event: int | None) -> int:
    """Write in a child that is killed; its status."""
    child = os.fork()
    if child == 0:
        seen = 0

        def hook(name: str, _: object) -> None:
            nonlocal seen
            if name.startswith(ON_FILES):
                seen += 1
                if seen == event:
                    os.kill(os.getpid(), signal.SIGKILL)

        if event is not None:
            sys.addaudithook(hook)
        try:
            writer.write(folder, which)
        except BaseException as error:  # noqa: BLE001
            print("raised:", repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0
    return status


def assert_all_hold(kills: int, folder: Path, patch: pytest.MonkeyPatch) -> Counter[str]:
    temporary = folder / "temporary"
    temporary.mkdir()
    patch.setattr(tempfile, "tempdir", str(temporary))
    counts = attack(kills, folder)
    print(dict(counts))
    tried = 6 * kills
    assert counts["old"] + counts["new"] == tried
    assert counts["killed"] >= 0.6 * tried
    assert min(counts["old"], counts["new"]) >= 0.1 * tried
    with staging(temporary):  # the next run
        pass
    assert list(temporary.iterdir()) == []
    return counts


def test_60_kills_of_all_writers(tmp_path, monkeypatch):
    draw_quickly(monkeypatch)
    assert_all_hold(10, tmp_path, monkeypatch)


@pytest.mark.long
def test_over_500_kills_of_all_writers(tmp_path, monkeypatch):
    counts = assert_all_hold(110, tmp_path, monkeypatch)
    assert counts["killed"] >= 500
