"""What is refused because it looks damaged: each refusal names an option that lets the data in."""

import pyarrow as pa
import pytest

import connhub
from connhub.errors import ConnhubError
from connhub.examination import examine
from tests.builders import transaction_table

FIRMS = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
DEALS = transaction_table(("a", "b", 70), ("b", "a", 30))
SHORT = pa.table({"firm_id": ["a", "b", "c"], "municipality_code": ["11011", "131016", "12025"]})
ZEROS = pa.table({"firm_id": [f"{i}010100000000" for i in (1, 2, 3)], "prefecture": ["13"] * 3})


def deals_of(firms):
    ids = firms["firm_id"].to_pylist()
    return transaction_table(*((one, other, 10) for one in ids for other in ids if one != other))


def regions(**options):
    return connhub.analyze(deals_of(SHORT), SHORT, **options).degrees.frame["region"].tolist()


def in_place(place, values):
    return DEALS.append_column(place, pa.array(values))


SUSPECTED = [
    (deals_of(SHORT), SHORT, {}, {"lost_digits": "restore"}, "regions.municipality_zero_lost"),
    (deals_of(SHORT), SHORT, {}, {"lost_digits": "keep"}, "regions.municipality_zero_lost"),
    (
        in_place("seller_region", ["11011", "131016"]),
        FIRMS,
        {},
        {"lost_digits": "keep"},
        "regions.municipality_zero_lost",
    ),
    (deals_of(ZEROS), ZEROS, {}, {"lost_digits": "keep"}, "intake.ids_with_lost_digits"),
    (transaction_table(("a", "b", 7), ("合計", "b", 7)), FIRMS, {}, {"total_rows": "drop"}, ""),
    (
        transaction_table(("a", "b", 7), ("合計", "b", 7)),
        FIRMS,
        {},
        {"total_rows": "keep"},
        "intake.total_rows",
    ),
    (
        DEALS,
        pa.table({"firm_id": ["a", "b", "計"], "prefecture_code": ["13", "27", None]}),
        {},
        {"total_rows": "keep"},
        "intake.total_rows",
    ),
    (
        transaction_table(("a", "x", 7), ("b", "y", 7)),
        FIRMS,
        {},
        {"unknown_firm": "outside"},
        "totals.few_parties_found",
    ),
    (
        DEALS,
        FIRMS.set_column(1, "prefecture_code", pa.array([None, "27"], pa.string())),
        {},
        {"unknown_region": "outside"},
        "totals.no_region_found",
    ),
    (
        transaction_table(("1.0", "2.0", 7), ("2.0", "1.0", 7)),
        FIRMS.set_column(0, "firm_id", pa.array(["1", "2"])),
        {},
        {"fold_ids": True},
        "totals.few_parties_found",
    ),
    (
        DEALS.rename_columns(["seller_id", "buyer_id", "取引金額(千円)百万円"]),
        FIRMS,
        {},
        {"unit": "千円"},
        "intake.unit_unsettled",
    ),
    (
        DEALS.set_column(2, "amount", pa.array(["#N/A", "30"])),
        FIRMS,
        {"missing_amount": "exclude"},
        {"missing_marks": ["#N/A"]},
        "intake.error_cells",
    ),
    (
        transaction_table(("a", "b", 7), ("#N/A", "b", 7)),
        FIRMS,
        {},
        {"missing_marks": ["#N/A"]},
        "intake.error_cells",
    ),
    (
        DEALS.append_column("year", pa.array(["2023", "－"])),
        FIRMS,
        {"year": 2023},
        {"missing_marks": ["－"]},
        "intake.no_year",
    ),
    (
        DEALS.set_column(2, "amount", pa.array(["***", "30"])),
        FIRMS,
        {"missing_amount": "exclude"},
        {"missing_marks": ["***"]},
        "intake.unreadable_number",
    ),
]


@pytest.mark.parametrize(("deals", "firms", "given", "option", "kind"), SUSPECTED)
def test_the_option_that_a_refusal_names_lets_the_data_in(deals, firms, given, option, kind):
    with pytest.raises(ConnhubError) as caught:
        connhub.check(deals, firms, **given)
    (name,) = option
    for fault in caught.value.faults:
        assert not kind or fault.kind == kind
        assert f"{name}=" in fault.fix("ja")
        assert f"--{name.replace('_', '-')}"[:14] in fault.fix("en", flags=True)
    ledger = connhub.check(deals, firms, **given, **option)
    assert ledger.residual_amount == 0
    assert ledger.entry("out_of_region")[0] + ledger.entry("in_region")[0] > 0


def test_zeros_are_put_back_or_left_out_as_asked():
    assert regions(lost_digits="restore") == ["01", "13", "01"]
    assert regions(lost_digits="keep") == ["11", "13", "12"]
    ledger = connhub.check(deals_of(SHORT), SHORT, lost_digits="restore")
    (note,) = [r for r in ledger.readings if r.kind == "regions.zeros_put_back"]
    assert "11011 → 011011" in note.text("ja")


def test_a_column_that_has_lost_nothing_stays_as_it_is():
    right = SHORT.set_column(1, "municipality_code", pa.array(["11101", "13101", "12100"]))
    for digits in ("error", "restore", "keep"):
        frame = connhub.analyze(deals_of(right), right, lost_digits=digits).degrees.frame
        assert frame["region"].tolist() == ["11", "13", "12"]


ONE_EACH = [f"{code:02d}" for code in range(1, 10)]
OF_THE_NORTH = ["01100", "02201", "03201", "04100", "05201", "06201", "07201", "08201", "09201"]
SIX_DIGITS = [
    "011002",
    "022012",
    "032018",
    "041009",
    "052019",
    "062014",
    "072010",
    "082015",
    "092011",
]


@pytest.mark.parametrize(
    ("role", "codes"),
    [
        ("prefecture_code", ONE_EACH),  # a region with one firm each
        ("municipality_code", OF_THE_NORTH),
        ("municipality_code", SIX_DIGITS),
        ("municipality_code", [*OF_THE_NORTH[:5], *SIX_DIGITS[5:]]),
    ],
)
def test_codes_of_the_north_that_are_right_are_no_suspicion(role, codes):
    firms = pa.table({"firm_id": [f"{i}E10" for i in range(1, 10)], role: codes})
    frame = connhub.analyze(deals_of(firms), firms).degrees.frame
    assert frame["region"].tolist() == ONE_EACH


@pytest.mark.parametrize(
    ("role", "codes"), [("municipality_code", ["1100", "2201"]), ("prefecture_code", ["1", "2 "])]
)
def test_the_north_without_its_zeros_is_mended_where_that_is_asked_for(role, codes):
    firms = pa.table({"firm_id": ["a", "b"], role: codes})
    with pytest.raises(ConnhubError, match="lost_digits='restore'"):
        connhub.analyze(deals_of(firms), firms)
    frame = connhub.analyze(deals_of(firms), firms, lost_digits="restore").degrees.frame
    assert frame["region"].tolist() == ["01", "02"]
    assert examine(deals_of(firms), firms).options == {"lost_digits": "restore"}


def test_what_was_asked_to_be_left_out_is_no_loss():
    deals = DEALS.append_column("year", pa.array([2022, 2023]))
    left_out = connhub.check(deals, FIRMS, year=2023).entry("other_year")
    assert left_out == (1, DEALS["amount"][0].as_py())
    themselves = transaction_table(("a", "a", 5), ("b", "b", 6))
    assert connhub.check(themselves, FIRMS).entry("self_trade") == (2, 11)
