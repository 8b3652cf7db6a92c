"""Financials with a column for each year: 売上高2022, 営業利益(2024年度), R5売上高."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from connhub.errors import ColumnError, Fault
from connhub.intake.columns import find_roles, recognized
from connhub.intake.header_years import split_year

__all__ = ["WideColumns", "find_wide_columns", "unused_columns"]

WideColumns = Mapping[str, Mapping[int, str]]
"""Header by role and year."""

_VALUES = ("net_sales", "purchases_reported", "operating_profit", "wages", "employees")


def find_wide_columns(
    names: Sequence[str], columns: Mapping[str, str | None] | None, file: str
) -> WideColumns | None:
    """Find the columns of a table that has no column of years, but years in its headers.

    Parameters
    ----------
    names : sequence of str
        Column names of the user's table.
    columns : mapping, optional
        As in `find_roles`: the id; ``{"year": None}`` declines a column of years.
    file : str
        For messages.

    Returns
    -------
    dict of dict, or None
        Header by role and year; None where the table is not of this form.

    Raises
    ------
    ColumnError
        Years in headers of which none is recognized, or two headers for one value.

    Examples
    --------
    >>> found = find_wide_columns(["法人番号", "売上高2022", "R5売上高(千円)", "備考"], None, "")
    >>> found
    {'net_sales': {2022: '売上高2022', 2023: 'R5売上高(千円)'}}
    >>> find_wide_columns(["法人番号", "年度", "売上高"], None, "") is None
    True
    """
    if "year" in recognized("financials", names, columns):
        return None
    with_year = {name: split for name in names if (split := split_year(name)) is not None}
    if not with_year:
        return None
    roles: dict[str, str] = {}
    for name, (item, _) in with_year.items():
        for role in recognized("financials", [item]) if item else ():
            if role in _VALUES:
                roles[name] = role
    if not roles:
        raise ColumnError(Fault("selection.wide_unrecognized", file=file, headers=list(with_year)))
    found: dict[str, dict[int, str]] = defaultdict(dict)
    twice = []
    for name, role in roles.items():
        year = with_year[name][1]
        if (other := found[role].setdefault(year, name)) != name:
            twice.append(f"{other} / {name}")
    if twice:
        raise ColumnError(Fault("selection.wide_twice", file=file, examples=twice))
    ordered = {role: dict(sorted(found[role].items())) for role in _VALUES if role in found}
    find_roles("financials", [n for n in names if n not in with_year], _id_only(columns), file=file)
    return ordered


def _id_only(columns: Mapping[str, str | None] | None) -> dict[str, str | None]:
    """The columns that the user names, without those that the years have each their own of."""
    given = {role: name for role, name in (columns or {}).items() if role == "firm_id"}
    return {**given, "year": None, **dict.fromkeys(_VALUES)}


def unused_columns(names: Sequence[str], wide: WideColumns) -> list[str]:
    """Columns with a year in their header that are not recognized.

    Parameters
    ----------
    names : sequence of str
        Of the table.
    wide : mapping
        From `find_wide_columns`.

    Returns
    -------
    list of str

    Examples
    --------
    >>> names = ["法人番号", "売上高2022", "経常利益2022"]
    >>> unused_columns(names, find_wide_columns(names, None, ""))
    ['経常利益2022']
    """
    used = {header for by_year in wide.values() for header in by_year.values()}
    return [name for name in names if name not in used and split_year(name) is not None]
