"""Pictures: one function a picture, each returns a `Picture` (extra ``viz``)."""

from connhub.plots.fireworks import fireworks
from connhub.plots.flow_matrix import flow_matrix
from connhub.plots.picture import Picture
from connhub.plots.strongest_linkages import strongest_linkages
from connhub.plots.tile_map import tile_map

__all__ = ["Picture", "fireworks", "flow_matrix", "strongest_linkages", "tile_map"]
