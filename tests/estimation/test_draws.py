import numpy as np
import pytest

from connhub.estimation.draws import Draws
from connhub.estimation.links import Links
from connhub.estimation.problem import Fit
from connhub.estimation.scaling import scale
from tests.estimation.builders import random_amounts, random_links


def draws_of(links, totals, width, margins="exact", seed=1):
    prior = np.ones(links.size)
    fit = Fit(scale(links, prior, totals, margins), prior, totals, margins, 4.0)
    return Draws(fit, width, seed)


def test_draws_meet_the_totals_and_depend_on_seed_and_number_alone():
    rng = np.random.default_rng(1)
    links = random_links(rng, 8, 8)
    totals = links.sums(random_amounts(rng, links))
    draws = draws_of(links, totals, 0.5)
    three, five = list(draws.take(3)), list(draws.take(5))
    assert all((a == b).all() for a, b in zip(three, five, strict=False))
    assert not (five[0] == five[1]).all()
    for amounts in five:
        assert links.sums(amounts)[1] == pytest.approx(totals[1])
        assert links.sums(amounts)[0] == pytest.approx(totals[0], rel=0.05)


def test_what_the_totals_determine_is_not_spread():
    links = Links.of(np.array([0, 1, 1]), np.array([2, 3, 4]), 5)
    totals = np.array([[5, 9, 0, 0, 0], [0, 0, 5, 4, 5]])
    spread = draws_of(links, totals, 1.0).spread(20)
    assert spread.deviation == pytest.approx(np.zeros(3), abs=1e-3)


def test_the_spread_is_that_of_the_draws():
    links = Links.of(np.array([0, 0]), np.array([1, 2]), 3)
    totals = np.full((2, 3), -1)
    draws = draws_of(links, totals, 0.7)
    logs = np.log(np.array(list(draws.take(40))))
    spread = draws.spread(40)
    assert spread.mean == pytest.approx(logs.mean(0))
    assert spread.deviation == pytest.approx(logs.std(0, ddof=1))
    low, high = spread.interval(np.ones(2), 1.0)
    assert high / low == pytest.approx(np.exp(2 * spread.deviation))
