"""Units of money: found anywhere in a header or above a table, and never lost."""

import pyarrow as pa
import pytest

import connhub
from connhub.errors import ConnhubError, OptionError
from connhub.intake.units import settle_unit, unit_note, unit_origin
from connhub.schema import YEN_UNITS, normal_header, unit_words
from connhub.selection import read_financials
from connhub.text.catalogue import Message

FIRMS = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})


def read(header, unit=None, **options):
    trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], header: ["5"]})
    return connhub.check(trade, FIRMS, unit=unit, **options)


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("取引金額_千円", "千円"), ("取引金額(千円)※", "千円"), ("取引金額（千円、税抜）", "千円"),
        ("取引金額 千円単位", "千円"), ("取引金額千円", "千円"), ("取引金額【税抜・百万円】", "百万円"),
        ("取引金額(単位：億円)", "億円"), ("取引金額(1,000円)", "千円"), ("(百万円)取引金額", "百万円"),
        ("取引金額(百万)", "百万円"), ("amount_thousand_yen", "千円"), ("Amount (JPY million)", "百万円"),
        ("取引金額(千円)(税込)", "千円"), ("取引金額_千円_税抜", "千円"), ("取引金額(K円)", "千円"),
        ("amount (EUR)", "EUR"), ("取引金額(千ドル)", "千ドル"), ("取引金額[円]", "円"),
    ],
)  # fmt: skip
def test_a_unit_is_found_anywhere_in_a_header(header, unit):
    assert unit_words(header).units == (unit,)
    assert settle_unit(header, None) == unit
    assert normal_header(header) in ("取引金額", "amount")
    factor = {"千円": 1000, "百万円": 10**6, "億円": 10**8}.get(unit, 1)
    assert read(header).entry("read") == (1, 5 * factor)


@pytest.mark.parametrize(
    "header", ["取引金額(税込)", "取引金額(税抜)", "取引金額（推計）", "取引金額(年間)"]
)
def test_words_that_are_no_unit(header):
    assert unit_words(header).units == ()
    assert read(header).entry("read") == (1, 5)
    assert read(header, "千円").entry("read") == (1, 5000)


@pytest.mark.parametrize(
    "header", ["販売元", "元請金額", "円滑化額", "monkey", "企業コード", "取引金額"]
)
def test_words_that_look_like_units(header):
    assert unit_words(header) == unit_words("")


@pytest.mark.parametrize(
    "header", ["取引金額(500千円以上)", "取引金額(千円/百万円)", "取引金額(5万円超)"]
)
def test_a_unit_that_is_not_certain_is_asked_for(header):
    columns = {"amount": header}
    with pytest.raises(OptionError, match="not certain") as caught:
        read(header, columns=columns)
    assert "--unit" in caught.value.text("ja", flags=True)
    unit = "百万円" if "百万円" in header else "千円"
    assert read(header, unit, columns=columns).entry("read")[0] == 1


def test_units_that_contradict_stay_an_error():
    with pytest.raises(OptionError, match="千円"):
        settle_unit("取引金額(千円)", "百万円")
    assert settle_unit("取引金額(thousand yen)", "千円") == "千円"


def test_units_of_titles():
    titles = ["令和6年度 取引データ", "(単位:千円)", "作成 2026/3/31"]
    assert (settle_unit("取引金額", None, titles), unit_origin("取引金額", None, titles)) == (
        "千円",
        "title",
    )
    assert settle_unit("取引金額", "百万円", titles) == "百万円"
    assert settle_unit("取引金額", None, ["単位:千円、千円未満切捨て"]) == "千円"
    for header, title in (("取引金額(円)", "単位:千円"), ("取引金額", "千円未満は切り捨てた")):
        with pytest.raises(OptionError, match="千円"):
            settle_unit(header, None, [title])


def test_what_was_assumed_is_said_first():
    assert read("取引金額").to_text("ja").splitlines()[0] == "金額: 円(見出しに単位なし)"
    assert (
        read("取引金額_千円").readings[0].text("en")
        == "amounts: thousand yen (header '取引金額_千円')"
    )
    ledger = read("取引金額", "千円")
    assert connhub.Ledger.from_dict(ledger.to_dict()).readings == ledger.readings
    note = unit_note(Message("intake.amounts"), "取引金額", None, ["単位:千円"])
    assert note.kind == "intake.unit_from_title"


@pytest.mark.parametrize("header", ["取引金額(K)", "取引金額(M)"])
def test_letters_that_may_be_a_scale_are_asked_about(header):
    with pytest.raises(OptionError, match="unit="):
        settle_unit(header, None)
    assert settle_unit(header, "百万円") == "百万円"


ROWS = "a,b,5\n"


@pytest.mark.parametrize(
    ("content", "unit"),
    [
        (f"販売元,販売先,取引金額\n{ROWS}※単位は千円,,\n", "千円"),
        (f"販売元,販売先,取引金額\n{ROWS}\n,,(百万円)\n", "百万円"),
        ("販売元,販売先,取引金額,単位\na,b,5,千円\n", "千円"),
        ("販売元,販売先,取引金額(千円),Unit\na,b,5,円\n", "円"),
    ],
)
def test_a_unit_beside_or_below_the_amounts_is_never_lost(tmp_path, content, unit):
    path, firms = tmp_path / "d.csv", pa.table({"firm_id": ["a", "b"], "prefecture": ["13", "27"]})
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConnhubError) as caught:
        connhub.check(path, firms, total_rows="drop")
    (fault,) = caught.value.faults
    assert (fault.kind, fault.values["unit"]) == ("intake.unit_unsettled", unit)
    assert fault.rows[0] > 1
    if "千円)" not in content:
        ledger = connhub.check(path, firms, total_rows="drop", unit=unit)
        assert ledger.entry("out_of_region") == (1, 5 * YEN_UNITS[unit])


def test_a_unit_below_other_tables_is_never_lost(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("法人番号,年度,売上高\na,2023,5\n※金額は百万円,,\n", encoding="utf-8")
    with pytest.raises(OptionError, match="百万円"):
        read_financials(path, total_rows="drop")
    found = read_financials(path, total_rows="drop", unit="百万円")
    assert found.table["net_sales"].to_pylist() == [5_000_000]
    header = "法人番号,都道府県,県外売上高,県内仕入高\na,13,5,5\n※金額は百万円,,,\n"
    path.write_text(header, encoding="utf-8")
    with pytest.raises(OptionError, match="百万円"):
        connhub.analyze_firm_totals(path, total_rows="drop")
    found = connhub.analyze_firm_totals(path, total_rows="drop", unit="百万円")
    assert found.ledger.entry("read") == (1, 10_000_000)


@pytest.mark.parametrize("row", [",,千円", ",,単位：千円", "コード,コード,千円", ",,(千円)"])
def test_a_unit_in_a_row_below_the_header(tmp_path, row):
    path, firms = tmp_path / "d.csv", pa.table({"firm_id": ["a", "b"], "prefecture": ["13", "27"]})
    path.write_text(f"販売元,販売先,取引金額\n{row}\n{ROWS}", encoding="utf-8")
    assert connhub.check(path, firms).entry("out_of_region") == (1, 5000)


def test_words_of_units_in_other_columns_are_no_units(tmp_path):
    path, firms = tmp_path / "d.csv", pa.table({"firm_id": ["a", "b"], "prefecture": ["13", "27"]})
    path.write_text("販売元,販売先,取引金額,単位,備考\na,b,5,kg,千円札\n", encoding="utf-8")
    assert connhub.check(path, firms).entry("out_of_region") == (1, 5)
