import itertools

import numpy as np
import pytest

from connhub.estimation.feasibility import decide, largest_flow
from connhub.estimation.links import Links
from tests.estimation.builders import random_amounts, random_links


def is_proof(links, totals, found):
    """Check by adding up: all partners of the firms together have less than the firms."""
    own, other = (0, 1) if found.side == "sellers" else (1, 0)
    ends = (links.seller, links.buyer)
    partners = {
        int(b)
        for a, b in zip(ends[own], ends[other], strict=True)
        if int(a) in set(found.firms.tolist())
    }
    total = sum(int(totals[own, i]) for i in found.firms)
    covered = sum(int(totals[other, j]) for j in partners)
    assert all(totals[other, j] >= 0 for j in partners)
    assert partners == set(found.partners.tolist())
    assert (total, covered) == (found.total, found.partners_total)
    return total > covered


def can_be_met(links, totals):
    """Gale and Hoffman, literally: every set of sellers and of buyers of a small table."""
    for own, other in ((0, 1), (1, 0)):
        ends = (links.seller, links.buyer)
        firms = np.flatnonzero(totals[own] > 0)
        for size in range(1, firms.size + 1):
            for some in itertools.combinations(firms.tolist(), size):
                partners = np.unique(ends[other][np.isin(ends[own], some)])
                if (totals[other, partners] < 0).any():
                    continue
                if totals[own, list(some)].sum() > totals[other, partners].sum():
                    return False
    return True


def moved(seed):
    """Totals that fit, then one raised, or what one firm has moved to another: sums agree."""
    rng = np.random.default_rng(seed)
    links = random_links(rng, *rng.integers(2, 30, 2), share=rng.uniform(0.05, 0.5))
    totals = links.sums(random_amounts(rng, links, spread=3))
    if seed % 2:
        side = seed // 2 % 2
        firms = np.unique((links.seller, links.buyer)[side])
        giver = firms[np.argmax(totals[side, firms])]
        taker = rng.choice(firms[firms != giver])
        totals[side, taker] += totals[side, giver] - 1
        totals[side, giver] = 1
    else:
        totals[0, links.seller[0]] += int(rng.integers(1, 10**12))
    return links, totals


def test_firms_named_for_totals_that_cannot_be_met_are_a_proof_in_200_cases():
    proofs = 0
    for seed in itertools.count():
        links, totals = moved(seed)
        found = decide(links, totals).shortfall
        if found is None:  # it fits: here are amounts
            assert seed % 2, seed
            assert (largest_flow(links, totals).left == 0).all(), seed
            continue
        assert is_proof(links, totals, found), seed
        proofs += 1
        if proofs == 200:
            return


@pytest.mark.parametrize("seed", range(60))
def test_the_decision_is_that_of_the_theorem(seed):
    rng = np.random.default_rng(seed)
    links = random_links(rng, *rng.integers(1, 5, 2))
    totals = links.sums(rng.integers(0, 4, links.size))
    for _ in range(rng.integers(0, 3)):
        side, firm = rng.integers(2), rng.integers(links.firms)
        totals[side, firm] = rng.integers(-1, 6)
    found = decide(links, totals).shortfall
    assert (found is None) == can_be_met(links, totals)
    if found is not None:
        assert is_proof(links, totals, found)


def test_amounts_beyond_32_bits_are_decided_to_the_last_unit():
    links = Links.of(np.array([0, 1, 1]), np.array([2, 2, 3]), 4)
    large = 3 * 10**17
    met = np.array([[large, large + 5, 0, 0], [0, 0, large + 2, large + 3]])
    assert decide(links, met).shortfall is None
    one_more = met + np.array([[1, -1, 0, 0], [0, 0, -3, 3]])
    found = decide(links, one_more).shortfall
    assert found.total - found.partners_total == 2
    assert is_proof(links, one_more, found)


def test_the_fewest_firms_are_named():
    """A large part that fits is not named for a small one that does not."""
    rng = np.random.default_rng(1)
    fits = random_links(rng, 40, 40, 0.1)
    n = fits.firms
    links = Links.of(np.append(fits.seller, n), np.append(fits.buyer, n + 1), n + 2)
    totals = np.zeros((2, n + 2), dtype=np.int64)
    totals[:, :n] = fits.sums(random_amounts(rng, fits))
    totals[0, n], totals[1, n + 1] = 8, 7
    found = decide(links, totals).shortfall
    assert (found.firms.tolist(), found.total, found.partners_total) == ([n], 8, 7)


def test_amounts_to_begin_with_change_nothing():
    rng = np.random.default_rng(2)
    links = random_links(rng, 20, 20)
    amounts = random_amounts(rng, links)
    limits = links.sums(amounts) + rng.integers(0, 100, (2, links.firms))
    near = amounts * np.exp(rng.standard_normal(links.size))
    one, other = largest_flow(links, limits), largest_flow(links, limits, near)
    assert one.value == other.value
    for flow in (one, other):
        assert (flow.amounts >= 0).all()
        assert (links.sums(flow.amounts) + flow.left == limits).all()
        assert (flow.left >= 0).all()


@pytest.mark.parametrize("seed", range(30))
def test_links_that_are_never_used_are_those_without_any_flow(seed):
    """A link can carry money exactly if the totals fit with a unit of it set aside."""
    rng = np.random.default_rng(seed)
    links = random_links(rng, *rng.integers(2, 6, 2))
    amounts = np.where(rng.random(links.size) < 0.4, 0, rng.integers(1, 5, links.size))
    totals = links.sums(amounts)
    unused = decide(links, totals, np.ones(links.size)).unused
    for e in range(links.size):
        less = totals.copy()
        less[0, links.seller[e]] -= 1
        less[1, links.buyer[e]] -= 1
        possible = (less >= 0).all() and decide(links, less).shortfall is None
        assert unused[e] != possible


def test_firms_without_links_leave_nothing_open():
    links = Links.of(np.array([0, 1, 1]), np.array([2, 2, 3]), 5)
    totals = np.array([[8, 4, -1, -1, -1], [-1, -1, 8, 4, -1]])
    assert decide(links, totals).unused.tolist() == [False, True, False]


@pytest.mark.parametrize("seed", range(60))
def test_amounts_near_the_totals_decide_as_flows_do(seed):
    """Of any quality, with totals that cannot be met, are not known, or are 0."""
    rng = np.random.default_rng(seed)
    links = random_links(rng, *rng.integers(2, 12, 2), share=0.3)
    amounts = random_amounts(rng, links)
    totals = links.sums(amounts)
    if seed % 3 == 0:
        totals[rng.integers(2, size=3), rng.integers(links.firms, size=3)] = -1
    if seed % 4 == 0:
        totals[0, links.seller[0]] += 1
    if seed % 5 == 0:
        empty = links.seller == links.seller[-1]
        totals -= links.sums(np.where(empty, amounts, 0)) * (totals >= 0)
    near = amounts * np.exp(0.01 * (seed % 3) * rng.standard_normal(links.size))
    plain, quick = decide(links, totals), decide(links, totals, near)
    assert (plain.shortfall is None) == (quick.shortfall is None)
    assert (plain.unused == quick.unused).all()


def test_amounts_that_nearly_meet_the_totals_need_no_flow(monkeypatch):
    rng = np.random.default_rng(3)
    links = random_links(rng, 50, 50, 0.1)
    amounts = random_amounts(rng, links)
    monkeypatch.setattr("connhub.estimation.feasibility.largest_flow", None)
    found = decide(links, links.sums(amounts), amounts * (1 + 1e-4 * rng.random(links.size)))
    assert found.shortfall is None
    assert not found.unused.any()
