"""How sure a list is, against simulated economies whose truth is known.

An economy: 1,500 firms of one region; customers by Zipf's law (a sample, at most 1,500), amounts
log-normal (σ 1.8) and larger for firms with more customers, so that sales grow as customers to the
power of 1.3; buyers spread evenly over ten regions. Each firm reports all of its sales. A list has
20 places.
"""

import numpy as np
import pytest

from connhub.measures.bounds import (
    bonferroni_quantile,
    error_bounds,
    error_variance,
    missing_bounds,
)
from connhub.measures.rank_bounds import place_bounds

FIRMS, PLACES = 1500, 20
MISSING = ("at_random", "large_deals", "one_prefecture")


def economy(rng):
    """Seller, region of the buyer (0 to 9, the own one is 0) and amount of each deal."""
    customers = np.minimum(np.floor(1 / rng.random(FIRMS)), FIRMS).astype(int)
    seller = np.repeat(np.arange(FIRMS), customers)
    buyer = rng.integers(0, 10, seller.size)
    amount = 1e6 * customers[seller] ** 0.3 * np.exp(1.8 * rng.standard_normal(seller.size))
    return seller, buyer, np.rint(amount).astype(np.int64) + 1


def missing(rng, how, share, buyer, amount):
    """Which deals a table lacks, about `share` of all."""
    if how == "at_random":
        return rng.random(amount.size) < share
    if how == "large_deals":  # the odds rise with the amount
        order = np.argsort(np.argsort(-amount)) / amount.size
        return rng.random(amount.size) < np.clip(2 * share * (1 - order), 0, 1)
    return (buyer == 1) & (rng.random(amount.size) < 10 * share)  # all deals with one prefecture


def sums(seller, amount, which):
    total = np.zeros(FIRMS, dtype=np.int64)
    np.add.at(total, seller[which], amount[which])
    return total


def simulate(rng, how, share):
    seller, buyer, amount = economy(rng)
    out = buyer > 0
    there = ~missing(rng, how, share, buyer, amount)
    truth, counted = sums(seller, amount, out), sums(seller, amount, out & there)
    reported = sums(seller, amount, np.ones(amount.size, dtype=bool))
    room = reported - sums(seller, amount, there)
    best, worst = place_bounds(missing_bounds(counted, room)).ranks()
    rank = 1 + (truth[:, None] < truth).sum(axis=1)
    wrong = (worst <= PLACES) & (rank > PLACES) | (best > PLACES) & (rank <= PLACES)
    return int(wrong.sum()), int((worst <= PLACES).sum())


def check_missing(how, share, least, times):
    rng = np.random.default_rng([11, round(100 * share)])
    found = np.array([simulate(rng, how, share) for _ in range(times)])
    print(how, share, "certain of 20 on average:", found[:, 1].mean())
    assert found[:, 0].sum() == 0
    if how == "at_random":
        assert found[:, 1].mean() >= least


SHARES = [(0.05, 18), (0.2, 15), (0.5, 9)]


@pytest.mark.parametrize("how", MISSING)
@pytest.mark.parametrize(("share", "least"), SHARES)
def test_no_call_is_wrong_and_the_bounds_are_not_idle(how, share, least):
    check_missing(how, share, least, 8)


@pytest.mark.long
@pytest.mark.parametrize("how", MISSING)
@pytest.mark.parametrize(("share", "least"), SHARES)
def test_no_call_is_wrong_in_1000_economies(how, share, least):
    check_missing(how, share, least, 1000)


def check_errors(error, times):
    """Joint coverage of the true ranks by log intervals, over the firms ranked."""
    rng = np.random.default_rng([12, round(10 * error)])
    quantile, spread = bonferroni_quantile(FIRMS), np.sqrt(np.log1p(error**2))
    covered, values_covered = [], []
    for _ in range(times):
        seller, _, amount = economy(rng)
        truth = sums(seller, amount, np.ones(amount.size, dtype=bool))
        factor = np.exp(spread * rng.standard_normal(amount.size) - spread**2 / 2)
        seen = np.rint(amount * factor).astype(np.int64)
        counted = sums(seller, seen, np.ones(amount.size, dtype=bool))
        variance = error_variance(seen, seller, FIRMS, error)
        bounds = error_bounds(counted, variance, quantile)
        best, worst = place_bounds(bounds).ranks()
        ordered = np.sort(truth)
        rank = 1 + FIRMS - np.searchsorted(ordered, truth, side="right")
        covered.append(((best <= rank) & (rank <= worst)).all())
        values_covered.append(((bounds.low <= truth) & (truth <= bounds.high)).all())
    print(error, "joint coverage of ranks", np.mean(covered), "of values", np.mean(values_covered))
    assert np.mean(covered) >= 0.95


@pytest.mark.parametrize("error", [0.1, 0.3, 1.0])
def test_all_ranks_are_covered_together(error):
    check_errors(error, 8)


@pytest.mark.long
@pytest.mark.parametrize("error", [0.1, 0.3, 1.0])
def test_all_ranks_are_covered_together_in_1000_economies(error):
    check_errors(error, 1000)


def test_variance_and_interval_agree_with_a_direct_monte_carlo():
    rng = np.random.default_rng(8)
    truth, error = np.array([9_000_000, 4_000_000, 1_000_000, 1_000_000]), 0.5
    spread = np.sqrt(np.log1p(error**2))
    factors = np.exp(spread * rng.standard_normal((20_000, 4)) - spread**2 / 2)
    seen = np.rint(truth * factors).astype(np.int64)
    run = np.repeat(np.arange(len(seen)), 4)
    variance = error_variance(seen.ravel(), run, len(seen), error)
    assert variance.mean() == pytest.approx(seen.sum(axis=1).var(), rel=0.05)
    bounds = error_bounds(seen.sum(axis=1), variance, bonferroni_quantile(1))
    inside = (bounds.low <= truth.sum()) & (truth.sum() <= bounds.high)
    assert inside.mean() == pytest.approx(0.95, abs=0.03)
