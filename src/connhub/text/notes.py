"""Notes."""

from __future__ import annotations

import re

from connhub.schema import Language
from connhub.text.catalogue import Message

__all__ = ["note"]

_NOTES: tuple[tuple[str, str], ...] = (
    (r"(\S+) of the money was excluded", "読み込んだ金額(絶対額)の{}を除外した"),
    (r"the years (.+) were added up", "{} 年を合算した"),
    (
        r"(.+): the last line has no end of line; check that the file was not cut short",
        "{}: 最後の行に改行がない。ファイルが途中で切れていないか確認されたい",
    ),
    (
        r"amounts in (.+) are typically (\S+) times those in (.+); .+",
        "{} の金額はおおむね {2} の {1} 倍。単位が同じか確認されたい",
    ),
    (
        r"(\S+) of the eligible firms are not ranked: no value of an indicator",
        "対象企業の{}は、指標の値がないため順位がない",
    ),
    (
        r"firms tied across the last place were chosen in (\S+) list\(s\)",
        "{} 件のリストで、最後の枠をまたぐ同点の企業をすべて選んだ",
    ),
    (
        r"firms tied across the last place were left out in (\S+) list\(s\)",
        "{} 件のリストで、最後の枠をまたぐ同点の企業を選ばなかった",
    ),
    (
        r"(\S+) list\(s\) have fewer ranked firms than places; all are chosen",
        "{} 件のリストで、順位のある企業が枠より少なく、すべてを選んだ",
    ),
    (
        r"industry codes of the fields that no firm has: (.+)",
        "該当する企業のない、分野の産業分類コード: {}",
    ),
    (r"fields without a firm: (.+)", "企業のない分野: {}"),
)


def note(words: object, lang: Language) -> str:
    """A note of a ledger or a selection, in the language; one that is not known stays as it is.

    Examples
    --------
    >>> note("1.5% of the money was excluded", "ja")
    '読み込んだ金額(絶対額)の1.5%を除外した'
    """
    if isinstance(words, Message):
        return words.text(lang)
    words = str(words)
    if lang == "ja":
        for pattern, japanese in _NOTES:
            if found := re.fullmatch(pattern, words):
                return re.sub(r"\{(\d?)\}", lambda m: found[int(m[1] or 0) + 1], japanese)
    return words
