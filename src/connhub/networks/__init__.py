"""Graphs of regions and of firms: networkx for parts, sparse matrices for national size.

A link runs from seller to buyer and needs a positive amount: flows that returns have made zero or
negative are left out of every graph, and counted there. `rank_linkages` ranks them all the same.
Money in graphs is int in whole units of ``graph.graph["unit"]``.
"""

from connhub.measures.linkages import rank_linkages
from connhub.networks.build_firm_graph import firm_graph
from connhub.networks.export import write_graph
from connhub.networks.firm_graph import FirmGraph
from connhub.networks.region_graph import backbone, region_centralities, region_graph
from connhub.networks.region_merge import RegionMerge, evaluate_region
from connhub.networks.selection_graph import FirmRanking, rank_firms, selection_graph
from connhub.networks.sparse import components, disparity, pagerank
from connhub.networks.wide_regions import (
    WideRegions,
    adjusted_mutual_information,
    wide_regions,
)

__all__ = [
    "FirmGraph",
    "FirmRanking",
    "RegionMerge",
    "WideRegions",
    "adjusted_mutual_information",
    "backbone",
    "components",
    "disparity",
    "evaluate_region",
    "firm_graph",
    "pagerank",
    "rank_firms",
    "rank_linkages",
    "region_centralities",
    "region_graph",
    "selection_graph",
    "wide_regions",
    "write_graph",
]
