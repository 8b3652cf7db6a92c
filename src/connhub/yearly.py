"""Each year of a table analyzed, in one pass where memory allows."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from connhub.analysis import Analysis
from connhub.arguments import Table
from connhub.errors import ConnhubWarning, Fault, InputError, OptionError, check_choice
from connhub.intake.firm_changes import read_firm_changes
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.intake.transactions import Transactions, read_record
from connhub.intake.years import FIRST_YEAR, YEARS
from connhub.measures.comparable import refuse_unlike
from connhub.memory import limited
from connhub.options import Policies, ReadOptions, RunOptions, TableOptions, flat_options
from connhub.panel import Panel
from connhub.prepared.reader import PreparedTable, is_prepared, refuse_settled
from connhub.text.catalogue import Message
from connhub.totals.sparse_sums import GRAINS, Grain
from connhub.totals.threads import add_up
from connhub.totals.totals import Totals
from connhub.totals.yearly import add_up_by_year, fits

__all__ = ["analyze_years"]

Region = str | Mapping[str, str]

_EVERY_YEAR = tuple(range(FIRST_YEAR, FIRST_YEAR + YEARS))


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
        ``panel.year(2024)`` is what `analyze` gives with ``year=2024``, to the last bit; its
        frames are made when they are first asked for.

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
    if years is not None and not years:
        raise OptionError(Fault("intake.year_option", value="[]"))
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
        if not totals:
            raise OptionError(Fault("change.no_years"))
        panel = _panel(totals, read, None, region, region_totals, firm_changes)
        refuse_unlike(list(panel.analyses.values()))
        return panel
    totals, settled = _of_one_table(
        transactions,
        firms,
        years=years,
        firm_changes=firm_changes,
        region=region,
        passes=passes,
        read=read,
        policies=policies,
        **run_options,
    )
    return _panel(totals, read, settled, region, region_totals, firm_changes)


def _of_one_table(
    transactions: Any,
    firms: Any,
    *,
    years: Sequence[int] | None,
    firm_changes: Any,
    region: Region,
    passes: str,
    read: ReadOptions,
    policies: Policies,
    grain: Grain,
    run: RunOptions,
) -> tuple[dict[int, tuple[Totals, FirmTable]], Mapping[str, Any] | None]:
    """Totals of each year of one table, with its firms, and the options it was prepared with."""
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
        warnings.warn(str(note), ConnhubWarning, stacklevel=3)
    if each:
        found = {y: add_up(open_table([y]), grain, run) for y in sorted(set(years or ()))}
    else:
        found = add_up_by_year(first, years or (), grain, run)
    if not found:
        raise InputError(Fault("change.no_years"))
    plain = table.without_lookup()
    return {year: (totals, plain) for year, totals in found.items()}, settled


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
    makers = {}
    for year, (of_year, firms) in totals.items():
        of_year.refuse_nothing_found()
        options = dict(settled or read_record(read, of_year.money.unit))
        options |= {"region": region, "engine": "local"}
        if firm_changes is not None:
            options["firm_changes"] = True
        makers[year] = partial(Analysis.of, of_year, firms, options, region_totals)
    panel = Panel(_Analyses(makers))
    panel.year(panel.years[-1])  # made at once, since the sums of regions are checked then
    return panel


class _Analyses(Mapping[int, Analysis]):
    """The analysis of each year, made from its totals when it is first asked for.

    Parameters
    ----------
    makers : mapping of int to function
        By year, ascending; all of the same options.
    """

    def __init__(self, makers: Mapping[int, Callable[[], Analysis]]) -> None:
        self._years, self._makers = tuple(makers), dict(makers)
        self._made: dict[int, Analysis] = {}

    def __getitem__(self, year: int) -> Analysis:
        if year not in self._made:
            self._made[year] = self._makers[year]()
            del self._makers[year]  # and the firm table with the last of them
        return self._made[year]

    def __iter__(self) -> Iterator[int]:
        return iter(self._years)

    def __len__(self) -> int:
        return len(self._years)
