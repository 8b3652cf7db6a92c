"""Reading the grain ``pairs``: who trades with whom, by position."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connhub.errors import Fault, InputError, OptionError
from connhub.measures.result_table import Result
from connhub.measures.trade import Trade

__all__ = ["check_pairs", "positions", "translated", "with_attributes"]

Int = npt.NDArray[np.int64]


def check_pairs(trade: Trade) -> None:
    """Refuse trade that does not tell who trades with whom."""
    if trade.grain != "pairs":
        fix = "analyze with grain='pairs'"
        raise OptionError(Fault(f"links between firms are not in grain {trade.grain!r}", fix=fix))


def positions(column: pa.ChunkedArray) -> tuple[Int, pa.Array]:
    """Position of each row's text among the distinct ones, -1 for null, and those texts."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], column.type)
    at = pc.fill_null(whole.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return at, whole.dictionary.cast(pa.large_string())


def translated(at: Int, words: pa.Array, among: pa.Array) -> Int:
    """Positions among other texts; -1 stays."""
    new = pc.index_in(words, value_set=among).to_numpy(zero_copy_only=False)
    out: Int = np.append(new, -1)[at].astype(np.int64)
    return out


def with_attributes(firms: pd.DataFrame, more: Result | pd.DataFrame | None) -> pd.DataFrame:
    """Add the columns of a result by firm_id; those already there stay as they are."""
    if more is None:
        return firms
    more = more.frame if isinstance(more, Result) else more
    if "firm_id" not in more.columns:
        raise InputError(Fault("further columns of firms need the column 'firm_id'"))
    twice = more["firm_id"][more["firm_id"].duplicated()]
    if len(twice):
        fix = "give one row a firm"
        raise InputError(Fault("firms that occur twice", values=tuple(twice[:10]), fix=fix))
    new = more.set_index("firm_id")
    new = new[[c for c in new.columns if c not in firms.columns]]
    whole = dict.fromkeys(new.select_dtypes("integer").columns, "Int64")  # which may lack values
    rows = new.astype(whole).reindex(firms["firm_id"]).reset_index(drop=True)
    return pd.concat([firms, rows], axis=1)
