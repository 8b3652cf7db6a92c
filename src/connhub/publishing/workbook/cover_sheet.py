"""The first sheet of a workbook: what it holds, what the numbers mean, and what they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from connhub.publishing.option_values import option_value
from connhub.publishing.scope import Scope
from connhub.publishing.workbook.cell_values import SheetColumn, column_unit
from connhub.publishing.workbook.money_sheets import columns_of_money
from connhub.publishing.workbook.sheet_layout import Sheet, schema_columns
from connhub.publishing.workbook.year_sheets import columns_of_years
from connhub.release import VERSION
from connhub.schema import columns, label
from connhub.text.catalogue import Texts
from connhub.text.names import file_names

__all__ = ["write_cover"]

_WIDTHS = (36, 26, 28, 62)
_MAX_VALUE = 400
_LISTED = (
    *("region", "region_name", "field", "rank", "firm_id", "name", "score", "selected"),
    *("{indicator}", "{indicator}_rank", "{indicator}_deviation_score"),
    *("{indicator}_contribution", "tied", "places_left", "decision"),
)
_LEDGER = ("entry", "rows", "amount", "kind")


def write_cover(sheet: Sheet, scope: Scope, *, subtitle: str, report_date: date) -> None:
    """Write the notes: warnings first, then contents, definitions, options, ledger and sources.

    Parameters
    ----------
    sheet : Sheet
        The first one, with no row yet; the others are written.
    scope : Scope
    subtitle : str
        Years and source.
    report_date : date
    """
    texts = Texts("workbook", scope.lang)
    sheet.set_widths(_WIDTHS)
    sheet.write_line(scope.title, bold=True, font_size=16)
    sheet.write_line(subtitle)
    created = texts("created", date=report_date.isoformat(), version=VERSION)
    sheet.write_line(created)
    sheet.row += 1
    for line in _warnings(scope, texts):
        sheet.write_paragraph(texts("warning", text=line), len(_WIDTHS), bold=True)
    _contents(sheet, texts)
    _degrees(sheet, scope, texts)
    _ledger(sheet, scope, texts)
    _files(sheet, scope, texts)
    _cells(sheet, texts)
    _options(sheet, scope, texts)
    _columns(sheet, scope, texts)


def _warnings(scope: Scope, texts: Texts) -> list[str]:
    """What a reader must know, and what a reader looks for and does not find."""
    lines = [texts("why_confidential"), texts("no_guidance")]
    lines += [note.text(scope.lang) for note in scope.notes]
    if scope.selection is None:
        lines.append(texts("no_selection"))
    if scope.region and not scope.sums["firms"]:
        return [*lines, texts("no_firm", place=scope.name)]
    return lines + [
        texts("undefined", measure=measure, places=places)
        for measure, places in scope.undefined.items()
    ]


def _contents(sheet: Sheet, texts: Texts) -> None:
    sheet.write_heading(texts("sheets"))
    book, page = sheet.book, sheet.page
    link = book.cell_format("text", font_color="#0B5394", underline=1)
    for other in book.sheets:
        if other is not sheet:
            place = other.name.replace("'", "''")
            page.write_url(sheet.row, 0, f"internal:'{place}'!A1", link, string=other.name)
            page.write_string(sheet.row, 1, other.description, book.cell_format("text"))
            sheet.row += 1


def _degrees(sheet: Sheet, scope: Scope, texts: Texts) -> None:
    official = scope.result.options.get("official_region_totals")
    lines = [
        texts("connector_degree"),
        texts("connector_degree_meaning"),
        texts("hub_degree"),
        texts("hub_degree_meaning"),
        texts("official_denominators" if official else "observed_denominators"),
        texts("degree_range"),
    ]
    sheet.write_heading(texts("about_degrees"))
    for line in lines:
        sheet.write_paragraph(line, len(_WIDTHS))


def _ledger(sheet: Sheet, scope: Scope, texts: Texts) -> None:
    ledger = scope.result.ledger
    frame = ledger.frame
    entries = [label("entry", e, scope.lang) for e in frame["entry"]]
    rows, amounts = frame["rows"].tolist(), frame["amount"].tolist()
    table = pd.DataFrame(
        {
            "entry": [*entries, texts("residual")],
            "rows": pd.Series([*rows, ledger.residual_rows], dtype=object),
            "amount": pd.Series([*amounts, ledger.residual_amount], dtype=object),
            "kind": [*(scope.entry_kind(k) for k in frame["kind"]), ""],
        }
    )
    sheet.write_heading(texts("ledger"))
    for reading in ledger.readings:
        sheet.write_paragraph(reading.text(scope.lang), len(_WIDTHS))
    sheet.write_table(table, _ledger_columns(sheet, _LEDGER))


def _ledger_columns(sheet: Sheet, names: Sequence[str]) -> list[SheetColumn]:
    """Columns of the ledger; whether rows are counted in rows needs no unit."""
    book, found = sheet.book, []
    for column, wide in zip(schema_columns("ledger", names, book), _WIDTHS, strict=False):
        bare = column.name != "amount"
        header = label("ledger", column.name, book.lang) if bare else column.header
        found.append(SheetColumn(column.name, header, column.kind, max_width=wide))
    return found


def _files(sheet: Sheet, scope: Scope, texts: Texts) -> None:
    files = scope.result.ledger.files
    table = pd.DataFrame(
        {
            "file": file_names([f.name for f in files]),
            "rows": pd.Series([f.rows for f in files], dtype=object),
            "amount": pd.Series([f.amount for f in files], dtype=object),
        }
    )
    file = SheetColumn("file", texts("file"), "wrapped", max_width=_WIDTHS[0])
    table_columns = [file, *_ledger_columns(sheet, _LEDGER[:3])[1:]]
    sheet.write_heading(texts("files"))
    sheet.write_table(table, table_columns, empty=texts("no_files"))


def _cells(sheet: Sheet, texts: Texts) -> None:
    lines = [
        texts("empty_cells"),
        texts("id_cells"),
        texts("text_cells", cells=sheet.book.text_amounts),
    ]
    sheet.write_heading(texts("about_cells"))
    for line in lines:
        sheet.write_paragraph(line, len(_WIDTHS))


def _options(sheet: Sheet, scope: Scope, texts: Texts) -> None:
    options, known = scope.result.options, columns("option")
    table = pd.DataFrame(
        {
            "option": [label("option", n, scope.lang) if n in known else n for n in options],
            "value": [option_value(n, v, scope.lang)[:_MAX_VALUE] for n, v in options.items()],
            "name": list(options),
        }
    )
    table_columns = [
        SheetColumn("option", texts("option"), "wrapped", max_width=_WIDTHS[0]),
        SheetColumn("value", texts("chosen"), "wrapped", max_width=_WIDTHS[1]),
        SheetColumn("name", texts("name_in_code"), max_width=_WIDTHS[2]),
    ]
    sheet.write_heading(texts("options"))
    sheet.write_table(table, table_columns)


def _columns(sheet: Sheet, scope: Scope, texts: Texts) -> None:
    book, result, selection = sheet.book, scope.result, scope.selection
    tables = {
        "selection": () if selection is None else _LISTED,
        "indicators": () if selection is None else selection.scheme.indicators,
        "degrees": ("rank", "connector_rank", "hub_rank", *result.degrees.frame.columns),
        "regions": tuple(result.regions.frame.columns),
        "linkages": ("rank", *result.linkages.frame.columns),
        **columns_of_money(scope),
        **columns_of_years(scope),
    }
    rows = [
        (
            label(table, name, book.lang),
            column_unit(column, book.unit, book.lang),
            "" if "{" in name else name,  # of an indicator, whichever it is
            column.meaning(book.lang),
        )
        for table, names in tables.items()
        for name in names
        if (column := columns(table).get(name)) is not None
    ]
    names = ["label", "unit", "name", "meaning"]
    table = pd.DataFrame(list(dict.fromkeys(rows)), columns=names)
    headers = texts("column"), texts("unit"), texts("name_in_code"), texts("meaning")
    table_columns = [
        SheetColumn(name, header, "text" if name == "unit" else "wrapped", max_width=wide)
        for name, header, wide in zip(names, headers, _WIDTHS, strict=True)
    ]
    sheet.write_heading(texts("about_columns"))
    sheet.write_table(table, table_columns)
