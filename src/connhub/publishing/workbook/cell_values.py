"""What a cell holds and how much room it takes: never guessed, never changed in silence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from connhub.schema import Column, Language
from connhub.text.names import plain, shortened, width
from connhub.text.numbers import money_unit

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "TEXTS",
    "Field",
    "finer",
    "headed",
    "height",
    "kind_of",
    "least",
    "lines_of",
    "missing",
    "needs",
    "said",
    "shown_exactly",
    "unit_of",
]

LONGEST_CELL = 16_000  # Excel takes 32,767 units of UTF-16, of which a sign may need two
DIGITS = 15  # what Excel shows and keeps of a number
TEXTS = ("text", "wrapped", "mark", "yesno")
_UNITS: Mapping[str, tuple[str, str]] = {
    "share": ("%", "%"),
    "share a year": ("%/年", "% a year"),
    "persons": ("人", "persons"),
    "firms": ("社", "number"),
    "rows": ("件", "number"),
    "points": ("点", "points"),
    "ratio": ("倍", "times"),
}


@dataclass(frozen=True)
class Field:
    """A column of a sheet: where its values are, its header, and how they are written.

    Parameters
    ----------
    name : str
        Column of the frame.
    header : str
        Label and unit.
    kind : str
        ``text``, ``wrapped``, ``mark``, ``yesno``; ``money``, ``count``, ``share``, ``points``,
        ``tenths``, ``fraction``, ``number``.
    most : int
        Bound of the width.
    bar : bool
        With bars behind the numbers.
    group : str
        Of columns that stand together: their common header, in a row of its own above.
    """

    name: str
    header: str
    kind: str = "text"
    most: int = 34
    bar: bool = False
    group: str = ""


def unit_of(column: Column, money: str, lang: Language) -> str:
    """Unit of a column in words; empty without one.

    Examples
    --------
    >>> from connhub.schema import columns
    >>> unit_of(columns("degrees")["sales"], "円", "en")
    'yen'
    >>> unit_of(columns("degrees")["hub_degree"], "円", "ja")
    '%'
    """
    if column.unit == "money":
        return money_unit(money, lang)
    return _UNITS.get(column.unit, ("", ""))[0 if lang == "ja" else 1]


def kind_of(column: Column) -> str:
    """How the values of a column are written, by its unit and type."""
    kinds = {
        "share": "share",
        "share a year": "share",
        "money": "money" if column.dtype == "int64" else "whole",
        "points": "points",
        "ratio": "points",
        "persons": "tenths",
    }
    types = {"bool": "yesno", "int64": "count", "string": "text"}
    return kinds.get(column.unit) or types.get(column.dtype, "number")


def headed(words: str, unit: str, lang: Language) -> str:
    """A header: label and unit.

    Examples
    --------
    >>> headed("販売額", "円", "ja"), headed("Sales", "yen", "en"), headed("順位", "", "ja")
    ('販売額(円)', 'Sales (yen)', '順位')
    """
    return f"{words}{'' if lang == 'ja' else ' '}({unit})" if unit else words


def said(value: object) -> str:
    """A text as a cell is given it: one printable line, cut where Excel has no room for more.

    XlsxWriter takes a text between ``<r>`` and ``</r>`` for markup of its own and writes it as it
    is; such a text is therefore given as markup that says the text.

    Examples
    --------
    >>> said("=1+1"), said("<r>&</r>")
    ('=1+1', '<r><t xml:space="preserve">&lt;r&gt;&amp;&lt;/r&gt;</t></r>')
    """
    words = str(value)
    fits = len(words) <= LONGEST_CELL
    return _unmarked(plain(words) if fits else shortened(words, LONGEST_CELL))


def _unmarked(words: str) -> str:
    if not (words.startswith("<r>") and words.endswith("</r>")):
        return words
    markup = f'<r><t xml:space="preserve">{escape(words, quote=False)}</t></r>'
    return markup if len(markup) <= LONGEST_CELL else f"{words[:-1]}…"


def shown_exactly(value: float) -> bool:
    """Whether Excel, which keeps 15 digits, shows a whole number as it is.

    Examples
    --------
    >>> shown_exactly(10**15 + 1), shown_exactly(2**53), shown_exactly(1_234_567_000 * 10**9)
    (False, False, True)
    """
    spare = len(str(abs(value))) - DIGITS
    return not isinstance(value, int) or spare <= 0 or value % 10**spare == 0


def missing(value: Any) -> bool:
    """Whether a cell stays empty: null, not a number, infinite, or a text of no sign."""
    if isinstance(value, float):
        return not math.isfinite(value)
    return not isinstance(value, str | int) or value == ""


def lines_of(value: object) -> str:
    """A text of several lines, each of them printable."""
    whole = "\n".join(plain(line) for line in str(value).splitlines())
    return _unmarked(whole if len(whole) <= LONGEST_CELL else whole[: LONGEST_CELL - 1] + "…")


def finer(f: Field, frame: pd.DataFrame) -> Field:
    """Four decimals where two would not tell most shares apart; fractions of money."""
    if f.kind not in ("share", "money") or not len(frame):
        return f
    values = np.nan_to_num(np.abs(frame[f.name].to_numpy(dtype=float, na_value=np.nan)))
    if f.kind == "share":
        positive = values[values > 0]
        return replace(f, kind="fine") if positive.size and np.median(positive) < 1e-3 else f
    return replace(f, kind="fraction") if (values % 1 != 0).any() else f


def needs(f: Field, frame: pd.DataFrame) -> int:
    """Width of the widest value; of texts the first thousand are looked at."""
    if f.kind in ("mark", "yesno"):
        return 6
    if f.kind in TEXTS:
        words = [plain(v) for v in frame[f.name].head(1000).tolist()]
        return 2 + max((width(w) for w in words), default=0)
    values = np.nan_to_num(frame[f.name].to_numpy(dtype=float, na_value=np.nan))
    largest = float(np.abs(values).max(initial=0))
    blank = 4 if (values < 0).any() else 2
    if f.kind in ("share", "fine"):
        return blank + len(f"{100 * largest:.{4 if f.kind == 'fine' else 2}f}%")
    decimals = {"points": 2, "tenths": 1, "fraction": 3, "number": 6}.get(f.kind, 0)
    return blank + len(f"{largest:,.{decimals}f}")


def least(header: str) -> int:
    """The least width for a header in about three lines, with the sign of the filter."""
    words = [width(w) if w.isascii() else 0 for w in header.split()]
    return 3 + max(*words, math.ceil(width(header) / 3), 3)


def _set(line: str) -> float:
    """Width of a text as it is set: letters are narrower than the digits that widths count."""
    return width(line) - 0.15 * sum(c.isascii() for c in line)


def height(texts: Iterable[tuple[str, int]]) -> float:
    """Height of a row in which each text is wrapped in its width."""
    lines = [
        sum(max(1, math.ceil(_set(line) / max(room - 2, 4))) for line in words.split("\n"))
        for words, room in texts
    ]
    return min(409.0, 13.0 * max(lines, default=1) + 4)
