"""Sums in chunks that a cluster can carry and add up by place.

A *chunk* is a name, a number and bytes: a block of one of the dense arrays of an `Accumulator`,
cells of a range of nodes, what was read, or an error. Chunks of one name and number belong
together; all but what was read and errors are int64 and are added up by `ChunkSums`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
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
from connhub.intake.amounts import Rounding
from connhub.intake.encoder import Encoder
from connhub.intake.offending_rows import OffendingRows
from connhub.intake.reading import Reading
from connhub.totals.accumulator import Accumulator, Tables
from connhub.totals.sparse_sums import Grain, SparseSums

__all__ = ["ChunkSums", "SumChunk", "error_chunk", "join_chunks", "split"]

Int = npt.NDArray[np.int64]
SumChunk = tuple[str, int, Any]

BLOCK = 1 << 16
"""int64 values of a block: half a MiB, so that a batch of many blocks stays small."""
NODES = 1 << 12
"""Nodes whose cells go together."""

_DENSE = ("firms", "flows", "ledger", "excluded", "estimated", "years")


def split(accumulator: Accumulator) -> Iterator[SumChunk]:
    """Split the sums of one worker into chunks; blocks of zeros are left out.

    Parameters
    ----------
    accumulator : Accumulator

    Yields
    ------
    tuple
        Name, number and bytes.
    """
    reading = accumulator.reading
    yield "reading", 0, _reading_text(reading)
    dense = {name: getattr(accumulator, name) for name in _DENSE[:-1]}
    for name, sums in {**dense, "years": reading.years}.items():
        flat = sums.reshape(-1)
        for number, start in enumerate(range(0, flat.size, BLOCK)):
            block = flat[start : start + BLOCK]
            if block.any():
                yield name, number, block
    if accumulator.cells is not None:
        cells, nodes = accumulator.cells.finish(), accumulator.tables.nodes
        ranges = -(-nodes.region.size // NODES)
        width = NODES * nodes.width(cells.grain)
        edges = np.searchsorted(cells.key, np.arange(ranges + 1) * width)
        for number in range(ranges):
            yield from _split_cells(number, cells.part(slice(edges[number], edges[number + 1])))


def _split_cells(number: int, cells: SparseSums) -> Iterator[SumChunk]:
    """SparseSums of one range of nodes, no more than a block in a chunk."""
    limit = BLOCK // 3
    for start in range(0, len(cells), limit):
        part = cells.part(slice(start, start + limit))
        yield "cells", number, np.concatenate((part.key, part.amount, part.counts))


class ChunkSums:
    """Chunks added up by place.

    Parameters
    ----------
    grain : {"firms", "firms_by_region", "pairs"}
    """

    def __init__(self, grain: Grain) -> None:
        self._grain = grain
        self._dense: dict[tuple[str, int], Int] = {}
        self._cells: dict[int, list[SparseSums]] = {}
        self._texts: list[SumChunk] = []

    def add(self, name: str, number: int, payload: Any) -> None:
        """Add one chunk."""
        if name in ("reading", "error"):
            self._texts.append((name, number, payload))
            return
        values = np.frombuffer(payload, dtype=np.int64)
        if name == "cells":
            sums = self._cells.setdefault(number, [])
            sums.append(SparseSums(self._grain, *values.reshape(3, -1)))
            # Like with like: a cell is sorted again only when the sums have doubled.
            while len(sums) > 1 and 2 * len(sums[-1]) > len(sums[-2]):
                sums[-2:] = [sums[-2] + sums[-1]]
        elif (before := self._dense.get((name, number))) is None:
            self._dense[name, number] = values.copy()
        else:
            before += values

    def chunks(self) -> Iterator[SumChunk]:
        """The sums, one chunk a place but for large ranges of cells."""
        yield from self._texts
        for (name, number), values in self._dense.items():
            yield name, number, values
        for number, sums in self._cells.items():
            while len(sums) > 1:
                sums[-2:] = [sums[-2] + sums[-1]]
            yield from _split_cells(number, sums[0])


def join_chunks(chunks: Iterable[SumChunk], encoder: Encoder, grain: Grain) -> Accumulator:
    """Put summed chunks together as if one thread had added everything up.

    Parameters
    ----------
    chunks : iterable of chunks
    encoder : Encoder
    grain : {"firms", "firms_by_region", "pairs"}

    Returns
    -------
    Accumulator

    Raises
    ------
    ConnhubError
        Of the kind that a worker met first.
    """
    cells = None if grain == "firms" else _Joined(grain)
    accumulator = Accumulator(encoder, Tables(encoder.firms, encoder.policies, grain), cells)  # type: ignore[arg-type]
    flat = {name: getattr(accumulator, name).reshape(-1) for name in _DENSE[:-1]}
    flat["years"] = accumulator.reading.years
    failures = []
    for name, number, payload in chunks:
        if name == "error":
            failures.append((number, bytes(payload)))
        elif name == "reading":
            accumulator.reading.merge(_reading(payload))
        elif cells is not None and name == "cells":
            cells.parts.append(np.frombuffer(payload, dtype=np.int64).reshape(3, -1))
        else:
            values = np.frombuffer(payload, dtype=np.int64)
            flat[name][number * BLOCK : number * BLOCK + values.size] += values
    if failures:
        raise _error(min(failures)[1])
    return accumulator


class _Joined:
    """Stands in for the table of cells: they come sorted, and no two chunks share a key."""

    def __init__(self, grain: Grain) -> None:
        self.grain = grain
        self.parts: list[Int] = []

    def finish(self, threads: int = 1) -> SparseSums:
        del threads
        parts = sorted(self.parts, key=lambda part: int(part[0, 0]))
        whole = np.concatenate(parts, axis=1) if parts else np.empty((3, 0), dtype=np.int64)
        return SparseSums(self.grain, *whole)


# --- texts ----------------------------------------------------------------------------


_BY_PLACE = ("rows", "amount", "part_rows", "typical", "largest", "written_years")
_BY_COLUMN = "places"
_PLAIN = ("magnitude", "parties", "unknown", "unknown_ids")


def _reading_text(reading: Reading) -> bytes:
    """What was read, as JSON: its integers have no largest one."""
    content: dict[str, Any] = {n: list(getattr(reading, n).items()) for n in _BY_PLACE}
    content |= {name: getattr(reading, name) for name in _PLAIN}
    content[_BY_COLUMN] = [(c, list(at.items())) for c, at in reading.places.items()]
    content["rounding"] = [(file, asdict(r)) for file, r in reading.rounding.items()]
    content["faults"] = [
        (key, {**vars(rows), "values": list(rows.values.items())})
        for key, rows in reading.faults.items()
    ]
    return json.dumps(content).encode()


def _reading(payload: Any) -> Reading:
    content = json.loads(bytes(payload))
    sums: dict[str, Any] = {
        n: {_hashable(place): _hashable(v) for place, v in content[n]} for n in _BY_PLACE
    }
    faults = {
        _hashable(key): OffendingRows(
            count=rows["count"],
            first=[_hashable(place) for place in rows["first"]],
            values={value: _hashable(counted) for value, counted in rows["values"]},
            too_many=rows["too_many"],
        )
        for key, rows in content["faults"]
    }
    rounding = {file: Rounding(**sums) for file, sums in content["rounding"]}
    plain = {name: content[name] for name in _PLAIN}
    plain["unknown_ids"] = [_hashable(found) for found in plain["unknown_ids"]]
    places = {
        column: {value: _hashable(place) for value, place in found}
        for column, found in content[_BY_COLUMN]
    }
    return Reading(**sums, **plain, places=places, rounding=rounding, faults=faults)


def _hashable(value: Any) -> Any:
    """Lists of JSON as the tuples that they were."""
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


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


def error_chunk(number: int, error: ConnhubError) -> SumChunk:
    """Carry an error as data, so that the user gets it as it was raised.

    Parameters
    ----------
    number : int
        Of the task.
    error : ConnhubError

    Returns
    -------
    tuple
        A chunk.
    """
    content = {"kind": type(error).__name__, "faults": [f.to_dict() for f in error.faults]}
    return "error", number, json.dumps(content, default=str).encode()


def _error(payload: bytes) -> ConnhubError:
    content = json.loads(payload)
    return _KINDS[content["kind"]](*map(Fault.from_dict, content["faults"]))
