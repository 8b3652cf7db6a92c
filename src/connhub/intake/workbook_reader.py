"""Workbooks: the sheet of ``.xlsx``, ``.xlsm`` and ``.xls`` that holds the table, cells as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from connhub.errors import ColumnError, Fault, InputError, OptionError, did_you_mean
from connhub.intake.cell_texts import is_total
from connhub.intake.header import (
    HEAD_ROWS,
    Area,
    Header,
    choose_header,
    first_row_as_header,
    head_rows,
    is_header,
    number_columns,
)
from connhub.intake.sheet_xml import cell_name
from connhub.intake.sheets import Book, Sheet, cell_text, open_book
from connhub.intake.stream_reader import open_stream
from connhub.intake.table_source import Layout, Part, Source
from connhub.options import MoneyOptions, TableOptions
from connhub.schema import YEN_UNITS, unit_words
from connhub.text.catalogue import SHOWN, Message

__all__ = ["open_workbook"]

_INEXACT = 2**53


def open_workbook(path: Path, table: str, read: TableOptions) -> Source:
    """Open the sheet of a workbook that holds a table.

    Parameters
    ----------
    path : Path
    table : {"transactions", "firms", "financials", "fields"}
    read : TableOptions
        Of this table.

    Returns
    -------
    Source

    Raises
    ------
    InputError, ColumnError, OptionError, LimitError, MissingExtraError
    """
    book = open_book(path, read.limit("expansion"))
    sheet, header = _chosen(book, table, read, str(path))
    columns = _Columns(sheet, header, table, read)
    source = open_stream(columns.table())

    def parts(chosen: Sequence[str], batch_rows: int, threads: int) -> Iterator[Part]:
        if faults := columns.faults(chosen):
            raise InputError(*(fault.at(file=str(path)) for fault in faults))
        return source.parts(chosen, batch_rows, threads)

    notes = header.notes(path.name)
    if sheet.name in book.hidden:
        notes.append(Message("intake.hidden_sheet_found", sheet=sheet.name, file=path.name))
    elif len(book.names) > 1:
        notes.append(Message("intake.sheet_found", sheet=sheet.name, file=path.name))
    if columns.filled:
        notes.append(Message("intake.merged_filled", count=columns.filled, file=path.name))
    titles = (*header.titles, sheet.name)  # of which a unit may be one
    layout = Layout("workbook", header.row, header.row + 1, sheet.name, titles=titles)
    return Source(source.schema, (str(path),), (path,), source.size, parts, notes, (layout,))


def _chosen(book: Book, table: str, read: TableOptions, file: str) -> tuple[Sheet, Header]:
    """The sheet that is named, else the only one with a header that is recognized."""
    if read.sheet is not None:
        return _opened(book.sheet(_sheet_name(book, read.sheet, file)), table, read, file)
    for names in (book.names, book.hidden):  # hidden ones only where no other will do
        certain: list[tuple[Sheet, Header]] = []
        possible: list[tuple[Sheet, Header]] = []
        for name in names:
            if (found := _recognized(book, name, table, read)) is not None:
                (certain if found[1].certain else possible).append(found)
        if len(sheets := certain or possible) > 1:
            known = [sheet.name for sheet, _ in sheets]
            raise OptionError(Fault("intake.several_sheets", sheets=known, file=file))
        if sheets:
            return sheets[0]
    filled = [name for name in book.names if not book.is_empty(name)]
    if not filled:
        raise InputError(Fault("intake.empty_sheet", file=file))
    if len(filled) > 1:
        fault = Fault("intake.no_sheet_with_header", table=table, sheets=filled, file=file)
        raise ColumnError(fault)
    return _opened(book.sheet(filled[0]), table, read, file)


def _sheet_name(book: Book, sheet: Any, file: str) -> str:
    names = [*book.names, *book.hidden]
    if isinstance(sheet, int) and 0 < sheet <= len(book.in_order):
        return book.in_order[sheet - 1]
    if str(sheet) in names:
        return str(sheet)
    suggestion = did_you_mean(sheet, names)
    raise OptionError(Fault("intake.no_sheet", sheet=sheet, suggestion=suggestion, file=file))


def _opened(sheet: Sheet, table: str, read: TableOptions, file: str) -> tuple[Sheet, Header]:
    rows = _head(sheet, read)
    if not any(map(any, rows)):
        raise InputError(Fault("intake.empty_sheet", file=file))
    header = choose_header(rows, table, read, merged=sheet.merged)
    return sheet, header or first_row_as_header(rows, file)


def _recognized(
    book: Book, name: str, table: str, read: TableOptions
) -> tuple[Sheet, Header] | None:
    if book.is_empty(name) or (book.is_sparse(name) and len(book.in_order) > 1):
        return None
    sheet = book.sheet(name)
    try:
        header = choose_header(_head(sheet, read), table, read, merged=sheet.merged)
    except OptionError:  # it may be another sheet that is meant
        if len(book.in_order) == 1:
            raise
        return None
    if header is None or not is_header(table, header.names, read):
        return None
    return sheet, header


def _head(sheet: Sheet, read: TableOptions) -> list[list[str | None]]:
    rows = max(
        [head_rows(read), *(bottom + 1 for top, _, bottom, _ in sheet.merged if top < HEAD_ROWS)]
    )
    return [[cell_text(value) for value in row] for row in sheet.rows[:rows]]


class _Columns:
    """The columns of a sheet below its header, and what is wrong with their cells."""

    def __init__(self, sheet: Sheet, header: Header, table: str, read: TableOptions) -> None:
        self.sheet, self.header = sheet, header
        for place in [p for p, text in sheet.errors.items() if text in read.missing_marks]:
            del sheet.errors[place]
            sheet.rows[place[0]][place[1]] = None
        self.unit = read.unit if isinstance(read, MoneyOptions) else None
        self.numbers = number_columns(table, header.names, read)
        hiding = [a for a in sheet.merged if self._is_data(a[2]) and self._hides_values(a)]
        self.is_filled = read.merged_cells == "fill"
        self.filled = len(hiding) if self.is_filled else 0
        if self.is_filled:
            self._fill(hiding)
        self.merged = [] if read.merged_cells == "keep" else hiding
        columns = [[cell_text(v) for v in c] for c in zip(*sheet.rows[header.row :], strict=True)]
        columns = columns or [[] for _ in header.names]
        self.at: dict[str, int] = {}
        self.names: list[str] = []
        self.arrays: list[pa.Array] = []
        for i, (name, column) in enumerate(zip(header.names, columns, strict=True)):
            if name or any(column):  # no empty columns beside the table
                self.names.append(name or f"column {i + 1}")
                self.at[self.names[-1]] = i
                self.arrays.append(pa.array(column, pa.large_string()))
        self.of_column = {name: self._faults(name) for name in self.names}
        sheet.rows.clear()

    def table(self) -> pa.Table:
        """All of them as texts."""
        return pa.table(
            self.arrays, schema=pa.schema([(name, pa.large_string()) for name in self.names])
        )

    def faults(self, chosen: Sequence[str]) -> list[Fault]:
        """What is wrong with the cells of some columns."""
        return [fault for name in chosen for fault in self.of_column[name]]

    def _faults(self, name: str) -> list[Fault]:
        column = self.at[name]
        unsaved = sorted(r for r, c in self.sheet.unsaved if c == column and self._is_data(r))
        formulas = [(row, cell_name(row, column)) for row in unsaved]
        return [
            *self._fault("intake.error_cells", name, sorted(self._errors(column))),
            *self._fault("intake.unsaved_formulas", name, formulas),
            *self._fault("intake.inexact_numbers", name, list(self._inexact(column))),
            *self._scaled(name, column),
            *self._fault(
                "intake.merged_numbers" if column in self.numbers else "intake.merged_cells",
                name,
                sorted(self._merged(column)),
            ),
        ]

    def _fault(self, kind: str, column: str, places: list[tuple[int, str]]) -> list[Fault]:
        if not places:
            return []
        return [
            Fault(
                kind,
                column=column,
                rows=[row + 1 for row, _ in places[:SHOWN]],
                examples=[example for _, example in places],
                count=len(places),
            )
        ]

    def _scaled(self, name: str, column: int) -> list[Fault]:
        """Amounts that are shown in thousands, so that a unit of thousands is that of the show."""
        if self.unit is not None or column not in self.numbers:
            return []
        above = (*self.header.titles, self.sheet.name)
        named = unit_words(name).units or [u for title in above for u in unit_words(title).units]
        if not any(YEN_UNITS.get(unit, 1) > 1 for unit in named):
            return []
        rows = sorted(r for r, c in self.sheet.scaled if c == column and self._is_data(r))
        cells = [(row, cell_text(self.sheet.rows[row][column]) or "") for row in rows]
        faults = self._fault("intake.scaled_numbers", name, cells)
        return [fault.at(unit=named[0]) for fault in faults]

    def _is_data(self, row: int) -> bool:
        return row >= self.header.row

    def _errors(self, column: int) -> Iterator[tuple[int, str]]:
        for (row, at), text in self.sheet.errors.items():
            if at == column and self._is_data(row):
                yield row, text

    def _inexact(self, column: int) -> Iterator[tuple[int, str]]:
        """Numbers of which a workbook does not keep every digit."""
        for row in range(self.header.row, len(self.sheet.rows)):
            value = self.sheet.rows[row][column]
            if isinstance(value, int | float) and abs(value) >= _INEXACT:
                yield row, f"{value:.0f}"

    def _fill(self, areas: Sequence[Area]) -> None:
        """Give each of the merged cells the value of the first.

        Numbers are left alone: an amount that stands for three rows would be counted three times.
        """
        for top, left, bottom, right in areas:
            value = self.sheet.rows[top][left]
            for row in self.sheet.rows[max(top, self.header.row) : bottom + 1]:
                for column in set(range(left, right + 1)) - self.numbers:
                    row[column] = value

    def _merged(self, column: int) -> Iterator[tuple[int, str]]:
        if self.is_filled and column not in self.numbers:
            return
        for top, left, bottom, right in self.merged:
            if left <= column <= right:
                yield top, f"{cell_name(top, left)}:{cell_name(bottom, right)}"

    def _hides_values(self, area: Area) -> bool:
        """Whether cells that look filled are empty; not of a text across the table, or a total."""
        top, left, bottom, right = area
        row = self.sheet.rows[top] if top < len(self.sheet.rows) else []
        content = [i for i, value in enumerate(row) if cell_text(value) is not None]
        if left not in content:
            return False
        if top < bottom:
            return True
        if is_total(cell_text(row[left]) or ""):
            return False
        named = [i for i in range(left, right + 1) if i < len(row) and self.header.names[i]]
        return content != [left] and len(named) > 1
