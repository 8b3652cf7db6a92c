"""How a question to a ripple finds its firm or region, or says why it does not."""

import pytest

from connhub.errors import OptionError
from connhub.measures.degrees import degrees
from connhub.measures.ripple import ripple
from connhub.measures.trade import trade
from tests.measures.economies import DEALS, economy, four_firms


def test_a_ripple_of_a_region_knows_its_firms_alone():
    of_region = four_firms(of_region="新潟")
    assert of_region.tiers("c").equals(four_firms().tiers("c"))
    assert of_region.name_of("c")[1] == "c"
    with pytest.raises(OptionError, match="'o' is not in 'Niigata'"):
        of_region.tiers("o")
    with pytest.raises(OptionError, match="of 'Niigata', not of 'Tokyo'"):
        of_region.tiers(of_region="東京")
    with pytest.raises(OptionError, match="of 'Niigata', not of 'Tokyo'"):
        of_region.losses(of_region="東京")


def test_firms_of_another_region_are_not_taken_for_neighbours():
    totals, firms = economy(2, n=20, m=150)
    whole = ripple(trade(totals, firms), degrees(totals, firms), firms)
    listed = whole.frame.groupby("region")["firm_id"].first()
    here, there = listed["13"], listed["15"]
    assert whole.systemic_risk([here], of_region="13")["firm_id"].tolist() in ([here], [])
    with pytest.raises(OptionError, match=f"'{there}' is not in"):
        whole.systemic_risk([here, there], of_region="13")


def test_one_of_firm_and_region_is_followed():
    for arguments in ({}, {"firm": "c", "of_region": "15"}):
        with pytest.raises(OptionError, match="one firm or one region"):
            four_firms().tiers(**arguments)


def test_a_region_has_exports_where_a_firm_of_it_sells_outside():
    assert four_firms().has_exports("15")
    at_home = four_firms(deals=[deal for deal in DEALS if deal[0] != "c"])
    assert not at_home.has_exports("15")
    assert at_home.has_exports("13")


def test_outputs_and_names_are_found_by_id():
    result = four_firms()
    frame = result.frame.set_index("firm_id")
    ids = frame.index.tolist()[::-1]
    assert result.outputs(ids).tolist() == frame["output"][ids].tolist()
    with pytest.raises(OptionError):
        result.outputs(["nobody"])
