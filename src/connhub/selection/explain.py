"""TODO: remove once plots and publishing import `indicators`."""

from connhub.selection.indicators import indicator_label, indicator_value

__all__ = ["indicator_label", "indicator_value"]
