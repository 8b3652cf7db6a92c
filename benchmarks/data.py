"""Data of the benchmarks: made once, and kept as long as its recipe is the same."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

import connhub
from benchmarks.workloads import Dataset

ROW_GROUP = 1_000_000
SEED = 1
INTEGERS = pa.schema([(name, pa.int64()) for name in ("seller_id", "buyer_id", "amount")])
TEXTS = pa.schema([("seller_id", pa.string()), ("buyer_id", pa.string()), ("amount", pa.int64())])
Batches = Iterator[pa.RecordBatch]


def digest(*files: Path) -> str:
    """Sixteen characters that change with the content of the files."""
    content = hashlib.sha256()
    for file in sorted(files):
        content.update(file.read_bytes())
    return content.hexdigest()[:16]


def connhub_digest() -> str:
    """Digest of the library's own code."""
    package = Path(connhub.__file__).parent
    return digest(*package.rglob("*.py"), *package.rglob("*.csv"))


class Store:
    """A folder of data sets over one economy of so many firms and rows."""

    def __init__(self, folder: Path, *, firms: int, rows: int) -> None:
        self.folder = folder / f"{firms}-firms"
        self.count, self.rows = firms, rows
        synthetic = (Path(connhub.__file__).parent / "synthetic").glob("*.py")
        self.recipe = f"{digest(*synthetic, Path(__file__))} {firms} {rows} {SEED}"

    def _made(self, name: str, write: Callable[[Path], None], recipe: str = "") -> Path:
        """Path of what `write` makes, unless it is there and its stamp says the same recipe."""
        path, stamp = self.folder / name, self.folder / f"{name}.stamp"
        recipe = f"{self.recipe} {recipe}"
        if path.exists() and stamp.exists() and stamp.read_text("utf-8") == recipe:
            return path
        print(f"making {name}", flush=True)
        stamp.unlink(missing_ok=True)
        unfinished = self.folder / f"unfinished-{name}"
        for left in (unfinished, path):
            if left.is_dir():
                shutil.rmtree(left)
        self.folder.mkdir(parents=True, exist_ok=True)
        write(unfinished)
        unfinished.replace(path)
        stamp.write_text(recipe, "utf-8")
        return path

    # --- tables ---------------------------------------------------------------------

    def _economy(self) -> Path:
        def write(path: Path) -> None:
            connhub.synthesize(
                path, firms=self.count, transactions=self.rows, seed=SEED, ids="int64"
            )

        return self._made("economy", write)

    def firms(self, ids: str = "int64") -> Path:
        """Firm table; the same firms with ids of either type."""
        source = self._economy() / "firms.parquet"
        if ids == "int64":
            return source

        def write(path: Path) -> None:
            table = pq.read_table(source)
            pq.write_table(table.set_column(0, "firm_id", table["firm_id"].cast(pa.string())), path)

        return self._made("firms-text.parquet", write)

    def transactions(self, data: Dataset) -> Path:
        """Transaction table: three columns, nothing else for any tool to read."""
        return self._made(data.name, lambda path: _write(self._batches(data), path, data.form))

    def _batches(self, data: Dataset) -> Batches:
        if data.draw == "uniform":
            return _uniform(data.rows, pq.read_table(self.firms(), columns=["firm_id"])["firm_id"])
        first = _first(self._economy() / "transactions.parquet", data.rows)
        return (batch.cast(TEXTS) for batch in first) if data.ids == "text" else first

    def prepared(self, data: Dataset) -> Path:
        """What `connhub.prepare` makes of a table."""

        def write(path: Path) -> None:
            connhub.prepare(self.transactions(data), self.firms(data.ids), out=path)

        return self._made(f"{data.name}.prepared", write, connhub_digest())

    def exact(self, data: Dataset) -> Path:
        """The exact answer, by a plain method of its own."""
        plain = Dataset(data.rows, draw=data.draw)  # the same rows, whatever the file looks like

        def write(path: Path) -> None:
            pq.write_table(exact(self.transactions(plain), self.firms()), path)

        return self._made(f"{plain.name}.exact", write)


def _first(source: Path, rows: int) -> Batches:
    for batch in pq.ParquetFile(source).iter_batches(ROW_GROUP, columns=INTEGERS.names):
        yield batch.slice(0, rows)
        rows -= batch.num_rows
        if rows <= 0:
            return


def _uniform(rows: int, ids: pa.ChunkedArray) -> Batches:
    """Sellers and buyers drawn uniformly, with as many returns and self-trades as elsewhere."""
    known = ids.to_numpy()
    rng = np.random.default_rng(SEED)
    for start in range(0, rows, ROW_GROUP):
        size = min(ROW_GROUP, rows - start)
        seller, buyer = rng.integers(0, known.size, (2, size))
        buyer = np.where(rng.random(size) < 0.003, seller, buyer)
        amount = np.rint(np.exp(rng.normal(6, 1.5, size))).astype(np.int64) * 1000 + 1000
        amount[rng.random(size) < 0.01] *= -1
        yield pa.record_batch([known[seller], known[buyer], amount], schema=INTEGERS)


def _write(batches: Batches, path: Path, form: str) -> None:
    first = next(batches)
    if form == "csv":
        writer: Any = pa.csv.CSVWriter(path, first.schema)
    else:
        writer = pq.ParquetWriter(path, first.schema, compression="snappy")
    with writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)


# --- the exact answer ---------------------------------------------------------------


def exact(transactions: Path, firms: Path) -> pa.Table:
    """Columns of `peers.COLUMNS`, by numpy over row groups; shares no code with connhub.

    No partial sum can be larger than rows times the largest amount, summed over row groups. Python
    adds that up without bound; where it fits, no int64 sum can have overflowed.
    """
    table = pq.read_table(firms, columns=["firm_id", "prefecture_code", "country_code"]).to_pydict()
    ids = pd.Index(np.array(table["firm_id"], dtype=np.int64))
    pairs = zip(table["prefecture_code"], table["country_code"], strict=True)
    region = np.array([0 if country else int(code) for code, country in pairs], dtype=np.int8)
    sales, purchases = np.zeros((2, len(ids)), dtype=np.int64)
    bound = 0
    file = pq.ParquetFile(transactions)
    for number in range(file.num_row_groups):
        group = file.read_row_group(number)
        amount = group["amount"].to_numpy()
        bound += amount.size * int(np.abs(amount).max())
        seller, buyer = (ids.get_indexer(group[n].to_numpy()) for n in ("seller_id", "buyer_id"))
        if min(seller.min(), buyer.min()) < 0:
            raise ValueError("a party is not in the firm table")
        inside, counted = region[seller] == region[buyer], seller != buyer
        out_of, within = counted & ~inside, counted & inside
        np.add.at(sales, seller[out_of], amount[out_of])
        np.add.at(purchases, buyer[within], amount[within])
    if bound >= 2**63:
        raise ValueError("amounts are too large for int64 sums")
    columns: dict[str, Any] = {"firm_id": ids.to_numpy()}
    columns |= {"out_of_region_sales": sales, "in_region_purchases": purchases}
    for part, degree in (
        ("out_of_region_sales", "connector_degree"),
        ("in_region_purchases", "hub_degree"),
    ):
        totals = np.zeros(48, dtype=np.int64)
        np.add.at(totals, region, columns[part])
        total = totals[region]
        columns[f"region_{part}"] = total
        undefined = total <= 0
        quotient = columns[part] / np.where(undefined, 1, total)
        columns[degree] = pa.array(quotient, mask=undefined)
    return pa.table(columns).filter(pa.array(region > 0))


def compare(found: pa.Table, wanted: pa.Table) -> tuple[int, float]:
    """Largest absolute difference of the integers, and largest relative one of the degrees.

    Raises ValueError where firms, types or undefined degrees differ.
    """
    ids = found["firm_id"].cast(pa.int64())
    found = found.set_column(found.schema.get_field_index("firm_id"), "firm_id", ids)
    found = found.select(wanted.column_names).sort_by("firm_id")
    wanted = wanted.sort_by("firm_id")
    if found.schema.types != wanted.schema.types:
        raise ValueError(f"types are {found.schema.types}")
    if not found["firm_id"].equals(wanted["firm_id"]):
        raise ValueError("not the firms that were expected")
    largest, relative = 0, 0.0
    for name in wanted.column_names[1:]:
        mine, right = found[name], wanted[name]
        if not mine.is_null().equals(right.is_null()):
            raise ValueError(f"{name} is undefined for other firms")
        a, b = mine.drop_null().to_numpy(), right.drop_null().to_numpy()
        other = np.flatnonzero(a != b)
        if not other.size:
            continue
        if a.dtype == np.int64:
            pairs = zip(a[other].tolist(), b[other].tolist(), strict=True)  # as Python integers
            largest = max(largest, *(abs(x - y) for x, y in pairs))
        else:
            gap = np.abs(a[other] - b[other]) / np.maximum(np.abs(b[other]), np.finfo(float).tiny)
            relative = max(relative, float(gap.max()))
    return largest, relative


def folder(chosen: str | None) -> Path:
    """Where data goes: as asked for, or as the environment says, or beside this file."""
    return Path(chosen or os.environ.get("CONNHUB_BENCH_DATA") or Path(__file__).parent / "data")
