"""Read a prepared directory, after making sure that it is the one that was written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from connhub.errors import Fault, InputError, StorageError
from connhub.intake.amounts import Money
from connhub.intake.encoder import (
    MISSING_AMOUNT,
    ONE_EACH,
    PLAIN,
    REGION_ROLES,
    Batch,
    Found,
    Reading,
    mark_years,
)
from connhub.intake.firm_table import FirmTable, known_firms
from connhub.intake.ledger import FileRecord
from connhub.intake.table_source import Batches, Part
from connhub.intake.transactions import chosen_years
from connhub.options import Policies
from connhub.storage import read_json
from connhub.text.catalogue import Message

__all__ = ["FORMAT", "INDEX", "PreparedTable", "is_prepared"]

FORMAT = 1
INDEX = "prepared.json"


def is_prepared(path: Any) -> bool:
    """Whether a path is a directory that `prepare` wrote, wholly or in part."""
    if not isinstance(path, str | os.PathLike):
        return False
    folder = Path(path)
    return (folder / INDEX).is_file() or (
        (folder / "trade").is_dir() and (folder / "firms.parquet").is_file()
    )


@dataclass(frozen=True, eq=False)
class _PreparedCoder:
    """Gives the coded rows of a prepared table; see `Coding`."""

    firms: FirmTable
    policies: Policies
    money: Money
    years: tuple[int, ...]

    def batches(self, part: Part, reading: Reading) -> Iterator[Batch]:
        """Coded rows of a part."""
        for raw, position in part.read():
            columns = {n: raw[n] for n in raw.schema.names}
            amount, deals = columns["amount"].to_numpy(), columns["deals"].to_numpy()
            mark = np.empty(0, dtype=np.uint8)
            if "mark" in columns:
                mark = columns["mark"].to_numpy()
                missing = mark == MISSING_AMOUNT
                if self.policies.missing_amount == "error" and missing.any():
                    self._complain("amounts are missing", missing, deals, part, reading)
            years = columns["year"].to_numpy() if "year" in columns else None
            if years is not None:
                mark = mark_years(years, self.years, mark, reading, deals)
            given = {r: columns[r] for r in REGION_ROLES if r in columns}
            sold, bought = (self._region(given, r, part, reading) for r in REGION_ROLES)
            reading.tally(part, amount, deals)
            seller, buyer = columns["seller"].to_numpy(), columns["buyer"].to_numpy()
            yield Batch(
                seller, buyer, amount, deals, mark, sold, bought, None, given, years, part, position
            )

    def _region(
        self, given: Mapping[str, pa.Array], role: str, part: Part, reading: Reading
    ) -> npt.NDArray[np.int32]:
        if role not in given:
            return np.empty(0, dtype=np.int32)
        index, bad = self.firms.regions.resolve(given[role])
        if bad.any():
            what = f"regions of {role} that are none of level {self.firms.regions.level!r}"
            self._complain(what, bad, ONE_EACH, part, reading)
        return index

    @staticmethod
    def _complain(
        what: str,
        bad: npt.NDArray[np.bool_],
        deals: npt.NDArray[np.int64],
        part: Part,
        reading: Reading,
    ) -> None:
        found = reading.faults.setdefault((part.file, what, ""), Found())
        count = int(deals[bad].sum()) if deals.size else None
        found.add(part.number, np.flatnonzero(bad), [], count)


class PreparedTable:
    """A prepared directory opened for adding up; see `Work`.

    Parameters
    ----------
    folder : path
    region
        As in `analyze`.
    year : int, sequence of int, or None
    policies : Policies

    Raises
    ------
    StorageError
        When the directory was changed, is half written, or stems from another version.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        region: str | Mapping[str, str],
        year: int | Sequence[int] | None,
        policies: Policies,
    ) -> None:
        self.folder = Path(folder)
        self.index = _read_index(self.folder)
        content = _verified(self.folder / "firms.parquet", self.index["firms"])
        table = pq.read_table(pa.BufferReader(content))
        firms = known_firms(table, region=region)
        money = Money(self.index["options"]["unit"], Fraction(*self.index["resolution"]))
        years = chosen_years(year, has_year=self.index["has_year"])
        self.coder = _PreparedCoder(firms, policies, money, years)

    @property
    def options(self) -> dict[str, Any]:
        """The options of `analyze` that were settled when the table was prepared."""
        return dict(self.index["options"])

    @property
    def size(self) -> int:
        """Number of rows it keeps."""
        return sum(file["rows"] for file in self.index["trade"])

    def parts(self, batch_rows: int, threads: int) -> Iterator[Part]:
        """One part a file."""
        del threads
        for number, file in enumerate(self.index["trade"]):
            yield Part(0, number, file["rows"], partial(self._read, file, batch_rows))

    def _read(self, file: Mapping[str, Any], batch_rows: int) -> Batches:
        path = self.folder / "trade" / file["name"]
        content = _verified(path, file["sha256"])
        table = pq.read_table(pa.BufferReader(content), use_threads=False)
        constants = {n: v for n, v in file["constants"].items() if n == "year" or v != PLAIN}
        kinds = {"mark": np.uint8, "year": np.int16}
        for name, value in constants.items():
            table = table.append_column(name, pa.array(np.full(len(table), value, kinds[name])))
        position = 0
        for batch in table.combine_chunks().to_batches(max_chunksize=batch_rows):
            yield batch, position
            position += batch.num_rows

    def finish(self, reading: Reading) -> tuple[tuple[FileRecord, ...], list[Message]]:
        """Raise what is wrong; else the files that were prepared and what to note of them."""
        if reading.faults:
            fix = "the rows are named by analyzing the raw table with the same options"
            where = str(self.folder)
            raise InputError(
                *(
                    Fault(f"{found.count:,} {what}", file=where, count=found.count, fix=fix)
                    for (_, what, _), found in sorted(reading.faults.items())
                )
            )
        read = self.index["read"]
        if (sum(reading.rows.values()), sum(reading.amount.values())) != (
            read["rows"],
            read["amount"],
        ):
            raise StorageError(_changed(self.folder))
        return tuple(FileRecord(**f) for f in self.index["files"]), [
            Message.from_dict(n) for n in self.index["notes"]
        ]


def _read_index(folder: Path) -> dict[str, Any]:
    if not (folder / INDEX).is_file():
        what = "the directory is no prepared table, or is half written"
        raise StorageError(Fault(what, file=str(folder), fix="prepare it again"))
    index = read_json(folder / INDEX)
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        fix = "prepare it again with this version"
        what = "the table was prepared by another version"
        raise StorageError(Fault(what, file=str(folder), fix=fix))
    found = {p.name for p in (folder / "trade").glob("*")}
    if found != {f["name"] for f in index["trade"]}:
        raise StorageError(_changed(folder / "trade"))
    return index


def _verified(path: Path, expected: str) -> bytes:
    """Content of a file, when it is the one that was written."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StorageError(_changed(path)) from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise StorageError(_changed(path))
    return content


def _changed(path: Path) -> Fault:
    what = "the prepared table was changed or is not whole"
    return Fault(what, file=str(path), fix="prepare it again from the raw table")
