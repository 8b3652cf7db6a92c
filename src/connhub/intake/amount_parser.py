r"""The strict grammar of amounts in text, compiled.

amount = number with at most one sign in front or behind, or in brackets; sign = - − ▲ △,
number = digits, or digits with commas in threes; then perhaps a point and digits.
The full-width form of any of these characters is the same character. There may be blanks around,
and ¥ in front or 円 behind where amounts are in yen (CP932 has \ in the place of ¥). A sign behind
an amount with ¥ or 円 is refused: on invoices ¥5,000- is no negative amount.

A number becomes whole units of the result (its decimal point moves by `shift` places) and what is
left behind the point.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from connhub.intake.id_lookup import as_int
from connhub.jit import compiled, inner

__all__ = ["HALF", "parse_texts"]

# Symbols that characters are read as: a digit is its value.
COMMA, POINT, SIGN, OPEN, CLOSE, BLANK, YEN, YEN_BEHIND, OTHER = range(10, 19)
_NARROW = {
    **{str(digit): digit for digit in range(10)},
    ",": COMMA,
    ".": POINT,
    "-": SIGN,
    "(": OPEN,
    ")": CLOSE,
}
_SYMBOLS = {
    **_NARROW,
    **{chr(ord(c) + 0xFEE0): symbol for c, symbol in _NARROW.items()},  # full width
    **dict.fromkeys("−▲△", SIGN),
    **dict.fromkeys(" \t\u00a0\u3000", BLANK),
    **dict.fromkeys("\\¥￥", YEN),
    chr(0x5186): YEN_BEHIND,  # 円
}
ASCII = np.array([_SYMBOLS.get(chr(c), OTHER) for c in range(128)], np.uint8)
WIDE = np.array(
    [(int.from_bytes(c.encode(), "big"), s) for c, s in _SYMBOLS.items() if c > "\x7f"], np.int64
)
"""Bytes of a character, as a number, and its symbol."""

# Statuses are those of `amounts`: 0 fine, 1 missing, 2 unreadable, 4 too large, 8 yen where amounts
# are in another unit.
LARGEST = np.int64(9223372036854775807)
TENTH, LAST_DIGIT = np.int64(922337203685477580), np.int64(7)
"""Of the largest: what is before its last digit, and this."""
PLACES = 10 ** np.arange(10, 0, -1, dtype=np.int64)
"""What each decimal of a fraction counts; ten are told apart, then a 1 if others are not all 0."""
HALF = 50_000_000_000
"""A half unit, as fractions count."""


@inner
def _read(data: Any, start: Any, stop: Any, symbols: Any) -> Any:
    """Write the symbols of a text; returns how many."""
    count, i = np.int64(0), start
    while i < stop:
        character = np.int64(data[i])
        i += 1
        if character < 128:
            symbols[count] = ASCII[character]
        else:
            while i < stop and data[i] & 0xC0 == 0x80:
                character = character << 8 | data[i]
                i += 1
            symbols[count] = OTHER
            for k in range(WIDE.shape[0]):
                if WIDE[k, 0] == character:
                    symbols[count] = WIDE[k, 1]
        count += 1
    return count


@inner
def _parse_one(
    symbols: Any, last: Any, shift: Any, in_yen: Any, i: Any, units: Any, fractions: Any
) -> Any:
    """Read the amount of row i from its symbols; returns the status."""
    first = np.int64(0)
    minus = behind = yen = False
    while first < last:
        front, back = symbols[first], symbols[last - 1]
        if front == BLANK:
            first += 1
        elif back == BLANK:
            last -= 1
        elif front == SIGN and not minus:
            minus = True
            first += 1
        elif front == OPEN and back == CLOSE and not minus:
            minus = True
            first += 1
            last -= 1
        elif front == YEN and not yen and not behind:
            yen = True
            first += 1
        elif back == YEN_BEHIND and not yen and not behind:
            yen = True
            last -= 1
        elif back == SIGN and not minus and not yen:
            minus = behind = True
            last -= 1
        else:
            break
    if first == last and not minus and not yen:
        return 1

    whole = fraction = group = np.int64(0)  # digits since the last comma
    least, most = np.int64(1), LARGEST  # how many they must be
    decimals = np.int64(-1)  # no point yet
    for k in range(first, last):
        symbol = np.int64(symbols[k])
        if symbol < 10:
            if decimals >= 0:
                decimals += 1
            else:
                group += 1
                if group > most:
                    return 2
            if decimals <= shift:
                if whole > TENTH or (whole == TENTH and symbol > LAST_DIGIT):
                    return 4
                whole = whole * 10 + symbol
            elif decimals - shift <= PLACES.size:
                fraction += symbol * PLACES[decimals - shift - 1]
            elif symbol != 0:
                fraction |= 1
        elif symbol == COMMA and decimals < 0 and least <= group <= 3:
            least = most = np.int64(3)
            group = np.int64(0)
        elif symbol == POINT and decimals < 0 and least <= group <= most:
            decimals = np.int64(0)
        else:
            return 2
    if group < least or group > most or decimals == 0:
        return 2
    if yen and not in_yen:
        return 8
    for _ in range(shift if decimals < 0 else shift - decimals):
        if whole > TENTH:
            return 4
        whole *= 10
    units[i], fractions[i] = (-whole, -fraction) if minus else (whole, fraction)
    return 0


@compiled
def parse_texts(
    texts: Any, shift: Any, in_yen: Any, units: Any, fractions: Any, status: Any, symbols: Any
) -> None:
    """Fill amounts in whole units of the result, what is beyond them, and the status of each row.

    `in_yen`: whether ¥ and 円 may stand by them. Fractions have the sign of the amount. All are
    zeros before; `symbols` is room for those of the longest text.
    """
    offsets, data = texts
    power = np.int64(1)
    for _ in range(shift):
        power *= 10
    limit = LARGEST // power
    for i in range(offsets.size - 1):
        start, stop = offsets[i], offsets[i + 1]
        if start == stop:
            status[i] = 1
            continue
        plain, value = as_int(data, start, stop)  # nearly all, and much faster
        if plain and -limit <= value <= limit:
            units[i] = value * power
        else:
            last = _read(data, start, stop, symbols)
            status[i] = _parse_one(symbols, last, shift, in_yen, i, units, fractions)
