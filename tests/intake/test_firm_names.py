"""Parties that are names: only by an explicit table, and never by likeness."""

import pyarrow as pa
import pytest

import connhub
from connhub.cli import main
from connhub.errors import ColumnError, InputError, OptionError

FIRMS = pa.table(
    {
        "法人番号": ["1", "2", "3", "4"],
        "企業名": ["甲社", "乙社", "丙社", "丙社"],
        "都道府県": ["新潟県", "東京都", "新潟県", "東京都"],
    }
)
DEALS = pa.table({"売り手": ["甲社", "2"], "買い手": ["乙社", "1"], "金額": [30, 5]})
NAMES = pa.table({"名称": ["甲社", "乙社"], "法人番号": ["1", "2"]})


def test_names_stand_for_ids_and_ids_for_themselves():
    ledger = connhub.check(DEALS, FIRMS, firm_names=NAMES)
    assert ledger.entry("out_of_region") == (2, 35)
    assert ledger.rows.get("unknown_firm", 0) == 0


def test_without_the_table_names_are_never_matched():
    ledger = connhub.check(DEALS, FIRMS)
    assert ledger.entry("unknown_firm") == (1, 30)


@pytest.mark.parametrize("name", ["甲 社", "株式会社甲社", "甲社(株)", "甲"])
def test_what_is_only_like_a_name_is_not_found(name):
    deals = pa.table({"売り手": [name, "2"], "買い手": ["乙社", "1"], "金額": [30, 5]})
    assert connhub.check(deals, FIRMS, firm_names=NAMES).entry("unknown_firm") == (1, 30)


def test_a_name_of_several_ids_is_a_fault_where_it_is_used():
    deals = pa.table({"売り手": ["甲社", "丙社"], "買い手": ["乙社", "甲社"], "金額": [30, 5]})
    assert connhub.check(DEALS, FIRMS, firm_names=FIRMS).entry("read") == (2, 35)
    with pytest.raises(InputError) as error:
        connhub.check(deals, FIRMS, firm_names=FIRMS)
    (fault,) = error.value.faults
    assert (fault.kind, fault.column, fault.rows) == ("intake.ambiguous_name", "売り手", (2,))


def test_the_same_name_and_id_twice_is_no_contradiction():
    twice = pa.concat_tables([NAMES, NAMES])
    assert connhub.check(DEALS, FIRMS, firm_names=twice).entry("out_of_region") == (2, 35)


def test_full_width_names_where_ids_are_folded():
    deals = pa.table({"売り手": ["Ａ社", "2"], "買い手": ["乙社", "1"], "金額": [30, 5]})
    names = pa.table({"名称": ["A社", "乙社"], "法人番号": ["1", "2"]})
    options = {"firm_names": names, "fold_ids": True}
    assert connhub.check(deals, FIRMS, **options).entry("out_of_region") == (2, 35)


def test_integer_ids():
    firms = pa.table({"firm_id": [1, 2], "prefecture_code": ["15", "13"]})
    names = pa.table({"name": ["甲社", "乙社"], "firm_id": [1, 2]})
    deals = pa.table({"seller_id": ["甲社"], "buyer_id": ["乙社"], "amount": [30]})
    assert connhub.check(deals, firms, firm_names=names).entry("out_of_region") == (1, 30)


@pytest.mark.parametrize(
    ("names", "error"),
    [
        (pa.table({"法人番号": ["1"]}), ColumnError),
        (pa.table({"名称": ["甲社", None], "法人番号": ["1", "2"]}), InputError),
        (pa.table({"名称": ["甲社", "乙社"], "法人番号": ["1", ""]}), InputError),
        ("ない.csv", InputError),
        (5, OptionError),
    ],
)
def test_a_table_of_names_with_faults(names, error):
    with pytest.raises(error):
        connhub.check(DEALS, FIRMS, firm_names=names)


def test_on_the_command_line(tmp_path, capsys):
    files = {
        "取引.csv": "売り手,買い手,金額\n甲社,乙社,30\n",
        "企業.csv": "法人番号,企業名,都道府県\n1,甲社,新潟県\n2,乙社,東京都\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="cp932")
    deals, firms = (str(tmp_path / name) for name in files)
    assert main(["check", deals, firms, "--firm-names", firms]) == 0
    assert "域外取引            1 行" in capsys.readouterr().out
