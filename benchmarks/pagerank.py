"""From the links of firms as arrays to their PageRank: connhub beside python-igraph.

    python -m benchmarks.pagerank

Links are distinct pairs of firms in random order: both partners drawn by Zipf's law, amounts from
a log-normal. A run is a process of its own, the tools in turn; packages are loaded before the clock
starts, and igraph's building of the graph counts, as connhub's building of the matrix does. igraph
gets its arrays in the fastest of the forms that were tried: tuples from zip, before a list of lists
and numpy arrays of either width.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from connhub.networks import pagerank

Values = npt.NDArray[Any]
TOLERANCE = 1e-9
"""Largest difference allowed between the vectors."""


def make(folder: Path, pairs: int, firms: int, seed: int = 1) -> None:
    """Write sellers, buyers and amounts."""
    rng = np.random.default_rng(seed)
    weight = np.cumsum(1 / np.arange(1, firms + 1) ** 0.6)
    seller_of, buyer_of = rng.permutation(firms), rng.permutation(firms)
    keys = np.empty(0, dtype=np.int64)
    while keys.size < pairs:
        drawn = np.searchsorted(weight, rng.random((2, pairs)) * weight[-1])
        keys = np.union1d(keys, seller_of[drawn[0]] * firms + buyer_of[drawn[1]])
    keys = rng.permutation(keys)[:pairs]
    np.save(folder / "seller.npy", keys // firms)
    np.save(folder / "buyer.npy", keys % firms)
    np.save(folder / "amount.npy", np.exp(rng.normal(14, 2, pairs)).astype(np.int64) + 1)


def by_connhub(seller: Values, buyer: Values, amount: Values, firms: int) -> Values:
    """PageRank by this library."""
    return pagerank(seller, buyer, amount, firms)


def by_igraph(seller: Values, buyer: Values, amount: Values, firms: int) -> Values:
    """PageRank by python-igraph."""
    import igraph

    edges = list(zip(seller.tolist(), buyer.tolist(), strict=True))
    graph = igraph.Graph(n=firms, edges=edges, directed=True)
    return np.array(graph.pagerank(weights=amount.tolist()))


TOOLS: dict[str, Callable[..., Values]] = {"connhub": by_connhub, "igraph": by_igraph}


def one(tool: str, folder: Path, firms: int) -> None:
    """One run: seconds and peak memory to stdout, the vector to a file."""
    import resource

    import scipy.sparse  # noqa: F401  # loaded before the clock starts

    if tool == "igraph":
        import igraph  # noqa: F401
    arrays = [np.load(folder / f"{name}.npy") for name in ("seller", "buyer", "amount")]
    start = time.perf_counter()
    vector = TOOLS[tool](*arrays, firms)
    seconds = time.perf_counter() - start
    np.save(folder / f"{tool}.npy", vector)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"seconds": seconds, "peak_gib": peak}))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 when the vectors agree and connhub takes no more time."""
    parser = argparse.ArgumentParser(prog="benchmarks.pagerank", description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000_000)
    parser.add_argument("--firms", type=int, default=1_500_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", choices=TOOLS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.one:
        one(given.one, given.folder, given.firms)
        return 0
    runs: dict[str, list[dict[str, float]]] = {tool: [] for tool in TOOLS}
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        make(Path(name), given.pairs, given.firms)
        for tool in list(TOOLS) * given.runs:
            options = ["--one", tool, "--folder", name, "--firms", str(given.firms)]
            command = [sys.executable, "-m", "benchmarks.pagerank", *options]
            done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
            runs[tool].append(json.loads(done.stdout))
        vectors = [np.load(Path(name) / f"{tool}.npy") for tool in TOOLS]
    apart = float(np.abs(vectors[0] - vectors[1]).max())
    print(f"{given.pairs:,} pairs of {given.firms:,} firms; python-igraph {version('igraph')}")
    for tool, found in runs.items():
        seconds = statistics.median(run["seconds"] for run in found)
        every = ", ".join(f"{run['seconds']:.2f}" for run in found)
        peak = max(run["peak_gib"] for run in found)
        print(f"{tool:8} {seconds:6.2f} s (runs: {every}), peak {peak:.2f} GiB")
    print(f"largest difference {apart:.1e}")
    medians = [statistics.median(r["seconds"] for r in found) for found in runs.values()]
    return 0 if apart < TOLERANCE and medians[0] <= medians[1] else 1


if __name__ == "__main__":
    sys.exit(main())
