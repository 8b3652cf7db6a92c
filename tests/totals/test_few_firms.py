"""What concerns a few firms is worked out for them alone, and put back."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import connhub
from connhub.intake.id_lookup import IdLookup
from connhub.totals.few_firms import Few
from tests.builders import firm_table, transaction_table
from tests.totals.builders import GRAINS, totals

PLACES = {"a": "15", "b": "15", "c": "13", "d": "27", "x": "13", "y": "15"}
IDS = [*PLACES, "stranger"]
rows = st.lists(
    st.tuples(st.sampled_from(IDS), st.sampled_from(IDS), st.integers(-9, 99)), max_size=12
)


@pytest.mark.slow
@settings(max_examples=40)
@given(rows, rows)
def test_what_concerns_a_few_firms_is_added_up_for_them_alone(others, moved):
    """Sums by firm, cells, and all the rest are those of the whole firm table."""
    groups = dict.fromkeys(PLACES, None) | {"b": "g", "x": "g"}
    firms = connhub.read_firms(firm_table(**PLACES).append_column("group_id", [[*groups.values()]]))
    ids = [*PLACES]
    known = {i for deal in moved for i in deal[:2]} - {"stranger"}
    few = Few(firms, np.array(sorted(ids.index(i) for i in known), dtype=np.int64))
    lookup, _ = IdLookup.build(few.table.table["firm_id"].combine_chunks())
    table = replace(few.table, lookup=lookup)
    deals, options = transaction_table(*moved), {"intragroup": "exclude"}
    for grain in GRAINS:
        base = totals(transaction_table(*others, *moved), firms, grain, **options)
        less, rest = (
            totals(t, firms, grain, **options) for t in (deals, transaction_table(*others))
        )
        small = totals(deals, table, grain, **options)
        assert np.array_equal(small.firms, few.of(less).firms)
        if grain != "firms":
            cells = few.cells_of_all(small.cells)
            for name in ("key", "amount", "counts"):
                assert np.array_equal(getattr(cells, name), getattr(less.cells, name))
        itself = Few(few.table, np.arange(len(known)))
        edited = few.put(few.of(base) - itself.of(small), base)
        for name in ("firms", "flows", "ledger", "excluded"):
            assert np.array_equal(getattr(edited, name), getattr(rest, name)), name


def test_estimated_amounts_follow_the_firms():
    firms = connhub.read_firms(firm_table(a="13", b="13", c="27", d="01"))
    deals = transaction_table(("a", "b", 5), ("a", "c", 30), ("c", "a", -2))
    found = connhub.total(deals.append_column("estimated", [[False, True, True]]), firms)
    plain, few = connhub.total(deals, firms), Few(firms, np.array([0, 3]))
    assert few.of(found).estimated.tolist() == [[30, -2], [0, 0]]
    assert few.put(few.of(found), found).estimated.tolist() == found.estimated.tolist()
    assert few.put(few.of(found), plain).estimated.tolist() == [[30, -2], [0, 0], [0, 0], [0, 0]]
    assert not few.of(plain).estimated.size
