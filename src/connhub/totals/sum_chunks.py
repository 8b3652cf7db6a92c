"""Sums in pieces that a cluster can carry and add up by place.

A *piece* is a name, a number and bytes: a block of one of the dense arrays of an `Adder`, cells of
a range of nodes, what was read, or an error. Pieces of one name and number belong together; all
but what was read and errors are int64 and are added up by `Gather`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from connhub.errors import (
    ColumnError,
    ConnhubError,
    Fault,
    InputError,
    LimitError,
    MissingExtraError,
    OptionError,
    StorageError,
)
from connhub.intake.encoder import Coder, Found, Reading
from connhub.totals.accumulator import Adder, Tables
from connhub.totals.sparse_sums import Cells, Grain

__all__ = ["Gather", "Piece", "cut", "error_piece", "join"]

Int = npt.NDArray[np.int64]
Piece = tuple[str, int, Any]

BLOCK = 1 << 16
"""int64 values of a block: half a MiB, so that a batch of many blocks stays small."""
NODES = 1 << 12
"""Nodes whose cells go together."""

_DENSE = ("firms", "flows", "ledger", "excluded", "years")


def cut(adder: Adder) -> Iterator[Piece]:
    """Give the sums of one worker as pieces; blocks of zeros are left out."""
    reading = adder.reading
    yield "reading", 0, _reading_text(reading)
    dense = {name: getattr(adder, name) for name in _DENSE[:-1]}
    for name, sums in {**dense, "years": reading.years}.items():
        flat = sums.reshape(-1)
        for number, start in enumerate(range(0, flat.size, BLOCK)):
            block = flat[start : start + BLOCK]
            if block.any():
                yield name, number, block
    if adder.cells is not None:
        cells, nodes = adder.cells.finish(), adder.tables.nodes
        ranges = -(-nodes.region.size // NODES)
        width = NODES * nodes.width(cells.grain)
        edges = np.searchsorted(cells.key, np.arange(ranges + 1) * width)
        for number in range(ranges):
            yield from _cut_cells(number, _cells_of(cells, edges[number], edges[number + 1]))


def _cells_of(cells: Cells, start: int, stop: int) -> Cells:
    part = slice(start, stop)
    return Cells(cells.grain, cells.key[part], cells.amount[part], cells.deals[part])


def _cut_cells(number: int, cells: Cells) -> Iterator[Piece]:
    """Cells of one range of nodes, no more than a block in a piece."""
    most = BLOCK // 3
    for start in range(0, len(cells), most):
        part = _cells_of(cells, start, start + most)
        yield "cells", number, np.concatenate((part.key, part.amount, part.deals))


class Gather:
    """Pieces added up by place."""

    def __init__(self, grain: Grain) -> None:
        self._grain = grain
        self._dense: dict[tuple[str, int], Int] = {}
        self._cells: dict[int, list[Cells]] = {}
        self._texts: list[Piece] = []

    def add(self, name: str, number: int, payload: Any) -> None:
        """Take in one piece."""
        if name in ("reading", "error"):
            self._texts.append((name, number, payload))
            return
        values = np.frombuffer(payload, dtype=np.int64)
        if name == "cells":
            sums = self._cells.setdefault(number, [])
            sums.append(Cells(self._grain, *values.reshape(3, -1)))
            # Like with like: a cell is sorted again only when the sums have doubled.
            while len(sums) > 1 and 2 * len(sums[-1]) > len(sums[-2]):
                sums[-2:] = [sums[-2] + sums[-1]]
        elif (before := self._dense.get((name, number))) is None:
            self._dense[name, number] = values.copy()
        else:
            before += values

    def pieces(self) -> Iterator[Piece]:
        """The sums, one piece a place but for large ranges of cells."""
        yield from self._texts
        for (name, number), values in self._dense.items():
            yield name, number, values
        for number, sums in self._cells.items():
            while len(sums) > 1:
                sums[-2:] = [sums[-2] + sums[-1]]
            yield from _cut_cells(number, sums[0])


def join(pieces: Iterable[Piece], coder: Coder, grain: Grain) -> Adder:
    """Put gathered pieces together as if one thread had added everything up.

    Raises
    ------
    ConnhubError
        Of the kind that a worker met first.
    """
    cells = None if grain == "firms" else _Joined(grain)
    adder = Adder(coder, Tables(coder, grain), cells)  # type: ignore[arg-type]
    flat = {name: getattr(adder, name).reshape(-1) for name in _DENSE[:-1]}
    flat["years"] = adder.reading.years
    failures = []
    for name, number, payload in pieces:
        if name == "error":
            failures.append((number, bytes(payload)))
        elif name == "reading":
            adder.reading.merge(_reading(payload))
        elif cells is not None and name == "cells":
            cells.parts.append(np.frombuffer(payload, dtype=np.int64).reshape(3, -1))
        else:
            values = np.frombuffer(payload, dtype=np.int64)
            flat[name][number * BLOCK : number * BLOCK + values.size] += values
    if failures:
        raise _error(min(failures)[1])
    return adder


class _Joined:
    """Stands in for the table of cells: they come sorted, and no two pieces share a key."""

    def __init__(self, grain: Grain) -> None:
        self.grain = grain
        self.parts: list[Int] = []

    def finish(self, threads: int = 1) -> Cells:
        del threads
        parts = sorted(self.parts, key=lambda part: int(part[0, 0]))
        whole = np.concatenate(parts, axis=1) if parts else np.empty((3, 0), dtype=np.int64)
        return Cells(self.grain, *whole)


# --- texts ----------------------------------------------------------------------------


_BY_PLACE = ("rows", "amount", "part_rows", "typical")


def _reading_text(reading: Reading) -> bytes:
    """What was read, as JSON: its integers have no largest one."""
    kept: dict[str, Any] = {n: list(getattr(reading, n).items()) for n in _BY_PLACE}
    kept["magnitude"] = reading.magnitude
    kept["faults"] = [
        (place, found.count, [(*at, value) for at, value in found.first])
        for place, found in reading.faults.items()
    ]
    return json.dumps(kept).encode()


def _reading(payload: Any) -> Reading:
    kept = json.loads(bytes(payload))

    def hashable(place: Any) -> Any:
        return tuple(place) if isinstance(place, list) else place

    sums: dict[str, Any] = {
        n: {hashable(place): hashable(v) for place, v in kept[n]} for n in _BY_PLACE
    }
    faults = {
        hashable(place): Found(count, [((part, row), value) for part, row, value in first])
        for place, count, first in kept["faults"]
    }
    return Reading(**sums, magnitude=kept["magnitude"], faults=faults)


_KINDS: dict[str, type[ConnhubError]] = {
    kind.__name__: kind
    for kind in (
        ColumnError,
        ConnhubError,
        InputError,
        LimitError,
        MissingExtraError,
        OptionError,
        StorageError,
    )
}


def error_piece(number: int, error: ConnhubError) -> Piece:
    """Carry an error as data, so that the user gets it as it was raised."""
    kept = {"kind": type(error).__name__, "faults": [fault.to_dict() for fault in error.faults]}
    return "error", number, json.dumps(kept, default=str).encode()


def _error(payload: bytes) -> ConnhubError:
    kept = json.loads(payload)
    return _KINDS[kept["kind"]](*map(Fault.from_dict, kept["faults"]))
