"""Whether any amounts meet the totals of all firms, decided in whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from connhub.estimation.links import Float, Int, Links, Mask

__all__ = ["Decision", "Flow", "Shortfall", "decide", "largest_flow"]

_BITS = 30
"""Bits of a capacity that scipy takes: 32-bit integers with a sign, and room for a sum of two."""
_TRIED = 100
_EXACT = 2.0**53
"""Floats below it hold whole numbers exactly."""


@dataclass(frozen=True, eq=False)
class Shortfall:
    """Firms whose totals cannot be met, because those of all their partners are too small.

    By the theorem of Gale and Hoffman there are such firms whenever totals cannot be met, so they
    are a proof, which anyone can check by adding up.

    Parameters
    ----------
    side : {"sellers", "buyers"}
        What `firms` are.
    firms, partners : ndarray of int64
        Firms, and all that these trade with on that side.
    total, partners_total : int
        Sums of their totals; the first is the larger.
    """

    side: str
    firms: Int
    partners: Int
    total: int
    partners_total: int


@dataclass(frozen=True, eq=False)
class Flow:
    """The largest amounts that the totals allow as limits.

    Parameters
    ----------
    amounts : ndarray of int64, shape (m,)
    left : ndarray of int64, shape (2, n)
        What is left of the total of each seller and buyer.
    """

    amounts: Int
    left: Int

    @property
    def value(self) -> int:
        """All amounts together."""
        return sum(int(part.sum()) for part in np.array_split(self.amounts, 64))


def largest_flow(links: Links, limits: Int, near: Float | None = None) -> Flow:
    """Find amounts whose sum is the largest under the limits of sellers and buyers.

    The maximum flow is found digit by digit, from the highest on: each time with what is left of
    the capacities, in units in which they fit into the 32 bits that scipy takes (beyond them it
    answers 0).

    Parameters
    ----------
    links : Links
    limits : ndarray of int64, shape (2, n)
        Not negative.
    near : ndarray of float64, shape (m,), optional
        Amounts to begin with.

    Returns
    -------
    Flow
        Exact, for limits up to 2**62 in all.

    References
    ----------
    Gabow, Journal of Computer and System Sciences 31, 148 (1985): scaling algorithms. Dinitz,
    Soviet Mathematics Doklady 11, 1277 (1970).

    Examples
    --------
    >>> links = Links.of(np.array([0, 0, 1]), np.array([2, 3, 3]), 4)
    >>> limits = np.array([[10**15, 5, 0, 0], [0, 0, 7, 10**15 - 5]])
    >>> flow = largest_flow(links, limits)
    >>> flow.value == 10**15 + 2, flow.left[0].tolist()
    (True, [0, 3, 0, 0])
    """
    amounts = np.zeros(links.size, dtype=np.int64)
    if near is not None and np.isfinite(near).all():  # else they run away from each other
        over = np.maximum(1.0, links.sums(near) / np.maximum(limits, 1))
        share = np.maximum(over[0, links.seller], over[1, links.buyer]) * (1 + 1e-12)
        amounts = np.where(limits[0, links.seller] > 0, near / share, 0).astype(np.int64)
        amounts[limits[1, links.buyer] == 0] = 0
    left = limits - links.sums(amounts)
    graph = _Graph(links)
    digits = _BITS - graph.arcs.bit_length()
    shift = max(0, int(min(left[0].sum(), left[1].sum())).bit_length() - _BITS)
    while True:
        sold, moved, bought = graph.largest(left[0], amounts, left[1], shift)
        left -= np.stack((sold, bought))
        amounts += moved
        if shift == 0:
            return Flow(amounts, left)
        shift = max(0, shift - digits)


class _Graph:
    """From a source to the sellers, along the links and, where money flows, back, to a sink."""

    def __init__(self, links: Links) -> None:
        n, m = links.firms, links.size
        firm = np.arange(n)
        sellers, buyers = 1 + links.seller.astype(np.int64), 1 + n + links.buyer.astype(np.int64)
        tail = np.concatenate([np.zeros(n, np.int64), sellers, buyers, 1 + n + firm])
        head = np.concatenate([1 + firm, buyers, sellers, np.full(n, 2 * n + 1)])
        self.order = np.lexsort((head, tail))
        self.head = head[self.order].astype(np.int32)
        self.start = np.searchsorted(tail[self.order], np.arange(2 * n + 3)).astype(np.int32)
        self.place = np.empty_like(self.order)
        self.place[self.order] = np.arange(self.order.size)
        self.links, self.firms = m, n
        self.arcs = int(self.order.size)

    def largest(self, supply: Int, amounts: Int, demand: Int, shift: int) -> tuple[Int, Int, Int]:
        """What can be added in units of 2 ** shift: by seller, by link, by buyer."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import maximum_flow

        n, m = self.firms, self.links
        without_limit = np.full(m, 2**62, dtype=np.int64)
        capacity = np.concatenate([supply, without_limit, amounts, demand])[self.order] >> shift
        capacity = np.minimum(capacity, 1 << _BITS).astype(np.int32)
        graph = csr_array((capacity, self.head, self.start), shape=(2 * n + 2, 2 * n + 2))
        flow = csr_array(maximum_flow(graph, 0, 2 * n + 1).flow)
        if flow.indices.size == self.head.size and (flow.indices == self.head).all():
            found = flow.data
        else:  # the other way of an arc to or from the ends was added
            tails = np.repeat(np.arange(2 * n + 2), np.diff(self.start))
            found = np.asarray(flow[tails, self.head]).ravel()
        added = found.astype(np.int64)[self.place] << shift
        return added[:n], added[n : n + m], added[n + 2 * m :]


@dataclass(frozen=True, eq=False)
class Decision:
    """Whether totals can be met.

    Parameters
    ----------
    shortfall : Shortfall or None
        The proof that they cannot; None where they can.
    unused : ndarray of bool, shape (m,)
        Links that are 0 in all amounts that meet them. Not looked for where some firm has no
        total, or they cannot be met.
    """

    shortfall: Shortfall | None
    unused: Mask


def decide(links: Links, totals: Int, near: Float | None = None) -> Decision:
    """Decide whether any amounts meet the totals of all firms.

    Parameters
    ----------
    links : Links
    totals : ndarray of int64, shape (2, n)
        To be met exactly; below 0 where not known.
    near : ndarray of float64, shape (m,), optional
        Amounts that are near to meeting them, which saves time.

    Returns
    -------
    Decision

    Notes
    -----
    Where amounts are near to meeting them, whole ones may be found at once: those of all links but
    a forest of the largest are rounded down, and the forest carries what is left, which leaves no
    choice. If each of its links then carries some, that is a proof. Otherwise largest flows decide:
    all can be met if those of the sellers can under the limits of the buyers, and those of the
    buyers under the limits of the sellers (Mendelsohn and Dulmage, with amounts). A link that
    could carry money lies on a circle along which money can be moved: sellers to buyers along any
    link, back along those that carry some.

    Examples
    --------
    >>> links = Links.of(np.array([0, 1, 1]), np.array([2, 2, 3]), 4)
    >>> found = decide(links, np.array([[9, 3, 0, 0], [0, 0, 8, 4]])).shortfall
    >>> found.side, found.firms.tolist(), found.total, found.partners.tolist(), found.partners_total
    ('sellers', [0], 9, [2], 8)

    Where firm 0 needs all that firm 2 buys, firm 1 sells to firm 3 alone.

    >>> decide(links, np.array([[8, 4, 0, 0], [0, 0, 8, 4]])).unused.tolist()
    [False, True, False]
    """
    open_ended = bool((totals[0, links.seller] < 0).any() or (totals[1, links.buyer] < 0).any())
    none = np.zeros(links.size, dtype=bool)
    if near is not None and (empty := _met_nearby(links, totals, near)) is not None:
        return Decision(None, none if open_ended else empty)
    for side in ("sellers", "buyers"):
        mirrored = side == "buyers"
        turned, order = _mirror(links) if mirrored else (links, slice(None))
        given = totals[::-1] if mirrored else totals
        without = int(given[given > 0].sum()) + 1
        limits = np.stack((np.maximum(given[0], 0), np.where(given[1] < 0, without, given[1])))
        flow = largest_flow(turned, limits, None if near is None else near[order])
        if flow.left[0].any():
            return Decision(_proof(turned, given, flow, side), none)
        if not open_ended and not flow.left[1][given[1] >= 0].any():
            return Decision(None, _unused(links, flow))
    return Decision(None, none)


def _met_nearby(links: Links, totals: Int, near: Float) -> Mask | None:
    """Which links are empty in all amounts that meet the totals, if whole ones near some do.

    None where the links of a forest, which are to carry all that the others leave, cannot.
    """
    from connhub.estimation.loops import carry_up

    empty: Mask = (totals[0, links.seller] == 0) | (totals[1, links.buyer] == 0)
    if not (near < _EXACT).all():
        return None
    forest, order, parent = _forest(links, totals, np.where(empty, 0.0, 1.0 + near))
    whole = np.where(empty | forest, 0, near).astype(np.int64)
    left = np.append((np.maximum(totals, 0) - links.sums(whole)).ravel(), 0)
    carry_up(order, parent, left)
    outside = parent[:-1] == 2 * links.firms
    carried, bound = left[:-1], (totals >= 0).ravel()
    met = (carried[~outside] > 0).all() and not carried[outside & bound].any()
    return empty if met else None


def _forest(links: Links, totals: Int, weights: Float) -> tuple[Mask, Int, Int]:
    """Links of most weight that form no circle, with firms without a total at the roots.

    Links without weight are left out. A firm is two nodes, seller i and buyer n + i; the parent
    of roots, 2 n, is outside.

    Returns
    -------
    forest : ndarray of bool, shape (m,)
    order, parent : ndarray of int64, shape (2 n + 1,)
        Nodes, each after its parent; the parent of each.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import (
        breadth_first_order,
        connected_components,
        minimum_spanning_tree,
    )

    n = links.firms
    size, free = 2 * n + 1, np.flatnonzero((totals < 0).ravel())
    used = np.flatnonzero(weights)
    tail = np.concatenate((links.seller[used], np.full(free.size, 2 * n)))
    head = np.concatenate((n + links.buyer[used].astype(np.int64), free))
    first = np.full(free.size, 2 * weights.max(initial=1.0))
    graph = csr_array((-np.concatenate((weights[used], first)), (tail, head)), shape=(size, size))
    tree = minimum_spanning_tree(graph).tocoo()
    of_links = tree.row < 2 * n
    forest = np.zeros(links.size, dtype=bool)
    pairs = links.seller.astype(np.int64) * n + links.buyer
    found = tree.row[of_links].astype(np.int64) * n + (tree.col[of_links] - n)
    forest[np.searchsorted(pairs, found)] = True
    _, part = connected_components(tree, directed=False)
    _, root = np.unique(part, return_index=True)
    root = root[part[root] != part[2 * n]]
    tail = np.concatenate((tree.row, np.full(root.size, 2 * n)))
    head = np.concatenate((tree.col, root))
    joined = csr_array((np.ones(tail.size, np.int8), (tail, head)), shape=(size, size))
    order, parent = breadth_first_order(joined, 2 * n, directed=False)
    return forest, order.astype(np.int64), parent.astype(np.int64)


def _mirror(links: Links) -> tuple[Links, Int]:
    """Links with sellers and buyers changed round, and where each was."""
    order = np.lexsort((links.seller, links.buyer))
    return Links.of(links.buyer, links.seller, links.firms), order


def _proof(links: Links, totals: Int, flow: Flow, side: str) -> Shortfall:
    """The fewest firms found that prove it, checked by adding up."""
    smallest = min((*_alone(links, totals), *_reaches(links, flow)), key=len)
    of_them = np.isin(links.seller, smallest)
    partners = np.unique(links.buyer[of_them]).astype(np.int64)
    total, covered = (sum(map(int, t)) for t in (totals[0, smallest], totals[1, partners]))
    if not total > covered or (totals[1, partners] < 0).any():
        raise AssertionError
    return Shortfall(side, smallest, partners, total, covered)


def _alone(links: Links, totals: Int) -> Iterator[Int]:
    """The seller whose total is furthest above those of all its buyers together, if any is."""
    bound = links.sums((totals[1, links.buyer] < 0).astype(np.int64))[0] == 0
    over = totals[0] - links.sums(np.maximum(totals[1], 0)[links.buyer])[0]
    if (bound & (over > 0)).any():
        yield np.array([np.argmax(np.where(bound, over, -1))])


def _reaches(links: Links, flow: Flow) -> Iterator[Int]:
    """Sellers from which money that is left over could be moved, by seller that has some left."""
    from scipy.sparse.csgraph import breadth_first_order

    graph = _moves(links, flow)
    for seller in np.flatnonzero(flow.left[0])[:_TRIED]:
        reached = breadth_first_order(graph, int(seller), return_predecessors=False)
        yield np.sort(reached[reached < links.firms]).astype(np.int64)


def _moves(links: Links, flow: Flow) -> Any:
    """Where money can be moved: from sellers along all links, back where money flows."""
    from scipy.sparse import csr_array

    n, back = links.firms, flow.amounts > 0
    tail = np.concatenate([links.seller, n + links.buyer[back]])
    head = np.concatenate([n + links.buyer, links.seller[back]])
    return csr_array((np.ones(tail.size, np.int8), (tail, head)), shape=(2 * n, 2 * n))


def _unused(links: Links, flow: Flow) -> Mask:
    """Links without flow that lie on no circle."""
    from scipy.sparse.csgraph import connected_components

    _, part = connected_components(_moves(links, flow), directed=True, connection="strong")
    unused: Mask = (flow.amounts == 0) & (part[links.seller] != part[links.firms + links.buyer])
    return unused
