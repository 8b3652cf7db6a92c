"""The arithmetic of networks on arrays of links, at any size: PageRank, components, disparity.

A network is three arrays: where each link starts, where it ends, and its weight. Nodes are 0 to
n - 1. Weights are positive: a flow that returns have made zero or negative is no link.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from connhub.errors import Fault, LimitError, OptionError

__all__ = ["components", "disparity", "pagerank"]

Array = npt.NDArray[Any]
Float = npt.NDArray[np.float64]


def _check(start: Array, end: Array, weight: Array, size: int) -> None:
    if not start.size == end.size == weight.size:
        raise OptionError(Fault("start, end and weight are of different lengths"))
    if start.size and not 0 <= min(start.min(), end.min()) <= max(start.max(), end.max()) < size:
        raise OptionError(Fault(f"links lead to nodes outside 0 to {size - 1:,}"))
    bad = ~(weight > 0)
    if bad.any():
        raise OptionError(
            Fault(
                "weights of links must be positive",
                count=int(bad.sum()),
                rows=tuple(np.flatnonzero(bad)[:10].tolist()),
                fix="leave out what returns have made zero or negative, and say how much it is",
            )
        )


def pagerank(
    start: Array,
    end: Array,
    weight: Array,
    size: int,
    *,
    damping: float = 0.85,
    tolerance: float = 1e-10,
    rounds: int = 1000,
) -> Float:
    """How often a walker is at each node who follows links in proportion to their weights.

    x_j = (1 - d) / n + d (sum over links i -> j of x_i w_ij / s_i + D / n), with s_i the weight
    that leaves i, and D the sum of x over nodes that nothing leaves: from there the walker goes
    anywhere, as in networkx. Found by repetition.

    Parameters
    ----------
    start, end : ndarray of int, shape (m,)
        Nodes, 0 to n - 1; parallel links add up.
    weight : ndarray, shape (m,)
        Positive.
    size : int
        Number of nodes n.
    damping : float
        d, from 0 up to 1: the chance to follow a link rather than to start anew anywhere.
    tolerance : float
        Ends when the sum of absolute changes is below it; x is then within d / (1 - d) times that.
    rounds : int
        At most so many.

    Returns
    -------
    ndarray of float64, shape (n,)
        Adds up to 1.

    Raises
    ------
    OptionError
        When a weight is not positive, or arrays do not fit together.
    LimitError
        When it has not settled after `rounds`.

    References
    ----------
    S. Brin, L. Page, Computer Networks and ISDN Systems 30 (1998) 107-117.

    Examples
    --------
    Two nodes that link to each other are alike; d = 0 forgets the links.

    >>> pagerank(np.array([0, 1]), np.array([1, 0]), np.array([5, 9]), 2).round(6).tolist()
    [0.5, 0.5]
    >>> pagerank(np.array([0]), np.array([1]), np.array([5]), 2).round(6).tolist()
    [0.350877, 0.649123]
    """
    from scipy.sparse import csr_array

    if not 0 <= damping < 1:
        raise OptionError(Fault(f"damping={damping} is not from 0 up to 1"))
    _check(start, end, weight, size)
    if size == 0:
        return np.empty(0)
    weight = weight.astype(np.float64, copy=False)
    arriving = csr_array((weight, (end, start)), shape=(size, size))
    leaving = np.bincount(start, weights=weight, minlength=size)
    stuck = leaving == 0
    per_unit = np.divide(damping, leaving, out=np.zeros(size), where=~stuck)
    x = np.full(size, 1 / size)
    for _ in range(rounds):
        anywhere = (1 - damping + damping * float(x[stuck].sum())) / size
        new: Float = arriving @ (x * per_unit) + anywhere
        new /= new.sum()
        change = float(np.abs(new - x).sum())
        x = new
        if change < tolerance:
            return x
    fix = "choose more rounds, a larger tolerance, or a smaller damping"
    raise LimitError(Fault(f"PageRank has not settled after {rounds:,} rounds", fix=fix))


def components(
    start: Array, end: Array, size: int, *, kind: Literal["weak", "strong"] = "weak"
) -> npt.NDArray[np.int64]:
    """Which nodes hang together.

    Parameters
    ----------
    start, end : ndarray of int, shape (m,)
    size : int
        Number of nodes n.
    kind : {"weak", "strong"}
        Whether links count in both directions, or each node must reach each other along them.

    Returns
    -------
    ndarray of int64, shape (n,)
        Number of each node's component: 0 is the largest; of equals, the one with the first node.

    Examples
    --------
    >>> components(np.array([0, 3]), np.array([1, 4]), 6).tolist()
    [0, 0, 2, 1, 1, 3]
    >>> components(np.array([0, 1]), np.array([1, 0]), 2, kind="strong").tolist()
    [0, 0]
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if kind not in ("weak", "strong"):
        raise OptionError(Fault(f"kind={kind!r} is not offered", fix="'weak' or 'strong'"))
    _check(start, end, np.ones(start.size), size)
    links = csr_array((np.ones(start.size), (start, end)), shape=(size, size))
    count, found = connected_components(links, directed=True, connection=kind)
    _, first = np.unique(found, return_index=True)
    order = np.lexsort((first, -np.bincount(found, minlength=count)))
    number = np.empty(count, dtype=np.int64)
    number[order] = np.arange(count)
    numbers: npt.NDArray[np.int64] = number[found]
    return numbers


def disparity(start: Array, end: Array, weight: Array, size: int) -> tuple[Float, Float]:
    """How far each link stands out at either end: p-values of the disparity filter.

    p = (1 - w / s)^(k - 1): the chance that one of k links which share the strength s at random
    takes w or more. At the start s and k are of all links that leave, at the end of all that
    arrive. A node with one link has p = 1: there is nothing to stand out from.

    Parameters
    ----------
    start, end : ndarray of int, shape (m,)
    weight : ndarray, shape (m,)
        Positive.
    size : int
        Number of nodes n.

    Returns
    -------
    pair of ndarray of float64, shape (m,)
        At the start and at the end; 0 to 1.

    Raises
    ------
    OptionError
        When a weight is not positive, or arrays do not fit together.

    References
    ----------
    M. Á. Serrano, M. Boguñá, A. Vespignani, PNAS 106 (2009) 6483-6488.

    Examples
    --------
    Of 100 that leave node 0 along two links, 90 take one: (1 - 0.9)^1 = 0.1.

    >>> leave, arrive = disparity(np.array([0, 0]), np.array([1, 2]), np.array([90, 10]), 3)
    >>> leave.round(6).tolist(), arrive.tolist()
    ([0.1, 0.9], [1.0, 1.0])
    """
    _check(start, end, weight, size)

    def at(node: Array) -> Float:
        strength = np.zeros(size, dtype=weight.dtype)
        np.add.at(strength, node, weight)
        links = np.bincount(node, minlength=size)
        # s - w before the division: 1 - w / s would lose the digits of a link that has nearly all
        rest = (strength[node] - weight) / strength[node]
        p: Float = np.maximum(rest, 0.0) ** (links[node] - 1)
        return p

    return at(start), at(end)
