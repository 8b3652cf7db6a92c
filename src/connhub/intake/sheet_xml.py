"""What the XML of a sheet says beyond its values: errors, formulas never computed, its extent.

And what the formats of numbers say: dates of which only the year of the era or the day of the week
is shown, which calamine takes for numbers, and numbers that are shown in thousands or millions.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat
from zipfile import ZipFile

__all__ = ["SheetFacts", "cell_name", "is_bare_date", "is_scaled", "read_facts"]

_DIGITS = "0123456789"
_WORKBOOK = "xl/workbook.xml"


@dataclass
class SheetFacts:
    """What the XML of a sheet says.

    Parameters
    ----------
    rows, columns : int
        How far its cells with content reach.
    cells : int
        How many have content.
    errors : dict
        ``#N/A`` and the like by place.
    unsaved : set of pairs of int
        Formulas without a saved value.
    dates : set of pairs of int
        Numbers shown as dates in a format such as ggge"年度" (`is_bare_date`).
    scaled : set of pairs of int
        Numbers shown in thousands or millions (`is_scaled`).
    from_1904 : bool
        Whether days are counted from 1904.
    """

    rows: int = 0
    columns: int = 0
    cells: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    unsaved: set[tuple[int, int]] = field(default_factory=set)
    dates: set[tuple[int, int]] = field(default_factory=set)
    scaled: set[tuple[int, int]] = field(default_factory=set)
    from_1904: bool = False


def cell_name(row: int, column: int) -> str:
    """A cell as Excel names it.

    Examples
    --------
    >>> cell_name(0, 0), cell_name(1048575, 16383)
    ('A1', 'XFD1048576')
    """
    letters, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row + 1}"


_NO_CODE = re.compile(r'"[^"]*"|\[[^\]]*\]|[\\_*].|;.*', re.DOTALL)
"""Of a number format: texts, conditions, what stands for itself, and the formats of other signs."""


def is_bare_date(code: str) -> bool:
    """Whether a number format shows only the era and its year, or the day of the week.

    Examples
    --------
    >>> [is_bare_date(c) for c in ('ggge"年度"', "[$-411]e", "aaaa", "General", "0.0E+00", "d")]
    [True, True, True, False, False, False]
    """
    shown = _NO_CODE.sub("", code).strip().casefold()
    return re.fullmatch(r"(?:[gera]+[^a-z\d#?@]*)+", shown) is not None and shown != "general"


def is_scaled(code: str) -> bool:
    """Whether a number format shows a number in thousands or millions.

    Examples
    --------
    >>> [is_scaled(c) for c in ('#,##0,"千円"', "0.0,,", "#,##0", "#,##0_);(#,##0)")]
    [True, True, False, False]
    """
    return re.search(r"[0#?],+(?![0#?,])", _NO_CODE.sub("", code)) is not None


def read_facts(path: Path) -> dict[str, SheetFacts]:
    """Read the facts of every sheet of an ``.xlsx`` or ``.xlsm`` file, cell by cell.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict
        By name of the sheet.

    Raises
    ------
    OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error
        Where the file is damaged.
    """
    found = {}
    with ZipFile(path) as book:
        main = _main_part(book)
        dates, scaled = (_styles(book, main, holds) for holds in (is_bare_date, is_scaled))
        numbering = _attributes(book, main, "workbookPr")
        from_1904 = any(a.get("date1904", "0").lower() in ("1", "true") for a in numbering)
        for name, member in _members(book, main).items():
            try:
                with book.open(member) as stream:
                    found[name] = _Scan(dates, scaled).read(stream)
            except expat.ExpatError as error:
                raise ValueError(f"{member}: {error}") from error
            found[name].from_1904 = from_1904
    return found


def _main_part(book: ZipFile) -> str:
    """Where the workbook lies that names the sheets."""
    main = _WORKBOOK
    for attributes in _attributes(book, "_rels/.rels", "Relationship"):
        if attributes.get("Type", "").endswith("/officeDocument"):
            main = attributes["Target"].lstrip("/")
    return main


def _parts(book: ZipFile, main: str, kind: str) -> Mapping[str, str]:
    """Where the parts of a kind lie, by their ids."""
    folder, name = posixpath.split(main)
    return {
        a["Id"]: posixpath.normpath(posixpath.join(folder, a["Target"])).lstrip("/")
        if not a["Target"].startswith("/")
        else a["Target"].lstrip("/")
        for a in _attributes(book, f"{folder}/_rels/{name}.rels", "Relationship")
        if a.get("Type", "").endswith(f"/{kind}")
    }


def _members(book: ZipFile, main: str) -> Mapping[str, str]:
    """Worksheets by name, and where they lie."""
    targets = _parts(book, main, "worksheet")
    sheets = _attributes(book, main, "sheet")
    return {s["name"]: targets[s["id"]] for s in sheets if s.get("id") in targets}


def _styles(book: ZipFile, main: str, holds: Callable[[str], bool]) -> frozenset[str]:
    """Styles of cells for whose number format a function holds."""
    found: set[str] = set()
    members = set(book.namelist())
    for member in _parts(book, main, "styles").values():
        if member in members:
            formats = _attributes(book, member, "numFmt")
            good = {f.get("numFmtId") for f in formats if holds(f.get("formatCode", ""))}
            if good:
                of_cells = _attributes(book, member, "xf", within="cellXfs")
                found |= {str(i) for i, a in enumerate(of_cells) if a.get("numFmtId") in good}
    return frozenset(found)


def _attributes(
    book: ZipFile, member: str, element: str, *, within: str = ""
) -> list[dict[str, str]]:
    """Attributes of all elements of a name, both without their namespaces."""
    found: list[dict[str, str]] = []
    open_elements: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == element and (not within or open_elements[-1] == within):
            found.append({_local(a): value for a, value in attributes.items()})
        open_elements.append(_local(name))

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_elements.pop()
    try:
        parser.Parse(book.read(member), True)
    except expat.ExpatError as error:
        raise ValueError(f"{member}: {error}") from error
    return found


def _local(name: str) -> str:
    return name.rpartition("}")[2]


class _Scan:
    """Walks over the cells of a sheet: a million in a second or two."""

    def __init__(self, dates: frozenset[str], scaled: frozenset[str]) -> None:
        self.facts, self.dates, self.scaled = SheetFacts(), dates, scaled
        self.style: str | None = None
        self.row, self.column = -1, -1
        self.prefix = ""
        self.kind: str | None = None
        self.formula = self.filled = False
        self.content: list[str] = []
        self.parser: Any = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start

    def read(self, stream: IO[bytes]) -> SheetFacts:
        """Walk over a whole sheet."""
        self.parser.ParseFile(stream)
        self._finish_cell()
        return self.facts

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.removeprefix(self.prefix)
        if name == "c":
            self._finish_cell()
            self.kind = attributes.get("t")
            self.style = attributes.get("s")
            place = attributes.get("r")
            self.column = _column_number(place.rstrip(_DIGITS)) if place else self.column + 1
        elif name == "v":
            self.filled = True
            if self.formula or self.kind == "e":
                self.parser.CharacterDataHandler = self.content.append
        elif name == "t":
            self.filled = True
        elif name == "f":
            self.formula = True
        elif name == "row":
            self._finish_cell()
            number = attributes.get("r", "")
            self.row = int(number) - 1 if number.isdigit() else self.row + 1
            self.column = -1
        elif name.endswith(":worksheet"):
            self.prefix = name.removesuffix("worksheet")

    def _finish_cell(self) -> None:
        """Note the cell before, once the next begins."""
        if not self.filled and not self.formula:
            return
        facts = self.facts
        facts.cells += 1
        facts.rows = max(facts.rows, self.row + 1)
        facts.columns = max(facts.columns, self.column + 1)
        if self.style is not None and self.filled and self.kind in (None, "n"):
            if self.style in self.dates:
                facts.dates.add((self.row, self.column))
            elif self.style in self.scaled:
                facts.scaled.add((self.row, self.column))
        if self.formula or self.kind == "e":
            content = "".join(self.content).strip()
            if self.kind == "e":
                facts.errors[self.row, self.column] = content
            elif not content and self.kind != "str":
                facts.unsaved.add((self.row, self.column))
            self.content.clear()
            self.parser.CharacterDataHandler = None
        self.formula = self.filled = False


@cache
def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
