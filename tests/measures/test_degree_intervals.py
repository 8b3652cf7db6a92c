from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from connhub.intake.firm_table import read_firms
from connhub.measures.degree_intervals import degree_intervals, draw_degrees
from connhub.measures.degrees import degrees
from connhub.totals.threads import total

FIRMS = read_firms(pa.table({"firm_id": list("abz"), "prefecture_code": ["13", "13", "27"]}))
TOTALS = total(
    pa.table({"seller_id": list("ab"), "buyer_id": ["z", "z"], "amount": [30, 10]}), FIRMS
)
NONE = np.zeros(3, dtype=np.int64)
DRAWS = [(np.array([x, 0, 0]), NONE) for x in range(101)]
"""Of the 30 that a sells, all is estimated: from 0 to 100."""
ESTIMATE = (np.array([30, 0, 0]), NONE)


def drawn(draws):
    return SimpleNamespace(count=len(draws), estimate=lambda: ESTIMATE, take=lambda n: draws[:n])


def test_intervals_are_quantiles_of_shares_whose_denominator_is_drawn_too():
    found = degree_intervals(TOTALS, FIRMS, drawn(DRAWS))
    assert found["connector_degree_low"][:2] == pytest.approx([5 / 15, 10 / 105], rel=1e-6)
    assert found["connector_degree_high"][:2] == pytest.approx([95 / 105, 10 / 15], rel=1e-6)
    assert np.isnan(found["connector_degree_low"][2])
    assert np.isnan(found["hub_degree_high"]).all()


def test_an_official_denominator_is_not_drawn():
    official = pa.table(
        {"region": ["13"], "out_of_region_sales": [400], "in_region_purchases": [None]}
    )
    found = degree_intervals(TOTALS, FIRMS, drawn(DRAWS), region_totals=official)
    assert found["connector_degree_low"][:2] == pytest.approx([5 / 400, 10 / 400])
    assert found["connector_degree_high"][:2] == pytest.approx([95 / 400, 10 / 400])


def test_a_firm_abroad_or_of_no_region_has_no_interval():
    firms = read_firms(
        pa.table(
            {
                "firm_id": ["a", "b", "us", "no"],
                "prefecture_code": ["13", "27", None, None],
                "country_code": [None, None, "US", None],
            }
        )
    )
    trade = pa.table(
        {"seller_id": ["a", "us", "no"], "buyer_id": ["b", "a", "a"], "amount": [30, 10, 20]}
    )
    totals = total(trade, firms, unknown_region="outside")
    none = np.zeros(4, dtype=np.int64)
    draws = [(np.array([x, 0, x, x]), none) for x in range(1, 20)]
    estimate = np.array([30, 0, 10, 20]), none
    drawn = SimpleNamespace(count=19, estimate=lambda: estimate, take=lambda n: draws[:n])
    found = degree_intervals(totals, firms, drawn)
    assert found["connector_degree_low"].tolist()[0] == 1
    assert np.isnan(found["connector_degree_low"][2:]).all()
    assert np.isnan(found["connector_degree_high"][2:]).all()


def test_an_interval_holds_the_degree_itself():
    far = [(np.array([1000, 0, 0]), NONE)] * 3
    found = degree_intervals(TOTALS, FIRMS, drawn(far))
    assert found["connector_degree_low"][0] == pytest.approx(0.75)


def test_drawn_degrees_are_those_of_the_drawn_amounts():
    drawn = draw_degrees(degrees(TOTALS, FIRMS), ESTIMATE, DRAWS[:2]).to_pandas()
    assert drawn["draw"].tolist() == [0, 0, 0, 1, 1, 1]
    assert drawn["connector_degree"].tolist()[:5] == pytest.approx(
        [0, 1, np.nan, 1 / 11, 10 / 11], nan_ok=True
    )
