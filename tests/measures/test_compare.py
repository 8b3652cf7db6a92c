"""Comparing two years: what is refused, and firm totals."""

import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.compare import compare
from tests.builders import FIRM_TOTALS
from tests.measures.two_years import two_years


def test_years_must_differ_and_the_way_of_counting_must_not():
    before, after, firms = two_years(1)
    assert compare(before, after, firms).years == ("2023", "2024")
    with pytest.raises(OptionError, match="2023 are counted twice"):
        compare(before, before)
    coarse, _, _ = two_years(1, grain="firms")
    with pytest.raises(OptionError, match="grain: firms / pairs"):
        compare(coarse, after)


def test_firm_totals_of_two_surveys_are_compared():
    result = connhub.analyze_firm_totals(FIRM_TOTALS, missing_amount="exclude")
    change = compare(result, result)
    assert (change.degrees()["change"].dropna() == 0).all()
    assert change.years == ("", "")
    assert (change.regions["change"] == 0).all()
    assert change.regions["deals_before"].isna().all()
