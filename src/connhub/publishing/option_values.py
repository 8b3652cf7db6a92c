"""What the values of options mean, in Japanese and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from connhub.labels import Language
from connhub.options import FirmTotalsPolicies, Policies
from connhub.text.catalogue import Texts
from connhub.text.numbers import unit_name

__all__ = ["option_value"]

_UNITS = ("unit", "financials_unit")
_POLICIES = frozenset(f.name for group in (Policies, FirmTotalsPolicies) for f in fields(group))


def option_value(option: str, value: object, lang: Language) -> str:
    """Write the value of an option with its meaning.

    Parameters
    ----------
    option : str
        Name of an option of an analysis, a scheme or a cutoff.
    value : object
    lang : {"ja", "en"}

    Returns
    -------
    str

    Examples
    --------
    >>> option_value("negative", "net", "ja"), option_value("ties", "average", "en")
    ('相殺して数える (net)', 'mean of their ranks (average)')
    >>> option_value("year", None, "en"), option_value("fold_ids", True, "ja")
    ('not given', 'はい')
    """
    texts = Texts("option_values", lang)
    if value is None or (isinstance(value, Mapping | list | tuple) and not value):
        return texts("not_given")
    if isinstance(value, bool):
        return texts("yes" if value else "no")
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {v}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if option in _UNITS:
        return unit_name(str(value), lang)
    key = str(value) if option in _POLICIES else f"{option}_{value}"
    if key not in texts:
        return str(value)
    meaning = texts(key)
    return meaning if meaning == value else texts("with_value", meaning=meaning, value=str(value))
