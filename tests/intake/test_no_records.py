"""Rows that are no records: blank ones, totals and notes; and firms that are only called so."""

import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError
from connhub.intake.firm_table import read_firms

FIRMS = "企業ID,企業名,都道府県コード\na,甲社,15\nb,乙社,15\nc,丙社,13\n"
DEALS = "販売元,販売先,取引金額,年度\na,b,10,2023\nb,c,20,2023\na,c,30,2024\n"


def tables(tmp_path, more="", firms="", kind="csv"):
    deals_path, firms_path = tmp_path / "deals.csv", tmp_path / "firms.csv"
    deals_path.write_text(DEALS + more, encoding="utf-8")
    firms_path.write_text(FIRMS + firms, encoding="utf-8")
    if kind == "csv":
        return deals_path, firms_path
    import pyarrow.csv as pc

    convert = pc.ConvertOptions(
        column_types=dict.fromkeys(
            ("企業ID", "都道府県コード", "販売元", "販売先", "取引金額", "年度"), pa.string()
        )
    )
    return [pc.read_csv(path, convert_options=convert) for path in (deals_path, firms_path)]


def refused(*args, **options):
    with pytest.raises(InputError) as caught:
        connhub.check(*args, **options)
    return caught.value


@pytest.mark.parametrize("kind", ["csv", "table"])
@pytest.mark.parametrize("row", [",,,", " ,　, ,", '"",,,'])
def test_a_row_without_any_content_is_no_row(tmp_path, row, kind):
    ledger = connhub.check(*tables(tmp_path, f"{row}\n{row}\n", ",,\n", kind))
    assert ledger.entry("blank_row") == (2, 0)
    assert (ledger.entry("read"), ledger.residual_rows) == ((5, 60), 0)
    assert any("1" in str(reading) and "blank" in str(reading) for reading in ledger.readings)
    assert ledger.excluded_share == 0


def test_a_true_gap_is_still_a_fault(tmp_path):
    error = refused(*tables(tmp_path, "a,b,,2023\n,,,2023\n,,,\n"))
    assert [(f.kind, f.rows) for f in error.faults] == [("intake.missing_amount", (5, 6))]


@pytest.mark.parametrize(
    "word", ["合計", "小計", "総計", "計", "Total", " 合　計 ", "ＴＯＴＡＬ", "total"]
)
@pytest.mark.parametrize("column", [0, 1, 3])
def test_a_total_is_named_or_left_out(tmp_path, word, column):
    cells = ["", "", "60", ""]
    cells[column] = word
    row = ",".join(cells) + "\n"
    error = refused(*tables(tmp_path, row), unknown_firm="outside")
    (fault,) = error.faults
    assert (fault.kind, fault.rows) == ("intake.total_rows", (5,))
    assert "--total-rows drop" in error.text("ja", flags=True)
    wanted = connhub.analyze(*tables(tmp_path), unknown_firm="outside")
    found = connhub.analyze(*tables(tmp_path, row), unknown_firm="outside", total_rows="drop")
    assert found.degrees.frame.equals(wanted.degrees.frame)
    assert found.ledger.entry("total_row") == (1, 60)
    assert found.ledger.residual_amount == found.ledger.residual_rows == 0
    assert found.ledger.excluded_share == wanted.ledger.excluded_share


def test_a_subtotal_of_a_firm_as_spreadsheets_write_it(tmp_path):
    (fault,) = refused(*tables(tmp_path, "a 集計,,40,\nd 集計,b,1,\n")).faults
    assert fault.rows == (5,)


def test_a_label_in_front_of_the_parties(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(
        "取引日,販売元,販売先,取引金額\n4/1,a,b,10\n合計,,,10\n小計,a,,10\n", encoding="utf-8"
    )
    (fault,) = refused(path, tables(tmp_path)[1]).faults
    assert (fault.column, fault.rows) == ("取引日", (3, 4))
    assert connhub.check(path, tables(tmp_path)[1], total_rows="drop").entry("total_row") == (2, 20)


@pytest.mark.parametrize(
    "name", ["計測社", "合計食品", "株式会社トータル", "会計", "設計", "Capital", "a 計量"]
)
def test_firms_that_are_only_called_so(tmp_path, name):
    more, firm = f"{name},b,5,2023\nz{name},b,5,2023\n", f"{name},{name},15\n"
    ledger = connhub.check(*tables(tmp_path, more, firm))
    assert ledger.entry("in_region") == (2, 15)
    assert ledger.entry("unknown_firm") == (1, 5)


def test_a_firm_of_that_name_that_has_a_region(tmp_path):
    ledger = connhub.check(*tables(tmp_path, "合計,b,5,2023\n", "合計,合計,15\n"))
    assert ledger.entry("in_region") == (2, 15)


def test_a_sum_alone_is_no_fault(tmp_path):
    assert connhub.check(*tables(tmp_path, "a,b,60,2023\n")).entry("in_region") == (2, 70)


@pytest.mark.parametrize("row", ["(注)見本である。,,,", "※ 単位は円,,,", ",,,出典: 調査", ",,注1,"])
def test_a_note_is_named_or_left_out(tmp_path, row):
    (fault,) = refused(*tables(tmp_path, f",,,\n{row}\n")).faults
    assert (fault.kind, fault.rows) == ("intake.note_rows", (6,))
    ledger = connhub.check(*tables(tmp_path, f",,,\n{row}\n"), total_rows="drop")
    assert (ledger.entry("blank_row"), ledger.entry("total_row")) == ((1, 0), (1, 0))


@pytest.mark.parametrize("row", ["合計,3社,", ",合計,", "総計,,", "※ 令和6年現在,,", ",,(注)見本"])
def test_firm_tables(tmp_path, row):
    error = refused(*tables(tmp_path, firms=f",,\n{row}\n"))
    assert [(f.rows, f.kind) for f in error.faults] in (
        [((6,), "intake.total_rows")],
        [((6,), "intake.note_rows")],
    )
    ledger = connhub.check(*tables(tmp_path, firms=f",,\n{row}\n"), total_rows="drop")
    assert ledger.to_dict()["rows"] == connhub.check(*tables(tmp_path)).to_dict()["rows"]


def test_rows_of_other_faults_are_counted_with_those_that_are_no_records(tmp_path):
    error = refused(*tables(tmp_path, firms=",,\na,甲社,15\nd,丁社,99\n"))
    assert sorted(f.rows for f in error.faults) == [(6,), (7,)]


def test_a_firm_without_a_region_is_no_note(tmp_path):
    firms = pa.table({"firm_id": ["甲社", "乙社", "丙社"], "prefecture_code": ["15", "13", None]})
    deals = pa.table({"seller_id": ["甲社"] * 2, "buyer_id": ["乙社", "丙社"], "amount": [1, 2]})
    assert connhub.check(deals, firms).entry("unknown_region") == (1, 2)


def test_financials(tmp_path):
    from connhub.selection import read_financials

    rows = "法人番号,年度,売上高(千円)\n7010001000018,2023,5\n2010001000019,2023,6\n"
    path = tmp_path / "f.csv"
    path.write_text(rows + "合計,,11\n,,\n※ 注,,\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_financials(path)
    assert [(f.kind, f.rows) for f in caught.value.faults][:2] == [
        ("intake.total_rows", (4,)),
        ("intake.note_rows", (6,)),
    ]
    found = read_financials(path, total_rows="drop")
    assert found.table["net_sales"].to_pylist() == [5000, 6000]


def test_threads_and_prepared_tables_agree(tmp_path):
    deals, firms = tables(tmp_path, ",,,\n合計,,60,\na,z,5,2024\n")
    options = {"total_rows": "drop"}
    wanted = connhub.analyze(deals, firms, **options)
    connhub.prepare(deals, firms, out=tmp_path / "p", **options)
    for year in (None, 2023, 2024):
        raw = connhub.analyze(deals, firms, year=year, threads=3, batch_rows=1, **options)
        again = connhub.analyze(tmp_path / "p", year=year)
        assert again.ledger.to_dict() == raw.ledger.to_dict()
    assert wanted.ledger.entry("total_row") == (1, 60)


TOTALS = [
    "年度計",
    "県計",
    "*合計*",
    "合計：",
    "(計)",
    "累計",
    "合計額",
    "取引総額",
    "ｺﾞｳｹｲ",
    "合计",
    "小計(新潟県)",
    "計 2件",
    "Sub-Total",
]
FIRMS_CALLED_SO = [
    "計測社",
    "合計食品",
    "株式会社トータル",
    "統計社",
    "設計",
    "会計",
    "Totalis",
    "ショウケイ",
    "3E10",
]


@pytest.mark.parametrize("name", TOTALS)
def test_totals_by_other_names_are_not_counted_in_silence(tmp_path, name):
    deals, firms = tables(tmp_path, f"{name},,60,\n")
    error = refused(deals, firms, unknown_firm="outside")
    assert [(f.kind, f.rows) for f in error.faults] == [("intake.total_rows", (5,))]
    (tmp_path / "in_firms").mkdir()
    deals, firms = tables(tmp_path / "in_firms", firms=f"{name},,\n")
    assert [(f.kind, f.rows) for f in refused(deals, firms).faults] == [("intake.total_rows", (5,))]


@pytest.mark.parametrize("name", FIRMS_CALLED_SO)
def test_firms_that_are_called_like_totals_are_firms(tmp_path, name):
    tables_ = tables(tmp_path, f"{name},a,60,2024\n", firms=f"{name},{name},\n")
    ledger = connhub.check(*tables_, unknown_region="outside")
    assert ledger.entry("out_of_region") == (3, 110)


def test_words_of_rows_that_are_dropped_do_not_stay():
    columns = {"firm_id": ["a", "b", "合計"], "prefecture_code": ["13", "27", "2社"]}
    firms = read_firms(pa.table(columns), total_rows="drop")
    words = firms.table["prefecture_code"].combine_chunks().dictionary
    assert (len(firms), words.to_pylist()) == (2, ["13", "27"])
