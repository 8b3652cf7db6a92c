"""Every error and warning the package raises, in one form.

A fault says what is wrong, where (file, column, rows, values) and what to do. It is data, and is
rendered in the reader's language where it is shown. All faults of one table are collected and
raised together.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, get_args

from connhub.labels import Language
from connhub.text.catalogue import Message, default_language, distinct, listed

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
    "check_choice",
    "check_language",
    "did_you_mean",
    "extra",
    "in_file",
    "is_shortage",
    "system_reason",
]


def system_reason(error: OSError) -> Message | str:
    """What the operating system says: in the reader's language, where it is known what it means.

    Parameters
    ----------
    error : OSError

    Returns
    -------
    Message or str
        A value for the placeholder of a text.

    Examples
    --------
    >>> import errno
    >>> system_reason(OSError(errno.ENOSPC, "No space left on device")).text("ja")
    'ディスクの空きがない'
    """
    kind = _SYSTEM.get(error.errno or 0)
    return Message(f"system.{kind}") if kind else error.strerror or str(error)


_SYSTEM = {
    errno.ENOENT: "no_entry",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.ENOSPC: "no_space",
    errno.EISDIR: "is_folder",
    errno.ENOTDIR: "not_a_folder",
    errno.EROFS: "read_only",
    errno.EBUSY: "in_use",
    errno.ENAMETOOLONG: "long_name",
    errno.EFBIG: "too_large",
    errno.EIO: "device",
}


def did_you_mean(word: object, known: Iterable[str]) -> Message:
    """Suggest the closest known word, or list what is known.

    Examples
    --------
    >>> print(did_you_mean("prefectre", ["prefecture", "block"]))
    Did you mean 'prefecture'? Known: 'prefecture', 'block'.
    """
    known = list(known)
    close = get_close_matches(str(word), known, n=1, cutoff=0.6)
    if close:
        return Message("errors.did_you_mean", guess=close[0], known=known)
    return Message("errors.known_words", known=known)


class Fault(Message):
    """One thing that is wrong: what, where, which values; the catalogue adds what to do.

    Parameters
    ----------
    kind : str
        Of the catalogue: what is wrong, and how to fix it.
    file, folder, column : str
        Where it is; empty when it has no such place. The column is named as in the file.
    rows : sequence of int
        The first offending rows. In files with a header line the header is row 1.
    examples : sequence, or mapping of value to count
        Offending values.
    count : int, optional
        How many rows there are in all; by default as many as are listed.
    **values
        What the placeholders of the text stand for; `count` is one of them.

    Examples
    --------
    >>> fault = Fault("errors.not_offered", name="lang", value="fr", known=["ja", "en"])
    >>> print(fault.full_text("en"))
    lang='fr' is not offered
      fix: one of 'ja', 'en'
    >>> print(fault.full_text("ja", flags=True))
    --lang fr は指定できません
      対処: 「ja」、「en」のいずれかを指定してください
    """

    def __init__(
        self,
        kind: str,
        /,
        *,
        file: str | Message = "",
        folder: str = "",
        column: str = "",
        rows: Iterable[int] = (),
        examples: Iterable[Any] | Mapping[Any, int] = (),
        count: int | None = None,
        **values: Any,
    ) -> None:
        if count is not None:
            values["count"] = count
        super().__init__(kind, **values)
        self.file, self.folder, self.column, self.rows = file, folder, column, tuple(rows)
        self.examples = dict(examples) if isinstance(examples, Mapping) else tuple(examples)
        self.count = count

    def at(self, **place: Any) -> Fault:
        """The same fault, with its file, column or rows filled in."""
        return Fault(self.kind, **{**self.values, **self._place(), **place})

    def _place(self) -> dict[str, Any]:
        names = ("file", "folder", "column", "rows", "examples", "count")
        return {n: getattr(self, n) for n in names}

    def to_dict(self) -> dict[str, Any]:
        """Kind, values and place, for JSON."""
        place = self._place()
        if isinstance(self.examples, dict):
            place["examples"] = [list(item) for item in self.examples.items()]
        if isinstance(self.file, Message):
            place["file"] = self.file.to_dict()
        return {**super().to_dict(), "place": place}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Fault:
        """Rebuild from `to_dict`."""
        message, place = Message.from_dict(data), dict(data["place"])
        if any(isinstance(example, list) for example in place["examples"]):
            place["examples"] = dict(map(tuple, place["examples"]))
        if isinstance(place["file"], dict):
            place["file"] = Message.from_dict(place["file"])
        return cls(message.kind, **{**message.values, **place})

    def __reduce__(self) -> tuple[Any, ...]:
        return Fault.from_dict, (self.to_dict(),)

    def full_text(self, lang: Language | None = None, *, flags: bool | None = None) -> str:
        """What is wrong, where, and what to do: one to four lines."""
        lang = default_language() if lang is None else lang
        lines = [self.text(lang, flags=flags)]
        for key, content in (
            ("where", self._where(lang)),
            ("values", distinct(self.examples, lang) if self.examples else ""),
            ("fix", self.fix(lang, flags=flags)),
        ):
            if content:
                lines.append("  " + Message(f"errors.{key}", content=content).text(lang))
        return "\n".join(lines)

    def _where(self, lang: Language) -> str:
        where = []
        if self.file:
            where.append(Message("errors.in_file", file=self.file))
        if self.folder:
            where.append(Message("errors.in_folder", folder=self.folder))
        if self.column:
            where.append(Message("errors.in_column", column=self.column))
        if self.rows:
            shown = listed(self.rows, lang, count=self.count)
            where.append(Message("errors.in_rows", rows=shown))
        return ("、" if lang == "ja" else ", ").join(m.text(lang) for m in where)


class ConnhubError(Exception):
    """Base of all errors of this package.

    ``str(error)`` is in the language of ``CONNHUB_LANG``, English by default; `text` gives it in
    either language.

    Parameters
    ----------
    *faults : Fault
        What is wrong, one or several.

    Attributes
    ----------
    faults : tuple of Fault
        The same, for programs.
    """

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__(*faults)

    def text(self, lang: Language | None = None, *, flags: bool | None = None) -> str:
        """The whole message.

        Parameters
        ----------
        lang : {"ja", "en"}, optional
            By default that of ``CONNHUB_LANG``, else English.
        flags : bool, optional
            Name options as on the command line, or as in Python; by default as the caller called.
        """
        lang = default_language() if lang is None else lang
        texts = [fault.full_text(lang, flags=flags) for fault in self.faults]
        if len(texts) == 1:
            return texts[0]
        numbered = [f"{i}. {text}" for i, text in enumerate(texts, start=1)]
        heading = Message("errors.several_faults", count=len(texts)).text(lang)
        return "\n".join([heading, *numbered])

    def __str__(self) -> str:
        return self.text()


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


def is_shortage(error: BaseException) -> bool:
    """Whether an error says, in one of the ways of the libraries, that memory ran out.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    bool

    Examples
    --------
    >>> is_shortage(RuntimeError("can't start new thread")), is_shortage(RuntimeError("no"))
    (True, False)
    """
    return isinstance(error, MemoryError) or any(phrase in str(error) for phrase in _SHORTAGES)


_SHORTAGES = (
    "can't start new thread",  # Python
    "Failed to launch worker thread",  # Arrow
    "bad_alloc",  # C++
    "Cannot allocate memory",  # the system
    "failed to map segment",  # its loader
)


def check_choice(option: str, value: object, offered: Iterable[Any]) -> None:
    """Refuse a value that an option does not offer.

    Raises
    ------
    OptionError

    Examples
    --------
    >>> check_choice("grain", "pair", ("firms", "pairs"))
    Traceback (most recent call last):
    connhub.errors.OptionError: grain='pair' is not offered
      fix: one of 'firms', 'pairs'
    """
    offered = list(offered)
    if not any(
        value is choice or (isinstance(value, type(choice)) and value == choice)
        for choice in offered
    ):
        raise OptionError(Fault("errors.not_offered", name=option, value=value, known=offered))


def check_language(lang: object) -> None:
    """Refuse a language that is not there.

    Raises
    ------
    OptionError

    Examples
    --------
    >>> check_language("fr")
    Traceback (most recent call last):
    connhub.errors.OptionError: lang='fr' is not offered
      fix: one of 'ja', 'en'
    """
    check_choice("lang", lang, get_args(Language))


@contextmanager
def in_file(file: str, kind: type[ConnhubError] | None = None) -> Iterator[None]:
    """Name the file of faults that are found where it is not known.

    Parameters
    ----------
    file : str
    kind : type, optional
        Of the errors whose faults are of the file; by default all.

    Examples
    --------
    >>> with in_file("a.csv"):
    ...     raise InputError(Fault("intake.empty_file"))
    Traceback (most recent call last):
    connhub.errors.InputError: the file is empty
      where: file a.csv
      fix: export the table again: it needs a line of column names, and rows
    """
    try:
        yield
    except ConnhubError as error:
        if kind is not None and not isinstance(error, kind):
            raise
        faults = [fault if fault.file else fault.at(file=file) for fault in error.faults]
        raise type(error)(*faults) from error.__cause__


@contextmanager
def extra(name: str, purpose: Message) -> Iterator[None]:
    """Import optional packages: where one is missing, say in one line which extra has it.

    Parameters
    ----------
    name : str
        The extra.
    purpose : Message
        What needs it, the beginning of the sentence.

    Raises
    ------
    MissingExtraError

    Examples
    --------
    >>> with extra("viz", Message("errors.a_picture")):
    ...     import no_such_package
    Traceback (most recent call last):
    connhub.errors.MissingExtraError: a picture needs the extra 'viz': pip install 'connhub[viz]'
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            Fault("errors.missing_extra", purpose=purpose, extra=name)
        ) from error
