"""From numbers and texts in a unit to exact integers: money is never a float here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.errors import ColumnError, Fault, LimitError, OptionError
from connhub.schema import unit_in_header

__all__ = ["MISSING", "OK", "STATUS", "Money", "magnitude"]

OK, MISSING, UNREADABLE, NOT_WHOLE, TOO_LARGE, INFINITE = range(6)
STATUS = {
    UNREADABLE: "amounts that cannot be read",
    NOT_WHOLE: "amounts that are no whole multiple of the resolution",
    TOO_LARGE: "amounts that do not fit 63 bits",
    INFINITE: "infinite amounts",
}
LARGEST = 2**63 - 1

_UNITS = {
    **dict.fromkeys(["円", "yen", "jpy", "¥"], 1),
    **dict.fromkeys(["千円", "thousand yen"], 1_000),
    "万円": 10_000,
    **dict.fromkeys(["百万円", "million yen"], 1_000_000),
    "億円": 100_000_000,
    **dict.fromkeys(["十億円", "billion yen"], 1_000_000_000),
}


def magnitude(values: npt.NDArray[np.int64]) -> int:
    """Sum of absolute values, exact."""
    if not values.size:
        return 0
    largest = max(int(values.max()), -int(values.min()))
    if largest * values.size < 2**62:
        return int(np.abs(values).sum())
    low = np.abs(values) & 0xFFFFFFFF
    return (int((np.abs(values) >> 32).sum()) << 32) + int(low.sum())


@dataclass(frozen=True)
class Money:
    """How amounts are counted: the unit they enter in, and the smallest amount told apart.

    Parameters
    ----------
    unit : str
        円, 千円, 万円, 百万円, 億円, 十億円; any other unit has factor 1.
    resolution : int, Decimal, str or float
        In base units; a positive whole number, or 0.1, 0.01, ...

    Examples
    --------
    >>> Money.of("千円", 1).scale
    Fraction(1000, 1)
    """

    unit: str
    resolution: Fraction

    @classmethod
    def of(cls, unit: str, resolution: Any) -> Money:
        """Check and build."""
        try:
            exact = Fraction(Decimal(str(resolution)))
        except (InvalidOperation, ValueError):
            exact = Fraction(0)
        small = exact.numerator == 1 and set(str(exact.denominator)) <= {"0", "1"}
        whole = exact.denominator == 1 and exact > 0
        if not (whole or (small and str(exact.denominator).count("1") == 1)):
            raise OptionError(
                Fault(
                    f"resolution={resolution!r} is not offered",
                    fix="give a positive whole number of base units, or 0.1, 0.01, ...",
                )
            )
        return cls(unit, exact)

    @property
    def scale(self) -> Fraction:
        """Multiples of the resolution in one unit of the table."""
        return Fraction(_UNITS.get(self.unit.casefold(), 1)) / self.resolution

    @property
    def result_unit(self) -> str:
        """Unit of the money of results: 円 for every unit of yen; ``0.01 円`` where that fine."""
        base = "円" if self.unit.casefold() in _UNITS else self.unit
        places = len(str(self.resolution.denominator)) - 1
        return f"0.{'1':0>{places}} {base}" if places else base

    def in_result_units(self, stored: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Whole units of results, of whole multiples of the resolution.

        Raises
        ------
        LimitError
        """
        factor = self.resolution.numerator
        if factor > 1 and stored.size and int(np.abs(stored).max()) > LARGEST // factor:
            raise LimitError(Fault("a sum passes 2**63 base units", fix="choose a larger unit"))
        return stored * factor if factor > 1 else stored

    def sum_in_result_units(self, stored: int) -> int:
        """The same of one sum."""
        return stored * self.resolution.numerator

    def parse(
        self, values: pa.Array, column: str
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
        """Whole multiples of the resolution, and a status for each row.

        Parameters
        ----------
        values : Array of integers, floats, decimals or texts
        column : str
            For messages.

        Returns
        -------
        amounts : ndarray of int64; 0 where the status is not OK
        status : ndarray of uint8; OK, MISSING, or a key of `STATUS`
        """
        if isinstance(values, pa.DictionaryArray):
            values = values.dictionary_decode()
        kind = values.type
        scale = self.scale
        out = np.zeros(len(values), dtype=np.int64)
        status = np.zeros(len(values), dtype=np.uint8)
        if pa.types.is_integer(kind) or pa.types.is_null(kind):
            self._integers(values, scale, out, status)
        elif pa.types.is_floating(kind):
            self._floats(values, scale, out, status)
        elif pa.types.is_decimal(kind) or _is_text(kind):
            from connhub.intake.amount_parser import parse_texts, string_buffers

            texts = values.cast(pa.string()) if pa.types.is_decimal(kind) else values
            offsets, data = string_buffers(texts)
            if max(scale.numerator, scale.denominator) > LARGEST:
                raise OptionError(Fault("resolution= is too fine or too coarse for the unit"))
            parse_texts(offsets, data, scale.numerator, scale.denominator, out, status)
        else:
            fix = "give whole numbers or texts"
            raise ColumnError(
                Fault(f"amounts of type {kind} are not taken", column=column, fix=fix)
            )
        if values.null_count:
            missing = values.is_null().to_numpy(zero_copy_only=False)
            out[missing], status[missing] = 0, MISSING
        return out, status

    @staticmethod
    def _integers(values: pa.Array, scale: Fraction, out: Any, status: Any) -> None:
        if values.type == pa.uint64():
            high = pc.greater(values, pa.scalar(LARGEST, pa.uint64())).fill_null(False)
            status[high.to_numpy(zero_copy_only=False)] = TOO_LARGE
            values = pc.if_else(high, pa.scalar(0, pa.uint64()), values)
        numbers = values.cast(pa.int64())
        raw = numbers.fill_null(0) if numbers.null_count else numbers
        x = raw.to_numpy(zero_copy_only=False)
        if scale == 1:
            out[:] = x
            bad = x == np.iinfo(np.int64).min
            if bad.any():
                out[bad], status[bad] = 0, TOO_LARGE
            return
        limit = LARGEST // scale.numerator
        big = (x > limit) | (x < -limit)
        safe = np.where(big, 0, x) * scale.numerator
        uneven = safe % scale.denominator != 0
        np.floor_divide(safe, scale.denominator, out=out)
        out[uneven | big] = 0
        status[uneven] = NOT_WHOLE
        status[big] = TOO_LARGE

    @staticmethod
    def _floats(values: pa.Array, scale: Fraction, out: Any, status: Any) -> None:
        x = values.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)
        missing, infinite = np.isnan(x), np.isinf(x)
        x = np.where(missing | infinite, 0.0, x)
        with np.errstate(over="ignore"):
            scaled = x * scale.numerator / scale.denominator
        whole = np.rint(scaled)
        big = np.abs(whole) >= 2.0**53
        whole[big] = 0
        # Exact when the nearest multiple of the resolution is that very float again.
        uneven = ~big & (whole * scale.denominator / scale.numerator != x)
        out[:] = np.where(uneven, 0, whole).astype(np.int64)
        status[uneven], status[big] = NOT_WHOLE, TOO_LARGE
        status[missing], status[infinite] = MISSING, INFINITE


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def settle_unit(header: str, unit: str | None) -> str:
    """Unit of an amount column: from its header or the user's word, which may not contradict.

    Raises
    ------
    OptionError

    Examples
    --------
    >>> settle_unit("取引金額（千円）", None), settle_unit("amount", "百万円")
    ('千円', '百万円')
    >>> settle_unit("amount", None)
    '円'
    """
    named = unit_in_header(header)
    if named is not None and unit is not None:
        same = _UNITS.get(named.casefold(), named) == _UNITS.get(unit.casefold(), unit)
        if not same:
            raise OptionError(
                Fault(
                    f"the header says {named}, unit= says {unit}",
                    column=header,
                    fix="leave unit= out, or correct the header",
                )
            )
    return unit or named or "円"
