"""What nodes and links of a networkx graph carry: plain Python values, and nothing missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.errors import Fault, LimitError

__all__ = ["MOST", "attributes", "check_size", "links_of"]

MOST = 50_000
"""A networkx graph holds at most so many nodes, and at most so many links, unless told otherwise.

Each takes about a kilobyte; drawing programs give up at about this size.
"""


def attributes(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Values of each row as plain Python values; what is missing is left out.

    Examples
    --------
    >>> list(attributes(pd.DataFrame({"a": [1, 2], "b": [None, 0.5]})))
    [{'a': 1}, {'a': 2, 'b': 0.5}]
    """
    columns = []
    for name in frame.columns:
        column = frame[name]
        kept = column.notna().to_numpy()
        if not isinstance(column.dtype, np.dtype):  # categories, nullable integers, strings
            column = column.astype(object)
        columns.append((str(name), column.tolist(), kept))
    for i in range(len(frame)):
        yield {name: values[i] for name, values, kept in columns if kept[i]}


def check_size(nodes: int, links: int, most: int, fix: str) -> None:
    """Refuse a networkx graph that is too large to work with.

    Raises
    ------
    LimitError

    Examples
    --------
    >>> check_size(3, 9, 5, "ask for fewer steps")
    Traceback (most recent call last):
    connhub.errors.LimitError: a graph of 3 firms and 9 links passes the limit of 5 of each
      to do: ask for fewer steps; or allow more with most=
    """
    if max(nodes, links) > most:
        what = (
            f"a graph of {nodes:,} firms and {links:,} links passes the limit of {most:,} of each"
        )
        raise LimitError(Fault(what, fix=f"{fix}; or allow more with most="))


def links_of(graph: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Start, end and weight of each link as arrays; nodes by their position in the graph."""
    at = {node: i for i, node in enumerate(graph)}
    links = list(graph.edges(data="weight"))
    start = np.fromiter((at[a] for a, _, _ in links), np.int64, len(links))
    end = np.fromiter((at[b] for _, b, _ in links), np.int64, len(links))
    return start, end, np.array([w for _, _, w in links])
