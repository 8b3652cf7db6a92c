"""Reading the grain ``pairs``: who trades with whom, by position."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import text
from connhub.errors import Fault, InputError, OptionError
from connhub.measures.result_table import Result, check_same_unit
from connhub.measures.trade import Trade

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["check_pairs", "link_matrices", "positions", "translated", "with_attributes"]

Int = npt.NDArray[np.int64]
Ints = npt.NDArray[np.integer]


def check_pairs(trade: Trade) -> None:
    """Refuse trade that does not hold who trades with whom.

    Parameters
    ----------
    trade : Trade

    Raises
    ------
    OptionError
        When its grain is another than ``pairs``.
    """
    if trade.grain != "pairs":
        raise OptionError(Fault("networks.needs_pairs", grain=trade.grain))


def positions(column: pa.ChunkedArray) -> tuple[Int, pa.Array]:
    """Position of the value of each row among the distinct values, and those values.

    Parameters
    ----------
    column : ChunkedArray of string or int64, dictionary-encoded or not

    Returns
    -------
    tuple of ndarray of int64 and Array of large_string or int64
        Null has the position -1.

    Examples
    --------
    >>> position, names = positions(pa.chunked_array([["b", None, "a", "b"]]))
    >>> position.tolist(), names.to_pylist()
    ([0, -1, 1, 0], ['b', 'a'])
    """
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    encoded = column.unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], column.type)
    position = pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    values = encoded.dictionary
    return position, values if pa.types.is_integer(values.type) else text(values)


def translated(position: Int, names: pa.Array, known: pa.Array) -> Int:
    """Turn positions among some values into positions among others; -1 stays.

    Parameters
    ----------
    position : ndarray of int64
        Among `names`.
    names, known : Array of one type

    Returns
    -------
    ndarray of int64
        Among `known`.

    Examples
    --------
    >>> names, known = (pa.array(list(t), pa.large_string()) for t in ("ba", "abc"))
    >>> translated(np.array([0, 1, -1]), names, known).tolist()
    [1, 0, -1]
    """
    new = pc.index_in(names, value_set=known).to_numpy(zero_copy_only=False)
    found: Int = np.append(new, -1)[position].astype(np.int64)
    return found


def with_attributes(
    firms: pd.DataFrame, more: Result | pd.DataFrame | None, unit: str | None
) -> pd.DataFrame:
    """Add the columns of a table by firm_id; those already there stay as they are.

    Parameters
    ----------
    firms : DataFrame
        With ``firm_id``.
    more : Result or DataFrame, optional
        One row a firm, with ``firm_id``.
    unit : str, optional
        Of the money of `firms`, which that of `more` must be in too.

    Returns
    -------
    DataFrame

    Raises
    ------
    InputError
        When `more` has no ``firm_id``, or a firm twice.
    OptionError
        When the units differ.

    Examples
    --------
    >>> firms = pd.DataFrame({"firm_id": ["b", "a"]})
    >>> with_attributes(firms, pd.DataFrame({"firm_id": ["a"], "partners": [3]}), "円")
      firm_id  partners
    0       b      <NA>
    1       a         3
    """
    if more is None:
        return firms
    more = more.frame if isinstance(more, Result) else more
    check_same_unit(unit, more.attrs.get("unit"))
    if "firm_id" not in more.columns:
        raise InputError(Fault("networks.no_firm_id"))
    repeated = more["firm_id"][more["firm_id"].duplicated()]
    if len(repeated):
        examples = tuple(map(str, repeated[:10]))
        raise InputError(Fault("networks.firm_twice", examples=examples, count=len(repeated)))
    ids, known = firms["firm_id"], more["firm_id"]
    if ids.dtype != known.dtype:  # integers in one table, texts in the other
        ids, known = ids.astype("str"), known.astype("str")
    new = more.set_index(known)
    new = new[[c for c in new.columns if c not in firms.columns]]
    # Whole numbers stay whole where a firm has no row, money above 2**53 too
    nullable = {c: "Int64" for c in new.columns if pd.api.types.is_integer_dtype(new[c].dtype)}
    rows = new.astype(nullable).reindex(ids).reset_index(drop=True)
    return pd.concat([firms, rows], axis=1)


def link_matrices(
    seller: Ints, buyer: Ints, amount: Ints, n_transactions: Ints, *, size: int
) -> tuple[csr_array[Any, Any], csr_array[Any, Any]]:
    """Amounts and numbers of transactions as matrices, sellers by buyers.

    Parameters
    ----------
    seller, buyer, amount, n_transactions : ndarray of int, shape (m,)
        Of m links.
    size : int
        Number of firms n.

    Returns
    -------
    pair of csr_array, shape (n, n)

    Examples
    --------
    >>> link = (np.array([value]) for value in (0, 1, 30, 2))
    >>> [matrix.toarray().tolist() for matrix in link_matrices(*link, size=2)]
    [[[0, 30], [0, 0]], [[0, 2], [0, 0]]]
    """
    from scipy.sparse import csr_array

    shape, links = (size, size), (seller, buyer)
    return (
        csr_array((amount, links), shape=shape),
        csr_array((n_transactions, links), shape=shape),
    )
