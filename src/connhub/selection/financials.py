"""The table of financials: one row a firm and year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arguments import Table
from connhub.arrow import text
from connhub.errors import Fault, InputError, OptionError, in_file
from connhub.intake.amounts import (
    INFINITE,
    MISSING,
    NOT_WHOLE,
    OTHER_UNIT,
    STATUS,
    UNREADABLE,
    Money,
    Rounding,
    check_amount_type,
)
from connhub.intake.cell_texts import error_rows
from connhub.intake.columns import check_roles, find_roles
from connhub.intake.firm_rows import Records, id_faults, only_records
from connhub.intake.firm_table import FirmTable
from connhub.intake.ids import check_id_type, folded, plain_ids, trimmed
from connhub.intake.open_table import open_source, read_all
from connhub.intake.table_source import Source
from connhub.intake.units import refuse_units_of_notes, settle_unit, unit_origin
from connhub.intake.unlike_ids import advice, compare_ids, is_plain
from connhub.intake.years import FIRST_YEAR, YEARS, read_years, year_notes
from connhub.labels import Language
from connhub.options import MoneyOptions, flat_options
from connhub.schema import money_columns
from connhub.selection.wide_financials import WideColumns, find_wide_columns, unused_columns
from connhub.text.catalogue import SHOWN, Message
from connhub.text.catalogue import listed as listed_texts
from connhub.text.numbers import money_unit

__all__ = ["VALUES", "Financials", "read_financials", "value_headers"]

Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

VALUES = ("net_sales", "purchases_reported", "operating_profit", "wages", "employees")
_NAMED = 3
"""How many of the firms that the firm table lacks are named in a note."""
_UNUSABLE = {
    **dict.fromkeys(STATUS, "selection.value_too_large"),
    UNREADABLE: "selection.value_unreadable",
    NOT_WHOLE: "selection.value_not_whole",
    INFINITE: "selection.value_infinite",
    OTHER_UNIT: "selection.value_in_yen",
}
"""Why a value cannot be used, by the status of the amount parser."""


@dataclass(frozen=True, eq=False)
class Financials:
    """One row a firm and year.

    Parameters
    ----------
    table : Table
        ``firm_id`` (dictionary), ``year`` (int32), and of ``net_sales, purchases_reported,
        operating_profit, wages, employees`` (int64, nullable) those that the user's table has;
        money in whole `unit`.
    unit : str
        Of the money: the base unit, or its fraction where the resolution is finer.
    notes : tuple of Message
        How many amounts were rounded to the resolution, and by how much.
    """

    table: pa.Table
    unit: str
    notes: tuple[Message, ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """Years that occur, in order."""
        return tuple(np.unique(self.table["year"].to_numpy()).tolist())

    def __repr__(self) -> str:
        return f"Financials: {self.table.num_rows:,} rows, years {listed_texts(self.years)}"


@flat_options
def read_financials(
    financials: Table,
    *,
    firms: FirmTable | None = None,
    fiscal_year: bool = False,
    read: MoneyOptions = MoneyOptions(),
) -> Financials:
    """Read and check a table of financials.

    Parameters
    ----------
    financials : path, list of paths, table, or Source
        One row a firm and year: ``firm_id, year``, and any of ``net_sales, purchases_reported,
        operating_profit, wages, employees``; headers such as 営業利益(千円) are recognised. Or
        one row a firm with a column for each year: 売上高2022, 営業利益(2024年度), R5売上高.
    firms : FirmTable, optional
        The firms they are of. Where it has none of them, or few and it is plain how their ids
        differ, that is an error; how many it lacks is a note.
    fiscal_year : bool
        Whether a date means its fiscal year, from April; by default its calendar year.
    {read}

    Returns
    -------
    Financials
        Money as int64 in whole units of the result; employees are persons, whatever the
        resolution.

    Raises
    ------
    InputError
        A firm and year that occur twice, values that cannot be read, negative employees: all at
        once.
    ColumnError, OptionError

    Examples
    --------
    >>> table = pa.table({"法人番号": ["a", "a"], "年度": [2024, 2025],
    ...                   "営業利益(千円)": ["1,200", "▲30"], "従業員数": [5, 6]})
    >>> read_financials(table).table.to_pandas()
      firm_id  year  operating_profit  employees
    0       a  2024           1200000          5
    1       a  2025            -30000          6
    >>> read_financials(table, resolution="0.01").unit
    '0.01 円'
    >>> wide = pa.table({"法人番号": ["a"], "従業員数2024": [5], "R7従業員数": [6]})
    >>> read_financials(wide).table.to_pandas()
      firm_id  year  employees
    0       a  2024          5
    1       a  2025          6
    """
    check_roles(read.columns)
    opened = isinstance(financials, Source)
    source = financials if opened else open_source(financials, "financials", read)
    file = source.files[0]
    names = source.schema.names
    wide = find_wide_columns(names, read.columns, file)
    roles = _roles(names, read.columns, file) if wide is None else _id_role(names, read, file)
    check_id_type(source.schema.field(roles["firm_id"]).type, roles["firm_id"], file)
    headers = value_headers(roles, wide)
    of_money = [h for role in money_columns("financials") for h in headers.get(role, {}).values()]
    with in_file(file):
        for header in of_money:
            check_amount_type(source.schema.field(header).type, header)
        units = {header: settle_unit(header, read.unit, source.titles) for header in of_money}
    money = {h: Money.of(units[h], read.resolution, read.rounding) for h in of_money}
    unit = _unit_of(money, read, file)
    columns = [*roles.values(), *(h for by in headers.values() for h in by.values())]
    found = _records(source, roles["firm_id"], columns, total_rows=read.total_rows)
    refuse_units_of_notes(found.readings, units.values(), read.unit, file)
    reader = _Reader(found.table, found.positions, found.faults)
    ids, firm = reader.ids(roles["firm_id"], fold=read.fold_ids)
    if wide is None:
        year = reader.years(roles["year"], fiscal=fiscal_year)
        parts = [reader.values(ids, year, {r: h[0] for r, h in headers.items()}, money)]
        if not reader.faults:
            firm_year = firm.astype(np.int64) * YEARS + year - FIRST_YEAR
            reader.refuse_repeated(firm_year, ids, roles["firm_id"])
    else:
        parts = [
            _filled(reader.values(ids, year, {r: h.get(year) for r, h in headers.items()}, money))
            for year in sorted({year for by in wide.values() for year in by})
        ]
        reader.refuse_repeated_firms(firm, ids, roles["firm_id"])
    of_others = list(reader.refuse_others(firm, ids, firms, roles["firm_id"]))
    if reader.faults:
        raise InputError(*map(source.located, reader.faults))
    table = pa.concat_tables(parts).unify_dictionaries().combine_chunks()
    notes = [*source.notes, *_unit_notes(headers, read, source.titles), *found.readings]
    if wide is None:
        notes += year_notes(reader.written_years, roles["year"], fiscal=fiscal_year)
    notes += [*of_others, *reader.notes(money)]
    if wide is not None and (unused := unused_columns(names, wide)):
        notes.append(Message("selection.wide_unused", headers=unused))
    return Financials(table, unit, tuple(notes))


def _records(source: Source, key: str, columns: Sequence[str], *, total_rows: str) -> Records:
    """The rows of the columns that are used, without those that are no records."""
    free = [f.name for f in source.schema if f.name not in columns and _is_text(f.type)]
    table = read_all(source, dict.fromkeys((*columns, *free)))
    file = source.files[0]
    found = only_records(table, key, [key, *free], (), total_rows=total_rows, file=file)
    return replace(found, table=found.table.select(list(dict.fromkeys(columns))))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def value_headers(
    roles: Mapping[str, str], wide: WideColumns | None
) -> Mapping[str, Mapping[int, str]]:
    """Headers of the values by role and year; year 0 where a column holds the years."""
    if wide is not None:
        return wide
    return {role: {0: roles[role]} for role in VALUES if role in roles}


def _filled(rows: pa.Table) -> pa.Table:
    """The rows with any value: a year that is a column has one for every firm."""
    any_value = np.zeros(rows.num_rows, dtype=bool)
    for name in VALUES:
        if name in rows.column_names:
            any_value |= rows[name].is_valid().to_numpy()
    return rows.filter(pa.array(any_value))


def _unit_notes(
    headers: Mapping[str, Mapping[int, str]], read: MoneyOptions, titles: Sequence[str]
) -> list[Message]:
    """Note the unit that was assumed for money whose headers name none."""
    assumed = [
        role
        for role in money_columns("financials")
        for header in list(headers.get(role, {}).values())[:1]
        if unit_origin(header, read.unit, titles) == "nothing"
    ]
    if not assumed:
        return []
    labels = [Message("intake.column_label", table="financials", role=role) for role in assumed]
    yen = settle_unit("", None)
    unit = {lang: money_unit(yen, lang) for lang in get_args(Language)}
    return [Message("selection.assumed_unit", columns=labels, unit=unit)]


def _id_role(names: list[str], read: MoneyOptions, file: str) -> dict[str, str]:
    """The column of the ids of a table that has no column of years."""
    given = (read.columns or {}).get("firm_id")
    columns = {"year": None, **dict.fromkeys(VALUES), **({"firm_id": given} if given else {})}
    return find_roles("financials", names, columns, file=file)


def _roles(names: list[str], columns: Mapping[str, str | None] | None, file: str) -> dict[str, str]:
    roles = find_roles("financials", names, columns, file=file)
    if "year" not in roles:  # columns= named the year of another table
        rest = {role: column for role, column in (columns or {}).items() if role != "year"}
        roles = find_roles("financials", names, rest, file=file)
    return roles


def _unit_of(money: Mapping[str, Money], read: MoneyOptions, file: str) -> str:
    """The one unit of all money."""
    units = sorted({of_column.result_unit for of_column in money.values()})
    if len(units) > 1:
        raise OptionError(
            Fault("selection.financial_units_differ", file=file, examples=list(money), units=units)
        )
    return units[0] if units else Money.of(settle_unit("", read.unit), read.resolution).result_unit


@dataclass
class _Reader:
    """Columns of whole numbers, with the faults of all of them."""

    table: pa.Table
    rows: Int
    faults: list[Fault] = field(default_factory=list)
    rounding: Rounding = field(default_factory=Rounding)
    written_years: dict[int, str] = field(default_factory=dict)

    def ids(self, column: str, *, fold: bool) -> tuple[pa.DictionaryArray, Int]:
        """Ids of the firms, and the code of each row."""
        plain, unusable = plain_ids(self.table[column])
        ids = folded(plain) if fold else trimmed(plain)
        for fault in id_faults(ids, self.table[column], unusable):
            rows = self.rows[list(fault.rows)].tolist()
            missing = Fault("selection.firm_id_missing", count=fault.count)
            shown = missing if fault.kind == "intake.empty_id" else fault
            self.faults.append(shown.at(column=column, rows=rows))
        if not isinstance(ids, pa.DictionaryArray):
            ids = ids.dictionary_encode()
        code = ids.indices.fill_null(len(ids.dictionary)).to_numpy(zero_copy_only=False)
        return ids, code

    def years(self, column: str, *, fiscal: bool) -> Int:
        """Years; a row without one is a fault."""
        read = read_years(self.table[column], fiscal=fiscal)
        self.written_years.update(read.written)
        self.refuse(read.years == 0, column, "selection.year_unreadable")
        return read.years

    def values(
        self,
        ids: pa.DictionaryArray,
        year: Int | int,
        headers: Mapping[str, str | None],
        money: Mapping[str, Money],
    ) -> pa.Table:
        """Rows of firms and years with their values; null for a role without a column."""
        of_row = np.broadcast_to(np.asarray(year, dtype=np.int32), len(ids))
        table: dict[str, Any] = {"firm_id": ids, "year": pa.array(of_row)}
        for role in VALUES:
            if role not in headers:
                continue
            header = headers[role]
            if header is None:
                table[role] = pa.nulls(len(ids), pa.int64())
            elif header in money:
                table[role] = self.money(header, money[header])
            else:
                table[role] = self.employees(header)
        return pa.table(table)

    def money(self, column: str, money: Money) -> pa.Array:
        """Money in whole units of the result, null where the cell is empty."""
        amount, missing = self._whole(column, money, _UNUSABLE)
        return pa.array(money.in_result_units(amount), mask=missing)

    def employees(self, column: str) -> pa.Array:
        """Persons, null where the cell is empty."""
        kinds = {**_UNUSABLE, NOT_WHOLE: "selection.employees_not_whole"}
        persons, missing = self._whole(column, Money.of("", 1), kinds)
        self.refuse(persons < 0, column, "selection.negative_employees")
        return pa.array(persons, mask=missing)

    def notes(self, money: Mapping[str, Money]) -> Iterator[Message]:
        """What rounding changed, where it did."""
        if self.rounding.rows:
            yield Message(
                "selection.rounded",
                rows=self.rounding.rows,
                difference_amount=self.rounding.difference,
                absolute_amount=self.rounding.absolute,
                unit=next(iter(money.values())).rounding_unit,
            )

    def _whole(self, column: str, money: Money, kinds: Mapping[int, str]) -> tuple[Int, Mask]:
        values = self.table[column].combine_chunks()
        amount, status = money.parse(values, column, self.rounding)
        for code, kind in kinds.items():
            self.refuse(status == code, column, kind)
        return amount, status == MISSING

    def refuse(self, bad: Mask, column: str, kind: str) -> None:
        """Add a fault where any row is bad."""
        rows = np.flatnonzero(bad)
        if not rows.size:
            return
        errors = rows[error_rows(self.table[column].take(pa.array(rows)))]
        for kind_of, some in (("intake.error_cells", errors), (kind, np.setdiff1d(rows, errors))):
            if not some.size:
                continue
            first = some[:10]
            self.faults.append(
                Fault(
                    kind_of,
                    column=column,
                    rows=self.rows[first].tolist(),
                    examples=self.table[column].take(pa.array(first)).drop_null().to_pylist(),
                    count=int(some.size),
                )
            )

    def refuse_others(
        self, code: Int, ids: pa.DictionaryArray, firms: FirmTable | None, column: str
    ) -> Iterator[Message]:
        """Add a fault where the firm table has none of the firms; note how many it lacks."""
        if firms is None or firms.lookup is None or not len(ids.dictionary):
            return
        lacks = firms.indices(ids.dictionary) == len(firms)
        if not (absent := int(lacks.sum())):
            return
        rows = np.flatnonzero(np.append(lacks, False)[code])
        others = text(ids.dictionary.filter(pa.array(lacks))).to_pylist()
        given, listed, difference = compare_ids([i for i in others if i], firms)
        found = lacks.size - absent
        if found and not (2 * found < lacks.size and is_plain(difference)):
            yield Message("selection.firms_not_listed", count=absent, ids=others[:_NAMED])
            return
        self.faults.append(
            Fault(
                "selection.few_firms_found",
                column=column,
                rows=self.rows[rows[:SHOWN]].tolist(),
                count=int(rows.size),
                found=found,
                firms=lacks.size,
                ids=list(given),
                listed=list(listed),
                difference=difference or Message("intake.ids_look_alike"),
                advice=advice(difference, "selection.advice_compare"),
            )
        )

    def refuse_repeated_firms(self, firm: Int, ids: pa.DictionaryArray, column: str) -> None:
        """Add a fault where a table with a column for each year has a firm twice."""
        again = np.ones(firm.size, dtype=bool)
        again[np.unique(firm, return_index=True)[1]] = False
        rows = np.flatnonzero(again)
        if rows.size:
            self.faults.append(
                Fault(
                    "selection.firm_repeated",
                    column=column,
                    rows=self.rows[rows[:10]].tolist(),
                    examples=ids.take(pa.array(rows[:10])).to_pylist(),
                    count=int(rows.size),
                )
            )

    def refuse_repeated(self, firm_year: Int, ids: pa.DictionaryArray, column: str) -> None:
        """Add a fault where a firm has two rows for one year."""
        order = np.argsort(firm_year, kind="stable")
        again = np.sort(order[1:][np.diff(firm_year[order]) == 0])
        if again.size:
            first = again[:10]
            firms = ids.take(pa.array(first)).to_pylist()
            years = (firm_year[first] % YEARS + FIRST_YEAR).tolist()
            self.faults.append(
                Fault(
                    "selection.firm_year_repeated",
                    column=column,
                    rows=self.rows[first].tolist(),
                    examples=[f"{firm} {year}" for firm, year in zip(firms, years, strict=True)],
                    count=int(again.size),
                )
            )
