"""Names and other texts of the user's data, made fit to be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import PurePath
from unicodedata import combining, east_asian_width

from connhub.labels import Language

__all__ = [
    "as_clause",
    "as_sentence",
    "file_names",
    "firm_label",
    "neutral",
    "plain",
    "shortened",
    "width",
]


@lru_cache(1 << 12)  # names and labels are measured again and again
def width(content: str) -> int:
    """Columns that a text takes: two for each full-width character, none for combining marks.

    Examples
    --------
    >>> width("新潟 A"), width("ﾆｲｶﾞﾀ")
    (6, 5)
    """
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in content)


_KEPT = "\u3000\u200d"  # the full-width blank, and what joins emoji


def plain(content: object) -> str:
    r"""Make a text of the user's data one printable line; nothing else is changed.

    Line ends, tabs and unusual blanks become blanks; control characters, and marks that turn the
    direction of writing, become "?".

    Examples
    --------
    >>> plain("株式会社\n甲"), plain("甲\a乙"), plain(None)
    ('株式会社 甲', '甲?乙', '')
    """
    if not isinstance(content, str):
        return ""
    if content.isprintable():  # as nearly all are
        return content
    return "".join(
        c if c.isprintable() or c in _KEPT else " " if c.isspace() else "?" for c in content
    )


_FORMULA = re.compile(r"[\s\ufeff]*(?:[=+@＝＋＠﹦﹢﹫]|[-－﹣](?![\d.,]*$))")


def neutral(content: str) -> str:
    r"""Make a text of the user's data one that a spreadsheet shows and does not run.

    As `plain`, with an apostrophe before what a spreadsheet would take for a formula: also behind
    blanks and line ends, and with the full-width signs that Excel reads as plain ones. A negative
    number is none.

    Examples
    --------
    >>> neutral("=1+1"), neutral("\n＝1+1"), neutral("甲\a乙"), neutral("-5"), neutral("-a")
    ("'=1+1", "' ＝1+1", '甲?乙', '-5', "'-a")
    """
    if content.isprintable() and content[:1].isalnum():
        return content
    return ("'" if _FORMULA.match(content) else "") + plain(content)


def shortened(content: object, columns: int = 24) -> str:
    """Cut a text to so many columns, the last an ellipsis.

    Examples
    --------
    >>> shortened("株式会社あいうえお製作所", 14), shortened("甲社", 14)
    ('株式会社あい…', '甲社')
    """
    shown = plain(content)
    if width(shown) <= columns:
        return shown
    room, beginning = columns - 1, ""
    for character in shown:
        room -= width(character)
        if room < 0:
            break
        beginning += character
    return f"{beginning}…"


def as_clause(label: str, lang: Language) -> str:
    """A label as it stands within a sentence or a title.

    Examples
    --------
    >>> as_clause("Hub degree", "en"), as_clause("ハブ度", "ja")
    ('hub degree', 'ハブ度')
    """
    return label if lang == "ja" else label[:1].lower() + label[1:]


def as_sentence(note: str, lang: Language) -> str:
    """A note as a sentence of its own, with its full stop.

    Examples
    --------
    >>> as_sentence("newly seen is not new", "en"), as_sentence("集計値", "ja")
    ('Newly seen is not new.', '集計値。')
    >>> as_sentence("There is nothing.", "en"), as_sentence("", "ja")
    ('There is nothing.', '')
    """
    note = note.strip()
    if lang == "en":
        note = note[:1].upper() + note[1:]
    return note if not note or note[-1] in ".。:!?" else f"{note}{'.' if lang == 'en' else '。'}"


def firm_label(name: object, firm_id: object, columns: int = 24) -> str:
    """Name of a firm for people, cut to so many columns; its id where it has no name.

    Examples
    --------
    >>> firm_label("株式会社甲", "7123456789012"), firm_label(None, "7123456789012")
    ('株式会社甲', '7123456789012')
    """
    return shortened(name if plain(name).strip() else str(firm_id), columns)


def file_names(paths: Sequence[str]) -> list[str]:
    """Names of files, with as many of their folders as tell them apart.

    Examples
    --------
    >>> file_names(["in/year=2023/part-0.parquet", "in/year=2024/part-0.parquet"])
    ['year=2023/part-0.parquet', 'year=2024/part-0.parquet']
    >>> file_names(["in/year=2023/part-0.parquet"])
    ['part-0.parquet']
    """
    parts = [PurePath(path).parts for path in paths]
    deepest = max(map(len, parts), default=1)
    for depth in range(1, deepest + 1):
        names = ["/".join(p[-depth:]) for p in parts]
        if len(set(names)) == len(names):
            return names
    return list(paths)
