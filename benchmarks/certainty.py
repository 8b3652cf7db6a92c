"""How sure the lists are, at the size of the nation: 1.5 million firms, 10 million pairs.

    python -m benchmarks.certainty

Prints a line of JSON for the list by connector degree, for that by both degrees, and for those by
six indicators over the nation, each from a process of its own: seconds of the selection, of the
bounds for missing transactions, of the breakdown shares and what decides the list, of errors in
amounts, and the peak of memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import connhub
from benchmarks.steps import Steps, make_economy
from connhub.selection.schemes import FY2019

SCHEMES = {
    "one degree": connhub.Scheme({"connector_degree": 1.0}, rank_within="region"),
    "two degrees": "two-degrees",
    "six indicators": FY2019,
    "six indicators, normal scores": replace(FY2019, score_method="normal"),
}


def measured(folder: Path, scheme: connhub.Scheme | str) -> dict[str, Any]:
    """Seconds of each step, and the peak of memory so far."""
    steps = Steps()
    step, facts = steps.run, steps.facts
    table, firms, financials = (
        folder / f"{n}.parquet" for n in ("transactions", "firms", "financials")
    )
    result = step("analysis", lambda: connhub.analyze(table, firms, grain="pairs"))
    facts["pairs"] = result.trade.table.num_rows
    chosen = step("selection", lambda: result.select(scheme=scheme, financials=financials))
    facts["selected"] = len(chosen.selected)
    steps.note_peak("peak before")
    found = step("bounds", lambda: chosen.certainty(weight_draws=0))
    step("breakdown shares", lambda: found.breakdown_share)
    step("what decides", lambda: (found.deciding, found.deals))
    facts["certain"] = len(found.of("certain"))
    step("errors in amounts", lambda: chosen.certainty(amount_error=0.1, weight_draws=0))
    steps.note_peak("peak")
    return facts


def main() -> None:
    """Measure each scheme, and print; or one scheme, given a folder."""
    if len(sys.argv) == 3:
        print(json.dumps(measured(Path(sys.argv[1]), SCHEMES[sys.argv[2]])))
        return
    with tempfile.TemporaryDirectory() as folder:
        make_economy(folder)
        for name in SCHEMES:
            command = [sys.executable, "-m", "benchmarks.certainty", folder, name]
            done = subprocess.run(  # noqa: S603 - our own command
                command, capture_output=True, text=True, check=True
            )
            print(json.dumps({"scheme": name, **json.loads(done.stdout)}), flush=True)


if __name__ == "__main__":
    main()
