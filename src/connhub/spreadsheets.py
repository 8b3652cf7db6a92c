"""Tables for spreadsheets: CSV and Excel workbooks in which nothing is guessed, cut or run.

A spreadsheet that opens a CSV guesses the type of each cell: ``01`` becomes 1, an id of 13 digits
3.1E+12. A workbook says what a cell is; ids and codes stay texts.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from math import isfinite, isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from connhub.arrow import text
from connhub.errors import extra
from connhub.labels import Language
from connhub.schema import column_header
from connhub.text.catalogue import Message
from connhub.text.names import neutral, plain, shortened

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = [
    "Forms",
    "cell_text",
    "kept_exactly",
    "multiline_text",
    "opened_workbook",
    "write_csv",
    "write_excel",
]

LONGEST_CELL = 16_000  # Excel takes 32,767 units of UTF-16, of which a sign may need two
DIGITS = 15  # what Excel shows and keeps of a number
MAX_ROWS = 1_048_575  # of a sheet, below its header
FONT = {"font_name": "BIZ UDPGothic", "font_size": 10}
_ROWS_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class Forms:
    """In which forms for spreadsheets a table is written beside the exact one.

    Parameters
    ----------
    csv, excel : bool
        A workbook needs the extra ``excel``.
    labels : {"ja", "en"}, optional
        Headers are labels with units, in this language; by default the names of the columns.
    """

    csv: bool = False
    excel: bool = False
    labels: Language | None = None

    def write(self, table: pa.Table, path: Path, of_table: str, unit: str) -> None:
        """Write a table as CSV, as a workbook, as both, or not at all.

        Parameters
        ----------
        table : Table
            Money in base units.
        path : Path
            Without its ending.
        of_table : str
            Of the schema, where labels are looked for first.
        unit : str
            Of the money.

        Raises
        ------
        MissingExtraError
        """
        if self.labels is not None:
            table = table.rename_columns(_labels(table.column_names, of_table, unit, self.labels))
        if self.csv:
            write_csv(table, f"{path}.csv")
        if self.excel:
            write_excel(table, f"{path}.xlsx")


def _labels(names: Sequence[str], table: str, unit: str, lang: Language) -> list[str]:
    """A header a column, each different from the others."""
    headers = [column_header(name, table, unit, lang) for name in names]
    return [
        f"{header} [{name}]" if headers.count(header) > 1 else header
        for header, name in zip(headers, names, strict=True)
    ]


def write_csv(table: pa.Table, path: str | os.PathLike[str]) -> None:
    """Write a table as CSV: UTF-8 with BOM, texts made neutral.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, and characters
    that control a terminal are replaced; the Parquet file beside it is exact.

    Parameters
    ----------
    table : Table
    path : path
    """
    with Path(path).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)  # ends lines as spreadsheets do
        writer.writerow(table.column_names)
        for batch in table.to_batches(_ROWS_AT_ONCE):
            writer.writerows(zip(*map(_csv_cells, batch.columns), strict=True))


def _csv_cells(column: pa.Array) -> list[Any]:
    if pa.types.is_floating(column.type):
        return [None if v is not None and isnan(v) else v for v in column.to_pylist()]
    if isinstance(column, pa.DictionaryArray) or pa.types.is_large_string(column.type):
        return [value and neutral(value) for value in text(column).to_pylist()]
    return [neutral(v) if isinstance(v, str) else v for v in column.to_pylist()]


def write_excel(table: pa.Table, path: str | os.PathLike[str]) -> None:
    """Write a table as a workbook: texts are texts, whatever they look like.

    A number that Excel would change, having 15 digits only, is written as text. More rows than a
    sheet takes go on further sheets.

    Parameters
    ----------
    table : Table
    path : path

    Raises
    ------
    MissingExtraError
        Without the extra ``excel``.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> table = pa.table({"firm_id": ["0012"], "sales": [30]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_excel(table, f"{folder}/degrees.xlsx")
    ...     pd.read_excel(f"{folder}/degrees.xlsx", dtype=object, engine="openpyxl").values.tolist()
    [['0012', 30]]
    """
    path = Path(path)
    with opened_workbook(path) as book:
        text = book.add_format({**FONT, "num_format": "@"})
        number = book.add_format(FONT)
        head = book.add_format({**FONT, "bold": True, "num_format": "@", "bottom": 1})
        for start in range(0, max(table.num_rows, 1), MAX_ROWS):
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 0)
            for i, column in enumerate(table.schema):
                is_text = pa.types.is_large_string(column.type) or pa.types.is_string(column.type)
                sheet.set_column(i, i, 18, text if is_text else number)
                sheet.write_string(0, i, cell_text(column.name), head)
            _write_rows(sheet, table.slice(start, MAX_ROWS), text, number)


def _write_rows(sheet: Worksheet, table: pa.Table, text: Any, number: Any) -> None:
    row = 1
    for batch in table.to_batches(_ROWS_AT_ONCE):
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            for i, value in enumerate(values):
                if value is None or (isinstance(value, float) and not isfinite(value)):
                    continue
                if isinstance(value, bool):
                    sheet.write_boolean(row, i, value, number)
                elif isinstance(value, int | float | Decimal) and kept_exactly(value):
                    sheet.write_number(row, i, value, number)
                else:
                    sheet.write_string(row, i, cell_text(value), text)
            row += 1


@contextmanager
def opened_workbook(path: Path) -> Iterator[Workbook]:
    """A workbook to write, which keeps one row a sheet in memory, and its parts beside itself.

    The parts hold what the workbook holds: they do not belong into a folder that all may read.

    Parameters
    ----------
    path : Path

    Raises
    ------
    MissingExtraError
        Without the extra ``excel``.
    OSError
    """
    with extra("excel", Message("workbook.a_workbook")):
        import xlsxwriter
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": FONT,
    }
    try:
        # In memory: on a full disk the archive would fail once more as it is thrown away.
        content = _Buffer()
        with xlsxwriter.Workbook(content, options) as book:
            yield book
        path.write_bytes(content.getbuffer())
    except xlsxwriter.exceptions.XlsxFileError as error:
        cause = error.__context__
        raise cause if isinstance(cause, OSError) else OSError(str(error)) from error


class _Buffer(io.BytesIO):
    """Stays open: an archive that failed is thrown away after it, and would complain."""

    def close(self) -> None:
        """Nothing is closed; the memory goes with the object."""


def cell_text(value: object) -> str:
    """A text as a cell is given it: one printable line, cut where Excel has no room for more.

    XlsxWriter takes a text between ``<r>`` and ``</r>`` for markup of its own and writes it as it
    is; such a text is therefore given as markup that says the text.

    Examples
    --------
    >>> cell_text("=1+1"), cell_text("<r>&</r>")
    ('=1+1', '<r><t xml:space="preserve">&lt;r&gt;&amp;&lt;/r&gt;</t></r>')
    """
    text = str(value)
    fits = len(text) <= LONGEST_CELL
    return _without_markup(plain(text) if fits else shortened(text, LONGEST_CELL))


def multiline_text(value: object) -> str:
    """A text of several lines, each of them printable."""
    text = "\n".join(plain(line) for line in str(value).splitlines())
    return _without_markup(text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…")


def _without_markup(text: str) -> str:
    if not (text.startswith("<r>") and text.endswith("</r>")):
        return text
    markup = f'<r><t xml:space="preserve">{escape(text, quote=False)}</t></r>'
    return markup if len(markup) <= LONGEST_CELL else f"{text[:-1]}…"


def kept_exactly(value: object) -> bool:
    """Whether Excel, which keeps 15 digits, keeps a number as it is.

    Floats are what they are; of them the digits beyond the fifteenth say nothing.

    Examples
    --------
    >>> kept_exactly(10**15 + 1), kept_exactly(2**53), kept_exactly(1_234_567_000 * 10**9)
    (False, False, True)
    >>> kept_exactly(Decimal("12345678901234.56"))
    False
    """
    if isinstance(value, Decimal):
        return len(value.normalize().as_tuple().digits) <= DIGITS
    spare = len(str(abs(value))) - DIGITS if isinstance(value, int) else 0
    return spare <= 0 or value % 10**spare == 0
