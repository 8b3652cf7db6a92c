"""What the user must know first: one row that is nearly all, and why money was not counted."""

import random
from functools import partial

import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError
from connhub.intake.account import Account, Parties
from connhub.text.catalogue import Message
from connhub.totals.counted_shares import Shares, refuse_nothing_found

FIRMS = pa.table({"firm_id": ["a", "b", "n"], "prefecture_code": ["13", "27", None]})


def deals(amounts, buyer="b", **more):
    n = len(amounts)
    buyers = [buyer] * n if isinstance(buyer, str) else buyer
    return pa.table({"seller_id": ["a"] * n, "buyer_id": buyers, "amount": amounts, **more})


def first(*args, **options):
    notes = connhub.check(*args, **options).notes
    return notes[0] if notes else None


def test_rows_without_a_year_are_a_cause():
    table = deals([1] * 10, year=[2023] * 7 + [None] * 3)
    note = first(table, FIRMS, year=2023)
    assert (note.kind, note.values["share"]) == ("ledger.years_missing", "30.0%")
    assert first(table, FIRMS) is None


def test_one_row_that_is_nearly_all_is_the_first_note(tmp_path):
    path = tmp_path / "deals.csv"
    rows = [f"a,b,{i}\n" for i in range(1, 40)]
    rows.insert(20, "a,b,70000000123456000\n")
    path.write_text("seller_id,buyer_id,amount\n" + "".join(rows), encoding="utf-8")
    for options in ({}, {"threads": 3, "batch_rows": 2}, {"unknown_firm": "outside"}):
        note = first(path, FIRMS, **options)
        assert note.kind == "ledger.one_row_share"
        text = note.text("ja")
        assert "deals.csv" in text
        assert "22行目" in text
        assert "70,000,000,123,456,000円" in text


@pytest.mark.parametrize(
    ("amounts", "kind"),
    [
        ([10] * 39 + [100], "ledger.one_row_share"),  # 100 of 490
        ([10] * 39 + [-100], "ledger.one_row_share"),
        ([10] * 39 + [97], None),
        ([1] * 600 + [101], "ledger.one_row_times"),
        ([1] * 600 + [100], None),
        ([1, 1, 1000], None),  # too few rows for it to be a wonder
        ([0] * 40, None),
    ],
)
def test_how_large_a_row_must_be(amounts, kind):
    random.Random(1).shuffle(amounts)
    note = first(deals(amounts), FIRMS)
    assert (note and note.kind) == kind


def test_how_many_times_the_next_row_it_is():
    note = first(deals([3] * 600 + [301]), FIRMS)
    assert (note.values["times"], note.values["row_amount"]) == (100, 301)
    assert first(deals([1] * 600 + [-101]), FIRMS).values["times"] == 101


def test_only_years_that_are_counted_matter(tmp_path):
    amounts, years = [10] * 40 + [5000] + [10] * 40, [2023] * 41 + [2024] * 40
    table = deals(amounts, year=years)
    assert first(table, FIRMS, year=2023).kind == "ledger.one_row_share"
    assert first(table, FIRMS, year=2024).kind == "ledger.only_years"
    connhub.prepare(table, FIRMS, out=tmp_path)
    for year in (None, 2023, 2024):
        raw, again = connhub.analyze(table, FIRMS, year=year), connhub.analyze(tmp_path, year=year)
        assert again.ledger.to_dict() == raw.ledger.to_dict()


def test_the_row_does_not_depend_on_how_the_work_is_shared_out():
    rng = random.Random(3)
    amounts = [rng.choice([1, 5, 300]) for _ in range(500)] + [90_000, -90_000]
    rng.shuffle(amounts)
    years = [rng.choice([2022, 2023, None]) for _ in amounts]
    table = deals(amounts, year=pa.array(years, pa.int32()))
    found = {
        str(first(table, FIRMS, threads=t, batch_rows=b)) for t in (1, 2, 4) for b in (1, 7, 1000)
    }
    assert len(found) == 1
    assert f"row {min(i for i, a in enumerate(amounts) if abs(a) == 90_000) + 1}" in found.pop()


def test_totals_that_are_added_compare_their_rows():
    firms = connhub.read_firms(FIRMS)
    one = connhub.total(deals([5] * 40), firms)
    other = connhub.total(deals([5] * 40 + [600]), firms)
    for both in (one + other, other + one):
        assert both.to_ledger().notes[0].kind == "ledger.one_row_share"
    assert (other + other).to_ledger().notes[0].kind == "ledger.one_row_share"


@pytest.mark.parametrize(
    ("buyers", "kind"),
    [
        (["b"] * 7 + ["x"] * 3, "ledger.ids_not_found"),
        (["b"] * 7 + [""] * 3, "ledger.firms_not_found"),
        (["b"] * 7 + ["n"] * 3, "ledger.regions_not_found"),
        (["b"] * 9 + ["x"], "ledger.excluded_share"),
        (["b"] * 200 + ["x"], None),
    ],
)
def test_the_cause_is_said_first_from_a_fifth_on(buyers, kind):
    notes = connhub.check(deals([1] * len(buyers), buyers), FIRMS).notes
    assert (notes[0].kind if notes else None) == kind
    if kind is not None:
        assert "ledger.excluded_share" in {note.kind for note in notes}
    whole_table = {note.kind for note in notes} & {"ledger.whole_firm_table"}
    assert bool(whole_table) == (kind == "ledger.ids_not_found")  # not where ids are empty


def parties(cells, unknown, *ids, difference=None):
    return Account(parties=Parties(cells, unknown, ids, ("1",), difference))


PLAIN = partial(parties, difference=Message("intake.ids_lost_digits"))
"""That the ids lost their last digits says for certain why they are not found."""


@pytest.mark.parametrize(
    ("shares", "account", "kind"),
    [
        (Shares(10, 1, 1.0, 0.0, True), parties(4, 4, "x"), "few_parties_found"),
        (Shares(10, 1, 1.0, 0.0, True), parties(4, 4), "no_party_found"),  # no ids at all
        (Shares(10, 1, 0.25, 0.75, True), parties(4, 1, "x"), "no_region_found"),
        (Shares(10, 1, 0.5, 0.5, True), parties(4, 2, "x"), "few_parties_found"),
        (Shares(10, 0.5, 0.5, 0.0, False), parties(4, 4, "x"), None),  # something was found
        # Fewer than half, and it is plain how their ids differ.
        (Shares(10, 0.5, 0.5, 0.0, False), PLAIN(5, 3, "x"), "few_parties_found"),
        (Shares(10, 0.5, 0.5, 0.0, False), PLAIN(4, 2, "x"), None),
    ],
)
def test_totals_of_which_nothing_or_little_is_found_are_refused(shares, account, kind):
    if kind is None:
        refuse_nothing_found(shares, account)
        return
    with pytest.raises(InputError) as caught:
        refuse_nothing_found(shares, account)
    (fault,) = caught.value.faults
    assert fault.kind == f"totals.{kind}"


@pytest.mark.parametrize(
    ("buyers", "shares"),
    [
        (["x", "n"], (1.0, 0.5, 0.5, True)),  # one not listed, one of no region
        (["x", "b"], (0.5, 0.5, 0.0, False)),
        (["b", "b"], (0.0, 0.0, 0.0, False)),
    ],
)
def test_shares_of_the_money_by_cause(buyers, shares):
    found = connhub.total(deals([4, -4], buyers), connhub.read_firms(FIRMS)).shares
    assert found.whole == 8  # returns are money too
    assert (found.left_out, found.no_firm, found.no_region, found.nothing_found) == shares


def test_a_table_without_money_has_no_shares():
    found = connhub.total(deals([0, 0], ["x", "b"]), connhub.read_firms(FIRMS)).shares
    assert (found.whole, found.left_out, found.nothing_found) == (0, 0.0, False)


@pytest.mark.parametrize(
    ("buyers", "causes"),
    [
        (["b"] * 4 + ["x"] * 4 + ["n"] * 2, ["ids_not_found", "regions_not_found"]),
        (["b"] * 4 + ["x"] * 2 + ["n"] * 4, ["regions_not_found", "ids_not_found"]),
        (["b"] * 5 + ["x"] * 1 + ["n"] * 4, ["regions_not_found"]),  # x is below a fifth
    ],
)
def test_the_larger_cause_is_said_first(buyers, causes):
    notes = connhub.check(deals([1] * 10, buyers), FIRMS).notes
    whole_table = "ledger.whole_firm_table" in {note.kind for note in notes}
    assert whole_table == ("ids_not_found" in causes)  # which could hold the firms
    told = [note.kind for note in notes if "not_found" in note.kind]
    assert told == [f"ledger.{cause}" for cause in causes]
