"""Read a prepared directory, after making sure that it is the one that was written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from connhub.arrow import from_numpy, to_numpy
from connhub.errors import Fault, InputError, OptionError, StorageError
from connhub.intake.account import Account
from connhub.intake.amounts import Money
from connhub.intake.batch import MISSING_AMOUNT, PLAIN, Batch
from connhub.intake.encoder import REGION_ROLES, mark_years
from connhub.intake.firm_table import FirmTable, known_firms
from connhub.intake.reading import Reading
from connhub.intake.table_source import Batches, Part
from connhub.intake.transactions import chosen_years
from connhub.options import Policies, ReadOptions
from connhub.storage import changed, is_described, read_description, read_member, read_parquet
from connhub.text.catalogue import Message

__all__ = ["FORMAT", "INDEX", "PreparedTable", "is_prepared", "refuse_settled"]

FORMAT = 4
INDEX = "prepared.json"


def is_prepared(path: Any) -> bool:
    """Whether a path is a directory that `prepare` wrote, wholly or in part.

    Parameters
    ----------
    path : object
        Whatever `analyze` may be given.

    Returns
    -------
    bool
    """
    if not isinstance(path, str | os.PathLike):
        return False
    folder = Path(path)
    return is_described(folder, INDEX) or (
        (folder / "trade").is_dir() and (folder / "firms.parquet").is_file()
    )


@dataclass(frozen=True, eq=False)
class _PreparedEncoder:
    """Gives the encoded rows of a prepared table; see `RowEncoder`."""

    firms: FirmTable
    policies: Policies
    money: Money
    years: tuple[int, ...]
    roles: Mapping[str, str] = field(
        default_factory=dict
    )  # rows are no rows of the user's any more

    def batches(self, part: Part, reading: Reading) -> Iterator[Batch]:
        """Encoded rows of a part."""
        for raw, position in part.read():
            columns = {n: raw[n] for n in raw.schema.names}
            amount = to_numpy(columns["amount"])
            counts = to_numpy(columns["n_transactions"])
            mark = np.empty(0, dtype=np.uint8)
            if "mark" in columns:
                mark = to_numpy(columns["mark"])
                missing = np.flatnonzero(mark == MISSING_AMOUNT)
                if self.policies.missing_amount == "error" and missing.size:
                    count = int(counts[missing].sum())
                    reading.complain(part, "intake.missing_amount", missing, count=count)
            years = to_numpy(columns["year"]) if "year" in columns else None
            if years is not None:
                mark = mark_years(years, self.years, mark, reading, counts)
            given = {r: columns[r] for r in REGION_ROLES if r in columns}
            seller_region, buyer_region = (
                self._region(given, r, part, reading) for r in REGION_ROLES
            )
            reading.tally(part, amount, counts)
            yield Batch(
                seller=to_numpy(columns["seller"]),
                buyer=to_numpy(columns["buyer"]),
                amount=amount,
                counts=counts,
                mark=mark,
                seller_region=seller_region,
                buyer_region=buyer_region,
                ids=None,
                given=given,
                years=years,
                part=part,
                position=position,
            )

    def _region(
        self, given: Mapping[str, pa.Array], role: str, part: Part, reading: Reading
    ) -> npt.NDArray[np.int32]:
        if role not in given:
            return np.empty(0, dtype=np.int32)
        index, bad = self.firms.regions.resolve(given[role])
        if (rows := np.flatnonzero(bad)).size:
            values, level = given[role].take(from_numpy(rows)), self.firms.regions.level
            kind = "intake.unknown_region_code"
            reading.complain(part, kind, rows, values, column=role, level=level)
        return index


class PreparedTable:
    """A prepared directory opened for adding up; see `OpenTable`.

    Parameters
    ----------
    folder : path
    region : {"municipality", "prefecture", "block"}, column name, or mapping
        What a region is.
    year : int, sequence of int, or None
    policies : Policies

    Raises
    ------
    StorageError
        When the directory was changed, is half written, or stems from another version.
    InputError
        When years are chosen, and some could not be read.
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
        table = read_parquet(read_member(self.folder, self.index, "firms.parquet"))
        firms = known_firms(table, region=region)
        options = self.index["options"]
        money = Money(options["unit"], Fraction(*self.index["resolution"]), options["rounding"])
        years = chosen_years(year, has_year=self.index["has_year"])
        if years and self.index["unread_years"]:
            raise InputError(*map(Fault.from_dict, self.index["unread_years"]))
        self.encoder = _PreparedEncoder(firms, policies, money, years)

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
        content = read_member(self.folder, self.index, file["name"])
        table = pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
        constants = {n: v for n, v in file["constants"].items() if n == "year" or v != PLAIN}
        kinds = {"mark": np.uint8, "year": np.int16}
        for name, value in constants.items():
            table = table.append_column(name, from_numpy(np.full(len(table), value, kinds[name])))
        position = 0
        for batch in table.combine_chunks().to_batches(max_chunksize=batch_rows):
            yield batch, position
            position += batch.num_rows

    def finish(self, reading: Reading) -> Account:
        """Raise what is wrong; else what was known of the files when they were prepared."""
        if reading.faults:
            raise InputError(
                *(
                    Fault(
                        "prepared.rows",
                        fault=Message(kind, count=offending.count, **dict(details)),
                        file=str(self.folder),
                        column=column,
                        examples=offending.examples,
                        count=offending.count,
                    )
                    for (_, kind, column, details), offending in sorted(reading.faults.items())
                )
            )
        read = self.index["read"]
        if (sum(reading.rows.values()), sum(reading.amount.values())) != (
            read["rows"],
            read["amount"],
        ):
            raise StorageError(Fault("storage.changed", file=str(self.folder)))
        return Account.from_dict(self.index["account"])


def _read_index(folder: Path) -> dict[str, Any]:
    index = read_description(folder, INDEX, version=FORMAT)
    found = {f"trade/{path.name}" for path in (folder / "trade").glob("*")}
    if found != {file["name"] for file in index["trade"]}:
        raise changed(folder / "trade")
    return index


def refuse_settled(read: ReadOptions, engine: str) -> None:
    """Refuse options that were settled when a table was prepared.

    Parameters
    ----------
    read : ReadOptions
    engine : str

    Raises
    ------
    OptionError
    """
    usual = ReadOptions()
    given = [
        f.name
        for f in fields(read)
        if (getattr(read, f.name) or None) != (getattr(usual, f.name) or None)
        and str(getattr(read, f.name)) != str(getattr(usual, f.name))
    ]
    if given:
        raise OptionError(Fault("analysis.settled_by_prepare", names=given))
    if engine != "local":
        raise OptionError(Fault("analysis.prepared_is_local"))
