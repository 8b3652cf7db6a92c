"""Corrected copies: what is certain, with every change in the log, and over no other file."""

import csv
import hashlib

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.clean_copies import write_clean_copies
from connhub.cli import main
from connhub.errors import StorageError
from connhub.examination import examine
from connhub.options import ReadOptions
from tests.builders import DELIVERED, FINANCIALS

DEALS = (
    "売り手,買い手,年度,取引金額(千円),備考\r\n"
    '1,2,令和5年度,"1,200",x\r\n'
    ",,,,\r\n"
    "2,1,2024,▲5,=1+1\r\n"
    "1,2,R6,未定,\r\n"
    "合計,,,1195,\r\n"
)
FIRMS = "法人番号,TDB企業コード,企業名,都道府県\r\n7,1,甲社,新潟県\r\n8,2,-甲社,東京都\r\n"


@pytest.fixture
def tables(tmp_path):
    (tmp_path / "取引.csv").write_text(DEALS, encoding="cp932")
    (tmp_path / "企業.csv").write_text(FIRMS, encoding="cp932")
    return tmp_path


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as f:
        return list(csv.reader(f))


def hashes(folder):
    return {
        p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir() if p.is_file()
    }


def test_what_is_certain_is_changed_and_every_change_is_in_the_log(tables):
    options = {"columns": {"firm_id": "TDB企業コード"}, "total_rows": "drop"}
    job = [tables / "取引.csv", tables / "企業.csv"]
    found = examine(*job, **options, write_clean=tables / "clean")
    assert found.clean_copies == tables / "clean"
    copied = read(tables / "clean" / "transactions.csv")
    assert copied[0] == ["販売元", "販売先", "年", "取引金額(円)", "備考"]
    assert ["1", "2", "2023", "1200000", "x"] in copied
    assert ["2", "1", "2024", "-5000", "'=1+1"] in copied
    assert ["1", "2", "2024", "未定", ""] in copied  # not certain: as it is
    assert len(copied) == 4
    firms = read(tables / "clean" / "firms.csv")
    assert firms[0] == ["参考_法人番号", "企業ID", "企業名", "都道府県コード"]
    assert firms[2] == ["8", "2", "'-甲社", "東京都"]
    log = read(tables / "clean" / "log.csv")
    assert log[0] == ["file", "row", "column", "before", "after"]
    changes = {(row[0], row[1], row[2]): tuple(row[3:]) for row in log[1:]}
    assert changes["取引.csv", "2", "年度"] == ("令和5年度", "2023")
    assert changes["取引.csv", "2", "取引金額(千円)"] == ("1,200", "1200000")
    assert changes["取引.csv", "3", ""] == ("", "(空の行を削除)")
    assert changes["取引.csv", "6", ""] == ("合計 1195", "(合計の行を削除)")
    assert changes["企業.csv", "1", "TDB企業コード"] == ("TDB企業コード", "企業ID")
    assert ("取引.csv", "5", "取引金額(千円)") not in changes


def test_totals_stay_where_nothing_is_said_of_them(tables):
    write_clean_copies(tables / "clean", {"transactions": tables / "取引.csv"})
    assert ["合計", "", "", "1195000", ""] in read(tables / "clean" / "transactions.csv")


def test_the_inputs_stay_as_they_are_and_a_second_run_gives_the_same(tables):
    before = hashes(tables)
    job = {"transactions": tables / "取引.csv", "firms": tables / "企業.csv"}
    write_clean_copies(tables / "clean", job)
    first = hashes(tables / "clean")
    write_clean_copies(tables / "clean", job)
    assert hashes(tables / "clean") == first
    assert hashes(tables) == before


@pytest.mark.parametrize("name", ["transactions.csv", "log.csv", "firms.csv"])
def test_no_file_of_others_is_written_over(tables, name):
    folder = tables / "others"
    folder.mkdir()
    (folder / name).write_text("大事", encoding="utf-8")
    job = {"transactions": tables / "取引.csv", "firms": tables / "企業.csv"}
    with pytest.raises(StorageError, match="another folder"):
        write_clean_copies(folder, job)
    assert [p.name for p in folder.iterdir()] == [name]
    assert (folder / name).read_text(encoding="utf-8") == "大事"


def test_files_beside_are_left_alone_and_copies_are_not_their_own_source(tables):
    folder = tables / "clean"
    folder.mkdir()
    (folder / "memo.txt").write_text("x")
    write_clean_copies(folder, {"transactions": tables / "取引.csv"})
    assert (folder / "memo.txt").read_text() == "x"
    before = hashes(folder)
    with pytest.raises(StorageError):
        write_clean_copies(folder, {"transactions": folder / "transactions.csv"})
    assert hashes(folder) == before


def test_marks_and_full_width_ids_are_plain_in_the_copy(tmp_path):
    (tmp_path / "d.csv").write_text("販売元,販売先,取引金額\n１,2,X\n1,2,5\n", encoding="utf-8")
    options = connhub.examination.ReadOptions(fold_ids=True, missing_marks=["X"])
    write_clean_copies(tmp_path / "c", {"transactions": tmp_path / "d.csv"}, read=options)
    assert read(tmp_path / "c" / "transactions.csv")[1:] == [["1", "2", ""], ["1", "2", "5"]]
    log = read(tmp_path / "c" / "log.csv")
    assert ["d.csv", "2", "取引金額", "X", ""] in log
    assert ["d.csv", "2", "販売元", "１", "1"] in log


def test_cents_keep_their_places(tmp_path):
    (tmp_path / "d.csv").write_text("seller_id,buyer_id,amount (EUR)\na,b,1.5\n", encoding="utf-8")
    options = connhub.examination.ReadOptions(resolution="0.01")
    write_clean_copies(tmp_path / "c", {"transactions": tmp_path / "d.csv"}, read=options)
    assert read(tmp_path / "c" / "transactions.csv") == [
        ["販売元", "販売先", "取引金額(EUR)"],
        ["a", "b", "1.50"],
    ]


def test_a_table_that_cannot_be_read_whole_is_left_out(tmp_path):
    (tmp_path / "d.csv").write_text("販売元,販売先,取引金額\n1,2\n", encoding="utf-8")
    assert write_clean_copies(tmp_path / "c", {"transactions": tmp_path / "d.csv"}) == []
    assert [p.name for p in (tmp_path / "c").glob("*.csv")] == ["log.csv"]


def test_the_copies_of_the_sample_give_the_same_results(tmp_path, capsys):
    arguments = ["check", *DELIVERED, "--financials", FINANCIALS, "--missing-amount", "exclude"]
    assert main([*arguments, "--write-clean", str(tmp_path / "clean")]) == 0
    assert "transactions.csv" in capsys.readouterr().out
    copies = [str(tmp_path / "clean" / f"{n}.csv") for n in ("transactions", "firms", "financials")]
    one = connhub.analyze(*DELIVERED, missing_amount="exclude")
    other = connhub.analyze(*copies[:2], missing_amount="exclude")
    pd.testing.assert_frame_equal(one.degrees.frame, other.degrees.frame)
    chosen = [
        result.select(firms, financials=table, scheme="historical-fy2019").frame
        for result, firms, table in (
            (one, DELIVERED[1], FINANCIALS),
            (other, copies[1], copies[2]),
        )
    ]
    pd.testing.assert_frame_equal(*chosen)


def test_what_is_filled_into_merged_cells_is_logged_and_errors_stop_no_copy(tmp_path):
    made = openpyxl.Workbook()
    for row in (["販売元", "販売先", "取引金額"], ["a", "b", 5], [None, "a", "#N/A"]):
        made.active.append(row)
    made.active.merge_cells("A2:A3")
    made.save(tmp_path / "d.xlsx")
    options = {"merged_cells": "fill", "missing_marks": ["#N/A"]}
    tables = {"transactions": tmp_path / "d.xlsx"}
    written = write_clean_copies(tmp_path / "clean", tables, read=ReadOptions(**options))
    assert written == ["transactions"]
    copy = (tmp_path / "clean" / "transactions.csv").read_text("utf-8-sig").splitlines()
    assert copy[1:] == ["a,b,5", "a,a,"]
    log = (tmp_path / "clean" / "log.csv").read_text("utf-8-sig")
    assert "d.xlsx,3,販売元,,a" in log


def test_a_table_that_is_not_copied_is_named(tmp_path):
    (tmp_path / "d.csv").write_text("販売元,販売先,取引金額\na,b,5,9\n", encoding="utf-8")
    firms = pa.table({"firm_id": ["a", "b"], "prefecture": ["13", "27"]})
    found = examine(tmp_path / "d.csv", firms, write_clean=tmp_path / "clean")
    assert not (tmp_path / "clean" / "transactions.csv").exists()
    assert "取引表: 先に対処すべき問題があるため" in found.notes[-1].text("ja")
