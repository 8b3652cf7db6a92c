"""Sheets of what a scenario changes, and the annex with the requirements of a plan."""

from __future__ import annotations

from connhub.publishing.scope import Scope
from connhub.publishing.workbook.cell_values import SheetColumn
from connhub.publishing.workbook.sheet_layout import Workbook, schema_columns
from connhub.schema import label
from connhub.text.catalogue import Texts

__all__ = ["write_dossier", "write_scenario"]

_MOST = 1000
_REGIONS = (
    *("region_name", "measure", "before", "after", "change"),
    *("no_displacement", "full_displacement", "low", "high"),
)
_FIRMS = (
    *("firm_id", "name", "degree", "amount_before", "amount_after", "before", "after"),
    *("own", "denominator", "low", "high", "rank_before", "rank_after"),
)
_DOSSIER = {"requirement": 36, "status": 16, "evidence": 70, "office": 30}
"""Columns of the annex, and their widths: the office writes into the last."""


def write_scenario(book: Workbook, scope: Scope) -> None:
    """Write what a scenario changes, its assumptions first; nothing without one.

    Parameters
    ----------
    book : Workbook
    scope : Scope
    """
    what_if = scope.what_if
    if what_if is None:
        return
    texts = Texts("workbook", scope.lang)
    sheet = book.add_sheet(texts("scenario"))
    sheet.description = texts("about_scenario")
    for note in what_if.assumptions:
        sheet.write_line(note.text(scope.lang))
    regions = scope.rows(what_if.regions)
    measures = [label("regions", measure, scope.lang) for measure in regions["measure"]]
    sheet.write_heading(texts("scenario_regions"))
    columns = schema_columns("scenario_regions", _REGIONS, book)
    sheet.write_table(regions.assign(measure=measures), columns, empty=texts("none"))
    firms = what_if.frame
    if scope.region:
        firms = firms[firms["region"] == scope.region]
    moved = (firms["after"].fillna(0) - firms["before"].fillna(0)).abs()
    shown = firms.loc[moved.sort_values(ascending=False, kind="stable").index[:_MOST]]
    degrees = [label("degrees", degree, scope.lang) for degree in shown["degree"]]
    sheet = book.add_sheet(texts("scenario_firms"))
    sheet.description = texts("about_scenario_firms", firms=_MOST)
    columns = schema_columns("scenario_firms", _FIRMS, book)
    sheet.write_table(shown.assign(degree=degrees), columns, frozen=2, empty=texts("none"))


def write_dossier(book: Workbook, scope: Scope) -> None:
    """Write the annex of a plan; nothing without one.

    Parameters
    ----------
    book : Workbook
    scope : Scope
    """
    if scope.dossier is None:
        return
    texts = Texts("dossier", scope.lang)
    sheet = book.add_sheet(Texts("workbook", scope.lang)("dossier"))
    sheet.description = texts("no_claim")
    sheet.write_line(f"{texts(f'plan_{scope.dossier.plan}')} · {scope.label(scope.dossier.region)}")
    frame = scope.dossier.to_frame(scope.lang)
    columns = [SheetColumn(n, label("dossier", n, scope.lang), "wrapped") for n in _DOSSIER]
    sheet.set_widths(tuple(_DOSSIER.values()))
    sheet.write_table(frame, columns)
