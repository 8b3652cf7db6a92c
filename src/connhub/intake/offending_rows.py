"""Rows with something wrong in them: how many, where, and which values."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import to_numpy
from connhub.text.catalogue import SHOWN

__all__ = ["MAX_VALUES", "OffendingRows"]

MAX_VALUES = 10_000
"""Distinct values that are counted; where there are more, the first are shown without counts."""

Place = tuple[int, int]
"""Part of a file, and position in it."""


@dataclass
class OffendingRows:
    """Rows of one file that have one kind of fault.

    Additive: what is shown does not depend on which thread found which rows.

    Parameters
    ----------
    count : int
        How many there are.
    first : list of places
        Of the first ten.
    values : dict
        Distinct values: how often each occurs, and its first place.
    too_many : bool
        Whether there are more than `MAX_VALUES` values, so that not all were counted.
    """

    count: int = 0
    first: list[Place] = field(default_factory=list)
    values: dict[str, tuple[int, Place]] = field(default_factory=dict)
    too_many: bool = False

    def add(
        self,
        part: int,
        positions: npt.NDArray[np.int64],
        values: pa.Array | None = None,
        count: int | None = None,
    ) -> None:
        """Add rows.

        Parameters
        ----------
        part : int
        positions : ndarray of int64
            Of the rows in the part.
        values : Array, optional
            The value of each row.
        count : int, optional
            How many rows of the user's table they are, if more.
        """
        self.count += int(positions.size) if count is None else count
        self.first = sorted([*self.first, *((part, int(p)) for p in positions[:SHOWN])])[:SHOWN]
        if values is None:
            return
        if isinstance(values, pa.DictionaryArray):
            values = values.dictionary_decode()
        distinct = values.dictionary_encode("encode")
        codes = to_numpy(distinct.indices)
        _, where, counts = np.unique(codes, return_index=True, return_counts=True)
        for code in np.argsort(where):  # in the order of first occurrence
            value = distinct.dictionary[int(code)].as_py()
            place = (part, int(positions[where[code]]))
            if not self._count("" if value is None else str(value), int(counts[code]), place):
                break

    def _count(self, value: str, count: int, place: Place) -> bool:
        """Count a value; False where there are too many of them."""
        if (before := self.values.get(value)) is not None:
            self.values[value] = (before[0] + count, min(before[1], place))
        elif len(self.values) < MAX_VALUES:
            self.values[value] = (count, place)
        else:
            self.too_many = True
        return not self.too_many

    def merge(self, other: OffendingRows) -> None:
        """Add what another thread found."""
        self.count += other.count
        self.first = sorted([*self.first, *other.first])[:SHOWN]
        self.too_many |= other.too_many
        for value, (count, place) in other.values.items():
            before, first = self.values.get(value, (0, place))
            self.values[value] = (before + count, min(first, place))
        if len(self.values) > MAX_VALUES:
            self.too_many = True
            earliest = sorted(self.values.items(), key=lambda item: item[1][1])[:MAX_VALUES]
            self.values = dict(earliest)

    @property
    def examples(self) -> dict[str, int] | tuple[str, ...]:
        """Values in order of first occurrence, with counts; ten where these are not known."""
        ordered = sorted(self.values.items(), key=lambda item: item[1][1])
        if self.too_many:
            return tuple(value for value, _ in ordered[:SHOWN])
        return {value: count for value, (count, _) in ordered}
