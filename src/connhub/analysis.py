"""The whole walk in one call: raw tables to degrees, linkages and regional sums."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from connhub.arguments import Table, checked
from connhub.certainty_options import CertaintyOptions
from connhub.cutoff import Cutoff
from connhub.errors import Fault, OptionError, check_choice
from connhub.estimation.estimated_transactions import with_draws
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.intake.open_table import open_source
from connhub.intake.transactions import read_record
from connhub.jit import made_ready
from connhub.measures.degree_intervals import with_intervals
from connhub.measures.results import Results, read_results
from connhub.measures.trade import Trade
from connhub.memory import limited
from connhub.options import (
    Policies,
    ReadOptions,
    RunOptions,
    ShapeOptions,
    TableOptions,
    flat_options,
)
from connhub.prepared.reader import PreparedTable, is_prepared, refuse_settled
from connhub.report_options import ReportOptions
from connhub.totals.engines import engine_of
from connhub.totals.sparse_sums import GRAINS, Grain
from connhub.totals.threads import add_up, compiling

if TYPE_CHECKING:
    from connhub.measures.change import Change
    from connhub.measures.leaks import LeakMap
    from connhub.measures.progress import Progress
    from connhub.measures.ripple_result import Ripple
    from connhub.publishing.dossier import Dossier
    from connhub.scenario.result import WhatIf
    from connhub.selection.financial_indicators import Indicators
    from connhub.selection.financials import Financials
    from connhub.selection.result import Selection
    from connhub.selection.schemes import Scheme

__all__ = ["Analysis", "analyze", "load"]

Region = str | Mapping[str, str]


class Analysis(Results):
    """Result of `analyze`: `Results` that select firms, follow money, and report."""

    @flat_options
    def select(
        self,
        firms: Table | FirmTable | None = None,
        *,
        scheme: Scheme | str | os.PathLike[str] = "two-degrees",
        eligible: Any = None,
        fields: Table | None = None,
        indicators: Indicators | Table | None = None,
        missing: Literal["exclude", "last", "neutral"] | None = None,
        financials: Table | None = None,
        financials_unit: str | None = None,
        read: TableOptions | None = None,
        cutoff: Cutoff = Cutoff(),
    ) -> Selection:
        """Rank firms by a scheme and select the best of each region: `select_priority_firms`.

        Parameters
        ----------
        firms : path, table, or FirmTable, optional
            The firm table of the analysis.
        scheme, eligible, fields, indicators, missing
            As in `select_priority_firms`.
        financials : path or table, optional
            One row a firm and year, or a column for each year: the four indicators of
            `financial_indicators`, and what firms report in all, for `Selection.certainty`. Money
            is read with the resolution of the analysis.
        financials_unit : str, optional
            Unit of the money of the financials, where the headers name none: 円, 千円, 百万円, ...
        read : TableOptions, optional
            How the firm table, the financials and the fields are read; by default as the tables
            of the analysis were.
        {cutoff}

        Returns
        -------
        Selection

        Raises
        ------
        OptionError, InputError, ColumnError
        """
        from connhub.selection.financial_indicators import financial_indicators, has_indicators
        from connhub.selection.select import select_priority_firms

        reports, table = None, read or self.table_options
        if firms is not None:
            firms = self._firm_table(firms, table)
        if financials is not None:
            if indicators is not None:
                raise OptionError(Fault("selection.financials_and_indicators"))
            reports = self._financials(financials, financials_unit, firms, table)
            if has_indicators(reports):
                indicators = financial_indicators(reports)
        if fields is not None:
            fields = open_source(fields, "fields", replace(table, columns=None))
        return select_priority_firms(
            self.degrees,
            firms,
            scheme=scheme,
            eligible=eligible,
            fields=fields,
            indicators=indicators,
            missing=missing,
            reports=reports,
            trade=self.trade,
            cutoff=cutoff,
        )

    @checked
    def ripple(
        self,
        of_region: str | None = None,
        firms: Table | FirmTable | None = None,
        *,
        financials: Table | None = None,
        financials_unit: str | None = None,
        reported_year: int | None = None,
        feedback: Literal["none", "national"] = "none",
        read: TableOptions | None = None,
    ) -> Ripple:
        """What becomes of the money that firms bring into their region (grain ``pairs``).

        Parameters
        ----------
        of_region : str, optional
            Code or name of the region whose firms are shown; by default all.
        firms : path, table, or FirmTable, optional
            The firm table of the analysis, for municipalities and industries.
        financials : path or table, optional
            Net sales that firms report for the years that were counted.
        financials_unit : str, optional
            Unit of the money of the financials, where the headers name none.
        reported_year : int, optional
            Year of the financials, where the transactions name none.
        feedback : {"none", "national"}
            Whether money that leaves the region and comes back is followed too.
        read : TableOptions, optional
            How both tables are read; by default as those of the analysis were.

        Returns
        -------
        Ripple
            Modelled.

        Raises
        ------
        OptionError, InputError, ColumnError
        """
        from connhub.measures.ripple import ripple
        from connhub.selection.reported import reported_sales

        table = None if firms is None else self._firm_table(firms, read)
        net_sales = None
        if financials is not None:
            reports = self._financials(financials, financials_unit, table, read)
            net_sales = reported_sales(self.degrees, reports, reported_year=reported_year)
        return ripple(
            self._pairs(),
            self.degrees,
            table,
            of_region=of_region,
            net_sales=net_sales,
            feedback=feedback,
        )

    @checked
    def leaks(
        self, firms: Table | FirmTable, *, digits: int = 2, read: TableOptions | None = None
    ) -> LeakMap:
        """What each region buys outside, by industry (grain ``pairs``): `leak_map`.

        Parameters
        ----------
        firms : path, table, or FirmTable
            The firm table of the analysis, with ``industry_code``.
        digits : int
            How many digits of the codes count, 1 to 4.
        read : TableOptions, optional
            As for `ripple`.

        Returns
        -------
        LeakMap
            Counted.

        Raises
        ------
        OptionError, InputError, ColumnError
        """
        from connhub.measures.leaks import leak_map

        return leak_map(self._pairs(), self.degrees, self._firm_table(firms, read), digits=digits)

    def _financials(
        self, financials: Any, unit: str | None, firms: FirmTable | None, read: TableOptions | None
    ) -> Financials:
        from connhub.selection.financials import read_financials
        from connhub.selection.financials_options import options_of_financials

        fiscal, rounding = map(self.options.get, ("fiscal_year", "rounding"))
        table = read or self.table_options
        money = options_of_financials(table, unit, self.unit, rounding or "error")
        return read_financials(financials, firms=firms, fiscal_year=bool(fiscal), read=money)

    def _pairs(self) -> Trade:
        if self.trade is None:
            raise OptionError(Fault("ripple.needs_pairs", grain="firms"))
        return self.trade

    def _firm_table(self, firms: Any, read: TableOptions | None) -> FirmTable:
        if isinstance(firms, FirmTable):
            return firms
        return read_firms(firms, region=self.options["region"], read=read or self.table_options)

    @flat_options
    def report(
        self,
        folder: str | os.PathLike[str],
        *,
        of_region: str | None = None,
        selection: Selection | None = None,
        beside: Sequence[LeakMap | Change | Progress | WhatIf | Dossier] = (),
        sheets: Literal["one", "each"] = "one",
        doubts: CertaintyOptions = CertaintyOptions(),
        caption: ReportOptions = ReportOptions(),
        shapes: ShapeOptions = ShapeOptions(),
    ) -> Path:
        """Write a report, a workbook and the pictures of a region, or of all: `publish`.

        Parameters
        ----------
        folder : path
            Made if needed; ``report.html``, ``workbook.xlsx`` and the pictures as PNG.
        of_region : str, optional
            Code or name; by default all regions.
        selection : Selection, optional
            From `select`; by default firms are chosen by the two degrees alone.
        beside : sequence of results, optional
            Each has a page of its own: what is bought outside (from `leaks`; sheets of the
            workbook too), what changed (`Change`), how far targets are (`Progress`).
        sheets : {"one", "each"}
            One sheet of candidates, or one for each region.
        {doubts}
        {caption}
        {shapes}

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        OptionError, MissingExtraError, StorageError

        Examples
        --------
        >>> import tempfile
        >>> import pyarrow as pa
        >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["15", "13"]})
        >>> trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     written = analyze(trade, firms).report(folder, of_region="新潟県")
        ...     (written / "report.html").is_file()
        True
        """
        from connhub.publishing.publish import publish
        from connhub.publishing.report.write_report import check_extra

        check_extra()
        return publish(
            self,
            folder,
            of_region=of_region,
            selection=self.select() if selection is None else selection,
            beside=beside,
            doubts=doubts,
            sheets=sheets,
            caption=caption,
            shapes=shapes,
        )


@checked
def load(folder: str | os.PathLike[str]) -> Analysis:
    """Bring a saved analysis back.

    Parameters
    ----------
    folder : path
        Written by `Analysis.save`.

    Returns
    -------
    Analysis

    Raises
    ------
    StorageError
        When a file is missing, was changed, or stems from another run.

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow as pa
    >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    >>> trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = load(analyze(trade, firms).save(folder))
    >>> again.degrees.frame["connector_degree"].tolist()
    [1.0, nan]
    """
    return Analysis(**read_results(folder))


@flat_options
@limited()
def analyze(
    transactions: Table,
    firms: Table | None = None,
    *,
    region: Region = "prefecture",
    year: int | Sequence[int] | None = None,
    region_totals: Table | None = None,
    grain: Grain = "firms",
    engine: Literal["local", "spark"] = "local",
    read: ReadOptions = ReadOptions(),
    policies: Policies = Policies(),
    run: RunOptions = RunOptions(),
) -> Analysis:
    """Compute connector and hub degrees, linkages and regional sums from raw tables.

    Parameters
    ----------
    transactions : path, glob, folder, list of paths, or table
        One row a transaction: seller, buyer, amount, and perhaps a year and the parties' regions.
        CSV (UTF-8, CP932, gzipped), Parquet, or any table with ``__arrow_c_stream__``; or a
        directory that `prepare` wrote, without `firms`; or what `estimate_amounts` gave or saved:
        degrees then have intervals, and all figures are modelled.
    firms : path, list of paths, or table
        One row a firm: id, prefecture or municipality, and perhaps name, country, industry,
        corporate group. Also ``.xlsx``.
    region : {"prefecture", "municipality", "block"}, column name, or mapping
        What a region is. A mapping sends prefecture or municipality codes to the user's own
        regions; the longest match wins, what is not listed keeps its prefecture.
    year : int or sequence of int, optional
        Years to count; by default all are added up.
    region_totals : table, optional
        Official sums by region to divide by; see `degrees`.
    grain : {"firms", "firms_by_region", "pairs"}
        How fine the sums are kept. ``"firms"`` takes 64 bytes a firm for every two threads;
        ``"firms_by_region"`` and ``"pairs"`` 24 to 48 bytes for each firm and region, or pair of
        firms, that trade, then 24, and give `Analysis.trade` and more columns of the linkages.
    engine : {"local", "spark"}
        ``"spark"`` adds up on a Spark cluster: the tables may then also be Spark DataFrames, and
        paths are what its workers read. It needs the extra ``spark`` and Java 17.
    {read}
    {policies}
    {run}

    Returns
    -------
    Analysis

    Raises
    ------
    InputError
        All faults of a table at once, with file, column, rows and values.
    ColumnError, OptionError, LimitError, MissingExtraError

    References
    ----------
    総務省, 地域未来戦略について, 2026-05-12. No official guidance says how the degrees are to be
    computed in practice.

    Examples
    --------
    >>> import pyarrow as pa
    >>> firms = pa.table({"法人番号": ["a", "b", "c"], "都道府県コード": ["13", "13", "27"]})
    >>> trade = pa.table({"販売元": ["a", "b", "a"], "販売先": ["c", "c", "b"],
    ...                   "取引金額(千円)": [30, 10, 5]})
    >>> result = analyze(trade, firms)
    >>> result.degrees.top(1)[["firm_id", "out_of_region_sales", "connector_degree"]]
      firm_id  out_of_region_sales  connector_degree
    0       a                30000              0.75
    >>> result.ledger.entry("read"), result.ledger.residual_amount
    ((3, 45000), 0)
    """
    check_choice("grain", grain, GRAINS)
    read_table, add_rows = engine_of(engine)
    prepared = is_prepared(transactions)
    if prepared != (firms is None):
        raise OptionError(
            Fault("analysis.firms_beside_prepared" if prepared else "analysis.no_firms")
        )
    intervals = None
    if firms is None:
        refuse_settled(read, engine)
        with made_ready():
            work = PreparedTable(transactions, region=region, year=year, policies=policies)
        table, options = work.encoder.firms, work.options
        totals = add_up(work, grain, run)
    else:
        with nullcontext() if engine == "spark" else compiling():
            table = read_table(firms, region=region, read=read.table)
        transactions = with_draws(transactions)
        totals = add_rows(
            transactions, table, year=year, grain=grain, read=read, policies=policies, run=run
        )
        totals, intervals = with_intervals(totals, table, transactions, policies, region_totals)
        table = table.without_lookup()
        options = read_record(read, totals.money.unit)
    options |= {"region": region, "engine": engine}
    return Analysis.of(totals, table, options, region_totals, intervals)
