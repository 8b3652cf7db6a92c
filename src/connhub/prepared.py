"""A checked, integer-coded table kept on disk: prepare once, analyze often.

A prepared directory holds ``firms.parquet`` (the firm table under role names), ``trade/*.parquet``
(firm indices as int32, exact amounts, years, and what intake marked), and ``prepared.json``, which
is written last and names every file with its hash. Analysis then skips ids and texts: it verifies
the hashes, decides and adds.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from connhub.errors import Fault, InputError, OptionError, StorageError
from connhub.intake.amounts import Money
from connhub.intake.coding import (
    MISSING_AMOUNT,
    PLAIN,
    REGION_ROLES,
    Batch,
    Found,
    Reading,
    mark_years,
)
from connhub.intake.firms import FirmTable, read_firms
from connhub.intake.ledger import FileRecord, Ledger, Policies
from connhub.intake.sources import Batches, Part
from connhub.intake.transactions import Transactions, chosen_years
from connhub.regions import text
from connhub.storage import hash_file, read_json, write_json, write_parquet
from connhub.totals.adder import Adder, Tables
from connhub.totals.local import BATCH_ROWS, THREADS, positive, share_parts
from connhub.totals.totals import Totals

__all__ = ["PreparedTable", "is_prepared", "prepare"]

FORMAT = 1
INDEX = "prepared.json"
FILE_ROWS = 1 << 21


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
        Directory to write; what was prepared there before is replaced. About 7 bytes a
        transaction. Row order is not kept.
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
    tables = Tables(work.coder, "firms")
    writers = [
        _Writer(Adder(work.coder, tables), folder / "trade", number) for number in range(threads)
    ]
    adder = writers[0].adder
    try:
        share_parts(work.parts(batch_rows, threads), [w.add for w in writers], lambda _: None)
        for writer in writers:
            writer.flush()
        for writer in writers[1:]:
            adder.merge(writer.adder)
        records, notes = work.finish(adder.reading)
        ledger = Totals.of(adder, records, notes).report()
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
        "trade": [file for writer in writers for file in writer.written],
        "read": {"rows": adder.reading.rows, "amount": adder.reading.amount},
        "files": [asdict(r) for r in records],
        "notes": notes,
        "ledger": ledger.to_dict(),
    }
    write_json(index, folder / INDEX)
    return ledger


def is_prepared(path: Any) -> bool:
    """Whether a path is a directory that `prepare` wrote, wholly or in part."""
    if not isinstance(path, str | os.PathLike):
        return False
    folder = Path(path)
    return (folder / INDEX).is_file() or (
        (folder / "trade").is_dir() and (folder / "firms.parquet").is_file()
    )


def _clear(folder: Path) -> None:
    """Remove what was prepared before; first the index, so that nothing half gone is used."""
    if folder.exists() and not folder.is_dir():
        raise OptionError(Fault("out= is a file", file=str(folder), fix="name a directory"))
    strangers = {p.name for p in folder.glob("*")} - {INDEX, "trade", "firms.parquet"}
    if strangers:
        fix = "name a new directory"
        what = "out= holds other files"
        raise OptionError(Fault(what, file=str(folder), values=tuple(sorted(strangers)), fix=fix))
    (folder / INDEX).unlink(missing_ok=True)
    (folder / "firms.parquet").unlink(missing_ok=True)
    shutil.rmtree(folder / "trade", ignore_errors=True)


# --- writing ------------------------------------------------------------------------------


class _Writer:
    """Codes and adds up the parts of one thread, and keeps their rows until a file is full."""

    def __init__(self, adder: Adder, folder: Path, number: int) -> None:
        self.adder, self.folder, self.number = adder, folder, number
        self.batches: list[dict[str, Any]] = []
        self.rows = 0
        self.written: list[dict[str, Any]] = []

    def add(self, part: Part) -> None:
        for batch in self.adder.coder.batches(part, self.adder.reading):
            self.adder.add_batch(batch)
            mark = batch.mark if batch.mark.size else np.zeros(batch.amount.size, dtype=np.uint8)
            self.batches.append(
                {
                    "seller": batch.seller,
                    "buyer": batch.buyer,
                    "amount": batch.amount,
                    "mark": mark,
                    **({} if batch.years is None else {"year": batch.years.astype(np.int16)}),
                    **{r: text(values) for r, values in batch.given.items()},
                }
            )
            self.rows += batch.amount.size
            if self.rows >= FILE_ROWS:
                self.flush()

    def flush(self) -> None:
        """Write a file: rows by seller, so that its sums are met in order; no constant column."""
        if not self.rows:
            return
        columns = {
            name: (
                pa.chunked_array([b[name] for b in self.batches]).dictionary_encode()
                if name in REGION_ROLES
                else np.concatenate([b[name] for b in self.batches])
            )
            for name in self.batches[0]
        }
        order = _by_size(columns["seller"])
        constants = {}
        for name in ("mark", "year"):
            values = columns.get(name)
            if values is not None and values.min() == values.max():
                constants[name] = int(values[0])
                del columns[name]
        table = pa.table(columns).take(pa.array(order))
        path = self.folder / f"{self.number:03d}-{len(self.written):06d}.parquet"
        packed = {n: "DELTA_BINARY_PACKED" for n in table.column_names if n not in REGION_ROLES}
        write_parquet(
            table,
            path,
            compression="none",
            use_dictionary=[n for n in table.column_names if n in REGION_ROLES],
            column_encoding=packed,
            write_statistics=False,
        )
        self.written.append(
            {
                "name": path.name,
                "rows": self.rows,
                "sha256": hash_file(path),
                "constants": constants,
            }
        )
        self.batches, self.rows = [], 0


def _by_size(values: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Order by value: twice by sixteen bits, which numpy does by radix."""
    order = np.argsort(values.astype(np.uint16), kind="stable")
    high = (values >> 16).astype(np.uint16)[order]
    return order[np.argsort(high, kind="stable")]


# --- reading ------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _PreparedCoder:
    """Gives the coded rows of a prepared table; see `Coding`."""

    firms: FirmTable
    policies: Policies
    money: Money
    years: tuple[int, ...]

    def batches(self, part: Part, reading: Reading) -> Iterator[Batch]:
        """Coded rows of a part."""
        for raw, position in part.read():
            columns = {n: raw[n] for n in raw.schema.names}
            amount = columns["amount"].to_numpy()
            mark = np.empty(0, dtype=np.uint8)
            if "mark" in columns:
                mark = columns["mark"].to_numpy()
                if self.policies.missing_amount == "error" and (mark == MISSING_AMOUNT).any():
                    self._complain("amounts are missing", mark == MISSING_AMOUNT, part, reading)
            years = columns["year"].to_numpy() if "year" in columns else None
            if years is not None:
                mark = mark_years(years, self.years, mark, reading)
            given = {r: columns[r] for r in REGION_ROLES if r in columns}
            sold, bought = (self._region(given, r, part, reading) for r in REGION_ROLES)
            reading.tally(part, amount)
            seller, buyer = columns["seller"].to_numpy(), columns["buyer"].to_numpy()
            yield Batch(
                seller, buyer, amount, mark, sold, bought, None, given, years, part, position
            )

    def _region(
        self, given: Mapping[str, pa.Array], role: str, part: Part, reading: Reading
    ) -> npt.NDArray[np.int32]:
        if role not in given:
            return np.empty(0, dtype=np.int32)
        index, bad = self.firms.regions.resolve(given[role])
        if bad.any():
            what = f"regions of {role} that are none of level {self.firms.regions.level!r}"
            self._complain(what, bad, part, reading)
        return index

    @staticmethod
    def _complain(what: str, bad: npt.NDArray[np.bool_], part: Part, reading: Reading) -> None:
        found = reading.faults.setdefault((part.file, what, ""), Found())
        found.add(part.number, np.flatnonzero(bad), [])


class PreparedTable:
    """A prepared directory opened for adding up; see `Work`.

    Parameters
    ----------
    folder : path
    region
        As in `analyze`.
    year : int, sequence of int, or None
    policies : Policies

    Raises
    ------
    StorageError
        When the directory was changed, is half written, or stems from another version.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        region: str | Mapping[str, str],
        year: int | Sequence[int] | None,
        policies: Policies,
    ) -> None:
        self.folder = Path(folder)
        self.index = _read_index(self.folder)
        content = _verified(self.folder / "firms.parquet", self.index["firms"])
        table = pq.read_table(pa.BufferReader(content))
        firms = read_firms(table, region=region)
        money = Money(self.index["options"]["unit"], Fraction(*self.index["resolution"]))
        years = chosen_years(year, has_year=self.index["has_year"])
        self.coder = _PreparedCoder(firms, policies, money, years)

    @property
    def options(self) -> dict[str, Any]:
        """The options of `analyze` that were settled when the table was prepared."""
        return dict(self.index["options"])

    @property
    def size(self) -> int:
        """Number of rows."""
        return sum(file["rows"] for file in self.index["trade"])

    def parts(self, batch_rows: int, threads: int) -> Iterator[Part]:
        """One part a file."""
        del threads
        for number, file in enumerate(self.index["trade"]):
            yield Part(0, number, file["rows"], partial(self._read, file, batch_rows))

    def _read(self, file: Mapping[str, Any], batch_rows: int) -> Batches:
        path = self.folder / "trade" / file["name"]
        content = _verified(path, file["sha256"])
        table = pq.read_table(pa.BufferReader(content), use_threads=False)
        constants = {n: v for n, v in file["constants"].items() if n == "year" or v != PLAIN}
        kinds = {"mark": np.uint8, "year": np.int16}
        for name, value in constants.items():
            table = table.append_column(name, pa.array(np.full(len(table), value, kinds[name])))
        position = 0
        for batch in table.combine_chunks().to_batches(max_chunksize=batch_rows):
            yield batch, position
            position += batch.num_rows

    def finish(self, reading: Reading) -> tuple[tuple[FileRecord, ...], list[str]]:
        """Raise what is wrong; else the files that were prepared and what to note of them."""
        if reading.faults:
            fix = "the rows are named by analyzing the raw table with the same options"
            where = str(self.folder)
            raise InputError(
                *(
                    Fault(f"{found.count:,} {what}", file=where, count=found.count, fix=fix)
                    for (_, what, _), found in sorted(reading.faults.items())
                )
            )
        read = self.index["read"]
        if (sum(reading.rows.values()), sum(reading.amount.values())) != (
            sum(read["rows"].values()),
            sum(read["amount"].values()),
        ):
            raise StorageError(_changed(self.folder))
        return tuple(FileRecord(**f) for f in self.index["files"]), list(self.index["notes"])


def _read_index(folder: Path) -> dict[str, Any]:
    if not (folder / INDEX).is_file():
        what = "the directory is no prepared table, or is half written"
        raise StorageError(Fault(what, file=str(folder), fix="prepare it again"))
    index = read_json(folder / INDEX)
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        fix = "prepare it again with this version"
        what = "the table was prepared by another version"
        raise StorageError(Fault(what, file=str(folder), fix=fix))
    found = {p.name for p in (folder / "trade").glob("*")}
    if found != {f["name"] for f in index["trade"]}:
        raise StorageError(_changed(folder / "trade"))
    return index


def _verified(path: Path, expected: str) -> bytes:
    """Content of a file, when it is the one that was written."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StorageError(_changed(path)) from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise StorageError(_changed(path))
    return content


def _changed(path: Path) -> Fault:
    what = "the prepared table was changed or is not whole"
    return Fault(what, file=str(path), fix="prepare it again from the raw table")
