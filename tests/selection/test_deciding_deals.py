from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub.selection import Cutoff, Scheme
from connhub.selection.deciding_deals import (
    LARGEST,
    _largest_of_rows,
    _last_place,
    _without,
    deciding_deals,
    is_exact,
)

CONNECTOR = Scheme({"connector_degree": 1.0}, rank_within="region")
HUB = Scheme({"hub_degree": 1.0})
TWO = Scheme({"connector_degree": 0.5, "hub_degree": 0.5}, rank_within="region")
TWO_LOW = Scheme(
    {"connector_degree": 0.5, "hub_degree": 0.5},
    lower_is_better=("hub_degree",),
    rank_within="region",
)
TWO_OF_ALL = Scheme({"connector_degree": 0.6, "hub_degree": 0.4}, score_method="normal")


def economy(rng, firms, deals, largest=6):
    """Firms of three regions and their deals, some of them returns; many amounts are tied."""
    ids = [f"f{i}" for i in range(firms)]
    table = pa.table(
        {"firm_id": ids, "prefecture_code": np.array(["13", "27", "40"])[rng.integers(0, 3, firms)]}
    )
    seller, buyer = rng.integers(0, firms, (2, deals))
    amount = rng.integers(1, largest, deals) * np.where(rng.random(deals) < 0.1, -1, 1)
    keep = seller != buyer
    pair = np.unique(np.stack([seller, buyer])[:, keep], axis=1)
    amount = amount[: pair.shape[1]]
    names = np.array(ids)
    trade = pa.table({"seller_id": names[pair[0]], "buyer_id": names[pair[1]], "amount": amount})
    return table, trade


def lists_of(trade, table, scheme, **options):
    """The selected firms of each region."""
    chosen = connhub.analyze(trade, table, grain="pairs").select(scheme=scheme, **options)
    lists = {}
    for region, firm in zip(chosen.selected["region"], chosen.selected["firm_id"]):
        lists.setdefault(region, set()).add(firm)
    return lists, chosen


def check(rng, scheme, **options):
    """Leave out every deal by brute force; gives how many decide."""
    table, trade = economy(rng, int(rng.integers(5, 9)), int(rng.integers(6, 16)))
    before, chosen = lists_of(trade, table, scheme, **options)
    flows = chosen.basis.flows
    found = deciding_deals(chosen.basis, chosen.ranking, scheme, chosen.cutoff, flows)
    ids = chosen.basis.degrees.frame["firm_id"].to_numpy()
    rows = zip(found.row, found.pair, found.changes, found.stays, strict=True)
    said = {}
    for row, pair, changes, stays in rows:
        deal = ids[flows.seller[pair]], ids[flows.buyer[pair]]
        said[deal, chosen.frame["firm_id"][row]] = (bool(changes), bool(stays))
    decide = 0
    for k in range(trade.num_rows):
        rest = trade.take([i for i in range(trade.num_rows) if i != k])
        after, _ = lists_of(rest, table, scheme, **options)
        deal = trade["seller_id"][k].as_py(), trade["buyer_id"][k].as_py()
        changed = {r for r in before.keys() | after.keys() if before.get(r) != after.get(r)}
        judged = {firm: v for (d, firm), v in said.items() if d == deal}
        of_region = dict(zip(chosen.frame["firm_id"], chosen.frame["region"]))
        for firm, (changes, stays) in judged.items():
            region = of_region[firm]
            assert changes == (region in changed), (deal, firm)
            assert stays == (firm in after.get(region, ())), (deal, firm)
            decide += changes
        if is_exact(scheme, chosen.cutoff):
            named = {of_region[firm] for firm, (changes, _) in judged.items() if changes}
            assert named == changed & set(of_region.values()), deal  # none is missed
    return decide


@pytest.mark.parametrize("cut_ties", ["include", "exclude"])
@pytest.mark.parametrize("scheme", [CONNECTOR, HUB, TWO, TWO_LOW, TWO_OF_ALL])
def test_a_deal_decides_where_leaving_it_out_changes_the_list(scheme, cut_ties):
    rng = np.random.default_rng(17)
    assert sum(check(rng, scheme, per_region=k, cut_ties=cut_ties) for k in (1, 2)) > 0


@pytest.mark.long
@pytest.mark.parametrize("cut_ties", ["include", "exclude"])
@pytest.mark.parametrize("scheme", [CONNECTOR, HUB, TWO, TWO_LOW, TWO_OF_ALL])
def test_deals_of_200_economies(scheme, cut_ties):
    rng = np.random.default_rng(18)
    for k in range(50):
        check(rng, scheme, per_region=1 + k % 3, cut_ties=cut_ties)


@pytest.mark.parametrize(
    ("weights", "options", "cutoff", "exact"),
    [
        ({"connector_degree": 1.0}, {}, {}, True),
        ({"sales": 1.0}, {}, {"share": 0.1}, True),
        ({"connector_degree": 1.0}, {}, {"threshold": 50.0}, False),
        ({"connector_degree": 1.0}, {"lower_is_better": ("connector_degree",)}, {}, False),
        ({"connector_degree": 0.5, "hub_degree": 0.5}, {}, {}, False),
        ({"out_of_region_sales_ratio": 1.0}, {}, {}, False),  # not an amount, or a share of one
    ],
)
def test_every_deal_is_judged_of_a_list_by_one_amount(weights, options, cutoff, exact):
    assert is_exact(Scheme(weights, **options), Cutoff(**cutoff)) == exact


@pytest.mark.parametrize("cut_ties", ["include", "exclude"])
def test_a_firm_stays_and_a_list_changes_as_in_the_list_made_anew(cut_ties):
    rng = np.random.default_rng(4)
    for _ in range(150):
        cutoff = Cutoff(per_region=int(rng.integers(1, 5)), cut_ties=cut_ties)
        size = rng.integers(1, 8, 2)  # two lists, one after the other
        value = np.concatenate([-np.sort(-rng.integers(0, 5, n)) for n in size])
        start = np.array([0, size[0]])
        ranking = SimpleNamespace(start=start, size=size, places=cutoff.places(size))
        last, moves = _last_place(ranking, value, cutoff)
        for begin, n in zip(start, size):
            of_list = value[begin : begin + n].astype(float)
            before = cutoff.select(of_list[None])[0]
            for f in range(n):
                for deal in range(-3, 6):
                    without = of_list.copy()
                    without[f] -= deal
                    after = cutoff.select(without[None])[0]
                    row = np.array([begin + f])
                    stays, changes = _without(
                        value[row], np.array([deal]), last[row], moves[row], cutoff
                    )
                    case = (of_list, f, deal, cutoff)
                    assert stays[0] == after[f], case
                    assert changes[0] == (before != after).any(), case


def test_the_largest_deals_of_the_firms_of_some_rows():
    firm_of_row = np.array([4, 0, 2, 0])  # the firm 0 is on two lists
    owner = np.array([0, 2, 0, 4, 0, 2, 7])
    size = np.array([5, 1, 9, 2, 9, 3, 8])
    row, deal = _largest_of_rows(np.array([1, 2, 3]), firm_of_row, owner, size, 2)
    of_row = [(r, [d for k, d in zip(row, deal) if k == r]) for r in (0, 1, 2, 3)]
    # Level with each other, the first comes first; nothing of the firms that are not asked for.
    assert of_row == [(0, []), (1, [2, 4]), (2, [5, 1]), (3, [2, 4])]
    none = np.empty(0, dtype=np.int64)
    row, deal = _largest_of_rows(none, firm_of_row, owner, size, 2)
    assert row.size == deal.size == 0


def test_at_most_ten_deals_of_a_firm_are_left_out_one_by_one():
    firms = pa.table(
        {"firm_id": [f"f{i}" for i in range(30)], "prefecture_code": ["13"] * 15 + ["27"] * 15}
    )
    trade = pa.table(
        {
            "seller_id": ["f0"] * 14 + ["f1"],
            "buyer_id": [f"f{i}" for i in range(15, 29)] + ["f2"],
            "amount": list(range(1, 15)) + [3],
        }
    )
    chosen = connhub.analyze(trade, firms, grain="pairs").select(scheme=TWO, per_region=1)
    flows = chosen.basis.flows
    found = deciding_deals(chosen.basis, chosen.ranking, TWO, chosen.cutoff, flows)
    of_first = found.pair[chosen.frame["firm_id"].to_numpy()[found.row] == "f0"]
    assert of_first.size == LARGEST
    assert sorted(flows.amount[of_first]) == list(range(5, 15))
    own = dict(zip(chosen.frame["firm_id"].to_numpy()[found.row], found.pair))
    assert set(own) == {"f0", "f2"}  # f2 buys in the region; that f1 sells there is no part
    assert flows.amount[own["f2"]] == 3


@pytest.mark.parametrize(("official", "changes"), [(None, True), (1, False)])
def test_a_sum_that_is_official_does_not_vanish_with_a_deal(official, changes):
    """All that Tokyo sells is one deal: without it there is no list, unless its sum is stated."""
    firms = pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "27", "27"]})
    trade = pa.table({"seller_id": list("accd"), "buyer_id": list("caba"), "amount": [9, 5, 3, 1]})
    stated = None
    if official:
        stated = pa.table(
            {
                "region": ["13", "27"],
                "out_of_region_sales": [official] * 2,
                "in_region_purchases": [5] * 2,
            }
        )
    analysis = connhub.analyze(trade, firms, grain="pairs", region_totals=stated)
    chosen = analysis.select(scheme=CONNECTOR, per_region=2)
    flows = chosen.basis.flows
    found = deciding_deals(chosen.basis, chosen.ranking, CONNECTOR, chosen.cutoff, flows)
    ids = chosen.frame["firm_id"].to_numpy()[found.row]
    of_a = found.changes[(ids == "a") & (flows.amount[found.pair] == 9)]
    assert of_a.tolist() == [changes]


def test_a_deal_that_is_the_whole_sum_decides_though_its_firm_is_not_selected():
    """Of the 9 of Tokyo b sells 7, and a 9 less returns of 7."""
    firms = pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "27", "27"]})
    trade = pa.table({"seller_id": list("aab"), "buyer_id": list("cdc"), "amount": [9, -7, 7]})
    chosen = connhub.analyze(trade, firms, grain="pairs").select(scheme=CONNECTOR, per_region=1)
    flows = chosen.basis.flows
    found = deciding_deals(chosen.basis, chosen.ranking, CONNECTOR, chosen.cutoff, flows)
    ids = chosen.frame["firm_id"].to_numpy()[found.row]
    of_a = (ids == "a") & (flows.amount[found.pair] == 9)
    assert found.changes[of_a].tolist() == [True]


def test_a_list_that_is_made_of_no_deals_is_decided_by_none():
    table, trade = economy(np.random.default_rng(1), 8, 16)
    staff = pa.table({"firm_id": table["firm_id"], "staff": list(range(8))})
    scheme = Scheme({"staff": 1.0}, rank_within="region")
    _, chosen = lists_of(trade, table, scheme, indicators=staff, per_region=1)
    flows = chosen.basis.flows
    found = deciding_deals(chosen.basis, chosen.ranking, scheme, chosen.cutoff, flows)
    assert found.row.size == found.pair.size == found.changes.size == found.stays.size == 0
