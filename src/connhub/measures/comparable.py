"""Results of several years that may be compared: one way of counting, and years apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from connhub.errors import Fault, OptionError
from connhub.labels import label_of
from connhub.measures.results import Results
from connhub.options import FirmTotalsPolicies, Policies
from connhub.text.catalogue import Message

__all__ = ["refuse_unlike", "years_of"]

_SAME = (
    *("region", "official_region_totals", "grain", "resolution", "rounding", "fiscal_year"),
    *(f.name for f in fields(Policies)),
    *(f.name for f in fields(FirmTotalsPolicies) if f.name not in Policies.__annotations__),
)
"""Options that decide what is counted, and in what."""


def refuse_unlike(results: Sequence[Results]) -> None:
    """Refuse results that were not counted alike, or that share years.

    Parameters
    ----------
    results : sequence of Results

    Raises
    ------
    OptionError
        All differences from the first result are listed; also where there is no result.
    """
    if not results:
        raise OptionError(Fault("change.no_years"))
    first, *others = results
    differences: dict[str, dict[str, str]] = {}
    for other in others:
        pairs = [(name, _option(first, name), _option(other, name)) for name in _SAME]
        pairs += [
            ("unit", first.unit, other.unit),
            ("table", first.ledger.table, other.ledger.table),
            ("regions", first.directory.codes, other.directory.codes),
        ]
        for name, one, another in pairs:
            if one != another:
                values = f"{_short(one)} / {_short(another)}"
                label = (
                    f"{label_of('option', name, 'ja')}({name})"
                    if name in _SAME
                    else Message(f"change.{name}_of_results").text("ja")
                )
                differences[f"{name} {values}"] = {
                    "en": f"{name}: {values}",
                    "ja": f"{label}: {values}",
                }
    if differences:
        found = list(differences.values())
        raise OptionError(Fault("change.not_comparable", differences=found))
    counted = [year for result in results for year in years_of(result)]
    if twice := sorted({year for year in counted if counted.count(year) > 1}):
        raise OptionError(Fault("change.years_overlap", years=twice))


def years_of(result: Results) -> tuple[int, ...]:
    """The years that a result counts, in order; empty where its table names none."""
    return tuple(sorted(result.ledger.years))


def _option(result: Results, name: str) -> Any:
    value = result.options.get(name)
    if name == "grain":
        return value or "firms"
    return sorted(value.items()) if isinstance(value, dict) else value


def _short(value: Any) -> str:
    if isinstance(value, tuple | list) and len(value) > 3:
        return f"{len(value)}"
    return str(value)
