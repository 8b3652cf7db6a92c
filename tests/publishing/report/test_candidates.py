"""Who was chosen: what raised the scores, ties, and the reasons."""

import pytest

import connhub
from connhub.publishing.report.candidates import about_candidates, raised_most, reasons
from connhub.publishing.scope import Scope
from tests.builders import firm_table, transaction_table
from tests.publishing.cases import NASTY, economy

CONNECTOR = connhub.Scheme({"connector_degree": 1.0})


def test_who_is_below_the_mean_in_all_is_raised_by_nothing():
    rows = [("a", "c", 60), ("b", "c", 40), ("a", "b", 10), ("b", "a", 20)]
    result = connhub.analyze(transaction_table(*rows), firm_table(a="15", b="15", c="13"))
    chosen = result.select(scheme=CONNECTOR, per_region=2).of_region("15")
    raised = raised_most(chosen, chosen.selected)
    assert raised.fillna("").tolist() == ["connector_degree", ""]


@pytest.mark.parametrize(
    ("cut_ties", "text"), [("include", "すべて候補とした"), ("exclude", "候補としなかった")]
)
def test_ties_across_the_last_place(cut_ties, text):
    rows = [("a", "d", 9), ("b", "d", 5), ("c", "d", 5)]
    firms = firm_table(a="15", b="15", c="15", d="13")
    result = connhub.analyze(transaction_table(*rows, ("a", "b", 1)), firms)
    chosen = result.select(per_region=2, scheme=CONNECTOR, cut_ties=cut_ties)
    assert f"最後の枠で同点の2社は、{text}。" in about_candidates(
        Scope.of(result, "15", chosen, "ja")
    )


def test_a_reason_has_a_heading_and_a_line_for_each_indicator():
    result = economy(NASTY)
    chosen = result.select(per_region=3)
    found = reasons(Scope.of(result, "15", chosen, "ja"))
    assert len(found) == 3
    for (heading, lines), firm in zip(
        found, chosen.of_region("15").selected["firm_id"], strict=True
    ):
        assert len(lines) == 2
        if firm != "c":
            assert heading == chosen.reason(firm).heading("ja", 60)
        assert "甲" * 40 not in heading  # a name of 500 signs is cut
    assert reasons(Scope.of(result, None, chosen, "ja")) == []
    assert reasons(Scope.of(result, "15", None, "ja")) == []
