"""Estimates against amounts that are known and were hidden."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from tests.reference.real_data import DATA

pytestmark = pytest.mark.reference


def test_shipments_come_back_within_a_quarter():
    """arcos, all years together; 90% of the pairs hidden, exact totals: typical factor at most 1.25."""
    deals = pd.read_csv(DATA / "arcos" / "transactions.csv")
    deals = deals.rename(columns={"seller": "seller_id", "buyer": "buyer_id"})
    pairs = deals.groupby(["seller_id", "buyer_id"], as_index=False)["amount"].sum()
    pairs = pairs[(pairs["amount"] > 0) & (pairs["seller_id"] != pairs["buyer_id"])]
    firms = pd.read_csv(DATA / "arcos" / "firms.csv", dtype=str)
    ids = firms["firm"]
    totals = pd.DataFrame({"firm_id": ids, "year": 2014})
    for name, end in (("net_sales", "seller_id"), ("purchases_reported", "buyer_id")):
        totals[name] = pairs.groupby(end)["amount"].sum().reindex(ids, fill_value=0).to_numpy()
    factors = []
    for seed in range(5):
        known = np.random.default_rng(seed).random(len(pairs)) < 0.1
        links = pairs.astype({"amount": "Int64"}).assign(
            amount=pairs["amount"].astype("Int64").where(known)
        )
        found = connhub.estimate_amounts(
            pa.table(links), firms, totals, region="state", margins="exact", unit="0.1mg"
        ).transactions.frame
        both = found[found["estimated"]].merge(pairs, on=["seller_id", "buyer_id"])
        off = np.abs(np.log(both["amount_y"] / both["amount_x"].clip(lower=0.5)))
        factors.append(np.exp(np.median(off)))
    assert max(factors) <= 1.25
