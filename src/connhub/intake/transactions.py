"""A transaction table opened for reading: what it holds, and what must be true of it."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import pyarrow as pa

from connhub.arrow import text
from connhub.errors import (
    ConnhubWarning,
    Fault,
    InputError,
    LimitError,
    OptionError,
    in_file,
)
from connhub.intake.account import Account, LargestRow
from connhub.intake.amounts import Money, Rounding, check_amount_type
from connhub.intake.cell_texts import are_names
from connhub.intake.columns import check_roles, find_roles
from connhub.intake.encoder import Encoder
from connhub.intake.firm_changes import FirmChanges
from connhub.intake.firm_names import read_firm_names
from connhub.intake.firm_table import FirmTable
from connhub.intake.header import PLAIN_NOTES
from connhub.intake.ids import check_id_type
from connhub.intake.ledger import FileRecord
from connhub.intake.manifest import check_manifest, read_manifest
from connhub.intake.open_table import open_source
from connhub.intake.reading import Reading
from connhub.intake.table_source import Part, Source
from connhub.intake.units import names_units, settle_unit, unit_note
from connhub.intake.unlike_ids import compare_parties
from connhub.intake.years import FIRST_YEAR, YEARS, year_notes
from connhub.options import MoneyOptions, Policies, ReadOptions, TableOptions
from connhub.regions.lost_zeros import lost_zeros
from connhub.text.catalogue import SHOWN, Message
from connhub.text.names import file_names

__all__ = ["Transactions", "chosen_years", "read_record"]


_EXAMPLES, _LABELS = 3, 3
_SOME = 1000
"""Ids of firms that are looked at for what they are like."""
_LAYOUT_OPTIONS = (
    "sheet",
    "header_row",
    "names",
    "delimiter",
    "missing_marks",
    "total_rows",
    "lost_digits",
    "merged_cells",
)


class Transactions:
    """A transaction table opened for reading, with all that is needed to encode its rows.

    Parameters
    ----------
    data : path, list of paths, table, or Source
    firms : FirmTable
    policies : Policies
    read : ReadOptions
    year : int, sequence of int, or None
        Years to count.
    changes : FirmChanges, optional
        Ids that changed.
    """

    def __init__(
        self,
        data: Any,
        firms: FirmTable,
        policies: Policies,
        read: ReadOptions,
        *,
        year: int | Sequence[int] | None = None,
        changes: FirmChanges | None = None,
    ) -> None:
        check_roles(read.columns)
        opened = isinstance(data, Source)
        self.source = data if opened else open_source(data, "transactions", read)
        file = self.source.files[0]
        roles = find_roles("transactions", self.source.schema.names, read.columns, file=file)
        for role in ("seller_id", "buyer_id"):
            check_id_type(self.source.schema.field(roles[role]).type, roles[role], file)
        self.read = read
        amount = self.source.schema.field(roles["amount"])
        with in_file(file):
            check_amount_type(amount.type, amount.name)
            unit = settle_unit(amount.name, read.unit, self.source.titles)
        money = Money.of(unit, read.resolution, read.rounding)
        years = chosen_years(year, has_year="year" in roles)
        names = None
        if read.firm_names is not None:
            names = read_firm_names(read.firm_names, read=TableOptions(fold_ids=firms.fold_ids))
        self.encoder = Encoder(
            firms,
            policies,
            roles,
            money,
            years,
            names,
            total_rows=read.total_rows,
            fiscal_year=read.fiscal_year,
            named=are_names(text(firms.table["firm_id"].slice(0, _SOME)).to_pylist()),
            labels=_labels(self.source, roles),
            of_units=_of_units(self.source, roles) if read.unit is None else (),
            unit_is_given=read.unit is not None,
            changes=changes,
        )
        self.keep_short = read.lost_digits == "keep"
        self.manifest = read_manifest(read.manifest, self.source)

    @property
    def size(self) -> int | None:
        """Sum of the weights of all parts, where it is known beforehand."""
        return self.source.size

    def parts(self, batch_rows: int, threads: int) -> Iterator[Part]:
        """Parts of the source, for the threads to share."""
        return self.source.parts(self.encoder.columns, batch_rows, threads)

    # --- after reading -----------------------------------------------------------

    def finish(self, reading: Reading) -> Account:
        """Raise all faults at once; else return what is known of the table.

        Raises
        ------
        InputError, LimitError
        """
        self.source.check_unchanged()
        unread = self.unread_years(reading)
        faults = [f for f in self._faults(reading) if f not in unread]
        faults += self._lost_zeros(reading)
        if faults:
            raise InputError(*faults)
        if reading.magnitude >= 2**63:
            file = self.source.files[0] if len(self.source.files) == 1 else ""
            amounts = self.encoder.roles["amount"]
            fault = Fault("intake.sum_too_large", amount=reading.magnitude)
            raise LimitError(fault.at(file=file, column=amounts))
        unlike = _unlike(reading, self.source.files)
        notes = list(dict.fromkeys([*unlike, *self.source.notes, *self.encoder.firms.notes]))
        records = tuple(self._record(i, reading) for i in range(len(self.source.files)))
        check_manifest(self.manifest, records, self.encoder.money)
        for note in notes:
            if note.kind in PLAIN_NOTES:
                continue
            warnings.warn(str(note), ConnhubWarning, stacklevel=4)
        notes += self._year_notes(reading, unread)
        if not sum(reading.rows.values()):
            name = PurePath(self.source.files[0]).name
            notes.insert(0, Message("intake.no_rows", file=name))
        roles, firms = self.encoder.roles, self.encoder.firms
        money = Message("intake.amounts")
        unit = unit_note(money, roles["amount"], self.read.unit, self.source.titles)
        return Account(
            records,
            tuple(notes),
            (unit, *firms.readings),
            compare_parties(reading, firms),
            tuple(self._largest(reading)),
        )

    def _lost_zeros(self, reading: Reading) -> Iterator[Fault]:
        """Faults of codes of municipalities, as regions of rows, that have lost their zero."""
        for column, places in reading.places.items() if not self.keep_short else ():
            lost = lost_zeros(text(list(places)))
            for file in sorted({places[code][0] for code in lost}):
                found = sorted((places[code], code) for code in lost if places[code][0] == file)
                yield Fault(
                    "regions.municipality_zero_lost",
                    file=self.source.files[file],
                    column=column,
                    rows=[self.row_number(reading, file, at[1:]) for at, _ in found[:SHOWN]],
                    examples=[code for _, code in found],
                    count=len(found),
                    pairs=[f"{code} → {lost[code]}" for _, code in found[:SHOWN]],
                )

    def unread_years(self, reading: Reading) -> list[Fault]:
        """Faults of years, where no year is chosen: none that matters."""
        if self.encoder.years:
            return []
        return [fault for fault in self._faults(reading) if fault.kind == "intake.no_year"]

    def _year_notes(self, reading: Reading, unread: Sequence[Fault]) -> Iterator[Message]:
        """As what years were read, and how many could not be."""
        encoder = self.encoder
        if "year" in encoder.roles:
            fiscal, column = encoder.fiscal_year, encoder.roles["year"]
            yield from year_notes(reading.written_years, column, fiscal=fiscal)
        for fault in unread:
            examples = list(fault.examples)[:_EXAMPLES]
            yield Message("intake.unread_years", count=fault.count, examples=examples)

    def _largest(self, reading: Reading) -> Iterator[LargestRow]:
        for year, (amount, place, following, rows) in sorted(reading.largest.items()):
            yield LargestRow(year, amount, following, rows, self.place(reading, place))

    def place(self, reading: Reading, place: tuple[int, int, int]) -> Message:
        """File and row, for notes."""
        file, part, position = place
        row = self.row_number(reading, file, (part, position))
        return Message("intake.place", file=self.source.files[file], row=row)

    def _record(self, number: int, reading: Reading) -> FileRecord:
        size, modified = self.source.states[number] if self.source.states else (None, None)
        return FileRecord(
            self.source.files[number],
            reading.rows.get(number, 0),
            self.encoder.money.sum_in_result_units(reading.amount.get(number, 0)),
            bytes=size,
            modified=modified,
            rounding=reading.rounding.get(number, Rounding()),
        )

    def row_number(self, reading: Reading, file: int, place: tuple[int, int]) -> int:
        """Row as the user counts it, of a part and a position, once all parts are read."""
        part, position = place
        before = sum(n for (f, p), n in reading.part_rows.items() if f == file and p < part)
        return self.source.row(before + position, file)

    def _faults(self, reading: Reading) -> list[Fault]:
        return [
            Fault(
                kind,
                file=self.source.files[file],
                column=column,
                rows=[self.row_number(reading, file, place) for place in offending.first],
                examples=offending.examples,
                count=offending.count,
                **dict(details),
            )
            for (file, kind, column, details), offending in sorted(reading.faults.items())
        ]


def _labels(source: Source, roles: Mapping[str, str]) -> tuple[str, ...]:
    """Columns in front of the parties that may call a row a total, as people's own tables do."""
    if not source.layouts or any(layout.kind == "parquet" for layout in source.layouts):
        return ()
    names = source.schema.names
    front = names[: min(names.index(roles[role]) for role in ("seller_id", "buyer_id"))]
    free = [n for n in front if n not in roles.values()]
    return tuple(n for n in free if _is_text(source.schema.field(n).type))[:_LABELS]


def _of_units(source: Source, roles: Mapping[str, str]) -> tuple[str, ...]:
    """Columns of texts that are called as those of units are."""
    free = [f for f in source.schema if f.name not in roles.values() and _is_text(f.type)]
    return tuple(f.name for f in free if names_units(f.name))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def read_record(read: MoneyOptions, unit: str) -> dict[str, Any]:
    """The options of reading as they are kept with a result.

    Parameters
    ----------
    read : MoneyOptions
    unit : str
        The one found.

    Returns
    -------
    dict
    """
    layout = {name: getattr(read, name) for name in _LAYOUT_OPTIONS}
    if isinstance(read, ReadOptions):
        layout["fiscal_year"] = read.fiscal_year
        if (names := read.firm_names) is not None:
            path = isinstance(names, str | os.PathLike)
            layout["firm_names"] = str(names) if path else type(names).__name__
    return {
        "columns": dict(read.columns or {}),
        "unit": unit,
        "resolution": str(read.resolution),
        "rounding": read.rounding,
        "encoding": read.encoding,
        "fold_ids": read.fold_ids,
        **{n: list(v) if isinstance(v, tuple) else v for n, v in layout.items()},  # as in JSON
    }


def chosen_years(year: int | Sequence[int] | None, *, has_year: bool) -> tuple[int, ...]:
    """Years to count, sorted; empty for all.

    Parameters
    ----------
    year : int, sequence of int, or None
        The option.
    has_year : bool
        Whether the table has a year column.

    Returns
    -------
    tuple of int

    Raises
    ------
    OptionError
    """
    if year is None:
        return ()
    years = [year] if isinstance(year, int) else list(year)
    if not has_year:
        raise OptionError(Fault("intake.no_year_column"))
    if not years or not all(
        isinstance(y, int) and FIRST_YEAR <= y < FIRST_YEAR + YEARS for y in years
    ):
        raise OptionError(Fault("intake.year_option", value=str(year)))
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
    names = dict(zip(("high", "low"), file_names([files[high], files[low]]), strict=True))
    return [Message("intake.unlike_amounts", times=times, **names)]
