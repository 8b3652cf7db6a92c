"""Check both tables once, encode their rows, and bring rows that are alike together."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from connhub.arguments import Table
from connhub.arrow import from_numpy, table_of, text, to_numpy
from connhub.errors import Fault, OptionError
from connhub.intake.encoder import REGION_ROLES, Encoder
from connhub.intake.firm_changes import read_firm_changes
from connhub.intake.firm_table import read_firms
from connhub.intake.ledger import Ledger
from connhub.intake.reading import Reading
from connhub.intake.table_source import Part
from connhub.intake.transactions import Transactions, read_record
from connhub.intake.years import FIRST_YEAR, YEARS
from connhub.memory import limited
from connhub.options import Policies, ReadOptions, RunOptions, TableOptions, flat_options
from connhub.prepared.reader import FORMAT, INDEX
from connhub.release import VERSION
from connhub.storage import check_free, filling, write_parquet
from connhub.totals.accumulator import Accumulator, Tables
from connhub.totals.shared_sums import SharedSums, needed
from connhub.totals.threads import BATCH_ROWS, THREADS, share_parts
from connhub.totals.totals import Totals

__all__ = ["prepare"]

FILE_ROWS = 1 << 20
"""Rows of the raw table that a file stands for."""
_TYPES: dict[str, Any] = {
    "seller": np.int32,
    "buyer": np.int32,
    "amount": np.int64,
    "mark": np.uint8,
    "counts": np.int64,
    "year": np.int16,
    **dict.fromkeys(REGION_ROLES, np.int32),
}
"""Columns of a run, each a file of its numbers alone: a header as NumPy's is read by Python's
parser, which before 3.11.8 fails now and then where two threads use it."""


@flat_options
def prepare(
    transactions: Table,
    firms: Table,
    *,
    out: str | os.PathLike[str],
    region: str | Mapping[str, str] = "prefecture",
    firm_changes: Table | None = None,
    missing_amount: Literal["error", "exclude"] = "error",
    read: ReadOptions = ReadOptions(),
    run: RunOptions = RunOptions(),
) -> Ledger:
    """Check both tables once, and keep them in a form that is analyzed several times faster.

    ``analyze(out)`` gives the same result to the last bit as the raw tables do, for any region,
    years and policies. How the tables are read is settled for all later analyses.

    Parameters
    ----------
    transactions, firms : path, list of paths, or table
        As in `analyze`.
    out : path
        Directory to write; a table that was prepared there before is replaced when the new one is
        whole, and no other file is touched. Transactions of the same seller, buyer, year and sign
        are kept as one, with their number: about 8 bytes each. As much as 19 bytes a transaction
        is needed while it is written.
    region : {"municipality", "prefecture", "block"}, column name, or mapping
        What the codes of the firm table are checked against; the analysis may choose another.
    firm_changes : path or table, optional
        Mergers, splits and new ids, as in `analyze_years`: rows are kept as those of the firms of
        today.
    missing_amount : {"error", "exclude"}
        Whether rows without an amount are refused now.
    {read}
    {run}

    Returns
    -------
    Ledger
        Where every row and every yen went, by the default policies.

    Raises
    ------
    InputError
        All faults of a table at once; `out` is as it was.
    StorageError
        When `out` cannot be written, or holds other files of the names that are needed.
    ColumnError, OptionError, LimitError

    Examples
    --------
    >>> import tempfile
    >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    >>> trade = pa.table({"seller_id": ["a", "a"], "buyer_id": ["b", "x"], "amount": [30, 7]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ledger = prepare(trade, firms, out=folder)
    ...     sorted(p.name for p in Path(folder).iterdir())
    ['firms.parquet', 'prepared.json', 'trade']
    >>> ledger.entry("unknown_firm")
    (1, 7)
    """
    folder = Path(out)
    check_free(folder, INDEX, ["firms.parquet", "trade/000000.parquet"])  # before the work
    table = read_firms(firms, region=region, read=read.table)
    policies, changes = Policies(missing_amount=missing_amount), None
    if firm_changes is not None:
        layout = TableOptions(encoding=read.encoding)
        changes = read_firm_changes(firm_changes, table, read=layout)
    opened = Transactions(transactions, table, policies, read, changes=changes)
    if "estimated" in opened.encoder.roles:
        raise OptionError(Fault("prepared.has_estimates"))
    threads, batch_rows = run.threads or THREADS, run.batch_rows or BATCH_ROWS
    with limited(), filling(folder, INDEX) as draft:
        runs, accumulator = _encode_rows(opened, draft.path / "runs", threads, batch_rows)
        account = opened.finish(accumulator.reading)
        unread = opened.unread_years(accumulator.reading)
        ledger = Totals.of(accumulator, account).to_ledger()
        trade = _bring_together(runs, draft.path)
        _write_firms(table.table, draft.path / "firms.parquet")
        money = opened.encoder.money
        draft.facts.update(
            format=FORMAT,
            versions={"connhub": VERSION, **{p: version(p) for p in ("pyarrow", "numpy")}},
            options=read_record(read, money.unit) | ({"firm_changes": True} if changes else {}),
            resolution=[money.resolution.numerator, money.resolution.denominator],
            has_year="year" in opened.encoder.roles,
            trade=trade,
            read={"rows": ledger.rows["read"], "amount": sum(accumulator.reading.amount.values())},
            account=account.to_dict(),
            unread_years=[fault.to_dict() for fault in unread],
            ledger=ledger.to_dict(),
        )
    return ledger


def _encode_rows(
    opened: Transactions, folder: Path, threads: int, batch_rows: int
) -> tuple[list[_Runs], Accumulator]:
    """Encode all rows and write them in runs; and what they add up to."""
    folder.mkdir()
    encoder = opened.encoder
    make = partial(Accumulator, encoder, Tables(encoder.firms, encoder.policies, "firms"))
    sums = SharedSums(make, needed("firms", threads))
    runs = [_Runs(encoder, sums, folder / str(i)) for i in range(threads)]
    share_parts(opened.parts(batch_rows, threads), [r.add for r in runs], lambda _: None)
    for run in runs:
        run.flush()
    first, *others = runs
    for other in others:
        first.reading.merge(other.reading)
    return runs, sums.merged(first.reading)


def _bring_together(runs: Sequence[_Runs], folder: Path) -> list[dict[str, Any]]:
    """Write the files of a prepared directory from the runs, and remove these."""
    (folder / "trade").mkdir()
    sellers = np.sum([run.sellers for run in runs], axis=0)
    files = _rows_of_files([path for run in runs for path in run.written], sellers)
    write = partial(_write_file, folder=folder / "trade", firms=sellers.size)
    with ThreadPoolExecutor(len(runs)) as pool:
        written = list(pool.map(write, range(len(files)), files))
    shutil.rmtree(folder / "runs")
    return written


class _Runs:
    """Encodes and adds up the parts of one thread, and writes their rows in runs by seller."""

    def __init__(self, encoder: Encoder, sums: SharedSums, folder: Path) -> None:
        self.encoder, self.sums, self.folder = encoder, sums, folder
        folder.mkdir()  # by the main thread: no other makes anew what an interrupt has removed
        self.reading = Reading()
        self.counted = encoder.changes is not None  # a row that is split into several is one
        self.batches: list[dict[str, Any]] = []
        self.rows = 0
        self.written: list[Path] = []
        self.sellers = np.zeros(len(encoder.firms) + 1, dtype=np.int64)

    def add(self, part: Part) -> None:
        for batch in self.encoder.batches(part, self.reading):
            self.sums.add_batch(batch, self.reading)
            size = batch.amount.size
            columns: dict[str, Any] = {n: getattr(batch, n) for n in ("seller", "buyer", "amount")}
            columns["mark"] = batch.mark if batch.mark.size else np.zeros(size, dtype=np.uint8)
            if self.counted:
                columns["counts"] = batch.counts if batch.counts.size else np.ones(size, np.int64)
            if batch.years is not None:
                columns["year"] = batch.years.astype(np.int16)
            for role, values in batch.given.items():
                columns[role] = text(
                    values if batch.rows is None else values.take(from_numpy(batch.rows))
                )
            self.batches.append(columns)
            self.rows += size
            if self.rows >= FILE_ROWS:
                self.flush()

    def flush(self) -> None:
        """Write a run; what is a text goes beside it."""
        if not self.rows:
            return
        run = self.folder / str(len(self.written))
        run.mkdir()
        seller = np.concatenate([b["seller"] for b in self.batches])
        order = _by_size(seller)
        self.sellers += np.bincount(seller, minlength=self.sellers.size)
        for name in self.batches[0]:
            if name in REGION_ROLES:
                texts = pa.chunked_array([b[name] for b in self.batches]).combine_chunks()
                encoded = texts.dictionary_encode()
                values = to_numpy(encoded.indices, -1)
                write_parquet(pa.table({name: encoded.dictionary}), run / f"{name}.parquet")
            else:
                values = np.concatenate([b[name] for b in self.batches])
            kept = values[order].astype(_TYPES[name], copy=False)
            (run / name).write_bytes(kept.data)  # unlike tofile it says so when the disk is full
        self.written.append(run)
        self.batches, self.rows = [], 0


def _by_size(values: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Order by value: twice by sixteen bits, which numpy does by radix."""
    order = np.argsort(values.astype(np.uint16), kind="stable")
    high = (values >> 16).astype(np.uint16)[order]
    return order[np.argsort(high, kind="stable")]


FileRows = list[tuple[Path, slice]]
"""Which rows of which runs make up a file."""


def _rows_of_files(runs: Sequence[Path], sellers: npt.NDArray[np.int64]) -> list[FileRows]:
    """Rows of some sellers from all runs; where these are too many, runs are split apart."""
    ends = np.cumsum(sellers)
    full = np.arange(FILE_ROWS, ends[-1] + FILE_ROWS, FILE_ROWS)  # none without rows
    edges = np.unique(np.minimum(np.searchsorted(ends, full) + 1, sellers.size))
    cuts = [np.searchsorted(_column(run, "seller"), edges) for run in runs]
    files: list[FileRows] = []
    for i in range(edges.size):
        files.append([])
        count = 0
        for run, cut in zip(runs, cuts, strict=True):
            part = slice(int(cut[i - 1]) if i else 0, int(cut[i]))
            count += part.stop - part.start
            if count > 2 * FILE_ROWS:
                files.append([])
                count = part.stop - part.start
            if part.stop > part.start:
                files[-1].append((run, part))
    return [rows for rows in files if rows]


def _write_file(number: int, rows: FileRows, *, folder: Path, firms: int) -> dict[str, Any]:
    columns = _alike_together(_load(rows), firms)
    constants = {}
    for name in ("mark", "year"):
        values = columns.get(name)
        if values is not None and values.min() == values.max():
            constants[name] = int(values[0])
            del columns[name]
    table = table_of(columns)
    path = folder / f"{number:06d}.parquet"
    texts = [n for n in table.column_names if n in REGION_ROLES]
    packed = {n: "DELTA_BINARY_PACKED" for n in table.column_names if n not in texts}
    write_parquet(
        table,
        path,
        compression="none",
        use_dictionary=texts,
        write_statistics=False,
        column_encoding=packed,
    )
    return {"name": f"trade/{path.name}", "rows": table.num_rows, "constants": constants}


def _write_firms(table: pa.Table, path: Path) -> None:
    """Firms, to be read at one go."""
    packed = {}
    if pa.types.is_integer(table.schema.field("firm_id").type):
        packed = {"firm_id": "DELTA_BINARY_PACKED"}
    write_parquet(
        table,
        path,
        rows=max(1, len(table)),
        compression="lz4",
        use_dictionary=[name for name in table.column_names if name not in packed],
        column_encoding=packed,
    )


def _column(run: Path, name: str) -> npt.NDArray[Any]:
    return np.memmap(run / name, dtype=_TYPES[name], mode="r")


def _load(rows: FileRows) -> dict[str, Any]:
    """Columns of the rows of a file; regions that rows give as dictionaries."""
    columns: dict[str, Any] = {}
    for name in _TYPES:
        if not (rows[0][0] / name).exists():
            continue
        parts = [_column(run, name)[part] for run, part in rows]
        if name not in REGION_ROLES:
            columns[name] = np.concatenate(parts)
            continue
        regions = [pq.read_table(run / f"{name}.parquet")[name].combine_chunks() for run, _ in rows]
        codes = (from_numpy(p, p < 0) for p in parts)
        texts = [pa.DictionaryArray.from_arrays(c, r) for c, r in zip(codes, regions, strict=True)]
        columns[name] = pa.chunked_array(texts).unify_dictionaries().combine_chunks()
    return columns


def _alike_together(columns: dict[str, Any], firms: int) -> dict[str, Any]:
    """Rows by seller and buyer; those of one seller, buyer, year, mark and sign as one.

    Sums, counts and magnitudes stay what they were; a row counts as one, or as `counts` says. Rows
    that give regions of their own stay apart, and so do all where the key would not fit.
    """
    seller, amount = columns["seller"], columns["amount"]
    first = int(seller.min())
    key = (seller.astype(np.int64) - first) * firms + columns["buyer"]
    if "year" in columns:  # 0 where missing
        year = columns["year"]
        key = key * (YEARS + 1) + np.where(year > 0, year - (FIRST_YEAR - 1), 0)
    key = (key * 8 + columns["mark"]) * 2 + (amount < 0)
    fits = (int(seller.max()) - first + 1) * firms * (YEARS + 1) * 16 < 2**63
    given = [n for n in REGION_ROLES if n in columns]
    order = np.argsort(key if fits else seller)
    firsts = np.arange(order.size)
    if fits and not given:
        firsts = np.flatnonzero(np.diff(key[order], prepend=-1))
    rows = columns.pop("counts", None)
    sums = {n: v[order[firsts]] for n, v in columns.items() if n not in given}
    sums["amount"] = np.add.reduceat(amount[order], firsts)
    sums["n_transactions"] = np.diff(firsts, append=order.size)
    if rows is not None:
        sums["n_transactions"] = np.add.reduceat(rows[order], firsts)
    return {**sums, **{n: columns[n].take(from_numpy(order)) for n in given}}
