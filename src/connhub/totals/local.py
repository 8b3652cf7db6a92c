"""Threads over the parts of a table, on this machine."""

from __future__ import annotations

import os
import sys
import threading as th
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from connhub.errors import Fault, LimitError, OptionError
from connhub.intake.firms import FirmTable
from connhub.intake.ledger import ENTRIES, Policies
from connhub.intake.sources import Part
from connhub.intake.transactions import Batch, Reading, Transactions, _Found
from connhub.totals.totals import Int, Totals, fingerprint

__all__ = ["total"]

BATCH_ROWS = 1 << 17


def total(
    transactions: Any,
    firms: FirmTable,
    *,
    columns: Mapping[str, str] | None = None,
    unit: str | None = None,
    resolution: Any = 1,
    year: int | Sequence[int] | None = None,
    encoding: str | None = None,
    manifest: Any = None,
    threads: int | None = None,
    batch_rows: int | None = None,
    progress: bool | None = None,
    **policies: Any,
) -> Totals:
    """Read a transaction table once and add it up by firm and by pair of regions.

    Parameters
    ----------
    transactions : path, list of paths, or table
        One row a transaction.
    firms : FirmTable
        From `read_firms`; it also says what a region is.
    columns, unit, resolution, year, encoding, manifest
        See `analyze`.
    threads : int, optional
        By default the number of processors, at most 8. Each needs 64 bytes a firm.
    batch_rows : int, optional
        Rows decoded at a time.
    progress : bool, optional
        Show a progress bar; by default in a terminal or a notebook.
    **policies
        See `Policies`.

    Returns
    -------
    Totals
        The same to the last bit whatever the order of rows, threads and batches.

    Raises
    ------
    InputError
        All faults of the table at once.
    ColumnError, OptionError, LimitError

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub.intake.firms import read_firms
    >>> firms = read_firms(pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]}))
    >>> trade = pa.table({"seller_id": ["a", "a"], "buyer_id": ["b", "b"], "amount": [3, 4]})
    >>> totals = total(trade, firms)
    >>> totals.flows[12, 26].tolist()
    [7, 2]
    >>> (totals + totals).flows[12, 26].tolist()
    [14, 4]
    """
    rules = Policies(**policies)
    threads = _positive("threads", threads, min(os.cpu_count() or 1, 8))
    batch_rows = _positive("batch_rows", batch_rows, BATCH_ROWS)
    work = Transactions(
        transactions,
        firms,
        rules,
        columns=columns,
        unit=unit,
        resolution=resolution,
        year=year,
        encoding=encoding,
        manifest=manifest,
    )
    try:
        sums, reading = _run(work, threads, batch_rows, progress)
    except MemoryError as error:
        fix = "use fewer threads=, a smaller batch_rows=, or a machine with more memory"
        raise LimitError(Fault("out of memory", fix=fix)) from error
    files, notes = work.finish(reading)
    years = tuple(sorted(set(work.chosen_years)))
    return Totals(
        *sums,
        read_rows=sum(reading.rows.values()),
        read_amount=sum(reading.amount.values()),
        magnitude=reading.magnitude,
        years=reading.years,
        money=work.money,
        policies=rules,
        chosen_years=years,
        files=files,
        notes=tuple(notes),
        key=fingerprint(firms, rules, work.money, years),
    )


def _positive(name: str, value: int | None, default: int) -> int:
    if value is None:
        return default
    if not isinstance(value, int) or value < 1:
        raise OptionError(Fault(f"{name}={value!r} must be a whole number from 1 on"))
    return value


@dataclass
class _Worker:
    """The sums and the reading of one thread."""

    work: Transactions
    sums: tuple[Int, Int, Int, Int]
    reading: Reading

    @classmethod
    def of(cls, work: Transactions) -> _Worker:
        return cls(work, Totals.arrays(work.firms), Reading())

    def add(self, part: Part, region: Any, group: Any, policy: Any, refused: Any) -> None:
        from connhub.totals.kernel import accumulate, classify

        for batch in self.work.batches(part, self.reading):
            rows = (
                batch.seller,
                batch.buyer,
                batch.amount,
                batch.mark,
                batch.seller_region,
                batch.buyer_region,
                region,
                group,
                policy,
            )
            before = self.sums[2][refused, 0].sum()
            accumulate(*rows, *self.sums)
            if self.sums[2][refused, 0].sum() != before:
                entries = np.empty(batch.amount.size, dtype=np.int8)
                classify(*rows, self.work.firms.regions.size, entries)
                self._refuse(batch, entries, refused)

    def _refuse(self, batch: Batch, entries: Any, refused: Any) -> None:
        region, size = self.work.firms.region_of, self.work.firms.regions.size
        for entry in refused:
            rows = np.flatnonzero(entries == entry)
            if rows.size:
                name = ENTRIES[entry]
                what = f"rows are refused by {name}='error'"
                found = self.reading.faults.setdefault((batch.part.file, what, ""), _Found())
                some = rows[:10]
                values = [str(v) for v in batch.amount[some]]
                if name != "negative":  # the party to blame has no known region
                    blame = region[batch.seller[some]] > size
                    pairs = [ids.take(pa.array(some)).to_pylist() for ids in batch.ids]
                    values = [
                        str(s if seller else b) for seller, s, b in zip(blame, *pairs, strict=True)
                    ]
                found.add(
                    batch.part.number, batch.part.count_skipped(rows + batch.position), values
                )

    def merge(self, other: _Worker) -> None:
        for mine, theirs in zip(self.sums, other.sums, strict=True):
            np.add(mine, theirs, out=mine)
        self.reading.merge(other.reading)


def _run(
    work: Transactions, threads: int, batch_rows: int, progress: bool | None
) -> tuple[tuple[Int, Int, Int, Int], Reading]:
    rules = work.policies
    excluding = {"exclude", "error", "drop"}
    policy = np.array([getattr(rules, e, "") in excluding for e in ENTRIES], dtype=np.bool_)
    errors = [i for i, e in enumerate(ENTRIES) if getattr(rules, e, "") == "error"]
    refused = np.array([i for i in errors if ENTRIES[i] != "missing_amount"], dtype=np.int64)
    region = work.firms.region_of
    group = work.firms.groups
    group = np.empty(0, dtype=np.int32) if group is None else group
    parts, lock, stop = work.parts(batch_rows, threads), th.Lock(), th.Event()

    def run(worker: _Worker) -> _Worker:
        while not stop.is_set():
            with lock:
                part = next(parts, None)
            if part is None:
                break
            worker.add(part, region, group, policy, refused)
            bar(part.weight)
        return worker

    with _progress(work.source.size, progress) as bar:
        if threads == 1:
            only = run(_Worker.of(work))
            return only.sums, only.reading
        with ThreadPoolExecutor(threads, thread_name_prefix="connhub") as pool:
            futures = [pool.submit(run, _Worker.of(work)) for _ in range(threads)]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            finally:
                stop.set()
        first, *others = [f.result() for f in futures]
    for other in others:
        first.merge(other)
    return first.sums, first.reading


@contextmanager
def _progress(size: int | None, wanted: bool | None) -> Iterator[Any]:
    """A function that takes how much was done; silent when nobody looks."""
    notebook = "ipykernel" in sys.modules
    if wanted is False or (wanted is None and not (sys.stderr.isatty() or notebook)):
        yield lambda _: None
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tqdm warns when a notebook lacks its widgets
        from tqdm.auto import tqdm
    with tqdm(total=size, unit_scale=True, unit="", delay=0.5, leave=False) as bar:
        yield bar.update
