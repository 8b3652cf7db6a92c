import pyarrow.parquet as pq
import pytest

from benchmarks import data
from benchmarks.peers import COLUMNS, TOOLS
from tests.benchmarks.sizes import DATASETS


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda d: d.name)
@pytest.mark.parametrize("tool", ["connhub", "polars", "duckdb", "pandas"])
def test_every_tool_gives_the_exact_answer(store, dataset, tool):
    found = TOOLS[tool].load()(store.transactions(dataset), store.firms(dataset.ids))
    assert tuple(found.column_names) == COLUMNS
    assert data.compare(found, pq.read_table(store.exact(dataset))) == (0, 0.0)


@pytest.mark.parametrize(
    "tool", ["connhub-prepared", "connhub-by-region", "connhub-pairs", "polars-pairs"]
)
def test_other_ways_of_connhub_give_the_exact_answer(store, tool):
    prepared = TOOLS[tool].source == "prepared"
    source = (store.prepared if prepared else store.transactions)(DATASETS[0])
    found = TOOLS[tool].load()(source, store.firms())
    assert data.compare(found, pq.read_table(store.exact(DATASETS[0]))) == (0, 0.0)


@pytest.mark.parametrize("tool", ["scan", "scan-polars", "scan-duckdb"])
def test_scans_run(store, tool):
    assert TOOLS[tool].load()(store.transactions(DATASETS[0]), store.firms()) is None
