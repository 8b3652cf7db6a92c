"""Small or damaged files that would fill the memory: refused or read in seconds, at their size."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.long
HEADER = b"seller_id,buyer_id,amount\n"
PROGRAM = """
import pathlib, sys, time
import connhub, pyarrow as pa
firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
connhub.analyze(pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [1]}), firms)
start = time.process_time()
try:
    print(connhub.analyze(sys.argv[1], firms).ledger.entry("read"))
except connhub.ConnhubError as error:
    print(error.faults[0].kind)
peak = next(x for x in pathlib.Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x)
print(time.process_time() - start, int(peak.split()[1]) >> 10)
"""


def zeros(path: Path) -> None:
    with gzip.open(path.with_suffix(".csv.gz"), "wb", compresslevel=1) as f:
        f.write(HEADER)
        for _ in range(1024):
            f.write(bytes(1 << 20))


def filled(start: bytes, unit: bytes, times: int, end: bytes = b""):
    def write(path: Path) -> None:
        with path.with_suffix(".csv").open("wb") as f:
            f.write(start)
            for _ in range(times):
                f.write(unit)
            f.write(end)

    return write


def columns(count: int):
    def write(path: Path) -> None:
        names = "".join(f",c{i}" for i in range(count)).encode()
        row = b"a,b,5" + b"," * count + b"\n"
        path.with_suffix(".csv").write_bytes(HEADER[:-1] + names + b"\n" + row * 3)

    return write


def parquet(count: int):
    def write(path: Path) -> None:
        table = pa.schema([(f"c{i}", pa.int8()) for i in range(count)]).empty_table()
        pq.write_table(table, path.with_suffix(".parquet"), store_schema=False)

    return write


def workbook(*cells: tuple[str, int]):
    """A workbook of a few kilobytes with cells as its XML says."""

    def write(path: Path) -> None:
        import xlsxwriter

        plain = path.with_suffix(".plain")
        with xlsxwriter.Workbook(plain) as book:
            book.add_worksheet().write(0, 0, "x")
        with (
            zipfile.ZipFile(plain) as old,
            zipfile.ZipFile(path.with_suffix(".xlsx"), "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for name in old.namelist():
                content = old.read(name)
                if name.endswith("sheet1.xml"):
                    start, _, end = content.partition(b"<sheetData>")
                    end = end.partition(b"</sheetData>")[2]
                    middle = b"".join(part.encode() * times for part, times in cells)
                    content = start + b"<sheetData>" + middle + b"</sheetData>" + end
                new.writestr(name, content)
        plain.unlink()

    return write


TEXT = '<row r="1"><c r="A1" t="inlineStr"><is><t>'
BOMBS = {
    "a gigabyte of zeros": (zeros, "intake.long_record"),
    "300 MB in one line": (filled(HEADER, b"x" * (1 << 20), 300), "intake.long_record"),
    "300 MB in the first line": (filled(b"", b"x" * (1 << 20), 300), "intake.long_record"),
    "300 MB in one quote": (
        filled(HEADER + b'a,"', b"a,b,5\n" * 10_000, 5000, b'"\n'),
        "intake.long_record",
    ),
    "100,000 columns": (columns(100_000), "intake.too_many_columns"),
    "1,000,000 columns": (columns(1_000_000), "intake.too_many_columns"),
    "Parquet of 100,000 columns": (parquet(100_000), "intake.too_many_columns"),
    "Parquet of 1,000,000 columns": (parquet(1_000_000), "intake.too_many_columns"),
    "a cell far away": (
        workbook(('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', 1)),
        "intake.far_cell",
    ),
    "a sheet of spaces": (workbook((" ", 400 << 20)), "intake.expansion"),
    "a sheet of one text": (
        workbook((TEXT, 1), ("x", 400 << 20), ("</t></is></c></row>", 1)),
        "intake.expansion",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_in_seconds(tmp_path, name):
    write, expected = BOMBS[name]
    write(tmp_path / "bomb")
    (path,) = tmp_path.iterdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, path],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found, figures = done.stdout.splitlines()
    seconds, megabytes = map(float, figures.split())
    print(name, found, round(seconds, 2), "s", megabytes, "MB")
    assert expected is None or found == expected
    assert seconds < 5
    assert megabytes < 500
