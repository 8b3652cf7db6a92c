"""On whom a region depends: single suppliers, concentrated partners, one source, costly losses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.arguments import checked
from connhub.measures.leaks import LeakMap
from connhub.measures.ripple_result import Ripple

__all__ = ["ASPECTS", "resilience"]

Int = npt.NDArray[np.int64]

ASPECTS = (
    "single_local_supplier",
    "partner_concentration",
    "source_of_purchases",
    "loss_of_a_firm",
)


@checked
def resilience(ripple: Ripple, leaks: LeakMap, of_region: str, *, n: int = 10) -> pd.DataFrame:
    """On whom a region depends, in four aspects.

    Parameters
    ----------
    ripple : Ripple
    leaks : LeakMap
        Of the same analysis.
    of_region : str
        Code or name of the region.
    n : int
        How many rows of each aspect; the weightiest come first.

    Returns
    -------
    DataFrame
        ``aspect, firm_id, name, industry, partner_region, value, amount, basis``.
        ``single_local_supplier`` (counted): an industry of which one firm alone sells inside the
        region; `amount` is what it sells there, `value` its share of all that the region buys of
        this industry. ``partner_concentration`` (counted): the firms with the highest
        out-of-region sales (`amount`); `value` is the sum of the squared shares of their customers
        (Herfindahl–Hirschman index), those that the firm table lacks as one for each region.
        ``source_of_purchases`` (counted): regions, or abroad, from which the region buys
        (`amount`); `value` is the share of all its purchases. ``loss_of_a_firm`` (modelled):
        turnover of the region lost with a firm that nothing replaces, and its share of the output.
        Of an analysis of estimated amounts all are modelled.

    Raises
    ------
    OptionError
        No such region, or n below 1.

    References
    ----------
    O. C. Herfindahl, Concentration in the Steel Industry, 1950. On extraction: `Ripple.loss`.
    """
    code = ripple.directory.find_home(of_region)
    parts = [
        _single_suppliers(leaks, code),
        _partner_concentration(ripple, code, n),
        _sources(leaks, code),
        _losses(ripple, code, n),
    ]
    order = ["aspect", "firm_id", "name", "industry", "partner_region", "value", "amount", "basis"]
    rows = [
        part.head(n)
        .assign(aspect=aspect, basis="modelled" if part is parts[3] else leaks.label)
        .reindex(columns=order)
        for aspect, part in zip(ASPECTS, parts, strict=True)
    ]
    frame = pd.concat([row for row in rows if len(row)] or rows[3:], ignore_index=True)
    return ripple.labelled(frame)


def _single_suppliers(leaks: LeakMap, code: str) -> pd.DataFrame:
    """Industries of which one firm of the region sells there, the largest purchases first."""
    flows = leaks.flows
    here = flows.positive & flows.inside & (flows.seller >= 0)
    here &= flows.seller_region == flows.codes.index(code)
    sold = flows.sales(here)
    sellers = np.flatnonzero(sold)
    industry = leaks.industry[sellers]
    known = industry < len(leaks.industries) - 1
    count = np.bincount(industry[known], minlength=len(leaks.industries))
    single = sellers[known][count[industry[known]] == 1]
    names = np.array(leaks.industries)[leaks.industry[single]]
    bought = leaks.frame[leaks.frame["region"] == code].set_index("industry")
    used = (bought["in_region_sales"] + bought["out_of_region_purchases"]).reindex(names)
    frame = flows.firms.iloc[single].assign(
        industry=names, amount=sold[single], value=sold[single] / used.to_numpy()
    )
    largest: pd.DataFrame = frame.sort_values("amount", ascending=False, kind="stable")
    return largest


def _partner_concentration(ripple: Ripple, code: str, n: int) -> pd.DataFrame:
    """The connectors of the region, and how much their sales rest on few customers."""
    flows = ripple.flows
    frame = ripple.frame[ripple.frame["region"] == code]
    frame = frame[frame["out_of_region_sales"] > 0].nlargest(n, "out_of_region_sales")
    chosen = np.full(len(flows), -1)
    chosen[frame.index] = np.arange(len(frame))
    links = flows.positive & (flows.seller >= 0)
    links[links] = chosen[flows.seller[links]] >= 0
    amount = flows.amount[links].astype(np.float64)
    seller = chosen[flows.seller[links]]
    total = np.bincount(seller, amount, len(frame))
    squares = np.bincount(seller, amount**2, len(frame))
    value = np.full(len(frame), np.nan)
    np.divide(squares, total**2, out=value, where=total > 0)
    named: pd.DataFrame = frame[["firm_id", "name"]]
    return named.assign(amount=frame["out_of_region_sales"], value=value)


def _sources(leaks: LeakMap, code: str) -> pd.DataFrame:
    """Where the region buys, the largest source first."""
    bought = leaks.partners[leaks.partners["region"] == code]
    sums = bought.groupby("partner_region")["out_of_region_purchases"].sum()
    sums = sums[sums > 0].sort_values(ascending=False, kind="stable")
    inside = leaks.frame.loc[leaks.frame["region"] == code, "in_region_sales"].sum()
    total = max(int(sums.sum() + inside), 1)
    return pd.DataFrame(
        {"partner_region": sums.index, "amount": sums.to_numpy(), "value": sums.to_numpy() / total}
    )


def _losses(ripple: Ripple, code: str, n: int) -> pd.DataFrame:
    """The firms of the region whose loss costs most."""
    lost = ripple.losses(of_region=code, n=n)
    named: pd.DataFrame = lost.rename(columns={"lost_turnover": "amount", "share": "value"})
    return named
