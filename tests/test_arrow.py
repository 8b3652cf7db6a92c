"""Helpers for Arrow arrays."""

import numpy as np
import pyarrow as pa
import pytest

from connhub.arrow import distinct_rows, encoded_texts, positions_in, rows_where, text

VALUES = ["b", None, "", "b", "新潟"]
NULL_AMONG_WORDS = pa.chunked_array(
    [
        pa.DictionaryArray.from_arrays(pa.array([1, 0, 2], pa.int8()), [None, "b", ""]),
        pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int8()), ["b", "新潟"]),
    ]
)


@pytest.mark.parametrize(
    "column",
    [
        VALUES,
        pa.array(VALUES),
        pa.array(VALUES, pa.large_string()),
        pa.array(VALUES, pa.string_view()),
        pa.array(VALUES).dictionary_encode(),
        pa.chunked_array([VALUES[:2], VALUES[2:]]),
        pa.chunked_array([pa.array(v).dictionary_encode() for v in (VALUES[:2], VALUES[2:])]),
        NULL_AMONG_WORDS,
        pa.array(["x", *VALUES, "x"]).slice(1, 5),
    ],
    ids=lambda c: str(getattr(c, "type", type(c).__name__)),
)
def test_texts_of_any_kind_are_one_array(column):
    found = text(column)
    assert isinstance(found, pa.LargeStringArray)
    assert found.to_pylist() == VALUES


def test_numbers_become_their_digits_and_nothing_stays_nothing():
    assert text(pa.array([7, None, -1])).to_pylist() == ["7", None, "-1"]
    assert text(pa.array([], pa.string())).to_pylist() == []
    assert text([]).type == pa.large_string()
    nothing = pa.array([None, None], pa.dictionary(pa.int8(), pa.string()))
    assert text(nothing).to_pylist() == [None, None]


@pytest.mark.parametrize(
    "mask",
    [
        np.array([True, False, True, False]),
        pa.array([True, False, True, None]),
        pa.chunked_array([[True, None], [True, False]]),
        pa.array([False, True, False, True, None, True]).slice(1, 4),
    ],
    ids=["numpy", "array", "chunked", "sliced"],
)
def test_rows_where_a_mask_holds(mask):
    found = rows_where(mask)
    assert found.dtype == np.int64
    assert found.tolist() == [0, 2]


def test_no_rows():
    assert rows_where(pa.array([], pa.bool_())).tolist() == []
    assert rows_where(pa.array([None, None], pa.bool_())).tolist() == []


def test_distinct_rows_are_those_that_a_loop_finds():
    a = pa.chunked_array([["x", None, "x"], ["", "x", None]])
    b = pa.chunked_array([["1", "1", "2", "1", "1", "1"]])
    encoded = pa.chunked_array([b.combine_chunks().dictionary_encode()])
    words = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0, 2, 0, None]), ["x", None, ""])
    again = pa.chunked_array([words, words]).slice(0, 6)
    assert [part.tolist() for part in distinct_rows([again])] == [[0, 1, 3], [0, 1, 0, 2, 0, 1]]
    rows = list(zip(a.to_pylist(), b.to_pylist(), strict=True))
    expected = list(dict.fromkeys(rows))
    for columns in ([a, b], [a, encoded]):
        first, of_row = distinct_rows(columns)
        assert [rows[i] for i in first] == expected
        assert [expected[i] for i in of_row] == rows
    assert [part.tolist() for part in distinct_rows([b[:0]])] == [[], []]


def test_distinct_rows_of_more_combinations_than_64_bits_count():
    rng = np.random.default_rng(0)
    columns = [pa.chunked_array([rng.permutation(500) for _ in range(2)]) for _ in range(9)]
    columns = [pa.chunked_array([*c.chunks, c.chunk(0).slice(7, 90)]) for c in columns]
    rows = list(zip(*(c.to_pylist() for c in columns), strict=True))
    assert 501**9 > 2**64
    first, of_row = distinct_rows(columns)
    expected = list(dict.fromkeys(rows))
    assert len(expected) == 1000
    assert [rows[i] for i in first] == expected
    assert [expected[i] for i in of_row] == rows


@pytest.mark.parametrize(
    "column",
    [
        pa.array(VALUES),
        pa.array(VALUES).dictionary_encode(),
        pa.chunked_array([pa.array(v).dictionary_encode() for v in (VALUES[:2], VALUES[2:])]),
        NULL_AMONG_WORDS,
    ],
    ids=["plain", "encoded", "chunks", "null among words"],
)
def test_positions_among_what_is_known(column):
    assert positions_in(column, pa.array(["新潟", "b"])).tolist() == [1, -1, -1, 1, 0]
    assert positions_in(column, pa.array([], pa.string())).tolist() == [-1] * 5


def test_positions_of_integers_of_texts_and_of_nothing():
    ids = pa.chunked_array([pa.array([7, None, 5])])
    assert positions_in(ids, pa.array([5, 7])).tolist() == [1, -1, 0]
    assert positions_in(ids, pa.array(["05", "7"])).tolist() == [1, -1, -1]
    for kind in (pa.int64(), pa.dictionary(pa.int32(), pa.string())):
        assert positions_in(pa.chunked_array([], kind), pa.array(["a"])).tolist() == []


@pytest.mark.parametrize(
    "dictionary", [["b", "a"], ["b", "a", "b"], ["b", None, "a"]], ids=["plain", "twice", "null"]
)
def test_encoded_texts_have_each_text_once(dictionary):
    codes = pa.array([0, 1, None, len(dictionary) - 1], pa.int32())
    first = pa.DictionaryArray.from_arrays(codes, dictionary)
    column = pa.chunked_array([first, pa.array(["c"]).dictionary_encode()])
    found = encoded_texts(column)
    assert found.to_pylist() == column.to_pylist()
    assert found.type == pa.dictionary(pa.int32(), pa.large_string())
    assert len(set(found.dictionary.to_pylist())) == len(found.dictionary)
