"""Pictures: one function a picture, each returns a `Picture` (extra ``viz``)."""

from connhub.plots.picture import Picture

__all__ = ["Picture"]
