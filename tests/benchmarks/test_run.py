import json

import pytest

from benchmarks import run
from tests.benchmarks.sizes import SHRINK

pytestmark = pytest.mark.slow


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
    runs = (store.folder / "runs.jsonl").read_text("utf-8")
    capsys.readouterr()
    assert run.main(arguments) == 0  # continues where it stopped: nothing is left to run
    assert (store.folder / "runs.jsonl").read_text("utf-8") == runs


def test_the_machine_has_memory_before_each_tool_starts(store, monkeypatch):
    order = []

    def execute(arguments):
        order.append(arguments[2])
        return {"status": "done"}

    monkeypatch.setattr(run, "hold_memory", order.append)
    monkeypatch.setattr(run, "execute", execute)
    work = run.WORKLOADS[0].shrunk(SHRINK)
    for tool in ("polars", "duckdb"):
        run._run(tool, work, store)
    assert order == [700 * store.count, "polars", 700 * store.count, "duckdb"]


def test_what_takes_too_long_or_fails_is_reported():
    late = run.execute(["-c", "import time; time.sleep(30)"], timeout=0.2)
    assert late == {"status": "stopped after 0 s"}
    assert run.execute(["-c", "raise SystemExit(3)"]) == {"status": "failed with exit code 3"}


@pytest.mark.java
@pytest.mark.parametrize("tool", ["spark", "connhub-spark", "connhub-spark-frame"])
def test_spark_gives_the_exact_answer(store, folder, tool):
    arguments = ["--shrink", str(SHRINK), "--data", str(folder), "--results", str(folder / "spark")]
    assert run.main([*arguments, "--tools", tool, "--only", "spark-10M", "--runs", "1"]) == 0
