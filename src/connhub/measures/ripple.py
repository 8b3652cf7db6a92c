"""Ripple: what becomes of a yen that a firm of the region sells, tier after tier of its suppliers.

Modelled: each firm is taken to spend every yen that it sells as it spends its output on average.
What no row tells is not a leak, so what leaks is at least, and what is kept at most, as stated.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.arguments import checked
from connhub.errors import Fault, OptionError, check_choice
from connhub.intake.firm_table import FirmTable
from connhub.measures.circulation import Circulation
from connhub.measures.degrees import Degrees
from connhub.measures.firm_flows import FirmFlows, firm_flows
from connhub.measures.result_table import whole_money
from connhub.measures.ripple_result import Ripple
from connhub.measures.trade import Trade
from connhub.text.catalogue import Message

__all__ = ["ripple"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
_Feedback = Literal["none", "national"]

_NOTED_RAISED = 0.1
_HIGH_MULTIPLIER = 10


@checked
def ripple(
    trade: Trade,
    degrees: Degrees,
    firms: FirmTable | None = None,
    *,
    of_region: str | None = None,
    net_sales: Int | None = None,
    feedback: _Feedback = "none",
) -> Ripple:
    """What becomes of the money that each firm brings into its region.

    Of firms i and j of one region, with Z_ij the sales of i to j, s and p all sales and purchases
    of a firm in the table, and m_j those of its purchases that come from outside the region:

    x_j = max(reported net sales, s_j, p_j), the output

    a_ij = Z_ij / x_j, A = (a_ij), L = (I - A)⁻¹, v_j = 1 - sum over i of a_ij - m_j / x_j

    multiplier μ_f = sum over i of L_if: turnover in the region traced to one yen that f sells

    kept_or_unobserved = v'L, leaked_at_least = (m / x)'L; the two add up to 1

    lm3 = 1 + 1'A e_f + 1'A² e_f

    attributed_turnover = μ_f S_f, with S_f the out-of-region sales

    Parameters
    ----------
    trade : Trade
        Of grain ``pairs``. A pair that returns have netted to zero or less is no link.
    degrees : Degrees
        Of the same analysis: n firms.
    firms : FirmTable, optional
        The table of the analysis, for municipalities and industries.
    of_region : str, optional
        Code or name of the region whose firms the frame holds; by default all.
    net_sales : ndarray of int64, shape (n,), optional
        What firms report, in the unit of the result; 0 where unknown.
    feedback : {"none", "national"}
        Whether money that leaves the region and comes back is followed too; it gives the further
        column ``national_multiplier``, at one solution a region.

    Returns
    -------
    Ripple
        Modelled.

    Raises
    ------
    OptionError

    References
    ----------
    R. E. Miller, P. D. Blair, Input-Output Analysis, 2nd ed., Cambridge 2009. J. Sacks, The Money
    Trail, New Economics Foundation 2002 (LM3; here of suppliers only, since wages are not known).

    Examples
    --------
    b exports 100, buys 40 from a of its region and 20 from outside.

    >>> import pyarrow as pa
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.measures.degrees import degrees
    >>> from connhub.measures.trade import trade
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(
    ...     pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"]}))
    >>> sales = pa.table({"seller_id": ["b", "a", "c"], "buyer_id": ["c", "b", "b"],
    ...                   "amount": [100, 40, 20]})
    >>> totals = total(sales, firms, grain="pairs")
    >>> result = ripple(trade(totals, firms), degrees(totals, firms))
    >>> result.frame[["firm_id", "multiplier", "kept_or_unobserved", "leaked_at_least"]]
      firm_id  multiplier  kept_or_unobserved  leaked_at_least
    0       a         1.0                 1.0              0.0
    1       b         1.4                 0.8              0.2
    2       c         1.0                 0.0              1.0
    """
    check_choice("feedback", feedback, get_args(_Feedback))
    code = None if of_region is None else degrees.directory.find_home(of_region)
    flows = firm_flows(trade, degrees, firms)
    nation, national_output = flows, _output(flows, net_sales)[0]
    exports = degrees.frame["out_of_region_sales"].to_numpy(dtype=np.int64)
    if code is not None:
        local = flows.region == flows.codes.index(code)
        flows, exports = flows.of_region(code), exports[local]
        net_sales = None if net_sales is None else net_sales[local]
    output, source = _output(flows, net_sales)
    links = flows.positive
    inside = Circulation(
        flows.matrix(links & flows.inside), flows.purchases(links & flows.crossing), output
    )
    multiplier = inside.multipliers()
    passed_on = inside.shares.sum(axis=0)
    attributed = multiplier * exports.clip(min=0)
    region_output = np.zeros(len(flows.codes), dtype=np.int64)
    np.add.at(region_output, flows.region, output)
    frame = flows.firms[["firm_id", "name", "region"]].assign(
        output=output,
        output_source=source,
        in_region_spend_share=passed_on,
        multiplier=multiplier,
        lm3=1 + passed_on + inside.shares.T @ passed_on,
        kept_or_unobserved=inside.multipliers(inside.kept),
        leaked_at_least=inside.multipliers(inside.leaked),
        out_of_region_sales=exports,
        attributed_turnover=whole_money(attributed),
        share_of_region=attributed / np.maximum(region_output[flows.region], 1),
    )
    if feedback == "national":
        regions = np.unique(flows.region)
        frame["national_multiplier"] = _national(nation, national_output, regions)
    result = Ripple(
        frame,
        degrees.ledger,
        degrees.directory,
        _by_region(frame, degrees),
        flows,
        inside,
        exports.clip(min=0),
        tuple(_notes(frame, flows, degrees)),
        code,
    )
    result.labelled(result.regions)
    return result


def _output(flows: FirmFlows, net_sales: Int | None) -> tuple[Int, Any]:
    """Output of each firm, and whether it is what the firm reports, or what was counted."""
    sales, purchases = flows.sales(flows.positive), flows.purchases(flows.positive)
    reported = np.zeros_like(sales) if net_sales is None else net_sales.clip(min=0)
    if reported.shape != sales.shape:
        raise OptionError(Fault("ripple.shapes_differ"))
    counted = np.maximum(sales, purchases)
    output = np.maximum(reported, counted)
    source = np.where(sales >= purchases, "counted", "raised").astype(object)
    source[(reported >= counted) & (reported > 0)] = "reported"
    return output, pd.array(source, dtype="str")


def _national(flows: FirmFlows, output: Int, regions: Int) -> Float:
    """Turnover in their own region traced to one yen of firms' sales, by way of others too."""
    links = flows.positive
    abroad = flows.seller_region == flows.overseas
    nation = Circulation(flows.matrix(links), flows.purchases(links & abroad), output)
    result = np.full(len(flows), np.nan)
    for region in regions:
        own = flows.region == region
        result[own] = nation.multipliers(own.astype(np.float64))[own]
    return result[np.isin(flows.region, regions)]


def _by_region(frame: pd.DataFrame, degrees: Degrees) -> pd.DataFrame:
    """What becomes of one yen of the exports of each region; see `Ripple.regions`."""
    shares = ["multiplier", "kept_or_unobserved", "leaked_at_least"]
    frame = frame[frame["multiplier"].notna()]
    exports = frame["out_of_region_sales"].clip(lower=0)
    raised = frame["output"].where(frame["output_source"] == "raised", 0)
    whole = {"output": frame["output"], "raised_share": raised, "out_of_region_sales": exports}
    parts = frame[shares].mul(exports, axis=0).assign(region=frame["region"], **whole)
    sums = parts.groupby("region", sort=True).sum().reset_index()
    sums["raised_share"] /= sums["output"].where(sums["output"] > 0)
    sold = sums["out_of_region_sales"]
    sums[shares] = sums[shares].div(sold.where(sold > 0), axis=0)
    sums["region_name"] = [degrees.directory.label(code) for code in sums["region"]]
    order = ["region", "region_name", "output", "raised_share", "out_of_region_sales", *shares]
    return sums[order]


def _notes(frame: pd.DataFrame, flows: FirmFlows, degrees: Degrees) -> list[Message]:
    """What one should know, the most important first."""
    notes = [Message("ripple.of_estimates")] if degrees.label == "modelled" else []
    raised = frame["output"].where(frame["output_source"] == "raised", 0)
    by_region = pd.DataFrame({"all": frame["output"], "raised": raised}).groupby(frame["region"])
    sums = by_region.sum()
    shares = sums["raised"] / sums["all"]
    if (many := shares[shares > _NOTED_RAISED]).size:
        notes.append(
            Message(
                "ripple.output_raised",
                regions=[degrees.directory.in_languages(code) for code in many.index],
                share=f"{many.max():.0%}",
            )
        )
    if ids := frame["firm_id"][frame["multiplier"].isna()].astype("str").tolist():
        notes.append(Message("ripple.endless_firms", count=len(ids), firms=ids))
    high = frame["firm_id"][frame["multiplier"] > _HIGH_MULTIPLIER].astype("str").tolist()
    if high:
        notes.append(Message("ripple.high_multipliers", count=len(high), firms=high))
    if (netted := flows.amount[~flows.positive]).size:
        amount = int(netted.sum())
        notes.append(
            Message("ripple.pairs_left_out", pairs=netted.size, amount=amount, unit=degrees.unit)
        )
    return notes
