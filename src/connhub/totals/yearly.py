"""Totals of each year of a table, from one pass over it."""

from __future__ import annotations

import threading as th
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from connhub.intake.batch import BLANK_ROW, OTHER_YEAR, Batch
from connhub.intake.ledger import COUNTED, ENTRIES, EXCLUDED
from connhub.intake.reading import Reading
from connhub.intake.table_source import Part
from connhub.memory import available, limited
from connhub.options import RunOptions
from connhub.totals.accumulator import Accumulator, OpenTable, RowEncoder, Tables
from connhub.totals.shared_sums import SharedSums, needed
from connhub.totals.sparse_sums import Grain, SumTable
from connhub.totals.threads import BATCH_ROWS, THREADS, progress_bar, share_parts
from connhub.totals.totals import Totals

__all__ = ["add_up_by_year", "fits"]

_OTHER = ENTRIES.index("other_year")
_DISJOINT = len(COUNTED) + len(EXCLUDED)


class _Years:
    """The sums of all years; what is of no year that counts is kept apart."""

    def __init__(self, encoder: RowEncoder, tables: Tables, threads: int) -> None:
        self.encoder, self.tables, self.lock = encoder, tables, th.Lock()
        self.threads = threads
        self.of_year: dict[int, SharedSums] = {}
        nothing = SumTable("firms_by_region", tables.nodes)
        self.rest = SharedSums(lambda: Accumulator(encoder, tables, nothing), threads)

    def of(self, year: int) -> SharedSums:
        """The sums of a year, or of what is of none."""
        if not year:
            return self.rest
        with self.lock:
            if year not in self.of_year:
                grain = self.tables.grain
                cells = None if grain == "firms" else SumTable(grain, self.tables.nodes)
                encoder = _of_year(self.encoder, year)
                make = partial(Accumulator, encoder, self.tables, cells)
                self.of_year[year] = SharedSums(make, needed(grain, self.threads))
            return self.of_year[year]


class _Worker:
    """What one thread reads, by year into sums that it shares with others."""

    def __init__(self, years: _Years) -> None:
        self.years, self.reading = years, Reading()

    def add(self, part: Part) -> None:
        """Read a part, and add up its rows."""
        for batch in self.years.encoder.batches(part, self.reading):
            for year, rows in _by_year(batch):
                self.years.of(year).add_batch(rows, self.reading)


def add_up_by_year(
    table: OpenTable, years: Sequence[int], grain: Grain = "firms", run: RunOptions = RunOptions()
) -> dict[int, Totals]:
    """Add up each year of a table, in one pass.

    Parameters
    ----------
    table : OpenTable
        Of which the years are counted that it was opened with.
    years : sequence of int
        Years that have totals even where there is no row of them.
    grain : {"firms", "firms_by_region", "pairs"}
    run : RunOptions

    Returns
    -------
    dict of int to Totals
        By year, ascending: for each the totals of the table opened with this year alone, to the
        last bit, ledger included.

    Raises
    ------
    InputError, LimitError
    """
    threads = run.threads or THREADS
    with limited():
        tables = Tables(table.encoder.firms, table.encoder.policies, grain)
        sums = _Years(table.encoder, tables, threads)
        first, *others = workers = [_Worker(sums) for _ in range(threads)]
        parts = table.parts(run.batch_rows or BATCH_ROWS, threads)
        with progress_bar(table.size, run.progress) as bar:
            share_parts(parts, [worker.add for worker in workers], bar)
        for other in others:
            first.reading.merge(other.reading)
        pa.default_memory_pool().release_unused()
        read = first.reading
        found = {year: sums.of(year).merged(read) for year in sorted({*sums.of_year, *years})}
        rest = sums.rest.merged(read)
        account = table.finish(read)
        ledgers = {y: a.ledger.copy() for y, a in found.items()}
        rows_of = {y: ledger[:_DISJOINT].sum(axis=0) for y, ledger in ledgers.items()}
        everything = sum(rows_of.values())
        result = {}
        for year, accumulator in found.items():
            accumulator.ledger += rest.ledger
            accumulator.excluded += rest.excluded
            accumulator.ledger[_OTHER] += everything - rows_of[year]
            result[year] = Totals.of(accumulator, account, threads=threads)
        return result


def fits(table: OpenTable, years: int, grain: Grain, run: RunOptions = RunOptions()) -> bool:
    """Whether the sums of so many years surely fit into memory together.

    Parameters
    ----------
    table : OpenTable
    years : int
    grain : {"firms", "firms_by_region", "pairs"}
    run : RunOptions

    Returns
    -------
    bool
        For the finer grains by an upper bound, where the number of rows is known.
    """
    firms = len(table.encoder.firms)
    threads = run.threads or THREADS
    need = _RESULT * firms * years
    if grain == "firms":
        need += 64 * (firms + 1) * years * needed("firms", threads)
    else:
        need += 72 * (table.size or 0) * (2 if grain == "firms_by_region" else 1)
    return need < available()


_RESULT = 400
"""Bytes a firm and year in the frames of a result, about."""


def _of_year(encoder: Any, year: int) -> Any:
    """The encoder of a table that was opened with one year alone."""
    return replace(encoder, years=(year,))


def _by_year(batch: Batch) -> Iterator[tuple[int, Batch]]:
    """The rows of each year, and of year 0 those that count for none."""
    if batch.years is None:
        raise AssertionError
    years = batch.years.astype(np.int16)  # which are sorted by counting
    if batch.mark.size:
        none = (batch.mark >= BLANK_ROW) | (batch.mark == OTHER_YEAR)
        years = np.where(none, 0, years)
    if not years.size:
        return
    if years.min() == years.max():
        yield int(years[0]), batch
        return
    order = np.argsort(years, kind="stable")
    starts = np.flatnonzero(np.diff(years[order], prepend=-1))
    for rows in np.split(order, starts[1:]):
        yield int(years[rows[0]]), batch.of_rows(rows)
