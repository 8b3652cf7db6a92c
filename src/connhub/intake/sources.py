"""Paths, globs, datasets and tables of any library, as parts that yield Arrow batches.

A *part* is what one thread works on by itself: a row group of a Parquet file, a block of whole
lines of a CSV file, or one batch of a stream.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from glob import glob, has_magic
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.errors import ColumnError, Fault, InputError, MissingExtraError, OptionError, listed

__all__ = ["Batches", "Part", "Source", "open_source"]

BLOCK_BYTES = 16 << 20
"""Size of a block of CSV: large enough to hide the overhead, small enough for a laptop."""

Batches = Iterator[tuple[pa.RecordBatch, int]]
"""Arrow batches, each with the position of its first row inside the part."""


@dataclass
class Part:
    """A piece of a source, read by one thread.

    Parameters
    ----------
    file, number : int
        Which file of the source, and which part of that file, both from 0.
    weight : int
        What reading it adds to the progress, in the unit of `Source.size`.
    read : callable
        Yields the Arrow batches; called once.
    """

    file: int
    number: int
    weight: int
    read: Callable[[], Batches]
    faults: list[tuple[int, Fault]] = field(default_factory=list)

    def count_skipped(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Positions in the part with the rows that could not be parsed counted in."""
        for position, _ in sorted(self.faults, key=lambda f: f[0]):
            rows = rows + (rows >= position)
        return rows


@dataclass(frozen=True, eq=False)
class Source:
    """A table that can be read once, part by part.

    Parameters
    ----------
    schema : Schema
        Columns and types, before anything is read.
    files : tuple of str
        Names for messages; ``("table",)`` for a table in memory.
    paths : tuple of Path
        The files on disk, for sizes and hashes.
    size : int or None
        Sum of the weights of all parts, where it is known beforehand.
    first_row : int
        How the user counts the first data row: 2 below a header line, else 1.
    parts : callable
        ``parts(columns, batch_rows, threads)`` yields the parts.
    notes : list of str
        What the user should know of the files; complete after reading.
    """

    schema: pa.Schema
    files: tuple[str, ...]
    paths: tuple[Path, ...]
    size: int | None
    first_row: int
    parts: Callable[[Sequence[str], int, int], Iterator[Part]]
    notes: list[str] = field(default_factory=list)


def open_source(data: Any, *, encoding: str | None = None) -> Source:
    """Open whatever holds a table.

    Parameters
    ----------
    data : path, glob, folder, list of paths, or table
        CSV, gzipped CSV, Parquet, ``.xlsx``, or anything that offers ``__arrow_c_stream__``, a
        RecordBatchReader or a pyarrow dataset.
    encoding : {"utf-8", "cp932", "euc_jp"}, optional
        Of CSV files; by default UTF-8 where the bytes are, else CP932.

    Raises
    ------
    InputError, OptionError, ColumnError
    """
    if isinstance(data, str | os.PathLike) or (
        isinstance(data, list | tuple) and data and isinstance(data[0], str | os.PathLike)
    ):
        source = _open_files(_find_files(data), encoding)
    elif hasattr(data, "__arrow_c_stream__"):
        source = _open_stream(data)
    elif hasattr(data, "scanner"):
        source = _open_stream(data.scanner().to_reader())
    else:
        raise OptionError(
            Fault(
                f"cannot read a table from {type(data).__name__}",
                fix="give a path, a list of paths, or a table of pandas, polars, pyarrow, DuckDB",
            )
        )
    _check_names(source)
    return source


def _check_names(source: Source) -> None:
    seen: dict[str, str] = {}
    for name in source.schema.names:
        if (other := seen.setdefault(name.casefold(), name)) != name or (
            source.schema.names.count(name) > 1
        ):
            raise ColumnError(
                Fault(
                    f"columns {other!r} and {name!r} are equal or differ only by case",
                    file=source.files[0],
                    fix="rename one of them",
                )
            )


def _find_files(data: Any) -> list[tuple[Path, dict[str, str]]]:
    """Files to read, each with the constants its folder names give (year=2024)."""
    given = [data] if isinstance(data, str | os.PathLike) else list(data)
    found: list[tuple[Path, dict[str, str]]] = []
    for item in given:
        path = Path(item)
        if path.is_dir():
            inside = sorted(
                p
                for p in path.rglob("*")
                if p.is_file()
                and not any(q.startswith((".", "_")) for q in p.relative_to(path).parts)
            )
            for p in inside:
                folders = p.relative_to(path).parts[:-1]
                found.append((p, dict(f.split("=", 1) for f in folders if "=" in f)))
        elif path.is_file():
            found.append((path, {}))
        elif has_magic(str(item)):
            found += [(Path(p), {}) for p in sorted(glob(str(item), recursive=True))]
        if not found:
            raise InputError(
                Fault("no such file", file=str(item), fix="check the path and the current folder")
            )
    return found


def _kind(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".parquet", ".pq")):
        return "parquet"
    if name.endswith((".csv", ".tsv", ".txt")):
        return "csv"
    if name.endswith(".xlsx"):
        return "xlsx"
    with path.open("rb") as f:
        return "parquet" if f.read(4) == b"PAR1" else "csv"


def _open_files(found: list[tuple[Path, dict[str, str]]], encoding: str | None) -> Source:
    kinds = {_kind(path) for path, _ in found}
    if len(kinds) > 1:
        raise InputError(
            Fault(
                f"files of different kinds together: {listed(sorted(kinds))}",
                values=tuple(p.name for p, _ in found),
                fix="name the files of one kind, by a glob such as 'folder/*.csv'",
            )
        )
    constants = [c for _, c in found]
    if any(set(c) != set(constants[0]) for c in constants):
        raise InputError(
            Fault(
                "some files lie in folders named key=value and some do not", file=str(found[0][0])
            )
        )
    paths = [p for p, _ in found]
    if kinds == {"parquet"}:
        return _open_parquet(paths, constants)
    if kinds == {"csv"}:
        return _open_csv(paths, constants, encoding)
    if len(paths) > 1:
        raise InputError(Fault("several workbooks", fix="give one .xlsx, or CSV files"))
    return _open_workbook(paths[0])


def _same_schema(names: Sequence[str], schemas: Sequence[pa.Schema]) -> None:
    for name, schema in zip(names, schemas, strict=True):
        if not schema.equals(schemas[0]):
            ours, first = dict(zip(schema.names, schema.types, strict=True)), schemas[0]
            before = dict(zip(first.names, first.types, strict=True))
            different = [c for c in {**before, **ours} if before.get(c) != ours.get(c)]
            if not different:  # the same columns in another order
                continue
            raise ColumnError(
                Fault(
                    f"files differ in columns or types: {names[0]} and {name}",
                    values=tuple(f"{c}: {before.get(c)} / {ours.get(c)}" for c in different),
                    fix="bring the files to one schema, or analyse them apart",
                )
            )


def _with_constants(batch: pa.RecordBatch, constants: Mapping[str, str]) -> pa.RecordBatch:
    for name, value in constants.items():
        batch = batch.append_column(name, pa.array([value] * batch.num_rows, pa.string()))
    return batch


def _extended(schema: pa.Schema, constants: Mapping[str, str]) -> pa.Schema:
    for name in constants:
        schema = schema.append(pa.field(name, pa.string()))
    return schema


# --- Parquet --------------------------------------------------------------------


def _open_parquet(paths: list[Path], constants: list[dict[str, str]]) -> Source:
    import pyarrow.parquet as pq

    footers, names = [], [str(p) for p in paths]
    for path in paths:
        try:
            footers.append(pq.read_metadata(path))
        except (OSError, pa.ArrowException) as error:
            raise _unreadable(path, error) from error
    schemas = [f.schema.to_arrow_schema().remove_metadata() for f in footers]
    _same_schema(names, schemas)
    groups = sum(f.num_row_groups for f in footers)

    def parts(columns: Sequence[str], batch_rows: int, threads: int) -> Iterator[Part]:
        own = [c for c in columns if c not in constants[0]]
        for i, (path, footer) in enumerate(zip(paths, footers, strict=True)):
            read = _parquet_reader(path, own, batch_rows, constants[i], footer)
            if groups >= threads:
                for g in range(footer.num_row_groups):
                    rows = footer.row_group(g).num_rows
                    yield Part(i, g, rows, partial(read, [g], False))
            else:  # too few row groups to share out: one reader feeds all threads
                everything = read(list(range(footer.num_row_groups)), True)
                for number, (batch, _) in enumerate(everything):
                    yield Part(i, number, batch.num_rows, partial(iter, [(batch, 0)]))

    total = sum(f.num_rows for f in footers)
    schema = _extended(schemas[0], constants[0])
    return Source(schema, tuple(names), tuple(paths), total, 1, parts)


def _parquet_reader(
    path: Path, columns: list[str], batch_rows: int, constants: dict[str, str], footer: Any
) -> Callable[[list[int], bool], Batches]:
    import pyarrow.parquet as pq

    def read(groups: list[int], use_threads: bool) -> Batches:
        position = 0
        try:
            with pq.ParquetFile(
                path, metadata=footer, page_checksum_verification=True, memory_map=False
            ) as file:
                for batch in file.iter_batches(
                    batch_size=batch_rows,
                    row_groups=groups,
                    columns=columns,
                    use_threads=use_threads,
                ):
                    yield _with_constants(batch, constants), position
                    position += batch.num_rows
        except (OSError, pa.ArrowException) as error:
            raise _unreadable(path, error, groups) from error

    return read


def _unreadable(path: Path, error: Exception, groups: list[int] | None = None) -> InputError:
    where = f", row group {listed(groups)}" if groups else ""
    return InputError(
        Fault(
            f"cannot read{where}: {str(error).splitlines()[0] if str(error) else 'damaged file'}",
            file=str(path),
            fix="the file is damaged or cut short: fetch it again",
        )
    )


# --- streams and workbooks --------------------------------------------------------


def _open_stream(data: Any) -> Source:
    try:
        reader = pa.RecordBatchReader.from_stream(data)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise InputError(
            Fault(f"the table cannot be read as Arrow: {error}", fix="give every column one type")
        ) from error

    schema = pa.schema([(f.name, _plain(f.type)) for f in reader.schema])

    def parts(columns: Sequence[str], batch_rows: int, threads: int) -> Iterator[Part]:
        del threads
        chosen = pa.schema([schema.field(c) for c in columns])
        number = 0
        for batch in reader:
            kept = batch.select(list(columns)).cast(chosen)
            for start in range(0, kept.num_rows, batch_rows):
                piece = kept.slice(start, batch_rows)
                yield Part(0, number, piece.num_rows, partial(iter, [(piece, 0)]))
                number += 1

    known = isinstance(data, pa.Table) or hasattr(data, "iloc") or hasattr(data, "height")
    return Source(schema, ("table",), (), len(data) if known else None, 1, parts)


def _plain(kind: pa.DataType) -> pa.DataType:
    """Type to read a column as: views of texts have few functions in Arrow yet."""
    if isinstance(kind, pa.DictionaryType):
        return pa.dictionary(kind.index_type, _plain(kind.value_type))
    return pa.large_string() if pa.types.is_string_view(kind) else kind


def _open_workbook(path: Path) -> Source:
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError as error:
        raise MissingExtraError(
            Fault(
                "reading .xlsx needs the extra 'excel'",
                file=str(path),
                fix="pip install 'connhub[excel]'",
            )
        ) from error
    try:
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    except (CalamineError, OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not rows:
        raise InputError(Fault("the first sheet is empty", file=str(path)))
    names = [_cell(v) or f"column {i}" for i, v in enumerate(rows[0], start=1)]
    columns = [[_cell(v) for v in column] for column in zip(*rows[1:], strict=True)]
    columns = columns or [[] for _ in names]
    table = pa.table(
        [pa.array(c, pa.large_string()) for c in columns],
        schema=pa.schema([(n, pa.large_string()) for n in names]),
    )
    source = _open_stream(table)
    return Source(source.schema, (str(path),), (path,), source.size, 2, source.parts)


def _cell(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


# --- CSV ------------------------------------------------------------------------

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
        self.notes: list[str] = []
        blocks = self._blocks(1 << 20)
        self.head, offset = next(blocks, (b"", 0))
        blocks.close()
        if self.head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise InputError(
                Fault("the file is UTF-16", file=str(path), fix="save it as CSV UTF-8")
            )
        end = _end_of_record(self.head)
        line = self.decode(self.head[:end], offset, 1)
        self.names = next(csv.reader([line], delimiter=self.delimiter), [])
        self.header_bytes = end
        if not self.names or not any(self.names):
            raise InputError(
                Fault("the file is empty", file=str(path), fix="it must start with a header line")
            )

    def _open(self) -> IO[bytes]:
        with self.path.open("rb") as f:
            zipped = f.read(2) == b"\x1f\x8b"
        return gzip.open(self.path, "rb") if zipped else self.path.open("rb")  # type: ignore[return-value]

    def _blocks(self, size: int) -> Generator[tuple[bytes, int], None, None]:
        """Blocks that end at the end of a record, with their byte offsets."""
        offset, rest = 0, b""
        try:
            with self._open() as f:
                if f.read(3) == b"\xef\xbb\xbf":
                    self.encoding, offset = "utf-8", 3
                else:
                    f.seek(0)
                while chunk := f.read(size):
                    data = rest + chunk
                    cut = _last_end(data)
                    if cut:
                        yield data[:cut], offset
                        offset += cut
                    rest = data[cut:]
        except (EOFError, OSError, gzip.BadGzipFile) as error:
            raise _unreadable(self.path, error) from error
        if rest:
            if rest.count(b'"') % 2:
                raise InputError(
                    Fault(
                        f"a quoted field that begins after byte {offset:,} is never closed",
                        file=str(self.path),
                        fix="find the stray quotation mark, or fetch the file again",
                    )
                )
            self.notes.append(
                f"{self.path.name}: the last line has no end of line; "
                "check that the file was not cut short"
            )
            yield rest, offset

    def decode(self, block: bytes, offset: int, row: int) -> str:
        """Text of a block; the encoding is settled by the first byte that is not ASCII."""
        if self.encoding is None and not block.isascii():
            self.encoding = self._detect(block)
        try:
            words = block.decode(self.encoding or "ascii")
            if self.encoding == "cp932" and (odd := _NO_CP932.search(words)):
                at = len(words[: odd.start()].encode("cp932"))
                raise UnicodeDecodeError("cp932", block, at, at + 1, "no character")
            return words
        except UnicodeDecodeError as error:
            before = block[: error.start].count(b"\n")
            raise InputError(
                Fault(
                    f"byte {offset + error.start:,} (0x{block[error.start]:02x}) "
                    f"is not {self.encoding}",
                    file=str(self.path),
                    rows=(row + before,),
                    fix="declare the encoding with encoding=, or mend the file; "
                    "nothing is ever replaced",
                )
            ) from error

    def _detect(self, block: bytes) -> str:
        """UTF-8 where the bytes are, else CP932; an error where they could well be both."""
        try:
            words = block.decode("utf-8")
        except UnicodeDecodeError:
            return "cp932"
        if _decodes(block, "cp932"):
            try:
                words.encode("cp932")
            except UnicodeEncodeError as error:
                fix = "declare encoding='utf-8' or encoding='cp932'"
                what = "the few bytes that are not ASCII are valid both in UTF-8 and in CP932"
                raise InputError(Fault(what, file=str(self.path), fix=fix)) from error
        return "utf-8"

    def blocks(self) -> Iterator[tuple[bytes, int, int, int]]:
        """Encoded UTF-8 blocks without the header, with first record and weight."""
        row, first = 1, True
        for block, offset in self._blocks(BLOCK_BYTES):
            body = block[self.header_bytes :] if first else block
            start = offset + (self.header_bytes if first else 0)
            row += first
            first = False
            if body.isascii() or (self.encoding == "utf-8" and _decodes(body, "utf-8")):
                encoded = body
            else:
                encoded = self.decode(body, start, row).encode("utf-8")
            yield encoded, row, len(block), start
            row += body.count(b"\n")


def _decodes(block: bytes, encoding: str) -> bool:
    try:
        block.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _end_of_record(data: bytes) -> int:
    """Position after the first record."""
    end = 0
    while (end := data.find(b"\n", end) + 1) and data.count(b'"', 0, end) % 2:
        pass
    return end or len(data)


def _last_end(data: bytes) -> int:
    """Position after the last record that is whole; 0 if none is."""
    end = data.rfind(b"\n") + 1
    quotes = data.count(b'"', 0, end)
    while end and quotes % 2:
        before = data.rfind(b"\n", 0, end - 1) + 1
        quotes -= data.count(b'"', before, end)
        end = before
    return end


def _open_csv(paths: list[Path], constants: list[dict[str, str]], encoding: str | None) -> Source:
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        raise OptionError(
            Fault(
                f"encoding={encoding!r} is not offered",
                fix=f"one of {listed(dict.fromkeys(_ENCODINGS.values()))}",
            )
        )
    declared = _ENCODINGS[encoding.lower()] if encoding else None
    csvs = [_CsvFile(p, declared) for p in paths]
    schemas = [pa.schema([(n, pa.string()) for n in c.names]) for c in csvs]
    _same_schema([str(p) for p in paths], schemas)
    notes: list[str] = []

    def parts(columns: Sequence[str], batch_rows: int, threads: int) -> Iterator[Part]:
        del batch_rows, threads
        for i, file in enumerate(csvs):
            own = [c for c in columns if c not in constants[i]]
            file.notes.clear()
            for number, (block, row, weight, _) in enumerate(file.blocks()):
                part = Part(i, number, weight, _nothing)
                part.read = _csv_reader(file, block, row, own, constants[i], part)
                yield part
            notes.extend(file.notes)

    plain = not any(p.name.lower().endswith(".gz") for p in paths)
    size = sum(p.stat().st_size for p in paths) if plain else None
    schema = _extended(schemas[0], constants[0])
    return Source(schema, tuple(str(p) for p in paths), tuple(paths), size, 2, parts, notes)


def _nothing() -> Batches:
    return iter(())


def _csv_reader(
    file: _CsvFile,
    block: bytes,
    row: int,
    columns: list[str],
    constants: dict[str, str],
    part: Part,
) -> Callable[[], Batches]:
    import pyarrow.csv as pc_csv

    def invalid(bad: Any) -> str:
        position = (bad.number or 1) - 1
        fault = Fault(
            f"a row has {bad.actual_columns} fields instead of {bad.expected_columns}",
            file=str(file.path),
            rows=(row + position,),
            fix="quote fields that hold the delimiter; fetch the file again if it was cut",
        )
        part.faults.append((position, fault))
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
                    column_types={n: pa.string() for n in file.names},
                    include_columns=columns,
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return
            raise _unreadable(file.path, error) from error
        position = 0
        for batch in table.to_batches():
            yield _with_constants(batch, constants), position
            position += batch.num_rows

    return read


def read_all(source: Source, columns: Iterable[str], batch_rows: int = 1 << 20) -> pa.Table:
    """Read a small table whole; faults of its rows are raised together."""
    faults: list[Fault] = []
    batches: list[pa.RecordBatch] = []
    chosen = list(columns)
    for part in source.parts(chosen, batch_rows, 1):
        batches += [batch for batch, _ in part.read()]
        faults += [fault for _, fault in part.faults]
    if faults:
        raise InputError(*faults[:10])
    schema = pa.schema([source.schema.field(c) for c in chosen])
    return pa.Table.from_batches([b.select(chosen).cast(schema) for b in batches], schema)
