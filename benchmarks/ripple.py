"""What stays in the region, at the size of the nation: 1.5 million firms, 10 million pairs.

    python -m benchmarks.ripple            # makes the economy first
    python -m benchmarks.ripple FOLDER     # of `connhub.synthesize`

Prints a line of JSON: seconds of each step, and the peak of memory.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import connhub
from benchmarks.steps import Steps, make_economy

LARGEST = 1_000
OF_A_REGION = 30_000
"""Firms of the prefecture whose hundred largest are tried for systemic risk."""


def measured(folder: Path) -> dict[str, Any]:
    """Seconds of each step, and the peak of memory."""
    steps = Steps()
    step, facts = steps.run, steps.facts
    table, firms = (folder / f"{n}.parquet" for n in ("transactions", "firms"))
    result = step("analysis", lambda: connhub.analyze(table, firms, grain="pairs"))
    facts["pairs"] = result.trade.table.num_rows
    places = connhub.read_firms(firms)
    steps.note_peak("peak before")
    ripple = step("multipliers", lambda: result.ripple(firms=places))
    largest = ripple.frame.nlargest(LARGEST, "out_of_region_sales")["firm_id"].tolist()
    step(f"tiers of {LARGEST:,}", lambda: [ripple.tiers(firm, n=3) for firm in largest])
    step(f"extractions of {LARGEST:,}", lambda: ripple.losses(largest))
    sizes = ripple.frame["region"].value_counts()
    region = (sizes - OF_A_REGION).abs().idxmin()
    facts["firms of the prefecture"] = int(sizes[region])
    step("systemic risk of 100", lambda: ripple.systemic_risk(of_region=str(region)))
    leaks = step("leak map", lambda: result.leaks(places))
    facts["rows of the map"] = len(leaks.frame)
    step("matches", lambda: leaks.matches(str(region)))
    step("processing", lambda: leaks.processing(str(region)))
    steps.note_peak("peak")
    return facts


def main() -> None:
    """Measure, and print."""
    if len(sys.argv) == 2:
        print(json.dumps(measured(Path(sys.argv[1]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        make_economy(folder)
        print(json.dumps(measured(Path(folder))))


if __name__ == "__main__":
    main()
