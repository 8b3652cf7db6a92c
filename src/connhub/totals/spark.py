"""The same kernel on the workers of a Spark cluster; only totals come back to the driver.

The firms go out once, as broadcast arrays. Every task is added up by one `Accumulator` inside
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

from connhub.errors import ConnhubError, Fault, LimitError, OptionError
from connhub.intake import firm_table as intake
from connhub.intake.encoder import Encoder
from connhub.intake.files import is_parquet
from connhub.intake.firm_table import FirmTable
from connhub.intake.offending_rows import OffendingRows
from connhub.intake.reading import Reading
from connhub.intake.table_source import Batches, Part
from connhub.intake.transactions import Transactions
from connhub.options import Policies, ReadOptions, RunOptions, TableOptions, flat_options
from connhub.text.catalogue import Message
from connhub.totals.accumulator import Accumulator, Tables
from connhub.totals.spark_session import (
    is_frame,
    open_frame,
    session,
    setting,
    source_of,
    spark_errors,
)
from connhub.totals.sparse_sums import Grain, SumTable
from connhub.totals.sum_chunks import ChunkSums, SumChunk, error_chunk, join_chunks, split
from connhub.totals.threads import BATCH_ROWS
from connhub.totals.totals import Totals

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["read_firms", "total"]

TASKS_A_CORE = 4
"""Every task sends up to 64 bytes a firm: more tasks than that even out, fewer cost less."""
SPARK_BATCH = 100_000
"""Rows that Spark hands over at a time; with its 10,000 a worker takes a third longer."""

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
        frame, _ = open_frame(firms, "firms", read)
        with spark_errors():
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
            raise OptionError(Fault("totals.not_with_spark", name=name))
    if is_parquet(transactions):
        table = Transactions(_absolute(transactions), firms, policies, read, year=year)
        spark = session()
        accumulator = _add_up(spark, table.encoder, grain, partial(_files, spark, table))
    else:
        frame, name = open_frame(transactions, "transactions", read)
        table = _Transactions(source_of(frame, name), firms, policies, read, year=year)
        accumulator = _add_up(
            frame.sparkSession, table.encoder, grain, partial(_rows, frame, table.encoder)
        )
    return Totals.of(accumulator, table.finish(accumulator.reading))


def _absolute(paths: Any) -> list[str]:
    """Workers run in folders of their own."""
    given = [paths] if isinstance(paths, str | os.PathLike) else paths
    return [str(Path(p).absolute()) for p in given]


class _Transactions(Transactions):
    """A transaction table whose rows are counted by partition: they have no order besides."""

    def place(self, reading: Reading, place: tuple[int, int, int]) -> Message:
        """Partition and row in it, for notes."""
        del reading
        file, part, position = place
        where = f"{part}: {position + 1}"
        return Message("totals.rows_by_partition", name=self.source.files[file], places=where)

    def _faults(self, reading: Reading) -> list[Fault]:
        found = [rows for _, rows in sorted(reading.faults.items(), key=lambda item: item[0])]
        return [
            fault.at(rows=(), file=_partitions(fault.file, rows))
            for fault, rows in zip(super()._faults(reading), found, strict=True)
        ]


def _partitions(name: str | Message, offending: OffendingRows) -> Message:
    """The table, and rows by partition."""
    rows: dict[int, list[str]] = {}
    for part, position in offending.first:
        rows.setdefault(part, []).append(str(position + 1))
    places = "; ".join(f"{part}: {', '.join(r)}" for part, r in rows.items())
    return Message("totals.rows_by_partition", name=name, places=places)


# --- on the driver ------------------------------------------------------------------


Feed = Callable[[Iterator[pa.RecordBatch], int], Iterator[Part]]
"""From the Arrow batches that Spark gives to a task, and its number, to parts to be added up."""


def _add_up(
    spark: SparkSession,
    encoder: Encoder,
    grain: Grain,
    share_out: Callable[[int], tuple[DataFrame, Feed]],
) -> Accumulator:
    """Sums of all tasks, and what they read."""
    Tables(
        encoder.firms, encoder.policies, grain
    )  # more regions than can be held: before anything is sent
    with spark_errors():
        cores = _cores(spark)
        rows, feed = share_out(TASKS_A_CORE * cores)
        broadcast = spark.sparkContext.broadcast(_arrays(encoder.firms))
        job = _Job(_without_arrays(encoder), broadcast, grain, feed)
        try:
            sums = rows.mapInArrow(partial(_add_task, job), _SCHEMA)
            met = sums.repartition(cores, "name", "number")
            with setting(spark, "spark.sql.execution.arrow.maxRecordsPerBatch", str(SPARK_BATCH)):
                chunks = met.mapInArrow(partial(_add_chunks, grain), _SCHEMA).toArrow()
        finally:
            broadcast.destroy()
    return join_chunks(_read_chunks(chunks.to_batches()), encoder, grain)


def _files(spark: SparkSession, table: Transactions, tasks: int) -> tuple[DataFrame, Feed]:
    """Parts of files, shared out by their number; Spark carries no row of theirs."""
    parts = list(table.parts(BATCH_ROWS, 1))
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


def _rows(frame: DataFrame, encoder: Encoder, tasks: int) -> tuple[DataFrame, Feed]:
    """Rows of a DataFrame; its partitions go together where there are many, and are never split."""
    return _needed(frame, encoder).coalesce(tasks), partial(_whole, _columns(encoder))


def _whole(columns: list[str], batches: Iterator[pa.RecordBatch], task: int) -> Iterator[Part]:
    yield Part(0, task, 0, partial(_placed, batches, columns))


def _columns(encoder: Encoder) -> list[str]:
    return list(dict.fromkeys(encoder.roles.values()))


def _needed(frame: DataFrame, encoder: Encoder) -> DataFrame:
    """Only the columns with a role, under plain names: Spark takes names apart at dots."""
    from pyspark.sql.functions import col

    quoted = ["`" + name.replace("`", "``") + "`" for name in _columns(encoder)]
    return frame.select(*(col(name).alias(f"c{i}") for i, name in enumerate(quoted)))


def _cores(spark: SparkSession) -> int:
    """Cores to share the work out to."""
    cores = spark.sparkContext.defaultParallelism
    if spark.conf.get("spark.dynamicAllocation.enabled", "false") == "true":
        # Executors come as tasks wait for them, so the cores of now say little.
        tasks = int(spark.conf.get("spark.sql.shuffle.partitions") or 200)
        cores = max(cores, tasks // TASKS_A_CORE)
    return cores


def _arrays(firms: FirmTable) -> Any:
    """What is large of a firm table: regions, groups, and the tables that find an id."""
    return firms.regions.index, firms.groups, firms.lookup


def _without_arrays(encoder: Encoder) -> Encoder:
    firms = encoder.firms
    regions = replace(firms.regions, index=firms.regions.index[:0])
    bare = replace(firms, table=pa.table({}), regions=regions, groups=None, lookup=None)
    return replace(encoder, firms=bare)


# --- on the workers -----------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Job:
    """What a worker must know."""

    bare: Encoder
    arrays: Any  # Broadcast of `_arrays`
    grain: Grain
    feed: Feed

    def encoder(self) -> Encoder:
        """Put the encoder together again."""
        index, groups, lookup = self.arrays.value
        regions = replace(self.bare.firms.regions, index=index)
        firms = replace(self.bare.firms, regions=regions, groups=groups, lookup=lookup)
        return replace(self.bare, firms=firms)


def _add_task(job: _Job, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Add the rows of one task up."""

    def chunks(task: int) -> Iterator[SumChunk]:
        if (first := next(batches, None)) is None:
            return
        encoder = job.encoder()
        tables = Tables(encoder.firms, encoder.policies, job.grain)
        cells = None if job.grain == "firms" else SumTable(job.grain, tables.nodes)
        accumulator = Accumulator(encoder, tables, cells)
        for part in job.feed(chain([first], batches), task):
            accumulator.add(part)
        yield from split(accumulator)

    return _written(chunks)


def _add_chunks(grain: Grain, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Add chunks of all tasks up by place."""

    def chunks(task: int) -> Iterator[SumChunk]:
        del task
        sums = ChunkSums(grain)
        for chunk in _read_chunks(batches):
            sums.add(*chunk)
        yield from sums.chunks()

    return _written(chunks)


def _placed(batches: Iterator[pa.RecordBatch], columns: list[str]) -> Batches:
    position = 0
    for batch in batches:
        yield batch.rename_columns(columns), position
        position += batch.num_rows


def _written(chunks: Callable[[int], Iterator[SumChunk]]) -> Iterator[pa.RecordBatch]:
    """Chunks as batches of one row; errors become chunks too."""
    from pyspark import TaskContext

    context = TaskContext.get()
    task = context.partitionId() if context else 0

    def with_errors() -> Iterator[SumChunk]:
        try:
            yield from chunks(task)
        except ConnhubError as error:
            yield error_chunk(task, error)
        except MemoryError:
            yield error_chunk(task, LimitError(Fault("totals.worker_out_of_memory")))

    for name, number, payload in with_errors():
        raw = memoryview(payload).cast("B")
        row = [[name], [number], [raw.nbytes], [pa.compress(raw, _CODEC, asbytes=True)]]
        columns = [pa.array(v, kind) for v, kind in zip(row, _ARROW.types, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, schema=_ARROW)


def _read_chunks(batches: Iterable[pa.RecordBatch]) -> Iterator[SumChunk]:
    for batch in batches:
        columns = [*(batch.column(i).to_pylist() for i in range(3)), batch.column(3)]
        for name, number, size, payload in zip(*columns, strict=True):
            yield name, number, pa.decompress(payload.as_buffer(), size, _CODEC)
