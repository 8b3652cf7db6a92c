"""Ids that have lost digits, errors of spreadsheets, and ids of two kinds."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import connhub
from connhub.errors import InputError
from connhub.intake.cell_texts import is_total
from connhub.intake.ids import folded
from connhub.intake.odd_ids import EXPONENT, PADDED, TOTAL, ZEROS, find_odd
from connhub.regions.codes import corporate_number_check_digit

NUMBERS = ["7010001000018", "2010001000019", "6010001000020", "4010001000021"]

BODIES = ["010001000018", "010001000019"]
CORPORATE = [f"{d}{b}" for d, b in zip(corporate_number_check_digit(BODIES), BODIES, strict=True)]


def firms(ids=NUMBERS, **more):
    return pa.table({"firm_id": ids, "prefecture_code": ["15"] * len(ids), **more})


def deals(sellers, buyers=None, **more):
    buyers = [*sellers[1:], sellers[0]] if buyers is None else buyers
    amounts = list(range(1, len(sellers) + 1))
    return pa.table({"seller_id": sellers, "buyer_id": buyers, "amount": amounts, **more})


def refused(*args, **options):
    with pytest.raises(InputError) as caught:
        connhub.analyze(*args, **options)
    return caught.value


def test_what_is_odd():
    texts = [
        "a",
        " b",
        "b　",
        "合計",
        "Total",
        "7.1E+12",
        "3E10",
        "#N/A",
        "7101590000000",
        None,
        "",
    ]
    for values in (pa.array(texts), pa.array(texts).dictionary_encode()):
        found = {kind: rows.tolist() for kind, rows in find_odd(values).items()}
        assert found == {PADDED: [1, 2], TOTAL: [3, 4], EXPONENT: [5], 4: [7], ZEROS: [8]}
    assert find_odd(pa.array([7101590000000, 5, None]))[ZEROS].tolist() == [0]


_marks = st.text(st.sampled_from("*＊★ 　\u00a0()（）【】[]-=:。！…・_＿×÷㈱㊟●😀〽"), max_size=2)
_words = st.sampled_from(
    ["計", "合計", "小　計", "年度計", "全県計", "Total", "TOTAL", "total", "Subtotal", "totals"]
    + ["grand total", "ＴＯＴＡＬ", "ｔｏｔａｌ", "Ｔｏｔａｌ", "合　計", "地域計", "総合計"]
)
_ends = st.sampled_from(
    [
        "",
        "2件",
        " 12 社",
        "３行",
        "１２件",
        "100円",
        "5千円",
        "3百万円",
        "(新潟県)",
        "（県内）",
        "(a b)",
    ]
)


@given(_marks, _words, _ends, _marks, st.text("計Total測社a円1", max_size=6))
def test_no_text_that_is_a_total_is_passed_over(before, word, end, after, other):
    texts = [before + word + end + after, other]
    found = find_odd(pa.array(["x", *texts, "山"]))
    rows = {row - 1 for kind in (TOTAL, PADDED) for row in found.get(kind, [])}
    assert {k for k, content in enumerate(texts) if is_total(content)} <= rows


@pytest.mark.parametrize(
    "form", ["7.10159E+12", "7E+12", "6.990201000264E+12", "7.1e+12", " 7.1E+12"]
)
def test_digits_that_are_lost_are_always_refused(form):
    error = refused(deals(NUMBERS), firms([form, *NUMBERS[1:]]))
    assert [(f.kind, f.rows) for f in error.faults] == [("intake.ids_in_exponent_form", (1,))]
    assert "書き出し直し" in error.text("ja")
    error = refused(deals([form, *NUMBERS[1:]]), firms())
    assert {f.kind for f in error.faults} == {"intake.ids_in_exponent_form"}
    twice = refused(deals(NUMBERS), firms([form, form, *NUMBERS]))
    assert [f.kind for f in twice.faults] == ["intake.ids_in_exponent_form"]


@pytest.mark.parametrize("code", ["3E10", "1E+5X", "E+12", "10E+12", "A-3E+10"])
def test_codes_that_look_like_it_pass(code):
    table = firms([code, *NUMBERS])
    assert connhub.analyze(deals([code, *NUMBERS]), table).ledger.entry("in_region")[0] == 5


@pytest.mark.parametrize("kind", [pa.string(), pa.int64()])
def test_numbers_that_end_in_the_same_zeros(kind):
    ids = pa.array([7101590000000, 3101590000000, 1101570000000, 2010001000019]).cast(kind)
    error = refused(deals(NUMBERS), firms(ids))
    assert [(f.kind, f.count) for f in error.faults] == [("intake.ids_with_lost_digits", 3)]
    few = pa.array([7101590000000, 3101589477162, 1101570843755, 2010001000019]).cast(kind)
    connhub.read_firms(firms(few))
    short = pa.array([100000, 200000, 300000, 400000]).cast(kind)
    connhub.read_firms(firms(short))


@pytest.mark.parametrize(
    "word", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"]
)
def test_an_error_is_no_blank(word):
    """In any cell that is read."""
    for table in (
        firms([word, *NUMBERS[1:]]),
        firms(name=["甲", word, "乙", "丙"]),
        firms().set_column(1, "prefecture_code", pa.array([word, "15", "15", "15"])),
        firms(municipality_code=["15202", word, None, None]),
    ):
        assert {f.kind for f in refused(deals(NUMBERS), table).faults} == {"intake.error_cells"}
    two = NUMBERS[:2]
    for trade in (
        deals([word, two[1]], two),
        deals(two).set_column(2, "amount", pa.array([word, "5"])),
        deals(two, year=["2023", word]),
        deals(["z", two[1]], two, seller_region=[word, None]),
    ):
        error = refused(trade, firms(), missing_amount="exclude")
        assert {f.kind for f in error.faults} == {"intake.error_cells"}
        assert word in str(error)


@pytest.mark.parametrize("values", [[True, False], [None, True]])
def test_what_is_no_money(values):
    two = NUMBERS[:2]
    with pytest.raises(InputError, match="bool"):
        connhub.analyze(deals(two).set_column(2, "amount", pa.array(values)), firms())
    texts = pa.array(["TRUE", "2024-01-05"])
    error = refused(deals(two).set_column(2, "amount", texts), firms())
    assert error.faults[0].rows == (1, 2)


FORMS = {
    "ids_with_point": "{}.0", "ids_with_apostrophe": "'{}", "ids_of_invoices": "T{}",
    "ids_of_other_width": None,
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("side", ["transactions", "firms"])
def test_ids_of_two_kinds_are_shown_side_by_side(kind, side):
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    other = [FORMS[kind].format(i) if FORMS[kind] else i.translate(wide) for i in NUMBERS]
    mine, listed = (other, NUMBERS) if side == "transactions" else (NUMBERS, other)
    error = refused(deals(mine), firms(listed))
    (fault,) = error.faults
    assert fault.values["difference"].kind == f"intake.{kind}"
    assert (len(fault.values["ids"]), len(fault.values["listed"])) == (3, 3)
    assert mine[0] in str(error)
    assert listed[0] in str(error)
    assert "--fold-ids" in error.text("ja", flags=True)
    assert "--fold-ids True" not in error.text("ja", flags=True)
    folded_ids = connhub.analyze(deals(mine), firms(listed), fold_ids=True)
    assert folded_ids.ledger.entry("in_region")[0] == 4


def test_names_that_were_decoded_in_two_ways():
    listed = ["株式会社〜見本", "見本−商事", "見本‖電機", "甲社"]
    mine = ["株式会社～見本", "見本－商事", "見本∥電機", "甲社"]
    assert folded(pa.array(mine)).equals(folded(pa.array(listed)))
    error = refused(deals(mine), firms(listed))
    assert error.faults[0].values["difference"].kind == "intake.ids_with_other_dashes"
    assert connhub.check(deals(mine), firms(listed), fold_ids=True).entry("in_region")[0] == 4


@pytest.mark.parametrize("blank", ["       ", "　", "\t"])
def test_blanks_around_ids_do_not_count(blank):
    padded = [f"{i}{blank}" for i in NUMBERS]
    for mine, listed in ((padded, NUMBERS), (NUMBERS, padded), (padded, padded)):
        result = connhub.analyze(deals(mine), firms(listed))
        assert result.ledger.entry("in_region")[0] == 4
        assert result.degrees.frame["firm_id"].tolist() == NUMBERS


@pytest.mark.parametrize(
    ("mine", "listed", "kind"),
    [
        (["123", "45"], ["00123", "00045"], "ids_without_zeros"),
        (["00123", "00045"], ["123", "45"], "ids_with_zeros"),
        (["ab-1", "cd-2"], ["AB-1", "CD-2"], "ids_of_other_case"),
        (["7010001-000018", "2010001-000019"], NUMBERS, "ids_with_hyphens"),
        (BODIES, CORPORATE, "ids_without_check_digit"),
        (CORPORATE, BODIES, "ids_with_check_digit"),
        (["1234567", "7654321"], NUMBERS, "ids_of_other_shape"),
        (["株式会社甲", "乙社"], NUMBERS, "ids_of_other_shape"),
    ],
)
def test_other_differences_are_named(mine, listed, kind):
    (fault,) = refused(deals(mine), firms(listed)).faults
    assert fault.values["difference"].kind == f"intake.{kind}"
    assert fault.fix("ja")


def test_some_ids_of_another_kind_are_noted_first():
    mine = [f"{NUMBERS[0]}.0", *NUMBERS[1:]]
    notes = connhub.check(deals(mine), firms()).notes
    assert notes[0].kind == "ledger.ids_not_found_folded"
    assert f"{NUMBERS[0]}.0" in notes[0].text("ja")
    assert "fold_ids" in notes[0].text("ja")


def test_all_money_lost_is_an_error_but_of_a_sum():
    trade = deals(["x", "y"])
    error = refused(trade, firms())
    assert "'x'" in str(error)
    with pytest.raises(InputError):
        connhub.check(trade, firms())
    assert connhub.total(trade, connhub.read_firms(firms())).to_ledger().excluded_share == 1
    nowhere = firms().set_column(1, "prefecture_code", pa.array([None] * 4, pa.string()))
    assert refused(deals(NUMBERS), nowhere).faults[0].kind == "totals.no_region_found"
    empty = pa.array([None, None], pa.string())
    assert refused(deals(empty, empty), firms()).faults[0].kind == "totals.no_party_found"


@pytest.mark.parametrize(
    "options",
    [{"negative": "drop"}, {"self_trade": "exclude"}, {"intragroup": "exclude"}],
)
def test_exclusions_that_were_asked_for_are_none(options):
    trade = deals(NUMBERS[:2], year=[2023, 2023])
    if "negative" in options:
        trade = trade.set_column(2, "amount", pa.array([-5, -7]))
    if "self_trade" in options:
        trade = trade.set_column(1, "buyer_id", trade["seller_id"])
    table = firms(group_id=["g"] * 4)
    assert connhub.check(trade, table, **options).entry("in_region") == (0, 0)


def test_groups_that_have_lost_digits():
    groups = ["7.1E+12", "7.1E+12", None, "3E10"]
    error = refused(deals(NUMBERS), firms(group_id=groups))
    assert [(f.kind, f.rows) for f in error.faults] == [("intake.ids_in_exponent_form", (1, 2))]
    passing = firms(group_id=["3E10", "3E10", None, None])
    assert connhub.check(deals(NUMBERS), passing).entry("with_intragroup")[0] == 1
