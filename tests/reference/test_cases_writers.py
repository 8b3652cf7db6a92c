"""Cases of ../shared/cases in which a writer lost data, or read back what it had not written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import StorageError
from tests.builders import DELIVERED

CASES = Path(__file__).parents[3] / "shared" / "cases"
pytestmark = pytest.mark.reference
FIRMS = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})


def deals(amount: int = 30) -> pa.Table:
    return pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [amount], "year": [2024]})


@pytest.mark.parametrize("firms_beside", [True, False])
def test_prepare_touches_no_raw_table(tmp_path, firms_beside):
    assert (CASES / "rel-prepare-deletes-input" / "run.py").is_file()
    data = tmp_path / "data"
    (data / "trade").mkdir(parents=True)
    firms = (data if firms_beside else tmp_path) / "firms.parquet"
    pq.write_table(FIRMS, firms)
    for year in (2024, 2025):
        pq.write_table(deals(), data / "trade" / f"{year}.parquet")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    with pytest.raises(StorageError, match="another folder"):
        connhub.prepare(data / "trade", firms, out=data)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("find", "put"),
    [('"resolution": [\n    1,', '"resolution": [\n    3,'), ('"year": 2024', '"year": 2025'),
     ('"mark": 0', '"mark": 4'), ('"trade"', '"trada"')],
)  # fmt: skip
def test_no_edit_of_a_description_goes_unseen(tmp_path, find, put):
    assert (CASES / "rel-metadata-flip" / "run.py").is_file()
    connhub.prepare(deals(), FIRMS, out=tmp_path)
    path = tmp_path / "prepared.json"
    text = path.read_text(encoding="utf-8")
    assert find in text
    path.write_text(text.replace(find, put, 1), encoding="utf-8")
    with pytest.raises(StorageError):
        connhub.analyze(tmp_path)


def test_no_stale_table_lies_beside_a_new_one(tmp_path):
    assert (CASES / "rel-stale-csv" / "run.py").is_file()
    connhub.analyze(deals(30), FIRMS, grain="pairs").save(tmp_path, csv=True)
    connhub.analyze(deals(99), FIRMS).save(tmp_path)
    assert not list(tmp_path.glob("*.csv"))
    assert not (tmp_path / "trade.parquet").exists()
    assert connhub.load(tmp_path).degrees.frame["sales"].tolist() == [99, 0]


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root mounts disks")
@pytest.mark.parametrize("size", [8, 200])
def test_a_report_on_a_full_disk_is_our_error(tmp_path, size):
    assert (CASES / "rel-report-disk-full" / "README.md").is_file()
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(disk)], check=True)
    try:
        words = [sys.executable, "-m", "connhub", "report", *DELIVERED]
        words += ["--missing-amount", "exclude", "--prefecture", "15", "--lang", "en"]
        done = subprocess.run(
            [*words, "--out", str(disk / "r")], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert done.stderr.startswith("connhub: cannot write: no space left on the disk\n")
        assert done.stderr.count("\n") == 3
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
