"""The hot loops over links, and nothing else.

Links are sorted by seller: those of seller i stand at ``start[i]`` to ``start[i + 1]``. A total
below 0 is not known.
"""

from __future__ import annotations

from typing import Any

from connhub.jit import AHEAD, compiled, inner, prefetch

__all__ = ["MARGINS", "add_up_ends", "carry_up", "scale_round", "write_amounts"]

MARGINS = ("exact", "at_most", "soft")
_AT_MOST, _SOFT = 1, 2


@inner
def _factor(total: Any, reached: Any, margins: Any, power: Any) -> Any:
    """What a firm's links are multiplied by, so that they come to its total."""
    if total < 0 or reached <= 0:
        return 1.0
    factor = total / reached
    if margins == _AT_MOST:
        return min(1.0, factor)
    if margins == _SOFT:
        return factor**power
    return factor


@compiled
def scale_round(
    start: Any,
    buyer: Any,
    prior: Any,
    totals: Any,
    sellers: Any,
    buyers: Any,
    margins: Any,
    power: Any,
) -> Any:
    """Scale all sellers, then all buyers.

    totals: (2, n). sellers: (n,), factors, changed. buyers: (n, 2), factor, changed, and sum, 0
    before and after: side by side, since both are wanted at once, from memory in random order.
    Returns the largest relative change of a factor of a seller.
    """
    n, links = start.size - 1, buyer.size
    change = 0.0
    for i in range(n):
        first, last = start[i], start[i + 1]
        if first == last:
            continue
        row = 0.0
        for e in range(first, last):
            if e + AHEAD < links:
                prefetch(buyers, buyer[e + AHEAD])
            row += prior[e] * buyers[buyer[e], 0]
        factor = _factor(totals[0, i], row, margins, power)
        before = sellers[i]
        if factor != before:
            change = max(change, abs(factor - before) / max(factor, before))
        sellers[i] = factor
        for e in range(first, last):
            buyers[buyer[e], 1] += prior[e] * factor
    for j in range(n):
        buyers[j, 0] = _factor(totals[1, j], buyers[j, 1], margins, power)
        buyers[j, 1] = 0.0
    return change


@compiled
def write_amounts(start: Any, buyer: Any, prior: Any, factors: Any, amounts: Any) -> None:
    """Write the amounts that the factors give."""
    for i in range(start.size - 1):
        for e in range(start[i], start[i + 1]):
            amounts[e] = prior[e] * factors[0, i] * factors[1, buyer[e]]


@compiled
def add_up_ends(start: Any, buyer: Any, amounts: Any, sums: Any) -> None:
    """Add up the amounts of each seller and each buyer; sums: (2, n), zeros."""
    for i in range(start.size - 1):
        for e in range(start[i], start[i + 1]):
            sums[0, i] += amounts[e]
            sums[1, buyer[e]] += amounts[e]


@compiled
def carry_up(order: Any, parent: Any, left: Any) -> None:
    """Take what is left of each firm of a tree from its parent's, the last in `order` first.

    After it, what is left of a firm is what the link to its parent must carry.
    """
    for k in range(order.size - 1, 0, -1):
        left[parent[order[k]]] -= left[order[k]]
