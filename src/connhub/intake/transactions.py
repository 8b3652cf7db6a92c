"""Checked batches of (seller index, buyer index, amount), and what was read on the way."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.errors import (
    ColumnError,
    ConnhubWarning,
    Fault,
    InputError,
    LimitError,
    OptionError,
    listed,
)
from connhub.intake import amounts
from connhub.intake.amounts import Money
from connhub.intake.columns import check_roles, find_roles
from connhub.intake.firms import FirmTable, check_id_type, folded
from connhub.intake.ledger import FileRecord, Policies
from connhub.intake.sources import Part, Source, open_source
from connhub.regions import rows_where, text
from connhub.storage import hash_file

__all__ = ["PLAIN", "SAME_UNKNOWN", "Batch", "Reading", "Transactions"]

PLAIN, OTHER_YEAR, MISSING_YEAR, MISSING_AMOUNT, SAME_UNKNOWN = range(5)
"""What intake already knows of a row; SAME_UNKNOWN: seller and buyer are one unlisted id."""

FIRST_YEAR, YEARS = 1800, 400
_NONE = np.empty(0, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Batch:
    """Coded rows: what the kernel gets.

    Parameters
    ----------
    seller, buyer : ndarray of int32
        Firm index; the number of firms for one that the table lacks.
    amount : ndarray of int64
        In multiples of the resolution; 0 where missing.
    mark : ndarray of uint8, or empty when all rows are PLAIN
    seller_region, buyer_region : ndarray of int32, or empty
        Region that the row itself gives for a party, -1 for none.
    ids : pair of Array
        Of seller and buyer as they came, for messages.
    part : Part
    position : int
        Of the first row inside the part.
    """

    seller: npt.NDArray[np.int32]
    buyer: npt.NDArray[np.int32]
    amount: npt.NDArray[np.int64]
    mark: npt.NDArray[np.uint8]
    seller_region: npt.NDArray[np.int32]
    buyer_region: npt.NDArray[np.int32]
    ids: tuple[pa.Array, pa.Array]
    part: Part
    position: int


@dataclass
class _Found:
    """Offending rows of one kind in one file: how many, and the first ten."""

    count: int = 0
    first: list[tuple[tuple[int, int], str]] = field(default_factory=list)

    def add(self, part: int, rows: npt.NDArray[np.int64], values: Sequence[str]) -> None:
        self.count += int(rows.size)
        places = ((part, int(r)) for r in rows[:10])
        self.first = sorted([*self.first, *zip(places, values, strict=False)])[:10]

    def merge(self, other: _Found) -> None:
        self.count += other.count
        self.first = sorted([*self.first, *other.first])[:10]


@dataclass
class Reading:
    """What one thread, or all of them, read: rows, money, years, faults. Additive."""

    rows: dict[int, int] = field(default_factory=dict)  # by file
    amount: dict[int, int] = field(default_factory=dict)
    magnitude: int = 0
    years: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(YEARS, dtype=np.int64))
    part_rows: dict[tuple[int, int], int] = field(default_factory=dict)
    typical: dict[int, tuple[float, int]] = field(default_factory=dict)
    faults: dict[tuple[int, str, str], _Found] = field(default_factory=dict)
    row_faults: list[tuple[int, int, int, Fault]] = field(default_factory=list)

    def merge(self, other: Reading) -> None:
        """Add what another thread read."""
        for name in ("rows", "amount", "part_rows"):
            mine: dict[Any, int] = getattr(self, name)
            for key, value in getattr(other, name).items():
                mine[key] = mine.get(key, 0) + value
        for key, (total, count) in other.typical.items():
            before = self.typical.get(key, (0.0, 0))
            self.typical[key] = (before[0] + total, before[1] + count)
        for place, found in other.faults.items():
            self.faults.setdefault(place, _Found()).merge(found)
        self.magnitude += other.magnitude
        self.years += other.years
        self.row_faults += other.row_faults


class Transactions:
    """A transaction table opened for reading, with all that is needed to code its rows.

    Parameters
    ----------
    data : path, list of paths, or table
    firms : FirmTable
    policies : Policies
    columns, unit, resolution, year, encoding, manifest
        As in `analyze`.
    """

    def __init__(
        self,
        data: Any,
        firms: FirmTable,
        policies: Policies,
        *,
        columns: Mapping[str, str] | None = None,
        unit: str | None = None,
        resolution: Any = 1,
        year: int | Sequence[int] | None = None,
        encoding: str | None = None,
        manifest: Any = None,
    ) -> None:
        check_roles(columns)
        self.source: Source = open_source(data, encoding=encoding)
        self.firms, self.policies = firms, policies
        file = self.source.files[0]
        self.roles = find_roles("transactions", self.source.schema.names, columns, file=file)
        for role in ("seller_id", "buyer_id"):
            column = self.roles[role]
            check_id_type(self.source.schema.field(column).type, column, file)
        header = self.roles["amount"]
        self.money = Money.of(amounts.settle_unit(header, unit), resolution)
        self.chosen_years = _chosen_years(year, self.roles)
        self.manifest = _read_manifest(manifest, self.source)

    def parts(self, batch_rows: int, threads: int) -> Iterator[Part]:
        """Parts of the source, for the threads to share."""
        return self.source.parts(list(dict.fromkeys(self.roles.values())), batch_rows, threads)

    def batches(self, part: Part, reading: Reading) -> Iterator[Batch]:
        """Code the rows of a part; what was read and what is wrong goes into `reading`."""
        for raw, position in part.read():
            yield self._code(raw, part, position, reading)
        number = part.number
        reading.row_faults += [(part.file, number, pos, f) for pos, f in part.faults]
        skipped = len(part.faults)
        if skipped:
            key = (part.file, number)
            reading.part_rows[key] = reading.part_rows.get(key, 0) + skipped

    def _code(self, raw: pa.RecordBatch, part: Part, position: int, reading: Reading) -> Batch:
        def complain(what: str, column: str, rows: npt.NDArray[np.int64]) -> None:
            values = [str(v) for v in raw[column].take(pa.array(rows[:10])).to_pylist()]
            found = reading.faults.setdefault((part.file, what, column), _Found())
            found.add(part.number, part.count_skipped(rows + position), values)

        seller, seller_ids = self._party(raw, "seller_id")
        buyer, buyer_ids = self._party(raw, "buyer_id")
        column = self.roles["amount"]
        amount, status = self.money.parse(raw[column], column)
        mark = np.zeros(0, dtype=np.uint8)
        if status.any():
            for code, what in amounts.STATUS.items():
                if (rows := np.flatnonzero(status == code)).size:
                    complain(what, column, rows)
            missing = status == amounts.MISSING
            if self.policies.missing_amount == "error" and missing.any():
                complain("amounts are missing", column, np.flatnonzero(missing))
            mark = np.where(missing, MISSING_AMOUNT, PLAIN).astype(np.uint8)
        mark = self._mark_same_unknown(seller, buyer, seller_ids, buyer_ids, mark)
        regions = {r: self._region(raw, r, complain) for r in ("seller_region", "buyer_region")}
        mark = self._mark_years(raw, mark, reading, complain)
        self._tally(part, amount, reading)
        ids = (seller_ids, buyer_ids)
        return Batch(seller, buyer, amount, mark, **regions, ids=ids, part=part, position=position)

    def _party(self, raw: pa.RecordBatch, role: str) -> tuple[npt.NDArray[np.int32], pa.Array]:
        ids = raw[self.roles[role]]
        if self.firms.fold_ids:
            ids = folded(ids)
        try:
            return self.firms.lookup.indices(ids), ids
        except pa.ArrowInvalid as error:
            fix = "give ids as text or int64"
            raise ColumnError(Fault(str(error), column=self.roles[role], fix=fix)) from error

    def _mark_same_unknown(
        self,
        seller: npt.NDArray[np.int32],
        buyer: npt.NDArray[np.int32],
        seller_ids: pa.Array,
        buyer_ids: pa.Array,
        mark: npt.NDArray[np.uint8],
    ) -> npt.NDArray[np.uint8]:
        missing = len(self.firms)
        both = np.flatnonzero((seller == missing) & (buyer == missing))
        if not both.size:
            return mark
        rows = pa.array(both)
        left, right = (text(ids.take(rows)) for ids in (seller_ids, buyer_ids))
        named = pc.and_(pc.equal(left, right), pc.not_equal(left, ""))
        same = both[rows_where(named)]
        mark = mark if mark.size else np.zeros(seller.size, dtype=np.uint8)
        mark[same[mark[same] == PLAIN]] = SAME_UNKNOWN
        return mark

    def _region(self, raw: pa.RecordBatch, role: str, complain: Any) -> npt.NDArray[np.int32]:
        if role not in self.roles:
            return _NONE
        index, bad = self.firms.regions.resolve(raw[self.roles[role]])
        if bad.any():
            level = self.firms.regions.level
            complain(
                f"regions that are none of level {level!r}", self.roles[role], np.flatnonzero(bad)
            )
        return index

    def _mark_years(
        self, raw: pa.RecordBatch, mark: npt.NDArray[np.uint8], reading: Reading, complain: Any
    ) -> npt.NDArray[np.uint8]:
        if "year" not in self.roles:
            return mark
        column = self.roles["year"]
        years, bad = _years(raw[column])
        if bad.any():
            complain("years that are none", column, np.flatnonzero(bad))
        known = years[years > 0] - FIRST_YEAR
        reading.years += np.bincount(known, minlength=YEARS)
        if self.chosen_years:
            mark = mark if mark.size else np.zeros(years.size, dtype=np.uint8)
            mark[~np.isin(years, self.chosen_years)] = OTHER_YEAR
            mark[years == 0] = MISSING_YEAR
        return mark

    @staticmethod
    def _tally(part: Part, amount: npt.NDArray[np.int64], reading: Reading) -> None:
        key = (part.file, part.number)
        first = part.file not in reading.typical
        reading.part_rows[key] = reading.part_rows.get(key, 0) + amount.size
        reading.rows[part.file] = reading.rows.get(part.file, 0) + amount.size
        weight = amounts.magnitude(amount)
        reading.magnitude += weight
        total = int(amount.sum()) if weight < 2**63 else 0
        reading.amount[part.file] = reading.amount.get(part.file, 0) + total
        if first:
            some = np.abs(amount[:10_000][amount[:10_000] != 0]).astype(np.float64)
            reading.typical[part.file] = (float(np.log10(some).sum()), int(some.size))

    # --- after reading -----------------------------------------------------------

    def finish(self, reading: Reading) -> tuple[tuple[FileRecord, ...], list[str]]:
        """Raise all faults at once; else return the files read and what to note.

        Raises
        ------
        InputError, LimitError
        """
        if faults := self._faults(reading):
            raise InputError(*faults)
        if reading.magnitude >= 2**63:
            raise LimitError(
                Fault(
                    f"the amounts add up to {reading.magnitude:,}, past 2**63",
                    fix="choose a larger resolution=, or mend amounts that are far too large",
                )
            )
        notes = [*_unlike(reading, self.source.files), *self.source.notes]
        records = []
        for i, name in enumerate(self.source.files):
            stat = self.source.paths[i].stat() if self.source.paths else None
            amount = self.money.in_base_exact(reading.amount.get(i, 0))
            rows = reading.rows.get(i, 0)
            records.append(
                FileRecord(name, rows, amount, stat.st_size, stat.st_mtime_ns)
                if stat
                else FileRecord(name, rows, amount)
            )
        _check_manifest(self.manifest, records)
        for note in notes:
            warnings.warn(note, ConnhubWarning, stacklevel=4)
        return tuple(records), notes

    def row_number(self, reading: Reading, file: int, part: int, position: int) -> int:
        """Row as the user counts it, once all parts are read."""
        before = sum(n for (f, p), n in reading.part_rows.items() if f == file and p < part)
        return before + position + self.source.first_row

    def _faults(self, reading: Reading) -> list[Fault]:
        faults = []
        fixes = {
            "amounts that cannot be read": "write digits, commas in threes, one sign of - − ▲ △ "
            "or brackets",
            "amounts that are no whole multiple of the resolution": "set resolution= to the "
            "smallest amount, such as 0.01, or correct the values",
            "amounts are missing": "fill them in, or choose missing_amount='exclude'",
        }
        for (file, what, column), found in sorted(reading.faults.items()):
            rows = tuple(self.row_number(reading, file, *place) for place, _ in found.first)
            fix = fixes.get(what, "correct them, or leave the rows out beforehand")
            faults.append(
                Fault(
                    f"{found.count:,} {what}",
                    file=self.source.files[file],
                    column=column,
                    rows=rows,
                    values=tuple(v for _, v in found.first),
                    count=found.count,
                    fix=fix,
                )
            )
        for file, part, position, fault in sorted(reading.row_faults, key=lambda f: f[:3])[:10]:
            row = self.row_number(reading, file, part, position)
            faults.append(Fault(**{**vars(fault), "rows": (row,)}))
        return faults


def _chosen_years(year: int | Sequence[int] | None, roles: Mapping[str, str]) -> list[int]:
    if year is None:
        return []
    years = [year] if isinstance(year, int) else list(year)
    if "year" not in roles:
        fix = "name it with columns={'year': ...}, or leave year= out"
        raise OptionError(Fault("year= is given but the table has no year column", fix=fix))
    if not years or not all(
        isinstance(y, int) and FIRST_YEAR <= y < FIRST_YEAR + YEARS for y in years
    ):
        raise OptionError(Fault(f"year={year!r} is no year", fix="give 2025, or [2023, 2024]"))
    return years


def _years(values: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Years, 0 where missing, and which values are no years."""
    if isinstance(values, pa.DictionaryArray):
        values = values.dictionary_decode()
    if pa.types.is_integer(values.type) or pa.types.is_null(values.type):
        numbers = values.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
        missing = values.is_null().to_numpy(zero_copy_only=False)
    else:
        words = text(values)
        missing = pc.or_kleene(pc.is_null(words), pc.equal(words, ""))
        missing = missing.to_numpy(zero_copy_only=False)
        plain = pc.match_substring_regex(words, "^[0-9]{4}$").fill_null(False)
        digits = pc.if_else(plain, words, pa.scalar("-1", pa.large_string())).fill_null("-1")
        numbers = digits.cast(pa.int64()).to_numpy(zero_copy_only=False)
    inside = (numbers >= FIRST_YEAR) & (numbers < FIRST_YEAR + YEARS)
    return np.where(inside, numbers, 0), ~inside & ~missing


def _unlike(reading: Reading, files: Sequence[str]) -> list[str]:
    """Note files whose typical amounts differ a hundredfold: a unit may be wrong."""
    means = {i: total / n for i, (total, n) in reading.typical.items() if n >= 20}
    if len(means) < 2:
        return []
    low, high = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    if means[high] - means[low] < 2:
        return []
    times = math.floor(10 ** (means[high] - means[low]))
    return [
        f"amounts in {Path(files[high]).name} are typically {times:,} times those in "
        f"{Path(files[low]).name}; check that both are in the same unit"
    ]


def _read_manifest(manifest: Any, source: Source) -> dict[str, dict[str, Any]]:
    """Read what the files should hold; hashes are checked at once."""
    if manifest is None:
        return {}
    content = manifest
    if not isinstance(manifest, Mapping):
        try:
            content = json.loads(Path(manifest).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            fix = 'give JSON: {"file.csv": {"rows": 10, "amount": 5000, "sha256": "..."}}'
            raise InputError(Fault(f"no manifest: {error}", file=str(manifest), fix=fix)) from error
    paths = {p.name: p for p in source.paths}
    absent = [name for name in content if name not in paths]
    faults = (
        [Fault(f"the manifest names files that are not read: {listed(absent)}")] if absent else []
    )
    for name, expected in content.items():
        if name in paths and "sha256" in expected:
            found = hash_file(paths[name])
            if found != str(expected["sha256"]).lower():
                fix = "fetch the file again"
                faults.append(
                    Fault("the file is not the one of the manifest (sha256)", file=name, fix=fix)
                )
    if faults:
        raise InputError(*faults)
    return dict(content)


def _check_manifest(
    manifest: Mapping[str, Mapping[str, Any]], records: Sequence[FileRecord]
) -> None:
    faults = []
    for record in records:
        expected = manifest.get(Path(record.name).name, {})
        for key, found in (("rows", record.rows), ("amount", record.amount)):
            if key in expected and int(expected[key]) != found:
                faults.append(
                    Fault(
                        f"the manifest promises {key} {int(expected[key]):,}, read were {found:,}",
                        file=record.name,
                        fix="fetch the file again; amounts of a manifest are in base units",
                    )
                )
    if faults:
        raise InputError(*faults)
