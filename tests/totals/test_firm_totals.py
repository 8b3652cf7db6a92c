"""Firm totals: what their notes say of the firms, by hand."""

import pandas as pd

import connhub

STATED = pd.DataFrame(
    {
        "firm_id": list("abcd"),
        "prefecture_code": ["13", "13", "15", "15"],
        "sales": [100, 100, 100, 100],
        "out_of_region_sales": [50, None, 20, 300],
        "purchases": [80, 80, 80, 80],
        "in_region_purchases": [None, None, 40, 40],
    }
)


def notes_of(table, **options):
    ledger = connhub.analyze_firm_totals(table, **options).ledger
    return {(n.kind, n.values.get("role")): n.values for n in ledger.notes}


def test_notes_count_firms_without_a_degree_and_those_that_are_implausible():
    found = notes_of(STATED, missing_amount="exclude", implausible="include")
    kind = "firm_totals.without_degree"
    assert found[kind, "out_of_region_sales"]["count"] == 1
    assert found[kind, "in_region_purchases"]["count"] == 2
    assert found["firm_totals.implausible_included", None] == {"count": 1}
    assert list(found)[-1] == ("firm_totals.without_linkages", None)


def test_a_whole_table_has_one_note():
    plain = STATED.assign(out_of_region_sales=[50, 1, 20, 30], in_region_purchases=40)
    assert list(notes_of(plain)) == [("firm_totals.without_linkages", None)]


def test_a_firm_without_any_amount_is_not_counted_with_those_that_miss_one():
    ledger = connhub.analyze_firm_totals(
        STATED, missing_amount="exclude", implausible="include"
    ).ledger
    entries = ("firm_totals", "missing_amount", "with_missing", "with_implausible")
    assert {e: ledger.entry(e)[0] for e in entries} == {
        "firm_totals": 3,  # a, c and d
        "missing_amount": 1,  # b
        "with_missing": 1,  # a
        "with_implausible": 1,  # d, which sells more outside than in all
    }
