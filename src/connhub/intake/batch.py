"""Encoded rows: what intake hands to the sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.intake.reading import ONE_EACH
from connhub.intake.table_source import Part

__all__ = [
    "BLANK_ROW",
    "MISSING_AMOUNT",
    "MISSING_YEAR",
    "ONE_EACH",
    "OTHER_YEAR",
    "PLAIN",
    "PLAIN_MARKS",
    "SAME_UNKNOWN",
    "TOTAL_ROW",
    "Batch",
]

PLAIN, OTHER_YEAR, MISSING_YEAR, MISSING_AMOUNT, SAME_UNKNOWN, BLANK_ROW, TOTAL_ROW = range(7)
"""What intake already knows of a row; SAME_UNKNOWN: seller and buyer are one unlisted id."""
PLAIN_MARKS = (PLAIN, SAME_UNKNOWN)
"""Rows that may be counted."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Encoded rows: what the kernel gets.

    Parameters
    ----------
    seller, buyer : ndarray of int32
        Firm index; the number of firms for one that the table lacks.
    amount : ndarray of int64
        In multiples of the resolution; 0 where missing.
    counts : ndarray of int64, or empty
        How many rows of the raw table this one stands for; empty for one each.
    mark : ndarray of uint8, or empty when all rows are PLAIN
    seller_region, buyer_region : ndarray of int32, or empty
        Region that the row itself gives for a party, -1 for none.
    ids : pair of Array, or None
        Of seller and buyer as they came, for messages; None where they are not known any more.
    given : mapping of str to Array
        Regions that the rows give, as they came, by role.
    years : ndarray of int, or None
        Year of each row, 0 where missing; None without such a column.
    part : Part
    position : int
        Of the first row inside the part.
    estimated : ndarray of bool, or None
        Rows whose amount is estimated; None without such a column.
    rows : ndarray of int64, or None
        Where these rows are in `ids` and in what was read, if they are not all of it in its order.
    """

    seller: npt.NDArray[np.int32]
    buyer: npt.NDArray[np.int32]
    amount: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    mark: npt.NDArray[np.uint8]
    seller_region: npt.NDArray[np.int32]
    buyer_region: npt.NDArray[np.int32]
    ids: tuple[pa.Array, pa.Array] | None
    given: Mapping[str, pa.Array]
    years: npt.NDArray[np.integer[Any]] | None
    part: Part
    position: int
    estimated: npt.NDArray[np.bool_] | None = None
    rows: npt.NDArray[np.int64] | None = None

    def of_rows(self, rows: npt.NDArray[np.int64]) -> Batch:
        """Some of the rows, or some of them several times; always a copy."""

        def taken(values: Any) -> Any:
            return values[rows] if values is not None and values.size else values

        names = ("seller", "buyer", "amount", "counts", "mark", "seller_region", "buyer_region")
        columns = {name: taken(getattr(self, name)) for name in (*names, "years", "estimated")}
        return replace(self, **columns, rows=rows if self.rows is None else self.rows[rows])

    def read_rows(self, some: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Positions in what was read of some of the rows."""
        return some if self.rows is None else self.rows[some]
