"""Which firms two years have in common, and what became of the others.

A row is a firm in a region: one that moves is a row in each of the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import positions_in, text
from connhub.measures.results import Results

__all__ = ["ENTERING", "LEAVING", "STATUSES", "MatchedFirms", "match_firms"]

Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

STATUSES = (
    *("stays", "appears", "founded", "moves_in", "disappears", "closed", "moves_out"),
    "no_trade",
)
"""What a firm did between two years, as its trade tells."""
ENTERING = ("appears", "founded", "moves_in")
LEAVING = ("disappears", "closed", "moves_out")


@dataclass(frozen=True, eq=False)
class MatchedFirms:
    """Firms of two years, a row a firm and region: m rows.

    Parameters
    ----------
    before, after : Results
    rows : pair of ndarrays of int64, shape (m,)
        Row of the degrees before and after; -1 where the firm is not in that region then.
    seen : pair of ndarrays of bool, shape (m,)
        Whether the firm trades in the region before and after.
    status : ndarray of int8, shape (m,)
        As positions in `STATUSES`.
    """

    before: Results
    after: Results
    rows: tuple[Int, Int]
    seen: tuple[Mask, Mask]
    status: npt.NDArray[np.int8]

    def is_one_of(self, *names: str) -> Mask:
        """Which rows have one of some statuses."""
        return np.isin(self.status, [STATUSES.index(name) for name in names])

    def values(self, column: str) -> tuple[Int, Int]:
        """A column of money of the degrees, before and after; 0 where the firm is not there."""
        found = []
        for result, rows in zip((self.before, self.after), self.rows, strict=True):
            amounts = result.degrees.to_arrow([column])[column].fill_null(0).to_numpy()
            found.append(np.where(rows >= 0, amounts[rows], 0) if amounts.size else 0 * rows)
        return found[0], found[1]

    def by_region(self, column: str) -> tuple[Int, Int]:
        """A column that is the same for all firms of a region, before and after.

        For ``region`` totals such as the denominators: of firms that are not there as well, and 0
        for a region without firms in that year.
        """
        home = self.region_index
        found = []
        for result in (self.before, self.after):
            table = result.degrees.to_arrow(["region", column])
            of_region = np.zeros(len(self.codes), dtype=np.int64)
            codes = _positions(table["region"], self.codes)
            of_region[codes] = table[column].to_numpy()
            found.append(of_region[home])
        return found[0], found[1]

    def sums_by_region(self, column: str) -> tuple[Int, Int]:
        """What all firms of the row's region have of a column, before and after."""
        home = self.region_index
        found = []
        for values in self.values(column):
            sums = np.zeros(len(self.codes), dtype=np.int64)
            np.add.at(sums, home, values)
            found.append(sums[home])
        return found[0], found[1]

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of all regions."""
        return self.after.directory.codes

    @cached_property
    def region_index(self) -> Int:
        """The region of each row, as a position in `codes`."""
        return _positions(pa.chunked_array([self.take("region")]), self.codes)

    def take(self, column: str) -> pa.Array:
        """A column of texts or ids, of the later year where the firm is in both."""
        parts = [
            result.degrees.to_arrow([column])[column].combine_chunks()
            for result in (self.after, self.before)
        ]
        if parts[0].type != parts[1].type:
            parts = [text(part) for part in parts]
        later = self.rows[1]
        positions = np.where(later >= 0, later, len(parts[0]) + self.rows[0])
        return pa.chunked_array(parts).take(pa.array(positions)).combine_chunks()

    def ranks(self, by: str) -> tuple[Any, Any]:
        """Rank of each firm in its region by a degree, before and after, 1 for the highest.

        Ties have the same rank; null where the degree is.
        """
        import pandas as pd

        found = []
        for result, rows in zip((self.before, self.after), self.rows, strict=True):
            frame = pd.DataFrame(
                {
                    "key": result.degrees.order_key(by),
                    "region": _positions(result.degrees.to_arrow(["region"])["region"], self.codes),
                }
            )
            rank = frame.groupby("region")["key"].rank(method="min", ascending=False).to_numpy()
            there = np.where(rows >= 0, np.append(rank, np.nan)[rows], np.nan)
            found.append(pd.array(there, dtype="Int64"))
        return found[0], found[1]


def match_firms(
    before: Results,
    after: Results,
    *,
    founded: Mask | None = None,
    closed: Mask | None = None,
) -> MatchedFirms:
    """Find the firms of one year in another, by id and region.

    A firm *stays* where it trades in the same region in both years. Else it *appears* or
    *disappears*: that a table does not have a firm does not say that there was none. Only where
    its year of founding or closing is known is it *founded* or *closed*. It *moves* where it trades
    in another region.

    Parameters
    ----------
    before, after : Results
        Ids are compared as texts where the two are not of one type.
    founded : ndarray of bool, optional
        Of each firm of the later degrees: founded since the earlier year.
    closed : ndarray of bool, optional
        Of each firm of the earlier degrees: closed by the later year.

    Returns
    -------
    MatchedFirms
        Firms of the later year in its order, then those of the earlier one alone.
    """
    old, new = (r.degrees.to_arrow(["firm_id", "region"]) for r in (before, after))
    other = before.degrees.rows_of(new["firm_id"])
    codes = after.directory.codes
    old_region, new_region = _positions(old["region"], codes), _positions(new["region"], codes)
    same = (other >= 0) & (np.append(old_region, -1)[other] == new_region)
    left = np.ones(len(old), dtype=bool)
    left[other[same]] = False
    rows = (
        np.concatenate([np.where(same, other, -1), np.flatnonzero(left)]),
        np.concatenate([np.arange(len(new)), np.full(left.sum(), -1)]),
    )
    trades = _trading(before), _trading(after)
    seen = tuple(np.append(t, False)[r] for t, r in zip(trades, rows, strict=True))
    elsewhere_before = np.append(trades[0], False)[np.append(other, -1)[rows[1]]]
    now = after.degrees.rows_of(old["firm_id"])
    elsewhere_after = np.append(trades[1], False)[np.append(now, -1)[rows[0]]]
    status = np.select(
        [
            seen[0] & seen[1],
            seen[1] & (rows[0] < 0) & elsewhere_before,
            seen[1] & _flags(founded, rows[1]),
            seen[1],
            seen[0] & (rows[1] < 0) & elsewhere_after,
            seen[0] & _flags(closed, rows[0]),
            seen[0],
        ],
        [
            STATUSES.index(name)
            for name in (
                *("stays", "moves_in", "founded", "appears"),
                *("moves_out", "closed", "disappears"),
            )
        ],
        STATUSES.index("no_trade"),
    )
    return MatchedFirms(before, after, rows, (seen[0], seen[1]), status.astype(np.int8))


def _flags(flags: Mask | None, rows: Int) -> Mask:
    if flags is None:
        return np.zeros(rows.size, dtype=bool)
    return np.asarray(np.append(flags, False)[rows])


def _trading(result: Results) -> Mask:
    """Which firms have a counted transaction, as far as the sums tell."""
    amounts = ("sales", "purchases", "out_of_region_sales", "in_region_purchases")
    table = result.degrees.to_arrow([*amounts])
    trading = np.zeros(len(table), dtype=bool)
    for column in amounts:
        trading |= table[column].fill_null(0).to_numpy() != 0
    if result.trade is not None:  # sums may be 0 where returns take all back
        pairs = result.trade.table
        for column in [n for n in pairs.column_names if n.endswith("_id")]:
            found = result.degrees.rows_of(pairs[column])
            trading[found[found >= 0]] = True
    return trading


def _positions(column: Any, codes: tuple[str, ...]) -> Int:
    return positions_in(column, text(list(codes)))
