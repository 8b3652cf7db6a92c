"""How a workbook is written: cells whose type is never guessed, widths, filters and print."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from connhub.labels import Language
from connhub.publishing.workbook.cell_values import (
    TEXT_KINDS,
    SheetColumn,
    cell_kind,
    column_unit,
    decimals_of,
    header_text,
    header_width,
    is_missing,
    needed_width,
    row_height,
    with_enough_decimals,
)
from connhub.schema import columns, label
from connhub.spreadsheets import FONT, cell_text, kept_exactly, multiline_text
from connhub.text.catalogue import Texts
from connhub.text.names import plain, shortened
from connhub.text.numbers import decimal_text, split_unit

__all__ = ["Sheet", "Workbook", "schema_columns", "sheet_name"]

LONGEST_NAME = 31
_PATTERNS = {
    "count": "#,##0",
    "share": "0.00%",
    "fine": "0.0000%",
    "points": "0.00",
    "tenths": "#,##0.0",
}
_GREY, _LINE = "#D9D9D9", "#BFBFBF"
_UNDERLINED: dict[str, Any] = {"bottom": 1, "bottom_color": _GREY}
_MARKED: dict[str, Any] = {"bold": True, "bg_color": "#DCE6F1"}
_BAR = "#9DB8D6"


def schema_columns(
    table: str, names: Iterable[str], book: Workbook, *, bars: Sequence[str] = ()
) -> list[SheetColumn]:
    """Columns of a table of the schema, with their labels and units.

    Parameters
    ----------
    table : str
    names : iterable of str
    book : Workbook
    bars : sequence of str
        Columns with bars behind the numbers.
    """
    found = []
    for name in names:
        column = columns(table)[name]
        unit = column_unit(column, book.unit, book.lang)
        header = header_text(label(table, name, book.lang), unit, book.lang)
        found.append(SheetColumn(name, header, cell_kind(column), bar=name in bars))
    return found


def sheet_name(text: str, taken: Iterable[str]) -> str:
    """Name of a sheet that Excel takes: without signs it refuses, short, and not taken.

    Excel tells apart neither case nor full-width from half-width letters.

    Examples
    --------
    >>> sheet_name("東/西:圏", []), sheet_name("NIIGATA", ["Niigata"])
    ('東_西_圏', 'NIIGATA (2)')
    >>> len(sheet_name("甲" * 99, []))
    31
    """
    known = {_folded(t) for t in taken} | {"history", "履歴"}
    clean = "".join("_" if c in "[]:*?/\\：＊？／＼［］" else c for c in plain(text))
    clean = clean.strip("' \u3000") or "_"
    name, number = _cut(clean, LONGEST_NAME), 1
    while _folded(name) in known:
        number += 1
        ending = f" ({number})"
        name = _cut(clean, LONGEST_NAME - len(ending)) + ending
    return name


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _cut(text: str, length: int) -> str:
    """The first units of UTF-16, in which Excel counts; no sign is cut in two."""
    return text.encode("utf-16-le")[: 2 * length].decode("utf-16-le", errors="ignore").rstrip("' ")


@dataclass(eq=False)
class Workbook:
    """A workbook that is being written.

    Parameters
    ----------
    file : xlsxwriter workbook
    lang : {"ja", "en"}
    unit : str
        Of the money of the result; cells are in base units.
    heading, warning, footer : str
        Printed on each page: above on the left and on the right, and below.
    """

    file: Any
    lang: Language
    unit: str
    heading: str = ""
    warning: str = ""
    footer: str = ""
    sheets: list[Sheet] = field(default_factory=list)
    text_amounts: int = 0
    """How many amounts are written as text because Excel would change their last digits."""
    _formats: dict[Any, Any] = field(default_factory=dict)

    def cell_format(self, kind: str = "text", **more: Any) -> Any:
        """A format, created once."""
        key = (kind, *sorted(more.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format(FONT | self._look(kind) | more)
        return self._formats[key]

    def _look(self, kind: str) -> dict[str, Any]:
        decimals = decimals_of(self.unit)
        money = "#,##0" + ("." + decimals * "0" if decimals else "")
        pattern = money if kind == "money" else _PATTERNS.get(kind)
        if pattern is not None:
            minus = '"▲"' if self.lang == "ja" else "-"
            return {"num_format": f"{pattern};[Red]{minus}{pattern}", "valign": "vcenter"}
        if kind == "number":
            return {"valign": "vcenter"}
        wrapped = {"text_wrap": True, "valign": "top"} if kind == "wrapped" else {}
        centered = {"align": "center"} if kind in ("mark", "yesno") else {}
        placed = {"align": "left", "indent": 1} if kind in ("text", "wrapped") else {}
        return {"num_format": "@", "valign": "vcenter"} | wrapped | centered | placed

    def add_sheet(self, title: str) -> Sheet:
        """Add a sheet, set up for A4 landscape."""
        name = sheet_name(title, [s.name for s in self.sheets])
        page = self.file.add_worksheet(name)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        plain_size = {"margin": 0.3, "scale_with_doc": False}
        page.set_header(f"&L{_printed(self.heading)}&R{_printed(self.warning)}", plain_size)
        page.set_footer(f"&L{_printed(name)}&C{_printed(self.footer)}&R&9 &P / &N", plain_size)
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        sheet = Sheet(self, page, name)
        self.sheets.append(sheet)
        return sheet


def _printed(text: str) -> str:
    """Text of a printed header, where & begins a code and 255 signs are the bound of all parts.

    A blank ends the code of the size: a text may begin with a digit.
    """
    return "&9 " + shortened(text, 64).replace("&", "&&")


@dataclass(eq=False)
class Sheet:
    """A sheet that is written from above to below, so that no row is kept in memory.

    Parameters
    ----------
    book : Workbook
    page : xlsxwriter worksheet
    name : str
    description : str
        What it shows, for the list of sheets.
    row : int
        The next one to write.
    """

    book: Workbook
    page: Any
    name: str
    description: str = ""
    row: int = 0
    _widths: dict[int, int] = field(default_factory=dict)

    def write_table(
        self,
        frame: pd.DataFrame,
        columns_: Sequence[SheetColumn],
        *,
        frozen: int | None = None,
        marked: Sequence[bool] | None = None,
        empty: str = "",
        pages_wide: int = 1,
    ) -> None:
        """Write a header and rows.

        Parameters
        ----------
        frame : DataFrame
        columns_ : sequence of SheetColumn
        frozen : int, optional
            The table is what the sheet is there for: the header and this many columns stay in
            view, the header has filters and is on each page.
        marked : sequence of bool, optional
            Rows to point at.
        empty : str
            What to say where there is no row.
        pages_wide : int
            On how many pages side by side it is printed, each with the frozen columns.
        """
        columns_ = [with_enough_decimals(c, frame) for c in columns_]
        before = ["", *(c.group for c in columns_[:-1])]
        edges = [bool(c.group) and c.group != b for c, b in zip(columns_, before, strict=True)]
        first = self.row
        self._write_groups(columns_, edges)
        top, count = self.row, len(frame)
        self._fit(columns_, frame, top, filtered=frozen is not None)
        for i, c in enumerate(columns_):
            self.page.write_string(top, i, cell_text(c.header), self._header_format(edge=edges[i]))
        self._write_rows(frame, columns_, top + 1, edges, marked)
        self._add_bars(columns_, frame, top + 1)
        if frozen is not None:
            self.page.freeze_panes(top + 1, frozen)
            self.page.repeat_rows(first, top)
            if pages_wide > 1:
                self.page.fit_to_pages(pages_wide, 0)
                self.page.repeat_columns(0, frozen - 1)
            if count:
                self.page.autofilter(top, 0, top + count, len(columns_) - 1)
        self.row = top + 1 + count
        if not count and empty:
            self.write_line(empty)

    def _write_rows(
        self,
        frame: pd.DataFrame,
        columns_: Sequence[SheetColumn],
        top: int,
        edges: Sequence[bool],
        marked: Sequence[bool] | None,
    ) -> None:
        values = [frame[c.name].tolist() for c in columns_]
        kinds = [c.kind for c in columns_]
        wrapped = [i for i, kind in enumerate(kinds) if kind == "wrapped"]
        plain = {"valign": "top"} if wrapped else {}
        looks = {False: self._looks(kinds, edges, plain)}
        looks[True] = self._looks(kinds, edges, plain | _MARKED)
        for r in range(len(frame)):
            if wrapped:
                texts = [(str(values[i][r]), self._widths[i]) for i in wrapped]
                self.page.set_row(top + r, row_height(texts))
            look = looks[marked is not None and bool(marked[r])]
            for i, kind in enumerate(kinds):
                self._put(top + r, i, values[i][r], kind, *look[i])

    def _looks(
        self, kinds: Sequence[str], edges: Sequence[bool], more: dict[str, Any]
    ) -> list[tuple[dict[str, Any], Any]]:
        """Properties and format of the cells of a row, by column."""
        looks = []
        for kind, edge in zip(kinds, edges, strict=True):
            line = {"left": 1, "left_color": _LINE} if edge else {}
            look = _UNDERLINED | more | line
            if kind == "wrapped":
                look.pop("bold", None)
            looks.append((look, self.book.cell_format(kind, **look)))
        return looks

    def write_cell(self, row: int, col: int, value: Any, kind: str) -> None:
        """Write one cell, as what it is and never as what it looks like.

        Parameters
        ----------
        row, col : int
        value : object
            Money in whole units of the result.
        kind : str
            See `SheetColumn`.
        """
        [look] = self._looks([kind], [False], {})
        self._put(row, col, value, kind, *look)

    def _put(
        self, row: int, col: int, value: Any, kind: str, look: dict[str, Any], cell_format: Any
    ) -> None:
        if kind in ("mark", "yesno") and not is_missing(value):
            value = self._truth(kind, value=bool(value))
        if is_missing(value):
            self.page.write_blank(row, col, None, cell_format)
        elif kind in TEXT_KINDS:
            text = multiline_text(value) if kind == "wrapped" else cell_text(value)
            self.page.write_string(row, col, text, cell_format)
        elif isinstance(value, str):  # a word among numbers
            cell_format = self.book.cell_format("text", align="right", indent=0, **look)
            self.page.write_string(row, col, cell_text(value), cell_format)
        elif kept_exactly(value):
            parts = split_unit(self.book.unit)[0] if kind == "money" else 1
            self.page.write_number(row, col, value / parts if parts > 1 else value, cell_format)
        else:
            self._write_as_text(row, col, value, kind, look)

    def _write_as_text(self, row: int, col: int, value: int, kind: str, look: Any) -> None:
        """Write a number of which Excel would change the last digits, in silence."""
        text = decimal_text(abs(value), self.book.unit) if kind == "money" else f"{abs(value):,}"
        if value < 0:
            text = ("▲" if self.book.lang == "ja" else "-") + text
            look = {**look, "font_color": "red"}
        cell_format = self.book.cell_format("text", align="right", indent=0, **look)
        self.page.write_string(row, col, text, cell_format)
        self.book.text_amounts += 1

    def _truth(self, kind: str, *, value: bool) -> str:
        if kind == "mark":
            return "●" if value else ""
        return Texts("workbook", self.book.lang)("yes" if value else "no")

    def write_line(self, text: str, **look: Any) -> None:
        """Write one line of text, over the columns to its right where they are empty."""
        self.page.write_string(self.row, 0, cell_text(text), self.book.cell_format("text", **look))
        self.row += 1

    def write_heading(self, text: str) -> None:
        """Write a heading, below an empty row."""
        self.row += 1
        self.write_line(text, bold=True, font_size=12)

    def write_paragraph(self, text: str, span: int, **look: Any) -> None:
        """Write a text over `span` columns, as high as it needs; their widths are set before."""
        room = sum(self._widths.get(i, 8) for i in range(span)) - 2
        cell_format = self.book.cell_format("wrapped", **look)
        self.page.set_row(self.row, row_height([(text, room)]))
        self.page.merge_range(self.row, 0, self.row, span - 1, "", cell_format)
        self.page.write_string(self.row, 0, multiline_text(text), cell_format)
        self.row += 1

    def set_widths(self, widths: Sequence[int]) -> None:
        """Set the widths of the columns."""
        self._widths = dict(enumerate(widths))
        for i, wide in enumerate(widths):
            self.page.set_column(i, i, wide)

    def _write_groups(self, columns_: Sequence[SheetColumn], edges: Sequence[bool]) -> None:
        """Write the common headers of groups, where there are any."""
        if not any(c.group for c in columns_):
            return
        begins = [i for i, c in enumerate(columns_) if edges[i] or not c.group] + [len(columns_)]
        for i, end in pairwise(begins):
            cell_format = self._header_format(edge=edges[i])
            if end - i > 1:
                self.page.merge_range(self.row, i, self.row, end - 1, "", cell_format)
            if columns_[i].group:
                self.page.write_string(self.row, i, cell_text(columns_[i].group), cell_format)
            else:
                self.page.write_blank(self.row, i, None, cell_format)
        self.row += 1

    def _add_bars(self, columns_: Sequence[SheetColumn], frame: pd.DataFrame, top: int) -> None:
        """Put bars behind the numbers of the columns that ask for them."""
        look = {"type": "data_bar", "bar_solid": True, "bar_color": _BAR, "min_type": "num"}
        for i, c in enumerate(columns_):
            if not c.bar or not len(frame):
                continue
            low = float(np.nan_to_num(frame[c.name].to_numpy(dtype=float)).min())
            low = low if c.kind == "points" else min(0.0, low)  # scores lie close together
            low /= split_unit(self.book.unit)[0] if c.kind == "money" else 1
            at = (top, i, top + len(frame) - 1, i)
            self.page.conditional_format(*at, look | {"min_value": low})

    def _header_format(self, *, edge: bool) -> Any:
        line = {"left": 1, "left_color": _LINE} if edge else {}
        look = {"bold": True, "bg_color": _GREY, "bottom": 1, "text_wrap": True, "align": "center"}
        return self.book.cell_format("text", indent=0, **look, **line)

    def _fit(
        self, columns_: Sequence[SheetColumn], frame: pd.DataFrame, top: int, *, filtered: bool
    ) -> None:
        """Set widths by what the columns hold, and the height of the header."""
        for i, c in enumerate(columns_):
            needed = max(needed_width(c, frame, self.book.unit), header_width(c.header))
            wide = max(self._widths.get(i, 0), min(c.max_width, needed))
            self._widths[i] = wide
            self.page.set_column(i, i, wide)
        margin = 3 if filtered else 1
        headers = [(c.header, self._widths[i] - margin) for i, c in enumerate(columns_)]
        self.page.set_row(top, row_height(headers))
