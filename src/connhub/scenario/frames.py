"""The frames of a scenario: firms, regions, deals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from connhub.arrow import text
from connhub.measures.degrees import denominators
from connhub.scenario.deal_changes import REASONS, ChangedDeals
from connhub.scenario.edited import Edited
from connhub.scenario.effects import MEASURES, Range, Shift, degree_change

__all__ = ["deals_frame", "firms_frame", "regions_frame"]

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Shifts = Sequence[Sequence[Shift]]
_SIDES = (("connector", "out_of_region_sales"), ("hub", "in_region_purchases"))


def firms_frame(
    table: Edited, own: Shift, groups: Shifts, official: Any, *, known_before: int
) -> pd.DataFrame:
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
    DataFrame
        A row for each firm and degree; see `WhatIf`.
    """
    firms, region = table.firms, table.firms.regions.index.astype(np.int64)
    wholes = [denominators(totals, firms, official) for totals in (table.before, table.after)]
    seen = denominators(table.before, firms)
    parts, step = [], table.before.money.step
    for side, (name, amount) in enumerate(_SIDES):
        before, after = (
            getattr(totals.firm_amounts, amount) * step for totals in (table.before, table.after)
        )
        whole = wholes[0][side], wholes[1][side]
        change = degree_change((before, after), whole, region, known_before=known_before)
        fixed = whole[0] != seen[side]
        without = after.copy()  # the scenario without its events
        without[own.firms] -= own.amounts[side] * step
        rest = whole[1] - np.where(fixed, 0, own.denominators[side] * step)
        low, high = Range(groups).of_degrees(side, without, region, rest, fixed, step=step)
        touched = np.zeros(region.size, dtype=np.bool_)
        for shift in (shift for group in groups for shift in group):
            touched[shift.firms[shift.amounts[side] != 0]] = True
        moved = np.append(whole[0] != whole[1], [False, False])[region]
        rows = np.flatnonzero((touched | moved | (before != after)) & (region < whole[0].size))
        values = {
            "degree": np.full(rows.size, name, dtype=object),
            "amount_before": before[rows],
            "amount_after": after[rows],
            "before": change.before[rows],
            "after": change.after[rows],
            "own": change.own[rows],
            "denominator": change.denominator[rows],
            "low": np.fmin(low, change.after)[rows],
            "high": np.fmax(high, change.after)[rows],
            "rank_before": _ranks(change.rank_before[rows]),
            "rank_after": _ranks(change.rank_after[rows]),
        }
        parts.append(pd.DataFrame({"row": rows, **_names(table, rows), **values}))
    frame = pd.concat(parts, ignore_index=True).sort_values("row", kind="stable")
    return frame.drop(columns="row").reset_index(drop=True).astype({"degree": "str"})


def _names(table: Edited, rows: Int) -> dict[str, Any]:
    firms, picked = table.firms, pa.array(rows)
    names = pa.nulls(rows.size, pa.large_string())
    if "name" in firms.table.column_names:
        names = text(firms.table["name"]).take(picked)
    codes = text(list(firms.regions.all_codes)).take(pa.array(firms.regions.index[rows]))
    return {
        "firm_id": firms.table["firm_id"].combine_chunks().take(picked).to_pandas(),
        "name": names.to_pandas(),
        "region": codes.to_pandas(),
    }


def _ranks(values: Int) -> Any:
    return pd.arrays.IntegerArray(values.astype(np.int64), values < 1)


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
    scheme, step = table.firms.regions, table.before.money.step
    before, after = (_sums(totals.flows[:, :, 0]) for totals in (table.before, table.after))
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
    nodes, step = table.before.nodes(table.firms), table.before.money.step
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
            "reason": pd.array(np.array(REASONS, dtype=object)[changed.reason], dtype="str"),
        }
    )
    order = np.argsort(-np.abs(changed.change), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def _whole_ids(kind: pa.DataType) -> Any:
    """Ids that are integers stay so where some are null."""
    return pd.Int64Dtype() if pa.types.is_integer(kind) else None
