"""The frames of a scenario: firms, regions, deals."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from connhub.arrow import text
from connhub.measures.degrees import denominators, observed
from connhub.measures.degrees import official as official_sums
from connhub.scenario.deal_changes import REASONS, ChangedDeals
from connhub.scenario.edited import Edited
from connhub.scenario.effects import MEASURES, Range, Shift, degree_change

__all__ = ["deals_frame", "firms_table", "regions_frame"]

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Shifts = Sequence[Sequence[Shift]]
_SIDES = (("connector_degree", "out_of_region_sales"), ("hub_degree", "in_region_purchases"))


def firms_table(
    table: Edited, own: Shift, groups: Shifts, official: Any, *, known_before: int
) -> pa.Table:
    """Both degrees of the firms of which one changes.

    Parameters
    ----------
    table : Edited
    own : Shift
        Of the events as the scenario says.
    groups : sequence of sequence of Shift
        As `Range` takes them.
    official : table, optional
        Official sums of regions, as of the analysis.
    known_before : int
        How many firms were there before.

    Returns
    -------
    Table
        A row for each firm and degree; see `WhatIf`.
    """
    wholes, fixed = _denominators(table, official)

    def of_side(side: int) -> tuple[Int, Int, dict[str, Any]]:
        before, after = table.amounts(_SIDES[side][1])
        change = _Change(before, after, wholes[0][side], wholes[1][side], fixed[side])
        return _of_degree(table, change, side, own, groups, known_before)

    sides = _side_by_side(of_side, range(len(_SIDES)))
    places = _interleaved(*(rows for rows, _, _ in sides))
    size = sum(place.size for place in places)
    firm, side_of = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int8)
    for number, (place, (rows, _, _)) in enumerate(zip(places, sides, strict=True)):
        firm[place], side_of[place] = rows, number
    columns: dict[str, Any] = {
        **_names(table, firm),
        "degree": text([name for name, _ in _SIDES]).take(pa.array(side_of)),
    }

    def column(name: str) -> pa.Array:
        values = np.empty(size, dtype=sides[0][2][name].dtype)
        for place, (_, chosen, of_firms) in zip(places, sides, strict=True):
            values[place] = of_firms[name][chosen]
        unranked = values < 1 if name.startswith("rank") else None
        return pa.array(values, mask=unranked, from_pandas=True)

    names = list(sides[0][2])
    columns |= dict(zip(names, _side_by_side(column, names), strict=True))
    return pa.table(columns)


def _denominators(table: Edited, given: Any) -> tuple[tuple[Int, Int], npt.NDArray[np.bool_]]:
    """What both degrees of each region divide by, before and after, and which is official."""
    money = table.base.money
    before = np.stack(denominators(table.base, table.base_firms, given))
    moved = [observed(totals, table.few.table) for totals in table.some]
    after = before + money.in_result_units((moved[1] - moved[0]).T)
    fixed = np.zeros(before.shape, dtype=np.bool_)
    if given is not None:
        for side, values in enumerate(official_sums(given, table.base_firms, money).values()):
            fixed[side, list(values)] = True
    return (before, np.where(fixed, before, after)), fixed


def _side_by_side(make: Callable[[Any], Any], kinds: Sequence[Any]) -> list[Any]:
    """What each comes to; the loops of numpy and Arrow let other threads go on."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(make, kinds))


def _interleaved(one: Int, other: Int) -> tuple[Int, Int]:
    """Where the values of two ascending arrays are when they are brought together, one first."""
    first = np.arange(one.size) + np.searchsorted(other, one)
    return first, np.arange(other.size) + np.searchsorted(one, other, side="right")


class _Change(NamedTuple):
    """Amounts of firms and denominators of regions, before and after; which of these stay."""

    before: Int
    after: Int
    whole_before: Int
    whole_after: Int
    fixed: npt.NDArray[np.bool_]


def _of_degree(
    table: Edited, amounts: _Change, side: int, own: Shift, groups: Shifts, known_before: int
) -> tuple[Int, Int, dict[str, Any]]:
    """Firms of which one degree changes; where they are among the firms of these values."""
    before, after, whole_before, whole_after, fixed = amounts
    step, region = table.base.money.step, table.firms.regions.index
    touched = before != after
    for shift in (shift for group in groups for shift in group):
        touched[shift.firms[shift.amounts[side] != 0]] = True
    moved = np.append(whole_before != whole_after, [False, False])
    concerned = moved.copy()
    concerned[region[touched]] = True
    concerned[-2:] = False
    chosen = np.flatnonzero(concerned[region])  # all of these regions, for ranks
    before, after, home = before[chosen], after[chosen], region[chosen].astype(np.int64)
    wholes = whole_before, whole_after
    listed = int(np.searchsorted(chosen, known_before))
    change = degree_change((before, after), wholes, home, known_before=listed)
    own = own.among(chosen, side)
    without = after.copy()  # the scenario without its events
    without[own.firms] -= own.amounts[side] * step
    rest = whole_after - np.where(fixed, 0, own.denominators[side] * step)
    shifts = Range([[shift.among(chosen, side) for shift in group] for group in groups])
    low, high = shifts.of_degrees(side, without, home, rest, fixed, step=step)
    rows = np.flatnonzero(touched[chosen] | moved[home])
    values = {
        "amount_before": before,
        "amount_after": after,
        "before": change.before,
        "after": change.after,
        "own": change.own,
        "denominator": change.denominator,
        "low": np.fmin(low, change.after),
        "high": np.fmax(high, change.after),
        "rank_before": change.rank_before,
        "rank_after": change.rank_after,
    }
    return chosen[rows], rows, values


def _names(table: Edited, rows: Int) -> dict[str, Any]:
    firms, picked = table.firms, pa.array(rows)

    def names() -> Any:
        if "name" not in firms.table.column_names:
            return pa.nulls(rows.size, pa.large_string())
        return text(firms.table["name"].combine_chunks().take(picked))

    codes = text(list(firms.regions.all_codes))
    makers: dict[str, Callable[[], Any]] = {
        "firm_id": lambda: firms.table["firm_id"].combine_chunks().take(picked),
        "name": names,
        "region": lambda: codes.take(pa.array(firms.regions.index[rows])),
    }
    return dict(zip(makers, _side_by_side(lambda name: makers[name](), list(makers)), strict=True))


def regions_frame(table: Edited, own: Shift, groups: Shifts) -> pd.DataFrame:
    """What regions trade, of those where it changes.

    Parameters
    ----------
    table : Edited
    own : Shift
        Of the events as the scenario says.
    groups : sequence of sequence of Shift
        As `Range` takes them; where firms arrive, the first without displacement, the second with
        all of it.

    Returns
    -------
    DataFrame
        A row for each region and measure; see `WhatIf`.
    """
    scheme, step = table.firms.regions, table.base.money.step
    before, after = (_sums(totals.flows[:, :, 0]) for totals in table.some)
    without = after - own.regions
    low, high = Range(groups).of_regions(without)
    ends = [without + group[0].regions for group in (groups[0], groups[min(1, len(groups) - 1)])]
    moved = (before != after).any(axis=0)
    for shift in (shift for group in groups for shift in group):
        moved |= shift.regions.any(axis=0)
    rows = np.flatnonzero(moved)
    place, measure = np.repeat(rows, 3), np.tile(np.arange(3), rows.size)
    values = {
        "before": before,
        "after": after,
        "change": after - before,
        "no_displacement": ends[0],
        "full_displacement": ends[1],
        "low": np.minimum(np.rint(low).astype(np.int64), after),
        "high": np.maximum(np.rint(high).astype(np.int64), after),
    }
    return pd.DataFrame(
        {
            "region": pd.array(np.array(scheme.codes, dtype=object)[place], dtype="str"),
            "region_name": pd.array(np.array(scheme.names, dtype=object)[place], dtype="str"),
            "measure": pd.array(np.array(MEASURES, dtype=object)[measure], dtype="str"),
            **{name: sums[measure, place] * step for name, sums in values.items()},
        }
    )


def _sums(flows: Int) -> Int:
    """The `MEASURES` of each region, shape (3, R)."""
    inside = np.diag(flows)
    return np.stack([inside, flows.sum(axis=1) - inside, flows.sum(axis=0) - inside])[:, :-2]


def deals_frame(changed: ChangedDeals, table: Edited, *, known_before: int) -> pd.DataFrame:
    """Pairs whose trade changes, or that are new.

    Parameters
    ----------
    changed : ChangedDeals
    table : Edited
    known_before : int
        How many firms were there before.

    Returns
    -------
    DataFrame
        Largest change first; see `WhatIf`.
    """
    nodes, step = table.nodes, table.base.money.step
    first_new = known_before + nodes.places
    ids = table.firms.table["firm_id"].combine_chunks()
    codes = text(list(table.firms.regions.all_codes))
    columns: dict[str, Any] = {}
    for party in ("seller", "buyer"):
        node = getattr(changed, party)
        listed = np.where(node < known_before, node, node - known_before + nodes.firms)
        listed = np.where(node >= first_new, node - first_new + known_before, listed)
        unlisted = listed >= nodes.firms
        taken = pa.array(np.where(unlisted, 0, listed), mask=unlisted)
        columns[f"{party}_id"] = ids.take(taken).to_pandas(types_mapper=_whole_ids)
        columns[f"{party}_region"] = codes.take(pa.array(nodes.region[listed])).to_pandas()
    frame = pd.DataFrame(
        {
            **columns,
            "amount_before": changed.before * step,
            "amount_after": changed.after * step,
            "n_transactions_before": changed.counts_before,
            "n_transactions_after": changed.counts_after,
            "reason": text(list(REASONS)).take(pa.array(changed.reason)).to_pandas(),
        }
    )
    order = np.argsort(-np.abs(changed.change), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def _whole_ids(kind: pa.DataType) -> Any:
    """Ids that are integers stay so where some are null."""
    return pd.Int64Dtype() if pa.types.is_integer(kind) else None
