"""In Python's development mode, with warnings as errors, commands leave no thread and no file."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.builders import DELIVERED, FINANCIALS

PROGRAM = """
import os, sys, threading
from connhub.cli import main
transactions, firms, financials, out = sys.argv[1:5]
raw = ["--missing-amount", "exclude"]
tables = [transactions, firms, *raw]
for words in (
    ["analyze", *tables, "--grain", "pairs", "--csv", "--out", out + "/analysis"],
    ["prepare", *tables, "--out", out + "/prepared"],
    ["analyze", out + "/prepared", *raw, "--threads", "3"],
    ["select", out + "/analysis", firms, "--csv", "--out", out + "/list"],
    ["linkages", out + "/analysis", "--graph", out + "/regions.graphml"],
    ["check", *tables, "--financials", financials, "--write-clean", out + "/clean"],
    ["synth", "--firms", "200", "--transactions", "500", "--delivered", "--out", out + "/synth"],
    ["analyze", "no-such-file.csv", firms],
    *([["report", out + "/analysis", "--prefecture", "15", "--out", out + "/report"]] * len(sys.argv[5:])),
):
    code = main([*words, "--lang", "en"])
    assert code == (2 if "no-such-file.csv" in words else 0), words
    assert threading.enumerate() == [threading.main_thread()], (words, threading.enumerate())
"""


@pytest.mark.parametrize("more", [[], pytest.param(["report"], marks=pytest.mark.long)])
def test_no_warning_no_thread_no_file(tmp_path, more):
    out, temporary = tmp_path / "out", tmp_path / "temporary"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", PROGRAM, *DELIVERED, FINANCIALS, str(out), *more],
        env={**os.environ, "TMPDIR": str(temporary)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") <= 3, done.stderr  # the message of the missing file
    assert "no-such-file.csv" in done.stderr
    assert list(temporary.iterdir()) == []
    assert [path.name for path in out.rglob("*") if path.name.startswith(".")] == []
