"""Graphs on disk, in the forms that Gephi and others open: GraphML and GEXF."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from connhub.errors import Fault, OptionError
from connhub.storage import replacing

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["check_form", "write_graph"]

FORMS = (".graphml", ".gexf")
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_graph(graph: nx.DiGraph[Any], path: str | os.PathLike[str]) -> Path:
    """Write a graph as GraphML or GEXF, with names and attributes intact.

    Ids are texts, so that a leading zero stays; ``label`` is what Gephi shows, ``weight`` what it
    lays out by. What is missing is left out rather than written as a word, and characters that
    XML cannot hold are written as U+FFFD.

    Parameters
    ----------
    graph : networkx.DiGraph
        From `region_graph`, `selection_graph` or a `FirmGraph`.
    path : path
        Ends in ``.graphml`` or ``.gexf``. An old file is replaced when the new one is whole.

    Returns
    -------
    Path

    Raises
    ------
    OptionError
        When the ending is another, or two ids are the same text.
    StorageError

    Examples
    --------
    >>> import tempfile
    >>> import networkx as nx
    >>> graph = nx.DiGraph()
    >>> graph.add_node("01", label="北海道", firms=3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_graph(graph, Path(folder) / "regions.graphml")
    ...     nx.read_graphml(written).nodes["01"]
    {'label': '北海道', 'firms': 3}
    """
    import networkx as nx

    path = Path(path)
    form = check_form(path)
    clean: nx.DiGraph[str] = nx.DiGraph(**_plain(graph.graph))
    clean.add_nodes_from((_text(node), _plain(data)) for node, data in graph.nodes(data=True))
    if len(clean) < len(graph):
        raise OptionError(Fault("two nodes have the same id as text", fix="relabel the graph"))
    clean.add_edges_from((_text(a), _text(b), _plain(d)) for a, b, d in graph.edges(data=True))
    with replacing(path) as temporary:
        if form == ".gexf":
            nx.write_gexf(clean, temporary, version="1.2draft")
        else:
            nx.write_graphml(clean, temporary, infer_numeric_types=True)
    return path


def check_form(path: str | os.PathLike[str]) -> str:
    """The ending of a path, when it is one of those that a graph is written as."""
    form = Path(path).suffix.lower()
    if form not in FORMS:
        fix = f"let the name end in {' or '.join(FORMS)}"
        raise OptionError(Fault("a graph is written as GraphML or GEXF", file=str(path), fix=fix))
    return form


def _text(value: Any) -> str:
    return _NOT_IN_XML.sub("\ufffd", str(value))


def _plain(data: dict[Any, Any]) -> dict[str, Any]:
    """Values that both forms can hold; numbers as Python's own."""
    out: dict[str, Any] = {}
    for name, given in data.items():
        value = given.item() if isinstance(given, np.generic) else given
        if isinstance(value, bool | int | float) and not pd.isna(value):
            out[_text(name)] = value
        elif not (value is None or value is pd.NA or value is pd.NaT or value != value):  # noqa: PLR0124
            out[_text(name)] = _text(value)
    return out
