"""Small helpers for Arrow arrays."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.schema import money_columns
from connhub.text.numbers import split_unit

__all__ = ["in_base_units", "rows_where", "text"]


def text(values: Any) -> pa.LargeStringArray:
    """Any column or sequence of texts as one Arrow array with 64-bit offsets."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    elif not isinstance(values, pa.Array):
        values = pa.array(values, type=pa.large_string())
    if isinstance(values, pa.DictionaryArray):
        values = values.dictionary.cast(pa.large_string()).take(values.indices)
    return values.cast(pa.large_string())


def rows_where(mask: Any) -> npt.NDArray[np.int64]:
    """Positions at which an Arrow or numpy mask holds; null counts as false."""
    if isinstance(mask, pa.Array | pa.ChunkedArray):
        mask = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
    return np.flatnonzero(mask)


def in_base_units(data: pa.Table, table: str, unit: str) -> pa.Table:
    """An Arrow table with its money in base units, as decimals where these are fractions.

    Parameters
    ----------
    data : Table
    table : str
        Of the schema, which says what is money.
    unit : str
        Of the money.

    Examples
    --------
    >>> in_base_units(pa.table({"sales": [-5]}), "degrees", "0.01 EUR")["sales"].to_pylist()
    [Decimal('-0.05')]
    """
    places = len(str(split_unit(unit)[0])) - 1
    for name in money_columns(table) if places else ():
        if name in data.column_names:
            step = pa.scalar(Decimal(1).scaleb(-places), pa.decimal128(places + 1, places))
            decimals = pc.multiply(data[name].cast(pa.decimal128(19, 0)), step)
            data = data.set_column(data.column_names.index(name), name, decimals)
    return data
