"""Marks such as ``-``, ``X`` or ``***`` in the place of values: read as missing where asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import text
from connhub.errors import Fault, OptionError
from connhub.intake.cell_texts import is_error
from connhub.intake.columns import recognized
from connhub.intake.table_source import Batches, Part, Source
from connhub.options import TableOptions

__all__ = ["with_missing_marks"]

_IDS_AND_NAMES = ("seller_id", "buyer_id", "firm_id", "name")
"""A firm may be called X: these are only looked at where their column is named, but for errors."""


def with_missing_marks(source: Source, table: str, read: TableOptions) -> Source:
    """A source whose cells that equal a mark, but for blanks around, are missing.

    Parameters
    ----------
    source : Source
    table : {"transactions", "firms", "financials", "fields"}
    read : TableOptions

    Returns
    -------
    Source

    Raises
    ------
    OptionError

    Examples
    --------
    >>> from connhub.intake.stream_reader import open_stream
    >>> source = open_stream(pa.table({"firm_id": ["X"], "売上高": [" X "]}))
    >>> marked = with_missing_marks(source, "financials", TableOptions(missing_marks=["X"]))
    >>> batch, _ = next(next(marked.parts(["firm_id", "売上高"], 10, 1)).read())
    >>> batch.to_pylist()
    [{'firm_id': 'X', '売上高': None}]
    """
    marks = _marks_of_columns(source.schema.names, table, read)

    def parts(columns: Sequence[str], batch_rows: int, threads: int) -> Iterator[Part]:
        for part in source.parts(columns, batch_rows, threads):
            part.read = partial(_blanked, part.read, marks)
            yield part

    return replace(source, parts=parts)


def _marks_of_columns(
    names: Sequence[str], table: str, read: TableOptions
) -> Mapping[str, frozenset[str]]:
    """Marks of each column: those for all, and those for it alone (``seller_id=-``)."""
    if isinstance(read.missing_marks, str) or not all(
        isinstance(mark, str) for mark in read.missing_marks
    ):
        raise OptionError(Fault("intake.missing_marks_option"))
    roles = recognized(table, names, read.columns)
    guarded = {roles[role] for role in _IDS_AND_NAMES if role in roles}
    everywhere: set[str] = set()
    alone: dict[str, set[str]] = {}
    for mark in read.missing_marks:
        place, equals, of_column = mark.partition("=")
        column = roles.get(place, place)
        if equals and of_column and column in names:
            alone.setdefault(column, set()).add(of_column.strip())
        else:
            everywhere.add(mark.strip())
    errors = {mark for mark in everywhere if is_error(mark)}
    return {
        name: frozenset(alone.get(name, set()) | (errors if name in guarded else everywhere))
        for name in names
    }


def _blanked(read: Callable[[], Batches], marks: Mapping[str, frozenset[str]]) -> Batches:
    for batch, position in read():
        columns = [
            _without(column, marks[name]) if marks[name] else column
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=batch.schema), position


def _without(column: pa.Array, marks: frozenset[str]) -> pa.Array:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return column
    marked = pc.is_in(pc.utf8_trim_whitespace(text(column)), value_set=text(sorted(marks)))
    if not pc.any(marked).as_py():
        return column
    return pc.if_else(marked, pa.scalar(None, column.type), column)
