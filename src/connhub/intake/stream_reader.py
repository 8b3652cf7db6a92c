"""Tables of any library that offers Arrow: at once, or as batches while they are computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Context, Decimal
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connhub.errors import ConnhubError, Fault, InputError, is_shortage
from connhub.intake.table_source import Layout, Part, Source, plain_type

__all__ = ["as_table", "is_table", "open_stream"]

_NO_TABLE = (pa.ArrowException, TypeError)

Read = Callable[[list[str]], Iterable[pa.RecordBatch]]
"""From names of columns to batches that hold these, and perhaps others."""


def is_table(data: Any) -> bool:
    """Whether this is a table of a library, or can be asked for one.

    Parameters
    ----------
    data : object

    Returns
    -------
    bool
    """
    names = ("__arrow_c_stream__", "scanner", "to_reader")
    return any(hasattr(data, name) for name in names) or _is_lazy_frame(data)


def as_table(data: Any) -> pa.Table:
    """A small table of any library, or columns by name, as an Arrow table.

    Parameters
    ----------
    data : object

    Returns
    -------
    Table

    Raises
    ------
    InputError

    Examples
    --------
    >>> as_table({"region": ["13"]}).num_rows
    1
    """
    try:
        return pa.table(data.collect() if _is_lazy_frame(data) else data)
    except Exception as error:  # tables fail in the ways of their libraries
        if is_shortage(error):
            raise
        raise _unreadable(error) from error


def open_stream(data: Any) -> Source:
    """Open a table in memory, a reader of batches, a data set, or a query that is still to be run.

    Parameters
    ----------
    data : object
        With ``__arrow_c_stream__``; a data set or scanner of pyarrow; a LazyFrame of polars.

    Returns
    -------
    Source
        A part is a batch.

    Raises
    ------
    InputError
    """
    try:
        given, read = _opened(data)
    except Exception as error:  # queries fail in the ways of their libraries
        if is_shortage(error):
            raise
        raise _unreadable(error) from error
    schema = pa.schema([(f.name, plain_type(f.type)) for f in given])

    def parts(columns: Sequence[str], batch_rows: int, threads: int) -> Iterator[Part]:
        del threads
        chosen = pa.schema([schema.field(c) for c in columns])
        number = 0
        for batch in _batches(read, list(columns), chosen):
            for start in range(0, batch.num_rows, batch_rows):
                piece = batch.slice(start, batch_rows)
                yield Part(0, number, piece.num_rows, partial(iter, [(piece, 0)]))
                number += 1

    known = isinstance(data, pa.Table) or hasattr(data, "iloc") or hasattr(data, "height")
    size = len(data) if known else None
    layouts = (Layout("table"),) if known else ()
    return Source(schema, ("table",), (), size, parts, layouts=layouts)


def _opened(data: Any) -> tuple[pa.Schema, Read]:
    """Columns, and how to read some of them."""
    if _is_lazy_frame(data):
        return _of_lazy_frame(data)
    if hasattr(data, "scanner"):
        return data.schema, lambda columns: data.scanner(columns=columns).to_reader()
    if hasattr(data, "to_reader"):
        reader = data.to_reader()
    else:
        try:
            reader = pa.RecordBatchReader.from_stream(_with_known_types(data))
        except pa.ArrowInvalid:
            if not hasattr(data, "iloc"):
                raise
            reader = pa.RecordBatchReader.from_stream(_with_short_decimals(data))
    return reader.schema, lambda _: reader


def _is_lazy_frame(data: Any) -> bool:
    return any(
        kind.__module__.startswith("polars.") and kind.__name__ == "LazyFrame"
        for kind in type(data).__mro__
    )


def _of_lazy_frame(query: Any) -> tuple[pa.Schema, Read]:
    """A query of polars, run batch by batch where this version can, else at once."""
    query = _with_known_types(query)
    schema = pa.RecordBatchReader.from_stream(query.collect_schema().to_frame()).schema

    def read(columns: list[str]) -> Iterator[pa.RecordBatch]:
        chosen = query.select(columns)
        if hasattr(chosen, "collect_batches"):
            frames = chosen.collect_batches(maintain_order=True)
        else:
            frames = [chosen.collect(engine="streaming")]
        for frame in frames:
            yield from pa.RecordBatchReader.from_stream(frame)

    return schema, read


def _with_known_types(data: Any) -> Any:
    """Integers of 128 bits as texts, where polars has some: Arrow has no type for them."""
    if not type(data).__module__.startswith("polars."):
        return data
    wide = [
        name for name, kind in data.collect_schema().items() if str(kind) in ("Int128", "UInt128")
    ]
    if not wide:
        return data
    import polars as pl

    return data.with_columns(pl.col(wide).cast(pl.String))


def _with_short_decimals(frame: Any) -> Any:
    """Decimals of pandas without the zeros at their ends: Arrow has no type for 0E-100."""
    frame = frame.copy()
    for number, kind in enumerate(frame.dtypes):
        if kind.kind == "O":
            frame.isetitem(number, frame.iloc[:, number].map(_shortest))
    return frame


def _shortest(value: Any) -> Any:
    if not isinstance(value, Decimal) or not value.is_finite():
        return value
    digits = value.as_tuple().digits
    return value.normalize(Context(prec=len(digits))) if value else Decimal()


def _batches(read: Read, columns: list[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    try:
        for batch in read(columns):
            yield _without_runs(batch.select(columns)).cast(schema)
    except ConnhubError:
        raise
    except Exception as error:  # queries fail in the ways of their libraries
        if is_shortage(error):
            raise
        raise _unreadable(error) from error


def _without_runs(batch: pa.RecordBatch) -> pa.RecordBatch:
    for i, f in enumerate(batch.schema):
        if isinstance(f.type, pa.RunEndEncodedType):
            batch = batch.set_column(i, f.name, pc.run_end_decode(batch.column(i)))
    return batch


def _unreadable(error: Exception) -> InputError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    kind = "intake.no_arrow_table" if isinstance(error, _NO_TABLE) else "intake.query_failed"
    return InputError(Fault(kind, reason=reason))
