"""What is needed to reach a rank or a degree is the least that does: every smaller amount fails."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import connhub
from connhub.errors import OptionError
from connhub.measures.needed import AMOUNT_OF, needed_to_reach


def economy(amounts, official=None):
    """Firms 0, 1, ... of one region that sell so much outside, and buy so much inside."""
    ids = [str(i) for i in range(len(amounts))]
    firms = pa.table({"firm_id": [*ids, "out"], "prefecture_code": ["15"] * len(ids) + ["13"]})
    trade = pa.table({"seller_id": [*ids, *ids[:1] * len(ids)], "buyer_id": ["out"] * len(ids) + ids,
                      "amount": [*amounts, *amounts]})  # fmt: skip
    return connhub.analyze(trade, firms, self_trade="include", region_totals=official).degrees


def with_amount(amounts, firm, amount):
    return [amount if i == firm else x for i, x in enumerate(amounts)]


AMOUNTS = st.lists(st.integers(0, 30), min_size=1, max_size=6)


@settings(max_examples=15)
@given(AMOUNTS, st.data())
def test_no_smaller_amount_reaches_the_rank(amounts, data):
    firm = data.draw(st.integers(0, len(amounts) - 1))
    rank = data.draw(st.integers(1, len(amounts)))
    others = [x for i, x in enumerate(amounts) if i != firm]

    def reached(amount):
        return 1 + sum(x > amount for x in others) <= rank

    degrees = economy(amounts)
    for by in AMOUNT_OF:
        found = needed_to_reach(degrees, [str(firm)], by=by, rank=rank).iloc[0]
        assert found["now"] == amounts[firm]
        assert reached(found["needed"])
        assert found["needed"] == 0 or not reached(found["needed"] - 1)
        assert found["more"] == max(0, found["needed"] - amounts[firm])


@settings(max_examples=15)
@given(AMOUNTS, st.sampled_from([0.01, 0.1, 0.25, 0.5, 0.9]), st.data())
def test_no_smaller_amount_reaches_the_degree(amounts, degree, data):
    """By trying all amounts."""
    firm = data.draw(st.integers(0, len(amounts) - 1))
    rest = sum(amounts) - amounts[firm]
    wanted = next((s for s in range(2000) if rest and s >= degree * (rest + s) - 1e-9), None)
    for by in AMOUNT_OF:
        found = needed_to_reach(economy(amounts), [str(firm)], by=by, degree=degree).iloc[0]
        assert (
            found["needed"] is wanted
            or found["needed"] == wanted
            or (wanted is None and found.isna()["needed"])
        )


def test_an_official_sum_stays():
    official = pa.table({"region": ["15"], "out_of_region_sales": [1001],
                         "in_region_purchases": pa.nulls(1, pa.int64())})  # fmt: skip
    found = needed_to_reach(economy([60, 40], official), ["1"], degree=0.1).iloc[0]
    assert found["needed"] == 101
    assert found["more"] == 61


def test_several_firms_in_the_order_given():
    found = needed_to_reach(economy([60, 40, 10]), ["2", "0"], rank=2)
    assert found["firm_id"].tolist() == ["2", "0"]
    assert found["needed"].tolist() == [40, 10]
    assert found["more"].tolist() == [30, 0]
    assert found.attrs["label"] == "counted"
    none = needed_to_reach(economy([60, 40]), ["0"], rank=3)
    assert np.array_equal(none["needed"].isna(), [True])


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({}, "measures.rank_or_degree"),
        ({"rank": 1, "degree": 0.1}, "measures.rank_or_degree"),
        ({"rank": 0}, "errors.out_of_range"),
        ({"degree": 1.0}, "measures.degree_to_reach"),
        ({"degree": 0}, "measures.degree_to_reach"),
        ({"rank": 1, "firms": ["out of sight"]}, "measures.no_degrees_of"),
    ],
    ids=str,
)
def test_what_cannot_be_asked(options, kind):
    with pytest.raises(OptionError) as caught:
        needed_to_reach(economy([6, 4]), options.pop("firms", ["0"]), **options)
    assert caught.value.faults[0].kind == kind


def test_a_row_for_each_firm_in_the_order_given():
    found = needed_to_reach(economy([5, 9, 7]), [2, 0], rank=1)
    assert list(found.columns) == [
        *("firm_id", "name", "region", "degree", "now", "needed", "more"),
    ]
    assert found.index.tolist() == [0, 1]
    assert found["firm_id"].astype(str).tolist() == ["2", "0"]
    assert found["more"].tolist() == (found["needed"] - found["now"]).tolist()


@pytest.mark.parametrize("rank", [0, -1, 1.0, True])
def test_ranks_begin_at_one(rank):
    with pytest.raises(OptionError) as caught:
        needed_to_reach(economy([5, 9]), [0], rank=rank)
    if type(rank) is int:
        (fault,) = caught.value.faults
        assert (fault.values["value"], fault.values["least"]) == (rank, 1)
