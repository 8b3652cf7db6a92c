"""The library against the naive oracle on 2,000 small random economies."""

from __future__ import annotations

import math
import random
from itertools import product

import pyarrow as pa
import pytest
from oracle import OVERSEAS, UNKNOWN, Deal, Firm, Policies, solve

import connhub

ECONOMIES, PARTS = 2000, 8
REASONS = (
    "other_year", "missing_year", "missing_amount", "self_trade", "intragroup", "unknown_firm",
    "unknown_region", "both_abroad", "negative",
)  # fmt: skip
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


def same(value, fraction) -> bool:
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    if fraction is None:
        return missing
    if missing:
        return False
    exact = fraction.numerator / fraction.denominator  # correctly rounded
    return abs(float(value) - exact) <= 1e-15 * abs(exact)


def check(seed: int) -> Policies:
    region, firms, deals, policies, carries = economy(seed)
    transactions, firm_table, columns = tables(region, firms, deals, carries)
    options = {k: getattr(policies, k) for k in Policies.__dataclass_fields__ if k != "year"}
    year = (
        policies.year[0] if policies.year is not None and len(policies.year) == 1 else policies.year
    )
    result = connhub.analyze(
        transactions, firm_table, region=region, columns=columns, year=year, **options
    )
    expected = solve(deals, firms, policies)
    where = f"economy {seed}: {policies}"

    # the ledger
    for name in ("read", "in_region", "out_of_region", *REASONS):
        assert result.ledger.entry(name) == expected.ledger.get(name, (0, 0)), f"{where} {name}"
    assert result.ledger.residual_rows == 0
    assert result.ledger.residual_amount == 0
    entries = result.ledger.frame
    for entry, kind, rows, amount in entries[["entry", "kind", "rows", "amount"]].itertuples(
        index=False
    ):
        if kind == "of which" and entry in expected.of_which:
            assert (rows, amount) == expected.of_which[entry], f"{where} {entry}"

    # the degrees
    frame = result.degrees.frame
    assert frame["firm_id"].tolist() == [f["firm_id"] for f in expected.firms], where
    for row, want in zip(frame.to_dict("records"), expected.firms, strict=True):
        for key, value in want.items():
            if key.endswith(("degree", "ratio")):
                assert same(row[key], value), f"{where} {want['firm_id']} {key}: {row[key]} {value}"
            else:
                assert row[key] == value, f"{where} {want['firm_id']} {key}: {row[key]} {value}"

    # the linkages
    links = result.linkages.frame.to_dict("records")
    assert [(x["seller_region"], x["buyer_region"]) for x in links] == [
        (x["seller_region"], x["buyer_region"]) for x in expected.linkages
    ], where
    for row, want in zip(links, expected.linkages, strict=True):
        for key in ("amount", "deals", "balance"):
            assert row[key] == want[key], f"{where} {want} {key}"
        for key in ("share_of_out_of_region_sales", "share_of_out_of_region_purchases"):
            assert same(row[key], want[key]), f"{where} {want} {key}: {row[key]}"
    matrix = result.linkages.matrix()
    assert list(matrix.index) == list(matrix.columns)
    assert list(matrix.columns)[-2:] == [OVERSEAS, UNKNOWN]
    seen = {
        (a, b): x
        for a, line in zip(matrix.index, matrix.to_numpy().tolist(), strict=True)
        for b, x in zip(matrix.columns, line, strict=True)
        if x != 0
    }
    assert seen == {k: v for k, v in expected.flow.items() if v != 0}, where

    # the regions
    for row in result.regions.frame.to_dict("records"):
        r = row["region"]
        others = [c for c in matrix.columns if c != r]
        want = {
            "firms": sum(f.region == r and not f.abroad for f in firms),
            "in_region_transactions": expected.flow.get((r, r), 0),
            "out_of_region_sales": sum(expected.flow.get((r, q), 0) for q in others),
            "out_of_region_purchases": sum(expected.flow.get((q, r), 0) for q in others),
            "overseas_sales": expected.flow.get((r, OVERSEAS), 0),
            "unknown_sales": expected.flow.get((r, UNKNOWN), 0),
            "unknown_purchases": expected.flow.get((UNKNOWN, r), 0),
            "unlisted_out_of_region_sales": expected.unlisted_sales.get(r, 0),
            "unlisted_in_region_purchases": expected.unlisted_purchases.get(r, 0),
        }
        mine = [f for f in expected.firms if f["region"] == r]
        want["connector_denominator"] = sum(f["out_of_region_sales"] for f in mine)
        want["hub_denominator"] = sum(f["in_region_purchases"] for f in mine)
        want["connector_defined"] = want["connector_denominator"] > 0
        want["hub_defined"] = want["hub_denominator"] > 0
        assert {k: row[k] for k in want} == want, f"{where} {r}"
    return policies


@pytest.mark.parametrize("part", range(PARTS))
def test_random_economies_equal_the_oracle(part):
    for seed in range(part, ECONOMIES, PARTS):
        check(seed)


def test_every_combination_of_policies_and_every_reason_occurs():
    combinations, reasons, of_which, links = set(), set(), set(), set()
    for seed in range(ECONOMIES):
        _, firms, deals, p, _ = economy(seed)
        combinations.add(
            (p.self_trade, p.intragroup, p.unknown_firm, p.unknown_region, p.negative,
             p.missing_amount)
        )  # fmt: skip
        answer = solve(deals, firms, p)
        reasons |= set(answer.ledger)
        of_which |= set(answer.of_which)
        links |= {k for k in answer.flow if set(k) == {OVERSEAS, UNKNOWN}}
    assert combinations == set(COMBINATIONS)
    assert reasons == {"read", "in_region", "out_of_region", *REASONS}
    assert len(links) == 2
    assert of_which == {"with_overseas", "with_unknown", "with_self_trade", "with_negative"}


def test_the_oracle_on_a_hand_worked_table():
    """Two regions, four deals; the numbers can be checked by eye."""
    firms = [Firm("a", "P", False, None), Firm("b", "P", False, None), Firm("c", "Q", False, None)]
    deals = [Deal("a", "c", 30), Deal("b", "c", 10), Deal("a", "b", 5), Deal("c", "a", 7)]
    answer = solve(deals, firms, Policies())
    assert [f["connector_degree"] for f in answer.firms] == [0.75, 0.25, 1]
    assert [f["hub_degree"] for f in answer.firms] == [0, 1, None]
    assert answer.linkages[0]["balance"] == 33
    assert answer.ledger == {"read": (4, 52), "in_region": (1, 5), "out_of_region": (3, 47)}
