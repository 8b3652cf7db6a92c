"""Totals form a group, and follow when firms come behind the others or go."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import connhub
from connhub.errors import OptionError
from connhub.totals.coded_rows import total_coded
from tests.builders import firm_table, transaction_table
from tests.totals.builders import GRAINS, same, totals

OLD = {"a": "15", "b": "15", "c": "13", "d": "27"}
MORE = {"x": "13", "y": "15"}
IDS = [*OLD, *MORE, "stranger"]
rows = st.lists(
    st.tuples(st.sampled_from(IDS), st.sampled_from(IDS), st.integers(-9, 99)), max_size=12
)


def of(deals, firms, grain, **options):
    return totals(
        transaction_table(*deals), connhub.read_firms(firm_table(**firms)), grain, **options
    )


@pytest.mark.slow
@settings(max_examples=40)
@given(rows, rows)
def test_minus_undoes_plus(some, others):
    for grain in GRAINS:
        one, other = of(some, OLD | MORE, grain), of(others, OLD | MORE, grain)
        rest = (one + other) - other
        assert same(rest, one)
        assert (rest.read_rows, rest.read_amount, rest.magnitude) == (
            one.read_rows, one.read_amount, one.magnitude,
        )  # fmt: skip
        assert rest.to_ledger().rows == one.to_ledger().rows


@pytest.mark.slow
@settings(max_examples=40)
@given(rows)
def test_a_longer_firm_table_gives_what_adding_up_with_it_gives(deals):
    deals = [d for d in deals if not {*d[:2]} & {*MORE}]
    short, long = (connhub.read_firms(firm_table(**f)) for f in (OLD, OLD | MORE))
    for grain in GRAINS:
        before, after = of(deals, OLD, grain), of(deals, OLD | MORE, grain)
        grown = before.with_firms(short, long)
        assert same(grown, after)
        assert grown.key == after.key
        assert same(grown.with_firms(long, short), before)


@pytest.mark.parametrize("grain", GRAINS)
def test_a_firm_may_bring_a_new_region_between_the_others(grain):
    """Regions of a column of the user are sorted: b comes between a and c."""
    old = pa.table({"firm_id": ["1", "2"], "zone": ["a", "c"]})
    new = pa.table({"firm_id": ["1", "2", "3"], "zone": ["a", "c", "b"]})
    short, long = (connhub.read_firms(t, region="zone") for t in (old, new))
    deals = transaction_table(("1", "2", 5), ("2", "1", 3), ("9", "1", 2))
    before, after = totals(deals, short, grain), totals(deals, long, grain)
    grown = before.with_firms(short, long)
    assert same(grown, after)
    assert grown.key == after.key
    assert same(grown.with_firms(long, short), before)


@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize(
    "removed",
    [
        [("a", "b", 5), ("a", "b", 5)],  # once more than it is there
        [("a", "b", 4)],  # money would stay without a transaction
        [("b", "d", 1)],
        [("stranger", "a", 1)],
    ],
    ids=str,
)
def test_rows_that_are_not_there_cannot_be_taken_off(grain, removed):
    base = of([("a", "b", 5), ("c", "d", 7)], OLD, grain)
    with pytest.raises(OptionError) as caught:
        _ = base - of(removed, OLD, grain)
    assert caught.value.faults[0].kind == "totals.rows_not_there"


def test_a_firm_that_still_trades_does_not_go():
    short, long = (connhub.read_firms(firm_table(**f)) for f in (OLD, OLD | MORE))
    for grain in GRAINS:
        with pytest.raises(OptionError) as caught:
            of([("x", "a", 5)], OLD | MORE, grain).with_firms(long, short)
        assert caught.value.faults[0].kind == "totals.firms_still_trade"


@pytest.mark.parametrize(
    "others", [{"b": "15", "a": "15"}, {**OLD, "a": "13"}], ids=["order", "region"]
)
def test_firms_are_neither_renamed_nor_moved(others):
    short, long = (connhub.read_firms(firm_table(**f)) for f in (OLD, others))
    with pytest.raises(OptionError) as caught:
        of([("a", "b", 5)], OLD, "firms").with_firms(short, long)
    assert caught.value.faults[0].kind == "totals.other_firms"


@settings(max_examples=40)
@given(rows)
def test_rows_given_by_node_count_as_the_rows_of_a_table(deals):
    """Without returns, the pairs of a table as coded rows are the table."""
    deals = [(s, b, abs(x)) for s, b, x in deals]
    firms = connhub.read_firms(firm_table(**OLD))
    pairs = of(deals, OLD, "pairs")
    seller, buyer = pairs.cells.split(pairs.nodes(firms))
    for grain in GRAINS:
        whole = of(deals, OLD, grain)
        kept = whole.ledger[:2]
        coded = total_coded(
            seller, buyer, pairs.cells.amount, pairs.cells.counts, firms=firms, like=whole
        )
        assert np.array_equal(coded.firms, whole.firms)
        assert np.array_equal(coded.flows, whole.flows)
        assert np.array_equal(coded.ledger[:2], kept)
        assert coded.key == whole.key


def test_estimated_amounts_follow_the_firms():
    fewer = connhub.read_firms(firm_table(a="13", b="13", c="27"))
    more = connhub.read_firms(firm_table(a="13", b="13", c="27", d="01"))
    deals = transaction_table(("a", "b", 5), ("a", "c", 30), ("c", "a", -2))
    table = deals.append_column("estimated", [[False, True, True]])
    found = connhub.total(table, fewer).with_firms(fewer, more)
    assert found.estimated.tolist() == connhub.total(table, more).estimated.tolist()
    assert found.with_firms(more, fewer).estimated.tolist() == [[30, -2], [0, 0], [-2, 30]]
