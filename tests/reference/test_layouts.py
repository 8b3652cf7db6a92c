"""One table in every layout: files, row groups, order, types of ids, compression, pages.

Each gives the same bytes as the table in memory, and every thread gets its share.
"""

from __future__ import annotations

import threading
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import ConnhubWarning
from connhub.regions.codes import PREFECTURES
from connhub.totals.shared_sums import SharedSums

pytestmark = pytest.mark.slow

ROWS, FIRMS, THREADS = 1_200_000, 30_000, 2
FIRST = 1_000_000_000_000  # thirteen digits, as corporate numbers have


@pytest.fixture(scope="module")
def firms() -> pa.Table:
    rng = np.random.default_rng(1)
    codes = np.array(list(PREFECTURES))[(rng.random(FIRMS) ** 2 * 47).astype(int)].astype(object)
    codes[rng.random(FIRMS) < 0.02] = None
    ids = (np.arange(FIRMS) + FIRST)[rng.permutation(FIRMS)].astype(str)
    country = np.where(rng.random(FIRMS) < 0.02, "US", None)
    return pa.table({"firm_id": ids, "prefecture_code": codes, "country_code": country})


def economy(skewed: bool) -> pa.Table:
    """Trade with ids that are not listed, ids and amounts that are missing, and returns."""
    rng = np.random.default_rng(2)
    known = FIRMS + FIRMS // 50

    def parties() -> pa.Array:
        draw = rng.random(ROWS) ** (4 if skewed else 1)
        ids = FIRST + (draw * known).astype(np.int64)
        return pa.array(ids, mask=rng.random(ROWS) < 0.002)

    amount = (rng.pareto(1.2, ROWS) * 10_000).astype(np.int64) % 10**10
    amount[rng.random(ROWS) < 0.03] *= -1
    return pa.table(
        {
            "seller_id": parties(),
            "buyer_id": parties(),
            "amount": pa.array(amount, mask=rng.random(ROWS) < 0.001),
        }
    )


@pytest.fixture(scope="module")
def skewed() -> pa.Table:
    return economy(skewed=True)


@pytest.fixture(scope="module")
def uniform() -> pa.Table:
    return economy(skewed=False)


def content(transactions, firms, **options) -> dict[str, object]:
    """All that is computed, files apart."""
    options = {"missing_amount": "exclude", "threads": THREADS, **options}
    result = connhub.analyze(transactions, firms, **options)
    ledger = result.ledger.to_dict()
    return {
        "degrees": result.degrees.to_arrow(),
        "linkages": result.linkages.to_arrow(),
        "inside": pa.Table.from_pandas(result.linkages.inside, preserve_index=False),
        "regions": result.regions.to_arrow(),
        "ledger": {k: v for k, v in ledger.items() if k != "files"},
        "rows": sum(f.rows for f in result.ledger.files),
        "amount": sum(f.amount for f in result.ledger.files),
    }


@pytest.fixture(scope="module")
def wanted(skewed, uniform, firms):
    found = {"skewed": content(skewed, firms), "uniform": content(uniform, firms)}
    for name, table in (("skewed", skewed), ("uniform", uniform)):
        assert found[name]["rows"] == ROWS
        assert found[name]["amount"] == pa.compute.sum(table["amount"]).as_py()
        for entry in ("unknown_firm", "missing_amount", "self_trade", "unknown_region"):
            assert found[name]["ledger"]["rows"][entry] > 0, entry
    assert found["skewed"]["degrees"] != found["uniform"]["degrees"]
    return found


@pytest.fixture
def shares(monkeypatch) -> Counter[str]:
    """Rows that each thread reads, and adds up or keeps for the end."""
    rows: Counter[str] = Counter()
    add = SharedSums.add_batch

    def counted(self, batch, reading):
        rows[threading.current_thread().name] += batch.amount.size
        add(self, batch, reading)

    monkeypatch.setattr(SharedSums, "add_batch", counted)
    return rows


def as_text(table: pa.Table, kind: pa.DataType = pa.string()) -> pa.Table:
    """The same ids as texts of thirteen characters."""
    for i, name in enumerate(("seller_id", "buyer_id")):
        ids = table[name].cast(pa.string())
        if isinstance(kind, pa.DictionaryType):
            ids = ids.cast(kind.value_type).dictionary_encode()
        table = table.set_column(i, name, ids.cast(kind))
    return table


def one_file(table: pa.Table, folder: Path, **options) -> Path:
    path = folder / "d.parquet"
    pq.write_table(table, path, **options)
    return path


def many_files(table: pa.Table, folder: Path, files: int = 2_000) -> Path:
    size = -(-len(table) // files)
    for i in range(files):
        pq.write_table(table.slice(i * size, size), folder / f"{i:04d}.parquet")
    return folder


def shuffled(table: pa.Table) -> pa.Table:
    return table.take(pa.array(np.random.default_rng(3).permutation(len(table))))


MILLIONS = 1 << 24
LAYOUTS = {
    "one huge row group": lambda t, d: one_file(t, d, row_group_size=MILLIONS),
    "two row groups": lambda t, d: one_file(t, d, row_group_size=ROWS // 2),
    "one large, one tiny": lambda t, d: one_file(t, d, row_group_size=ROWS - 1),
    "row groups of 1,000": lambda t, d: one_file(t, d, row_group_size=1_000),
    "2,000 files": many_files,
    "3 files": lambda t, d: many_files(t, d, 3),
    "sorted by seller": lambda t, d: one_file(t.sort_by("seller_id"), d, row_group_size=100_000),
    "sorted by buyer": lambda t, d: one_file(t.sort_by("buyer_id"), d, row_group_size=100_000),
    "sorted by amount": lambda t, d: one_file(t.sort_by("amount"), d, row_group_size=100_000),
    "shuffled": lambda t, d: one_file(shuffled(t), d, row_group_size=100_000),
}


def hold(found: dict[str, object], wanted: dict[str, object]) -> None:
    for name, value in wanted.items():
        assert found[name] == value, name


@pytest.mark.parametrize(
    ("layout", "draw"),
    [(layout, "skewed") for layout in LAYOUTS]
    + [(layout, "uniform") for layout in ("one huge row group", "sorted by seller", "shuffled")],
)
def test_files_row_groups_and_order(layout, draw, request, firms, wanted, tmp_path, shares):
    path = LAYOUTS[layout](request.getfixturevalue(draw), tmp_path)
    with warnings.catch_warnings():  # where rows are sorted by amount, files are unlike
        warnings.simplefilter("ignore", ConnhubWarning)
        hold(content(path, firms), wanted[draw])
    assert sum(shares.values()) == ROWS
    assert len(shares) == THREADS, shares
    if layout != "one large, one tiny":  # a row group is read by one thread
        assert min(shares.values()) > ROWS // 10, shares


@pytest.mark.parametrize(
    "kind",
    [
        pa.int64(),
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int32(), pa.string()),
        pa.dictionary(pa.int32(), pa.large_string()),
    ],
    ids=str,
)
@pytest.mark.parametrize("groups", [100_000, MILLIONS])
def test_types_of_ids(kind, groups, skewed, firms, wanted, tmp_path, shares):
    table = skewed if kind == pa.int64() else as_text(skewed, kind)
    assert table["seller_id"].type == kind
    hold(content(table, firms), wanted["skewed"])
    path = one_file(table, tmp_path, row_group_size=groups)
    hold(content(path, firms), wanted["skewed"])
    assert sum(shares.values()) == 2 * ROWS
    assert len({n for n in shares if shares[n] > ROWS // 10}) >= THREADS, shares


@pytest.mark.parametrize("kind", ["int64", "text"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["snappy", "zstd", "lz4", "none"])
def test_compressions_and_pages(compression, version, kind, skewed, firms, wanted, tmp_path):
    table = skewed if kind == "int64" else as_text(skewed)
    path = one_file(
        table,
        tmp_path,
        compression=compression,
        data_page_version=version,
        row_group_size=200_000,
        write_page_checksum=version == "2.0",
        use_dictionary=kind == "text",
    )
    column = pq.read_metadata(path).row_group(0).column(0)
    assert column.compression == {"none": "UNCOMPRESSED"}.get(compression, compression.upper())
    hold(content(path, firms), wanted["skewed"])


def test_threads_and_batches_of_any_number(skewed, firms, wanted, tmp_path):
    path = one_file(skewed, tmp_path, row_group_size=150_000)
    for threads, batch_rows in ((1, None), (3, 1_000), (8, 1 << 20)):
        options = {"threads": threads, "batch_rows": batch_rows}
        hold(content(path, firms, **options), wanted["skewed"])


def test_files_of_every_layout_together(skewed, firms, wanted, tmp_path):
    """One table in pieces, each written in another way."""
    pieces = [skewed.slice(i * ROWS // 4, ROWS // 4) for i in range(4)]
    options = [
        {"row_group_size": 1_000},
        {"row_group_size": MILLIONS, "compression": "zstd"},
        {"data_page_version": "2.0", "compression": "none", "use_dictionary": False},
        {"write_page_checksum": True, "compression": "lz4"},
    ]
    for i, (piece, how) in enumerate(zip(pieces, options, strict=True)):
        pq.write_table(piece, tmp_path / f"{i}.parquet", **how)
    hold(content(tmp_path, firms), wanted["skewed"])
    rows = [f.rows for f in connhub.check(tmp_path, firms, missing_amount="exclude").files]
    assert rows == [len(p) for p in pieces]


def test_a_row_that_differs_is_seen(skewed, firms, wanted):
    """The comparison itself is not blind."""
    amount = skewed["amount"].to_pylist()
    at = next(i for i in range(ROWS) if amount[i])
    amount[at] += 1
    found = content(skewed.set_column(2, "amount", pa.array(amount, pa.int64())), firms)
    assert found["amount"] == wanted["skewed"]["amount"] + 1
    assert found["ledger"] != wanted["skewed"]["ledger"]
