"""The process of the command line: its language, its end when it is asked to, failing output.

Nothing here takes time to import: it is there before all that does.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from threading import Event, Thread, current_thread, main_thread
from typing import Any

from connhub.labels import Language
from connhub.staging import abandon
from connhub.text.catalogue import Texts

__all__ = ["bear_failing_output", "end_when_asked", "give_way", "interruption", "language"]

_ending = Event()
_USUAL = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


def language(arguments: Sequence[str]) -> Language:
    """Language of a command line: ``--lang``, else ``CONNHUB_LANG``, else Japanese.

    Examples
    --------
    >>> language(["check", "--lang", "en"]), language(["check", "--lang=en"])
    ('en', 'en')
    """
    chosen = os.environ.get("CONNHUB_LANG", "ja")
    for word, following in pairwise([*arguments, ""]):
        if word == "--lang":
            chosen = following
        elif word.startswith("--lang="):
            chosen = word.removeprefix("--lang=")
    return "en" if chosen.lower() == "en" else "ja"


def interruption(arguments: Sequence[str]) -> str:
    """The line that a command leaves that was interrupted."""
    return f"connhub: {Texts('cli', language(arguments))('interrupted')}"


def end_when_asked(line: str) -> None:
    """From now on Ctrl-C, or a request to terminate, ends the process, whatever it is doing.

    Python would raise an exception, but only when the main thread is back from whatever library it
    is in, and a callback of a library may swallow it: while modules are imported, while the
    compiler runs. So a thread waits for the signal, removes what is half written, prints one line,
    and ends the process: exit 130 for Ctrl-C, 143 for the other.

    Parameters
    ----------
    line : str
        To print.
    """
    asked = [n for n, usual in _USUAL.items() if signal.getsignal(n) == usual]  # not if ignored
    if not asked or current_thread() is not main_thread():
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    for number in asked:
        signal.signal(number, lambda *_: None)
    with suppress(RuntimeError):  # there is no memory for a thread: hardly for anything
        Thread(target=_end, args=(reading, asked, line), daemon=True).start()


def _end(reading: int, asked: list[signal.Signals], line: str) -> None:
    number = 0
    while number not in asked:
        (number,) = os.read(reading, 1)
    _ending.set()
    with suppress(OSError):
        terminal = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):  # whatever else goes wrong now is of no interest
            os.dup2(nowhere, stream)
        abandon()
        os.write(terminal, f"{line}\n".encode(errors="replace"))
    os._exit(128 + number)


def give_way() -> None:
    """Wait for the end, where it has begun: what fails now fails because of it."""
    if _ending.is_set():
        Event().wait()


class _Output(io.FileIO):
    """Standard output: what its reader no longer wants goes nowhere, as all after a failure."""

    failed = False

    def write(self, data: Any) -> int:
        if self.failed:
            return len(data)
        try:
            return super().write(data)
        except BrokenPipeError:
            return len(data)
        except OSError:
            self.failed = True
            raise


def bear_failing_output() -> None:
    """Work on though the reader of output ends, as ``head`` does; fail once where it is full."""
    usual = sys.stdout
    if isinstance(usual, io.TextIOWrapper) and usual is sys.__stdout__:
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Output(usual.fileno(), "w", closefd=False)),
            encoding=usual.encoding,
            line_buffering=usual.line_buffering or usual.write_through,
        )
