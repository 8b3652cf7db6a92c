"""The options of each command, made of the option dataclasses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, get_args

from connhub.errors import Fault, OptionError
from connhub.estimation.estimate_options import EstimateOptions
from connhub.labels import Language
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

__all__ = ["COMMANDS", "DOUBTS", "CommandOption", "name_list", "whole_number"]


@dataclass(frozen=True)
class CommandOption:
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


def name_list(name: str, value: str) -> list[str]:
    """The parts of a value between commas."""
    del name
    return [part.strip() for part in value.split(",")]


def _number(convert: type[int] | type[float], kind: str) -> Callable[[str, str], Any]:
    def read(name: str, value: str) -> Any:
        try:
            return convert(value)
        except ValueError as error:
            raise OptionError(Fault(kind, name=name, value=value)) from error

    return read


whole_number = _number(int, "cli.not_whole")
_decimal = _number(float, "cli.not_number")


def _group(group: type, *without: str) -> list[CommandOption]:
    """Flags of the options of a dataclass."""
    special = {
        "columns": CommandOption("columns", _text, repeated=True, metavar="ROLE=NAME"),
        "fold_ids": CommandOption("fold_ids"),
        "threads": CommandOption("threads", whole_number),
        "batch_rows": CommandOption("batch_rows", whole_number),
        "manifest": CommandOption("manifest", _text, metavar="JSON"),
        "firm_names": CommandOption("firm_names", _text, metavar="TABLE"),
        "sheet": CommandOption("sheet", _text, repeated=True, metavar="[TABLE=]SHEET"),
        "header_row": CommandOption("header_row", _text, repeated=True, metavar="[TABLE=]ROW"),
        "names": CommandOption("names", _text, repeated=True, metavar="[TABLE=]A,B,..."),
        "delimiter": CommandOption("delimiter", _text, repeated=True, metavar="[TABLE=]CHARACTER"),
        "missing_marks": CommandOption("missing_marks", _text, repeated=True, metavar="MARK"),
        "limits": CommandOption("limits", _text, repeated=True, metavar="LIMIT=NUMBER"),
        "fiscal_year": CommandOption("fiscal_year"),
        "geometry": CommandOption("geometry", _text, metavar="FILE"),
        "lang": CommandOption("lang", _text, offered=get_args(Language)),
        "soft_weight": CommandOption("soft_weight", _decimal),
        "cost_ratio": CommandOption("cost_ratio", _decimal),
        "draws": CommandOption("draws", whole_number),
        "seed": CommandOption("seed", whole_number),
    }
    offered = choices(group)
    return [
        special.get(f.name, CommandOption(f.name, _text, offered=offered.get(f.name, ())))
        for f in fields(group)
        if f.name not in without
    ]


_LANG = CommandOption("lang", _text, offered=get_args(Language))
_OF_REGION = CommandOption(
    "of_region", _text, flags=("--prefecture", "--of-region"), metavar="REGION"
)
_ROWS = CommandOption("rows", whole_number)
_OUT = CommandOption("out", _text, metavar="DIR")
_SPREADSHEETS = [CommandOption("csv"), CommandOption("excel"), CommandOption("labels")]
_DRAWS = [CommandOption("draws", whole_number), CommandOption("seed", whole_number)]
_GRAIN = CommandOption("grain", _text, offered=("firms", "firms_by_region", "pairs"))
_REGION = [CommandOption("region", _text), CommandOption("region_map", _text, metavar="TABLE")]
_TABLES = [*_REGION, *_group(ReadOptions), *_group(RunOptions, "progress"), _LANG]
_ANALYSIS = [
    *_TABLES,
    CommandOption("year", whole_number, repeated=True),
    CommandOption("engine", _text, offered=("local", "spark")),
    *_group(Policies),
]
_FIRM_TABLE = CommandOption("firm_table", _text, metavar="TABLE")
_OTHER_TABLES = [
    CommandOption("financials", _text, metavar="TABLE"),
    CommandOption("financials_unit", _text, metavar="UNIT"),
    CommandOption("fields", _text, metavar="TABLE"),
]
_SELECTION = [
    CommandOption("scheme", _text, metavar="NAME|FILE"),
    *_OTHER_TABLES,
    CommandOption("per_region", whole_number),
    CommandOption("share", _decimal),
    CommandOption("threshold", _decimal),
    CommandOption("cut_ties", _text, offered=("include", "exclude", "error")),
    CommandOption("missing", _text, offered=("exclude", "last", "neutral")),
    CommandOption("eligible", _text, metavar="TABLE"),
    _OF_REGION,
]
_CERTAINTY = [
    CommandOption("missing_share", _decimal),
    CommandOption("amount_error", _decimal),
    CommandOption("without_bound", _text, offered=("list", "coverage")),
    CommandOption("accept_contradicted", _decimal),
    CommandOption("reported_year", whole_number),
    CommandOption("weight_draws", whole_number),
]
DOUBTS = tuple(option.name for option in _CERTAINTY)
"""Options of how sure a list is."""
_OF_DEALS = {f.name for group in (ReadOptions, Policies) for f in fields(group)}
_FIRM_TOTALS = [
    CommandOption("firm_totals", _text, metavar="TABLE"),
    *_group(FirmTotalsOptions, *_OF_DEALS),
    *_group(FirmTotalsPolicies, *_OF_DEALS),
]
"""A table of firm totals instead of transactions, and the options it has beside theirs."""
COMMANDS: Mapping[str, Sequence[CommandOption]] = {
    "analyze": [*_ANALYSIS, *_FIRM_TOTALS, _GRAIN, _OUT, *_SPREADSHEETS, _ROWS, _OF_REGION],
    "check": [
        *_ANALYSIS,
        *_FIRM_TOTALS,
        *_OTHER_TABLES,
        CommandOption("write_clean", _text, metavar="DIR"),
    ],
    "prepare": [
        *_TABLES,
        CommandOption("missing_amount", _text, offered=("error", "exclude")),
        CommandOption("firm_changes", _text, metavar="TABLE"),
        _OUT,
    ],
    "estimate": [
        *_REGION,
        *_group(ReadOptions),
        CommandOption("year", whole_number),
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
        CommandOption("deal_rows"),
        _GRAIN,
        _OUT,
        *_SPREADSHEETS,
    ],
    "linkages": [
        *_ANALYSIS,
        CommandOption("by", _text, metavar="MEASURE"),
        CommandOption("side", _text, offered=("sales", "purchases", "both")),
        CommandOption("backbone", _decimal, metavar="LEVEL"),
        CommandOption("graph", _text, metavar="FILE"),
        _ROWS,
        _OF_REGION,
    ],
    "ripple": [
        *_ANALYSIS,
        *_OTHER_TABLES[:2],
        CommandOption("reported_year", whole_number),
        CommandOption("firm", _text, metavar="ID|NAME"),
        _ROWS,
        _OF_REGION,
        _OUT,
        *_SPREADSHEETS,
    ],
    "years": [
        *_TABLES,
        CommandOption("year", whole_number, repeated=True),
        *_group(Policies),
        CommandOption("firm_changes", _text, metavar="TABLE"),
        CommandOption("passes", _text, offered=("auto", "one", "each")),
        _GRAIN,
        _OUT,
        *_SPREADSHEETS,
    ],
    "compare": [_FIRM_TABLE, *_group(TableOptions), _ROWS, _OF_REGION, _OUT, *_SPREADSHEETS, _LANG],
    "track": [
        CommandOption("targets", _text, metavar="TABLE"),
        _FIRM_TABLE,
        *_OTHER_TABLES,
        CommandOption("path", _text, offered=("linear", "growth")),
        *_group(TableOptions),
        _OUT,
        *_SPREADSHEETS,
        _LANG,
    ],
    "leaks": [
        *_ANALYSIS,
        CommandOption("digits", whole_number),
        _ROWS,
        _OF_REGION,
        _OUT,
        *_SPREADSHEETS,
    ],
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
        CommandOption("sheets", _text, offered=("one", "each")),
        CommandOption("before", _text, repeated=True, metavar="FOLDER"),
        CommandOption("scenario", _text, metavar="FILE"),
        CommandOption("plan", _text, offered=("A", "B", "C")),
        CommandOption("industries", name_list, metavar="CODE,..."),
        CommandOption("targets", _text, metavar="TABLE"),
        _OUT,
    ],
    "whatif": [*_ANALYSIS, *_DRAWS, _GRAIN, _ROWS, _OF_REGION, _OUT, *_SPREADSHEETS],
    "synth": [
        *(
            CommandOption(n, whole_number)
            for n in ("firms", "transactions", "seed", "year", "years", "max_partners")
        ),
        CommandOption("delivered"),
        CommandOption("ids", _text, offered=("text", "int64")),
        CommandOption("known_share", _decimal),
        _OUT,
        _LANG,
    ],
}
"""The options of each command."""
