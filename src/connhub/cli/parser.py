"""From the words of a command line to a command and its options.

Flags are made of the option dataclasses, with the descriptions of the schema. What was not typed
is not there: defaults stand in one place, the dataclasses and functions that take the options.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from connhub.cli.command_help import EXAMPLES, GROUPS, group_of
from connhub.cli.command_options import COMMANDS, DOUBTS, CommandOption, name_list, whole_number
from connhub.cli.completion import SHELLS, completion_script
from connhub.cli.process import language
from connhub.errors import Fault, OptionError, check_choice, did_you_mean
from connhub.labels import Language
from connhub.release import VERSION
from connhub.schema import columns
from connhub.text.catalogue import Texts, flag

__all__ = ["COMMANDS", "DOUBTS", "Arguments", "parse"]


_NO_TABLES = ("synth",)
_TABLE_NAMES = ("transactions", "firms", "financials", "fields", "firm_totals")


def _sheet(name: str, value: str) -> str | int:
    del name
    return int(value) if value.isdecimal() else value


_BY_TABLE: Mapping[str, Callable[[str, str], Any]] = {
    "sheet": _sheet,
    "header_row": whole_number,
    "names": name_list,
    "delimiter": lambda _, value: {"tab": "\t", "\\t": "\t"}.get(value, value),
}
"""Options that may be given table by table."""


@dataclass(frozen=True)
class Arguments:
    """A command line that was read.

    Parameters
    ----------
    command : str
    tables : tuple of str
        Paths of tables or folders.
    options : dict
        What was typed, by the name of the option.
    lang : {"ja", "en"}
    """

    command: str
    tables: tuple[str, ...]
    options: Mapping[str, Any]
    lang: Language

    def pick(self, *names: str) -> dict[str, Any]:
        """Those of the options that were typed."""
        return {n: self.options[n] for n in names if n in self.options}

    def forms(self) -> dict[str, Any]:
        """In which forms for spreadsheets tables are written, and whether with labels."""
        labels = {"labels": self.lang} if "labels" in self.options else {}
        return self.pick("csv", "excel") | labels


class _Parser(argparse.ArgumentParser):
    """Raises our errors; its help is in the language of the command line."""

    def error(self, message: str) -> NoReturn:
        raise OptionError(Fault("cli.unreadable", detail=message))


def _parser(command: str, lang: Language, *, everything: bool = True) -> _Parser:
    """The parser of a command, whose help shows every option, or those that most use."""
    texts = Texts("cli", lang)

    class Formatter(argparse.RawDescriptionHelpFormatter):
        def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: Any = None) -> None:
            super().add_usage(usage, actions, groups, prefix or f"{texts('usage')}: ")

    parser = _Parser(
        prog=f"connhub {command}",
        usage=f"connhub {command} {texts(f'{command}_usage')}",
        description="\n".join(
            [texts(command), "", *(f"  connhub {command} {e}" for e in EXAMPLES[command])]
        ),
        formatter_class=Formatter,
        allow_abbrev=False,
        add_help=False,
        exit_on_error=False,
        argument_default=argparse.SUPPRESS,
    )
    parser._positionals.title = texts("tables")
    if command not in _NO_TABLES:
        metavar = texts("tables_metavar")
        parser.add_argument("tables", nargs="*", metavar=metavar, help=texts(f"{command}_tables"))
    groups = {name: parser.add_argument_group(texts(f"options_{name}")) for name in GROUPS}
    first = groups[GROUPS[0]]
    first.add_argument("-h", "--help", action="help", help=texts("help"))
    first.add_argument("--help-all", action="store_true", help=texts("help_all"))
    for option in COMMANDS[command]:
        group = group_of(option.name)
        shown = everything or group == GROUPS[0]
        names = _flags(option)
        meaning = columns("option")[option.name].meaning(lang).replace("%", "%%")
        about = meaning if shown else argparse.SUPPRESS
        add_argument = groups[group].add_argument
        if option.kind is None:
            add_argument(*names, dest=option.name, action="store_true", help=about)
            continue
        placeholder = option.metavar or option.name.upper()
        add_argument(
            *names,
            dest=option.name,
            action="append" if option.repeated else "store",
            metavar="{" + ",".join(option.offered) + "}" if option.offered else placeholder,
            help=about,
        )
    return parser


def _overview(lang: Language) -> str:
    texts = Texts("cli", lang)
    width = max(map(len, COMMANDS))
    lines = [f"{texts('usage')}: connhub COMMAND ...", "", texts("connhub"), "", texts("commands")]
    lines += [f"  {name:<{width}}  {texts(name)}" for name in COMMANDS]
    return "\n".join([*lines, "", texts("more_help")])


def _flags(option: CommandOption) -> tuple[str, ...]:
    return option.flags or (flag(option.name),)


def _completion(shell: str) -> str:
    check_choice("completion", shell, SHELLS)
    flags = {c: [f for o in some for f in _flags(o)] for c, some in COMMANDS.items()}
    offered = {
        f: o.offered for some in COMMANDS.values() for o in some if o.offered for f in _flags(o)
    }
    return completion_script(shell, flags, offered)


def parse(arguments: Sequence[str]) -> Arguments:
    """Read a command line.

    Raises
    ------
    OptionError
        For a command, an option or a value that is not there.
    SystemExit
        After ``--help`` and ``--version``.

    Examples
    --------
    >>> parse(["analyze", "t.csv", "f.csv", "--rows", "3", "--column", "amount=額"]).options
    {'columns': {'amount': '額'}, 'rows': 3}
    >>> parse(["analyze", "--rows", "three"])
    Traceback (most recent call last):
    connhub.errors.OptionError: rows='three' is not a whole number
    """
    lang = language(arguments)
    command, rest = (arguments[0], list(arguments[1:])) if arguments else ("--help", [])
    if command in ("-h", "--help", "--version"):
        print(f"connhub {VERSION}" if command == "--version" else _overview(lang))
        raise SystemExit(0)
    if command == "--completion":
        print(_completion(rest[0] if rest else ""))
        raise SystemExit(0)
    if command not in COMMANDS:
        suggestion = did_you_mean(command, COMMANDS)
        raise OptionError(Fault("cli.no_command", command=command, suggestion=suggestion))
    everything = "--help-all" in rest
    if everything or "--help" in rest or "-h" in rest:
        _parser(command, lang, everything=everything).print_help()
        raise SystemExit(0)
    try:
        typed, unknown = _parser(command, lang).parse_known_args(rest)
    except argparse.ArgumentError as error:
        name = (error.argument_name or "").split("/")[0]
        raise OptionError(Fault("cli.needs_value", flag=name)) from error
    if unknown:
        known = [n for option in COMMANDS[command] for n in _flags(option)]
        suggestion = did_you_mean(unknown[0].partition("=")[0], known)
        raise OptionError(
            Fault("cli.no_option", command=command, flag=unknown[0], suggestion=suggestion)
        )
    values = vars(typed)
    tables = tuple(values.pop("tables", ()))
    options = {o.name: _value(o, values[o.name]) for o in COMMANDS[command] if o.name in values}
    return Arguments(command, tables, options, lang)


def _value(option: CommandOption, typed: Any) -> Any:
    if option.kind is None:
        return True
    values = [option.kind(option.name, v) for v in (typed if option.repeated else [typed])]
    if option.name == "columns":
        return _columns(values)
    if option.name == "limits":
        return _limits(values)
    if option.name in _BY_TABLE:
        return _by_table(option.name, values)
    if option.offered:
        for value in values:
            check_choice(option.name, value, option.offered)
    return values if option.repeated else values[0]


def _columns(pairs: Sequence[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for pair in pairs:
        role, equals, name = pair.partition("=")
        if not (role and equals):
            raise OptionError(Fault("cli.column_form", pair=pair))
        found[role] = name or None  # --column year= declines a column
    return found


def _limits(pairs: Sequence[str]) -> dict[str, int]:
    found = (pair.partition("=") for pair in pairs)
    return {name: whole_number(name, number) for name, _, number in found}


def _by_table(name: str, values: Sequence[str]) -> Any:
    """One value for all tables, or values by table (``firms=3``)."""
    read = _BY_TABLE[name]
    found = {}
    for value in values:
        table, equals, own = value.partition("=")
        if equals and table in _TABLE_NAMES and own:
            found[table] = read(name, own)
        elif len(values) == 1:
            return read(name, value)
        else:
            raise OptionError(Fault("cli.table_form", name=name, value=value))
    return found
