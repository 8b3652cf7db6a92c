"""The one directory of regions: finds one by what people call it, and labels it."""

from __future__ import annotations

from connhub.regions.codes import BLOCKS, PREFECTURES
from connhub.regions.scheme import OVERSEAS, UNKNOWN
from connhub.schema import Language
from connhub.text.names import plain

__all__ = ["region_label"]

_OUTSIDE: dict[str, dict[Language, str]] = {
    OVERSEAS: {"ja": "海外", "en": "Overseas"},
    UNKNOWN: {"ja": "不明", "en": "Unknown"},
}


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
        cut = short and prefecture.name_ja != "北海道"
        return prefecture.name_ja[:-1] if cut else prefecture.name_ja
    if code in BLOCKS and own in (code, BLOCKS[code]):
        return BLOCKS[code] if lang == "ja" else code.capitalize()
    return own
