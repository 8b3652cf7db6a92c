"""What changed between two years, and what the change is made of. Counted; money is nominal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import checked
from connhub.arrow import positions_in
from connhub.errors import Fault, OptionError, check_choice
from connhub.industries import UNKNOWN_INDUSTRY, industry_groups
from connhub.intake.firm_table import FirmTable
from connhub.measures.comparable import years_of
from connhub.measures.degree_change import (
    growth_rate,
    log_mean_effects,
    log_mean_factors,
    shapley_effects,
)
from connhub.measures.display import display_table
from connhub.measures.matched_firms import STATUSES, MatchedFirms
from connhub.measures.pictured import Pictured
from connhub.measures.rank_change import rank_change
from connhub.measures.region_change import coverage_notes, region_change, year_names
from connhub.measures.result_table import for_people
from connhub.measures.results import Results
from connhub.measures.saved_tables import Saved, SavedTables
from connhub.measures.shift_share import shift_share
from connhub.measures.trade_change import TERMS, InRegionPairs, in_region_pairs, purchase_effects
from connhub.regions.directory import RegionDirectory
from connhub.text.catalogue import Message

__all__ = ["DEGREES", "Change"]

DEGREES: Mapping[str, tuple[str, str, str]] = {
    "connector_degree": ("out_of_region_sales", "sales", "region_out_of_region_sales"),
    "hub_degree": ("in_region_purchases", "purchases", "region_in_region_purchases"),
}
"""Each degree: its amount, all of the firm's that the amount is a part of, and its denominator."""
_SHIFTED = ("sales", "out_of_region_sales", "purchases", "in_region_purchases")


@dataclass(frozen=True, eq=False, repr=False)
class Change(SavedTables, Pictured):
    """What changed between two years; from `compare`.

    Everything is counted, or modelled where amounts of one of the years are estimated. Parts of
    money add up to the whole in integers, parts of degrees within the precision of float64.

    `save` writes ``degree_change``, ``region_change``, ``purchase_change``, ``firm_statuses``, and
    ``transaction_change`` of the grain ``pairs``.

    Parameters
    ----------
    before, after : Results
        Counted alike.
    firms : MatchedFirms
        A row a firm and region.
    table : FirmTable or None
        Of the later year, for industries.
    """

    PICTURE = "change_waterfall"

    before: Results
    after: Results
    firms: MatchedFirms
    table: FirmTable | None = None

    @property
    def unit(self) -> str:
        """Unit of all money."""
        return self.after.unit

    @property
    def directory(self) -> RegionDirectory:
        """The regions, to find and to label."""
        return self.after.directory

    @property
    def label(self) -> str:
        """``"counted"``, or ``"modelled"`` where amounts of one of the years are estimated."""
        labels = (self.before.degrees.label, self.after.degrees.label)
        return "modelled" if "modelled" in labels else "counted"

    @property
    def years(self) -> tuple[str, str]:
        """The years before and after, as texts; empty where a table names none."""
        spans = []
        for result in (self.before, self.after):
            counted = years_of(result)
            ends = dict.fromkeys((counted[0], counted[-1])) if counted else ()
            spans.append("-".join(map(str, ends)))
        return spans[0], spans[1]

    @property
    def has_pairs(self) -> bool:
        """Whether it is known who trades with whom, which `transactions` needs."""
        return self._pairs is not None

    @cached_property
    def notes(self) -> tuple[Message, ...]:
        """What one should know before speaking of growth, of all regions together."""
        return self.notes_of(None)

    @checked
    def notes_of(self, of_region: str | None) -> tuple[Message, ...]:
        """What one should know before speaking of growth in a region, or in all together.

        Parameters
        ----------
        of_region : str or None
            Code or name.

        Returns
        -------
        tuple of Message

        Raises
        ------
        OptionError
        """
        codes = list(self.directory.codes)
        if of_region is not None:
            codes = [self.directory.find_home(of_region)]
        notes = coverage_notes(self.regions, self.years, codes)
        first, last = years_of(self.before), years_of(self.after)
        if not (first and last and first[0] > last[-1]):
            return tuple(notes)
        before, after = year_names(self.years)
        return (Message("change.backwards", before=before, after=after), *notes)

    @cached_property
    def regions(self) -> pd.DataFrame:
        """Sums of each region, always in three figures.

        ``region, region_name, figure`` (in_region_transactions, out_of_region_sales, sales),
        ``basis`` (all; in_both: firms in the firm tables of both years; trading_in_both: firms
        that trade in both), ``before, after, change, growth, firms_before, firms_after,
        deals_before, deals_after, coverage_changed``.
        """
        return self._labelled(region_change(self.firms, self._pairs))

    @cached_property
    def transactions(self) -> pd.DataFrame:
        """Change of the in-region transactions in five terms.

        ``region, region_name, term`` (continuing_pairs, new_pairs, lost_pairs, entering_firms,
        leaving_firms), ``before, after, change, pairs``. Needs the grain ``pairs``. The terms of a
        region add up to the change of its in-region transactions.
        """
        if (pairs := self._pairs) is None:
            raise OptionError(Fault("change.needs_pairs"))
        codes, size = self.directory.codes, len(self.directory.codes)
        parts = []
        for term, name in enumerate(TERMS):
            chosen = pairs.term == term
            before, after = pairs.sums(size, chosen)
            columns: dict[str, Any] = {
                "region": pd.array(codes, dtype="str"),
                "region_name": pd.array(self.directory.names, dtype="str"),
                "term": name,
                "before": before,
                "after": after,
                "change": after - before,
                "pairs": np.bincount(pairs.region[chosen], minlength=size),
            }
            parts.append(pd.DataFrame(columns))
        frame = pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)
        return self._labelled(frame)

    @cached_property
    def purchases(self) -> pd.DataFrame:
        """Change of what firms buy in their region, by turning to local suppliers or buying more.

        ``firm_id, name, region, status, purchases_before, purchases_after,
        in_region_purchases_before, in_region_purchases_after, change``, and of firms that stay
        ``turning_local, buying_more``, which add up to the change.
        """
        bought = self.firms.values("in_region_purchases")
        everything = self.firms.values("purchases")
        turning, more = purchase_effects(bought, everything)
        stays = self.firms.is_one_of("stays")
        frame = self._firm_columns.assign(
            purchases_before=everything[0],
            purchases_after=everything[1],
            in_region_purchases_before=bought[0],
            in_region_purchases_after=bought[1],
            change=bought[1] - bought[0],
            turning_local=pd.array(np.where(stays, turning, 0), dtype="Int64"),
            buying_more=pd.array(np.where(stays, more, 0), dtype="Int64"),
        )
        frame.loc[~stays, ["turning_local", "buying_more"]] = pd.NA
        return self._labelled(frame)

    @cached_property
    def _degrees(self) -> dict[str, pd.DataFrame]:
        return {}

    @checked
    def degrees(self, by: str = "connector_degree") -> pd.DataFrame:
        """Change of a degree, split into the firm's own part and that of its region.

        Parameters
        ----------
        by : {"connector_degree", "hub_degree"}

        Returns
        -------
        DataFrame
            ``firm_id, name, region, status, degree``; ``amount_before, amount_after, growth`` of
            the out-of-region sales or in-region purchases (of the mean of both years, -2 to 2);
            ``before, after, change`` of the degree, ``rank_before, rank_after, moved`` (positive:
            up). Of firms that stay, ``own_effect`` and ``region_effect`` (Shapley),
            ``own_effect_lmdi, region_effect_lmdi``, and ``orientation_effect, size_effect,
            region_orientation_effect`` (logarithmic means); each group adds up to the change.
            What others bring or take is the change as a whole: entry and exit are classes of
            their own.
        """
        check_choice("by", by, tuple(DEGREES))
        if by not in self._degrees:
            self._degrees[by] = self._labelled(self._degree(by))
        return self._degrees[by]

    def _degree(self, by: str) -> pd.DataFrame:
        amount, size, whole = DEGREES[by]
        firms, stays = self.firms, self.firms.is_one_of("stays")
        part, denominators = firms.values(amount), firms.by_region(whole)
        shares = [_degree_of(r, by, rows) for r, rows in zip(self._both, firms.rows, strict=True)]
        defined = (denominators[0] > 0) & (denominators[1] > 0)
        change = np.where(defined, np.nan_to_num(shares[1]) - np.nan_to_num(shares[0]), np.nan)
        effects = dict(
            zip(("own_effect", "region_effect"), shapley_effects(part, denominators), strict=True)
        )
        by_logs = log_mean_effects(part, denominators)
        effects |= zip(("own_effect_lmdi", "region_effect_lmdi"), by_logs, strict=True)
        factors = log_mean_factors(
            part, firms.values(size), firms.sums_by_region(size), denominators
        )
        names = ("orientation_effect", "size_effect", "region_orientation_effect")
        effects |= zip(names, factors, strict=True)
        ranks = firms.ranks(by)
        return self._firm_columns.assign(
            degree=by,
            amount_before=part[0],
            amount_after=part[1],
            growth=growth_rate(*part),
            before=shares[0],
            after=shares[1],
            change=change,
            **{name: np.where(stays, values, np.nan) for name, values in effects.items()},
            rank_before=ranks[0],
            rank_after=ranks[1],
            moved=ranks[0] - ranks[1],
        )

    @checked
    def shift_share(self, of: str = "sales", *, digits: int = 2) -> pd.DataFrame:
        """Change of each region by industry: the nation's growth, the industry's, the region's own.

        Parameters
        ----------
        of : {"sales", "out_of_region_sales", "purchases", "in_region_purchases"}
        digits : int
            How many digits of the industry codes count, 1 to 4.

        Returns
        -------
        DataFrame
            ``region, industry, before, after, change, national_effect, mix_effect,
            competitive_effect``; the effects add up to the change in whole units.

        Raises
        ------
        OptionError
            Where the firm table was not given, or has no industry codes.

        References
        ----------
        E. S. Dunn, Papers of the Regional Science Association 6 (1960).
        """
        check_choice("of", of, _SHIFTED)
        check_choice("digits", digits, (1, 2, 3, 4))
        industries, industry = self._industries(digits)
        shape = (len(self.directory.codes), len(industries))
        sums = []
        for values in self.firms.values(of):
            table = np.zeros(shape, dtype=np.int64)
            np.add.at(table, (self.firms.region_index, industry), values)
            sums.append(table)
        national, mix, _ = (np.nan_to_num(effect) for effect in shift_share(*sums))
        region, group = np.nonzero(sums[0] | sums[1])
        before, after = (table[region, group] for table in sums)
        whole = [np.rint(e[region, group]).astype(np.int64) for e in (national, mix)]
        frame = pd.DataFrame(
            {
                "region": pd.array(np.array(self.directory.codes)[region], dtype="str"),
                "industry": pd.array(np.array(industries)[group], dtype="str"),
                "before": before,
                "after": after,
                "change": after - before,
                "national_effect": whole[0],
                "mix_effect": whole[1],
                "competitive_effect": after - before - whole[0] - whole[1],
            }
        )
        return self._labelled(frame)

    @checked
    def ranks(self, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
        """Places of two lists that moved, and whether they surely did: `rank_change`.

        Parameters
        ----------
        before, after : DataFrame
            Frames of `Selection.certainty` of the two years.

        Returns
        -------
        DataFrame
            ``firm_id, name, region, field, rank_before, rank_after, moved, surely_moved``.
            Bounded.

        Raises
        ------
        OptionError
        """
        frame = rank_change(before, after)
        frame.attrs.update(unit=self.unit, label="bounded")
        return frame

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Firms by what they did, ``region, status, firms``; those without trade are left out."""
        frame = pd.DataFrame(
            {"region": self.firms.take("region").to_pandas(), "status": self._statuses()}
        )
        frame = frame[frame["status"] != "no_trade"]
        counted = frame.value_counts(["region", "status"]).rename("firms").reset_index()
        place = {name: i for i, name in enumerate(STATUSES)}
        order = counted["status"].map(place).argsort(kind="stable")
        counted = counted.iloc[order].sort_values("region", kind="stable")
        return self._labelled(counted.reset_index(drop=True))

    def _saved(self) -> Saved:
        tables = {
            "degree_change": pd.concat(map(self.degrees, DEGREES), ignore_index=True),
            "region_change": self.regions,
            "purchase_change": self.purchases,
            "firm_statuses": self.counts,
        }
        if self._pairs is not None:
            tables["transaction_change"] = self.transactions
        return Saved("change.json", tables, self.after.ledger)

    def _sums(self) -> pd.DataFrame:
        """The sums of all regions, in their three figures."""
        sums = self.regions.drop(columns=["region", "region_name"])
        money = sums.groupby(["figure", "basis"], sort=False)[["before", "after", "change"]].sum()
        return money.reset_index()

    def __repr__(self) -> str:
        notes = "".join(f"! {n}\n" for n in self.notes)
        shown = for_people(self._sums(), "region_change", self.unit).to_string(index=False)
        before, after = self.years
        return f"{notes}Change {before} -> {after}\n{shown}"

    def _repr_html_(self) -> str:
        sums = self._sums()
        shown = display_table(
            sums, of=len(sums), unit=self.unit, table="region_change", notes=self.notes
        )
        return shown._repr_html_()

    @property
    def _both(self) -> tuple[Results, Results]:
        return self.before, self.after

    @cached_property
    def _pairs(self) -> InRegionPairs | None:
        grains = {None if r.trade is None else r.trade.grain for r in self._both}
        return in_region_pairs(self.firms) if grains == {"pairs"} else None

    def _statuses(self) -> Any:
        return pd.array(np.array(STATUSES, dtype=object)[self.firms.status], dtype="str")

    @cached_property
    def _firm_columns(self) -> pd.DataFrame:
        columns = {
            name: self.firms.take(name).to_pandas() for name in ("firm_id", "name", "region")
        }
        return pd.DataFrame(columns).assign(status=self._statuses())

    def _industries(self, digits: int) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
        if self.table is None or "industry_code" not in self.table.table.column_names:
            raise OptionError(Fault("ripple.no_industry_codes"))
        known = self.table.table["firm_id"].combine_chunks()
        at = positions_in(pa.chunked_array([self.firms.take("firm_id")]), known)
        codes = self.table.table["industry_code"].combine_chunks()
        found = codes.take(pa.array(at, mask=at < 0))
        names, position = industry_groups(found, digits)
        return (*names, UNKNOWN_INDUSTRY), position

    def _labelled(self, frame: pd.DataFrame) -> pd.DataFrame:
        frame.attrs.update(unit=self.unit, label=self.label)
        return frame


def _degree_of(result: Results, by: str, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    column = pc.fill_null(result.degrees.to_arrow([by])[by], np.nan).to_numpy()
    found: npt.NDArray[np.float64] = np.where(rows >= 0, np.append(column, np.nan)[rows], np.nan)
    return found
