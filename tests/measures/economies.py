"""Small random economies at the grain pairs, with the deals that they are made of."""

import numpy as np
import pyarrow as pa

import connhub
from connhub.measures.degrees import degrees
from connhub.measures.ripple import ripple
from connhub.measures.trade import trade
from tests.measures.builders import transactions

REGIONS = ("13", "15", "23")
INDUSTRIES = ("0111", "0912", "2814", None)


def economy(seed, n=14, m=60, returns=True):
    """Totals and the firm table; firms are named f0, f1, ..., and some are nowhere or abroad."""
    rng = np.random.default_rng(seed)
    region = rng.choice(REGIONS, n)
    firms = connhub.read_firms(
        pa.table(
            {
                "firm_id": [f"f{i}" for i in range(n)],
                "prefecture_code": [None if r < 0.05 else c for r, c in zip(rng.random(n), region)],
                "country_code": ["US" if r < 0.1 else None for r in rng.random(n)],
                "industry_code": [INDUSTRIES[k] for k in rng.integers(0, len(INDUSTRIES), n)],
            }
        )
    )
    seller, buyer = rng.integers(0, n + 1, (2, m))  # the last is not in the table
    amount = rng.integers(1, 1000, m)
    if returns:
        amount = np.where(rng.random(m) < 0.1, -amount, amount)
    names = [*(f"f{i}" for i in range(n)), "stranger"]
    deals = [(names[s], names[b], int(x)) for s, b, x in zip(seller, buyer, amount, strict=True)]
    totals = connhub.total(
        transactions(deals), firms, grain="pairs", unknown_firm="outside", unknown_region="outside"
    )
    return totals, firms


# Four firms of one region; c buys 400 of h and 100 of s, and so on; o is outside.
DEALS = [
    ("h", "c", 400), ("s", "c", 100), ("s", "h", 150), ("t", "h", 90), ("t", "s", 30),
    ("h", "t", 20), ("o", "c", 200), ("o", "h", 120), ("o", "s", 60), ("o", "t", 40),
    ("c", "o", 1000),
]  # fmt: skip
OUTPUT = np.array([1000, 600, 300, 200, 2000])


def four_firms(net_sales=OUTPUT, deals=DEALS, **options):
    firms = connhub.read_firms(
        pa.table({"firm_id": list("chsto"), "prefecture_code": ["15"] * 4 + ["13"]})
    )
    totals = connhub.total(transactions(deals), firms, grain="pairs")
    return ripple(trade(totals, firms), degrees(totals, firms), net_sales=net_sales, **options)
