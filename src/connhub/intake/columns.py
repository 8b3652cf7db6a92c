"""Which column plays which role: by its name, a known header, or the user's word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from connhub.errors import ColumnError, Fault, OptionError, did_you_mean
from connhub.schema import Column, normal_header
from connhub.schema import columns as columns_of

__all__ = ["check_roles", "find_roles", "recognized"]

ACCEPTED = ("transactions", "firms", "firm_totals", "financials")


def check_roles(columns: Mapping[str, str | None] | None) -> None:
    """Refuse roles that no table has.

    Parameters
    ----------
    columns : mapping of role to column, or None

    Raises
    ------
    OptionError
    """
    known = dict.fromkeys(role for t in ACCEPTED for role in columns_of(t))
    for role in columns or {}:
        if role not in known:
            suggestion = did_you_mean(role, known)
            raise OptionError(Fault("intake.unknown_role", role=role, suggestion=suggestion))


def find_roles(
    table: str,
    names: Sequence[str],
    columns: Mapping[str, str | None] | None = None,
    *,
    file: str = "",
    taken: Sequence[str] = (),
) -> dict[str, str]:
    """Find the column of each role of a table.

    Parameters
    ----------
    table : {"transactions", "firms", "firm_totals", "financials"}
    names : sequence of str
        Column names of the user's table.
    columns : mapping, optional
        ``{role: column}`` where names are not recognized; it wins over recognition. None for a
        role that no column plays.
    file : str
        For messages.
    taken : sequence of str
        Columns that play no role, such as the one named as ``region=``.

    Returns
    -------
    dict
        Role to column name.

    Raises
    ------
    ColumnError
        A required role without a column, two columns for one role, or a named column that
        is not there.

    Examples
    --------
    >>> find_roles("transactions", ["販売元", "販売先", "取引金額(千円)"])
    {'seller_id': '販売元', 'buyer_id': '販売先', 'amount': '取引金額(千円)'}
    """
    roles = columns_of(table)
    found: dict[str, str] = {}
    faults: list[Fault] = []
    given = {r: c for r, c in (columns or {}).items() if r in roles}
    free = [n for n in names if n not in given.values() and n not in taken]
    for role, column in roles.items():
        if role in given:
            name = given[role]
            if name is None:  # the user declines the role
                pass
            elif name in names:
                found[role] = name
            elif table == "transactions" or role != "year":
                suggestion = did_you_mean(name, names)
                faults.append(
                    Fault(
                        "intake.named_column_absent",
                        name=name,
                        role=role,
                        suggestion=suggestion,
                        file=file,
                    )
                )
            continue
        matches = _matches(role, column, free)
        if len(matches) > 1:
            faults.append(Fault("intake.ambiguous_column", role=role, matches=matches, file=file))
        elif matches:
            found[role] = matches[0]
        elif not column.nullable or role in ("seller_id", "buyer_id", "amount"):
            faults.append(
                Fault("intake.column_absent", role=role, table=table, known=list(names), file=file)
            )
    whole = table != "financials"  # of these the columns of years are told apart before
    if whole and len(names) == 1 and {f.kind for f in faults} == {"intake.column_absent"}:
        faults = [Fault("intake.one_column", known=list(names), file=file)]
    if faults:
        raise ColumnError(*faults)
    return found


def recognized(
    table: str, names: Sequence[str], columns: Mapping[str, str | None] | None = None
) -> dict[str, str]:
    """The roles of a table that some column plays, and the first that does; never an error.

    Parameters
    ----------
    table : {"transactions", "firms", "firm_totals", "financials", "fields"}
    names : sequence of str
    columns : mapping, optional
        As in `find_roles`.

    Returns
    -------
    dict

    Examples
    --------
    >>> recognized("firms", ["法人番号", "備考", "県"], {"prefecture_code": "県"})
    {'firm_id': '法人番号', 'prefecture_code': '県'}
    """
    found: dict[str, str] = {}
    if table == "firm_totals":  # a firm table with amounts
        found |= recognized("firms", names, columns)
    given = {r: c for r, c in (columns or {}).items() if r in columns_of(table)}
    free = [n for n in names if n not in (*given.values(), *found.values())]
    for role, column in columns_of(table).items():
        name = given.get(role)
        if role not in given or (name is not None and name not in names):
            name = next(iter(_matches(role, column, free)), None)
        if name in names:
            found[role] = str(name)
    return found


def _matches(role: str, column: Column, names: Sequence[str]) -> list[str]:
    """The names that are the role itself, else those that are called as it may be."""
    headers = _headers(role, column)
    exact = [n for n in names if n == role]
    return exact or [n for n in names if headers & {normal_header(form) for form in _forms(n)}]


def _forms(name: str) -> tuple[str, ...]:
    """A header as it may be meant: in camelCase, or set with blanks and line breaks (企 業 名)."""
    spread = () if name.isascii() else ("".join(name.split()),)
    return (name, _CAMEL.sub("_", name), *spread)


_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Where words meet in camelCase: prefectureCode is prefecture_code."""


@cache
def _headers(role: str, column: Column) -> frozenset[str]:
    return frozenset(normal_header(name) for name in (role, *column.aliases))
