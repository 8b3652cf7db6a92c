"""The benchmarks at their smallest: correctness only, no time is looked at."""

from __future__ import annotations

import importlib.util
import json

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks import data, report, run
from benchmarks.peers import COLUMNS, TOOLS
from benchmarks.workloads import CLAIMS, FIRMS, LARGEST, WORKLOADS, Dataset

SHRINK = 500
ROWS = LARGEST // SHRINK
DATASETS = (
    Dataset(ROWS),
    Dataset(ROWS // 2, draw="uniform"),
    Dataset(ROWS // 5, "text"),
    Dataset(ROWS // 5, form="csv"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("benchmarks")


@pytest.fixture(scope="module")
def store(folder):
    return data.Store(folder, firms=FIRMS // SHRINK, rows=ROWS)


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda d: d.name)
@pytest.mark.parametrize("tool", ["connhub", "polars", "duckdb", "pandas"])
def test_every_tool_gives_the_exact_answer(store, dataset, tool):
    found = TOOLS[tool].load()(store.transactions(dataset), store.firms(dataset.ids))
    assert tuple(found.column_names) == COLUMNS
    assert data.compare(found, pq.read_table(store.exact(dataset))) == (0, 0.0)


@pytest.mark.parametrize("tool", ["connhub-prepared", "connhub-by-region"])
def test_other_ways_of_connhub_give_the_exact_answer(store, tool):
    prepared = TOOLS[tool].source == "prepared"
    source = (store.prepared if prepared else store.transactions)(DATASETS[0])
    found = TOOLS[tool].load()(source, store.firms())
    assert data.compare(found, pq.read_table(store.exact(DATASETS[0]))) == (0, 0.0)


@pytest.mark.parametrize("tool", ["scan", "scan-polars", "scan-duckdb"])
def test_scans_run(store, tool):
    assert TOOLS[tool].load()(store.transactions(DATASETS[0]), store.firms()) is None


def test_data_is_what_it_says(store):
    whole, part = (pq.read_table(store.transactions(Dataset(n))) for n in (ROWS, ROWS // 5))
    assert (whole.num_rows, part.num_rows) == (ROWS, ROWS // 5)
    assert part.equals(whole.slice(0, ROWS // 5))
    text = pq.read_table(store.transactions(Dataset(ROWS // 5, "text")))
    assert text["seller_id"].cast(pa.int64()).equals(part["seller_id"])
    for table in (whole, pq.read_table(store.transactions(DATASETS[1]))):
        selfish = pc.mean(pc.equal(table["seller_id"], table["buyer_id"])).as_py()
        returned = pc.mean(pc.less(table["amount"], 0)).as_py()
        assert 0.001 < selfish < 0.01
        assert 0.005 < returned < 0.02
    firms = pq.read_table(store.firms())
    assert 0.02 < 1 - firms["country_code"].null_count / firms.num_rows < 0.04


def test_data_is_made_once(store, capsys):
    path = store.transactions(DATASETS[0])
    made = path.stat().st_mtime_ns
    capsys.readouterr()
    again = data.Store(store.folder.parent, firms=store.count, rows=store.rows)
    assert again.transactions(DATASETS[0]).stat().st_mtime_ns == made
    assert not capsys.readouterr().out


def test_one_unit_is_seen(store):
    exact = pq.read_table(store.exact(DATASETS[0]))
    place = exact.column_names.index("in_region_purchases")
    values = exact["in_region_purchases"].to_pylist()
    values[7] += 1
    wrong = exact.set_column(place, "in_region_purchases", pa.array(values))
    assert data.compare(wrong, exact) == (1, 0.0)
    with pytest.raises(ValueError, match="firms"):
        data.compare(exact.slice(1), exact)


def test_a_measurement_from_end_to_end(store, folder, capsys):
    names = ("calibrated-1M", "calibrated-3M", "whole-10M")
    arguments = [
        "--shrink", str(SHRINK), "--data", str(folder), "--results", str(folder / "results"),
        "--tools", "polars", "duckdb", "--runs", "1", "--only", *names,
    ]  # fmt: skip
    assert run.main(arguments) == 0
    results = json.loads((folder / "results" / "bench.json").read_text("utf-8"))
    assert set(results["workloads"]) == set(names)
    for work in results["workloads"].values():
        for tool in work["tools"].values():
            assert (tool["status"], tool["difference"], tool["degree_difference"]) == ("done", 0, 0)
            assert min(tool["seconds"], tool["cpu"], tool["memory"]) > 0
    assert results["scaling"]["polars"]["seconds_exponent"] is not None
    assert (folder / "results" / "bench.png").stat().st_size > 10_000
    table = (folder / "results" / "bench.md").read_text("utf-8")
    assert str(folder) not in table
    assert table.count("| polars |") == 3
    kept = (store.folder / "runs.jsonl").read_text("utf-8")
    capsys.readouterr()
    assert run.main(arguments) == 0  # goes on where it stopped: nothing is left to do
    assert (store.folder / "runs.jsonl").read_text("utf-8") == kept


def test_what_takes_too_long_or_fails_is_told(capsys):
    late = run.execute(["-c", "import time; time.sleep(30)"], timeout=0.2)
    assert late == {"status": "stopped after 0 s"}
    assert run.execute(["-c", "raise SystemExit(3)"]) == {"status": "failed with exit code 3"}


def test_bounds_are_of_what_is_measured():
    tools = {w.name: w.tools for w in WORKLOADS}
    for claim in CLAIMS:
        assert claim.aim <= claim.must
        for workload, tool in filter(None, (claim.of, claim.against)):
            assert tool in tools[workload]
    for tool in {t for w in WORKLOADS for t in w.tools}:
        module = importlib.util.find_spec(f"benchmarks.peers.{TOOLS[tool].module}")
        assert module is not None


def test_the_readme_shows_the_table_that_was_measured():
    text = report.README.read_text("utf-8")
    assert [text.count(marker) for marker in report.MARKERS] == [1, 1]
    changed = report.insert(text, "a table")
    assert report.insert(changed, "a table") == changed
    assert "a table\n" + report.MARKERS[1] in changed
    measured = report.README.parent / "benchmarks" / "results" / "national.json"
    if measured.exists():
        results = json.loads(measured.read_text("utf-8"))
        assert report.insert(text, report.readme_section(results, "national")) == text
        assert results["exact"]


@pytest.mark.java
def test_spark_gives_the_exact_answer(store, folder):
    arguments = ["--shrink", str(SHRINK), "--data", str(folder), "--results", str(folder / "spark")]
    assert run.main([*arguments, "--tools", "spark", "--only", "spark-10M", "--runs", "1"]) == 0
