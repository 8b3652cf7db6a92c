"""Run the workloads, tools in turn, and write down what was measured.

Each run is a process of its own and is kept in a file as soon as it is over, so that an interrupted
measurement goes on where it stopped. A kept run counts as long as nothing that matters has changed:
the tool's code and versions, and the recipe of the data.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks import data, report
from benchmarks.peers import TOOLS
from benchmarks.workloads import FIRMS, LARGEST, WORKLOADS, Workload

HERE = Path(__file__).parent
TIMEOUT = 600
_BYTES_A_FIRM = 700
"""Memory that a tool takes, by far the most of it for what it knows of firms."""
_PAUSE, _MUCH = 2.5, 1 << 28
"""Seconds after which a virtual machine has given back what was let go of; bytes that matter."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; 0 when every tool gave the exact answer."""
    chosen = _options(arguments)
    started = time.monotonic()
    store = data.Store(
        data.folder(chosen.data), firms=FIRMS // chosen.shrink, rows=LARGEST // chosen.shrink
    )
    store.folder.mkdir(parents=True, exist_ok=True)
    kept = Kept(store.folder / "runs.jsonl", fresh=chosen.fresh)
    possible = [t for t in TOOLS if "pyspark" not in TOOLS[t].packages or shutil.which("java")]
    for workload in WORKLOADS:
        work = workload.shrunk(chosen.shrink)
        tools = [t for t in work.tools if t in (chosen.tools or possible)]
        if chosen.only and work.name not in chosen.only:
            continue
        if chosen.sizes and workload.data.rows not in chosen.sizes:
            continue

        def late() -> bool:
            return time.monotonic() - started > 60 * chosen.budget

        measure(work, tools, store, kept, runs=chosen.runs, late=late)
    valid = [
        run
        for work in (w.shrunk(chosen.shrink) for w in WORKLOADS)
        for tool in work.tools
        for run in kept.valid(work.name, tool, _key(work, store))
    ]
    results = report.summarise(valid, chosen.shrink)
    report.write(results, Path(chosen.results), chosen.name)
    print(report.markdown(results))
    print(f"{(time.monotonic() - started) / 60:.1f} minutes")
    return 0 if results["exact"] else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.run", description=__doc__)
    listed = {"nargs": "+", "default": [], "metavar": "NAME"}
    parser.add_argument("--name", default="bench", help="of the files of results")
    parser.add_argument("--shrink", type=int, default=1, help="divide rows and firms by this")
    parser.add_argument("--only", choices=[w.name for w in WORKLOADS], **listed)
    parser.add_argument("--tools", choices=list(TOOLS), **listed)
    parser.add_argument(
        "--sizes", nargs="+", type=_rows, default=[], help="national sizes, such as 1M 10M"
    )
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each tool")
    parser.add_argument(
        "--budget", type=float, default=28, help="minutes, after which each tool is run once only"
    )
    parser.add_argument("--fresh", action="store_true", help="forget earlier runs")
    parser.add_argument("--data", help="folder for data")
    parser.add_argument("--results", default=str(HERE / "results"), help="folder for results")
    return parser.parse_args(arguments)


def _rows(text: str) -> int:
    return int(text.removesuffix("M")) * 1_000_000


class Kept:
    """Runs so far, one a line of a file."""

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        self.path = path
        if fresh:
            path.unlink(missing_ok=True)
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        # What failed is tried again: perhaps it lacked something that is there by now.
        self.runs = [r for r in map(json.loads, lines) if r["status"] == "done"]

    def valid(self, workload: str, tool: str, key: str) -> list[dict[str, Any]]:
        """Runs of the present code and data."""
        same = (workload, tool)
        return [r for r in self.runs if (r["workload"], r["tool"]) == same and r["key"] == key]

    def add(self, run: dict[str, Any]) -> None:
        """Keep a run, at once."""
        self.runs.append(run)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")


def measure(
    work: Workload, tools: Sequence[str], store: data.Store, kept: Kept, *, runs: int, late: Any
) -> None:
    """Run tools A B C A B C ... until each has as many runs as it should."""
    key = _key(work, store)
    runs = min(runs, work.runs)

    def wanted(tool: str) -> bool:
        done = kept.valid(work.name, tool, key)
        failed = any(r["status"] != "done" for r in done)  # would fail again
        return not failed and len(done) < (1 if tool in work.once or late() else runs)

    open_ = [tool for tool in tools if wanted(tool)]
    if work.mode == "whole":  # in a warm process the first of the two runs warms up
        for tool in open_:
            _run(tool, work, store)
    for _ in range(runs):
        for tool in open_:
            if wanted(tool):
                run = _run(tool, work, store)
                kept.add({"workload": work.name, "tool": tool, "key": key, **run})
                outcome = f"{run['seconds']:.2f} s" if run["status"] == "done" else run["status"]
                print(f"{work.name:18} {tool:18} {outcome}", flush=True)


def _key(work: Workload, store: data.Store) -> str:
    """What the runs of a workload depend on.

    When it changes for one tool, all are run again: ratios are of runs made side by side.
    """
    code = [HERE / "worker.py", *(HERE / "peers" / f"{TOOLS[t].module}.py" for t in work.tools)]
    packages = sorted({p for tool in work.tools for p in TOOLS[tool].packages})
    parts = [store.recipe, data.digest(*code), data.connhub_digest(), work.mode, str(work.data)]
    parts += [f"{package} {report.installed(package)}" for package in packages]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _run(tool: str, work: Workload, store: data.Store) -> dict[str, Any]:
    """Run a process; what it took, and how far its answer is from the exact one."""
    prepared = TOOLS[tool].source == "prepared"
    try:
        source = store.prepared(work.data) if prepared else store.transactions(work.data)
        wanted = store.exact(work.data)
    except Exception as error:  # the others go on: this may run for half an hour unattended
        traceback.print_exc()
        return {"status": f"no data: {type(error).__name__}"}
    hold_memory(_BYTES_A_FIRM * store.count)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "degrees.parquet"
        inputs = [str(p.resolve()) for p in (source, store.firms(work.data.ids), out)]
        run = execute(["-m", "benchmarks.worker", tool, work.mode, *inputs])
        if run["status"] == "done" and out.exists():
            try:
                difference = data.compare(pq.read_table(out), pq.read_table(wanted))
            except ValueError as error:
                return run | {"status": f"wrong: {error}"}
            run |= dict(zip(("difference", "degree_difference"), difference, strict=True))
    return run


def hold_memory(size: int) -> None:
    """Take so many bytes and let go of them, so that the machine has them for the next process.

    A virtual machine gives free memory back to its host two seconds after some was let go of. Who
    takes it then waits up to a second for a GB; who comes right after another does not, unless what
    was let go of before that is given back just then. So this waits until it is.
    """
    if size > _MUCH:
        time.sleep(_PAUSE)
    take = f"import numpy; numpy.ones({size // 8})"
    subprocess.run([sys.executable, "-c", take], check=True)  # noqa: S603  # our own line


def execute(arguments: Sequence[str], timeout: float = TIMEOUT) -> dict[str, Any]:
    """Run Python with these arguments; seconds, CPU and peak memory of the process."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603  # our own worker
            [sys.executable, *arguments],
            cwd=HERE.parent,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        overdue = threading.Event()

        def end() -> None:
            overdue.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(timeout, end)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if overdue.is_set():
            return {"status": f"stopped after {timeout:.0f} s"}
        if process.returncode:
            errors.seek(0)
            sys.stderr.write(errors.read().decode(errors="replace")[-3000:])
            return {"status": f"failed with exit code {process.returncode}"}
        output.seek(0)
        line = json.loads(output.read().decode().splitlines()[-1])
    whole = {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime}
    return {"status": "done"} | whole | line


if __name__ == "__main__":
    sys.exit(main())
