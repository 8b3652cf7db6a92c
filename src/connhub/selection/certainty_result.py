"""How sure the lists are, as a result: a row a firm, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from connhub.arguments import Id, checked
from connhub.certainty_options import CertaintyOptions
from connhub.cutoff import Cutoff
from connhub.errors import Fault, InputError, check_choice
from connhub.labels import Language
from connhub.measures.result_table import SHOWN, Result, ids_as_in
from connhub.measures.saved_tables import Saved, SavedTables
from connhub.regions.directory import region_label
from connhub.schema import columns
from connhub.selection.basis import Basis
from connhub.selection.breakdown import Widest, breakdown_shares
from connhub.selection.certainty import VERDICTS, Sources, judge, look_for_doubts, notes_on
from connhub.selection.certainty_frames import list_frame, verdict_frame
from connhub.selection.deciding import deal_frame, firm_frame, judged_deals, large_parts
from connhub.selection.deciding_deals import is_exact
from connhub.selection.draws import share_listed
from connhub.selection.list_bounds import NEXT
from connhub.selection.ranking import Ranking
from connhub.selection.schemes import Scheme
from connhub.selection.stability import share_selected
from connhub.text.catalogue import Message, ShownText, Texts, default_language
from connhub.text.names import firm_label
from connhub.text.numbers import money

__all__ = ["Certainty", "certainty_of"]


@dataclass(frozen=True, eq=False)
class Certainty(Result, SavedTables):
    """How sure the lists are.

    Four doubts, as far as they can be looked at: missing transactions, bounded by what firms
    report in all (the financials of the selection); errors in amounts (grain ``pairs``); draws of
    the degrees; the weights. A firm is *certain* that is selected by all of them, whatever the
    missing amounts are; *out* where it is by none; else *borderline*. Missing returns are not
    covered.

    `save` writes ``certainty``, ``certainty_lists``, ``deciding`` and ``deciding_deals``.

    Parameters
    ----------
    data : DataFrame
        A row for each ranked firm and field, as in the selection: ``region, region_name, field,
        rank, firm_id, name, score, selected``; then ``certainty`` (certain, borderline, out,
        no_bound, no_verdict), ``rank_low, rank_high`` (best and worst place),
        ``score_low, score_high``, for each indicator x that may move ``x_rank_low, x_rank_high,
        x_deviation_score_low, x_deviation_score_high``, ``bound`` (bounded, no_report,
        contradicted), ``unless_rivals, unless_amount``, and the shares of draws in which the firm
        is listed, ``share_of_draws, share_of_weights``.
    ledger : Ledger
    directory : RegionDirectory
    scheme : Scheme
    cutoff : Cutoff
    options : CertaintyOptions
    looked_at, not_looked_at : tuple of Message
        Which doubts could be looked at, and which could not.
    notes : tuple of Message
        What the user should know.
    lists : DataFrame
        A row a list: ``region, region_name, field, ranked, places, selected, certain,
        borderline_selected, borderline, no_bound, contradicted, unexplained_share, verdict``.
    basis : Basis
    ranking : Ranking
    sources : Sources

    References
    ----------
    Bounds instead of distributions: missing deals are no sample, and with heavy tails normal
    intervals and bootstraps of such sums fail. Ranks from intervals: Mogstad, M., Romano, J. P.,
    Shaikh, A. M. and Wilhelm, D. (2024). Inference for ranks. Review of Economic Studies 91.

    Examples
    --------
    Out-of-region sales of 100, 80, 70 and 30; the reports leave 0, 20, 40 and 200 unexplained.

    >>> import pyarrow as pa
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.measures.degrees import degrees
    >>> from connhub.selection.financials import read_financials
    >>> from connhub.selection.select import select_priority_firms
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(pa.table({"firm_id": list("abcdz"),
    ...                              "prefecture_code": ["13"] * 4 + ["27"]}))
    >>> trade = pa.table({"seller_id": list("abcd"), "buyer_id": ["z"] * 4,
    ...                   "amount": [100, 80, 70, 30], "year": [2025] * 4})
    >>> reports = read_financials(pa.table({"firm_id": list("abcd"), "year": [2025] * 4,
    ...                                     "net_sales": [100, 100, 110, 230]}))
    >>> scheme = Scheme({"connector_degree": 1.0}, rank_within="region")
    >>> chosen = select_priority_firms(degrees(total(trade, firms), firms), scheme=scheme,
    ...                                reports=reports, per_region=2)
    >>> found = chosen.certainty(missing_share=0.5)
    >>> found.frame[["firm_id", "certainty", "rank_low", "rank_high"]]
      firm_id   certainty  rank_low  rank_high
    0       a     certain         1          2
    1       b  borderline         2          4
    2       c  borderline         2          4
    3       d  borderline         1          4
    >>> found.breakdown_share.head(2).tolist()
    [0.75, 0.25]
    >>> print(found.explain("b", lang="en").splitlines()[2].strip())
    stays listed unless more than 25% of what the rivals' reports do not explain counts for the
    list
    """

    TABLE = "certainty"
    BASIS = "bounded"

    scheme: Scheme
    cutoff: Cutoff
    options: CertaintyOptions
    looked_at: tuple[Message, ...]
    not_looked_at: tuple[Message, ...]
    notes: tuple[Message, ...]
    lists: pd.DataFrame
    basis: Basis = field(repr=False)
    ranking: Ranking = field(repr=False)
    sources: Sources = field(repr=False)

    @checked
    def of(self, verdict: str) -> pd.DataFrame:
        """The firms of one verdict, by name: no rank is hidden in their order.

        Parameters
        ----------
        verdict : {"certain", "borderline", "out", "no_bound", "no_verdict"}

        Returns
        -------
        DataFrame
            The columns of `frame`, by region, field and name.

        Raises
        ------
        OptionError
        """
        check_choice("verdict", verdict, VERDICTS)
        rows = self.frame[self.frame["certainty"] == verdict]
        names = rows["name"].fillna(rows["firm_id"].astype("str"))
        ordered = rows.assign(_name=names).sort_values(["region", "field", "_name"], kind="stable")
        return ordered.drop(columns="_name").reset_index(drop=True)

    def _saved(self) -> Saved:
        tables = {
            "certainty": self.frame,
            "certainty_lists": self.lists,
            "deciding": self.deciding,
            "deciding_deals": self.deals,
        }
        return Saved("certainty.json", tables, self.ledger)

    @cached_property
    def breakdown_share(self) -> pd.Series:
        """Up to which share of the rivals' unexplained amounts the verdict on each row stands.

        Of the selected and the next ten of each list, by row of `frame`; infinite where no share
        suffices. For the next ones: of their own unexplained amounts. For a scheme of several
        indicators a lower bound, in steps.
        """
        lists = self.basis, self.ranking, self.scheme, self.cutoff
        shares = breakdown_shares(*lists, self.sources.doubts, self._widest())
        return pd.Series(shares, name="breakdown_share")

    def _widest(self) -> Widest | None:
        """What was found already, where all that is not explained was taken to be missing."""
        doubts = self.sources.doubts
        if not doubts.rooms or doubts.missing_share < 1 or doubts.with_errors:
            return None
        low, high = (self.frame[f"score_{end}"].to_numpy(dtype=float) for end in ("low", "high"))
        best, worst = (self.frame[f"rank_{end}"].to_numpy(dtype=float) for end in ("low", "high"))
        last = np.repeat(self.ranking.places, self.ranking.size)
        certain, out = worst <= last, best > last
        if self.cutoff.threshold is not None:
            certain, out = low >= self.cutoff.threshold, high < self.cutoff.threshold
        return Widest(low, high, np.where(self.ranking.selected, certain, out))

    @cached_property
    def _judged(self) -> Any:
        return judged_deals(self.basis, self.ranking, self.scheme, self.cutoff)

    @cached_property
    def deciding(self) -> pd.DataFrame:
        """What decides, with a row for each selected firm and the next ten of each list.

        ``region, region_name, field, rank, firm_id, name, selected, certainty``; ``margin`` (money;
        of a list by a single amount) or ``score_margin`` (points): how far the firm is above what
        the last place takes among the others; ``largest_deal, largest_partner,
        stays_without_largest`` (whether the firm is selected without that deal),
        ``deciding_deals`` (how many deals, each alone, change the list) and ``breakdown_share``.
        What needs the grain ``pairs`` is null without it.
        """
        lists = self.basis, self.ranking, self.scheme, self.cutoff
        table = firm_frame(self.frame, *lists, self._judged)
        limit = (self.ranking.n_selected + NEXT)[self.ranking.list_of_row]
        first = self.ranking.place_in_list < limit
        return table.assign(breakdown_share=self.breakdown_share.to_numpy()[first])

    @cached_property
    def deals(self) -> pd.DataFrame:
        """The deals that change a list, each alone; the largest of each firm first.

        ``region, region_name, field, firm_id, name, partner_id, side, amount, n_transactions,
        stays`` (whether the firm is selected without it). By a single indicator all deals are
        judged; by several the ten largest of each firm in `deciding`. Empty without the grain
        ``pairs``.
        """
        if self._judged is None:
            return pd.DataFrame(columns=list(columns("deciding_deals")))
        return deal_frame(self.frame, self.basis, self._judged)

    @property
    def every_deal_judged(self) -> bool:
        """Whether all deals were judged, or the largest of the firms around the cut only."""
        return is_exact(self.scheme, self.cutoff)

    @cached_property
    def deal_notes(self) -> tuple[Message, ...]:
        """Rows that stand out, and regions in which one deal is over half of a denominator."""
        rows = [n for n in self.ledger.notes if n.kind.startswith("ledger.one_row")]
        return (*rows, *large_parts(self.frame, self.basis, self.scheme, self._judged))

    @checked
    def sentences(self, lang: Language = "ja") -> list[str]:
        """How many are certain and borderline, a sentence a list.

        Parameters
        ----------
        lang : {"ja", "en"}

        Returns
        -------
        list of str

        Raises
        ------
        OptionError
        """
        return [self._sentence(row, lang) for row in self.lists.to_dict("records")]

    def _sentence(self, row: Mapping[Any, Any], lang: Language) -> str:
        texts = Texts("certainty", lang)
        where = region_label(row["region"], row["region_name"], lang)
        if isinstance(row["field"], str):
            where = Texts("reasons", lang)("region_and_field", region=where, field=row["field"])
        if not row["verdict"]:
            kind = "no_verdict_contradicted" if row["contradicted"] else "no_verdict_here"
            kind = "no_verdict_estimated" if self.sources.estimated else kind
            return texts(kind, where=where, count=int(row["contradicted"]), of=int(row["ranked"]))
        counts: dict[str, Any] = {n: int(row[n]) for n in ("selected", "certain")}
        key = "counts"
        if not pd.isna(row["unexplained_share"]):
            key = "counts_missing" if self.options.missing_share == 1 else "counts_missing_part"
            counts["share"] = f"{row['unexplained_share']:.1%}"
            counts["part"] = f"{100 * self.options.missing_share:.3g}%"
        sentence = texts(key, where=where, **counts)
        if borderline := int(row["borderline"]):
            listed = int(row["borderline_selected"])
            sentence += texts("counts_borderline", selected=listed, borderline=borderline)
        if row["no_bound"] + row["contradicted"]:
            sentence += texts(
                "without_bound",
                count=int(row["no_bound"]),
                contradicted=int(row["contradicted"]),
            )
        return sentence

    @checked
    def explain(self, firm_id: Id, *, lang: Language = "ja") -> str:
        """Write in words how sure the place of a firm is, and what that rests on.

        Parameters
        ----------
        firm_id : str or int
        lang : {"ja", "en"}

        Returns
        -------
        str

        Raises
        ------
        InputError
            When the firm is on no list.
        OptionError
        """
        ids = self.frame["firm_id"]
        rows = np.flatnonzero(ids.isin(ids_as_in(ids, [firm_id])))
        if not rows.size:
            raise InputError(Fault("certainty.unknown_firm", examples=[str(firm_id)]))
        lines = []
        for row in rows.tolist():
            lines += self._explained(row, lang)
        texts = Texts("certainty", lang)
        for key, sources in (("looked_at", self.looked_at), ("not_looked_at", self.not_looked_at)):
            if sources:
                lines.append(texts(key, sources=[m.text(lang) for m in sources]))
        return ShownText("\n".join(lines))

    def _explained(self, i: int, lang: Language) -> list[str]:
        texts, row = Texts("certainty", lang), self.frame.iloc[i].to_dict()
        where = region_label(row["region"], row["region_name"], lang)
        lines = [
            texts(
                "heading",
                firm=firm_label(row["name"], row["firm_id"]),
                where=where,
                verdict=texts(row["certainty"]),
                rank=row["rank"],
            )
        ]
        if not pd.isna(row["rank_low"]):
            lines.append(texts("places", best=int(row["rank_low"]), worst=int(row["rank_high"])))
        if row["bound"] != "bounded":
            lines.append(texts(f"bound_{row['bound']}"))
        if not pd.isna(row["unless_rivals"]):
            lines.append(self.unless(row, lang))
        share = float(self.breakdown_share.iloc[i])
        if not np.isnan(share):
            lines.append(self._breakdown(share, selected=bool(row["selected"]), texts=texts))
        lines += [
            texts(name, share=f"{row[name]:.0%}")
            for name in ("share_of_draws", "share_of_weights")
            if name in row
        ]
        return lines[:1] + ["  " + line for line in lines[1:]]

    @checked
    def unless(self, row: Mapping[Any, Any], lang: Language = "ja") -> str:
        """Under which condition on rivals without a bound a firm is certain.

        Parameters
        ----------
        row : mapping
            Of `frame`, with ``unless_rivals``.
        lang : {"ja", "en"}

        Returns
        -------
        str
        """
        texts = Texts("certainty", lang)
        rivals = int(row["unless_rivals"])
        if pd.isna(row["unless_amount"]):
            return texts("unless", rivals=rivals)
        extra = money(float(row["unless_amount"]), self.unit, lang)
        return texts("unless_above", rivals=rivals, extra=extra)

    def _breakdown(self, share: float, *, selected: bool, texts: Texts) -> str:
        kind = "stays" if selected else "stays_out"
        if share > 1:
            return texts(f"{kind}_whatever")
        return texts(f"{kind}_unless", share=f"{share:.0%}")

    def __repr__(self) -> str:
        lang = default_language()
        notes = "".join(f"! {note}\n" for note in (*self.ledger.notes, *self.notes))
        lines = [f"  {line}" for line in self.sentences(lang)[:SHOWN]]
        lines += [f"  + {m.text(lang)}" for m in self.looked_at]
        lines += [f"  - {m.text(lang)}" for m in self.not_looked_at]
        head = Message("certainty.about", scheme=self.scheme.title(lang), rows=len(self.frame))
        return notes + "\n".join([head.text(lang), *lines])

    def _repr_html_(self) -> str:
        return ShownText(repr(self))._repr_html_()


def certainty_of(
    frame: pd.DataFrame,
    basis: Basis,
    ranking: Ranking,
    scheme: Scheme,
    cutoff: Cutoff,
    *,
    options: CertaintyOptions,
    draws: Any = None,
) -> Certainty:
    """How sure some lists are; see `Selection.certainty`.

    Parameters
    ----------
    frame : DataFrame
        Of the selection.
    basis : Basis
    ranking : Ranking
    scheme : Scheme
    cutoff : Cutoff
    options : CertaintyOptions
    draws : table, optional

    Returns
    -------
    Certainty
    """
    sources = look_for_doubts(basis, scheme, options)
    shares, looked_at = {}, list(sources.looked_at)
    not_looked_at = list(sources.not_looked_at)
    errors_known = draws is not None or sources.doubts.with_errors
    if basis.degrees.ledger.label == "modelled" and not errors_known:
        sources = replace(sources, estimated=True)
        not_looked_at.append(Message("certainty.estimates"))
    if draws is not None:
        shares["share_of_draws"] = share_listed(draws, basis, ranking, scheme, cutoff)
        looked_at.append(Message("certainty.draws_looked_at"))
    if options.weight_draws and len(scheme.indicators) > 1:
        weights = scheme.weights.values()
        shares["share_of_weights"] = share_selected(ranking, cutoff, weights, options.weight_draws)
        looked_at.append(Message("certainty.weights_looked_at", draws=options.weight_draws))
    found = judge(
        basis,
        ranking,
        scheme,
        cutoff,
        sources,
        accept_contradicted=options.accept_contradicted,
        shares=shares,
    )
    lists = list_frame(frame, ranking, found, sources, basis)
    return Certainty(
        verdict_frame(frame, found, shares),
        basis.degrees.ledger,
        basis.degrees.directory,
        scheme,
        cutoff,
        options,
        tuple(looked_at),
        tuple(not_looked_at),
        tuple(notes_on(lists, sources, basis.degrees.ledger, basis.degrees.directory)),
        lists,
        basis,
        ranking,
        sources,
    )
