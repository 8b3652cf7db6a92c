"""Prefectures as people write them: 東京都, 東京, Tokyo, 13, 13000, 130001."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from unicodedata import combining, normalize

import pyarrow as pa

from connhub.arrow import text
from connhub.regions.codes import PREFECTURES, municipality_check_digit

__all__ = ["prefecture_code", "prefecture_codes"]

_CODE = re.compile(r"(\d\d)(?:000(\d)?)?", re.ASCII)
_BOTH = re.compile(r"(\d+)[\s_:\-.]*([^\d\s_:\-.].*)", re.ASCII)
_SUFFIX = re.compile(r"(?:[- ]?(?:to|fu|ken)|[- ]?(?:prefecture|pref\.?|metropolis))$")


@cache
def _names() -> Mapping[str, str]:
    """Codes by Japanese name, with and without 都, 府 and 県, and by English name."""
    found: dict[str, str] = {}
    for p in PREFECTURES.values():
        for name in (p.name_ja, p.short_name_ja, p.name_en.casefold()):
            found[name] = p.code
    return found


@cache
def prefecture_code(content: str) -> str | None:
    """Code of the prefecture that a text means; None where it means none.

    Parameters
    ----------
    content : str
        A code needs its leading zero and plain digits, and its check digit where it has six.

    Examples
    --------
    >>> [prefecture_code(t) for t in ("東京都", " 東 京　", "Tokyo", "13", "13000", "130001")]
    ['13', '13', '13', '13', '13', '13']
    >>> [prefecture_code(t) for t in ("1", "０１", "48", "130002", "東京区")]
    [None, None, None, None, None]
    """
    found = content.strip()
    if code := _CODE.fullmatch(found):
        fits = code[2] is None or int(code[2]) == int(
            municipality_check_digit([f"{code[1]}000"])[0]
        )
        return code[1] if code[1] in PREFECTURES and fits else None
    folded = normalize("NFKC", found).casefold()
    if both := _BOTH.fullmatch(folded):  # 13 東京都
        code_of_both = prefecture_code(both[1])
        return code_of_both if code_of_both == prefecture_code(both[2]) else None
    plain = "".join(c for c in normalize("NFD", folded) if not combining(c))
    names = _names()
    japanese = "".join(folded.split())
    return names.get(japanese) or names.get(plain) or names.get(_SUFFIX.sub("", plain))


def prefecture_codes(values: pa.Array) -> pa.Array:
    """Codes of prefectures; null where a text means none.

    Parameters
    ----------
    values : Array of texts

    Returns
    -------
    Array of large_string
    """
    encoded = text(values).dictionary_encode()  # few are distinct
    words = encoded.dictionary.to_pylist()
    codes = text([prefecture_code(word) for word in words])
    return codes.take(encoded.indices)
