"""The sums of each firm that degrees are made of, whether added up from deals or stated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import from_numpy, nan_as_null
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

    def take(self, rows: Int) -> FirmAmounts:
        """Those of some firms."""
        unknown = {name: mask[rows] for name, mask in self.unknown.items()}
        amounts = {name: getattr(self, name)[rows] for name in AMOUNTS}
        return FirmAmounts(**amounts, unknown=unknown)

    def column(self, name: str, money: Money) -> pa.Array:
        """One amount in units of results, as a column of a table.

        Parameters
        ----------
        name : str
            One of `AMOUNTS`.
        money : Money

        Returns
        -------
        Array of int64
            Null where it is not known.
        """
        values = money.in_result_units(getattr(self, name))
        return from_numpy(values, self.unknown.get(name))

    def where_known(self, values: npt.NDArray[np.float64], *names: str) -> pa.Array:
        """Values by firm; null where one of the amounts that they are made of is not known.

        Parameters
        ----------
        values : ndarray of float64, shape (n,)
            Changed in place; NaN where undefined.
        *names : str
            Of `AMOUNTS`.

        Returns
        -------
        Array of float64
        """
        for name in names:
            if (mask := self.unknown.get(name)) is not None:
                values[mask] = np.nan
        return nan_as_null(values)


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
