"""A panel: the same analysis of each of several years."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from connhub.analysis import Analysis
from connhub.arguments import Table, checked
from connhub.arrow import text
from connhub.errors import Fault, OptionError
from connhub.intake.firm_table import FirmTable
from connhub.labels import Language
from connhub.measures.change import Change
from connhub.measures.display import display_table
from connhub.measures.progress import PathKind, Progress
from connhub.measures.result_table import for_people, ids_as_in
from connhub.options import TableOptions, flat_options
from connhub.regions.directory import RegionDirectory
from connhub.text.catalogue import Message
from connhub.years import by_year, compare, track

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Panel"]

_COVERAGE = 0.1
"""So much more or fewer firms or deals than the year before are told."""


@dataclass(frozen=True, eq=False, repr=False)
class Panel:
    """The same analysis of each of several years; from `analyze_years`, or `Panel.of`.

    Parameters
    ----------
    analyses : mapping of int to Analysis
        By year, ascending; all counted alike.
    """

    analyses: Mapping[int, Analysis]

    @classmethod
    @checked
    def of(cls, analyses: Iterable[Analysis | str | os.PathLike[str]]) -> Panel:
        """A panel of analyses that were made one by one.

        Parameters
        ----------
        analyses : iterable of Analysis or path
            Each of one year, or a folder of `Analysis.save`.

        Returns
        -------
        Panel

        Raises
        ------
        OptionError
            For analyses of several years or of none, for a year twice, or where they were not
            counted alike.
        """
        return cls(by_year(analyses))

    @property
    def years(self) -> tuple[int, ...]:
        """The years, ascending."""
        return tuple(self.analyses)

    @checked
    def year(self, year: int) -> Analysis:
        """The analysis of one year, as `analyze` gives it.

        Parameters
        ----------
        year : int

        Returns
        -------
        Analysis

        Raises
        ------
        OptionError
        """
        if year not in self.analyses:
            raise OptionError(Fault("change.year_not_there", year=year, years=self.years))
        return self.analyses[year]

    @property
    def unit(self) -> str:
        """Unit of all money."""
        return self._last.unit

    @property
    def directory(self) -> RegionDirectory:
        """The regions, to find and to label."""
        return self._last.directory

    @property
    def _last(self) -> Analysis:
        return self.analyses[self.years[-1]]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Degrees of all firms in all years, with ``year`` and the columns of `Degrees.frame`.

        Ids are of one type in all years, so that covariates join by ``year`` and ``firm_id``.
        ``attrs["notes"]`` say where the coverage of the table changed.
        """
        return self._stacked(lambda result: result.degrees.frame)

    @cached_property
    def balanced(self) -> pd.DataFrame:
        """The rows of `frame` of firms that trade in every year."""
        frame = self.frame
        always = ids_as_in(frame["firm_id"], self._in_every_year.to_pylist())
        rows = frame[frame["firm_id"].isin(always)].reset_index(drop=True)
        rows.attrs.update(frame.attrs)
        return rows

    @cached_property
    def regions(self) -> pd.DataFrame:
        """Sums of all regions in all years, with ``year`` and the columns of `Regions.frame`."""
        return self._stacked(lambda result: result.regions.frame)

    @cached_property
    def linkages(self) -> pd.DataFrame:
        """Flows between regions in all years, with ``year`` and the columns of `Linkages.frame`."""
        return self._stacked(lambda result: result.linkages.frame)

    @cached_property
    def trade(self) -> pd.DataFrame:
        """What firms trade in all years, with ``year`` and the columns of `Trade.frame`."""
        if self._last.trade is None:
            raise OptionError(Fault("measures.no_finer_grain"))
        return self._stacked(lambda result: result.trade.frame)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """What the table sees in each year.

        ``year, firms`` (that trade), ``in_every_year`` (of them, trade in each of the years),
        ``deals`` (transactions counted), ``amount``, and ``coverage_changed``: over 10% more or
        fewer firms or deals than the year before.
        """
        import pandas as pd

        rows: list[dict[str, Any]] = []
        for year, result in self.analyses.items():
            counted = [result.ledger.entry(e) for e in ("in_region", "out_of_region")]
            row: dict[str, Any] = {
                "year": year,
                "firms": len(_trading(result)),
                "in_every_year": len(self._in_every_year),
                "deals": sum(rows for rows, _ in counted),
                "amount": sum(amount for _, amount in counted),
            }
            row["coverage_changed"] = bool(rows) and any(
                abs(row[n] - rows[-1][n]) > _COVERAGE * rows[-1][n] for n in ("firms", "deals")
            )
            rows.append(row)
        frame = pd.DataFrame(rows)
        frame.attrs["unit"] = self.unit
        return frame

    @cached_property
    def notes(self) -> tuple[Message, ...]:
        """Where what looks like growth may be a table that sees more."""
        rows = self.coverage.to_dict("records")
        return tuple(
            Message(
                "change.coverage_of_years",
                before=str(before["year"]),
                after=str(after["year"]),
                **{
                    n: f"{after[n] / before[n] - 1:+.1%}" if before[n] else "-"
                    for n in ("firms", "deals")
                },
            )
            for before, after in pairwise(rows)
            if after["coverage_changed"]
        )

    @checked
    def compare(self, before: int, after: int, *, firms: Table | FirmTable | None = None) -> Change:
        """What changed between two of the years: `connhub.compare`.

        Parameters
        ----------
        before, after : int
        firms : path, table, or FirmTable, optional

        Returns
        -------
        Change

        Raises
        ------
        OptionError, InputError, ColumnError
        """
        return compare(self.year(before), self.year(after), firms=firms)

    @flat_options
    def track(
        self,
        targets: Table,
        *,
        firms: Table | FirmTable | None = None,
        fields: Table | None = None,
        financials: Table | None = None,
        financials_unit: str | None = None,
        path: PathKind = "linear",
        read: TableOptions = TableOptions(),
    ) -> Progress:
        """Follow targets through the years: `connhub.track`.

        Parameters
        ----------
        targets : path or table
        firms, fields, financials, financials_unit, path
            As for `connhub.track`.
        {read}

        Returns
        -------
        Progress

        Raises
        ------
        InputError, OptionError, ColumnError
        """
        return track(
            self,
            targets,
            firms=firms,
            fields=fields,
            financials=financials,
            financials_unit=financials_unit,
            path=path,
            read=read,
        )

    @checked
    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        csv: bool = False,
        excel: bool = False,
        labels: Language | None = None,
    ) -> Path:
        """Write each year into a folder of its own: ``folder/2024`` as `Analysis.save` does.

        Parameters
        ----------
        folder : path
        csv : bool
            Also write tables as CSV.
        excel : bool
            Also as workbooks (extra ``excel``).
        labels : {"ja", "en"}, optional
            Headers of both are labels with units, in this language, not the names of the columns.

        Returns
        -------
        Path
            The folder; ``Panel.of(sorted(folder.iterdir()))`` brings the panel back.

        Raises
        ------
        StorageError
        """
        for year, result in self.analyses.items():
            result.save(Path(folder) / str(year), csv=csv, excel=excel, labels=labels)
        return Path(folder)

    def __repr__(self) -> str:

        notes = "".join(f"! {n}\n" for n in self.notes)
        coverage = self.coverage.drop(columns="coverage_changed")
        shown: pd.DataFrame = for_people(coverage, "panel_coverage", self.unit)
        return f"{notes}Panel by {self._last.options['region']}\n{shown.to_string(index=False)}"

    def _repr_html_(self) -> str:
        seen = self.coverage
        shown = display_table(
            seen, of=len(seen), unit=self.unit, table="panel_coverage", notes=self.notes
        )
        return shown._repr_html_()

    def _stacked(self, frame_of: Callable[[Any], pd.DataFrame]) -> pd.DataFrame:
        import pandas as pd

        parts = {year: frame_of(result) for year, result in self.analyses.items()}
        ids = [n for n in next(iter(parts.values())).columns if n.endswith("_id")]
        for name in ids:
            if len({str(part[name].dtype) for part in parts.values()}) > 1:
                parts = {y: p.assign(**{name: p[name].astype("str")}) for y, p in parts.items()}
        frame = pd.concat(parts, names=["year"]).reset_index(level="year").reset_index(drop=True)
        frame.attrs.update(next(iter(parts.values())).attrs)
        frame.attrs["notes"] = [str(note) for note in self.notes]
        return frame

    @cached_property
    def _in_every_year(self) -> pa.Array:
        """Ids, as texts, of the firms that trade in each of the years."""
        first, *others = (_trading(result) for result in self.analyses.values())
        for other in others:
            first = first.filter(pc.is_in(first, value_set=other))
        return first


def _trading(result: Analysis) -> pa.Array:
    """Ids of firms that trade, as texts."""
    amounts = ("sales", "purchases")
    table = result.degrees.to_arrow(["firm_id", *amounts])
    sums = [table[name].fill_null(0) for name in amounts]
    return text(table["firm_id"].filter(pc.or_(*(pc.not_equal(s, 0) for s in sums))))
