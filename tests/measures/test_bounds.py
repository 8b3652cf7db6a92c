import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connhub.measures.bounds import (
    Bounds,
    bonferroni_quantile,
    error_bounds,
    error_variance,
    missing_bounds,
    share_bounds,
)

AMOUNTS = st.integers(0, 10**15)


@given(AMOUNTS, AMOUNTS, st.integers(0, 10_000))
def test_what_may_be_missing_is_exact_and_whole(counted, unexplained, parts):
    share = parts / 10_000
    bounds = missing_bounds(np.array([counted]), np.array([unexplained]), share)
    exact = counted + Fraction(parts, 10_000) * unexplained
    assert bounds.low[0] == counted
    assert exact <= int(bounds.high[0]) < exact + 1
    assert bounds.high.dtype == np.int64


def test_without_a_share_nothing_and_with_all_everything_may_be_missing():
    counted, unexplained = np.array([-5, 0, 7]), np.array([3, 2**55 + 1, 0])
    assert missing_bounds(counted, unexplained, 0.0).high.tolist() == counted.tolist()
    whole = missing_bounds(counted, unexplained)
    assert whole.high.tolist() == (counted + unexplained).tolist()


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.3, 1 / 3, 0.9, 0.999999, 1.0])
@pytest.mark.parametrize("most", [10, 2**32, 2**50, 2**53, 2**60])
def test_a_share_is_rounded_up_as_whole_numbers_are(share, most):
    rng = np.random.default_rng([most % 97, int(1000 * share)])
    millionths = math.ceil(round(share * 10**6, 6))
    room = rng.integers(0, most, 400)
    multiples = room // 10**6 * 10**6  # whole shares, and those next to them
    room = np.concatenate([room, multiples, multiples + 1, np.maximum(multiples - 1, 0), [0, most]])
    found = missing_bounds(np.zeros(room.size, dtype=np.int64), room, share)
    assert found.high.tolist() == [-(-r * millionths // 10**6) for r in room.tolist()]


def test_shares_are_those_of_all_fillings():
    rng = np.random.default_rng(3)
    for _ in range(40):
        n = int(rng.integers(1, 6))
        low = rng.integers(-2, 6, n)
        amount = Bounds(low, low + rng.integers(0, 3, n))
        region = rng.integers(0, 2, n)
        bounds = share_bounds(amount, region, 2)
        some = rng.integers(0, n, 2)
        for official in (None, rng.integers(-1, 9, n)):
            every = share_bounds(amount, region, 2, whole=official)
            few = share_bounds(amount, region, 2, whole=official, rows=some)
            assert few.low.tolist() == every.low[some].tolist()
            assert few.high.tolist() == every.high[some].tolist()
        found = [[] for _ in range(n)]
        corners = product(*({int(a), int(b)} for a, b in zip(amount.low, amount.high)))
        for filling in corners:
            sums = [sum(v for v, r in zip(filling, region) if r == k) for k in (0, 1)]
            for f in range(n):
                whole = sums[region[f]]
                found[f].append(filling[f] / whole if whole > 0 else np.inf)
        for f in range(n):
            if np.inf in found[f]:
                assert (bounds.low[f], bounds.high[f]) == (-np.inf, np.inf)
            else:
                assert bounds.low[f] == pytest.approx(min(found[f]))
                assert bounds.high[f] == pytest.approx(max(found[f]))


def test_a_sum_that_is_given_divides_all():
    amount, whole = Bounds(np.array([10, -4]), np.array([20, 4])), np.array([100, 100])
    shares = share_bounds(amount, np.array([0, 0]), 1, whole=whole)
    assert shares.low.tolist() == [0.1, -0.04]
    assert shares.high.tolist() == [0.2, 0.04]


def test_interval_of_a_log_normal_sum():
    # one deal of 100 with a relative error of 1: V = 100² / 2, ln(1 + V / S²) = ln 1.5
    variance = error_variance(np.array([100]), np.array([0]), 1, 1.0)
    bounds = error_bounds(np.array([100]), variance, 2.0)
    factor = np.exp(2 * np.sqrt(np.log(1.5)))
    assert bounds.low[0] == pytest.approx(100 / factor)
    assert bounds.high[0] == pytest.approx(100 * factor)


def test_variance_of_amounts_with_a_relative_error_of_a_half():
    # 0.5² / (1 + 0.5²) is a fifth: of 100² + 200² in one sum, of 10² in another
    found = error_variance(np.array([100, 10, -200]), np.array([0, 1, 0]), 3, 0.5)
    assert found.tolist() == pytest.approx([10_000, 20, 0])


def test_returns_have_an_interval_on_both_sides():
    bounds = error_bounds(np.array([-100, 0, 5]), np.array([100.0, 0.0, 0.0]), 2.0)
    assert bounds.low.tolist() == [-120, 0, 5]
    assert bounds.high.tolist() == [-80, 0, 5]


def test_more_intervals_are_wider():
    assert bonferroni_quantile(1) == pytest.approx(1.959964, abs=1e-6)
    assert bonferroni_quantile(1_500_000) > bonferroni_quantile(1500) > bonferroni_quantile(1)
