"""The one directory of regions: finds a region by what people call it, and labels it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import get_args

from connhub.arguments import checked
from connhub.errors import Fault, OptionError
from connhub.labels import Language
from connhub.regions.codes import BLOCKS, PREFECTURES, is_municipality_code
from connhub.regions.municipalities import codes_by_name
from connhub.regions.places import folded_name
from connhub.regions.scheme import OVERSEAS, UNKNOWN
from connhub.text.catalogue import Message
from connhub.text.names import plain

__all__ = ["RegionDirectory", "region_label"]

_OUTSIDE: Mapping[str, Mapping[Language, str]] = {
    OVERSEAS: {"ja": "海外", "en": "Overseas"},
    UNKNOWN: {"ja": "不明", "en": "Unknown"},
}


@dataclass(frozen=True, eq=False)
class RegionDirectory:
    """The regions of an analysis, by code and name.

    Parameters
    ----------
    codes, names : tuple of str, length R
        Without overseas and unknown, which every directory knows.

    Examples
    --------
    >>> directory = RegionDirectory(("13", "15"), ("東京都", "新潟県"))
    >>> [directory.find(name) for name in ("15", "新潟県", "新潟", "Niigata", "海外")]
    ['15', '15', '15', '15', 'overseas']
    >>> directory.label("15", "en"), directory.label("15", short=True)
    ('Niigata', '新潟')
    >>> RegionDirectory(("13206", "14201"), ("東京都 府中市", "横須賀市")).find("府中市")
    '13206'
    >>> directory.find("新泻")
    Traceback (most recent call last):
    connhub.errors.OptionError: there is no region '新泻'
      fix: Did you mean '新潟県'? Known: '13 東京都', '15 新潟県'.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    @checked
    def of(cls, codes: Iterable[str], names: Iterable[str]) -> RegionDirectory:
        """Directory of the pairs, each once.

        Parameters
        ----------
        codes, names : iterable of str
            As many names as codes.
        """
        pairs = dict(zip(codes, names, strict=True))
        return cls(tuple(pairs), tuple(pairs.values()))

    @cached_property
    def name_of(self) -> Mapping[str, str]:
        """Name of each region by code."""
        return dict(zip(self.codes, self.names, strict=True))

    @cached_property
    def _code_of(self) -> Mapping[str, str]:
        """Code by everything that a region may be called; the user's own names win."""
        found: dict[str, str] = {}
        for code, name in self.name_of.items():
            found.setdefault(folded_name(code), code)
            found.setdefault(folded_name(name), code)
        for code in (*self.codes, OVERSEAS, UNKNOWN):
            for lang in ("ja", "en"):
                for short in (False, True):
                    label = region_label(code, self.name_of.get(code), lang, short=short)
                    found.setdefault(folded_name(label), code)
        return found

    @cached_property
    def _municipalities(self) -> Mapping[str, tuple[str, ...]]:
        """Codes of the municipalities by name, with and without their prefecture."""
        named = [(code, name) for code, name in self.name_of.items() if code != name]
        fits = is_municipality_code([code for code, _ in named])
        local = [pair for pair, fit in zip(named, fits, strict=True) if fit]
        if not local:
            return {}
        found = codes_by_name(*zip(*local, strict=True))
        return {folded_name(name): codes for name, codes in found.items()}

    @checked
    def find(self, region: str) -> str:
        """Code of the region that is meant, by its code or by any of its usual names.

        Parameters
        ----------
        region : str
            ``"15"``, ``"新潟県"``, ``"新潟"`` and ``"Niigata"`` are the same; so are ``"13206"``,
            ``"東京都 府中市"`` and, where there is no other of the name, ``"府中市"``.

        Raises
        ------
        OptionError
            For what is no region; it suggests the closest names. For a name that several
            municipalities bear; it lists them.
        """
        if region in self.name_of:
            return region
        code = self._code_of.get(folded_name(region))
        if code is not None:
            return code
        codes = self._municipalities.get(folded_name(region), ())
        if not codes:
            raise OptionError(self._not_found(region))
        if len(codes) > 1:
            known = [f"{code} {self.name_of[code]}" for code in codes]
            raise OptionError(Fault("regions.ambiguous", region=region, known=known))
        return codes[0]

    @checked
    def find_home(self, region: str) -> str:
        """Code of a region that firms may lie in; as `find`, but not what is abroad or unknown.

        Parameters
        ----------
        region : str

        Raises
        ------
        OptionError
        """
        code = self.find(region)
        if code not in self.codes:
            raise OptionError(Fault("regions.no_home", region=self.in_languages(code)))
        return code

    def _not_found(self, region: str) -> Fault:
        known = [c if c == n else f"{c} {n}" for c, n in self.name_of.items()]
        known.sort(key=lambda name: not name.startswith(region))  # 15: municipalities of Niigata
        # Of two characters one may be wrong: 新泻 for 新潟. Codes only look alike.
        names = [] if region.isdigit() else list(self._code_of)
        close = get_close_matches(folded_name(region), names, n=1, cutoff=0.5)
        if not close:
            suggestion = Message("errors.known_words", known=known)
        else:
            guess = self.label(self._code_of[close[0]], "en" if region.isascii() else "ja")
            suggestion = Message("errors.did_you_mean", guess=guess, known=known)
        return Fault("regions.not_found", region=region, suggestion=suggestion)

    @checked
    def label(self, code: str, lang: Language = "ja", *, short: bool = False) -> str:
        """Name of a region for people, the official one, else the user's own.

        Parameters
        ----------
        code : str
        lang : {"ja", "en"}
        short : bool
            Without 県, 府 and 都 (東京, but 北海道).
        """
        return region_label(code, self.name_of.get(code), lang, short=short)

    @checked
    def in_languages(self, code: str) -> Mapping[Language, str]:
        """Name of a region in each language, as a value of a message that is shown in any.

        Parameters
        ----------
        code : str

        Examples
        --------
        >>> RegionDirectory(("15",), ("新潟県",)).in_languages("15")
        {'ja': '新潟県', 'en': 'Niigata'}
        """
        return {lang: self.label(code, lang) for lang in get_args(Language)}


def region_label(
    code: str, name: str | None = None, lang: Language = "ja", *, short: bool = False
) -> str:
    """Name of a region for people: official names in both languages, else the user's own.

    Parameters
    ----------
    code, name : str
        Code of the region, and the name that a result has for it.
    lang : {"ja", "en"}
    short : bool
        Without 県, 府 and 都 (東京, but 北海道).

    Examples
    --------
    >>> region_label("15"), region_label("15", short=True), region_label("15", lang="en")
    ('新潟県', '新潟', 'Niigata')
    >>> region_label("overseas", lang="en"), region_label("tohoku"), region_label("A", "東の圏")
    ('Overseas', '東北', '東の圏')
    """
    if code in _OUTSIDE:
        return _OUTSIDE[code][lang]
    own = plain(name) or plain(code)
    prefecture = PREFECTURES.get(code)
    if prefecture is not None and name in (None, prefecture.name_ja):
        if lang == "en":
            return prefecture.name_en
        return prefecture.short_name_ja if short else prefecture.name_ja
    if code in BLOCKS and own in (code, BLOCKS[code]):
        return BLOCKS[code] if lang == "ja" else code.capitalize()
    return own
