"""Pictures drawn beside other work, in two processes: one lays charts out, one draws them.

The engine holds the interpreter while it works, so that threads would wait for it. Laying out loads
a browser's engine, a third of a second; drawing does not. Since drawing takes longer all the same,
the first process draws what the second one has no time for. A process is told what to do by a line
of JSON, and answers with a number of bytes and the result.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading as th
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, BinaryIO

from connhub.rendering.engine import drawn, laid_out

__all__ = ["Draw", "drawing_beside", "serve"]

Draw = Callable[[Mapping[str, Any], float], "Future[bytes]"]
"""Takes a chart and the pixels of each point; a PNG follows."""
_STEPS: Mapping[str, Callable[..., bytes]] = {"lay out": laid_out, "draw": drawn}
_CHILD = "import sys; sys.path[:] = {path}; from connhub.rendering.beside import serve; serve()"
_SMALLEST = {"mark": "text", "data": {"values": [{}]}}
_READY = 2
"""Pictures that the second process takes: the one it is at, and the next. More the first draws."""
_THREADS = _READY + 2
"""Pictures under way: the first process is at one, and has one to do next."""
_DRAW: ContextVar[Draw | None] = ContextVar("draw", default=None)


@contextmanager
def drawing_beside() -> Iterator[Draw]:
    """Begin the processes; they end with the block. Within another block, use those of it.

    Yields
    ------
    Draw
    """
    if (outer := _DRAW.get()) is not None:
        yield outer
        return
    laying, drawing, ready = _Process(), _Process(), th.Semaphore(_READY)

    def picture(spec: Mapping[str, Any], scale: float) -> bytes:
        svg = laying.ask("lay out", spec).decode()
        if not ready.acquire(blocking=False):
            return laying.ask("draw", svg, scale)
        try:
            return drawing.ask("draw", svg, scale)
        finally:
            ready.release()

    with ThreadPoolExecutor(_THREADS) as pool:

        def draw(spec: Mapping[str, Any], scale: float) -> Future[bytes]:
            return pool.submit(picture, spec, scale)

        pool.submit(laying.ask, "lay out", _SMALLEST)  # the engine is loaded meanwhile
        within = _DRAW.set(draw)
        try:
            yield draw
        finally:
            _DRAW.reset(within)
            pool.shutdown(wait=False, cancel_futures=True)
            with ThreadPoolExecutor() as leaving:
                leaving.map(_Process.leave, (laying, drawing))


class _Process:
    """Does a step of one picture after the other; where it cannot be had, this process does."""

    def __init__(self) -> None:
        self._asking, self._left = th.Lock(), False
        self._own: subprocess.Popen[bytes] | None = None
        with suppress(OSError):
            self._own = subprocess.Popen(  # noqa: S603  # this interpreter, and code of our own
                [sys.executable, "-c", _CHILD.format(path=sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )

    def ask(self, step: str, *about: Any) -> bytes:
        """The result of a step."""
        with self._asking:
            with suppress(OSError, ValueError):  # it has ended
                if self._own is not None:
                    return _answer(self._own, [step, *about])
            self._end()
            return b"" if self._left else _STEPS[step](*about)

    def leave(self) -> None:
        """Let it end: when the picture that it is at is done, for it has files to remove."""
        self._left = True
        with self._asking:
            self._end()

    def _end(self) -> None:
        if self._own is not None:
            with suppress(OSError), self._own:  # closes the pipes, and waits
                pass
        self._own = None


def _answer(process: subprocess.Popen[bytes], question: list[Any]) -> bytes:
    asking, answers = process.stdin, process.stdout
    if asking is None or answers is None:
        raise ValueError
    asking.write(json.dumps(question).encode() + b"\n")
    asking.flush()
    size = int(answers.readline())
    answer = answers.read(size)
    if len(answer) < size:
        raise ValueError
    return answer


def serve(asked: BinaryIO | None = None, results: BinaryIO | None = None) -> None:
    r"""Do what is asked for until nobody asks any more: the work of a process.

    Parameters
    ----------
    asked, results : binary file, optional
        By default standard input and output.

    Examples
    --------
    >>> from io import BytesIO
    >>> results = BytesIO()
    >>> serve(BytesIO(b'["lay out", {"mark": "text", "data": {"values": [{}]}}]'), results)
    >>> size, _, svg = results.getvalue().partition(b"\n")
    >>> int(size) == len(svg), svg[:4]
    (True, b'<svg')
    """
    if asked is None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asks
    asked, results = asked or sys.stdin.buffer, results or sys.stdout.buffer
    for line in asked:
        step, *about = json.loads(line)
        result = _STEPS[step](*about)
        results.write(b"%d\n" % len(result) + result)
        results.flush()
