"""A table of targets: what is to be reached, of which region, by when."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from connhub.arguments import Table, checked
from connhub.arrow import from_numpy, text
from connhub.errors import Fault, InputError, OptionError, did_you_mean
from connhub.intake.amounts import MISSING, OK, Money
from connhub.intake.cell_texts import count_filled
from connhub.intake.columns import find_roles
from connhub.intake.open_table import open_source, read_all
from connhub.intake.units import settle_unit
from connhub.intake.years import read_years
from connhub.options import TableOptions
from connhub.regions.directory import RegionDirectory
from connhub.schema import columns
from connhub.text.numbers import split_unit

__all__ = ["MEASURES", "REPORTED", "Target", "read_targets"]

REPORTED = ("net_sales", "wages", "employees")
"""What firms report: measures that need the financials."""
MEASURES = ("in_region_transactions", "out_of_region_sales", "sales", *REPORTED)


@dataclass(frozen=True)
class Target:
    """What is to be reached.

    Parameters
    ----------
    region : str
        Code.
    field : str
        Name of a field; empty for all firms.
    measure : str
        One of `MEASURES`.
    base_year, target_year : int
    target : int
        In whole units of the result; persons for ``employees``.
    base : int or None
        What the plan took as the value of the base year, where it was written down.
    """

    region: str
    field: str
    measure: str
    base_year: int
    target_year: int
    target: int
    base: int | None = None


@checked
def read_targets(
    table: Table, directory: RegionDirectory, unit: str, *, read: TableOptions = TableOptions()
) -> list[Target]:
    """Read and check a table of targets.

    Parameters
    ----------
    table : path or table
        ``region, measure, base_year, target_year, target``, and perhaps ``field`` and ``base``.
        Regions by code or name; measures by name or Japanese label: 域内取引額, 域外販売額, 販売額,
        売上高, 給与総額, 従業員数. Money in base units, or in the unit that the header names.
    directory : RegionDirectory
        Of the analyses.
    unit : str
        Of their money.
    read : TableOptions

    Returns
    -------
    list of Target

    Raises
    ------
    InputError
        Regions or measures that are not known, years or amounts that cannot be read, a target year
        that is not after the base year, targets of the same goal and years: all at once. Rows
        without any value are none.
    ColumnError

    Examples
    --------
    >>> plan = pa.table({"地域": ["新潟県"], "指標": ["域内取引額"], "基準年": [2023],
    ...                  "目標年": [2028], "目標値(百万円)": ["1,200"]})
    >>> niigata = RegionDirectory(("15",), ("新潟県",))
    >>> read_targets(plan, niigata, "円")[0].target
    1200000000
    """
    source = open_source(table, "targets", read)
    names = source.schema.names
    roles = find_roles("targets", names, read.columns, file=source.files[0])
    raw = read_all(source, list(dict.fromkeys(roles.values())))
    place = np.flatnonzero(count_filled(raw.columns, len(raw)))  # others are blank
    if not place.size:
        raise InputError(source.located(Fault("change.no_targets")))
    raw = raw.take(from_numpy(place))
    cells = {role: text(raw[name]).to_pylist() for role, name in roles.items()}
    faults: list[Fault] = []

    def complain(kind: str, role: str, rows: list[int], **details: Any) -> None:
        if rows:
            examples = [cells[role][i] or "" for i in rows]
            at = place[rows].tolist()
            faults.append(Fault(kind, column=roles[role], rows=at, examples=examples, **details))

    regions = [_region(value, directory) for value in cells["region"]]
    wrong = [i for i, code in enumerate(regions) if code is None]
    known = list(directory.names)
    first = str(cells["region"][wrong[0]]) if wrong else ""
    complain("change.target_region", "region", wrong, suggestion=did_you_mean(first, known))
    measures = [_measure(value) for value in cells["measure"]]
    wrong = [i for i, measure in enumerate(measures) if measure is None]
    labels = columns("target_measure")
    known_measures = [{"ja": labels[measure].label_ja, "en": measure} for measure in MEASURES]
    complain("change.target_measure", "measure", wrong, known=known_measures)
    years = {}
    for role in ("base_year", "target_year"):
        years[role] = read_years(raw[roles[role]]).years
        complain("change.target_year", role, np.flatnonzero(years[role] == 0).tolist())
    both = (years["base_year"] > 0) & (years["target_year"] > 0)
    backwards = np.flatnonzero(both & (years["target_year"] <= years["base_year"]))
    complain("change.target_order", "target_year", backwards.tolist())
    amounts = {}
    for role in [role for role in ("target", "base") if role in roles]:
        amounts[role] = _amounts(raw[roles[role]].combine_chunks(), roles[role], measures, unit)
        unread = [i for i, amount in enumerate(amounts[role]) if isinstance(amount, str)]
        bad = [i for i in unread if amounts[role][i] or role == "target"]
        complain("change.target_amount", role, bad)
    fields = [(field or "").strip() for field in cells.get("field", [None] * len(raw))]
    spans = (years[role].tolist() for role in ("base_year", "target_year"))
    goals = list(zip(fields, regions, measures, *spans, strict=True))
    often = Counter(goal for goal in goals if all(goal[1:]))
    twice = [i for i, goal in enumerate(goals) if often[goal] > 1]
    complain("change.target_twice", "target", twice)
    if faults:
        raise InputError(*map(source.located, faults))
    bases: list[Any] = amounts.get("base", [None] * len(raw))
    rows = zip(
        *(regions, fields, measures, years["base_year"].tolist(), years["target_year"].tolist()),
        *(amounts["target"], bases),
        strict=True,
    )
    return [
        Target(str(r), f, str(m), b, t, int(a), x if isinstance(x, int) else None)
        for r, f, m, b, t, a, x in rows
    ]


def _region(value: str | None, directory: RegionDirectory) -> str | None:
    try:
        return directory.find_home(str(value or "").strip())
    except OptionError:
        return None


def _measure(value: str | None) -> str | None:
    folded = unicodedata.normalize("NFKC", str(value or "")).strip().casefold()
    return _words().get(folded)


def _words() -> dict[str, str]:
    """What measures may be called."""
    words: dict[str, str] = {}
    for measure in MEASURES:
        column = columns("target_measure")[measure]
        names = (measure, column.label_ja, column.label_en, *column.aliases)
        words |= {unicodedata.normalize("NFKC", name).casefold(): measure for name in names}
    return words


def _amounts(values: pa.Array, header: str, measures: list[str | None], unit: str) -> list[Any]:
    """Integers; the text of a cell that is none, and an empty text where it is empty."""
    fraction, base = split_unit(unit)
    named = settle_unit(header, None)
    yen = settle_unit("", None)
    factor = named if base == yen else base
    money = Money.of(factor, 1 if fraction == 1 else f"{1 / fraction}", "error")
    persons = Money.of(yen, 1, "error")
    found: list[Any] = []
    parsed = [m.parse(values, header) for m in (money, persons)]
    for i, measure in enumerate(measures):
        amount, status = parsed[measure == "employees"]
        if status[i] == OK and amount[i] >= 0:
            found.append(int(amount[i]))
        else:
            found.append("" if status[i] == MISSING else str(values[i].as_py()))
    return found
