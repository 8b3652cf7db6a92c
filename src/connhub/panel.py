"""A panel: the same analysis of each of several years."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from connhub.analysis import Analysis
from connhub.arguments import Table, checked
from connhub.arrow import text
from connhub.errors import ConnhubWarning, Fault, InputError, OptionError, check_choice
from connhub.intake.firm_changes import read_firm_changes
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.intake.transactions import Transactions, read_record
from connhub.intake.years import FIRST_YEAR, YEARS
from connhub.measures.change import Change
from connhub.measures.comparable import refuse_unlike
from connhub.measures.progress import Progress
from connhub.measures.result_table import ids_as_in
from connhub.memory import limited
from connhub.options import Policies, ReadOptions, RunOptions, TableOptions, flat_options
from connhub.prepared.reader import PreparedTable, is_prepared, refuse_settled
from connhub.regions.directory import RegionDirectory
from connhub.text.catalogue import Message
from connhub.totals.sparse_sums import GRAINS, Grain
from connhub.totals.threads import add_up
from connhub.totals.totals import Totals
from connhub.totals.yearly import add_up_by_year, fits
from connhub.years import by_year, compare, track

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Panel", "analyze_years"]

Region = str | Mapping[str, str]
Open = Callable[[Sequence[int]], Any]

_EVERY_YEAR = tuple(range(FIRST_YEAR, FIRST_YEAR + YEARS))
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
        """Degrees of all firms in all years: ``year`` and the columns of `Degrees.frame`.

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
        """Sums of all regions in all years: ``year`` and the columns of `Regions.frame`."""
        return self._stacked(lambda result: result.regions.frame)

    @cached_property
    def linkages(self) -> pd.DataFrame:
        """Flows between regions in all years: ``year`` and the columns of `Linkages.frame`."""
        return self._stacked(lambda result: result.linkages.frame)

    @cached_property
    def trade(self) -> pd.DataFrame:
        """What firms trade in all years: ``year`` and the columns of `Trade.frame`."""
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

    @checked
    def track(self, targets: Table, **options: Any) -> Progress:
        """Follow targets through the years: `connhub.track`.

        Parameters
        ----------
        targets : path or table
        **options
            Those of `connhub.track`.

        Returns
        -------
        Progress

        Raises
        ------
        InputError, OptionError, ColumnError
        """
        return track(self, targets, **options)

    @checked
    def save(
        self, folder: str | os.PathLike[str], *, csv: bool = False, excel: bool = False
    ) -> Path:
        """Write each year into a folder of its own: ``folder/2024`` as `Analysis.save` does.

        Parameters
        ----------
        folder : path
        csv : bool
            Also write tables as CSV.
        excel : bool
            Also as workbooks (extra ``excel``).

        Returns
        -------
        Path
            The folder; ``Panel.of(sorted(folder.iterdir()))`` brings the panel back.

        Raises
        ------
        StorageError
        """
        for year, result in self.analyses.items():
            result.save(Path(folder) / str(year), csv=csv, excel=excel)
        return Path(folder)

    def __repr__(self) -> str:

        notes = "".join(f"! {n}\n" for n in self.notes)
        shown: pd.DataFrame = self.coverage.drop(columns="coverage_changed")
        return f"{notes}Panel by {self._last.options['region']}\n{shown.to_string(index=False)}"

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
    table = result.degrees.to_arrow()
    sums = [table[name].fill_null(0) for name in ("sales", "purchases")]
    return text(table["firm_id"].filter(pc.or_(*(pc.not_equal(s, 0) for s in sums))))


@flat_options
@limited()
def analyze_years(
    transactions: Table | Mapping[int, Table],
    firms: Table | Mapping[int, Table] | None = None,
    *,
    years: Sequence[int] | None = None,
    firm_changes: Table | None = None,
    region: Region = "prefecture",
    region_totals: Table | None = None,
    grain: Grain = "firms",
    passes: Literal["auto", "one", "each"] = "auto",
    read: ReadOptions = ReadOptions(),
    policies: Policies = Policies(),
    run: RunOptions = RunOptions(),
) -> Panel:
    """Analyze each year of a table, from one pass over it where memory allows.

    Parameters
    ----------
    transactions : path, glob, folder, list of paths, table, or mapping
        As for `analyze`, with a column of the year (folders such as ``year=2024/`` give one), or a
        prepared directory; or one table a year, ``{2023: "2023.csv", 2024: "2024.csv"}``.
    firms : path, list of paths, table, or mapping, optional
        As for `analyze`; or one table a year, where each year has its own transactions.
    years : sequence of int, optional
        Years to analyze; by default all.
    firm_changes : path or table, optional
        ``old_id, new_id, year, share``: mergers, splits and new ids. Rows of earlier years count
        for the firms of today, to the last unit; see `read_firm_changes`.
    region, region_totals, grain
        As for `analyze`.
    passes : {"auto", "one", "each"}
        Read the table once for all years, or once for each; by default once, unless `years` are
        given and their sums may not fit into memory together, which is said before.
    {read}
    {policies}
    {run}

    Returns
    -------
    Panel
        ``panel.year(2024)`` is what `analyze` gives with ``year=2024``, to the last bit.

    Raises
    ------
    InputError, ColumnError, OptionError, LimitError

    Examples
    --------
    >>> import pyarrow as pa
    >>> firms = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"]})
    >>> trade = pa.table({"seller_id": ["a", "b"] * 2, "buyer_id": ["c"] * 4,
    ...                   "amount": [60, 40, 90, 110], "year": [2023] * 2 + [2024] * 2})
    >>> panel = analyze_years(trade, firms)
    >>> panel.frame[["year", "firm_id", "connector_degree"]].dropna()
       year firm_id  connector_degree
    0  2023       a              0.60
    1  2023       b              0.40
    3  2024       a              0.45
    4  2024       b              0.55
    """
    check_choice("grain", grain, GRAINS)
    check_choice("passes", passes, ("auto", "one", "each"))
    run_options: dict[str, Any] = {"grain": grain, "run": run}
    if isinstance(transactions, Mapping):
        of_year = _tables_by_year(transactions, firms, years)
        totals = {}
        for year, (deals, table) in of_year.items():
            found = read_firms(table, region=region, read=read.table)
            changes = _changes(firm_changes, found, read)
            rows = Transactions(deals, found, policies, read, changes=changes and changes.at(year))
            of_table = add_up(rows, **run_options).of_year(year)
            if (counted := of_table.to_ledger().years) != (year,):
                raise InputError(Fault("change.other_year", year=year, years=counted))
            totals[year] = of_table, found.without_lookup()
        return _panel(totals, read, None, region, region_totals, firm_changes)
    prepared = is_prepared(transactions)
    if prepared != (firms is None):
        raise OptionError(
            Fault("analysis.firms_beside_prepared" if prepared else "analysis.no_firms")
        )
    settled = None
    if prepared:
        refuse_settled(read, "local")
        if firm_changes is not None:
            raise OptionError(Fault("change.changes_of_prepared"))

        def open_table(chosen: Sequence[int]) -> Any:
            return PreparedTable(transactions, region=region, year=chosen, policies=policies)

        first = open_table(years or _EVERY_YEAR)
        table, settled = first.encoder.firms, first.options
    else:
        table = read_firms(firms, region=region, read=read.table)
        changes = _changes(firm_changes, table, read)

        def open_table(chosen: Sequence[int]) -> Any:
            return Transactions(transactions, table, policies, read, year=chosen, changes=changes)

        first = open_table(years or _EVERY_YEAR)
    each = passes == "each"
    if each and not years:
        raise OptionError(Fault("change.each_needs_years"))
    if passes == "auto" and years and not fits(first, len(years), grain, run):
        each = True
        note = Message("change.several_passes", count=len(years))
        warnings.warn(str(note), ConnhubWarning, stacklevel=2)
    if each:
        found_totals = {y: add_up(open_table([y]), **run_options) for y in sorted(set(years or ()))}
    else:
        found_totals = add_up_by_year(first, years or (), **run_options)
    if not found_totals:
        raise InputError(Fault("change.no_years"))
    plain = table.without_lookup()
    with_table = {year: (totals, plain) for year, totals in found_totals.items()}
    return _panel(with_table, read, settled, region, region_totals, firm_changes)


def _tables_by_year(
    transactions: Mapping[int, Any], firms: Any, years: Sequence[int] | None
) -> dict[int, tuple[Any, Any]]:
    """Transactions and firm table of each year."""
    if firms is None:
        raise OptionError(Fault("analysis.no_firms"))
    chosen = sorted(transactions if years is None else set(years))
    if missing := [y for y in chosen if y not in transactions]:
        raise OptionError(Fault("change.year_not_there", year=missing[0], years=list(transactions)))
    by_year = firms if isinstance(firms, Mapping) else dict.fromkeys(chosen, firms)
    if missing := [y for y in chosen if y not in by_year]:
        raise OptionError(Fault("change.firms_by_year", years=missing))
    return {year: (transactions[year], by_year[year]) for year in chosen}


def _changes(firm_changes: Any, firms: FirmTable, read: ReadOptions) -> Any:
    if firm_changes is None:
        return None
    return read_firm_changes(firm_changes, firms, read=TableOptions(encoding=read.encoding))


def _panel(
    totals: Mapping[int, tuple[Totals, FirmTable]],
    read: ReadOptions,
    settled: Mapping[str, Any] | None,
    region: Region,
    region_totals: Any,
    firm_changes: Any,
) -> Panel:
    analyses = {}
    for year, (of_year, firms) in totals.items():
        options = dict(settled or read_record(read, of_year.money.unit))
        options |= {"region": region, "engine": "local"}
        if firm_changes is not None:
            options["firm_changes"] = True
        analyses[year] = Analysis.of(of_year, firms, options, region_totals)
    refuse_unlike(list(analyses.values()))
    return Panel(analyses)
