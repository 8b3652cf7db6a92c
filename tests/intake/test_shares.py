"""Percentages as people write them."""

from fractions import Fraction

import pyarrow as pa
import pytest

from connhub.intake.shares import parse_shares


def column(*cells, kind=None):
    return pa.chunked_array([pa.array(cells, kind)])


@pytest.mark.parametrize(
    ("cell", "share"),
    [
        ("35", Fraction(35, 100)),
        ("35%", Fraction(35, 100)),
        ("３５％", Fraction(35, 100)),
        (" 35.20 % ", Fraction(352, 1000)),
        ("0", Fraction(0)),
        ("▲5", Fraction(-5, 100)),
        ("120", Fraction(120, 100)),
        ("33.333333333333336", Fraction("0.33333333333333336")),
    ],
)
def test_what_is_a_percentage(cell, share):
    parsed = parse_shares(column(cell))
    assert parsed.values == (share,)
    assert not parsed.unreadable.any()


@pytest.mark.parametrize("cell", ["半分", "3割", "35/100", "1e1", "35%%", "%", "3,5", "#N/A"])
def test_what_is_none(cell):
    parsed = parse_shares(column(cell))
    assert parsed.values == (None,)
    assert parsed.unreadable.tolist() == [True]


@pytest.mark.parametrize("cell", ["", "  ", None])
def test_an_empty_cell_is_not_known(cell):
    parsed = parse_shares(column(cell, kind=pa.string()))
    assert parsed.known.tolist() == parsed.unreadable.tolist() == [False]


def test_numbers_of_every_type():
    assert parse_shares(column(0.1, None, float("nan"))).values == (Fraction(1, 1000), None, None)
    assert parse_shares(column(35, kind=pa.int8())).values == (Fraction(35, 100),)
    assert parse_shares(column(None, kind=pa.null())).values == (None,)
    assert parse_shares(column(True)).unreadable.tolist() == [True]


def test_fractions_where_they_are_asked_for():
    parsed = parse_shares(column("0.35", "35%"), "fraction")
    assert parsed.values == (Fraction(35, 100), Fraction(35, 100))


@pytest.mark.parametrize(
    ("cells", "all_small"),
    [
        (["0.35", "1"], True),
        (["0.35", "1.5"], False),
        (["0", "0"], False),
        (["0.35", "35%"], True),
        (["35%", "0.5%"], False),
    ],
)
def test_when_nothing_says_what_numbers_mean(cells, all_small):
    assert parse_shares(column(*cells)).all_small == all_small
