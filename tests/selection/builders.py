"""Two small economies: seven firms of odd values, and twelve with the six indicators."""

import pandas as pd
import pyarrow as pa

import connhub
from connhub.selection import FY2019, financial_indicators, read_financials, select_priority_firms

FIRMS = pa.table(
    {
        "firm_id": ["a", "b", "c", "d", "e", "us", "no"],
        "name": ["Ａ社", None, "=c", "d", "e", "f", "g"],
        "prefecture_code": ["13", "13", "13", "27", "27", None, None],
        "country_code": [None, None, None, None, None, "US", None],
        "industry_code": ["28", "281", "31", "28", "06", "28", "28"],
        "staff": ["10", "5", "", "7", "1.5", "2", "3"],
        "note": ["x"] * 7,
    }
)
TRANSACTIONS = pa.table(
    {
        "seller_id": ["a", "b", "c", "d", "e", "a", "d"],
        "buyer_id": ["d", "d", "e", "a", "a", "b", "e"],
        "amount": [30, 10, 10, 20, 20, 5, 5],
    }
)


def analysis(transactions=TRANSACTIONS):
    """Degrees of the seven firms."""
    return connhub.analyze(transactions, FIRMS)


def select(**options):
    """A selection among the seven firms."""
    return analysis().select(FIRMS, **options)


SIX_FIRMS = pa.table({"firm_id": list("ABCDEFGHIJKL"), "prefecture_code": ["13"] * 6 + ["27"] * 6})
_OUT = {"A": 50, "B": 20, "C": 20, "D": 10, "G": 40, "H": 30, "I": 10, "J": 10, "K": 10}
_INSIDE = {"B": 10, "C": 30, "D": 30, "E": 20, "F": 10, "G": 50, "I": 20, "J": 20, "K": 5, "L": 5}
SIX_TRANSACTIONS = pd.DataFrame(
    [(f, "G" if f < "G" else "A", x) for f, x in _OUT.items()]
    + [("A" if f < "G" else "H", f, x) for f, x in _INSIDE.items()],
    columns=["seller_id", "buyer_id", "amount"],
)
_YEARS = {  # operating profit and employees of 2023, 2024, 2025
    "A": ((100, 110, 121), (10, 10, 10)),
    "B": ((50, 50, 50), (20, 20, 20)),
    "C": ((40, 60, 90), (5, 6, 20)),
    "D": ((-10, 10, 30), (6, 6, 6)),
    "E": ((10, None, 10), (7, None, 7)),
    "F": ((30, 30, 30), (2, 2, 2)),
    "G": ((300, 300, 300), (40, 40, 40)),
    "H": ((20, 25, 45), (8, 8, 18)),
    "I": ((50, 50, 50), (20, 20, 20)),
    "J": ((16, 10, 4), (9, 9, 9)),
    "K": ((60, 60, 60), (4, 10, 16)),
    "L": ((9, 12, 16), (3, 3, 3)),
}
SIX_FINANCIALS = pd.DataFrame(
    [
        (f, 2023 + i, p, e)
        for f, (profits, employees) in _YEARS.items()
        for i, (p, e) in enumerate(zip(profits, employees, strict=True))
        if p is not None
    ],
    columns=["firm_id", "year", "operating_profit", "employees"],
)


def six_analysis(scale=1, **options):
    """Degrees of the twelve firms; amounts are divided by `scale`."""
    amount = SIX_TRANSACTIONS["amount"] / scale if scale != 1 else SIX_TRANSACTIONS["amount"]
    return connhub.analyze(SIX_TRANSACTIONS.assign(amount=amount), SIX_FIRMS, **options)


def six_indicators(scheme=FY2019, **options):
    """A selection among the twelve firms by the six indicators."""
    indicators = financial_indicators(read_financials(SIX_FINANCIALS))
    options = {"per_region": 2, **options}
    return select_priority_firms(
        six_analysis().degrees, scheme=scheme, indicators=indicators, **options
    )
