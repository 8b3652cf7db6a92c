"""Questions to a ripple: where money lands, systemic risk, and wrong questions."""

import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.degrees import degrees
from connhub.measures.ripple import ripple
from connhub.measures.trade import trade
from tests.measures.builders import transactions
from tests.measures.economies import DEALS, economy, four_firms

FIRMS = pa.table(
    {
        "firm_id": list("chsto"),
        "prefecture_code": ["15"] * 4 + ["13"],
        "municipality_code": ["15100", "15202", "15202", None, "13101"],
        "industry_code": ["2811", "2899", "0911", None, "01"],
    }
)

NEEDS = pd.DataFrame({"buyer_industry": ["28"], "seller_industry": ["28"], "kind": ["essential"]})


def placed(**options):
    """The four firms with places and industries."""
    firms = connhub.read_firms(FIRMS)
    totals = connhub.total(transactions(DEALS), firms, grain="pairs")
    return ripple(trade(totals, firms), degrees(totals, firms), firms, of_region="15", **options)


def test_a_yen_lands_in_places_and_industries():
    result = placed()
    by_firm = result.where("c").set_index("firm_id")
    by_place = result.where("c", by="municipality").set_index("municipality_code")
    assert by_place.loc["15100", "municipality_name"] == "新潟市"
    assert by_place.loc["15202", "turnover"] == pytest.approx(by_firm["turnover"][["h", "s"]].sum())
    assert by_place.loc["unknown", "turnover"] == pytest.approx(by_firm["turnover"]["t"])
    assert list(result.where("c", by="municipality").columns) == [
        *("municipality_code", "municipality_name", "turnover", "kept_or_unobserved", "leaked")
    ]
    by_industry = result.where("c", by="industry").set_index("industry_code")
    assert by_industry.index.tolist() == ["28", "09", "unknown"]
    for frame in (by_firm, by_place, by_industry):
        assert frame[["kept_or_unobserved", "leaked"]].to_numpy().sum() == pytest.approx(1)
        assert frame["turnover"].is_monotonic_decreasing


@pytest.mark.parametrize("seed", range(4))
def test_systemic_risk_as_a_range_and_with_a_table(seed):
    totals, firms = economy(seed, n=20, m=150)
    result = ripple(trade(totals, firms), degrees(totals, firms), firms, of_region="13")
    span = result.systemic_risk()
    assert (span["esri_low"] <= span["esri_high"] + 1e-7).all()
    assert span["esri_high"].is_monotonic_decreasing
    assert (span["sales_in_region"] > 0).all()  # nobody depends on the others
    assert span.attrs["unit"] == "円"
    chosen = span["firm_id"].tolist()[1:3]
    some = result.systemic_risk(chosen)
    assert some.equals(span[span["firm_id"].isin(chosen)].reset_index(drop=True))
    exact = result.systemic_risk(essential_inputs=NEEDS).set_index("firm_id")["esri"]
    wide = span.set_index("firm_id").reindex(exact.index)
    assert (exact >= wide["esri_low"] - 1e-7).all()
    assert (exact <= wide["esri_high"] + 1e-7).all()


def test_every_frame_says_that_it_is_modelled_and_the_notes_come_first():
    result = placed()
    frames = [
        *(result.frame, result.regions, result.tiers(), result.where("c"), result.loss("c")),
        *(result.depends_on("h"), result.dependents("c"), result.losses(), result.systemic_risk()),
    ]
    for frame in frames:
        assert frame.attrs == {"unit": "円", "label": "modelled"}
    note = four_firms(net_sales=None)
    assert repr(note).startswith("! ")
    assert "raised to their purchases" in repr(note)
    assert "raised to their purchases" in note._repr_html_()


def test_wrong_questions_are_answered_with_what_to_do():
    result = four_firms()
    with pytest.raises(OptionError, match="no firm 'x'"):
        result.tiers("x")
    with pytest.raises(OptionError, match="one firm or one region"):
        result.tiers()
    with pytest.raises(OptionError, match="no out-of-region sales"):
        four_firms(deals=DEALS[:-1], of_region="15").tiers()
    with pytest.raises(OptionError, match="which region"):
        result.systemic_risk()
    with pytest.raises(OptionError, match="n=0"):
        result.losses(n=0)
    with pytest.raises(OptionError, match="industry_code"):
        result.systemic_risk(of_region="15")
    with pytest.raises(OptionError, match="by='town'"):
        result.where("c", by="town")
    with pytest.raises(OptionError, match="kinds 'vital'"):
        placed().systemic_risk(essential_inputs=NEEDS.assign(kind="vital"))
    with pytest.raises(OptionError, match="no column 'kind'"):
        placed().systemic_risk(essential_inputs=NEEDS.drop(columns="kind"))


def test_shares_are_of_the_turnover_even_of_one_yen():
    result = four_firms(net_sales=None, deals=[("h", "c", 1), ("c", "o", 1)], of_region="15")
    lost = result.loss("c").set_index("firm_id")
    assert lost["lost_turnover"].to_dict() == {"c": 1, "h": 1}
    assert lost["share"].to_dict() == {"c": 1.0, "h": 1.0}  # h lives of c alone
    alone = four_firms(net_sales=None, deals=[("c", "o", 1)])
    assert alone.frame.set_index("firm_id").loc["c", "share_of_region"] == 1.0
    niigata = alone.regions.set_index("region").loc["15"]
    assert (niigata["multiplier"], niigata["raised_share"]) == (1.0, 0.0)


def test_what_a_firm_sells_directly_is_a_share_of_its_turnover():
    """h has a turnover of 600; it sells 400 to c and 20 to t."""
    direct = four_firms().depends_on("h").set_index("firm_id")["direct"]
    assert direct[direct > 0].to_dict() == pytest.approx({"c": 400 / 600, "t": 20 / 600})


@pytest.mark.parametrize("seed", range(3))
def test_systemic_risk_is_that_of_the_region_alone_the_highest_first(seed):
    totals, firms = economy(seed, n=12, m=120)
    result = ripple(trade(totals, firms), degrees(totals, firms), firms, of_region="13")
    for needs in (None, NEEDS):
        frame = result.systemic_risk(essential_inputs=needs)
        highest = frame.columns[-1]
        assert highest == ("esri" if needs is not None else "esri_high")
        assert len(frame) > 1
        assert frame[highest].tolist() == sorted(frame[highest], reverse=True)
        assert (frame[highest] > 0).all()
        assert (frame["region"] == "13").all()
