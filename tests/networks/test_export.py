"""Graphs written as GraphML and GEXF, and read back."""

import re
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from connhub.errors import OptionError
from connhub.networks import firm_graph, region_graph, selection_graph, write_graph
from tests.networks.builders import selection_of


def graphs(result):
    graph = firm_graph(result.trade, degrees=result.degrees)
    return {
        "regions": region_graph(result.linkages, regions=result.regions, outside=True),
        "firms": graph.to_networkx(),
        "ego": graph.ego(graph.firms["firm_id"][4]),
        "selection": selection_graph(selection_of(result), result.trade, degrees=result.degrees),
    }


@pytest.mark.parametrize("which", ["regions", "firms", "ego", "selection"])
@pytest.mark.parametrize("form", ["graphml", "gexf"])
def test_a_written_graph_is_read_back_whole(result, tmp_path, which, form):
    graph = graphs(result)[which]
    path = write_graph(graph, tmp_path / f"図.{form}")
    raw = path.read_bytes().decode("utf-8")
    keys = re.findall(r'<(?:key|attribute) id="([^"]+)"', raw)
    assert len(keys) == len(set(keys)) > 5
    assert not re.search(r'"(None|nan|NaN|NaT|<NA>)"|>(None|nan|NaN|<NA>)<', raw)
    back = nx.read_graphml(path) if form == "graphml" else nx.read_gexf(path)
    assert isinstance(back, nx.DiGraph)
    assert list(back) == list(graph)
    assert dict(back.nodes(data=True)) == dict(graph.nodes(data=True))
    assert set(back.edges) == set(graph.edges)
    for ends, data in graph.edges.items():
        assert {k: v for k, v in back.edges[ends].items() if k != "id"} == data
    assert list(tmp_path.iterdir()) == [path]
    if form == "graphml":
        assert {k: back.graph[k] for k in graph.graph} == graph.graph
    else:
        meta = ElementTree.parse(path).getroot()[0]
        described = {n.tag.partition("}")[2]: n.text for n in meta}["description"]
        assert described == "; ".join(f"{k}: {v}" for k, v in graph.graph.items())


def test_values_that_no_form_can_hold(tmp_path):
    graph = nx.DiGraph(note=None)
    graph.add_node(1, label="a\x0b<b>&\"髙", big=np.int64(2**62), none=None, nan=float("nan"),
                   na=pd.NA, yes=np.bool_(True), words=["x"])  # fmt: skip
    graph.add_node("01", label="=1+1")
    graph.add_edge(1, "01", weight=np.float64(0.5))
    for form, read in (("graphml", nx.read_graphml), ("gexf", nx.read_gexf)):
        back = read(write_graph(graph, tmp_path / f"g.{form}"))
        assert back.nodes["1"] == {
            "label": 'a <b>&"髙',
            "big": 2**62,
            "yes": True,
            "words": "['x']",
        }
        assert back.nodes["01"] == {"label": "=1+1"}
        assert back.edges["1", "01"]["weight"] == 0.5
    graph.add_node("1")
    with pytest.raises(OptionError, match="same id") as error:
        write_graph(graph, tmp_path / "g.gexf")
    assert "values: '1' (2 times)" in str(error.value)
    with pytest.raises(OptionError, match="GraphML or GEXF"):
        write_graph(graph, tmp_path / "g.json")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["g.gexf", "g.graphml"]
