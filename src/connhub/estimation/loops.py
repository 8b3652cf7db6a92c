"""The hot loops over links, and nothing else.

Links are sorted by seller: those of seller i stand at ``start[i]`` to ``start[i + 1]``. A total
below 0 is not known.
"""

from __future__ import annotations

from typing import Any

from connhub.jit import compiled, inner

__all__ = ["MARGINS", "add_up_ends", "scale_round", "write_amounts"]

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
    factors: Any,
    reached: Any,
    margins: Any,
    power: Any,
) -> Any:
    """Scale all sellers, then all buyers.

    totals, factors: (2, n), of sellers and buyers; factors are changed. reached: (n,), scratch.
    Returns the largest relative change of a factor of a seller.
    """
    n = start.size - 1
    reached[:] = 0.0
    change = 0.0
    for i in range(n):
        first, last = start[i], start[i + 1]
        if first == last:
            continue
        row = 0.0
        for e in range(first, last):
            row += prior[e] * factors[1, buyer[e]]
        factor = _factor(totals[0, i], row, margins, power)
        before = factors[0, i]
        if factor != before:
            change = max(change, abs(factor - before) / max(factor, before))
        factors[0, i] = factor
        for e in range(first, last):
            reached[buyer[e]] += prior[e] * factor
    for j in range(n):
        factors[1, j] = _factor(totals[1, j], reached[j], margins, power)
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
