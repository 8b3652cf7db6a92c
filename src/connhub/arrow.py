"""Arrow arrays: made of NumPy's and of texts, turned into NumPy's, and what is asked of them.

Arrow's own conversions load pandas first, to see whether a value is one of its: a third of the
time of a short process. `from_numpy`, `text`, `scalar` and `to_numpy` do without.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from math import prod
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
    "from_numpy",
    "in_base_units",
    "index_in",
    "nan_as_null",
    "positions_in",
    "rows_where",
    "scalar",
    "table_of",
    "taken",
    "text",
    "to_numpy",
    "whole",
]


def whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column as one array, with one dictionary where it is encoded."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    if isinstance(column.type, pa.DictionaryType):
        if any(chunk.dictionary.null_count for chunk in column.chunks):  # Arrow unifies none such
            return column.cast(column.type.value_type).combine_chunks().dictionary_encode()
        column = column.unify_dictionaries()
    return column.combine_chunks() if column.num_chunks else pa.nulls(0, column.type)


def from_numpy(values: npt.ArrayLike, missing: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Numbers or truth values as an Arrow array, of which the missing are null.

    Examples
    --------
    >>> from_numpy(np.array([7, 5]), missing=np.array([False, True])).to_pylist()
    [7, None]
    >>> from_numpy(np.array([True, False])).to_pylist()
    [True, False]
    """
    values = np.asarray(values)
    data = np.packbits(values, bitorder="little") if values.dtype == bool else values
    valid = None
    if missing is not None and missing.any():
        valid = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    buffers = [valid, pa.py_buffer(np.ascontiguousarray(data))]
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), buffers)


def nan_as_null(values: npt.NDArray[np.float64]) -> pa.DoubleArray:
    """Numbers as an Arrow array, null where they are not defined.

    Examples
    --------
    >>> nan_as_null(np.array([0.5, np.nan])).to_pylist()
    [0.5, None]
    """
    return from_numpy(values, np.isnan(values))


def table_of(columns: Mapping[str, Any]) -> pa.Table:
    """A table of columns, each of Arrow or of NumPy.

    Examples
    --------
    >>> table_of({"firm_id": text(["a"]), "sales": np.array([30])}).to_pylist()
    [{'firm_id': 'a', 'sales': 30}]
    """
    given = columns.items()
    return pa.table({k: from_numpy(v) if isinstance(v, np.ndarray) else v for k, v in given})


def to_numpy(column: pa.Array | pa.ChunkedArray, null: Any = None) -> npt.NDArray[Any]:
    """Numbers or truth values as a NumPy array, without a copy where that is possible.

    Parameters
    ----------
    column : Array or ChunkedArray
        Without nulls, unless ``null`` is given.
    null
        What stands in place of null.

    Examples
    --------
    >>> to_numpy(pa.array([7, None]), null=-1).tolist()
    [7, -1]
    >>> to_numpy(pa.chunked_array([[True], [False, None]]), null=False).tolist()
    [True, False, False]
    """
    values = whole(column)
    if values.null_count:
        if null is None:
            raise ValueError("values are missing, and nothing stands for them")
        values = values.fill_null(scalar(null).cast(values.type))
    start, stop = values.offset, values.offset + len(values)
    data = values.buffers()[1] or b""
    if pa.types.is_boolean(values.type):
        bits = np.unpackbits(np.frombuffer(data, np.uint8), count=stop, bitorder="little")
        return bits[start:].view(bool)
    return np.frombuffer(data, values.type.to_pandas_dtype())[start:stop]


def scalar(value: str | float | None) -> pa.Scalar:
    """A text, a number or a truth value as Arrow's; None is a text that is null.

    Examples
    --------
    >>> scalar("13").as_py(), scalar(5).as_py(), scalar(None).type
    ('13', 5, DataType(large_string))
    """
    is_text = value is None or isinstance(value, str)
    return text([value])[0] if is_text else from_numpy(np.array([value]))[0]


def text(values: Any) -> pa.LargeStringArray:
    """Any column or sequence of texts as one Arrow array with 64-bit offsets.

    Examples
    --------
    >>> text(["甲", None, "a"]).to_pylist()
    ['甲', None, 'a']
    """
    if not isinstance(values, pa.Array | pa.ChunkedArray):
        return _of_texts(list(values))
    values = whole(values)
    if isinstance(values, pa.DictionaryArray):
        values = values.dictionary.cast(pa.large_string()).take(values.indices)
    return values.cast(pa.large_string())


def _of_texts(values: list[str | None]) -> pa.LargeStringArray:
    parts = [b"" if value is None else value.encode() for value in values]
    offsets = np.zeros(len(parts) + 1, dtype=np.int64)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    missing = np.array([value is None for value in values], dtype=bool)
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
    buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(b"".join(parts))]
    return pa.Array.from_buffers(pa.large_string(), len(parts), buffers)


def encoded_texts(values: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column as texts, dictionary-encoded, each text once."""
    encoded = _encoded(values)
    once = text(encoded.dictionary).dictionary_encode()
    if once.null_count or len(once.dictionary) < len(once):  # other codes than those that came
        return once.take(encoded.indices).cast(pa.dictionary(pa.int32(), pa.large_string()))
    codes = encoded.indices.cast(pa.int32())
    return pa.DictionaryArray.from_arrays(codes, once.dictionary, safe=False)  # they were valid


def distinct(values: pa.ChunkedArray) -> pa.LargeStringArray:
    """The different texts of a column."""
    return text(_encoded(values).dictionary)


def distinct_rows(
    columns: Iterable[pa.ChunkedArray],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """The rows of a table that differ, each the first of its kind, and which of them each row is.

    Parameters
    ----------
    columns : iterable of ChunkedArray, n rows each
        At least one.

    Returns
    -------
    first : ndarray of int64, shape (d,)
    of_row : ndarray of int32, shape (n,)

    Examples
    --------
    >>> table = pa.table({"a": ["x", "y", "x", None], "b": ["1", "1", "1", "1"]})
    >>> first, of_row = distinct_rows(table.columns)
    >>> first.tolist(), of_row.tolist()
    ([0, 1, 3], [0, 1, 0, 2])
    """
    encoded = [_encoded(column) for column in columns]
    size, few = len(encoded[0]), prod(len(e.dictionary) + 1 for e in encoded) < 2**31
    kinds: npt.NDArray[Any] = np.zeros(size, dtype=np.int32 if few else np.int64)
    count = 1
    for e in encoded:
        null = len(e.dictionary)
        if count * (null + 1) >= 2**63:
            kinds = _numbered(kinds).astype(np.int64)
            count = size
        for rows in _blocks(size, 1 << 16):
            kinds[rows] *= null + 1
            kinds[rows] += to_numpy(e.indices[rows], null)
        count *= null + 1
    of_row, first = _numbered(kinds), [np.empty(0, dtype=np.int64)]
    known = 0
    for rows in _blocks(size, 1 << 13):
        if (last := int(of_row[rows].max())) >= known:
            new = np.flatnonzero(of_row[rows] >= known)
            first.append(rows.start + new[np.unique(of_row[rows][new], return_index=True)[1]])
            known = last + 1
    return np.concatenate(first), of_row


def _blocks(size: int, most: int) -> Iterator[slice]:
    """Few rows at a time: memory that is new to a process is what most of the time would go to."""
    return (slice(start, min(start + most, size)) for start in range(0, size, most))


def _numbered(values: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    """Values as 0, 1, 2, ... by their first row."""
    numbers: npt.NDArray[np.int32] = to_numpy(from_numpy(values).dictionary_encode().indices)
    return numbers


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
    return taken(pc.index_in(values, value_set=known), encoded.indices)


def taken(index: pa.Int32Array, codes: pa.Array) -> npt.NDArray[np.int32]:
    """What an index says of each code; -1 for null. Arrow takes without widening the codes."""
    return to_numpy(index.take(codes), null=-1)


def rows_where(mask: Any) -> npt.NDArray[np.int64]:
    """Positions at which an Arrow or numpy mask holds; null counts as false."""
    if isinstance(mask, pa.Array | pa.ChunkedArray):
        mask = to_numpy(mask, null=False)
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
