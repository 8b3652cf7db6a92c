"""What the help of a command says first: examples and the main options; the rest in groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from connhub.certainty_options import CertaintyOptions
from connhub.options import FirmTotalsOptions, FirmTotalsPolicies, Policies, ReadOptions, RunOptions

__all__ = ["EXAMPLES", "GROUPS", "group_of"]

_DEALS = "transactions.csv firms.csv"
EXAMPLES: Mapping[str, tuple[str, str]] = {
    "analyze": (
        f"{_DEALS} --prefecture 15 --out out",
        f"{_DEALS} --missing-amount exclude --grain pairs --out out --excel",
    ),
    "check": (
        f"{_DEALS} --financials financials.csv",
        f"{_DEALS} --write-clean clean",
    ),
    "prepare": (
        f"{_DEALS} --out prepared",
        f"{_DEALS} --missing-amount exclude --out prepared",
    ),
    "estimate": (
        "links.csv firms.csv --financials financials.csv --out estimated",
        "links.csv firms.csv --financials financials.csv --out estimated --excel",
    ),
    "select": (
        "out firms.csv --prefecture 15 --per-region 10",
        "out firms.csv --financials financials.csv --scheme historical-fy2019 --per-region 10",
    ),
    "linkages": ("out --prefecture 15", "out --by intensity --rows 20 --graph regions.gexf"),
    "ripple": ("out --prefecture 15", "out firms.csv --prefecture 15 --firm 7101588914913"),
    "leaks": ("out firms.csv --prefecture 15", "out firms.csv --prefecture 15 --digits 3"),
    "lookup": ("out 7101588914913", "out 7101588914913 --firm-table firms.csv"),
    "report": (
        "out firms.csv --prefecture 15 --out report",
        "out firms.csv --financials financials.csv --per-region 10 --prefecture 15 --out report",
    ),
    "whatif": (
        f"scenario.toml {_DEALS} --prefecture 15",
        f"scenario.toml {_DEALS} --prefecture 15 --out scenario",
    ),
    "years": (
        f"{_DEALS} --out years",
        f"{_DEALS} --out years --year 2023 --year 2025 --excel",
    ),
    "compare": (
        "years/2023 years/2025 --prefecture 15",
        "years/2023 years/2025 --out change --excel",
    ),
    "track": (
        "years/2023 years/2024 years/2025 --targets targets.csv",
        "years/2023 years/2025 --targets targets.csv --financials financials.csv --out track",
    ),
    "synth": (
        "--out synthetic",
        "--firms 3000 --transactions 20000 --seed 1 --delivered --out sample",
    ),
}
"""Two of each command, without its name."""
_FIRST = frozenset(
    {
        *("of_region", "out", "lang", "csv", "excel", "labels", "rows", "grain", "missing_amount"),
        *("financials", "scheme", "per_region", "fields", "write_clean", "by", "graph", "firm"),
        *(
            "firm_table",
            "targets",
            "before",
            "digits",
            "firms",
            "transactions",
            "seed",
            "delivered",
            "year",
        ),
    }
)
_NAMES_OF = {
    "certainty": {f.name for f in fields(CertaintyOptions)} | {"reported_year", "deal_rows"},
    "policies": {f.name for kind in (Policies, FirmTotalsPolicies) for f in fields(kind)},
    "reading": {
        f.name for kind in (ReadOptions, FirmTotalsOptions, RunOptions) for f in fields(kind)
    }
    | {"region", "region_map", "firm_totals", "engine", "financials_unit"},
}
GROUPS = ("first", "more", "certainty", "policies", "reading")
"""Of the options of a command, in the order of its help; the first is all that --help shows."""


def group_of(option: str) -> str:
    """The group of an option.

    Examples
    --------
    >>> group_of("per_region"), group_of("negative"), group_of("encoding"), group_of("share")
    ('first', 'policies', 'reading', 'more')
    """
    if option in _FIRST:
        return "first"
    return next((group for group, names in _NAMES_OF.items() if option in names), "more")
