"""connhub itself: besides the degrees it checks every row, and closes a ledger in rows and yen."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

import connhub
from benchmarks.peers import COLUMNS


def run(transactions: Path, firms: Path) -> pa.Table:
    """From the raw tables."""
    return _columns(connhub.analyze(transactions, firms))


def run_prepared(prepared: Path, firms: Path) -> pa.Table:  # noqa: ARG001  # it holds the firms
    """From a table that was checked and coded before."""
    return _columns(connhub.analyze(prepared))


def run_by_region(transactions: Path, firms: Path) -> pa.Table:
    """With each firm's trade by region of the partner as well."""
    return _columns(connhub.analyze(transactions, firms, grain="firms_by_region"))


def run_pairs(transactions: Path, firms: Path) -> pa.Table:
    """With what each firm sells to each other firm as well."""
    return _columns(connhub.analyze(transactions, firms, grain="pairs"))


def run_spark(transactions: Path, firms: Path) -> pa.Table:
    """The same kernel inside Spark, in the session of the peer: workers read the files."""
    from benchmarks.peers.spark import session

    session()
    return _columns(connhub.analyze(str(transactions), firms, engine="spark"))


def run_spark_frame(transactions: Path, firms: Path) -> pa.Table:
    """As `run_spark`, but Spark reads the files and hands their rows over."""
    from benchmarks.peers.spark import session

    frame = session().read.parquet(str(transactions))
    return _columns(connhub.analyze(frame, firms, engine="spark"))


def _columns(result: connhub.Analysis) -> pa.Table:
    return result.degrees.to_arrow(COLUMNS)
