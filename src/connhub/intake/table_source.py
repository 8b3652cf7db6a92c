"""Paths, globs, datasets and tables of any library, as parts that yield Arrow batches.

A *part* is what one thread works on by itself: a row group of a Parquet file, a block of whole
lines of a CSV file, or one batch of a stream.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.errors import ColumnError, Fault, InputError, OptionError, extra
from connhub.intake.files import find_files, kind_of
from connhub.memory import begin, is_shortage, limited, require
from connhub.text.catalogue import Message, listed

__all__ = [
    "Batches",
    "Part",
    "Source",
    "check_names",
    "extended",
    "open_source",
    "read_all",
    "same_schema",
    "unreadable",
    "with_constants",
]

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
    """

    file: int
    number: int
    weight: int
    read: Callable[[], Batches]
    faults: list[tuple[int, Fault]] = field(default_factory=list)

    def count_skipped(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Positions in the part with the rows that could not be parsed counted in."""
        for position, _ in sorted(self.faults, key=lambda f: f[0]):
            rows = rows + (rows >= position)
        return rows


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
    first_row : int
        How the user counts the first data row: 2 below a header line, else 1.
    parts : callable
        ``parts(columns, batch_rows, threads)`` yields the parts.
    notes : list of Message
        What the user should know of the files; complete after reading.
    """

    schema: pa.Schema
    files: tuple[str, ...]
    paths: tuple[Path, ...]
    size: int | None
    first_row: int
    parts: Callable[[Sequence[str], int, int], Iterator[Part]]
    notes: list[Message] = field(default_factory=list)


def open_source(data: Any, *, encoding: str | None = None) -> Source:
    """Open whatever holds a table.

    Parameters
    ----------
    data : path, glob, folder, list of paths, or table
        CSV, gzipped CSV, Parquet, ``.xlsx``, or anything that offers ``__arrow_c_stream__``, a
        RecordBatchReader or a pyarrow dataset.
    encoding : {"utf-8", "cp932", "euc_jp"}, optional
        Of CSV files; by default UTF-8 where the bytes are, else CP932.

    Raises
    ------
    InputError, OptionError, ColumnError, LimitError
    """
    begin()
    if isinstance(data, str | os.PathLike) or (
        isinstance(data, list | tuple) and data and isinstance(data[0], str | os.PathLike)
    ):
        source = _open_files(find_files(data), encoding)
    elif hasattr(data, "__arrow_c_stream__"):
        source = _open_stream(data)
    elif hasattr(data, "scanner"):
        source = _open_stream(data.scanner().to_reader())
    else:
        raise OptionError(
            Fault(
                f"cannot read a table from {type(data).__name__}",
                fix="give a path, a list of paths, or a table of pandas, polars, pyarrow, DuckDB",
            )
        )
    check_names(source)
    return source


def check_names(source: Source) -> None:
    """Refuse columns that are equal, or equal but for case.

    Raises
    ------
    ColumnError
    """
    seen: dict[str, str] = {}
    for name in source.schema.names:
        if (other := seen.setdefault(name.casefold(), name)) != name or (
            source.schema.names.count(name) > 1
        ):
            raise ColumnError(
                Fault(
                    f"columns {other!r} and {name!r} are equal or differ only by case",
                    file=source.files[0],
                    fix="rename one of them",
                )
            )


def _open_files(found: list[tuple[Path, dict[str, str]]], encoding: str | None) -> Source:
    kinds = {kind_of(path) for path, _ in found}
    if len(kinds) > 1:
        raise InputError(
            Fault(
                f"files of different kinds together: {listed(sorted(kinds))}",
                values=tuple(p.name for p, _ in found),
                fix="name the files of one kind, by a glob such as 'folder/*.csv'",
            )
        )
    constants = [c for _, c in found]
    if any(set(c) != set(constants[0]) for c in constants):
        raise InputError(
            Fault(
                "some files lie in folders named key=value and some do not", file=str(found[0][0])
            )
        )
    paths = [p for p, _ in found]
    if kinds == {"parquet"}:
        return _open_parquet(paths, constants)
    if kinds == {"csv"}:
        from connhub.intake.csv_reader import open_csv  # it builds on this module

        return open_csv(paths, constants, encoding)
    if len(paths) > 1:
        raise InputError(Fault("several workbooks", fix="give one .xlsx, or CSV files"))
    return _open_workbook(paths[0])


def same_schema(names: Sequence[str], schemas: Sequence[pa.Schema]) -> None:
    """Refuse files that differ in columns or types."""
    for name, schema in zip(names, schemas, strict=True):
        if not schema.equals(schemas[0]):
            ours, first = dict(zip(schema.names, schema.types, strict=True)), schemas[0]
            before = dict(zip(first.names, first.types, strict=True))
            different = [c for c in {**before, **ours} if before.get(c) != ours.get(c)]
            if not different:  # the same columns in another order
                continue
            raise ColumnError(
                Fault(
                    f"files differ in columns or types: {names[0]} and {name}",
                    values=tuple(f"{c}: {before.get(c)} / {ours.get(c)}" for c in different),
                    fix="bring the files to one schema, or analyse them apart",
                )
            )


def with_constants(batch: pa.RecordBatch, constants: Mapping[str, str]) -> pa.RecordBatch:
    """A batch with the columns that the names of its folders give."""
    for name, value in constants.items():
        batch = batch.append_column(name, pa.array([value] * batch.num_rows, pa.string()))
    return batch


def extended(schema: pa.Schema, constants: Mapping[str, str]) -> pa.Schema:
    """A schema with the columns that the names of folders give."""
    for name in constants:
        schema = schema.append(pa.field(name, pa.string()))
    return schema


# --- Parquet --------------------------------------------------------------------

_PART_ROWS = 1 << 20
"""Row groups smaller than this are read together."""


def _open_parquet(paths: list[Path], constants: list[dict[str, str]]) -> Source:
    import pyarrow.parquet as pq

    footers, names = [], [str(p) for p in paths]
    for path in paths:
        try:
            footers.append(pq.read_metadata(path))
        except (OSError, pa.ArrowException) as error:
            raise unreadable(path, error) from error
    schemas = [f.schema.to_arrow_schema().remove_metadata() for f in footers]
    same_schema(names, schemas)
    groups = sum(f.num_row_groups for f in footers)
    total = sum(f.num_rows for f in footers)

    def parts(columns: Sequence[str], batch_rows: int, threads: int) -> Iterator[Part]:
        own = [c for c in columns if c not in constants[0]]
        most = min(_PART_ROWS, -(-total // threads))
        for i, (path, footer) in enumerate(zip(paths, footers, strict=True)):
            read = _parquet_reader(path, own, batch_rows, constants[i], footer)
            if groups >= threads:
                for number, (some, rows) in enumerate(_together(footer, most)):
                    yield Part(i, number, rows, partial(read, some, False))
            else:  # too few row groups to share out: one reader feeds all threads
                everything = read(list(range(footer.num_row_groups)), True)
                for number, (batch, _) in enumerate(everything):
                    yield Part(i, number, batch.num_rows, partial(iter, [(batch, 0)]))

    schema = extended(pa.schema([(f.name, _plain(f.type)) for f in schemas[0]]), constants[0])
    return Source(schema, tuple(names), tuple(paths), total, 1, parts)


def _together(footer: Any, most: int) -> Iterator[tuple[list[int], int]]:
    """Row groups in order, small ones together, and their rows."""
    some: list[int] = []
    rows = 0
    for g in range(footer.num_row_groups):
        size = footer.row_group(g).num_rows
        if some and rows + size > most:
            yield some, rows
            some, rows = [], 0
        some.append(g)
        rows += size
    if some:
        yield some, rows


def _parquet_reader(
    path: Path, columns: list[str], batch_rows: int, constants: dict[str, str], footer: Any
) -> Callable[[list[int], bool], Batches]:
    import pyarrow.parquet as pq

    def read(groups: list[int], use_threads: bool) -> Batches:
        position, promised = 0, sum(footer.row_group(g).num_rows for g in groups)
        try:
            with pq.ParquetFile(
                path, metadata=footer, page_checksum_verification=True, memory_map=False
            ) as file:
                for batch in file.iter_batches(
                    batch_size=batch_rows,
                    row_groups=groups,
                    columns=columns,
                    use_threads=use_threads,
                ):
                    yield with_constants(_plain_batch(batch), constants), position
                    position += batch.num_rows
            if position != promised:  # no checksum covers the headers of pages
                raise OSError(f"{position:,} rows of {promised:,} are there")
        except (OSError, pa.ArrowException) as error:
            if is_shortage(error):
                raise
            if len(groups) > 1:  # name the one that is damaged
                for group in groups:
                    for _ in read([group], False):
                        pass
            raise unreadable(path, error, groups) from error

    return read


def unreadable(path: Path, error: Exception, groups: list[int] | None = None) -> InputError:
    """The error for a file that is damaged or cut short."""
    where = f", row group {listed(groups)}" if groups else ""
    return InputError(
        Fault(
            f"cannot read{where}: {str(error).splitlines()[0] if str(error) else 'damaged file'}",
            file=str(path),
            fix="the file is damaged or cut short: fetch it again",
        )
    )


# --- streams and workbooks --------------------------------------------------------


def _open_stream(data: Any) -> Source:
    try:
        reader = pa.RecordBatchReader.from_stream(data)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise InputError(
            Fault(f"the table cannot be read as Arrow: {error}", fix="give every column one type")
        ) from error

    schema = pa.schema([(f.name, _plain(f.type)) for f in reader.schema])

    def parts(columns: Sequence[str], batch_rows: int, threads: int) -> Iterator[Part]:
        del threads
        chosen = pa.schema([schema.field(c) for c in columns])
        number = 0
        for batch in reader:
            kept = batch.select(list(columns)).cast(chosen)
            for start in range(0, kept.num_rows, batch_rows):
                piece = kept.slice(start, batch_rows)
                yield Part(0, number, piece.num_rows, partial(iter, [(piece, 0)]))
                number += 1

    known = isinstance(data, pa.Table) or hasattr(data, "iloc") or hasattr(data, "height")
    return Source(schema, ("table",), (), len(data) if known else None, 1, parts)


def _plain(kind: pa.DataType) -> pa.DataType:
    """Type to read a column as: views of texts have few functions in Arrow yet."""
    if isinstance(kind, pa.DictionaryType):
        return pa.dictionary(kind.index_type, _plain(kind.value_type))
    return pa.large_string() if pa.types.is_string_view(kind) else kind


def _plain_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    for i, f in enumerate(batch.schema):
        if (kind := _plain(f.type)) != f.type:
            batch = batch.set_column(i, f.name, batch.column(i).cast(kind))
    return batch


def _open_workbook(path: Path) -> Source:
    with extra("excel", f"reading {path.name}"):
        from python_calamine import CalamineError, CalamineWorkbook
    try:
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    except (CalamineError, OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if not rows:
        raise InputError(Fault("the first sheet is empty", file=str(path)))
    names = [_cell(v) or f"column {i}" for i, v in enumerate(rows[0], start=1)]
    columns = [[_cell(v) for v in column] for column in zip(*rows[1:], strict=True)]
    columns = columns or [[] for _ in names]
    table = pa.table(
        [pa.array(c, pa.large_string()) for c in columns],
        schema=pa.schema([(n, pa.large_string()) for n in names]),
    )
    source = _open_stream(table)
    return Source(source.schema, (str(path),), (path,), source.size, 2, source.parts)


def _cell(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


@limited()
def read_all(source: Source, columns: Iterable[str], batch_rows: int = 1 << 20) -> pa.Table:
    """Read a small table whole; faults of its rows are raised together."""
    faults: list[Fault] = []
    batches: list[pa.RecordBatch] = []
    chosen, threads = list(columns), min(os.cpu_count() or 1, 8)

    def read(part: Part) -> tuple[Part, list[pa.RecordBatch]]:
        return part, [batch for batch, _ in part.read()]

    with ThreadPoolExecutor(threads) as pool:
        for part, found in pool.map(read, source.parts(chosen, batch_rows, threads)):
            batches += found
            faults += [fault for _, fault in part.faults]
    if faults:
        raise InputError(*faults[:10])
    schema = pa.schema([source.schema.field(c) for c in chosen])
    table = pa.Table.from_batches([b.select(chosen).cast(schema) for b in batches], schema)
    require(table.nbytes, f"the lookups of {len(table):,} rows", "use a machine with more memory")
    return table
