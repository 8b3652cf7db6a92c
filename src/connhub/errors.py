"""Every error and warning the package raises, in one message form.

A message says what is wrong, where (file, column, rows, values) and what to do.
All faults of one table are collected and raised together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches

__all__ = [
    "ColumnError",
    "ConnhubError",
    "ConnhubWarning",
    "Fault",
    "InputError",
    "LimitError",
    "MissingExtraError",
    "OptionError",
    "StorageError",
    "did_you_mean",
    "extra",
    "listed",
]

SHOWN = 10
"""How many offending rows and values a message lists."""


def listed(values: Iterable[object], count: int | None = None) -> str:
    """Write the first ten values, and how many more there are.

    Examples
    --------
    >>> listed(["a", "b"], count=5)
    "'a', 'b' and 3 more"
    """
    values = list(values)
    shown = ", ".join(repr(v) if isinstance(v, str) else str(v) for v in values[:SHOWN])
    more = (len(values) if count is None else count) - len(values[:SHOWN])
    return f"{shown} and {more:,} more" if more > 0 else shown


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the closest known word, or list what is known.

    Examples
    --------
    >>> did_you_mean("prefectre", ["prefecture", "block"])
    "Did you mean 'prefecture'? Known: 'prefecture', 'block'."
    """
    known = list(known)
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    guess = f"Did you mean {close[0]!r}? " if close else ""
    return f"{guess}Known: {listed(known)}."


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: what, where, which values, what to do.

    Parameters
    ----------
    what : str
        The fault, as one sentence.
    file, column : str
        Where it is; empty when it has no such place.
    rows : tuple of int
        The first offending rows. In files with a header line the header is row 1.
    values : tuple
        The first offending values.
    count : int, optional
        How many there are in all; by default as many as are listed.
    fix : str
        What the user can do.
    """

    what: str
    file: str = ""
    column: str = ""
    rows: tuple[int, ...] = ()
    values: tuple[object, ...] = ()
    count: int | None = None
    fix: str = field(default="")

    def __str__(self) -> str:
        where = [f"file {self.file}"] if self.file else []
        if self.column:
            where.append(f"column {self.column!r}")
        if self.rows:
            where.append(f"row {listed(self.rows, self.count)}")
        lines = [self.what]
        if where:
            lines.append("  where: " + ", ".join(where))
        if self.values:
            lines.append("  values: " + listed(self.values, self.count))
        if self.fix:
            lines.append("  to do: " + self.fix)
        return "\n".join(lines)


class ConnhubError(Exception):
    """Base of all errors of this package.

    Parameters
    ----------
    *faults : Fault or str
        What is wrong, one or several.

    Attributes
    ----------
    faults : tuple of Fault
        The same, for programs.
    """

    def __init__(self, *faults: Fault | str) -> None:
        self.faults = tuple(f if isinstance(f, Fault) else Fault(f) for f in faults)
        super().__init__(*faults)

    def __str__(self) -> str:
        if len(self.faults) == 1:
            return str(self.faults[0])
        numbered = (f"{i}. {f}" for i, f in enumerate(self.faults, start=1))
        return "\n".join([f"{len(self.faults)} faults:", *numbered])


class InputError(ConnhubError, ValueError):
    """A table holds something that cannot be taken as it is."""


class ColumnError(InputError):
    """A column is missing, ambiguous, of an unusable type, or named twice."""


class OptionError(ConnhubError, ValueError):
    """An argument has a value that is not offered or contradicts another."""


class StorageError(ConnhubError, OSError):
    """A file cannot be written or read back whole."""


class LimitError(ConnhubError, ArithmeticError):
    """A sum passes 2**63, or the work needs more memory than is allowed."""


class MissingExtraError(ConnhubError, ImportError):
    """An optional package is needed; the message names the extra to install."""


class ConnhubWarning(UserWarning):
    """Something that does not stop the work but that the user must see."""


@contextmanager
def extra(name: str, what: str) -> Iterator[None]:
    """Import optional packages: where one is missing, say in one line which extra has it.

    Parameters
    ----------
    name : str
        The extra.
    what : str
        What needs it, the beginning of the sentence.

    Raises
    ------
    MissingExtraError

    Examples
    --------
    >>> with extra("viz", "a picture"):
    ...     import no_such_package
    Traceback (most recent call last):
    connhub.errors.MissingExtraError: a picture needs the extra 'viz': pip install 'connhub[viz]'
    """
    try:
        yield
    except ModuleNotFoundError as error:
        says = f"{what} needs the extra {name!r}: pip install 'connhub[{name}]'"
        raise MissingExtraError(says) from error
