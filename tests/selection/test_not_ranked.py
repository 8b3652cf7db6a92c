"""Firms without a rank: named, with the reason, the highest first; and no false alarm."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.selection import FY2019, Scheme
from connhub.selection.not_ranked import highest_first
from tests.selection.builders import (
    SIX_FINANCIALS,
    SIX_FIRMS,
    SIX_TRANSACTIONS,
    select,
    six_analysis,
    six_indicators,
)


def test_the_first_hub_without_a_rank_is_named_with_its_reason():
    absent = six_indicators().absentees()
    first = absent.iloc[0]
    assert (first["firm_id"], first["hub_rank"], first["region_name"]) == ("D", 1, "東京都")
    assert (first["reason"], first["indicator"], first["cause"]) == (
        "missing_indicator",
        "profit_growth",
        "nonpositive",
    )
    assert absent["firm_id"].tolist()[-1] == "E"
    assert absent["cause"].tolist()[-1] == "missing_years"


@pytest.mark.parametrize(
    ("financials", "cause"),
    [
        (SIX_FINANCIALS[SIX_FINANCIALS["firm_id"] != "D"], "no_indicators"),
        (
            SIX_FINANCIALS[(SIX_FINANCIALS["firm_id"] != "D") | (SIX_FINANCIALS["year"] > 2023)],
            "missing_years",
        ),
        (SIX_FINANCIALS, "nonpositive"),
    ],
)
def test_why_a_value_is_missing_is_told_apart(financials, cause):
    found = six_analysis().select(SIX_FIRMS, financials=financials, scheme=FY2019)
    assert found.not_ranked.set_index("firm_id").loc["D", "cause"] == cause


def test_the_note_names_the_regions_and_a_part_only_its_own():
    found = six_indicators()
    assert [n.text("ja") for n in found.absence_notes] == ["ハブ度1位の企業に順位がない: 東京都"]
    assert found.notes[:2] == (*found.absence_notes, *found.data_notes)
    assert found.of_region("大阪府").absence_notes == ()
    assert len(found.of_region("13").absence_notes) == 1


@pytest.mark.parametrize("missing", ["last", "neutral"])
def test_missing_overrides_the_scheme(missing):
    found = six_indicators(missing=missing)
    assert found.scheme.missing == missing
    assert len(found.not_ranked) == 0 == len(found.absentees())
    assert found.notes == found.data_notes
    same = six_indicators(Scheme(FY2019.weights, name=FY2019.name, missing=missing))
    assert found.frame.equals(same.frame)


def test_a_choice_of_missing_that_is_not_offered():
    with pytest.raises(OptionError, match="missing='first' is not offered"):
        six_indicators(missing="first")


def test_firms_that_are_not_eligible_are_no_absentees():
    found = select(eligible=["b", "d"])
    assert "a" in found.not_ranked["firm_id"].tolist()
    assert len(found.absentees()) == 0
    assert found.absence_notes == ()


def test_firms_of_no_field_are_listed_but_behind_and_not_noted():
    fields = pa.table({"field": ["量子"], "firm_id": ["e"]})
    found = select(fields=fields)
    assert set(found.absentees()["reason"]) == {"no_field"}
    assert found.absence_notes == ()


def test_a_region_of_one_firm_whose_degree_is_undefined_raises_no_alarm():
    firms = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["13", "13", "27"]})
    trade = pa.table({"seller_id": ["a", "c"], "buyer_id": ["b", "a"], "amount": [3, 4]})
    found = connhub.analyze(trade, firms).select(firms)
    assert found.absence_notes == ()
    (alone,) = found.of_region("大阪府").absentees().to_dict("records")
    assert (alone["firm_id"], alone["reason"]) == ("c", "undefined_degree")


def test_a_firm_without_trade_is_not_missed():
    firms = pa.table({"firm_id": ["a", "b", "z"], "prefecture_code": ["13", "27", "13"]})
    trade = pa.table({"seller_id": ["a", "b"], "buyer_id": ["b", "a"], "amount": [3, 4]})
    found = connhub.analyze(trade, firms).select(firms, scheme=Scheme({"connector_degree": 1.0}))
    assert found.absentees()["firm_id"].tolist() == []


def test_ranks_are_those_among_all_firms_of_the_region():
    result = six_analysis()
    found = six_indicators()
    looked_up = result.firms(found.not_ranked["firm_id"].tolist())
    for rank in ("connector_rank", "hub_rank"):
        assert found.not_ranked[rank].tolist() == looked_up[rank].tolist()
    for degree in ("connector_degree", "hub_degree"):
        np.testing.assert_array_equal(found.not_ranked[degree], looked_up[degree])


def test_the_analysis_gives_the_same_as_the_function():
    result = connhub.analyze(SIX_TRANSACTIONS, SIX_FIRMS)
    options = {"financials": SIX_FINANCIALS, "scheme": FY2019, "missing": "neutral"}
    found = result.select(SIX_FIRMS, per_region=2, **options)
    assert found.frame.equals(six_indicators(missing="neutral").frame)


def test_those_who_are_missed_most_come_first():
    found = six_indicators()
    ordered = highest_first(found.not_ranked)
    assert list(ordered.columns) == list(found.not_ranked.columns)
    best = ordered[["connector_rank", "hub_rank"]].min(axis=1)
    assert best.is_monotonic_increasing
    reasons = ["missing_indicator", "undefined_degree", "no_field", "not_eligible"]
    table = pd.DataFrame(
        {
            "firm_id": list("edcbafg"),
            "reason": [*reversed(reasons), *["missing_indicator"] * 3],
            "connector_rank": pd.array([1, 1, None, 2, 3, 2, 2], dtype="Int64"),
            "hub_rank": pd.array([1, 9, None, 3, 2, None, 9], dtype="Int64"),
            "connector_degree": [0.5, 0.5, np.nan, 0.2, 0.1, 0.3, 0.2],
            "hub_degree": [0.5, 0.0, np.nan, 0.1, 0.1, np.nan, 0.0],
        }
    )
    # By the better rank, then the degree, then the id; and behind them who is not to be ranked.
    assert highest_first(table)["firm_id"].tolist() == list("fbgacde")
