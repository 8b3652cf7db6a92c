"""The hot loops, and nothing else.

Every row is decided once: counted, or left out for the first reason that applies. Then what is
counted is added to the sums of the grain.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from connhub.intake.coding import MISSING_AMOUNT, MISSING_YEAR, OTHER_YEAR, SAME_UNKNOWN
from connhub.intake.ledger import ENTRIES
from connhub.prefetch import AHEAD, prefetch

__all__ = [
    "FIRM_FIELDS",
    "GROUPED",
    "add_cells",
    "add_firms",
    "count_cells",
    "decide",
    "move_cells",
    "place_cells",
    "share_out",
    "sort_cells",
]

FIRM_FIELDS = (
    "sales_in_region",
    "sales_out_of_region",
    "sales_overseas",
    "sales_deals",
    "purchases_in_region",
    "purchases_out_of_region",
    "purchases_overseas",
    "purchase_deals",
)
"""Eight int64 a firm: one cache line."""

IN, OUT, YEAR_OTHER, YEAR_MISSING, AMOUNT_MISSING, SELF, GROUP, FIRM, REGION, ABROAD, NEGATIVE = (
    range(11)
)
WITH_OVERSEAS, WITH_UNKNOWN, WITH_SELF, WITH_GROUP, WITH_NEGATIVE = range(11, 16)
GROUPED = np.int64(1 << 13)
"""Above all region indices; whether a firm has a group is then known with its region."""
assert len(ENTRIES) == 16  # noqa: S101  # the constants above are positions in it


@numba.njit(nogil=True)
def _reason(
    same: Any, x: Any, mark: Any, p: Any, q: Any, grouped: Any, overseas: Any, policy: Any
) -> Any:
    """Position in ENTRIES of a row; p and q are -1 for parties that are not listed or placed."""
    unknown = overseas + 1
    if mark == OTHER_YEAR:
        return YEAR_OTHER
    if mark == MISSING_YEAR:
        return YEAR_MISSING
    if mark == MISSING_AMOUNT:
        return AMOUNT_MISSING
    if policy[SELF] and same:
        return SELF
    if policy[GROUP] and grouped:
        return GROUP
    if p < 0 or q < 0:
        if policy[FIRM] or (p < 0 and q < 0):
            return FIRM
    if unknown in (p, q):
        if policy[REGION] or ((p < 0 or p == unknown) and (q < 0 or q == unknown)):
            return REGION
    if p == overseas and q == overseas:
        return ABROAD
    if x < 0 and policy[NEGATIVE]:
        return NEGATIVE
    return IN if p == q else OUT


@numba.njit(nogil=True)
def decide(rows: Any, tables: Any, ledger: Any, excluded: Any, entry: Any, places: Any) -> None:
    """Decide what becomes of each row of a batch.

    rows: seller, buyer, amount, mark, seller_region, buyer_region, the last three empty or as
    long as the first. tables: region (with the bit GROUPED where the firm has a group) and group
    of each firm, then of one not listed, and which entries are excluded by policy. Written are
    entry (the position in ENTRIES) and places (2, rows: region of seller and buyer); ledger (16,
    3: rows, amount, magnitude) and excluded (R+2, 2: sales, purchases) are added to.
    """
    seller, buyer, amount, mark, seller_region, buyer_region = rows
    region, group, policy = tables
    n = region.size - 1
    overseas = excluded.shape[0] - 2
    unknown = overseas + 1
    inside_rows = inside_amount = plain_rows = plain_amount = np.int64(0)
    for i in range(amount.size):
        s, b, x = np.int64(seller[i]), np.int64(buyer[i]), amount[i]
        p, q = np.int64(region[s]), np.int64(region[b])
        grouped = (p & q & GROUPED) != 0 and group[s] == group[b]
        p, q = p & ~GROUPED, q & ~GROUPED
        m = np.int64(mark[i]) if mark.size else np.int64(0)
        if s != b and p < overseas and q < overseas and x >= 0 and m == 0 and not grouped:
            inside = np.int64(p == q)  # no branch: half the rows would mispredict it
            inside_rows += inside
            inside_amount += x * inside
            plain_rows += np.int64(1)
            plain_amount += x
            entry[i] = OUT - inside
            places[0, i], places[1, i] = p, q
            continue
        if s == n:
            p = np.int64(seller_region[i]) if seller_region.size else np.int64(-1)
        if b == n:
            q = np.int64(buyer_region[i]) if buyer_region.size else np.int64(-1)
        same = (s == b and s != n) or m == SAME_UNKNOWN
        e = _reason(same, x, m, p, q, grouped, overseas, policy)
        p = np.int64(unknown) if p < 0 else p
        q = np.int64(unknown) if q < 0 else q
        entry[i] = e
        places[0, i], places[1, i] = p, q
        _note(ledger, e, True, x)
        if e > OUT:
            excluded[p, 0] += x
            excluded[q, 1] += x
        else:
            _note(ledger, WITH_OVERSEAS, overseas in (p, q), x)
            _note(ledger, WITH_UNKNOWN, unknown in (p, q), x)
            _note(ledger, WITH_SELF, same, x)
            _note(ledger, WITH_GROUP, grouped and not same, x)
            _note(ledger, WITH_NEGATIVE, x < 0, x)
    for e, count, money in (
        (IN, inside_rows, inside_amount),
        (OUT, plain_rows - inside_rows, plain_amount - inside_amount),
    ):
        ledger[e, 0] += count
        ledger[e, 1] += money
        ledger[e, 2] += money


@numba.njit(nogil=True)
def _note(ledger: Any, entry: Any, holds: Any, x: Any) -> None:
    if holds:
        ledger[entry, 0] += 1
        ledger[entry, 1] += x
        ledger[entry, 2] += abs(x)


@numba.njit(nogil=True)
def add_firms(
    seller: Any, buyer: Any, amount: Any, entry: Any, places: Any, firms: Any, flows: Any
) -> None:
    """Add the counted rows of a batch to firms (n+1, 8) and flows (R+2, R+2, 2: amount, deals)."""
    overseas = flows.shape[0] - 2
    count = amount.size
    for i in range(count):
        if i + AHEAD < count:
            prefetch(firms, np.int64(seller[i + AHEAD]))
            prefetch(firms, np.int64(buyer[i + AHEAD]))
        if entry[i] > OUT:
            continue
        s, b, x = seller[i], buyer[i], amount[i]
        p, q = np.int64(places[0, i]), np.int64(places[1, i])
        out = np.int64(p != q)  # field 0 in the region, 1 out of it, 2 overseas
        firms[s, out + (out & np.int64(q == overseas))] += x
        firms[s, 3] += 1
        firms[b, 4 + out + (out & np.int64(p == overseas))] += x
        firms[b, 7] += 1
        flows[p, q, 0] += x
        flows[p, q, 1] += 1


@numba.njit(nogil=True)
def share_out(keys: Any, shards: Any, bounds: Any, keys_out: Any, order: Any) -> None:
    """Sort keys by shard, so that each can be added to in one go; bounds (shards + 1) are set."""
    bounds[:] = 0
    for i in range(keys.size):
        bounds[shards[i] + 1] += 1
    for k in range(1, bounds.size):
        bounds[k] += bounds[k - 1]
    at = bounds[:-1].copy()
    for i in range(keys.size):
        place = at[shards[i]]
        at[shards[i]] += 1
        keys_out[place], order[place] = keys[i], i


@numba.njit(nogil=True)
def add_cells(keys: Any, amounts: Any, deals: Any, start: Any, cells: Any, most: Any) -> Any:
    """Add rows to a hash table of cells (capacity, 3: key, amount, deals; key -1 where free).

    Returns the row at which the table had taken in `most` new cells and one more was needed, or
    the number of rows when all are added; and how many cells are new.
    """
    mask = np.uint64(cells.shape[0] - 1)
    new = 0
    for i in range(start, keys.size):
        if i + AHEAD < keys.size:
            prefetch(cells, np.int64(_mix(np.uint64(keys[i + AHEAD])) & mask))
        at = _slot(keys[i], cells, mask)
        if cells[at, 0] == -1:
            if new == most:
                return i, new
            new += 1
            cells[at, 0] = keys[i]
        cells[at, 1] += amounts[i]
        cells[at, 2] += deals[i] if deals.size else 1
    return keys.size, new


@numba.njit(nogil=True)
def move_cells(cells: Any, larger: Any) -> None:
    """Put all cells into a larger table."""
    mask = np.uint64(larger.shape[0] - 1)
    for i in range(cells.shape[0]):
        if cells[i, 0] != -1:
            larger[_slot(cells[i, 0], larger, mask)] = cells[i]


@numba.njit(nogil=True)
def count_cells(cells: Any, width: Any, counts: Any) -> None:
    """Count the cells of each node at counts[node + 1]; a node has `width` keys."""
    for i in range(cells.shape[0]):
        if cells[i, 0] != -1:
            counts[cells[i, 0] // width + 1] += 1


@numba.njit(nogil=True)
def place_cells(cells: Any, width: Any, at: Any, out: Any) -> None:
    """Write the cells of each node from at[node] on to out (key, amount, deals)."""
    for i in range(cells.shape[0]):
        if cells[i, 0] != -1:
            node = cells[i, 0] // width
            for column in range(3):
                out[column][at[node]] = cells[i, column]
            at[node] += 1


@numba.njit(nogil=True)
def sort_cells(starts: Any, out: Any) -> None:
    """Sort the cells of each node by key."""
    for k in range(starts.size - 1):
        part = slice(starts[k], starts[k + 1])
        if starts[k + 1] - starts[k] > 1:
            order = np.argsort(out[0][part])
            for column in range(3):
                out[column][part] = out[column][part][order]


@numba.njit(nogil=True)
def _slot(key: Any, cells: Any, mask: Any) -> Any:
    """Where a key is, or would be put."""
    at = _mix(np.uint64(key)) & mask
    while cells[at, 0] != -1 and cells[at, 0] != key:
        at = (at + np.uint64(1)) & mask
    return at


@numba.njit(nogil=True)
def _mix(key: Any) -> Any:
    key = (key ^ (key >> np.uint64(31))) * np.uint64(0x9E3779B97F4A7C15)
    return key ^ (key >> np.uint64(32))
