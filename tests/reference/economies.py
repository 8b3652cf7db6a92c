"""Small random economies, as firms and deals of the oracle and as tables of the library."""

from __future__ import annotations

import random
from itertools import product

import pyarrow as pa

from tests.reference.oracle import OVERSEAS, Deal, Firm, Policies

COMBINATIONS = list(
    product(
        ("exclude", "include"),
        ("include", "exclude"),
        ("exclude", "outside"),
        ("exclude", "outside"),
        ("net", "drop"),
        ("error", "exclude"),
    )
)
CODES = {"prefecture": ["01", "13", "15", "27", "47"], "area": ["A", "B", "C x", "Ｄ", "北"]}


def economy(seed: int):
    """One economy: firms, deals, policies and how the tables are given."""
    rng = random.Random(seed)
    region = rng.choice(["prefecture", "area"])
    codes = CODES[region]
    used = codes[: rng.randint(1, 5)]
    firms = []
    for i in range(rng.randint(1, 12)):
        abroad = rng.random() < 0.12
        where = None if rng.random() < (0.5 if abroad else 0.12) else rng.choice(used)
        firms.append(
            Firm(
                f"{i:03d}" if i % 3 else f"f{i}", where, abroad, rng.choice([None, None, "g", "h"])
            )
        )
    rng.shuffle(firms)
    combination = COMBINATIONS[seed % len(COMBINATIONS)]
    year = rng.choice([None, None, (2020,), (2020, 2022)])
    policies = Policies(*combination, year=year)
    big = rng.random() < 0.2
    # a region scheme made of a column knows only the regions that occur in the firm table
    known = codes if region == "prefecture" else sorted({f.region for f in firms if f.region})
    if region == "area":
        known = sorted({f.region for f in firms if f.region is not None and not f.abroad})
    ids = [f.firm_id for f in firms] + ["zz", "1"] + [None]
    deals = []
    for _ in range(rng.choice([0, 1, 3, 10, 40, 80])):
        seller = rng.choice(ids)
        buyer = seller if rng.random() < 0.12 else rng.choice(ids)
        amount = rng.choice([0, 1, 7, 100, rng.randrange(10**6)])
        if big:
            amount = rng.randrange(2**53, 2**55)
        if rng.random() < 0.15:
            amount = -amount
        missing = policies.missing_amount == "exclude" and rng.random() < 0.1
        deals.append(
            Deal(
                seller,
                buyer,
                None if missing else amount,
                rng.choice([2020, 2020, 2020, 2021, 2022, None]),
                *(rng.choice([None, None, OVERSEAS, *known]) for _ in range(2)),
            )
        )
    carries = rng.random() < 0.5
    if not carries:
        deals = [Deal(d.seller, d.buyer, d.amount, d.year) for d in deals]
    return region, firms, deals, policies, carries


def tables(region, firms, deals, carries):
    text = pa.string()
    custom = region == "area"
    firm_table = pa.table(
        {
            ("who" if custom else "firm_id"): pa.array([f.firm_id for f in firms], text),
            ("area" if custom else "prefecture_code"): pa.array([f.region for f in firms], text),
            ("land" if custom else "country_code"): pa.array(
                ["US" if f.abroad else (None, "JP")[i % 2] for i, f in enumerate(firms)], text
            ),
            ("konzern" if custom else "group_id"): pa.array([f.group for f in firms], text),
        }
    )
    data = {
        ("x1" if custom else "seller_id"): pa.array([d.seller for d in deals], text),
        ("x2" if custom else "buyer_id"): pa.array([d.buyer for d in deals], text),
        ("x3" if custom else "amount"): pa.array([d.amount for d in deals], pa.int64()),
        ("x4" if custom else "year"): pa.array([d.year for d in deals], pa.int32()),
    }
    columns = None
    if custom:
        columns = {
            "firm_id": "who", "country_code": "land", "group_id": "konzern", "seller_id": "x1",
            "buyer_id": "x2", "amount": "x3", "year": "x4",
        }  # fmt: skip
    if carries:
        data["x5" if custom else "seller_region"] = pa.array([d.seller_region for d in deals], text)
        data["x6" if custom else "buyer_region"] = pa.array([d.buyer_region for d in deals], text)
        if columns is not None:
            columns |= {"seller_region": "x5", "buyer_region": "x6"}
    return pa.table(data), firm_table, columns
