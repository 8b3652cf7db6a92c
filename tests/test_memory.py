"""Memory: what is free, what is refused before it runs out, and how arrays lie."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import psutil
import pyarrow as pa
import pytest

from connhub import memory
from connhub.errors import Fault, InputError, LimitError
from connhub.text.catalogue import Message

GIB = 1 << 30


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )


# --- what is free -----------------------------------------------------------------


def test_what_is_free_is_no_more_than_the_machine_has():
    assert 0 < memory.available() <= psutil.virtual_memory().available


LIMITED = """
import resource, sys
from connhub import memory
import pyarrow as pa
pa.allocate_buffer(64)
import psutil
before = psutil.Process().memory_info().vms
resource.setrlimit(resource.RLIMIT_AS, (before + int(sys.argv[1]),) * 2)
if len(sys.argv) > 2:
    import numba
    numba.njit(lambda x: x + 1)(1)
    before = psutil.Process().memory_info().vms - before
else:
    before = 0
print(before, memory.available())
"""


@pytest.mark.parametrize("room", [GIB, 2 * GIB])
def test_a_limit_on_addresses_counts_less_what_the_compiler_will_take(room):
    done = run(LIMITED, str(room))
    assert done.returncode == 0, done.stderr
    _, free = map(int, done.stdout.split())
    wanted = room - memory.SPARE - memory._COMPILER
    assert abs(free - wanted) < 32 << 20, (free, wanted)


def test_once_it_compiled_it_needs_less():
    done = run(LIMITED, str(2 * GIB), "compile")
    assert done.returncode == 0, done.stderr
    taken, free = map(int, done.stdout.split())
    wanted = 2 * GIB - taken - memory.SPARE - memory._LOOPS
    assert abs(free - wanted) < 32 << 20, (free, wanted)
    assert taken < memory._COMPILER


def test_too_little_for_the_compiler_is_refused_before_it_is_loaded():
    program = LIMITED + "memory.begin()"
    done = run(program, str(600 << 20))
    assert done.returncode == 1
    last = done.stderr.split("connhub.errors.LimitError: ")[1]
    assert "reading, compiling and adding up: 768 MiB are needed, " in last
    assert run(program, str(GIB)).returncode == 0


def test_the_limit_of_a_container_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    whole = memory.available()
    (tmp_path / "memory.max").write_text(f"{300 << 20}\n", encoding="ascii")
    (tmp_path / "memory.current").write_text(f"{100 << 20}\n", encoding="ascii")
    assert memory.available() == (200 << 20) - memory.SPARE
    (tmp_path / "memory.current").write_text(f"{310 << 20}\n", encoding="ascii")
    assert memory.available() == 0
    (tmp_path / "memory.max").write_text("max\n", encoding="ascii")
    assert abs(memory.available() - whole) < GIB


# --- what is refused ----------------------------------------------------------------


def test_the_message_names_need_and_limit(monkeypatch):
    monkeypatch.setattr(memory, "_room", lambda: (2 * GIB, GIB // 2))
    purpose, advice = Message("memory.lookups", rows=7), Message("memory.fewer_threads")
    memory.require(3 * GIB // 2, purpose, advice)
    with pytest.raises(LimitError) as caught:
        memory.require(5 * GIB, purpose, advice)
    assert caught.value.text("en") == (
        "too little memory for the lookups of 7 rows: 5.5 GiB are needed, 2.0 GiB are free\n"
        "  fix: use fewer threads=, or a machine with more memory"
    )
    assert caught.value.text("ja", flags=True) == (
        "7行の照合表に必要なメモリが足りません(必要 5.5 GiB、空き 2.0 GiB)\n"
        "  対処: --threads を小さくするか、メモリの多いコンピューターを使ってください"
    )


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        np._core._exceptions._ArrayMemoryError((1 << 40,), np.dtype(np.int64)),
        pa.ArrowMemoryError("malloc of size 64 failed"),
        RuntimeError("can't start new thread"),
        pa.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily"),
        pa.ArrowException("Unknown error: std::bad_alloc"),
        OSError(12, "Cannot allocate memory"),
        ImportError("x.so: failed to map segment from shared object"),
    ],
    ids=lambda e: f"{type(e).__name__} {e}",
)
def test_every_way_in_which_memory_runs_out_is_one_error(error):
    with pytest.raises(LimitError, match="out of memory") as caught, memory.limited():
        raise error
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("no such loop"),
        FileNotFoundError(2, "No such file"),
        InputError(Fault("storage.unreadable", reason="Cannot allocate memory")),  # ours
        KeyboardInterrupt(),
        ValueError("x"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_other_errors_stay_what_they_are(error):
    with pytest.raises(type(error)) as caught, memory.limited():
        raise error
    assert caught.value is error


# --- how arrays lie -------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(0,), (1,), (7,), (1_000_003,), (5, 8), (49, 49, 2), (1024, 3)])
def test_zeros_begin_on_a_line_of_cache(shape):
    arrays = [memory.zeros(*shape) for _ in range(20)]
    for array in arrays:
        assert array.shape == shape
        assert array.dtype == np.int64
        assert array.ctypes.data % 64 == 0 or not array.size
        assert array.flags.c_contiguous
        assert not array.any()
        array += 1  # none shares memory with another
    assert all((a == 1).all() for a in arrays)
