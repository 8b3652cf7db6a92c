"""From firm ids to firm indices: two hash tables, one of integers and one of texts.

An id that is the plain decimal text of an int64 is kept as that integer, so text and integer
columns meet exactly; an id with a leading zero is a text and never meets a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.regions import text

__all__ = ["IdLookup", "string_buffers"]

_EMPTY = np.int32(-1)
_BLOCK = 4096


def string_buffers(values: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Offsets (n + 1) and bytes of an Arrow array of texts; nulls are empty texts."""
    large = text(values)
    if large.null_count:
        large = large.fill_null("")
    _, offsets, data = large.buffers()
    first = np.frombuffer(offsets, dtype=np.int64)[large.offset : large.offset + len(large) + 1]
    if data is None or data.size == 0:
        return first, np.frombuffer(b"\0", dtype=np.uint8)  # read-only like the other
    return first, np.frombuffer(data, dtype=np.uint8)


@numba.njit(nogil=True)
def _mix(key: Any) -> Any:
    key ^= key >> np.uint64(32)
    key *= np.uint64(0x9E3779B97F4A7C15)
    return key ^ (key >> np.uint64(29))


@numba.njit(nogil=True)
def _as_int(data: Any, start: Any, stop: Any) -> Any:
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
    if value > np.uint64(0x7FFFFFFFFFFFFFFF):
        return False, np.int64(0)
    signed = np.int64(value)
    return True, (-signed if minus else signed)


@numba.njit(nogil=True)
def _hash_text(data: Any, start: Any, stop: Any) -> Any:
    h = np.uint64(0xCBF29CE484222325)
    for k in range(start, stop):
        h = (h ^ np.uint64(data[k])) * np.uint64(0x100000001B3)
    return _mix(h)


@numba.njit(nogil=True)
def _same(a: Any, i: Any, j: Any, b: Any, k: Any, m: Any) -> Any:
    if j - i != m - k:
        return False
    for d in range(j - i):  # noqa: SIM110  # numba compiles no generators
        if a[i + d] != b[k + d]:
            return False
    return True


@numba.njit(nogil=True)
def _find_int(key: Any, keys: Any, slots: Any) -> Any:
    mask = np.uint64(slots.size - 1)
    at = _mix(np.uint64(key)) & mask
    while slots[at] != -1:
        if keys[at] == key:
            return np.int64(slots[at])
        at = (at + np.uint64(1)) & mask
    return np.int64(-1)


@numba.njit(nogil=True)
def _find_text(data: Any, start: Any, stop: Any, slots: Any, offsets: Any, ids: Any) -> Any:
    mask = np.uint64(slots.size - 1)
    at = _hash_text(data, start, stop) & mask
    while slots[at] != -1:
        f = slots[at]
        if _same(data, start, stop, ids, offsets[f], offsets[f + 1]):
            return np.int64(f)
        at = (at + np.uint64(1)) & mask
    return np.int64(-1)


@numba.njit(nogil=True)
def _build(offsets: Any, ids: Any, keys: Any, slots: Any, texts: Any, duplicate: Any) -> None:
    mask = np.uint64(slots.size - 1)
    for f in range(offsets.size - 1):
        start, stop = offsets[f], offsets[f + 1]
        whole, key = _as_int(ids, start, stop)
        if whole:
            found = _find_int(key, keys, slots)
            if found < 0:
                at = _mix(np.uint64(key)) & mask
                while slots[at] != -1:
                    at = (at + np.uint64(1)) & mask
                slots[at] = f
                keys[at] = key
        else:
            found = _find_text(ids, start, stop, texts, offsets, ids)
            if found < 0:
                at = _hash_text(ids, start, stop) & mask
                while texts[at] != -1:
                    at = (at + np.uint64(1)) & mask
                texts[at] = f
        duplicate[f] = found


@numba.njit(nogil=True)
def _lookup_ints(values: Any, keys: Any, slots: Any, missing: Any, out: Any) -> None:
    # Two passes a block: the first only touches the slots, so that their cache misses overlap.
    mask = np.uint64(slots.size - 1)
    places = np.empty(_BLOCK, dtype=np.uint64)
    firms = np.empty(_BLOCK, dtype=np.int32)
    for begin in range(0, values.size, _BLOCK):
        count = min(_BLOCK, values.size - begin)
        for i in range(count):
            places[i] = _mix(np.uint64(values[begin + i])) & mask
            firms[i] = slots[places[i]]
        for i in range(count):
            at, f, key = places[i], firms[i], values[begin + i]
            while f != -1 and keys[at] != key:
                at = (at + np.uint64(1)) & mask
                f = slots[at]
            out[begin + i] = missing if f == -1 else f


@numba.njit(nogil=True)
def _lookup_texts(
    offsets: Any,
    data: Any,
    keys: Any,
    slots: Any,
    texts: Any,
    firm_offsets: Any,
    ids: Any,
    missing: Any,
    out: Any,
) -> None:
    for i in range(offsets.size - 1):
        start, stop = offsets[i], offsets[i + 1]
        whole, key = _as_int(data, start, stop)
        if whole:
            f = _find_int(key, keys, slots)
        else:
            f = _find_text(data, start, stop, texts, firm_offsets, ids)
        out[i] = missing if f == -1 else f


@dataclass(frozen=True, eq=False)
class IdLookup:
    """Hash tables from firm ids to firm indices 0 to n-1; n stands for an id not in the table."""

    size: int
    _keys: npt.NDArray[np.int64]
    _slots: npt.NDArray[np.int32]
    _texts: npt.NDArray[np.int32]
    _offsets: npt.NDArray[np.int64]
    _ids: npt.NDArray[np.uint8]

    @classmethod
    def build(cls, ids: pa.Array) -> tuple[IdLookup, npt.NDArray[np.int64]]:
        """Build from unique ids; also return, for each id, the earlier index it repeats or -1."""
        offsets, data = string_buffers(ids)
        n = len(ids)
        capacity = 1 << max(4, int(2 * n).bit_length())
        slots = np.full(capacity, _EMPTY, dtype=np.int32)
        texts = np.full(capacity, _EMPTY, dtype=np.int32)
        keys = np.zeros(capacity, dtype=np.int64)
        duplicate = np.empty(n, dtype=np.int64)
        _build(offsets, data, keys, slots, texts, duplicate)
        if (texts == _EMPTY).all():
            texts = np.full(16, _EMPTY, dtype=np.int32)
        if (slots == _EMPTY).all():
            slots, keys = np.full(16, _EMPTY, dtype=np.int32), np.zeros(16, dtype=np.int64)
        return cls(n, keys, slots, texts, offsets, data), duplicate

    def indices(self, values: pa.Array) -> npt.NDArray[np.int32]:
        """Firm index of each id (integers or texts); n for ids not in the table and nulls."""
        if isinstance(values, pa.DictionaryArray):
            known = np.append(self.indices(values.dictionary), np.int32(self.size))
            codes = values.indices.fill_null(len(values.dictionary))
            chosen: npt.NDArray[np.int32] = known[codes.to_numpy(zero_copy_only=False)]
            return chosen
        out = np.empty(len(values), dtype=np.int32)
        if pa.types.is_integer(values.type):
            numbers = values.cast(pa.int64())
            filled = numbers.fill_null(0) if numbers.null_count else numbers
            _lookup_ints(
                filled.to_numpy(zero_copy_only=False), self._keys, self._slots, self.size, out
            )
        else:
            offsets, data = string_buffers(values)
            _lookup_texts(
                offsets,
                data,
                self._keys,
                self._slots,
                self._texts,
                self._offsets,
                self._ids,
                self.size,
                out,
            )
        if values.null_count:
            out[values.is_null().to_numpy(zero_copy_only=False)] = self.size
        return out
