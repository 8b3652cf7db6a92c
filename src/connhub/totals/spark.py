"""The same kernel on the workers of a Spark cluster; only totals come back to the driver.

The firms go out once, as broadcast arrays. Every task is added up by one `Adder` inside
``mapInArrow`` and sent on as blocks of int64; Spark brings blocks of one place together, a second
``mapInArrow`` adds them, and the driver gets every block once.

Where a task's rows come from: of a Spark DataFrame, through Spark. Parquet files at a path that
all workers share are read by our own reader, on the workers: a third of the time a row, and every
check of files holds as on one machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from connhub.errors import (
    ConnhubError,
    Fault,
    LimitError,
    OptionError,
)
from connhub.intake import firm_table as intake
from connhub.intake.encoder import Coder, Found, Reading
from connhub.intake.files import is_parquet
from connhub.intake.firm_table import FirmTable
from connhub.intake.table_source import Batches, Part
from connhub.intake.transactions import Transactions
from connhub.options import Policies, ReadOptions, RunOptions, TableOptions, flat_options
from connhub.totals.accumulator import Adder, Tables
from connhub.totals.spark_session import is_frame, open_frame, session, source_of, spoken
from connhub.totals.sparse_sums import CellTable, Grain
from connhub.totals.sum_chunks import Gather, Piece, cut, error_piece, join
from connhub.totals.threads import BATCH_ROWS
from connhub.totals.totals import Totals

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["read_firms", "total"]

TASKS_A_CORE = 4
"""Every task sends up to 64 bytes a firm: more tasks than that even out, fewer cost less."""

_SCHEMA = "name string, number int, size int, payload binary"
_ARROW = pa.schema(
    [("name", pa.string()), ("number", pa.int32()), ("size", pa.int32()), ("payload", pa.binary())]
)
_CODEC = "lz4_raw"  # sums are mostly zeros: twentyfold less to shuffle, for 1 ns a byte


@flat_options
def read_firms(
    firms: Any,
    *,
    region: str | Mapping[str, str] = "prefecture",
    read: TableOptions = TableOptions(),
) -> FirmTable:
    """Read a firm table that may also be a Spark DataFrame or lie where only the cluster reads.

    Parameters
    ----------
    firms : DataFrame, path, or table
        A path with a scheme (``hdfs://``, ``s3a://``) is read by the cluster; every other path,
        and every other table, as without Spark.
    region : {"municipality", "prefecture", "block"}, column name, or mapping
        What a region is; see `analyze`.
    {read}

    Returns
    -------
    FirmTable
    """
    if is_frame(firms) or (isinstance(firms, str) and "://" in firms):
        frame, _ = open_frame(firms, read.encoding)
        with spoken():
            firms = frame.toArrow()
    return intake.read_firms(firms, region=region, read=read)


@flat_options
def total(
    transactions: Any,
    firms: FirmTable,
    *,
    year: int | Sequence[int] | None = None,
    grain: Grain = "firms",
    read: ReadOptions = ReadOptions(),
    policies: Policies = Policies(),
    run: RunOptions = RunOptions(),
) -> Totals:
    """Add a transaction table up on a Spark cluster.

    Parameters
    ----------
    transactions : DataFrame, path, or list of paths
        A Spark DataFrame; Parquet files that lie at the same path for the driver and all workers;
        or what Spark finds: a path with a scheme (``hdfs://``, ``s3a://``) to Parquet, or CSV.
    firms : FirmTable
    year : int or sequence of int, optional
        Years to count; by default all are added up.
    grain : {"firms", "firms_by_region", "pairs"}
        How fine the sums are.
    {read}
    {policies}
    {run}

    Not offered here are `manifest`, `threads` and `batch_rows`, since the cluster reads the files
    and shares out the work; Spark shows its own progress; CSV is UTF-8 unless `encoding` says
    otherwise.

    Returns
    -------
    Totals
        The same to the last bit as those of `connhub.total`.

    Raises
    ------
    InputError, ColumnError, OptionError, LimitError
        As without Spark; rows that came through Spark are named by partition.
    MissingExtraError
        Without pyspark or Java, or when a worker lacks this package.
    """
    refused = {"manifest": read.manifest, "threads": run.threads, "batch_rows": run.batch_rows}
    for name, value in refused.items():
        if value is not None:
            fix = "leave it out: the cluster reads the files and shares out the work"
            raise OptionError(Fault(f"{name}= is not offered with engine='spark'", fix=fix))
    if is_parquet(transactions):
        work = Transactions(_absolute(transactions), firms, policies, read, year=year)
        spark = session()
        adder = _add_up(spark, work.coder, grain, partial(_files, spark, work))
    else:
        frame, name = open_frame(transactions, read.encoding)
        work = _Transactions(source_of(frame, name), firms, policies, read, year=year)
        adder = _add_up(frame.sparkSession, work.coder, grain, partial(_rows, frame, work.coder))
    return Totals.of(adder, *work.finish(adder.reading))


def _absolute(paths: Any) -> list[str]:
    """Workers run in folders of their own."""
    given = [paths] if isinstance(paths, str | os.PathLike) else paths
    return [str(Path(p).absolute()) for p in given]


class _Transactions(Transactions):
    """A transaction table whose rows are counted by partition: they have no order besides."""

    def _faults(self, reading: Reading) -> list[Fault]:
        found = [f for _, f in sorted(reading.faults.items(), key=lambda item: item[0])]
        faults = super()._faults(reading)
        return [
            fault.at(rows=(), file=f"{fault.file}, {_where(f)}")
            for fault, f in zip(faults, found, strict=True)
        ]


def _where(found: Found) -> str:
    rows: dict[int, list[str]] = {}
    for (part, row), _ in found.first:
        rows.setdefault(part, []).append(str(row + 1))
    return "; ".join(f"partition {part} row {', '.join(r)}" for part, r in rows.items())


# --- on the driver ------------------------------------------------------------------


Feed = Callable[[Iterator[pa.RecordBatch], int], Iterator[Part]]
"""From the Arrow batches that Spark gives to a task, and its number, to parts to be added up."""


def _add_up(
    spark: SparkSession,
    coder: Coder,
    grain: Grain,
    share_out: Callable[[int], tuple[DataFrame, Feed]],
) -> Adder:
    """Sums of all tasks, and what they read."""
    Tables(coder, grain)  # more regions than can be held: before anything is sent
    with spoken():
        tasks = _tasks(spark)
        rows, feed = share_out(tasks)
        broadcast = spark.sparkContext.broadcast(_arrays(coder.firms))
        job = _Job(_without_arrays(coder), broadcast, grain, feed)
        try:
            sums = rows.mapInArrow(partial(_add_task, job), _SCHEMA)
            met = sums.repartition(tasks, "name", "number")
            pieces = met.mapInArrow(partial(_gather, grain), _SCHEMA).toArrow()
        finally:
            broadcast.destroy()
    return join(_read_pieces(pieces.to_batches()), coder, grain)


def _files(spark: SparkSession, work: Transactions, tasks: int) -> tuple[DataFrame, Feed]:
    """Parts of files, shared out by their number; Spark carries no row of theirs."""
    parts = list(work.parts(BATCH_ROWS, 1))
    tasks = max(1, min(tasks, len(parts)))
    feed = partial(_share, [parts[k::tasks] for k in range(tasks)])
    return spark.range(0, tasks, 1, tasks), feed


def _share(
    shares: list[list[Part]], batches: Iterator[pa.RecordBatch], task: int
) -> Iterator[Part]:
    del task
    for batch in batches:
        for k in batch.column(0).to_pylist():
            yield from shares[k]


def _rows(frame: DataFrame, coder: Coder, tasks: int) -> tuple[DataFrame, Feed]:
    """Rows of a DataFrame; its partitions go together where there are many, and are never split."""
    return _needed(frame, coder).coalesce(tasks), partial(_whole, _columns(coder))


def _whole(columns: list[str], batches: Iterator[pa.RecordBatch], task: int) -> Iterator[Part]:
    yield Part(0, task, 0, partial(_placed, batches, columns))


def _columns(coder: Coder) -> list[str]:
    return list(dict.fromkeys(coder.roles.values()))


def _needed(frame: DataFrame, coder: Coder) -> DataFrame:
    """Only the columns with a role, under plain names: Spark takes names apart at dots."""
    from pyspark.sql.functions import col

    quoted = ["`" + name.replace("`", "``") + "`" for name in _columns(coder)]
    return frame.select(*(col(name).alias(f"c{i}") for i, name in enumerate(quoted)))


def _tasks(spark: SparkSession) -> int:
    """Tasks to share the work out to, at most."""
    tasks = TASKS_A_CORE * spark.sparkContext.defaultParallelism
    if spark.conf.get("spark.dynamicAllocation.enabled", "false") == "true":
        # Executors come as tasks wait for them, so the cores of now say little.
        tasks = max(tasks, int(spark.conf.get("spark.sql.shuffle.partitions") or 200))
    return tasks


def _arrays(firms: FirmTable) -> Any:
    """What is large of a firm table: regions, groups, and the tables that find an id."""
    return firms.regions.index, firms.groups, firms.lookup


def _without_arrays(coder: Coder) -> Coder:
    firms = coder.firms
    regions = replace(firms.regions, index=firms.regions.index[:0])
    bare = replace(firms, table=pa.table({}), regions=regions, groups=None, lookup=None)
    return replace(coder, firms=bare)


# --- on the workers -----------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Job:
    """What a worker must know."""

    bare: Coder
    arrays: Any  # Broadcast of `_arrays`
    grain: Grain
    feed: Feed

    def coder(self) -> Coder:
        """Put the coder together again."""
        index, groups, lookup = self.arrays.value
        regions = replace(self.bare.firms.regions, index=index)
        firms = replace(self.bare.firms, regions=regions, groups=groups, lookup=lookup)
        return replace(self.bare, firms=firms)


def _add_task(job: _Job, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Add the rows of one task up."""

    def pieces(task: int) -> Iterator[Piece]:
        if (first := next(batches, None)) is None:
            return
        coder = job.coder()
        tables = Tables(coder, job.grain)
        cells = None if job.grain == "firms" else CellTable(job.grain, tables.nodes)
        adder = Adder(coder, tables, cells)
        for part in job.feed(chain([first], batches), task):
            adder.add(part)
        yield from cut(adder)

    return _written(pieces)


def _gather(grain: Grain, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Add pieces of all tasks up by place."""

    def pieces(task: int) -> Iterator[Piece]:
        del task
        sums = Gather(grain)
        for piece in _read_pieces(batches):
            sums.add(*piece)
        yield from sums.pieces()

    return _written(pieces)


def _placed(batches: Iterator[pa.RecordBatch], columns: list[str]) -> Batches:
    position = 0
    for batch in batches:
        yield batch.rename_columns(columns), position
        position += batch.num_rows


def _written(pieces: Callable[[int], Iterator[Piece]]) -> Iterator[pa.RecordBatch]:
    """Pieces as batches of one row; errors become pieces too."""
    from pyspark import TaskContext

    context = TaskContext.get()
    task = context.partitionId() if context else 0

    def told() -> Iterator[Piece]:
        try:
            yield from pieces(task)
        except ConnhubError as error:
            yield error_piece(task, error)
        except MemoryError:
            fix = "give the executors more memory, or choose a coarser grain= or region="
            yield error_piece(task, LimitError(Fault("a worker is out of memory", fix=fix)))

    for name, number, payload in told():
        raw = memoryview(payload).cast("B")
        row = [[name], [number], [raw.nbytes], [pa.compress(raw, _CODEC, asbytes=True)]]
        columns = [pa.array(v, kind) for v, kind in zip(row, _ARROW.types, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, schema=_ARROW)


def _read_pieces(batches: Iterable[pa.RecordBatch]) -> Iterator[Piece]:
    for batch in batches:
        columns = [*(batch.column(i).to_pylist() for i in range(3)), batch.column(3)]
        for name, number, size, payload in zip(*columns, strict=True):
            yield name, number, pa.decompress(payload.as_buffer(), size, _CODEC)
