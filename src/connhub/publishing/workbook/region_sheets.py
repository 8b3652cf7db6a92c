"""Sheets of regions: their sums, and the linkages between them as a matrix and as a ranking."""

from __future__ import annotations

import numpy as np
import pandas as pd

from connhub.measures.linkages import rank_linkages
from connhub.publishing.scope import Scope
from connhub.publishing.workbook.cell_values import SheetColumn, header_text
from connhub.publishing.workbook.sheet_layout import Sheet, Workbook, schema_columns
from connhub.regions.scheme import OVERSEAS, UNKNOWN
from connhub.schema import columns, label
from connhub.text.catalogue import Texts
from connhub.text.numbers import money_scale, money_unit, split_unit

__all__ = ["write_linkages", "write_regions"]

MAX_REGIONS = 150
"""Rows and columns of the matrix, of the regions that trade most; 49 by prefecture."""
MAX_LINKAGES = 10_000
_ENDS = ("seller_region", "buyer_region")


def write_regions(book: Workbook, scope: Scope) -> None:
    """Write the sums of each region; those of one region stand below each other.

    Parameters
    ----------
    book : Workbook
    scope : Scope
    """
    texts, frame = Texts("workbook", scope.lang), scope.rows(scope.result.regions.frame)
    sheet = book.add_sheet(texts("regions"))
    sheet.description = texts("about_regions")
    table_columns = schema_columns("regions", frame.columns, book)
    if len(frame) == 1:
        _write_items(sheet, frame, table_columns, scope)
    else:
        sheet.write_table(frame, table_columns, frozen=2, empty=texts("no_region"))


def _write_items(
    sheet: Sheet, frame: pd.DataFrame, table_columns: list[SheetColumn], scope: Scope
) -> None:
    """Write the one row of a frame as items below each other: so many columns fit no page."""
    texts = Texts("workbook", scope.lang)
    headers = [
        SheetColumn("region", texts("item"), "wrapped"),
        SheetColumn("region", texts("value"), "number"),
        SheetColumn("region", texts("meaning"), "wrapped"),
    ]
    sheet.set_widths((46, 26, 70))
    sheet.write_table(frame.head(0), headers, frozen=1)
    for column in table_columns:
        meaning = columns("regions")[column.name].meaning(scope.lang)
        sheet.write_cell(sheet.row, 0, column.header, "text")
        sheet.write_cell(sheet.row, 1, frame[column.name].tolist()[0], column.kind)
        sheet.write_cell(sheet.row, 2, meaning, "text")
        sheet.row += 1


def write_linkages(book: Workbook, scope: Scope) -> None:
    """Write the flows between regions: the matrix, or the partners of one region; the ranking.

    Parameters
    ----------
    book : Workbook
    scope : Scope
    """
    if scope.of_firm_totals:
        return
    if scope.region:
        _write_partners(book, scope)
    else:
        _write_matrix(book, scope)
    _write_ranking(book, scope)


def _largest_flows(scope: Scope) -> tuple[pd.DataFrame, int]:
    """The flows among the regions that trade most, and how many regions are left out."""
    flows = scope.result.linkages.matrix("amount")
    if not flows.loc[UNKNOWN].any() and not flows[UNKNOWN].any():
        flows = flows.drop(index=UNKNOWN, columns=UNKNOWN)
    size = flows.abs().sum(axis=0) + flows.abs().sum(axis=1)
    codes = flows.index[size.rank(method="first", ascending=False) <= MAX_REGIONS]
    return flows.loc[codes, codes], len(flows) - len(codes)


def _write_matrix(book: Workbook, scope: Scope) -> None:
    """Sellers by buyers, in a unit in which it can be read; exact amounts are on the ranking."""
    texts = Texts("workbook", scope.lang)
    flows, left_out = _largest_flows(scope)
    largest = float(flows.abs().to_numpy().max(initial=0))
    by, unit = money_scale(largest / 100, book.unit, scope.lang)
    scaled = by > split_unit(book.unit)[0]
    names = [scope.label(code, short=True) for code in flows.index]
    positions = [f"to {i}" for i in range(len(names))]
    table = (flows / by if scaled else flows).set_axis(positions, axis=1)
    table.insert(0, "from", names)
    kind = "tenths" if scaled else "money"
    table_columns = [SheetColumn("from", texts("matrix_corner", unit=unit), max_width=26)]
    table_columns += [
        SheetColumn(p, n, kind, max_width=18) for p, n in zip(positions, names, strict=True)
    ]
    sheet = book.add_sheet(texts("matrix"))
    sheet.description = texts("about_matrix", unit=unit)
    sheet.write_table(table, table_columns, frozen=1)
    if names:
        _color(sheet, len(names))
    sheet.page.repeat_columns(0)
    if left_out:
        line = texts("more_regions_of_matrix", limit=MAX_REGIONS, regions=left_out)
        sheet.write_line(line)


def _color(sheet: Sheet, size: int) -> None:
    """Shade the cells of the matrix, the larger the darker."""
    scale = {
        "type": "3_color_scale",
        "mid_type": "percentile",
        "max_type": "percentile",
        "mid_value": 60,
        "max_value": 98,
        "min_color": "#FFFFFF",
        "mid_color": "#EEF3F9",
        "max_color": "#A9C4E2",
    }
    sheet.page.conditional_format(1, 1, size, size, scale)


def _write_partners(book: Workbook, scope: Scope) -> None:
    """What one region sells to and buys from each: its row and column of the matrix."""
    texts, flows = Texts("workbook", scope.lang), scope.result.linkages.matrix("amount")
    sold, bought = flows.loc[scope.region], flows[scope.region]
    inside = flows.index == scope.region
    names = [
        texts("inside", region=scope.label(c)) if c == scope.region else scope.label(c)
        for c in flows.index
    ]
    balance = np.where(inside, 0, sold.to_numpy() - bought.to_numpy())
    table = pd.DataFrame({"name": names, "sold": sold, "bought": bought, "balance": balance})
    table = table[(table["sold"] != 0) | (table["bought"] != 0)].reset_index(drop=True)
    unit = money_unit(book.unit, scope.lang)
    headers = {
        "sold": texts("sold"),
        "bought": texts("bought"),
        "balance": label("linkages", "balance", scope.lang),
    }
    table_columns = [SheetColumn("name", texts("partner"))]
    table_columns += [
        SheetColumn(n, header_text(h, unit, scope.lang), "money", bar=n != "balance")
        for n, h in headers.items()
    ]
    sheet = book.add_sheet(texts("partners"))
    sheet.description = texts("about_partners", place=scope.name)
    sheet.write_table(table, table_columns, frozen=1, empty=texts("no_partners"))


def _write_ranking(book: Workbook, scope: Scope) -> None:
    texts, links = Texts("workbook", scope.lang), scope.result.linkages
    ranked = rank_linkages(links, "amount", of_region=scope.region or None)
    shown = ranked.head(MAX_LINKAGES)
    shown = shown.assign(
        seller_name=scope.labels(shown["seller_region"]),
        buyer_name=scope.labels(shown["buyer_region"]),
        **{end: shown[end].replace([OVERSEAS, UNKNOWN], "") for end in _ENDS},  # have no codes
    )
    table_columns = []
    for column in schema_columns("linkages", ["rank", *links.frame.columns], book):
        table_columns.append(column)
        if column.name in _ENDS:
            name = column.name.replace("region", "name")
            table_columns.append(SheetColumn(name, texts(name)))
    sheet = book.add_sheet(texts("linkages"))
    sheet.description = texts("about_linkages")
    sheet.write_table(shown, table_columns, frozen=5, empty=texts("no_linkages"))
    if rest := len(ranked) - len(shown):
        sheet.write_line(texts("more_linkages", pairs=rest))
