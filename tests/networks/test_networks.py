"""Every column that networks give is in the vocabulary, with its type, and the other way round."""

import pandas as pd

import connhub
from connhub.networks import (
    evaluate_region,
    firm_graph,
    rank_firms,
    rank_linkages,
    region_centralities,
    region_graph,
    wide_regions,
)
from connhub.networks.selection_graph import MEASURES
from connhub.schema import columns
from tests.networks.builders import OUTSIDE, economy


def test_the_vocabulary_has_every_column(result):
    graph = region_graph(result.linkages)
    found = wide_regions(graph)
    joined = evaluate_region(["15", "16"], result)
    firms = firm_graph(result.trade, degrees=result.degrees)
    chains = firms.to_networkx()
    for number, data in enumerate(chains.nodes.values()):
        data.update(rank=number, score=0.5)
    frames = {
        "linkages": [rank_linkages(result.linkages)],
        "region_centralities": [region_centralities(graph)],
        "wide_regions": [found.frame, found.communities, found.comparison],
        "joined_regions": [joined.summary],
        "joined_firms": [joined.firms],
        "firm_ranking": [rank_firms(chains, by).frame for by in MEASURES]
        + [firms.pagerank(), firms.components()],
    }
    for table, given in frames.items():
        known = columns(table)
        assert {c for frame in given for c in frame} == set(known)
        for frame in given:
            for name in frame:
                kind = known[name].dtype
                assert str(frame[name].dtype).lower() in (
                    {"string": "str"}.get(kind, kind),
                    "object" if kind == "string" else kind,
                )
                assert known[name].nullable or frame[name].notna().all()


def test_the_face(result):
    assert connhub.region_graph is region_graph
    graph = connhub.region_graph(connhub.analyze(*economy(), **OUTSIDE).linkages)
    pd.testing.assert_frame_equal(
        region_centralities(graph),
        region_centralities(region_graph(result.linkages)),
        check_exact=False,
    )
