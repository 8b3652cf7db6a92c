"""Options that travel together, each described once.

Inside the package they are passed as frozen dataclasses; on the few public functions where people
type them they are flat keywords: `flat_options` gives a function the keywords, the signature and
the description of each. The command line makes its flags of the same fields. Japanese labels and
descriptions stand in the schema, table ``option``.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache, wraps
from inspect import Parameter
from typing import Any, Literal, Self, TypeVar, get_args, get_type_hints

from connhub.arguments import Table, check_fields, checked
from connhub.errors import Fault, OptionError, did_you_mean
from connhub.labels import Language

__all__ = [
    "LIMITS",
    "CaptionOptions",
    "FirmTotalsOptions",
    "FirmTotalsPolicies",
    "MoneyOptions",
    "Options",
    "Policies",
    "ReadOptions",
    "RunOptions",
    "ShapeOptions",
    "TableOptions",
    "choices",
    "descriptions",
    "flat_options",
]

R = TypeVar("R")

LIMITS = {"record_bytes": 64 << 20, "columns": 16_384, "expansion": 250}
"""How long a record of CSV, how wide a table, and how far packed what is read may be."""


@dataclass(frozen=True)
class Options:
    """Base of all groups of options; a value that is not offered is an error.

    Raises
    ------
    OptionError
    """

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class TableOptions(Options):
    """How a table is read.

    Parameters
    ----------
    columns : mapping, optional
        ``{role: column}`` where a header is not recognized; ``{role: None}`` for a role that no
        column plays.
    encoding : {"utf-8", "cp932", "euc_jp", "latin-1"}, optional
        Of CSV files; detected strictly by default.
    fold_ids : bool
        Fold ids: by NFKC, so that full-width digits equal plain ones, and without the ``.0`` of
        floats, a leading apostrophe, and the T of invoice numbers. Blanks around never count.
    sheet : str, int or mapping, optional
        Sheet of a workbook, by name or number from 1; by default the only one with a header that
        is recognized. Like the next three, one for all tables, or a mapping by table:
        ``{"transactions": ..., "firms": ..., "financials": ..., "fields": ...}``.
    header_row : int or mapping, optional
        Row of the header, from 1; 0 for a file without one. By default it is found by headers
        that are recognized.
    names : sequence of str, or mapping, optional
        Column names of a file without a header.
    delimiter : str or mapping, optional
        Of CSV files; by default a comma, tab or semicolon, as the header has it.
    missing_marks : sequence of str
        Cells that hold no value, such as ``"-"``, ``"X"`` or ``"***"``; ``"seller_id=-"`` for one
        column alone. Of ids and names of firms only errors such as ``"#N/A"``, and these.
    total_rows : {"error", "drop", "keep"}
        Rows of 合計, 小計, Total, ..., and notes: an error, left out and counted, or kept.
    lost_digits : {"error", "restore", "keep"}
        Codes and ids that have probably lost digits: an error; leading zeros put back into codes
        of places in the firm table; or taken as they stand.
    merged_cells : {"error", "fill", "keep"}
        Merged cells below the header of a workbook, of which only the first has the value: an
        error; the value in each of them, but for numbers, which would be counted again; or empty
        but for the first, as the file has them.
    limits : mapping, optional
        Limits to raise, against files that are made or damaged so that they fill the memory:
        ``record_bytes``, of one record of CSV (64 MiB); ``columns``, of a table (16,384);
        ``expansion``, how many times as large as the file what is packed in it may be (250, once
        it is larger than 64 MiB).
    """

    columns: Mapping[str, str | None] | None = None
    encoding: str | None = None
    fold_ids: bool = False
    sheet: str | int | Mapping[str, str | int] | None = None
    header_row: int | Mapping[str, int] | None = None
    names: Sequence[str] | Mapping[str, Sequence[str]] | None = None
    delimiter: str | Mapping[str, str] | None = None
    missing_marks: Sequence[str] = ()
    total_rows: Literal["error", "drop", "keep"] = "error"
    lost_digits: Literal["error", "restore", "keep"] = "error"
    merged_cells: Literal["error", "fill", "keep"] = "error"
    limits: Mapping[str, int] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value in (self.limits or {}).items():
            if name not in LIMITS:
                suggestion = did_you_mean(name, LIMITS)
                raise OptionError(Fault("options.no_limit", name=name, suggestion=suggestion))
            if type(value) is not int or value < 1:
                raise OptionError(Fault("errors.out_of_range", name=name, value=value, least=1))

    def limit(self, name: str) -> int:
        """A limit of what is read.

        Parameters
        ----------
        name : {"record_bytes", "columns", "expansion"}

        Examples
        --------
        >>> TableOptions().limit("columns"), TableOptions(limits={"columns": 20}).limit("columns")
        (16384, 20)
        """
        return {**LIMITS, **(self.limits or {})}[name]

    @checked
    def of_table(self, table: str) -> Self:
        """The same options for one table: mappings by table are resolved.

        Parameters
        ----------
        table : {"transactions", "firms", "firm_totals", "financials", "fields"}

        Examples
        --------
        >>> TableOptions(sheet={"firms": "一覧"}, header_row=3).of_table("firms").sheet
        '一覧'
        >>> TableOptions(sheet={"firms": "一覧"}).of_table("transactions").sheet is None
        True
        """
        by_table = ("sheet", "header_row", "names", "delimiter")
        given = {name: getattr(self, name) for name in by_table}
        own: dict[str, Any] = {n: v.get(table) for n, v in given.items() if isinstance(v, Mapping)}
        return replace(self, **own) if own else self


@dataclass(frozen=True)
class MoneyOptions(TableOptions):
    """How a table with money is read.

    Parameters
    ----------
    unit : str, optional
        円, 千円, 百万円, ...; by default read from the header or a title above it. Any other unit
        has factor 1.
    resolution : int or decimal
        Smallest amount told apart, in base units: a positive whole number, or 0.1, 0.01, ...
    rounding : {"error", "nearest"}
        What an amount that is no whole multiple of the resolution is: an error, or rounded half
        to even and counted.
    """

    unit: str | None = None
    resolution: int | float | str | Decimal | Fraction = 1
    rounding: Literal["error", "nearest"] = "error"

    @property
    def table(self) -> TableOptions:
        """Those of them that concern any table."""
        return TableOptions(**{f.name: getattr(self, f.name) for f in fields(TableOptions)})


@dataclass(frozen=True)
class FirmTotalsOptions(MoneyOptions):
    """How a table of firm totals is read.

    Parameters
    ----------
    share_unit : {"percent", "fraction"}, optional
        What a share without ``%`` is: 35 is 35% by default; ``"fraction"``: 0.35 is 35%. A column
        in which none is above 1 is an error unless it is given here.
    """

    share_unit: Literal["percent", "fraction"] | None = None


@dataclass(frozen=True)
class ReadOptions(MoneyOptions):
    """How the transaction table is read.

    Parameters
    ----------
    fiscal_year : bool
        Whether a date means its fiscal year, from April; by default its calendar year.
    firm_names : path or table, optional
        Names of firms and their ids, for transactions whose parties are names: a party that is
        one of these names is the firm with that id. A name of several ids is an error.
    manifest : path or mapping, optional
        ``{"file name": {"rows": ..., "amount": ..., "sha256": ...}}`` that the files must match.
    """

    fiscal_year: bool = False
    firm_names: Table | None = None
    manifest: Mapping[str, Any] | str | os.PathLike[str] | None = None


@dataclass(frozen=True)
class Policies(Options):
    """What to do with rows that are not plain; the first choice is the default.

    Parameters
    ----------
    missing_amount : {"error", "exclude"}
        Rows without an amount.
    self_trade : {"exclude", "include"}
        Rows in which seller and buyer are the same firm.
    intragroup : {"include", "exclude"}
        Rows in which seller and buyer have the same ``group_id``.
    unknown_firm : {"exclude", "outside", "error"}
        Rows with a party that the firm table lacks; ``"outside"`` counts it as out of region.
    unknown_region : {"exclude", "outside", "error"}
        Rows with a party whose region is empty.
    negative : {"net", "error", "drop"}
        Rows with a negative amount: returns and credit notes.

    Raises
    ------
    OptionError
        For a choice that is not offered.

    Examples
    --------
    >>> Policies(self_trade="include").self_trade
    'include'
    """

    missing_amount: Literal["error", "exclude"] = "error"
    self_trade: Literal["exclude", "include"] = "exclude"
    intragroup: Literal["include", "exclude"] = "include"
    unknown_firm: Literal["exclude", "outside", "error"] = "exclude"
    unknown_region: Literal["exclude", "outside", "error"] = "exclude"
    negative: Literal["net", "error", "drop"] = "net"


@dataclass(frozen=True)
class FirmTotalsPolicies(Options):
    """What to do with firms whose totals are not plain; the first choice is the default.

    Parameters
    ----------
    missing_amount : {"error", "exclude"}
        Firms without out-of-region sales or in-region purchases; ``"exclude"`` leaves the degree
        undefined that needs the amount.
    unknown_region : {"exclude", "error"}
        Firms without a region.
    implausible : {"error", "exclude", "include"}
        Firms with a part above the whole (out-of-region sales above sales, for example), a share
        above 100%, a negative amount, or an amount and a share that contradict each other.
    """

    missing_amount: Literal["error", "exclude"] = "error"
    unknown_region: Literal["exclude", "error"] = "exclude"
    implausible: Literal["error", "exclude", "include"] = "error"


@dataclass(frozen=True)
class RunOptions(Options):
    """How the work is shared out; the result does not depend on it.

    Parameters
    ----------
    threads : int, optional
        By default the number of processors, at most 8. Two of them need 64 bytes a firm.
    batch_rows : int, optional
        Rows decoded at a time.
    progress : bool, optional
        Show a progress bar; by default in a terminal or a notebook.
    """

    threads: int | None = None
    batch_rows: int | None = None
    progress: bool | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("threads", "batch_rows"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 1):
                raise OptionError(Fault("errors.out_of_range", name=name, value=value, least=1))


@dataclass(frozen=True)
class CaptionOptions(Options):
    """What stands in and below the title of a picture or report.

    Parameters
    ----------
    lang : {"ja", "en"}
        Language of all texts.
    year_label : str or int, optional
        The year to show; by default the years counted.
    source : str, optional
        The source to show; by default the files read.
    """

    lang: Language = "ja"
    year_label: str | int | None = None
    source: str | None = None


@dataclass(frozen=True)
class ShapeOptions(Options):
    """Real shapes of the regions, for maps.

    Parameters
    ----------
    geometry : path or dict, optional
        GeoJSON or TopoJSON, in degrees of longitude and latitude; by default a grid of tiles.
    code_property : str, optional
        The property of the shapes that holds the codes or names of the regions; by default the
        one that fits most regions.
    """

    geometry: str | os.PathLike[str] | dict[str, Any] | None = None
    code_property: str | None = None


@checked
@cache
def choices(group: type[Any]) -> Mapping[str, tuple[Any, ...]]:
    """The values that the options of a group offer, where these are a few.

    Examples
    --------
    >>> choices(RunOptions), choices(FirmTotalsOptions)["rounding"]
    ({}, ('error', 'nearest'))
    """
    hints = get_type_hints(group)
    found = {f.name: get_args(hints[f.name]) for f in fields(group)}
    return {n: c for n, c in found.items() if c and all(isinstance(v, str) for v in c)}


@checked
@cache
def descriptions(group: type[Any]) -> Mapping[str, str]:
    """The numpydoc entry of each option of a group, as its dataclass describes it.

    Examples
    --------
    >>> print(descriptions(RunOptions)["batch_rows"])
    batch_rows : int, optional
        Rows decoded at a time.
    """
    found: dict[str, str] = {}
    for base in reversed(group.__mro__):
        text = inspect.cleandoc(vars(base).get("__doc__") or "").partition("Parameters\n---")[2]
        section = re.split(r"\n\n\w+\n-{3,}\n", text.partition("\n")[2])[0]
        for entry in re.split(r"\n(?=\S)", section):
            if " : " in entry.partition("\n")[0]:
                found[entry.partition(" : ")[0]] = entry.rstrip()
    return {f.name: found[f.name] for f in fields(group)}


@checked
def flat_options(function: Callable[..., R]) -> Callable[..., R]:
    """Let a function take its groups of options as flat keywords.

    A parameter whose default is an instance of `Options` is a group: its fields become keywords,
    in the signature too, and a line ``{name}`` in the docstring becomes their descriptions. The
    group itself may be passed as well.

    Examples
    --------
    >>> @flat_options
    ... def read(path, *, run: RunOptions = RunOptions()):
    ...     return run.threads
    >>> read("a.csv", threads=2), read("a.csv", run=RunOptions(threads=3))
    (2, 3)
    >>> print(inspect.signature(read))  # doctest: +ELLIPSIS
    (path, *, threads: 'int | None' = None, batch_rows: 'int | None' = None, ...
    """
    signature = inspect.signature(function)
    function = checked(function)
    groups = {
        n: p.default for n, p in signature.parameters.items() if isinstance(p.default, Options)
    }
    group_of = {f.name: n for n, group in groups.items() for f in fields(group)}
    open_ended = any(p.kind is Parameter.VAR_KEYWORD for p in signature.parameters.values())

    @wraps(function)
    def flat(*args: Any, **keywords: Any) -> R:
        given: dict[str, dict[str, Any]] = {}
        for name in [n for n in keywords if n in group_of]:
            given.setdefault(group_of[name], {})[name] = keywords.pop(name)
        unknown = [n for n in keywords if n not in signature.parameters]
        if unknown and not open_ended:
            known = [n for n in flat.__signature__.parameters if n not in groups]  # type: ignore[attr-defined]
            suggestion = did_you_mean(unknown[0], known)
            raise OptionError(Fault("options.unknown", name=unknown[0], suggestion=suggestion))
        for name, values in given.items():
            keywords[name] = replace(keywords.get(name, groups[name]), **values)
        return function(*args, **keywords)

    flat.__signature__ = signature.replace(parameters=_flat_parameters(signature, groups))  # type: ignore[attr-defined]
    flat.__doc__ = _flat_docstring(function.__doc__ or "", groups)
    return flat


def _flat_parameters(
    signature: inspect.Signature, groups: Mapping[str, Options]
) -> list[inspect.Parameter]:
    parameters: list[Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.name not in groups:
            parameters.append(parameter)
            continue
        group = groups[parameter.name]
        parameters += [
            Parameter(
                f.name, Parameter.KEYWORD_ONLY, default=getattr(group, f.name), annotation=f.type
            )
            for f in fields(group)
        ]
    return sorted(parameters, key=lambda p: p.kind)  # ** stays last


def _flat_docstring(docstring: str, groups: Mapping[str, Options]) -> str:
    def describe(match: re.Match[str]) -> str:
        group: Any = type(groups[match[2]])
        entries = "\n".join(descriptions(group).values())
        return "\n".join(match[1] + line if line else "" for line in entries.splitlines())

    names = "|".join(groups) or "-"
    return re.sub(rf"^([ ]*)\{{({names})\}}$", describe, docstring, flags=re.MULTILINE)
