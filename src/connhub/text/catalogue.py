"""The catalogue: every text the package shows, in Japanese and English, by its kind.

A text is *data* until it is shown: a `Message` holds its kind and the values it speaks of, and
is rendered in the language asked for, and for the way of calling in use. The texts themselves
stand in ``messages/*.toml``, a file a topic; the kind ``intake.empty_file`` is the table
``[empty_file]`` of ``intake.toml``::

    [empty_file]
    en = "the file is empty"
    ja = "ファイルが空です"
    fix.en = "the first line must hold the column names"
    fix.ja = "1行目に列名を書いてください"

TOML rather than gettext: both languages stand side by side, are read by the standard library
without a compiling step, and a test compares their placeholders.
"""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from connhub.labels import Language, known, label_of
from connhub.text.names import plain
from connhub.text.numbers import exact_money, money, unit_name

__all__ = [
    "Message",
    "ShownText",
    "Texts",
    "as_command_line",
    "default_language",
    "distinct",
    "flag",
    "kinds",
    "listed",
    "topic",
]

_MESSAGES = Path(__file__).with_name("messages")

SHOWN = 10
"""How many rows and values a message lists."""
_LONGEST = 200
"""A longer value is cut where a message quotes it."""
_command_line: ContextVar[Language | None] = ContextVar("_command_line", default=None)


@contextmanager
def as_command_line(lang: Language) -> Iterator[None]:
    """Meanwhile every text names options as they are typed, also in files that are written.

    Parameters
    ----------
    lang : {"ja", "en"}
        Of the command line: what texts are in where nobody says.

    Examples
    --------
    >>> message = Message("ripple.needs_pairs")
    >>> with as_command_line("en"):
    ...     message.fix()
    'analyze with --grain pairs'
    >>> message.fix("en")
    "analyze with grain='pairs'"
    """
    token = _command_line.set(lang)
    try:
        yield
    finally:
        _command_line.reset(token)


def default_language() -> Language:
    """Of errors and representations: the command line's, ``CONNHUB_LANG``, else English."""
    if (lang := _command_line.get()) is not None:
        return lang
    return "ja" if os.environ.get("CONNHUB_LANG", "").lower() == "ja" else "en"


@cache
def topic(name: str) -> Mapping[str, Mapping[str, Any]]:
    """The messages of one topic, by name."""
    path = _MESSAGES / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def kinds() -> Iterator[str]:
    """Every kind of the catalogue."""
    for path in sorted(_MESSAGES.iterdir()):
        name = path.name.removesuffix(".toml")
        yield from (f"{name}.{key}" for key in topic(name))


class Message:
    """A text as data: its kind in the catalogue, and the values it speaks of.

    Parameters
    ----------
    kind : str
        ``topic.name``.
    **values
        What the placeholders stand for: texts, numbers, sequences, other messages, or mappings of
        language to text, ``{"ja": "新潟県", "en": "Niigata"}``.

    Examples
    --------
    >>> message = Message("ledger.years_added_up", years=[2024, 2025])
    >>> message.text("en"), message.text("ja")
    ('the years 2024, 2025 were added up', '2024、2025年を合算した')
    >>> Message.from_dict(message.to_dict()) == message
    True
    """

    kind: str
    values: Mapping[str, Any]

    def __init__(self, kind: str, /, **values: Any) -> None:
        self.kind, self.values = kind, values

    def text(self, lang: Language | None = None, *, flags: bool | None = None) -> str:
        """Render the message.

        Parameters
        ----------
        lang : {"ja", "en"}, optional
            By default `default_language`.
        flags : bool, optional
            Name options as on the command line (``--unit``), or as in Python (``unit=``). By
            default as the caller called: see `as_command_line`.

        Raises
        ------
        OptionError
            For another language.
        """
        return _renderer(lang, flags).render(self.kind, self.values)

    def fix(self, lang: Language | None = None, *, flags: bool | None = None) -> str:
        """Render what the user can do; empty where the catalogue says nothing."""
        return _renderer(lang, flags).render(self.kind, self.values, part="fix")

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.kind!r}, {self.text()!r})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(self.kind)

    def to_dict(self) -> dict[str, Any]:
        """Kind and values, for JSON."""
        values = {
            n: v.to_dict() if isinstance(v, Message) else list(v) if isinstance(v, tuple) else v
            for n, v in self.values.items()
        }
        return {"kind": self.kind, "values": values}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Message:
        """Rebuild from `to_dict`."""
        values = {
            n: Message.from_dict(v)
            if isinstance(v, Mapping) and v.keys() == {"kind", "values"}
            else v
            for n, v in data["values"].items()
        }
        return Message(data["kind"], **values)


class ShownText(str):
    """A text that notebooks and IPython show line by line, not as a literal.

    Examples
    --------
    >>> ShownText("a < b")._repr_html_()
    '<pre style="white-space:pre-wrap">a &lt; b</pre>'
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        from html import escape

        return f'<pre style="white-space:pre-wrap">{escape(self)}</pre>'

    def _repr_pretty_(self, printer: Any, cycle: object) -> None:  # of IPython
        del cycle
        printer.text(str(self))


class Texts:
    """The texts of one topic in one language, for pictures, reports and tables.

    Parameters
    ----------
    name : str
        The topic.
    lang : {"ja", "en"}

    Examples
    --------
    >>> Texts("ledger", "ja")("residual")
    '残差'
    """

    def __init__(self, name: str, lang: Language) -> None:
        self.name, self.lang = name, lang

    def __call__(self, key: str, /, **values: Any) -> str:
        """Render one text of the topic."""
        return _Renderer(self.lang).render(f"{self.name}.{key}", values)

    def __contains__(self, key: str) -> bool:
        return key in topic(self.name)


class _Renderer(Formatter):
    """Fill the placeholders of a text.

    Beyond those of `str.format`, a placeholder may be

    - ``{option:unit}``: the option as it is typed, ``unit=`` or ``--unit``;
      ``{option:self_trade=include}`` with its value;
    - ``{column_option:amount}``: how a column is named, ``columns={'amount': '...'}`` or
      ``--column amount=...``;
    - ``{limit_option:columns}``: how a limit is raised, ``limits={'columns': ...}`` or
      ``--limit columns=...``;
    - ``{way:connhub select|Analysis.select}``: what is called, as a command or in Python;
    - ``{label:degrees.hub_degree}``: the label of a column;
    - ``{count:#firm|firms}``: a number and its noun, singular or plural;
    - ``{amount:money}``: money in the value ``unit`` of the message, every digit of it;
    - ``{amount:short_money}``: the same to three digits;
    - ``{unit:unit}``: a unit of yen as the language calls it;
    - ``{name:quoted}``: a text in quotation marks;
    - ``{names}`` of a sequence: its first ten members, quoted; ``{names:plain}``: without marks;
    - ``{choices:or}`` of messages: all of them, the last after "or".
    """

    def __init__(self, lang: Language, flags: bool | None = None) -> None:
        self.lang = lang
        self.flags = _command_line.get() is not None if flags is None else flags

    def render(self, kind: str, values: Mapping[str, Any], part: str | None = None) -> str:
        name, _, key = kind.partition(".")
        entry: Mapping[str, Any] = topic(name)[key]
        if part is not None:
            entry = entry.get(part, {"ja": "", "en": ""})
        return self.vformat(entry[self.lang], (), dict(values))

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        if key in ("option", "column_option", "limit_option", "way", "label"):
            return _Special(str(key))
        if key == "amount" or str(key).endswith("_amount"):
            return _Amount(kwargs[str(key)], str(kwargs.get("unit", "")))
        return super().get_value(key, args, kwargs)

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, _Special):
            return self._special(value.name, format_spec)
        if isinstance(value, _Amount):
            if format_spec == "money":
                return exact_money(value.amount, value.unit, self.lang)
            if format_spec == "short_money":
                return money(value.amount, value.unit, self.lang)
            value = value.amount
        if isinstance(value, Message):
            return value.text(self.lang, flags=self.flags)
        value = _in_language(value, self.lang)
        if isinstance(value, str):
            shown = unit_name(value, self.lang) if format_spec == "unit" else plain(value)
            return quoted(shown, self.lang) if format_spec == "quoted" else shown
        if isinstance(value, Iterable) and format_spec == "or":
            texts = [v.text(self.lang) for v in value]
            *rest, last = texts
            return last if not rest else self._either(rest, last)
        if isinstance(value, Iterable):
            return listed(value, self.lang, marks=format_spec != "plain")
        if format_spec.startswith("#"):
            one, many = format_spec[1:].split("|")
            return f"{value:,} {one if value == 1 else many}"
        return str(super().format_field(value, format_spec))

    def _either(self, rest: list[str], last: str) -> str:
        return (
            f"{'、'.join(rest)}または{last}"
            if self.lang == "ja"
            else f"{', '.join(rest)} or {last}"
        )

    def _special(self, name: str, spec: str) -> str:
        if name == "label":
            table, _, column = spec.partition(".")
            return label_of(table, column, self.lang)
        if name == "way":
            command, _, python = spec.partition("|")
            return command if self.flags else python
        if name == "column_option":
            return f"--column {spec}=..." if self.flags else f"columns={{{spec!r}: '...'}}"
        if name == "limit_option":
            return f"--limit {spec}=..." if self.flags else f"limits={{{spec!r}: ...}}"
        option, _, value = spec.partition("=")
        if self.flags:
            return f"{flag(option)} {value}" if value not in ("", "True") else flag(option)
        known = value in ("True", "False", "None", "...") or value[:1] in "[{('\"" or _number(value)
        return f"{option}={value if known else repr(value)}" if value else f"{option}="


def _renderer(lang: Language | None, flags: bool | None) -> _Renderer:
    """Of a language that may be one which is not there."""
    if lang is None:
        return _Renderer(default_language(), flags)
    return _Renderer(known(lang), flags)


_FLAGS = {
    "of_region": "prefecture",
    "columns": "column",
    "missing_marks": "missing-mark",
    "limits": "limit",
    "level": "backbone",
}
"""Options whose flag is not their name."""


def flag(option: str) -> str:
    """An option as it is typed on the command line.

    Examples
    --------
    >>> flag("fold_ids"), flag("columns")
    ('--fold-ids', '--column')
    """
    return f"--{_FLAGS.get(option, option).replace('_', '-')}"


def _number(value: str) -> bool:
    return value.removeprefix("-").replace(".", "", 1).isdigit()


class _Special:
    def __init__(self, name: str) -> None:
        self.name = name


class _Amount:
    def __init__(self, amount: Any, unit: str) -> None:
        self.amount, self.unit = amount, unit


def _in_language(value: Any, lang: Language) -> Any:
    """The text of the language, of a mapping of languages; other values as they are."""
    return value[lang] if isinstance(value, Mapping) and value.keys() == {"ja", "en"} else value


def quoted(value: object, lang: Language) -> str:
    """A text of the user's in quotation marks; other values and messages as they are.

    Examples
    --------
    >>> quoted("a", "en"), quoted("a", "ja"), quoted(5, "en")
    ("'a'", '「a」', '5')
    >>> quoted({"ja": "新潟県", "en": "Niigata"}, "en")
    "'Niigata'"
    """
    if isinstance(value, Message):
        return value.text(lang)
    value = _in_language(value, lang)
    if not isinstance(value, str):
        return str(value)
    shown = plain(value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…")
    return f"「{shown}」" if lang == "ja" else repr(shown)


def listed(
    values: Iterable[Any], lang: Language = "en", *, count: int | None = None, marks: bool = True
) -> str:
    """Write the first ten values, and how many more there are.

    Examples
    --------
    >>> listed(["a", "b"], count=5), listed(["a", "b"], "ja", count=5)
    ("'a', 'b' and 3 more", '「a」、「b」ほか3件')
    """
    members = list(values)
    shown = [
        quoted(v, lang) if marks else plain(str(_in_language(v, lang))) for v in members[:SHOWN]
    ]
    more = (len(members) if count is None else count) - len(shown)
    joined = ("、" if lang == "ja" else ", ").join(shown)
    if more <= 0:
        return joined
    return f"{joined}ほか{more:,}件" if lang == "ja" else f"{joined} and {more:,} more"


def distinct(values: Iterable[Any] | Mapping[Any, int], lang: Language = "en") -> str:
    """Write distinct values, each with how often it occurs.

    Examples
    --------
    >>> distinct(["x", "x", "y"]), distinct({"x": 120}, "ja")
    ("'x' (2 times), 'y'", '「x」(120件)')
    """
    counted = values if isinstance(values, Mapping) else Counter(values)
    times = "{}({:,}件)" if lang == "ja" else "{} ({:,} times)"
    shown = [
        times.format(quoted(v, lang), n) if n > 1 else quoted(v, lang)
        for v, n in list(counted.items())[:SHOWN]
    ]
    more = len(counted) - len(shown)
    joined = ("、" if lang == "ja" else ", ").join(shown)
    if more <= 0:
        return joined
    return f"{joined}ほか{more:,}種類" if lang == "ja" else f"{joined} and {more:,} other values"
