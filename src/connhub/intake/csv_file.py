"""The bytes of a CSV file: cut into blocks of whole records, and decoded strictly."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from connhub.errors import Fault, InputError, LimitError
from connhub.intake.encodings import (
    NO_CP932,
    could_be_cp932,
    decodes,
    looks_western,
    open_utf16,
    resembles_utf8,
    utf16_codec,
    western_words,
)
from connhub.intake.file_formats import refuse_other_formats
from connhub.intake.table_source import FREE, unreadable
from connhub.options import TableOptions
from connhub.text.catalogue import Message

__all__ = ["CsvFile", "Record"]

_HEAD_BYTES, _MARK_BYTES = 1 << 20, 1000
BLOCK_BYTES = 8 << 20
"""Size of a block: large enough to hide the overhead, small enough for a laptop."""
_DAMAGE = (OSError, EOFError, zlib.error)
"""What a packed file raises that is cut short or damaged."""
_CODEC = {"latin-1": "cp1252"}
_BOM = b"\xef\xbb\xbf"
_EMPTY_LINE = {
    b"\n": re.compile(rb"(?:\A|(?<=\n))(?=\r?\n)"),
    b"\r": re.compile(rb"(?:\A|(?<=\r))(?=\r)"),
}


class Record(NamedTuple):
    """One of the first records of a file.

    Parameters
    ----------
    text : str
    first, last : int
        Lines on which it begins and ends, from 1.
    end : int
        Byte after it.
    """

    text: str
    first: int
    last: int
    end: int


class _Block(NamedTuple):
    """Where a block stands in a file, and how many line ends its fields hold."""

    offset: int
    size: int
    inside: int


class CsvFile:
    """One CSV file, plain or gzipped.

    Parameters
    ----------
    path : Path
    encoding : str or None
        None: not yet known, all bytes so far were ASCII.
    read : TableOptions
        Its limits.
    """

    def __init__(self, path: Path, encoding: str | None, read: TableOptions) -> None:
        self.path, self.encoding = path, encoding
        self.recoded = False  # from UTF-16
        self.newline, self.delimiter, self.columns = b"\n", ",", 0
        self.longest = read.limit("record_bytes")
        self.expansion = read.limit("expansion")
        self.notes: list[Message] = []
        self.start, self.first_line = 0, 1
        self.records: dict[int, int] = {}
        """Records of each block, once it is read."""
        self._blocks: list[_Block] = []
        self._above: tuple[int, list[int]] = -1, []
        self._sample = b""

    def head(self, most: int) -> list[Record]:
        """The first records, as many as begin on so many lines; the encoding may be settled.

        Raises
        ------
        InputError, LimitError
        """
        start, content = self._head_bytes()
        refuse_other_formats(content, self.path)
        if b"\n" not in content and b"\r" in content:
            self.newline = b"\r"  # as Excel for Mac wrote
        if len(content) >= _HEAD_BYTES:
            del content[content.rfind(self.newline) + 1 :]
        self._sample = bytes(content)
        found: list[Record] = []
        last = begin = 0
        for end in _ends_of_records(content, self.newline):
            record = content[begin:end]
            first, last = last + 1, last + max(1, _line_ends(record))
            text = self.decode(record, start + begin)
            found.append(Record(text, first, last, start + end))
            begin = end
            if last >= most:
                break
        self.start = start
        return found

    def begin_below(self, record: Record) -> None:
        """Read from the record below this one, which is the header."""
        self.start, self.first_line = record.end, record.last + 1

    def _head_bytes(self) -> tuple[int, bytearray]:
        """Where the text begins, and its first bytes: at least one whole line."""
        content = bytearray()
        try:
            with self._open() as f:
                while chunk := f.read(_HEAD_BYTES):
                    content += chunk
                    if len(content) > self.longest:
                        self._refuse_long_record(0)
                    if b"\n" in content or b"\r" in content:
                        break
        except _DAMAGE as error:
            raise unreadable(self.path, error) from error
        start = len(_BOM) if content.startswith(_BOM) else 0
        if start:
            self.encoding = "utf-8"
            del content[:start]
        return start, content

    def _open(self) -> BufferedIOBase:
        """The unpacked bytes; errors of damaged files are ours."""
        with self.path.open("rb") as f:
            head = f.read(_MARK_BYTES)
        if head.startswith(b"\x1f\x8b"):
            return _Unpacked(self.path, self.expansion)
        if codec := utf16_codec(head):
            self.encoding, self.recoded = "utf-8", True
            return open_utf16(self.path, codec)
        return self.path.open("rb")

    def _whole_records(self) -> Iterator[tuple[bytearray, int]]:
        """Blocks that end at the end of a record, with their byte offsets."""
        offset, rest = self.start, bytearray()
        self._blocks.clear()
        self.records.clear()
        self._above = -1, []
        try:
            with self._open() as f:
                f.seek(offset)
                while True:
                    before = len(rest)
                    block = bytearray(before + BLOCK_BYTES)
                    block[:before] = rest
                    read = f.readinto(memoryview(block)[before:])
                    if not read:
                        break
                    del block[before + read :]
                    cut, inside = self._cut(block, offset)
                    rest = block[cut:]
                    del block[cut:]
                    if len(rest) > self.longest:
                        self._refuse_long_record(offset + cut)
                    if cut:
                        self._blocks.append(_Block(offset, cut, inside))
                        yield block, offset
                        offset += cut
        except _DAMAGE as error:
            raise unreadable(self.path, error) from error
        if rest:
            _, inside = self._cut(rest, offset, last=True)
            self.notes.append(Message("intake.no_last_line_end", file=self.path.name))
            self._blocks.append(_Block(offset, len(rest), inside))
            yield rest, offset

    def _cut(self, block: bytearray, offset: int, *, last: bool = False) -> tuple[int, int]:
        """Position after the last whole record, and the line ends inside fields up to there."""
        if b'"' not in block:
            return block.rfind(self.newline) + 1, 0
        from connhub.intake.csv_records import walk  # compiled, and seldom needed

        if last:
            block = block + self.newline
        found = walk(block, self.delimiter, self.newline)
        if found.stray >= 0 or (last and found.opened >= 0):
            kind = "intake.open_quote" if found.stray < 0 else "intake.text_after_quote"
            rows = [self._line_at(offset + max(found.opened, found.stray))]
            opened = self._line_at(offset + found.opened)
            raise InputError(Fault(kind, opened=opened, file=str(self.path), rows=rows))
        return found.end, found.inside

    def _refuse_long_record(self, offset: int) -> NoReturn:
        fault = Fault(
            "intake.long_record",
            limit=self.longest,
            file=str(self.path),
            rows=[self._line_at(offset)],
        )
        raise LimitError(fault)

    def decode(self, block: bytearray, offset: int) -> str:
        """Text of a block; the encoding is settled by the first byte that is not ASCII."""
        if self.encoding is None and not block.isascii():
            self.encoding = self._detect(block)
        try:
            content = block.decode(_CODEC.get(self.encoding or "ascii", self.encoding or "ascii"))
            if (at := block.find(0)) >= 0:
                raise UnicodeDecodeError("ascii", block, at, at + 1, "no text")
            if self.encoding == "cp932" and (odd := NO_CP932.search(content)):
                at = len(content[: odd.start()].encode("cp932"))
                raise UnicodeDecodeError("cp932", block, at, at + 1, "no character")
            return content
        except UnicodeDecodeError as error:
            fault = Fault(
                "intake.undecodable_byte",
                position=offset + error.start,
                byte=f"0x{block[error.start]:02x}",
                encoding=self.encoding or "ascii",
                file=str(self.path),
                rows=(self._line_at(offset + error.start),),
            )
            raise InputError(fault) from error

    def _detect(self, block: bytearray) -> str:
        """UTF-8 where the bytes are, else CP932; an error where they may be Latin-1."""
        if could_be_cp932(block):
            raise InputError(Fault("intake.two_encodings", file=str(self.path)))
        if decodes(block, "utf-8") or resembles_utf8(block):
            return "utf-8"
        sample = self._sample or block
        if looks_western(sample):
            words = western_words(sample)
            raise InputError(Fault("intake.latin_or_cp932", file=str(self.path), examples=words))
        return "cp932"

    def blocks(self) -> Iterator[tuple[bytes | bytearray, int]]:
        """Blocks of whole records as UTF-8, with their weights."""
        self._sample = b""
        weight = self.start
        for block, offset in self._whole_records():
            weight += len(block)
            plain = block.isascii() or (self.encoding == "utf-8" and decodes(block, "utf-8"))
            if plain and 0 not in block:
                yield self._with_empty_rows(block), weight
            else:
                text = self.decode(block, offset).encode("utf-8")
                yield self._with_empty_rows(text), weight
            weight = 0

    def _with_empty_rows(self, block: bytes | bytearray) -> bytes | bytearray:
        """The block with fields in its empty lines: Arrow would pass over them, uncounted."""
        doubled = (self.newline * 2, self.newline + b"\r" + self.newline)
        if self.columns < 2 or (
            block[:1] not in (b"\n", b"\r") and not any(d in block for d in doubled)
        ):
            return block
        pieces: list[bytes] = []
        end, quotes, fields = 0, 0, self.delimiter.encode() * (self.columns - 1)
        for found in _EMPTY_LINE[self.newline].finditer(block):
            piece = bytes(block[end : found.start()])
            quotes += piece.count(b'"')
            pieces += [piece, b"" if quotes % 2 else fields]
            end = found.start()
        return b"".join([*pieces, block[end:]])

    def line_of(self, record: int) -> int:
        """On which line a record begins, as an editor counts them.

        Parameters
        ----------
        record : int
            From 0, below the header; an empty line is one. Its block has been read.

        Returns
        -------
        int
        """
        line = self.first_line
        for number, (offset, size, inside) in enumerate(self._blocks):
            records = self.records.get(number, 0)
            if record >= records:
                record -= records
                line += records + inside
            elif not inside:
                break
            else:
                if self._above[0] != number:
                    self._above = number, self._line_ends_above(offset, size, records)
                return line + self._above[1][record]
        return line + record

    def _line_ends_above(self, offset: int, size: int, records: int) -> list[int]:
        """How many line ends stand above each record of a block, which is read again."""
        from connhub.intake.csv_records import line_ends_above

        with self._open() as f:
            f.seek(offset)
            above: list[int] = line_ends_above(f.read(size), self.delimiter, records).tolist()
        return above

    def _line_at(self, offset: int) -> int:
        """The line of a byte; counted only where a message needs it."""
        ends, before = 0, b""
        with self._open() as f:
            while offset > 0 and (chunk := f.read(min(offset, BLOCK_BYTES))):
                ends += _line_ends(before + chunk) - _line_ends(before)
                before = chunk[-1:]
                offset -= len(chunk)
        return 1 + ends


class _Unpacked(gzip.GzipFile):
    """A gzipped file that stops where it becomes far larger than it is."""

    def __init__(self, path: Path, expansion: int) -> None:
        super().__init__(path, "rb")
        self._path, self._expansion = path, expansion
        self._most = max(FREE, path.stat().st_size * expansion)

    def read(self, size: int | None = -1) -> bytes:
        """Read some bytes.

        Raises
        ------
        LimitError
        """
        content = super().read(size)
        self._check()
        return content

    def readinto(self, buffer: Any) -> int:
        """Read some bytes into a buffer; from Python 3.14 on not by way of `read`.

        Raises
        ------
        LimitError
        """
        count: int = super().readinto(buffer)
        self._check()
        return count

    def _check(self) -> None:
        if self.tell() > self._most:
            limit = self._expansion
            raise LimitError(Fault("intake.expansion", limit=limit, file=str(self._path)))


def _ends_of_records(data: bytearray, newline: bytes) -> Iterator[int]:
    """Positions after each of the records."""
    quotes = begin = 0
    while begin < len(data):
        end = data.find(newline, begin) + 1 or len(data)
        quotes += data.count(b'"', begin, end)
        if end == len(data) or quotes % 2 == 0:
            yield end
        begin = end


def _line_ends(content: bytes | bytearray) -> int:
    """Line ends, as an editor counts them: line feeds, carriage returns, or both together."""
    returns = content.count(b"\r")
    return content.count(b"\n") + (returns - content.count(b"\r\n") if returns else 0)
