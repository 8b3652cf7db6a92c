"""Links: who trades with whom, and for how much."""

import numpy as np
import pandas as pd
import pytest

from connhub.synthetic.firms import ABROAD, populate
from connhub.synthetic.links import _balanced, _gravity, connect


@pytest.mark.parametrize("cap", [1, 3, 24])
def test_a_link_stays_when_either_end_reports_it(cap):
    population = populate(2_000, 6.7, 2)
    every, kept = (connect(population, 13_000, most) for most in (None, cap))
    frame = pd.DataFrame({"seller": every.seller, "buyer": every.buyer, "yen": every.yen})
    ranks = [frame.groupby(end)["yen"].rank(ascending=False) for end in ("seller", "buyer")]
    reported = frame[(ranks[0] <= cap) | (ranks[1] <= cap)]
    assert (kept.seller == reported["seller"]).all()
    assert (kept.buyer == reported["buyer"]).all()
    assert (kept.yen == reported["yen"]).all()
    assert 0 < len(reported) < len(frame)
    assert reported.groupby("seller").size().max() > 24  # hubs: their partners name them


@pytest.fixture(scope="module")
def drawn():
    population = populate(5_000, 6.9, 1)
    return population, connect(population, 33_000, None)


def test_no_pair_twice_and_nobody_with_itself(drawn):
    population, links = drawn
    assert links.size == links.seller.size == links.buyer.size == links.yen.size <= 33_000
    assert (links.seller != links.buyer).all()
    pairs = links.seller.astype(np.int64) * population.size + links.buyer
    assert np.unique(pairs).size == links.size
    assert (links.yen > 0).all()


def test_firms_sell_what_the_population_says(drawn):
    population, links = drawn
    sold = np.bincount(links.seller, links.yen.astype(float), population.size)
    sells = sold > 0
    assert sold[sells] == pytest.approx(population.sales[sells], rel=1e-4)


def test_near_firms_trade_more_and_east_and_west_less(drawn):
    population, links = drawn
    place = [population.place[end] for end in (links.seller, links.buyer)]
    japan = (place[0] < ABROAD) & (place[1] < ABROAD)
    alike = (place[0] == place[1])[japan].mean()
    shares = np.bincount(population.place, minlength=ABROAD + 1)[:ABROAD] / population.size
    assert alike > 3 * (shares**2).sum()  # what chance alone would give
    assert not ((place[0] == ABROAD) & (place[1] == ABROAD)).any()


def test_flows_between_groups_have_the_sums_that_are_wanted():
    rng = np.random.default_rng(2)
    pull = rng.random((5, 7)) + 0.1
    rows, columns = rng.random(5), rng.random(7)
    columns *= rows.sum() / columns.sum()
    flows = _balanced(pull, rows, columns)
    assert flows.sum(axis=1) == pytest.approx(rows, rel=1e-9)
    assert flows.sum(axis=0) == pytest.approx(columns, rel=1e-9)
    odds = flows[:-1, :-1] * flows[1:, 1:] / (flows[:-1, 1:] * flows[1:, :-1])
    wanted = pull[:-1, :-1] * pull[1:, 1:] / (pull[:-1, 1:] * pull[1:, :-1])
    assert odds == pytest.approx(wanted)  # nothing but the sums has changed


def test_pull_falls_with_distance_and_across_the_middle():
    pull = _gravity()
    tokyo, saitama, osaka, aichi = 12, 10, 26, 22
    assert pull == pytest.approx(pull.T)
    assert pull[tokyo, tokyo] == 1
    assert pull[tokyo, saitama] > pull[tokyo, aichi] > pull[tokyo, osaka]
    assert pull[ABROAD].tolist() == [1] * ABROAD + [0]


def test_as_many_links_as_are_wanted():
    population = populate(500, 6, 4)
    assert connect(population, 100, None).size == 100
