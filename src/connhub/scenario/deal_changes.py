"""Pairs whose trade changes, and pairs that are new: what a scenario comes down to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from connhub.scenario.economy import Economy

__all__ = ["REASONS", "ChangedDeals", "DealChanges", "proportional_parts", "shared_out"]

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
REASONS = ("departure", "replacement", "growth", "arrival", "displacement")


@dataclass(frozen=True, eq=False)
class ChangedDeals:
    """Pairs before and after, each once.

    Parameters
    ----------
    seller, buyer : ndarray of int64, shape (k,)
        Nodes of the economy; newcomers are numbered behind all nodes.
    before, after : ndarray of int64, shape (k,)
        Money in multiples of the resolution.
    counts_before, counts_after : ndarray of int64, shape (k,)
        Transactions.
    reason : ndarray of int8, shape (k,)
        Position in `REASONS`; of several, the last.
    """

    seller: Int
    buyer: Int
    before: Int
    after: Int
    counts_before: Int
    counts_after: Int
    reason: npt.NDArray[np.int8]

    @property
    def change(self) -> Int:
        """After less before."""
        return self.after - self.before


class DealChanges:
    """Changes as they are made, one after the other, to the pairs of an economy.

    Parameters
    ----------
    economy : Economy
    """

    def __init__(self, economy: Economy) -> None:
        self.economy = economy
        self.undo()

    def undo(self) -> None:
        """Take all changes back."""
        self._pairs, self._amount, self._counts = (np.empty(0, dtype=np.int64) for _ in range(3))
        self._reason = np.empty(0, dtype=np.int8)
        self._new: list[tuple[Int, Int, Int, str]] = []

    def amounts(self, pairs: Int) -> Int:
        """What pairs, ascending, trade after all changes so far."""
        amount: Int = self.economy.amount[pairs]
        at = np.searchsorted(pairs, self._pairs)
        among = np.append(pairs, -1)[at] == self._pairs
        amount[at[among]] = self._amount[among]
        return amount

    def set(self, pairs: Int, amount: Int, reason: str) -> None:
        """Give pairs, ascending, other amounts; what is 0 has no transactions any more."""
        changed = amount != self.amounts(pairs)
        self._put(pairs[changed], amount[changed], amount[changed] == 0, reason)

    def end(self, pairs: Int) -> None:
        """Take all transactions of pairs, ascending, away."""
        self._put(pairs, np.zeros_like(pairs), np.ones(pairs.size, dtype=np.bool_), "departure")

    def _put(self, pairs: Int, amount: Int, ended: npt.NDArray[np.bool_], reason: str) -> None:
        """Note pairs, ascending, with their amounts; those that end have no transactions."""
        at = np.searchsorted(self._pairs, pairs)
        new = np.append(self._pairs, -1)[at] != pairs
        place, more = at[new], pairs[new]
        self._counts = np.insert(self._counts, place, self.economy.counts[more])
        self._amount = np.insert(self._amount, place, 0)
        self._reason = np.insert(self._reason, place, 0)
        self._pairs = np.insert(self._pairs, place, more)
        at = np.searchsorted(self._pairs, pairs)
        self._amount[at], self._reason[at] = amount, REASONS.index(reason)
        self._counts[at[ended]] = 0

    def add(self, seller: Int, buyer: Int, amount: Int, reason: str) -> None:
        """Let pairs trade that did not, once each."""
        traded = amount > 0
        self._new.append((seller[traded], buyer[traded], amount[traded], reason))

    def result(self) -> ChangedDeals:
        """All changes so far."""
        economy, pairs = self.economy, self._pairs
        before = (economy.seller, economy.buyer, economy.amount, economy.counts)
        seller, buyer, amount, counts = (column[pairs] for column in before)
        parts: list[tuple[Int, ...]] = [(seller, buyer, amount, self._amount, counts, self._counts)]
        reasons = [self._reason]
        for seller, buyer, amount, reason in self._new:
            none, one = np.zeros_like(amount), np.ones_like(amount)
            parts.append((seller, buyer, none, amount, none, one))
            reasons.append(np.full(amount.size, REASONS.index(reason), dtype=np.int8))
        joined: list[Any] = [np.concatenate(values) for values in zip(*parts, strict=True)]
        joined.append(np.concatenate(reasons))
        return ChangedDeals(*joined)


def shared_out(total: int, shares: Float) -> Int:
    """Whole parts of a total in proportion to shares, by largest remainders.

    Examples
    --------
    >>> shared_out(10, np.array([1.0, 1.0, 1.0])).tolist(), shared_out(5, np.zeros(2)).tolist()
    ([4, 3, 3], [0, 0])
    """
    if not (whole := shares.sum()) > 0:
        return np.zeros(shares.size, dtype=np.int64)
    exact = shares * (total / whole)
    parts: Int = np.floor(exact).astype(np.int64)
    left = total - int(parts.sum())
    if 0 < left < parts.size:
        parts[np.argpartition(parts - exact, left - 1)[:left]] += 1
    else:  # sums beyond the 53 bits of floats
        parts[np.argmax(shares)] += left
    return parts


def proportional_parts(weight: Float | Int, group: Int, wanted: Int) -> Int:
    """Whole parts of what is wanted of each group, in proportion to the weights of its members.

    Parameters
    ----------
    weight : ndarray, shape (k,)
        Not negative.
    group : ndarray of int64, shape (k,)
    wanted : ndarray of int64, shape (groups,)

    Returns
    -------
    ndarray of int64, shape (k,)
        They add up to what is wanted, by largest remainders; 0 in groups without any weight.

    Examples
    --------
    >>> proportional_parts(np.array([2, 1, 5]), np.array([0, 0, 1]), np.array([10, 3])).tolist()
    [7, 3, 3]
    """
    sums = np.bincount(group, weight, wanted.size)
    share = np.divide(wanted, sums, out=np.zeros(sums.size), where=sums > 0)
    exact = weight * share[group]
    whole: Int = np.floor(exact).astype(np.int64)
    left = np.where(sums > 0, wanted, 0)
    np.subtract.at(left, group, whole)
    order = np.lexsort((whole - exact, group))
    starts = np.searchsorted(group[order], np.arange(wanted.size))
    rank = np.arange(group.size) - starts[group[order]]
    whole[order] += rank < left[group[order]]
    missing = np.where(sums > 0, wanted, 0)
    np.subtract.at(missing, group, whole)
    for one in np.flatnonzero(missing):  # sums beyond the 53 bits of floats: to the largest member
        members = np.flatnonzero(group == one)
        whole[members[np.argmax(weight[members])]] += missing[one]
    return whole
