"""The sheets of a workbook, by the library that serves its kind.

Values of ``.xlsx`` and ``.xlsm`` come from calamine; it gives an empty text for an error and for a
formula without a saved value, and takes room for all cells up to the last, so these come from the
XML. ``.xls`` is read by xlrd, which gives errors as such.
"""

from __future__ import annotations

import datetime
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile, ZipFile

from connhub.errors import ConnhubError, Fault, InputError, LimitError, extra, is_shortage
from connhub.intake.header import Area
from connhub.intake.sheet_xml import SheetFacts, cell_name, is_bare_date, is_scaled, read_facts
from connhub.intake.table_source import FREE, unreadable
from connhub.memory import require
from connhub.text.catalogue import Message

__all__ = ["Book", "Sheet", "cell_text", "open_book"]

_OLE = b"\xd0\xcf\x11\xe0"
_LIBRARIES = ("xlrd", "python_calamine", "struct")
_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    BadZipFile,
    zlib.error,
    RuntimeError,  # of a member of an archive that is locked or of an unknown kind
)
_SLIPS = (IndexError, AssertionError, TypeError)
_OTHER_KINDS = {
    "xl/workbook.bin": "Excel Binary (.xlsb)",
    "META-INF/manifest.xml": "OpenDocument (.ods)",
    "Index/Document.iwa": "Numbers",
    "word/document.xml": "Word (.docx)",
}
_STREAM = 2
"""Type of an entry of an OLE2 directory that is a file."""
_BYTES_A_CELL = 120
_NO_DAY, _LAST_DAY = 60, 2_958_466
"""The 29th of February 1900, which Excel has and the calendar has not; after the year 9999."""
_SPARSE_AREA, _SPARSE_RATIO = 1_000_000, 50
"""A sheet is sparse whose cells would be more than this, and so many times those with content."""


@dataclass
class Sheet:
    """The cells of a sheet.

    Parameters
    ----------
    name : str
    rows : list of lists
        Values from cell A1 on, all rows equally long; errors as text.
    merged : list of Area
    errors : dict
        ``#N/A`` and the like by place, from 0.
    unsaved : set of pairs of int
        Formulas without a saved value.
    scaled : set of pairs of int
        Numbers that are shown in thousands or millions.
    """

    name: str
    rows: list[list[Any]]
    merged: list[Area]
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    unsaved: set[tuple[int, int]] = field(default_factory=set)
    scaled: set[tuple[int, int]] = field(default_factory=set)


class Book(Protocol):
    """A workbook: its sheets, visible, hidden, and all in order."""

    names: list[str]
    hidden: list[str]
    in_order: list[str]

    def is_empty(self, name: str) -> bool:
        """Whether no cell of the sheet has content."""

    def is_sparse(self, name: str) -> bool:
        """Whether a sheet reaches to cells far away."""

    def sheet(self, name: str) -> Sheet:
        """Read a sheet."""


def cell_text(value: Any) -> str | None:
    """The value of a cell as text; dates in ISO form, whole numbers without a point.

    Examples
    --------
    >>> cell_text(1001.0), cell_text(0.5), cell_text(True), cell_text(datetime.date(2024, 4, 1))
    ('1001', '0.5', 'TRUE', '2024-04-01')
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return str(value)


def open_book(path: Path, expansion: int) -> Book:
    """Open a workbook of any kind that is served.

    Parameters
    ----------
    path : Path
    expansion : int
        How many times as large as the file a member of it may be, once it is unpacked.

    Returns
    -------
    Book

    Raises
    ------
    InputError, MissingExtraError, LimitError
    """
    with extra("excel", Message("intake.reading_file", file=path.name)), _readable(path):
        with path.open("rb") as f:
            is_ole = f.read(4) == _OLE
        return _Xls(path) if is_ole else _Xlsx(path, expansion)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn the errors of the libraries into ours."""
    try:
        yield
    except (ConnhubError, ImportError, MemoryError):
        raise
    except _DAMAGE as error:
        if is_shortage(error):
            raise
        raise unreadable(path, error) from error
    except Exception as error:  # xlrd raises whatever a damaged file leads it to
        library = type(error).__module__.split(".")[0]
        if library not in _LIBRARIES and not isinstance(error, _SLIPS):
            raise
        raise unreadable(path, error) from error


class _Xlsx:
    """``.xlsx`` and ``.xlsm``."""

    def __init__(self, path: Path, expansion: int) -> None:
        from python_calamine import CalamineWorkbook, SheetVisibleEnum

        self.path = path
        with ZipFile(path) as book:
            members = set(book.namelist())
            largest = max((m.file_size for m in book.infolist()), default=0)
        if largest > max(FREE, path.stat().st_size * expansion):
            raise LimitError(Fault("intake.expansion", limit=expansion, file=str(path)))
        if kind := _other_kind(members):
            raise InputError(Fault("intake.workbook_kind", format=kind, file=str(path)))
        if "[Content_Types].xml" not in members:
            raise InputError(Fault("intake.other_workbook", file=str(path)))
        self.facts = read_facts(path)
        self.book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        sheets = [s for s in self.book.sheets_metadata if s.name in self.facts]
        self.in_order = [s.name for s in sheets]
        self.names = [s.name for s in sheets if s.visible == SheetVisibleEnum.Visible]
        self.hidden = [name for name in self.in_order if name not in self.names]

    def is_empty(self, name: str) -> bool:
        return not self.facts[name].cells

    def is_sparse(self, name: str) -> bool:
        facts = self.facts[name]
        area = facts.rows * facts.columns
        return area > _SPARSE_AREA and area > _SPARSE_RATIO * facts.cells

    def sheet(self, name: str) -> Sheet:
        facts = self.facts[name]
        if self.is_sparse(name):
            raise LimitError(self._far_cell(name, facts))
        size = facts.rows * facts.columns * _BYTES_A_CELL
        require(size, Message("memory.sheet", sheet=name), Message("memory.larger_machine"))
        with _readable(self.path):
            found = self.book.get_sheet_by_name(name)
            rows: list[list[Any]] = found.to_python(skip_empty_area=False)
            merged = [(*start, *end) for start, end in found.merged_cell_ranges or []]
        _extend(rows, facts.rows, facts.columns)
        for (row, column), text in facts.errors.items():
            rows[row][column] = text
        for row, column in facts.dates:
            rows[row][column] = _date(rows[row][column], facts.from_1904)
        return Sheet(name, rows, merged, dict(facts.errors), facts.unsaved, facts.scaled)

    def _far_cell(self, name: str, facts: SheetFacts) -> Fault:
        return Fault(
            "intake.far_cell",
            sheet=name,
            cell=cell_name(facts.rows - 1, facts.columns - 1),
            count=facts.cells,
            file=str(self.path),
        )


def _other_kind(members: set[str]) -> str:
    """What an archive is that holds a document of another kind; empty where it is not known.

    Of ``.ods`` and ``.xlsb`` calamine gives values, but not which cells are errors, or formulas
    that were never computed: these would pass for blanks.
    """
    return next((name for member, name in _OTHER_KINDS.items() if member in members), "")


def _extend(rows: list[list[Any]], height: int, width: int) -> None:
    """Make room for cells that hold only an error or a formula."""
    width = max(width, len(rows[0]) if rows else 0)
    for row in rows:
        row.extend([None] * (width - len(row)))
    rows += [[None] * width for _ in range(height - len(rows))]


class _Xls:
    """``.xls``."""

    def __init__(self, path: Path) -> None:
        import xlrd

        self.path = path
        content = path.read_bytes()
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise InputError(Fault("intake.locked_workbook", file=str(path)))
        _check_chains(content)
        try:
            self.book = xlrd.open_workbook(
                file_contents=content, formatting_info=True, on_demand=True, logfile=io.StringIO()
            )
        except xlrd.XLRDError as error:
            if "encrypted" in str(error):
                raise InputError(Fault("intake.locked_workbook", file=str(path))) from error
            raise
        self.formats: dict[int, tuple[bool, bool]] = {}
        self.in_order = self.book.sheet_names()
        visible = [not self.book._sheet_visibility[i] for i in range(len(self.in_order))]
        self.names = [n for n, v in zip(self.in_order, visible, strict=True) if v]
        self.hidden = [n for n, v in zip(self.in_order, visible, strict=True) if not v]

    def is_empty(self, name: str) -> bool:
        with _readable(self.path):
            sheet = self.book.sheet_by_name(name)
        return not any(
            type_ not in (0, 6) for i in range(sheet.nrows) for type_ in sheet.row_types(i)
        )

    def is_sparse(self, name: str) -> bool:
        del name
        return False  # at most 65,536 rows of 256 columns

    def sheet(self, name: str) -> Sheet:
        import xlrd

        with _readable(self.path):
            found = self.book.sheet_by_name(name)
            errors, scaled = {}, set()
            rows: list[list[Any]] = []
            for i in range(found.nrows):
                row: list[Any] = []
                for j, cell in enumerate(found.row(i)):
                    value = cell.value
                    if cell.ctype == xlrd.XL_CELL_ERROR:
                        value = xlrd.error_text_from_code.get(value, "#N/A")
                        errors[i, j] = value
                    elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
                        value = bool(value)
                    elif cell.ctype == xlrd.XL_CELL_DATE:
                        value = _date(value, self.book.datemode)
                    elif cell.ctype == xlrd.XL_CELL_NUMBER:
                        is_date, is_in_thousands = self._format(cell.xf_index)
                        if is_date:
                            value = _date(value, self.book.datemode)
                        elif is_in_thousands:
                            scaled.add((i, j))
                    row.append(value)
                rows.append(row)
            merged = [(a, c, b - 1, d - 1) for a, b, c, d in found.merged_cells]
        return Sheet(name, rows, merged, errors, scaled=scaled)

    def _format(self, style: int) -> tuple[bool, bool]:
        """Whether numbers of a style are dates, which xlrd does not say, or shown in thousands."""
        if style not in self.formats:
            code = self.book.format_map[self.book.xf_list[style].format_key].format_str
            self.formats[style] = (is_bare_date(code), is_scaled(code))
        return self.formats[style]


def _check_chains(content: bytes) -> None:
    """Refuse a damaged file whose short sectors lead in a circle, in which xlrd would stay."""
    from xlrd.compdoc import CompDoc

    document = CompDoc(content, logfile=io.StringIO())
    for entry in document.dirlist:
        if entry.etype == _STREAM and 0 < entry.tot_size < document.min_size_std_stream:
            sector, left = entry.first_SID, len(document.SSAT)
            while 0 <= sector < len(document.SSAT):
                sector, left = document.SSAT[sector], left - 1
                if left < 0:
                    raise ValueError("sectors lead in a circle")


def _date(value: Any, mode: int) -> Any:
    """What a number of days is; other values as they are."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < _LAST_DAY:
        return value
    if value < 1:
        return str(datetime.timedelta(days=value))
    start = datetime.datetime(1904, 1, 1) if mode else datetime.datetime(1899, 12, 30)
    if not mode and value < _NO_DAY:
        start += datetime.timedelta(days=1)
    exact = start + datetime.timedelta(days=value)
    return exact.replace(microsecond=0) + datetime.timedelta(seconds=exact.microsecond >= 500_000)
