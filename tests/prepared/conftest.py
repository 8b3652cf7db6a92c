"""Prepared tables that several tests read."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.prepared import writer
from connhub.regions.codes import PREFECTURES


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """More rows than a file holds, of three years, some of them without one."""
    folder = tmp_path_factory.mktemp("large")
    file_rows, firms = 150_000, 10_000
    rows = 2 * file_rows + 50_000
    rng = np.random.default_rng(1)
    ids = np.arange(10**12, 10**12 + firms + 100)
    years = rng.integers(2022, 2026, rows).astype(np.int32)
    deals = pa.table(
        {
            "seller_id": ids[(rng.random(rows) ** 2 * ids.size).astype(int)],
            "buyer_id": ids[rng.integers(0, ids.size, rows)],
            "amount": rng.integers(-(10**6), 10**9, rows),
            "year": pa.array(years, mask=years == 2022),
        }
    )
    codes = np.array(list(PREFECTURES))
    table = pa.table({"firm_id": ids[:firms], "prefecture_code": codes[ids[:firms] % 47]})
    pq.write_table(deals, folder / "deals.parquet", row_group_size=100_000)
    pq.write_table(table, folder / "firms.parquet")
    raw = folder / "deals.parquet", folder / "firms.parquet"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "FILE_ROWS", file_rows)
        connhub.prepare(*raw, out=folder / "prepared")
    return raw, folder / "prepared"


@pytest.fixture
def small(tmp_path):
    firms = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["13", "27", None]})
    deals = pa.table(
        {"seller_id": ["a", "a", "b"], "buyer_id": ["b", "x", "c"], "amount": [30, 7, None]}
    )
    folder = tmp_path / "prepared"
    connhub.prepare(deals, firms, out=folder, missing_amount="exclude")
    return deals, firms, folder
