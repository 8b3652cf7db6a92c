"""Reads the tables of a job one after the other, and keeps the faults of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from dataclasses import fields as fields_of
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import text
from connhub.errors import ConnhubError, Fault, InputError
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.intake.ledger import Ledger
from connhub.intake.open_table import open_source
from connhub.intake.table_source import Source
from connhub.options import (
    FirmTotalsOptions,
    FirmTotalsPolicies,
    MoneyOptions,
    Policies,
    ReadOptions,
    RunOptions,
    TableOptions,
)
from connhub.recognition import RecognizedTable, recognize
from connhub.regions.scheme import LEVELS
from connhub.selection.fields import read_fields
from connhub.selection.financials import read_financials
from connhub.text.catalogue import Message
from connhub.totals.engines import engine_of
from connhub.totals.firm_totals import read_firm_totals
from connhub.totals.totals import Totals

__all__ = ["Examiner"]

Region = str | Mapping[str, str]
_NEEDS_FIRMS = frozenset(
    ("intake.unknown_region_code", "totals.refused_unknown_firm", "totals.refused_unknown_region")
)
"""Faults of transactions that mean nothing while the firm table cannot be read."""


@dataclass
class Examiner:
    """Reads one table after the other, and keeps the faults of all.

    Parameters
    ----------
    read : ReadOptions or FirmTotalsOptions
    region : str or mapping
    financials_unit : str or None
    engine : {"local", "spark"}
    """

    read: ReadOptions | FirmTotalsOptions
    region: Region
    financials_unit: str | None
    engine: str = "local"
    sources: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    errors: set[type[ConnhubError]] = field(default_factory=set)
    notes: list[Message] = field(default_factory=list)
    years: dict[str, tuple[int, ...]] = field(default_factory=dict)
    ledger: Ledger | None = None
    home: str | None = None
    """The region of all firms, or that all trade between regions is with, where there is one."""

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

    def read_transactions(self, *, year: Any, policies: Policies, run: RunOptions) -> None:
        """Read firms and transactions, and the other tables."""
        firms = self._firms()
        self.ledger = self._read_ledger(firms, year, policies, run)
        self._other_tables(firms)

    def read_firm_totals(self, policies: FirmTotalsPolicies) -> None:
        """Read a table of firm totals, and the other tables."""
        source, found = self.sources["firm_totals"], None
        if source is not None:
            work = partial(read_firm_totals, region=self.region, read=self.read, policies=policies)
            found = self._attempt(work, source)
        if found is not None:
            regions = np.unique(found.firms.regions.index)
            self.ledger, self.home = found.ledger, _only(regions, found.firms)
        self._other_tables(None if found is None else found.firms)

    def _firms(self) -> FirmTable | None:
        """The firm table, where it has no fault."""
        source = self.sources["firms"]
        if source is None:
            return None
        read_table, _ = engine_of(self.engine)
        found: FirmTable | None = self._attempt(
            read_table, source, region=self.region, read=self.read.table
        )
        return found

    def _read_ledger(
        self, firms: FirmTable | None, year: Any, policies: Policies, run: RunOptions
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
        self.home = _only(_regions_of_all_trade(totals), firms)
        ledger: Ledger = totals.to_ledger()
        self.years["transactions"] = ledger.years
        return ledger

    def _other_tables(self, firms: FirmTable | None) -> None:
        """Read the financials, and the table of fields."""
        if self.sources.get("financials") is not None:
            self._financials(self.sources["financials"], firms)
        if self.sources.get("fields") is not None and firms is not None:
            self._fields(self.sources["fields"], firms)

    def _financials(self, source: Source, firms: FirmTable | None) -> None:
        """Read the financials, whose firms should be in the firm table."""
        read = self.read
        of_money = MoneyOptions(
            **{f.name: getattr(read, f.name) for f in fields_of(TableOptions)},
            unit=self.financials_unit,
            resolution=read.resolution,
            rounding=read.rounding,
        )
        fiscal = isinstance(read, ReadOptions) and read.fiscal_year
        work = partial(read_financials, firms=firms, fiscal_year=fiscal, read=of_money)
        found = self._attempt(work, source)
        if found is not None:
            self.years["financials"] = found.years
            self.notes += found.notes

    def _fields(self, source: Source, firms: FirmTable) -> None:
        """Read the table of fields, whose firms must be in the firm table."""
        industry = None
        if "industry_code" in firms.table.column_names:
            industry = text(firms.table["industry_code"])
        found = self._attempt(
            read_fields,
            source,
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


def _regions_of_all_trade(totals: Totals) -> npt.NDArray[np.int64]:
    """Regions that all trade between regions is with: the own one, in the tables of an office."""
    sellers, buyers = np.nonzero(totals.flows[:, :, 1])
    across = sellers != buyers
    ends = np.stack([sellers[across], buyers[across]])
    return np.array([r for r in np.unique(ends) if (ends == r).any(axis=0).all()], dtype=np.int64)


def _only(regions: npt.NDArray[Any], firms: FirmTable) -> str | None:
    """Name of the region of the firm table that is one, and no other; None where there is none."""
    within = regions[regions < firms.regions.size]
    if len(within) != 1:
        return None
    return firms.directory.label(firms.regions.codes[within[0]], "ja")


def _stand_in(region: Region) -> FirmTable:
    """A firm table of nobody, to read transactions while the real one has faults."""
    names = ["firm_id", "prefecture_code", "municipality_code"]
    names += [region] if isinstance(region, str) and region not in (*LEVELS, *names) else []
    nobody = pa.table({name: pa.array([None], pa.string()) for name in names})
    return read_firms(nobody.set_column(0, "firm_id", [["-"]]), region=region)
