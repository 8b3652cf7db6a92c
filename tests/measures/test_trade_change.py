"""Five terms of a change, against loops over the rows themselves on Python integers."""

from collections import Counter, defaultdict
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from connhub.arrow import index_in
from connhub.errors import OptionError
from connhub.measures.compare import compare
from connhub.measures.trade_change import (
    TERMS,
    _of_each_firm,
    in_region_pairs,
    purchase_effects,
)
from tests.measures.two_years import two_years, year


def naive_terms(seed):
    """The five terms of each region, by dictionaries of the deals."""
    sums, seen = [], []
    for number in (2023, 2024):
        deals, firms = year(seed, number)
        home = dict(
            zip(*(firms[c].to_pylist() for c in ("firm_id", "prefecture_code")), strict=True)
        )
        pairs, trades = Counter(), set()
        for row in deals.to_pylist():
            ends = [row["seller_id"], row["buyer_id"]]
            if ends[0] == ends[1]:
                continue  # self-trade
            places = [home.get(e, "15") for e in ends]
            nodes = [e if e in home else None for e in ends]
            trades |= {(n, p) for n, p in zip(nodes, places, strict=True) if n is not None}
            if places[0] == places[1]:
                pairs[(*nodes, places[0])] += row["amount"]
        sums.append(pairs)
        seen.append(trades)
    terms = defaultdict(lambda: dict.fromkeys(TERMS, 0))
    for key in sums[0] | sums[1] | dict.fromkeys([*sums[0], *sums[1]], 0):
        seller, buyer, region = key
        stay = all(n is None or all((n, region) in s for s in seen) for n in (seller, buyer))
        before, after = key in sums[0], key in sums[1]
        if stay:
            name = (
                "continuing_pairs" if before and after else "new_pairs" if after else "lost_pairs"
            )
        else:
            name = "entering_firms" if after else "leaving_firms"
        terms[region][name] += sums[1].get(key, 0) - sums[0].get(key, 0)
    return terms


def check_terms(seed):
    before, after, _ = two_years(seed)
    frame = compare(before, after).transactions
    found = frame.pivot(index="region", columns="term", values="change")
    for region, terms in naive_terms(seed).items():
        assert found.loc[region].to_dict() == terms, (seed, region)
    sums = [r.regions.frame.set_index("region")["in_region_transactions"] for r in (before, after)]
    assert (found.sum(axis=1) - (sums[1] - sums[0])).abs().max() == 0
    back = compare(after, before).transactions.pivot(
        index="region", columns="term", values="change"
    )
    swapped = {"new_pairs": "lost_pairs", "lost_pairs": "new_pairs",
               "entering_firms": "leaving_firms", "leaving_firms": "entering_firms"}  # fmt: skip
    assert (back.rename(columns=swapped)[found.columns] == -found).all().all()


@pytest.mark.parametrize("seed", range(12))
def test_the_terms_are_those_of_the_deals(seed):
    check_terms(seed)


@pytest.mark.long
def test_the_terms_of_500_pairs_of_economies():
    for seed in range(500):
        check_terms(seed)


def test_the_terms_need_pairs():
    before, after, _ = two_years(1, grain="firms")
    with pytest.raises(OptionError, match="grain 'pairs'"):
        in_region_pairs(compare(before, after).firms)
    with pytest.raises(OptionError, match="grain 'pairs'"):
        _ = compare(before, after).transactions


def test_purchases_split_in_whole_units():
    rng = np.random.default_rng(5)
    p0, p1 = rng.integers(0, 10**12, (2, 400))
    p0[:20] = p1[10:30] = 0
    b0, b1 = (np.rint(p * rng.random(400)).astype(np.int64) for p in (p0, p1))
    turning, more = purchase_effects((b0, b1), (p0, p1))
    assert (turning + more == b1 - b0).all()
    assert (turning[:30] == 0).all()
    back = purchase_effects((b1, b0), (p1, p0))
    assert (back[0] == -turning).all()
    assert (back[1] == -more).all()
    sized = (p0 > 0) & (p1 > 0)
    exact = [
        (int(x) + int(y)) / 2 * (int(v) / int(y) - int(u) / int(x))
        for x, y, u, v in zip(p0[sized], p1[sized], b0[sized], b1[sized], strict=True)
    ]
    assert np.abs(turning[sized] - np.array(exact)).max() <= 0.51


def matched(rows, before, after, stays):
    """Firms of two years, by the ids of both."""

    def year(ids):
        table = pa.table({"firm_id": ids})
        degrees = SimpleNamespace(
            data=table,
            to_arrow=table.select,
            rows_of=lambda of: index_in(of, table["firm_id"].combine_chunks()),
        )
        return SimpleNamespace(degrees=degrees)

    return SimpleNamespace(
        before=year(before), after=year(after), rows=rows, is_one_of=lambda _: np.array(stays)
    )


def test_a_firm_that_moves_has_a_row_in_each_year_and_counts_once():
    rows = np.array([[0, 1, 2, -1, -1], [0, -1, -1, 1, 2]])
    before, after = ["stays", "moves", "leaves"], ["stays", "moves", "comes"]
    firms = matched(rows, before, after, [True, *[False] * 4])
    (of_before, of_after), stays, there = _of_each_firm(firms)
    order = ["stays", "leaves", "moves", "comes"]
    assert [order[k] for k in of_before[:-1]] == before
    assert [order[k] for k in of_after[:-1]] == after
    assert of_before[-1] == of_after[-1] == -1  # of a party without a row
    assert stays.tolist() == [True, False, False, False]
    assert there.tolist() == [True, False, False, False]


@pytest.mark.parametrize("first", [(0, 1), (1, 0)])
def test_the_first_rows_of_both_years_are_rows_too(first):
    rows = np.array([[first[0], -1, first[1]], [-1, first[0], first[1]]])
    ids = [["moves", "stays"][k] for k in first]
    firms = matched(rows, ids, ids, [False, False, True])
    found, stays, there = _of_each_firm(firms)
    for of_year in found:
        assert [["moves", "stays"][k] for k in of_year[:-1]] == ids
    assert stays.tolist() == there.tolist() == [False, True]
