"""Divisions of the Japanese standard industrial classification (JSIC, 日本標準産業分類)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import text

__all__ = ["DIVISIONS", "UNKNOWN_INDUSTRY", "divisions", "industry_groups"]

UNKNOWN_INDUSTRY = "unknown"

_FIRST_MAJOR_GROUP = (
    "A01 B03 C05 D06 E09 F33 G37 H42 I50 J62 K68 L71 M75 N78 O81 P83 Q86 R88 S97 T99"
)
"""Letter of each division, and its first major group; the groups run on from 01 to 99."""


@cache
def _division_of_group() -> Mapping[str, str]:
    firsts = {int(word[1:]): word[0] for word in _FIRST_MAJOR_GROUP.split()}
    found, letter = {}, "A"
    for group in range(1, 100):
        letter = firsts.get(group, letter)
        found[f"{group:02d}"] = letter
    return found


DIVISIONS: tuple[str, ...] = tuple(word[0] for word in _FIRST_MAJOR_GROUP.split())
"""Letters, in order."""


def divisions(codes: pa.Array) -> pa.Array:
    """Division of each code of an industry.

    Parameters
    ----------
    codes : Array of texts
        A letter, perhaps followed by digits (``"E"``, ``"E09"``), or a code of two to four digits
        with its leading zero.

    Returns
    -------
    Array of large_string
        ``"A"`` to ``"T"``; null for what is no code of the classification.

    References
    ----------
    総務省, 日本標準産業分類, 第14回改定 (2023).

    Examples
    --------
    >>> divisions(pa.array(["0111", "09", "E", "E3299", "99", "5", "00", None])).to_pylist()
    ['A', 'E', 'E', 'E', 'T', None, None, None]
    """
    encoded = text(codes).dictionary_encode()
    found = [_division(code) for code in encoded.dictionary.to_pylist()]
    return pa.array(found, pa.large_string()).take(encoded.indices)


def _division(code: str) -> str | None:
    letter, digits = code[:1].upper(), code[1:]
    if letter in DIVISIONS and (not digits or _division_of_group().get(digits[:2]) == letter):
        return letter
    return _division_of_group().get(code[:2])


def industry_groups(codes: pa.Array, digits: int) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Group firms by the first digits of their codes.

    Parameters
    ----------
    codes : Array of texts
        Of any classification; a letter of JSIC before digits is left out.
    digits : int
        How many digits count.

    Returns
    -------
    names : list of str
        In order.
    position : ndarray of int64
        Of the group of each code among the names; their number for null and empty.

    Examples
    --------
    >>> names, position = industry_groups(pa.array(["2814", "E28", "0911", None]), 2)
    >>> names, position.tolist()
    (['09', '28'], [1, 1, 0, 2])
    """
    begins = pc.replace_substring_regex(text(codes), "^[A-Ta-t]([0-9])", r"\1")
    begins = pc.utf8_slice_codeunits(begins, 0, digits)
    begins = pc.if_else(pc.equal(begins, ""), pa.scalar(None, begins.type), begins)
    names = pc.unique(begins).drop_null()
    names = names.take(pc.sort_indices(names))
    position = pc.fill_null(pc.index_in(begins, value_set=names), len(names))
    return names.to_pylist(), position.to_numpy(zero_copy_only=False).astype(np.int64)
