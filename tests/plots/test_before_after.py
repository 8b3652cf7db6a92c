"""Before and after: places of dots are the degrees, ranges reach from low to high."""

import pytest

import connhub
from connhub.errors import OptionError
from connhub.plots import before_after
from connhub.scenario import Arrival, Departure, Scenario
from tests.plots.builders import layer_rows, notes
from tests.scenario.builders import analysis, deal_rows, firm_columns, firm_rows


def change(*events, **options):
    firms = firm_rows(4)
    return connhub.what_if(
        analysis(deal_rows(4), firms), Scenario(events), firm_columns(firms), **options
    )


NEW = Arrival("new", "15", 10**7, 10**7, name="新工場", displaces=0.5)


def test_dots_are_degrees_and_ranges_reach_from_low_to_high():
    found = change(NEW, draws=9)
    for degree in ("connector_degree", "hub_degree"):
        picture = before_after(found, of_region="新潟", degree=degree, n=5)
        rows = found.frame[(found.frame["region"] == "15") & (found.frame["degree"] == degree)]
        moved = (rows["after"] - rows["before"]).abs().nlargest(5).index
        rows = rows.loc[moved]
        layers = layer_rows(picture.spec)
        ranges, rings, dots = layers[4], layers[6], layers[7]
        by = 380 / rows[["before", "after", "high"]].max().max()
        assert [r["x"] for r in rings] == pytest.approx((rows["before"] * by).tolist())
        assert [r["x"] for r in dots] == pytest.approx((rows["after"] * by).tolist())
        assert [r["x"] for r in ranges] == pytest.approx((rows["low"] * by).tolist())
        assert rows["firm_id"].iloc[0] == "new"
        assert dots[0]["firm"].startswith("新工場")


def test_it_says_what_is_modelled_and_what_the_region_trades():
    picture = before_after(change(NEW), of_region="15", lang="en")
    assert repr(picture) == "Picture: Niigata: before and after the scenario (connector degree)"
    assert "Modelled" in notes(picture)
    assert "In-region transactions" in notes(picture)
    assert any(row["t"].startswith("no rank → rank ") for row in layer_rows(picture.spec)[-1])


def test_a_region_in_which_nothing_changes_is_told_so():
    rows = [("f0", "f1", 5, None, None), ("f1", "f0", 5, None, None)]
    firms = [dict(firm, prefecture_code="13", country_code=None) for firm in firm_rows(4)]
    scenario = Scenario([Departure("f0")])
    found = connhub.what_if(analysis(rows, firms), scenario, firm_columns(firms))
    assert not before_after(found, of_region="15").shows


def test_what_cannot_be_asked():
    found = change(NEW)
    for wrong in ({"of_region": "nowhere"}, {"of_region": "15", "degree": "both"}):
        with pytest.raises(OptionError):
            before_after(found, **wrong)


def test_a_change_that_the_sums_do_not_show_is_told_apart():
    rows = [("f0", "f1", 10**12, None, None), ("f2", "f1", 10**6, None, None)]
    rows.append(("f0", "f3", 10**6, None, None))
    firms = [
        dict(firm, prefecture_code="15" if i < 3 else "13", country_code=None)
        for i, firm in enumerate(firm_rows(4))
    ]
    scenario = Scenario([Departure("f2")])
    found = connhub.what_if(analysis(rows, firms), scenario, firm_columns(firms))
    said = notes(before_after(found, of_region="15", degree="hub_degree", lang="en"))
    assert "In-region transactions 1,000 billion yen: change -0.00100 billion yen" in said
