"""The library against the naive oracle on 2,000 small random economies."""

from __future__ import annotations

import math

import pytest

from tests.builders import analyzed, parts
from tests.reference.economies import COMBINATIONS, economy, tables
from tests.reference.oracle import OVERSEAS, UNKNOWN, Deal, Firm, Policies, solve

ECONOMIES, PARTS = 2000, 20
LOST = ("unknown_firm", "unknown_region")
REASONS = (
    "blank_row", "other_year", "missing_year", "missing_amount", "self_trade", "intragroup",
    "unknown_firm",
    "unknown_region", "both_abroad", "negative",
)  # fmt: skip


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
    result = analyzed(
        transactions, firm_table, region=region, columns=columns, year=year, **options
    )
    expected = solve(deals, firms, policies)
    where = f"economy {seed}: {policies}"
    years = {deal.year for deal in deals} - {None}
    if years and set(policies.year or ()) - years:  # no deal of a year that was asked for
        assert result is None, where
        return policies
    if result is None:
        counted = [expected.ledger.get(name, (0, 0))[0] for name in ("in_region", "out_of_region")]
        lost = [expected.ledger.get(name, (0, 0))[1] for name in LOST]
        assert counted == [0, 0], where
        assert any(lost), where
        return policies

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
        for key in ("amount", "n_transactions", "balance"):
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


@pytest.mark.parametrize("part", parts(PARTS))
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
