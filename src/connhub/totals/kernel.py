"""The hot loop, and nothing else.

Every row is decided once: counted, or left out for the first reason that applies.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from connhub.intake.ledger import ENTRIES
from connhub.intake.transactions import MISSING_AMOUNT, MISSING_YEAR, OTHER_YEAR, SAME_UNKNOWN

__all__ = ["FIRM_FIELDS", "accumulate", "classify"]

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
assert len(ENTRIES) == 16  # noqa: S101  # the constants above are positions in it


@numba.njit(nogil=True)
def _decide(
    s: Any,
    b: Any,
    x: Any,
    mark: Any,
    p: Any,
    q: Any,
    n: Any,
    overseas: Any,
    group: Any,
    policy: Any,
) -> Any:
    """Position in ENTRIES of a row; p and q are -1 for parties that are not listed or placed."""
    unknown = overseas + 1
    if mark == OTHER_YEAR:
        return YEAR_OTHER
    if mark == MISSING_YEAR:
        return YEAR_MISSING
    if mark == MISSING_AMOUNT:
        return AMOUNT_MISSING
    if policy[SELF] and ((s == b and s != n) or mark == SAME_UNKNOWN):
        return SELF
    if policy[GROUP] and group.size and group[s] >= 0 and group[s] == group[b]:
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
def _place(f: Any, i: Any, n: Any, region: Any, given: Any) -> Any:
    """Region of a party; -1 when the table lacks it and the row does not say."""
    if f != n:
        return np.int64(region[f])
    if given.size:
        return np.int64(given[i])
    return np.int64(-1)


@numba.njit(nogil=True)
def accumulate(
    seller: Any,
    buyer: Any,
    amount: Any,
    mark: Any,
    seller_region: Any,
    buyer_region: Any,
    region: Any,
    group: Any,
    policy: Any,
    firms: Any,
    flows: Any,
    ledger: Any,
    excluded: Any,
) -> None:
    """Add a batch to the totals.

    firms (n+1, 8), flows (R+2, R+2, 2: amount, deals), ledger (16, 3: rows, amount, magnitude) and
    excluded (R+2, 2: sales, purchases) are changed in place.
    """
    n = region.size - 1
    overseas = flows.shape[0] - 2
    unknown = overseas + 1
    marked = mark.size > 0
    grouped = group.size > 0
    for i in range(amount.size):
        s, b, x = np.int64(seller[i]), np.int64(buyer[i]), amount[i]
        p, q = np.int64(region[s]), np.int64(region[b])
        m = np.int64(mark[i]) if marked else np.int64(0)
        plain = s != b and p < overseas and q < overseas and x >= 0 and m == 0
        if plain and not (grouped and group[s] >= 0 and group[s] == group[b]):
            entry = IN if p == q else OUT
        else:
            p = _place(s, i, n, region, seller_region)
            q = _place(b, i, n, region, buyer_region)
            entry = _decide(s, b, x, m, p, q, n, overseas, group, policy)
            p = unknown if p < 0 else p
            q = unknown if q < 0 else q
            if entry > OUT:
                ledger[entry, 0] += 1
                ledger[entry, 1] += x
                ledger[entry, 2] += abs(x)
                excluded[p, 0] += x
                excluded[q, 1] += x
                continue
            _note(ledger, WITH_OVERSEAS, overseas in (p, q), x)
            _note(ledger, WITH_UNKNOWN, unknown in (p, q), x)
            _note(ledger, WITH_SELF, (s == b and s != n) or m == SAME_UNKNOWN, x)
            same = grouped and s != b and group[s] >= 0 and group[s] == group[b]
            _note(ledger, WITH_GROUP, same, x)
            _note(ledger, WITH_NEGATIVE, x < 0, x)
        ledger[entry, 0] += 1
        ledger[entry, 1] += x
        ledger[entry, 2] += abs(x)
        firms[s, 0 if p == q else (2 if q == overseas else 1)] += x
        firms[s, 3] += 1
        firms[b, 4 if p == q else (6 if p == overseas else 5)] += x
        firms[b, 7] += 1
        flows[p, q, 0] += x
        flows[p, q, 1] += 1


@numba.njit(nogil=True)
def _note(ledger: Any, entry: Any, holds: Any, x: Any) -> None:
    if holds:
        ledger[entry, 0] += 1
        ledger[entry, 1] += x
        ledger[entry, 2] += abs(x)


@numba.njit(nogil=True)
def classify(
    seller: Any,
    buyer: Any,
    amount: Any,
    mark: Any,
    seller_region: Any,
    buyer_region: Any,
    region: Any,
    group: Any,
    policy: Any,
    overseas: Any,
    out: Any,
) -> None:
    """Position in ENTRIES of every row, to name the rows that an "error" policy refuses."""
    n = region.size - 1
    for i in range(amount.size):
        s, b = np.int64(seller[i]), np.int64(buyer[i])
        p = _place(s, i, n, region, seller_region)
        q = _place(b, i, n, region, buyer_region)
        m = np.int64(mark[i]) if mark.size else 0
        out[i] = _decide(s, b, amount[i], m, p, q, n, overseas, group, policy)
