"""What firms state of their sales and purchases, and whether it is plausible."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import from_numpy
from connhub.errors import ColumnError, Fault, in_file
from connhub.intake.amounts import (
    BILLION,
    MISSING,
    NOT_WHOLE,
    OTHER_UNIT,
    STATUS,
    Money,
    Rounding,
    check_amount_type,
)
from connhub.intake.cell_texts import error_rows
from connhub.intake.shares import Shares, parse_shares
from connhub.intake.units import settle_unit, unit_origin
from connhub.options import FirmTotalsOptions
from connhub.text.catalogue import SHOWN, Message
from connhub.text.numbers import decimal_text
from connhub.totals.firm_amounts import AMOUNTS, FirmAmounts

__all__ = ["SHARE_OF", "Stated", "StatedAmounts"]

Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
SHARE_OF = {
    "out_of_region_sales": ("sales", "out_of_region_share"),
    "in_region_purchases": ("purchases", "in_region_purchase_share"),
}
"""The amounts that degrees are made of: the whole, and the share that gives them of it."""
PARTS = (
    ("out_of_region_sales", "sales"),
    ("overseas_sales", "out_of_region_sales"),
    ("overseas_sales", "sales"),
    ("in_region_purchases", "purchases"),
)


@dataclass(frozen=True, eq=False)
class Stated:
    """One amount of every firm, in multiples of the resolution; 0 where it is not known."""

    values: Int
    known: Mask

    @classmethod
    def nothing(cls, size: int) -> Stated:
        """Of no firm."""
        return cls(np.zeros(size, np.int64), np.zeros(size, np.bool_))


@dataclass(frozen=True, eq=False)
class _Check:
    """What may be implausible: which firms fail, and how it is reported."""

    kind: str
    header: str
    fails: Mask
    example: Callable[[int], Message] | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class StatedAmounts:
    """The amounts of a table of firm totals, with the faults of all its columns.

    Parameters
    ----------
    table : Table, n rows
        Under the headers of the user.
    roles : mapping
        Role in the table ``firm_totals`` of the schema to header.
    file : str
    rows : ndarray of int64, shape (n,)
        Number of each in the table that was read, from 0.
    read : FirmTotalsOptions
    titles : sequence of str
        Texts above the header.

    Raises
    ------
    ColumnError
        When headers name different currencies, or some a unit and others none.
    OptionError
    """

    table: pa.Table
    roles: Mapping[str, str]
    file: str
    rows: npt.NDArray[np.int64]
    read: FirmTotalsOptions
    titles: Sequence[str] = ()
    faults: list[Fault] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    rounding: Rounding = field(default_factory=Rounding)
    units: dict[str, Money] = field(init=False)
    money: Money = field(init=False)
    amounts: dict[str, Stated] = field(init=False)
    shares: dict[str, Shares] = field(init=False)
    from_shares: Mask = field(init=False)
    """Firms with an amount that was computed from a share."""
    unread: Mask = field(init=False)
    """Firms with an amount or a share that cannot be read."""

    def __post_init__(self) -> None:
        self.unread = np.zeros(len(self), np.bool_)
        self.units = self._units()
        self.money = next(iter(self.units.values()))
        self.amounts = {
            role: self._amount(role) if role in self.roles else Stated.nothing(len(self))
            for role in AMOUNTS
        }
        columns = [column for _, column in SHARE_OF.values() if column in self.roles]
        self.shares = {column: self._shares(column) for column in columns}
        self.from_shares = np.zeros(len(self), np.bool_)
        for role, (whole, column) in SHARE_OF.items():
            if column in self.shares:
                self._compute(role, whole, self.shares[column])

    def __len__(self) -> int:
        return int(self.table.num_rows)

    # --- reading -----------------------------------------------------------------

    def _units(self) -> dict[str, Money]:
        """How the amounts of each column are counted."""
        read = self.read
        headers = {role: self.roles[role] for role in AMOUNTS if role in self.roles}
        origins = [unit_origin(h, read.unit, self.titles) for h in headers.values()]
        named = [origin != "nothing" for origin in origins]
        if self.read.unit is None and any(named) and not all(named):
            columns = list(headers.values())
            raise ColumnError(Fault("firm_totals.some_units", columns=columns, file=self.file))
        with in_file(self.file):
            for header in headers.values():
                check_amount_type(self.table[header].type, header)
            units = {
                role: Money.of(
                    settle_unit(header, read.unit, self.titles), read.resolution, read.rounding
                )
                for role, header in headers.items()
            }
        if len({money.result_unit for money in units.values()}) > 1:
            columns = list(headers.values())
            raise ColumnError(Fault("firm_totals.currencies", columns=columns, file=self.file))
        return units

    def _amount(self, role: str) -> Stated:
        header = self.roles[role]
        column = self.table[header].combine_chunks()
        values, status = self.units[role].parse(column, header, self.rounding)
        details: dict[int, dict[str, Any]] = {
            NOT_WHOLE: {"resolution": self.read.resolution},
            OTHER_UNIT: {"unit": self.units[role].unit},
        }
        errors = np.zeros(len(self), np.bool_)
        errors[error_rows(column)] = True
        self.faults += self.fault(errors, "intake.error_cells", header)
        for code, kind in STATUS.items():
            bad = (status == code) & ~errors
            self.unread |= bad | errors
            self.faults += self.fault(bad, kind, header, **details.get(code, {}))
        return Stated(values, status != MISSING)

    def _shares(self, role: str) -> Shares:
        header = self.roles[role]
        shares = parse_shares(self.table[header], self.read.share_unit)
        self.unread |= shares.unreadable
        self.faults += self.fault(shares.unreadable, "firm_totals.unreadable_share", header)
        if self.read.share_unit is None and shares.all_small:
            self.faults += self.fault(shares.small, "firm_totals.small_shares", header)
        elif self.read.share_unit is None and shares.small.any():
            values = {"count": int(shares.small.sum()), "column": header}
            self.notes.append(Message("firm_totals.some_small_shares", **values))
        return shares

    def _compute(self, role: str, whole: str, shares: Shares) -> None:
        """Fill an amount in from its share of the whole, rounded half to even."""
        given, of = self.amounts[role], self.amounts[whole]
        rows = np.flatnonzero(~given.known & of.known & shares.known)
        values, known = given.values.copy(), given.known.copy()
        differences = []
        for row in rows.tolist():
            exact = int(of.values[row]) * (shares.values[row] or Fraction(0))
            values[row] = round(exact)
            if exact.denominator > 1:
                differences.append(round((int(values[row]) - exact) * self.money.step * BILLION))
        known[rows] = True
        self.from_shares[rows] = True
        self.amounts[role] = Stated(values, known)
        self.rounding.add(np.array(differences, dtype=np.int64))

    # --- checks ------------------------------------------------------------------

    def implausible(self, rows: Mask) -> tuple[Mask, list[Fault]]:
        """Which of some firms state what cannot be, and why.

        Parameters
        ----------
        rows : ndarray of bool, shape (n,)

        Returns
        -------
        bad : ndarray of bool, shape (n,)
        faults : list of Fault
        """
        bad, faults = np.zeros(len(self), np.bool_), []
        for check in self._checks():
            found = check.fails & rows
            bad |= found
            faults += self.fault(found, check.kind, check.header, check.example, **check.values)
        return bad, faults

    def _checks(self) -> Iterator[_Check]:
        for role, header in self.roles.items():
            if role in AMOUNTS:
                yield _Check("firm_totals.negative", header, self.amounts[role].values < 0)
            elif role in self.shares:
                shares = self.shares[role].values
                outside = np.array([s is not None and not 0 <= s <= 1 for s in shares], np.bool_)
                yield _Check("firm_totals.share_out_of_range", header, outside)
        for part, whole in PARTS:
            one, other = self.amounts[part], self.amounts[whole]
            if part in self.roles and whole in self.roles:
                above = one.known & other.known & (one.values > other.values)
                values = {"part": part, "whole": whole}
                kind = "firm_totals.part_above_whole"
                yield _Check(
                    kind, self.roles[part], above, self._part_and_whole(part, whole), values
                )
        for role, (whole, column) in SHARE_OF.items():
            if role in self.roles and column in self.shares:
                fails = self._contradictions(role, whole, column)
                values = {"role": role, "share": column}
                example, kind = self._part_and_whole(role, whole), "firm_totals.contradiction"
                yield _Check(kind, self.roles[column], fails, example, values)

    def _contradictions(self, role: str, whole: str, column: str) -> Mask:
        """Firms whose amount and share differ by more than the last digit of both."""
        given, of, shares = self.amounts[role], self.amounts[whole], self.shares[column]
        header = self.roles[role]
        step = max(1, int(self.units[role].parse(pa.array([1]), header)[0][0]))
        bad = np.zeros(len(self), np.bool_)
        compared = given.known & of.known & shares.known & ~self.from_shares
        for row in np.flatnonzero(compared).tolist():
            size, value, digit = int(of.values[row]), shares.values[row], shares.digit[row]
            if value is not None and digit is not None:
                allowed = abs(size) * digit + step
                bad[row] = abs(int(given.values[row]) - size * value) > allowed
        return bad

    def _part_and_whole(self, part: str, whole: str) -> Callable[[int], Message]:
        def amount(role: str, row: int) -> str:
            units = self.money.sum_in_result_units(int(self.amounts[role].values[row]))
            return decimal_text(units, self.money.result_unit)

        def example(row: int) -> Message:
            values = {"part": amount(part, row), "whole": amount(whole, row)}
            return Message("firm_totals.part_and_whole", **values)

        return example

    def missing(self, role: str, rows: Mask) -> list[Fault]:
        """The fault of some firms of which an amount is not known, or none.

        Parameters
        ----------
        role : str
        rows : ndarray of bool, shape (n,)
        """
        header = self.roles.get(role, self.roles.get(SHARE_OF[role][1], ""))
        without = rows & ~self.amounts[role].known
        return self.fault(without, "firm_totals.missing", header, role=role)

    def fault(
        self,
        bad: Mask,
        kind: str,
        header: str,
        example: Callable[[int], Any] | None = None,
        **values: Any,
    ) -> list[Fault]:
        """The fault of some firms, or none.

        Parameters
        ----------
        bad : ndarray of bool, shape (n,)
        kind, header : str
        example : callable, optional
            What to show of a row; by default the cell under the header.
        **values
            Of the message.

        Returns
        -------
        list of Fault
        """
        rows = np.flatnonzero(bad)
        if not rows.size:
            return []
        first = rows[:SHOWN].tolist()
        if example is None:
            cells = self.table[header].take(from_numpy(first)).to_pylist()
            examples = [] if all(cell in (None, "") for cell in cells) else cells
        else:
            examples = [example(row) for row in first]
        place: dict[str, Any] = {"file": self.file, "column": header, "count": int(rows.size)}
        shown = self.rows[first].tolist()
        return [Fault(kind, rows=shown, examples=examples, **place, **values)]

    # --- results -----------------------------------------------------------------

    def firm_amounts(self, used: Mask) -> FirmAmounts:
        """The amounts of the firms that are used; those of the others are not known."""
        known = {role: self.amounts[role].known & used for role in AMOUNTS}
        values = {role: np.where(known[role], self.amounts[role].values, 0) for role in AMOUNTS}
        makers = {role: lambda role=role: values[role] for role in AMOUNTS}
        unknown = {role: ~mask for role, mask in known.items() if not mask.all()}
        return FirmAmounts(used.size, makers, unknown)
