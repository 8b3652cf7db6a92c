"""How indicators are called, and how their values are written for people."""

from __future__ import annotations

from connhub.labels import Language
from connhub.schema import Column, columns
from connhub.text.catalogue import Texts
from connhub.text.numbers import exact_money

__all__ = ["indicator_column", "indicator_label", "indicator_value", "is_money"]

_TABLES = ("degrees", "indicators", "financials")


def indicator_column(name: str) -> Column | None:
    """The column of the schema that an indicator is; None for a column of the user's own.

    Parameters
    ----------
    name : str

    Returns
    -------
    Column or None

    Examples
    --------
    >>> indicator_column("profit_contribution").unit, indicator_column("patents")
    ('money', None)
    """
    return next((columns(table)[name] for table in _TABLES if name in columns(table)), None)


def is_money(name: str) -> bool:
    """Whether an indicator is money by the schema.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool

    Examples
    --------
    >>> is_money("profit_contribution"), is_money("profit_growth")
    (True, False)
    """
    column = indicator_column(name)
    return column is not None and column.unit == "money"


def indicator_label(name: str, lang: Language) -> str:
    """Label of an indicator; the name itself for a column of the user's own.

    Parameters
    ----------
    name : str
    lang : {"ja", "en"}

    Returns
    -------
    str

    Examples
    --------
    >>> indicator_label("hub_degree", "ja"), indicator_label("patents", "ja")
    ('ハブ度', 'patents')
    """
    column = indicator_column(name)
    if column is None:
        return name
    return column.label_ja if lang == "ja" else column.label_en


def indicator_value(value: float, name: str, unit: str, lang: Language) -> str:
    """Write the value of an indicator with its unit.

    Parameters
    ----------
    value : float
        Money in whole `unit`.
    name : str
        Of the indicator.
    unit : str
        Of the money: ``円``, ``0.01 EUR``.
    lang : {"ja", "en"}

    Returns
    -------
    str

    Examples
    --------
    >>> indicator_value(0.421, "connector_degree", "円", "en")
    '42.1%'
    >>> indicator_value(123456.4, "profit_contribution", "0.01 EUR", "en")
    '1,234.56 EUR'
    >>> indicator_value(0.1, "profit_growth", "円", "ja"), indicator_value(7, "patents", "円", "ja")
    ('+10%', '7')
    """
    column = indicator_column(name)
    kind = "" if column is None else column.unit
    if kind in ("share", "share a year"):
        sign = "+" if kind == "share a year" else ""
        return f"{100 * value:{sign}.4g}%"
    if kind == "money":
        return exact_money(round(value), unit, lang)
    if kind == "persons":
        return Texts("selection", lang)("persons", number=value)
    return f"{value:,.6g}"
