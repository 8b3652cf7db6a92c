"""Communities of regions, and the agreement of groupings."""

from itertools import permutations
from math import isclose, log

import networkx as nx
import pandas as pd
import pytest

from connhub.errors import OptionError
from connhub.networks import adjusted_mutual_information, region_graph, wide_regions


def mutual(a, b):
    n = len(a)
    total = 0.0
    for x in set(a):
        for y in set(b):
            k = sum(p == x and q == y for p, q in zip(a, b))
            if k:
                total += k / n * log(n * k / (a.count(x) * b.count(y)))
    return total


@pytest.mark.parametrize(
    ("a", "b"),
    [("aabbcc", "xxyyzz"), ("aaabbc", "xyxyyx"), ("aabbbb", "xyzxyz"), ("aaaabb", "xxxxxy"),
     ("abcdee", "xxyyzz")],
)  # fmt: skip
def test_mutual_information_is_adjusted_by_all_permutations(a, b):
    every = [mutual(a, list(p)) for p in permutations(b)]
    expected = sum(every) / len(every)
    entropy = (mutual(a, list(a)) + mutual(b, list(b))) / 2
    wanted = (mutual(a, list(b)) - expected) / (entropy - expected)
    a, b = list(a), list(b)
    assert adjusted_mutual_information(a, b) == pytest.approx(wanted, abs=1e-12)
    assert adjusted_mutual_information(b, a) == pytest.approx(wanted, abs=1e-12)


def test_the_same_grouping_agrees_wholly():
    assert isclose(adjusted_mutual_information([*"aabbc"], [3, 3, 1, 1, 2]), 1)
    assert adjusted_mutual_information([*"aaa"], [*"bbb"]) == 1
    assert adjusted_mutual_information([*"abc"], [*"cab"]) == 1
    with pytest.raises(OptionError, match="cannot be compared"):
        adjusted_mutual_information([*"ab"], ["a"])


def test_wide_regions(result):
    graph = region_graph(result.linkages)
    found = wide_regions(graph, seed=4)
    again = wide_regions(graph, seed=4)
    pd.testing.assert_frame_equal(found.frame, again.frame)
    groups = [set(g["region"]) for _, g in found.frame.groupby("community")]
    first, second = found.comparison.to_dict("records")
    assert first["modularity"] == pytest.approx(nx.community.modularity(graph, groups))
    blocks = [set(g["region"]) for _, g in found.frame.groupby("compared")]
    assert second["modularity"] == pytest.approx(nx.community.modularity(graph, blocks))
    inside = sum(w for a, b, w in graph.edges(data="weight") if any({a, b} <= g for g in groups))
    assert first["share_inside"] == inside / graph.size(weight="weight")
    assert found.communities["trade_inside"].sum() == inside
    assert found.communities["regions"].sum() == 47
    assert second["groups"] == 9
    assert found.communities["trade_inside"].is_monotonic_decreasing
    same = wide_regions(graph, compare=dict(zip(graph, found.frame["community"])))
    assert same.comparison["agreement"].tolist() == pytest.approx([1, 1])
    names = dict(zip(found.frame["region_name"], found.frame["community"])) | {"海外": 9}
    assert wide_regions(graph, compare=names).comparison["agreement"].tolist() == (
        same.comparison["agreement"].tolist()
    )
    finer = wide_regions(graph, resolution=3)
    assert finer.comparison["groups"][0] >= first["groups"]


def test_wide_regions_that_cannot_be():
    graph = nx.DiGraph()
    graph.add_nodes_from("ab")
    with pytest.raises(OptionError, match="without links"):
        wide_regions(graph)
    graph.add_edge("a", "b", weight=3)
    assert list(wide_regions(graph).comparison["grouping"]) == ["communities"]
    with pytest.raises(OptionError, match="lacks the regions 'b'"):
        wide_regions(graph, compare={"a": "x"})
    with pytest.raises(OptionError, match="resolution"):
        wide_regions(graph, resolution=0)
