"""Connector and hub degrees of firms over national firm-to-firm transaction tables.

>>> import connhub
>>> connhub.__version__ >= "0.1"
True
"""

from connhub.analysis import Analysis, analyze, load
from connhub.errors import ConnhubError, ConnhubWarning
from connhub.examination import check
from connhub.firm_totals import analyze_firm_totals
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.intake.ledger import Ledger
from connhub.measures.degrees import Degrees, degrees
from connhub.measures.linkages import Linkages, linkages
from connhub.measures.region_sums import Regions, region_summary
from connhub.measures.trade import Trade, trade
from connhub.networks.region_graph import region_graph
from connhub.options import Policies
from connhub.prepared.writer import prepare
from connhub.selection import Scheme, select_priority_firms
from connhub.synthetic import synthesize
from connhub.totals.threads import total
from connhub.totals.totals import Totals

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "ConnhubError",
    "ConnhubWarning",
    "Degrees",
    "FirmTable",
    "Ledger",
    "Linkages",
    "Policies",
    "Regions",
    "Scheme",
    "Totals",
    "Trade",
    "analyze",
    "analyze_firm_totals",
    "check",
    "degrees",
    "linkages",
    "load",
    "prepare",
    "read_firms",
    "region_graph",
    "region_summary",
    "select_priority_firms",
    "synthesize",
    "total",
    "trade",
]
