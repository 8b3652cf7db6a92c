"""One file a tool, each the best that a skilled user of it would write.

Every tool owes the same: ``run(transactions, firms)`` gives the columns of `COLUMNS` for every firm
in Japan, traded or not. Trade with oneself is left out, firms abroad are out of region, returns are
netted, money stays integer, and a degree with a denominator that is not positive is null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

COLUMNS = (
    "firm_id",
    "out_of_region_sales",
    "in_region_purchases",
    "region_out_of_region_sales",
    "region_in_region_purchases",
    "connector_degree",
    "hub_degree",
)


@dataclass(frozen=True)
class Tool:
    """A function of a module of this folder, and the packages whose versions matter."""

    module: str
    function: str
    packages: tuple[str, ...]
    source: str = "raw"
    """``prepared`` for a tool that reads what `connhub.prepare` wrote."""

    def load(self) -> Callable[..., Any]:
        """Import the library and return what runs it."""
        return getattr(import_module(f"benchmarks.peers.{self.module}"), self.function)


_CONNHUB = ("connhub", "numba", "numpy", "pandas", "pyarrow")
TOOLS = {
    "connhub": Tool("connhub", "run", _CONNHUB),
    "connhub-prepared": Tool("connhub", "run_prepared", _CONNHUB, source="prepared"),
    "connhub-by-region": Tool("connhub", "run_by_region", _CONNHUB),
    "connhub-spark": Tool("connhub", "run_spark", (*_CONNHUB, "pyspark")),
    "connhub-spark-frame": Tool("connhub", "run_spark_frame", (*_CONNHUB, "pyspark")),
    "connhub-pairs": Tool("connhub", "run_pairs", _CONNHUB),
    "polars": Tool("polars", "run", ("polars",)),
    "polars-pairs": Tool("polars", "run_pairs", ("polars",)),
    "duckdb": Tool("duckdb", "run", ("duckdb",)),
    "pandas": Tool("pandas", "run", ("pandas", "numpy", "pyarrow")),
    "spark": Tool("spark", "run", ("pyspark",)),
    "scan": Tool("scan", "run", ("pyarrow",)),
    "scan-polars": Tool("scan", "run_polars", ("polars",)),
    "scan-duckdb": Tool("scan", "run_duckdb", ("duckdb",)),
}
