"""What is measured, and what the figures must be.

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


@dataclass(frozen=True)
class Claim:
    """A ratio of seconds or of memory between two measurements, or memory itself in GB."""

    work: str
    measure: Literal["seconds", "memory"]
    of: tuple[str, str]
    against: tuple[str, str] | None
    must: float
    aim: float


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
        "whole-10M", "10M rows, calibrated, whole", Dataset(10 * MILLION), PEERS, mode="whole"
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
        ("connhub-spark", "spark"),
        runs=2,
    ),
)


def _against(
    work: str, workload: str, bounds: dict[str, tuple[float, float]], tool: str = "connhub"
) -> list[Claim]:
    return [
        Claim(f"{work}: {tool} / {peer}", "seconds", (workload, tool), (workload, peer), must, aim)
        for peer, (must, aim) in bounds.items()
    ]


_FIFTY = "calibrated-50M"
CLAIMS = (
    *_against(
        "50M rows, calibrated, warm",
        _FIFTY,
        {"polars": (0.85, 0.6), "duckdb": (0.55, 0.4), "scan": (4.5, 3)},
    ),
    *_against(
        "50M rows, uniform, warm",
        "uniform-50M",
        {"polars": (0.85, 0.6), "duckdb": (0.65, 0.45)},
    ),
    *_against(
        "100M rows, calibrated, whole",
        "whole-100M",
        {"polars": (0.95, 0.7), "duckdb": (0.65, 0.45)},
    ),
    *_against("20M rows, text ids, warm", "text-20M", {"polars": (0.9, 0.5)}),
    *_against("20M rows of CSV, warm", "csv-20M", {"duckdb": (1.3, 0.9)}),
    *_against(
        "50M rows, calibrated, prepared table against raw, warm",
        _FIFTY,
        {"polars": (0.3, 0.2)},
        "connhub-prepared",
    ),
    Claim(
        "100M rows, calibrated, whole: peak memory, GB",
        "memory",
        ("whole-100M", "connhub"),
        None,
        1,
        0.6,
    ),
    Claim(
        "calibrated, whole: peak memory, 100M / 10M rows",
        "memory",
        ("whole-100M", "connhub"),
        ("whole-10M", "connhub"),
        1.1,
        1,
    ),
    Claim(
        "calibrated, warm: seconds, 100M / 10M rows",
        "seconds",
        ("calibrated-100M", "connhub"),
        ("calibrated-10M", "connhub"),
        10.5,
        10,
    ),
    *_against(
        "50M rows, calibrated, warm",
        _FIFTY,
        {"connhub": (2.5, 1.5)},
        "connhub-by-region",
    ),
    Claim(
        "50M rows, calibrated, by region, warm: peak memory, GB",
        "memory",
        (_FIFTY, "connhub-by-region"),
        None,
        2,
        2,
    ),
    *_against(
        "10M rows, calibrated, Spark, warm",
        "spark-10M",
        {"spark": (0.6, 0.4)},
        "connhub-spark",
    ),
)
