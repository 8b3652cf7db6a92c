"""Two years of small random economies: firms that come, go and move, returns, strangers."""

import numpy as np
import pyarrow as pa

import connhub
from tests.builders import analyzed

REGIONS = ("13", "15", "23")
INDUSTRIES = ("0111", "0912", "2814", None)


def year(seed, number, n=12, m=50):
    """Transactions and firms of one year; half of the pairs are those of every year."""
    rng, common = np.random.default_rng([seed, number]), np.random.default_rng(seed)
    home = common.choice(REGIONS, n)
    moved = np.where(rng.random(n) < 0.1, rng.choice(REGIONS, n), home)
    listed = rng.random(n) > 0.1
    listed[0] = True
    firms = pa.table(
        {
            "firm_id": [f"f{i}" for i in np.flatnonzero(listed)],
            "prefecture_code": list(moved[listed]),
            "industry_code": [INDUSTRIES[i % 4] for i in np.flatnonzero(listed)],
        }
    )
    ends = np.concatenate(
        [common.integers(0, n + 1, (2, m // 2)), rng.integers(0, n + 1, (2, m // 2))], axis=1
    )
    amount = rng.integers(1, 1000, ends.shape[1])
    amount = np.where(rng.random(amount.size) < 0.1, -amount, amount)
    names = [*(f"f{i}" for i in range(n)), "stranger"]
    deals = pa.table(
        {
            "seller_id": [names[s] for s in ends[0]],
            "buyer_id": [names[b] for b in ends[1]],
            "amount": amount,
            "year": [number] * amount.size,
            "seller_region": ["15"] * amount.size,
            "buyer_region": ["15"] * amount.size,
        }
    )
    return deals, firms


def two_years(seed, **options):
    """Analyses of two years at the grain pairs, and the firm table of the later one."""
    options = {"grain": "pairs", "unknown_firm": "outside", **options}
    results = [analyzed(*year(seed, number), **options) for number in (2023, 2024)]
    return *results, connhub.read_firms(year(seed, 2024)[1])
