"""From the words of a command line to a command and its options.

Flags are made of the option dataclasses, with the descriptions of the schema. What was not typed
is not there: defaults stand in one place, the dataclasses and functions that take the options.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NoReturn, get_args

from connhub.cli.command_help import EXAMPLES, GROUPS, group_of
from connhub.cli.completion import SHELLS, completion_script
from connhub.cli.process import language
from connhub.errors import Fault, OptionError, check_choice, did_you_mean
from connhub.estimation.estimate_options import EstimateOptions
from connhub.options import (
    CaptionOptions,
    FirmTotalsOptions,
    FirmTotalsPolicies,
    Policies,
    ReadOptions,
    RunOptions,
    ShapeOptions,
    TableOptions,
    choices,
)
from connhub.release import VERSION
from connhub.schema import Language, columns
from connhub.text.catalogue import Texts, flag

__all__ = ["COMMANDS", "DOUBTS", "Arguments", "parse"]


@dataclass(frozen=True)
class _Option:
    """A flag: its option, what its value is, and what it offers."""

    name: str
    kind: Callable[[str, str], Any] | None = None  # None: a switch without a value
    offered: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    repeated: bool = False
    metavar: str | None = None


def _text(name: str, value: str) -> str:
    del name
    return value


def _list(name: str, value: str) -> list[str]:
    del name
    return [part.strip() for part in value.split(",")]


def _number(convert: type[int] | type[float], kind: str) -> Callable[[str, str], Any]:
    def read(name: str, value: str) -> Any:
        try:
            return convert(value)
        except ValueError as error:
            raise OptionError(Fault(kind, name=name, value=value)) from error

    return read


_whole = _number(int, "cli.not_whole")
_decimal = _number(float, "cli.not_number")


def _group(group: type, *without: str) -> list[_Option]:
    """Flags of the options of a dataclass."""
    special = {
        "columns": _Option("columns", _text, repeated=True, metavar="ROLE=NAME"),
        "fold_ids": _Option("fold_ids"),
        "threads": _Option("threads", _whole),
        "batch_rows": _Option("batch_rows", _whole),
        "manifest": _Option("manifest", _text, metavar="JSON"),
        "firm_names": _Option("firm_names", _text, metavar="TABLE"),
        "sheet": _Option("sheet", _text, repeated=True, metavar="[TABLE=]SHEET"),
        "header_row": _Option("header_row", _text, repeated=True, metavar="[TABLE=]ROW"),
        "names": _Option("names", _text, repeated=True, metavar="[TABLE=]A,B,..."),
        "delimiter": _Option("delimiter", _text, repeated=True, metavar="[TABLE=]CHARACTER"),
        "missing_marks": _Option("missing_marks", _text, repeated=True, metavar="MARK"),
        "limits": _Option("limits", _text, repeated=True, metavar="LIMIT=NUMBER"),
        "fiscal_year": _Option("fiscal_year"),
        "geometry": _Option("geometry", _text, metavar="FILE"),
        "lang": _Option("lang", _text, offered=get_args(Language)),
        "soft_weight": _Option("soft_weight", _decimal),
        "cost_ratio": _Option("cost_ratio", _decimal),
        "draws": _Option("draws", _whole),
        "seed": _Option("seed", _whole),
    }
    offered = choices(group)
    return [
        special.get(f.name, _Option(f.name, _text, offered=offered.get(f.name, ())))
        for f in fields(group)
        if f.name not in without
    ]


_LANG = _Option("lang", _text, offered=get_args(Language))
_OF_REGION = _Option("of_region", _text, flags=("--prefecture", "--of-region"), metavar="REGION")
_ROWS = _Option("rows", _whole)
_OUT = _Option("out", _text, metavar="DIR")
_SPREADSHEETS = [_Option("csv"), _Option("excel")]
_DRAWS = [_Option("draws", _whole), _Option("seed", _whole)]
_GRAIN = _Option("grain", _text, offered=("firms", "firms_by_region", "pairs"))
_REGION = [_Option("region", _text), _Option("region_map", _text, metavar="TABLE")]
_TABLES = [*_REGION, *_group(ReadOptions), *_group(RunOptions, "progress"), _LANG]
_ANALYSIS = [
    *_TABLES,
    _Option("year", _whole, repeated=True),
    _Option("engine", _text, offered=("local", "spark")),
    *_group(Policies),
]
_FIRM_TABLE = _Option("firm_table", _text, metavar="TABLE")
_OTHER_TABLES = [
    _Option("financials", _text, metavar="TABLE"),
    _Option("financials_unit", _text, metavar="UNIT"),
    _Option("fields", _text, metavar="TABLE"),
]
_SELECTION = [
    _Option("scheme", _text, metavar="NAME|FILE"),
    *_OTHER_TABLES,
    _Option("per_region", _whole),
    _Option("share", _decimal),
    _Option("threshold", _decimal),
    _Option("cut_ties", _text, offered=("include", "exclude", "error")),
    _Option("missing", _text, offered=("exclude", "last", "neutral")),
    _Option("eligible", _text, metavar="TABLE"),
    _OF_REGION,
]
_CERTAINTY = [
    _Option("missing_share", _decimal),
    _Option("amount_error", _decimal),
    _Option("without_bound", _text, offered=("list", "coverage")),
    _Option("accept_contradicted", _decimal),
    _Option("reported_year", _whole),
    _Option("weight_draws", _whole),
]
DOUBTS = tuple(option.name for option in _CERTAINTY)
"""Options of how sure a list is."""
_OF_DEALS = {f.name for group in (ReadOptions, Policies) for f in fields(group)}
_FIRM_TOTALS = [
    _Option("firm_totals", _text, metavar="TABLE"),
    *_group(FirmTotalsOptions, *_OF_DEALS),
    *_group(FirmTotalsPolicies, *_OF_DEALS),
]
"""A table of firm totals instead of transactions, and the options it has beside theirs."""
COMMANDS: Mapping[str, Sequence[_Option]] = {
    "analyze": [*_ANALYSIS, *_FIRM_TOTALS, _GRAIN, _OUT, *_SPREADSHEETS, _ROWS, _OF_REGION],
    "check": [
        *_ANALYSIS,
        *_FIRM_TOTALS,
        *_OTHER_TABLES,
        _Option("write_clean", _text, metavar="DIR"),
    ],
    "prepare": [*_TABLES, _Option("missing_amount", _text, offered=("error", "exclude")), _OUT],
    "estimate": [
        *_REGION,
        *_group(ReadOptions),
        _Option("year", _whole),
        *_OTHER_TABLES[:2],
        *_group(EstimateOptions),
        _OUT,
        *_SPREADSHEETS,
        _LANG,
    ],
    "select": [
        *_ANALYSIS,
        *_FIRM_TOTALS,
        *_SELECTION,
        *_CERTAINTY,
        _Option("deal_rows"),
        _GRAIN,
        _OUT,
        *_SPREADSHEETS,
    ],
    "linkages": [
        *_ANALYSIS,
        _Option("by", _text, metavar="MEASURE"),
        _Option("side", _text, offered=("sales", "purchases", "both")),
        _Option("backbone", _decimal, metavar="LEVEL"),
        _Option("graph", _text, metavar="FILE"),
        _ROWS,
        _OF_REGION,
    ],
    "ripple": [
        *_ANALYSIS,
        *_OTHER_TABLES[:2],
        _Option("reported_year", _whole),
        _Option("firm", _text, metavar="ID|NAME"),
        _ROWS,
        _OF_REGION,
        _OUT,
        *_SPREADSHEETS,
    ],
    "years": [
        *_TABLES,
        _Option("year", _whole, repeated=True),
        *_group(Policies),
        _Option("firm_changes", _text, metavar="TABLE"),
        _Option("passes", _text, offered=("auto", "one", "each")),
        _GRAIN,
        _OUT,
        *_SPREADSHEETS,
    ],
    "compare": [_FIRM_TABLE, *_group(TableOptions), _ROWS, _OF_REGION, _OUT, *_SPREADSHEETS, _LANG],
    "track": [
        _Option("targets", _text, metavar="TABLE"),
        _FIRM_TABLE,
        *_OTHER_TABLES,
        _Option("path", _text, offered=("linear", "growth")),
        *_group(TableOptions),
        _OUT,
        *_SPREADSHEETS,
        _LANG,
    ],
    "leaks": [*_ANALYSIS, _Option("digits", _whole), _ROWS, _OF_REGION, _OUT, *_SPREADSHEETS],
    "lookup": [
        *_SELECTION,
        _FIRM_TABLE,
        *_group(TableOptions),
        _LANG,
    ],
    "report": [
        *_ANALYSIS,
        *_FIRM_TOTALS,
        *_SELECTION,
        *_CERTAINTY,
        _GRAIN,
        *_group(CaptionOptions, "lang"),
        *_group(ShapeOptions),
        _Option("sheets", _text, offered=("one", "each")),
        _Option("before", _text, repeated=True, metavar="FOLDER"),
        _Option("scenario", _text, metavar="FILE"),
        _Option("plan", _text, offered=("A", "B", "C")),
        _Option("industries", _list, metavar="CODE,..."),
        _Option("targets", _text, metavar="TABLE"),
        _OUT,
    ],
    "whatif": [*_ANALYSIS, *_DRAWS, _GRAIN, _ROWS, _OF_REGION, _OUT, *_SPREADSHEETS],
    "synth": [
        *(
            _Option(n, _whole)
            for n in ("firms", "transactions", "seed", "year", "years", "max_partners")
        ),
        _Option("delivered"),
        _Option("ids", _text, offered=("text", "int64")),
        _Option("known_share", _decimal),
        _OUT,
        _LANG,
    ],
}
"""The options of each command."""
_NO_TABLES = ("synth",)
_TABLE_NAMES = ("transactions", "firms", "financials", "fields", "firm_totals")


def _sheet(name: str, value: str) -> str | int:
    del name
    return int(value) if value.isdecimal() else value


_BY_TABLE: Mapping[str, Callable[[str, str], Any]] = {
    "sheet": _sheet,
    "header_row": _whole,
    "names": _list,
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


def _flags(option: _Option) -> tuple[str, ...]:
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


def _value(option: _Option, typed: Any) -> Any:
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
    return {name: _whole(name, number) for name, _, number in found}


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
