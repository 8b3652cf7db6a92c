"""Priority-support firms: indicators, schemes, ranks, reasons, and how stable they are."""

from connhub.certainty_options import CertaintyOptions
from connhub.cutoff import Cutoff
from connhub.selection.certainty_result import Certainty
from connhub.selection.fields import read_fields
from connhub.selection.financial_indicators import Indicators, financial_indicators
from connhub.selection.financials import Financials, read_financials
from connhub.selection.reasons import IndicatorScore, ListPlace, Reason
from connhub.selection.result import Selection
from connhub.selection.schemes import (
    FY2019,
    SCHEMES,
    STRATEGIC_FIELDS,
    TWO_DEGREES,
    Scheme,
    find_scheme,
)
from connhub.selection.select import select_priority_firms

__all__ = [
    "FY2019",
    "SCHEMES",
    "STRATEGIC_FIELDS",
    "TWO_DEGREES",
    "Certainty",
    "CertaintyOptions",
    "Cutoff",
    "Financials",
    "IndicatorScore",
    "Indicators",
    "ListPlace",
    "Reason",
    "Scheme",
    "Selection",
    "financial_indicators",
    "find_scheme",
    "read_fields",
    "read_financials",
    "select_priority_firms",
]
