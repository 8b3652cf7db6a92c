"""Graphs on disk, in the formats that Gephi and others open: GraphML and GEXF."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import SubElement

import numpy as np
import pandas as pd

from connhub.arguments import checked
from connhub.errors import Fault, OptionError
from connhub.staging import replacing
from connhub.text.names import plain as one_line

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["check_format", "write_graph"]

FORMATS = (".graphml", ".gexf")


@checked
def write_graph(graph: nx.DiGraph[Any], path: str | os.PathLike[str]) -> Path:
    """Write a graph as GraphML or GEXF, with names and attributes intact.

    Ids are texts, so that a leading zero stays; ``label`` is what Gephi shows, ``weight`` what it
    lays out by. Money stays in whole units of ``graph.graph["unit"]``. Attributes of the graph
    itself, such as the unit, are data of the graph in GraphML, and the description in GEXF.
    Missing values are left out; characters that XML cannot hold, or that turn the direction of
    writing, become "?", and line ends blanks.

    Parameters
    ----------
    graph : networkx.DiGraph
        From `region_graph`, `selection_graph` or a `FirmGraph`.
    path : path
        Ends in ``.graphml`` or ``.gexf``. An old file is replaced when the new one is complete.

    Returns
    -------
    Path

    Raises
    ------
    OptionError
        When the path ends otherwise, or two ids are the same text.
    StorageError

    Examples
    --------
    >>> import tempfile
    >>> import networkx as nx
    >>> graph = nx.DiGraph(unit="円")
    >>> graph.add_node("01", label="北海道", firms=3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_graph(graph, Path(folder) / "regions.graphml")
    ...     again = nx.read_graphml(written)
    >>> again.nodes["01"], again.graph["unit"]
    ({'label': '北海道', 'firms': 3}, '円')
    """
    import networkx as nx
    from networkx.readwrite.gexf import GEXFWriter

    path = Path(path)
    ending = check_format(path)
    ids = Counter(_text(node) for node in graph)
    if repeated := {name: count for name, count in ids.items() if count > 1}:
        raise OptionError(Fault("networks.same_id", examples=repeated))
    plain: nx.DiGraph[str] = nx.DiGraph(**_plain(graph.graph))
    plain.add_nodes_from((_text(node), _plain(data)) for node, data in graph.nodes(data=True))
    plain.add_edges_from((_text(a), _text(b), _plain(d)) for a, b, d in graph.edges(data=True))
    with replacing(path) as temporary:
        if ending == ".gexf":
            writer = GEXFWriter(plain, version="1.2draft")
            description = SubElement(writer.xml[0], "description")
            description.text = "; ".join(f"{name}: {value}" for name, value in plain.graph.items())
            writer.write(temporary)
        else:
            nx.write_graphml(plain, temporary, infer_numeric_types=True)
    return path


def check_format(path: str | os.PathLike[str]) -> str:
    """The ending of a path, when it is one of those that a graph is written as.

    Parameters
    ----------
    path : path

    Returns
    -------
    str

    Raises
    ------
    OptionError

    Examples
    --------
    >>> check_format("regions.GEXF")
    '.gexf'
    """
    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        raise OptionError(Fault("networks.graph_format", file=str(path)))
    return ending


def _text(value: Any) -> str:
    return one_line(str(value))


def _plain(data: dict[Any, Any]) -> dict[str, Any]:
    """Values that both formats can hold; numbers as Python's own."""
    plain: dict[str, Any] = {}
    for name, raw in data.items():
        value = raw.item() if isinstance(raw, np.generic) else raw
        if isinstance(value, bool | int | float) and not pd.isna(value):
            plain[_text(name)] = value
        elif not (value is None or value is pd.NA or value is pd.NaT or value != value):  # noqa: PLR0124
            plain[_text(name)] = _text(value)
    return plain
