"""The entry of the command line: exit 0 done, 2 bad input."""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Sequence
from contextlib import ExitStack, suppress

from connhub.cli.process import (
    bear_failing_output,
    end_when_asked,
    give_way,
    interruption,
    language,
)
from connhub.cli.unneeded import spared
from connhub.errors import (
    ConnhubError,
    ConnhubWarning,
    Fault,
    LimitError,
    StorageError,
    is_shortage,
    system_reason,
)
from connhub.labels import Language
from connhub.text.catalogue import as_command_line

__all__ = ["main"]

_PLAIN = ("analyze", "prepare")
"""Commands that need neither frames nor statistics."""
_DRAWING = ("report",)
"""Commands that draw: what they draw with is loaded while all else is."""


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
    >>> main(["analyze", "no-such-file.csv", "firms.csv"])
    2
    """
    typed = list(sys.argv[1:] if arguments is None else arguments)
    lang = language(typed)
    interrupted = interruption(typed)
    if arguments is None:  # the process is ours
        end_when_asked(interrupted)
        bear_failing_output()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    with as_command_line(lang):
        return _ended(typed, lang, interrupted, whole_process=arguments is None)


def _ended(typed: Sequence[str], lang: Language, interrupted: str, *, whole_process: bool) -> int:
    """Run, and say why it failed where it does."""
    try:
        try:
            return _run(typed, lang, whole_process=whole_process)
        finally:
            give_way()
            if whole_process:
                gc.freeze()  # at its end Python would look through all objects for garbage
            if sys.stdout is not None:
                sys.stdout.flush()
    except ConnhubError as error:
        return _failed(error, lang)
    except OSError as error:  # of standard output, say
        reason, file = system_reason(error), str(error.filename or "")
        return _failed(StorageError(Fault("storage.system", reason=reason, file=file)), lang)
    except (MemoryError, RuntimeError, ImportError) as error:
        if not is_shortage(error):
            raise
        return _failed(LimitError(Fault("memory.out_of_memory")), lang)
    except KeyboardInterrupt:
        print(interrupted, file=sys.stderr)
        return 130


def _run(typed: Sequence[str], lang: Language, *, whole_process: bool) -> int:
    from connhub.cli.parser import parse

    command_line = parse(typed)
    command = command_line.command
    with warnings.catch_warnings(), ExitStack() as until_done:
        warnings.simplefilter("ignore", ConnhubWarning)  # the ledger prints them first
        if whole_process and "engine" not in command_line.options:
            until_done.enter_context(spared(statistics=command not in _PLAIN))
        if command in _DRAWING:
            from connhub.rendering.beside import drawing_beside

            until_done.enter_context(drawing_beside())
        from connhub.cli.commands import RUN
        from connhub.cli.console import Console
        from connhub.cli.year_commands import RUN_YEARS
        from connhub.memory import begin, limited

        with limited():
            begin()
            return {**RUN, **RUN_YEARS}[command](command_line, Console(lang)) or 0


def _failed(error: ConnhubError, lang: Language) -> int:
    with suppress(OSError):
        print(f"connhub: {error.text(lang)}", file=sys.stderr)
    return 2
