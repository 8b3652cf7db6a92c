"""Files of one table that are copies."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connhub.intake.repeated_files import repeated_files

CSV = "seller_id,buyer_id,amount\na,b,30\n"


def texts(folder: Path, kind: str) -> list[str]:
    return [n.text("en") for n in repeated_files(sorted(folder.iterdir()), kind)]


def test_copies_are_noted(tmp_path):
    for name in ("a - コピー.csv", "a.csv", "b.csv"):
        (tmp_path / name).write_text(CSV if name != "b.csv" else CSV.replace("30", "40"))
    assert texts(tmp_path, "csv") == [
        "a - コピー.csv and a.csv hold the same bytes: check that no row is counted twice"
    ]


def test_large_files_that_differ_in_the_middle_are_none(tmp_path):
    content = CSV * 10_000
    (tmp_path / "a.csv").write_text(content)
    (tmp_path / "b.csv").write_text(content[:150_000] + "9" + content[150_001:])
    assert texts(tmp_path, "csv") == []


def test_files_without_rows_are_alike_by_nature(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(CSV.splitlines()[0] + "\n")
    assert texts(tmp_path, "csv") == []
    folder = tmp_path / "parquet"
    folder.mkdir()
    for name in "abc":
        rows = pa.table({"x": pa.array([], pa.int64())})
        pq.write_table(rows, folder / f"{name}.parquet")
    assert texts(folder, "parquet") == []


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("a.csv", "a (1).csv"),
        ("a.csv", "a(2).csv"),
        ("取引.csv", "取引 - コピー.csv"),
        ("取引.csv", "取引 - コピー (2).csv"),
        ("取引.csv", "取引のコピー.csv"),
        ("取引.csv", "コピー ～ 取引.csv"),
        ("a.csv.gz", "a（3）.csv.gz"),
        ("a.csv", "Copy of a.csv"),
        ("a", "a copy 2"),
    ],
)
def test_files_that_are_called_copies_are_noted(tmp_path, name, copy):
    """A copy that was changed has other bytes."""
    (tmp_path / name).write_text(CSV)
    (tmp_path / copy).write_text(CSV.replace("30", "40"))
    (tmp_path / "b (1).csv").write_text(CSV + "a,b,9\n")  # there is no b.csv
    (text,) = texts(tmp_path, "csv")
    assert text.startswith(f"{copy} is called like a copy of {name}; both were read")
