"""Which deals a figure of a firm is made of, and whose they are."""

import numpy as np
import pytest

import connhub
from connhub.selection.pairs import AMOUNTS, Pairs
from tests.measures.builders import FIRMS, transactions

#                  0  1   2  3  4   5
SELLER = np.array([0, 1, 2, -1, 0, -1], dtype=np.int32)  # -1: without degrees
BUYER = np.array([1, 0, -1, 2, -1, -1], dtype=np.int32)
PAIRS = Pairs(
    SELLER,
    BUYER,
    np.array([10, 20, 30, 40, 50, 60]),
    np.array([True, False, False, False, False, True]),  # inside a region
    np.array([False, False, True, False, False, False]),  # abroad
)


@pytest.mark.parametrize(
    ("amount", "pair", "firm"),
    [
        ("sales", [0, 1, 2, 4], [0, 1, 2, 0]),
        ("purchases", [0, 1, 3], [1, 0, 2]),
        ("out_of_region_sales", [1, 2, 4], [1, 2, 0]),
        ("in_region_purchases", [0], [1]),
        ("overseas_sales", [2], [2]),
    ],
)
def test_the_deals_of_an_amount_and_whose_they_are(amount, pair, firm):
    found, owner = PAIRS.owner(amount)
    assert (found.tolist(), owner.tolist()) == (pair, firm)


def test_the_sums_of_the_deals_are_the_amounts_of_the_firms():
    """Of an economy with a firm abroad, one nowhere, and one that the table lacks."""
    result = connhub.analyze(
        transactions(), FIRMS, grain="pairs", unknown_firm="outside", unknown_region="outside"
    )
    pairs = Pairs.of(result.trade, result.degrees)
    frame = result.degrees.frame
    for amount in AMOUNTS:
        sums = np.zeros(len(frame), dtype=np.int64)
        deals, owner = pairs.owner(amount)
        np.add.at(sums, owner, pairs.amount[deals])
        assert sums.tolist() == frame[amount].tolist(), amount
    assert frame["overseas_sales"].sum() == 20
