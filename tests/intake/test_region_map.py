"""The user's own regions from a table."""

import openpyxl
import pyarrow as pa
import pytest

from connhub.cli import main
from connhub.errors import ColumnError, InputError
from connhub.intake.region_map import read_region_map

EXPECTED = {"新潟県": "信越", "長岡市": "中越"}


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"都道府県": ["新潟県", "長岡市"], "圏域": ["信越", "中越"]}),
        pa.table({"圏域": ["信越", "中越"], "名称": ["新潟県", "長岡市"]}),
        pa.table({"どこ": ["新潟県", "長岡市"], "どの": ["信越", "中越"]}),
        pa.table({"名称": ["新潟県 ", "長岡市", None], "地域": ["信越", " 中越", ""]}),
    ],
)
def test_two_columns_in_any_dress(table):
    assert read_region_map(table) == EXPECTED


def test_prefecture_and_municipality_in_two_columns():
    table = pa.table(
        {
            "都道府県": ["東京都", "広島県", "新潟県", "新潟県"],
            "市区町村": ["府中市", "府中市", None, "15202"],
            "圏域": ["多摩", "備後", "信越", "中越"],
        }
    )
    assert read_region_map(table) == {
        "東京都府中市": "多摩",
        "広島県府中市": "備後",
        "新潟県": "信越",
        "15202": "中越",
    }


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
@pytest.mark.parametrize(
    "rows", ["新潟県,信越\n長岡市,中越\n", "地域,圏域\n新潟県,信越\n長岡市,中越\n"]
)
def test_files_with_and_without_a_header(tmp_path, rows, encoding):
    (tmp_path / "圏域.csv").write_text(rows, encoding=encoding)
    assert read_region_map(tmp_path / "圏域.csv") == EXPECTED


def test_codes_without_a_header(tmp_path):
    (tmp_path / "圏域.csv").write_text("15,信越\n15202,中越\n", encoding="utf-8")
    assert read_region_map(tmp_path / "圏域.csv") == {"15": "信越", "15202": "中越"}


def test_a_workbook_with_title_rows(tmp_path):
    book = openpyxl.Workbook()
    for row in (["広域圏の設定"], [], ["市区町村", "圏域"], ["新潟県", "信越"], ["長岡市", "中越"]):
        book.active.append(row)
    book.save(tmp_path / "圏域.xlsx")
    assert read_region_map(tmp_path / "圏域.xlsx") == EXPECTED


def test_gaps_and_contradictions_are_named_together():
    table = pa.table({"名称": ["新潟県", "新潟県", None], "圏域": ["甲", "乙", "丙"]})
    with pytest.raises(InputError) as error:
        read_region_map(table)
    assert [(f.kind, f.rows) for f in error.value.faults] == [
        ("intake.region_map_gap", (3,)),
        ("intake.region_map_twice", (2,)),
    ]


def test_three_columns_that_are_not_known():
    with pytest.raises(ColumnError, match="two columns"):
        read_region_map(pa.table({"a": ["x"], "b": ["y"], "c": ["z"]}))


def test_on_the_command_line(tmp_path, capsys):
    files = {
        "取引.csv": "販売元,販売先,取引金額\na,b,30\nb,c,20\n",
        "企業.csv": "企業ID,市区町村コード\na,15100\nb,15202\nc,13206\n",
        "圏域.csv": "新潟市,下越\n長岡市,中越\n東京都府中市,多摩\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="cp932")
    deals, firms, areas = (str(tmp_path / name) for name in files)
    assert main(["analyze", deals, firms, "--region-map", areas, "--prefecture", "下越"]) == 0
    printed = capsys.readouterr().out
    assert "コネクター度 · 下越" in printed
    assert "多摩" in printed
    assert main(["analyze", deals, firms, "--region-map", areas, "--region", "block"]) == 2
    assert "--region-map" in capsys.readouterr().err
