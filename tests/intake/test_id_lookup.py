"""Ids are found by a dictionary of Python as by the two hash tables."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connhub.intake import id_lookup
from connhub.intake.id_lookup import IdLookup
from connhub.jit import AHEAD

EDGES = ["0", "-0", "00", "-1", "-01", "+1", "1 ", "１", "-", "", "x", "1x", "日本"]
EDGES += [str(s * n) for n in (2**63 - 1, 2**63, 2**63 + 1, 2**64, 10**19 - 1) for s in (1, -1)]
TEXTS = st.sampled_from(EDGES) | st.integers(-3, 40).map(str) | st.text("019-a", max_size=20)
INTEGERS = st.integers(-3, 40) | st.sampled_from([2**63 - 1, -(2**63)])
COLUMNS = (TEXTS, pa.string()), (TEXTS, pa.large_string()), (INTEGERS, pa.int64())


@st.composite
def columns(draw, nulls):
    values, kind = draw(st.sampled_from(COLUMNS))
    values = values | st.none() if nulls else values
    return pa.array(draw(st.lists(values, max_size=3 * AHEAD)), kind)


@given(columns(nulls=False), columns(nulls=True))
def test_ids_are_found_by_what_they_are_written_as(ids, values):
    lookup, duplicate = IdLookup.build(ids)
    known = {}
    earlier = [known.setdefault(str(i), at) for at, i in enumerate(ids.to_pylist())]
    assert duplicate.tolist() == [f if f < at else -1 for at, f in enumerate(earlier)]
    expected = [len(ids) if v is None else known.get(str(v), len(ids)) for v in values.to_pylist()]
    assert lookup.indices(values).tolist() == expected
    if pa.types.is_string(values.type):
        assert lookup.indices(values.dictionary_encode()).tolist() == expected


@pytest.mark.parametrize("kind", [pa.uint64(), pa.string()])
def test_integers_beyond_64_bits_are_texts(kind):
    large = pa.array([2**64 - 1, 5], pa.uint64())
    lookup, _ = IdLookup.build(large.cast(kind))
    assert lookup.indices(large).tolist() == [0, 1]
    assert lookup.indices(pa.array([5, -1])).tolist() == [1, 2]


@pytest.mark.parametrize("prefix", ["", "C"])
def test_many_ids(prefix):
    numbers = np.random.default_rng(0).permutation(3000)
    ids = pa.array([f"{prefix}{n}" for n in numbers])
    lookup, duplicate = IdLookup.build(ids)
    assert (duplicate == -1).all()
    assert lookup.indices(ids.take(pa.array(numbers))).tolist() == numbers.tolist()
    assert (lookup.indices(pa.array([f"D{n}" for n in numbers])) == 3000).all()


@pytest.mark.parametrize("count", [4, 5, 6, 60])
@pytest.mark.parametrize("line", [0, 31])
def test_ids_of_one_line_go_on_to_the_next(count, line):
    """Also from the last to the first; 0 looks like a place where none is."""
    lines = 32  # of 60 ids

    def first_line(number):
        with np.errstate(over="ignore"):
            return int(id_lookup._mix(np.uint64(number))) % lines

    crowd = [n for n in range(-4000, 4000) if first_line(n % 2**64) == line]
    crowd = [0, *(n for n in crowd if n)][: 60 + count]
    ids, others = crowd[:count], crowd[count:]
    more = range(10**9, 10**9 + 60 - count)
    lookup, duplicate = IdLookup.build(pa.array([*ids, *more, ids[-1]]))
    assert len(lookup._lines) == lines
    assert duplicate.tolist() == [*[-1] * 60, count - 1]
    assert lookup.indices(pa.array([*ids, *more])).tolist() == list(range(60))
    assert (lookup.indices(pa.array(others)) == 61).all()
