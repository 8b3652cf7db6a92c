"""What a cell holds and how much room it takes: never guessed, never changed in silence."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from connhub.schema import Column
from connhub.text.headers import column_unit, header_text
from connhub.text.names import plain, width
from connhub.text.numbers import split_unit

__all__ = [
    "TEXT_KINDS",
    "SheetColumn",
    "cell_kind",
    "column_unit",
    "decimals_of",
    "header_text",
    "header_width",
    "is_missing",
    "needed_width",
    "row_height",
    "with_enough_decimals",
]

TEXT_KINDS = ("text", "wrapped", "mark", "yesno")
_KINDS_BY_UNIT = {
    "share": "share",
    "share a year": "share",
    "money": "money",
    "points": "points",
    "ratio": "points",
    "persons": "tenths",
}
_KINDS_BY_TYPE = {"bool": "yesno", "int64": "count", "string": "text"}
_DECIMALS = {"share": 2, "fine": 4, "points": 2, "tenths": 1, "number": 6}


@dataclass(frozen=True)
class SheetColumn:
    """A column of a sheet: where its values are, its header, and how they are written.

    Parameters
    ----------
    name : str
        Column of the frame.
    header : str
        Label and unit.
    kind : str
        ``text``, ``wrapped``, ``mark``, ``yesno``; ``money`` (whole units of the result, written
        in base units), ``count``, ``share``, ``points``, ``tenths``, ``number``.
    max_width : int
    bar : bool
        With bars behind the numbers.
    group : str
        Of columns that stand together: their common header, in a row of its own above.
    """

    name: str
    header: str
    kind: str = "text"
    max_width: int = 34
    bar: bool = False
    group: str = ""


def cell_kind(column: Column) -> str:
    """How the values of a column of the schema are written, by its unit and type."""
    return _KINDS_BY_UNIT.get(column.unit) or _KINDS_BY_TYPE.get(column.dtype, "number")


def is_missing(value: Any) -> bool:
    """Whether a cell stays empty: null, not a number, infinite, or a text of no sign."""
    if isinstance(value, float):
        return not math.isfinite(value)
    return not isinstance(value, str | int) or value == ""


def decimals_of(unit: str) -> int:
    """Decimals of money in base units.

    Examples
    --------
    >>> decimals_of("円"), decimals_of("0.01 EUR")
    (0, 2)
    """
    return len(str(split_unit(unit)[0])) - 1


def with_enough_decimals(column: SheetColumn, frame: pd.DataFrame) -> SheetColumn:
    """Give shares four decimals where two would not tell most of them apart."""
    if column.kind != "share" or not len(frame):
        return column
    values = np.abs(_numbers(frame[column.name]))
    positive = values[values > 0]
    small = positive.size > 0 and float(np.median(positive)) < 1e-3
    return replace(column, kind="fine") if small else column


def _numbers(values: pd.Series) -> Any:
    """Numbers of a column; 0 for what is missing, and for words among them."""
    if values.dtype == object:
        values = values.map(lambda v: np.nan if isinstance(v, str) else v)
    return np.nan_to_num(values.to_numpy(dtype=float, na_value=np.nan))


def needed_width(column: SheetColumn, frame: pd.DataFrame, unit: str) -> int:
    """Width of the widest value; of texts the first thousand are looked at.

    Parameters
    ----------
    column : SheetColumn
    frame : DataFrame
    unit : str
        Of the money of the result.
    """
    if column.kind in ("mark", "yesno"):
        return 6
    if column.kind in TEXT_KINDS:
        texts = [plain(v) for v in frame[column.name].head(1000).tolist()]
        return 2 + max((width(t) for t in texts), default=0)
    values = _numbers(frame[column.name])
    largest = float(np.abs(values).max(initial=0))
    margin = 4 if (values < 0).any() else 2
    if column.kind in ("share", "fine"):
        return margin + len(f"{100 * largest:.{_DECIMALS[column.kind]}f}%")
    if column.kind == "money":
        return margin + len(f"{largest / split_unit(unit)[0]:,.{decimals_of(unit)}f}")
    return margin + len(f"{largest:,.{_DECIMALS.get(column.kind, 0)}f}")


def header_width(header: str) -> int:
    """The least width for a header in about three lines, with the sign of the filter."""
    parts = [width(w) if w.isascii() else 0 for w in header.split()]
    return 3 + max(*parts, math.ceil(width(header) / 3), 3)


def _printed_width(line: str) -> float:
    """Width of a text as it is set: letters are narrower than the digits that widths count."""
    return width(line) - 0.15 * sum(c.isascii() for c in line)


def row_height(texts: Iterable[tuple[str, int]]) -> float:
    """Height of a row in which each text is wrapped in its width."""
    lines = [
        sum(max(1, math.ceil(_printed_width(line) / max(room - 2, 4))) for line in text.split("\n"))
        for text, room in texts
    ]
    return min(409.0, 13.0 * max(lines, default=1) + 4)
