"""Ripple: what becomes of a yen that a firm of the region sells, tier after tier of its suppliers.

Modelled: each firm is taken to spend every yen that it sells as it spends its output on average.
What no row tells is not a leak, so what leaks is at least, and what is kept at most, as stated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.errors import Fault, OptionError, check_choice
from connhub.measures.circulation import Circulation
from connhub.measures.degrees import Degrees
from connhub.measures.firm_flows import FirmFlows, firm_flows
from connhub.measures.result_table import Result, ids_as_in
from connhub.measures.trade import Trade
from connhub.text.catalogue import Message

__all__ = ["Feedback", "Ripple", "ripple"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Feedback = Literal["none", "national"]

TIERS = 3
"""Of the headline figures."""
_NOTED_RAISED = 0.1
_HIGH_MULTIPLIER = 10


@dataclass(frozen=True, eq=False, repr=False)
class Ripple(Result):
    """What becomes of the money that firms bring into their regions.

    Parameters
    ----------
    frame : DataFrame
        A row a firm, in the order of the degrees: ``firm_id, name, region, output, output_source,
        in_region_spend_share, multiplier, lm3, kept_or_unobserved, leaked_at_least,
        out_of_region_sales, attributed_turnover, share_of_region``, and ``national_multiplier``
        where feedback was asked for. Limits are null for firms whose money reaches a closed
        circle of firms that neither keep nor leak any.
    ledger : Ledger
    directory : RegionDirectory
    flows : FirmFlows
        The links that all is computed from.
    circulation : Circulation
        Who passes on how much, inside each region.
    notes : tuple of Message
        What one should know before reading it.
    """

    flows: FirmFlows
    circulation: Circulation
    notes: tuple[Message, ...]
    TABLE = "ripple"

    @cached_property
    def regions(self) -> pd.DataFrame:
        """What becomes of one yen of the out-of-region sales of each region's firms together.

        ``region, region_name, output, raised_share`` (of the output), ``out_of_region_sales,
        multiplier, kept_or_unobserved, leaked_at_least``; firms without limits are left out.
        """
        shares = ["multiplier", "kept_or_unobserved", "leaked_at_least"]
        frame = self.frame[self.frame["multiplier"].notna()]
        exports = frame["out_of_region_sales"].clip(lower=0)
        raised = frame["output"].where(frame["output_source"] == "raised", 0)
        parts = (
            frame[shares]
            .mul(exports, axis=0)
            .assign(
                region=frame["region"],
                output=frame["output"],
                raised_share=raised,
                out_of_region_sales=exports,
            )
        )
        sums = parts.groupby("region", sort=True).sum().reset_index()
        sums["raised_share"] /= sums["output"].where(sums["output"] > 0)
        sums[shares] = sums[shares].div(
            sums["out_of_region_sales"].where(sums["out_of_region_sales"] > 0), axis=0
        )
        sums["region_name"] = [self.directory.label(code) for code in sums["region"]]
        order = ["region", "region_name", "output", "raised_share", "out_of_region_sales", *shares]
        sums = sums[order]
        sums.attrs["unit"] = self.unit
        return sums

    def tiers(
        self, firm: object = None, *, of_region: str | None = None, n: int = 5
    ) -> pd.DataFrame:
        """Follow one yen of sales over the tiers of suppliers inside the region.

        Parameters
        ----------
        firm : str or int, optional
            Id of the firm that sells; else `of_region`.
        of_region : str, optional
            Code or name of a region, whose firms sell the yen in proportion to their
            out-of-region sales.
        n : int
            The last tier; tier 0 is the firm itself.

        Returns
        -------
        DataFrame
            ``tier, firms`` (that receive some), ``received``, and up to this tier
            ``kept_or_unobserved, leaked``; ``still_circulating`` is what the next tier receives.
            The last three add up to 1 in each row.

        Raises
        ------
        OptionError
            No such firm or region, or a region without out-of-region sales.
        """
        received = self._start(firm, of_region)
        shares, rows = self.circulation.shares, []
        kept = leaked = 0.0
        for tier in range(n + 1):
            kept += float(self.circulation.kept @ received)
            leaked += float(self.circulation.leaked @ received)
            passed = shares @ received
            rows.append(
                {
                    "tier": tier,
                    "firms": int(np.count_nonzero(received)),
                    "received": float(received.sum()),
                    "kept_or_unobserved": kept,
                    "leaked": leaked,
                    "still_circulating": float(passed.sum()),
                }
            )
            received = passed
        return pd.DataFrame(rows)

    def where(self, firm: object = None, *, of_region: str | None = None) -> pd.DataFrame:
        """Where a yen of sales lands in the end: the firms that it passes.

        Parameters
        ----------
        firm, of_region
            As for `tiers`.

        Returns
        -------
        DataFrame
            The columns ``firm_id, name, region``, and of one yen ``turnover`` (traced to it, 1 or
            more in all), ``kept_or_unobserved`` and ``leaked`` (1 together over all rows); firms
            that it does not reach are left out. The highest turnover first.

        Raises
        ------
        OptionError
            Also for a firm whose money goes round for ever.
        """
        start = self._start(firm, of_region)
        self._refuse_endless(np.flatnonzero(start))
        turnover = self.circulation.turnover(start)
        frame = self.flows.firms.assign(
            turnover=turnover,
            kept_or_unobserved=turnover * self.circulation.kept,
            leaked=turnover * self.circulation.leaked,
        )
        return _largest(frame, "turnover")

    def depends_on(self, firm: object) -> pd.DataFrame:
        """From whom a firm's turnover comes in the end: a decomposition that adds up to 1.

        d_if = L_if y_f / x_i, with y_f what f sells to others than firms of its region.

        Parameters
        ----------
        firm : str or int
            Id of firm i.

        Returns
        -------
        DataFrame
            ``firm_id, name, region, share`` (of the turnover of the firm, traced to what f sells
            outside the circle of the region's firms) and ``direct`` (of the turnover, sold to f).

        Raises
        ------
        OptionError
            No such firm, or one without turnover.
        """
        i = self._position(firm)
        self._refuse_endless(np.array([i]))
        unit = np.zeros(len(self.flows))
        unit[i] = 1
        row = self.circulation.multipliers(unit)
        output = max(int(self.circulation.output[i]), 1)
        direct = np.zeros(len(self.flows))
        sold = self.circulation.amount[[i]]
        direct[sold.indices] = sold.data / output
        frame = self.flows.firms.assign(
            share=np.nan_to_num(row) * self._final_sales / output, direct=direct
        )
        return _largest(frame, "share")

    def dependents(self, firm: object) -> pd.DataFrame:
        """Whose turnover is traced to the money that enters at a firm.

        Parameters
        ----------
        firm : str or int
            Id of firm f.

        Returns
        -------
        DataFrame
            ``firm_id, name, region``; ``share`` of the turnover of firm i traced to all that f
            sells outside the circle of the region's firms, L_if y_f / x_i; ``export_share`` traced
            to its out-of-region sales, L_if S_f / x_i; and ``direct`` (sold to f).

        Raises
        ------
        OptionError
        """
        f = self._position(firm)
        self._refuse_endless(np.array([f]))
        unit = np.zeros(len(self.flows))
        unit[f] = 1
        column = np.nan_to_num(self.circulation.turnover(unit))
        output = np.maximum(self.circulation.output, 1)
        exports = max(int(self.frame["out_of_region_sales"].iloc[f]), 0)
        bought = self.circulation.amount[:, [f]].toarray().ravel()
        frame = self.flows.firms.assign(
            share=column * self._final_sales[f] / output,
            export_share=column * exports / output,
            direct=bought / output,
        )
        return _largest(frame, "share")

    def loss(self, firm: object) -> pd.DataFrame:
        """Turnover that is lost where a firm vanishes and nothing replaces it.

        Hypothetical extraction: Δx_i = L_if x_f / L_ff. It says what depends on the firm as things
        are; that others would take its place is left out.

        Parameters
        ----------
        firm : str or int
            Id of firm f.

        Returns
        -------
        DataFrame
            ``firm_id, name, region, lost_turnover`` (whole units) and ``share`` of the turnover of
            the firm, the largest first; the first is f itself, of which all is lost.

        Raises
        ------
        OptionError
        """
        f = self._position(firm)
        self._refuse_endless(np.array([f]))
        unit = np.zeros(len(self.flows))
        unit[f] = 1
        column = np.nan_to_num(self.circulation.turnover(unit))
        lost = column * (self.circulation.output[f] / column[f])
        frame = self.flows.firms.assign(
            lost_turnover=np.rint(lost).astype(np.int64),
            share=lost / np.maximum(self.circulation.output, 1),
        )
        frame.attrs["unit"] = self.unit
        return _largest(frame, "share", then="lost_turnover")

    def losses(self, firms: Sequence[object] | None = None) -> pd.DataFrame:
        """Turnover of the region that is lost with each of several firms; see `loss`.

        Parameters
        ----------
        firms : sequence of str or int, optional
            Ids; all firms by default.

        Returns
        -------
        DataFrame
            ``firm_id, name, region, lost_turnover`` (of all firms of the region, the firm
            included) and ``share`` of the output of the region; the largest first.
        """
        chosen = (
            np.arange(len(self.flows))
            if firms is None
            else np.array([self._position(firm) for firm in firms], dtype=np.int64)
        )
        own = self.circulation.own_return(chosen)
        multiplier = self.frame["multiplier"].to_numpy()[chosen]
        lost = multiplier * self.circulation.output[chosen] / own
        region = self.flows.region[chosen]
        frame = self.flows.firms.iloc[chosen].assign(
            lost_turnover=_whole(lost), share=lost / np.maximum(self._region_output[region], 1)
        )
        frame.attrs["unit"] = self.unit
        return _largest(frame, "lost_turnover")

    @cached_property
    def _final_sales(self) -> Int:
        """What each firm sells to others than firms of its region: y = x - Z 1."""
        inside = np.asarray(self.circulation.amount.sum(axis=1)).ravel()
        final: Int = self.circulation.output - inside
        return final

    @cached_property
    def _region_output(self) -> Int:
        sums = np.zeros(len(self.flows.codes), dtype=np.int64)
        np.add.at(sums, self.flows.region, self.circulation.output)
        return sums

    def _position(self, firm: object) -> int:
        ids = self.flows.firms["firm_id"]
        found = np.flatnonzero(ids.isin(ids_as_in(ids, [firm])))
        if found.size != 1:
            raise OptionError(Fault("ripple.no_such_firm", firm=str(firm)))
        return int(found[0])

    def _start(self, firm: object, of_region: str | None) -> Float:
        """One yen, at the firm or over the firms of the region by their out-of-region sales."""
        start = np.zeros(len(self.flows))
        if (firm is None) == (of_region is None):
            raise OptionError(Fault("ripple.firm_or_region"))
        if of_region is None:
            start[self._position(firm)] = 1
            return start
        code = self.directory.find(of_region)
        exports = self.frame["out_of_region_sales"].clip(lower=0).to_numpy(dtype=np.float64)
        start = np.where(self.frame["region"] == code, exports, 0)
        if not start.any():
            region = self.directory.label(code)
            raise OptionError(Fault("ripple.no_out_of_region_sales", region=region))
        shares: Float = start / start.sum()
        return shares

    def _refuse_endless(self, firms: Int) -> None:
        if (endless := firms[self.circulation.endless[firms]]).size:
            examples = self.flows.firms["firm_id"].iloc[endless].astype("str").tolist()
            raise OptionError(Fault("ripple.goes_round_for_ever", firms=examples))


def _largest(frame: pd.DataFrame, by: str, then: str | None = None) -> pd.DataFrame:
    """The rows above 0, the largest first, in the order of the firm table among equals."""
    keys = [by] if then is None else [by, then]
    kept = frame[frame[by] > 0]
    return kept.sort_values(keys, ascending=False, kind="stable").reset_index(drop=True)


def _whole(money: Float) -> Any:
    """Modelled money in whole units; null where undefined."""
    return pd.array(np.rint(money), dtype="Int64")


def ripple(
    trade: Trade,
    degrees: Degrees,
    *,
    net_sales: pd.Series | None = None,
    feedback: Feedback = "none",
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
    net_sales : Series of int64, shape (n,), optional
        What firms report, by firm id, in the unit of the result; null or absent where unknown.
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
    check_choice("feedback", feedback, get_args(Feedback))
    flows = firm_flows(trade, degrees)
    output, source = _output(flows, net_sales)
    links = flows.positive
    inside = Circulation(
        flows.matrix(links & flows.inside), flows.purchases(links & flows.crossing), output
    )
    multiplier = inside.multipliers()
    passed_on = inside.shares.sum(axis=0)
    exports = degrees.frame["out_of_region_sales"]
    attributed = multiplier * exports.clip(lower=0).to_numpy()
    region_output = np.zeros(len(flows.codes), dtype=np.int64)
    np.add.at(region_output, flows.region, output)
    frame = flows.firms.assign(
        output=output,
        output_source=source,
        in_region_spend_share=passed_on,
        multiplier=multiplier,
        lm3=1 + passed_on + inside.shares.T @ passed_on,
        kept_or_unobserved=inside.multipliers(inside.kept),
        leaked_at_least=inside.multipliers(inside.leaked),
        out_of_region_sales=exports,
        attributed_turnover=_whole(attributed),
        share_of_region=attributed / np.maximum(region_output[flows.region], 1),
    )
    if feedback == "national":
        frame["national_multiplier"] = _national(flows, output)
    notes = tuple(_notes(frame, flows, inside, degrees))
    return Ripple(frame, degrees.ledger, degrees.directory, flows, inside, notes)


def _output(flows: FirmFlows, net_sales: pd.Series | None) -> tuple[Int, Any]:
    """Output of each firm, and whether it is what the firm reports, or what was counted."""
    sales, purchases = flows.sales(flows.positive), flows.purchases(flows.positive)
    reported: Any = np.zeros(len(flows), dtype=np.int64)
    if net_sales is not None:
        ids = flows.firms["firm_id"]
        given = net_sales.set_axis(net_sales.index.astype("str")).reindex(ids.astype("str"))
        reported = given.fillna(0).astype("int64").clip(lower=0).to_numpy()
    counted = np.maximum(sales, purchases)
    output = np.maximum(reported, counted)
    source = np.where(reported >= counted, "reported", "raised")
    source[(reported == 0) & (sales >= purchases)] = "counted"
    return output, pd.array(source, dtype="str")


def _national(flows: FirmFlows, output: Int) -> Float:
    """Turnover in the firm's own region traced to one yen of its sales, by way of others too."""
    links = flows.positive
    abroad = flows.seller_region == flows.overseas
    nation = Circulation(flows.matrix(links), flows.purchases(links & abroad), output)
    result = np.full(len(flows), np.nan)
    for region in np.unique(flows.region):
        own = flows.region == region
        result[own] = nation.multipliers(own.astype(np.float64))[own]
    return result


def _notes(
    frame: pd.DataFrame, flows: FirmFlows, inside: Circulation, degrees: Degrees
) -> list[Message]:
    """What one should know, the most important first."""
    notes = []
    raised = frame["output"].where(frame["output_source"] == "raised", 0)
    by_region = pd.DataFrame({"all": frame["output"], "raised": raised}).groupby(frame["region"])
    sums = by_region.sum()
    shares = sums["raised"] / sums["all"].where(sums["all"] > 0)
    if (many := shares[shares > _NOTED_RAISED]).size:
        notes.append(
            Message(
                "ripple.output_raised",
                regions=[degrees.directory.label(code) for code in many.index],
                share=f"{many.max():.0%}",
            )
        )
    if inside.endless.any():
        ids = frame["firm_id"][inside.endless].astype("str").tolist()
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
