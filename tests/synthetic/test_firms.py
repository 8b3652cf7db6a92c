"""Firms of a synthetic economy: exact shares of prefectures, Zipf's law, one seed."""

import numpy as np
import pytest

from connhub.synthetic.firms import ABROAD, TOKYO, _seats, _zipf, generator, populate


def test_chance_depends_on_seed_and_purpose_alone():
    one = generator(1, "firms").random(5)
    generator(1, "links").random(100)
    assert (generator(1, "firms").random(5) == one).all()
    for other in (generator(2, "firms"), generator(1, "links"), generator(1, "firms", 0)):
        assert not (other.random(5) == one).any()


def test_a_population_is_that_of_its_seed():
    one, same, other = (populate(500, 6, seed) for seed in (4, 4, 5))
    for name in ("customers", "suppliers", "sales", "place"):
        assert (getattr(one, name) == getattr(same, name)).all()
        assert (getattr(one, name) != getattr(other, name)).any()
    assert one.size == 500


@pytest.mark.parametrize(("count", "mean"), [(100, 1), (500, 6), (5_000, 6.7)])
def test_means_places_and_sizes(count, mean):
    firms = populate(count, mean, 3)
    assert firms.customers.mean() == pytest.approx(mean, rel=0.1)
    assert firms.suppliers.mean() == pytest.approx(mean, rel=1e-6)
    assert firms.customers.min() >= 0
    assert firms.customers.max() <= min(count / 8, 0.015 * count + 150) + 1
    assert (firms.sales > 0).all()
    per_place = np.bincount(firms.place, minlength=ABROAD + 1)
    assert per_place.min() >= 1
    assert per_place[ABROAD] == max(1, int(0.03 * count))
    assert (per_place[:ABROAD] == _seats(count - per_place[ABROAD])).all()


def test_seats_by_hand():
    """Of 1,000 firms each tenth of a percent is one: shares are given with one decimal."""
    seats = _seats(1_000)
    assert seats.sum() == 1_000
    assert (seats[TOKYO], seats[26], seats[22], seats[13]) == (165, 73, 60, 59)
    assert _seats(47).tolist().count(0) == 0


@pytest.mark.parametrize("exponent", [1.0, 1.5])
def test_counts_fall_by_zipfs_law(exponent):
    rank = (np.arange(100_000) + 0.5) / 100_000
    counts = _zipf(rank, exponent, 0.0, 6.7, 1e4)
    assert counts.mean() == pytest.approx(6.7, rel=1e-6)
    assert (np.diff(counts) <= 0).all()
    assert counts[0] <= 1e4
    tenth, thousandth = counts[10_000], counts[100]
    slope = np.log(100) / np.log(thousandth / tenth)  # of the share of counts above
    assert slope == pytest.approx(exponent, rel=0.05)


def test_large_firms_trade_both_ways_and_are_in_tokyo():
    firms = populate(20_000, 6.7, 1)
    ranks = [np.argsort(np.argsort(v)) for v in (firms.customers, firms.suppliers, firms.sales)]
    assert np.corrcoef(ranks[0], ranks[1])[0, 1] > 0.4
    assert np.corrcoef(ranks[0], ranks[2])[0, 1] > 0.4
    largest = np.argsort(-firms.sales)[:200]
    in_tokyo = firms.place == TOKYO
    assert in_tokyo[largest].mean() > 1.3 * in_tokyo.mean()
