"""Amounts of 5 million links of a million firms: how long an estimate and its draws take.

    python -m benchmarks.estimation_speed --margins exact

The economy is that of ``synthesize``, with 1% of the amounts known, written by another process so
that the peak of memory is that of estimating alone. Prints one line of JSON: seconds of wall and
CPU of the estimate, of the transactions (with the interval of each amount) and of 100 draws, one
after another; the peak of memory in bytes; the share of the totals that are met within a thousandth
(of upper limits: not exceeded, and met where they hold amounts down), and the largest miss.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

import connhub
from benchmarks.worker import peak
from connhub.estimation.problem import Fit

Made = TypeVar("Made")
TABLES = ("links", "firms", "totals")
NEAR = 1e-3
_WRITE = """import sys, connhub
folder, firms, links = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
connhub.synthesize(folder, firms=firms, transactions=links, known_share=0.01, ids="int64")"""


def timed(work: Callable[[], Made]) -> tuple[Made, dict[str, float]]:
    """What some work gives, and its seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    seconds = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    return made, {name: round(value, 1) for name, value in seconds.items()}


def misses(fit: Fit) -> tuple[float, float]:
    """The share of totals met within a thousandth, and the largest miss."""
    miss, given = fit.scaled.misses(fit.left), fit.left > 0
    if fit.margins == "at_most":  # what stays below a limit that nothing holds it to is no miss
        miss = np.where(fit.scaled.factors < 1, miss, np.maximum(miss, 0))
    off = np.abs(miss[given])
    return float((off <= NEAR).mean()), float(off.max())


def measure(folder: Path, margins: str, draws: int) -> dict[str, object]:
    """Estimate, and draw; no draw is kept."""
    tables = (str(folder / f"{name}.parquet") for name in TABLES)
    estimate, seconds = timed(lambda: connhub.estimate_amounts(*tables, margins=margins))
    transactions, of_transactions = timed(lambda: estimate.transactions)
    drawn, of_draws = timed(lambda: sum(1 for _ in transactions.amounts(draws)))
    within, largest = misses(estimate.fit)
    return {
        "margins": margins,
        "firms": len(estimate.firm_ids),
        "links": len(transactions),
        "estimate": seconds,
        "transactions": of_transactions,
        "draws": {"count": drawn} | of_draws,
        "peak": peak(),
        "rounds": estimate.fit.scaled.rounds,
        "within": within,
        "largest_miss": largest,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=1_000_000)
    parser.add_argument("--links", type=int, default=5_060_000, help="as transactions, 1%% returns")
    parser.add_argument("--margins", default="exact", choices=["exact", "at_most", "soft"])
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--data", help="where the economy is, or is to be kept")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(given.data or temporary)
        if not (folder / "links.parquet").exists():
            size = (str(given.firms), str(given.links))
            subprocess.run([sys.executable, "-c", _WRITE, str(folder), *size], check=True)  # noqa: S603
        print(json.dumps(measure(folder, given.margins, given.draws)))


if __name__ == "__main__":
    main()
