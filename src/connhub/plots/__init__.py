"""Pictures: one function a picture, each returns a `Picture` (extra ``viz``)."""

from connhub.plots.before_after import before_after
from connhub.plots.change_waterfall import change_waterfall
from connhub.plots.concentration import concentration
from connhub.plots.connector_hub import connector_hub
from connhub.plots.contributions import contributions
from connhub.plots.dependents import dependents
from connhub.plots.fireworks import fireworks
from connhub.plots.flow_matrix import flow_matrix
from connhub.plots.leak_map import leak_map
from connhub.plots.picture import Picture
from connhub.plots.rank_slope import rank_slope
from connhub.plots.resilience import resilience
from connhub.plots.ripple_tiers import ripple_tiers
from connhub.plots.stability import stability
from connhub.plots.strongest_linkages import strongest_linkages
from connhub.plots.target_path import target_path
from connhub.plots.tile_map import tile_map

__all__ = [
    "Picture",
    "before_after",
    "change_waterfall",
    "concentration",
    "connector_hub",
    "contributions",
    "dependents",
    "fireworks",
    "flow_matrix",
    "leak_map",
    "rank_slope",
    "resilience",
    "ripple_tiers",
    "stability",
    "strongest_linkages",
    "target_path",
    "tile_map",
]
