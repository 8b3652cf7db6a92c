"""Files of one table that are copies, by their content or name, and would count rows twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from filecmp import cmp
from pathlib import Path

from connhub.text.catalogue import Message
from connhub.text.names import file_names

__all__ = ["repeated_files"]

_PART = 1 << 14
_COPY = re.compile(
    r"^(?:copy of |コピー ?[~〜～] ?)"
    r"|(?:[ _]?[(（]\d+[)）]|[ _-]*(?:copy|コピー)[ _]?\d*(?:[ _]?\(\d+\))?|のコピー\d*)$",
    re.IGNORECASE,
)
"""What is set before or behind the name of a copy."""


def repeated_files(paths: list[Path], kind: str) -> list[Message]:
    """Note files whose bytes are those of another one, or that are called a copy of one.

    Only files of one size are compared.

    Parameters
    ----------
    paths : list of Path
    kind : {"parquet", "csv", "workbook"}

    Returns
    -------
    list of Message
    """
    names = dict(zip(paths, file_names([str(p) for p in paths]), strict=True))
    same = [(one, other) for one, other in _pairs(paths) if _has_rows(one, kind)]
    known = [{one, other} for one, other in same]
    copies = [pair for pair in _named_copies(paths) if {*pair} not in known]
    return [
        Message(f"intake.{found}", one=names[one], other=names[other])
        for found, pairs in (("same_content", same), ("named_as_copy", copies))
        for one, other in pairs
    ]


def _named_copies(paths: list[Path]) -> Iterator[tuple[Path, Path]]:
    """Files beside others of which they are called a copy, as desktops and browsers name them."""
    there = set(paths)
    for path in paths:
        ends = "".join(path.suffixes[-2:]) if path.suffix.lower() == ".gz" else path.suffix
        stem = path.name.removesuffix(ends)
        name = _COPY.sub("", stem)
        if name not in ("", stem) and path.with_name(name + ends) in there:
            yield path.with_name(name + ends), path


def _pairs(paths: list[Path]) -> Iterator[tuple[Path, Path]]:
    """The first file of each content, and each further one."""
    sizes = {path: path.stat().st_size for path in paths}
    times = Counter(sizes.values())
    alike: dict[tuple[int, bytes], list[Path]] = {}
    for path, size in sizes.items():
        if times[size] > 1:
            alike.setdefault((size, _ends(path, size)), []).append(path)
    for first, *others in alike.values():
        yield from ((first, other) for other in others if cmp(first, other, shallow=False))


def _ends(path: Path, size: int) -> bytes:
    """The first and the last bytes of a file."""
    with path.open("rb") as f:
        start = f.read(_PART)
        f.seek(max(size - _PART, 0))
        return start + f.read(_PART)


def _has_rows(path: Path, kind: str) -> bool:
    """Whether there is more than a header: empty files, as clusters write them, may be the same."""
    if kind == "parquet":
        import pyarrow.parquet as pq

        return bool(pq.read_metadata(path).num_rows)
    with path.open("rb") as f:
        start = f.read(_PART).rstrip()
    return b"\n" in start or b"\r" in start
