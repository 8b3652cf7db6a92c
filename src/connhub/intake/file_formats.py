"""What the first bytes of a file say that is neither text in a plain encoding nor Parquet."""

from __future__ import annotations

import re
from pathlib import Path

from connhub.errors import Fault, InputError

__all__ = ["refuse_other_formats"]

_HTML = re.compile(rb"<(!doctype html|html|table|head|body|meta)\b", re.IGNORECASE)
_PACKED = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"\x1f\x9d": "compress",
    b"\x1f\x8b": "gzip",
}
_OTHERS = {
    b"ARROW1": "Arrow IPC (Feather)",
    b"FEA1": "Feather",
    b"ORC": "ORC",
    b"Obj\x01": "Avro",
    b"SQLite format 3\x00": "SQLite",
    b"%PDF-": "PDF",
    b"\x89HDF\r\n": "HDF5",
    b"PAR1": "Parquet",
}
_TAR = slice(257, 262)
_SAMPLE = 1000


def refuse_other_formats(head: bytes | bytearray, path: Path) -> None:
    """Refuse a file whose first bytes are those of no text.

    Parameters
    ----------
    head : bytes
        Of the file, unpacked where it is gzipped.
    path : Path

    Raises
    ------
    InputError
        Naming what it is.
    """
    file = str(path)
    if name := next((name for mark, name in _PACKED.items() if head.startswith(mark)), ""):
        raise InputError(Fault("intake.packed", format=name, file=file))
    if head[_TAR] == b"ustar":
        raise InputError(Fault("intake.packed", format="tar", file=file))
    if name := next((name for mark, name in _OTHERS.items() if head.startswith(mark)), ""):
        raise InputError(Fault("intake.other_format", format=name, file=file))
    if _is_utf32(bytes(head[:_SAMPLE])):
        raise InputError(Fault("intake.wide_encoding", encoding="UTF-32", file=file))
    if head[:200].lstrip()[:1] == b"<" and _HTML.search(head[:4096]):
        raise InputError(Fault("intake.html_table", file=file))


def _is_utf32(head: bytes) -> bool:
    """Whether a text is in UTF-32, with a mark at the beginning or without."""
    every = [head[i::4] for i in range(4)]
    low, high = (not any(every[i] + every[i + 1]) for i in (0, 2))
    marked = head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff"))
    return marked or (bool(head) and low != high)
