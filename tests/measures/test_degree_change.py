"""Changes of a share in parts: published numbers, exact fractions, limits at zero."""

from fractions import Fraction
from math import inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connhub.measures.degree_change import (
    growth_rate,
    log_mean_effects,
    log_mean_factors,
    shapley_effects,
)


def one(before, after):
    return np.array([before]), np.array([after])


def values(effects):
    return [effect.item() for effect in effects]


def test_the_worked_example():
    part, whole = one(120, 150), one(2000, 2300)
    assert values(shapley_effects(part, whole)) == pytest.approx(
        [0.01402174, -0.00880435], abs=5e-9
    )
    assert values(log_mean_effects(part, whole)) == pytest.approx(
        [0.01396264, -0.00874525], abs=5e-9
    )
    factors = values(log_mean_factors(part, one(400, 420), one(9000, 9600), whole))
    assert factors == pytest.approx([0.01090972, -0.00098541, -0.00470691], abs=5e-9)
    assert sum(factors) == pytest.approx(0.00521739, abs=5e-9)


AMOUNT = st.integers(-(10**15), 10**15)
WHOLE = st.integers(1, 10**17)


@given(AMOUNT, AMOUNT, WHOLE, WHOLE)
def test_shapley_is_exact_for_any_amounts(s0, s1, d0, d1):
    own, region = values(shapley_effects(one(s0, s1), one(d0, d1)))
    exact_own = (s1 - s0) * (Fraction(1, d0) + Fraction(1, d1)) / 2
    exact_region = Fraction(s0 + s1, 2) * (Fraction(1, d1) - Fraction(1, d0))
    assert own == pytest.approx(float(exact_own), rel=1e-14)
    assert region == pytest.approx(float(exact_region), rel=1e-14)
    assert exact_own + exact_region == Fraction(s1, d1) - Fraction(s0, d0)
    swapped = values(shapley_effects(one(s1, s0), one(d1, d0)))
    assert swapped == [-own, -region]  # to the last bit


@given(st.integers(1, 10**15), st.integers(1, 10**15), WHOLE, WHOLE)
def test_logarithmic_means_add_up_and_follow_their_definition(s0, s1, d0, d1):
    own, region = values(log_mean_effects(one(s0, s1), one(d0, d1)))
    c0, c1 = s0 / d0, s1 / d1
    assert own + region == pytest.approx(c1 - c0, abs=1e-12 * max(c0, c1))
    swapped = values(log_mean_effects(one(s1, s0), one(d1, d0)))
    assert swapped == pytest.approx([-own, -region], abs=1e-12 * max(c0, c1))
    if abs(log(c1 / c0)) > 1e-3:
        mean = (c1 - c0) / log(c1 / c0)
        assert own == pytest.approx(mean * log(s1 / s0), rel=1e-9, abs=1e-12 * max(c0, c1))


def test_zeros_have_their_limits():
    """What an ever smaller amount tends to, and never a small constant."""
    whole = one(2000, 2300)
    tiny = values(log_mean_effects(one(1, 150 * 10**14), one(2000 * 10**14, 2300 * 10**14)))
    at_zero = values(log_mean_effects(one(0, 150), whole))
    assert at_zero == [150 / 2300, 0.0]
    assert abs(tiny[0] - at_zero[0]) < abs(tiny[1]) + 1e-12 < 5e-4  # slow: by the logarithm
    assert values(log_mean_effects(one(120, 0), whole)) == [-0.06, 0.0]
    assert values(log_mean_effects(one(0, 0), whole)) == [0.0, 0.0]
    sums = one(9000, 9600)
    assert values(log_mean_factors(one(0, 150), one(400, 420), sums, whole)) == [150 / 2300, 0, 0]
    assert values(log_mean_factors(one(0, 150), one(0, 420), sums, whole)) == [0, 150 / 2300, 0]
    assert values(log_mean_factors(one(0, 0), one(0, 5), sums, whole)) == [0, 0, 0]


def test_what_is_not_defined_is_null():
    assert np.isnan(values(shapley_effects(one(1, 2), one(0, 5)))).all()
    assert np.isnan(values(log_mean_effects(one(-1, 2), one(4, 5)))).all()
    assert not np.isnan(values(shapley_effects(one(-1, 2), one(4, 5)))).any()
    assert np.isnan(values(log_mean_factors(one(5, 2), one(0, 2), one(9, 9), one(4, 5)))).all()


def test_growth_is_within_two():
    assert growth_rate(*one(100, 150)).item() == 0.4
    assert growth_rate(*one(150, 100)).item() == -0.4
    before, after = np.array([0, 7, 0, -1]), np.array([7, 0, 0, 5])
    assert growth_rate(before, after).tolist()[:2] == [2, -2]
    assert np.isnan(growth_rate(before, after)[2:]).all()


NUMBER = st.sampled_from([-1, 0, 0, 1, 1, 2, 3]) | st.integers(1, 10**12)
PAIR = st.tuples(NUMBER, NUMBER)


def log_mean(change, before, after):
    """The weight of a logarithmic change, by its definition."""
    return before if before == after else change / (log(after) - log(before))


def naive_effects(factors, part, whole):
    """Logarithmic changes of factors, weighed; of a share of 0, the infinite one has it all."""
    (s0, s1), (d0, d1) = part, whole
    before, after = Fraction(s0, d0), Fraction(s1, d1)
    if before == after == 0:
        return [0.0] * len(factors)
    if before == 0 or after == 0:
        return [float(after - before) if f in (inf, -inf) else 0.0 for f in factors]
    return [log_mean(float(after - before), float(before), float(after)) * f for f in factors]


def log_ratio(before, after):
    return (
        0.0
        if before == after
        else inf
        if not before
        else -inf
        if not after
        else log(after / before)
    )


@given(PAIR, PAIR)
def test_two_effects_against_their_definition(part, whole):
    found = values(log_mean_effects(one(*part), one(*whole)))
    if min(whole) <= 0 or min(part) < 0:
        assert np.isnan(found).all()
        return
    wanted = naive_effects([log_ratio(*part), -log_ratio(*whole)], part, whole)
    size = max(part[0] / whole[0], part[1] / whole[1])
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-12 * size)


@given(PAIR, PAIR, PAIR, PAIR)
def test_three_factors_against_their_definition(part, size, sums, whole):
    found = values(log_mean_factors(one(*part), one(*size), one(*sums), one(*whole)))
    no_sales = any(s == 0 and amount != 0 for s, amount in zip(size, part, strict=True))
    if min(*whole, *sums) <= 0 or min(*part, *size) < 0 or no_sales:
        assert np.isnan(found).all()
        return
    own = log_ratio(*part) - log_ratio(*size) if min(size) else 0.0
    of_size = log_ratio(*size) - log_ratio(*sums)
    wanted = naive_effects([own, of_size, log_ratio(*sums) - log_ratio(*whole)], part, whole)
    assert found == pytest.approx(
        wanted, rel=1e-9, abs=1e-11 * max(part[0] / whole[0], part[1] / whole[1])
    )


@given(st.tuples(AMOUNT, AMOUNT), PAIR)
def test_shapley_against_its_definition(part, whole):
    own, region = values(shapley_effects(one(*part), one(*whole)))
    if min(whole) <= 0:
        assert np.isnan([own, region]).all()
        return
    (s0, s1), (d0, d1) = part, whole
    assert own == pytest.approx(
        float((s1 - s0) * (Fraction(1, d0) + Fraction(1, d1)) / 2), rel=1e-14
    )
    exact = Fraction(s0 + s1, 2) * (Fraction(1, d1) - Fraction(1, d0))
    assert region == pytest.approx(float(exact), rel=1e-14)


@given(NUMBER, NUMBER)
def test_growth_against_its_definition(before, after):
    found = growth_rate(*one(before, after)).item()
    if min(before, after) < 0 or before == after == 0:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(
            float(Fraction(2 * (after - before), after + before)), rel=1e-14
        )
