"""Ranks are those of pandas, whatever ties and nulls there are."""

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from connhub.measures.ranked_rows import largest, ranked

LARGE = 2**53
values = st.lists(st.none() | st.integers(LARGE - 1, LARGE + 2) | st.integers(-2, 2), max_size=12)


def table(amounts):
    ids = [str(i) for i in range(len(amounts))]
    return pa.table({"firm_id": ids, "amount": pa.array(amounts, pa.int64())})


@given(values, st.integers(-1, 14))
def test_the_largest_are_those_of_rank_n_or_better(amounts, n):
    ranks = pd.Series(amounts, dtype="Int64").rank(method="min", ascending=False)
    expected = ranks[(ranks <= n).fillna(False)].index.astype(str).tolist()
    assert largest(table(amounts), "amount", n)["firm_id"].to_pylist() == expected


@given(values)
def test_ranks_and_order_are_those_of_pandas(amounts):
    place = {amount: i for i, amount in enumerate(sorted({*amounts} - {None}))}
    key = np.array([place.get(amount, np.nan) for amount in amounts], dtype=float)
    found = ranked(table(amounts), key, {"firm_id": "descending"}).to_pandas()
    frame = table(amounts).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    frame["rank"] = frame["amount"].rank(method="min", ascending=False)
    expected = frame.sort_values(["amount", "firm_id"], ascending=False, na_position="last")
    assert found["firm_id"].tolist() == expected["firm_id"].tolist()
    assert found["rank"].fillna(0).tolist() == expected["rank"].fillna(0).tolist()


def test_integer_ids_are_in_the_order_of_texts():
    firms = pa.table({"firm_id": [9, 10, 100], "share": [0.5, 0.5, 0.5]})
    found = ranked(firms, np.array([0.5] * 3), {"firm_id": "ascending"})
    assert found["firm_id"].to_pylist() == [10, 100, 9]
    assert found["rank"].to_pylist() == [1, 1, 1]
