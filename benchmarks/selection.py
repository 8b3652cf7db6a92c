"""Selection at the size of the nation: 1.5 million firms, six indicators, 47 prefectures.

    python -m benchmarks.selection

Prints one line of JSON: seconds of the selection and of its stability under 200 sets of weights and
both score methods, the peak of memory with all inputs, and how many firms were ranked and selected.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import pandas as pd
import pyarrow as pa

import connhub
from connhub.intake.ledger import Ledger
from connhub.measures.degrees import Degrees
from connhub.regions.codes import PREFECTURES
from connhub.regions.directory import RegionDirectory
from connhub.selection import FY2019, Indicators

FIRMS = 1_500_000


def inputs(n: int) -> tuple[Degrees, Indicators]:
    """Degrees with many ties at zero and near it, and four more indicators."""
    rng = np.random.default_rng(1)
    codes, names = list(PREFECTURES), [p.name_ja for p in PREFECTURES.values()]
    region = (rng.random(n) ** 2 * len(codes)).astype(int)
    numbers = pa.array(np.char.mod("%013d", rng.permutation(10**12 + np.arange(n))))
    ids = numbers.cast(pa.large_string()).to_pandas()

    def labels(texts: list[str]) -> pd.Series:
        return pa.array(texts, pa.large_string()).take(pa.array(region)).to_pandas()

    columns = {"firm_id": ids, "name": ids, "region": labels(codes), "region_name": labels(names)}
    for degree in ("connector_degree", "hub_degree"):
        some = (rng.pareto(1.1, n) * 100).astype(int)
        columns[degree] = some / np.bincount(region, some)[region]
    values = {name: np.round(rng.normal(0, 50, n)) for name in list(FY2019.weights)[2:]}
    directory = RegionDirectory.of(codes, names)
    degrees = Degrees(
        pd.DataFrame(columns, copy=False), Ledger({"read": 0}, {"read": 0}), directory
    )
    none = pd.DataFrame(columns=["reason", "indicator", "firms"])
    return degrees, Indicators(pd.DataFrame({"firm_id": ids, **values}), none)


def main() -> None:
    """Measure, and print."""
    degrees, indicators = inputs(FIRMS)
    started = time.perf_counter()
    found = connhub.select_priority_firms(
        degrees, scheme=FY2019, indicators=indicators, per_region=10
    )
    selected = time.perf_counter()
    stability = found.stability(n_draws=200)
    done = time.perf_counter()
    facts = {
        "firms": len(found.frame),
        "selected": int(found.frame["selected"].sum()),
        "in the stability table": len(stability),
        "selection, s": round(selected - started, 2),
        "stability, s": round(done - selected, 2),
    }
    if sys.platform == "linux":
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        facts["peak, GB"] = round(peak / 1e9, 2)
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
