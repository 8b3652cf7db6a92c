"""The six indicators on 12 firms in two prefectures, every number on the way by hand.

Out-of-region sales and in-region purchases add up to 100 in each prefecture, so that degrees are
hundredths. B and C, E and F, and I, J and K tie by connector degree; D begins with a loss; E lacks
the year 2024. D and E have no value of an indicator and are not ranked, which leaves ten: N = 10,
mean rank 5.5.
"""

from math import sqrt

import pandas as pd
import pytest

from connhub.selection import FY2019, Scheme, financial_indicators, read_financials
from tests.selection.builders import SIX_FINANCIALS, SIX_FIRMS, six_analysis, six_indicators

RANKED = list("ABCFGHIJKL")

# Value, rank shown (the lowest of ties) and rank used (their mean), in the order of RANKED.
EXPECTED = {
    "connector_degree": (
        [0.5, 0.2, 0.2, 0, 0.4, 0.3, 0.1, 0.1, 0.1, 0],
        [1, 4, 4, 9, 2, 3, 6, 6, 6, 9],
        [1, 4.5, 4.5, 9.5, 2, 3, 7, 7, 7, 9.5],
        [2, 2, 3],  # sizes of the runs of ties
    ),
    "hub_degree": (
        [0, 0.1, 0.3, 0.1, 0.5, 0, 0.2, 0.2, 0.05, 0.05],
        [9, 5, 2, 5, 1, 9, 3, 3, 7, 7],
        [9.5, 5.5, 2, 5.5, 1, 9.5, 3.5, 3.5, 7.5, 7.5],
        [2, 2, 2, 2],
    ),
    "profit_contribution": (
        [331 / 3, 50, 190 / 3, 30, 300, 30, 50, 10, 60, 37 / 3],
        [2, 5, 3, 7, 1, 7, 5, 10, 4, 9],
        [2, 5.5, 3, 7.5, 1, 7.5, 5.5, 10, 4, 9],
        [2, 2],
    ),
    "employment_contribution": (
        [10, 20, 31 / 3, 2, 40, 34 / 3, 20, 9, 10, 3],
        [6, 2, 5, 10, 1, 4, 2, 8, 6, 9],
        [6.5, 2.5, 5, 10, 1, 4, 2.5, 8, 6.5, 9],
        [2, 2],
    ),
    "profit_growth": (
        [0.1, 0, 0.5, 0, 0, 0.5, 0, -0.5, 0, 1 / 3],
        [4, 5, 1, 5, 5, 1, 5, 10, 5, 3],
        [4, 7, 1.5, 7, 7, 1.5, 7, 10, 7, 3],
        [2, 5],
    ),
    "employment_growth": (
        [0, 0, 1, 0, 0, 0.5, 0, 0, 1, 0],
        [4, 4, 1, 4, 4, 3, 4, 4, 1, 4],
        [7, 7, 1.5, 7, 7, 3, 7, 7, 1.5, 7],
        [2, 7],
    ),
}
# Φ⁻¹((10 - r + 0.5) / 10) from a table of the normal distribution, by rank r
QUANTILE = {
    1: 1.644854, 1.5: 1.281552, 2: 1.036433, 2.5: 0.841621, 3: 0.674490, 3.5: 0.524401,
    4: 0.385320, 4.5: 0.253347, 5: 0.125661, 5.5: 0.0, 6.5: -0.253347, 7: -0.385320,
    7.5: -0.524401, 8: -0.674490, 9: -1.036433, 9.5: -1.281552, 10: -1.644854,
}  # fmt: skip
SCORES = {
    "linear": {
        "A": 51.4199, "B": 49.6992, "C": 60.3827, "F": 42.0477, "G": 56.5609,
        "H": 54.0856, "I": 49.4266, "J": 41.9363, "K": 50.7320, "L": 43.7091,
    },
    "normal": {
        "A": 51.7196, "B": 50.1012, "C": 58.2611, "F": 43.2825, "G": 57.4152,
        "H": 52.7929, "I": 49.9298, "J": 42.6693, "K": 50.6258, "L": 44.7601,
    },
}  # fmt: skip


def by_hand(method):
    """Deviation scores from the ranks above; ties take t³ - t from the sum of squares."""
    out = {}
    for name, (_, _, used, ties) in EXPECTED.items():
        sigma = sqrt((10**3 - 10 - sum(t**3 - t for t in ties)) / (12 * 10))
        if method == "linear":
            out[name] = [50 + 10 * (5.5 - r) / sigma for r in used]
        else:
            out[name] = [50 + 10 * QUANTILE[r] for r in used]
    return out


@pytest.mark.parametrize("method", ["linear", "normal"])
def test_every_number(method):
    scheme = Scheme(FY2019.weights, score_method=method)
    frame = six_indicators(scheme).frame.set_index("firm_id").loc[RANKED]
    deviation, total = by_hand(method), [0.0] * 10
    near = 1e-9 if method == "linear" else 2e-5  # six decimals of the table
    for name, (values, shown, _, _) in EXPECTED.items():
        assert frame[name].tolist() == pytest.approx(values, abs=1e-12)
        assert frame[f"{name}_rank"].tolist() == shown
        assert frame[f"{name}_deviation_score"].tolist() == pytest.approx(deviation[name], abs=near)
        parts = [FY2019.weights[name] * t for t in deviation[name]]
        assert frame[f"{name}_contribution"].tolist() == pytest.approx(parts, abs=near)
        total = [a + b for a, b in zip(total, parts, strict=True)]
    assert frame["score"].tolist() == pytest.approx(total, abs=near)
    assert frame["score"].to_dict() == pytest.approx(SCORES[method], abs=1e-4)


@pytest.mark.parametrize(
    ("method", "tokyo", "osaka"), [("linear", "CABF", "GHKILJ"), ("normal", "CABF", "GHKILJ")]
)
def test_the_lists(method, tokyo, osaka):
    found = six_indicators(Scheme(FY2019.weights, score_method=method))
    assert found.top(of_region="東京都")["firm_id"].tolist() == list(tokyo)
    assert found.top(of_region="27")["firm_id"].tolist() == list(osaka)
    assert found.selected["firm_id"].tolist() == [*tokyo[:2], *osaka[:2]]
    assert found.frame["rank"].tolist() == [1, 2, 3, 4, 1, 2, 3, 4, 5, 6]


def test_who_is_not_ranked_and_the_counts():
    found = six_indicators()
    assert found.not_ranked[["firm_id", "reason", "indicator"]].values.tolist() == [
        ["D", "missing_indicator", "profit_growth"],
        ["E", "missing_indicator", "profit_contribution"],
    ]
    counts = {(r, i if isinstance(i, str) else ""): n for r, i, n in found.counts.values.tolist()}
    assert counts == {
        ("ranked", ""): 10,
        ("selected", ""): 4,
        ("missing_indicator", ""): 2,
        ("missing_years", "profit_contribution"): 1,
        ("missing_years", "employment_contribution"): 1,
        ("nonpositive", "profit_growth"): 1,
    }


def test_missing_values_last_or_neutral():
    last = six_indicators(Scheme(FY2019.weights, missing="last")).frame.set_index("firm_id")
    assert last.loc["D", "profit_growth_rank"] == 12
    assert last.loc["E", ["profit_contribution_rank", "profit_growth_rank"]].tolist() == [12, 5]
    assert last["profit_growth_rank"].max() == 12
    neutral = six_indicators(Scheme(FY2019.weights, missing="neutral"))
    frame = neutral.frame.set_index("firm_id")
    assert frame.loc["D", "profit_growth_deviation_score"] == 50
    assert frame.loc["D", "profit_growth_rank"] == 0
    assert frame.loc["D", "profit_growth_contribution"] == 10
    assert neutral.counts["reason"].tolist().count("given_neutral") == 3
    assert "平均として扱い" in neutral.explain("D")


def test_policies_of_the_financials():
    table = read_financials(SIX_FINANCIALS)
    found = financial_indicators(table, missing_years="available").frame.set_index("firm_id")
    assert found.loc["E"].tolist() == [10, 7, 0, 0]
    pair = financial_indicators(table, years=2).frame.set_index("firm_id")
    assert pair.loc["C", "profit_contribution"] == 75
    assert pair.loc["C", "profit_growth"] == 0.5
    assert pd.isna(pair.loc["E", "profit_growth"])
    earlier = financial_indicators(table, last_year=2024, years=2).frame
    assert earlier["profit_growth"][0] == pytest.approx(0.1)
    lost = SIX_FINANCIALS.copy()
    lost.loc[(lost.firm_id == "B") & (lost.year == 2025), "operating_profit"] = -5
    lowest = financial_indicators(read_financials(lost), nonpositive="lowest")
    assert lowest.frame.set_index("firm_id").loc["B", "profit_growth"] == -1
    assert pd.isna(lowest.frame.set_index("firm_id").loc["D", "profit_growth"])
    assert lowest.counts.query("reason == 'counted_as_lowest'")["firms"].tolist() == [1]


def test_the_front_needs_no_weights():
    front = six_indicators(Scheme({"connector_degree": 0.5, "hub_degree": 0.5})).pareto()
    # Tokyo: A (0.5, 0), C (0.2, 0.3); Osaka: G (0.4, 0.5) tops all
    assert front["firm_id"].tolist() == ["A", "C", "G"]


def test_the_same_through_the_analysis():
    found = six_analysis().select(SIX_FIRMS, financials=SIX_FINANCIALS, scheme=FY2019, per_region=2)
    pd.testing.assert_frame_equal(found.frame, six_indicators().frame)
