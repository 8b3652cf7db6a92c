"""The table of financials: one row a firm and year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import text
from connhub.errors import Fault, InputError, OptionError
from connhub.intake.amounts import (
    INFINITE,
    MISSING,
    NOT_WHOLE,
    STATUS,
    UNREADABLE,
    Money,
    Rounding,
    settle_unit,
)
from connhub.intake.columns import check_roles, find_roles
from connhub.intake.firm_table import check_id_type, folded
from connhub.intake.open_table import open_source, read_all
from connhub.intake.years import FIRST_YEAR, YEARS
from connhub.options import MoneyOptions, flat_options
from connhub.schema import money_columns
from connhub.text.catalogue import Message, listed

__all__ = ["Financials", "read_financials"]

Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_UNUSABLE = {
    **dict.fromkeys(STATUS, "selection.value_too_large"),
    UNREADABLE: "selection.value_unreadable",
    NOT_WHOLE: "selection.value_not_whole",
    INFINITE: "selection.value_infinite",
}
"""Why a value cannot be used, by the status of the amount parser."""


@dataclass(frozen=True, eq=False)
class Financials:
    """One row a firm and year.

    Parameters
    ----------
    table : Table
        ``firm_id`` (dictionary), ``year`` (int32), and of ``net_sales, operating_profit,
        employees`` (int64, nullable) those that the user's table has; money in whole `unit`.
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
        return f"Financials: {self.table.num_rows:,} rows, years {listed(self.years)}"


@flat_options
def read_financials(financials: Any, *, read: MoneyOptions = MoneyOptions()) -> Financials:
    """Read and check a table of financials.

    Parameters
    ----------
    financials : path, list of paths, or table
        One row a firm and year: ``firm_id, year``, and any of ``net_sales, operating_profit,
        employees``; headers such as 営業利益(千円) are recognised.
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
    """
    check_roles(read.columns)
    source = open_source(financials, "financials", read)
    file = source.files[0]
    roles = _roles(source.schema.names, read.columns, file)
    check_id_type(source.schema.field(roles["firm_id"]).type, roles["firm_id"], file)
    money = {
        role: Money.of(settle_unit(roles[role], read.unit), read.resolution, read.rounding)
        for role in money_columns("financials")
        if role in roles
    }
    unit = _unit_of(money, roles, read, file)
    reader = _Reader(read_all(source, list(roles.values())), file, source.first_row)
    ids, firm = reader.ids(roles["firm_id"], fold=read.fold_ids)
    year = reader.years(roles["year"])
    table: dict[str, Any] = {"firm_id": ids, "year": year.astype(np.int32)}
    for role in ("net_sales", "operating_profit", "employees"):
        if role in money:
            table[role] = reader.money(roles[role], money[role])
        elif role in roles:
            table[role] = reader.employees(roles[role])
    if not reader.faults:
        reader.refuse_repeated(firm.astype(np.int64) * YEARS + year - FIRST_YEAR, ids)
    if reader.faults:
        raise InputError(*reader.faults)
    return Financials(pa.table(table), unit, (*source.notes, *reader.notes(money)))


def _roles(names: list[str], columns: Mapping[str, str | None] | None, file: str) -> dict[str, str]:
    roles = find_roles("financials", names, columns, file=file)
    if "year" not in roles:  # columns= named the year of another table
        rest = {role: column for role, column in (columns or {}).items() if role != "year"}
        roles = find_roles("financials", names, rest, file=file)
    return roles


def _unit_of(
    money: Mapping[str, Money], roles: Mapping[str, str], read: MoneyOptions, file: str
) -> str:
    """The one unit of all money."""
    units = sorted({of_column.result_unit for of_column in money.values()})
    if len(units) > 1:
        headers = [roles[role] for role in money]
        raise OptionError(
            Fault("selection.financial_units_differ", file=file, examples=headers, units=units)
        )
    return units[0] if units else Money.of(settle_unit("", read.unit), read.resolution).result_unit


@dataclass
class _Reader:
    """Columns of whole numbers, with the faults of all of them."""

    table: pa.Table
    file: str
    first_row: int
    faults: list[Fault] = field(default_factory=list)
    rounding: Rounding = field(default_factory=Rounding)

    def ids(self, column: str, *, fold: bool) -> tuple[pa.DictionaryArray, Int]:
        """Ids of the firms, and the code of each row."""
        values = text(self.table[column])
        ids = (folded(values) if fold else values).dictionary_encode()
        code = ids.indices.fill_null(len(ids.dictionary)).to_numpy(zero_copy_only=False)
        empty = np.append(text(ids.dictionary).to_numpy(zero_copy_only=False) == "", True)
        self.refuse(empty[code], column, "selection.firm_id_missing")
        return ids, code

    def years(self, column: str) -> Int:
        """Years; a row without one is a fault."""
        year, _ = Money.of("", 1).parse(self.table[column].combine_chunks(), column)
        valid = (year >= FIRST_YEAR) & (year < FIRST_YEAR + YEARS)
        self.refuse(~valid, column, "selection.year_unreadable")
        return year

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
        if rows := np.flatnonzero(bad).tolist():
            first = pa.array(rows[:10])
            self.faults.append(
                Fault(
                    kind,
                    file=self.file,
                    column=column,
                    rows=[row + self.first_row for row in rows[:10]],
                    examples=self.table[column].take(first).to_pylist(),
                    count=len(rows),
                )
            )

    def refuse_repeated(self, firm_year: Int, ids: pa.DictionaryArray) -> None:
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
                    file=self.file,
                    rows=(first + self.first_row).tolist(),
                    examples=[f"{firm} {year}" for firm, year in zip(firms, years, strict=True)],
                    count=int(again.size),
                )
            )
