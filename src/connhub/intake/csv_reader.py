"""CSV files: cut into blocks of whole records, decoded strictly, never repaired."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import pyarrow as pa

from connhub.errors import Fault, InputError, check_choice
from connhub.intake.table_source import (
    Batches,
    Part,
    Source,
    check_same_schema,
    unreadable,
)
from connhub.text.catalogue import Message

__all__ = ["open_csv"]

BLOCK_BYTES = 8 << 20
"""Size of a block: large enough to hide the overhead, small enough for a laptop."""

_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "cp932": "cp932",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "ms932": "cp932",
    "euc_jp": "euc_jp",
    "euc-jp": "euc_jp",
}

# Bytes that are no characters of CP932 and that Python maps to these all the same.
_NO_CP932 = re.compile("[\x80\xa0\uf8f0-\uf8f3]")


class _CsvFile:
    """One CSV file: cuts it into blocks of whole records and decodes them strictly."""

    def __init__(self, path: Path, encoding: str | None) -> None:
        self.path = path
        self.encoding = encoding  # None: not yet known, all bytes so far were ASCII
        self.delimiter = "\t" if ".tsv" in path.name.lower() else ","
        self.notes: list[Message] = []
        blocks = self._blocks(1 << 20)
        self.head, offset = next(blocks, (bytearray(), 0))
        blocks.close()
        if self.head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise InputError(Fault("intake.utf16", file=str(path)))
        end = _end_of_record(self.head)
        line = self.decode(self.head[:end], offset)
        self.names = next(csv.reader([line], delimiter=self.delimiter), [])
        self.header_bytes = end
        if not self.names or not any(self.names):
            raise InputError(Fault("intake.empty_file", file=str(path)))

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
                    cut = _last_end(block)
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

    def decode(self, block: bytearray, offset: int) -> str:
        """Text of a block; the encoding is settled by the first byte that is not ASCII."""
        if self.encoding is None and not block.isascii():
            self.encoding = self._detect(block)
        try:
            content = block.decode(self.encoding or "ascii")
            if self.encoding == "cp932" and (odd := _NO_CP932.search(content)):
                at = len(content[: odd.start()].encode("cp932"))
                raise UnicodeDecodeError("cp932", block, at, at + 1, "no character")
            return content
        except UnicodeDecodeError as error:
            row = 1 + self._lines(offset) + block.count(b"\n", 0, error.start)
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
                lines += chunk.count(b"\n")
                offset -= len(chunk)
        return lines

    def _detect(self, block: bytearray) -> str:
        """UTF-8 where the bytes are, else CP932; an error where they could well be both."""
        try:
            content = block.decode("utf-8")
        except UnicodeDecodeError:
            return "cp932"
        if _decodes(block, "cp932"):
            try:
                content.encode("cp932")
            except UnicodeEncodeError as error:
                raise InputError(Fault("intake.two_encodings", file=str(self.path))) from error
        return "utf-8"

    def blocks(self) -> Iterator[tuple[bytes | bytearray, int]]:
        """Encoded UTF-8 blocks without the header, with their weights."""
        first = True
        for block, offset in self._blocks(BLOCK_BYTES):
            weight, start = len(block), offset
            if first:
                del block[: self.header_bytes]
                start += self.header_bytes
            first = False
            if block.isascii() or (self.encoding == "utf-8" and _decodes(block, "utf-8")):
                yield block, weight
            else:
                yield self.decode(block, start).encode("utf-8"), weight


def _decodes(block: bytearray, encoding: str) -> bool:
    try:
        block.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _end_of_record(data: bytearray) -> int:
    """Position after the first record."""
    end = 0
    while (end := data.find(b"\n", end) + 1) and data.count(b'"', 0, end) % 2:
        pass
    return end or len(data)


def _last_end(data: bytearray) -> int:
    """Position after the last record that is whole; 0 if none is."""
    end = data.rfind(b"\n") + 1
    quotes = data.count(b'"', 0, end)
    while end and quotes % 2:
        before = data.rfind(b"\n", 0, end - 1) + 1
        quotes -= data.count(b'"', before, end)
        end = before
    return end


def open_csv(paths: list[Path], encoding: str | None) -> Source:
    """Open CSV files of one schema.

    Parameters
    ----------
    paths : list of Path
    encoding : {"utf-8", "cp932", "euc_jp"} or None
        As for `open_source`.

    Returns
    -------
    Source

    Raises
    ------
    InputError, ColumnError, OptionError
    """
    declared = None if encoding is None else _ENCODINGS.get(encoding.lower(), encoding)
    if declared is not None:
        check_choice("encoding", declared, dict.fromkeys(_ENCODINGS.values()))
    csvs = [_CsvFile(p, declared) for p in paths]
    schemas = [pa.schema([(n, pa.large_string()) for n in c.names]) for c in csvs]
    check_same_schema([str(p) for p in paths], schemas)
    notes: list[Message] = []

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
    return Source(schemas[0], tuple(str(p) for p in paths), tuple(paths), size, 2, parts, notes)


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
