"""Reading pairs by position: texts, positions, matrices, and columns that are joined on."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from connhub.errors import InputError, OptionError
from connhub.measures.trade import Trade
from connhub.networks.pair_table import (
    check_pairs,
    link_matrices,
    positions,
    translated,
    with_attributes,
)

TEXTS = ["b", None, "a", "b", "c"]


@pytest.mark.parametrize(
    "column",
    [
        pa.chunked_array([TEXTS]),
        pa.chunked_array([TEXTS[:2], TEXTS[2:]]),
        pa.chunked_array([pa.array(TEXTS).dictionary_encode()]),
        # as from Parquet: each row group has a dictionary of its own
        pa.chunked_array([pa.array(t).dictionary_encode() for t in (TEXTS[:2], TEXTS[2:])]),
    ],
    ids=["one", "two", "dictionary", "two dictionaries"],
)
def test_positions_among_distinct_texts(column):
    position, names = positions(column)
    assert position.tolist() == [0, -1, 1, 0, 2]
    assert names.to_pylist() == ["b", "a", "c"]
    assert names.type == pa.large_string()


@pytest.mark.parametrize("kind", [pa.string(), pa.dictionary(pa.int32(), pa.string())])
def test_no_rows_and_no_texts(kind):
    for rows, wanted in (([], []), ([None, None], [-1, -1])):
        position, names = positions(pa.chunked_array([pa.array(rows, kind)], kind))
        assert position.tolist() == wanted
        assert len(names) == 0
    position, names = positions(pa.chunked_array([], kind))
    assert (position.size, len(names)) == (0, 0)


def test_translation_and_back():
    names = pa.array(["b", "a", "c"], pa.large_string())
    known = pa.array(["a", "b", "c", "d"], pa.large_string())
    position = np.array([0, 1, 2, -1, 0])
    there = translated(position, names, known)
    assert there.tolist() == [1, 0, 2, -1, 1]
    assert there.dtype == np.int64
    assert translated(there, known, names).tolist() == position.tolist()
    nothing = pa.array([], pa.large_string())
    assert translated(np.array([-1, -1]), nothing, known).tolist() == [-1, -1]


def test_only_pairs_say_who_trades_with_whom():
    trade = Trade(pa.table({"firm_id": ["a"]}), "firms_by_region", None, None)
    with pytest.raises(OptionError) as caught:
        check_pairs(trade)
    assert caught.value.faults[0].values == {"grain": "firms_by_region"}
    check_pairs(Trade(pa.table({"seller_id": ["a"]}), "pairs", None, None))


FIRMS = pd.DataFrame({"firm_id": ["b", "a", "c"], "region": ["15", "13", "13"]})


def test_columns_are_joined_by_id_and_whole_numbers_stay_whole():
    large = 2**53 + 1
    more = pd.DataFrame(
        {
            "firm_id": ["a", "x", "b"],
            "region": ["99", "99", "99"],
            "sales": [large, 1, 2],
            "degree": [0.5, 1.0, 2.0],
            "role": pd.Categorical(["R1", "R2", "R1"]),
        }
    )
    found = with_attributes(FIRMS, more, "円")
    assert list(found) == ["firm_id", "region", "sales", "degree", "role"]
    assert found["firm_id"].tolist() == ["b", "a", "c"]
    assert found["region"].tolist() == ["15", "13", "13"]  # what is there stays
    assert found["sales"].tolist() == [2, large, pd.NA]
    assert found["degree"].tolist()[:2] == [2.0, 0.5]
    assert found["role"].astype(object).tolist()[:2] == ["R1", "R1"]
    assert list(FIRMS) == ["firm_id", "region"]  # the input is as it was
    assert with_attributes(FIRMS, None, "円") is FIRMS


def test_columns_that_cannot_be_joined():
    with pytest.raises(InputError) as caught:
        with_attributes(FIRMS, pd.DataFrame({"id": ["a"]}), "円")
    assert caught.value.faults[0].kind == "networks.no_firm_id"
    twice = pd.DataFrame({"firm_id": [*"abcabcc", *(str(i) for i in range(20))]})
    with pytest.raises(InputError) as caught:
        with_attributes(FIRMS, twice, "円")
    (fault,) = caught.value.faults
    assert (fault.examples, fault.count) == (("a", "b", "c", "c"), 4)
    cents = pd.DataFrame({"firm_id": ["a"]})
    cents.attrs["unit"] = "0.01 円"
    with pytest.raises(OptionError):
        with_attributes(FIRMS, cents, "円")


def test_matrices_add_up_what_meets_and_stay_exact():
    seller, buyer = np.array([0, 0, 2]), np.array([1, 1, 0])
    amounts, counts = link_matrices(
        seller, buyer, np.array([2**53, 1, 7]), np.array([1, 1, 3]), size=3
    )
    assert amounts.shape == counts.shape == (3, 3)
    assert amounts.toarray().tolist() == [[0, 2**53 + 1, 0], [0, 0, 0], [7, 0, 0]]
    assert counts.toarray().tolist() == [[0, 2, 0], [0, 0, 0], [3, 0, 0]]
    assert amounts.dtype == counts.dtype == np.int64
    nothing = np.array([], dtype=np.int64)
    assert link_matrices(*[nothing] * 4, size=2)[0].nnz == 0
