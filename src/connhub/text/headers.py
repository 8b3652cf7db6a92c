"""Headers of columns for people: label and unit."""

from __future__ import annotations

from connhub.labels import Column, Language
from connhub.text.catalogue import Texts
from connhub.text.numbers import money_unit

__all__ = ["column_unit", "header_text"]

_UNITS = {
    "share": "unit_share",
    "share a year": "unit_share_a_year",
    "persons": "unit_persons",
    "firms": "unit_firms",
    "rows": "unit_rows",
    "transactions": "unit_rows",
    "points": "unit_points",
    "ratio": "unit_ratio",
}


def column_unit(column: Column, unit: str, lang: Language) -> str:
    """Name of the unit of a column; empty without one.

    Parameters
    ----------
    column : Column
        Of the schema.
    unit : str
        Of the money of the result.
    lang : {"ja", "en"}

    Examples
    --------
    >>> from connhub.schema import columns
    >>> column_unit(columns("degrees")["sales"], "円", "en")
    'yen'
    >>> column_unit(columns("degrees")["hub_degree"], "円", "ja")
    '%'
    """
    if column.unit == "money":
        return money_unit(unit, lang)
    return Texts("workbook", lang)(_UNITS[column.unit]) if column.unit in _UNITS else ""


def header_text(text: str, unit: str, lang: Language) -> str:
    """A header: label and unit.

    Examples
    --------
    >>> header_text("販売額", "円", "ja"), header_text("Sales", "yen", "en")
    ('販売額(円)', 'Sales (yen)')
    >>> header_text("順位", "", "ja")
    '順位'
    """
    return Texts("workbook", lang)("in_unit", column=text, unit=unit) if unit else text
