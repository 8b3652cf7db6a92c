"""The one schema: every column the package accepts or emits, with labels and aliases.

`schema.csv` holds it; this module only reads it.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

__all__ = [
    "Column",
    "columns",
    "label",
    "money_columns",
    "normal_header",
    "numeric_columns",
    "unit_in_header",
]

Language = Literal["ja", "en"]


@dataclass(frozen=True)
class Column:
    """A column: where it occurs, what it holds, what it is called.

    Parameters
    ----------
    table : str
        Accepted: ``transactions``, ``firms``, ``firm_totals``, ``financials``, ``fields``. Emitted:
        ``degrees``, ``linkages``, ``regions``, ``firms_by_region``, ``pairs``, ``ledger``,
        ``indicators``, ``selection``, ``not_ranked``, ``counts``, ``roles``,
        ``region_centralities``, ``firm_ranking``, ``wide_regions``, ``merged_regions``,
        ``merged_firms``. Words in them: ``entry`` (lines of the ledger), ``reason``, ``role``,
        ``option`` (of an analysis).
    name : str
        Name in code and in output frames; for accepted columns also the role.
    dtype, unit : str
        Type, and unit of measurement ("money": whole units of the result).
    nullable : bool
        Whether cells may be empty.
    label_ja, label_en : str
        Labels for people.
    aliases : tuple of str
        Headers under which users' files carry it.
    description, description_ja, source : str
        What it means in both languages (Japanese for the main results), and who defines it.
    """

    table: str
    name: str
    dtype: str
    unit: str
    nullable: bool
    label_ja: str
    label_en: str
    aliases: tuple[str, ...]
    description: str
    description_ja: str
    source: str

    def meaning(self, lang: Language = "ja") -> str:
        """What the column means, for people; in English where there is no Japanese text.

        Examples
        --------
        >>> columns("degrees")["hub_degree"].meaning()
        '域内仕入額 ÷ 地域の域内仕入額'
        """
        return (lang == "ja" and self.description_ja) or self.description


@cache
def _schema() -> Mapping[str, Mapping[str, Column]]:
    tables: dict[str, dict[str, Column]] = {}
    with files("connhub").joinpath("schema.csv").open(encoding="utf-8") as f:
        for row in csv.DictReader(f):
            aliases = tuple(a for a in row.pop("aliases").split("|") if a)
            nullable = row.pop("nullable") == "true"
            column = Column(**row, aliases=aliases, nullable=nullable)
            tables.setdefault(column.table, {})[column.name] = column
    return tables


def columns(table: str) -> Mapping[str, Column]:
    """Columns of one table by name, in order.

    Examples
    --------
    >>> list(columns("ledger"))
    ['entry', 'kind', 'rows', 'amount']
    """
    return _schema()[table]


@cache
def money_columns(table: str) -> tuple[str, ...]:
    """Columns of a table that hold money.

    Examples
    --------
    >>> money_columns("linkages")
    ('amount', 'balance')
    """
    return tuple(name for name, column in columns(table).items() if column.unit == "money")


@cache
def numeric_columns(table: str) -> tuple[str, ...]:
    """Columns of a table that hold numbers.

    Examples
    --------
    >>> numeric_columns("firms_by_region")
    ('amount', 'n_transactions')
    """
    return tuple(
        name for name, column in columns(table).items() if column.dtype in ("int64", "float64")
    )


def label(table: str, name: str, lang: Language = "ja") -> str:
    """Label of a column for people.

    Examples
    --------
    >>> label("degrees", "hub_degree"), label("degrees", "hub_degree", "en")
    ('ハブ度', 'Hub degree')
    """
    column = columns(table)[name]
    return column.label_ja if lang == "ja" else column.label_en


_UNIT = re.compile(r"[(\[【〔](?:単位[:は]?)?([^()\[\]]+)[)\]】〕]\s*$")


def unit_in_header(header: str) -> str | None:
    """Return the unit that a header names in brackets at its end.

    Examples
    --------
    >>> unit_in_header("取引金額（千円）"), unit_in_header("amount [単位:百万円]")
    ('千円', '百万円')
    """
    found = _UNIT.search(unicodedata.normalize("NFKC", header))
    return found.group(1).strip() if found else None


def normal_header(header: str) -> str:
    """Fold a header for comparison: width, case, blanks, and the unit in brackets.

    Examples
    --------
    >>> normal_header(" 取引金額 (千円)"), normal_header("Seller ID")
    ('取引金額', 'seller_id')
    """
    folded = _UNIT.sub("", unicodedata.normalize("NFKC", header)).strip().casefold()
    return re.sub(r"[\s\-]+", "_", folded)
