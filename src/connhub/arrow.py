"""Small helpers for Arrow arrays."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.schema import money_columns
from connhub.text.numbers import split_unit

__all__ = [
    "distinct",
    "distinct_rows",
    "encoded_texts",
    "in_base_units",
    "index_in",
    "positions_in",
    "rows_where",
    "taken",
    "text",
    "whole",
]


def whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column as one array, with one dictionary where it is encoded."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    if isinstance(column.type, pa.DictionaryType):
        if any(chunk.dictionary.null_count for chunk in column.chunks):  # Arrow unifies none such
            return column.cast(column.type.value_type).combine_chunks().dictionary_encode()
        column = column.unify_dictionaries()
    return column.combine_chunks() if column.num_chunks else pa.array([], column.type)


def text(values: Any) -> pa.LargeStringArray:
    """Any column or sequence of texts as one Arrow array with 64-bit offsets."""
    if not isinstance(values, pa.Array | pa.ChunkedArray):
        values = pa.array(values, type=pa.large_string())
    values = whole(values)
    if isinstance(values, pa.DictionaryArray):
        values = values.dictionary.cast(pa.large_string()).take(values.indices)
    return values.cast(pa.large_string())


def encoded_texts(values: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column as texts, dictionary-encoded, each text once."""
    encoded = _encoded(values)
    once = text(encoded.dictionary).dictionary_encode()
    if once.null_count or len(once.dictionary) < len(once):  # other codes than those that came
        return once.take(encoded.indices).cast(pa.dictionary(pa.int32(), pa.large_string()))
    return pa.DictionaryArray.from_arrays(encoded.indices.cast(pa.int32()), once.dictionary)


def distinct(values: pa.ChunkedArray) -> pa.LargeStringArray:
    """The different texts of a column."""
    return text(_encoded(values).dictionary)


def distinct_rows(
    columns: Iterable[pa.ChunkedArray],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The rows of a table that differ, each the first of its kind, and which of them each row is.

    Parameters
    ----------
    columns : iterable of ChunkedArray, n rows each
        At least one.

    Returns
    -------
    first : ndarray of int64, shape (d,)
    of_row : ndarray of int64, shape (n,)

    Examples
    --------
    >>> table = pa.table({"a": ["x", "y", "x", None], "b": ["1", "1", "1", "1"]})
    >>> first, of_row = distinct_rows(table.columns)
    >>> first.tolist(), of_row.tolist()
    ([0, 1, 3], [0, 1, 0, 2])
    """
    kinds = None
    for column in columns:
        encoded = _encoded(column)
        null = len(encoded.dictionary)
        codes = encoded.indices.fill_null(null).to_numpy(zero_copy_only=False)
        kinds = codes if kinds is None else kinds.astype(np.int64) * (null + 1) + codes
        kinds = pa.array(kinds).dictionary_encode().indices.to_numpy()
    if kinds is None:
        raise ValueError("no columns")
    first = np.empty(kinds.max(initial=-1) + 1, dtype=np.int64)
    first[kinds[::-1]] = np.arange(kinds.size)[::-1]  # the last that is written is the first row
    return first, kinds.astype(np.int64)


def _encoded(values: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    values = whole(values)
    if isinstance(values, pa.DictionaryArray) and values.dictionary.null_count:
        values = values.cast(values.type.value_type)  # null is then no word
    return values if isinstance(values, pa.DictionaryArray) else values.dictionary_encode()


def positions_in(column: Any, known: pa.Array) -> npt.NDArray[np.int64]:
    """Position of each value among those that are known; -1 for null and for any other.

    A million firms are found sooner by `Degrees.rows_of`.

    Parameters
    ----------
    column : Array or ChunkedArray of texts or integers, dictionary-encoded or not
    known : Array
        Each once. Texts are compared where the two are not of one type.

    Returns
    -------
    ndarray of int64

    Examples
    --------
    >>> positions_in(pa.array(["b", None, "a", "x"]), pa.array(["a", "b"])).tolist()
    [1, -1, 0, -1]
    >>> positions_in(pa.array([7, 5]).dictionary_encode(), pa.array(["5"])).tolist()
    [-1, 0]
    """
    return index_in(column, known).astype(np.int64)


def index_in(column: Any, known: pa.Array) -> npt.NDArray[np.int32]:
    """As `positions_in`, in half the memory."""
    encoded = _encoded(column)
    values = encoded.dictionary
    if values.type != known.type:
        values, known = text(values), text(known)
    return taken(pc.index_in(values, value_set=known).fill_null(-1), encoded.indices)


def taken(index: pa.Int32Array, codes: pa.Array) -> npt.NDArray[np.int32]:
    """What an index says of each code; -1 for null. Arrow takes without widening the codes."""
    found: npt.NDArray[np.int32] = index.take(codes).fill_null(-1).to_numpy(zero_copy_only=False)
    return found


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
