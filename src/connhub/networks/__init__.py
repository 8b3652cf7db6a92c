"""Graphs of regions and of firms: networkx where one looks, sparse arrays where it is large.

A link runs from seller to buyer and needs a positive amount: what returns have made zero or
negative is left out of every graph, and counted there. `rank_linkages` ranks it all the same.
"""

from connhub.measures.linkages import rank_linkages
from connhub.networks.export import write_graph
from connhub.networks.firm_graph import FirmGraph, firm_graph
from connhub.networks.meaning import meaning
from connhub.networks.region_graph import backbone, region_centralities, region_graph
from connhub.networks.region_merge import RegionEvaluation, evaluate_region
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
    "RegionEvaluation",
    "WideRegions",
    "adjusted_mutual_information",
    "backbone",
    "components",
    "disparity",
    "evaluate_region",
    "firm_graph",
    "meaning",
    "pagerank",
    "rank_firms",
    "rank_linkages",
    "region_centralities",
    "region_graph",
    "selection_graph",
    "wide_regions",
    "write_graph",
]
