"""CSV files: cut into blocks of whole records, decoded strictly, never repaired."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import pyarrow as pa

from connhub.errors import Fault, InputError, OptionError, check_choice
from connhub.intake.encodings import (
    CODECS,
    NO_CP932,
    could_be_cp932,
    decodes,
    looks_western,
    resembles_utf8,
    western_words,
)
from connhub.intake.header import Header, choose_header, first_row_as_header, head_rows
from connhub.intake.table_source import (
    Batches,
    Layout,
    Part,
    Source,
    check_same_schema,
    unreadable,
)
from connhub.options import TableOptions
from connhub.text.catalogue import Message

__all__ = ["open_csv"]

_HEAD_BYTES = 1 << 20
_HTML = re.compile(rb"<(!doctype html|html|table|head|body|meta)\b", re.IGNORECASE)
_CODEC = {"latin-1": "cp1252"}
BLOCK_BYTES = 8 << 20
"""Size of a block: large enough to hide the overhead, small enough for a laptop."""

_DELIMITERS = (",", "\t", ";")


class _CsvFile:
    """One CSV file: cuts it into blocks of whole records and decodes them strictly."""

    def __init__(self, path: Path, encoding: str | None, table: str, read: TableOptions) -> None:
        self.path = path
        self.encoding = encoding  # None: not yet known, all bytes so far were ASCII
        self.newline = b"\n"
        self.notes: list[Message] = []
        blocks = self._blocks(_HEAD_BYTES)
        head, offset = next(blocks, (bytearray(), 0))
        blocks.close()
        self.head = head
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise InputError(Fault("intake.utf16", file=str(path)))
        if head[:200].lstrip()[:1] == b"<" and _HTML.search(head[:4096]):
            raise InputError(Fault("intake.html_table", file=str(path)))
        ends = _ends_of_records(head, self.newline, head_rows(read))
        lines = [
            self.decode(head[start:end], offset + start)
            for start, end in zip([0, *ends], ends, strict=False)
        ]
        if not any(line.strip(" ,;\t\r\n") for line in lines):
            raise InputError(Fault("intake.empty_file", file=str(path)))
        self.delimiter, self.header = self._layout(lines, table, read)
        below = [_fields(line, self.delimiter) for line in lines[self.header.row :]]
        self.names = _column_names(self.header.names, below)
        self.header_bytes = ends[self.header.row - 1] if self.header.row else 0
        self.head = bytearray()  # the whole file is read again

    def _layout(self, lines: list[str], table: str, read: TableOptions) -> tuple[str, Header]:
        """The delimiter and the header: those by which most columns are recognized."""
        offered = list(_DELIMITERS)
        if read.delimiter is not None:
            offered = [_checked_delimiter(read.delimiter)]
        elif ".tsv" in self.path.name.lower():
            offered.sort(key="\t".__ne__)
        found: list[tuple[bool, int, int, str, Header]] = []
        errors: list[OptionError] = []
        for delimiter in offered:
            try:
                rows = [_fields(line, delimiter) for line in lines]
                header = choose_header(rows, table, read) or first_row_as_header(
                    rows, str(self.path)
                )
            except csv.Error as error:
                raise unreadable(self.path, error) from error
            except OptionError as error:
                errors.append(error)
                continue
            found.append((header.certain, header.roles, len(header.names), delimiter, header))
        if not found:
            raise errors[0]
        *_, delimiter, header = max(found, key=lambda f: f[:3])  # of equals, the first
        return delimiter, header

    def layout(self) -> Layout:
        """How it is read."""
        return Layout(
            "csv",
            self.header.row,
            delimiter=self.delimiter,
            encoding=self.encoding or "",
            titles=self.header.titles,
        )

    def _open(self) -> BufferedIOBase:
        with self.path.open("rb") as f:
            zipped = f.read(2) == b"\x1f\x8b"
        return gzip.open(self.path, "rb") if zipped else self.path.open("rb")

    def _blocks(self, size: int) -> Generator[tuple[bytearray, int], None, None]:
        """Blocks that end at the end of a record, with their byte offsets."""
        offset, rest = 0, bytearray()
        try:
            with self._open() as f:
                if f.read(3) == b"\xef\xbb\xbf":
                    self.encoding, offset = "utf-8", 3
                else:
                    f.seek(0)
                while True:
                    before = len(rest)
                    block = bytearray(before + size)
                    block[:before] = rest
                    read = f.readinto(memoryview(block)[before:])
                    if not read:
                        break
                    del block[before + read :]
                    if self.newline not in block and block.find(b"\r", 0, -1) >= 0:
                        self.newline = b"\r"  # as Excel for Mac wrote
                    cut = _last_end(block, self.newline)
                    rest = block[cut:]
                    del block[cut:]
                    if cut:
                        yield block, offset
                        offset += cut
        except (EOFError, OSError, gzip.BadGzipFile) as error:
            raise unreadable(self.path, error) from error
        if rest:
            if rest.count(b'"') % 2:
                raise InputError(Fault("intake.open_quote", byte=offset, file=str(self.path)))
            self.notes.append(Message("intake.no_last_line_end", file=self.path.name))
            yield rest, offset

    def _with_empty_rows(self, block: bytes | bytearray) -> bytes | bytearray:
        """The block with fields in its empty lines: Arrow would pass over them, uncounted."""
        doubled = (self.newline * 2, self.newline + b"\r" + self.newline)
        if len(self.names) < 2 or (
            block[:1] not in (b"\n", b"\r") and not any(d in block for d in doubled)
        ):
            return block
        pieces: list[bytes] = []
        end, quotes, fields = 0, 0, self.delimiter.encode() * (len(self.names) - 1)
        for found in _EMPTY_LINE[self.newline].finditer(block):
            piece = bytes(block[end : found.start()])
            quotes += piece.count(b'"')
            pieces += [piece, b"" if quotes % 2 else fields]
            end = found.start()
        return b"".join([*pieces, block[end:]])

    def decode(self, block: bytearray, offset: int) -> str:
        """Text of a block; the encoding is settled by the first byte that is not ASCII."""
        if self.encoding is None and not block.isascii():
            self.encoding = self._detect(block)
        try:
            content = block.decode(_CODEC.get(self.encoding or "ascii", self.encoding or "ascii"))
            if self.encoding == "cp932" and (odd := NO_CP932.search(content)):
                at = len(content[: odd.start()].encode("cp932"))
                raise UnicodeDecodeError("cp932", block, at, at + 1, "no character")
            return content
        except UnicodeDecodeError as error:
            row = 1 + self._lines(offset) + block.count(self.newline, 0, error.start)
            fault = Fault(
                "intake.undecodable_byte",
                position=offset + error.start,
                byte=f"0x{block[error.start]:02x}",
                encoding=self.encoding or "ascii",
                file=str(self.path),
                rows=(row,),
            )
            raise InputError(fault) from error

    def _lines(self, offset: int) -> int:
        """Ends of lines before a byte; counted only where a message needs it."""
        lines = 0
        with self._open() as f:
            while offset > 0 and (chunk := f.read(min(offset, BLOCK_BYTES))):
                lines += chunk.count(self.newline)
                offset -= len(chunk)
        return lines

    def _detect(self, block: bytearray) -> str:
        """UTF-8 where the bytes are, else CP932; an error where they may be Latin-1."""
        if could_be_cp932(block):
            raise InputError(Fault("intake.two_encodings", file=str(self.path)))
        if decodes(block, "utf-8") or resembles_utf8(block):
            return "utf-8"
        sample = self.head or block
        if looks_western(sample):
            words = western_words(sample)
            raise InputError(Fault("intake.latin_or_cp932", file=str(self.path), examples=words))
        return "cp932"

    def blocks(self) -> Iterator[tuple[bytes | bytearray, int]]:
        """Encoded UTF-8 blocks without the header, with their weights."""
        first = True
        for block, offset in self._blocks(BLOCK_BYTES):
            weight, start = len(block), offset
            if first:
                del block[: self.header_bytes]
                start += self.header_bytes
            first = False
            if block.isascii() or (self.encoding == "utf-8" and decodes(block, "utf-8")):
                yield self._with_empty_rows(block), weight
            else:
                text = self.decode(block, start).encode("utf-8")
                yield self._with_empty_rows(text), weight


_EMPTY_LINE = {
    b"\n": re.compile(rb"(?:\A|(?<=\n))(?=\r?\n)"),
    b"\r": re.compile(rb"(?:\A|(?<=\r))(?=\r)"),
}


def _ends_of_records(data: bytearray, newline: bytes, most: int) -> list[int]:
    """Positions after each of the first records."""
    ends: list[int] = []
    begin = end = 0
    while len(ends) < most and end < len(data):
        end = data.find(newline, end) + 1 or len(data)
        if end == len(data) or data.count(b'"', begin, end) % 2 == 0:
            ends.append(end)
            begin = end
    return ends


def _last_end(data: bytearray, newline: bytes) -> int:
    """Position after the last record that is whole; 0 if none is."""
    end = data.rfind(newline) + 1
    quotes = data.count(b'"', 0, end)
    while end and quotes % 2:
        before = data.rfind(newline, 0, end - 1) + 1
        quotes -= data.count(b'"', before, end)
        end = before
    return end


def _fields(line: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])


def _checked_delimiter(delimiter: Any) -> str:
    if (
        not isinstance(delimiter, str)
        or len(delimiter) != 1
        or not delimiter.isascii()
        or delimiter in '"\r\n'
    ):
        raise OptionError(Fault("intake.delimiter_option", value=str(delimiter)))
    return delimiter


def _column_names(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A name for each column, also for those without one and for empty ones beside the table."""
    widths = {len(row) for row in rows if any(row)}
    width = min(widths, default=0)
    if len(widths) == 1 and not any(cell for row in rows for cell in row[len(names) :]):
        names = [*names, *[""] * (width - len(names))]
    return [name or f"column {i}" for i, name in enumerate(names, start=1)]


def open_csv(paths: list[Path], table: str, read: TableOptions) -> Source:
    """Open CSV files of one schema.

    Parameters
    ----------
    paths : list of Path
    table : {"transactions", "firms", "financials", "fields"}
    read : TableOptions
        Of this table.

    Returns
    -------
    Source

    Raises
    ------
    InputError, ColumnError, OptionError
    """
    declared = None if read.encoding is None else CODECS.get(read.encoding.lower(), read.encoding)
    if declared is not None:
        check_choice("encoding", declared, dict.fromkeys(CODECS.values()))
    csvs = [_CsvFile(p, declared, table, read) for p in paths]
    schemas = [pa.schema([(n, pa.large_string()) for n in c.names]) for c in csvs]
    check_same_schema([str(p) for p in paths], schemas)
    notes = [note for c in csvs for note in c.header.notes(c.path.name)]

    def parts(columns: Sequence[str], batch_rows: int, threads: int) -> Iterator[Part]:
        del batch_rows, threads
        for i, file in enumerate(csvs):
            file.notes.clear()
            for number, (block, weight) in enumerate(file.blocks()):
                part = Part(i, number, weight, _nothing)
                part.read = _reader(file, block, list(columns), part)
                yield part
            notes.extend(file.notes)

    plain = not any(p.name.lower().endswith(".gz") for p in paths)
    size = sum(p.stat().st_size for p in paths) if plain else None
    names, layouts = tuple(str(p) for p in paths), tuple(c.layout() for c in csvs)
    first = layouts[0].header_row + 1
    return Source(schemas[0], names, tuple(paths), size, first, parts, notes, layouts)


def _nothing() -> Batches:
    return iter(())


def _reader(
    file: _CsvFile,
    block: bytes | bytearray,
    columns: list[str],
    part: Part,
) -> Callable[[], Batches]:
    import pyarrow.csv as pc_csv

    def invalid(bad: Any) -> str:
        part.skipped.append(((bad.number or 1) - 1, bad.actual_columns))
        return "skip"

    def read() -> Batches:
        quoted = b'"' in block
        try:
            table = pc_csv.read_csv(
                pa.BufferReader(block),
                read_options=pc_csv.ReadOptions(
                    column_names=file.names, use_threads=False, block_size=len(block) + 1
                ),
                parse_options=pc_csv.ParseOptions(
                    delimiter=file.delimiter,
                    newlines_in_values=quoted,
                    invalid_row_handler=invalid,
                ),
                convert_options=pc_csv.ConvertOptions(
                    column_types={n: pa.large_string() for n in file.names},
                    include_columns=columns,
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return
            raise unreadable(file.path, error) from error
        position = 0
        for batch in table.to_batches():
            yield batch, position
            position += batch.num_rows

    return read
