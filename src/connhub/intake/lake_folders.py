"""Folders that are no bags of files: in these only a log knows which files count.

A table of Delta Lake, Iceberg, Hudi or Paimon keeps files that were replaced or deleted beside
the current ones, and so may the output of a Spark stream. To read them all counts rows twice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from connhub.errors import Fault, InputError

__all__ = ["lake_format", "refuse_lakes"]

_LOGS = {"_delta_log": "delta", ".hoodie": "hudi", "_spark_metadata": "stream"}
_ICEBERG = re.compile(r"(v\d+|\d+-[0-9A-Fa-f-]{8,})(\.gz)?\.metadata\.json(\.gz)?")


def refuse_lakes(paths: Iterable[Path]) -> None:
    """Refuse files that lie in the folder of a lake table, at whatever depth.

    Parameters
    ----------
    paths : iterable of Path

    Raises
    ------
    InputError
    """
    seen: set[Path] = set()
    for path in paths:
        # A link into such a table leads to superseded files as well.
        for parent in {path.parent: 0, Path(os.path.realpath(path)).parent: 0}:
            folder = parent.absolute()
            while folder not in seen:
                seen.add(folder)
                if found := lake_format(folder):
                    raise InputError(Fault(f"intake.lake_{found}", file=str(folder)))
                folder = folder.parent


def lake_format(folder: Path) -> str:
    """Which log a folder holds: delta, hudi, iceberg, paimon or stream; empty for none.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    str
    """
    for name, found in _LOGS.items():
        if (folder / name).is_dir():
            return found
    if _is_iceberg(folder):
        return "iceberg"
    parts = ("snapshot", "schema", "manifest")
    if all((folder / name).is_dir() for name in parts) and any(folder.glob("schema/schema-*")):
        return "paimon"
    return ""


def _is_iceberg(folder: Path) -> bool:
    metadata = folder / "metadata"
    if not metadata.is_dir():
        return False
    if (metadata / "version-hint.text").is_file():
        return True
    names = [p.name for p in metadata.glob("*.metadata.json*")]
    return bool(names) and ((folder / "data").is_dir() or any(map(_ICEBERG.fullmatch, names)))
