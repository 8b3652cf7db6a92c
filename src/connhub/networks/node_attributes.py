"""What nodes and links of a networkx graph carry: plain Python values, and nothing missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.errors import Fault, LimitError, OptionError
from connhub.text.catalogue import Message

__all__ = ["MAX_SIZE", "attributes", "check_level", "check_size", "links_of", "node_labels"]

MAX_SIZE = 50_000
"""Default limit of the nodes, and of the links, of a networkx graph.

Each takes about a kilobyte; drawing programs give up at about this size.
"""


def attributes(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Values of each row as plain Python values; what is missing is left out.

    Parameters
    ----------
    frame : DataFrame

    Returns
    -------
    iterator of dict
        One a row.

    Examples
    --------
    >>> list(attributes(pd.DataFrame({"a": [1, 2], "b": [None, 0.5]})))
    [{'a': 1}, {'a': 2, 'b': 0.5}]
    """
    columns = []
    for name in frame.columns:
        column = frame[name]
        present = column.notna().to_numpy()
        if not isinstance(column.dtype, np.dtype):  # categories, nullable integers, strings
            column = column.astype(object)
        columns.append((str(name), column.tolist(), present))
    for i in range(len(frame)):
        yield {name: values[i] for name, values, present in columns if present[i]}


def node_labels(firms: pd.DataFrame) -> pd.Series:
    """Label of each firm: its name, or its id where it has no name.

    Parameters
    ----------
    firms : DataFrame
        ``firm_id``, and perhaps ``name``.

    Returns
    -------
    Series

    Examples
    --------
    >>> node_labels(pd.DataFrame({"firm_id": ["1", "2"], "name": ["甲社", None]})).tolist()
    ['甲社', '2']
    """
    ids: pd.Series = firms["firm_id"].astype("str")
    return firms["name"].where(firms["name"].notna(), ids) if "name" in firms else ids


def check_size(nodes: int, links: int, limit: int, advice: Message) -> None:
    """Refuse a networkx graph that is too large to work with.

    Parameters
    ----------
    nodes, links : int
        Of the graph.
    limit : int
        Of either.
    advice : Message
        How to get a smaller graph.

    Raises
    ------
    LimitError

    Examples
    --------
    >>> check_size(3, 9, 5, Message("networks.shrink_selection"))
    Traceback (most recent call last):
    connhub.errors.LimitError: a graph of 3 nodes and 9 links exceeds the limit of 5 each
      fix: select fewer firms, or allow more with max_size=
    """
    if max(nodes, links) > limit:
        fault = Fault("networks.too_large", nodes=nodes, links=links, limit=limit, advice=advice)
        raise LimitError(fault)


def check_level(level: float) -> None:
    """Refuse a level of significance that is not above 0 and up to 1.

    Parameters
    ----------
    level : float

    Raises
    ------
    OptionError

    Examples
    --------
    >>> check_level(0.05)
    """
    if not 0 < level <= 1:
        raise OptionError(Fault("networks.level_range", level=level))


def links_of(graph: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Start, end and weight of each link as arrays; nodes by their position in the graph.

    Parameters
    ----------
    graph : networkx.DiGraph
        With a ``weight`` on its links.

    Returns
    -------
    tuple of ndarray
        Whole weights are int64, others float64.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.DiGraph([("a", "b", {"weight": 30}), ("c", "a", {"weight": 10})])
    >>> [array.tolist() for array in links_of(graph)]
    [[0, 2], [1, 0], [30, 10]]
    """
    position = {node: i for i, node in enumerate(graph)}
    links = list(graph.edges(data="weight"))
    start = np.fromiter((position[a] for a, _, _ in links), np.int64, len(links))
    end = np.fromiter((position[b] for _, b, _ in links), np.int64, len(links))
    return start, end, np.array([w for _, _, w in links])
