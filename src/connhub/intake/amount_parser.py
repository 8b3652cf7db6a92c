"""The strict grammar of amounts in text, compiled.

amount = sign number | number | "(" number ")", sign = - − ▲ △,
number = digits, or digits with commas in threes; then perhaps a point and digits.
The full-width form of any of these characters is the same character.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from connhub.intake.id_lookup import as_int, string_buffers
from connhub.jit import compiled, inner

__all__ = ["parse_texts", "string_buffers"]

# Kinds of characters: 0 none of these, 1 digit, 2 comma, 3 point, 4 sign, 5 and 6 brackets.
# Statuses are those of `amounts`: 0 fine, 1 missing, 2 unreadable, 3 not whole, 4 too large.


@inner
def _character(data: Any, i: Any, stop: Any) -> Any:
    """Kind of the character at i, its digit, and its length in bytes."""
    c = data[i]
    length = 1
    if c >= 0x80:
        if i + 2 >= stop:
            return 0, 0, 1
        length = 3
        d, e = data[i + 1], data[i + 2]
        if c == 0xE2 and ((d == 0x96 and (e in {178, 179})) or (d == 0x88 and e == 0x92)):
            return 4, 0, 3  # ▲ △ −
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
def _parse_one(data: Any, start: Any, stop: Any, numerator: Any, denominator: Any) -> Any:
    largest = np.int64(9223372036854775807)
    value = np.int64(0)
    i = start
    minus, bracket, closed, point, commas = False, False, False, False, False
    digits, group, decimals = 0, 0, 0
    zeros = 0  # zeros that end the decimals are held back: 1.50 is 1.5
    while i < stop:
        kind, digit, length = _character(data, i, stop)
        first = i == start
        i += length
        if closed or kind == 0:
            return np.int64(0), 2
        if kind == 1:
            if point:
                decimals += 1
                if digit == 0:
                    zeros += 1
                    continue
                for _ in range(zeros):
                    if value > largest // 10:
                        return np.int64(0), 4
                    value *= 10
                zeros = 0
            else:
                digits += 1
                group += 1
                if commas and group > 3:
                    return np.int64(0), 2
            if value > (largest - digit) // 10:
                return np.int64(0), 4
            value = value * 10 + digit
        elif kind == 2:
            if point or group == 0 or group > 3 or (commas and group != 3):
                return np.int64(0), 2
            commas = True
            group = 0
        elif kind == 3:
            if point or digits == 0 or (commas and group != 3):
                return np.int64(0), 2
            point = True
        elif kind == 4 and first:
            minus = True
        elif kind == 5 and first:
            minus = bracket = True
        elif kind == 6 and bracket:
            closed = True
        else:
            return np.int64(0), 2
    if digits == 0 or (point and decimals == 0) or bracket != closed:
        return np.int64(0), 2
    if commas and not point and group != 3:
        return np.int64(0), 2
    # value / 10**decimals * numerator / denominator must be whole
    n, d = numerator, denominator
    for _ in range(decimals - zeros):
        if n % 10 == 0:
            n //= 10
        elif value % 10 == 0:
            value //= 10
        elif n % 2 == 0 and value % 5 == 0:
            n //= 2
            value //= 5
        elif n % 5 == 0 and value % 2 == 0:
            n //= 5
            value //= 2
        else:
            return np.int64(0), 3
    if value > largest // n:
        return np.int64(0), 4
    value *= n
    if value % d != 0:
        return np.int64(0), 3
    value //= d
    return (-value if minus else value), 0


@compiled
def parse_texts(
    offsets: Any, data: Any, numerator: Any, denominator: Any, out: Any, status: Any
) -> None:
    """Fill amounts in multiples of the resolution, and the status of each row."""
    most = np.int64(9223372036854775807) // numerator
    for i in range(offsets.size - 1):
        if offsets[i] == offsets[i + 1]:
            status[i] = 1
            continue
        plain, value = as_int(data, offsets[i], offsets[i + 1])  # nearly all, and much faster
        if plain and abs(value) <= most and value * numerator % denominator == 0:
            out[i] = value * numerator // denominator
        else:
            out[i], status[i] = _parse_one(data, offsets[i], offsets[i + 1], numerator, denominator)
