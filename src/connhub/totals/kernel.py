"""The hot loops, and nothing else.

Every row is decided once: counted, or left out for the first reason that applies. What is counted
is added to the sums of firms in the same go, or then to those of a finer grain.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from connhub.intake.batch import (
    BLANK_ROW,
    MISSING_AMOUNT,
    MISSING_YEAR,
    OTHER_YEAR,
    SAME_UNKNOWN,
    TOTAL_ROW,
)
from connhub.intake.ledger import ENTRIES
from connhub.jit import AHEAD, compiled, inner, prefetch

__all__ = [
    "FIRM_FIELDS",
    "GROUPED",
    "cell_keys",
    "decide",
    "merge_rows",
    "share_out",
    "sum_cells",
    "sum_purchases",
    "sum_sales",
]

FIRM_FIELDS = (
    "sales_in_region",
    "sales_out_of_region",
    "sales_overseas",
    "sales_counts",
    "purchases_in_region",
    "purchases_out_of_region",
    "purchases_overseas",
    "purchase_counts",
)
"""Eight int64 a firm: one cache line."""

IN, OUT, BLANK, TOTAL, YEAR_OTHER, YEAR_MISSING, AMOUNT_MISSING = range(7)
SELF, GROUP, FIRM, REGION, ABROAD, NEGATIVE = range(7, 13)
WITH_OVERSEAS = 13  # then unknown, self-trade, group, negative; estimated is counted beside
GROUPED = np.int64(1 << 13)
"""Above all region indices; whether a firm has a group is then known with its region."""
assert len(ENTRIES) == 19  # noqa: S101  # the constants above are positions in it


@inner
def _reason(
    same: Any, x: Any, mark: Any, p: Any, q: Any, grouped: Any, overseas: Any, policy: Any
) -> Any:
    """Position in ENTRIES of a row; p and q are -1 for parties that are not listed or placed."""
    unknown = overseas + 1
    if mark == BLANK_ROW:
        return BLANK
    if mark == TOTAL_ROW:
        return TOTAL
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
    if p == unknown or q == unknown:
        if policy[REGION] or ((p < 0 or p == unknown) and (q < 0 or q == unknown)):
            return REGION
    if p == overseas and q == overseas:
        return ABROAD
    if x < 0 and policy[NEGATIVE]:
        return NEGATIVE
    return IN if p == q else OUT


@inner
def _enter(ledger: Any, e: Any, x: Any, d: Any) -> None:
    ledger[e, 0] += d
    ledger[e, 1] += x
    ledger[e, 2] += abs(x)


@inner
def _note(
    e: Any, x: Any, d: Any, p: Any, q: Any, same: Any, grouped: Any, ledger: Any, excluded: Any
) -> None:
    """Write a row that is not plain into the ledger; e is its position in ENTRIES."""
    overseas = excluded.shape[0] - 2
    unknown = overseas + 1
    _enter(ledger, e, x, d)
    if e <= OUT:
        if p == overseas or q == overseas:
            _enter(ledger, WITH_OVERSEAS, x, d)
        if p == unknown or q == unknown:
            _enter(ledger, WITH_OVERSEAS + 1, x, d)
        if same:
            _enter(ledger, WITH_OVERSEAS + 2, x, d)
        elif grouped:
            _enter(ledger, WITH_OVERSEAS + 3, x, d)
        if x < 0:
            _enter(ledger, WITH_OVERSEAS + 4, x, d)
    elif e > YEAR_OTHER:  # the others were asked for, or are no trade
        excluded[p, 0] += x
        excluded[q, 1] += x


@inner
def _field(home: Any, other: Any, overseas: Any) -> Any:
    """0 in the region, 1 out of it, 2 overseas."""
    out = np.int64(home != other)
    return out + (out & np.int64(other == overseas))


@inner
def _add(
    s: Any, b: Any, p: Any, q: Any, x: Any, d: Any, overseas: Any, firms: Any, flows: Any
) -> None:
    """Add what firm s in region p sells to firm b in region q."""
    firms[s, _field(p, q, overseas)] += x
    firms[s, 3] += d
    firms[b, 4 + _field(q, p, overseas)] += x
    firms[b, 7] += d
    flows[p, q, 0] += x
    flows[p, q, 1] += d


@compiled
def decide(
    rows: Any, tables: Any, ledger: Any, excluded: Any, entry: Any, places: Any, sums: Any
) -> None:
    """Decide what becomes of each row of a batch.

    rows: seller, buyer, amount, counts (empty: one each), mark, seller_region, buyer_region (each
    perhaps empty). tables: region (with the bit GROUPED where the firm has a group) and group
    of each firm, then of one not listed, and which entries are excluded by policy. Written are
    entry (the position in ENTRIES) and places (2, rows: region of seller and buyer); ledger (19,
    3: rows, amount, magnitude) and excluded (R+2, 2: sales, purchases) are added to, and so are
    the sums, firms (n+1, 8) and flows (R+2, R+2, 2: amount, counts). places and sums may be empty.
    """
    seller, buyer, amount, counts, mark, seller_region, buyer_region = rows
    region, group, policy = tables
    firms, flows = sums
    n = region.size - 1
    overseas = excluded.shape[0] - 2
    unknown = overseas + 1
    inside_rows = inside_amount = plain_rows = plain_amount = np.int64(0)
    count = amount.size
    for i in range(count):
        if i + AHEAD < count:  # a row that is not plain would otherwise wait for memory
            s, b = seller[i + AHEAD], buyer[i + AHEAD]
            prefetch(region, s)
            prefetch(region, b)
            if firms.size:
                prefetch(firms, s)
                prefetch(firms, b)
        s, b, x = seller[i], buyer[i], amount[i]
        p, q = region[s], region[b]
        grouped = (p & q & GROUPED) != 0 and group[s] == group[b]
        p, q = p & ~GROUPED, q & ~GROUPED
        m = mark[i] if mark.size else 0
        d = counts[i] if counts.size else 1
        if s != b and p < overseas and q < overseas and x >= 0 and m == 0 and not grouped:
            inside = np.int64(p == q)  # no branch: half the rows would mispredict it
            inside_rows += d * inside
            inside_amount += x * inside
            plain_rows += d
            plain_amount += x
            e = OUT - inside
        else:
            if s == n:
                p = seller_region[i] if seller_region.size else -1
            if b == n:
                q = buyer_region[i] if buyer_region.size else -1
            same = (s == b and s != n) or m == SAME_UNKNOWN
            e = _reason(same, x, m, p, q, grouped, overseas, policy)
            p, q = p if p >= 0 else unknown, q if q >= 0 else unknown
            _note(e, x, d, p, q, same, grouped, ledger, excluded)
        entry[i] = e
        if places.size:
            places[0, i], places[1, i] = p, q
        if firms.size and e <= OUT:
            _add(s, b, p, q, x, d, overseas, firms, flows)
    ledger[IN, 0] += inside_rows
    ledger[OUT, 0] += plain_rows - inside_rows
    ledger[IN, 1] += inside_amount
    ledger[IN, 2] += inside_amount
    ledger[OUT, 1] += plain_amount - inside_amount
    ledger[OUT, 2] += plain_amount - inside_amount


# --- cells: key, amount, count ------------------------------------------------------------------


@compiled
def cell_keys(seller: Any, buyer: Any, places: Any, entry: Any, grain: Any, keys: Any) -> None:
    """Set the keys of the cells that rows belong to; -1 for rows not counted.

    places (2, rows): regions of seller and buyer; entry: empty when all rows are counted; grain:
    whether it is pairs, n, and R + 2, which say how keys are made, see `sparse_sums.Nodes`; keys:
    one a row of pairs, else two.
    """
    count = seller.size
    pairs, n, regions = grain
    for i in range(count):
        s, b = np.int64(seller[i]), np.int64(buyer[i])
        p, q = np.int64(places[0, i]), np.int64(places[1, i])
        s = s + p if s == n else s  # not listed: known by its region alone
        b = b + q if b == n else b
        skip = entry.size > 0 and entry[i] > OUT
        if pairs:
            keys[i] = -1 if skip else s * (n + regions) + b
        else:
            keys[i] = -1 if skip else 2 * s * regions + q
            keys[count + i] = -1 if skip else (2 * b + 1) * regions + p


@compiled
def share_out(keys: Any, amount: Any, counts: Any, bits: Any, bounds: Any, out: Any) -> None:
    """Sort rows by shard, of 2**bits keys each, so that each shard is given its rows in one go.

    counts may be empty for one a row; a row may have two keys. Set are bounds (shards + 1, and
    one more to work with) and out (keys, 3): key, amount, count. Keys of -1 are left out.
    """
    bounds[:] = 0
    for i in range(keys.size):
        if keys[i] >= 0:
            bounds[(keys[i] >> bits) + 2] += 1
    for k in range(2, bounds.size):
        bounds[k] += bounds[k - 1]
    for i in range(keys.size):
        if keys[i] >= 0:
            k = keys[i] >> bits
            row = i if i < amount.size else i - amount.size
            to = bounds[k + 1]  # where the shard begins, and in the end the next one
            out[to, 0], out[to, 1] = keys[i], amount[row]
            out[to, 2] = counts[row] if counts.size else 1
            bounds[k + 1] = to + 1


@compiled
def merge_rows(cells: Any, rows: Any, order: Any, how: Any, out: Any) -> Any:
    """Add rows (m, 3: key, amount, count) to sorted cells; these and out are three arrays.

    order: sorted, the key of each row above `low`, and in the last `bits` bits its position; how:
    low and bits. Returns how many cells, each of another key, are written to out, which may be
    empty: then they are counted alone.
    """
    keys, amounts, counts = cells
    out_key, out_amount, out_count = out
    low, bits = how
    here = (np.int64(1) << bits) - 1
    write = out_key.size > 0
    i, used, before = 0, np.uint64(0), np.int64(-1)
    for j in range(order.size):
        key = (order[j] >> bits) + low
        while i < keys.size and keys[i] <= key:
            if write:
                out_key[used], out_amount[used], out_count[used] = keys[i], amounts[i], counts[i]
            before = keys[i]
            used += np.uint64(1)
            i += 1
        row = np.uint64(order[j] & here)
        if key != before:
            if write:
                out_key[used], out_amount[used], out_count[used] = key, rows[row, 1], rows[row, 2]
            before = key
            used += np.uint64(1)
        elif write:
            out_amount[used - np.uint64(1)] += rows[row, 1]
            out_count[used - np.uint64(1)] += rows[row, 2]
    rest = keys.size - i
    for k in range(rest if write else 0):
        at = used + np.uint64(k)
        out_key[at], out_amount[at], out_count[at] = keys[i + k], amounts[i + k], counts[i + k]
    return np.int64(used) + rest


@compiled
def sum_sales(cells: Any, region: Any, firms: Any, flows: Any) -> None:
    """Add cells (key, amount, count) of pairs, sorted by key, to sales of firms and to flows."""
    key, amount, count = cells
    n, overseas, size = firms.shape[0] - 1, flows.shape[0] - 2, region.size
    s = 0  # sellers come in their order: they are counted up, since divisions are slow
    for i in range(key.size):
        while key[i] >= (s + 1) * size:
            s += 1
        p, q = region[s], region[key[i] - s * size]
        firms[min(s, n), _field(p, q, overseas)] += amount[i]
        firms[min(s, n), 3] += count[i]
        flows[p, q, 0] += amount[i]
        flows[p, q, 1] += count[i]


@compiled
def sum_purchases(cells: Any, region: Any, firms: Any, overseas: Any) -> None:
    """Add the same cells to the purchases of firms."""
    key, amount, count = cells
    n, size = firms.shape[0] - 1, region.size
    s = s_ahead = 0
    for i in range(key.size):
        if i + AHEAD < key.size:
            while key[i + AHEAD] >= (s_ahead + 1) * size:
                s_ahead += 1
            b = key[i + AHEAD] - s_ahead * size
            prefetch(region, b)
            prefetch(firms, min(b, n))
        while key[i] >= (s + 1) * size:
            s += 1
        b = key[i] - s * size
        firms[min(b, n), 4 + _field(region[b], region[s], overseas)] += amount[i]
        firms[min(b, n), 7] += count[i]


@compiled
def sum_cells(cells: Any, region: Any, firms: Any, flows: Any) -> None:
    """Add the cells (key, amount, count) of firms by region to firms and flows."""
    n, places = firms.shape[0] - 1, flows.shape[0]
    overseas = places - 2
    for i in range(cells[0].size):
        key, x, count = cells[0][i], cells[1][i], cells[2][i]
        node, other = key // (2 * places), key % places
        bought = key // places % 2
        home = region[node]
        f = min(node, n)
        firms[f, 4 * bought + _field(home, other, overseas)] += x
        firms[f, 4 * bought + 3] += count
        if not bought:
            flows[home, other, 0] += x
            flows[home, other, 1] += count
