"""The workbook: notes, candidates for priority support, degrees, regions, linkages."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Literal

import pandas as pd

from connhub.certainty_options import CertaintyOptions
from connhub.errors import Fault, OptionError, check_choice
from connhub.measures.results import Results
from connhub.options import flat_options
from connhub.plots.picture import caption_line
from connhub.publishing.scope import Beside, Scope
from connhub.publishing.workbook.cell_values import SheetColumn
from connhub.publishing.workbook.certainty_sheets import write_certainty
from connhub.publishing.workbook.cover_sheet import write_cover
from connhub.publishing.workbook.money_sheets import write_money
from connhub.publishing.workbook.plan_sheets import write_dossier, write_scenario
from connhub.publishing.workbook.region_sheets import write_linkages, write_regions
from connhub.publishing.workbook.selection_sheets import write_selection
from connhub.publishing.workbook.sheet_layout import Workbook, schema_columns
from connhub.publishing.workbook.year_sheets import write_change, write_progress
from connhub.release import VERSION
from connhub.report_options import ReportOptions
from connhub.schema import label
from connhub.selection.result import Selection
from connhub.spreadsheets import opened_workbook
from connhub.staging import replacing
from connhub.text.catalogue import Texts

__all__ = ["write_sheets", "write_workbook"]

MAX_ROWS = 1_000_000
MAX_SHEETS = 255
_DEGREES = ("connector_degree", "hub_degree")
_AMOUNTS = {"connector_degree": "out_of_region_sales", "hub_degree": "in_region_purchases"}
_RANKS = {"connector_degree": "connector_rank", "hub_degree": "hub_rank"}
_RATIOS = ("out_of_region_sales_ratio", "in_region_purchase_ratio")


@flat_options
def write_workbook(
    result: Results,
    path: str | os.PathLike[str],
    *,
    of_region: str | None = None,
    selection: Selection | None = None,
    beside: Sequence[Beside] = (),
    sheets: Literal["one", "each"] = "one",
    max_rows: int = 1000,
    doubts: CertaintyOptions = CertaintyOptions(),
    caption: ReportOptions = ReportOptions(),
) -> Path:
    """Write an Excel workbook for officials.

    Its sheets: notes (warnings, contents, definitions, ledger, options, units); with a selection
    an overview, the lists, the reasons for each firm, and how sure the lists are; the firms with
    the highest connector and hub degrees; the sums of each region; the matrix and the ranking of
    linkages. Of one region, at the grain ``pairs``: what stays there and on whom it depends; with
    leaks where its money leaks, and local firms that could trade.

    Whatever a name looks like, it is text: no formula, link or number is ever made from data.
    Ids are text too. An amount that Excel would change, having 15 digits only, is written as text
    and counted on the notes. It holds exact figures of firms: handle it as confidential.

    Parameters
    ----------
    result : Results
        Of `connhub.analyze` or `connhub.load`.
    path : path
        Ends in ``.xlsx``; an old file is replaced when the new one is whole.
    of_region : str, optional
        Code or name of a region; by default all of them.
    selection : Selection, optional
        From ``result.select``: candidates, and why.
    beside : sequence of results, optional
        Each has sheets of its own: what is bought outside (`LeakMap`), what changed (`Change`),
        how far targets are (`Progress`), a scenario (`WhatIf`), requirements (`Dossier`).
    sheets : {"one", "each"}
        The lists of all regions on one sheet, or one sheet for each region.
    max_rows : int
        How many firms the sheets of degrees, and of what stays, show.
    {doubts}
    {caption}

    Returns
    -------
    Path

    Raises
    ------
    OptionError
        For a region or option that is not known; for more regions than sheets.
    MissingExtraError
        Without the extra ``excel``.
    StorageError

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    >>> trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_workbook(analyze(trade, firms), f"{folder}/book.xlsx", of_region="13")
    ...     path.read_bytes()[:2], path.name
    (b'PK', 'book.xlsx')
    """
    scope = Scope.of(result, of_region, selection, caption.lang, beside=beside, doubts=doubts)
    return write_sheets(scope, Path(path), sheets=sheets, max_rows=max_rows, caption=caption)


def write_sheets(
    scope: Scope,
    path: Path,
    *,
    sheets: Literal["one", "each"] = "one",
    max_rows: int = 1000,
    caption: ReportOptions,
) -> Path:
    """Write what a scope shows, as a workbook; see `write_workbook`.

    Parameters
    ----------
    scope : Scope
    path : path
    sheets : {"one", "each"}
    max_rows : int
    caption : ReportOptions

    Returns
    -------
    Path

    Raises
    ------
    OptionError, MissingExtraError, StorageError
    """
    _check(path, sheets, max_rows)
    regions = len(scope.rows(scope.result.regions.frame))
    if sheets == "each" and scope.selection is not None and regions > MAX_SHEETS:
        raise OptionError(Fault("workbook.too_many_sheets", regions=regions))
    subtitle = caption_line(scope.result.ledger, caption)
    created = caption.report_date or datetime.now().astimezone().date()
    texts = Texts("workbook", scope.lang)
    with replacing(path) as temporary, _opened(temporary, scope, subtitle, created) as book:
        cover = book.add_sheet(texts("notes"))
        write_selection(book, scope, each=sheets == "each")
        write_certainty(book, scope)
        for degree in _DEGREES:
            _write_degree(book, scope, degree, max_rows)
        write_regions(book, scope)
        write_linkages(book, scope)
        write_money(book, scope, max_rows=max_rows)
        write_change(book, scope)
        write_progress(book, scope)
        write_scenario(book, scope)
        write_dossier(book, scope)
        write_cover(cover, scope, subtitle=subtitle, report_date=created)
        cover.page.activate()
    return path


def _check(path: Path, sheets: str, max_rows: int) -> None:
    if path.suffix.lower() != ".xlsx":
        raise OptionError(Fault("workbook.not_xlsx", ending=path.suffix))
    check_choice("sheets", sheets, ("one", "each"))
    if type(max_rows) is not int or not 1 <= max_rows <= MAX_ROWS:
        raise OptionError(Fault("workbook.rows_out_of_range", value=max_rows, limit=MAX_ROWS))


@contextmanager
def _opened(path: Path, scope: Scope, subtitle: str, created: date) -> Iterator[Workbook]:
    """The workbook, with its properties."""
    properties = {
        "title": scope.title,
        "subject": subtitle,
        "comments": f"connhub {VERSION}",
        "created": datetime.combine(created, time()),
    }
    warning = Texts("workbook", scope.lang)("confidential")
    with opened_workbook(path) as file:
        file.set_properties(properties)
        yield Workbook(file, scope.lang, scope.unit, scope.title, warning, subtitle)


def _highest(scope: Scope, degree: str, max_rows: int) -> pd.DataFrame:
    """The firms with the highest of a degree, with their ranks in their regions by both."""
    top = scope.degrees.top(max_rows, degree)
    ranks = scope.degrees.firms(top["firm_id"].tolist())[list(_RANKS.values())]
    selected = [] if scope.selection is None else scope.selection.selected["firm_id"].tolist()
    return scope.rows(top.join(ranks)).assign(selected=top["firm_id"].isin(selected))


def _write_degree(book: Workbook, scope: Scope, degree: str, max_rows: int) -> None:
    texts, frame = Texts("workbook", scope.lang), _highest(scope, degree, max_rows)
    columns = _degree_columns(book, scope, degree)
    measure = scope.column("degrees", degree)
    sheet = book.add_sheet(label("degrees", degree, scope.lang))
    sheet.description = texts("about_degree_sheet", measure=measure, firms=len(frame))
    frozen = next(i for i, c in enumerate(columns) if c.name == "name") + 1
    marked = None if scope.selection is None else frame["selected"].tolist()
    empty = texts("no_degree", measure=measure)
    sheet.write_table(frame, columns, frozen=frozen, marked=marked, empty=empty)
    if rest := int(scope.degrees.frame[degree].notna().sum()) - len(frame):
        sheet.write_line(texts("more_firms", firms=rest))


def _degree_columns(book: Workbook, scope: Scope, degree: str) -> list[SheetColumn]:
    other = next(d for d in _DEGREES if d != degree)
    if scope.region:
        ranks, place, denominators = [_RANKS[degree], _RANKS[other]], [], []
    else:
        ranks, place = ["rank", *_RANKS.values()], ["region", "region_name"]
        denominators = ["region_out_of_region_sales", "region_in_region_purchases"]
    known = scope.degrees.frame.columns
    estimated = "share_estimated" in known
    intervals = [f"{name}{end}" for name in (degree, other) for end in ("", "_low", "_high")]
    figures = [name for name in (*intervals, "share_estimated") if name in known]
    figures += [_AMOUNTS[degree], _AMOUNTS[other], "sales", "overseas_sales", "purchases"]
    figures += [*_RATIOS, *denominators]
    columns = schema_columns("degrees", [*ranks, "firm_id", "name", *place], book)
    group = Texts("workbook", scope.lang)("basis_modelled") if estimated else ""
    columns += [
        replace(c, group=group) for c in schema_columns("degrees", figures, book, bars=_DEGREES)
    ]
    if scope.selection is not None:
        mark = SheetColumn("selected", label("selection", "selected", scope.lang), "mark")
        columns.insert(len(ranks), mark)
    return columns
