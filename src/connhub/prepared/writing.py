"""Check both tables once, code their rows, and bring rows that are alike together."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.errors import Fault, OptionError
from connhub.intake.coding import (
    FIRST_YEAR,
    REGION_ROLES,
    YEARS,
)
from connhub.intake.firms import read_firms
from connhub.intake.ledger import Ledger, Policies
from connhub.intake.sources import Part
from connhub.intake.transactions import Transactions
from connhub.prepared.reading import FORMAT, INDEX
from connhub.regions import text
from connhub.storage import hash_file, read_json, write_json, write_parquet
from connhub.totals.adder import Adder, Tables
from connhub.totals.local import BATCH_ROWS, THREADS, positive, share_parts
from connhub.totals.totals import Totals

__all__ = ["prepare"]

FILE_ROWS = 1 << 21
"""Rows of the raw table that a file stands for."""


def prepare(
    transactions: Any,
    firms: Any,
    *,
    out: str | os.PathLike[str],
    region: str | Mapping[str, str] = "prefecture",
    columns: Mapping[str, str] | None = None,
    unit: str | None = None,
    resolution: Any = 1,
    encoding: str | None = None,
    fold_ids: bool = False,
    manifest: Any = None,
    missing_amount: str = "error",
    threads: int | None = None,
    batch_rows: int | None = None,
) -> Ledger:
    """Check both tables once, and keep them in a form that is analyzed several times faster.

    ``analyze(out)`` gives the same result to the last bit as the raw tables do, for any region,
    years and policies.

    Parameters
    ----------
    transactions, firms
        As in `analyze`.
    out : path
        Directory to write; what was prepared there before is replaced. Transactions of the same
        seller, buyer, year and sign are kept as one, with their number: about 8 bytes each. As
        much as 19 bytes a transaction is needed while it is written.
    region
        What the codes of the firm table are checked against; the analysis may choose another.
    columns, unit, resolution, encoding, fold_ids, manifest
        As in `analyze`; settled for all later analyses.
    missing_amount : {"error", "exclude"}
        Whether rows without an amount are refused now.
    threads, batch_rows : int, optional
        As in `analyze`.

    Returns
    -------
    Ledger
        Where every row and every yen went, by the default policies.

    Raises
    ------
    InputError
        All faults of a table at once; nothing is left in `out`.
    ColumnError, OptionError, LimitError, StorageError

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
    rules = Policies(missing_amount=missing_amount)  # type: ignore[arg-type]  # checked by it
    table = read_firms(firms, region=region, columns=columns, encoding=encoding, fold_ids=fold_ids)
    work = Transactions(
        transactions,
        table,
        rules,
        columns=columns,
        unit=unit,
        resolution=resolution,
        encoding=encoding,
        manifest=manifest,
    )
    threads = positive("threads", threads, THREADS)
    batch_rows = positive("batch_rows", batch_rows, BATCH_ROWS)
    _clear(folder)
    tables, scratch = Tables(work.coder, "firms"), folder / "runs"
    runs = [_Runs(Adder(work.coder, tables), scratch / str(i)) for i in range(threads)]
    adder = runs[0].adder
    try:
        share_parts(work.parts(batch_rows, threads), [r.add for r in runs], lambda _: None)
        for run in runs:
            run.flush()
        for run in runs[1:]:
            adder.merge(run.adder)
        records, notes = work.finish(adder.reading)
        ledger = Totals.of(adder, records, notes).report()
        sellers = np.sum([run.sellers for run in runs], axis=0)
        written = [path for run in runs for path in run.written]
        trade = _Merger(written, sellers, folder / "trade").merge(threads)
        shutil.rmtree(scratch, ignore_errors=True)
        (folder / "trade").mkdir(exist_ok=True)  # of a table without rows
        write_parquet(table.table, folder / "firms.parquet")
    except BaseException:  # an interrupt too leaves nothing behind
        _clear(folder)
        raise
    money = work.coder.money
    options = {
        "columns": dict(columns or {}),
        "unit": money.unit,
        "resolution": str(resolution),
        "encoding": encoding,
        "fold_ids": fold_ids,
    }
    index = {
        "format": FORMAT,
        "versions": {p: version(p) for p in ("connhub", "pyarrow", "numpy")},
        "options": options,
        "resolution": [money.resolution.numerator, money.resolution.denominator],
        "has_year": "year" in work.coder.roles,
        "firms": hash_file(folder / "firms.parquet"),
        "trade": trade,
        "read": {"rows": adder.reading.rows, "amount": adder.reading.amount},
        "files": [asdict(r) for r in records],
        "notes": notes,
        "ledger": ledger.to_dict(),
    }
    write_json(index, folder / INDEX)
    return ledger


def _clear(folder: Path) -> None:
    """Remove what was prepared before; first the index, so that nothing half gone is used."""
    if folder.exists() and not folder.is_dir():
        raise OptionError(Fault("out= is a file", file=str(folder), fix="name a directory"))
    strangers = {p.name for p in folder.glob("*")} - {INDEX, "trade", "runs", "firms.parquet"}
    if strangers:
        fix = "name a new directory"
        what = "out= holds other files"
        raise OptionError(Fault(what, file=str(folder), values=tuple(sorted(strangers)), fix=fix))
    (folder / INDEX).unlink(missing_ok=True)
    (folder / "firms.parquet").unlink(missing_ok=True)
    for name in ("trade", "runs"):
        shutil.rmtree(folder / name, ignore_errors=True)


class _Runs:
    """Codes and adds up the parts of one thread, and writes their rows in runs by seller."""

    def __init__(self, adder: Adder, folder: Path) -> None:
        self.adder, self.folder = adder, folder
        self.batches: list[dict[str, Any]] = []
        self.rows = 0
        self.written: list[Path] = []
        self.sellers = np.zeros(len(adder.coder.firms) + 1, dtype=np.int64)

    def add(self, part: Part) -> None:
        for batch in self.adder.coder.batches(part, self.adder.reading):
            self.adder.add_batch(batch)
            size = batch.amount.size
            columns = {"seller": batch.seller, "buyer": batch.buyer, "amount": batch.amount}
            columns["mark"] = batch.mark if batch.mark.size else np.zeros(size, dtype=np.uint8)
            if batch.years is not None:
                columns["year"] = batch.years.astype(np.int16)
            self.batches.append({**columns, **{r: text(v) for r, v in batch.given.items()}})
            self.rows += size
            if self.rows >= FILE_ROWS:
                self.flush()

    def flush(self) -> None:
        """Write a run; what is a text goes beside it."""
        if not self.rows:
            return
        run = self.folder / str(len(self.written))
        run.mkdir(parents=True)
        seller = np.concatenate([b["seller"] for b in self.batches])
        order = _by_size(seller)
        self.sellers += np.bincount(seller, minlength=self.sellers.size)
        for name in self.batches[0]:
            if name in REGION_ROLES:
                words = pa.chunked_array([b[name] for b in self.batches]).combine_chunks()
                coded = words.dictionary_encode()
                values = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
                write_json(coded.dictionary.to_pylist(), run / f"{name}.json")
            else:
                values = np.concatenate([b[name] for b in self.batches])
            np.save(run / f"{name}.npy", values[order], allow_pickle=False)
        self.written.append(run)
        self.batches, self.rows = [], 0


def _by_size(values: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Order by value: twice by sixteen bits, which numpy does by radix."""
    order = np.argsort(values.astype(np.uint16), kind="stable")
    high = (values >> 16).astype(np.uint16)[order]
    return order[np.argsort(high, kind="stable")]


class _Merger:
    """Brings the rows of all runs together, seller by seller, and writes them as files.

    Rows of one seller, buyer, year, mark and sign become one, with their number: sums, counts and
    magnitudes stay what they were. Where rows give regions of their own they stay apart.
    """

    def __init__(self, runs: Sequence[Path], sellers: npt.NDArray[np.int64], folder: Path) -> None:
        self.runs, self.folder, self.firms = runs, folder, sellers.size
        ends = np.cumsum(sellers)
        full = np.arange(FILE_ROWS, ends[-1] + FILE_ROWS, FILE_ROWS)  # none without rows
        edges = np.minimum(np.searchsorted(ends, full) + 1, self.firms)
        self.edges = [0, *np.unique(edges).tolist()]

    def merge(self, threads: int) -> list[dict[str, Any]]:
        """Write all files."""
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(self._write, range(len(self.edges) - 1)))

    def _write(self, number: int) -> dict[str, Any]:
        columns = self._columns(self.edges[number], self.edges[number + 1])
        constants = {}
        for name in ("mark", "year"):
            values = columns.get(name)
            if values is not None and values.min() == values.max():
                constants[name] = int(values[0])
                del columns[name]
        table = pa.table(columns)
        path = self.folder / f"{number:06d}.parquet"
        texts = [n for n in table.column_names if n in REGION_ROLES]
        packed = {n: "DELTA_BINARY_PACKED" for n in table.column_names if n not in texts}
        write_parquet(
            table,
            path,
            compression="none",
            use_dictionary=texts,
            column_encoding=packed,
            write_statistics=False,
        )
        return {
            "name": path.name,
            "rows": table.num_rows,
            "sha256": hash_file(path),
            "constants": constants,
        }

    def _columns(self, first: int, last: int) -> dict[str, Any]:
        """Columns of the rows of the sellers from first to before last, rows alike as one."""
        pieces: list[dict[str, Any]] = []
        for run in self.runs:
            seller = np.load(run / "seller.npy", mmap_mode="r")
            part = slice(*np.searchsorted(seller, [first, last]))
            names = [p.stem for p in run.glob("*.npy")]
            piece = {n: np.load(run / f"{n}.npy", mmap_mode="r")[part] for n in names}
            for name in REGION_ROLES:
                if name in piece:
                    words = pa.array(read_json(run / f"{name}.json"), pa.large_string())
                    codes = pa.array(piece[name], mask=piece[name] < 0)
                    piece[name] = pa.DictionaryArray.from_arrays(codes, words)
            pieces.append(piece)
        columns = {
            n: np.concatenate([p[n] for p in pieces]) for n in pieces[0] if n not in REGION_ROLES
        }
        key = (columns["seller"].astype(np.int64) - first) * self.firms + columns["buyer"]
        if "year" in columns:  # 0 where missing
            year = columns["year"]
            key = key * (YEARS + 1) + np.where(year > 0, year - (FIRST_YEAR - 1), 0)
        key = (key * 8 + columns["mark"]) * 2 + (columns["amount"] < 0)
        order = np.argsort(key)
        given = [n for n in REGION_ROLES if n in pieces[0]]
        firsts = np.flatnonzero(np.diff(key[order], prepend=-1))
        if given:
            firsts = np.arange(order.size)
        amount = np.add.reduceat(columns["amount"][order], firsts)
        kept = {n: values[order[firsts]] for n, values in columns.items()}
        for name in given:
            texts = pa.chunked_array([p[name] for p in pieces]).unify_dictionaries()
            kept[name] = texts.combine_chunks().take(pa.array(order))
        return {**kept, "amount": amount, "deals": np.diff(firsts, append=order.size)}
