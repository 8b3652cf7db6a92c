"""Quotients of integers against exact fractions: rounded once, ordered exactly."""

from fractions import Fraction

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connhub.quotients import order_key, quotient

LARGE = 2**62
close = st.builds(lambda whole, less: (whole - less, whole), st.sampled_from([LARGE, LARGE - 9, 7]), st.integers(0, 5))  # fmt: skip
pairs = st.lists(
    st.one_of(
        close,
        st.tuples(st.integers(-9, 9), st.integers(-1, 9)),
        st.tuples(st.integers(-LARGE, LARGE), st.integers(-2, LARGE)),
        st.tuples(st.integers(2**53 - 2, 2**53 + 2), st.integers(1, 3)),
        st.tuples(st.integers(1, 3), st.integers(2**53 - 2, 2**53 + 2)),
    ),
    max_size=12,
)


def columns(rows):
    part, whole = ([row[i] for row in rows] for i in (0, 1))
    return np.array(part, dtype=np.int64), np.array(whole, dtype=np.int64)


def known(values):
    return [None if v != v else v for v in values.tolist()]


@given(pairs)
@example([(2**53 + 1, 3), (-(2**53) - 1, 3), (1, 2**53 + 1)])
def test_the_nearest_float(rows):
    exact = [Fraction(p, w) if w > 0 else None for p, w in rows]
    assert known(quotient(*columns(rows))) == [None if e is None else float(e) for e in exact]


@settings(max_examples=300)
@given(pairs)
@example([(LARGE - 1, LARGE), (LARGE - 2, LARGE), (1, 1), (LARGE - 1, LARGE)])
@example([(0, 3), (0, 5), (1, 2), (2, 4), (-1, 2)])
def test_the_order_of_exact_fractions(rows):
    exact = [Fraction(p, w) if w > 0 else None for p, w in rows]
    ascending = sorted({e for e in exact if e is not None})
    wanted = [None if e is None else ascending.index(e) for e in exact]
    assert known(order_key(*columns(rows))) == wanted


def test_what_is_given_stays_as_it_is():
    part, whole = np.array([LARGE - 2, LARGE - 1, 4]), np.array([LARGE, LARGE, 0])
    order_key(part, whole)
    assert (part.tolist(), whole.tolist()) == ([LARGE - 2, LARGE - 1, 4], [LARGE, LARGE, 0])
