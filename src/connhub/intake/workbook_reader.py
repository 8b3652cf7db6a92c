"""Workbooks: the first sheet of an ``.xlsx`` file, every cell as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from connhub.errors import Fault, InputError, extra
from connhub.intake.stream_reader import open_stream
from connhub.intake.table_source import Source, unreadable
from connhub.text.catalogue import Message

__all__ = ["open_workbook"]


def open_workbook(path: Path) -> Source:
    """Open the first sheet of a workbook.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Source

    Raises
    ------
    InputError, MissingExtraError
    """
    with extra("excel", Message("intake.reading_file", file=path.name)):
        from python_calamine import CalamineError, CalamineWorkbook
    try:
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    except (CalamineError, OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if not rows:
        raise InputError(Fault("intake.empty_sheet", file=str(path)))
    names = [_cell_text(v) or f"column {i}" for i, v in enumerate(rows[0], start=1)]
    columns = [[_cell_text(v) for v in column] for column in zip(*rows[1:], strict=True)]
    columns = columns or [[] for _ in names]
    table = pa.table(
        [pa.array(c, pa.large_string()) for c in columns],
        schema=pa.schema([(n, pa.large_string()) for n in names]),
    )
    source = open_stream(table)
    return Source(source.schema, (str(path),), (path,), source.size, 2, source.parts)


def _cell_text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)
