"""What events do to pairs: sums that must hold, and small cases by hand."""

import numpy as np
import pytest

from connhub.errors import OptionError
from connhub.scenario import Arrival, Departure, Growth, Scenario, what_if
from connhub.scenario.behaviour import Behaviour
from connhub.scenario.economy import Economy
from tests.scenario.builders import analysis, deal_rows, firm_rows, firm_table


def firms_of(**places):
    """Firms by id: prefecture, industry."""
    return [
        {"firm_id": i, "name": None, "prefecture_code": p, "country_code": None, "industry_code": k}
        for i, (p, k) in places.items()
    ]


def changed(rows, firms, *events, **options):
    table = firm_table(firms)
    return what_if(analysis(rows, firms), Scenario(events), table, **options)


def amounts(change):
    """Amount before and after of each pair that changes."""
    return {
        (d.seller_id, d.buyer_id): (d.amount_before, d.amount_after)
        for d in change.deals.itertuples()
    }


def deal(seller, buyer, amount):
    return (seller, buyer, amount, None, None)


CHAIN = firms_of(a=("15", "28"), b=("15", "28"), c=("13", "28"), d=("13", "28"), e=("27", "28"))


def test_others_take_over_in_proportion_where_there_are_others():
    """c buys from a, b 30, d 60; a leaves: of its 90, half goes to b and d as 1 to 2."""
    rows = [deal("a", "c", 90), deal("b", "c", 30), deal("d", "c", 60), deal("e", "a", 40)]
    change = changed(rows, CHAIN, Departure("a", replaced=0.5))
    assert amounts(change) == {
        ("a", "c"): (90, 0),
        ("b", "c"): (30, 45),
        ("d", "c"): (60, 90),
        ("e", "a"): (40, 0),
    }
    kinds = [note.kind for note in change.assumptions]
    assert "scenario.nobody_takes_over" in kinds  # e has no other customer


def test_growth_of_a_firm_by_hand():
    rows = [deal("a", "c", 10), deal("a", "b", 5), deal("a", "b", 5), deal("e", "a", 7)]
    both = changed(rows, CHAIN, Growth("a", 0.5))
    assert amounts(both) == {("a", "c"): (10, 15), ("a", "b"): (10, 15), ("e", "a"): (7, 10)}
    assert amounts(changed(rows, CHAIN, Growth("a", 0.5, "fixed"))) == {
        ("a", "c"): (10, 15),
        ("a", "b"): (10, 15),
    }
    nothing = changed(rows, CHAIN, Growth("a", -1.0, "fixed"))
    assert amounts(nothing) == {("a", "c"): (10, 0), ("a", "b"): (10, 0)}
    assert nothing.deals["n_transactions_after"].tolist() == [0, 0]


TWINS = {f"t{i}": ("15", "28") for i in range(10)}
WORLD = firms_of(**TWINS, s=("15", "09"), u=("13", "09"), k=("15", "56"), m=("13", "56"))


def twins():
    """Ten peers, each of which buys 60 from s and 40 from u, and sells 30 to k, 70 to m."""
    rows = []
    for twin in TWINS:
        rows += [deal("s", twin, 60), deal("u", twin, 40), deal(twin, "k", 30), deal(twin, "m", 70)]
    return [*rows, deal("s", "k", 200), deal("u", "k", 100)]


NEW = {"firm": "new", "region": "新潟県", "industry": "2814", "sales": 100, "purchases": 1000}


def test_a_newcomer_trades_as_its_peers_do():
    change = changed(twins(), WORLD, Arrival(**NEW))
    assert amounts(change) == {
        ("s", "new"): (0, 600),
        ("u", "new"): (0, 400),
        ("new", "k"): (0, 30),
        ("new", "m"): (0, 70),
    }
    assert change.deals["n_transactions_after"].tolist() == [1] * 4
    stated = next(n for n in change.assumptions if n.kind == "scenario.partners_of_peers")
    assert stated.values["count"] == 10


def test_what_a_newcomer_displaces_by_hand():
    """Half of the 600 it buys from s: s sells 800, 60 to each twin and 200 to k; k buys 30 of the
    newcomer, so that half of it, 15, is missing to the others: s (reduced), u and the twins."""
    change = changed(twins(), WORLD, Arrival(**NEW | {"displaces": 0.5}))
    pairs = amounts(change)
    lost = [before - after for (seller, _), (before, after) in pairs.items() if seller == "s"]
    less_of_s = sum(x for x in lost if x > 0)
    others_of_k = sum(b - a for (s, buyer), (b, a) in pairs.items() if buyer == "k" and s != "new")
    assert pairs["s", "t0"][1] == pytest.approx(60 - 300 * 60 / 800, abs=1)
    assert others_of_k - (300 * 200 // 800) == 15
    assert 300 <= less_of_s <= 315
    full = change.regions.set_index(["region", "measure"]).loc[("15", "in_region_transactions")]
    assert full["no_displacement"] - full["before"] == 630
    assert full["full_displacement"] < full["after"] < full["no_displacement"]
    assert full["low"] == full["full_displacement"]
    assert full["high"] == full["no_displacement"]


@pytest.mark.parametrize("seed", range(8))
def test_sums_of_a_newcomer_are_those_stated_and_displacement_never_goes_below_nothing(seed):
    firms, rows = firm_rows(seed), deal_rows(seed)
    economy = Economy.of(analysis(rows, firms).totals, firm_table(firms))
    arrival = Arrival("new", "13", 10**6 + seed, 10**7, displaces=1.0)
    behaviour = Behaviour(Scenario([arrival]), economy)
    for displaces in (0.0, 0.37, 1.0):
        found = behaviour.changed_deals(displaces, np.random.default_rng(seed))
        new = economy.nodes.region.size
        assert found.after[found.seller == new].sum() == arrival.sales
        assert found.after[found.buyer == new].sum() == arrival.purchases
        assert (found.after >= 0).all()
        old = (found.seller != new) & (found.buyer != new)
        assert (found.change[old] <= 0).all()
        assert old.any() == bool(displaces)


def test_draws_are_the_same_for_the_same_seed_and_hold_what_all_peers_give():
    firms, rows = firm_rows(2), deal_rows(2)
    arrival = Arrival("new", "13", 10**6, 10**6)
    one, again, other = (
        changed(rows, firms, arrival, draws=20, seed=seed).frame for seed in (1, 1, 2)
    )
    assert one.equals(again)
    assert not one.equals(other)
    plain = changed(rows, firms, arrival).frame
    assert one[["before", "after", "own"]].equals(plain[["before", "after", "own"]])
    assert ((one["low"] <= one["after"]) & (one["after"] <= one["high"])).all()
    assert (one["high"] - one["low"]).sum() > (plain["high"] - plain["low"]).sum()


def test_peers_come_from_further_away_where_there_are_too_few():
    far = [dict(firm, prefecture_code="01") for firm in WORLD[:10]]  # in another block
    change = changed(twins(), far + WORLD[10:], Arrival(**NEW))
    stated = next(n for n in change.assumptions if n.kind == "scenario.partners_of_peers")
    assert stated.values["level"].kind == "scenario.in_nation"
    large = changed(twins(), WORLD, Arrival(**NEW | {"sales": 10**6}))
    kinds = [note.kind for note in large.assumptions]
    assert "scenario.partners_of_all_sizes" in kinds


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (Departure("nobody"), "scenario.no_such_firm"),
        (Growth("nobody", 0.1), "scenario.no_such_firm"),
        (Arrival("t0", "15", 1, 1), "scenario.firm_is_there"),
        (Arrival("new", "新泻", 1, 1), "regions.not_found"),
        (Arrival("new", "15", 1, 1, industry="99"), "scenario.too_few_peers"),
        (Arrival("new", "15", 1, 1, industry="09"), "scenario.too_few_peers"),
    ],
    ids=str,
)
def test_events_that_cannot_be(event, kind):
    with pytest.raises(OptionError) as caught:
        changed(twins(), WORLD, event)
    assert caught.value.faults[0].kind == kind


def test_an_industry_needs_industries():
    firms = [dict(f, industry_code=None) for f in WORLD]
    with pytest.raises(OptionError) as caught:
        changed(twins(), firms, Arrival(**NEW))
    assert caught.value.faults[0].kind == "scenario.no_industries"
    assert len(changed(twins(), firms, Arrival(**NEW | {"industry": None})).deals)
