"""From firm ids to firm indices: two hash tables, one of integers and one of texts.

An id that is the plain decimal text of an int64 is kept as that integer, so text and integer
columns meet exactly; an id with a leading zero is a text and never meets a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import scalar, text, to_numpy
from connhub.jit import AHEAD, compiled, inner, prefetch

__all__ = ["IdLookup", "as_int", "string_buffers"]

_BLOCK = 256  # texts whose places are asked for together


def string_buffers(values: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Offsets (n + 1) and bytes of an Arrow array of texts, read-only; nulls are empty texts."""
    large = text(values)
    if large.null_count:
        large = large.fill_null(scalar(""))
    _, offsets, data = large.buffers()
    first = np.frombuffer(offsets, dtype=np.int64)[large.offset : large.offset + len(large) + 1]
    content = b"\0" if data is None or data.size == 0 else data
    return _read_only(first), _read_only(np.frombuffer(content, dtype=np.uint8))


def _read_only(values: Any) -> Any:
    """So that loops are compiled for one kind of array: Arrow gives both kinds."""
    values.flags.writeable = False
    return values


@inner
def _mix(key: Any) -> Any:
    key ^= key >> np.uint64(32)
    return key * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)


@inner
def as_int(data: Any, start: Any, stop: Any) -> Any:
    """Value of a canonical decimal text that fits an int64."""
    i = start
    minus = stop - start > 1 and data[i] == 45
    if minus:
        i += 1
    length = stop - i
    if length < 1 or length > 19 or (data[i] == 48 and (length > 1 or minus)):
        return False, np.int64(0)
    value = np.uint64(0)
    for k in range(i, stop):
        digit = data[k] - np.uint8(48)
        if digit > 9:
            return False, np.int64(0)
        value = value * np.uint64(10) + np.uint64(digit)
    if minus:  # value > 0, and the lowest int64 has no positive counterpart
        value -= np.uint64(1)
    if value > np.uint64(0x7FFFFFFFFFFFFFFF):
        return False, np.int64(0)
    signed = np.int64(value)
    return True, (-signed - np.int64(1) if minus else signed)


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
def _find_int(key: Any, entries: Any) -> Any:
    """Place of an integer id in the table, or the free place where it would be put."""
    mask = np.uint64(entries.shape[0] - 1)
    at = _mix(np.uint64(key)) & mask
    while entries[at, 1] != 0 and entries[at, 0] != key:
        at = (at + np.uint64(1)) & mask
    return at


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
def _build_ints(keys: Any, entries: Any, duplicate: Any) -> None:
    """Put in ids that all are integers."""
    mask = np.uint64(entries.shape[0] - 1)
    for f in range(keys.size):
        if f + AHEAD < keys.size:
            prefetch(entries, np.int64(_mix(np.uint64(keys[f + AHEAD])) & mask))
        at = _find_int(keys[f], entries)
        duplicate[f] = entries[at, 1] - 1
        if entries[at, 1] == 0:
            entries[at, 0], entries[at, 1] = keys[f], f + 1


@compiled
def _build(known: Any, entries: Any, block: Any, duplicate: Any) -> Any:
    """Put in the ids that are integers; returns how many are not. duplicate is -2 for those."""
    offsets, ids = known
    n = offsets.size - 1
    keys, whole, none = block
    texts = 0
    for begin in range(0, n, keys.size):
        count = min(keys.size, n - begin)
        _read_keys(ids, offsets, begin, count, entries, none, whole, keys)
        for i in range(count):
            f, key = begin + i, keys[i]
            if whole[i]:
                at = _find_int(key, entries)
                duplicate[f] = entries[at, 1] - 1
                if entries[at, 1] == 0:
                    entries[at, 0], entries[at, 1] = key, f + 1
            else:
                texts += 1
                duplicate[f] = -2
    return texts


@compiled
def _build_texts(known: Any, slots: Any, duplicate: Any) -> None:
    """Put in the ids that are no integers."""
    offsets, ids = known
    for f in range(offsets.size - 1):
        if duplicate[f] == -2:
            start, stop = offsets[f], offsets[f + 1]
            at = _find_text(ids, start, stop, _hash_text(ids, start, stop), slots, known)
            duplicate[f] = slots[at] - 1
            if slots[at] == 0:
                slots[at] = f + 1


@inner
def _read_keys(
    data: Any,
    offsets: Any,
    begin: Any,
    count: Any,
    entries: Any,
    slots: Any,
    whole: Any,
    keys: Any,
) -> None:
    """Integers of a block of texts, hashes of those that are none; their places are asked for."""
    masks = np.uint64(entries.shape[0] - 1), np.uint64(slots.size - 1)
    for i in range(count):
        start, stop = offsets[begin + i], offsets[begin + i + 1]
        whole[i], keys[i] = as_int(data, start, stop)
        if whole[i]:
            prefetch(entries, np.int64(_mix(np.uint64(keys[i])) & masks[0]))
        else:
            keys[i] = np.int64(_hash_text(data, start, stop))
            prefetch(slots, np.int64(np.uint64(keys[i]) & masks[1]))


@compiled
def _lookup_ints(values: Any, entries: Any, missing: Any, out: Any) -> None:
    mask = np.uint64(entries.shape[0] - 1)
    n = values.size
    for i in range(n):
        if i + AHEAD < n:
            prefetch(entries, np.int64(_mix(np.uint64(values[i + AHEAD])) & mask))
        f = entries[_find_int(values[i], entries), 1] - 1
        out[i] = missing if f == -1 else f


@compiled
def _lookup_texts(
    texts: Any, entries: Any, slots: Any, known: Any, block: Any, missing: Any, out: Any
) -> None:
    offsets, data = texts
    keys, whole, _ = block
    n = offsets.size - 1
    for begin in range(0, n, keys.size):
        count = min(keys.size, n - begin)
        _read_keys(data, offsets, begin, count, entries, slots, whole, keys)
        for i in range(count):
            if whole[i]:
                f = entries[_find_int(keys[i], entries), 1] - 1
            else:
                start, stop = offsets[begin + i], offsets[begin + i + 1]
                at = _find_text(data, start, stop, np.uint64(keys[i]), slots, known)
                f = np.int64(slots[at]) - 1
            out[begin + i] = missing if f == -1 else f


@dataclass(frozen=True, eq=False)
class IdLookup:
    """Hash tables from firm ids to firm indices 0 to n-1; n stands for an id not in the table."""

    size: int
    # integer id and index + 1 side by side, one line of cache a lookup; 0 where free
    _entries: npt.NDArray[np.int64]
    _slots: npt.NDArray[np.int32]  # index + 1 of the ids that are no integers
    _known: tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]

    @classmethod
    def build(cls, ids: pa.Array) -> tuple[IdLookup, npt.NDArray[np.int64]]:
        """Build from unique ids; also return, for each id, the earlier index it repeats or -1."""
        n = len(ids)
        entries = np.zeros((_capacity(n), 2), dtype=np.int64)
        duplicate = np.empty(n, dtype=np.int64)
        keys, texts = _integers(ids), 0
        known = string_buffers(text([]))
        if keys is not None:
            _build_ints(keys, entries, duplicate)
        else:
            known = string_buffers(ids)
            texts = _build(known, entries, _block(), duplicate)
        slots = np.zeros(_capacity(texts), dtype=np.int32)
        if texts:
            _build_texts(known, slots, duplicate)
        else:
            known = string_buffers(text([]))  # never looked at again
        if texts == n:
            entries = np.zeros((_capacity(0), 2), dtype=np.int64)
        return cls(n, entries, slots, known), duplicate

    def indices(self, values: pa.Array) -> npt.NDArray[np.int32]:
        """Firm index of each id (integers or texts); n for ids not in the table and nulls."""
        if isinstance(values, pa.DictionaryArray):
            known = np.append(self.indices(values.dictionary), np.int32(self.size))
            codes = to_numpy(values.indices, len(values.dictionary))
            chosen: npt.NDArray[np.int32] = known[codes]
            return chosen
        out = np.empty(len(values), dtype=np.int32)
        if pa.types.is_integer(values.type):
            ids = _read_only(to_numpy(values.cast(pa.int64()), 0))
            _lookup_ints(ids, self._entries, self.size, out)
        else:
            tables = self._entries, self._slots, self._known
            _lookup_texts(string_buffers(values), *tables, _block(), self.size, out)
        if values.null_count:
            out[to_numpy(values.is_null())] = self.size
        return out


def _integers(ids: pa.Array) -> npt.NDArray[np.int64] | None:
    """Ids as integers, when all are; most tables are such, and need less to be compiled."""
    if ids.null_count:
        return None
    try:
        numbers = ids.cast(pa.int64())
    except pa.ArrowInvalid:
        return None
    if numbers.type != ids.type and not pc.all(pc.equal(numbers.cast(ids.type), ids)).as_py():
        return None
    keys: npt.NDArray[np.int64] = _read_only(to_numpy(numbers))
    return keys


def _capacity(count: int) -> int:
    """Places for so many ids: a quarter to a half are taken."""
    return 1 << max(4, (2 * count).bit_length())


def _block() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], npt.NDArray[np.int32]]:
    """Working space: keys, whether they are integers, and a table without texts."""
    return np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.bool_), np.zeros(1, np.int32)
