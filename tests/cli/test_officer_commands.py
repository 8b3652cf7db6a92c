"""The officer's way: check of all tables, lookup of applicants, firms that are eligible."""

import pytest

import connhub
from connhub.cli import main
from tests.builders import DELIVERED, FINANCIALS

FIRST_HUB = "3101589477162"  # of Niigata; a loss in 2023
SELECTING = [
    "--financials",
    FINANCIALS,
    "--scheme",
    "historical-fy2019",
    "--prefecture",
    "新潟県",
]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    result = connhub.analyze(*DELIVERED, missing_amount="exclude", grain="firms_by_region")
    return str(result.save(tmp_path_factory.mktemp("saved")))


def test_select_names_the_first_hub_that_is_not_ranked(saved, capsys):
    assert main(["select", saved, DELIVERED[1], *SELECTING]) == 0
    printed = capsys.readouterr().out
    assert "! ハブ度1位の企業に順位がない: 新潟県" in printed
    below = printed.split("度が高いのに順位のない企業")[1]
    first = below.splitlines()[3]
    assert FIRST_HUB in first
    assert "利益成長性: 始期または終期が正でない" in first


def test_missing_values_may_be_neutral(saved, capsys):
    assert main(["select", saved, DELIVERED[1], *SELECTING, "--missing", "neutral"]) == 0
    printed = capsys.readouterr().out
    assert "ハブ度1位の企業" not in printed
    assert FIRST_HUB in printed.split("理由")[0]


def test_lookup_finds_by_id_and_by_name(saved, capsys):
    arguments = ["lookup", saved, FIRST_HUB, "霧島台第一商事", *SELECTING[:4]]
    assert main(arguments) == 0
    by_id, by_name = capsys.readouterr().out.split("「霧島台第一商事」")
    for printed in (by_id, by_name):
        assert FIRST_HUB in printed
    assert "新潟県の55社中 1位" in by_id
    assert "順位なし。理由: 指標の値がない (利益成長性" in by_id


def test_lookup_of_a_part_of_a_name_lists_all_and_of_nobody_is_an_error(saved, capsys):
    assert main(["lookup", saved, "花園", "--lang", "en"]) == 0
    printed = capsys.readouterr().out
    assert "more: give more of the name" in printed
    assert main(["lookup", saved, "花園", "ほげほげ"]) == 2
    assert "「ほげほげ」" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["lookup"], ["lookup", "."], ["lookup", "absent", "甲"]])
def test_lookup_without_an_analysis_or_a_firm(arguments, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("connhub: ")


def test_eligible_firms_from_a_table_keep_their_degrees(saved, tmp_path, capsys):
    chosen = [FIRST_HUB, "7101588914913"]
    (tmp_path / "対象.csv").write_text("法人番号\n" + "\n".join(chosen) + "\n", encoding="cp932")
    arguments = ["select", saved, DELIVERED[1], "--prefecture", "15", "--out", str(tmp_path / "s")]
    assert main([*arguments, "--eligible", str(tmp_path / "対象.csv")]) == 0
    printed = capsys.readouterr().out
    assert "対象企業内のコネクター度" in printed
    degrees = connhub.load(saved).firms(chosen).set_index("firm_id")
    import pandas as pd

    frame = pd.read_parquet(tmp_path / "s" / "selection.parquet").set_index("firm_id")
    assert set(frame.index) == set(chosen)
    for firm in chosen:
        assert frame.loc[firm, "connector_degree"] == degrees.loc[firm, "connector_degree"]
    assert frame["sector_connector_degree"].sum() == pytest.approx(1)


def test_check_prints_what_each_table_was_recognized_as(capsys):
    arguments = ["check", *DELIVERED, "--financials", FINANCIALS, "--missing-amount", "exclude"]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    for part in (
        "取引表: 「transactions.csv」",
        "企業表:",
        "財務の表:",
        "文字コード cp932",
        "台帳",
    ):
        assert part in printed
    assert "(amount): " in printed


def test_check_names_the_faults_of_all_tables(tmp_path, capsys):
    files = {
        "取引.csv": "販売元,販売先,取引金額(千円)\n1,2,x\n",
        "企業.csv": "法人番号,都道府県\n1,新潟県\n1,どこか\n",
        "財務.csv": "法人番号,年度,従業員数\n1,R5,人\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="cp932")
    deals, firms, money = (str(tmp_path / name) for name in files)
    assert main(["check", deals, firms, "--financials", money]) == 2
    captured = capsys.readouterr()
    assert "取引表: 「取引.csv」" in captured.out
    assert "問題が4件あります" in captured.err
    for name in files:
        assert f"{name}、列" in captured.err


def test_options_of_reading_beside_a_saved_analysis(saved, tmp_path, capsys):
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["対象外の表"], ["法人番号", "年度", "従業員数"], [FIRST_HUB, 2024, 5]):
        book.active.append(row)
    book.save(tmp_path / "財務.xlsx")
    arguments = ["select", saved, "--financials", str(tmp_path / "財務.xlsx")]
    assert main([*arguments, "--header-row", "financials=2"]) == 0
    capsys.readouterr()
    assert main([*arguments, "--header-row", "financials=1"]) == 2
    assert main([*arguments, "--unit", "円"]) == 2
    assert "unit" in capsys.readouterr().err
