"""Sums of regions in two years, always in three figures: what is newly seen is not new."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.measures.linkages import Linkages
from connhub.measures.matched_firms import MatchedFirms
from connhub.measures.results import Results
from connhub.measures.trade_change import InRegionPairs
from connhub.quotients import quotient
from connhub.text.catalogue import Message

__all__ = ["BASES", "FIGURES", "coverage_notes", "region_change"]

Int = npt.NDArray[np.int64]

BASES = ("all", "in_both", "trading_in_both")
"""All rows; firms in the firm tables of both years; firms that trade in both years."""
FIGURES = ("in_region_transactions", "out_of_region_sales", "sales")
COVERAGE = 0.1
"""So much more or fewer firms or deals are told."""


def region_change(firms: MatchedFirms, pairs: InRegionPairs | None) -> pd.DataFrame:
    """Sums of each region before and after: of all rows, and of firms that both years have.

    Parameters
    ----------
    firms : MatchedFirms
    pairs : InRegionPairs or None
        Without them the trade inside a region, of firms of both years, is what these buy there.

    Returns
    -------
    DataFrame
        ``region, region_name, figure, basis, before, after, change, growth, firms_before,
        firms_after, deals_before, deals_after, coverage_changed``. Firms are those that trade,
        deals those of the basis ``all``. The coverage is said to have changed where there are over
        10% more or fewer firms or deals; the three bases then tell how much of a growth is that of
        firms that were there before.
    """
    size, home = len(firms.codes), firms.region_index
    in_both = (firms.rows[0] >= 0) & (firms.rows[1] >= 0)
    stays = firms.is_one_of("stays")
    chosen = {"all": np.ones(home.size, dtype=bool), "in_both": in_both, "trading_in_both": stays}
    parts = []
    for figure in FIGURES:
        deals = tuple(_deals(r.linkages, figure) for r in (firms.before, firms.after))
        for basis in BASES:
            before, after = _sums(firms, pairs, figure, basis, chosen[basis])
            counts = [
                np.bincount(home[chosen[basis] & seen], minlength=size) for seen in firms.seen
            ]
            frame = pd.DataFrame(
                {
                    "region": pd.array(firms.codes, dtype="str"),
                    "region_name": pd.array(firms.after.directory.names, dtype="str"),
                    "figure": figure,
                    "basis": basis,
                    "before": before,
                    "after": after,
                    "change": after - before,
                    "growth": quotient(after - before, before),
                    "firms_before": counts[0],
                    "firms_after": counts[1],
                }
            )
            for when, of_linkages in zip(("before", "after"), deals, strict=True):
                frame[f"deals_{when}"] = pd.array(
                    of_linkages if basis == "all" else [None] * size, dtype="Int64"
                )
            parts.append(frame)
    result = pd.concat(parts, ignore_index=True)
    whole = result[result["basis"] == "all"]
    changed = _differs(whole["firms_before"], whole["firms_after"])
    changed |= _differs(whole["deals_before"], whole["deals_after"])
    flags = pd.Series(changed, index=pd.MultiIndex.from_frame(whole[["region", "figure"]]))
    keys = pd.MultiIndex.from_frame(result[["region", "figure"]])
    result["coverage_changed"] = flags.reindex(keys).to_numpy()
    place = {code: i for i, code in enumerate(firms.codes)}
    order = result["region"].map(place).argsort(kind="stable")
    return result.iloc[order].reset_index(drop=True)


def coverage_notes(
    frame: pd.DataFrame, years: tuple[str, str], regions: list[str]
) -> Iterator[Message]:
    """What one should know of the coverage before one speaks of growth.

    Parameters
    ----------
    frame : DataFrame
        Of `region_change`.
    years : pair of str
    regions : list of str
        Codes of those that are looked at; more than one are taken together.
    """
    rows = frame[frame["region"].isin(regions)]
    whole = rows[rows["basis"] == "all"]
    inside = rows[rows["figure"] == FIGURES[0]]
    firms, deals = (
        [
            int(part[f"{name}_{when}"].fillna(0).to_numpy(dtype=np.int64).sum())
            for when in ("before", "after")
        ]
        for name, part in (("firms", inside[inside["basis"] == "all"]), ("deals", whole))
    )
    if not (_differs(firms[:1], firms[1:]) | _differs(deals[:1], deals[1:])).any():
        return
    growth = {}
    for basis in BASES:
        of_basis = inside[inside["basis"] == basis]
        sums = [int(of_basis[name].to_numpy(dtype=np.int64).sum()) for name in ("before", "after")]
        growth[basis] = _percent(sums)
    before, after = year_names(years)
    yield Message(
        "change.coverage",
        before=before,
        after=after,
        firms=_percent(firms),
        deals=_percent(deals),
        **growth,
    )


def year_names(years: tuple[str, str]) -> tuple[Message, Message]:
    """What the years before and after are called, also where their tables name none."""
    names = ("earlier_year", "later_year")
    before, after = (
        Message("change.one_year", years=year) if year else Message(f"change.{name}")
        for year, name in zip(years, names, strict=True)
    )
    return before, after


def _percent(sums: list[int]) -> str:
    before, after = sums
    return f"{after / before - 1:+.1%}" if before > 0 else "-"


def _differs(before: Any, after: Any) -> npt.NDArray[np.bool_]:
    one, other = (
        pd.array(v, dtype="Float64").to_numpy(np.float64, na_value=0) for v in (before, after)
    )
    return np.asarray(np.abs(other - one) > COVERAGE * one)


def _deals(linkages: Linkages, figure: str) -> list[Any]:
    """Transactions of each region that a figure is a sum of; none where only totals are known."""
    codes = list(linkages.directory.codes)
    if linkages.ledger.table == "firm_totals":
        return [None] * len(codes)
    sums = pd.Series(0, index=codes, dtype="int64")
    if figure != "out_of_region_sales":
        inside = linkages.inside.groupby("seller_region")["n_transactions"].sum()
        sums = sums.add(inside.reindex(codes, fill_value=0))
    if figure != "in_region_transactions":
        outside = linkages.frame.groupby("seller_region")["n_transactions"].sum()
        sums = sums.add(outside.reindex(codes, fill_value=0))
    return sums.tolist()


def _sums(
    firms: MatchedFirms,
    pairs: InRegionPairs | None,
    figure: str,
    basis: str,
    chosen: npt.NDArray[np.bool_],
) -> tuple[Int, Int]:
    size = len(firms.codes)
    if basis == "all":
        both = [_whole(result, figure) for result in (firms.before, firms.after)]
        return both[0], both[1]
    if figure == "in_region_transactions" and pairs is not None:
        return pairs.sums(size, getattr(pairs, basis))
    column = "in_region_purchases" if figure == "in_region_transactions" else figure
    sums = []
    for values in firms.values(column):
        of_region = np.zeros(size, dtype=np.int64)
        np.add.at(of_region, firms.region_index[chosen], values[chosen])
        sums.append(of_region)
    return sums[0], sums[1]


def _whole(result: Results, figure: str) -> Int:
    table = result.regions.to_arrow()
    names = ["in_region_transactions", "out_of_region_sales"] if figure == "sales" else [figure]
    columns = [table[name].fill_null(0).to_numpy() for name in names]
    sums: Int = np.sum(columns, axis=0, dtype=np.int64)
    return sums
