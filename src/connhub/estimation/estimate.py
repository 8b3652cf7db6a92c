"""The result of estimating amounts: transactions, validation, totals, and what was assumed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from connhub.arguments import checked
from connhub.arrow import in_base_units, text
from connhub.estimation.draws import Draws
from connhub.estimation.estimated_transactions import (
    DESCRIPTION,
    TABLE,
    EstimatedTransactions,
)
from connhub.estimation.feasibility import largest_flow
from connhub.estimation.links import Float, Int
from connhub.estimation.problem import Fit
from connhub.estimation.rounding import whole_amounts
from connhub.estimation.validation import Validation, t_quantile
from connhub.labels import Language
from connhub.schema import columns as columns_of
from connhub.spreadsheets import Forms
from connhub.storage import filling, write_parquet
from connhub.text.catalogue import Message

__all__ = ["Estimate", "draws_for"]

_VISITS, _FEWEST, _MOST = 4 * 10**7, 8, 40
ASSUMED_DEVIATION = 1.0
"""Of ln(amount / estimate), where no amount is known."""
OF_SUMS = 1.1
"""How much wider draws are than intervals of single amounts. The errors of the links of a firm go
together, which hidden amounts, a few of each firm, cannot show: on synthetic economies 90%
intervals of what firms sell out of their region and buy in it cover 87 to 90% without it, and 90
to 93% (of the largest tenth of firms 88 to 92%) with it; ``benchmarks/estimation.py`` measures
it."""


def draws_for(links: int) -> int:
    """How many draws the spread of amounts is taken from: fewer, where there are many links."""
    return int(np.clip(_VISITS // max(1, links), _FEWEST, _MOST))


@dataclass(frozen=True, eq=False)
class Estimate:
    """Amounts of links that had none: modelled figures, not counted ones.

    Parameters
    ----------
    known_rows : Table
        Rows with an amount, as they came.
    firm_ids : Array, n
        The firms, in the order of the links.
    fit : Fit
        Of the links without amounts.
    totals : ndarray of int64, shape (2, n)
        Sales and purchases of each firm; below 0 where not known.
    known_sums : ndarray of int64, shape (2, n)
        What the known amounts of each firm come to.
    checks : Validation or None
        None where no amount is known.
    terms : mapping of str to float
        Effects of the prior, on the logarithm of the amount.
    unit : str
        Of all money.
    year : int or None
        Of the links.
    options : mapping
        The options that were used, the defaults included.
    notes : tuple of Message
        What was assumed and what the user should know, the most important first.
    inputs : tuple of str
        Files that were read.
    """

    known_rows: pa.Table
    firm_ids: pa.Array
    fit: Fit
    totals: Int
    known_sums: Int
    checks: Validation | None
    terms: Mapping[str, float]
    unit: str
    year: int | None
    options: Mapping[str, Any]
    notes: tuple[Message, ...] = ()
    inputs: tuple[str, ...] = ()

    @property
    def _width(self) -> float:
        """Standard deviation of the errors of single amounts, before the totals."""
        if self.checks is None:
            return ASSUMED_DEVIATION
        return self.checks.deviation * self.checks.width

    @cached_property
    def amounts(self) -> Int:
        """Estimated amounts, whole; those of sellers with exact totals come to these."""
        totals = self.fit.left[0]
        if self.fit.margins != "exact":
            totals = np.full(totals.size, -1)
        return whole_amounts(self.fit.scaled.links, self.fit.scaled.amounts, totals)

    @cached_property
    def transactions(self) -> EstimatedTransactions:
        """All transactions, the known ones first, as `analyze` takes any others."""
        links, (ids, known) = self.fit.scaled.links, self._same_ids()
        low, high = self._interval()
        size = links.size
        columns: dict[str, Any] = {
            "seller_id": ids.take(pa.array(links.seller)),
            "buyer_id": ids.take(pa.array(links.buyer)),
        }
        if self.year is not None:
            columns["year"] = pa.array(np.full(size, self.year, dtype=np.int32))
        columns |= {"amount": self.amounts, "estimated": np.ones(size, bool)}
        columns |= {"low": low, "high": high}
        amount = known["amount"]
        known = known.append_column("estimated", pa.array(np.zeros(len(known), bool)))
        known = known.append_column("low", amount).append_column("high", amount)
        table = pa.concat_tables([known.select(list(columns)), pa.table(columns)])
        return EstimatedTransactions(
            table,
            self.unit,
            ids,
            self.fit,
            self._width * OF_SUMS,
            self.options["draws"],
            self.options["seed"],
            self.notes[:1],
        )

    def _same_ids(self) -> tuple[pa.Array, pa.Table]:
        """Ids of the firms, and the known rows, whose ids are of the same type: texts if need be.

        Rows may name firms that the firm table lacks, by ids that are no integers.
        """
        ids, known = self.firm_ids, self.known_rows
        names = ("seller_id", "buyer_id")
        try:
            columns = [known[name].cast(ids.type) for name in names]
        except pa.ArrowInvalid:
            ids = text(ids)
            columns = [pa.chunked_array([text(known[name])]) for name in names]
        for place, (name, column) in enumerate(zip(names, columns, strict=True)):
            known = known.set_column(place, name, column)
        return ids, known

    def _interval(self) -> tuple[Int, Int]:
        """The 90% interval of each amount; it holds the amount, and keeps within the totals."""
        links, left = self.fit.scaled.links, self.fit.left
        count = draws_for(links.size)
        spread = Draws(self.fit, self._width, self.options["seed"]).spread(count)
        low, high = spread.interval(self.fit.scaled.amounts, t_quantile(90, count - 1))
        if self.fit.margins != "soft":
            for side, ends in enumerate((links.seller, links.buyer)):
                limit: Float = np.where(left[side] < 0, np.inf, left[side])[ends]
                high = np.minimum(high, limit)
        whole = self.amounts
        return (
            np.minimum(np.floor(low).astype(np.int64), whole),
            np.maximum(np.ceil(high).astype(np.int64), whole),
        )

    @cached_property
    def validation(self) -> Any:
        """How good the estimate is, by known amounts hidden, a fifth of the sellers at a time.

        A row a stratum (all; small, middle and large sellers) with ``amounts, typical_factor,
        within_2, within_10, coverage_50, coverage_80, coverage_90``. Known amounts are mostly
        those of large firms: of the others little is checked. No row where none is known.
        """
        import pandas as pd

        rows = [] if self.checks is None else self.checks.rows()
        frame = pd.DataFrame(rows, columns=list(columns_of("validation")))
        frame.attrs["label"] = "modelled"
        return frame

    @cached_property
    def margins(self) -> Any:
        """Totals, known amounts and estimates of each firm with a link, and how far they are off.

        ``sales_miss`` and ``purchases_miss`` are shares of what the links without amounts were to
        come to: below 0 where the estimate stays below. Money is int64 in whole `unit`, null
        where no total is known.
        """
        import pandas as pd

        links, left = self.fit.scaled.links, self.fit.left
        estimated, misses = links.sums(self.amounts), self.fit.scaled.misses(left)
        linked = (estimated.sum(axis=0) > 0) | (self.known_sums != 0).any(axis=0)
        linked[links.seller] = linked[links.buyer] = True
        rows = np.flatnonzero(linked)
        columns: dict[str, Any] = {"firm_id": self.firm_ids.take(pa.array(rows)).to_pandas()}
        for side, name in enumerate(("sales", "purchases")):
            total = self.totals[side, rows]
            columns[f"{name}_total"] = pd.arrays.IntegerArray(total, total < 0)
            columns[f"{name}_known"] = self.known_sums[side, rows]
            columns[f"{name}_estimated"] = estimated[side, rows]
            miss = misses[side, rows]
            columns[f"{name}_miss"] = np.where(left[side, rows] < 0, np.nan, miss)
        frame = pd.DataFrame(columns)
        frame.attrs.update(unit=self.unit, label="modelled")
        return frame

    @cached_property
    def largest_total(self) -> int | None:
        """The most that the links without amounts can come to under the totals.

        None where some link has no total at either end, so that nothing limits it.
        """
        links, left = self.fit.scaled.links, self.fit.left
        if ((left[0, links.seller] < 0) & (left[1, links.buyer] < 0)).any():
            return None
        without = int(left[left > 0].sum()) + 1
        limits = np.where(left < 0, without, left)
        return largest_flow(links, limits, self.fit.scaled.amounts).value

    def __repr__(self) -> str:
        links = self.fit.scaled.links.size
        notes = "".join(f"! {note}\n" for note in self.notes)
        known = len(self.known_rows)
        return f"{notes}Estimate (modelled): {links:,} amounts estimated, {known:,} known"

    @checked
    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        csv: bool = False,
        excel: bool = False,
        labels: Language | None = None,
    ) -> Path:
        """Write ``transactions``, ``validation``, ``margins``, and what draws need.

        `analyze` takes the folder like a transaction table.

        Parameters
        ----------
        folder : path
            Made if needed. All files move in together, or none does; those of an earlier estimate
            go, and no other file is touched. ``estimate.json`` names the others, with checksums.
        csv : bool
            Also write the three tables as CSV for spreadsheets (UTF-8 with BOM), money in base
            units.
        excel : bool
            Also as workbooks, in which ids and codes stay what they are (extra ``excel``).
        labels : {"ja", "en"}, optional
            Headers of both are labels with units, in this language, not the names of the columns.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        MissingExtraError
            With `excel`, without the extra.
        StorageError
        """
        transactions = self.transactions
        tables = {
            name: pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(
                {"unit": self.unit, "label": "modelled"}
            )
            for name, frame in (("validation", self.validation), ("margins", self.margins))
        }
        with filling(folder, DESCRIPTION, inputs=self.inputs) as draft:
            draft.facts.update(transactions.write(draft.path))
            draft.facts.update(
                options=dict(self.options),
                terms=dict(self.terms),
                all_notes=[note.to_dict() for note in self.notes],
            )
            for name, table in tables.items():
                write_parquet(table, draft.path / f"{name}.parquet")
            if csv or excel:
                for name, table in {TABLE: transactions.table, **tables}.items():
                    path = draft.path / name.removeprefix("estimated_")
                    shown = in_base_units(table, name, self.unit)
                    Forms(csv, excel, labels).write(shown, path, name, self.unit)
        return Path(folder)
