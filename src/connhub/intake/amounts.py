"""From numbers and texts in a unit to exact integers: money is never a float here."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import from_numpy, scalar, to_numpy
from connhub.errors import ColumnError, Fault, LimitError, OptionError
from connhub.schema import YEN_UNITS
from connhub.text.numbers import split_unit

__all__ = [
    "BILLION",
    "MISSING",
    "OK",
    "STATUS",
    "Money",
    "Rounding",
    "check_amount_type",
    "extremes",
    "magnitude",
    "total_of",
]

OK, MISSING, UNREADABLE, NOT_WHOLE, TOO_LARGE, INFINITE, ROUNDED, TOO_LARGE_FLOAT, OTHER_UNIT = (
    range(9)
)
STATUS = {
    UNREADABLE: "intake.unreadable_number",
    NOT_WHOLE: "intake.not_whole",
    TOO_LARGE: "intake.too_large",
    INFINITE: "intake.infinite",
    TOO_LARGE_FLOAT: "intake.too_large_float",
    OTHER_UNIT: "intake.yen_in_cell",
}
"""Kind of the fault of each status that is one."""
_ZERO_WITH_SCALE = r"^\s*[+-]?0+(\.0*)?[eE][+-]?[0-9]+\s*$"
LARGEST = 2**63 - 1
_DIGITS = {16: 11, 32: 24, 64: 53}
"""Binary digits that a floating-point number of so many bits holds."""
BILLION = 10**9

_Integers = npt.NDArray[np.int64]
_NONE = np.zeros(1, np.int64)


def total_of(values: _Integers) -> int:
    """Sum, exact even where it passes 64 bits."""
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())


def extremes(values: _Integers) -> tuple[int, int]:
    """The least and the most; 0 of nothing."""
    return (int(values.min()), int(values.max())) if values.size else (0, 0)


def magnitude(values: _Integers, ends: tuple[int, int] | None = None) -> int:
    """Sum of absolute values, exact; `ends` are the `extremes`, where they are known."""
    least, most = extremes(values) if ends is None else ends
    absolute = np.abs(values) if least < 0 else values
    return int(absolute.sum()) if max(most, -least) * values.size < 2**62 else total_of(absolute)


@dataclass
class Rounding:
    """What rounding to the resolution changed; additive, whatever the order.

    Parameters
    ----------
    rows : int
        How many amounts were rounded.
    difference, absolute : int
        Sum of the differences (rounded less exact), and of their absolute values, in billionths
        of the unit of results; each difference is rounded to a whole billionth, half to even.

    Examples
    --------
    >>> rounding = Rounding()
    >>> Money.of("円", 1, "nearest").parse(pa.array(["0.5", "1.25", "7"]), "amount", rounding)[0]
    array([0, 1, 7])
    >>> rounding
    Rounding(rows=2, difference=-750000000, absolute=750000000)
    """

    rows: int = 0
    difference: int = 0
    absolute: int = 0

    def add(self, differences: _Integers) -> None:
        """Count amounts that were rounded, each with its difference."""
        self.rows += differences.size
        self.difference += total_of(differences)
        self.absolute += magnitude(differences)

    def merge(self, other: Rounding) -> None:
        """Add what was rounded elsewhere."""
        self.rows += other.rows
        self.difference += other.difference
        self.absolute += other.absolute


@dataclass(frozen=True)
class Money:
    """How amounts are counted: the unit they enter in, and the smallest amount told apart.

    Parameters
    ----------
    unit : str
        円, 千円, 万円, 百万円, 億円, 十億円; any other unit has factor 1.
    resolution : Fraction
        In base units; a positive whole number, or 0.1, 0.01, ...
    rounding : {"error", "nearest"}
        What an amount that is no whole multiple of the resolution is: an error, or rounded half
        to even.

    Examples
    --------
    >>> Money.of("千円", 1).result_unit, Money.of("EUR", "0.01").result_unit
    ('円', '0.01 EUR')
    """

    unit: str
    resolution: Fraction
    rounding: Literal["error", "nearest"] = "error"

    @classmethod
    def of(
        cls, unit: str, resolution: Any, rounding: Literal["error", "nearest"] = "error"
    ) -> Money:
        """Check and build.

        Parameters
        ----------
        unit : str
        resolution : int, Decimal, str or float
        rounding : {"error", "nearest"}

        Raises
        ------
        OptionError
        """
        try:
            exact = Fraction(Decimal(str(resolution)))
        except (InvalidOperation, ValueError, OverflowError):
            exact = Fraction(0)
        small = exact.numerator == 1 and set(str(exact.denominator)) <= {"0", "1"}
        whole = exact.denominator == 1 and exact > 0
        if not (whole or (small and str(exact.denominator).count("1") == 1)):
            raise OptionError(Fault("intake.resolution", value=str(resolution)))
        money = cls(unit, exact, rounding)
        if 10**money._shift > LARGEST or exact > LARGEST:
            raise OptionError(Fault("intake.resolution_for_unit", value=str(resolution), unit=unit))
        if rounding == "nearest" and exact > BILLION:
            raise OptionError(Fault("intake.resolution_to_round", value=str(resolution)))
        return money

    @property
    def _shift(self) -> int:
        """Places by which the point of an amount moves to give units of results."""
        factor = YEN_UNITS.get(self.unit.casefold(), 1)
        return len(str(factor)) + len(str(self.resolution.denominator)) - 2

    @property
    def resolution_decimal(self) -> Decimal:
        """The resolution as a decimal number."""
        return Decimal(self.resolution.numerator) / self.resolution.denominator

    @property
    def step(self) -> int:
        """How many units of results one multiple of the resolution is."""
        return self.resolution.numerator

    @property
    def result_unit(self) -> str:
        """Unit of the money of results, 円 for every unit of yen; ``0.01 円`` where that fine."""
        base = "円" if self.unit.casefold() in YEN_UNITS else self.unit
        places = len(str(self.resolution.denominator)) - 1
        return f"0.{'1':0>{places}} {base}" if places else base

    @property
    def rounding_unit(self) -> str:
        """Unit of the differences that rounding makes, a billionth of that of results."""
        parts, base = split_unit(self.result_unit)
        return f"0.{'1':0>{len(str(parts * BILLION)) - 1}} {base}"

    def in_result_units(self, stored: _Integers) -> _Integers:
        """Whole units of results, of whole multiples of the resolution.

        Raises
        ------
        LimitError
        """
        factor = self.step
        if factor > 1 and stored.size and int(np.abs(stored).max()) > LARGEST // factor:
            raise LimitError(Fault("totals.sum_in_base_units"))
        return stored * factor if factor > 1 else stored

    def sum_in_result_units(self, stored: int) -> int:
        """The same of one sum."""
        return stored * self.step

    def exact(self, base_amount: object) -> Fraction:
        """An amount in base units, in units of results; of a float, its shortest decimal.

        Raises
        ------
        ValueError
            For what is no finite number.
        """
        if isinstance(base_amount, bool):
            raise ValueError(base_amount)
        return Fraction(str(base_amount)) * self.resolution.denominator

    def parse(
        self, values: pa.Array, column: str, rounding: Rounding | None = None
    ) -> tuple[_Integers, npt.NDArray[np.uint8]]:
        """Whole multiples of the resolution, and a status for each row.

        Parameters
        ----------
        values : Array of integers, floats, decimals or texts
            What a float means is the shortest decimal that is that float.
        column : str
            For messages.
        rounding : Rounding, optional
            What is rounded is counted here.

        Returns
        -------
        amounts : ndarray of int64; 0 where it cannot be taken, perhaps read-only
        status : ndarray of uint8; OK, MISSING, ROUNDED, or a key of `STATUS`

        Raises
        ------
        ColumnError
            For a column of another type.
        """
        if isinstance(values, pa.DictionaryArray):
            values = values.dictionary_decode()
        kind = values.type
        check_amount_type(kind, column)
        parsed = _Parsed.of_rows(len(values), self)
        if pa.types.is_integer(kind) or pa.types.is_null(kind):
            parsed.integers(values)
        elif pa.types.is_floating(kind):
            parsed.floats(values)
        else:
            parsed.texts(_without_exponents(values) if pa.types.is_decimal(kind) else values)
        if values.null_count:
            parsed.status[to_numpy(values.is_null())] = MISSING
        if rounding is not None and self.rounding == "nearest":
            rounded = parsed.status == ROUNDED
            if rounded.any():
                rounding.add(parsed.differences[rounded])
        return parsed.amounts, parsed.status


@dataclass
class _Parsed:
    """Statuses, amounts and, where these are rounded, differences, as they become known."""

    money: Money
    status: npt.NDArray[np.uint8]
    differences: _Integers
    amounts: _Integers = field(init=False)

    @classmethod
    def of_rows(cls, size: int, money: Money) -> _Parsed:
        differences = np.zeros(size if money.rounding == "nearest" else 0, dtype=np.int64)
        return cls(money, np.zeros(size, np.uint8), differences)

    def texts(self, values: pa.Array) -> None:
        from connhub.intake.amount_parser import parse_texts
        from connhub.intake.id_lookup import string_buffers

        yen = YEN_UNITS.get(self.money.unit.casefold()) == 1
        texts = string_buffers(values)
        units, fractions = np.zeros((2, len(values)), np.int64)
        symbols = np.empty(texts[0][-1] - texts[0][0], np.uint8)  # memory is what is written to
        parse_texts(texts, self.money._shift, yen, units, fractions, self.status, symbols)
        unread = np.flatnonzero(self.status == UNREADABLE)
        if unread.size:  # other programs write a decimal 0 with its scale
            zero = pc.match_substring_regex(values.take(from_numpy(unread)), _ZERO_WITH_SCALE)
            self.status[unread[to_numpy(zero)]] = OK
        self._to_multiples(units, fractions)

    def integers(self, values: pa.Array) -> None:
        if values.type == pa.uint64():
            high = pc.greater(values, scalar(LARGEST).cast(pa.uint64()))
            self.status[to_numpy(high, False)] = TOO_LARGE
            values = pc.if_else(high, scalar(0).cast(pa.uint64()), values)
        x = to_numpy(values.cast(pa.int64()), 0)
        power = 10**self.money._shift
        least, most = extremes(x)
        if max(most, -least) > LARGEST // power:
            big = (x > LARGEST // power) | (x < -(LARGEST // power))
            self.status[big], x = TOO_LARGE, np.where(big, 0, x)
        self._to_multiples(x if power == 1 else x * power, _NONE)

    def _to_multiples(self, units: _Integers, fractions: _Integers) -> None:
        """Take the multiple of the resolution that is nearest to each amount; half becomes even.

        units are those of results, and fractions, of the same sign, what is beyond them, as
        `amount_parser.HALF` counts it; one for all or one for each.
        """
        from connhub.intake.amount_parser import HALF

        step, self.amounts = self.money.step, units
        if step == 1 and not fractions.any():
            return
        fractions = np.broadcast_to(fractions, units.shape)
        sign = np.where((units < 0) | (fractions < 0), -1, 1)
        multiple, rest = np.divmod(np.abs(units), step)
        self.amounts = sign * multiple
        rows = np.flatnonzero((rest != 0) | (fractions != 0))
        if self.money.rounding != "nearest":
            self.amounts[rows], self.status[rows] = 0, NOT_WHOLE
            return
        sign, multiple, rest = sign[rows], multiple[rows], rest[rows]
        fraction = np.abs(fractions[rows])
        more = rest - (step - rest)  # than half a step, twice, but for the fraction
        more = np.where(more == 0, fraction, np.where(more == -1, fraction - HALF, more))
        up = (more > 0) | ((more == 0) & (multiple % 2 == 1))
        large = up & (multiple == LARGEST)
        billionths, beyond = np.divmod(fraction, HALF // (BILLION // 2))
        billionths += (beyond > 50) | ((beyond == 50) & (billionths % 2 == 1))
        self.amounts[rows] = np.where(large, 0, sign * (multiple + np.where(large, 0, up)))
        self.differences[rows] = -sign * ((rest - up * step) * BILLION + billionths)
        self.status[rows] = np.where(large, TOO_LARGE, ROUNDED)

    def floats(self, values: pa.Array) -> None:
        x = to_numpy(values.cast(pa.float64()), 0.0)
        missing, infinite = np.isnan(x), np.isinf(x)
        x = np.where(missing | infinite, 0.0, x)
        power, step = 10**self.money._shift, self.money.step
        with np.errstate(over="ignore"):
            scaled = x * power / step
        whole = np.rint(scaled)
        big = np.abs(whole) >= 2.0**53
        if (limit := 2.0 ** _DIGITS[values.type.bit_width]) < 2.0**53:  # the same of what it is
            big |= np.where(x == np.rint(x), np.abs(x), np.abs(whole)) >= limit
        whole[big] = 0
        # Up to 15 digits a float is the nearest one of just one decimal: exact when the multiple
        # gives that very float again. All others are read as text.
        exact = whole * step / power == x
        if power != 1:
            exact &= np.abs(whole) * step < 10**15
        rows = np.flatnonzero(~exact & ~big)
        self.amounts = whole.astype(np.int64)
        self.status[big] = TOO_LARGE_FLOAT
        self.status[missing], self.status[infinite] = MISSING, INFINITE
        if rows.size:
            part = _Parsed.of_rows(rows.size, self.money)
            part.texts(_without_exponents(values.take(from_numpy(rows))))
            self.amounts[rows], self.status[rows] = part.amounts, part.status
            if self.differences.size:
                self.differences[rows] = part.differences


def _without_exponents(values: pa.Array) -> pa.Array:
    """Floats or decimals as their shortest texts, with every digit."""
    texts = values.cast(pa.string())
    short = pc.match_substring_regex(texts, "[eE]")
    if not pc.any(short).as_py():
        return texts
    plain = [f"{Decimal(t):f}" for t in texts.filter(short).to_pylist()]
    return pc.replace_with_mask(texts, short.fill_null(False), pa.array(plain, pa.string()))


def check_amount_type(kind: pa.DataType, column: str) -> None:
    """Refuse a column that holds no amounts: of dates, of true and false.

    Parameters
    ----------
    kind : DataType
    column : str
        For the message.

    Raises
    ------
    ColumnError

    Examples
    --------
    >>> check_amount_type(pa.bool_(), "amount")
    Traceback (most recent call last):
    connhub.errors.ColumnError: amounts of type bool cannot be read
      where: column 'amount'
      fix: give numbers or text
    """
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    readable = ("integer", "null", "floating", "decimal", "string", "large_string", "string_view")
    if not any(getattr(pa.types, f"is_{name}")(kind) for name in readable):
        raise ColumnError(Fault("intake.amount_type", type=str(kind), column=column))
