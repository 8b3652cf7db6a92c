"""Deals judged at once, against the same deals judged one by one."""

import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub.selection import Scheme
from connhub.selection.deals_at_once import clear_cuts
from connhub.selection.deciding_deals import deciding_deals
from connhub.selection.without_deal import ListsWithoutDeals

DEGREES = {"connector_degree": 0.6, "hub_degree": 0.4}
SCHEMES = {
    "region": Scheme(DEGREES, rank_within="region"),
    "region, low is better": Scheme(DEGREES, rank_within="region", lower_is_better=("hub_degree",)),
    "all": Scheme(DEGREES),
    "all, low is better": Scheme(DEGREES, lower_is_better=("connector_degree",)),
    "all, normal scores": Scheme(DEGREES, score_method="normal"),
    "all, what is missing last": Scheme(DEGREES, missing="last"),
    "amounts": Scheme({"sales": 0.5, "purchases": 0.3, "hub_degree": 0.2}),
}


def chosen(rng, scheme, firms, **options):
    """Lists of two regions; amounts are spread widely, and many firms sell nothing."""
    ids = np.array([f"f{i:04}" for i in range(firms)])
    table = {"firm_id": ids, "prefecture_code": rng.choice(["13", "27"], firms, p=[0.7, 0.3])}
    party = (rng.random((2, 2 * firms)) ** 2 * (firms - 1)).astype(int)
    amount = np.exp(rng.normal(8, 1.8, 2 * firms)).astype(int) + 1
    amount *= np.where(rng.random(amount.size) < 0.02, -1, 1)
    trade = {"seller_id": ids[party[0]], "buyer_id": ids[party[1]], "amount": amount}
    result = connhub.analyze(pa.table(trade), pa.table(table), grain="pairs")
    return result.select(scheme=scheme, **options)


@pytest.mark.parametrize("name", SCHEMES)
def test_what_is_clear_is_so_where_the_list_is_made_anew(name, monkeypatch):
    judged, clear = 0, 0

    def counted(*args):
        nonlocal judged, clear
        found = clear_cuts(*args)
        judged, clear = judged + found[0].size, clear + int(found[0].sum())
        return found

    rng, decide = np.random.default_rng([1, len(name)]), 0
    for k in range(3):
        lists = chosen(rng, SCHEMES[name], 900, cut_ties=("include", "exclude")[k % 2])
        rest = lists.basis, lists.ranking, lists.scheme, lists.cutoff
        flows = lists.basis.flows
        with monkeypatch.context() as patch:
            patch.setattr("connhub.selection.without_deal.clear_cuts", counted)
            found = deciding_deals(*rest, flows)
        with monkeypatch.context() as patch:
            none = np.zeros((3, found.row.size), dtype=bool)
            patch.setattr(
                ListsWithoutDeals, "_clear", lambda *args, none=none: none[:, : args[-1].size]
            )
            one_by_one = deciding_deals(*rest, flows)
        for column in ("row", "pair", "changes", "stays"):
            assert getattr(found, column).tolist() == getattr(one_by_one, column).tolist()
        decide += int(found.changes.sum())
    assert clear > 0.8 * judged > 0
    assert decide > 0
