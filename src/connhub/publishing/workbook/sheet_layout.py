"""The mechanics of a workbook: cells whose type is never guessed, widths, filters and print."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from connhub.publishing.workbook.cell_values import (
    TEXTS,
    Field,
    finer,
    headed,
    height,
    kind_of,
    least,
    lines_of,
    missing,
    needs,
    said,
    shown_exactly,
    unit_of,
)
from connhub.schema import Language, columns, label
from connhub.text.names import plain, shortened

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Book", "Sheet", "fields_of", "sheet_name"]

FONT = {"font_name": "BIZ UDPGothic", "font_size": 10}
LONGEST_NAME = 31
_PATTERNS = {
    "money": "#,##0",
    "count": "#,##0",
    "whole": "#,##0",
    "share": "0.00%",
    "fine": "0.0000%",
    "points": "0.00",
    "tenths": "#,##0.0",
    "fraction": "#,##0.0##",
}
_GREY, _LINE, _MARKED = "#D9D9D9", "#BFBFBF", "#DCE6F1"
_BAR = "#9DB8D6"


def fields_of(
    table: str, names: Iterable[str], book: Book, *, bars: Sequence[str] = ()
) -> list[Field]:
    """Columns of a table of the vocabulary, with their labels and units."""
    found = []
    for name in names:
        column = columns(table)[name]
        header = headed(
            label(table, name, book.lang), unit_of(column, book.unit, book.lang), book.lang
        )
        found.append(Field(name, header, kind_of(column), bar=name in bars))
    return found


def sheet_name(words: str, taken: Iterable[str]) -> str:
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
    clean = "".join("_" if c in "[]:*?/\\：＊？／＼［］" else c for c in plain(words)).strip(
        "' \u3000"
    )
    clean = clean or "_"
    name, number = _cut(clean, LONGEST_NAME), 1
    while _folded(name) in known:
        number += 1
        ending = f" ({number})"
        name = _cut(clean, LONGEST_NAME - len(ending)) + ending
    return name


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _cut(words: str, most: int) -> str:
    """The first units of UTF-16, in which Excel counts; no sign is cut in two."""
    return words.encode("utf-16-le")[: 2 * most].decode("utf-16-le", errors="ignore").rstrip("' ")


@dataclass(eq=False)
class Book:
    """A workbook that is being written.

    Parameters
    ----------
    file : xlsxwriter workbook
    lang : {"ja", "en"}
    unit : str
        Of money.
    heading, warning, foot : str
        Printed on each page: above on the left and on the right, and below.
    """

    file: Any
    lang: Language
    unit: str
    heading: str = ""
    warning: str = ""
    foot: str = ""
    sheets: list[Sheet] = field(default_factory=list)
    as_text: int = 0
    """How many amounts are written as text because Excel would change their last digits."""
    _styles: dict[Any, Any] = field(default_factory=dict)

    def style(self, kind: str = "text", **more: Any) -> Any:
        """A format, made once."""
        key = (kind, *sorted(more.items()))
        if key not in self._styles:
            self._styles[key] = self.file.add_format(FONT | self._look(kind) | more)
        return self._styles[key]

    def _look(self, kind: str) -> dict[str, Any]:
        if kind in _PATTERNS:
            minus = '"▲"' if self.lang == "ja" else "-"
            pattern = _PATTERNS[kind]
            return {"num_format": f"{pattern};[Red]{minus}{pattern}", "valign": "vcenter"}
        if kind == "number":
            return {"valign": "vcenter"}
        wrapped = {"text_wrap": True, "valign": "top"} if kind == "wrapped" else {}
        centred = {"align": "center"} if kind in ("mark", "yesno") else {}
        placed = {"align": "left", "indent": 1} if kind in ("text", "wrapped") else {}
        return {"num_format": "@", "valign": "vcenter"} | wrapped | centred | placed

    def sheet(self, words: str) -> Sheet:
        """Add a sheet, set up for A4 across."""
        name = sheet_name(words, [s.name for s in self.sheets])
        page = self.file.add_worksheet(name)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        plain_size = {"margin": 0.3, "scale_with_doc": False}
        page.set_header(f"&L{_coded(self.heading)}&R{_coded(self.warning)}", plain_size)
        page.set_footer(f"&L{_coded(name)}&C{_coded(self.foot)}&R&9 &P / &N", plain_size)
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        sheet = Sheet(self, page, name)
        self.sheets.append(sheet)
        return sheet


def _coded(words: str) -> str:
    """Text of a printed header, where & begins a code and 255 signs are the bound of all parts.

    A blank ends the code of the size: a text may begin with a digit.
    """
    return "&9 " + shortened(words, 64).replace("&", "&&")


@dataclass(eq=False)
class Sheet:
    """A sheet that is written from above to below, so that no row is kept in memory."""

    book: Book
    page: Any
    name: str
    about: str = ""
    rows: int = 0
    at: int = 0
    _widths: dict[int, int] = field(default_factory=dict)

    def table(
        self,
        frame: pd.DataFrame,
        fields: Sequence[Field],
        *,
        frozen: int | None = None,
        marked: Sequence[bool] | None = None,
        empty: str = "",
    ) -> None:
        """Write a header and rows.

        Parameters
        ----------
        frame : DataFrame
        fields : sequence of Field
        frozen : int, optional
            The table is what the sheet is there for: the header and this many columns stay in
            view, the header has filters and is on each page.
        marked : sequence of bool, optional
            Rows to point at.
        empty : str
            What to say where there is no row.
        """
        fields = [finer(f, frame) for f in fields]
        before = ["", *(f.group for f in fields[:-1])]
        edges = [bool(f.group) and f.group != b for f, b in zip(fields, before, strict=True)]
        first = self.at
        self._groups(fields, edges)
        top, count = self.at, len(frame)
        values = [frame[f.name].tolist() for f in fields]
        self._fit(fields, frame, top, filtered=frozen is not None)
        for i, f in enumerate(fields):
            self.page.write_string(top, i, said(f.header), self._header_style(edge=edges[i]))
        wrapped = [i for i, f in enumerate(fields) if f.kind == "wrapped"]
        for r in range(count):
            if wrapped:
                self.tall(top + 1 + r, [(str(values[i][r]), self._widths[i]) for i in wrapped])
            bold = bool(marked is not None and marked[r])
            for i, f in enumerate(fields):
                self.put(
                    top + 1 + r,
                    i,
                    values[i][r],
                    f.kind,
                    bold=bold,
                    edge=edges[i],
                    high=bool(wrapped),
                )
        self._bars(fields, frame, top + 1)
        if frozen is not None:
            self.page.freeze_panes(top + 1, frozen)
            self.page.repeat_rows(first, top)
            if count:
                self.page.autofilter(top, 0, top + count, len(fields) - 1)
            self.rows = count
        self.at = top + 1 + count
        if not count and empty:
            self.say(empty)

    def put(
        self,
        row: int,
        col: int,
        value: Any,
        kind: str,
        *,
        bold: bool = False,
        edge: bool = False,
        high: bool = False,
    ) -> None:
        """Write one cell, as what it is and never as what it looks like."""
        look: dict[str, Any] = {"bottom": 1, "bottom_color": _GREY}
        look |= {"bold": kind != "wrapped", "bg_color": _MARKED} if bold else {}
        look |= {"left": 1, "left_color": _LINE} if edge else {}
        look |= {"valign": "top"} if high else {}
        style = self.book.style(kind, **look)
        if kind in ("mark", "yesno") and not missing(value):
            value = self._word(kind, bool(value))
        if missing(value):
            self.page.write_blank(row, col, None, style)
        elif kind in TEXTS:
            self.page.write_string(
                row, col, lines_of(value) if kind == "wrapped" else said(value), style
            )
        elif shown_exactly(value):
            self.page.write_number(row, col, value, style)
        else:
            # A float64 would change the amount, and nothing may be changed silently.
            minus = "▲" if self.book.lang == "ja" else "-"
            words = f"{'' if value >= 0 else minus}{abs(value):,}"
            red = {"font_color": "red"} if value < 0 else {}
            self.page.write_string(
                row, col, words, self.book.style("text", align="right", indent=0, **look, **red)
            )
            self.book.as_text += 1

    def _word(self, kind: str, value: bool) -> str:
        if kind == "mark":
            return "●" if value else ""
        return (
            ("はい" if value else "いいえ") if self.book.lang == "ja" else "yes" if value else "no"
        )

    def say(self, words: str, **look: Any) -> None:
        """Write one line of text, over the columns to its right where they are empty."""
        self.page.write_string(self.at, 0, said(words), self.book.style("text", **look))
        self.at += 1

    def paragraph(self, words: str, columns_: int, **look: Any) -> None:
        """Write a text over several columns, as high as it needs; their widths are set before."""
        room = sum(self._widths.get(i, 8) for i in range(columns_)) - 2
        style = self.book.style("wrapped", **look)
        self.page.set_row(self.at, height([(words, room)]))
        self.page.merge_range(self.at, 0, self.at, columns_ - 1, "", style)
        self.page.write_string(self.at, 0, lines_of(words), style)
        self.at += 1

    def widen(self, widths: Sequence[int]) -> None:
        """Set the widths of the columns."""
        self._widths = dict(enumerate(widths))
        for i, wide in enumerate(widths):
            self.page.set_column(i, i, wide)

    def tall(self, row: int, texts: Sequence[tuple[str, int]]) -> None:
        """Make a row, before it is written, as high as its texts in such widths need."""
        self.page.set_row(row, height(texts))

    def _groups(self, fields: Sequence[Field], edges: Sequence[bool]) -> None:
        """Write the common headers of groups, where there are any."""
        if not any(f.group for f in fields):
            return
        begins = [i for i, f in enumerate(fields) if edges[i] or not f.group] + [len(fields)]
        for i, end in pairwise(begins):
            style = self._header_style(edge=edges[i])
            if end - i > 1:
                self.page.merge_range(self.at, i, self.at, end - 1, "", style)
            if fields[i].group:
                self.page.write_string(self.at, i, said(fields[i].group), style)
            else:
                self.page.write_blank(self.at, i, None, style)
        self.at += 1

    def _bars(self, fields: Sequence[Field], frame: pd.DataFrame, top: int) -> None:
        """Put bars behind the numbers of the columns that ask for them."""
        look = {"type": "data_bar", "bar_solid": True, "bar_color": _BAR, "min_type": "num"}
        for i, f in enumerate(fields):
            if f.bar and len(frame):
                low = float(np.nan_to_num(frame[f.name].to_numpy(dtype=float)).min())
                low = low if f.kind == "points" else min(0.0, low)  # scores lie close together
                at = (top, i, top + len(frame) - 1, i)
                self.page.conditional_format(*at, look | {"min_value": low})

    def _header_style(self, *, edge: bool) -> Any:
        line = {"left": 1, "left_color": _LINE} if edge else {}
        look = {"bold": True, "bg_color": _GREY, "bottom": 1, "text_wrap": True, "align": "center"}
        return self.book.style("text", indent=0, **look, **line)

    def _fit(
        self, fields: Sequence[Field], frame: pd.DataFrame, top: int, *, filtered: bool
    ) -> None:
        """Set widths by what the columns hold, and the height of the header."""
        for i, f in enumerate(fields):
            wide = max(self._widths.get(i, 0), min(f.most, max(needs(f, frame), least(f.header))))
            self._widths[i] = wide
            self.page.set_column(i, i, wide)
        self.tall(
            top,
            [(f.header, self._widths[i] - (3 if filtered else 1)) for i, f in enumerate(fields)],
        )
