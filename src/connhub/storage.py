"""Crash-safe, checksummed writing and reading of our own files.

Every file is written beside its place, flushed, and renamed: a reader finds the old
file or the new one, never half of one. Parquet carries page checksums, verified on reading.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from connhub.errors import ConnhubError, Fault, StorageError

__all__ = [
    "filling",
    "hash_file",
    "read_json",
    "read_parquet",
    "replacing",
    "write_csv",
    "write_json",
    "write_parquet",
]


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path that takes the place of `path` when the block succeeds.

    Parameters
    ----------
    path : path

    Yields
    ------
    Path

    Raises
    ------
    StorageError
        When the file cannot be written (no space, no right); nothing is left behind.
    """
    final = Path(path)
    temporary: Path | None = None
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{final.name}.", dir=final.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with temporary.open("rb+") as f:
            os.fsync(f.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(final)
        temporary = None
    except OSError as error:
        raise StorageError(_unwritten(error, final)) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()


@contextmanager
def filling(folder: str | os.PathLike[str], *, last: str) -> Iterator[Path]:
    """Give a temporary folder whose files move into `folder` when the block succeeds.

    The file `last`, which vouches for the others, moves last.

    Parameters
    ----------
    folder : path
    last : str
        Name of a file.

    Yields
    ------
    Path

    Raises
    ------
    StorageError
        When the folder cannot be written; like after an interrupt, nothing is left behind.
    """
    final = Path(folder)
    is_new = not final.exists()
    try:
        final.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=final) as name:
            yield Path(name)
            for path in sorted(Path(name).iterdir(), key=lambda p: p.name == last):
                path.replace(final / path.name)
            is_new = False
    except ConnhubError:
        raise
    except OSError as error:
        raise StorageError(_unwritten(error, final)) from error
    finally:
        if is_new:
            with suppress(OSError):
                final.rmdir()


def _unwritten(error: OSError, path: Path) -> Fault:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return Fault("storage.file_in_place", file=str(path))
    return Fault("storage.unwritten", reason=str(error.strerror or error), file=str(path))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_parquet(table: pa.Table, path: str | os.PathLike[str], **options: Any) -> None:
    """Write a table as Parquet with page checksums; zstd unless `options` say otherwise.

    Parameters
    ----------
    table : Table
    path : path
    **options
        Of `pyarrow.parquet.write_table`.

    Raises
    ------
    StorageError
    """
    import pyarrow.parquet as pq

    options = {"compression": "zstd", **options}
    with replacing(path) as temporary:
        pq.write_table(table, temporary, write_page_checksum=True, **options)


def read_parquet(path: str | os.PathLike[str]) -> pa.Table:
    """Read a Parquet file of ours, verifying its page checksums.

    Parameters
    ----------
    path : path

    Returns
    -------
    Table

    Raises
    ------
    StorageError
        When the file is missing, cut short or changed.
    """
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path, page_checksum_verification=True, partitioning=None)
    except (OSError, pa.ArrowException) as error:
        raise StorageError(
            Fault("storage.unreadable", reason=str(error), file=str(path))
        ) from error


def write_json(value: Any, path: str | os.PathLike[str]) -> None:
    """Write a value as indented JSON in UTF-8.

    Parameters
    ----------
    value : object
    path : path

    Raises
    ------
    StorageError
    """
    with replacing(path) as temporary:
        content = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
        temporary.write_text(content + "\n", encoding="utf-8")


def read_json(path: str | os.PathLike[str]) -> Any:
    """Read JSON.

    Parameters
    ----------
    path : path

    Returns
    -------
    object

    Raises
    ------
    StorageError
        When the file is missing or is no JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError(
            Fault("storage.unreadable", reason=str(error), file=str(path))
        ) from error


# A spreadsheet takes a cell that starts with one of these for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(table: pa.Table, path: str | os.PathLike[str]) -> None:
    """Write a table as CSV for spreadsheets: UTF-8 with BOM, formulas neutralised.

    A text cell that a spreadsheet would take for a formula gets an apostrophe in front;
    the Parquet file beside it is exact.

    Parameters
    ----------
    table : Table
    path : path

    Raises
    ------
    StorageError
    """
    import pandas as pd

    whole = {pa.int64(): pd.Int64Dtype()}  # numbers stay whole where some are null
    frame = table.to_pandas(types_mapper=whole.get)
    for field in table.schema:
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            starts = frame[field.name].str.startswith(_FORMULA_STARTS, na=False).astype(bool)
            frame.loc[starts, field.name] = "'" + frame.loc[starts, field.name]
    with replacing(path) as temporary:
        frame.to_csv(temporary, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def hash_file(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file, in hexadecimal.

    Parameters
    ----------
    path : path

    Returns
    -------
    str
    """
    with Path(path).open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()
