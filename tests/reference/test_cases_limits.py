"""Cases of ../shared/cases that lost digits or rows, ran without end, or wrote to the terminal."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub import cli
from connhub.errors import InputError
from tests.reference.real_data import DATA

CASES = DATA.parent / "cases"
FIRMS = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
MEGABYTES = 500
CONTROL = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))} - {"\n"}

pytestmark = pytest.mark.reference


@pytest.mark.parametrize(("kind", "first_lost"), [(np.float32, 2**24), (np.float16, 2**11)])
def test_float32_and_float16_are_exact_or_refused(kind, first_lost):
    assert (CASES / "rel-float32" / "run.py").is_file()

    def read(amount):
        table = pa.table(
            {"seller_id": ["a"], "buyer_id": ["b"], "amount": np.array([amount], kind)}
        )
        return connhub.analyze(table, FIRMS).ledger.entry("read")[1]

    assert read(first_lost - 1) == first_lost - 1
    for amount in (first_lost, first_lost + 1, first_lost * 8):
        with pytest.raises(InputError, match=kind.__name__.replace("float16", "halffloat|float16")):
            read(amount)


def test_a_stray_quotation_mark_swallows_nothing():
    folder = CASES / "rel-stray-quotes"
    with pytest.raises(InputError, match=r"261") as refused:
        connhub.analyze(folder / "transactions.csv", folder / "firms.csv")
    assert "transactions.csv" in str(refused.value)


@pytest.mark.parametrize("inside", [b"", b'"'], ids=["one line", "one quotation"])
def test_a_gigabyte_in_one_record_is_refused(tmp_path, inside):
    assert (CASES / "rel-gz-bomb" / "README.md").is_file()
    bomb, firms = tmp_path / "z.csv.gz", tmp_path / "firms.csv"
    firms.write_text("firm_id,prefecture_code\na,13\n")
    with gzip.open(bomb, "wb", compresslevel=1) as file:
        file.write(b"seller_id,buyer_id,amount\n" + inside)
        for _ in range(1024):
            file.write(b"0" * (1 << 20) if inside else bytes(1 << 20))
    run = subprocess.run(
        [sys.executable, "-c", PEAK, "check", str(bomb), str(firms)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    code, peak = map(int, run.stdout.splitlines()[-1].split())
    assert code == 2, run.stderr
    assert peak < MEGABYTES << 10
    assert "z.csv.gz" in run.stdout + run.stderr


PEAK = """
import pathlib, sys
from connhub import cli
code = cli.main(sys.argv[1:])
peak = next(x for x in pathlib.Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x)
print(code, peak.split()[1])
"""


def test_nothing_printed_steers_the_terminal(tmp_path, capsys, monkeypatch):
    assert (CASES / "rel-cli-escapes" / "run.sh").is_file()
    monkeypatch.chdir(tmp_path)
    Path("f.csv").write_text(
        "firm_id,prefecture_code,own\n"
        "a,13,\x1b]8;;http://evil\x1b\\X\x1b]8;;\x1b\\\n"
        "b,27,\x1b[2J\u202ec\x9b\n"
    )
    Path("t.csv").write_text("seller_id,buyer_id,amount\na,b,5\nb,a,5\n")
    assert cli.main(["analyze", "t.csv", "f.csv", "--region", "own", "--out", "o\x1b[31mut"]) == 0
    assert cli.main(["check", "no\x1b[31m\x07\u202e.csv", "f.csv"]) == 2
    shown = "".join(capsys.readouterr())
    assert "evil" in shown
    assert "no" in shown
    assert not (CONTROL | {"\u202e"}) & set(shown)
