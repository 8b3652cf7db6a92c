"""What is measured.

Sizes are those of the national run; a smaller run divides rows and firms alike, so that firms trade
as often as they do in the large.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

FIRMS = 1_500_000
LARGEST = 100_000_000
MILLION = 1_000_000


@dataclass(frozen=True)
class Dataset:
    """A transaction table; all calibrated ones are the first rows of the same economy."""

    rows: int
    ids: Literal["int64", "text"] = "int64"
    draw: Literal["calibrated", "uniform"] = "calibrated"
    form: Literal["parquet", "csv"] = "parquet"

    @property
    def name(self) -> str:
        """File name without folder."""
        return f"{self.draw}-{self.ids}-{self.rows}.{self.form}"


@dataclass(frozen=True)
class Workload:
    """Tools in turn at one data set.

    ``warm`` times the second run inside a process; ``whole`` a process from its start to the
    degrees written as Parquet. Tools in `once` are run once, because they are slow or in the table
    for information only.
    """

    name: str
    title: str
    data: Dataset
    tools: tuple[str, ...]
    mode: Literal["warm", "whole"] = "warm"
    runs: int = 3
    once: tuple[str, ...] = ()

    def shrunk(self, factor: int) -> Workload:
        """The same work with so many times fewer rows."""
        return replace(self, data=replace(self.data, rows=self.data.rows // factor))


PEERS = ("connhub", "polars", "duckdb")
SCANS = ("scan", "scan-polars", "scan-duckdb")

# The order is that of importance: when the time is up, what comes later is run once only.
WORKLOADS = (
    Workload(
        "calibrated-50M",
        "50M rows, calibrated, int64 ids",
        Dataset(50 * MILLION),
        (*PEERS, "connhub-prepared", "connhub-by-region", *SCANS, "pandas"),
        once=("pandas",),
    ),
    Workload(
        "uniform-50M",
        "50M rows, ids drawn uniformly",
        Dataset(50 * MILLION, draw="uniform"),
        (*PEERS, "scan"),
    ),
    Workload(
        "whole-100M", "100M rows, calibrated, whole", Dataset(100 * MILLION), PEERS, mode="whole"
    ),
    Workload(
        "whole-10M",
        "10M rows, calibrated, whole",
        Dataset(10 * MILLION),
        (*PEERS, "connhub-prepared"),
        mode="whole",
    ),
    Workload("whole-1M", "1M rows, calibrated, whole", Dataset(MILLION), PEERS, mode="whole"),
    Workload(
        "pairs-10M",
        "10M rows, calibrated, summed by pair of firms",
        Dataset(10 * MILLION),
        ("connhub-pairs", "polars-pairs"),
    ),
    Workload("text-20M", "20M rows, 13-character text ids", Dataset(20 * MILLION, "text"), PEERS),
    Workload("csv-20M", "20M rows of CSV", Dataset(20 * MILLION, form="csv"), PEERS),
    *(
        Workload(
            f"calibrated-{millions}M",
            f"{millions}M rows, calibrated, int64 ids",
            Dataset(millions * MILLION),
            (*PEERS, "pandas") if millions <= 10 else PEERS,
        )
        for millions in (10, 100, 1, 3, 30)
    ),
    Workload(
        "spark-10M",
        "10M rows, calibrated, Spark on 2 cores",
        Dataset(10 * MILLION),
        ("connhub-spark", "connhub-spark-frame", "spark"),
        runs=2,
    ),
)
