"""Pictures: one function a picture, each returns a `Picture` (extra ``viz``)."""

from connhub.plots.concentration import concentration
from connhub.plots.connector_hub import connector_hub
from connhub.plots.contributions import contributions
from connhub.plots.picture import Picture
from connhub.plots.stability import stability

__all__ = ["Picture", "concentration", "connector_hub", "contributions", "stability"]
