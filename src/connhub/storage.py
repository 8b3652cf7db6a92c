"""Our own files: written whole, described with their checksums, and verified when they are read.

A result of several files has a description, a JSON file that names the others with their sizes and
checksums and carries one over itself. By it a later run knows which files of a folder are ours.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from connhub.errors import Fault, StorageError, system_reason
from connhub.staging import (
    hash_file,
    in_whole,
    is_half_moved,
    move_in,
    publishing,
    settle,
    staging,
)

__all__ = [
    "Draft",
    "changed",
    "check_free",
    "filling",
    "is_described",
    "read_description",
    "read_json",
    "read_member",
    "read_parquet",
    "write_json",
    "write_parquet",
]

_HASHING_THREADS = 4
"""Of a group of rows in Parquet."""


@dataclass(frozen=True)
class Draft:
    """A result that is being written.

    Parameters
    ----------
    path : Path
        Folder for its files.
    facts : dict
        What its description says besides.
    """

    path: Path
    facts: dict[str, Any] = field(default_factory=dict)


@contextmanager
def filling(
    folder: str | os.PathLike[str], description: str, *, inputs: Iterable[str] = ()
) -> Iterator[Draft]:
    """Give a draft whose files move into a folder when the block succeeds: all of them, or none.

    They take the place of those that the description there names, all of which go. No other file is
    touched.

    Parameters
    ----------
    folder : path
    description : str
        Name of the description.
    inputs : iterable of str
        Files and folders that were read: they are not written over, whosoever they are.

    Yields
    ------
    Draft

    Raises
    ------
    StorageError
        When the folder cannot be written, or holds other files of the same names; like after an
        interrupt, nothing is left behind.
    """
    final = Path(folder)
    with staging(final) as stage:
        draft = Draft(stage)
        yield draft
        files = [path.relative_to(stage).as_posix() for path in in_whole(stage)]
        with ThreadPoolExecutor(_HASHING_THREADS) as pool:
            digests = list(pool.map(hash_file, [stage / name for name in files]))
        sizes = [(stage / name).stat().st_size for name in files]
        members = {
            name: {"bytes": size, "sha256": digest}
            for name, size, digest in zip(files, sizes, digests, strict=True)
        }
        write_json({**draft.facts, "files": members}, stage / description)
        with publishing(final):
            own = check_free(final, description, files, inputs=inputs)
            move_in(stage, {name: own[name] for name in own.keys() - {*files, description}})


def check_free(
    folder: Path, description: str, names: Iterable[str], *, inputs: Iterable[str] = ()
) -> dict[str, str]:
    """Refuse to write files where others are, or into folders of ours that hold others.

    Parameters
    ----------
    folder : Path
    description : str
        A file is ours where the description there names it, and it is as it was written.
    names : iterable of str
        Files to write besides.
    inputs : iterable of str

    Returns
    -------
    dict
        SHA-256 of the files that are ours, by name.

    Raises
    ------
    StorageError
    """
    if blocking := [path for path in (folder, *folder.parents) if path.is_file()]:
        raise StorageError(Fault("storage.file_in_place", file=str(blocking[0])))
    own = _own_files(folder, description)
    needed = {description: folder / description} | {name: folder / name for name in names}
    for inner in {path.parent for path in needed.values()} - {folder}:
        within = in_whole(inner) if inner.is_dir() else [inner]
        needed |= {path.relative_to(folder).as_posix(): path for path in within}
    read = {Path(name).resolve() for name in inputs}

    def is_read(path: Path) -> bool:
        return not read.isdisjoint((path, *path.parents))

    taken = [
        name
        for name, path in needed.items()
        if os.path.lexists(path) and (name not in own or is_read(path.resolve()))
    ]
    if taken:
        raise StorageError(
            Fault("storage.not_own", file=str(folder), examples=sorted(taken), count=len(taken))
        )
    return own


def _own_files(folder: Path, description: str) -> dict[str, str]:
    path = folder / description
    if not path.is_file():
        return {}
    try:
        members = read_json(path)["files"]
    except (StorageError, KeyError):
        return {}
    digests = {name: facts["sha256"] for name, facts in members.items()}
    with ThreadPoolExecutor(_HASHING_THREADS) as pool:
        there = [name for name in digests if (folder / name).is_file()]
        found = zip(there, pool.map(hash_file, [folder / name for name in there]), strict=True)
        own = {name: digest for name, digest in found if digest == digests[name]}
    return {**own, description: hash_file(path)}


def is_described(folder: Path, name: str) -> bool:
    """Whether a folder holds a result with this description, perhaps of a run that then died.

    Parameters
    ----------
    folder : Path
    name : str

    Returns
    -------
    bool
    """
    settle(folder)
    return (folder / name).is_file()


def read_description(folder: Path, name: str, *, version: int) -> dict[str, Any]:
    """Read the description of a result, as it was written.

    Parameters
    ----------
    folder : Path
    name : str
    version : int
        That it must be of.

    Returns
    -------
    dict

    Raises
    ------
    StorageError
        When it is missing, was changed, or is of another version.
    """
    settle(folder)
    return read_json(folder / name, version=version)


def read_member(folder: Path, description: Mapping[str, Any], name: str) -> pa.Buffer:
    """Content of a file of a result, when it is the one that was written.

    The memory is Arrow's own. Its threads, who may let go of it last, must not wait for a Python
    that has come to its end meanwhile: that would abort the process.

    Parameters
    ----------
    folder : Path
    description : mapping
        See `read_description`.
    name : str

    Returns
    -------
    Buffer

    Raises
    ------
    StorageError
    """
    path = folder / name
    with _readable(path), path.open("rb") as file:
        content = pa.allocate_buffer(os.fstat(file.fileno()).st_size)
        file.readinto(content)
    if hashlib.sha256(content).hexdigest() != description["files"][name]["sha256"]:
        raise changed(path)
    return content


def _read(path: Path) -> bytes:
    with _readable(path):
        return path.read_bytes()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Errors of reading a file of a result, as ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise changed(path) from error
    except OSError as error:
        reason = system_reason(error)
        raise StorageError(Fault("storage.unreadable", reason=reason, file=str(path))) from error


def changed(path: Path) -> StorageError:
    """The error of a file that is not as it was written, or of files of two runs.

    Parameters
    ----------
    path : Path

    Returns
    -------
    StorageError
    """
    half_moved = any(map(is_half_moved, (path.parent, path.parent.parent)))
    kind = "storage.half_moved" if half_moved else "storage.changed"
    return StorageError(Fault(kind, file=str(path)))


def write_parquet(
    table: pa.Table,
    path: str | os.PathLike[str],
    plain: Sequence[str] = (),
    rows: int = 1 << 20,
    **options: Any,
) -> None:
    """Write a table as Parquet with page checksums; zstd unless `options` say otherwise.

    Parameters
    ----------
    table : Table
    path : path
    plain : sequence of str
        Columns to write as they are, where they are dictionary-encoded. Of many different texts
        these take half the room, and are read ten times as fast.
    rows : int
        Of a group. Of more than one, dictionaries are put together where they are read.
    **options
        Of `pyarrow.parquet.ParquetWriter`.
    """
    import pyarrow.parquet as pq

    schema = _plain(table.schema, plain)
    options = {"compression": "zstd", "write_page_checksum": True, **options}
    with pq.ParquetWriter(path, schema, **options) as writer:
        for start in range(0, table.num_rows, rows) or [0]:
            writer.write_table(table.slice(start, rows).cast(schema), row_group_size=rows)


def read_parquet(content: pa.Buffer, plain: Sequence[str] = ()) -> pa.Table:
    """Read a Parquet file of ours, of which the content was verified.

    Parameters
    ----------
    content : Buffer
    plain : sequence of str
        Columns to read as they are, though they were dictionary-encoded when written. Where nearly
        all values differ, putting together the dictionaries of all groups of rows takes longer.

    Returns
    -------
    Table
    """
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(content))
    schema = _plain(file.schema_arrow, plain)
    if schema == file.schema_arrow:
        return file.read()
    return pq.read_table(pa.BufferReader(content), schema=schema)  # loads pandas


def _plain(schema: pa.Schema, names: Sequence[str]) -> pa.Schema:
    """The schema without dictionaries in some columns."""
    for i, column in enumerate(schema):
        if column.name in names and isinstance(column.type, pa.DictionaryType):
            schema = schema.set(i, column.with_type(column.type.value_type))
    return schema


def write_json(value: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write a mapping as indented JSON in UTF-8, its SHA-256 as the last value.

    Parameters
    ----------
    value : mapping
    path : path
    """
    Path(path).write_bytes(_sealed(value))


def read_json(path: str | os.PathLike[str], *, version: int | None = None) -> dict[str, Any]:
    """Read what `write_json` wrote.

    Parameters
    ----------
    path : path
    version : int, optional
        What must stand under ``format``.

    Returns
    -------
    dict

    Raises
    ------
    StorageError
        When the file is missing, of another version, or was not written so, to the last byte.
    """
    content = _read(Path(path))
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise changed(Path(path)) from error
    if not isinstance(value, dict):
        raise changed(Path(path))
    value.pop(_DIGEST, None)
    if version is not None and value.get("format") != version:
        raise StorageError(Fault("storage.other_version", file=str(path)))
    if _sealed(value) != content:
        raise changed(Path(path))
    return value


_DIGEST = "sha256"


def _sealed(value: Mapping[str, Any]) -> bytes:
    digest = hashlib.sha256(_json(value)).hexdigest()
    return _json({**value, _DIGEST: digest})


def _json(value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    return f"{text}\n".encode("utf-8", "backslashreplace")  # names of files that are no UTF-8
