"""The sums of each firm that degrees are made of, whether added up from deals or stated."""

from __future__ import annotations

import os
import threading as th
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import from_numpy
from connhub.intake.amounts import Money
from connhub.intake.ledger import Ledger
from connhub.lazy_table import once
from connhub.regions.scheme import RegionScheme

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
"""Of the sales each a part of the one before, and so of the purchases."""


class FirmAmounts:
    """Sales and purchases by firm, in whole multiples of the resolution, made when asked for.

    Parameters
    ----------
    size : int
        How many firms there are.
    makers : mapping of str to callable
        What makes each of `AMOUNTS`, an ndarray of int64 of that size.
    unknown : mapping of str to ndarray of bool, shape (size,)
        By name of an amount, the firms of which it is not known; their amount is 0. What is not
        listed is known of all firms.
    """

    def __init__(
        self,
        size: int,
        makers: Mapping[str, Callable[[], Int]],
        unknown: Mapping[str, Mask] | None = None,
    ) -> None:
        self._size, self.unknown = size, unknown or {}
        self._makers = {name: once(make) for name, make in makers.items()}
        self._by_region: tuple[RegionScheme | None, Int] = (None, np.empty(0, dtype=np.int64))
        self._lock = th.Lock()

    @classmethod
    def of_sums(cls, sums: Int) -> FirmAmounts:
        """Take them from sums by firm, whose columns are `kernel.FIRM_FIELDS`."""
        return cls(
            len(sums),
            {
                "sales": lambda: sums[:, 0] + sums[:, 1] + sums[:, 2],
                "out_of_region_sales": lambda: sums[:, 1] + sums[:, 2],
                "overseas_sales": lambda: np.ascontiguousarray(sums[:, 2]),
                "purchases": lambda: sums[:, 4] + sums[:, 5] + sums[:, 6],
                "in_region_purchases": lambda: np.ascontiguousarray(sums[:, 4]),
            },
        )

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, name: str) -> Int:
        """One of `AMOUNTS`."""
        values: Int = self._makers[name]()
        return values

    def by_region(self, regions: RegionScheme) -> Int:
        """Out-of-region sales and in-region purchases of each region's firms.

        Kept, since several results of the same regions are computed from them.

        Parameters
        ----------
        regions : RegionScheme
            Of the firms.

        Returns
        -------
        ndarray of int64, shape (R, 2)
        """
        with self._lock:
            if self._by_region[0] is not regions:
                names = ("out_of_region_sales", "in_region_purchases")
                with ThreadPoolExecutor(os.cpu_count()) as pool:
                    columns = pool.map(self.__getitem__, names)
                sums = np.zeros((regions.size + 2, 2), dtype=np.int64)
                for k, values in enumerate(columns):
                    np.add.at(sums[:, k], regions.index, values)
                self._by_region = regions, sums[: regions.size]
            return self._by_region[1]

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
