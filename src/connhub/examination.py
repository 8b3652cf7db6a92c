"""All tables of a job looked at together: what was recognized, and every fault at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from dataclasses import fields as fields_of
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from connhub.arrow import text
from connhub.clean_copies import check_folder, write_clean_copies
from connhub.errors import ConnhubError, Fault, InputError
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.intake.ledger import Ledger
from connhub.intake.open_table import open_source
from connhub.intake.table_source import Source
from connhub.options import (
    MoneyOptions,
    Policies,
    ReadOptions,
    RunOptions,
    TableOptions,
    flat_options,
)
from connhub.recognition import RecognizedTable, recognize
from connhub.regions.scheme import LEVELS
from connhub.selection.fields import read_fields
from connhub.selection.financials import read_financials
from connhub.text.catalogue import Message
from connhub.totals.engines import engine_of

__all__ = ["Examination", "check", "examine"]

Region = str | Mapping[str, str]
_NEEDS_FIRMS = frozenset(
    ("intake.unknown_region_code", "totals.refused_unknown_firm", "totals.refused_unknown_region")
)
"""Faults of transactions that mean nothing while the firm table cannot be read."""


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
    """

    tables: tuple[RecognizedTable, ...]
    faults: tuple[Fault, ...]
    ledger: Ledger | None
    notes: tuple[Message, ...] = ()
    clean_copies: Path | None = None
    error: type[ConnhubError] = InputError

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


@dataclass
class _Examiner:
    """Reads one table after the other, and keeps the faults of all."""

    read: ReadOptions
    region: Region
    financials_unit: str | None
    engine: str
    sources: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    errors: set[type[ConnhubError]] = field(default_factory=set)
    notes: list[Message] = field(default_factory=list)
    years: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def error(self) -> type[ConnhubError]:
        """What the faults are raised as."""
        return next(iter(self.errors)) if len(self.errors) == 1 else InputError

    def _attempt(
        self, work: Callable[..., Any], *args: Any, ignored: frozenset[str] = frozenset(), **kw: Any
    ) -> Any:
        """What the work returns; None where it fails, and then its faults are kept."""
        try:
            return work(*args, **kw)
        except ConnhubError as error:
            new = [f for f in error.faults if f.kind not in ignored and f not in self.faults]
            if new:
                self.errors.add(type(error))
            self.faults += new
            return None

    def open(self, tables: Mapping[str, Any]) -> None:
        """Open all tables; with Spark the cluster opens transactions and firms."""
        for name, data in tables.items():
            if self.engine == "spark" and name in ("transactions", "firms"):
                self.sources[name] = data
            else:
                self.sources[name] = self._attempt(open_source, data, name, self.read)

    def firms(self) -> FirmTable | None:
        """The firm table, where it has no fault."""
        source = self.sources["firms"]
        if source is None:
            return None
        read_table, _ = engine_of(self.engine)
        found: FirmTable | None = self._attempt(
            read_table, source, region=self.region, read=self.read.table
        )
        return found

    def ledger(
        self, firms: FirmTable | None, *, year: Any, policies: Policies, run: RunOptions
    ) -> Ledger | None:
        """The ledger, where neither transactions nor firms have a fault."""
        source = self.sources["transactions"]
        if source is None:
            return None
        known, ignored = firms, frozenset[str]()
        if known is None:
            known = self._attempt(_stand_in, self.region)
            policies = replace(policies, unknown_firm="exclude", unknown_region="exclude")
            ignored = _NEEDS_FIRMS
        if known is None:
            return None
        _, add_rows = engine_of(self.engine)
        options = {"year": year, "read": self.read, "policies": policies, "run": run}
        totals = self._attempt(add_rows, source, known, ignored=ignored, **options)
        if totals is None or firms is None:
            return None
        self._attempt(totals.refuse_nothing_found)
        ledger: Ledger = totals.to_ledger()
        self.years["transactions"] = ledger.years
        return ledger

    def financials(self, firms: FirmTable | None) -> None:
        """Read the financials, whose firms should be in the firm table."""
        if self.sources.get("financials") is None:
            return
        read = self.read
        of_money = MoneyOptions(
            **{f.name: getattr(read, f.name) for f in fields_of(TableOptions)},
            unit=self.financials_unit,
            resolution=read.resolution,
            rounding=read.rounding,
        )
        work = partial(read_financials, firms=firms, fiscal_year=read.fiscal_year, read=of_money)
        found = self._attempt(work, self.sources["financials"])
        if found is not None:
            self.years["financials"] = found.years
            self.notes += found.notes

    def fields(self, firms: FirmTable | None) -> None:
        """Read the table of fields, whose firms must be in the firm table."""
        if self.sources.get("fields") is None or firms is None:
            return
        industry = None
        if "industry_code" in firms.table.column_names:
            industry = text(firms.table["industry_code"])
        found = self._attempt(
            read_fields,
            self.sources["fields"],
            text(firms.table["firm_id"]),
            industry=industry,
            read=replace(self.read.table, columns=None),
        )
        self.notes += [] if found is None else found.notes

    def recognized(self) -> tuple[RecognizedTable, ...]:
        """What each table that was opened is recognized as."""
        return tuple(
            recognize(
                name,
                source,
                read=self.read,
                region=self.region,
                financials_unit=self.financials_unit,
                years=self.years.get(name, ()),
            )
            for name, source in self.sources.items()
            if isinstance(source, Source)
        )


@flat_options
def examine(
    transactions: Any,
    firms: Any,
    *,
    financials: Any = None,
    financials_unit: str | None = None,
    fields: Any = None,
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
    given = {
        "transactions": transactions,
        "firms": firms,
        "financials": financials,
        "fields": fields,
    }
    given = {name: data for name, data in given.items() if data is not None}
    copies = None if write_clean is None else Path(write_clean)
    if copies is not None:
        check_folder(copies, given)  # before the work, not after it
    examiner = _Examiner(read, region, financials_unit, engine)
    examiner.open(given)
    table = examiner.firms()
    ledger = examiner.ledger(table, year=year, policies=policies, run=run)
    examiner.financials(table)
    examiner.fields(table)
    if copies is not None:
        write_clean_copies(copies, given, read=read, financials_unit=financials_unit)
    return Examination(
        examiner.recognized(),
        tuple(examiner.faults),
        ledger,
        tuple(examiner.notes),
        copies,
        examiner.error,
    )


@flat_options
def check(
    transactions: Any,
    firms: Any,
    *,
    financials: Any = None,
    financials_unit: str | None = None,
    fields: Any = None,
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


def _stand_in(region: Region) -> FirmTable:
    """A firm table of nobody, to read transactions while the real one has faults."""
    names = ["firm_id", "prefecture_code", "municipality_code"]
    names += [region] if isinstance(region, str) and region not in (*LEVELS, *names) else []
    nobody = pa.table({name: pa.array([None], pa.string()) for name in names})
    return read_firms(nobody.set_column(0, "firm_id", [["-"]]), region=region)
