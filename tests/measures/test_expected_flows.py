"""Expected flows: sums kept to 1e-9 whatever the matrix; undefined only where no fit can be."""

import math

import numpy as np
import pytest

from connhub.measures.expected_flows import expected_flows, why_no_fit

LARGE = 10**15
HARD = {
    "both branches meet": [[0, 8, 0], [5, 0, 0], [3, 3, 0]],
    "a sum of one yen": [[0, 74735419, 1], [82790218, 0, 0], [0, 1, 0]],
    "a region that only sells a little": [[0, 0, 6], [6, 0, 450668255], [0, 9, 0]],
    "one flow exceeds the rest by 10^14": [
        [0, 7, 5, 0, 0],
        [0, 0, 0, 2, 9],
        [0, 0, 0, 1, 4],
        [0, 8, 576699255828872, 0, 6],
        [0, 0, 0, 0, 0],
    ],
    "two regions hold nearly all": [[0, LARGE, 1], [LARGE, 0, 0], [1, 0, 0]],
    "and the third trades with either": [[0, LARGE, 0], [LARGE, 0, 1], [1, 0, 0]],
    "near 2^63": [[0, 2**61, 0, 1], [2**61, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0]],
    "a star": [[0, 10, 20], [3, 0, 0], [5, 0, 0]],
    "one flow": [[0, 5, 0], [0, 0, 0], [0, 0, 0]],
    "two regions": [[0, 30], [10, 0]],
    "a pair beside a pair": [[0, 7, 0, 0], [7, 0, 0, 0], [0, 0, 0, 9], [0, 0, 9, 0]],
    "no trade": [[0, 0], [0, 0]],
    "one region": [[0]],
}


def random_flows(rng):
    """2 to 50 regions, up to 15 orders of magnitude, sparse, with rows and columns of zeros."""
    n = int(rng.integers(2, rng.choice([4, 6, 51])))
    orders = rng.choice([0.5, 1, 3, 6, 12, 15])
    exponents = rng.uniform(0, orders, (n, n))
    kind = rng.integers(3)
    if kind == 1:  # sizes of regions differ, not single flows
        exponents = (rng.uniform(0, orders, (n, 1)) + rng.uniform(0, orders, (1, n))) / 2
    flows = (10**exponents).astype(np.int64)
    if kind == 2:  # one pair of regions exceeds the rest
        p, q = rng.integers(n, size=2)
        flows[rng.random((n, n)) < 0.5] = 1
        flows[p, q], flows[q, p] = LARGE, rng.choice([1, LARGE, LARGE + 2])
    flows[rng.random((n, n)) < rng.random()] = 0
    for axis in (flows, flows.T):
        if rng.random() < 0.3:
            axis[rng.random(n) < 0.3] = 0
    return flows


def assert_fits(flows):
    flows = np.array(flows, dtype=np.int64)
    np.fill_diagonal(flows, 0)
    expected = expected_flows(flows)
    for observed, fitted in ((flows, expected), (flows.T, expected.T)):
        for row, fit in zip(observed.tolist(), fitted.tolist(), strict=True):
            assert math.fsum(fit) == pytest.approx(sum(row), rel=1e-9, abs=0)
    assert (np.diag(expected) == 0).all()
    assert (expected >= 0).all()
    assert (expected[flows > 0] > 0).all()
    return expected


@pytest.mark.parametrize("name", HARD)
def test_sums_of_hard_matrices(name):
    assert_fits(HARD[name])


@pytest.mark.parametrize(
    "block", [0, *(pytest.param(b, marks=pytest.mark.long) for b in range(1, 100))]
)
def test_sums_of_random_matrices(block):
    rng = np.random.default_rng(block)
    for _ in range(1000 if block else 150):
        assert_fits(random_flows(rng))


def test_the_fit_is_a_product_outside_the_diagonal():
    rng = np.random.default_rng(0)
    for _ in range(20):
        expected = assert_fits(rng.integers(1, 10**6, (5, 5)))
        for p, q, r, s in ((0, 1, 2, 3), (4, 2, 3, 1), (1, 3, 4, 0)):
            straight, crossed = expected[p, q] * expected[r, s], expected[p, s] * expected[r, q]
            assert straight == pytest.approx(crossed, rel=1e-12)


def test_of_the_case_by_hand():
    """Rows 8, 5, 6 and columns 8, 11, 0: the third column is empty, the rest is solved by hand.

    e31 = x and e21 = 8 - x, but row 2 holds only e21 = 5 (e23 = 0): x = 3, e12 = 8, e32 = 3.
    """
    expected = expected_flows(np.array([[0, 8, 0], [5, 0, 0], [3, 3, 0]]))
    assert expected == pytest.approx(np.array([[0, 8, 0], [5, 0, 0], [3, 3, 0]]), rel=1e-12)


@pytest.mark.parametrize(
    ("flows", "reason", "regions"),
    [
        ([[0, 5, -9], [3, 0, 4], [2, 2, 0]], "negative_sums", [0, 2]),
        ([[0, -5, 9], [3, 0, -4], [2, 2, 0]], "negative_sums", [1]),
        ([[0, 5, 5], [5, 0, -2], [5, 1, 0]], "negative_trade_of_others", [0]),
    ],
)
def test_undefined_only_where_returns_make_a_sum_negative(flows, reason, regions):
    flows = np.array(flows)
    kind, positions = why_no_fit(flows.sum(axis=1), flows.sum(axis=0))
    assert (kind, positions.tolist()) == (reason, regions)
    assert np.isnan(expected_flows(flows)).all()


def test_returns_that_leave_all_sums_positive_are_fitted():
    flows = np.array([[0, 9, -1, 4], [5, 0, 8, 1], [7, -2, 0, 3], [1, 1, 1, 0]])
    assert why_no_fit(flows.sum(axis=1), flows.sum(axis=0)) is None
    expected = expected_flows(flows)
    assert expected.sum(axis=1) == pytest.approx(flows.sum(axis=1), rel=1e-12)
    assert expected.sum(axis=0) == pytest.approx(flows.sum(axis=0), rel=1e-12)


def test_a_star_after_returns_among_the_others():
    """The others' trade adds up to 0: all that is expected of them is trade with the first."""
    flows = np.array([[0, 6, 8], [5, 0, 2], [9, -2, 0]])
    expected = expected_flows(flows)
    assert expected.tolist() == [[0, 4, 10], [7, 0, 0], [7, 0, 0]]
