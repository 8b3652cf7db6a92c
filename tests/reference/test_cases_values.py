"""Everyday files whose cells and columns were misread: each ends as its README says."""

from __future__ import annotations

import pytest

import connhub
from connhub.errors import ConnhubError, InputError, OptionError
from tests.reference.own_inputs import COUNTED
from tests.reference.real_data import DATA

pytestmark = [pytest.mark.reference, pytest.mark.filterwarnings("ignore::connhub.ConnhubWarning")]

CASES = DATA.parent / "cases"


def case(name):
    folder = CASES / name
    assert folder.is_dir(), f"{folder} is missing"
    return folder


def refused(*paths, kind=InputError, **options):
    with pytest.raises(kind) as caught:
        connhub.check(*paths, **options)
    return caught.value


def kinds(error):
    return {fault.kind for fault in error.faults}


def test_02_municipality_zero_lost():
    folder = case("02-municipality-zero-lost")
    error = refused(folder / "transactions.csv", folder / "firms.csv")
    (fault,) = error.faults
    assert (fault.kind, fault.count) == ("regions.municipality_zero_lost", 10)
    assert fault.rows == (2, 3, 4, 5, 6, 7, 8, 9, 12, 13)
    right = connhub.check(folder / "transactions.csv", folder / "firms_right.csv")
    assert right.entry("in_region")[1] == 2_070_000


@pytest.mark.parametrize("firms", ["firms.csv", "firms_right.csv"])
def test_03_ids_in_e_notation(firms):
    folder = case("03-ids-in-e-notation")
    error = refused(folder / "transactions.csv", folder / firms)
    assert kinds(error) == {"intake.ids_in_exponent_form"}
    assert "1企業1行" not in error.text("ja")
    right = connhub.check(folder / "transactions_right.csv", folder / "firms_right.csv")
    assert right.entry("out_of_region") == (9, 402_000)


def test_04_subtotal_and_blank_rows():
    folder = case("04-subtotal-and-blank-rows")
    options = {"unknown_firm": "outside"}
    error = refused(folder / "transactions.csv", folder / "firms.csv", **options)
    assert kinds(error) == {"intake.total_rows"}
    assert "--total-rows drop" in error.text("ja", flags=True)
    right = connhub.analyze(folder / "transactions_right.csv", folder / "firms.csv", **options)
    for name in ("transactions.csv", "transactions_blank_tail.csv"):
        table = folder / name
        found = connhub.analyze(table, folder / "firms.csv", total_rows="drop", **options)
        assert found.degrees.frame.equals(right.degrees.frame)
        assert found.ledger.excluded_share == right.ledger.excluded_share
    error = refused(folder / "transactions_blank_tail.csv", folder / "firms_blank_tail.csv")
    assert [(f.kind, f.rows) for f in error.faults] == [("intake.note_rows", (47,))]
    connhub.check(folder / "transactions_right.csv", folder / "firms_blank_tail.csv")


def test_06_unit_in_header():
    folder = case("06-unit-in-header")
    firms = folder / "firms.csv"
    for name in ("underscore", "mark", "tax", "right"):
        for unit in (None, "千円"):
            ledger = connhub.check(folder / f"transactions_{name}.csv", firms, unit=unit)
            assert ledger.entry("read") == (40, 18_549_000)
    taxed = folder / "transactions_taxonly.csv"
    assert connhub.check(taxed, firms, unit="千円").entry("read") == (40, 18_549_000)
    assert "金額: 円(見出しに単位なし)" in connhub.check(taxed, firms).to_text("ja")
    refused(folder / "transactions_tax.csv", firms, unit="百万円", kind=OptionError)


def test_07_one_row_is_nearly_all():
    folder = case("07-one-row-is-nearly-all")
    note = connhub.analyze(folder / "transactions.csv", folder / "firms.csv").ledger.notes[0]
    text = note.text("ja")
    for part in ("transactions.csv", "42行目", "70,000,000,123,456,000", "100.0%"):
        assert part in text


@pytest.mark.parametrize("form", ["date", "fullwidth", "iso", "nendo", "wareki"])
def test_08_year_forms(form):
    folder = case("08-year-forms")
    tables = folder / f"transactions_{form}.csv", folder / "firms.csv"
    assert connhub.check(*tables).years == (2023, 2024)
    assert connhub.check(*tables, year=2023).entry("other_year")[0] == 6
    assert connhub.check(*tables, columns={"year": None}).years == ()
    dated = form in ("date", "iso")
    notes = [note.kind for note in connhub.check(*tables, fiscal_year=True).notes]
    assert ("intake.years_of_fiscal_dates" in notes) == dated


@pytest.mark.parametrize("form", ["apostrophe", "float", "invoice", "padded", "some"])
def test_16_ids_of_two_kinds(form):
    folder = case("16-ids-of-two-kinds")
    tables = folder / f"transactions_{form}.csv", folder / "firms.csv"
    whole = connhub.check(*tables, fold_ids=True)
    assert whole.entry("unknown_firm") == (0, 0)
    if form == "padded":
        assert connhub.check(*tables).to_dict()["rows"] == whole.to_dict()["rows"]
    elif form == "some":
        note = connhub.check(*tables).notes[0].text("ja", flags=True)
        assert "6990201000264.0" in note
        assert "--fold-ids" in note
    else:
        error = refused(*tables)
        assert kinds(error) == {"totals.few_parties_found"}
        assert "--fold-ids" in error.text("ja", flags=True)


def test_16_names_of_two_decodings():
    folder = case("16-ids-of-two-kinds")
    tables = folder / "transactions_names.csv", folder / "firms_names.csv"
    try:
        said = connhub.check(*tables).notes[0].text("ja", flags=True)
    except ConnhubError as error:
        said = error.text("ja", flags=True)
    assert "--fold-ids" in said
    assert connhub.check(*tables, fold_ids=True).entry("unknown_firm") == (0, 0)


@pytest.mark.parametrize(
    "firms", ["firms.csv", "firms_after_remove_duplicates.csv", "firms_intact.csv"]
)
def test_lost_digits(firms):
    folder = case("user-lost-digits")
    error = refused(folder / "transactions.csv", folder / firms)
    assert kinds(error) == {"intake.ids_in_exponent_form"}
    assert "文字列" in error.text("ja")


def test_title_and_total():
    folder = case("user-title-and-total")
    for ending in ("", "_表題なし"):
        tables = folder / f"取引データ{ending}.xlsx", folder / f"企業一覧{ending}.xlsx"
        error = refused(*tables)
        assert [(f.kind, f.column) for f in error.faults] == [("intake.total_rows", "取引日")]
        ledger = connhub.check(*tables, total_rows="drop")
        assert ledger.entry("total_row") == (1, 11_172_923_000)
        assert ledger.excluded_share == 0


def test_year_alarm():
    folder = case("user-year-alarm")
    result = connhub.analyze(folder / "tx", folder / "firms.parquet", year=2024)
    assert result.ledger.excluded_share == 0
    assert result.ledger.notes[-1].text("ja") == "2024年のみを集計した(ほかの年は5行)"
    assert not {"ledger.excluded_share", "ledger.ids_not_found"} & {
        note.kind for note in result.ledger.notes
    }
    assert not result.regions.frame[["excluded_sales", "excluded_purchases"]].to_numpy().any()


def test_every_kind_has_inputs_of_our_own():
    kinds = {p.name for p in CASES.iterdir() if p.is_dir() and not p.name.startswith("rel-")}
    assert kinds - {"user-raw-errors"} == set(COUNTED)
