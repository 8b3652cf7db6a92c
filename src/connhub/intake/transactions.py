"""A transaction table opened for reading: what it holds, and what must be true of it."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from connhub.errors import ConnhubWarning, Fault, InputError, LimitError, OptionError
from connhub.intake import amounts
from connhub.intake.amounts import Money
from connhub.intake.columns import check_roles, find_roles
from connhub.intake.encoder import FIRST_YEAR, YEARS, Coder, Reading
from connhub.intake.firm_table import FirmTable, check_id_type
from connhub.intake.ledger import FileRecord
from connhub.intake.table_source import Part, Source, open_source
from connhub.options import MoneyOptions, Policies, ReadOptions
from connhub.storage import hash_file
from connhub.text.catalogue import Message, listed

__all__ = ["Transactions", "chosen_years", "read_record"]


class Transactions:
    """A transaction table opened for reading, with all that is needed to code its rows.

    Parameters
    ----------
    data : path, list of paths, table, or Source
    firms : FirmTable
    policies : Policies
    read : ReadOptions
    year : int, sequence of int, or None
        Years to count.
    """

    def __init__(
        self,
        data: Any,
        firms: FirmTable,
        policies: Policies,
        read: ReadOptions,
        *,
        year: int | Sequence[int] | None = None,
    ) -> None:
        check_roles(read.columns)
        opened = isinstance(data, Source)
        self.source = data if opened else open_source(data, encoding=read.encoding)
        file = self.source.files[0]
        roles = find_roles("transactions", self.source.schema.names, read.columns, file=file)
        for role in ("seller_id", "buyer_id"):
            check_id_type(self.source.schema.field(roles[role]).type, roles[role], file)
        money = Money.of(amounts.settle_unit(roles["amount"], read.unit), read.resolution)
        years = chosen_years(year, has_year="year" in roles)
        self.coder = Coder(firms, policies, roles, money, years)
        self.manifest = _read_manifest(read.manifest, self.source)

    @property
    def size(self) -> int | None:
        """Sum of the weights of all parts, where it is known beforehand."""
        return self.source.size

    def parts(self, batch_rows: int, threads: int) -> Iterator[Part]:
        """Parts of the source, for the threads to share."""
        return self.source.parts(
            list(dict.fromkeys(self.coder.roles.values())), batch_rows, threads
        )

    # --- after reading -----------------------------------------------------------

    def finish(self, reading: Reading) -> tuple[tuple[FileRecord, ...], list[Message]]:
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
            amount = self.coder.money.sum_in_result_units(reading.amount.get(i, 0))
            rows = reading.rows.get(i, 0)
            records.append(
                FileRecord(name, rows, amount, stat.st_size, stat.st_mtime_ns)
                if stat
                else FileRecord(name, rows, amount)
            )
        _check_manifest(self.manifest, records)
        for note in notes:
            warnings.warn(str(note), ConnhubWarning, stacklevel=4)
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
            faults.append(fault.at(rows=(row,)))
        return faults


def read_record(read: MoneyOptions, unit: str) -> dict[str, Any]:
    """The options of reading as they are kept with a result; the unit is the one found."""
    return {
        "columns": dict(read.columns or {}),
        "unit": unit,
        "resolution": str(read.resolution),
        "rounding": read.rounding,
        "encoding": read.encoding,
        "fold_ids": read.fold_ids,
    }


def chosen_years(year: int | Sequence[int] | None, *, has_year: bool) -> tuple[int, ...]:
    """Years to count, sorted; empty for all.

    Raises
    ------
    OptionError
    """
    if year is None:
        return ()
    years = [year] if isinstance(year, int) else list(year)
    if not has_year:
        fix = "name it with columns={'year': ...}, or leave year= out"
        raise OptionError(Fault("year= is given but the table has no year column", fix=fix))
    if not years or not all(
        isinstance(y, int) and FIRST_YEAR <= y < FIRST_YEAR + YEARS for y in years
    ):
        raise OptionError(Fault(f"year={year!r} is no year", fix="give 2025, or [2023, 2024]"))
    return tuple(sorted(set(years)))


def _unlike(reading: Reading, files: Sequence[str]) -> list[Message]:
    """Note files whose typical amounts differ a hundredfold: a unit may be wrong."""
    means = {i: total / n for i, (total, n) in reading.typical.items() if n >= 20}
    if len(means) < 2:
        return []
    low, high = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    if means[high] - means[low] < 2:
        return []
    times = math.floor(10 ** (means[high] - means[low]))
    names = {"high": Path(files[high]).name, "low": Path(files[low]).name}
    return [Message("intake.unlike_amounts", times=times, **names)]


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
