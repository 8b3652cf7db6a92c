"""Divisions of the Japanese standard industrial classification (JSIC, 日本標準産業分類)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pyarrow as pa

from connhub.arrow import text

__all__ = ["DIVISIONS", "UNKNOWN_INDUSTRY", "divisions"]

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
