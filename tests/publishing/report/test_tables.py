"""The tables of a report: units, marks, bounds."""

import pytest

import connhub
from connhub.publishing.report.tables import (
    candidates,
    largest_linkages,
    regional_sums,
    top_degrees,
)
from connhub.publishing.scope import Scope
from tests.builders import firm_table, transaction_table
from tests.publishing.cases import economy, estimated


def column(table, start):
    return next(c for c in table.columns if c.header.startswith(start))


def test_top_degrees():
    table = top_degrees(Scope.of(economy(), "15", None, "ja"), "connector_degree")
    assert table.caption == "コネクター度の上位"
    assert column(table, "企業名").cells == ("a社", "b社", "c社")
    assert column(table, "域外販売額").cells == ("6.00", "3.00", "1.00")
    assert column(table, "域外販売額").header == "域外販売額(億円)"
    assert column(table, "コネクター度").cells == ("60.0%", "30.0%", "10.0%")


@pytest.mark.parametrize(
    ("lang", "interval", "share", "label", "between"),
    [
        ("ja", "コネクター度の90%区間(推計)", "推計額の割合", "推計値", "～"),
        ("en", "Connector degree: 90% interval, modelled", "Estimated share", "Modelled", "–"),
    ],
)
def test_degrees_of_estimated_amounts_have_intervals_and_are_modelled(
    lang, interval, share, label, between
):
    result = estimated()
    table = top_degrees(Scope.of(result, "13", None, lang), "connector_degree")
    frame = result.degrees.frame.set_index("firm_id")
    expected = []
    for firm in ("a", "b", "d"):
        low, high = (100 * frame.loc[firm, f"connector_degree_{end}"] for end in ("low", "high"))
        assert low <= 100 * frame.loc[firm, "connector_degree"] <= high
        expected.append(f"{low:.1f}{between}{high:.1f}%")
    assert frame.loc["a", "connector_degree_low"] < frame.loc["a", "connector_degree_high"]
    assert column(table, interval).cells == tuple(expected)
    assert column(table, share).cells == ("100.0%",) * 3
    assert table.note.startswith(label)
    chosen = candidates(Scope.of(result, "13", result.select(), lang))
    assert set(column(chosen, share).cells) == {"100.0%"}
    assert label in chosen.note


def test_without_draws_the_estimated_share_is_shown_alone():
    table = top_degrees(Scope.of(estimated(draws=False), "13", None, "en"), "connector_degree")
    assert column(table, "Estimated share").cells == ("100.0%",) * 3
    assert table.note.startswith("Modelled")
    assert not any("interval" in c.header for c in table.columns)


def test_counted_degrees_have_neither():
    table = top_degrees(Scope.of(economy(), "15", None, "en"), "connector_degree")
    assert table.note == ""
    assert not any("stimated" in c.header or "interval" in c.header for c in table.columns)


def test_candidates_show_what_raised_them_most():
    rows = [("a", "c", 60), ("b", "c", 40), ("a", "b", 10), ("b", "a", 20)]
    result = connhub.analyze(transaction_table(*rows), firm_table(a="15", b="15", c="13"))
    chosen = result.select(scheme=connhub.Scheme({"connector_degree": 1.0}), per_region=2)
    table = candidates(Scope.of(result, "15", chosen, "en"))
    assert column(table, "Raised most by").cells == ("Connector degree", "—")


def test_candidates_of_all_regions_are_the_first_of_each():
    result = economy()
    scope = Scope.of(result, None, result.select(per_region=2), "en")
    table = candidates(scope)
    assert table.caption == "The first of each region"
    assert table.note == "2 candidates in all; the lists of each region are in the workbook."
    assert candidates(scope, max_rows=0).note.endswith(" 0 of 1 rows are shown.")


@pytest.mark.parametrize(
    ("side", "caption", "partners", "transactions"),
    [
        ("sales", "新潟県からの販売先", ("東京都", "大阪府"), ("2", "1")),
        ("purchases", "新潟県の仕入元", ("東京都",), ("1",)),
    ],
)
def test_largest_linkages_of_a_side(side, caption, partners, transactions):
    table = largest_linkages(Scope.of(economy(), "15", None, "ja"), side)
    assert table.caption == caption
    assert table.columns[1].cells == partners
    assert column(table, "取引件数").cells == transactions


def test_sums_that_are_read_against_each_other_have_one_unit():
    rows = [("a", "b", 900_000_000_000), ("a", "c", 2_000_000), ("c", "a", 3_000_000)]
    result = connhub.analyze(transaction_table(*rows), firm_table(a="15", b="15", c="13"))
    table = regional_sums(Scope.of(result, "15", None, "ja"))
    units = {c.header.rpartition("(")[2] for c in table.columns if "円" in c.header}
    assert len(units) == 1
    assert table.rows[table.marked_row][0] == "新潟県"


def test_of_many_regions_the_largest_and_the_own_are_shown():
    ids = {f"f{i}": f"z{i:02d}" for i in range(70)}
    firms = firm_table(**ids).rename_columns(["firm_id", "zone"])
    trade = [(f"f{i}", f"f{i}", i) for i in range(1, 70)]
    result = connhub.analyze(transaction_table(*trade), firms, region="zone", self_trade="include")
    table = regional_sums(Scope.of(result, "z00", None, "ja"))
    assert len(table.rows) == 61
    assert table.rows[table.marked_row][0] == "z00"
    assert table.note == "70地域のうち、域内取引額の大きい60地域を示す。"


def test_regions_that_the_table_does_not_hold_are_counted_and_have_no_row():
    scope = Scope.of(economy(), "15", None, "en")
    table = regional_sums(scope)
    assert column(table, "Region").cells == ("Tokyo", "Niigata", "Osaka")
    assert table.marked_row == 1
    assert "44 regions have no firm" in table.note


def test_a_table_knows_whether_all_its_rows_are_named():
    scope = Scope.of(economy(), "15", None, "en")
    assert top_degrees(scope, "hub_degree").named
    unnamed = Scope.of(economy(names={"a": ""}), "15", None, "en")
    assert not top_degrees(unnamed, "hub_degree").named
