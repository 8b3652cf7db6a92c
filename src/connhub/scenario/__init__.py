"""What if: firms arrive, leave or grow, and transactions are added or removed.

A scenario comes down to transactions removed and added; its outcome is what the analysis of the
edited table would be, bit for bit. What firms would do is modelled, and is said first.
"""

from connhub.measures.needed import needed_to_reach
from connhub.scenario.events import Arrival, Departure, Growth, Scenario
from connhub.scenario.read_scenario import read_scenario
from connhub.scenario.result import WhatIf
from connhub.scenario.what_if import what_if

__all__ = [
    "Arrival",
    "Departure",
    "Growth",
    "Scenario",
    "WhatIf",
    "needed_to_reach",
    "read_scenario",
    "what_if",
]
