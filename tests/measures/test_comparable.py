"""What may not be compared, and why."""

import pytest

from connhub.errors import OptionError
from connhub.measures.comparable import refuse_unlike, years_of
from tests.builders import analyzed
from tests.measures.two_years import two_years, year


def test_all_differences_are_listed():
    before, _, _ = two_years(1)
    deals, firms = year(1, 2024)
    other = analyzed(deals, firms, unknown_firm="outside", self_trade="include", region="block")
    with pytest.raises(OptionError) as error:
        refuse_unlike([before, other])
    text = str(error.value)
    for part in (
        "region: prefecture / block",
        "grain: pairs / firms",
        "self_trade: exclude / include",
    ):
        assert part in text
    assert "regions: 47" in text
    text = error.value.faults[0].text("ja")
    for part in (
        "自己取引(self_trade): exclude / include",
        "地域の数: 47 / ",
        "合計の細かさ(grain)",
    ):
        assert part in text
    cents = analyzed(deals, firms, grain="pairs", unknown_firm="outside", resolution="0.01")
    with pytest.raises(OptionError, match="resolution"):
        refuse_unlike([before, cents])


def test_years_that_overlap_are_refused():
    before, after, _ = two_years(1)
    assert (years_of(before), years_of(after)) == ((2023,), (2024,))
    refuse_unlike([before, after])
    with pytest.raises(OptionError, match="2024 are counted twice"):
        refuse_unlike([before, after, after])
