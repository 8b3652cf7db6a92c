"""Several years: compared, and targets followed, from saved analyses or those in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connhub.analysis import Analysis, load
from connhub.arguments import Table, checked
from connhub.arrow import positions_in, text
from connhub.errors import Fault, OptionError, check_choice
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.intake.targets import REPORTED, read_targets
from connhub.labels import label_of
from connhub.measures.change import Change
from connhub.measures.comparable import refuse_unlike, years_of
from connhub.measures.compare import compare as compare_results
from connhub.measures.progress import PathKind, Progress, Reports
from connhub.measures.progress import track as track_targets
from connhub.options import TableOptions, flat_options
from connhub.selection.fields import read_fields
from connhub.selection.financials import Financials, read_financials
from connhub.selection.financials_options import options_of_financials

__all__ = ["by_year", "compare", "opened", "track"]

NO_OPTIONS = TableOptions()


class Panel(Protocol):
    """What is asked of a panel; `connhub.Panel` itself rests on this module."""

    @property
    def analyses(self) -> Mapping[int, Analysis]:
        """By year, ascending."""


@flat_options
def compare(
    before: Analysis | str | os.PathLike[str],
    after: Analysis | str | os.PathLike[str],
    *,
    firms: Table | FirmTable | None = None,
    read: TableOptions = TableOptions(),
) -> Change:
    """Compare two years: what changed, and what the change is made of.

    The change of a degree is split exactly into the firm's own part and that of its region; the
    change of the in-region transactions into pairs that continue, are new or lost, and firms that
    enter or leave; the change of what a firm buys in its region into turning to local suppliers
    and buying more. A table also grows because it sees more, so sums are given in three figures:
    of all rows, of firms in both years, and of firms that trade in both. Money is nominal.

    Parameters
    ----------
    before, after : Analysis or path
        From `analyze`, or a folder of `Analysis.save`: of different years, with the same regions,
        policies, unit and grain.
    firms : path, table, or FirmTable, optional
        The later firm table, for industries (`Change.shift_share`), and with ``founded_year`` or
        ``closed_year`` to tell firms that are founded and closed from those that appear and
        disappear.
    {read}

    Returns
    -------
    Change

    Raises
    ------
    OptionError
        For results that were not counted alike, with all differences; for years in both.
    InputError, ColumnError, StorageError

    References
    ----------
    L. S. Shapley, A value for n-person games, 1953. B. W. Ang, The LMDI approach to decomposition
    analysis, Energy Policy 33 (2005).

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"]})
    >>> trade = pa.table({"seller_id": ["a", "b"] * 2, "buyer_id": ["c"] * 4,
    ...                   "amount": [60, 40, 90, 110], "year": [2023] * 2 + [2024] * 2})
    >>> before, after = (analyze(trade, firms, year=year) for year in (2023, 2024))
    >>> change = compare(before, after)
    >>> change.degrees()[["firm_id", "before", "after", "own_effect", "region_effect"]].head(2)
      firm_id  before  after  own_effect  region_effect
    0       a     0.6   0.45       0.225         -0.375
    1       b     0.4   0.55       0.525         -0.375
    """
    results = opened(before), opened(after)
    table = None
    if firms is not None:
        given = results[1].table_options if read == NO_OPTIONS else read
        is_table = isinstance(firms, FirmTable)
        region = results[1].options["region"]
        table = firms if is_table else read_firms(firms, region=region, read=given)
    return compare_results(*results, table)


@flat_options
def track(
    panel: Panel | Iterable[Analysis | str | os.PathLike[str]],
    targets: Table,
    *,
    firms: Table | FirmTable | None = None,
    fields: Table | None = None,
    financials: Table | None = None,
    financials_unit: str | None = None,
    path: PathKind = "linear",
    read: TableOptions = TableOptions(),
) -> Progress:
    """Follow targets: base, path and what was reached, and whether it is on path.

    What is reached is read off three ways: from all rows; and as the firms that are in both firm
    tables, and that trade (or report) in both years, have grown since the base year. A target is
    on path where all three are, behind where none is; where they straddle the path it cannot be
    told, because the table may see more, or less, than it did. No interval is given: the sums are
    of nearly all firms, so influence of single firms and coverage are what is uncertain.

    Parameters
    ----------
    panel : Panel, or sequence of Analysis or path
        From `analyze_years`; or one analysis for each year, or their folders.
    targets : path or table
        ``region, measure, base_year, target_year, target``, and perhaps ``field`` and ``base``;
        see `read_targets`.
    firms : path, table, or FirmTable, optional
        The firm table, for fields by industry, and to check the ids of the financials.
    fields : path or table, optional
        Of the fields that targets name.
    financials : path or table, optional
        One row a firm and year, for ``net_sales``, ``wages`` and ``employees``.
    financials_unit : str, optional
        Unit of their money, where the headers name none.
    path : {"linear", "growth"}
        Equal steps a year, or equal growth rates.
    {read}

    Returns
    -------
    Progress

    Raises
    ------
    InputError
        Targets of unknown regions or measures, years or amounts that cannot be read: all at once.
    OptionError, ColumnError, StorageError

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze_years
    >>> firms = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"]})
    >>> trade = pa.table({"seller_id": ["a", "b"] * 2, "buyer_id": ["c"] * 4,
    ...                   "amount": [60, 40, 90, 30], "year": [2023] * 2 + [2024] * 2})
    >>> plan = pa.table({"region": ["新潟県"], "measure": ["out_of_region_sales"],
    ...                  "base_year": [2023], "target_year": [2027], "target": [140]})
    >>> found = track(analyze_years(trade, firms), plan).frame
    >>> found[["base", "actual", "path", "gap", "without_largest", "status"]]
       base  actual  path  gap  without_largest   status
    0   100     120   110   10              -10  on_path
    """
    check_choice("path", path, get_args(PathKind))
    analyses = by_year(panel) if isinstance(panel, Iterable) else panel.analyses
    last = analyses[max(analyses)]
    layout = last.table_options if read == NO_OPTIONS else read
    plain = replace(layout, columns=None)
    table = None
    if firms is not None:
        is_table = isinstance(firms, FirmTable)
        table = firms if is_table else read_firms(firms, region=last.options["region"], read=layout)
    wanted = read_targets(targets, last.directory, last.unit, read=plain)
    members = _members(fields, table, plain)
    if unknown := sorted({t.field for t in wanted if t.field} - members.keys()):
        raise OptionError(Fault("change.target_field", fields=unknown))
    found = None
    if financials is not None:
        read_as = options_of_financials(
            layout, financials_unit, last.unit, last.options.get("rounding", "error")
        )
        fiscal = bool(last.options.get("fiscal_year"))
        found = read_financials(financials, firms=table, fiscal_year=fiscal, read=read_as)
    measures = sorted({t.measure for t in wanted} & set(REPORTED))
    reports = _reports(found, measures, analyses) if measures else {}
    return track_targets(analyses, wanted, fields=members, reports=reports, path=path)


@checked
def by_year(panel: Iterable[Analysis | str | os.PathLike[str]]) -> dict[int, Analysis]:
    """Analyses by year, ascending.

    Parameters
    ----------
    panel : iterable of Analysis or path
        Each of one year.

    Returns
    -------
    dict

    Raises
    ------
    OptionError
        For analyses of several years or of none, for a year twice, or where they were not counted
        alike.
    """
    results = [opened(analysis) for analysis in panel]
    if not results:
        raise OptionError(Fault("change.no_years"))
    for result in results:
        if len(counted := years_of(result)) != 1:
            raise OptionError(Fault("change.one_year_each", years=counted))
    refuse_unlike(results)
    return dict(sorted((years_of(result)[0], result) for result in results))


def _members(fields: Any, firms: FirmTable | None, read: TableOptions) -> dict[str, list[Any]]:
    """Ids of the firms of each field."""
    if fields is None or firms is None:
        return {}
    ids = text(firms.table["firm_id"])
    columns = firms.table.column_names
    industry = text(firms.table["industry_code"]) if "industry_code" in columns else None
    found = read_fields(fields, ids, industry=industry, read=read)
    members: dict[str, list[Any]] = {name: [] for name in found.names}
    listed = ids.take(pa.array(found.firm)).to_pylist()
    for field, firm in zip(found.field.tolist(), listed, strict=True):
        members[found.names[field]].append(firm)
    return members


def _reports(
    financials: Financials | None, measures: Sequence[str], analyses: Mapping[int, Analysis]
) -> Reports:
    """What the firms of each year's degrees report."""
    missing = [
        measure
        for measure in measures
        if financials is None or measure not in financials.table.column_names
    ]
    if financials is None or missing:
        labels = [
            {"ja": label_of("target_measure", m, "ja"), "en": label_of("target_measure", m, "en")}
            for m in missing
        ]
        raise OptionError(Fault("change.target_reports", measures=labels))
    reports: dict[tuple[str, int], Any] = {}
    for year, result in analyses.items():
        of_year = financials.table.filter(pc.equal(financials.table["year"], year))
        ids = result.degrees.to_arrow(["firm_id"])["firm_id"]
        at = positions_in(ids, text(of_year["firm_id"]))
        for measure in measures:
            values = of_year[measure]
            known = np.append(values.is_valid().to_numpy(), False)[at]
            amounts = np.append(values.fill_null(0).to_numpy(), 0)[at]
            reports[measure, year] = (amounts, known)
    return reports


def opened(result: Analysis | str | os.PathLike[str]) -> Analysis:
    """An analysis, or the one that a folder holds.

    Parameters
    ----------
    result : Analysis or path

    Returns
    -------
    Analysis

    Raises
    ------
    StorageError
    """
    return result if isinstance(result, Analysis) else load(result)
