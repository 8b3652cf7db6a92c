"""The result of a selection: the lists, who is not on them and why, and what it rests on."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from connhub.errors import Fault, OptionError, did_you_mean
from connhub.measures.result_table import SHOWN, Result
from connhub.schema import Language
from connhub.selection.cutoff import Cut
from connhub.selection.explain import explain
from connhub.selection.rank_scores import pareto_front
from connhub.selection.ranking import Standing
from connhub.selection.schemes import Scheme
from connhub.selection.stability import stability
from connhub.storage import filling, write_csv, write_parquet

__all__ = ["Selection"]


@dataclass(frozen=True, eq=False)
class Selection(Result):
    """Ranked firms by region (and field), the selected ones marked.

    Parameters
    ----------
    frame : DataFrame
        A row for each ranked firm and field: ``region, region_name, field, rank, firm_id, name,
        score, selected``, and for every indicator x of the scheme ``x`` (its value), ``x_rank``
        (in the population of the scheme), ``x_deviation_score`` and ``x_contribution`` (weight ·
        deviation score; they add up to the score, which is rounded to nine decimals). Order:
        region, field, rank, then id.
    ledger : Ledger
        Of the degrees.
    scheme : Scheme
    cut : Cut
        How many were chosen.
    not_ranked : DataFrame
        ``firm_id, name, region, reason, indicator``: who is not ranked, and why: ``no_degrees``
        (abroad or without a region), ``not_eligible``, ``undefined_degree``,
        ``missing_indicator``, ``no_field``; the first that applies.
    counts : DataFrame
        ``reason, indicator, firms``: how many firms each policy concerned.
    crossing_ties : DataFrame
        ``region, region_name, field, rank, score, tied, places_left, decision``: ties across the
        last place of a list.
    notes : tuple of str
        What the user should know.
    """

    scheme: Scheme
    cut: Cut
    not_ranked: pd.DataFrame
    counts: pd.DataFrame
    crossing_ties: pd.DataFrame
    notes: tuple[str, ...]
    standing: Standing = field(repr=False)

    @property
    def selected(self) -> pd.DataFrame:
        """The rows of the selected firms."""
        return self.frame[self.frame["selected"]].reset_index(drop=True)

    def top(
        self, n: int = 10, *, region: str | None = None, field: str | None = None
    ) -> pd.DataFrame:
        """First rows of each list.

        Parameters
        ----------
        n : int
            Rows of each list.
        region : str, optional
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
        """
        place = np.arange(len(self.frame)) - np.repeat(self.standing.start, self.standing.size)
        kept = place < n
        if region is not None:
            kept &= self._among(region, "region", "region_name")
        if field is not None:
            kept &= self._among(field, "field")
        return self.frame[kept].reset_index(drop=True)

    def _among(self, word: str, *columns: str) -> np.ndarray:
        hit = np.zeros(len(self.frame), dtype=bool)
        for name in columns:
            hit |= (self.frame[name] == word).fillna(False).to_numpy(dtype=bool)
        if not hit.any():
            known = self.frame[columns[0]].dropna().drop_duplicates().tolist()
            fix = did_you_mean(word, known)
            raise OptionError(Fault(f"no ranked firm in {columns[0]} {word!r}", fix=fix))
        return hit

    def explain(self, firm_id: object, *, lang: Language = "ja") -> str:
        """Say in words and numbers why a firm is selected, or not, or not ranked.

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
        """
        return explain(self, str(firm_id), lang)

    def pareto(self, x: str = "connector_degree", y: str = "hub_degree") -> pd.DataFrame:
        """Ranked firms that no other of their list matches in one value and beats in the other.

        No weights are needed: whoever is not here is topped by a firm that is at least as high in
        both, and higher in one.

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
        for name in (x, y):
            if name not in self.scheme.weights:
                fix = did_you_mean(name, self.scheme.weights)
                raise OptionError(Fault(f"the scheme has no indicator {name!r}", fix=fix))
        lists = np.repeat(np.arange(self.standing.size.size), self.standing.size)
        values = [self.frame[n].to_numpy(dtype=float) for n in (x, y)]
        known = np.flatnonzero(~np.isnan(values[0] + values[1]))
        front = known[pareto_front(values[0][known], values[1][known], lists[known])]
        names = ["region", "region_name", "field", "firm_id", "name", x, y, "rank", "selected"]
        order = np.lexsort((front, -values[0][front], lists[front]))
        return self.frame.iloc[front[order]][names].reset_index(drop=True)

    def stability(
        self, *, vectors: int = 200, concentration: float = 100.0, seed: int = 0
    ) -> pd.DataFrame:
        """How often each firm stays selected when the weights and the reading vary.

        Weights are drawn from Dirichlet(`concentration` · w) around the weights w of the scheme,
        and each draw is scored under both readings. A firm that is selected in at least 95% of
        them is called robust to weights, in at most 5% out, in between borderline. This says
        nothing of errors in the data.

        Parameters
        ----------
        vectors : int
            Weight vectors, 1 or more.
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
        return stability(self, vectors=vectors, concentration=concentration, seed=seed)

    def save(self, folder: str | os.PathLike[str], *, csv: bool = False) -> Path:
        """Write ``selection``, ``not_ranked`` and ``counts`` as Parquet, and ``scheme.toml``.

        Parameters
        ----------
        folder : path
            Made if needed.
        csv : bool
            Also write each table as CSV for spreadsheets (UTF-8 with BOM).

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        StorageError
        """
        tables = {"selection": self.frame, "not_ranked": self.not_ranked, "counts": self.counts}
        with filling(folder, last="scheme.toml") as new:
            for name, frame in tables.items():
                table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
                write_parquet(table, new / f"{name}.parquet")
                if csv:
                    write_csv(table, new / f"{name}.csv")
            self.scheme.save(new / "scheme.toml")
        return Path(folder)

    def __repr__(self) -> str:
        notes = "".join(f"! {n}\n" for n in (*self.ledger.notes, *self.notes))
        head = self.frame.head(SHOWN)[["region", "field", "rank", "firm_id", "score", "selected"]]
        return (
            f"{notes}Selection ({self.scheme.name}): {len(self.frame):,} rows, "
            f"{int(self.frame['selected'].sum()):,} selected\n{head.to_string(index=False)}"
        )
