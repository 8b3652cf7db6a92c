from itertools import product

import numpy as np
import pytest

from connhub.measures.bounds import Bounds, missing_bounds
from connhub.measures.rank_bounds import (
    breakdown_share,
    entry_share,
    place_bounds,
    possible_ties,
    sure_ties,
)


def ranks(values, ties):
    above = [sum(g > f for g in values) for f in values]
    level = [sum(g == f for g in values) - 1 for f in values]
    add = {"lowest": 0, "average": 0.5, "highest": 1}[ties]
    return [1 + a + add * e for a, e in zip(above, level)]


def tiny_economies(count, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        n = int(rng.integers(1, 6))
        low = rng.integers(0, 5, n)
        yield Bounds(low, low + rng.integers(0, 4, n) * rng.integers(0, 2, n))


def fillings(values):
    return product(*(range(a, b + 1) for a, b in zip(values.low.tolist(), values.high.tolist())))


def test_ranks_are_those_of_all_fillings_of_300_tiny_economies():
    for values in tiny_economies(300):
        every = list(fillings(values))
        places = place_bounds(values)
        for ties in ("lowest", "average", "highest"):
            found = np.array([ranks(f, ties) for f in every])
            best, worst = places.ranks(ties)
            assert best.tolist() == found.min(axis=0).tolist()
            assert worst.tolist() == found.max(axis=0).tolist()


def test_places_of_a_few_are_theirs_among_all():
    rng = np.random.default_rng(5)
    for values in tiny_economies(100, seed=4):
        wanted = rng.integers(0, values.low.size, 3)
        few, every = place_bounds(values, wanted=wanted), place_bounds(values)
        for name in ("above_least", "above_most", "level_least", "level_most"):
            assert getattr(few, name).tolist() == getattr(every, name)[wanted].tolist(), name


def test_ties_are_those_of_all_fillings():
    for values in tiny_economies(100, seed=1):
        ties = np.array([[sum(g == f for g in v) for f in v] for v in fillings(values)])
        assert possible_ties(values).tolist() == ties.max(axis=0).tolist()
        sure = sure_ties(values)
        assert (sure <= ties.min(axis=0)).all()
        fixed = values.low == values.high
        same = [(values.low[fixed] == v).sum() for v in values.low]
        assert sure[fixed].tolist() == np.array(same)[fixed].tolist()


def test_breakdown_share_worked_by_hand():
    counted, unexplained = np.array([100, 80, 70, 30]), np.array([0, 20, 40, 200])
    shares = [breakdown_share(counted, unexplained, f, 2, ties="lowest") for f in (0, 1)]
    assert shares == [0.75, 0.25]
    assert entry_share(70, 40, 80) == 0.25
    assert entry_share(70, 0, 80) == float("inf")
    assert entry_share(70, 1, 80) == 10


@pytest.mark.parametrize("ties", ["lowest", "highest"])
def test_an_item_loses_its_place_just_beyond_its_breakdown_share(ties):
    rng = np.random.default_rng(5)
    checked = 0
    for _ in range(300):
        n, places = int(rng.integers(2, 7)), int(rng.integers(1, 4))
        counted = rng.integers(0, 6, n) * 10**9
        unexplained = rng.integers(0, 4, n) * 10**9

        def worst(share, f, counted=counted, unexplained=unexplained):
            others = missing_bounds(counted, unexplained, share)
            return place_bounds(others).ranks(ties)[1][f]

        for f in np.flatnonzero(np.array(ranks(counted.tolist(), ties)) <= places):
            share = breakdown_share(counted, unexplained, int(f), places, ties=ties)
            if share > 1:
                assert worst(1.0, f) <= places
                continue
            checked += 1
            assert share == 0 or worst(share - 1e-5, f) <= places
            assert share > 1 - 1e-5 or worst(share + 1e-5, f) > places
    assert checked > 100
