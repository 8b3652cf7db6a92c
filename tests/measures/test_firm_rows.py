"""Firms are found by id alike, whether a lookup is built for it or not."""

import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub.measures import firm_rows


def degrees(ids):
    firms = pa.table({"firm_id": ids, "prefecture_code": ["13"] * len(ids)})
    deals = pa.table({"seller_id": [ids[0]], "buyer_id": [ids[1]], "amount": [5]})
    return connhub.analyze(deals, firms).degrees


def columns(values):
    """The same values as columns of several kinds."""
    plain = pa.array(values)
    return [
        plain,
        pa.chunked_array([plain[:2], plain[2:]]),
        plain.dictionary_encode(),
        pa.chunked_array([plain[:2].dictionary_encode(), plain[2:].dictionary_encode()]),
    ]


@pytest.mark.parametrize("many", [0, 100_000], ids=["lookup", "no lookup"])
@pytest.mark.parametrize(
    ("ids", "asked"),
    [
        (["7", "007", "x", "-3", "9223372036854775808"], ["x", None, "7", "0", "007", "x", "-3"]),
        (["7", "007", "x"], [7, None, 8, 7]),
        ([7, 5, -3], [-3, None, 5, 6, 7]),
        ([7, 5, -3], ["-3", None, "05", "5", "x"]),
    ],
    ids=["texts", "integers among texts", "integers", "texts among integers"],
)
def test_rows_are_those_that_a_loop_finds(monkeypatch, many, ids, asked):
    monkeypatch.setattr(firm_rows, "_MANY", many)
    found = degrees(ids)
    row = {str(firm): i for i, firm in enumerate(found.frame["firm_id"])}
    assert sorted(row.values()) == list(range(len(ids)))
    expected = [row.get(str(firm), -1) for firm in asked]
    for column in columns(asked):
        rows = found.rows_of(column)
        assert rows.dtype == np.int32
        assert rows.tolist() == expected
    given = [firm for firm in asked if firm is not None]
    assert found.rows_of(given).tolist() == [row.get(str(firm), -1) for firm in given]
