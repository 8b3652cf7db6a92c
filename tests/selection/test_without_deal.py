"""Lists without single deals, against lists of tables from which the deal was taken."""

import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub.selection import Scheme
from connhub.selection.without_deal import ListsWithoutDeals

DEGREES = {"connector_degree": 0.6, "hub_degree": 0.4}
SCHEMES = {
    "region": Scheme(DEGREES, rank_within="region"),
    "region, lowest rank of ties": Scheme(DEGREES, rank_within="region", ties="lowest"),
    "region, low is better": Scheme(
        DEGREES, rank_within="region", lower_is_better=("connector_degree",)
    ),
    "all": Scheme(DEGREES),
    "all, lowest rank of ties": Scheme(DEGREES, ties="lowest"),
    "all, normal scores": Scheme(DEGREES, score_method="normal"),
    "all, what is missing last": Scheme(DEGREES, missing="last"),
    "all, what is missing neutral": Scheme(DEGREES, missing="neutral"),
    "region, what is missing neutral": Scheme(DEGREES, missing="neutral", rank_within="region"),
    "region, what is missing last": Scheme(DEGREES, missing="last", rank_within="region"),
    "amounts": Scheme({"sales": 0.5, "purchases": 0.3, "hub_degree": 0.2}),
}
CUTOFFS = (
    {"per_region": 3},
    {"per_region": 3, "cut_ties": "exclude"},
    {"share": 0.1},
    {"threshold": 58.0},
)


def economy(rng, firms=240, deals=500):
    """Firms of three regions, one with a single firm that sells once; many deals alike."""
    ids = np.array([f"f{i:03}" for i in range(firms)])
    region = np.array(["13", "27", "40"])[(rng.random(firms) ** 2 * 3).astype(int)]
    region[0] = "47"
    party = (rng.random((2, deals)) ** 2 * (firms - 1)).astype(int) + 1
    pair = np.unique(party[:, party[0] != party[1]], axis=1)
    pair = np.concatenate([pair, [[0, 1], [1, 0]]], axis=1)
    amount = np.where(rng.random(pair.shape[1]) < 0.5, 5, rng.integers(1, 90, pair.shape[1]))
    amount = amount * np.where(rng.random(amount.size) < 0.05, -1, 1)
    trade = {"seller_id": ids[pair[0]], "buyer_id": ids[pair[1]], "amount": amount}
    return pa.table({"firm_id": ids, "prefecture_code": region}), pa.table(trade)


def selected(trade, firms, scheme, cutoff):
    chosen = connhub.analyze(trade, firms, grain="pairs").select(scheme=scheme, **cutoff)
    lists = {}
    for region, firm in zip(chosen.selected["region"], chosen.selected["firm_id"], strict=True):
        lists.setdefault(region, set()).add(firm)
    return chosen, lists


def judged_rightly(rng, scheme, cutoff):
    """Compare some deals of the first firms with tables that lack them; how many change a list."""
    firms, trade = economy(rng)
    chosen, before = selected(trade, firms, scheme, cutoff)
    basis, ranking, frame = chosen.basis, chosen.ranking, chosen.frame
    flows = basis.flows
    lists = ListsWithoutDeals(basis, ranking, scheme, chosen.cutoff, flows)
    ids = basis.degrees.frame["firm_id"].to_numpy()
    seller, buyer = ids[flows.seller], ids[flows.buyer]
    row_of = {firm: row for row, firm in enumerate(frame["firm_id"])}
    first = frame["firm_id"][ranking.place_in_list < ranking.n_selected[ranking.list_of_row] + 2]
    near = np.flatnonzero(np.isin(seller, first) | np.isin(buyer, first))
    alone = np.flatnonzero(seller == "f000")
    changed = 0
    for pair in np.union1d(rng.choice(near, 12), alone).tolist():
        ends = [(trade["seller_id"], seller[pair]), (trade["buyer_id"], buyer[pair])]
        there = np.logical_and(*(column.to_numpy() == party for column, party in ends))
        after = selected(trade.filter(pa.array(~there)), firms, scheme, cutoff)[1]
        for firm in {seller[pair], buyer[pair]} & row_of.keys():
            row = row_of[firm]
            region = frame["region"][row]
            were, are = before.get(region, set()), after.get(region, set())
            k = int(ranking.list_of_row[row])
            (found,) = lists.judged(k, np.array([row]), np.array([pair]))
            assert found == (were != are, firm in are), (firm, seller[pair], buyer[pair])
            changed += were != are
    return changed


@pytest.mark.slow
@pytest.mark.parametrize("name", SCHEMES)
def test_each_list_is_that_of_the_table_without_the_deal(name):
    rng = np.random.default_rng(len(name))
    assert sum(judged_rightly(rng, SCHEMES[name], cutoff) for cutoff in CUTOFFS) > 0


@pytest.mark.long
@pytest.mark.parametrize("name", SCHEMES)
def test_lists_of_100_economies(name):
    rng = np.random.default_rng(1)
    for k in range(100):
        judged_rightly(rng, SCHEMES[name], CUTOFFS[k % len(CUTOFFS)])
