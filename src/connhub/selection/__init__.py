"""Priority-support firms: indicators, schemes, ranks, reasons, and how stable they are."""

from connhub.selection.cutoff import Cut
from connhub.selection.fields import read_fields
from connhub.selection.financials import (
    Financials,
    Indicators,
    financial_indicators,
    read_financials,
)
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
    "Cut",
    "Financials",
    "Indicators",
    "Scheme",
    "Selection",
    "financial_indicators",
    "find_scheme",
    "read_fields",
    "read_financials",
    "select_priority_firms",
]
