"""Folders that are no bags of files: in these only a log knows which files count.

A table of Delta Lake, Iceberg, Hudi or Paimon keeps files that were replaced or deleted beside
the current ones, and so may the output of a Spark stream. To read them all counts rows twice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from connhub.errors import Fault, InputError

__all__ = ["Folders", "refuse_lakes"]

_LOGS = {"_delta_log": "delta", ".hoodie": "hudi", "_spark_metadata": "stream"}
_ICEBERG = re.compile(r"(v\d+|\d+-[0-9A-Fa-f-]{8,})(\.gz)?\.metadata\.json(\.gz)?")
_PAIMON = ("snapshot", "schema", "manifest")


class Folders(Protocol):
    """Where folders lie: on this machine, or where a cluster reads them."""

    def parent(self, path: str) -> str | None:
        """The folder of a file or folder; None above the root."""

    def has_folder(self, path: str, name: str) -> bool:
        """Whether a folder has another in it."""

    def names(self, path: str, name: str) -> list[str]:
        """Names in a folder of a folder."""


class _LocalFolders:
    """Folders on this machine."""

    def parent(self, path: str) -> str | None:
        above = os.path.dirname(path)  # noqa: PTH120  # a path may be long: many are looked at
        return None if above == path else above

    def has_folder(self, path: str, name: str) -> bool:
        return Path(path, name).is_dir()

    def names(self, path: str, name: str) -> list[str]:
        return [p.name for p in Path(path, name).iterdir()]


def refuse_lakes(paths: Iterable[str], folders: Folders | None = None) -> None:
    """Refuse files that lie in the folder of a lake table, at whatever depth.

    Parameters
    ----------
    paths : iterable of str
        Of files, from the root.
    folders : Folders, optional
        Where they lie; by default on this machine, where links are followed as well.

    Raises
    ------
    InputError
    """
    seen: set[str] = set()
    for path in paths:
        starts = [path] if folders else [str(Path(path).absolute()), os.path.realpath(path)]
        for start in starts:
            where = folders or _LocalFolders()
            folder = where.parent(start)
            while folder is not None and folder not in seen:
                seen.add(folder)
                if found := _lake_format(folder, where):
                    raise InputError(Fault(f"intake.lake_{found}", file=folder))
                folder = where.parent(folder)


def _lake_format(folder: str, folders: Folders) -> str:
    """Which log a folder holds: delta, hudi, iceberg, paimon or stream; empty for none."""
    for name, found in _LOGS.items():
        if folders.has_folder(folder, name):
            return found
    if folders.has_folder(folder, "metadata"):
        names = folders.names(folder, "metadata")
        described = [n for n in names if ".metadata.json" in n]
        certain = "version-hint.text" in names or any(map(_ICEBERG.fullmatch, described))
        if certain or (described and folders.has_folder(folder, "data")):
            return "iceberg"
    if all(folders.has_folder(folder, name) for name in _PAIMON) and any(
        n.startswith("schema-") for n in folders.names(folder, "schema")
    ):
        return "paimon"
    return ""
