"""Which files a path means: one, those of a folder, those that match a glob.

Nothing is left out in silence: what lies beside the files of a table and may belong to it, but is
not read, is listed in `Files.skipped`.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from glob import glob, has_magic
from pathlib import Path
from typing import Any

from connhub.errors import Fault, InputError
from connhub.intake.folder_keys import FolderKeys
from connhub.intake.lake_folders import refuse_lakes
from connhub.intake.table_source import unreadable

__all__ = ["Files", "find_files", "is_parquet", "kind_of", "refuse_twice"]

_KINDS = {
    "parquet": (".parquet", ".pq"),
    "csv": (".csv", ".tsv", ".txt"),
    "workbook": (".xlsx", ".xlsm", ".xls"),
}
"""Endings of the names of files of each kind, before ``.gz``."""

_BOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""First bytes of ``.xlsx`` and ``.xls``."""
_PARQUET_MARK, _HEAD_BYTES = b"PAR1", 512
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""Bytes that no text has; escape sequences are text of old encodings."""
_COPIES = (".bak", ".backup", ".old", ".orig", ".tmp", ".temp", ".swp", ".part", ".partial", "~")
_PACKED = (".zip", ".7z", ".bz2", ".xz", ".zst", ".lz4", ".lzh", ".rar", ".tar")
_WITHOUT_ROWS = ("_SUCCESS", "_metadata", "_common_metadata", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Files:
    """Files to read.

    Parameters
    ----------
    paths : list of Path
    keys : list of FolderKeys
        What the names of the folders of each file give (``year=2024``).
    skipped : list of str
        What lies beside them and is not read.
    """

    paths: list[Path] = field(default_factory=list)
    keys: list[FolderKeys] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def find_files(data: Any) -> Files:
    """Find the files to read, with the constants that the names of their folders give.

    Parameters
    ----------
    data : path, glob, folder, or list of these

    Returns
    -------
    Files

    Raises
    ------
    InputError
        For a path without files, a file that is named twice, a link that leads nowhere, or a
        folder of which only a log knows which files count.
    """
    items = [data] if isinstance(data, str | os.PathLike) else list(data)
    files = Files()
    for item in items:
        if not os.fspath(item):
            raise InputError(Fault("intake.empty_path"))
        path, given = Path(item), Path(item)
        listing = _Listing()
        if path.is_dir():
            listing.add_folder(path)
        elif path.is_file():
            listing.meant.append(path)
        elif path.exists():
            raise InputError(Fault("intake.no_plain_file", file=str(item)))
        elif has_magic(str(item)):
            given = _literal_start(path)
            listing.add_glob(path, given)
        found = listing.of_table()
        skipped = listing.skipped(given)
        if not found:
            refuse_lakes([str(path / "any")])
            kind = "intake.only_other_files" if skipped else "intake.no_file"
            fault = Fault(kind, file=str(item), examples=skipped)
            if path.is_dir() and not skipped:
                fault = Fault("intake.empty_folder", folder=str(item))
            raise InputError(fault)
        refuse_lakes(str(p) for p in found if kind_by_name(p) in ("", "parquet"))
        files.paths.extend(found)
        files.keys.extend(FolderKeys.of(p, given) for p in found)
        files.skipped.extend(skipped)
    refuse_twice([str(path.resolve()) for path in files.paths])
    return files


@dataclass
class _Listing:
    """What lies in a folder, or matches a glob."""

    meant: list[Path] = field(default_factory=list)  # whatever their names
    files: list[Path] = field(default_factory=list)  # of the table, if their names say so
    hidden: list[Path] = field(default_factory=list)
    odd: list[Path] = field(default_factory=list)  # pipes, devices, links to folders above

    def add_folder(self, folder: Path, within: tuple[str, ...] = ()) -> None:
        """Add what is in a folder; links are followed, but for one to a folder it lies in."""
        within = (*within, os.path.realpath(folder))
        try:
            inside = sorted(folder.iterdir())
        except OSError as error:  # what cannot be listed must not be missed
            raise unreadable(folder, error) from error
        for path in inside:
            if path.name.startswith((".", "_")):
                self.hidden.append(path)
            elif not path.is_dir():
                self._add_file(path, self.files)
            elif not _holds(real := os.path.realpath(path), within):
                self.add_folder(path, within)
            elif real not in within:
                self.odd.append(path)

    def _add_file(self, path: Path, files: list[Path]) -> None:
        """Add a file, unless it is a pipe or a device, from which nothing may ever come."""
        (files if _existing(path).is_file() else self.odd).append(path)

    def add_glob(self, pattern: Path, start: Path) -> None:
        """Add what matches a glob."""
        wanted = pattern.parts[len(start.parts) :]
        for path in map(Path, sorted(glob(str(pattern), recursive=True))):
            inner = path.parts[len(start.parts) :]
            if len(inner) > 1 and _leads_back(path, len(inner)):
                continue  # what a wildcard for folders meets over and over
            if any(p.startswith("_") and not _is_named(p, wanted) for p in inner):
                self.hidden.append(path)
            elif path.is_dir():
                self.add_folder(path, (os.path.realpath(start),))
            else:
                self._add_file(path, self.files if wanted[-1].endswith("*") else self.meant)

    def of_table(self) -> list[Path]:
        """Files of the table: those called as tables are, or all where none is.

        Raises
        ------
        InputError
            For packed files, which may belong to the table.
        """
        named = [p for p in self.files if _is_table(p)]
        packed = [p for p in self.files if p not in named and _is_packed(p)]
        if packed and (named or self.meant):
            raise InputError(Fault("intake.packed_files", examples=[p.name for p in packed]))
        if not named:
            named = [p for p in self.files if not p.name.lower().endswith(_COPIES)]
        return sorted({*self.meant, *named})  # a glob matches a folder and what is in it

    def skipped(self, start: Path) -> list[str]:
        """What may belong to the table but is not read, as seen from a folder."""
        read = set(self.of_table())
        left = [p for p in self.files if p not in read and p.name not in _WITHOUT_ROWS]
        left += [*self.odd, *(p for p in self.hidden if _holds_tables(p))]
        depth, each = len(start.parts), {*left}
        outermost = sorted(p for p in each if not each.intersection(p.parents))
        return ["/".join(p.parts[depth:]) + "/" * p.is_dir() for p in outermost]


def _holds(folder: str, others: Sequence[str]) -> bool:
    """Whether a folder is one of others, or has one in it."""
    return any(Path(other).is_relative_to(folder) for other in others)


def _leads_back(path: Path, depth: int) -> bool:
    """Whether a path, or one of its last folders, is a link to a folder above it."""
    folders = list(map(os.path.realpath, [path, *path.parents][: depth + 1]))
    return len({*folders}) < len(folders)


def _existing(path: Path) -> Path:
    """The path, unless it is a link that leads nowhere, as where data are still to be fetched."""
    if path.is_symlink() and not path.exists():
        raise InputError(Fault("intake.link_to_nothing", file=str(path)))
    return path


def _literal_start(pattern: Path) -> Path:
    """The folders that a glob names before its first wildcard."""
    parts = list(pattern.parts)
    first = next(i for i, part in enumerate(parts) if has_magic(part))
    return Path(*parts[:first])


def _is_named(part: str, wanted: Sequence[str]) -> bool:
    """Whether a glob spells the beginning of a hidden name."""
    return any(w[0] == part[0] and fnmatchcase(part, w) for w in wanted)


def _is_table(path: Path) -> bool:
    """Whether a file is called as tables are, or is Parquet whatever its name."""
    if path.name in _WITHOUT_ROWS or path.name.startswith(("._", "~$")):
        return False
    copy = path.name.lower().endswith(_COPIES)
    return bool(kind_by_name(path)) or (
        not copy and path.is_file() and _head(path).startswith(_PARQUET_MARK)
    )


def _is_packed(path: Path) -> bool:
    return path.name.lower().endswith(_PACKED) and bool(kind_by_name(path.with_suffix("")))


def _holds_tables(path: Path) -> bool:
    """Whether something hidden is a table, or holds one."""
    if not path.is_dir():
        return path.is_file() and _is_table(path)
    return any(
        _is_table(Path(folder) / name) for folder, _, names in os.walk(path) for name in names
    )


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
    ) and {kind_of(path) for path in find_files(given).paths} == {"parquet"}


def kind_of(path: Path) -> str:
    """Parquet, CSV or a workbook: as the first bytes say; by the name, where these say nothing."""
    head = _head(path)
    if head.startswith(_BOOK_MARKS):
        return "workbook"
    if head.startswith(_PARQUET_MARK):
        return "parquet"
    if len(head) < len(_PARQUET_MARK) and kind_by_name(path) == "parquet":  # cut short
        return "parquet"
    if head and not _CONTROL.search(head):  # many systems call text .xls
        return "csv"
    return kind_by_name(path) or "csv"


def kind_by_name(path: Path) -> str:
    """The kind that the name of a file tells; empty where it tells none."""
    name = path.name.lower().removesuffix(".gz")
    return next((kind for kind, ends in _KINDS.items() if name.endswith(ends)), "")


def _head(path: Path) -> bytes:
    """The first bytes of a file."""
    try:
        with path.open("rb") as f:
            return f.read(_HEAD_BYTES)
    except OSError as error:  # as where Excel holds it open
        raise unreadable(path, error) from error
