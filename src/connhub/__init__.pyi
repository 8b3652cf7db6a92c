"""What `import connhub` gives; each name is loaded when it is first used."""

from . import measures as measures
from . import networks as networks
from . import plots as plots
from . import publishing as publishing
from . import regions as regions
from . import scenario as scenario
from . import selection as selection
from .analysis import Analysis as Analysis
from .analysis import analyze as analyze
from .analysis import load as load
from .citation import cite as cite
from .deal_rows import deal_rows as deal_rows
from .drawn_degrees import draw_estimated_degrees as draw_estimated_degrees
from .errors import ConnhubError as ConnhubError
from .errors import ConnhubWarning as ConnhubWarning
from .estimate import estimate_amounts as estimate_amounts
from .examination import check as check
from .firm_totals import analyze_firm_totals as analyze_firm_totals
from .intake.firm_table import FirmTable as FirmTable
from .intake.firm_table import read_firms as read_firms
from .intake.ledger import Ledger as Ledger
from .measures.degrees import Degrees as Degrees
from .measures.degrees import degrees as degrees
from .measures.display import show as show
from .measures.linkages import Linkages as Linkages
from .measures.linkages import linkages as linkages
from .measures.region_sums import Regions as Regions
from .measures.region_sums import region_summary as region_summary
from .measures.trade import Trade as Trade
from .measures.trade import trade as trade
from .networks.region_graph import region_graph as region_graph
from .options import Policies as Policies
from .panel import Panel as Panel
from .prepared.writer import prepare as prepare
from .sample import load_sample as load_sample
from .scenarios import what_if as what_if
from .selection import Scheme as Scheme
from .selection import select_priority_firms as select_priority_firms
from .synthetic import synthesize as synthesize
from .totals.threads import total as total
from .totals.totals import Totals as Totals
from .yearly import analyze_years as analyze_years
from .years import compare as compare
from .years import track as track

__version__: str
