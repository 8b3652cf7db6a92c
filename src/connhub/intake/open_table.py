"""Open whatever holds a table: paths, globs, folders, datasets, and tables of any library."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from connhub.arrow import from_numpy
from connhub.errors import Fault, InputError, OptionError
from connhub.intake.csv_reader import open_csv
from connhub.intake.files import Files, find_files, kind_of
from connhub.intake.folder_keys import with_keys
from connhub.intake.missing_marks import with_missing_marks
from connhub.intake.offending_rows import OffendingRows
from connhub.intake.parquet_reader import open_parquet
from connhub.intake.repeated_files import repeated_files
from connhub.intake.stream_reader import is_table, open_stream
from connhub.intake.table_source import Part, Source, check_columns, check_names, file_state
from connhub.intake.workbook_reader import open_workbook
from connhub.memory import begin, limited, require
from connhub.options import TableOptions
from connhub.text.catalogue import Message

__all__ = ["open_source", "read_all"]


def open_source(data: Any, table: str, read: TableOptions = TableOptions()) -> Source:
    """Open whatever holds a table.

    Parameters
    ----------
    data : path, glob, folder, list of paths, or table
        CSV, gzipped CSV, Parquet, ``.xlsx``, ``.xlsm``, ``.xls``, or anything that offers
        ``__arrow_c_stream__``, a RecordBatchReader, dataset or scanner of pyarrow, or a LazyFrame
        of polars.
    table : {"transactions", "firms", "financials", "fields"}
        What it is to hold: its header is found by the columns of this table.
    read : TableOptions
        How it is read; options by table are resolved here.

    Returns
    -------
    Source

    Raises
    ------
    InputError, OptionError, ColumnError, LimitError

    Examples
    --------
    >>> source = open_source(pa.table({"firm_id": ["a", "b"]}), "firms")
    >>> source.schema.names, source.size
    (['firm_id'], 2)
    """
    begin()
    read = read.of_table(table)
    if isinstance(data, str | os.PathLike) or (
        isinstance(data, list | tuple) and data and isinstance(data[0], str | os.PathLike)
    ):
        source = _open_files(find_files(data), table, read)
    elif is_table(data):
        source = open_stream(data)
    else:
        raise OptionError(Fault("intake.no_table", type=type(data).__name__))
    check_columns(len(source.schema), read, source.files[0])
    check_names(source)
    source = replace(source, read=read)
    return with_missing_marks(source, table, read) if read.missing_marks else source


def _open_files(files: Files, table: str, read: TableOptions) -> Source:
    states = tuple(map(file_state, files.paths))
    source = with_keys(_open_kind(files.paths, table, read), files.keys)
    source = replace(source, states=states)
    source.notes.extend(repeated_files(files.paths, kind_of(files.paths[0])))
    if files.skipped:
        names = files.skipped
        source.notes.append(Message("intake.files_skipped", count=len(names), names=names))
    return source


def _open_kind(paths: list[Path], table: str, read: TableOptions) -> Source:
    kinds = sorted({kind_of(path) for path in paths})
    if len(kinds) > 1:
        names = tuple(p.name for p in paths)
        raise InputError(Fault("intake.kinds_of_files", kinds=kinds, examples=names))
    if kinds == ["parquet"]:
        return open_parquet(paths, read, encode=table == "firms")
    if kinds == ["csv"]:
        return open_csv(paths, table, read)
    if len(paths) > 1:
        names = tuple(p.name for p in paths)
        raise InputError(Fault("intake.several_workbooks", examples=names))
    return open_workbook(paths[0], table, read)


@limited()
def read_all(source: Source, columns: Iterable[str], batch_rows: int = 1 << 20) -> pa.Table:
    """Read a small table whole; faults of its rows are raised together.

    Parameters
    ----------
    source : Source
    columns : iterable of str
    batch_rows : int

    Returns
    -------
    Table
        The columns in that order.

    Raises
    ------
    InputError, LimitError

    Examples
    --------
    >>> source = open_source(pa.table({"a": [1, 2], "b": [3, 4]}), "fields")
    >>> read_all(source, ["b"])["b"].to_pylist()
    [3, 4]
    """
    batches: list[pa.RecordBatch] = []
    rows = dict.fromkeys(range(len(source.files)), 0)
    skipped: dict[int, OffendingRows] = {}
    chosen, threads = list(columns), min(os.cpu_count() or 1, 8)

    def read(part: Part) -> tuple[Part, list[pa.RecordBatch]]:
        return part, [batch for batch, _ in part.read()]

    with ThreadPoolExecutor(threads) as pool:
        for part, found in pool.map(read, source.parts(chosen, batch_rows, threads)):
            batches += found
            if part.skipped:
                positions, fields = np.array(sorted(part.skipped)).T
                positions += rows[part.file]
                skipped.setdefault(part.file, OffendingRows()).add(0, positions, from_numpy(fields))
            rows[part.file] += sum(b.num_rows for b in found) + len(part.skipped)
    source.check_unchanged()
    if not source.records:
        source.records.update(rows)
    if skipped:
        raise InputError(
            *(
                Fault(
                    "intake.number_of_fields",
                    file=source.files[file],
                    rows=[source.row(record, file) for _, record in offending.first],
                    examples=offending.examples,
                    count=offending.count,
                )
                for file, offending in sorted(skipped.items())
            )
        )
    schema = pa.schema([source.schema.field(c) for c in chosen])
    table = pa.Table.from_batches([b.select(chosen).cast(schema) for b in batches], schema)
    lookups = Message("memory.lookups", rows=len(table))
    require(table.nbytes, lookups, Message("memory.larger_machine"))
    return table
