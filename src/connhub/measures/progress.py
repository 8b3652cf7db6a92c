"""Targets followed: the path to each, what was reached, and whether that can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.intake.targets import REPORTED, Target
from connhub.measures.change import Change
from connhub.measures.matched_firms import match_firms
from connhub.measures.pictured import Pictured
from connhub.measures.region_change import BASES, FIGURES
from connhub.measures.result_table import Result
from connhub.measures.results import Results
from connhub.measures.saved_tables import Saved, SavedTables
from connhub.text.catalogue import Message

__all__ = ["Progress", "Status", "path_value", "required_growth", "status_of", "track"]

Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
PathKind = Literal["linear", "growth"]
Status = Literal["on_path", "behind", "cannot_tell", "no_base", "no_data"]
Reports = Mapping[tuple[str, int], tuple[Int, Mask]]
"""By measure and year: a value of each firm of the degrees, and whether it is known."""

_COLUMN = {
    "in_region_transactions": "in_region_purchases",
    "out_of_region_sales": "out_of_region_sales",
    "sales": "sales",
}
"""What each firm has of a measure."""


@dataclass(frozen=True, eq=False, repr=False)
class Progress(Result, SavedTables, Pictured):
    """Targets, and how far each is.

    `save` writes ``progress`` and ``progress_steps``.

    Parameters
    ----------
    data : DataFrame
        A row a target: ``region, region_name, field, measure, unit, base_year, year,
        target_year, base, actual, target, path, gap, required_growth, actual_in_both,
        actual_trading_in_both, coverage_changed, largest_three, largest_firm, without_largest,
        status``.
    ledger : Ledger
        Of the last year.
    directory : RegionDirectory
    steps : DataFrame
        A row a target and year: ``target`` (row of `data`), ``year, path, actual,
        actual_in_both, actual_trading_in_both``; the last is the target year, without actuals
        where it is to come.
    notes : tuple of Message
        What one should know before reading it.
    """

    steps: pd.DataFrame
    notes: tuple[Message, ...]
    TABLE = "progress"
    PICTURE = "target_path"

    @property
    def shown_notes(self) -> tuple[Message, ...]:
        """What the user should know before reading the table."""
        return self.notes

    def _saved(self) -> Saved:
        tables = {"progress": self.frame, "progress_steps": self.steps}
        return Saved("progress.json", tables, self.ledger)


def path_value(base: int, target: int, elapsed: float, kind: PathKind = "linear") -> float:
    """Where the way from a base to a target is, when a share of the time has gone by.

    linear: base + (target - base) t; growth: base (target / base)^t

    Parameters
    ----------
    base, target : int
    elapsed : float
        Share of the years from base to target, 0 to 1; more after it.
    kind : {"linear", "growth"}
        Equal steps, or equal growth rates; equal steps too where base or target is not positive.

    Examples
    --------
    >>> path_value(100, 121, 0.5), round(path_value(100, 121, 0.5, "growth"), 9)
    (110.5, 110.0)
    """
    if kind == "growth" and base > 0 and target > 0:
        return float(base * (target / base) ** elapsed)
    return base + (target - base) * elapsed


def required_growth(actual: int, target: int, years: int) -> float:
    """Yearly growth rate that leads from what is reached to the target; NaN where there is none.

    Examples
    --------
    >>> round(required_growth(100, 121, 2), 9), required_growth(100, 121, 0)
    (0.1, nan)
    """
    if years <= 0 or actual <= 0 or target <= 0:
        return float("nan")
    return float((target / actual) ** (1 / years) - 1)


def status_of(path: float, figures: Sequence[float], *, up: bool = True) -> Status:
    """On the path where all figures are, behind where none is, else it cannot be told.

    Parameters
    ----------
    path : float
    figures : sequence of float
        What is reached: of all rows, and as firms of both years have grown.
    up : bool
        Whether the target is above the base, so that more is better.

    Examples
    --------
    >>> status_of(110, [120, 112, 111]), status_of(110, [120, 105, 104]), status_of(110, [100] * 3)
    ('on_path', 'cannot_tell', 'behind')
    """
    reached = [value >= path if up else value <= path for value in figures]
    if all(reached):
        return "on_path"
    return "cannot_tell" if any(reached) else "behind"


def track(
    analyses: Mapping[int, Results],
    targets: Sequence[Target],
    *,
    fields: Mapping[str, Sequence[Any]] | None = None,
    reports: Reports | None = None,
    path: PathKind = "linear",
) -> Progress:
    """How far targets are: `connhub.track`, which reads the tables.

    Parameters
    ----------
    analyses : mapping of int to Results
        By year, ascending; counted alike.
    targets : sequence of Target
    fields : mapping of str to sequence of firm ids, optional
        Firms of each field that a target names.
    reports : mapping, optional
        Of measures that firms report.
    path : {"linear", "growth"}
        Equal steps a year, or equal growth rates.

    Returns
    -------
    Progress
    """
    changes: dict[tuple[int, int], Change] = {}
    rows, steps = [], []
    for number, target in enumerate(targets):
        seen = _Seen(analyses, target, fields or {}, reports or {}, changes)
        row, of_target = seen.row(path)
        rows.append(row)
        steps += [{"target": number, **step} for step in of_target]
    last = analyses[max(analyses)]
    whole = ["base", "actual", "target", "path", "gap", "actual_in_both", "actual_trading_in_both"]
    frame = pd.DataFrame(rows).astype(dict.fromkeys([*whole, "without_largest"], "Int64"))
    frame = frame.astype({"year": "Int64"})
    of_steps = pd.DataFrame(steps)
    nullable = [name for name in of_steps.columns if name not in ("target", "year")]
    of_steps = of_steps.astype(dict.fromkeys(nullable, "Int64"))
    notes = []
    unsure = frame["status"] == "cannot_tell"
    unseen = unsure & frame[["actual_in_both", "actual_trading_in_both"]].isna().any(axis=1)
    for kind, of_kind in (
        ("cannot_tell", unsure & ~unseen),
        ("no_firms_of_base_year", unseen),
        ("no_base", frame["status"] == "no_base"),
        ("no_data", frame["status"] == "no_data"),
    ):
        if count := int(of_kind.sum()):
            notes.append(Message(f"change.{kind}", count=count))
    if changed := sorted({str(r["region"]) for r in rows if r["coverage_changed"]}):
        regions = [last.directory.in_languages(code) for code in changed]
        notes.append(Message("change.coverage_of_targets", regions=regions))
    result = Progress(frame, last.ledger, last.directory, of_steps, tuple(notes))
    result.labelled(of_steps)
    return result


class _Seen:
    """What the years say of one target."""

    def __init__(
        self,
        analyses: Mapping[int, Results],
        target: Target,
        fields: Mapping[str, Sequence[Any]],
        reports: Reports,
        changes: dict[tuple[int, int], Change],
    ) -> None:
        self.analyses, self.target, self.changes = analyses, target, changes
        self.fields, self.reports = fields, reports
        self.last = analyses[max(analyses)]

    def row(self, kind: PathKind) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The row of the target, and its steps."""
        target, years = self.target, sorted(self.analyses)
        span = target.target_year - target.base_year
        base = target.base
        if base is None and target.base_year in self.analyses:
            base = self._figures(target.base_year, target.base_year)["all"][1]
        later = [y for y in years if target.base_year < y <= target.target_year]
        steps: list[dict[str, Any]] = []
        found: dict[str, Any] = {}
        for of_year in [target.base_year, *later]:
            step: dict[str, Any] = {"year": of_year, "path": None, "actual": None}
            step |= {"actual_in_both": None, "actual_trading_in_both": None}
            if base is not None:
                elapsed = (of_year - target.base_year) / span
                step["path"] = round(path_value(base, target.target, elapsed, kind))
            if of_year in self.analyses:
                found = self._read_off(of_year, base)
                step |= {name: found[name] for name in step if name in found}
            steps.append(step)
        if not later or later[-1] < target.target_year:
            end = dict.fromkeys(("actual", "actual_in_both", "actual_trading_in_both"))
            reached = None if base is None else target.target
            steps.append({"year": target.target_year, "path": reached, **end})
        row = self._names() | {"base": base, "target": target.target}
        year: int | None = later[-1] if later else None
        actual = found.get("actual") if later else None
        path = next((step["path"] for step in steps if step["year"] == year), None)
        row |= {
            "year": year,
            "actual": actual,
            "path": path,
            "gap": None if actual is None or path is None else actual - path,
            "required_growth": float("nan"),
            "status": self._status(base, year, actual, path, found),
        }
        if actual is not None and year is not None:
            row["required_growth"] = required_growth(
                actual, target.target, target.target_year - year
            )
        influence = found if later else {}
        for name in _INFLUENCE:
            row[name] = influence.get(name)
        row["coverage_changed"] = bool(influence.get("coverage_changed", False))
        return {name: row[name] for name in _ORDER}, steps

    def _status(
        self, base: int | None, year: int | None, actual: Any, path: Any, found: dict[str, Any]
    ) -> Status:
        if base is None:
            return "no_base"
        if year is None or actual is None:
            return "no_data"
        figures = [found.get(n) for n in ("actual", "actual_in_both", "actual_trading_in_both")]
        known = [float(f) for f in figures if f is not None]
        if len(known) < len(figures):
            return "cannot_tell"
        return status_of(float(path), known, up=self.target.target >= base)

    def _names(self) -> dict[str, Any]:
        target = self.target
        return {
            "region": target.region,
            "region_name": self.last.directory.name_of.get(target.region, target.region),
            "field": target.field or None,
            "measure": target.measure,
            "unit": "persons" if target.measure == "employees" else self.last.unit,
            "base_year": target.base_year,
            "target_year": target.target_year,
        }

    def _read_off(self, year: int, base: int | None) -> dict[str, Any]:
        """What is reached in a year, three ways; and who moved it since the base year."""
        first = self.target.base_year
        if first not in self.analyses:
            return {"actual": self._figures(year, year)["all"][1]}
        figures = self._figures(first, year)
        found: dict[str, Any] = {"actual": figures["all"][1]}
        for basis in BASES[1:]:
            before, after = figures[basis]
            as_grown = None
            if base is not None and before > 0:
                as_grown = round(base * after / before)
            found[f"actual_{basis}"] = as_grown
        if year > first:
            found |= self._influence(first, year)
        return found

    def _change(self, first: int, year: int) -> Change:
        if (first, year) not in self.changes:
            before, after = self.analyses[first], self.analyses[year]
            self.changes[first, year] = Change(before, after, match_firms(before, after))
        return self.changes[first, year]

    def _figures(self, first: int, year: int) -> dict[str, tuple[int, int]]:
        """The measure in both years, on each basis."""
        target, last = self.target, max(self.analyses)
        is_plain = target.measure in FIGURES and not target.field
        if is_plain and first == year != last:  # as the change until the last year has it
            amount = self._figures(first, last)["all"][0]
            return dict.fromkeys(BASES, (amount, amount))
        change = self._change(first, year)
        if is_plain:
            rows = change.regions
            rows = rows[(rows["region"] == target.region) & (rows["figure"] == target.measure)]
            sums = rows[["basis", "before", "after"]].to_dict("records")
            return {str(row["basis"]): (int(row["before"]), int(row["after"])) for row in sums}
        values, known = self._values(change, first, year)
        firms = change.firms
        in_both = (firms.rows[0] >= 0) & (firms.rows[1] >= 0)
        stays = known[0] & known[1] if target.measure in REPORTED else firms.is_one_of("stays")
        own = self._own(change)
        chosen = {"all": own, "in_both": own & in_both, "trading_in_both": own & in_both & stays}
        return {
            basis: (int(values[0][rows].sum()), int(values[1][rows].sum()))
            for basis, rows in chosen.items()
        }

    def _values(
        self, change: Change, first: int, year: int
    ) -> tuple[tuple[Int, Int], tuple[Mask, Mask]]:
        """The measure of each firm in both years, and whether it is known."""
        firms, measure = change.firms, self.target.measure
        if measure not in REPORTED:
            return firms.values(_COLUMN[measure]), firms.seen
        values, known = [], []
        for y, rows in zip((first, year), firms.rows, strict=True):
            of_year, is_known = self.reports[measure, y]
            values.append(np.append(of_year, 0)[rows])
            known.append(np.append(is_known, False)[rows])
        return (values[0], values[1]), (known[0], known[1])

    def _own(self, change: Change) -> Mask:
        """Rows of the region, and of the field."""
        own: Mask = change.firms.region_index == change.firms.codes.index(self.target.region)
        if self.target.field:
            ids = pd.Series(change.firms.take("firm_id").to_pandas()).astype("str")
            own &= ids.isin([str(i) for i in self.fields[self.target.field]]).to_numpy(dtype=bool)
        return own

    def _influence(self, first: int, year: int) -> dict[str, Any]:
        """The firms behind the change: the three that moved it most, and the sum without one."""
        change = self._change(first, year)
        values, _ = self._values(change, first, year)
        own = np.flatnonzero(self._own(change))
        moved = (values[1] - values[0])[own]
        figures = self._figures(first, year)["all"]
        whole = figures[1] - figures[0]
        rows = change.regions
        measure = self.target.measure if self.target.measure in FIGURES else FIGURES[0]
        place = (rows["region"] == self.target.region) & (rows["figure"] == measure)
        changed = bool(rows.loc[place, "coverage_changed"].any())
        if not moved.size or not moved.any():
            return {"largest_three": float("nan"), "largest_firm": None,
                    "without_largest": whole, "coverage_changed": changed}  # fmt: skip
        sign = 1 if whole >= 0 else -1
        three = np.sort(sign * moved)[::-1][:3]
        largest = int(np.abs(moved).argmax())
        return {
            "largest_three": float(three[three > 0].sum() / abs(whole)) if whole else float("nan"),
            "largest_firm": str(change.firms.take("firm_id")[int(own[largest])].as_py()),
            "without_largest": whole - int(moved[largest]),
            "coverage_changed": changed,
        }


_INFLUENCE = (
    *("actual_in_both", "actual_trading_in_both", "largest_three", "largest_firm"),
    "without_largest",
)
_ORDER = (
    *("region", "region_name", "field", "measure", "unit", "base_year", "year", "target_year"),
    *("base", "actual", "target", "path", "gap", "required_growth", "actual_in_both"),
    *("actual_trading_in_both", "coverage_changed", "largest_three", "largest_firm"),
    *("without_largest", "status"),
)
