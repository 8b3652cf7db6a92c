"""The sums of each firm that degrees are made of, whether added up from deals or stated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import from_numpy
from connhub.intake.amounts import Money
from connhub.intake.ledger import Ledger

__all__ = ["AMOUNTS", "FirmAmounts", "TotalsOfFirms"]

Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
AMOUNTS = (
    "sales",
    "out_of_region_sales",
    "overseas_sales",
    "purchases",
    "in_region_purchases",
)


@dataclass(frozen=True, eq=False)
class FirmAmounts:
    """Sales and purchases by firm, in whole multiples of the resolution.

    Parameters
    ----------
    sales, out_of_region_sales, overseas_sales : ndarray of int64, shape (n,)
        Each a part of the one before.
    purchases, in_region_purchases : ndarray of int64, shape (n,)
    unknown : mapping of str to ndarray of bool, shape (n,)
        By name of an amount, the firms of which it is not known; their amount is 0. What is not
        listed is known of all firms.
    """

    sales: Int
    out_of_region_sales: Int
    overseas_sales: Int
    purchases: Int
    in_region_purchases: Int
    unknown: Mapping[str, Mask] = field(default_factory=dict)

    @classmethod
    def of_sums(cls, sums: Int) -> FirmAmounts:
        """Take them from sums by firm, whose columns are `kernel.FIRM_FIELDS`."""
        overseas, inside = sums[:, 2], sums[:, 4]
        outside = sums[:, 1] + overseas
        return cls(
            sums[:, 0] + outside, outside, overseas, inside + sums[:, 5] + sums[:, 6], inside
        )

    def __len__(self) -> int:
        return int(self.sales.size)

    def of(self, name: str, rows: Int) -> Int:
        """One amount of some firms."""
        values: Int = getattr(self, name)[rows]
        return values

    def column(self, values: npt.NDArray[Any], rows: Int, *names: str) -> pa.Array:
        """Values of some firms as a column of a table.

        Parameters
        ----------
        values : ndarray of int64 or float64
            Made of amounts; NaN where undefined.
        rows : ndarray of int64
            The firms.
        *names : str
            The amounts, of `AMOUNTS`.

        Returns
        -------
        Array
            Null where undefined, or where one of the amounts is not known.
        """
        missing = [self.unknown[name][rows] for name in names if name in self.unknown]
        if values.dtype == np.float64:
            missing.append(np.isnan(values))
        return from_numpy(values, np.any(missing, axis=0) if missing else None)


class TotalsOfFirms(Protocol):
    """What degrees are computed from: `Totals`, or `FirmTotals`."""

    @property
    def firm_amounts(self) -> FirmAmounts:
        """Sales and purchases by firm."""

    @property
    def money(self) -> Money:
        """How amounts are counted."""

    def to_ledger(self) -> Ledger:
        """Where every row and every yen went."""
