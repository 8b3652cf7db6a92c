"""Reasons as data and in words, each number checked by hand in tests/reference."""

import pyarrow as pa
import pytest

import connhub
from connhub.selection import FY2019, Scheme
from tests.selection.builders import (
    SIX_FINANCIALS,
    SIX_FIRMS,
    select,
    six_analysis,
    six_indicators,
)


def test_a_reason_is_data():
    reason = six_indicators().reason("A")
    assert (reason.firm_id, reason.name, reason.unit) == ("A", None, "円")
    assert (reason.not_ranked, reason.lacking) == (None, None)
    (place,) = reason.places
    assert (place.region, place.field, place.rank, place.size) == ("13", None, 2, 4)
    assert (place.selected, place.tied) == (True, 1)
    assert place.score == pytest.approx(51.4199, abs=1e-4)
    assert place.lowest_selected == place.score  # C and A are selected
    assert place.cutoff_gap == 0
    assert place.raised_most == "connector_degree"
    assert place.lowered_most == "hub_degree"
    growth = {score.indicator: score for score in place.indicators}["profit_growth"]
    assert (growth.value, growth.rank, growth.size) == (pytest.approx(0.1), 4, 10)
    assert growth.contribution == growth.weight * growth.deviation_score
    total = sum(score.contribution for score in place.indicators)
    assert total == pytest.approx(place.score, abs=1e-9)
    assert reason == six_indicators().reason("A")


def test_english():
    found = six_indicators()
    reason = found.reason("A")
    assert reason.heading("en") == (
        "A (Tokyo): rank 2 of 4, score 51.42: selected; the lowest selected score is 51.42 (+0.00); "
        "raised most by connector degree; lowered most by hub degree."
    )
    details = reason.details("en")
    assert len(details) == 6
    assert details[0] == (
        "Connector degree 50%: rank 1 of 10 of all regions, deviation score 66.0 x weight 15% = "
        "9.89 (+2.39 to the mean)"
    )
    assert details[2].startswith("Profit contribution 110 yen: rank 2 of 10")
    assert details[4].startswith("Profit growth +10%: rank 4 of 10")
    assert reason.lines("en") == [reason.heading("en"), *("  " + line for line in details)]
    last = "Scheme: historical six-indicator scheme (FY2019, under revision since FY2023); from rank to deviation score: linear, "
    assert reason.text("en").splitlines()[-1].startswith(last)
    assert found.explain("A", lang="en") == reason.text("en")


def test_japanese():
    reason = six_indicators().reason("B")
    assert reason.heading("ja") == (
        "B(東京都): 4 社中 3 位、得点 49.70: 選定されない、選定された最も低い得点は 51.42(差 -1.72)、"
        "得点を最も上げたのは雇用貢献度、最も下げたのは雇用成長性。"
    )
    assert reason.details("ja")[2].startswith("利益貢献度 50円: 全国の10 社中 5 位、偏差値 ")
    assert (
        reason.text("ja")
        .splitlines()[-1]
        .startswith(
            "評点方式: 過去の6指標方式(2019年度公表、2023年度から見直し中)。順位から偏差値へ: 線形 "
        )
    )


def test_who_is_not_ranked():
    reason = six_indicators().reason("D")
    assert (reason.not_ranked, reason.lacking) == ("missing_indicator", "profit_growth")
    assert reason.places == ()
    assert reason.heading("en") == (
        "D: not ranked. Reason: Indicator missing (Profit growth: first or last value not positive)"
    )
    assert reason.text("ja") == (
        "D: 順位なし。理由: 指標の値がない (利益成長性: 始期または終期が正でない)"
    )
    assert reason.details("ja") == []


def test_missing_values_are_named():
    neutral = six_indicators(Scheme(FY2019.weights, missing="neutral")).reason("D")
    assert neutral.places[0].indicators[4].value is None
    assert neutral.details("ja")[4] == (
        "利益成長性: 値がない。平均として扱い、偏差値 50.0 × 重み 20% = 10.00"
    )
    last = six_indicators(Scheme(FY2019.weights, missing="last")).reason("D")
    assert "Profit growth: no value; ranked last" in last.details("en")[4]


def test_a_firm_in_two_fields_has_two_places():
    fields = pa.table({"field": ["量子", "海洋", "海洋"], "firm_id": ["a", "a", "b"]})
    reason = select(fields=fields).reason("a")
    assert [place.field for place in reason.places] == ["量子", "海洋"]
    heading = reason.heading("en")
    assert heading.startswith("Ａ社 a (Tokyo; 量子): rank 1 of 1, score")
    lines = reason.lines("en")
    assert [line[:2] == "  " for line in lines] == [False, True, True, False, True, True]
    assert lines[3].startswith("Ａ社 a (Tokyo; 海洋): rank 1 of 2")


def test_ties_and_lists_without_a_selected_firm():
    same = Scheme({"same": 1.0}, rank_within="region")
    table = pa.table({"firm_id": list("abcde"), "same": [1] * 5})
    none = select(scheme=same, indicators=table, per_region=1, cut_ties="exclude").reason("a")
    assert none.places[0].lowest_selected is none.places[0].cutoff_gap is None
    assert none.places[0].raised_most is none.places[0].lowered_most is None
    assert none.heading("ja").endswith(
        "選定されない、同じ得点の企業が 3 社ある、このリストでは選定された企業がない。"
    )


def test_names_are_cut_where_the_caller_asks():
    reason = select().reason("c")
    assert reason.name == "=c"
    assert reason.heading("en").startswith("=c c (Tokyo)")
    long = connhub.selection.Reason(
        "1", "株式会社あいうえお製作所", FY2019, "円", not_ranked="no_field"
    )
    assert long.heading("en", name_width=14).startswith("株式会社あい… 1: not ranked")


def test_several_reasons_come_in_the_order_asked_for():
    found = six_indicators()
    reasons = found.reasons(["D", "A", "A", "C"])
    assert [reason.firm_id for reason in reasons] == ["D", "A", "A", "C"]
    assert reasons[1] == found.reason("A")
    with pytest.raises(connhub.errors.InputError) as error:
        found.reasons(["A", "Z", "Y"])
    assert "the selection has no such firm\n  values: 'Z', 'Y'" in str(error.value)


def test_money_is_divided_only_where_it_is_written():
    cents = SIX_FINANCIALS.assign(operating_profit=SIX_FINANCIALS["operating_profit"] / 100)
    fine = six_analysis(100, resolution="0.01", unit="EUR").select(
        SIX_FIRMS, financials=cents, scheme=FY2019, per_region=2
    )
    assert fine.unit == fine.frame.attrs["unit"] == fine.reason("A").unit == "0.01 EUR"
    whole = six_indicators()
    assert fine.frame.equals(whole.frame)
    assert fine.reason("A").places == whole.reason("A").places
    assert "Profit contribution 1.10 EUR:" in fine.explain("A", lang="en")
    assert "Profit contribution 110 yen:" in whole.explain("A", lang="en")


def test_what_raised_a_firm_is_said_from_two_indicators_on():
    two = Scheme({"connector_degree": 0.5, "hub_degree": 0.5})
    heading = six_indicators(two).reason("A").heading("en")
    assert "raised most by connector degree; lowered most by hub degree" in heading
    one = six_indicators(Scheme({"connector_degree": 1.0})).reason("A").heading("en")
    assert "raised" not in one
    assert "lowered" not in one


@pytest.mark.parametrize(("firm", "tied"), [("a", 3), ("d", 2), ("e", 2)])
def test_who_is_tied_is_said_from_two_on(firm, tied):
    table = pa.table({"firm_id": list("abcde"), "same": [1] * 5})
    scheme = Scheme({"same": 1.0}, rank_within="region")
    found = select(scheme=scheme, indicators=table, per_region=1)
    assert found.reason(firm).places[0].tied == tied
    assert f"{tied} firms have this score" in found.reason(firm).heading("en")
    assert "firms have this score" not in six_indicators().reason("A").heading("en")
