"""Commands at the sample as delivered, beside the time that importing pandas and pyarrow takes.

Each is a process of its own, and they take turns. The first turn fills the kept code and is not
counted; *fresh* keeps none, so that all is compiled anew. The project's own tests run once.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks import report

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "data" / "sample" / "delivered"
REFERENCE = "python -c 'import pandas, pyarrow'"
_FIRMS = str(SAMPLE / "firms.csv")
_TABLES = (str(SAMPLE / "transactions.csv"), _FIRMS, "--missing-amount", "exclude")
_PYTHON = sys.executable
_CONNHUB = (_PYTHON, "-m", "connhub")
_ANALYZE = (*_CONNHUB, "analyze", *_TABLES)
TESTS = "make test"
COMMANDS: Mapping[str, Sequence[str]] = {
    REFERENCE: (_PYTHON, "-c", "import pandas, pyarrow"),
    "python -c 'import connhub'": (_PYTHON, "-c", "import connhub"),
    "connhub --help": (*_CONNHUB, "--help"),
    "analyze": _ANALYZE,
    "analyze, fresh": _ANALYZE,
    "analyze --grain pairs --out --csv": (
        *(*_ANALYZE, "--grain", "pairs", "--out", "{out}/pairs", "--csv"),
    ),
    "report from the saved analysis": (
        *(*_CONNHUB, "report", "{out}/pairs", _FIRMS),
        *("--financials", str(SAMPLE / "financials.csv")),
        *("--scheme", "historical-fy2019", "--prefecture", "15", "--per-region", "5"),
        *("--out", "{out}/report"),
    ),
    TESTS: ("make", "test"),
}
"""What is run, by what the table calls it; those after may use what those before have written."""


def measure(runs: int, names: Sequence[str] = tuple(COMMANDS)) -> dict[str, float]:
    """Median seconds of each command, from the start of its process to its end."""
    seconds: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(runs + 1):
            for name in names:
                if name != TESTS or turn == runs:
                    taken = _run([part.format(out=folder) for part in COMMANDS[name]], name)
                    seconds[name].append(taken)
    return {name: median(taken[-runs:]) for name, taken in seconds.items()}


def _run(arguments: Sequence[str], name: str) -> float:
    kept = {"CONNHUB_CODE_CACHE": "off"} if name.endswith(", fresh") else {}
    started = time.perf_counter()
    subprocess.run(  # noqa: S603  # our own commands
        arguments,
        env={**os.environ, **kept},
        cwd=HERE.parent,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - started


def markdown(seconds: Mapping[str, float]) -> str:
    """The table of results."""
    unit = seconds[REFERENCE]
    rows = [f"| `{name}` | {s:.2f} s | {s / unit:.1f} |" for name, s in seconds.items()]
    head = "| command | seconds | times the first row |\n|---|---:|---:|\n"
    facts = {"machine": report.machine(), "versions": report.versions(), "national": True}
    title = f"# The sample of 20,000 rows\n\n{report.conditions(facts)}\n\n"
    return title + head + "\n".join(rows) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.commands", description=__doc__)
    parser.add_argument("--name", default="bench", help="of the file of results")
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each command")
    parser.add_argument("--results", default=str(HERE / "results"), help="folder for results")
    chosen = parser.parse_args(arguments)
    text = markdown(measure(chosen.runs))
    folder = Path(chosen.results)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{chosen.name}-commands.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
