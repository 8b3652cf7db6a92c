"""What is asked of a ripple: tiers, where money lands, who depends on whom, what a loss costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from connhub.arguments import Id, checked
from connhub.errors import Fault, OptionError, check_choice
from connhub.measures.pictured import Pictured
from connhub.measures.result_table import whole_money
from connhub.measures.ripple_flows import RippleFlows
from connhub.measures.saved_tables import Saved, SavedTables
from connhub.measures.systemic_risk import risk_of_region
from connhub.regions.municipalities import municipality_labels
from connhub.regions.scheme import UNKNOWN

__all__ = ["By", "Ripple"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
By = Literal["firm", "municipality", "industry"]

_FIRM = ["firm_id", "name", "region"]


@dataclass(frozen=True, eq=False, repr=False)
class Ripple(RippleFlows, SavedTables, Pictured):
    """What becomes of the money that firms bring into their regions.

    `save` writes ``ripple``, ``ripple_regions`` and the 100 largest ``losses``.

    Parameters
    ----------
    data : DataFrame
        A row a firm of the region, or of all, in the order of the degrees: ``firm_id, name, region,
        output, output_source, in_region_spend_share, multiplier, lm3, kept_or_unobserved,
        leaked_at_least, out_of_region_sales, attributed_turnover, share_of_region``, and
        ``national_multiplier`` where feedback was asked for. Limits are null for firms whose money
        reaches a closed circle of firms that neither keep nor leak any.
    ledger : Ledger
    directory : RegionDirectory
    regions : DataFrame
        What becomes of one yen of the out-of-region sales of each region's firms together:
        ``region, region_name, output, raised_share`` (of the output), ``out_of_region_sales,
        multiplier, kept_or_unobserved, leaked_at_least``; firms without limits are left out.
    flows : FirmFlows
        The links that all is computed from.
    circulation : Circulation
        Who passes on how much, inside each region.
    exports : ndarray of int64, shape (n,)
        Out-of-region sales of each firm, 0 where returns exceed them.
    notes : tuple of Message
        What one should know before reading it.
    of_region : str or None
        Code of the region that was asked for, which is then followed where no firm is named.
    """

    TABLE = "ripple"
    PICTURE = "ripple_tiers"
    BASIS = "modelled"

    def _saved(self) -> Saved:
        tables = {
            "ripple": self.frame,
            "ripple_regions": self.regions,
            "losses": self.losses(n=100),
        }
        return Saved("ripple.json", tables, self.ledger)

    @checked
    def tiers(
        self, firm: Id | None = None, *, of_region: str | None = None, n: int = 5
    ) -> pd.DataFrame:
        """Follow one yen of sales over the tiers of suppliers inside the region.

        Parameters
        ----------
        firm : str or int, optional
            Id of the firm that sells the yen.
        of_region : str, optional
            Code or name of a region, whose firms sell it in proportion to their out-of-region
            sales; by default that of the ripple.
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
        rows = []
        kept = leaked = 0.0
        for tier in range(n + 1):
            some = np.flatnonzero(received)
            kept += float(self.circulation.kept[some] @ received[some])
            leaked += float(self.circulation.leaked[some] @ received[some])
            passed = self.circulation.passed_on(received)
            rows.append(
                {
                    "tier": tier,
                    "firms": some.size,
                    "received": float(received.sum()),
                    "kept_or_unobserved": kept,
                    "leaked": leaked,
                    "still_circulating": float(passed.sum()),
                }
            )
            received = passed
        return self.labelled(pd.DataFrame(rows))

    @checked
    def where(
        self, firm: Id | None = None, *, of_region: str | None = None, by: By = "firm"
    ) -> pd.DataFrame:
        """Where a yen of sales lands in the end.

        Parameters
        ----------
        firm, of_region
            As for `tiers`.
        by : {"firm", "municipality", "industry"}
            A row for each firm, or for each municipality or industry (major group) of firms.

        Returns
        -------
        DataFrame
            ``firm_id, name, region``, or ``municipality_code, municipality_name``, or
            ``industry_code``; and of one yen ``turnover`` (traced to it, 1 or more in all),
            ``kept_or_unobserved`` and ``leaked`` (1 together over all rows). What it does not
            reach is left out. The highest turnover first.

        Raises
        ------
        OptionError
            Also for a firm whose money goes round for ever, and where the firm table was not
            given or has no such codes.
        """
        check_choice("by", by, get_args(By))
        start = self._start(firm, of_region)
        self._refuse_endless(np.flatnonzero(start))
        turnover = np.nan_to_num(self.circulation.turnover(start))
        parts = pd.DataFrame(
            {
                "turnover": turnover,
                "kept_or_unobserved": turnover * self.circulation.kept,
                "leaked": turnover * self.circulation.leaked,
            }
        )
        if by == "firm":
            return self.labelled(_largest(self.flows.firms[_FIRM].join(parts), "turnover"))
        sums = parts.groupby(self.flows.groups(by)).sum().reset_index()
        if by == "municipality":
            known = [code for code in sums["municipality_code"] if code != UNKNOWN]
            label_of = dict(zip(known, municipality_labels(known), strict=True))
            sums.insert(1, "municipality_name", sums["municipality_code"].map(label_of))
        return self.labelled(_largest(sums, "turnover"))

    @checked
    def depends_on(self, firm: Id) -> pd.DataFrame:
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
        i, unit = self._one(firm)
        row = self.circulation.multipliers(unit)
        output = max(int(self.circulation.output[i]), 1)
        direct = np.zeros(len(self.flows))
        sold = self.circulation.amount[[i]]
        direct[sold.indices] = sold.data / output
        frame = self.flows.firms[_FIRM].assign(
            share=np.nan_to_num(row) * self.final_sales / output, direct=direct
        )
        return self.labelled(_largest(frame, "share"))

    @checked
    def dependents(self, firm: Id) -> pd.DataFrame:
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
        f, column = self._traced_to(firm)
        output = np.maximum(self.circulation.output, 1)
        bought = self.circulation.amount[:, [f]].toarray().ravel()
        frame = self.flows.firms[_FIRM].assign(
            share=column * self.final_sales[f] / output,
            export_share=column * self.exports[f] / output,
            direct=bought / output,
        )
        return self.labelled(_largest(frame, "share"))

    @checked
    def loss(self, firm: Id) -> pd.DataFrame:
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
        f, column = self._traced_to(firm)
        lost = column * (self.circulation.output[f] / column[f])
        frame = self.flows.firms[_FIRM].assign(
            lost_turnover=np.rint(lost).astype(np.int64),
            share=lost / np.maximum(self.circulation.output, 1),
        )
        return self.labelled(_largest(frame, "share", then="lost_turnover"))

    @checked
    def losses(
        self,
        firms: Sequence[Id] | None = None,
        *,
        of_region: str | None = None,
        n: int = 20,
    ) -> pd.DataFrame:
        """Turnover of the region that is lost with each of several firms; see `loss`.

        Parameters
        ----------
        firms : sequence of str or int, optional
            Ids; by default the n firms with which most is lost.
        of_region : str, optional
            Only firms of this region, by code or name.
        n : int
            How many, where no ids are given; at least 1.

        Returns
        -------
        DataFrame
            ``firm_id, name, region, lost_turnover`` (of all firms of the region, the firm
            included) and ``share`` of the output of the region; the largest first.

        Raises
        ------
        OptionError
        """
        if n < 1:
            raise OptionError(Fault("errors.out_of_range", name="n", value=n, least=1))
        if firms is None:
            among = np.ones(len(self.flows), dtype=bool)
            if of_region is not None:
                among = (self.flows.firms["region"] == self.code_of(of_region)).to_numpy(dtype=bool)
            chosen, lost = self.circulation.costliest(n, among)
        else:
            chosen = self._positions(list(firms))
            lost = self.circulation.lost_with(chosen)
        output = np.zeros(len(self.flows.codes), dtype=np.int64)
        np.add.at(output, self.flows.region, self.circulation.output)
        frame = self.flows.firms[_FIRM].iloc[chosen]
        share = lost / np.maximum(output[self.flows.region[chosen]], 1)
        frame = frame.assign(lost_turnover=whole_money(lost), share=share)
        return self.labelled(_largest(frame, "lost_turnover"))

    @checked
    def systemic_risk(
        self,
        firms: Sequence[Id] | None = None,
        *,
        of_region: str | None = None,
        essential_inputs: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """Share of a region's sales among its firms at risk where one of them fails: ESRI.

        For supply shocks of the short run; see `connhub.measures.systemic_risk`. Not to be added
        to `loss`, which asks another question.

        Parameters
        ----------
        firms : sequence of str or int, optional
            Ids; by default the 100 firms of the highest sales inside the region.
        of_region : str, optional
            Code or name of the region; by default that of the ripple.
        essential_inputs : DataFrame, optional
            ``buyer_industry, seller_industry`` (beginnings of codes; the longer one counts) and
            ``kind``: ``"essential"``, ``"non_essential"`` or ``"negligible"``. What it does not
            list is non-essential. Without it a range is given.

        Returns
        -------
        DataFrame
            ``firm_id, name, region, sales_in_region`` and ``esri``; or ``esri_low`` (all inputs
            non-essential) and ``esri_high`` (all essential). The highest first. Firms without an
            industry code are replaced by nobody.

        Raises
        ------
        OptionError
            No such region or firm, no industry codes, or a table with other columns or kinds.

        References
        ----------
        C. Diem et al., Scientific Reports 12 (2022), 7719.
        """
        code = self.code_of(of_region)
        local = np.flatnonzero((self.flows.firms["region"] == code).to_numpy(dtype=bool))
        risk = risk_of_region(
            self.circulation.amount[local][:, local],
            pa.array(self.flows.attribute("industry_code").iloc[local], pa.large_string()),
            None if firms is None else self._places_among(local, firms, code),
            essential_inputs,
        )
        firms_of_rows = self.flows.firms[_FIRM].iloc[local[risk.pop("position")]]
        frame = firms_of_rows.assign(**risk)
        return self.labelled(_largest(frame, frame.columns[-1]))

    @cached_property
    def final_sales(self) -> Int:
        """What each firm sells to others than firms of its region, y = x - Z 1, shape (n,)."""
        inside = np.asarray(self.circulation.amount.sum(axis=1)).ravel()
        final: Int = self.circulation.output - inside
        return final


def _largest(frame: pd.DataFrame, by: str, then: str | None = None) -> pd.DataFrame:
    """The rows above 0, the largest first, in the order of the firm table among equals."""
    keys = [by] if then is None else [by, then]
    kept = frame[frame[by] > 0]
    return kept.sort_values(keys, ascending=False, kind="stable").reset_index(drop=True)
