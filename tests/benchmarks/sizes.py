"""Sizes at which the tests run the benchmarks: only correctness is looked at, never time."""

from benchmarks.workloads import LARGEST, Dataset

SHRINK = 500
ROWS = LARGEST // SHRINK
DATASETS = (
    Dataset(ROWS),
    Dataset(ROWS // 2, draw="uniform"),
    Dataset(ROWS // 5, "text"),
    Dataset(ROWS // 5, form="csv"),
)
