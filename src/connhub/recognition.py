"""What a table was recognized as: how its file is laid out, its columns, units and years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connhub.errors import ColumnError, ConnhubError
from connhub.intake.columns import recognized
from connhub.intake.table_source import Layout, Source
from connhub.intake.units import unit_note
from connhub.options import MoneyOptions
from connhub.schema import money_columns
from connhub.selection.wide_financials import find_wide_columns
from connhub.text.catalogue import Message

__all__ = ["RecognizedTable", "recognize"]


@dataclass(frozen=True)
class RecognizedTable:
    """What a table was recognized as.

    Parameters
    ----------
    table : {"transactions", "firms", "firm_totals", "financials", "fields"}
    files : tuple of str
    layouts : tuple of Layout
        Sheet, row of the header, delimiter and encoding of each file.
    roles : mapping of str to tuple of str
        Headers by role; several where there is a column for each year.
    unused : tuple of str
        Headers that play no role.
    units : tuple of Message
        Units of the money, and where each is from.
    years : tuple of int
        That occur.
    """

    table: str
    files: tuple[str, ...]
    layouts: tuple[Layout, ...]
    roles: Mapping[str, tuple[str, ...]]
    unused: tuple[str, ...]
    units: tuple[Message, ...] = ()
    years: tuple[int, ...] = ()


def recognize(
    name: str,
    source: Source,
    *,
    read: MoneyOptions,
    region: str | Mapping[str, str] = "prefecture",
    financials_unit: str | None = None,
    years: tuple[int, ...] = (),
) -> RecognizedTable:
    """What a table that was opened is recognized as; never an error.

    Parameters
    ----------
    name : {"transactions", "firms", "firm_totals", "financials", "fields"}
    source : Source
    read : MoneyOptions
    region : str or mapping
        Perhaps a column of the firm table.
    financials_unit : str, optional
    years : tuple of int
        That were read.

    Returns
    -------
    RecognizedTable
    """
    names = source.schema.names
    roles: dict[str, tuple[str, ...]] = {
        role: (header,) for role, header in recognized(name, names, read.columns).items()
    }
    if name == "financials" and "year" not in roles:
        try:
            wide = find_wide_columns(names, read.columns, "") or {}
        except ColumnError:
            wide = {}
        roles = {role: h for role, h in roles.items() if role == "firm_id"}
        roles |= {role: tuple(by_year.values()) for role, by_year in wide.items()}
    if name == "firms" and isinstance(region, str) and region in names:
        roles["region"] = (region,)
    used = {header for headers in roles.values() for header in headers}
    unit = financials_unit if name == "financials" else read.unit
    units = []
    for role in money_columns(name):
        for header in roles.get(role, ())[:1]:
            label = Message("intake.column_label", table=name, role=role)
            try:
                units.append(unit_note(label, header, unit, source.titles))
            except ConnhubError:  # it is among the faults
                continue
    unused = tuple(n for n in names if n not in used)
    return RecognizedTable(
        name, source.files, source.layouts, roles, unused, tuple(units), tuple(years)
    )
