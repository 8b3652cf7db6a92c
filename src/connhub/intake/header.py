"""Where the header of a table stands: below titles and notes, perhaps over several rows."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connhub.errors import ColumnError, Fault, OptionError
from connhub.intake.columns import recognized
from connhub.intake.header_years import split_year
from connhub.options import TableOptions
from connhub.schema import YEN_UNITS, numeric_columns, unit_words
from connhub.text.catalogue import Message

__all__ = [
    "HEAD_ROWS",
    "PLAIN_NOTES",
    "Area",
    "Header",
    "Row",
    "choose_header",
    "find_header",
    "first_row_as_header",
    "head_rows",
    "is_header",
    "number_columns",
    "with_names",
]

HEAD_ROWS = 30
"""A header is looked for in so many rows."""
_LONGEST_TITLE = 2000
"""A longer text above a header is none of its titles."""


def head_rows(read: TableOptions) -> int:
    """In how many rows a header is looked for; as many as the user's own row needs."""
    given = read.header_row
    return max(HEAD_ROWS, given) if type(given) is int else HEAD_ROWS


PLAIN_NOTES = (
    "intake.header_row_found",
    "intake.sheet_found",
    "intake.hidden_sheet_found",
    "intake.merged_filled",
    "intake.registry",
)
"""Notes of what was recognized, which are no warnings."""
Row = Sequence[str | None]
Area = tuple[int, int, int, int]
"""Merged cells: first row, first column, last row, last column, from 0."""

_REGISTRY = (
    "sequenceNumber corporateNumber process correct updateDate changeDate name nameImageId kind "
    "prefectureName cityName streetNumber addressImageId prefectureCode cityCode postCode "
    "addressOutside addressOutsideImageId closeDate closeCause successorCorporateNumber "
    "changeCause assignmentDate latest enName enPrefectureName enCityName enAddressOutside "
    "furigana hihyoji"
).split()
"""Columns of the registry of corporate numbers, whose files have no header.

国税庁 法人番号公表サイト, リソース定義書: 30 items."""
_REGISTRY_CELLS = {
    0: r"\d+",
    1: r"\d{13}",
    2: r"\d\d",
    8: r"\d{3}",
    13: r"(\d\d)?",
    14: r"(\d{3})?",
}
_IN_BRACKETS = re.compile(r"[(（\[【〔][^()（）]{1,12}[)）\]】〕]")
_DIGIT, _OF_UNIT = re.compile(r"\d"), re.compile("^単位[ :は]*")
_NUMBER = re.compile(r"[+\-−▲△]?[¥￥]?[,.]*\d[\d,.]*%?円?")


@dataclass(frozen=True)
class Header:
    """The header of a table.

    Parameters
    ----------
    row : int
        The last of its rows, from 1; 0 where there is none.
    names : tuple of str
        A column each; empty for one without a name.
    titles : tuple of str
        Texts of the cells above.
    roles : int
        How many columns are recognized.
    certain : bool
        Whether all columns that the table must have are, and another.
    registry : bool
        Whether it is the layout of the registry of corporate numbers.
    """

    row: int
    names: tuple[str, ...]
    titles: tuple[str, ...] = ()
    roles: int = 0
    certain: bool = False
    registry: bool = False

    def notes(self, file: str) -> list[Message]:
        """What the user should know of it."""
        if self.registry:
            return [Message("intake.registry", file=file)]
        if self.row > 1:
            return [Message("intake.header_row_found", row=self.row, file=file)]
        return []


def choose_header(
    rows: Sequence[Row], table: str, read: TableOptions, *, merged: Sequence[Area] = ()
) -> Header | None:
    """The header that the options name or that is recognized.

    Parameters
    ----------
    rows : sequence of rows
        The first of the table.
    table : {"transactions", "firms", "firm_totals", "financials", "fields"}
    read : TableOptions
        Of this table.
    merged : sequence of Area

    Returns
    -------
    Header or None
        None where no row is recognized.

    Raises
    ------
    OptionError
        A row that is not there, or a header that does not exist and has no names.
    """
    rows = _filled(rows, merged)
    widths = Counter(len(row) for row in rows if any(row))
    width = max(widths, key=widths.__getitem__, default=0)
    if read.header_row is None and read.names is None:
        return find_header(rows, table, read, merged) or _registry(rows, table)
    number = read.header_row or 0
    if type(number) is not int or not 0 <= number <= len(rows):
        raise OptionError(
            Fault("intake.no_such_header_row", row=str(read.header_row), count=len(rows))
        )
    if number == 0:
        found = _registry(rows, table) or Header(0, ("",) * width)
        if read.names is None and not found.registry:
            raise OptionError(Fault("intake.names_needed", count=width))
    else:
        found = _header_at(number - 1, rows, table, read, merged)
    names = read.names
    return found if names is None else with_names(found, names, table, read)


def with_names(header: Header, names: Any, table: str, read: TableOptions) -> Header:
    """A header with names of the user's, one a column.

    Parameters
    ----------
    header : Header
    names : sequence of str
    table : str
    read : TableOptions

    Returns
    -------
    Header

    Raises
    ------
    OptionError
    """
    given = tuple(names)
    if isinstance(names, str) or not all(isinstance(name, str) for name in given):
        raise OptionError(Fault("intake.names_option"))
    width = len(header.names)
    if any(header.names):
        while width > len(given) and not header.names[width - 1]:
            width -= 1
    if len(given) != width:
        raise OptionError(Fault("intake.number_of_names", given=len(given), count=width))
    given += ("",) * (len(header.names) - width)
    return Header(header.row, given, header.titles, len(recognized(table, given, read.columns)))


def find_header(
    rows: Sequence[Row], table: str, read: TableOptions, merged: Sequence[Area] = ()
) -> Header | None:
    """The first row in which all columns that the table must have are recognized.

    Parameters
    ----------
    rows : sequence of rows
    table : str
    read : TableOptions
    merged : sequence of Area

    Returns
    -------
    Header or None

    Examples
    --------
    >>> rows = [["取引一覧(単位:千円)"], [], ["販売元", "販売先", "取引金額"], ["a", "b", "1"]]
    >>> found = find_header(rows, "transactions", TableOptions())
    >>> found.row, found.names, found.titles
    (3, ('販売元', '販売先', '取引金額'), ('取引一覧(単位:千円)',))
    """
    best = None
    for number, row in enumerate(rows[:HEAD_ROWS]):
        if not any(row):
            continue
        found = _header_at(number, rows, table, read, merged)
        if found.certain:
            return found
        if best is None and found.roles and is_header(table, found.names, read):
            best = found
    return best


def is_header(table: str, names: Sequence[str], read: TableOptions) -> bool:
    """Whether all columns that a table must have are recognized.

    Parameters
    ----------
    table : str
    names : sequence of str
    read : TableOptions

    Returns
    -------
    bool
    """
    roles = recognized(table, names, read.columns)
    if table == "financials" and "year" not in roles:  # a column for each year
        items = [split[0] for name in names if (split := split_year(name))]
        return "firm_id" in roles and bool(recognized(table, items))
    return _REQUIRED[table] <= roles.keys()


_REQUIRED = {
    "transactions": {"seller_id", "buyer_id", "amount"},
    "firms": {"firm_id"},
    "firm_totals": {"firm_id"},
    "financials": {"firm_id", "year"},
    "fields": {"field"},
    "region_map": {"region"},
    "firm_changes": {"old_id", "new_id"},
    "targets": {"region", "measure", "target"},
}


def _header_at(
    number: int, rows: Sequence[Row], table: str, read: TableOptions, merged: Sequence[Area]
) -> Header:
    """The header whose rows include this one: as far as its merged cells reach."""
    last = max([number, *(bottom for top, _, bottom, _ in merged if top <= number <= bottom)])
    last = min(last, len(rows) - 1)
    first = number
    while first and _groups(first - 1, rows[first - 1], merged):
        first -= 1
    width = max(map(len, rows[first : last + 1]))
    names = _joined([_padded(row, width) for row in rows[first : last + 1]])
    names = tuple(
        "" if i and name == names[i - 1] and _in_one_area(last, i, merged) else name
        for i, name in enumerate(names)
    )
    if last + 1 < len(rows):
        numbers = number_columns(table, names, read)
        if units := _units_below(_padded(rows[last + 1], width), numbers):
            last += 1
            names = tuple(f"{n}{units.get(i, '')}" for i, n in enumerate(names))
    above = (cell.strip() for row in rows[:first] for cell in row if cell)
    titles = dict.fromkeys(cell for cell in above if len(cell) <= _LONGEST_TITLE)
    roles = recognized(table, names, read.columns)
    certain = len(roles) > 1 and is_header(table, names, read)
    return Header(last + 1, names, tuple(titles), len(roles), certain)


def number_columns(table: str, names: Sequence[str], read: TableOptions) -> set[int]:
    """Columns of amounts, shares and the like, also those of one year each.

    Parameters
    ----------
    table : str
    names : sequence of str
    read : TableOptions

    Examples
    --------
    >>> number_columns("financials", ["法人番号", "年度", "売上高", "利益2023"], TableOptions())
    {2, 3}
    """
    roles = recognized(table, names, read.columns)
    known = {roles[role] for role in numeric_columns(table) if role in roles}
    yearly = {name for name in names if (split_year(name) or ("",))[0]}
    return {i for i, name in enumerate(names) if name in known | yearly}


def _units_below(row: Row, numbers: set[int]) -> dict[int, str]:
    """Units by column, where a row below the header holds these and no record."""
    cells = {i: cell.strip() for i, cell in enumerate(row) if cell and cell.strip()}
    found = {i: cell for i, cell in cells.items() if _IN_BRACKETS.fullmatch(cell)}
    if len(found) == len(cells) and any(unit_words(cell).units for cell in found.values()):
        return found
    bare = {i: f"({cell})" for i, cell in cells.items() if i in numbers and _is_unit(cell)}
    if any(i in numbers for i, cell in cells.items() if i not in bare and i not in found):
        return {}
    return found | bare if bare and not any(map(_DIGIT.search, cells.values())) else {}


def _is_unit(cell: str) -> bool:
    """Whether a cell is a unit of yen and nothing else."""
    plain = unicodedata.normalize("NFKC", cell).casefold().strip("()[] ")
    return _OF_UNIT.sub("", plain).strip() in YEN_UNITS


def _groups(number: int, row: Row, merged: Sequence[Area]) -> bool:
    """Whether a row holds names of groups of columns: some merged, but no title over all."""
    wide = any(
        top == number == bottom and right > left and any(row[left : right + 1])
        for top, left, bottom, right in merged
    )
    return wide and len({cell for cell in row if cell}) > 1


def _joined(rows: Sequence[Row]) -> tuple[str, ...]:
    """Names of columns; of several rows the lowest, with those above where it needs them."""
    stacked = [
        list(dict.fromkeys(cell.strip() for cell in column if cell and cell.strip()))
        for column in zip(*rows, strict=True)
    ]
    lowest = [parts[-1] if parts else "" for parts in stacked]
    return tuple(
        "".join(parts)
        if len(parts) > 1 and (lowest.count(name) > 1 or (split_year(name) or (name,))[0] == "")
        else name
        for name, parts in zip(lowest, stacked, strict=True)
    )


def _in_one_area(row: int, column: int, merged: Sequence[Area]) -> bool:
    """Whether a cell is merged with the one left of it."""
    return any(t <= row <= b and left < column <= right for t, left, b, right in merged)


def _padded(row: Row, width: int) -> Row:
    return [*row, *[None] * (width - len(row))]


def _filled(rows: Sequence[Row], merged: Sequence[Area]) -> Sequence[Row]:
    """The rows with the text of merged cells in each of them."""
    if not merged:
        return rows
    width = max(map(len, rows), default=0)
    filled = [list(_padded(row, width)) for row in rows]
    for top, left, bottom, right in merged:
        for row in filled[top : bottom + 1]:
            row[left : right + 1] = [filled[top][left]] * len(row[left : right + 1])
    return filled


def _registry(rows: Sequence[Row], table: str) -> Header | None:
    """The layout of the registry of corporate numbers, which has no header."""
    if table != "firms" or not rows or len(rows[0]) != len(_REGISTRY):
        return None
    if not all(re.fullmatch(form, rows[0][i] or "") for i, form in _REGISTRY_CELLS.items()):
        return None
    return Header(0, tuple(_REGISTRY), roles=4, certain=True, registry=True)


def first_row_as_header(rows: Sequence[Row], file: str) -> Header:
    """The first row that is not empty, for the message that its columns are not recognized.

    Parameters
    ----------
    rows : sequence of rows
    file : str

    Returns
    -------
    Header

    Raises
    ------
    ColumnError
        When it looks like data.
    """
    number = next(i for i, row in enumerate(rows) if any(row))
    cells = [cell.strip() for cell in rows[number] if cell and cell.strip()]
    if sum(bool(_NUMBER.fullmatch(unicodedata.normalize("NFKC", c))) for c in cells) * 3 >= len(
        cells
    ):
        raise ColumnError(
            Fault("intake.no_header", file=file, rows=[number + 1], examples=cells[:5])
        )
    return Header(number + 1, tuple((cell or "").strip() for cell in rows[number]))
