"""Connector and hub degrees of firms over national firm-to-firm transaction tables.

>>> import connhub
>>> connhub.__version__ >= "0.1"
True
"""

import lazy_loader

from connhub.release import VERSION

__getattr__, __dir__, _ = lazy_loader.attach_stub(__name__, __file__)

__version__ = VERSION


__all__ = [
    "Analysis",
    "ConnhubError",
    "ConnhubWarning",
    "Degrees",
    "FirmTable",
    "Ledger",
    "Linkages",
    "Panel",
    "Policies",
    "Regions",
    "Scheme",
    "Totals",
    "Trade",
    "analyze",
    "analyze_firm_totals",
    "analyze_years",
    "check",
    "cite",
    "compare",
    "deal_rows",
    "degrees",
    "draw_estimated_degrees",
    "estimate_amounts",
    "linkages",
    "load",
    "load_sample",
    "prepare",
    "read_firms",
    "region_graph",
    "region_summary",
    "select_priority_firms",
    "show",
    "synthesize",
    "total",
    "track",
    "trade",
    "what_if",
]
