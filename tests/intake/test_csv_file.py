"""Where records begin and end: line numbers, quotation marks, limits."""

from __future__ import annotations

import csv
import gzip
import io
import itertools

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import connhub
from connhub.errors import ConnhubError, InputError, LimitError, OptionError
from connhub.intake.csv_records import line_ends_above, walk
from connhub.intake.open_table import open_source, read_all
from connhub.options import TableOptions

HEADER = "seller_id,buyer_id,amount\n"
FIRMS = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def faults_of(path, **options):
    with pytest.raises(ConnhubError) as caught:
        connhub.analyze(path, FIRMS, **options)
    return caught.value.faults


def only_fault(path, **options):
    (fault,) = faults_of(path, **options)
    return fault


# --- the walk ---------------------------------------------------------------------------

_CELLS = st.lists(st.text(st.sampled_from('a," \n\r\t'), max_size=4), min_size=1, max_size=3)


@given(st.lists(_CELLS, min_size=1, max_size=5), st.sampled_from(["\n", "\r\n", "\r"]))
def test_the_walk_agrees_with_the_standard_library(rows, newline):
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator=newline).writerows(rows)
    block = written.getvalue().encode()
    found = walk(block, ",", newline[-1:].encode())
    inside = [io.StringIO(cell, newline=None).read().count("\n") for r in rows for cell in r]
    assert found == (len(block), sum(inside), -1, -1)
    of_rows = [sum(io.StringIO(c, newline=None).read().count("\n") for c in row) for row in rows]
    starts = [0, *itertools.accumulate(n + 1 for n in of_rows)][:-1]
    assert line_ends_above(block, ",", len(rows)).tolist() == starts


@pytest.mark.parametrize(
    ("block", "stray"),
    [
        ('"a"b,c\n', 3),
        ('"a" b,c\n', 4),
        ('x,"a""b"c\n', 8),
        ('"a\n"b\n', 4),
        ('"a" ,"b"\t\n', -1),
        ('a"b,c"d,"e"\n', -1),  # no field begins there
    ],
)
def test_text_after_a_closing_mark(block, stray):
    assert walk(block.encode(), ",", b"\n").stray == stray


# --- stray marks ------------------------------------------------------------------------


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block", [60, 1 << 20])
def test_a_stray_pair_of_marks_swallows_no_rows(tmp_path, monkeypatch, newline, block):
    monkeypatch.setattr("connhub.intake.csv_file.BLOCK_BYTES", block)
    lines = ["a,b,1000"] * 300
    lines[9] = lines[259] = '"a,b,1000'
    path = write(tmp_path / "d.csv", HEADER.replace("\n", newline) + newline.join(lines) + newline)
    fault = only_fault(path)
    assert (fault.kind, fault.rows) == ("intake.text_after_quote", (261,))
    assert "row 11" in fault.text("en")
    assert "11行目" in fault.text("ja")


def test_a_mark_that_is_not_closed_is_named_with_its_row(tmp_path):
    path = write(tmp_path / "d.csv", HEADER + 'a,b,5\na,"b,5\n' + "a,b,5\n" * 50)
    fault = only_fault(path)
    assert (fault.kind, fault.rows) == ("intake.open_quote", (3,))


def test_marks_inside_of_fields_are_text(tmp_path):
    path = write(tmp_path / "d.csv", HEADER + 'a,6" pipe,5\na,b,7\n')
    source = open_source(path, "transactions")
    found = read_all(source, ["buyer_id"])["buyer_id"].to_pylist()
    assert found == ['6" pipe', "b"]


# --- rows are lines ---------------------------------------------------------------------


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block", [40, 1 << 20])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_rows_are_lines_of_an_editor(tmp_path, monkeypatch, newline, block, pack):
    monkeypatch.setattr("connhub.intake.csv_file.BLOCK_BYTES", block)
    lines = [
        '"title', 'below"', "", 'seller_id,buyer_id,"amount', '",note',
        "a,b,5,", "", "a,b,x,", 'a,b,6,"one', "", 'three"', "", "a,b,y,", 'a,b,z,"p', 'q"', "",
        "a,b,7,", "a,b",
    ]  # fmt: skip
    bad = [lines.index(line) + 1 for line in ("a,b,x,", "a,b,y,", 'a,b,z,"p')]
    content = (newline.join(lines) + newline).encode()
    path = write(tmp_path / ("d.csv.gz" if pack is gzip.compress else "d.csv"), pack(content))
    by_kind = {fault.kind: list(fault.rows) for fault in faults_of(path)}
    assert by_kind == {"intake.unreadable_number": bad, "intake.number_of_fields": [len(lines)]}
    source = open_source(path, "transactions")
    assert [note.values.get("row") for note in source.notes] == [4]
    assert open_source(path, "transactions", TableOptions(header_row=4)).layouts == source.layouts


def test_rows_of_a_table_in_several_files(tmp_path):
    """The row is that of the file that has it, not of all files one after the other."""
    folder = tmp_path / "firms"
    folder.mkdir()
    write(folder / "a.csv", 'firm_id,name,prefecture_code\na,"x\ny",13\n')
    write(folder / "b.csv", 'firm_id,name,prefecture_code\nb,"x\ny",27\n\nc,z,99\n')
    with pytest.raises(InputError) as caught:
        connhub.read_firms(folder)
    (fault,) = caught.value.faults
    assert (fault.file, fault.rows) == (str(folder / "b.csv"), (5,))


def test_blank_lines_of_a_table_of_one_column(tmp_path):
    source = open_source(write(tmp_path / "f.csv", "firm_id\na\n\n\nb\n"), "firms")
    assert read_all(source, ["firm_id"])["firm_id"].to_pylist() == ["a", None, None, "b"]
    assert [source.row(record) for record in range(4)] == [2, 3, 4, 5]


@pytest.mark.parametrize("header", ["seller_id,buyer_id,amount,,\n", HEADER])
@pytest.mark.parametrize("tail", ["", ",,"])
def test_trailing_commas(tmp_path, header, tail):
    path = write(tmp_path / "d.csv", header + f"a,b,5{tail}\nb,a,7{tail}\n")
    assert connhub.analyze(path, FIRMS).ledger.entry("read") == (2, 12)


# --- limits -----------------------------------------------------------------------------


def bomb(path, head: bytes, unit: bytes, times: int):
    """A file of a few bytes of gzip that unpacks to far more."""
    with gzip.open(path, "wb", compresslevel=1) as f:
        f.write(head)
        for _ in range(times):
            f.write(unit)
    return path


@pytest.mark.parametrize(
    ("head", "unit", "row"),
    [
        (HEADER.encode(), bytes(1 << 20), 2),
        (b"", b"x" * (1 << 20), 1),
        (HEADER.encode() + b"a,b,5\n" * 99 + b'a,b,"', b"\n" * 999, 101),
    ],
)
def test_a_record_has_a_limit(tmp_path, head, unit, row):
    path = bomb(tmp_path / "d.csv.gz", head, unit, 30 * (1 << 20) // len(unit))
    fault = only_fault(path, limits={"record_bytes": 10 << 20})
    assert (fault.kind, fault.rows) == ("intake.long_record", (row,))
    assert "limits={'record_bytes': ...}" in fault.fix("en")
    assert "--limit record_bytes=..." in fault.fix("ja", flags=True)


def test_what_is_packed_has_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("connhub.intake.csv_file.FREE", 1 << 20)
    path = bomb(tmp_path / "d.csv.gz", HEADER.encode(), b"a,b,1\n" * 100_000, 20)
    fault = only_fault(path, limits={"expansion": 20})
    assert fault.kind == "intake.expansion"
    ledger = connhub.analyze(path, FIRMS).ledger
    assert ledger.entry("read") == (2_000_000, 2_000_000)


def test_a_table_has_so_many_columns(tmp_path):
    wide = HEADER[:-1] + "".join(f",c{i}" for i in range(20_000)) + "\n"
    path = write(tmp_path / "d.csv", wide + "a,b,5" + "," * 20_000 + "\n")
    fault = only_fault(path)
    assert (fault.kind, fault.values["count"]) == ("intake.too_many_columns", 20_003)
    found = connhub.analyze(path, FIRMS, limits={"columns": 30_000}).ledger.entry("read")
    assert found == (1, 5)
    table = pa.table({f"c{i}": [1] for i in range(20)})
    with pytest.raises(LimitError):
        open_source(table, "firms", TableOptions(limits={"columns": 10}))


@pytest.mark.parametrize("limits", [{"colums": 5}, {"columns": 0}, {"columns": "5"}])
def test_limits_are_checked(limits):
    with pytest.raises(OptionError):
        TableOptions(limits=limits)


# --- files that change ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_that_grows_while_it_is_read(tmp_path, kind):
    path = tmp_path / f"d.{kind}"
    table = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": ["5"]})
    if kind == "csv":
        write(path, HEADER + "a,b,5\n")
    else:
        pa.parquet.write_table(table, path)
    source = open_source(path, "transactions")
    with path.open("ab") as f:
        f.write(b"a,b,7\n")
    for read in (connhub.analyze, lambda s, _: read_all(s, ["amount"])):
        with pytest.raises(InputError) as caught:
            read(source, FIRMS)
        assert caught.value.faults[0].kind in ("intake.changed_meanwhile", "intake.damaged_file")
