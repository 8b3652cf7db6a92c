"""Headers below titles, over several rows, and none at all."""

from __future__ import annotations

import pytest

from connhub.errors import ColumnError, OptionError
from connhub.intake.header import choose_header, find_header, first_row_as_header
from connhub.intake.open_table import open_source, read_all
from connhub.options import TableOptions

PLAIN = TableOptions()


def test_a_row_of_titles_is_no_header():
    rows = [
        ["企業ID等の一覧"],
        ["企業ID", "は法人番号"],  # a note that names one column
        [],
        ["企業ID", "企業名", "都道府県"],
        ["1", "あ", "東京都"],
    ]
    found = find_header(rows, "firms", PLAIN)
    assert (found.row, found.names) == (4, ("企業ID", "企業名", "都道府県"))
    assert found.titles == ("企業ID等の一覧", "企業ID", "は法人番号")


def test_a_firm_table_may_have_only_an_id_and_the_users_own_columns():
    found = find_header([["企業ID", "振興局"], ["1", "上川"]], "firms", PLAIN)
    assert (found.row, found.certain) == (1, False)


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("financials", ["法人番号", "売上高2022", "売上高2023"]),
        ("financials", ["法人番号", "売上高(令和4年度)", "営業利益(令和4年度)"]),
        ("financials", ["法人番号", "年度", "売上高"]),
        ("financials", ["法人番号", "2024年3月期売上高", "R5営業利益"]),
        ("fields", ["分野", "産業分類コード"]),
        ("firm_totals", ["法人番号", "県外売上高", "県内仕入高"]),
        ("firms", ["corporateNumber", "name", "prefectureCode", "cityCode"]),
    ],
)
def test_each_table_has_its_own_header(table, names):
    rows = [["表題"], ["(単位:千円)"], names, ["x"] * len(names)]
    assert find_header(rows, table, PLAIN).row == 3


def test_columns_that_the_user_names_are_recognized():
    rows = [["売買"], ["売", "買", "円"], ["a", "b", "1"]]
    assert find_header(rows, "transactions", PLAIN) is None
    read = TableOptions(columns={"seller_id": "売", "buyer_id": "買", "amount": "円"})
    assert find_header(rows, "transactions", read).row == 2


MERGED = [
    # group names over two columns each, one header over both rows
    (
        [["販売元", None, "販売先", None, "取引金額"], ["ID", "名称", "ID", "名称", None]],
        [(0, 0, 0, 1), (0, 2, 0, 3), (0, 4, 1, 4)],
        2,
        ("販売元ID", "販売元名称", "販売先ID", "販売先名称", "取引金額"),
        "transactions",
    ),
    # group names that the lower names do not need
    (
        [["企業情報", None, "所在地"], ["法人番号", "商号", "都道府県"]],
        [(0, 0, 0, 1)],
        2,
        ("法人番号", "商号", "都道府県"),
        "firms",
    ),
    # a name merged downwards beside a group
    (
        [["法人番号", "所在地", None], [None, "都道府県", "市区町村コード"]],
        [(0, 0, 1, 0), (0, 1, 0, 2)],
        2,
        ("法人番号", "都道府県", "市区町村コード"),
        "firms",
    ),
    # years under a group
    (
        [["財務"], ["法人番号", "売上高", None], [None, "2022年度", "2023年度"]],
        [(0, 0, 0, 2), (1, 0, 2, 0), (1, 1, 1, 2)],
        3,
        ("法人番号", "売上高2022年度", "売上高2023年度"),
        "financials",
    ),
    # a column that is two cells wide
    (
        [["法人番号", "企業名", None, "都道府県"], ["1", "あ", None, "東京都"]],
        [(0, 1, 0, 2)],
        1,
        ("法人番号", "企業名", "", "都道府県"),
        "firms",
    ),
]


@pytest.mark.parametrize(("rows", "merged", "row", "names", "table"), MERGED)
@pytest.mark.parametrize("given", [False, True])
def test_merged_headers(rows, merged, row, names, table, given):
    rows = [*rows, ["1", "2", "3", "4", "5"][: len(rows[-1])]]
    read = TableOptions(header_row=row if given else None)
    found = choose_header(rows, table, read, merged=merged)
    assert (found.row, found.names) == (row, names)


def test_a_given_row_wins():
    rows = [["企業ID", "企業名"], ["id", "name"], ["1", "あ"]]
    assert choose_header(rows, "firms", TableOptions(header_row=2)).names == ("id", "name")
    with pytest.raises(OptionError, match="no row 9"):
        choose_header(rows, "firms", TableOptions(header_row=9))


def test_a_row_far_down(tmp_path):
    rows = "".join(f"注{i},,\n" for i in range(60)) + "販売元,販売先,取引金額\na,b,5\n"
    (tmp_path / "d.csv").write_text(rows, encoding="utf-8")
    found = open_source(tmp_path / "d.csv", "transactions", TableOptions(header_row=61))
    assert read_all(found, ["取引金額"]).to_pylist() == [{"取引金額": "5"}]


@pytest.mark.parametrize("name", ["企 業 名", "企　業　名", "企業名\n", "企業\n名"])
def test_names_set_with_blanks(name):
    assert find_header([["法人\n番号", name]], "firms", PLAIN).certain


def test_columns_named_for_another_table():
    read = TableOptions(columns={"year": "年月", "firm_id": "コード"})
    assert find_header([["財務"], ["法人番号", "年度", "売上高"]], "financials", read).row == 2


def test_names_of_a_table_without_a_header():
    rows = [["a", "b", "5"], ["c", "d", "6"]]
    read = TableOptions(names=["seller_id", "buyer_id", "amount"])
    found = choose_header(rows, "transactions", read)
    assert (found.row, found.names, found.roles) == (0, ("seller_id", "buyer_id", "amount"), 3)
    with pytest.raises(OptionError, match="has 2 names, the table has 3 columns"):
        choose_header(rows, "transactions", TableOptions(names=["seller_id", "buyer_id"]))
    with pytest.raises(OptionError, match="needs the names of the 3 columns"):
        choose_header(rows, "transactions", TableOptions(header_row=0))
    with pytest.raises(OptionError, match="give a list, each member a text"):
        TableOptions(names="abc")


def test_names_take_the_place_of_a_header():
    rows = [["売", "買", "円", None], ["a", "b", "5", None]]
    read = TableOptions(header_row=1, names=["seller_id", "buyer_id", "amount"])
    found = choose_header(rows, "transactions", read)
    assert (found.row, found.names) == (1, ("seller_id", "buyer_id", "amount", ""))


def test_data_are_not_taken_for_a_header():
    with pytest.raises(ColumnError, match="looks like data"):
        first_row_as_header([["1010001000001", "1010001000002", "5,000"]], "d.csv")
    assert first_row_as_header([[], ["売", "買", "円"]], "d.csv").row == 2
