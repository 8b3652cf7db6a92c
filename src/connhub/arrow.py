"""Small helpers for Arrow arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["rows_where", "text"]


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
