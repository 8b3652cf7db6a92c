"""Ranks and fronts against direct loops."""

import numpy as np
import pytest

from connhub.selection.rank_scores import order_in_groups, pareto_front, rank_in_groups


@pytest.mark.parametrize("seed", range(30))
def test_ranks_and_front_are_those_of_direct_loops(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 60))
    x, y, group = (rng.integers(0, 6, n).astype(float) for _ in range(3))
    group = group.astype(int)
    missing = np.where(rng.random(n) < 0.2, np.nan, x)
    ranks = rank_in_groups(missing, group, groups=6)
    lowest = rank_in_groups(missing, group, groups=6, ties="lowest")
    for i in range(n):
        peers = missing[(group == group[i]) & ~np.isnan(missing)]
        better, same = (peers > missing[i]).sum(), (peers == missing[i]).sum()
        assert ranks.shown[i] == (0 if np.isnan(missing[i]) else better + 1)
        if not np.isnan(missing[i]):
            assert ranks.used[i] == better + (same + 1) / 2
            assert lowest.used[i] == better + 1
    if n:  # as many groups as occur, where it is not said how many
        counted = rank_in_groups(missing, group).count
        assert counted.tolist() == ranks.count[: group.max() + 1].tolist()
    front = pareto_front(x, y, group)
    for i in range(n):
        rivals = (group == group[i]) & (x >= x[i]) & (y >= y[i]) & ((x > x[i]) | (y > y[i]))
        assert front[i] == (not rivals.any())


@pytest.mark.parametrize("groups", [3, 2**15 + 3])
def test_groups_are_in_order_however_many_there_are(groups):
    group = np.concatenate([np.arange(groups)[::-1], [0, groups - 1]])
    values = np.arange(group.size, dtype=float)
    order = order_in_groups(values, group)
    assert group[order].tolist() == sorted(group.tolist())
    assert order[:2].tolist() == [groups, groups - 1]  # in each the highest value first


def test_a_front_is_of_its_group_alone():
    x, y = np.array([1.0, 1.0, 2.0]), np.array([3.0, 2.0, 1.0])
    assert pareto_front(x, y, np.array([0, 1, 2])).all()
    assert pareto_front(x, y, np.array([0, 0, 1])).tolist() == [True, False, True]
