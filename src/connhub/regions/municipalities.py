"""The municipalities of today (JIS X 0402): their codes and names.

``municipalities.csv`` holds them and the wards of designated cities, as the postal code data of
Japan Post name them (October 2026). It is read when it is first needed. A code that is not in the
list is no error: the list serves to name municipalities, and to recognize damaged codes.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import Values, checked
from connhub.arrow import from_numpy, scalar, text, to_numpy
from connhub.regions.codes import PREFECTURES, is_municipality_code

__all__ = [
    "Municipality",
    "codes_by_name",
    "codes_of_names",
    "is_known_municipality",
    "known_municipalities",
    "municipality_labels",
    "municipality_names",
    "with_leading_zero",
]


@dataclass(frozen=True)
class Municipality:
    """A municipality, or a ward of a designated city.

    Parameters
    ----------
    code : str
        Five digits.
    name : str
        A ward has its city in front: 横浜市鶴見区.
    kind : {"designated_city", "city", "special_ward", "town", "village", "ward"}
    """

    code: str
    name: str
    kind: str

    @property
    def prefecture(self) -> str:
        """Japanese name of the prefecture."""
        return PREFECTURES[self.code[:2]].name_ja


@cache
def known_municipalities() -> Mapping[str, Municipality]:
    """All municipalities of the list by code.

    Returns
    -------
    mapping of str to Municipality

    Examples
    --------
    >>> known_municipalities()["14201"].name, known_municipalities()["14201"].kind
    ('横須賀市', 'city')
    """
    with Path(__file__).with_name("municipalities.csv").open(encoding="utf-8") as f:
        return {row["code"]: Municipality(**row) for row in csv.DictReader(f)}


@checked
def is_known_municipality(codes: Values) -> npt.NDArray[np.bool_]:
    """Whether texts are codes of the list.

    Parameters
    ----------
    codes : sequence of str, or Arrow array of strings, shape (n,)
        Five digits, or six with the right check digit.

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> is_known_municipality(["14201", "142018", "142019", "14999"]).tolist()
    [True, True, False, False]
    """
    distinct = text(codes).dictionary_encode()  # few codes, many firms
    values = distinct.dictionary
    listed = pc.is_in(
        pc.utf8_slice_codeunits(values, 0, 5),
        value_set=text(list(known_municipalities())),
    )
    known = to_numpy(listed) & is_municipality_code(values)
    positions = to_numpy(distinct.indices, len(values))
    found: npt.NDArray[np.bool_] = np.append(known, False)[positions]
    return found


def with_leading_zero(codes: Any) -> pa.Array:
    """Codes of four or five digits that are of the official list once a 0 is put in front.

    Four digits are read as a code of five, five digits as a code of six with its check digit.
    Five digits may be a code of the list as they are: what the column means is for the caller
    to decide.

    Parameters
    ----------
    codes : sequence of str, or Arrow array of strings, shape (n,)

    Returns
    -------
    Array of large_string, shape (n,)
        The code with its 0; null where that is not of the list.

    Examples
    --------
    >>> with_leading_zero(["1202", "12025", "14201", "142018", "1999"]).to_pylist()
    ['01202', '012025', None, None, None]
    """
    values = text(codes)
    zero, nothing = (scalar(word) for word in ("0", ""))
    long = pc.binary_join_element_wise(zero, values, nothing)
    short = pc.less_equal(pc.binary_length(values), scalar(5))
    fits = pc.and_kleene(short, from_numpy(is_known_municipality(long)))
    return pc.if_else(fits, long, scalar(None))


def municipality_names(codes: Any, names: Any) -> dict[str, str]:
    """Name of each municipality as a table gives it: the one most of its rows have.

    Parameters
    ----------
    codes, names : sequences of str, or Arrow arrays of strings, shape (n,)
        Rows whose code is that of a ward, or without a name, count for nothing.

    Returns
    -------
    dict
        Name by code of five digits.

    Examples
    --------
    >>> municipality_names(["14201", "142018", "14201"], ["横須賀", "横須賀市", "横須賀市"])
    {'14201': '横須賀市'}
    """
    pairs = pa.table({"code": text(codes), "name": pc.utf8_trim_whitespace(text(names))})
    counts = pairs.group_by(["code", "name"]).aggregate([([], "count_all")])
    given: dict[str, Counter[str]] = defaultdict(Counter)
    fits = is_municipality_code(counts["code"])
    for row, fit in zip(counts.to_pylist(), fits, strict=True):
        if fit and row["name"]:
            given[row["code"][:5]][row["name"]] += row["count_all"]
    return {code: max(sorted(c), key=c.__getitem__) for code, c in sorted(given.items())}


def municipality_labels(codes: Sequence[str], given: Mapping[str, str] | None = None) -> list[str]:
    """Names of municipalities for people, each different from the others.

    A name that municipalities of several prefectures bear has its prefecture in front (東京都
    府中市, 広島県 府中市), also where a list has only one of them. Where a prefecture has a name
    twice, the code stands behind.

    Parameters
    ----------
    codes : sequence of str
        Codes of five digits, each once.
    given : mapping, optional
        Names by code that win over the official ones.

    Returns
    -------
    list of str
        A code that is not of the list has its prefecture in front.

    Examples
    --------
    >>> municipality_labels(["13206", "14201", "14999"])
    ['東京都 府中市', '横須賀市', '神奈川県 14999']
    >>> municipality_labels(["14201"], {"14201": "よこすか"})
    ['よこすか']
    """
    official = known_municipalities()
    names = {c: m.name for c in codes if (m := official.get(c))} | dict(given or {})
    bearers = defaultdict(set)
    for code in codes:
        bearers[names.get(code, code)].add(code[:2])
    labels = []
    for code in codes:
        name = names.get(code, code)
        everywhere = bearers[name] | _prefectures_of_names().get(name, frozenset())
        alone = code in names and len(everywhere) == 1
        labels.append(name if alone else f"{PREFECTURES[code[:2]].name_ja} {name}")
    times = Counter(labels)
    return [
        label if times[label] == 1 else f"{label} {code}"
        for label, code in zip(labels, codes, strict=True)
    ]


@cache
def _prefectures_of_names() -> Mapping[str, frozenset[str]]:
    """Codes of the prefectures that have a municipality of the name."""
    found: dict[str, set[str]] = defaultdict(set)
    for m in known_municipalities().values():
        found[m.name].add(m.code[:2])
    return {name: frozenset(prefectures) for name, prefectures in found.items()}


def codes_by_name(codes: Iterable[str], labels: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Codes by what municipalities are called without and with their prefecture.

    Parameters
    ----------
    codes, labels : iterables of str
        Municipalities, and how they are labelled.

    Returns
    -------
    dict
        Codes by name, several where the name is ambiguous.

    Examples
    --------
    >>> codes_by_name(["13206", "34208"], ["東京都 府中市", "広島県 府中市"])["府中市"]
    ('13206', '34208')
    """
    found: dict[str, dict[str, None]] = defaultdict(dict)
    official = known_municipalities()
    for code, label in zip(codes, labels, strict=True):
        prefecture = PREFECTURES[code[:2]].name_ja
        names = {label.removeprefix(f"{prefecture} ").removesuffix(f" {code}")}
        if code in official:
            names.add(official[code].name)
        for name in names:
            found[name][code] = found[f"{prefecture}{name}"][code] = None
    return {name: tuple(of) for name, of in found.items()}


@cache
def _official_codes_by_name() -> Mapping[str, tuple[str, ...]]:
    return codes_by_name(known_municipalities(), (m.name for m in known_municipalities().values()))


def codes_of_names(names: Iterable[str]) -> list[str]:
    """Names that are of the official list, each with its codes, for messages.

    Parameters
    ----------
    names : iterable of str
        With or without their prefecture.

    Returns
    -------
    list of str
        Names that are not of the list are left out.

    Examples
    --------
    >>> codes_of_names(["横須賀市", "府中市", "x"])
    ['横須賀市 14201', '府中市 13206, 34208']
    """
    found = []
    for name in names:
        codes = _official_codes_by_name().get("".join(name.split()), ())
        if codes:
            found.append(f"{name} {', '.join(codes)}")
    return found
