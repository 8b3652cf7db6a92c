"""A table as people read it: labels, units, separators, percentages, in one call."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from connhub.arguments import checked
from connhub.errors import Fault, OptionError, did_you_mean
from connhub.labels import Language
from connhub.schema import YEN_UNITS, Column, all_columns, column_header, columns, find_column
from connhub.text.catalogue import Message, Texts, default_language
from connhub.text.names import plain, width
from connhub.text.numbers import NOTHING, decimal_text, share

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Display", "display_table", "show"]

_YEN = next(iter(YEN_UNITS))
_WORDS = {"reason": "reason", "cause": "reason", "entry": "entry", "role": "role"}
"""Columns of words that the schema lists, and where."""
_VERDICTS = {"certainty": "certainty", "verdict": "stability"}
"""Columns of words of the catalogue, and their topic; others stand in that of this module."""
_OF_YEARS = ("figure", "basis", "term", "status")
"""Columns whose words stand with those of the commands of several years."""
_DECIMALS = {"points": 2, "ratio": 2, "persons": 1}
_STYLE = "white-space:nowrap;padding:2px 8px;text-align:"


@dataclass(frozen=True)
class Display:
    """A table for people: a notebook shows it as HTML, a terminal as text.

    Parameters
    ----------
    header : tuple of str
        Labels with units.
    rows : tuple of tuple of str
    numeric : tuple of bool
        Which columns stand to the right.
    notes : tuple of str
        What one should know first, each once.
    ending : str
        How many rows there are.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    notes: tuple[str, ...]
    ending: str

    def _repr_html_(self) -> str:
        sides = ["right" if number else "left" for number in self.numeric]
        head = "".join(
            f'<th style="padding:2px 8px;word-break:keep-all;text-align:{side}">{escape(text)}</th>'
            for text, side in zip(self.header, sides, strict=True)
        )
        body = "".join(
            "<tr>"
            + "".join(
                f'<td style="{_STYLE}{side}">{escape(text)}</td>'
                for text, side in zip(row, sides, strict=True)
            )
            + "</tr>"
            for row in self.rows
        )
        notes = "".join(f"<p><strong>{escape(note)}</strong></p>" for note in self.notes)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f'{notes}<div style="overflow-x:auto">{table}</div><p>{escape(self.ending)}</p>'

    def __repr__(self) -> str:
        lines = [self.header, *self.rows]
        widths = [max(map(width, cells)) for cells in zip(*lines, strict=True)]
        table = [
            "  ".join(
                blank + text if number else text + blank
                for text, blank, number in (
                    (text, " " * (room - width(text)), number)
                    for text, room, number in zip(line, widths, self.numeric, strict=True)
                )
            ).rstrip()
            for line in lines
        ]
        return "\n".join([*(f"! {note}" for note in self.notes), *table, self.ending])


def _best_table(names: Iterable[str]) -> str:
    """The table of the schema that has most of the columns."""
    names = set(names)
    tables = dict.fromkeys(column.table for column in all_columns())
    return max(tables, key=lambda table: len(names & columns(table).keys()))


def _label(name: str, table: str, unit: str, lang: Language) -> str:
    return column_header(name, table, unit, lang, without=("share",))  # which is in the cells


def _writer(name: str, table: str, unit: str, lang: Language) -> Callable[[Any], str]:
    """How the values of a column are written."""
    found = find_column(name, table)
    kind = found[0].unit if found else ""
    if kind == "money":
        return lambda value: decimal_text(round(value), unit)
    if kind in ("share", "share a year"):
        return lambda value: share(float(value))
    if kind == "year" or name.endswith("_id"):
        return lambda value: plain(value) if isinstance(value, str) else str(value)
    if name in _WORDS:
        known = columns(_WORDS[name])
        return lambda value: _word(known, value, lang)
    if name == "indicator":
        return lambda value: _label(value, "", "", lang) if value else ""
    texts = Texts("console" if name in _OF_YEARS else _VERDICTS.get(name, "display"), lang)
    prefix = "" if name in _VERDICTS else f"{name}_"

    def write(value: Any) -> str:
        known = isinstance(value, str) and (key := prefix + value.replace(" ", "_")) in texts
        return texts(key) if known else _number(value, _DECIMALS.get(kind, 3))

    return write


def _word(known: Mapping[str, Column], value: str, lang: Language) -> str:
    if value not in known:
        return plain(value)
    return known[value].label_ja if lang == "ja" else known[value].label_en


def _number(value: Any, digits: int = 3) -> str:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "○" if value else ""
    if isinstance(value, float) or type(value).__name__.startswith("float"):
        return f"{value:,.{digits}f}"
    return f"{value:,}" if hasattr(value, "__index__") else plain(str(value))


def _cell(value: Any, write: Callable[[Any], str]) -> str:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return NOTHING
    if isinstance(value, float) and not math.isfinite(value):
        return NOTHING
    return write(value)


def display_table(
    frame: pd.DataFrame,
    *,
    of: int,
    unit: str,
    names: Sequence[str] | None = None,
    table: str = "",
    notes: Iterable[Message] = (),
    lang: Language | None = None,
) -> Display:
    """Lay out the rows of a frame for people.

    Parameters
    ----------
    frame : DataFrame
        The rows shown; money in whole `unit`.
    of : int
        How many rows there are.
    unit : str
        Of the money.
    names : sequence of str, optional
        Columns in their order; by default all.
    table : str
        Of the schema; by default the one that has most of the columns.
    notes : iterable of Message
    lang : {"ja", "en"}, optional
        By default that of ``CONNHUB_LANG``, else English.

    Raises
    ------
    OptionError
        For a column that is not there.
    """
    language = lang or default_language()
    chosen = list(frame.columns if names is None else names)
    for name in chosen:
        if name not in frame:
            suggestion = did_you_mean(str(name), list(map(str, frame.columns)))
            raise OptionError(Fault("measures.no_column", column_name=name, suggestion=suggestion))
    table = table or _best_table(map(str, frame.columns))
    cells = []
    for name in chosen:
        write = _writer(str(name), table, unit, language)
        cells.append([_cell(value, write) for value in frame[name].tolist()])
    texts = Texts("display", language)
    return Display(
        header=tuple(_label(str(name), table, unit, language) for name in chosen),
        rows=tuple(zip(*cells, strict=True)),
        numeric=tuple(
            frame[name].dtype.kind in "iuf" and not str(name).endswith("_id") for name in chosen
        ),
        notes=tuple(dict.fromkeys(note.text(language) for note in notes)),
        ending=texts("rows" if len(frame) == of else "first_rows", shown=len(frame), of=of),
    )


@checked
def show(
    frame: pd.DataFrame,
    n: int = 10,
    *,
    columns: Sequence[str] | None = None,
    lang: Language | None = None,
) -> Display:
    """Show a table of a result as people read it.

    Labels and units of the schema, separators of thousands, shares as percentages, what is
    undefined as —. Every table that a result gives can be shown; a whole result has `Result.show`.

    Parameters
    ----------
    frame : DataFrame
        As `Degrees.top` and the like give it; money in whole ``attrs["unit"]``, by default yen.
        Columns that connhub does not know keep their names.
    n : int
        Rows shown at most, from the first.
    columns : sequence of str, optional
        Which, in their order; by default all.
    lang : {"ja", "en"}, optional
        By default that of the environment variable ``CONNHUB_LANG``, else English.

    Returns
    -------
    Display
        A notebook shows it, and so does ``print``.

    Raises
    ------
    OptionError
        For a column that is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"rank": [1, 2], "name": ["甲", "乙"],
    ...                       "sales": [4_968_590_000, 0], "hub_degree": [0.381, None]})
    >>> show(frame, lang="en")
    Rank  Name    Sales (yen)  Hub degree
       1  甲    4,968,590,000       38.1%
       2  乙                0           —
    2 rows
    >>> show(frame, 1, columns=["name", "sales"], lang="ja")
    企業名     販売額(円)
    甲      4,968,590,000
    2行のうち最初の1行
    """
    unit = str(frame.attrs.get("unit", _YEN))
    return display_table(frame.head(max(n, 0)), of=len(frame), unit=unit, names=columns, lang=lang)
