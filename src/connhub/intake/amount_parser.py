r"""The strict grammar of amounts in text, compiled.

amount = number with at most one sign in front or behind, or in brackets; sign = - − ▲ △,
number = digits, or digits with commas in threes; then perhaps a point and digits.
The full-width form of any of these characters is the same character. There may be blanks around,
and ¥ in front or 円 behind where amounts are in yen (CP932 has \ in the place of ¥). A sign behind
an amount with ¥ or 円 is refused: on invoices ¥5,000- is no negative amount.

A number becomes whole units of the result (its decimal point moves by `shift` places) and what is
left behind the point; then whole multiples of the resolution, which is `step` such units.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from connhub.intake.id_lookup import as_int, string_buffers
from connhub.jit import compiled, inner

__all__ = ["parse_texts", "string_buffers"]

# Kinds of characters: 0 none of these, 1 digit, 2 comma, 3 point, 4 sign, 5 and 6 brackets,
# 7 blank, 8 ¥, 9 円.
# Statuses are those of `amounts`: 0 fine, 1 missing, 2 unreadable, 3 not whole, 4 too large,
# 6 rounded, 8 yen where amounts are in another unit.
LARGEST = np.int64(9223372036854775807)
BILLION = np.int64(1_000_000_000)


@inner
def _character(data: Any, i: Any, stop: Any) -> Any:
    """Kind of the character at i, its digit, and its length in bytes."""
    c = data[i]
    length = 1
    if c == 32 or c == 9:
        return 7, 0, 1
    if c == 92:
        return 8, 0, 1
    if c == 0xC2 and i + 1 < stop:
        if data[i + 1] == 0xA5:
            return 8, 0, 2  # ¥
        return 7 if data[i + 1] == 0xA0 else 0, 0, 2  # no-break space
    if c >= 0x80:
        if i + 2 >= stop:
            return 0, 0, 1
        length = 3
        d, e = data[i + 1], data[i + 2]
        if c == 0xE2 and ((d == 0x96 and (e == 178 or e == 179)) or (d == 0x88 and e == 0x92)):
            return 4, 0, 3  # ▲ △ −
        if c == 0xE3 and d == 0x80 and e == 0x80:
            return 7, 0, 3  # the blank of full width
        if c == 0xE5 and d == 0x86 and e == 0x86:
            return 9, 0, 3  # 円
        if c == 0xEF and d == 0xBF and e == 0xA5:
            return 8, 0, 3  # ￥
        if c == 0xEF and d == 0xBC and 0x81 <= e <= 0xBF:
            c = e - np.uint8(0x60)  # full-width forms mirror ASCII from ! on
        else:
            return 0, 0, 3
    if 48 <= c <= 57:
        return 1, np.int64(c) - 48, length
    if c == 44:
        return 2, 0, length
    if c == 46:
        return 3, 0, length
    if c == 45:
        return 4, 0, length
    if c == 40:
        return 5, 0, length
    if c == 41:
        return 6, 0, length
    return 0, 0, length


@inner
def _to_multiple(
    units: Any, billionths: Any, beyond: Any, half: Any, step: Any, nearest: Any
) -> Any:
    """Multiple of the resolution, the difference it makes in billionths of a unit, and a status.

    The amount is `units`, not negative, and a fraction: `billionths`, what is `beyond` these
    compared with half a billionth, and the whole fraction compared with one `half` (-1: less,
    0: the same, 1: more). `beyond` is -2 where nothing is beyond, `half` where there is no
    fraction.
    """
    multiple, rest = units // step, units % step
    if rest == 0 and half == -2:
        return multiple, np.int64(0), 0
    if not nearest:
        return np.int64(0), np.int64(0), 3
    to_next = step - rest
    if rest < to_next - 1:
        up = False
    elif rest > to_next:
        up = True
    elif rest == to_next:
        up = half != -2 or multiple % 2 == 1
    else:  # half a unit below the middle
        up = half == 1 or (half == 0 and multiple % 2 == 1)
    if beyond == 1 or (beyond == 0 and billionths % 2 == 1):
        billionths += 1
    difference = (to_next if up else -rest) * BILLION - billionths
    return multiple + (1 if up else 0), difference, 6


@inner
def _last_character(data: Any, start: Any, stop: Any) -> Any:
    """Kind of the last character and its length in bytes."""
    at = stop - 1
    while at > start and data[at] & 0xC0 == 0x80:
        at -= 1
    kind, _, _ = _character(data, at, stop)
    return kind, stop - at


@inner
def _without_marks(data: Any, start: Any, stop: Any) -> Any:
    """Where the number of an amount is, whether it is negative, and whether it is in yen."""
    signed, behind, yen, more = False, False, False, True
    while more and start < stop:
        kind, _, length = _character(data, start, stop)
        last, size = _last_character(data, start, stop)
        if kind == 7:
            start += length
        elif last == 7:
            stop -= size
        elif kind == 8 and not yen and not behind:
            yen = True
            start += length
        elif kind == 4 and not signed:
            signed = True
            start += length
        elif kind == 5 and last == 6 and not signed:
            signed = True
            start += length
            stop -= size
        elif last == 9 and not yen and not behind:
            yen = True
            stop -= size
        elif last == 4 and not signed and not yen:
            signed = behind = True
            stop -= size
        else:
            more = False
    return start, stop, signed, yen


@inner
def _parse_one(
    data: Any, start: Any, stop: Any, shift: Any, step: Any, nearest: Any, in_yen: Any
) -> Any:
    value, billionths = np.int64(0), np.int64(0)
    start, stop, minus, yen = _without_marks(data, start, stop)
    if start == stop and not minus and not yen:
        return np.int64(0), np.int64(0), 1
    i = start
    point, commas = False, False
    digits, group, decimals = 0, 0, 0
    beyond, half = -2, -2  # see `_to_multiple`
    while i < stop:
        kind, digit, length = _character(data, i, stop)
        i += length
        if kind == 1:
            if point:
                decimals += 1
            else:
                digits += 1
                group += 1
                if commas and group > 3:
                    return np.int64(0), np.int64(0), 2
            place = decimals - shift  # behind the point of whole units; they end at 0
            if place <= 0:
                if value > (LARGEST - digit) // 10:
                    return np.int64(0), np.int64(0), 4
                value = value * 10 + digit
                continue
            half = _compared(half, digit, place == 1)
            if place <= 9:
                billionths = billionths * 10 + digit
            else:
                beyond = _compared(beyond, digit, place == 10)
        elif kind == 2:
            if point or group == 0 or group > 3 or (commas and group != 3):
                return np.int64(0), np.int64(0), 2
            commas = True
            group = 0
        elif kind == 3:
            if point or digits == 0 or (commas and group != 3):
                return np.int64(0), np.int64(0), 2
            point = True
        else:
            return np.int64(0), np.int64(0), 2
    if digits == 0 or (point and decimals == 0):
        return np.int64(0), np.int64(0), 2
    if commas and not point and group != 3:
        return np.int64(0), np.int64(0), 2
    if yen and not in_yen:
        return np.int64(0), np.int64(0), 8
    for _ in range(shift - decimals):
        if value > LARGEST // 10:
            return np.int64(0), np.int64(0), 4
        value *= 10
    for _ in range(max(0, 9 - max(0, decimals - shift))):
        billionths *= 10
    multiple, difference, status = _to_multiple(value, billionths, beyond, half, step, nearest)
    return (-multiple if minus else multiple), (-difference if minus else difference), status


@inner
def _compared(before: Any, digit: Any, first: Any) -> Any:
    """How a fraction compares with one half, one more digit of it known; -2: it is 0."""
    if first:
        return -2 if digit == 0 else np.int64(digit > 5) - np.int64(digit < 5)
    if digit == 0:
        return before
    return -1 if before == -2 else 1 if before == 0 else before


@compiled
def parse_texts(
    offsets: Any,
    data: Any,
    shift: Any,
    step: Any,
    nearest: Any,
    in_yen: Any,
    out: Any,
    status: Any,
    difference: Any,
) -> None:
    """Fill amounts in multiples of the resolution, and the status of each row.

    `in_yen`: whether ¥ and 円 may stand by them. Where `nearest`, also the
    difference that rounding makes, in billionths of a unit.
    """
    power = np.int64(10) ** shift
    limit = LARGEST // power
    for i in range(offsets.size - 1):
        if offsets[i] == offsets[i + 1]:
            status[i] = 1
            continue
        plain, value = as_int(data, offsets[i], offsets[i + 1])  # nearly all, and much faster
        if plain and -limit <= value <= limit and value * power % step == 0:
            out[i] = value * power // step
        else:
            out[i], changed, status[i] = _parse_one(
                data, offsets[i], offsets[i + 1], shift, step, nearest, in_yen
            )
            if nearest:
                difference[i] = changed
