import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub.selection import Scheme
from connhub.selection.deciding_deals import LARGEST, deciding_deals, is_exact
from connhub.selection.pairs import Pairs

CONNECTOR = Scheme({"connector_degree": 1.0}, rank_within="region")
HUB = Scheme({"hub_degree": 1.0})
TWO = Scheme({"connector_degree": 0.5, "hub_degree": 0.5}, rank_within="region")
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
    pairs = Pairs.of(chosen.basis.trade, chosen.basis.degrees)
    found = deciding_deals(chosen.basis, chosen.ranking, scheme, chosen.cutoff, pairs)
    ids = chosen.basis.degrees.frame["firm_id"].to_numpy()
    rows = zip(found.row, found.pair, found.changes, found.stays, strict=True)
    said = {}
    for row, pair, changes, stays in rows:
        deal = ids[pairs.seller[pair]], ids[pairs.buyer[pair]]
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
@pytest.mark.parametrize("scheme", [CONNECTOR, HUB, TWO, TWO_OF_ALL])
def test_a_deal_decides_where_leaving_it_out_changes_the_list(scheme, cut_ties):
    rng = np.random.default_rng(17)
    assert sum(check(rng, scheme, per_region=k, cut_ties=cut_ties) for k in (1, 2)) > 0


@pytest.mark.long
@pytest.mark.parametrize("cut_ties", ["include", "exclude"])
@pytest.mark.parametrize("scheme", [CONNECTOR, HUB, TWO, TWO_OF_ALL])
def test_deals_of_200_economies(scheme, cut_ties):
    rng = np.random.default_rng(18)
    for k in range(50):
        check(rng, scheme, per_region=1 + k % 3, cut_ties=cut_ties)


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
    pairs = Pairs.of(chosen.basis.trade, chosen.basis.degrees)
    found = deciding_deals(chosen.basis, chosen.ranking, TWO, chosen.cutoff, pairs)
    of_first = found.pair[chosen.frame["firm_id"].to_numpy()[found.row] == "f0"]
    assert of_first.size == LARGEST
    assert sorted(pairs.amount[of_first]) == list(range(5, 15))
