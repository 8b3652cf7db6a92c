"""Where money leaves a region, what could be bought there instead, and who could talk to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from connhub.arguments import checked
from connhub.errors import Fault, OptionError, check_choice
from connhub.industries import UNKNOWN_INDUSTRY, divisions, industry_groups
from connhub.intake.firm_table import FirmTable
from connhub.measures.degrees import Degrees
from connhub.measures.firm_flows import FirmFlows, Index, firm_flows
from connhub.measures.local_matches import local_matches
from connhub.measures.local_processing import FIRST_STEP, steps_to_processors
from connhub.measures.pictured import Pictured
from connhub.measures.result_table import Result
from connhub.measures.saved_tables import Saved, SavedTables
from connhub.measures.trade import Trade

__all__ = ["LeakMap", "leak_map"]

Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SOURCES = ("A", "B")
"""Divisions of farms, forestry and fisheries."""
PROCESSORS = ("E",)
"""Division of manufacturing."""


@dataclass(frozen=True, eq=False, repr=False)
class LeakMap(Result, SavedTables, Pictured):
    """What each region buys and sells outside, by industry of the seller.

    `save` writes ``leaks`` and ``leak_partners``.

    Parameters
    ----------
    data : DataFrame
        A row a region and industry: ``region, industry, in_region_sales, out_of_region_sales,
        out_of_region_purchases`` (of goods of the industry, by buyers of the region),
        ``cross_hauling`` (the smaller of the last two: the most that could be local with firms of
        the same kind) and ``self_sufficiency`` (in-region sales / those and the purchases from
        outside). Counted; sales and purchases add up to the flows of the analysis.
    ledger : Ledger
    directory : RegionDirectory
    flows : FirmFlows
    industries : tuple of str
        Beginnings of the codes, and last ``"unknown"``.
    industry : ndarray of int64, shape (n,)
        Of each firm, as an index of `industries`.
    division : Array of large_string, shape (n,)
        JSIC division of each firm; null where its code is none.
    """

    flows: FirmFlows
    industries: tuple[str, ...]
    industry: Int
    division: pa.Array
    TABLE = "leaks"
    PICTURE = "leak_map"

    def _saved(self) -> Saved:
        tables = {"leaks": self.frame, "leak_partners": self.partners}
        return Saved("leaks.json", tables, self.ledger)

    @cached_property
    def partners(self) -> pd.DataFrame:
        """What each region buys outside, by industry and by region of the seller.

        ``region, industry, partner_region, out_of_region_purchases``; the largest first.
        """
        flows = self.flows
        pairs = flows.crossing & (flows.buyer_region < flows.overseas)
        frame = self._sums(pairs, flows.buyer_region, flows.seller_region)
        frame.columns = pd.Index(["region", "industry", "partner_region", "amount"])
        frame = frame.rename(columns={"amount": "out_of_region_purchases"})
        frame = frame.sort_values(
            ["region", "out_of_region_purchases"], ascending=[True, False], kind="stable"
        ).reset_index(drop=True)
        return self.labelled(frame)

    def _sums(self, pairs: Mask, *regions: Index) -> pd.DataFrame:
        """Money of some pairs by region, industry of the seller, and perhaps partner region."""
        flows, seller = self.flows, self.flows.seller[pairs]
        industry = np.where(seller >= 0, self.industry[seller], len(self.industries) - 1)
        home, *partner = (region[pairs] for region in regions)
        shape = (len(flows.codes), len(self.industries), *(len(flows.codes) for _ in partner))
        key = np.ravel_multi_index((home, industry, *partner), shape)
        kinds = pa.array(key).dictionary_encode()
        sums = np.zeros(len(kinds.dictionary), dtype=np.int64)
        np.add.at(sums, kinds.indices.to_numpy(), flows.amount[pairs])
        keys = kinds.dictionary.to_numpy()
        order = np.argsort(keys)
        keys, sums = keys[order], sums[order]
        codes, names = np.array(flows.codes), np.array(self.industries)
        first, second, *third = np.unravel_index(keys, shape)
        columns = {"region": codes[first], "industry": names[second]}
        if third:
            columns["partner"] = codes[third[0]]
        return pd.DataFrame(columns).astype("str").assign(amount=sums)

    @checked
    def matches(
        self, of_region: str, *, n: int = 20, per_firm: int = 2, industry: str | None = None
    ) -> pd.DataFrame:
        """Pairs of local firms to talk to: one buys outside what the other sells outside.

        The most that a pair could trade is the smaller of what the buyer buys outside of the
        seller's industry and what the seller sells outside. That goods are alike, that prices
        meet, or that anybody wants to change is not claimed: the finer the codes, the likelier.

        Parameters
        ----------
        of_region : str
            Code or name of the region.
        n : int
            How many pairs at most.
        per_firm : int
            How often a firm occurs at most, so that none fills the list.
        industry : str, optional
            Only sellers of this industry, as in `industries`.

        Returns
        -------
        DataFrame
            ``buyer_id, buyer_name, seller_id, seller_name, industry, potential,
            buyer_out_of_region_purchases, seller_out_of_region_sales, trade_today``; the largest
            potential first, then in the order of the firm table.

        Raises
        ------
        OptionError
            No such region or industry, or a number below 1.
        """
        for name, value in (("n", n), ("per_firm", per_firm)):
            if value < 1:
                raise OptionError(Fault("errors.out_of_range", name=name, value=value, least=1))
        known = self.industries[:-1]
        if industry is not None and industry not in known:
            raise OptionError(Fault("ripple.no_such_industry", industry=industry, known=known))
        local = (self.flows.firms["region"] == self.directory.find_home(of_region)).to_numpy(
            dtype=bool
        )
        chosen = range(len(known)) if industry is None else [known.index(industry)]
        frame = local_matches(self.flows, self.industry, chosen, local, n=n, per_firm=per_firm)
        frame["industry"] = [self.industries[k] for k in frame["industry"]]
        return self.labelled(frame, "bounded")

    @checked
    def processing(
        self,
        of_region: str,
        *,
        sources: Sequence[str] = SOURCES,
        processors: Sequence[str] = PROCESSORS,
    ) -> pd.DataFrame:
        """How much of what farms and fisheries sell passes a local processor before it leaves.

        Parameters
        ----------
        of_region : str
            Code or name of the region.
        sources, processors : sequence of str
            Divisions of JSIC: A (farms, forestry) and B (fisheries); E (manufacturing).

        Returns
        -------
        DataFrame
            ``step, share, amount, basis``. Of what the sources sell, counted: what they sell to a
            ``local_processor``, to an ``other_local_firm``, ``outside``, and ``elsewhere`` (to
            parties that the firm table lacks, or of unknown region). Modelled, with every local
            firm taken to pass all that it sells on as it sells on average: what is
            ``processed_before_leaving``, what has ``left_unprocessed``, and what is ``not_traced``.

        Raises
        ------
        OptionError
            No such region, or no firm of these divisions that sells.
        """
        code = self.directory.find_home(of_region)
        local = (self.flows.firms["region"] == code).to_numpy(dtype=bool)
        division = self.division.to_numpy(zero_copy_only=False)
        source = local & np.isin(division, list(sources))
        processor = local & np.isin(division, list(processors)) & ~source
        steps = steps_to_processors(self.flows, local, source, processor)
        total = sum(steps[name] for name in FIRST_STEP)
        if total <= 0:
            region = self.directory.in_languages(code)
            raise OptionError(Fault("ripple.no_sources", region=region, sources=list(sources)))
        frame = pd.DataFrame({"step": list(steps), "amount": list(steps.values())})
        frame["basis"] = np.where(frame["step"].isin(FIRST_STEP), "counted", "modelled")
        frame.insert(1, "share", frame["amount"] / total)
        return self.labelled(frame, "modelled")


@checked
def leak_map(trade: Trade, degrees: Degrees, firms: FirmTable, *, digits: int = 2) -> LeakMap:
    """What each region buys outside, by industry, beside what it sells outside.

    Of region r and industry k of the seller: X_rk sales to other regions and abroad, M_rk
    purchases from there, and I_rk sales inside the region.

    cross_hauling = max(min(X_rk, M_rk), 0); self_sufficiency = I_rk / (I_rk + M_rk)

    Parameters
    ----------
    trade : Trade
        Of grain ``pairs``.
    degrees : Degrees
        Of the same analysis: n firms.
    firms : FirmTable
        The table of the analysis, with ``industry_code``.
    digits : int
        How many digits of the codes count, 1 to 4.

    Returns
    -------
    LeakMap
        Counted. Sellers without a code, and those that the firm table lacks, are of the industry
        ``"unknown"``.

    Raises
    ------
    OptionError
        Another grain or firm table, no industry codes, or digits out of range.

    References
    ----------
    Cross-hauling as the smaller of exports and imports of a good: R. E. Miller, P. D. Blair,
    Input-Output Analysis, 2nd ed., Cambridge 2009, chapter 8.

    Examples
    --------
    Region 15 buys 20 of industry 28 outside and sells 50 of it outside.

    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.measures.degrees import degrees
    >>> from connhub.measures.trade import trade
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(pa.table({
    ...     "firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"],
    ...     "industry_code": ["2814", "0911", "2899"]}))
    >>> sales = pa.table({"seller_id": ["a", "c", "a"], "buyer_id": ["c", "b", "b"],
    ...                   "amount": [50, 20, 5]})
    >>> totals = total(sales, firms, grain="pairs")
    >>> leaks = leak_map(trade(totals, firms), degrees(totals, firms), firms)
    >>> leaks.frame[leaks.frame["region"] == "15"].iloc[0].to_dict()
    ... # doctest: +NORMALIZE_WHITESPACE
    {'region': '15', 'industry': '28', 'in_region_sales': 5, 'out_of_region_sales': 50,
     'out_of_region_purchases': 20, 'cross_hauling': 20, 'self_sufficiency': 0.2}
    >>> leaks.matches("15")[["buyer_id", "seller_id", "potential", "trade_today"]]
      buyer_id seller_id  potential  trade_today
    0        b         a         20            5
    """
    check_choice("digits", digits, (1, 2, 3, 4))
    if "industry_code" not in firms.table.column_names:
        raise OptionError(Fault("ripple.no_industry_codes"))
    flows = firm_flows(trade, degrees, firms)
    code = pa.array(flows.firms["industry_code"], pa.large_string())
    names, position = industry_groups(code, digits)
    industries = (*names, UNKNOWN_INDUSTRY)
    leaks = LeakMap(
        pd.DataFrame(),
        degrees.ledger,
        degrees.directory,
        flows,
        industries,
        position,
        divisions(code),
    )
    return replace(leaks, data=_by_industry(leaks))


def _by_industry(leaks: LeakMap) -> pd.DataFrame:
    """The frame of a leak map."""
    flows = leaks.flows
    from_region = flows.seller_region < flows.overseas
    into_region = flows.buyer_region < flows.overseas
    parts = {
        "in_region_sales": leaks._sums(flows.inside, flows.seller_region),
        "out_of_region_sales": leaks._sums(flows.crossing & from_region, flows.seller_region),
        "out_of_region_purchases": leaks._sums(flows.crossing & into_region, flows.buyer_region),
    }
    keyed = [
        part.set_index(["region", "industry"])["amount"].rename(name)
        for name, part in parts.items()
    ]
    frame = pd.concat(keyed, axis=1).astype("Int64").fillna(0).astype("int64").sort_index()
    bought = frame["out_of_region_purchases"]
    both = frame[["out_of_region_sales", "out_of_region_purchases"]]
    frame["cross_hauling"] = both.min(axis=1).clip(lower=0)
    used = frame["in_region_sales"] + bought
    frame["self_sufficiency"] = frame["in_region_sales"] / used.where(used > 0)
    return frame.reset_index()
