"""Rows of a result in the order of a measure, with ranks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import nan_as_null, scalar, to_numpy

__all__ = ["Order", "largest", "ranked"]

Order = Literal["ascending", "descending"]


def largest(table: pa.Table, by: str, n: int) -> pa.Table:
    """The rows with the n largest values of a measure, and all that tie with the last of them.

    Parameters
    ----------
    table : Table
    by : str
        A numeric column; where it is null a row is left out.
    n : int

    Returns
    -------
    Table

    Examples
    --------
    >>> largest(pa.table({"sales": [5, 9, None, 7, 7]}), "sales", 2)["sales"].to_pylist()
    [9, 7, 7]
    """
    values = to_numpy(table[by].drop_null())
    if n <= 0 or values.size == 0:
        return table.slice(0, 0)
    least = np.partition(values, -n)[-n] if n < values.size else values.min()
    return table.filter(pc.greater_equal(table[by], scalar(least)))


def ranked(table: pa.Table, key: npt.NDArray[np.float64], then: Mapping[str, Order]) -> pa.Table:
    """All rows, the highest first, with ``rank`` in front.

    Parameters
    ----------
    table : Table, n rows
    key : ndarray of float64, shape (n,)
        As from `Result.order_key`. The same keys have the same rank; where a key is NaN the rank is
        null, and the rows come last.
    then : mapping of str to {"ascending", "descending"}
        Columns to sort by among rows of the same rank; ids of firms are sorted as texts.

    Returns
    -------
    Table

    Examples
    --------
    >>> firms = pa.table({"firm_id": [10, 9, 8], "sales": [7, 7, 9]})
    >>> ranked(firms, np.array([0.0, 0.0, 1.0]), {"firm_id": "ascending"}).to_pylist()[1]
    {'rank': 2, 'firm_id': 10, 'sales': 7}
    """
    keys = pa.chunked_array([nan_as_null(key)])
    ranks = pc.rank(keys, sort_keys="descending", tiebreaker="min").cast(pa.int64())
    table = table.add_column(
        0, "rank", pc.if_else(keys.is_valid(), ranks, scalar(None).cast(pa.int64()))
    )
    sort_keys = [("rank", "ascending"), *then.items()]
    columns = pa.table({name: _sortable(table[name], name) for name, _ in sort_keys})
    return table.take(pc.sort_indices(columns, sort_keys=sort_keys))


def _sortable(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """What to sort by: ids as texts, so that integers are in the order of texts too."""
    return column.cast(pa.large_string()) if name == "firm_id" else column
