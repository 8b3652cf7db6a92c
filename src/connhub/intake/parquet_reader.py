"""Parquet files: row groups shared out to threads, checksums of pages verified."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from connhub.errors import is_shortage
from connhub.intake.table_source import (
    Batches,
    Part,
    Source,
    check_columns,
    check_same_schema,
    plain_type,
    unreadable,
)
from connhub.options import TableOptions

__all__ = ["open_parquet"]

_PART_ROWS = 1 << 20
"""Row groups smaller than this are read together."""
_READ_BYTES = 1 << 20
"""What is read of a column at a time: a row group may be larger than memory."""
_UNEVEN = 1.2
"""Row groups are shared out where the largest is no more than so many times a thread's share."""
_BYTES_OF_CODES = 2
"""A text takes no more of them on average where few texts differ."""
_ELEMENTS_A_COLUMN = 4
"""More elements of a schema than so many times the limit are columns too many, nested or not."""
_FOOTER_START = re.compile(
    rb"\x15[\x80-\xff]*[\x00-\x7f]"  # field 1, the version
    rb"\x19\xfc([\x80-\xff]*[\x00-\x7f])",  # field 2, a list of structs: how many
    re.DOTALL,
)


def open_parquet(paths: list[Path], read: TableOptions, *, encode: bool = False) -> Source:
    """Open Parquet files of one schema.

    Parameters
    ----------
    paths : list of Path
    read : TableOptions
        Its limits.
    encode : bool
        Whether texts of which few differ are read as they are stored, dictionary-encoded.

    Returns
    -------
    Source

    Raises
    ------
    InputError, ColumnError, LimitError
    """
    import pyarrow.parquet as pq

    footers, names = [], [str(p) for p in paths]
    for path in paths:
        try:
            if (elements := _schema_elements(path)) > _ELEMENTS_A_COLUMN * read.limit("columns"):
                check_columns(elements - 1, read, str(path))
            footers.append(pq.read_metadata(path))
        except (OSError, pa.ArrowException) as error:
            raise unreadable(path, error) from error
        check_columns(footers[-1].num_columns, read, str(path))
    schemas = [_schema(f) for f in footers]
    check_same_schema(names, schemas)
    encoded = _encoded(footers) if encode else []
    sizes = [f.row_group(g).num_rows for f in footers for g in range(f.num_row_groups)]
    largest = max(sizes, default=0)
    total = sum(f.num_rows for f in footers)

    def parts(columns: Sequence[str], batch_rows: int, threads: int) -> Iterator[Part]:
        limit = min(_PART_ROWS, -(-total // threads))
        balanced = threads * largest <= _UNEVEN * total
        for i, (path, footer) in enumerate(zip(paths, footers, strict=True)):
            fields = [schema.field(c) for c in columns]
            batches = _reader(path, fields, batch_rows, footer, encoded)
            if balanced:
                for number, (some, rows) in enumerate(_together(footer, limit)):
                    yield Part(i, number, rows, partial(batches, some, False))
            else:  # too few row groups to share out evenly: one reader feeds all threads
                everything = batches(list(range(footer.num_row_groups)), True)
                for number, (batch, _) in enumerate(everything):
                    yield Part(i, number, batch.num_rows, partial(iter, [(batch, 0)]))

    kinds = {name: pa.dictionary(pa.int32(), pa.string()) for name in encoded}
    schema = pa.schema([(f.name, kinds.get(f.name, plain_type(f.type))) for f in schemas[0]])
    return Source(schema, tuple(names), tuple(paths), total, parts)


def _schema_elements(path: Path) -> int:
    """How many elements the schema of a file has, its root and groups included; 0 if unknown.

    Read from the first bytes of the footer (a struct in Thrift's compact protocol: the version,
    then a list of the elements), because reading a footer of a million columns takes gigabytes.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 8, 0))
        (length,) = struct.unpack("<I", file.read(8)[:4].rjust(4, b"\0"))
        file.seek(max(size - 8 - length, 0))
        start = file.read(16)
    found = _FOOTER_START.match(start)
    if found is None:  # no Parquet, or fewer than 15 elements
        return 0
    return sum((byte & 0x7F) << 7 * i for i, byte in enumerate(found[1]))


def _schema(footer: Any) -> pa.Schema:
    """Columns and types, UUIDs as such also where no program of Arrow wrote them."""
    schema = footer.schema.to_arrow_schema().remove_metadata()
    for k in range(len(footer.schema)):
        column = footer.schema.column(k)
        if column.logical_type.type == "UUID" and column.path in schema.names:
            i = schema.get_field_index(column.path)
            schema = schema.set(i, pa.field(column.path, pa.uuid()))
    return schema


def _encoded(footers: list[Any]) -> list[str]:
    """Columns of texts that are stored as a dictionary and short codes, in all files."""

    def few_differ(footer: Any, k: int) -> bool:
        if footer.schema.column(k).logical_type.type != "STRING" or not footer.num_row_groups:
            return False
        stored = footer.row_group(0).column(k)
        size = stored.total_uncompressed_size
        return bool(stored.has_dictionary_page and size < _BYTES_OF_CODES * stored.num_values)

    schema = footers[0].schema
    return [
        schema.column(k).path
        for k in range(len(schema))
        if schema.column(k).max_repetition_level == 0
        and all(few_differ(footer, k) for footer in footers)
    ]


def _together(footer: Any, limit: int) -> Iterator[tuple[list[int], int]]:
    """Row groups in order, small ones together, and their rows."""
    some: list[int] = []
    rows = 0
    for g in range(footer.num_row_groups):
        size = footer.row_group(g).num_rows
        if some and rows + size > limit:
            yield some, rows
            some, rows = [], 0
        some.append(g)
        rows += size
    if some:
        yield some, rows


def _reader(
    path: Path, fields: list[pa.Field], batch_rows: int, footer: Any, encoded: list[str]
) -> Callable[[list[int], bool], Batches]:
    import pyarrow.parquet as pq

    def read(groups: list[int], use_threads: bool) -> Batches:
        position, promised = 0, sum(footer.row_group(g).num_rows for g in groups)
        try:
            with pq.ParquetFile(
                path,
                metadata=footer,
                page_checksum_verification=True,
                memory_map=False,
                buffer_size=_READ_BYTES,
                read_dictionary=encoded or None,
            ) as file:
                for batch in file.iter_batches(
                    batch_size=batch_rows,
                    row_groups=groups,
                    columns=[f.name for f in fields],
                    use_threads=use_threads,
                ):
                    yield _plain_batch(batch, fields), position
                    position += batch.num_rows
            if position != promised:  # no checksum covers the headers of pages
                raise OSError(f"{position:,} / {promised:,} rows")
        except (OSError, pa.ArrowException) as error:
            if is_shortage(error):
                raise
            if len(groups) > 1:  # name the one that is damaged
                for group in groups:
                    for _ in read([group], False):
                        pass
            raise unreadable(path, error, groups) from error

    return read


def _plain_batch(batch: pa.RecordBatch, fields: list[pa.Field]) -> pa.RecordBatch:
    kinds = {f.name: f.type for f in fields}
    for i, f in enumerate(batch.schema):
        if kinds[f.name] != f.type:
            batch = batch.set_column(i, f.name, batch.column(i).cast(kinds[f.name]))
    return batch
