"""Amounts at a finer resolution: the same pictures, but for the money that people read.

The analysis of amounts x at resolution 1 and of x/100 at resolution 0.01 holds the same integers.
So their pictures agree in every position, share, rank and shade; what is written as money, and
the scale of a legend of money, differs by the factor 100.
"""

from decimal import Decimal

import pyarrow as pa
import pytest

import connhub
from connhub import plots
from tests.plots.builders import DEALS, FIRMS, pictures_of
from tests.shown_money import differences

WITHOUT_MONEY = {"rank_slope", "ripple_tiers", "stability"}
NAMES = [name for name in plots.__all__ if name != "Picture"]


def analyzed(parts):
    """Result and selection of the small economy, its amounts divided by `parts`."""

    def divided(amounts):
        return pa.array([Decimal(a) / parts for a in amounts], pa.decimal128(18, 2))

    sellers, buyers, amounts = zip(*DEALS, strict=True)
    trade = pa.table({"seller_id": sellers, "buyer_id": buyers, "amount": divided(amounts)})
    resolution = "1" if parts == 1 else "0.01"
    options = {"unit": "EUR", "resolution": Decimal(resolution)}
    result = connhub.analyze(trade, FIRMS, grain="pairs", progress=False, **options)
    years = [2023, 2024, 2025]
    firm_ids = [f"t{i}" for i in range(6)]
    profits = [1_000 * (i + 1) + 100 * k for i in range(6) for k in range(3)]
    financials = pa.table(
        {
            "firm_id": [f for f in firm_ids for _ in years],
            "year": years * 6,
            "operating_profit": divided(profits),
            "employees": [10 + i for i in range(6) for _ in years],
        }
    )
    selection = result.select(
        FIRMS,
        financials=financials,
        scheme="historical-fy2019",
        per_region=2,
    )
    return result, selection


@pytest.fixture(scope="module", params=["ja", "en"])
def both(request):
    """All pictures at both resolutions."""
    return [
        pictures_of(*analyzed(parts), of_region="13", firm_id="t0", lang=request.param)
        for parts in (1, 100)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_pictures_differ_by_the_money_they_show_alone(both, name):
    one, other = (pictures[name].spec for pictures in both)
    found = list(differences(one, other))
    assert bool(found) != (name in WITHOUT_MONEY)
    for whole, cents in found:
        assert whole == pytest.approx(100 * cents, rel=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_shows_something(both, name):
    assert all(pictures[name].shows for pictures in both)
