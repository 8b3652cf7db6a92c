"""Ids of firms as they come: integers or texts, whatever Arrow type holds them.

An id is never taken from a type that may have lost some of its digits, such as floating-point
numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import from_numpy, rows_where, scalar, text, whole
from connhub.errors import ColumnError, Fault

__all__ = ["check_id_type", "folded", "plain_ids", "trimmed"]

Rows = npt.NDArray[np.int64]
_NONE: Rows = np.empty(0, dtype=np.int64)
_DIGITS = 76  # of the widest decimal
_UUID_DIGITS = np.array([i for i in range(36) if i not in (8, 13, 18, 23)])


def check_id_type(kind: pa.DataType, column: str, file: str) -> None:
    """Refuse ids of a type that holds neither texts nor whole numbers.

    Parameters
    ----------
    kind : DataType
    column, file : str
        For the message.

    Raises
    ------
    ColumnError
    """
    inner = _inner_type(kind)
    types = pa.types
    if types.is_floating(inner):
        raise ColumnError(Fault("intake.id_float", type=str(kind), file=file, column=column))
    good = types.is_integer(inner) or types.is_decimal(inner) or types.is_null(inner)
    if not (good or _is_text(inner) or _is_binary(inner)):
        raise ColumnError(Fault("intake.id_type", type=str(kind), file=file, column=column))


def _inner_type(kind: pa.DataType) -> pa.DataType:
    if isinstance(kind, pa.DictionaryType | pa.RunEndEncodedType):
        return _inner_type(kind.value_type)
    return _inner_type(kind.storage_type) if isinstance(kind, pa.BaseExtensionType) else kind


def _is_text(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _is_binary(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_binary_view(kind)
        or types.is_fixed_size_binary(kind)
    )


def plain_ids(values: Any) -> tuple[pa.Array, Rows]:
    """Ids as integers or texts, perhaps dictionary-encoded, with no digit lost.

    Parameters
    ----------
    values : Array or ChunkedArray
        Of a type that `check_id_type` lets pass.

    Returns
    -------
    ids : Array
        Of int64, or of texts where a number is larger.
    bad : ndarray of int64
        Rows of numbers with a fraction, and of bytes that are no text; null in `ids`.

    Examples
    --------
    >>> from decimal import Decimal
    >>> ids, bad = plain_ids(pa.array([Decimal("12.00"), Decimal("0.50")]))
    >>> ids.to_pylist(), bad.tolist()
    ([12, None], [1])
    >>> plain_ids(pa.array([b"a", b"01"]))[0].to_pylist()
    ['a', '01']
    """
    values = whole(values)
    kind = values.type
    if isinstance(kind, pa.RunEndEncodedType):
        return plain_ids(pc.run_end_decode(values))
    if isinstance(kind, pa.DictionaryType):
        return _plain_dictionary(values)
    if isinstance(kind, pa.BaseExtensionType):
        name = getattr(kind, "extension_name", "")
        if name == "arrow.uuid":
            return _of_uuids(values.storage), _NONE
        if name == "arrow.opaque" and "hugeint" in kind.type_name:
            return _of_huge_integers(values.storage, kind.type_name == "hugeint"), _NONE
        return plain_ids(values.storage)
    if pa.types.is_decimal(kind):
        return _of_decimals(values)
    if pa.types.is_integer(kind):
        return _of_integers(values), _NONE
    if _is_binary(kind):
        return _of_bytes(values)
    if pa.types.is_string_view(kind):
        return text(values), _NONE
    return values, _NONE


# What carries no meaning: the .0 of floats, the apostrophe of texts, the T of invoice numbers.
_FOLDED_FORMS = (
    (r"^['’](.+)$", r"\1"),
    (r"^([0-9]+)\.0+$", r"\1"),
    (r"^[Tt]-?([0-9]{13})$", r"\1"),
)
# Characters of CP932 that are decoded in two ways; after NFKC.
_PAIRS = (("\u301c", "~"), ("\u2212", "-"), ("\u2225", "\u2016"), ("\u2014", "\u2015"))


def folded(values: pa.Array) -> pa.Array:
    """Ids folded: by NFKC, and without what carries no meaning; integers as they are.

    Parameters
    ----------
    values : Array

    Returns
    -------
    Array

    Examples
    --------
    >>> folded(pa.array(["１２", "'12", "12.0", "T7010001000018", "甲〜乙", "甲～乙"])).to_pylist()
    ['12', '12', '12', '7010001000018', '甲~乙', '甲~乙']
    """
    if pa.types.is_integer(values.type):
        return values
    texts = pc.utf8_trim_whitespace(pc.utf8_normalize(text(values), form="NFKC"))
    for one, other in _PAIRS:
        texts = pc.replace_substring(texts, one, other)
    for form, kept in _FOLDED_FORMS:
        texts = pc.replace_substring_regex(texts, form, kept)
    return texts


def trimmed(values: pa.Array) -> pa.Array:
    """Texts without blanks around them; integers as they are.

    Parameters
    ----------
    values : Array

    Returns
    -------
    Array
    """
    kind = values.type.value_type if isinstance(values, pa.DictionaryArray) else values.type
    if pa.types.is_integer(kind):
        return values
    return pc.utf8_trim_whitespace(text(values))


def _plain_dictionary(values: pa.DictionaryArray) -> tuple[pa.Array, Rows]:
    known = values.dictionary
    inner, bad = plain_ids(known)
    if inner is known:
        return values, bad
    ids = pa.DictionaryArray.from_arrays(values.indices, inner, safe=False)
    if bad.size:
        bad = rows_where(pc.is_in(values.indices, from_numpy(bad).cast(values.indices.type)))
    return ids, bad


def _of_integers(values: pa.Array) -> pa.Array:
    if pa.types.is_uint64(values.type) and (pc.max(values).as_py() or 0) >= 2**63:
        return values.cast(pa.large_string())
    return values if values.type == pa.int64() else values.cast(pa.int64())


def _of_decimals(values: pa.Array) -> tuple[pa.Array, Rows]:
    scale = values.type.scale
    if scale == 0:
        try:
            if values.type.bit_width < 128:  # Arrow casts these wrongly
                return values.cast(pa.decimal128(38, 0)).cast(pa.int64()), _NONE
            return values.cast(pa.int64()), _NONE
        except pa.ArrowInvalid:  # more digits than an integer has room for
            return values.cast(pa.large_string()), _NONE
    wide, bad = values.cast(pa.decimal256(_DIGITS, max(scale, 0))), _NONE
    if scale > 0:
        bad = rows_where(pc.not_equal(wide, pc.floor(wide)))
        if bad.size:
            mask = np.zeros(len(wide), dtype=bool)
            mask[bad] = True
            wide = pc.if_else(from_numpy(mask), pa.scalar(None, wide.type), wide)
        wide = wide.cast(pa.decimal256(_DIGITS, 0))
    return _of_decimals(wide)[0], bad


def _of_bytes(values: pa.Array) -> tuple[pa.Array, Rows]:
    padded = pa.types.is_fixed_size_binary(values.type)
    raw = values.cast(pa.large_binary())
    try:
        ids, bad = raw.cast(pa.large_string()), _NONE
    except pa.ArrowInvalid:
        decoded = [_decoded(value) for value in raw.to_pylist()]
        ids = text(decoded)
        bad = rows_where(pc.and_(ids.is_null(), raw.is_valid()))
    return (pc.utf8_rtrim(ids, characters="\0") if padded else ids), bad


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _of_uuids(values: pa.Array) -> pa.Array:
    """UUIDs as they are written: 32 hexadecimal digits in five groups."""
    n = len(values)
    raw = np.frombuffer(values.buffers()[1] or b"", dtype=np.uint8)
    raw = raw[16 * values.offset : 16 * (values.offset + n)]
    written = np.full((n, 36), ord("-"), dtype=np.uint8)
    digits = np.stack([raw >> 4, raw & 15], axis=1).reshape(n, 32)
    written[:, _UUID_DIGITS] = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)[digits]
    offsets = np.arange(n + 1, dtype=np.int64) * 36
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(written)]
    texts = pa.Array.from_buffers(pa.large_string(), n, buffers)
    if not values.null_count:
        return texts
    return pc.if_else(values.is_valid(), texts, scalar(None))


def _of_huge_integers(values: pa.Array, signed: bool) -> pa.Array:
    """Integers of 128 bits, the lowest byte first."""
    raw = values.to_pylist()
    numbers = [None if v is None else int.from_bytes(v, "little", signed=signed) for v in raw]
    texts = text([None if n is None else str(n) for n in numbers])
    try:
        return texts.cast(pa.int64())
    except pa.ArrowInvalid:
        return texts
