"""Codes: prefectures, blocks, municipality codes, corporate numbers, and their check digits."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import Values, checked
from connhub.arrow import scalar, text, to_numpy

__all__ = [
    "BLOCKS",
    "PREFECTURES",
    "WARD_TO_CITY",
    "Prefecture",
    "corporate_number_check_digit",
    "country_codes",
    "is_corporate_number",
    "is_municipality_code",
    "municipality_check_digit",
]


@dataclass(frozen=True)
class Prefecture:
    """A prefecture: JIS X 0401 code, names, METI block, and its capital's coordinates."""

    code: str
    name_ja: str
    name_en: str
    block: str
    latitude: float
    longitude: float

    @property
    def short_name_ja(self) -> str:
        """Without 県, 府 and 都, as 東京, but 北海道."""
        return self.name_ja if self.name_ja == "北海道" else self.name_ja[:-1]


def _read_prefectures() -> dict[str, Prefecture]:
    with Path(__file__).with_name("prefectures.csv").open(encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    return {
        r["code"]: Prefecture(
            r["code"],
            r["name_ja"],
            r["name_en"],
            r["block"],
            float(r["latitude"]),
            float(r["longitude"]),
        )
        for r in rows
    }


PREFECTURES: Mapping[str, Prefecture] = _read_prefectures()
"""The 47 prefectures by code, '01' to '47' (JIS X 0401, the same as in ISO 3166-2)."""

BLOCKS: Mapping[str, str] = {
    "hokkaido": "北海道",
    "tohoku": "東北",
    "kanto": "関東",
    "chubu": "中部",
    "kinki": "近畿",
    "chugoku": "中国",
    "shikoku": "四国",
    "kyushu": "九州",
    "okinawa": "沖縄",
}
"""Japanese names of the blocks of METI's regional bureaus, by code."""


# Designated cities and the last code of the wards that follow each (JIS X 0402).
_LAST_WARD: Mapping[str, str] = {
    "01100": "01110",  # 札幌市
    "04100": "04105",  # 仙台市
    "11100": "11110",  # さいたま市
    "12100": "12106",  # 千葉市
    "14100": "14118",  # 横浜市
    "14130": "14137",  # 川崎市
    "14150": "14153",  # 相模原市
    "15100": "15108",  # 新潟市
    "22100": "22103",  # 静岡市
    "22130": "22140",  # 浜松市
    "23100": "23116",  # 名古屋市
    "26100": "26111",  # 京都市
    "27100": "27128",  # 大阪市
    "27140": "27147",  # 堺市
    "28100": "28111",  # 神戸市
    "33100": "33104",  # 岡山市
    "34100": "34108",  # 広島市
    "40100": "40109",  # 北九州市
    "40130": "40137",  # 福岡市
    "43100": "43105",  # 熊本市
}
WARD_TO_CITY: Mapping[str, str] = {
    f"{ward:05d}": city
    for city, last in _LAST_WARD.items()
    for ward in range(int(city) + 1, int(last) + 1)
}
"""Codes of the wards of designated cities, and those of their cities."""


# --- check digits -------------------------------------------------------------


def _digits(codes: Any, width: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Return which texts are `width` ASCII digits, and the digits of those as a matrix."""
    values = text(codes)
    fits = pc.equal(pc.binary_length(values), scalar(width))
    chosen = pc.filter(values, fits)  # without those that are null
    data = chosen.buffers()[2]
    flat = np.frombuffer(data, np.uint8) if len(chosen) else np.empty(0, np.uint8)
    matrix = flat[: len(chosen) * width].reshape(-1, width) - np.uint8(ord("0"))
    numeric = (matrix <= 9).all(axis=1)
    ok = to_numpy(fits, False)
    ok[np.flatnonzero(ok)[~numeric]] = False
    return ok, matrix[numeric].astype(np.int64)


def _check_digit(
    codes: Any, width: int, formula: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]]
) -> npt.NDArray[np.int64]:
    ok, digits = _digits(codes, width)
    out = np.full(ok.size, -1, dtype=np.int64)
    out[ok] = formula(digits)
    return out


def _municipality_formula(digits: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    check: npt.NDArray[np.int64] = (11 - digits @ np.array([6, 5, 4, 3, 2]) % 11) % 10
    return check


def _corporate_formula(digits: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    weights = np.array([2, 1] * 6)  # from the left; 1 for odd places counted from the right
    check: npt.NDArray[np.int64] = 9 - digits @ weights % 9
    return check


@checked
def municipality_check_digit(codes: Values) -> npt.NDArray[np.int64]:
    """Check digit of five-digit municipality codes (JIS X 0402).

    c = (11 - (6 d1 + 5 d2 + 4 d3 + 3 d4 + 2 d5) mod 11) mod 10

    Parameters
    ----------
    codes : sequence of str, or Arrow array of strings, shape (n,)

    Returns
    -------
    ndarray of int64, shape (n,)
        0 to 9; -1 where the text is not five ASCII digits.

    Examples
    --------
    >>> municipality_check_digit(["13101", "1310"])
    array([ 6, -1])
    """
    return _check_digit(codes, 5, _municipality_formula)


@checked
def is_municipality_code(codes: Values) -> npt.NDArray[np.bool_]:
    """Whether texts are municipality codes: of a prefecture, and with the right check digit.

    Five digits, or six with the check digit. Which municipalities exist is not looked up.

    Parameters
    ----------
    codes : sequence of str, or Arrow array of strings, shape (n,)

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> is_municipality_code(["13101", "131016", "131017", "48101"]).tolist()
    [True, True, False, False]
    """
    values = text(codes)
    ok, digits = _digits(values, 6)
    ok[ok] = _municipality_formula(digits[:, :5]) == digits[:, 5]
    ok |= _digits(values, 5)[0]
    known = pc.is_in(pc.utf8_slice_codeunits(values, 0, 2), value_set=text(list(PREFECTURES)))
    both: npt.NDArray[np.bool_] = ok & to_numpy(known)
    return both


@checked
def corporate_number_check_digit(bodies: Values) -> npt.NDArray[np.int64]:
    """Check digit of the twelve-digit body of corporate numbers (法人番号).

    c = 9 - (sum over n = 1..12, from the right, of P_n Q_n) mod 9, Q = 1 for odd n, 2 for even n

    Parameters
    ----------
    bodies : sequence of str, or Arrow array of strings, shape (n,)

    Returns
    -------
    ndarray of int64, shape (n,)
        1 to 9; -1 where the text is not twelve ASCII digits.

    Examples
    --------
    >>> corporate_number_check_digit(["123456789012"])
    array([7])
    """
    return _check_digit(bodies, 12, _corporate_formula)


@checked
def is_corporate_number(ids: Values) -> npt.NDArray[np.bool_]:
    """Whether texts are corporate numbers: thirteen digits, the first the check digit.

    Parameters
    ----------
    ids : sequence of str, or Arrow array of strings, shape (n,)

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> is_corporate_number(["7123456789012", "8123456789012", "x"]).tolist()
    [True, False, False]
    """
    ok, digits = _digits(ids, 13)
    ok[ok] = _corporate_formula(digits[:, 1:]) == digits[:, 0]
    return ok


_JAPAN = ("JPN", "392", "JAPAN", "日本", "日本国")


def country_codes(values: pa.Array) -> pa.Array:
    """Countries in capitals, and Japan by any of its names as JP.

    Parameters
    ----------
    values : Array of texts

    Returns
    -------
    Array of large_string

    Examples
    --------
    >>> country_codes(text(["us", "Japan", "日本"])).to_pylist()
    ['US', 'JP', 'JP']
    """
    folded = pc.utf8_upper(pc.utf8_trim_whitespace(values))
    return pc.if_else(pc.is_in(folded, value_set=text(_JAPAN)), scalar("JP"), folded)
