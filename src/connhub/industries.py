"""Industries by the Japanese standard industrial classification (JSIC, 日本標準産業分類).

`industries.csv` has its divisions and major groups, revision 14, with names short enough to show.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import text
from connhub.labels import Language

__all__ = ["UNKNOWN_INDUSTRY", "divisions", "industry_groups", "industry_label"]

UNKNOWN_INDUSTRY = "unknown"


@dataclass(frozen=True)
class MajorGroup:
    """A major group (中分類): its division (大分類), and names short enough to show."""

    division: str
    name_ja: str
    name_en: str


@cache
def _major_groups() -> Mapping[str, MajorGroup]:
    with Path(__file__).with_name("industries.csv").open(encoding="utf-8") as file:
        return {row.pop("major_group"): MajorGroup(**row) for row in csv.DictReader(file)}


def industry_label(code: str, lang: Language = "ja") -> str:
    """Name of an industry for people, its code in front.

    Parameters
    ----------
    code : str
        Of two digits or more; the name is that of the major group, with ``…`` behind it where the
        code is finer.
    lang : {"ja", "en"}

    Examples
    --------
    >>> industry_label("09"), industry_label("2814", "en"), industry_label("X1")
    ('09 食料品製造業', '2814 Electronic parts and devices …', 'X1')
    >>> industry_label("unknown")
    '産業不明'
    """
    groups = _major_groups()
    group = groups.get(code, groups.get(code[:2]))
    if group is None:
        return code
    name = group.name_ja if lang == "ja" else group.name_en
    if code == UNKNOWN_INDUSTRY:
        return name
    return f"{code} {name}" if len(code) == 2 else f"{code} {name} …"


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
    of_digits = _major_groups().get((digits if letter.isalpha() else code)[:2])
    if letter.isalpha():
        agrees = not digits or (of_digits is not None and of_digits.division == letter)
        return letter if agrees and letter in _divisions() else None
    return None if of_digits is None else of_digits.division


@cache
def _divisions() -> frozenset[str]:
    return frozenset(group.division for group in _major_groups().values() if group.division)


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
