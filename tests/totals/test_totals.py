"""Totals: each grain gives the coarser ones, and parts add up."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub.errors import LimitError, OptionError
from connhub.intake.ledger import ENTRIES
from tests.builders import firm_table, transaction_table
from tests.totals.builders import GRAINS, ROWS, same, totals

FIRMS = firm_table(a="13", b="13", c="27")
DEALS = [("a", "b", 5), ("a", "c", 30), ("c", "a", -2)]


def summed(*deals, firms=FIRMS, region="prefecture", years=None, **options):
    table = transaction_table(*deals)
    if years:
        table = table.append_column("year", pa.array(years, pa.int32()))
    return connhub.total(table, connhub.read_firms(firms, region=region), **options)


def test_a_coarser_grain_of_a_finer_one_is_the_coarser_one(large):
    _, firms, found = large
    for i, fine in enumerate(GRAINS):
        for coarse in GRAINS[: i + 1]:
            assert same(found[fine].coarsen(coarse, firms), found[coarse]), (fine, coarse)
    for i, coarse in enumerate(GRAINS):
        for fine in GRAINS[i + 1 :]:
            with pytest.raises(OptionError, match="cannot be derived"):
                found[coarse].coarsen(fine, firms)


@pytest.mark.parametrize("grain", GRAINS)
def test_totals_add_up_at_every_grain(large, grain):
    deals, firms, found = large
    cut = [0, ROWS // 4, ROWS // 4 + 1, ROWS]
    a, b, c = (totals(deals.slice(i, j - i), firms, grain) for i, j in zip(cut, cut[1:]))
    assert same((c + a) + b, found[grain])
    assert same(a + (b + c), found[grain])


def test_grains_are_not_mixed(large):
    *_, found = large
    with pytest.raises(OptionError, match="different grains"):
        _ = found["pairs"] + found["firms"]


# --- by hand ----------------------------------------------------------------------------


@pytest.mark.parametrize("grain", GRAINS)
def test_sums_of_firms_and_flows_by_hand(grain):
    found = summed(*DEALS, grain=grain)
    assert found.firms.tolist() == [
        # sales in, out of region, overseas, count; purchases likewise
        [5, 30, 0, 2, 0, -2, 0, 1],
        [0, 0, 0, 0, 5, 0, 0, 1],
        [0, -2, 0, 1, 0, 30, 0, 1],
        [0] * 8,
    ]
    flows = {tuple(at): found.flows[tuple(at)].tolist() for at in np.argwhere(found.flows[:, :, 1])}
    assert flows == {(12, 12): [5, 1], (12, 26): [30, 1], (26, 12): [-2, 1]}
    assert (found.read_rows, found.read_amount, found.magnitude) == (3, 33, 37)
    assert found.grain == grain


def test_adding_changes_neither_and_adds_everything():
    one, other = summed(*DEALS), summed(("b", "c", 7))
    before = one.firms.copy()
    both = one + other
    assert (one.firms == before).all()
    assert same(both, summed(*DEALS, ("b", "c", 7)))
    assert (both.read_rows, both.read_amount, both.magnitude) == (4, 40, 44)
    assert len(both.account.files) == 2
    assert both.to_ledger().entry("out_of_region") == (3, 35)


@pytest.mark.parametrize(
    "other",
    [
        {"self_trade": "include"},
        {"unit": "EUR"},
        {"resolution": "0.01"},
        {"region": "block"},
        {"firms": firm_table(a="13", b="27", c="27")},
        {"firms": firm_table(a="13", b="13", d="27")},
        {"years": [2020], "year": 2020},
    ],
    ids=str,
)
def test_totals_of_other_options_or_firms_are_not_added(other):
    with pytest.raises(OptionError) as caught:
        _ = summed(("a", "b", 1)) + summed(("a", "b", 1), **other)
    assert caught.value.faults[0].kind == "totals.not_addable"


def test_only_totals_are_added():
    with pytest.raises(TypeError):
        _ = summed(*DEALS) + 1


def test_sums_that_could_pass_63_bits_are_refused_before_they_do():
    half = summed(("a", "c", 2**62 - 1))
    assert (half + half).flows[12, 26, 0] == 2**63 - 2
    returns = summed(("c", "a", -(2**62)))
    with pytest.raises(LimitError) as caught:
        _ = returns + returns
    assert caught.value.faults[0].kind == "totals.sum_too_large"


# --- the ledger -------------------------------------------------------------------------


def kinds(ledger):
    return [note.kind for note in ledger.notes]


def test_a_ledger_that_does_not_close_is_no_ledger():
    found = summed(*DEALS)
    for wrong in ({"read_rows": 4}, {"read_amount": 34}):
        with pytest.raises(LimitError) as caught:
            replace(found, **wrong).to_ledger()
        assert caught.value.faults[0].kind == "totals.ledger_not_closed"


@pytest.mark.parametrize(("left_out", "noted"), [(1, False), (2, True), (-2, True)])
def test_more_than_a_hundredth_left_out_is_noted(left_out, noted):
    """Of absolute amounts: returns and sales do not hide each other."""
    ledger = summed(("a", "c", 99), ("zz", "a", left_out)).to_ledger()
    assert ("ledger.excluded_share" in kinds(ledger)) == noted
    assert ledger.entry("unknown_firm") == (1, left_out)


def test_years_added_up_are_noted_and_chosen_years_are_those_named():
    deals = [("a", "c", 1)] * 3
    every = summed(*deals, years=[2020, 2022, 2020]).to_ledger()
    assert every.years == (2020, 2022)
    assert kinds(every) == ["ledger.years_added_up"]
    chosen = summed(*deals, years=[2020, 2022, 2020], year=2020).to_ledger()
    assert chosen.years == (2020,)
    assert "ledger.years_added_up" not in kinds(chosen)
    assert chosen.entry("other_year") == (1, 1)


def test_what_was_rounded_is_noted_in_all_files_together():
    options = {"rounding": "nearest", "unit": "EUR"}
    one = summed(("a", "c", Decimal("1.4")), **options)
    other = summed(("a", "c", Decimal("1.6")), ("a", "c", Decimal(2)), **options)
    both = one + other
    assert both.rounding.rows == 2
    ledger = both.to_ledger()
    assert kinds(ledger) == ["ledger.rounded"]
    assert ledger.entry("read") == (3, 5)
    assert one.to_ledger().notes[0].values["rows"] == 1


def test_a_finer_resolution_is_the_unit_of_the_ledger():
    ledger = summed(("a", "c", Decimal("1.25")), resolution="0.01", unit="EUR").to_ledger()
    assert ledger.unit == "0.01 EUR"
    assert ledger.entry("read") == (1, 125)


def test_the_same_grain_is_the_same_totals():
    found = summed(*DEALS, grain="pairs")
    assert found.coarsen("pairs", connhub.read_firms(FIRMS)) is found
    with pytest.raises(OptionError, match="is not offered"):
        found.coarsen("regions", connhub.read_firms(FIRMS))


def test_estimated_amounts_are_noted_with_their_share_of_the_counted_money():
    deals = transaction_table(*DEALS, ("a", "x", 5))  # 37 yen are counted, of which 32 estimated
    table = deals.append_column("estimated", [[False, True, True, True]])
    notes = connhub.total(table, connhub.read_firms(FIRMS)).to_ledger().notes
    (note,) = [note for note in notes if note.kind == "ledger.estimated"]
    assert note.values["rows"] == 2
    assert note.values["share"] == f"{32 / 37:.1%}"


def test_estimated_amounts_add_up_where_only_some_tables_have_them():
    firms = connhub.read_firms(FIRMS)
    table = transaction_table(*DEALS)
    plain = connhub.total(table, firms)
    some = connhub.total(table.append_column("estimated", [[False, True, True]]), firms)
    assert plain.estimated.size == 0
    assert some.estimated.tolist() == [[30, -2], [0, 0], [-2, 30]]
    for both in (plain + some, some + plain):
        assert both.estimated.tolist() == some.estimated.tolist()
    assert (some + some).estimated.tolist() == (2 * some.estimated).tolist()
    assert (plain + plain).estimated.size == 0


def test_estimated_amounts_of_rows_that_are_taken_away_go_with_them():
    firms = connhub.read_firms(FIRMS)
    table = transaction_table(*DEALS).append_column("estimated", [[False, True, True]])
    whole, first = connhub.total(table, firms), connhub.total(table.slice(0, 2), firms)
    assert (whole - first).estimated.tolist() == [[0, -2], [0, 0], [-2, 0]]
    plain = connhub.total(transaction_table(*DEALS[:1]), firms)
    assert (whole - plain).estimated.tolist() == whole.estimated.tolist()
    everything = connhub.total(transaction_table(*DEALS), firms)
    assert (everything - plain).estimated.size == 0


def test_only_rows_of_like_totals_are_taken_away():
    whole = summed(*DEALS)
    with pytest.raises(OptionError, match="different grains"):
        _ = whole - summed(*DEALS[:1], grain="pairs")
    with pytest.raises(OptionError):
        _ = whole - summed(*DEALS[:1], self_trade="include")


# --- what is taken away was there -----------------------------------------------------


def spoilt(totals, name, at, by):
    """Totals of which one number is another."""
    value = getattr(totals, name)
    if isinstance(value, int):
        return replace(totals, **{name: value + by})
    changed = value.copy()
    changed[at] += by
    return replace(totals, **{name: changed})


IN_REGION, MISSING_YEAR = ENTRIES.index("in_region"), ENTRIES.index("missing_year")
NOT_THERE = {  # of DEALS, where firm b buys once, nothing flows from c to b, and no year is missing
    "less than no sale": ("firms", (0, 3), 1),
    "less than no purchase": ("firms", (1, 7), 1),
    "less than no transaction between regions": ("flows", (12, 26, 1), 1),
    "less than no row in the ledger": ("ledger", (IN_REGION, 0), 1),
    "in-region sales of nobody": ("firms", (3, 0), 1),
    "out-of-region sales of nobody": ("firms", (3, 1), 1),
    "sales abroad of nobody": ("firms", (3, 2), -1),
    "in-region purchases of nobody": ("firms", (3, 4), 1),
    "out-of-region purchases of nobody": ("firms", (3, 5), -1),
    "purchases abroad of nobody": ("firms", (3, 6), 1),
    "money without a transaction": ("flows", (26, 26, 0), -1),
    "money without a row": ("ledger", (MISSING_YEAR, 1), -1),
    "less than no row read": ("read_rows", None, 1),
    "less than no money read": ("magnitude", None, 1),
    "less than no money of an entry": ("ledger", (IN_REGION, 2), 1),
    "less than no row of a year": ("years", 0, 1),
}


@pytest.mark.parametrize("case", NOT_THERE)
def test_rows_that_are_not_there_are_not_taken_away(case):
    """Each sum tells it alone."""
    whole = summed(*DEALS)
    nothing = whole - whole
    assert same(whole - nothing, whole)
    assert not any(nothing.firms.any(1))
    name, at, by = NOT_THERE[case]
    whole_of_it = getattr(whole, name) if at is None else getattr(whole, name)[at]
    with pytest.raises(OptionError) as caught:
        _ = whole - spoilt(nothing, name, at, by if by < 0 else int(whole_of_it) + by)
    assert caught.value.faults[0].kind == "totals.rows_not_there"


@pytest.mark.parametrize(
    ("name", "at"), [("firms", (0, 0)), ("firms", (1, 4)), ("flows", (12, 12, 0)), ("cells", None)]
)
def test_money_below_nothing_is_that_of_returns_only(name, at):
    returned, plain = (summed(*deals, grain="pairs") for deals in (DEALS, DEALS[:2]))
    for whole, is_refused in ((plain, True), (returned, False)):
        part = whole - whole
        if name == "cells":  # what a sells to b
            cells = replace(whole.cells, amount=whole.cells.amount * 0)
            cells.amount[0] = whole.cells.amount[0] + 1
            part = replace(part, cells=replace(cells, counts=whole.cells.counts * 0))
        else:
            part = spoilt(part, name, at, int(getattr(whole, name)[at]) + 1)
        if is_refused:
            with pytest.raises(OptionError, match="rows"):
                _ = whole - part
        else:
            _ = whole - part


def test_taking_away_touches_only_what_is_there():
    whole, part = summed(*DEALS, grain="pairs"), summed(*DEALS[1:], grain="pairs")
    assert same(whole - part, summed(*DEALS[:1], grain="pairs"))
    assert (whole - part).account.largest == ()
    assert (whole - part).account.files == whole.account.files
    with pytest.raises(TypeError):
        _ = whole - 1
