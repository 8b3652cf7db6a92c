"""What nodes and links carry: plain Python values, and limits of size."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from connhub.errors import LimitError, OptionError
from connhub.networks.node_attributes import (
    attributes,
    check_level,
    check_size,
    links_of,
    node_labels,
)
from connhub.text.catalogue import Message

FRAME = pd.DataFrame(
    {
        "firm_id": pd.array(["a", "b"], dtype="str"),
        "whole": np.array([2**53 + 1, 0]),
        "nullable": pd.array([2**53 + 1, None], dtype="Int64"),
        "share": [np.nan, 0.5],
        "flag": [True, False],
        "field": pd.Categorical(["造船", None]),
        "empty": ["", None],
        3: [1, 2],
    }
)


def test_values_are_plain_and_what_is_missing_is_left_out():
    rows = list(attributes(FRAME))
    assert rows == [
        {
            "firm_id": "a",
            "whole": 2**53 + 1,
            "nullable": 2**53 + 1,
            "flag": True,
            "field": "造船",
            "empty": "",  # a text without letters is not missing
            "3": 1,
        },
        {"firm_id": "b", "whole": 0, "share": 0.5, "flag": False, "3": 2},
    ]
    kinds = {type(value) for row in rows for value in row.values()}
    assert kinds == {str, int, float, bool}


def test_no_rows_and_no_columns():
    assert list(attributes(FRAME.head(0))) == []
    assert list(attributes(pd.DataFrame(index=range(2)))) == [{}, {}]


def test_labels_are_names_or_ids():
    firms = pd.DataFrame({"firm_id": ["1", "2"], "name": [None, "乙社"]})
    assert node_labels(firms).tolist() == ["1", "乙社"]
    assert node_labels(firms[["firm_id"]]).tolist() == ["1", "2"]


@pytest.mark.parametrize(
    ("nodes", "links", "size"), [(6, 1, "6 nodes and 1 link "), (1, 6, "1 node and 6 links ")]
)
def test_a_graph_above_the_limit_is_refused_with_the_way_out(nodes, links, size):
    advice = Message("networks.shrink_selection")
    check_size(5, 5, 5, advice)
    with pytest.raises(LimitError) as caught:
        check_size(nodes, links, 5, advice)
    text = caught.value.text("en")
    assert size in text
    assert advice.text("en") in text
    assert advice.text("ja", flags=True) in caught.value.text("ja", flags=True)


@pytest.mark.parametrize("level", [0, -0.1, 1.0001, float("nan"), float("inf")])
def test_a_level_that_is_none(level):
    for allowed in (1e-12, 0.05, 1):
        check_level(allowed)
    with pytest.raises(OptionError):
        check_level(level)


@pytest.mark.parametrize(("weight", "kind"), [(2**53 + 1, np.int64), (0.5, np.float64)])
def test_links_are_positions_and_weights(weight, kind):
    graph = nx.DiGraph()
    graph.add_nodes_from("zab")
    graph.add_edge("b", "z", weight=weight)
    graph.add_edge("a", "a", weight=1)
    start, end, weights = links_of(graph)
    assert [start.tolist(), end.tolist()] == [[1, 2], [1, 0]]
    assert weights.tolist() == [1, weight]
    assert weights.dtype == kind


def test_a_graph_without_links():
    assert [array.size for array in links_of(nx.DiGraph())] == [0, 0, 0]
