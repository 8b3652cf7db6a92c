"""Prefectures and municipalities by what people call them, for the user's own grouping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from unicodedata import normalize

from connhub.errors import Fault, OptionError
from connhub.regions.codes import PREFECTURES, is_municipality_code
from connhub.regions.municipalities import codes_by_name, known_municipalities

__all__ = ["codes_of_place", "folded_name", "is_place", "with_codes"]


def folded_name(name: str) -> str:
    """A name as it is compared: width, case, blanks and a small ヶ do not count.

    Examples
    --------
    >>> folded_name("新潟県　新潟市"), folded_name("ＮＩＩＧＡＴＡ"), folded_name("鶴ヶ島市")
    ('新潟県新潟市', 'niigata', '鶴ケ島市')
    """
    return "".join(normalize("NFKC", name).casefold().split()).replace("ヶ", "ケ")


@cache
def _prefectures() -> Mapping[str, str]:
    """Codes by the usual names of the prefectures."""
    found = {}
    for p in PREFECTURES.values():
        for name in (p.code, p.name_ja, p.short_name_ja, p.name_en):
            found[folded_name(name)] = p.code
    return found


@cache
def _municipalities() -> Mapping[str, tuple[str, ...]]:
    """Codes by the names of the municipalities, with and without their prefecture."""
    known = known_municipalities()
    by_name = codes_by_name(known, (m.name for m in known.values()))
    found: dict[str, tuple[str, ...]] = {}
    for name, codes in by_name.items():
        found[folded_name(name)] = codes
    return found


def codes_of_place(place: str) -> tuple[str, ...]:
    """Codes that a text may mean: a code itself, or those of a prefecture or municipality.

    Parameters
    ----------
    place : str

    Returns
    -------
    tuple of str
        Several where municipalities share the name; none for what is no place.

    Examples
    --------
    >>> codes_of_place("新潟県"), codes_of_place("新潟"), codes_of_place("15")
    (('15',), ('15',), ('15',))
    >>> codes_of_place("新潟市"), codes_of_place("151009"), codes_of_place("府中市")
    (('15100',), ('151009',), ('13206', '34208'))
    >>> codes_of_place("東京都府中市"), codes_of_place("どこか")
    (('13206',), ())
    """
    if is_municipality_code([place])[0]:
        return (place,)
    name = folded_name(place)
    if name in _prefectures():
        return (_prefectures()[name],)
    if is_municipality_code([name])[0]:  # full width
        return (name,)
    return _municipalities().get(name, ())


def is_place(text: str) -> bool:
    """Whether a text is a code or a name of a prefecture or municipality.

    Examples
    --------
    >>> is_place("15"), is_place("横須賀市"), is_place("圏域")
    (True, True, False)
    """
    return bool(codes_of_place(text))


def with_codes(pairs: Iterable[tuple[object, object]]) -> list[tuple[object, object]]:
    """Pairs of place and region, with the code of each place that is given by name.

    Parameters
    ----------
    pairs : iterable of pairs
        What is no place stays as it is.

    Returns
    -------
    list of pairs

    Raises
    ------
    OptionError
        For names that several municipalities bear.

    Examples
    --------
    >>> with_codes([("新潟市", "下越"), ("13", "首都"), ("長岡市", "中越")])
    [('15100', '下越'), ('13', '首都'), ('15202', '中越')]
    """
    coded, ambiguous = [], []
    for place, region in pairs:
        codes = codes_of_place(place) if isinstance(place, str) else ()
        if len(codes) > 1:
            ambiguous.append(f"{place} {', '.join(codes)}")
        coded.append((codes[0] if codes else place, region))
    if ambiguous:
        raise OptionError(Fault("regions.ambiguous_places", examples=ambiguous))
    return coded
