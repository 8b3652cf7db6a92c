"""Pictures: one function a picture, each returns a `Picture` (extra ``viz``)."""

from connhub.plots.before_after import before_after
from connhub.plots.concentration import concentration
from connhub.plots.connector_hub import connector_hub
from connhub.plots.contributions import contributions
from connhub.plots.dependents import dependents
from connhub.plots.fireworks import fireworks
from connhub.plots.flow_matrix import flow_matrix
from connhub.plots.leak_map import leak_map
from connhub.plots.picture import Picture
from connhub.plots.resilience import resilience
from connhub.plots.ripple_tiers import ripple_tiers
from connhub.plots.stability import stability
from connhub.plots.strongest_linkages import strongest_linkages
from connhub.plots.tile_map import tile_map

__all__ = [
    "Picture",
    "before_after",
    "concentration",
    "connector_hub",
    "contributions",
    "dependents",
    "fireworks",
    "flow_matrix",
    "leak_map",
    "resilience",
    "ripple_tiers",
    "stability",
    "strongest_linkages",
    "tile_map",
]
