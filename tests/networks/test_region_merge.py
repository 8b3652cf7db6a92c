"""Merged regions, against an analysis of them as one."""

import numpy as np
import pytest

import connhub
from connhub.errors import OptionError
from connhub.networks import evaluate_region
from tests.networks.builders import OUTSIDE, economy


@pytest.mark.parametrize("grain", ["firms_by_region", "pairs"])
@pytest.mark.parametrize("seed", range(3))
def test_merged_regions_equal_an_analysis_of_them_as_one(seed, grain):
    transactions, firms = economy(seed)
    options = {"self_trade": "include", **OUTSIDE}
    before = connhub.analyze(transactions, firms, grain=grain, **options)
    members = ["15", "16", "17"]
    after = connhub.analyze(transactions, firms, region=dict.fromkeys(members, "北陸"), **options)
    found = evaluate_region(members, before)
    one = found.firms.set_index("firm_id").sort_index()
    for name, source in (("", before), ("wide_", after)):
        wanted = source.degrees.frame.set_index("firm_id").loc[one.index]
        for column in ("out_of_region_sales", "in_region_purchases"):
            assert one[name + column].tolist() == wanted[column].tolist()
        for column in ("connector_degree", "hub_degree"):
            left, right = one[name + column], wanted[column]
            np.testing.assert_allclose(left.to_numpy(), right.to_numpy(), rtol=1e-15)
    flow = before.linkages.matrix().loc[members, members].to_numpy()
    internal = int(flow.sum() - np.trace(flow))
    last = found.summary.iloc[-1]
    assert last["becomes_internal"] == last["purchases_become_internal"] == internal
    assert last["out_of_region_sales"] - internal == sum(
        after.linkages.frame.query("seller_region == '北陸'")["amount"]
    )
    changes = one.loc[found.firms["firm_id"], ["connector_degree", "hub_degree"]].fillna(0)
    wide = one.loc[found.firms["firm_id"], ["wide_connector_degree", "wide_hub_degree"]].fillna(0)
    size = np.abs(wide.to_numpy() - changes.to_numpy()).max(axis=1)
    assert (np.diff(size) <= 0).all()


def test_regions_that_cannot_be_merged(result):
    with pytest.raises(OptionError, match="two or more"):
        evaluate_region(["15", "15"], result)
    with pytest.raises(OptionError, match="members= cannot be of type 'str'"):
        evaluate_region("15", result)
    with pytest.raises(OptionError, match="no region '48'"):
        evaluate_region(["15", "48"], result)
    with pytest.raises(OptionError, match="'overseas' cannot be part"):
        evaluate_region(["15", "海外"], result)
    with pytest.raises(OptionError, match="firms_by_region"):
        evaluate_region(["15", "16"], connhub.analyze(*economy(), **OUTSIDE))


def test_regions_are_found_by_name(result):
    by_code = evaluate_region(["15", "16"], result)
    by_name = evaluate_region(["新潟", "Toyama", "富山県"], result)
    assert by_name.members == by_code.members == ("15", "16")
    assert by_name.summary.equals(by_code.summary)
    assert by_name.firms.equals(by_code.firms)
