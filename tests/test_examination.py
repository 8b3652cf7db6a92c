"""All tables of a job together: every fault at once, and what each table was recognized as."""

import openpyxl
import pyarrow as pa
import pytest

import connhub
from connhub.errors import ColumnError, InputError, OptionError
from connhub.examination import examine

FIRMS = pa.table({"法人番号": ["1", "2"], "都道府県": ["新潟県", "東京都"]})
DEALS = pa.table({"販売元": ["1"], "販売先": ["2"], "取引金額(千円)": ["30"]})
FINANCIALS = pa.table({"法人番号": ["1"], "年度": ["R5"], "営業利益(千円)": ["5"]})
FIELDS = pa.table({"分野": ["機械"], "企業ID": ["1"]})


def test_faults_of_all_tables_come_together_each_with_its_place():
    found = examine(
        pa.table({"販売元": ["1", "2"], "販売先": ["2", "1"], "取引金額(千円)": ["x", "5"]}),
        pa.table({"法人番号": ["1", "1"], "都道府県": ["新潟県", "しらない県"]}),
        financials=pa.table({"法人番号": ["1"], "年度": ["R5"], "従業員数": ["人"]}),
        fields=FIELDS,
    )
    assert [(f.kind, f.column, f.rows) for f in found.faults] == [
        ("intake.repeated_id", "法人番号", (2,)),
        ("regions.prefecture_code", "都道府県", (2,)),
        ("intake.unreadable_number", "取引金額(千円)", (1,)),
        ("selection.value_unreadable", "従業員数", (1,)),
    ]
    assert found.ledger is None
    with pytest.raises(InputError) as error:
        found.raise_faults()
    assert error.value.faults == found.faults


def test_a_firm_table_with_faults_makes_no_faults_of_parties():
    broken = pa.table({"法人番号": ["1", "1"], "都道府県": ["新潟県", "新潟県"]})
    deals = DEALS.append_column("販売元都道府県", pa.array(["新潟県"]))
    found = examine(deals, broken, unknown_firm="error", unknown_region="error")
    assert [f.kind for f in found.faults] == ["intake.repeated_id"]
    by_area = pa.table({"法人番号": ["1", "1"], "圏": ["甲", "乙"]})
    deals = DEALS.append_column("販売元地域", pa.array(["甲"]))
    found = examine(deals, by_area, region="圏")
    assert [f.kind for f in found.faults] == ["intake.repeated_id"]


def test_without_faults_there_is_a_ledger_and_what_was_recognized():
    found = examine(DEALS, FIRMS, financials=FINANCIALS, fields=FIELDS)
    assert found.faults == ()
    assert found.raise_faults().entry("read") == (1, 30_000)
    by_name = {table.table: table for table in found.tables}
    assert list(by_name) == ["transactions", "firms", "financials", "fields"]
    assert by_name["transactions"].roles["amount"] == ("取引金額(千円)",)
    assert by_name["firms"].roles == {"firm_id": ("法人番号",), "prefecture_code": ("都道府県",)}
    assert by_name["financials"].years == (2023,)
    assert by_name["fields"].roles["field"] == ("分野",)


@pytest.mark.parametrize(
    ("tables", "error"),
    [
        ((DEALS.rename_columns(["a", "b", "c"]), FIRMS), ColumnError),
        ((DEALS, FIRMS.rename_columns(["a", "b"])), ColumnError),
        ((DEALS, pa.table({"法人番号": ["1", "1"], "都道府県": ["15", "15"]})), InputError),
    ],
)
def test_the_error_is_of_the_kind_of_its_faults(tables, error):
    with pytest.raises(error) as raised:
        connhub.check(*tables)
    assert type(raised.value) is error


def test_a_wrong_option_is_told_once():
    with pytest.raises(OptionError) as error:
        connhub.check(DEALS, FIRMS, region="prefectre")
    assert len(error.value.faults) == 1


def test_a_column_of_the_users_as_region_is_recognized():
    firms = FIRMS.append_column("圏", pa.array(["甲", "乙"]))
    found = examine(DEALS, firms, region="圏")
    assert found.tables[1].roles["region"] == ("圏",)
    assert found.tables[1].unused == ()


def test_wide_financials_and_their_unit_are_shown():
    wide = pa.table({"法人番号": ["1"], "売上高2022": [1], "売上高2023": [2], "備考": ["x"]})
    table = examine(DEALS, FIRMS, financials=wide, financials_unit="千円").tables[2]
    assert table.roles["net_sales"] == ("売上高2022", "売上高2023")
    assert table.unused == ("備考",)
    assert table.years == (2022, 2023)
    assert "千円" in table.units[0].text("ja")


def test_the_sheet_and_the_header_row_are_facts(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "表紙"
    sheet = book.create_sheet("一覧")
    for row in (["企業一覧"], [], ["法人番号", "都道府県"], ["1", "新潟県"], ["2", "東京都"]):
        sheet.append(row)
    book.save(tmp_path / "企業.xlsx")
    layout = examine(DEALS, tmp_path / "企業.xlsx").tables[1].layouts[0]
    assert (layout.sheet, layout.header_row) == ("一覧", 3)


def test_the_own_prefecture_is_the_one_that_all_trade_is_with():
    firms = pa.table({"法人番号": ["1", "2", "3"], "都道府県": ["新潟県", "東京都", "大阪府"]})

    def home(*deals):
        sellers, buyers = zip(*deals, strict=True)
        amounts = pa.array([1] * len(deals))
        trade = pa.table({"販売元": sellers, "販売先": buyers, "取引金額": amounts})
        return examine(trade, firms).home

    assert home(("1", "2"), ("3", "1"), ("1", "1")) == "新潟県"
    assert home(("1", "2")) is None  # it may be either
    assert home(("1", "2"), ("2", "3"), ("3", "1")) is None


def test_a_stream_is_read_once_and_its_faults_are_left():
    rows = pa.table({"販売元": ["1", "計"], "販売先": ["2", ""], "取引金額": ["3", "3"]})
    found = examine(rows.to_reader(), FIRMS)
    assert [f.kind for f in found.left] == ["intake.total_rows"]
    assert examine(rows, FIRMS).options == {"total_rows": "drop"}


def test_fields_name_a_firm_that_is_not_there():
    fields = pa.table({"分野": ["機械"], "企業ID": ["9"]})
    found = examine(DEALS, FIRMS, fields=fields)
    assert [f.kind for f in found.faults] == ["selection.field_unknown_firm"]
    assert found.ledger is not None
    with pytest.raises(InputError):
        connhub.check(DEALS, FIRMS, fields=fields)
