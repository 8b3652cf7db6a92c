"""Threads over the parts of a table, on this machine."""

from __future__ import annotations

import os
import sys
import threading as th
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from connhub.arguments import Table
from connhub.arrow import from_numpy, text
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.intake.reading import Reading
from connhub.intake.table_source import Batches, Part
from connhub.intake.transactions import Transactions
from connhub.jit import telling_of_compiling
from connhub.memory import limited
from connhub.options import Policies, ReadOptions, RunOptions, flat_options
from connhub.text.catalogue import Message
from connhub.totals.accumulator import Accumulator, OpenTable, Tables
from connhub.totals.shared_sums import SharedSums, needed
from connhub.totals.sparse_sums import Grain, SumTable
from connhub.totals.totals import Totals

__all__ = ["BATCH_ROWS", "THREADS", "add_up", "compiling", "progress_bar", "share_parts", "total"]

BATCH_ROWS = 3 << 15
"""Rows that are looked up and decided at a time: fewer or more take longer by a few per cent."""
_ROWS_OF_CELLS = 1 << 18
"""The same of the finer grains, which share them out to many tables."""
THREADS = min(os.cpu_count() or 1, 8)


@flat_options
def total(
    transactions: Table,
    firms: FirmTable,
    *,
    year: int | Sequence[int] | None = None,
    grain: Grain = "firms",
    read: ReadOptions = ReadOptions(),
    policies: Policies = Policies(),
    run: RunOptions = RunOptions(),
) -> Totals:
    """Read a transaction table once and add it up by firm and by pair of regions.

    Parameters
    ----------
    transactions : path, list of paths, or table
        One row a transaction.
    firms : FirmTable
        From `read_firms`; it also says what a region is.
    year : int or sequence of int, optional
        Years to count; by default all are added up.
    grain : {"firms", "firms_by_region", "pairs"}
        How fine the sums are; each can be derived from the next, see `Totals.coarsen`.
    {read}
    {policies}
    {run}

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
    >>> from connhub.intake.firm_table import read_firms
    >>> firms = read_firms(pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]}))
    >>> trade = pa.table({"seller_id": ["a", "a"], "buyer_id": ["b", "b"], "amount": [3, 4]})
    >>> totals = total(trade, firms)
    >>> totals.flows[12, 26].tolist()
    [7, 2]
    >>> (totals + totals).flows[12, 26].tolist()
    [14, 4]
    """
    table = Transactions(transactions, firms, policies, read, year=year)
    return add_up(table, grain, run)


@contextmanager
def compiling() -> Iterator[None]:
    """Compile the loops on another thread meanwhile, in a process that has not yet done so.

    What they are compiled for is shown by adding up a table of two rows.
    """
    if "connhub.totals.kernel" in sys.modules:
        yield
        return
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_compile)  # what fails here fails again, and is reported, where it is needed
        yield


def _compile() -> None:
    ids, others = from_numpy(np.array([1, 2])), from_numpy(np.array([2, 1]))
    firms = pa.table({"firm_id": ids, "prefecture_code": text(["13", "27"])})
    transactions = pa.table({"seller_id": ids, "buyer_id": others, "amount": ids})
    total(transactions, read_firms(firms), threads=1, progress=False)


def add_up(table: OpenTable, grain: Grain = "firms", run: RunOptions = RunOptions()) -> Totals:
    """Add up a table that is opened, part by part, on threads of this machine.

    Parameters
    ----------
    table : OpenTable
    grain : {"firms", "firms_by_region", "pairs"}
    run : RunOptions

    Returns
    -------
    Totals

    Raises
    ------
    InputError, LimitError
    """
    threads = run.threads or THREADS
    with limited():
        rows = run.batch_rows or (BATCH_ROWS if grain == "firms" else _ROWS_OF_CELLS)
        accumulator = _add_up(table, grain, threads, rows, run.progress)
        account = table.finish(accumulator.reading)
        return Totals.of(accumulator, account, threads=threads)


def _add_up(
    table: OpenTable, grain: Grain, threads: int, batch_rows: int, progress: bool | None
) -> Accumulator:
    tables = Tables(table.encoder.firms, table.encoder.policies, grain)
    cells = None if grain == "firms" else SumTable(grain, tables.nodes)
    make = partial(Accumulator, table.encoder, tables, cells)
    sums = SharedSums(make, needed(grain, threads))
    first, *others = readings = [Reading() for _ in range(threads)]

    def add(reading: Reading, part: Part) -> None:
        for batch in table.encoder.batches(part, reading):
            sums.add_batch(batch, reading)

    with progress_bar(table.size, progress) as bar:
        parts = table.parts(batch_rows, threads)
        share_parts(parts, [partial(add, reading) for reading in readings], bar)
    for other in others:
        first.merge(other)
    return sums.merged(first)


@limited()
def share_parts(
    parts: Iterator[Part], workers: Sequence[Callable[[Part], None]], done: Callable[[int], Any]
) -> None:
    """Let each worker, on a thread of its own, take the next part until none is left.

    An error of one ends all; so does an interrupt, each after the batch it is at.
    """
    lock, stop = th.Lock(), th.Event()

    def run(worker: Callable[[Part], None]) -> None:
        while not stop.is_set():
            with lock:
                part = next(parts, None)
            if part is None:
                break
            worker(replace(part, read=partial(_until, stop, part.read)))
            done(part.weight)

    if len(workers) == 1:
        run(workers[0])
        return
    with ThreadPoolExecutor(len(workers), thread_name_prefix="connhub") as pool:
        try:  # a thread that does not start ends all as well
            futures = [pool.submit(run, w) for w in workers]
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            stop.set()
    for future in futures:
        future.result()


def _until(stop: th.Event, read: Callable[[], Batches]) -> Batches:
    for batch in read():
        if stop.is_set():
            return
        yield batch


@contextmanager
def progress_bar(size: int | None, wanted: bool | None) -> Iterator[Any]:
    """A function that takes how much was done; silent when nobody looks.

    Parameters
    ----------
    size : int or None
        Of all.
    wanted : bool or None
        Whether it is shown; None where somebody looks.
    """
    notebook = "ipykernel" in sys.modules
    if wanted is False or (wanted is None and not (sys.stderr.isatty() or notebook)):
        yield lambda _: None
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tqdm warns when a notebook lacks its widgets
        from tqdm.auto import tqdm
    with (
        tqdm(total=size, unit_scale=True, unit="", delay=0.5, leave=False) as bar,
        _compiling_shown(bar) as advance,
    ):
        yield advance


@contextmanager
def _compiling_shown(bar: Any) -> Iterator[Callable[[int], Any]]:
    """Say that loops are compiled, until the first part is done; from then on time is measured."""
    text, lock, shown = Message("totals.compiling").text(), th.Lock(), False

    def told() -> None:
        nonlocal shown
        if not shown and not bar.n:
            shown = True
            bar.set_description_str(text)

    def advance(done: int) -> None:
        nonlocal shown
        with lock:
            if shown:
                shown = False
                bar.set_description_str("", refresh=False)
                bar.unpause()
            bar.update(done)

    with telling_of_compiling(told):
        yield advance
