"""The result of a selection: the lists, who is not on them and why, and what it rests on."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from connhub.arguments import Id, Table, checked
from connhub.certainty_options import CertaintyOptions
from connhub.cutoff import Cutoff
from connhub.labels import Language
from connhub.measures.pictured import Pictured
from connhub.measures.result_table import SHOWN, Result, arrow_table
from connhub.options import flat_options
from connhub.selection.basis import Basis
from connhub.selection.certainty_result import Certainty, certainty_of
from connhub.selection.list_rows import (
    list_table,
    pareto_rows,
    rows_among,
    rows_in_base_units,
)
from connhub.selection.not_ranked import absence_notes, absentees
from connhub.selection.ranking import Ranking
from connhub.selection.reasons import Reason, find_reasons
from connhub.selection.schemes import Scheme
from connhub.selection.stability import stability
from connhub.spreadsheets import Forms
from connhub.storage import filling, write_parquet
from connhub.text.catalogue import Message, ShownText

__all__ = ["Selection"]


@dataclass(frozen=True, eq=False)
class Selection(Result, Pictured):
    """Ranked firms by region (and field), the selected ones marked.

    Parameters
    ----------
    data : DataFrame
        A row for each ranked firm and field: ``region, region_name, field, rank, firm_id, name,
        score, selected``; where ``eligible=`` is given ``sector_connector_degree,
        sector_hub_degree`` (shares among the eligible firms of the region); and for every
        indicator x of the scheme ``x`` (its value; money in whole `unit`), ``x_rank`` (among
        those whom the scheme ranks together), ``x_deviation_score`` and ``x_contribution``
        (weight · deviation score; they add up to the score, which is rounded to nine decimals).
        Order: region, field, rank, then id.
    ledger : Ledger
        Of the degrees.
    directory : RegionDirectory
        The regions, to find and to label.
    scheme : Scheme
    cutoff : Cutoff
        How many were selected.
    not_ranked : DataFrame
        ``firm_id, name, region, region_name, reason, indicator, cause``: who is not ranked, why:
        ``no_degrees`` (abroad or without a region), ``not_eligible``, ``undefined_degree``,
        ``missing_indicator``, ``no_field``, the first that applies; the indicator that has no
        value, and why it has none where that is known. Then ``connector_degree,
        connector_rank, hub_degree, hub_rank``: both degrees, and the ranks within the region
        among all of its firms.
    counts : DataFrame
        ``reason, indicator, firms``: how many firms each policy concerned.
    crossing_ties : DataFrame
        ``region, region_name, field, rank, score, tied, places_left, decision``: ties across the
        last place of a list.
    notes : tuple of Message
        What the user should know.
    ranking : Ranking
        Where each list begins, how long it is, and how its rows were ranked.
    basis : Basis
        What the lists rest on: degrees and values of all firms, their reports, their deals.
    data_notes : tuple of Message
        Those of the notes that are about the tables of indicators, and so about every region.

    Examples
    --------
    Tokyo and Osaka, ranked by the connector degree; the best of each region is selected.

    >>> import pyarrow as pa
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.measures.degrees import degrees
    >>> from connhub.selection.select import select_priority_firms
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(pa.table({"firm_id": list("abcd"),
    ...                              "prefecture_code": ["13", "13", "27", "27"]}))
    >>> trade = pa.table({"seller_id": list("abcd"), "buyer_id": list("ccaa"),
    ...                   "amount": [30, 10, 20, 20]})
    >>> scheme = Scheme({"connector_degree": 1.0}, rank_within="region")
    >>> found = select_priority_firms(
    ...     degrees(total(trade, firms), firms), firms, scheme=scheme, per_region=1)
    >>> found.lists[["region", "ranked", "places", "selected"]]
      region  ranked  places  selected
    0     13       2       1         1
    1     27       2       1         2
    >>> found.top(1, of_region="Tokyo")[["rank", "firm_id", "score"]]
       rank firm_id  score
    0     1       a   60.0
    >>> found.of_region("大阪").selected["firm_id"].tolist()
    ['c', 'd']
    >>> print(found.reason("b").heading("en"))
    b (Tokyo): rank 2 of 2, score 40.00: not selected; the lowest selected score is 60.00 (-20.00).
    >>> found.reason("b").places[0].cutoff_gap
    -20.0
    >>> found.stability(n_draws=5)[["firm_id", "share", "verdict"]]
      firm_id  share verdict
    0       a    1.0  robust
    1       c    1.0  robust
    2       d    1.0  robust
    """

    TABLE = "selection"
    PICTURE = "contributions"

    scheme: Scheme
    cutoff: Cutoff
    not_ranked: pd.DataFrame
    counts: pd.DataFrame
    crossing_ties: pd.DataFrame
    notes: tuple[Message, ...]
    ranking: Ranking = field(repr=False)
    basis: Basis = field(repr=False)
    data_notes: tuple[Message, ...] = ()

    @property
    def selected(self) -> pd.DataFrame:
        """The rows of the selected firms."""
        return self.frame[self.frame["selected"]].reset_index(drop=True)

    @checked
    def absentees(self, places: int = 10) -> pd.DataFrame:
        """Firms that one would look for on the lists: high by a degree, but not ranked.

        Parameters
        ----------
        places : int
            The first so many of each region by either degree.

        Returns
        -------
        DataFrame
            The columns of `not_ranked`; the best rank first. Firms that ``eligible=`` leaves out
            are none.
        """
        return absentees(self.not_ranked, places)

    @property
    def absence_notes(self) -> tuple[Message, ...]:
        """Notes on regions whose first firm by a degree is not ranked; they are among `notes`."""
        return tuple(absence_notes(self.not_ranked, self.directory))

    @property
    def lists(self) -> pd.DataFrame:
        """Number of firms, places and selected firms of each list.

        ``region, region_name, field, ranked, places, selected, lowest_selected_score``; `places`
        are null under a threshold, the score where no firm is selected.
        """
        return list_table(self.frame, self.ranking, self.cutoff)

    @checked
    def top(
        self, n: int = 10, *, of_region: str | None = None, field: str | None = None
    ) -> pd.DataFrame:
        """First rows of each list.

        Parameters
        ----------
        n : int
            Rows of each list.
        of_region : str, optional
            Code or name of one region.
        field : str, optional
            One field.

        Returns
        -------
        DataFrame
            The columns of `frame`.

        Raises
        ------
        OptionError
            For what is no region or field, or has no ranked firm.
        """
        among = rows_among(self.frame, self.directory, of_region, field)
        return self.frame[among & (self.ranking.place_in_list < n)].reset_index(drop=True)

    @checked
    def of_region(self, of_region: str) -> Selection:
        """The lists of one region; ranks, scores and counts stay those of the whole selection.

        Parameters
        ----------
        of_region : str
            Code or name.

        Returns
        -------
        Selection
            Without rows where no firm of the region is ranked.

        Raises
        ------
        OptionError
            For what is no region.
        """
        code = self.directory.find(of_region)
        rows = np.flatnonzero((self.frame["region"] == code).to_numpy(dtype=bool))

        def of_code(frame: pd.DataFrame) -> pd.DataFrame:
            return frame[frame["region"] == code].reset_index(drop=True)

        return replace(
            self,
            data=of_code(self.frame),
            not_ranked=of_code(self.not_ranked),
            crossing_ties=of_code(self.crossing_ties),
            ranking=self.ranking.of_rows(rows),
        )

    @checked
    def reason(self, firm_id: Id) -> Reason:
        """Why a firm is selected, or not, or not ranked, as data.

        Parameters
        ----------
        firm_id : str or int

        Returns
        -------
        Reason

        Raises
        ------
        InputError
            When the firm is neither ranked nor listed as not ranked.
        """
        return self.reasons([firm_id])[0]

    @checked
    def reasons(self, firm_ids: Iterable[Id]) -> list[Reason]:
        """The same of several firms, found together: faster than one by one.

        Parameters
        ----------
        firm_ids : iterable of str or int

        Returns
        -------
        list of Reason

        Raises
        ------
        InputError
            When a firm is neither ranked nor listed as not ranked.
        """
        ids = [str(firm_id) for firm_id in firm_ids]
        return find_reasons(ids, self.frame, self.ranking, self.not_ranked, self.scheme, self.unit)

    @checked
    def explain(self, firm_id: Id, *, lang: Language = "ja") -> str:
        """Write in words and numbers why a firm is selected, or not, or not ranked.

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
            When the firm is neither ranked nor listed as not ranked.
        OptionError
        """
        return ShownText(self.reason(firm_id).text(lang))

    @checked
    def pareto(self, x: str = "connector_degree", y: str = "hub_degree") -> pd.DataFrame:
        """Ranked firms that no other of their list matches in one value and beats in the other.

        No weights are needed: for every other firm there is one that is at least as high in both
        values, and higher in one.

        Parameters
        ----------
        x, y : str
            Two indicators of the scheme, of each of which more is better.

        Returns
        -------
        DataFrame
            ``region, region_name, field, firm_id, name``, both values, ``rank, selected``; in each
            list from the highest `x` to the highest `y`.

        Raises
        ------
        OptionError
        """
        names = ["region", "region_name", "field", "firm_id", "name", x, y, "rank", "selected"]
        rows = pareto_rows(self.frame, self.ranking, self.scheme, (x, y))
        return self.frame.iloc[rows][names].reset_index(drop=True)

    @checked
    def stability(
        self, *, n_draws: int = 200, concentration: float = 100.0, seed: int = 0
    ) -> pd.DataFrame:
        """How often each firm stays selected when the weights and the score method vary.

        Weights are drawn from Dirichlet(`concentration` · w) around the weights w of the scheme,
        and each draw is scored by both score methods. A firm that is selected in at least 95% of
        them is called robust to weights, in at most 5% out, in between borderline. This is no
        statement about errors in the data.

        Parameters
        ----------
        n_draws : int
            Sets of weights, 1 or more.
        concentration : float
            The higher, the closer to w; a weight has the s.d. sqrt(w (1 - w) / (concentration +
            1)): 0.036 for w = 0.15 at 100.
        seed : int

        Returns
        -------
        DataFrame
            ``region, region_name, field, rank, firm_id, name, selected, share_linear,
            share_normal, share, verdict`` of all firms selected at least once; the others are
            ``"out"`` with 0. Ties across the last place count as selected, but under
            ``cut_ties="exclude"``.

        Raises
        ------
        OptionError
        """
        return stability(
            self.frame,
            self.ranking,
            weights=self.scheme.weights.values(),
            cutoff=self.cutoff,
            n_draws=n_draws,
            concentration=concentration,
            seed=seed,
        )

    @flat_options
    def certainty(
        self, *, draws: Table | None = None, doubts: CertaintyOptions = CertaintyOptions()
    ) -> Certainty:
        """How sure the lists are: which firms are certain, borderline or out, and why.

        A firm is *certain* that is selected by every doubt that could be looked at, *out* where it
        is by none, else *borderline*. See `Certainty`.

        Parameters
        ----------
        draws : table, optional
            ``draw, firm_id`` and indicators of the scheme, for instance drawn degrees: listed in
            at least 95% of the draws is certain, in at most 5% out.
        {doubts}

        Returns
        -------
        Certainty

        Raises
        ------
        OptionError
            When the reports are of other years than the transactions, or in another unit.
        InputError, ColumnError

        Examples
        --------
        >>> import pyarrow as pa
        >>> from connhub import analyze
        >>> firms = pa.table({"firm_id": list("abz"), "prefecture_code": ["13", "13", "27"]})
        >>> trade = pa.table({"seller_id": list("ab"), "buyer_id": ["z", "z"],
        ...                   "amount": [100, 80], "year": [2025, 2025]})
        >>> reports = pa.table({"firm_id": list("ab"), "year": [2025] * 2, "net_sales": [100, 99]})
        >>> scheme = Scheme({"connector_degree": 1.0}, rank_within="region")
        >>> chosen = analyze(trade, firms).select(scheme=scheme, financials=reports, per_region=1)
        >>> chosen.certainty().frame["certainty"].tolist()
        ['certain', 'out']
        """
        lists = self.basis, self.ranking, self.scheme, self.cutoff
        return certainty_of(self.frame, *lists, options=doubts, draws=draws)

    @checked
    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        csv: bool = False,
        excel: bool = False,
        labels: Language | None = None,
    ) -> Path:
        """Write ``selection``, ``not_ranked`` and ``counts`` as Parquet, and ``scheme.toml``.

        Parameters
        ----------
        folder : path
            Made if needed. All files move in together, or none does; those of an earlier selection
            go, and no other file is touched. ``selection.json`` names the others, with checksums.
        csv, excel, labels : bool, bool, {"ja", "en"} or None
            Also as CSV, or as workbooks, headers as labels: as `Analysis.save` writes them.

        Returns
        -------
        Path

        Raises
        ------
        MissingExtraError, StorageError
        """
        tables = {"selection": self.frame, "not_ranked": self.not_ranked, "counts": self.counts}
        with filling(folder, "selection.json", inputs=[f.name for f in self.ledger.files]) as draft:
            for name, frame in tables.items():
                write_parquet(arrow_table(frame, self.unit), draft.path / f"{name}.parquet")
                if csv or excel:
                    shown = rows_in_base_units(frame, self.scheme, self.unit)
                    Forms(csv, excel, labels).write(shown, draft.path / name, name, self.unit)
            self.scheme.save(draft.path / "scheme.toml")
        return Path(folder)

    @property
    def shown_notes(self) -> tuple[Message, ...]:
        """Those of the degrees, then those of the selection."""
        return (*self.ledger.notes, *self.notes)

    def _columns_for_people(self) -> list[str]:
        """With the values of the indicators, but not what the score is worked out from."""
        endings = ("_rank", "_deviation_score", "_contribution")
        steps = {f"{name}{ending}" for name in self.scheme.weights for ending in endings}
        return [name for name in super()._columns_for_people() if name not in steps]

    def __repr__(self) -> str:
        notes = "".join(f"! {note}\n" for note in self.shown_notes)
        head = self.frame.head(SHOWN)[["region", "field", "rank", "firm_id", "score", "selected"]]
        counts = f"{len(self.frame):,} rows, {int(self.frame['selected'].sum()):,} selected"
        return f"{notes}Selection ({self.scheme.name}): {counts}\n{head.to_string(index=False)}"
