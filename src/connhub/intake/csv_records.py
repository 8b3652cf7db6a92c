"""Where the records of CSV begin and end: a compiled walk over line ends and quotation marks.

A quotation mark opens a field only where a field begins; inside, two of them are one, and one
alone closes the field, so that a delimiter or a line end must follow (RFC 4180).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from connhub.jit import compiled

__all__ = ["Walk", "line_ends_above", "walk"]


class Walk(NamedTuple):
    """What a walk over a block has met.

    Parameters
    ----------
    end : int
        Position after the last whole record.
    inside : int
        Line ends inside the fields of whole records.
    opened : int
        Position of the mark that opens a field which is not closed; -1 for none.
    stray : int
        Position of text after the mark that closes a field, where the walk stops; -1 for none.
        `opened` is then that of the field.
    """

    end: int
    inside: int
    opened: int
    stray: int


def walk(block: bytes | bytearray, delimiter: str, newline: bytes) -> Walk:
    r"""Walk over a block that begins with a record.

    Parameters
    ----------
    block : bytes
        In any encoding in which these marks are ASCII.
    delimiter : str
    newline : bytes
        At which a block may be cut: a line feed or a carriage return.

    Returns
    -------
    Walk

    Examples
    --------
    >>> walk(b'a,"b\n""c"\nd,"e', ",", b"\n")
    Walk(end=10, inside=1, opened=12, stray=-1)
    >>> walk(b'a,"b"c\n', ",", b"\n").stray
    5
    """
    data = np.frombuffer(block, dtype=np.uint8)
    found = np.empty(4, dtype=np.int64)
    _walk(data, _ends(delimiter), newline[0], found)
    return Walk(*found.tolist())


def _ends(delimiter: str) -> npt.NDArray[np.bool_]:
    """Which bytes stand where a field ends."""
    ends = np.zeros(256, dtype=np.bool_)
    ends[[ord(delimiter), 10, 13]] = True
    return ends


def line_ends_above(block: bytes, delimiter: str, records: int) -> npt.NDArray[np.int64]:
    r"""How many line ends stand above each record of a block, inside fields or not.

    Parameters
    ----------
    block : bytes
    delimiter : str
    records : int
        How many there are; an empty line is one.

    Returns
    -------
    ndarray of int64, shape (records,)

    Examples
    --------
    >>> line_ends_above(b'a,"b\n\nb"\n\nc,d\n', ",", 3)
    array([0, 3, 4])
    """
    above = np.zeros(records, dtype=np.int64)
    _line_ends_above(np.frombuffer(block, dtype=np.uint8), _ends(delimiter), above)
    return above


@compiled
def _walk(data: Any, ends: Any, newline: Any, found: Any) -> None:
    """Set what a `Walk` is."""
    size = data.size
    i = start = end = inside = ends_inside = np.int64(0)
    opened = stray = np.int64(-1)
    while True:
        while i < size and data[i] != 34:
            i += 1
        if 0 < i < size and not ends[data[i - 1]]:
            i += 1  # a mark inside of a field is text
            continue
        last = i
        while last > start and data[last - 1] != newline:
            last -= 1
        if last > start:
            end, inside = last, ends_inside
        if i == size:
            break
        opened = i
        i += 1
        while i < size:
            byte = data[i]
            if byte > 34:
                i += 1
                continue
            if byte == 34:
                if i + 1 == size or data[i + 1] != 34:
                    break
                i += 1
            elif byte == 10 or (byte == 13 and (i + 1 == size or data[i + 1] != 10)):
                ends_inside += 1
            i += 1
        if i >= size:
            break
        i += 1
        while i < size and not ends[data[i]] and (data[i] == 32 or data[i] == 9):
            i += 1
        if i < size and not ends[data[i]]:
            stray = i
            break
        opened = np.int64(-1)
        start = i
    found[0], found[1], found[2], found[3] = end, inside, opened, stray


@compiled
def _line_ends_above(data: Any, ends: Any, above: Any) -> Any:
    found = record = 0
    quoted, fresh = False, True
    for i in range(data.size):
        byte = data[i]
        line_end = byte == 10 or (byte == 13 and (i + 1 == data.size or data[i + 1] != 10))
        if byte == 34 and (quoted or fresh):
            quoted = not quoted
            fresh = quoted or fresh  # the second of two marks opens the field again
        elif not quoted:
            fresh = ends[byte]
            record += line_end
        found += line_end
        if line_end and not quoted and record < above.size:
            above[record] = found
