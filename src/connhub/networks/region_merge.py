"""Effects of merging regions: trade that becomes internal, and degrees that change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from connhub.arguments import checked
from connhub.errors import Fault, OptionError
from connhub.measures.result_table import ids_as_text
from connhub.measures.results import Results
from connhub.measures.trade import Trade
from connhub.quotients import quotient
from connhub.regions.directory import RegionDirectory

__all__ = ["RegionMerge", "evaluate_region"]


@dataclass(frozen=True, eq=False)
class RegionMerge:
    """Effects of merging regions.

    Parameters
    ----------
    members : tuple of str
        Codes of the regions.
    summary : DataFrame
        One row a member and a last one, ``region`` null, for all together: ``region,
        out_of_region_sales, becomes_internal, share_internal, out_of_region_purchases,
        purchases_become_internal, share_of_purchases_internal``. Money, and internal / before.
    firms : DataFrame
        One row a firm of the members: ``firm_id, name, region, connector_degree,
        wide_connector_degree, connector_change, hub_degree, wide_hub_degree, hub_change``, and the
        money behind them; ``wide_`` is within the merged region. The largest change of either
        degree first, where an undefined degree counts as 0; then the most money, then by id.

    Notes
    -----
    Money is int64 in whole units of the result, which also stand in ``attrs`` of both frames.
    """

    members: tuple[str, ...]
    summary: pd.DataFrame
    firms: pd.DataFrame


@checked
def evaluate_region(members: Sequence[str], result: Results) -> RegionMerge:
    """Evaluate a merger of regions: what becomes internal, which degrees change most.

    Parameters
    ----------
    members : sequence of str
        Codes or names of two or more regions.
    result : Results
        Such as an `Analysis`, with the grain ``firms_by_region`` or ``pairs``.

    Returns
    -------
    RegionMerge
        Both degrees before and after divide by sums over the firms of the table (not by official
        totals), so that they compare; those after equal an analysis with these regions as one.
        A degree in a larger region is smaller for most firms: look at who loses least, and who
        gains.

    Raises
    ------
    OptionError
        When a region is not known, there are fewer than two, or the grain is ``firms``.

    Examples
    --------
    In Niigata (15), a sells 30 to b in Toyama (16) and 10 to c in Tokyo (13). Merged, the 30 stay
    inside: b becomes the hub.

    >>> import connhub
    >>> import pyarrow as pa
    >>> firms = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "16", "13"]})
    >>> transactions = pa.table(
    ...     {"seller_id": ["a", "a"], "buyer_id": ["b", "c"], "amount": [30, 10]})
    >>> result = connhub.analyze(transactions, firms, grain="firms_by_region")
    >>> merge = evaluate_region(["15", "富山県"], result)
    >>> merge.summary[["region", "out_of_region_sales", "becomes_internal", "share_internal"]]
      region  out_of_region_sales  becomes_internal  share_internal
    0     15                   40                30            0.75
    1     16                    0                 0             NaN
    2    NaN                   40                30            0.75
    >>> merge.firms[["firm_id", "hub_degree", "wide_hub_degree"]]
      firm_id  hub_degree  wide_hub_degree
    0       b         NaN              1.0
    1       a         NaN              0.0
    """
    codes = _members(members, result.directory)
    result.linkages.require_transactions()
    if result.trade is None:
        raise OptionError(Fault("networks.needs_finer_grain"))
    firms = result.degrees.frame
    firms = firms.loc[firms["region"].isin(codes), ["firm_id", "name", "region"]]
    firms = firms.reset_index(drop=True)
    flows = _flows(result.trade, codes)
    for prefix, merged in (("", False), ("wide_", True)):
        firms = firms.assign(**_degrees(firms, flows, codes, prefix, merged=merged))
    largest_change = np.zeros(len(firms))
    for degree in ("connector", "hub"):
        after, before = firms[f"wide_{degree}_degree"], firms[f"{degree}_degree"]
        firms[f"{degree}_change"] = after - before
        change = (after.fillna(0) - before.fillna(0)).abs()
        largest_change = np.maximum(largest_change, change)
    money = firms[["wide_out_of_region_sales", "wide_in_region_purchases"]].sum(axis=1)
    firms = firms.assign(_change=largest_change, _money=money)
    order = ["_change", "_money", "firm_id"]
    firms = firms.sort_values(order, ascending=[False, False, True], key=ids_as_text)
    firms = firms.drop(columns=["_change", "_money"]).reset_index(drop=True)
    summary = _summary(result.linkages.frame, codes)
    for frame in (summary, firms):
        frame.attrs["unit"] = result.unit
    return RegionMerge(codes, summary, firms)


def _members(members: Sequence[str], directory: RegionDirectory) -> tuple[str, ...]:
    """Codes of the regions to merge, each once."""
    if isinstance(members, str):
        raise OptionError(Fault("networks.too_few_members", examples=(members,)))
    codes = tuple(dict.fromkeys(directory.find(member) for member in members))
    for code in codes:
        if code not in directory.codes:  # overseas or unknown
            raise OptionError(Fault("networks.outside_member", member=code, known=directory.codes))
    if len(codes) < 2:
        raise OptionError(Fault("networks.too_few_members", examples=codes))
    return codes


def _flows(trade: Trade, members: Sequence[str]) -> pd.DataFrame:
    """``firm_id, region, side, partner_region, amount`` of the members' firms in the table."""
    frame = trade.frame
    if trade.grain == "pairs":
        parts = []
        for side, home, other in (("sales", "seller", "buyer"), ("purchases", "buyer", "seller")):
            names = {
                f"{home}_id": "firm_id",
                f"{home}_region": "region",
                f"{other}_region": "partner_region",
            }
            part = frame[frame[f"{home}_region"].isin(members) & frame[f"{home}_id"].notna()]
            parts.append(part[[*names, "amount"]].rename(columns=names).assign(side=side))
        frame = pd.concat([p.astype({c: "str" for c in p if c != "amount"}) for p in parts])
    return frame[frame["region"].isin(members) & frame["firm_id"].notna()]


def _degrees(
    firms: pd.DataFrame, flows: pd.DataFrame, members: Sequence[str], prefix: str, *, merged: bool
) -> dict[str, Any]:
    """Both degrees with the members as regions of their own, or as one."""
    home, other = (flows[c].astype("str") for c in ("region", "partner_region"))
    inside = other.isin(members) if merged else home == other
    rows_of = {
        "out_of_region_sales": (flows["side"] == "sales") & ~inside,
        "in_region_purchases": (flows["side"] == "purchases") & inside,
    }
    columns: dict[str, Any] = {}
    degrees = ("connector_degree", "hub_degree")
    for (name, rows), degree in zip(rows_of.items(), degrees, strict=True):
        by_firm = flows[rows].astype({"firm_id": "str"}).groupby("firm_id")["amount"].sum()
        money = by_firm.reindex(firms["firm_id"].astype("str"), fill_value=0).reset_index(drop=True)
        group = np.zeros(len(firms)) if merged else firms["region"]
        total = money.groupby(group).transform("sum")
        columns[prefix + name] = money
        columns[prefix + degree] = quotient(money.to_numpy(), total.to_numpy())
    return columns


def _summary(links: pd.DataFrame, members: tuple[str, ...]) -> pd.DataFrame:
    """Out-of-region trade of each member and of all together, and what becomes internal."""
    inside = links["seller_region"].isin(members) & links["buyer_region"].isin(members)

    def summed(rows: pd.DataFrame, side: str) -> list[int]:
        sums = rows.groupby(side)["amount"].sum().reindex(list(members), fill_value=0).tolist()
        return [*sums, sum(sums)]

    def share(part: list[int], total: list[int]) -> list[float]:
        return [p / t if t > 0 else np.nan for p, t in zip(part, total, strict=True)]

    sales, internal_sales = summed(links, "seller_region"), summed(links[inside], "seller_region")
    purchases = summed(links, "buyer_region")
    internal_purchases = summed(links[inside], "buyer_region")
    return pd.DataFrame(
        {
            "region": pd.Series([*members, None], dtype="str"),
            "out_of_region_sales": sales,
            "becomes_internal": internal_sales,
            "share_internal": share(internal_sales, sales),
            "out_of_region_purchases": purchases,
            "purchases_become_internal": internal_purchases,
            "share_of_purchases_internal": share(internal_purchases, purchases),
        }
    )
