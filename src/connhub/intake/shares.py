"""Percentages as people write them: 35, 35%, ３５％, 35.2; exact, never a float."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import text

__all__ = ["ShareUnit", "Shares", "parse_shares"]

ShareUnit = Literal["percent", "fraction"]
_NUMBER = re.compile(r"([+-]?[0-9]+(?:\.([0-9]+))?)(%?)")
_MINUS = str.maketrans({"−": "-", "▲": "-", "△": "-"})
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Shares:
    """A column of shares.

    Parameters
    ----------
    values : tuple of Fraction or None, n members
        1 is the whole; None where the cell is empty, or cannot be read.
    digit : tuple of Fraction or None, n members
        What one more in the last digit that is written would add.
    unreadable : ndarray of bool, shape (n,)
    small : ndarray of bool, shape (n,)
        Cells without ``%`` whose number is above 0 and at most 1: 0.35 may mean 35%.
    all_small : bool
        Whether no number without ``%`` is above 1, and some are above 0.
    """

    values: tuple[Fraction | None, ...]
    digit: tuple[Fraction | None, ...]
    unreadable: Mask
    small: Mask
    all_small: bool

    @property
    def known(self) -> Mask:
        """Which cells hold a share, shape (n,)."""
        return np.array([v is not None for v in self.values], dtype=np.bool_)


@dataclass(frozen=True)
class _Cell:
    value: Fraction | None = None
    digit: Fraction | None = None
    readable: bool = True
    marked: bool = False


def parse_shares(column: pa.ChunkedArray, share_unit: ShareUnit | None = None) -> Shares:
    """Read a column of shares.

    A cell that ends in ``%`` is a percentage. Any other number is a percentage too, unless
    `share_unit` is ``"fraction"``.

    Parameters
    ----------
    column : ChunkedArray
        Numbers or texts.
    share_unit : {"percent", "fraction"}, optional
        What numbers without ``%`` are.

    Returns
    -------
    Shares

    Examples
    --------
    >>> shares = parse_shares(pa.chunked_array([["35%", "４０", "", "x"]]))
    >>> shares.values, shares.unreadable.tolist()
    ((Fraction(7, 20), Fraction(2, 5), None, None), [False, False, False, True])
    >>> parse_shares(pa.chunked_array([[0.35, 0.5]])).all_small
    True
    """
    by = 1 if share_unit == "fraction" else 100
    texts = _texts(column)
    known = {cell: _parse(cell, by) for cell in set(texts)}
    cells = [known[cell] for cell in texts]
    bare = [None if c.marked or c.value is None else c.value * by for c in cells]
    small = np.array([b is not None and 0 < b <= 1 for b in bare], dtype=np.bool_)
    return Shares(
        tuple(c.value for c in cells),
        tuple(c.digit for c in cells),
        np.array([not c.readable for c in cells], dtype=np.bool_),
        small,
        bool(small.any()) and all(b is None or b <= 1 for b in bare),
    )


def _texts(column: pa.ChunkedArray) -> Sequence[str]:
    """Every cell as text; of a float, its shortest decimal."""
    kind = column.type
    if pa.types.is_floating(kind):
        floats = column.cast(pa.string()).to_pylist()
        return ["" if v in (None, "nan") else format(Decimal(v), "f") for v in floats]
    if pa.types.is_boolean(kind):
        return ["" if v is None else str(v) for v in column.to_pylist()]
    return [cell or "" for cell in text(column).to_pylist()]


def _parse(cell: str, by: int) -> _Cell:
    folded = unicodedata.normalize("NFKC", cell).translate(_MINUS).replace(" ", "")
    if not folded:
        return _Cell()
    found = _NUMBER.fullmatch(folded)
    if found is None:
        return _Cell(readable=False)
    number, decimals, mark = found.groups()
    whole = 100 if mark else by
    digit = Fraction(1, 10 ** len(decimals or "") * whole)
    return _Cell(Fraction(number) / whole, digit, marked=bool(mark))
