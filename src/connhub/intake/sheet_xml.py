"""What the XML of a sheet says beyond its values: errors, formulas never computed, its extent."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat
from zipfile import ZipFile

__all__ = ["SheetFacts", "cell_name", "read_facts"]

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
    """

    rows: int = 0
    columns: int = 0
    cells: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    unsaved: set[tuple[int, int]] = field(default_factory=set)


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
        for name, member in _members(book).items():
            try:
                with book.open(member) as stream:
                    found[name] = _Scan().read(stream)
            except expat.ExpatError as error:
                raise ValueError(f"{member}: {error}") from error
    return found


def _members(book: ZipFile) -> Mapping[str, str]:
    """Worksheets by name, and where they lie."""
    main = _WORKBOOK
    for attributes in _attributes(book, "_rels/.rels", "Relationship"):
        if attributes.get("Type", "").endswith("/officeDocument"):
            main = attributes["Target"].lstrip("/")
    folder, name = posixpath.split(main)
    targets = {
        a["Id"]: posixpath.normpath(posixpath.join(folder, a["Target"])).lstrip("/")
        if not a["Target"].startswith("/")
        else a["Target"].lstrip("/")
        for a in _attributes(book, f"{folder}/_rels/{name}.rels", "Relationship")
        if a.get("Type", "").endswith("/worksheet")
    }
    sheets = _attributes(book, main, "sheet")
    return {s["name"]: targets[s["id"]] for s in sheets if s.get("id") in targets}


def _attributes(book: ZipFile, member: str, element: str) -> list[dict[str, str]]:
    """Attributes of all elements of a name, both without their namespaces."""
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == element:
            found.append({_local(a): value for a, value in attributes.items()})

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = start
    try:
        parser.Parse(book.read(member), True)
    except expat.ExpatError as error:
        raise ValueError(f"{member}: {error}") from error
    return found


def _local(name: str) -> str:
    return name.rpartition("}")[2]


class _Scan:
    """Walks over the cells of a sheet: a million in a second or two."""

    def __init__(self) -> None:
        self.facts = SheetFacts()
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
