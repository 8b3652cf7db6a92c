"""PageRank, connected components and the disparity filter on arrays of links, at any size.

A network is three arrays: where each link starts, where it ends, and its weight. Nodes are 0 to
n - 1. Weights are positive: a flow that returns have made zero or negative is no link.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from connhub.arguments import checked
from connhub.errors import Fault, LimitError, OptionError, check_choice

__all__ = ["components", "disparity", "pagerank"]

Array = npt.NDArray[Any]
Float = npt.NDArray[np.float64]
Kind = Literal["weak", "strong"]


def _check(start: Array, end: Array, weight: Array, size: int) -> None:
    """Refuse arrays that are no links between nodes 0 to size - 1."""
    if not start.size == end.size == weight.size:
        raise OptionError(Fault("networks.lengths_differ"))
    if start.size and not 0 <= min(start.min(), end.min()) <= max(start.max(), end.max()) < size:
        raise OptionError(Fault("networks.node_outside", last=size - 1))
    bad = ~(weight > 0)
    if bad.any():
        rows = tuple(np.flatnonzero(bad)[:10].tolist())
        raise OptionError(Fault("networks.weight_not_positive", rows=rows, count=int(bad.sum())))


@checked
def pagerank(
    start: Array,
    end: Array,
    weight: Array,
    size: int,
    *,
    damping: float = 0.85,
    tolerance: float = 1e-10,
    max_iter: int = 1000,
) -> Float:
    """PageRank: the share of time that a random walker along weighted links spends at each node.

    x_j = (1 - d) / n + d (sum over links i -> j of x_i w_ij / s_i + D / n), with s_i the weight
    that leaves i, and D the sum of x over nodes without outgoing links: from there the walker
    goes to any node, as in networkx. Solved by power iteration.

    Parameters
    ----------
    start, end : ndarray of int, shape (m,)
        Nodes, 0 to n - 1; parallel links add up.
    weight : ndarray, shape (m,)
        Positive.
    size : int
        Number of nodes n.
    damping : float
        d, from 0 to less than 1: the chance to follow a link rather than to start anew anywhere.
    tolerance : float
        Iteration ends when the sum of absolute changes is below it; the error of x is then at
        most d / (1 - d) times that.
    max_iter : int
        Limit of iterations.

    Returns
    -------
    ndarray of float64, shape (n,)
        Adds up to 1.

    Raises
    ------
    OptionError
        When a weight is not positive, or arrays do not fit together.
    LimitError
        When it has not converged after `max_iter` iterations.

    References
    ----------
    S. Brin, L. Page, Computer Networks and ISDN Systems 30 (1998) 107-117.

    Examples
    --------
    Two nodes that link to each other have the same rank; of a single link the end ranks higher.

    >>> pagerank(np.array([0, 1]), np.array([1, 0]), np.array([5, 9]), 2).round(6).tolist()
    [0.5, 0.5]
    >>> pagerank(np.array([0]), np.array([1]), np.array([5]), 2).round(6).tolist()
    [0.350877, 0.649123]
    """
    from scipy.sparse import csr_array

    if not 0 <= damping < 1:
        raise OptionError(Fault("networks.damping_range", damping=damping))
    _check(start, end, weight, size)
    if size == 0:
        return np.empty(0)
    weight = weight.astype(np.float64, copy=False)
    arriving = csr_array((weight, (end, start)), shape=(size, size))
    leaving = np.bincount(start, weights=weight, minlength=size)
    dangling = leaving == 0
    per_unit = np.divide(damping, leaving, out=np.zeros(size), where=~dangling)
    x = np.full(size, 1 / size)
    for _ in range(max_iter):
        anywhere = (1 - damping + damping * float(x[dangling].sum())) / size
        new: Float = arriving @ (x * per_unit) + anywhere
        new /= new.sum()
        change = float(np.abs(new - x).sum())
        x = new
        if change < tolerance:
            return x
    raise LimitError(Fault("networks.not_converged", iterations=max_iter))


@checked
def components(
    start: Array, end: Array, size: int, *, kind: Kind = "weak"
) -> npt.NDArray[np.int64]:
    """Connected components: which nodes links connect with each other.

    Parameters
    ----------
    start, end : ndarray of int, shape (m,)
        Nodes, 0 to n - 1.
    size : int
        Number of nodes n.
    kind : {"weak", "strong"}
        Whether links count in both directions, or each node must reach each other along them.

    Returns
    -------
    ndarray of int64, shape (n,)
        Number of the component of each node: 0 is the largest; of equal ones, the one with the
        first node.

    Raises
    ------
    OptionError
        When the kind is not offered, or arrays do not fit together.

    Examples
    --------
    >>> components(np.array([0, 3]), np.array([1, 4]), 6).tolist()
    [0, 0, 2, 1, 1, 3]
    >>> components(np.array([0, 1]), np.array([1, 0]), 2, kind="strong").tolist()
    [0, 0]
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    check_choice("kind", kind, get_args(Kind))
    _check(start, end, np.ones(start.size), size)
    links = csr_array((np.ones(start.size), (start, end)), shape=(size, size))
    count, labels = connected_components(links, directed=True, connection=kind)
    _, first = np.unique(labels, return_index=True)
    order = np.lexsort((first, -np.bincount(labels, minlength=count)))
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    numbers: npt.NDArray[np.int64] = rank[labels]
    return numbers


@checked
def disparity(start: Array, end: Array, weight: Array, size: int) -> tuple[Float, Float]:
    """Significance of each link at either end: p-values of the disparity filter.

    p = (1 - w / s)^(k - 1): the chance that one of k links which share the strength s at random
    takes w or more. At the start s and k are of all outgoing links, at the end of all incoming
    links. A node with a single link has p = 1: there is nothing to compare it with.

    Parameters
    ----------
    start, end : ndarray of int, shape (m,)
        Nodes, 0 to n - 1.
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

    >>> at_start, at_end = disparity(np.array([0, 0]), np.array([1, 2]), np.array([90, 10]), 3)
    >>> at_start.round(6).tolist(), at_end.tolist()
    ([0.1, 0.9], [1.0, 1.0])
    """
    _check(start, end, weight, size)

    def p_values(node: Array) -> Float:
        strength = np.zeros(size, dtype=weight.dtype)
        np.add.at(strength, node, weight)
        links = np.bincount(node, minlength=size)
        # s - w before the division: 1 - w / s would lose the digits of a link that has nearly all
        rest = (strength[node] - weight) / strength[node]
        p: Float = np.maximum(rest, 0.0) ** (links[node] - 1)
        return p

    return p_values(start), p_values(end)
