"""What a table is that can be read part by part, whatever it lies in.

A *part* is what one thread works on by itself: a row group of a Parquet file, a block of whole
lines of a CSV file, or one batch of a stream.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.errors import ColumnError, Fault, InputError, LimitError
from connhub.options import TableOptions
from connhub.text.catalogue import Message

__all__ = [
    "FREE",
    "Batches",
    "Layout",
    "Part",
    "Source",
    "check_columns",
    "check_names",
    "check_same_schema",
    "file_state",
    "plain_type",
    "unreadable",
]

FREE = 64 << 20
"""Bytes that any packed file may unpack to."""
Batches = Iterator[tuple[pa.RecordBatch, int]]
"""Arrow batches, each with the position of its first row inside the part."""


@dataclass
class Part:
    """A piece of a source, read by one thread.

    Parameters
    ----------
    file, number : int
        Which file of the source, and which part of that file, both from 0.
    weight : int
        What reading it adds to the progress, in the unit of `Source.size`.
    read : callable
        Yields the Arrow batches; called once.
    skipped : list of pairs of int
        Position and number of fields of rows that have not as many fields as there are columns.
    """

    file: int
    number: int
    weight: int
    read: Callable[[], Batches]
    skipped: list[tuple[int, int]] = field(default_factory=list)

    def count_skipped(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Positions in the part with the skipped rows counted in."""
        for position, _ in sorted(self.skipped):
            positions = positions + (positions >= position)
        return positions


@dataclass(frozen=True)
class Layout:
    """How a file was read, as the options say or as it was recognized.

    Parameters
    ----------
    kind : {"csv", "workbook"}
    header_row : int
        Row of the header, from 1; 0 where there is none.
    first_row : int
        Row of the first record.
    sheet : str
        Of a workbook.
    delimiter, encoding : str
        Of a CSV file; the encoding is empty while all bytes are ASCII.
    titles : tuple of str
        Texts of the cells above the header, row by row, and the name of the sheet.
    """

    kind: str
    header_row: int = 0
    first_row: int = 1
    sheet: str = ""
    delimiter: str = ""
    encoding: str = ""
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Source:
    """A table that can be read once, part by part.

    Parameters
    ----------
    schema : Schema
        Columns and types, before anything is read.
    files : tuple of str
        Names for messages; ``("table",)`` for a table in memory.
    paths : tuple of Path
        The files on disk, for sizes and hashes.
    size : int or None
        Sum of the weights of all parts, where it is known beforehand.
    parts : callable
        ``parts(columns, batch_rows, threads)`` yields the parts.
    notes : list of Message
        What the user should know of the files; complete after reading.
    layouts : tuple of Layout
        How each file was read; empty for Parquet, tables in memory, and where Spark reads.
    lines : tuple of callables
        For each file the line on which a record begins, where lines are not records.
    states : tuple of pairs of int
        Size and time of change of each file, as it was opened.
    records : dict
        How many records each file has, once the table is read whole.
    read : TableOptions
        How it is read.
    """

    schema: pa.Schema
    files: tuple[str, ...]
    paths: tuple[Path, ...]
    size: int | None
    parts: Callable[[Sequence[str], int, int], Iterator[Part]]
    notes: list[Message] = field(default_factory=list)
    layouts: tuple[Layout, ...] = ()
    lines: tuple[Callable[[int], int], ...] = ()
    states: tuple[tuple[int, int], ...] = ()
    records: dict[int, int] = field(default_factory=dict)
    read: TableOptions = TableOptions()

    @property
    def titles(self) -> tuple[str, ...]:
        """Texts of the cells above the headers of all files, each once."""
        return tuple(dict.fromkeys(text for layout in self.layouts for text in layout.titles))

    def row(self, record: int, file: int = 0) -> int:
        """The row of a record as the user counts it: a line of CSV, a row of a sheet.

        Parameters
        ----------
        record : int
            Of the file, from 0 below the header.
        file : int
        """
        if self.lines:
            return self.lines[file](record)
        return record + (self.layouts[file].first_row if self.layouts else 1)

    def located(self, fault: Fault) -> Fault:
        """A fault with its place: its rows are records of the table that was read whole, from 0.

        Where several files have some, those of the first are shown.
        """
        if not fault.rows:
            return fault.at(file=fault.file or self.files[0])
        ends = list(accumulate(self.records.get(i, 0) for i in range(len(self.files))))
        file = min(bisect_right(ends, min(fault.rows)), len(ends) - 1)
        start = ends[file - 1] if file else 0
        own = [row - start for row in fault.rows if row < ends[file] or file == len(ends) - 1]
        return fault.at(file=self.files[file], rows=[self.row(row, file) for row in own])

    def check_unchanged(self) -> None:
        """Refuse files that grew or changed while they were read.

        Raises
        ------
        InputError
        """
        changed = [
            str(path)
            for path, state in zip(self.paths, self.states, strict=False)
            if file_state(path) != state
        ]
        if changed:
            raise InputError(Fault("intake.changed_meanwhile", examples=changed))


def file_state(path: Path) -> tuple[int, int]:
    """Size and time of change of a file; (-1, -1) where it is gone."""
    try:
        stat = path.stat()
    except OSError:
        return -1, -1
    return stat.st_size, stat.st_mtime_ns


def check_columns(count: int, read: TableOptions, file: str) -> None:
    """Refuse a table with more columns than the limit.

    Raises
    ------
    LimitError
    """
    limit = read.limit("columns")
    if count > limit:
        raise LimitError(Fault("intake.too_many_columns", count=count, limit=limit, file=file))


def check_names(source: Source) -> None:
    """Refuse columns that are equal, or equal but for case.

    Raises
    ------
    ColumnError
    """
    seen: dict[str, str] = {}
    for name in source.schema.names:
        if (other := seen.get(name.casefold())) is not None:
            fault = Fault("intake.equal_columns", one=other, other=name)
            fault = fault.at(file=source.files[0], column=name)
            raise ColumnError(fault)
        seen[name.casefold()] = name


def check_same_schema(names: Sequence[str], schemas: Sequence[pa.Schema]) -> None:
    """Refuse files that differ in columns or types.

    Parameters
    ----------
    names : sequence of str
        Of the files.
    schemas : sequence of Schema
        One a file.

    Raises
    ------
    ColumnError
    """
    first = dict(zip(schemas[0].names, schemas[0].types, strict=True))
    for name, schema in zip(names, schemas, strict=True):
        types = dict(zip(schema.names, schema.types, strict=True))
        different = [c for c in {**first, **types} if first.get(c) != types.get(c)]
        if different:
            examples = tuple(f"{c}: {first.get(c)} / {types.get(c)}" for c in different)
            fault = Fault(
                "intake.schemas_differ", one=names[0], other=name, examples=examples, file=name
            )
            raise ColumnError(fault)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Type to read a column as: for views, runs and narrow decimals Arrow has few functions yet."""
    if isinstance(kind, pa.RunEndEncodedType):
        return plain_type(kind.value_type)
    if isinstance(kind, pa.DictionaryType):
        return pa.dictionary(kind.index_type, plain_type(kind.value_type))
    if pa.types.is_decimal32(kind) or pa.types.is_decimal64(kind):
        return pa.decimal128(kind.precision, kind.scale)
    if pa.types.is_binary_view(kind):
        return pa.large_binary()
    return pa.large_string() if pa.types.is_string_view(kind) else kind


def unreadable(path: Path, error: Exception, groups: Sequence[int] = ()) -> InputError:
    """The error for a file that is damaged or cut short.

    Parameters
    ----------
    path : Path
    error : Exception
        Of the library that reads it.
    groups : sequence of int
        The row groups of a Parquet file in which it was met.

    Returns
    -------
    InputError
    """
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, PermissionError):
        fault = Fault("intake.no_permission", file=str(path))
    elif path.is_file() and not path.stat().st_size:
        fault = Fault("intake.empty_file", file=str(path))
    elif groups:
        fault = Fault("intake.damaged_groups", reason=reason, groups=list(groups), file=str(path))
    else:
        fault = Fault("intake.damaged_file", reason=reason, file=str(path))
    return InputError(fault)
