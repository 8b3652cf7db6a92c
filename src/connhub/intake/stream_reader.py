"""Tables of any library that offers ``__arrow_c_stream__``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from connhub.errors import Fault, InputError
from connhub.intake.table_source import Part, Source, plain_type

__all__ = ["open_stream"]


def open_stream(data: Any) -> Source:
    """Open a table in memory, or a reader of batches.

    Parameters
    ----------
    data : object
        With ``__arrow_c_stream__``.

    Returns
    -------
    Source
        A part is a batch.

    Raises
    ------
    InputError
    """
    try:
        reader = pa.RecordBatchReader.from_stream(data)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise InputError(Fault("intake.no_arrow_table", reason=str(error))) from error

    schema = pa.schema([(f.name, plain_type(f.type)) for f in reader.schema])

    def parts(columns: Sequence[str], batch_rows: int, threads: int) -> Iterator[Part]:
        del threads
        chosen = pa.schema([schema.field(c) for c in columns])
        number = 0
        for batch in reader:
            selected = batch.select(list(columns)).cast(chosen)
            for start in range(0, selected.num_rows, batch_rows):
                piece = selected.slice(start, batch_rows)
                yield Part(0, number, piece.num_rows, partial(iter, [(piece, 0)]))
                number += 1

    known = isinstance(data, pa.Table) or hasattr(data, "iloc") or hasattr(data, "height")
    return Source(schema, ("table",), (), len(data) if known else None, 1, parts)
