import numpy as np
import pytest

from connhub.estimation.links import Links
from connhub.estimation.rounding import whole_amounts
from tests.estimation.builders import random_amounts, random_links


@pytest.mark.parametrize("seed", range(20))
def test_sums_of_sellers_are_exact_and_no_amount_moves_by_one(seed):
    rng = np.random.default_rng(seed)
    links = random_links(rng, 8, 9)
    amounts = random_amounts(rng, links).astype(float)
    totals = links.sums(amounts)[0].astype(np.int64)
    amounts *= np.exp(1e-9 * rng.standard_normal(links.size))
    whole = whole_amounts(links, amounts, totals)
    assert (links.sums(whole)[0] == totals).all()
    assert (whole >= 0).all()
    assert np.abs(whole - amounts).max() < 1.001


def test_sums_beyond_the_digits_of_floats_stay_exact():
    links = Links.of(np.array([0, 0, 0]), np.array([1, 2, 3]), 4)
    total = 2**60 + 1
    whole = whole_amounts(links, np.full(3, total / 3), np.array([total, 0, 0, 0]))
    assert sum(map(int, whole)) == total


def test_a_seller_without_a_total_keeps_its_own_sum():
    links = Links.of(np.array([0, 0]), np.array([1, 2]), 3)
    whole = whole_amounts(links, np.array([1.5, 2.6]), np.array([-1, -1, -1]))
    assert whole.tolist() == [1, 3]
