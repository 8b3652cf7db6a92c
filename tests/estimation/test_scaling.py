import numpy as np
import pytest

from connhub.estimation.links import Links
from connhub.estimation.scaling import scale
from tests.estimation.builders import dense_fit, random_amounts, random_links


@pytest.mark.parametrize("seed", range(100))
def test_exact_margins_are_met_and_equal_a_dense_fit(seed):
    rng = np.random.default_rng(seed)
    links = random_links(rng, *rng.integers(2, 9, 2))
    totals = links.sums(random_amounts(rng, links))
    prior = np.exp(rng.standard_normal(links.size))
    found = scale(links, prior, totals, tolerance=1e-13, rounds=200_000)
    assert np.abs(found.misses(totals)).max() < 1e-9
    expected = dense_fit(links, prior, totals)
    assert found.amounts == pytest.approx(expected, rel=1e-9, abs=1e-9 * totals.max())


def test_a_peer_gives_the_same():
    """ipfn 1.4.4, ipfn.ipfn(table, [s, p], [[0], [1]], convergence_rate=1e-14,
    rate_tolerance=0)."""
    prior = np.array([1.0, 2, 3, 4, 5, 6, 7])
    links = Links.of(np.array([0, 0, 1, 1, 1, 2, 2]), np.array([3, 4, 3, 4, 5, 4, 5]), 6)
    totals = np.array([[60, 80, 40, 0, 0, 0], [0, 0, 0, 70, 50, 60]])
    peer = [
        36.714246894192,
        23.285753105808,
        33.285753105808,
        14.074170008107,
        32.640076886085,
        12.640076886085,
        27.359923113915,
    ]
    assert scale(links, prior, totals, tolerance=1e-14).amounts == pytest.approx(peer, rel=1e-9)


def test_factors_of_single_firms_in_the_prior_change_nothing_under_exact_margins():
    rng = np.random.default_rng(3)
    links = random_links(rng, 6, 6)
    totals = links.sums(random_amounts(rng, links))
    of_firms = np.exp(rng.standard_normal((2, links.firms)))
    gravity = of_firms[0, links.seller] * of_firms[1, links.buyer]
    flat = scale(links, np.ones(links.size), totals, tolerance=1e-13)
    assert scale(links, gravity, totals, tolerance=1e-13).amounts == pytest.approx(
        flat.amounts, rel=1e-8
    )


@pytest.mark.parametrize(("level", "share"), [(1e-3, 0.0), (1e3, 0.9)])
def test_under_upper_limits_the_level_of_the_prior_decides(level, share):
    rng = np.random.default_rng(4)
    links = random_links(rng, 30, 30, 0.2)
    amounts = random_amounts(rng, links)
    totals = links.sums(amounts)
    found = scale(links, level * np.full(links.size, amounts.mean()), totals, "at_most")
    assert (found.sums <= totals * (1 + 1e-9)).all()
    reached = found.amounts.sum() / amounts.sum()
    assert reached > share if share else reached < 0.01


def test_upper_limits_are_optimal():
    """Where a limit does not bind, its factor is 1; where it does, it is met."""
    rng = np.random.default_rng(5)
    links = random_links(rng, 10, 10)
    amounts = random_amounts(rng, links)
    totals = links.sums(amounts)
    found = scale(links, np.full(links.size, float(np.median(amounts))), totals, "at_most")
    binds = found.factors < 1
    assert found.sums[binds] == pytest.approx(totals[binds], rel=1e-8)
    assert (found.factors <= 1).all()
    assert binds.any()
    assert not binds.all()


def test_limits_far_below_the_prior_are_met_in_few_rounds():
    """Where all can be met, they are, whatever the level; starting from 1 takes hundreds."""
    rng = np.random.default_rng(6)
    links = random_links(rng, 200, 200, 0.03)
    totals = links.sums(random_amounts(rng, links))
    high = np.full(links.size, 1e4 * totals.max())
    found = scale(links, high, totals, "at_most", rounds=60)
    assert np.abs(found.misses(totals)).max() < 1e-3
    assert (found.factors <= 1).all()


def test_soft_margins_lie_between_the_prior_and_exact_ones():
    links = Links.of(np.array([0]), np.array([1]), 2)
    totals = np.array([[100, -1], [-1, -1]])
    found = scale(links, np.array([1.0]), totals, "soft", soft_weight=1.0)
    assert found.amounts == pytest.approx([10.0])  # 100 ** (1 / 2)
    heavy = scale(links, np.array([1.0]), totals, "soft", soft_weight=1e6)
    assert heavy.amounts == pytest.approx([100.0], rel=1e-4)


def test_a_firm_without_a_total_takes_what_the_others_give():
    links = Links.of(np.array([0, 0]), np.array([1, 2]), 3)
    totals = np.array([[12, -1, -1], [-1, -1, -1]])
    assert scale(links, np.array([1.0, 2.0]), totals).amounts == pytest.approx([4.0, 8.0])


def test_a_total_of_zero_leaves_nothing():
    links = Links.of(np.array([0, 1]), np.array([2, 2]), 3)
    totals = np.array([[0, 5, 0], [0, 0, 5]])
    assert scale(links, np.ones(2), totals).amounts.tolist() == [0, 5]
