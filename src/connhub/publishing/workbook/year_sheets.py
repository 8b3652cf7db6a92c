"""Sheets of what changed since an earlier year, and of how far targets are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from connhub.measures.change import DEGREES, Change
from connhub.measures.progress import Progress
from connhub.publishing.scope import Scope
from connhub.publishing.workbook.cell_values import SheetColumn, column_unit, header_text
from connhub.publishing.workbook.sheet_layout import Sheet, Workbook, schema_columns
from connhub.schema import columns, label
from connhub.text.catalogue import Texts

__all__ = ["columns_of_years", "write_change", "write_progress"]

_MOST = 1000
_WIDTHS = (18, 30, 18, 18, 18, 16)
_OF_TARGETS = (18, 8, 12, 12, 12, 12, 12, 12, 12)
_SUMS = (
    *("region_name", "figure", "basis", "before", "after", "change", "growth"),
    *("firms_before", "firms_after", "deals_before", "deals_after", "coverage_changed"),
)
_TERMS = ("region_name", "term", "before", "after", "change", "pairs")
_FIRMS = (
    *("firm_id", "name", "status", "degree", "amount_before", "amount_after"),
    *("before", "after", "change", "own_effect", "region_effect"),
    *("rank_before", "rank_after", "moved"),
)
_PURCHASES = (
    *("firm_id", "name", "in_region_purchases_before", "in_region_purchases_after"),
    *("change", "turning_local", "buying_more"),
)
_WHICH = ("measure", "region_name", "field", "base_year", "target_year", "year")
_TARGETS = (*_WHICH, "status", "base", "target", "path", "actual", "gap", "required_growth")
_CAVEATS = (
    *(*_WHICH[:3], "actual_in_both", "actual_trading_in_both", "without_largest"),
    *("largest_three", "coverage_changed", "largest_firm"),
)
"""In a table of its own below: together they are too wide for a sheet of paper."""
_STEPS = (*_WHICH[:3], "year", "path", "actual", "actual_in_both", "actual_trading_in_both")
_YEARS = {"base_year", "target_year", "year"}


def columns_of_years(scope: Scope) -> dict[str, tuple[str, ...]]:
    """Columns of the sheets, by table of the schema.

    Parameters
    ----------
    scope : Scope
    """
    tables: dict[str, tuple[str, ...]] = {}
    if scope.change is not None:
        tables = {"region_change": _SUMS, "degree_change": _FIRMS, "purchase_change": _PURCHASES}
        tables |= {"transaction_change": _TERMS} if scope.change.has_pairs else {}
    if scope.progress is not None and scope.targets:
        tables |= {"progress": (*_TARGETS, *_CAVEATS[3:]), "progress_steps": _STEPS}
    return tables


def write_change(book: Workbook, scope: Scope) -> None:
    """Write what changed, of regions and of firms; nothing without an earlier year.

    Parameters
    ----------
    book : Workbook
    scope : Scope
    """
    if (change := scope.change) is None:
        return
    texts, report = Texts("workbook", scope.lang), Texts("report", scope.lang)
    words = Texts("console", scope.lang)
    before, after = change.years
    notes = [note.text(scope.lang) for note in change.notes_of(scope.region or None)]
    sheet = _added(book, report("section_changes"), texts("about_changes", years=(before, after)))
    for line in (*notes, report("about_changes")):
        sheet.write_paragraph(line, len(_WIDTHS))
    rows = _in_words(scope.rows(change.regions), words, figure="figure", basis="basis")
    heads = _columns(book, change.label, "region_change", _SUMS)
    sheet.write_table(rows, heads, empty=texts("none"))
    if change.has_pairs:
        sheet.write_heading(texts("five_terms"))
        rows = _in_words(scope.rows(change.transactions), words, term="term")
        heads = _columns(book, change.label, "transaction_change", _TERMS)
        sheet.write_table(rows, heads, empty=texts("none"))
    _write_firms(book, scope, change)


def _write_firms(book: Workbook, scope: Scope, change: Change) -> None:
    """The firms whose degrees changed most, and those who turned to local suppliers."""
    texts, words = Texts("workbook", scope.lang), Texts("console", scope.lang)
    frame = scope.rows(pd.concat(map(change.degrees, DEGREES), ignore_index=True))
    shown = _largest(frame, "change")
    degrees = [label("degrees", degree, scope.lang) for degree in shown["degree"]]
    shown = _in_words(shown.assign(degree=degrees), words, status="status")
    sheet = _added(book, texts("changed_firms"), texts("about_changed_firms", firms=_MOST))
    sheet.write_paragraph(texts("changed_firms_note"), len(_WIDTHS))
    heads = _columns(book, change.label, "degree_change", _of_place(scope, _FIRMS))
    sheet.write_table(shown, heads, frozen=2, empty=texts("none"))
    _say_rest(sheet, texts, frame, "change")
    bought = scope.rows(change.purchases)
    sheet = _added(book, texts("turned_local"), texts("about_turned_local", firms=_MOST))
    sheet.write_paragraph(texts("turned_local_note"), len(_WIDTHS))
    heads = _columns(book, change.label, "purchase_change", _of_place(scope, _PURCHASES))
    sheet.write_table(_largest(bought, "turning_local"), heads, frozen=2, empty=texts("none"))
    _say_rest(sheet, texts, bought, "turning_local")


def write_progress(book: Workbook, scope: Scope) -> None:
    """Write how far the targets of the region are; nothing without any.

    Parameters
    ----------
    book : Workbook
    scope : Scope
    """
    progress = scope.progress
    if progress is None or not scope.targets:
        return
    texts, report = Texts("workbook", scope.lang), Texts("report", scope.lang)
    sheet = _added(book, report("section_targets"), texts("about_targets"), _OF_TARGETS)
    notes = [note.text(scope.lang) for note in progress.notes]
    for line in (*notes, report("about_targets"), report("targets_note")):
        sheet.write_paragraph(line, len(_OF_TARGETS))
    frame = progress.frame.iloc[scope.targets]
    measures = [label("target_measure", name, scope.lang) for name in frame["measure"]]
    named = frame.assign(measure=measures, region_name=scope.labels(frame["region"]))
    named = _in_words(named, Texts("console", scope.lang), status="status")
    steps = progress.steps[progress.steps["target"].isin(scope.targets)]
    of_steps = named[["measure", "region_name", "field"]].reindex(steps["target"])
    steps = steps.assign(**{str(n): of_steps[n].to_numpy() for n in of_steps})
    persons = frame["unit"].eq("persons")
    same = {"region_name"} if scope.region else set()
    same |= {"field"} if frame["field"].isna().all() else set()
    of_target, caveats, of_step = (
        [name for name in names if name not in same] for names in (_TARGETS, _CAVEATS, _STEPS)
    )
    for kind, chosen in (("money", ~persons), ("persons", persons)):
        if not chosen.any():
            continue
        sheet.write_heading(texts(f"targets_of_{kind}"))
        sheet.write_table(named[chosen], _of_targets(book, progress, "progress", of_target, kind))
        sheet.row += 1
        sheet.write_table(named[chosen], _of_targets(book, progress, "progress", caveats, kind))
        sheet.write_heading(texts(f"steps_of_{kind}"))
        rows = steps[steps["target"].isin(frame.index[chosen])]
        sheet.write_table(rows, _of_targets(book, progress, "progress_steps", of_step, kind))


def _of_targets(
    book: Workbook, progress: Progress, table: str, names: Sequence[str], kind: str
) -> list[SheetColumn]:
    """Columns of targets, whose values are of the unit of their row."""
    like = {"money": ("regions", "in_region_transactions"), "persons": ("financials", "employees")}
    of_table, of_column = like[kind]
    unit = column_unit(columns(of_table)[of_column], book.unit, book.lang)
    found = []
    for name in names:
        in_table = "progress" if name in _WHICH[:3] else table
        (column,) = _columns(book, progress.label, in_table, [name])
        if name in _YEARS:
            column = replace(column, kind="number", group="")
        elif column.kind == "count":
            header = header_text(label(in_table, name, book.lang), unit, book.lang)
            column = replace(column, kind="money" if kind == "money" else "count", header=header)
        found.append(column)
    return found


def _columns(book: Workbook, basis: str, table: str, names: Sequence[str]) -> list[SheetColumn]:
    """Columns below what their numbers are: counted or modelled; growth as a share."""
    group = Texts("workbook", book.lang)(f"basis_{basis}")
    growth = {"growth", "required_growth"}
    found = []
    for column in schema_columns(table, names, book):
        of_group = "" if column.kind == "text" else group
        header, kind = column.header, column.kind
        if column.name in growth:
            kind, header = (
                "share",
                header_text(label(table, column.name, book.lang), "%", book.lang),
            )
        found.append(replace(column, header=header, kind=kind, group=of_group))
    return found


def _of_place(scope: Scope, names: Sequence[str]) -> list[str]:
    """Of all regions, each row with its region."""
    return [*names[:2], *([] if scope.region else ["region"]), *names[2:]]


def _added(book: Workbook, title: str, about: str, widths: Sequence[int] = _WIDTHS) -> Sheet:
    sheet = book.add_sheet(title)
    sheet.description = about
    sheet.set_widths(widths)
    return sheet


def _in_words(frame: pd.DataFrame, words: Texts, **columns: str) -> pd.DataFrame:
    """With codes as words: of a column, and how their names in the catalogue begin."""
    texts: Mapping[str, list[str]] = {
        name: [words(f"{begin}_{code}") for code in frame[name]] for name, begin in columns.items()
    }
    return frame.assign(**texts)


def _changed(frame: pd.DataFrame, by: str) -> pd.Series:
    size = frame[by].astype("float64").abs().fillna(0)
    return size[size > 0]


def _largest(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    order = _changed(frame, by).sort_values(ascending=False, kind="stable")
    return frame.loc[order.index[:_MOST]]


def _say_rest(sheet: Sheet, texts: Texts, frame: pd.DataFrame, by: str) -> None:
    if (rest := len(_changed(frame, by)) - _MOST) > 0:
        sheet.write_line(texts("more_rows", rows=rest))
