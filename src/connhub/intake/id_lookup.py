"""From firm ids to firm indices: two hash tables, one of integers and one of texts.

An id that is the plain decimal text of an int64 is kept as that integer, so text and integer
columns meet exactly; an id with a leading zero is a text and never meets a number.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import scalar, text, to_numpy
from connhub.jit import AHEAD, compiled, inner, prefetch
from connhub.memory import zeros

__all__ = ["IdLookup", "as_int", "string_buffers"]

_ALL = np.empty(0, np.bool_)
PLACES, FIRST = 5, 10
"""Of a line of cache: five ids of 8 bytes, and from its tenth 4 bytes on their indices."""
LOWEST = np.int64(np.iinfo(np.int64).min)
_Texts = tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]


def string_buffers(values: pa.Array) -> _Texts:
    """Offsets (n + 1) and bytes of an Arrow array of texts, read-only; nulls are empty texts."""
    large = text(values)
    if large.null_count:
        large = large.fill_null(scalar(""))
    _, offsets, data = large.buffers()
    first = np.frombuffer(offsets, dtype=np.int64)[large.offset : large.offset + len(large) + 1]
    content = b"\0" if data is None or data.size == 0 else data
    return first, np.frombuffer(content, dtype=np.uint8)


@inner
def _mix(key: Any) -> Any:
    key ^= key >> np.uint64(32)
    return key * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)


@inner
def as_int(data: Any, start: Any, stop: Any) -> Any:
    """Value of a canonical decimal text that fits an int64."""
    length = stop - start
    minus = length > 1 and data[start] == 45
    if minus:
        start += 1
        length -= 1
    if length < 1 or length > 19 or (data[start] == 48 and (length > 1 or minus)):
        return False, np.int64(0)
    value = np.int64(0)  # below 0, where there is one number more
    for k in range(start, stop):
        digit = np.int64(data[k]) - 48
        if digit < 0 or digit > 9:
            return False, np.int64(0)
        value = value * 10 - digit
    if value > 0 or (value == LOWEST and not minus):  # beyond the lowest, 19 digits wrap around
        return False, np.int64(0)
    return True, value if minus else -value


@inner
def _hash_text(data: Any, start: Any, stop: Any) -> Any:
    h = np.uint64(0xCBF29CE484222325)
    for k in range(start, stop):
        h = (h ^ np.uint64(data[k])) * np.uint64(0x100000001B3)
    return _mix(h)


@inner
def _same(a: Any, i: Any, j: Any, b: Any, k: Any, m: Any) -> Any:
    if j - i != m - k:
        return False
    for d in range(j - i):  # noqa: SIM110  # numba compiles no generators
        if a[i + d] != b[k + d]:
            return False
    return True


@inner
def _find_text(data: Any, start: Any, stop: Any, hashed: Any, slots: Any, known: Any) -> Any:
    """Place of a text that is no integer, or the free place where it would be put."""
    offsets, ids = known
    mask = np.uint64(slots.size - 1)
    at = hashed & mask
    while slots[at] != 0:
        f = slots[at] - 1
        if _same(data, start, stop, ids, offsets[f], offsets[f + 1]):
            break
        at = (at + np.uint64(1)) & mask
    return at


@compiled
def _read_ints(texts: Any, keys: Any, whole: Any) -> Any:
    """Integers that texts are, or 0, and whether they are any; returns how many are none."""
    offsets, data = texts
    others = np.int64(0)
    for i in range(keys.size):
        whole[i], keys[i] = as_int(data, offsets[i], offsets[i + 1])
        others += not whole[i]
    return others


@compiled
def _find_ints(keys: Any, whole: Any, table: Any, put: Any, missing: Any, index: Any) -> None:
    """Look up ids, those that are integers; where `put`, those that are not there are put in.

    whole: which are integers; empty where all are. table: ids (lines, 8: the first PLACES) and,
    in the same memory, indices + 1 (lines, 16: as many from FIRST on). Lines are filled from the
    left, and whatever finds one full goes on to the next.
    """
    ids, indices = table
    mask = np.uint64(ids.shape[0] - 1)
    for i in range(keys.size):  # where to look first
        index[i] = _mix(np.uint64(keys[i])) & mask
    for i in range(keys.size):
        if i + AHEAD < keys.size:
            prefetch(ids, index[i + AHEAD])
        line = np.uint64(index[i])
        index[i] = missing
        if whole.size > 0 and not whole[i]:
            continue
        while True:
            place = -1  # all are compared: a branch would be mispredicted too often
            for k in range(PLACES - 1, -1, -1):
                place = k if ids[line, k] == keys[i] else place
            if place >= 0 and indices[line, FIRST + place] != 0:
                index[i] = indices[line, FIRST + place] - 1
                break
            if indices[line, FIRST + PLACES - 1] == 0:  # not full: it is nowhere
                if put:
                    for k in range(PLACES):
                        if indices[line, FIRST + k] == 0:
                            ids[line, k], indices[line, FIRST + k] = keys[i], i + 1
                            break
                break
            line = (line + np.uint64(1)) & mask


@compiled
def _build_texts(known: Any, whole: Any, slots: Any, duplicate: Any) -> None:
    """Put in the ids that are no integers."""
    offsets, ids = known
    for f in range(offsets.size - 1):
        if not whole[f]:
            start, stop = offsets[f], offsets[f + 1]
            at = _find_text(ids, start, stop, _hash_text(ids, start, stop), slots, known)
            duplicate[f] = slots[at] - 1
            if slots[at] == 0:
                slots[at] = f + 1


@compiled
def _lookup_texts(texts: Any, whole: Any, slots: Any, known: Any, hashes: Any, out: Any) -> None:
    """Look up the ids that are no integers; hashes is working space for those of AHEAD rows."""
    offsets, data = texts
    mask = np.uint64(slots.size - 1)
    n = whole.size
    for row in range(n + AHEAD):
        if row >= AHEAD and not whole[row - AHEAD]:
            i = row - AHEAD
            at = _find_text(data, offsets[i], offsets[i + 1], hashes[row % AHEAD], slots, known)
            f = slots[at] - 1
            if f >= 0:
                out[i] = f
        if row < n and not whole[row]:
            hashed = _hash_text(data, offsets[row], offsets[row + 1])
            hashes[row % AHEAD] = hashed
            prefetch(slots, np.int64(hashed & mask))


@dataclass(frozen=True, eq=False)
class IdLookup:
    """Hash tables from firm ids to firm indices 0 to n-1; n stands for an id not in the table."""

    size: int
    _lines: npt.NDArray[np.int64]  # of integers: a line of cache a lookup, see _find_ints
    _slots: npt.NDArray[np.int32]  # index + 1 of the ids that are no integers
    _known: tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]

    @classmethod
    def build(cls, ids: pa.Array) -> tuple[IdLookup, npt.NDArray[np.int32]]:
        """Build from unique ids; also return, for each id, the earlier index it repeats or -1."""
        n = len(ids)
        duplicate = np.empty(n, dtype=np.int32)
        known, keys, whole, texts = _keys(ids)
        lines = _lines(n - texts)
        _find_ints(keys, whole, (lines, lines.view(np.int32)), True, -1, duplicate)
        slots = np.zeros(_capacity(texts), dtype=np.int32)
        if texts:
            _build_texts(known, whole, slots, duplicate)
        else:
            known = _no_texts()  # never looked at again
        return cls(n, lines, slots, known), duplicate

    def indices(self, values: pa.Array) -> npt.NDArray[np.int32]:
        """Firm index of each id (integers or texts); n for ids not in the table and nulls."""
        if isinstance(values, pa.DictionaryArray):
            known = np.append(self.indices(values.dictionary), np.int32(self.size))
            codes = to_numpy(values.indices, len(values.dictionary))
            chosen: npt.NDArray[np.int32] = known[codes]
            return chosen
        out = np.empty(len(values), dtype=np.int32)
        if pa.types.is_integer(values.type) and values.null_count:
            texts, keys, whole, others = _keys(values.fill_null(scalar(0).cast(values.type)))
        else:
            texts, keys, whole, others = _keys(values)
        table = self._lines, self._lines.view(np.int32)
        _find_ints(keys, whole, table, False, self.size, out)
        if others and self._known[0].size > 1:
            hashes = np.empty(AHEAD, np.uint64)
            _lookup_texts(texts, whole, self._slots, self._known, hashes, out)
        if values.null_count:
            out[to_numpy(values.is_null())] = self.size
        return out


def _keys(
    ids: pa.Array,
) -> tuple[_Texts, npt.NDArray[np.int64], npt.NDArray[np.bool_], int]:
    """Ids as texts where any are, as integers, which are integers, and how many are none."""
    if pa.types.is_integer(ids.type) and not ids.null_count:
        with suppress(pa.ArrowInvalid):  # beyond an int64
            keys = to_numpy(ids.cast(pa.int64()))
            return _no_texts(), keys, _ALL, 0
    texts = string_buffers(ids)
    keys, whole = np.empty(len(ids), np.int64), np.empty(len(ids), np.bool_)
    others = int(_read_ints(texts, keys, whole))
    return texts, keys, whole, others


@cache
def _no_texts() -> _Texts:
    return string_buffers(text([]))


def _lines(count: int) -> npt.NDArray[np.int64]:
    """Lines for so many integers: three tenths to six tenths of their places are taken."""
    return zeros(1 << (count // 3).bit_length(), 8)


def _capacity(count: int) -> int:
    """Places for so many texts: a quarter to a half are taken."""
    return 1 << max(4, (2 * count).bit_length())
