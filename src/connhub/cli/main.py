"""The entry of the command line: exit 0 done, 2 bad input."""

from __future__ import annotations

import signal
import sys
import warnings
from _thread import interrupt_main
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Timer, current_thread, main_thread
from types import FrameType

from connhub.cli.parser import language, parse
from connhub.errors import ConnhubError, ConnhubWarning
from connhub.text.catalogue import Texts

__all__ = ["main"]


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ask again, a little later, where Ctrl-C comes inside the compiler: it would be lost there.

    LLVM calls back into Python, and what is raised in such a callback goes nowhere.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        del number
        while frame is not None:
            if "llvmlite" in frame.f_code.co_filename:
                Timer(0.05, interrupt_main).start()
                return
            frame = frame.f_back
        raise KeyboardInterrupt

    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or current_thread() is not main_thread():  # it is ignored, or never comes here
        yield
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0 done, 2 bad input.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int

    Examples
    --------
    >>> main(["check", "no-such-file.csv", "firms.csv"])
    2
    """
    typed = list(sys.argv[1:] if arguments is None else arguments)
    lang = language(typed)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        command_line = parse(typed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConnhubWarning)  # the ledger prints them first
            from connhub.cli.commands import RUN
            from connhub.cli.console import Console
            from connhub.memory import begin, limited

            with limited(), _interruptible():
                begin()
                RUN[command_line.command](command_line, Console(lang))
    except ConnhubError as error:
        print(f"connhub: {error.text(lang, flags=True)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"connhub: {Texts('cli', lang)('interrupted')}", file=sys.stderr)
        return 130
    return 0
