"""How sure the lists are, at the size of the nation: 1.5 million firms, 10 million pairs.

    python -m benchmarks.certainty

Prints a line of JSON for the list by connector degree, for that by both degrees, and for those by
six indicators over the nation, each from a process of its own: seconds of the selection, of the
bounds for missing transactions, of the breakdown shares and what decides the list, of errors in
amounts, and the peak of memory.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import connhub
from connhub.selection.schemes import FY2019

FIRMS, TRANSACTIONS = 1_500_000, 13_000_000
SCHEMES = {
    "one degree": connhub.Scheme({"connector_degree": 1.0}, rank_within="region"),
    "two degrees": "two-degrees",
    "six indicators": FY2019,
    "six indicators, normal scores": replace(FY2019, score_method="normal"),
}


def measured(folder: Path, scheme: connhub.Scheme | str) -> dict[str, Any]:
    """Seconds of each step, and the peak of memory so far."""
    facts: dict[str, Any] = {}

    def step(name: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        found = work()
        facts[f"{name}, s"] = round(time.perf_counter() - started, 2)
        return found

    table, firms, financials = (
        folder / f"{n}.parquet" for n in ("transactions", "firms", "financials")
    )
    result = step("analysis", lambda: connhub.analyze(table, firms, grain="pairs"))
    facts["pairs"] = result.trade.table.num_rows
    chosen = step("selection", lambda: result.select(scheme=scheme, financials=financials))
    facts["selected"] = len(chosen.selected)
    facts["peak before, GB"] = _peak()
    found = step("bounds", lambda: chosen.certainty(weight_draws=0))
    step("breakdown shares", lambda: found.breakdown_share)
    step("what decides", lambda: (found.deciding, found.deals))
    facts["certain"] = len(found.of("certain"))
    step("errors in amounts", lambda: chosen.certainty(amount_error=0.1, weight_draws=0))
    facts["peak, GB"] = _peak()
    return facts


def _peak() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)


def main() -> None:
    """Measure each scheme, and print; or one scheme, given a folder."""
    if len(sys.argv) == 3:
        print(json.dumps(measured(Path(sys.argv[1]), SCHEMES[sys.argv[2]])))
        return
    with tempfile.TemporaryDirectory() as folder:
        connhub.synthesize(folder, firms=FIRMS, transactions=TRANSACTIONS, seed=5)
        for name in SCHEMES:
            command = [sys.executable, "-m", "benchmarks.certainty", folder, name]
            done = subprocess.run(  # noqa: S603 - our own command
                command, capture_output=True, text=True, check=True
            )
            print(json.dumps({"scheme": name, **json.loads(done.stdout)}), flush=True)


if __name__ == "__main__":
    main()
