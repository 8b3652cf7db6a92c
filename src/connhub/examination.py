"""All tables of a job looked at together: what was recognized, and every fault at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from dataclasses import fields as fields_of
from pathlib import Path
from typing import Any, Literal, TypeVar

import pyarrow as pa

from connhub.arguments import Table, checked
from connhub.clean_copies import check_folder, write_clean_copies
from connhub.errors import ConnhubError, Fault, InputError
from connhub.examiner import Examiner
from connhub.intake.ledger import Ledger
from connhub.next_steps import Proposal, next_commands, propose
from connhub.options import (
    FirmTotalsOptions,
    FirmTotalsPolicies,
    Options,
    Policies,
    ReadOptions,
    RunOptions,
    flat_options,
)
from connhub.recognition import RecognizedTable
from connhub.selection.financial_indicators import FINANCIAL
from connhub.text.catalogue import Message

__all__ = ["Examination", "check", "examine", "examine_firm_totals"]

Region = str | Mapping[str, str]
Group = TypeVar("Group", bound=Options)
_TABLES = ("transactions", "firms", "firm_totals", "financials", "fields")
_USUAL = {"region": "prefecture", "engine": "local"}


@dataclass(frozen=True, eq=False)
class Examination:
    """What is known of all tables of a job.

    Parameters
    ----------
    tables : tuple of RecognizedTable
        Those that could be opened.
    faults : tuple of Fault
        Of all tables.
    ledger : Ledger or None
        None where transactions or firms have faults.
    notes : tuple of Message
        On the other tables.
    clean_copies : Path or None
        Folder of the corrected copies, where these were asked for.
    error : type
        What the faults are raised as: `InputError` where they are of several kinds.
    proposals : tuple of Proposal
        Options that answer faults.
    left : tuple of Fault
        Faults that no option answers: the tables must be mended.
    given : mapping
        The tables by name, and the options that differ from the default.
    home : str or None
        The one region that all trade between regions is with, as in the tables of an office.
    """

    tables: tuple[RecognizedTable, ...]
    faults: tuple[Fault, ...]
    ledger: Ledger | None
    notes: tuple[Message, ...] = ()
    clean_copies: Path | None = None
    error: type[ConnhubError] = InputError
    proposals: tuple[Proposal, ...] = ()
    left: tuple[Fault, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    home: str | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The options with which the tables can be read, those given, and those proposed.

        Of reading, policies, region and year, as `analyze` and `analyze_firm_totals` take them.
        """
        given = {n: v for n, v in self.given.items() if n not in (*_TABLES, "financials_unit")}
        return given | {p.option: p.value for p in self.proposals}

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands to run next, as they are typed; while a table must be mended, the check."""
        return self.next_commands(self.given)

    @checked
    def next_commands(self, given: Mapping[str, Any]) -> tuple[str, ...]:
        """The commands to run next, where the options were typed in another form.

        Parameters
        ----------
        given : mapping
            In place of the attribute: tables by name, and options.

        Returns
        -------
        tuple of str
        """
        tables = {n: data for n, data in given.items() if n in _TABLES}
        typed = {n: v for n, v in given.items() if n not in _TABLES}
        typed |= {p.option: p.value for p in self.proposals}
        roles = next((set(t.roles) for t in self.tables if t.table == "financials"), set())
        scheme = "historical-fy2019" if set(FINANCIAL.values()) <= roles else None
        again = bool(self.left)
        return next_commands(tables, typed, scheme=scheme, of_region=self.home, again=again)

    def raise_faults(self) -> Ledger:
        """The ledger, where nothing is wrong.

        Returns
        -------
        Ledger

        Raises
        ------
        ConnhubError
            Of the kind `error`, with all faults of all tables.
        """
        if self.faults or self.ledger is None:
            raise self.error(*self.faults)
        return self.ledger


@flat_options
def examine(
    transactions: Table,
    firms: Table,
    *,
    financials: Table | None = None,
    financials_unit: str | None = None,
    fields: Table | None = None,
    write_clean: str | os.PathLike[str] | None = None,
    region: Region = "prefecture",
    year: int | Sequence[int] | None = None,
    engine: Literal["local", "spark"] = "local",
    read: ReadOptions = ReadOptions(),
    policies: Policies = Policies(),
    run: RunOptions = RunOptions(),
) -> Examination:
    """Look at all tables of a job: what each was recognized as, and every fault of all.

    Parameters
    ----------
    transactions, firms : path, list of paths, or table
        As in `analyze`.
    financials, fields : path or table, optional
        As in `Analysis.select`.
    financials_unit : str, optional
        Unit of the money of the financials, where the headers name none.
    write_clean : path, optional
        Folder for corrected copies of the tables, with a log of each change, also where there are
        faults: headers, money in base units, years as numbers, no blank rows. See the how-to on
        your own data.
    region : {"prefecture", "municipality", "block"}, column name, or mapping
        What a region is, as in `analyze`.
    year : int or sequence of int, optional
        Years to count; by default all are added up.
    engine : {"local", "spark"}
        What adds up, as in `analyze`; with Spark the columns are not told.
    {read}
    {policies}
    {run}

    Returns
    -------
    Examination

    Examples
    --------
    >>> firms = pa.table({"法人番号": ["a", "b", "b"], "都道府県": ["新潟県", "東京都", "東京都"]})
    >>> trade = pa.table({"販売元": ["a"], "販売先": ["b"], "取引金額(千円)": ["x"]})
    >>> found = examine(trade, firms)
    >>> [fault.kind for fault in found.faults]
    ['intake.repeated_id', 'intake.unreadable_number']
    >>> found.tables[0].roles["amount"]
    ('取引金額(千円)',)
    """
    tables = _given(transactions=transactions, firms=firms, financials=financials, fields=fields)
    copies = None if write_clean is None else Path(write_clean)
    if copies is not None:
        check_folder(copies, tables)  # before the work, not after it

    def look(changes: Mapping[str, Any]) -> Examiner:
        examiner = Examiner(_with(read, changes), region, financials_unit, engine)
        examiner.open(tables)
        examiner.read_transactions(year=year, policies=_with(policies, changes), run=run)
        return examiner

    options = {"region": region, "year": year, "financials_unit": financials_unit}
    options |= {"engine": engine, **_chosen(read), **_chosen(policies), **_chosen(run)}
    found = _examined(tables, _given(**options), look)
    if copies is not None:
        written = write_clean_copies(copies, tables, read=read, financials_unit=financials_unit)
        if left := [t for t in tables if t not in written]:
            found = replace(found, notes=(*found.notes, *map(_not_written, left)))
    return replace(found, clean_copies=copies)


@flat_options
def examine_firm_totals(
    table: Table,
    *,
    financials: Table | None = None,
    financials_unit: str | None = None,
    fields: Table | None = None,
    region: Region = "prefecture",
    read: FirmTotalsOptions = FirmTotalsOptions(),
    policies: FirmTotalsPolicies = FirmTotalsPolicies(),
) -> Examination:
    """Look at a table of firm totals, and the tables beside it, as `examine` does.

    Parameters
    ----------
    table : path or table
        As in `analyze_firm_totals`.
    financials, fields : path or table, optional
        As in `Analysis.select`.
    financials_unit : str, optional
        Unit of the money of the financials, where the headers name none.
    region : {"prefecture", "municipality", "block"}, column name, or mapping
        What a region is, as in `analyze`.
    {read}
    {policies}

    Returns
    -------
    Examination

    Examples
    --------
    >>> survey = pa.table({"法人番号": ["a", "合計"], "都道府県": ["新潟県", None],
    ...                    "県外売上高(千円)": [6, 6], "県内仕入高(千円)": [1, 1]})
    >>> found = examine_firm_totals(survey)
    >>> [fault.kind for fault in found.faults], found.options, found.left
    (['intake.total_rows'], {'total_rows': 'drop'}, ())
    """
    tables = _given(firm_totals=table, financials=financials, fields=fields)

    def look(changes: Mapping[str, Any]) -> Examiner:
        examiner = Examiner(_with(read, changes), region, financials_unit)
        examiner.open(tables)
        examiner.read_firm_totals(_with(policies, changes))
        return examiner

    options = {"region": region, "financials_unit": financials_unit}
    return _examined(tables, _given(**options, **_chosen(read), **_chosen(policies)), look)


@flat_options
def check(
    transactions: Table,
    firms: Table,
    *,
    financials: Table | None = None,
    financials_unit: str | None = None,
    fields: Table | None = None,
    write_clean: str | os.PathLike[str] | None = None,
    region: Region = "prefecture",
    year: int | Sequence[int] | None = None,
    engine: Literal["local", "spark"] = "local",
    read: ReadOptions = ReadOptions(),
    policies: Policies = Policies(),
    run: RunOptions = RunOptions(),
) -> Ledger:
    """Validate the tables and return the ledger, without computing degrees.

    Parameters
    ----------
    transactions, firms : path, list of paths, or table
        As in `analyze`.
    financials, fields : path or table, optional
        As in `Analysis.select`; they are read as well.
    financials_unit : str, optional
        Unit of the money of the financials, where the headers name none.
    write_clean : path, optional
        Folder for corrected copies of the tables, with a log of each change, also where there are
        faults: headers, money in base units, years as numbers, no blank rows. See the how-to on
        your own data.
    region : {"prefecture", "municipality", "block"}, column name, or mapping
        What a region is, as in `analyze`.
    year : int or sequence of int, optional
        Years to count; by default all are added up.
    engine : {"local", "spark"}
        What adds up, as in `analyze`.
    {read}
    {policies}
    {run}

    Returns
    -------
    Ledger

    Raises
    ------
    InputError
        All faults of all tables at once.
    ColumnError, OptionError, LimitError, MissingExtraError

    Examples
    --------
    >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    >>> trade = pa.table({"seller_id": ["a", "a"], "buyer_id": ["b", "x"], "amount": [70, 30]})
    >>> check(trade, firms).entry("unknown_firm")
    (1, 30)
    """
    found = examine(
        transactions,
        firms,
        financials=financials,
        financials_unit=financials_unit,
        fields=fields,
        write_clean=write_clean,
        region=region,
        year=year,
        engine=engine,
        read=read,
        policies=policies,
        run=run,
    )
    return found.raise_faults()


def _examined(
    tables: Mapping[str, Any],
    options: Mapping[str, Any],
    look: Callable[[Mapping[str, Any]], Examiner],
) -> Examination:
    """Look at the tables; with the options that answer faults, look at them again."""
    first = last = look({})

    def look_again(changes: Mapping[str, Any]) -> Sequence[Fault]:
        nonlocal last
        last = look(changes)
        return last.faults

    proposals: tuple[Proposal, ...] = ()
    left = tuple(first.faults)
    if left and not any(isinstance(t, pa.RecordBatchReader) for t in tables.values()):
        proposals, left = propose(left, options, look_again)
    return Examination(
        first.recognized(),
        tuple(first.faults),
        first.ledger,
        tuple(first.notes),
        error=first.error,
        proposals=proposals,
        left=left,
        given={**tables, **{n: v for n, v in options.items() if not _is(v, _USUAL.get(n))}},
        home=last.home,
    )


def _not_written(table: str) -> Message:
    return Message("clean_copies.not_written", table=Message(f"console.table_{table}"))


def _given(**values: Any) -> dict[str, Any]:
    """Those that are given."""
    return {name: value for name, value in values.items() if value is not None}


def _chosen(group: Options) -> dict[str, Any]:
    """Options of a group that differ from the default."""
    usual: Options = type(group)()
    pairs = {f.name: (getattr(group, f.name), getattr(usual, f.name)) for f in fields_of(group)}
    return {n: v for n, (v, default) in pairs.items() if not _is(v, default)}


def _is(value: Any, other: Any) -> bool:
    """Whether two values are the same; tables are never compared."""
    return value is other or (isinstance(value, str | int | tuple) and bool(value == other))


def _with(group: Group, changes: Mapping[str, Any]) -> Group:
    """A group of options with those of the changes that are its own."""
    own = {f.name for f in fields_of(group)}
    return replace(group, **{n: v for n, v in changes.items() if n in own})
