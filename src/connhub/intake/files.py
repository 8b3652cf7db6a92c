"""Which files a path means: one, those of a folder, those that match a glob."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import Any

from connhub.errors import Fault, InputError

_TEXTS = (".csv", ".tsv", ".txt")

__all__ = ["find_files", "is_parquet", "kind_of", "refuse_twice"]


def find_files(data: Any) -> list[tuple[Path, dict[str, str]]]:
    """Files to read, each with the constants its folder names give (year=2024).

    Parameters
    ----------
    data : path, glob, folder, or list of these

    Returns
    -------
    list of (Path, dict)

    Raises
    ------
    InputError
        For a path without files, or a file that is named twice.
    """
    paths = [data] if isinstance(data, str | os.PathLike) else list(data)
    found: list[tuple[Path, dict[str, str]]] = []
    for item in paths:
        path, before = Path(item), len(found)
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
        if len(found) == before:
            raise InputError(Fault("intake.no_file", file=str(item)))
    refuse_twice([str(path.resolve()) for path, _ in found])
    return found


def refuse_twice(names: Sequence[str]) -> None:
    """Refuse files that are named twice.

    Parameters
    ----------
    names : sequence of str

    Raises
    ------
    InputError
    """
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise InputError(Fault("intake.files_named_twice", examples=tuple(twice)))


def is_parquet(data: Any) -> bool:
    """Whether this is a path, or a list of paths, to Parquet files that lie here."""
    given = data if isinstance(data, list | tuple) else [data]
    return all(
        isinstance(p, str | os.PathLike) and (Path(p).exists() or glob(str(p), recursive=True))
        for p in given
    ) and {kind_of(path) for path, _ in find_files(given)} == {"parquet"}


def kind_of(path: Path) -> str:
    """Parquet, CSV or a workbook: by the name, else by the first bytes."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".parquet", ".pq")):
        return "parquet"
    with path.open("rb") as f:
        start = f.read(4)
    if start in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0") or name.endswith((".xlsx", ".xlsm")):
        return "workbook"
    return "parquet" if start == b"PAR1" and not name.endswith(_TEXTS) else "csv"
