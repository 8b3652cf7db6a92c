"""Corrected copies of the tables of a job: what is certain made plain, and each change logged."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import text
from connhub.errors import ColumnError, ConnhubError, Fault, OptionError
from connhub.intake.amounts import MISSING, OK, ROUNDED, Money
from connhub.intake.cell_texts import is_blank, is_error, is_total
from connhub.intake.columns import recognized
from connhub.intake.ids import folded, plain_ids
from connhub.intake.open_table import open_source
from connhub.intake.table_source import Source
from connhub.intake.units import settle_unit
from connhub.intake.years import read_years
from connhub.labels import Language
from connhub.options import MoneyOptions, ReadOptions
from connhub.schema import label, money_columns
from connhub.selection.wide_financials import WideColumns, find_wide_columns
from connhub.storage import check_free, filling
from connhub.text.catalogue import Texts
from connhub.text.names import neutral
from connhub.text.numbers import split_unit

__all__ = ["LOG", "check_folder", "write_clean_copies"]

DESCRIPTION = "clean_copies.json"
LOG = "log.csv"
_LOG_HEADER = ("file", "row", "column", "before", "after")
_LANG: Language = "ja"  # headers of the copies are those that offices use
_IDS = ("firm_id", "seller_id", "buyer_id", "group_id")
_PARTIES = ("firm_id", "seller_id", "buyer_id")
_BATCH_ROWS = 1 << 16
Row = list[str]


def write_clean_copies(
    folder: str | os.PathLike[str],
    tables: Mapping[str, Any],
    *,
    read: ReadOptions = ReadOptions(),
    financials_unit: str | None = None,
) -> list[str]:
    """Write each table as plain CSV, with a log of every change.

    Headers are the Japanese labels of the roles, money is in base units without commas, years are
    numbers of four digits, and there are no blank rows; rows of totals are removed where
    ``total_rows="drop"`` says so, and financials with a column for each year become a row for
    each year. What cannot be read stays as it is. CSV is UTF-8 with BOM.

    Parameters
    ----------
    folder : path
        ``transactions.csv``, ``firms.csv``, ... and ``log.csv`` are written there, in place of
        those of an earlier run, and over no other file; ``clean_copies.json`` names them, with
        checksums.
    tables : mapping of str to path or table
        By ``transactions``, ``firms``, ``financials`` and ``fields``.
    read : ReadOptions
    financials_unit : str, optional

    Returns
    -------
    list of str
        Tables that could be written; one that cannot be read whole is left out.

    Raises
    ------
    StorageError
        When a file of that name is there that is not ours.

    Examples
    --------
    >>> import tempfile
    >>> trade = pa.table({"販売元": ["a"], "販売先": ["b"], "取引金額(千円)": ["1,200"]})
    >>> with tempfile.TemporaryDirectory() as name:
    ...     written = write_clean_copies(Path(name, "clean"), {"transactions": trade})
    ...     print(Path(name, "clean", "transactions.csv").read_text("utf-8-sig"))
    販売元,販売先,取引金額(円)
    a,b,1200000
    <BLANKLINE>
    """
    written: list[str] = []
    filled = filling(folder, DESCRIPTION, inputs=_paths(tables))
    with filled as draft, ExitStack() as files:
        log = _writer(draft.path / LOG, files)
        log(_LOG_HEADER)
        for name, data in tables.items():
            try:
                copy = _Copy.of(name, data, read, financials_unit)
                entries = copy.write(draft.path / f"{name}.csv")
            except ConnhubError:  # what is wrong is among the faults of the examination
                (draft.path / f"{name}.csv").unlink(missing_ok=True)
                continue
            written.append(name)
            for entry in entries:
                log([neutral(cell) for cell in entry])
    return written


def check_folder(folder: Path, tables: Mapping[str, Any]) -> None:
    """Refuse to write over files that an earlier run did not write, or that are read.

    Parameters
    ----------
    folder : Path
    tables : mapping of str to path or table

    Raises
    ------
    StorageError
    """
    check_free(folder, DESCRIPTION, [f"{n}.csv" for n in tables] + [LOG], inputs=_paths(tables))


def _paths(tables: Mapping[str, Any]) -> list[str]:
    return [str(data) for data in tables.values() if isinstance(data, str | os.PathLike)]


def _writer(path: Path, files: ExitStack) -> Callable[[Sequence[str]], Any]:
    handle = files.enter_context(path.open("w", encoding="utf-8-sig", newline=""))
    return csv.writer(handle).writerow


@dataclass
class _Copy:
    """A table that is copied."""

    name: str
    source: Source
    raw: Source | None  # without missing marks and merged cells filled in, for the log
    read: MoneyOptions
    fiscal: bool
    roles: Mapping[str, str]
    wide: WideColumns | None
    money: Mapping[str, Money]
    log: list[tuple[str, ...]] = field(default_factory=list)

    @classmethod
    def of(cls, name: str, data: Any, read: ReadOptions, financials_unit: str | None) -> _Copy:
        source = open_source(data, name, read)
        errors = tuple(mark for mark in read.missing_marks if is_error(mark))
        merged: Any = "keep" if read.merged_cells == "fill" else read.merged_cells
        as_it_stands = replace(read, missing_marks=errors, merged_cells=merged)
        raw = None if as_it_stands == read else open_source(data, name, as_it_stands)
        names = source.schema.names
        unit = financials_unit if name == "financials" else read.unit
        roles = recognized(name, names, read.columns)
        wide = find_wide_columns(names, read.columns, "") if name == "financials" else None
        if wide is not None:
            roles = {role: header for role, header in roles.items() if role == "firm_id"}
        headers = {role: [roles[role]] for role in roles}
        headers |= {role: list(by_year.values()) for role, by_year in (wide or {}).items()}
        money = {
            header: Money.of(
                settle_unit(header, unit, source.titles), read.resolution, read.rounding
            )
            for role in money_columns(name)
            for header in headers.get(role, ())
        }
        return cls(name, source, raw, read, read.fiscal_year, roles, wide, money)

    def write(self, path: Path) -> list[tuple[str, ...]]:
        """Write the copy; return the changes."""
        names = self.source.schema.names
        with ExitStack() as files:
            write = _writer(path, files)
            write(self._header(names))
            for before, after, rows, file in self._batches(names):
                self._copy_rows(before, after, rows, file, write)
        return self.log

    def _header(self, names: Sequence[str]) -> Row:
        """New headers, and the log of those that differ."""
        file = Path(self.source.files[0]).name
        row = self.source.layouts[0].header_row if self.source.layouts else 0
        role_of = {header: role for role, header in self.roles.items()}
        if self.wide is not None:
            values = [self._label(role, next(iter(self.wide[role].values()))) for role in self.wide]
            for header in (h for by_year in self.wide.values() for h in by_year.values()):
                role = next(r for r, by_year in self.wide.items() if header in by_year.values())
                self.log.append((file, str(row), header, header, self._label(role, header)))
            year = label(self.name, "year", _LANG)
            kept = [self._renamed(n, role_of) for n in names if not self._is_value(n)]
            return [*kept, year, *values]
        new = [self._renamed(name, role_of) for name in names]
        for before, after in zip(names, new, strict=True):
            if before != after:
                self.log.append((file, str(row), before, before, after))
        return new

    def _renamed(self, name: str, role_of: Mapping[str, str]) -> str:
        if name in role_of:
            return self._label(role_of[name], name)
        roles = recognized(self.name, [name])
        if set(roles) & set(self.roles) or (self.wide is not None and "year" in roles):
            return Texts("clean_copies", _LANG)("for_reference", name=name)
        return name

    def _label(self, role: str, header: str) -> str:
        known = label(self.name, role, _LANG)
        if header not in self.money:
            return known
        _, base = split_unit(self.money[header].result_unit)
        return Texts("clean_copies", _LANG)("in_unit", name=known, unit=base)

    def _is_value(self, name: str) -> bool:
        return any(name in by_year.values() for by_year in (self.wide or {}).values())

    def _batches(
        self, names: Sequence[str]
    ) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch, int, int]]:
        """Batches as they stand and as they are read, with their first record, and the file."""
        counted: dict[int, int] = {}
        parts = self.source.parts(names, _BATCH_ROWS, 1)
        raw_parts = None if self.raw is None else self.raw.parts(names, _BATCH_ROWS, 1)
        for part in parts:
            read = list(part.read())
            raw = read if raw_parts is None else list(next(raw_parts).read())
            if part.skipped:
                raise ColumnError(Fault("intake.number_of_fields", count=len(part.skipped)))
            for (after, position), (before, _) in zip(read, raw, strict=True):
                start = counted.get(part.file, 0) + position
                yield before, after, start, part.file
            counted[part.file] = counted.get(part.file, 0) + sum(b.num_rows for b, _ in read)
        self.source.check_unchanged()

    def _copy_rows(
        self,
        before: pa.RecordBatch,
        after: pa.RecordBatch,
        first: int,
        file: int,
        write: Callable[[Sequence[str]], Any],
    ) -> None:
        names = self.source.schema.names
        old = {n: _texts(before[n]) for n in names}
        new = {n: self._cleaned(n, after[n]) for n in names}
        blank, total = self._no_records(after)
        file_name = Path(self.source.files[file]).name

        def row(i: int) -> str:
            return str(self.source.row(first + i, file))

        for i in range(after.num_rows):
            if blank[i] or total[i]:
                content = " ".join(old[n][i] for n in names if old[n][i])
                removed = Texts("clean_copies", _LANG)("blank_row" if blank[i] else "total_row")
                self.log.append((file_name, row(i), "", content, removed))
                continue
            for n in names:
                if old[n][i] != new[n][i]:
                    self.log.append((file_name, row(i), n, old[n][i], new[n][i]))
            if self.wide is None:
                write([new[n][i] for n in names])
                continue
            kept = [new[n][i] for n in names if not self._is_value(n)]
            for year in sorted({y for by_year in self.wide.values() for y in by_year}):
                values = [
                    new[by_year[year]][i] if year in by_year else ""
                    for by_year in self.wide.values()
                ]
                if any(values):
                    write([*kept, str(year), *values])

    def _no_records(
        self, batch: pa.RecordBatch
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Rows without any cell, and rows of totals where these are to be dropped."""
        blank = np.ones(batch.num_rows, dtype=bool)
        for column in batch.columns:
            blank &= is_blank(column)
        total = np.zeros(batch.num_rows, dtype=bool)
        if self.read.total_rows == "drop":
            named = [[is_total(cell) for cell in _texts(column)] for column in batch.columns]
            total = np.any(named, axis=0)
            for role in _PARTIES:  # a row with an id is a record, whatever its other cells say
                if role in self.roles:
                    at = batch.schema.names.index(self.roles[role])
                    total &= np.asarray(named[at]) | is_blank(batch.column(at))
        return blank, total

    def _cleaned(self, name: str, values: pa.Array) -> Row:
        """Cells of a column in their plain form; what is not certain as it is."""
        cells = _texts(values)
        role = next((r for r, header in self.roles.items() if header == name), None)
        if name in self.money:
            return self._amounts(name, self.money[name], values, cells)
        if role == "employees" or (self.wide is not None and self._is_value(name)):
            return self._amounts(name, Money.of("", 1), values, cells)
        if role == "year":
            years = read_years(values, fiscal=self.fiscal).years.tolist()
            return [str(y) if y else cell for y, cell in zip(years, cells, strict=True)]
        if role in _IDS:
            ids, _ = plain_ids(values)
            return [neutral(cell) for cell in _texts(folded(ids) if self.read.fold_ids else ids)]
        return [neutral(cell) for cell in cells]

    @staticmethod
    def _amounts(name: str, money: Money, values: pa.Array, cells: Row) -> Row:
        try:
            stored, status = money.parse(values, name)
        except (ColumnError, OptionError):
            return cells
        places = len(str(split_unit(money.result_unit)[0])) - 1
        known = np.isin(status, (OK, ROUNDED))
        return [
            _plain(amount * money.step, places) if sure else "" if code == MISSING else cell
            for amount, sure, code, cell in zip(
                stored.tolist(), known.tolist(), status.tolist(), cells, strict=True
            )
        ]


def _plain(amount: int, places: int) -> str:
    return f"{Decimal(amount).scaleb(-places):f}" if places else str(amount)


def _texts(values: pa.Array) -> Row:
    return [cell or "" for cell in text(values).to_pylist()]
