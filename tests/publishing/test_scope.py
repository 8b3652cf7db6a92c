"""The part of an analysis that concerns a region: its sums, names, lists and notes."""

import pytest

import connhub
from connhub.errors import OptionError
from connhub.publishing.scope import Scope
from connhub.schema import money_columns
from tests.builders import DELIVERED, FINANCIALS, firm_table, transaction_table
from tests.publishing.cases import MILLION, economy


def test_sums_are_those_of_the_region_or_of_all():
    result = economy()
    sums = Scope.of(result, "新潟", None, "ja").sums
    assert sums["firms"] == 3
    assert sums["out_of_region_sales"] == 1000 * MILLION
    assert sums["in_region_transactions"] == 200 * MILLION
    assert Scope.of(result, None, None, "ja").sums["out_of_region_sales"] == 1400 * MILLION
    assert set(Scope.of(result, "47", None, "ja").sums.values()) == {0}


@pytest.mark.parametrize("resolution", ["1", "0.01"])
def test_every_money_column_is_summed_at_every_resolution(resolution):
    """A finer resolution once lost them, because its columns were not of integers."""
    sums = Scope.of(economy(resolution=resolution), "15", None, "ja").sums
    assert set(sums) == {"firms", *money_columns("regions")}
    assert sums["out_of_region_sales"] == 1000 * MILLION / float(resolution)


def test_names_of_places_in_both_languages():
    result = economy()
    assert [Scope.of(result, r, None, "en").name for r in ("15", None)] == ["Niigata", "Japan"]
    assert [Scope.of(result, r, None, "ja").name for r in ("15", None)] == ["新潟県", "全国"]
    groups = {"15": "東", "13": "西"}
    firms = firm_table(a="15", b="13")
    own = connhub.analyze(transaction_table(("a", "b", 5)), firms, region=groups)
    assert [Scope.of(own, r, None, "ja").name for r in ("東", None)] == ["東", "全地域"]


def test_what_is_no_region_is_refused():
    with pytest.raises(OptionError, match="no region '新泻'\n  fix: Did you mean '新潟県'"):
        Scope.of(economy(), "新泻", None, "ja")


def test_a_selection_of_another_unit_is_refused():
    finer = economy(resolution="0.01").select()
    with pytest.raises(OptionError, match=r"selection is in 0\.01 円, that of the analysis in 円"):
        Scope.of(economy(), None, finer, "ja")


def test_notes_of_a_selection_are_about_all_of_its_regions():
    rows = [("a", "c", 60), ("b", "c", 60), ("a", "b", 10), ("a", "a", 3)]
    result = connhub.analyze(transaction_table(*rows), firm_table(a="15", b="15", c="13"))
    scheme = connhub.Scheme({"connector_degree": 1.0})
    chosen = result.select(per_region=1, scheme=scheme)
    assert chosen.notes
    assert Scope.of(result, None, chosen, "ja").notes == (*result.ledger.notes, *chosen.notes)
    assert Scope.of(result, "15", chosen, "ja").notes == result.ledger.notes


def test_regions_in_which_a_degree_is_undefined():
    result = economy()
    assert Scope.of(result, "15", None, "en").undefined == {}
    assert Scope.of(result, "13", None, "en").undefined == {"hub degree": ["Tokyo"]}


def test_the_lists_of_one_region_are_those_of_all():
    """Ranks and scores do not change when the other regions are left out."""
    result = connhub.analyze(*DELIVERED, missing_amount="exclude", progress=False)
    chosen = result.select(DELIVERED[1], financials=FINANCIALS, scheme="historical-fy2019")
    scope = Scope.of(result, "15", chosen, "ja")
    of_region = scope.selection
    assert of_region.frame.equals(
        chosen.frame[chosen.frame["region"] == "15"].reset_index(drop=True)
    )
    firm = of_region.selected["firm_id"].iloc[3]
    assert of_region.explain(firm) == chosen.explain(firm)
    whole = chosen.stability()
    assert scope.stability.equals(whole[whole["region"] == "15"].reset_index(drop=True))
