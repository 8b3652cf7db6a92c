"""PageRank, components and the disparity filter, against networkx and plain loops."""

import networkx as nx
import numpy as np
import pytest

from connhub.errors import LimitError, OptionError
from connhub.networks import backbone, components, disparity, pagerank


def links(seed, size=2000, count=9000):
    """Links between firms, a few of which have most; no two of the same direction."""
    rng = np.random.default_rng(seed)
    start = (size * rng.random(count) ** 3).astype(np.int64)
    end = rng.permutation(size)[(size * rng.random(count) ** 2).astype(np.int64)]
    key = np.unique(start * size + end)
    start, end = np.divmod(key, size)
    return start, end, np.exp(rng.normal(12, 3, key.size)).astype(np.int64) + 1


def graph_of(start, end, weight, size):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(size))
    graph.add_weighted_edges_from(zip(start.tolist(), end.tolist(), weight.tolist()))
    return graph


@pytest.mark.parametrize("seed", range(3))
def test_pagerank_equals_networkx(seed):
    start, end, weight = links(seed)
    found = pagerank(start, end, weight, 2000)
    wanted = nx.pagerank(graph_of(start, end, weight, 2000), tol=1e-15, max_iter=1000)
    assert np.bincount(start, minlength=2000).min() == 0  # some firms sell nothing
    assert found.sum() == pytest.approx(1, abs=1e-12)
    assert np.abs(found - np.array(list(wanted.values()))).max() < 1e-9


def test_pagerank_does_not_depend_on_the_order_of_links_or_on_the_unit():
    start, end, weight = links(7)
    order = np.random.default_rng(1).permutation(start.size)
    found = pagerank(start, end, weight, 2000)
    assert pagerank(start[order], end[order], weight[order], 2000) == pytest.approx(
        found, abs=1e-14
    )
    assert pagerank(start, end, weight * 1024, 2000) == pytest.approx(found, abs=1e-14)
    twice = (np.concatenate((v, v)) for v in (start, end, weight))
    assert pagerank(*twice, 2000) == pytest.approx(found, abs=1e-14)


def test_a_firm_to_which_no_link_leads_keeps_its_share():
    none = np.array([], dtype=np.int64)
    assert pagerank(none, none, none, 4).tolist() == [0.25] * 4
    assert pagerank(none, none, none, 0).tolist() == []


@pytest.mark.parametrize("bad", [0, -5, float("nan")])
def test_weights_must_be_positive(bad):
    arrays = np.array([0, 1]), np.array([1, 0]), np.array([3, bad])
    for call in (pagerank, disparity):
        with pytest.raises(OptionError, match="positive"):
            call(*arrays, 2)


def test_what_does_not_fit_is_an_error():
    one, two = np.array([0]), np.array([0, 1])
    with pytest.raises(OptionError, match="same length"):
        pagerank(one, two, two, 2)
    with pytest.raises(OptionError, match="outside"):
        pagerank(two, two, two + 1, 1)
    with pytest.raises(OptionError, match="damping"):
        pagerank(two, two, two + 1, 2, damping=1)
    with pytest.raises(LimitError, match="not converged after 1 iteration"):
        pagerank(one, np.array([1]), one + 1, 2, max_iter=1)
    with pytest.raises(OptionError, match="kind"):
        components(one, one, 1, kind="loose")


@pytest.mark.parametrize("kind", ["weak", "strong"])
def test_components_equal_networkx(kind):
    start, end, weight = links(3, count=1500)
    found = components(start, end, 2000, kind=kind)
    graph = graph_of(start, end, weight, 2000)
    search = {"weak": nx.weakly_connected_components, "strong": nx.strongly_connected_components}
    wanted = sorted(search[kind](graph), key=lambda c: (-len(c), min(c)))
    assert [set(np.flatnonzero(found == i)) for i in range(found.max() + 1)] == wanted


@pytest.mark.parametrize("seed", range(5))
def test_disparity_equals_a_plain_loop(seed):
    start, end, weight = links(seed, size=60, count=400)
    graph = graph_of(start, end, weight, 60)
    p, q = disparity(start, end, weight, 60)
    kept = set()
    for i, (a, b, w) in enumerate(zip(start.tolist(), end.tolist(), weight.tolist())):
        out = [x for _, _, x in graph.out_edges(a, data="weight")]
        into = [x for _, _, x in graph.in_edges(b, data="weight")]
        at_a = (1 - w / sum(out)) ** (len(out) - 1)
        at_b = (1 - w / sum(into)) ** (len(into) - 1)
        assert p[i] == pytest.approx(at_a, rel=1e-9, abs=1e-12)
        assert q[i] == pytest.approx(at_b, rel=1e-9, abs=1e-12)
        if len(out) == 1:
            assert p[i] == 1
        if at_a < 0.05 or at_b < 0.05:
            kept.add((a, b))
    found = backbone(graph)
    assert 0 < len(kept) < len(weight)
    assert set(found.edges) == kept
    assert list(found) == list(graph)
    assert found.graph["links_before"] == graph.number_of_edges() == start.size


@pytest.mark.parametrize("level", [0, 1.5, float("nan")])
def test_a_level_is_above_0_and_up_to_1(level):
    with pytest.raises(OptionError, match="level"):
        backbone(nx.DiGraph(), level=level)
