"""The firm table: unique ids, regions, and the way from an id to a firm's index."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import text
from connhub.errors import ColumnError, Fault, InputError, OptionError
from connhub.intake.cell_texts import is_error
from connhub.intake.columns import check_roles, find_roles
from connhub.intake.firm_rows import Records, error_faults, id_faults, only_records
from connhub.intake.odd_ids import trimmed
from connhub.intake.open_table import open_source, read_all
from connhub.intake.table_source import Source
from connhub.memory import begin
from connhub.options import TableOptions, flat_options
from connhub.regions.directory import RegionDirectory
from connhub.regions.scheme import LEVELS, RegionScheme, assign_regions
from connhub.text.catalogue import Message

if TYPE_CHECKING:
    from connhub.intake.id_lookup import IdLookup

__all__ = ["FirmTable", "check_id_type", "folded", "known_firms", "read_firms"]


_PLACES = ("prefecture_code", "municipality_code", "country_code")
_CODES = {"prefecture_code", "municipality_code", "country_code", "industry_code", "group_id"}


@dataclass(frozen=True, eq=False)
class FirmTable:
    """Firms, their regions, and the lookup of their ids.

    Parameters
    ----------
    table : Table, n rows
        Columns under their role names, codes dictionary-encoded, and the user's own columns under
        theirs.
    regions : RegionScheme
        Region of every firm.
    groups : ndarray of int32, shape (n + 1,), or None
        Corporate group of every firm, -1 for none; the last entry stands for firms not listed.
    lookup : IdLookup or None
        From ids to indices; None where ids are not looked up any more.
    fold_ids : bool
        Whether ids were folded by NFKC.
    notes : tuple of Message
        What the user should know of how the table was read.
    readings : tuple of Message
        Which rows were passed over.
    """

    table: pa.Table
    regions: RegionScheme
    groups: npt.NDArray[np.int32] | None
    lookup: IdLookup | None
    fold_ids: bool = False
    notes: tuple[Message, ...] = ()
    readings: tuple[Message, ...] = ()

    def __len__(self) -> int:
        return int(self.regions.index.size)

    @property
    def region_of(self) -> npt.NDArray[np.int32]:
        """Region index of every firm, shape (n + 1,); the last is unknown."""
        return np.append(self.regions.index, np.int32(self.regions.size + 1))

    @property
    def directory(self) -> RegionDirectory:
        """The regions, to find and to label."""
        return RegionDirectory(self.regions.codes, self.regions.names)

    def indices(self, ids: Any) -> npt.NDArray[np.int32]:
        """Index of each id; n for ids that are not in the table."""
        values = ids if isinstance(ids, pa.Array) else text([str(i) for i in ids])
        return self.find(folded(values) if self.fold_ids else trimmed(values))

    def find(self, ids: pa.Array) -> npt.NDArray[np.int32]:
        """Index of each id that is folded if ids of this table are; n where there is none."""
        if self.lookup is None:
            raise OptionError(Fault("intake.no_lookup"))
        return self.lookup.indices(ids)

    def without_lookup(self) -> FirmTable:
        """The same without the lookup, which takes more memory than all the rest."""
        return replace(self, lookup=None)

    def __repr__(self) -> str:
        scheme = self.regions
        return f"FirmTable: {len(self):,} firms, {scheme.size:,} regions ({scheme.level})"


def check_id_type(kind: pa.DataType, column: str, file: str) -> None:
    """Refuse ids that are neither texts nor integers.

    Parameters
    ----------
    kind : DataType
    column, file : str
        For the message.

    Raises
    ------
    ColumnError
    """
    if isinstance(kind, pa.DictionaryType):
        kind = kind.value_type
    good = pa.types.is_integer(kind) or pa.types.is_null(kind)
    if not (
        good
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
    ):
        raise ColumnError(Fault("intake.id_type", type=str(kind), file=file, column=column))


# What carries no meaning: the .0 of floats, the apostrophe of texts, the T of invoice numbers.
_FOLDED_FORMS = (
    (r"^['’](.+)$", r"\1"),
    (r"^([0-9]+)\.0+$", r"\1"),
    (r"^[Tt]-?([0-9]{13})$", r"\1"),
)
# Characters of CP932 that are decoded in two ways; after NFKC.
_PAIRS = (("\u301c", "~"), ("\u2212", "-"), ("\u2225", "\u2016"), ("\u2014", "\u2015"))


def folded(values: pa.Array) -> pa.Array:
    """Ids folded: by NFKC, without what carries no meaning; integers as they are.

    Parameters
    ----------
    values : Array

    Returns
    -------
    Array

    Examples
    --------
    >>> folded(pa.array(["１２", "'12", "12.0", "T7010001000018", "甲〜乙", "甲～乙"])).to_pylist()
    ['12', '12', '12', '7010001000018', '甲~乙', '甲~乙']
    """
    if pa.types.is_integer(values.type):
        return values
    texts = pc.utf8_trim_whitespace(pc.utf8_normalize(text(values), form="NFKC"))
    for one, other in _PAIRS:
        texts = pc.replace_substring(texts, one, other)
    for form, kept in _FOLDED_FORMS:
        texts = pc.replace_substring_regex(texts, form, kept)
    return texts


@flat_options
def read_firms(
    firms: Any,
    *,
    region: str | Mapping[str, str] = "prefecture",
    read: TableOptions = TableOptions(),
) -> FirmTable:
    """Read and check a firm table.

    Parameters
    ----------
    firms : path, list of paths, or table
        One row a firm. CSV, gzipped CSV, Parquet, ``.xlsx``, or any table that offers
        ``__arrow_c_stream__``.
    region : {"municipality", "prefecture", "block"}, column name, or mapping
        What a region is; see `analyze`.
    {read}

    Returns
    -------
    FirmTable

    Raises
    ------
    InputError
        Duplicated or empty ids, codes that are no codes: all of them at once.
    ColumnError
        No column for the firm id or for the region.

    Examples
    --------
    >>> import pyarrow as pa
    >>> table = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    >>> firms = read_firms(table)
    >>> firms
    FirmTable: 2 firms, 47 regions (prefecture)
    >>> firms.indices(["b", "x"]).tolist()
    [1, 2]
    """
    check_roles(read.columns)
    source = open_source(firms, "firms", read)
    return _assemble(source, region, read, to_look_up=True)


def known_firms(table: pa.Table, *, region: str | Mapping[str, str]) -> FirmTable:
    """Firm table whose ids were checked before and are not looked up any more.

    Parameters
    ----------
    table : Table
        Under role names.
    region
        As in `read_firms`.

    Returns
    -------
    FirmTable

    Raises
    ------
    InputError, ColumnError
        As `read_firms`, of the region.
    """
    return _assemble(open_source(table, "firms"), region, TableOptions(), to_look_up=False)


def _assemble(
    source: Source,
    region: str | Mapping[str, str],
    read: TableOptions,
    *,
    to_look_up: bool,
) -> FirmTable:
    file = source.files[0]
    names = source.schema.names
    taken = [region] if isinstance(region, str) and region not in LEVELS else []
    roles = find_roles("firms", names, read.columns, file=file, taken=taken)
    names = [n for n in names if n in roles.values() or n not in roles]
    check_id_type(source.schema.field(roles["firm_id"]).type, roles["firm_id"], file)
    table = read_all(source, names)
    table = table.rename_columns([{c: r for r, c in roles.items()}.get(n, n) for n in names])
    numbers = np.arange(len(table)) + source.first_row
    found = Records(table, numbers, [], ())
    if to_look_up:
        found = _records(table, taken, numbers, file, drop_totals=read.total_rows == "drop")
        table, numbers = found.table, found.numbers
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Arrow and compiled code run side by side
        texts = pool.map(text, [table[role] for role in roles])
        for role, values in zip(roles, texts, strict=True):
            column = values
            if role == "firm_id" and to_look_up:
                column = folded(values) if read.fold_ids else trimmed(values)
            table = table.set_column(table.column_names.index(role), role, column)
        building = pool.submit(_look_up, table["firm_id"]) if to_look_up else None
        scheme, faults = assign_regions(table, region, first_row=0, headers=roles)
        lookup, repeated = building.result() if building else (None, np.empty(0, np.int64))
    if to_look_up:
        headers = {r: c for r, c in roles.items() if r != "firm_id"} | {n: n for n in taken}
        faults = [
            *found.faults,
            *id_faults(table["firm_id"], repeated, numbers, roles["firm_id"]),
            *error_faults(table, headers, numbers),
            *_without_errors(faults, numbers),
        ]
    if faults:
        raise InputError(*(f.at(file=file) for f in faults))
    groups = _groups(table)
    for role in _CODES.intersection(roles):  # few are distinct: a third of the memory
        encoded = table[role].combine_chunks().dictionary_encode()
        table = table.set_column(table.column_names.index(role), role, encoded)
    pa.default_memory_pool().release_unused()  # what reading took; the transactions come next
    notes = tuple(source.notes)
    return FirmTable(table, scheme, groups, lookup, read.fold_ids, notes, found.readings)


def _records(
    table: pa.Table, taken: Sequence[str], numbers: npt.NDArray[np.int64], file: str, **drop: bool
) -> Records:
    """The rows that are firms."""
    columns = set(table.column_names)
    names = [n for n in ("firm_id", "name") if n in columns]
    places = [n for n in (*_PLACES, *taken) if n in columns]
    return only_records(table, "firm_id", names, places, numbers, file=file, **drop)


def _without_errors(faults: Sequence[Fault], numbers: npt.NDArray[np.int64]) -> list[Fault]:
    """Faults of regions with rows as the user counts them; those of error cells alone left out."""
    return [
        fault.at(rows=[int(numbers[row]) for row in fault.rows])
        for fault in faults
        if not (fault.examples and all(is_error(str(value)) for value in fault.examples))
    ]


def _look_up(ids: pa.ChunkedArray) -> tuple[IdLookup, npt.NDArray[np.int64]]:
    begin()
    from connhub.intake.id_lookup import IdLookup  # compiled code: not needed to import connhub

    return IdLookup.build(text(ids))


def _groups(table: pa.Table) -> npt.NDArray[np.int32] | None:
    if "group_id" not in table.column_names:
        return None
    values = text(table["group_id"])
    values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.large_string()), values)
    codes = values.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.append(codes, -1).astype(np.int32)
