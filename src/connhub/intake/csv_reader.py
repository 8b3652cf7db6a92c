"""CSV files: their delimiter, header and columns, and their records as Arrow batches."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connhub.errors import ColumnError, Fault, InputError, OptionError, check_choice
from connhub.intake.csv_file import CsvFile, Record
from connhub.intake.encodings import CODECS
from connhub.intake.header import Header, choose_header, first_row_as_header, head_rows
from connhub.intake.table_source import (
    Batches,
    Layout,
    Part,
    Source,
    check_columns,
    check_same_schema,
    unreadable,
)
from connhub.options import TableOptions

__all__ = ["open_csv"]

_DELIMITERS = (",", "\t", ";")


class _Table:
    """A CSV file with its delimiter and header, which are those that most columns fit."""

    def __init__(self, path: Path, encoding: str | None, table: str, read: TableOptions) -> None:
        self.file = CsvFile(path, encoding, read)
        head = self.file.head(head_rows(read))
        if not any(record.text.strip(" ,;\t\r\n") for record in head):
            raise InputError(Fault("intake.empty_file", file=str(path)))
        delimiter, self.header = self._layout(head, table, read)
        if self.header.row:
            self.file.begin_below(next(r for r in head if r.last >= self.header.row))
        below = [_fields(r.text, delimiter) for r in head if r.first > self.header.row]
        self.names = _column_names(self.header.names, below)
        self.file.delimiter, self.file.columns = delimiter, len(self.names)
        self.layout = Layout(
            "csv",
            self.header.row,
            self.file.first_line,
            delimiter=delimiter,
            encoding="utf-16" if self.file.recoded else self.file.encoding or "",
            titles=self.header.titles,
        )

    def _layout(self, head: Sequence[Record], table: str, read: TableOptions) -> tuple[str, Header]:
        path = self.file.path
        offered = list(_DELIMITERS)
        if read.delimiter is not None:
            offered = [_checked_delimiter(read.delimiter)]
        elif ".tsv" in path.name.lower():
            offered.sort(key="\t".__ne__)
        if len(offered) > 1:  # one that does not occur makes one column of anything
            occurring = [d for d in offered if any(d in record.text for record in head)]
            offered = occurring or offered[:1]
        found: list[tuple[bool, int, int, str, Header]] = []
        errors: list[OptionError | ColumnError] = []
        for delimiter in offered:
            try:
                rows = _rows(head, delimiter, read, path)
                header = choose_header(rows, table, read) or first_row_as_header(rows, str(path))
            except csv.Error as error:
                raise unreadable(path, error) from error
            except (OptionError, ColumnError) as error:
                errors.append(error)
                continue
            found.append((header.certain, header.roles, len(header.names), delimiter, header))
        if errors and not any(certain or columns > 1 for certain, _, columns, *_ in found):
            raise errors[0]
        *_, delimiter, header = max(found, key=lambda f: f[:3])  # of equals, the first
        return delimiter, header


def _rows(
    head: Sequence[Record], delimiter: str, read: TableOptions, path: Path
) -> list[list[str]]:
    """The first records, with empty rows for the further lines of each."""
    rows: list[list[str]] = []
    for record in head:
        row = _fields(record.text, delimiter)
        check_columns(len(row), read, str(path))
        rows += [row, *[[]] * (record.last - record.first)]
    return rows


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])
    except csv.Error:
        if len(line) <= csv.field_size_limit():
            raise
        return []  # a field as long as this is in no header


def _checked_delimiter(delimiter: Any) -> str:
    if (
        not isinstance(delimiter, str)
        or len(delimiter) != 1
        or not delimiter.isascii()
        or delimiter in '"\r\n'
    ):
        raise OptionError(Fault("intake.delimiter_option", value=str(delimiter)))
    return delimiter


def _column_names(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A name for each column, also for those without one and for empty ones beside the table."""
    widths = {len(row) for row in rows if any(row)}
    width = min(widths, default=0)
    if len(widths) == 1 and not any(cell for row in rows for cell in row[len(names) :]):
        names = [*names, *[""] * (width - len(names))]
        names = names if any(names[width:]) else names[:width]
    return [name or f"column {i}" for i, name in enumerate(names, start=1)]


def open_csv(paths: list[Path], table: str, read: TableOptions) -> Source:
    """Open CSV files of one schema.

    Parameters
    ----------
    paths : list of Path
    table : {"transactions", "firms", "financials", "fields"}
    read : TableOptions
        Of this table.

    Returns
    -------
    Source

    Raises
    ------
    InputError, ColumnError, OptionError
    """
    declared = None if read.encoding is None else CODECS.get(read.encoding.lower(), read.encoding)
    if declared is not None:
        check_choice("encoding", declared, dict.fromkeys(CODECS.values()))
    tables = [_Table(p, declared, table, read) for p in paths]
    schemas = [pa.schema([(n, pa.large_string()) for n in t.names]) for t in tables]
    check_same_schema([str(p) for p in paths], schemas)
    notes = [note for t in tables for note in t.header.notes(t.file.path.name)]

    def parts(columns: Sequence[str], batch_rows: int, threads: int) -> Iterator[Part]:
        del batch_rows, threads
        for i, of_file in enumerate(tables):
            of_file.file.notes.clear()
            for number, (block, weight) in enumerate(of_file.file.blocks()):
                part = Part(i, number, weight, _nothing)
                part.read = _reader(of_file, block, list(columns), part)
                yield part
            notes.extend(of_file.file.notes)

    plain = not any(p.name.lower().endswith(".gz") for p in paths)
    size = sum(p.stat().st_size for p in paths) if plain else None
    names, layouts = tuple(str(p) for p in paths), tuple(t.layout for t in tables)
    lines = tuple(t.file.line_of for t in tables)
    return Source(schemas[0], names, tuple(paths), size, parts, notes, layouts, lines)


def _without_formulas(table: pa.Table) -> pa.Table:
    """Texts in the place of ``="0123"``, which keeps spreadsheets from reading numbers."""
    columns = [
        pc.replace_substring_regex(column, r'^="([^"]*)"$', r"\1") for column in table.columns
    ]
    return pa.table(columns, schema=table.schema)


def _nothing() -> Batches:
    return iter(())


def _reader(
    table: _Table,
    block: bytes | bytearray,
    columns: list[str],
    part: Part,
) -> Callable[[], Batches]:
    import pyarrow.csv as pc_csv

    file, names = table.file, table.names

    def invalid(bad: Any) -> str:
        part.skipped.append(((bad.number or 1) - 1, bad.actual_columns))
        return "skip"

    def read() -> Batches:
        quoted = b'"' in block
        try:
            found = pc_csv.read_csv(
                pa.BufferReader(block),
                read_options=pc_csv.ReadOptions(
                    column_names=names, use_threads=False, block_size=len(block) + 1
                ),
                parse_options=pc_csv.ParseOptions(
                    delimiter=file.delimiter,
                    newlines_in_values=quoted,
                    ignore_empty_lines=len(names) > 1,
                    invalid_row_handler=invalid,
                ),
                convert_options=pc_csv.ConvertOptions(
                    column_types={n: pa.large_string() for n in names},
                    include_columns=columns,
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return
            raise unreadable(file.path, error) from error
        file.records[part.number] = found.num_rows + len(part.skipped)
        if b'="' in block:
            found = _without_formulas(found)
        position = 0
        for batch in found.to_batches():
            yield batch, position
            position += batch.num_rows

    return read
