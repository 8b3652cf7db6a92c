"""What joining regions would do: trade that becomes internal, and degrees that change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from connhub.errors import Fault, OptionError
from connhub.measures.degrees import Degrees
from connhub.measures.linkages import Linkages
from connhub.measures.trade import Trade
from connhub.text.catalogue import listed

__all__ = ["RegionEvaluation", "evaluate_region"]


class Analyzed(Protocol):
    """What `connhub.analyze` gives."""

    @property
    def degrees(self) -> Degrees: ...
    @property
    def linkages(self) -> Linkages: ...
    @property
    def trade(self) -> Trade | None: ...


@dataclass(frozen=True, eq=False)
class RegionEvaluation:
    """What joining regions would do.

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
        money behind them; ``wide_`` is within the joined region. The largest change of either
        degree first, where an undefined degree counts as 0; then the most money, then by id.
    """

    members: tuple[str, ...]
    summary: pd.DataFrame
    firms: pd.DataFrame


def evaluate_region(members: Sequence[str], result: Analyzed) -> RegionEvaluation:
    """Evaluate a grouping of regions: what becomes internal, whose degrees change most.

    Parameters
    ----------
    members : sequence of str
        Codes of two or more regions.
    result : Analysis
        With the grain ``firms_by_region`` or ``pairs``.

    Returns
    -------
    RegionEvaluation
        Both degrees before and after divide by sums over the firms of the table (not by official
        totals), so that they compare; those after equal an analysis with these regions as one.
        A degree in a larger region is smaller for most firms: look at who loses least, and who
        gains.

    Raises
    ------
    OptionError
        When a region is not known, or the grain is ``firms``.

    Examples
    --------
    In Niigata (15), a sells 30 to b in Toyama (16) and 10 to c in Tokyo (13). Joined, the 30 stay
    inside: b becomes the hub.

    >>> from types import SimpleNamespace
    >>> import pyarrow as pa
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.measures.degrees import degrees
    >>> from connhub.measures.linkages import linkages
    >>> from connhub.measures.trade import trade
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(
    ...     pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "16", "13"]}))
    >>> deals = pa.table({"seller_id": ["a", "a"], "buyer_id": ["b", "c"], "amount": [30, 10]})
    >>> totals = total(deals, firms, grain="firms_by_region")
    >>> result = SimpleNamespace(degrees=degrees(totals, firms), trade=trade(totals, firms),
    ...                          linkages=linkages(totals, firms))
    >>> found = evaluate_region(["15", "16"], result)
    >>> found.summary[["region", "out_of_region_sales", "becomes_internal", "share_internal"]]
      region  out_of_region_sales  becomes_internal  share_internal
    0     15                   40                30            0.75
    1     16                    0                 0             NaN
    2    NaN                   40                30            0.75
    >>> found.firms[["firm_id", "hub_degree", "wide_hub_degree"]]
      firm_id  hub_degree  wide_hub_degree
    0       b         NaN              1.0
    1       a         NaN              0.0
    """
    known = result.linkages.codes[:-2]
    chosen = tuple(dict.fromkeys(members))
    if isinstance(members, str) or len(chosen) < 2:
        raise OptionError(Fault("a wide-area region needs two or more regions", values=chosen))
    if unknown := [m for m in chosen if m not in known]:
        raise OptionError(Fault(f"no regions {listed(unknown)}", fix=f"known: {listed(known)}"))
    if result.trade is None:
        fix = "analyze with grain='firms_by_region'"
        raise OptionError(Fault("firms' trade is not known at the grain 'firms'", fix=fix))
    firms = result.degrees.frame
    firms = firms.loc[firms["region"].isin(chosen), ["firm_id", "name", "region"]]
    firms = firms.reset_index(drop=True)
    flows = _flows(result.trade, chosen)
    for prefix, joined in (("", False), ("wide_", True)):
        firms = firms.assign(**_degrees(firms, flows, chosen, prefix, joined=joined))
    size = np.zeros(len(firms))
    for degree in ("connector", "hub"):
        after, before = firms[f"wide_{degree}_degree"], firms[f"{degree}_degree"]
        firms[f"{degree}_change"] = after - before
        size = np.maximum(size, (after.fillna(0) - before.fillna(0)).abs())
    wide = firms[["wide_out_of_region_sales", "wide_in_region_purchases"]].sum(axis=1)
    firms = firms.assign(_change=size, _wide=wide)
    firms = firms.sort_values(["_change", "_wide", "firm_id"], ascending=[False, False, True])
    firms = firms.drop(columns=["_change", "_wide"]).reset_index(drop=True)
    return RegionEvaluation(chosen, _summary(result.linkages.frame, chosen), firms)


def _flows(trade: Trade, members: Sequence[str]) -> pd.DataFrame:
    """``firm_id, region, side, partner_region, amount`` of the members' listed firms."""
    frame = trade.frame
    if trade.grain == "pairs":
        parts = []
        for side, own, other in (("sales", "seller", "buyer"), ("purchases", "buyer", "seller")):
            names = {
                f"{own}_id": "firm_id",
                f"{own}_region": "region",
                f"{other}_region": "partner_region",
            }
            part = frame[frame[f"{own}_region"].isin(members) & frame[f"{own}_id"].notna()]
            parts.append(part[[*names, "amount"]].rename(columns=names).assign(side=side))
        frame = pd.concat([p.astype({c: "str" for c in p if c != "amount"}) for p in parts])
    return frame[frame["region"].isin(members) & frame["firm_id"].notna()]


def _degrees(
    firms: pd.DataFrame, flows: pd.DataFrame, members: Sequence[str], prefix: str, *, joined: bool
) -> dict[str, Any]:
    """Both degrees with the members as regions of their own, or as one."""
    own, other = (flows[c].astype("str") for c in ("region", "partner_region"))
    inside = other.isin(members) if joined else own == other
    chosen = {
        "out_of_region_sales": (flows["side"] == "sales") & ~inside,
        "in_region_purchases": (flows["side"] == "purchases") & inside,
    }
    out: dict[str, Any] = {}
    degrees = ("connector_degree", "hub_degree")
    for (name, rows), degree in zip(chosen.items(), degrees, strict=True):
        by_firm = flows[rows].astype({"firm_id": "str"}).groupby("firm_id")["amount"].sum()
        money = firms["firm_id"].map(by_firm).fillna(0).astype("int64")
        group = np.zeros(len(firms)) if joined else firms["region"]
        whole = money.groupby(group).transform("sum")
        out[prefix + name] = money
        out[prefix + degree] = (money / whole.where(whole > 0)).astype("float64")
    return out


def _summary(links: pd.DataFrame, members: tuple[str, ...]) -> pd.DataFrame:
    inside = links["seller_region"].isin(members) & links["buyer_region"].isin(members)

    def summed(rows: pd.DataFrame, side: str) -> list[int]:
        sums = rows.groupby(side)["amount"].sum().to_dict()
        return [int(sums.get(m, 0)) for m in members]

    def internal(side: str) -> tuple[list[int], list[int]]:
        before, part = summed(links, side), summed(links[inside], side)
        return [*before, sum(before)], [*part, sum(part)]

    sales, sold = internal("seller_region")
    purchases, bought = internal("buyer_region")

    def share(part: list[int], whole: list[int]) -> list[float]:
        return [p / w if w > 0 else np.nan for p, w in zip(part, whole, strict=True)]

    return pd.DataFrame(
        {
            "region": pd.Series([*members, None], dtype="str"),
            "out_of_region_sales": sales,
            "becomes_internal": sold,
            "share_internal": share(sold, sales),
            "out_of_region_purchases": purchases,
            "purchases_become_internal": bought,
            "share_of_purchases_internal": share(bought, purchases),
        }
    )
