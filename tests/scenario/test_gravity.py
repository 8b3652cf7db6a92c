"""Gravity finds the law that made the flows."""

import numpy as np
import pytest

import connhub
from connhub.errors import OptionError
from connhub.regions.codes import PREFECTURES
from connhub.regions.distances import NEAR, great_circles
from connhub.scenario import Arrival, Scenario, what_if
from connhub.scenario.economy import Economy
from connhub.scenario.gravity import fit_gravity
from tests.scenario.builders import deal_table, firm_columns

CODES = list(PREFECTURES)


def economy(beta=0.8, delta=1.2):
    """A buyer of the industry and a seller in each prefecture; sellers also sell elsewhere."""
    mass = np.exp(np.random.default_rng(0).normal(size=47)) * 10**9
    capitals = np.array([(p.latitude, p.longitude) for p in PREFECTURES.values()])
    law = mass**beta * (great_circles(capitals) + NEAR) ** -delta
    flows = np.rint(law / law.sum(axis=1, keepdims=True) * 10**7).astype(int)
    rows, firms = [], []
    for i, code in enumerate(CODES):
        for kind, industry in (("b", "28"), ("s", "09"), ("x", "56")):
            firms.append({"firm_id": f"{kind}{code}", "name": None, "prefecture_code": code,
                          "industry_code": industry})  # fmt: skip
        rows += [(f"s{CODES[j]}", f"b{code}", int(flows[i, j]), None, None) for j in range(47)]
        rest = int(mass[i]) - int(flows[:, i].sum())
        rows += [
            (f"s{code}", f"x{code}", rest, None, None),
            (f"b{code}", f"x{code}", 5, None, None),
        ]
    return rows, firms


@pytest.mark.parametrize(("beta", "delta"), [(0.8, 1.2), (1.0, 0.5)])
def test_the_exponents_of_the_law_are_found(beta, delta):
    rows, firms = economy(beta, delta)
    table = connhub.read_firms(firm_columns(firms))
    totals = connhub.total(deal_table(rows), table, grain="pairs")
    found = Economy.of(totals, table)
    buyers = np.flatnonzero([f["industry_code"] == "28" for f in firms])
    law = fit_gravity(found, 14, buyers, selling=True)
    assert (law.size, law.distance) == pytest.approx((beta, delta), abs=2e-3)
    assert law.shares.sum() == pytest.approx(1)
    bought = np.array([r[2] for r in rows if r[1] == "b15"], dtype=float)
    assert law.shares == pytest.approx(bought / bought.sum(), abs=1e-3)


def test_an_arrival_by_gravity_says_both_exponents():
    rows, firms = economy()
    result = connhub.analyze(deal_table(rows), firm_columns(firms), grain="pairs")
    table = connhub.read_firms(firm_columns(firms))
    arrival = Arrival("new", "15", 10**6, 10**6, industry="28", like="gravity")
    change = what_if(result, Scenario([arrival]), table)
    stated = next(n for n in change.assumptions if n.kind == "scenario.partners_by_gravity")
    assert stated.values["purchases_size"] == "0.80"
    assert stated.values["purchases_distance"] == "1.20"
    assert change.deals["amount_after"][change.deals["buyer_id"] == "new"].sum() == 10**6


def test_gravity_needs_prefectures():
    rows, firms = economy()
    result = connhub.analyze(deal_table(rows), firm_columns(firms), grain="pairs", region="block")
    table = connhub.read_firms(firm_columns(firms), region="block")
    arrival = Arrival("new", "chubu", 10**6, 10**6, industry="28", like="gravity")
    with pytest.raises(OptionError) as caught:
        what_if(result, Scenario([arrival]), table)
    assert caught.value.faults[0].kind == "scenario.gravity_needs_prefectures"
