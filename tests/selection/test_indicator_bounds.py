"""Bounds of amounts and degrees, worked by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from connhub.errors import LimitError
from connhub.measures.bounds import Bounds, bonferroni_quantile
from connhub.measures.firm_flows import FirmFlows
from connhub.selection.indicator_bounds import Denominator, amount_bounds, degree_bounds
from connhub.selection.reported import Room

SALES = "out_of_region_sales"


def degrees(sales=(60, 40, 10), sums=(100, 100, 10)):
    """Two firms of one region, and one of another."""
    return SimpleNamespace(
        frame=pd.DataFrame({"region": ["13", "13", "27"], SALES: sales, f"region_{SALES}": sums})
    )


def room(*unexplained):
    bounded = np.ones(len(unexplained), dtype=bool)
    return Room(np.array(unexplained, dtype=np.int64), bounded, ~bounded, 0, 0)


def ends(bounds):
    return bounds.low.tolist(), bounds.high.tolist()


def test_what_may_be_missing_raises_the_upper_end():
    assert ends(amount_bounds(SALES, degrees())) == ([60, 40, 10], [60, 40, 10])
    assert ends(amount_bounds(SALES, degrees(), room=room(20, 0, 5))) == (
        [60, 40, 10],
        [80, 40, 15],
    )
    half = amount_bounds(SALES, degrees(), room=room(20, 0, 5), missing_share=0.5)
    assert ends(half) == ([60, 40, 10], [70, 40, 13])  # a half yen more is a yen


def test_errors_widen_to_both_sides_and_what_is_missing_comes_on_top():
    """The sales of each firm are one deal, with an error of its own size."""
    flows = FirmFlows(
        pd.DataFrame(index=range(3)),
        ("13", "27", "overseas", "unknown"),
        region=np.zeros(3, dtype=np.int64),
        seller=np.array([0, 1, 2], dtype=np.int32),
        buyer=np.full(3, -1, dtype=np.int32),
        seller_region=np.zeros(3, dtype=np.int32),
        buyer_region=np.ones(3, dtype=np.int32),
        amount=np.array([60, 40, 10]),
    )
    # V is half the square, the factor exp(z sqrt(ln 1.5)), with z of so many intervals
    for intervals in (1, 3):
        factor = np.exp(bonferroni_quantile(intervals) * np.sqrt(np.log(1.5)))
        options = {"flows": flows, "amount_error": 1.0, "intervals": intervals}
        found = amount_bounds(SALES, degrees(), **options)
        assert found.low == pytest.approx(np.array([60, 40, 10]) / factor)
        assert found.high == pytest.approx(np.array([60, 40, 10]) * factor)
        both = amount_bounds(SALES, degrees(), room=room(20, 0, 5), **options)
        assert both.low == pytest.approx(found.low)
        assert both.high == pytest.approx(found.high + [20, 0, 5])
    assert ends(amount_bounds(SALES, degrees(), flows=flows)) == ([60, 40, 10], [60, 40, 10])


def test_reports_that_are_too_large_to_add_up_are_refused():
    large = degrees((2**60, -(2**60), 0))
    assert amount_bounds(SALES, large, room=room(2**60, 2**60, 0)).high[0] == 2**61
    with pytest.raises(LimitError):
        amount_bounds(SALES, large, room=room(2**61, 2**60, 0))


def test_a_degree_moves_with_the_sum_unless_that_is_official():
    amounts = {SALES: Bounds(np.array([60, 40, 10]), np.array([70, 40, 10]))}
    found = degree_bounds(
        "connector_degree", amounts, Denominator.of("connector_degree", degrees())
    )
    assert found.low == pytest.approx([60 / 100, 40 / 110, 1])
    assert found.high == pytest.approx([70 / 110, 40 / 100, 1])
    official = degree_bounds(
        "connector_degree",
        amounts,
        Denominator.of("connector_degree", degrees(sums=(200, 200, 10))),
    )
    assert official.low == pytest.approx([60 / 200, 40 / 200, 1])
    assert official.high == pytest.approx([70 / 200, 40 / 200, 1])
