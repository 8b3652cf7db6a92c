"""The tables of a job, small and right, to be damaged and written as CSV, Parquet or a workbook."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from connhub.regions import corporate_number_check_digit

FORMATS = ("csv", "parquet", "xlsx")
SHEET_XML = "xl/worksheets/sheet1.xml"
_BODIES = [f"{110001000000 + 37 * i}" for i in range(8)]
IDS = [f"{d}{b}" for d, b in zip(corporate_number_check_digit(_BODIES), _BODIES, strict=True)]
"""Corporate numbers of eight firms; the last is abroad."""


@dataclass(frozen=True)
class Formula:
    """A cell of a workbook with the value that was saved with it, or none."""

    value: Any = None


@dataclass
class Grid:
    """A table as its cells, under a header; in workbooks also what lies around it."""

    header: list[str]
    rows: list[list[Any]]
    merged: list[str] = field(default_factory=list)
    other_sheets: dict[str, Grid] = field(default_factory=dict)
    hidden: bool = False

    def column(self, name: str) -> list[Any]:
        """Cells of a column."""
        at = self.header.index(name)
        return [row[at] for row in self.rows]


Damage = Callable[[Grid], None]
Bytes = Callable[[bytes], bytes]

_CELLS = {
    "transactions": (
        ["販売元", "販売先", "取引金額(円)", "年度"],
        [
            [IDS[0], IDS[1], 3_000_000, 2024],
            [IDS[1], IDS[2], 1_200_000, 2024],
            [IDS[2], IDS[3], 4_500_000, 2024],
            [IDS[3], IDS[0], 2_750_000, 2024],
            [IDS[4], IDS[5], 1_980_000, 2023],
            [IDS[5], IDS[6], 3_300_000, 2023],
            [IDS[6], IDS[7], 2_640_000, 2024],
            [IDS[0], IDS[2], 1_500_000, 2024],
        ],
    ),
    "firms": (
        ["法人番号", "企業名", "都道府県", "市区町村コード", "国コード", "企業グループID"],
        [
            [IDS[0], "越後金属株式会社", "新潟県", "15100", "JP", "G-01"],
            [IDS[1], "長岡機械株式会社", "新潟県", "15202", "JP", "G-01"],
            [IDS[2], "千代田商事株式会社", "東京都", "13101", "JP", "G-02"],
            [IDS[3], "港物産株式会社", "東京都", "13103", "JP", ""],
            [IDS[4], "札幌食品株式会社", "北海道", "01100", "JP", "G-03"],
            [IDS[5], "函館水産株式会社", "北海道", "01202", "JP", "G-03"],
            [IDS[6], "横須賀造船株式会社", "神奈川県", "14201", "JP", ""],
            [IDS[7], "Rhein Handel GmbH", "", "", "DE", ""],
        ],
    ),
    "financials": (
        ["法人番号", "年度", "売上高(千円)", "営業利益(千円)", "従業員数"],
        [
            [IDS[0], 2023, 52_000, 2_600, 120],
            [IDS[0], 2024, 56_000, 3_100, 124],
            [IDS[1], 2023, 31_000, 900, 48],
            [IDS[1], 2024, 30_500, 750, 47],
            [IDS[2], 2024, 88_000, 4_400, 210],
        ],
    ),
    "fields": (
        ["分野", "企業ID"],
        [["機械", IDS[0]], ["機械", IDS[1]], ["食品", IDS[4]], ["食品", IDS[5]]],
    ),
    "firm_totals": (
        ["法人番号", "都道府県", "売上高(千円)", "域外販売額(千円)", "域内仕入額(千円)"],
        [
            [IDS[0], "新潟県", 52_000, 31_000, 12_000],
            [IDS[1], "新潟県", 31_000, 9_300, 15_500],
            [IDS[2], "東京都", 88_000, 44_000, 20_000],
            [IDS[3], "東京都", 64_000, 16_000, 33_000],
        ],
    ),
}


def grid(table: str) -> Grid:
    """A right table."""
    header, rows = deepcopy(_CELLS[table])
    return Grid(header, rows)


def in_memory(table: str) -> pa.Table:
    """The same as a table of Arrow."""
    header, rows = _CELLS[table]
    return pa.table(dict(zip(header, map(list, zip(*rows, strict=True)), strict=True)))


# --- damage to a table ----------------------------------------------------------


def nothing(cells: Grid) -> None:
    """The table is right; its bytes are not, or its options."""


def no_rows(cells: Grid) -> None:
    """A header alone."""
    cells.rows.clear()


def empty(cells: Grid) -> None:
    """Not even a header."""
    cells.header.clear()
    cells.rows.clear()


def put(row: int, **filled: Any) -> Damage:
    """Other cells in a record, counted from 1."""

    def damage(cells: Grid) -> None:
        for column, cell in filled.items():
            cells.rows[row - 1][cells.header.index(column)] = cell

    return damage


def every(change: Callable[[Any], Any], *columns: str) -> Damage:
    """Other cells in all records."""

    def damage(cells: Grid) -> None:
        for at in map(cells.header.index, columns):
            for row in cells.rows:
                row[at] = change(row[at])

    return damage


def insert(row: int, *filled: Any) -> Damage:
    """A record more, which becomes number `row`."""

    def damage(cells: Grid) -> None:
        blank = [None] * (len(cells.header) - len(filled))
        cells.rows.insert(row - 1, [*filled, *blank])

    return damage


def repeat(row: int, **changed: Any) -> Damage:
    """The same record again at the end, with other cells."""

    def damage(cells: Grid) -> None:
        again = dict(zip(cells.header, cells.rows[row - 1], strict=True)) | changed
        cells.rows.append(list(again.values()))

    return damage


def header(old: str, new: str) -> Damage:
    """Another header."""

    def damage(cells: Grid) -> None:
        cells.header[cells.header.index(old)] = new

    return damage


def drop(column: str) -> Damage:
    """A column less."""

    def damage(cells: Grid) -> None:
        at = cells.header.index(column)
        for row in (cells.header, *cells.rows):
            del row[at]

    return damage


def add(column: str, *cells: Any) -> Damage:
    """A column more."""

    def damage(table: Grid) -> None:
        for row, cell in zip(table.rows, cells, strict=True):
            row.append(cell)
        table.header.append(column)

    return damage


def several(*damages: Damage) -> Damage:
    """One after the other."""

    def damage(cells: Grid) -> None:
        for one in damages:
            one(cells)

    return damage


def many_rows(column: str) -> Damage:
    """Five times as many records, of slightly other amounts."""

    def damage(cells: Grid) -> None:
        at, first = cells.header.index(column), list(cells.rows)
        for more in range(1, 5):
            cells.rows += [[*r[:at], r[at] + more, *r[at + 1 :]] for r in first]

    return damage


def merge(area: str) -> Damage:
    """Cells of a sheet as one."""
    return lambda cells: cells.merged.append(area)


def beside(table: str) -> Damage:
    """Another sheet, with another table."""
    return lambda cells: cells.other_sheets.update({"別表": grid(table)})


def hidden_behind(table: str) -> Damage:
    """The table on a hidden sheet, behind one with another table."""

    def damage(cells: Grid) -> None:
        cells.other_sheets["別表"] = Grid(cells.header, cells.rows, hidden=True)
        other = grid(table)
        cells.header, cells.rows = other.header, other.rows

    return damage


# --- damage to bytes ------------------------------------------------------------


def cut(share: float) -> Bytes:
    """The first part of a file."""
    return lambda whole: whole[: int(len(whole) * share)]


def swap(old: str, new: bytes) -> Bytes:
    """Other bytes for a text."""
    return lambda whole: whole.replace(old.encode(), new, 1)


def zeros(where: float) -> Bytes:
    """Sixteen bytes of zero at some place."""

    def change(whole: bytes) -> bytes:
        at = int(len(whole) * where)
        return whole[:at] + bytes(16) + whole[at + 16 :]

    return change


def in_packed(name: str, change: Bytes) -> Bytes:
    """Other bytes of a member of a zip archive, as it is packed."""

    def changed(whole: bytes) -> bytes:
        with ZipFile(io.BytesIO(whole)) as book:
            info = book.getinfo(name)
        start = info.header_offset + 30 + len(name)
        packed = whole[start : start + info.compress_size]
        return whole[:start] + change(packed) + whole[start + info.compress_size :]

    return changed


def in_member(name: str, change: Bytes) -> Bytes:
    """Another content of a member of a zip archive."""

    def changed(whole: bytes) -> bytes:
        written = io.BytesIO()
        with ZipFile(io.BytesIO(whole)) as old, ZipFile(written, "w", ZIP_DEFLATED) as new:
            for n in old.namelist():
                new.writestr(n, change(old.read(n)) if n == name else old.read(n))
        return written.getvalue()

    return changed


def in_float32(column: str) -> Bytes:
    """A column of a Parquet file as floating-point numbers of 32 bits."""

    def changed(whole: bytes) -> bytes:
        table = pq.read_table(io.BytesIO(whole))
        at = table.column_names.index(column)
        written = io.BytesIO()
        pq.write_table(table.set_column(at, column, table[column].cast(pa.float32())), written)
        return written.getvalue()

    return changed


def archive(whole: bytes) -> bytes:
    """A file in a zip archive."""
    written = io.BytesIO()
    with ZipFile(written, "w") as packed:
        packed.writestr("a.csv", whole)
    return written.getvalue()


# --- files ----------------------------------------------------------------------


def content(cells: Grid, form: str) -> bytes:
    """What a file of a format holds."""
    return _WRITERS[form](cells)


def _text(cell: Any) -> str:
    if isinstance(cell, Formula):
        cell = cell.value
    if isinstance(cell, bool):
        return str(cell).upper()
    return "" if cell is None else str(cell)


def _csv(cells: Grid) -> bytes:
    written = io.StringIO()
    rows = [list(map(_text, row)) for row in [cells.header, *cells.rows]]
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode()


def _array(cells: list[Any]) -> pa.Array:
    """Of the one type that all cells have; else of texts, as mixed columns are exported."""
    kinds = {type(cell) for cell in cells if cell is not None}
    return pa.array(cells if len(kinds) < 2 else [None if c is None else _text(c) for c in cells])


def _parquet(cells: Grid) -> bytes:
    arrays = [_array([row[i] for row in cells.rows]) for i in range(len(cells.header))]
    written = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, cells.header), written, store_schema=False)
    return written.getvalue()


def _xlsx(cells: Grid) -> bytes:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        _sheet(book, "Sheet1", cells)
        for name, other in cells.other_sheets.items():
            _sheet(book, name, other)
    return written.getvalue()


def _sheet(book: xlsxwriter.Workbook, name: str, cells: Grid) -> None:
    sheet = book.add_worksheet(name)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for area in cells.merged:
        sheet.merge_range(area, "")  # the cells are written over it
    for r, row in enumerate([cells.header, *cells.rows]):
        for c, cell in enumerate(row):
            if isinstance(cell, Formula):
                sheet.write_formula(r, c, "=A1", None, "" if cell.value is None else cell.value)
            elif isinstance(cell, datetime.date):
                sheet.write_datetime(r, c, cell, day)
            elif isinstance(cell, bool):
                sheet.write_boolean(r, c, cell)
            elif isinstance(cell, str):
                sheet.write_string(r, c, cell)
            elif cell is not None:
                sheet.write_number(r, c, float(cell))
    if cells.hidden:
        sheet.hide()


_WRITERS: dict[str, Callable[[Grid], bytes]] = {"csv": _csv, "parquet": _parquet, "xlsx": _xlsx}
