"""The firm table: unique ids, regions, and the way from an id to a firm's index."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import Table, Values, checked
from connhub.arrow import encoded_texts, from_numpy, scalar, text, to_numpy, whole
from connhub.errors import ColumnError, Fault, InputError, OptionError, in_file
from connhub.intake.cell_texts import count_filled, is_error
from connhub.intake.columns import check_roles, find_roles
from connhub.intake.firm_rows import Records, error_faults, id_faults, only_records
from connhub.intake.ids import check_id_type, folded, plain_ids, trimmed
from connhub.intake.open_table import open_source, read_all
from connhub.intake.table_source import Source
from connhub.lazy_table import LazyTable
from connhub.memory import begin
from connhub.options import TableOptions, flat_options
from connhub.regions.directory import RegionDirectory
from connhub.regions.lost_zeros import put_zeros_back
from connhub.regions.scheme import LEVELS, RegionScheme, assign_regions, with_full_city_codes
from connhub.schema import columns as columns_of
from connhub.text.catalogue import Message

if TYPE_CHECKING:
    from connhub.intake.id_lookup import IdLookup

__all__ = ["FirmIdentity", "FirmTable", "known_firms", "read_firms"]


_EXAMPLES = 3
_PLACES = ("prefecture_code", "municipality_code", "country_code")
_CODES = {"prefecture_code", "municipality_code", "country_code", "industry_code", "group_id"}


@dataclass(frozen=True, eq=False)
class FirmIdentity:
    """What two firm tables share that are the same to whoever adds up: firms and their regions.

    Parameters
    ----------
    ids : ChunkedArray
    regions : ndarray of int32, shape (n,)
        Position of each firm's region.
    codes : tuple of str
        Of the regions.
    """

    ids: pa.ChunkedArray
    regions: npt.NDArray[np.int32]
    codes: tuple[str, ...]

    @cached_property
    def fingerprint(self) -> str:
        """A hash, made where it is asked for, since it takes a while of a million firms."""
        h = hashlib.sha256(repr(self.codes).encode())
        h.update(self.regions.tobytes())
        for chunk in self.ids.chunks:  # integers as texts: both may name the same
            for buffer in text(chunk).buffers():
                h.update(buffer or b"")
        return h.hexdigest()


@dataclass(frozen=True, eq=False)
class FirmTable:
    """Firms, their regions, and the lookup of their ids.

    Parameters
    ----------
    table : Table, n rows
        Columns under their role names, codes dictionary-encoded, and the user's own columns under
        theirs. Ids are int64 where the user's are integers, else texts.
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
        Which rows were passed over, and which firms were taken as abroad.
    positions : ndarray of int64, or None
        Of each firm in the table that was read, where rows were passed over.
    """

    table: pa.Table
    regions: RegionScheme
    groups: npt.NDArray[np.int32] | None
    lookup: IdLookup | None
    fold_ids: bool = False
    notes: tuple[Message, ...] = ()
    readings: tuple[Message, ...] = ()
    positions: npt.NDArray[np.int64] | None = None

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

    @cached_property
    def identity(self) -> FirmIdentity:
        """The firms and their regions, to compare with those of another table."""
        return FirmIdentity(self.table["firm_id"], self.regions.index, self.regions.codes)

    @cached_property
    def placed_rows(self) -> npt.NDArray[np.int64]:
        """Rows of the firms that lie in a region, and so have degrees."""
        return np.flatnonzero(self.regions.index < self.regions.size)

    @cached_property
    def placed(self) -> LazyTable:
        """Firms that lie in a region, with ``firm_id, name, region, region_name``.

        Made once, and shared by the results of all years.
        """
        scheme, table = self.regions, self.table
        rows = self.placed_rows
        picked, place = from_numpy(rows), from_numpy(scheme.index[rows])
        makers: dict[str, Callable[[], Any]] = {
            "firm_id": lambda: whole(table["firm_id"]).take(picked),
            "name": lambda: text(table["name"]).take(picked),
            "region": lambda: text(list(scheme.codes)).take(place),
            "region_name": lambda: text(list(scheme.names)).take(place),
        }
        if "name" not in table.column_names:
            makers["name"] = lambda: pa.nulls(rows.size, pa.large_string())
        return LazyTable(rows.size, makers)

    @checked
    def indices(self, ids: Values) -> npt.NDArray[np.int32]:
        """Index of each id.

        Parameters
        ----------
        ids : sequence of str or int, or Array
            Folded here where those of the table are.

        Returns
        -------
        ndarray of int32
            n, the number of firms, for ids that are not in the table.
        """
        values = ids if isinstance(ids, pa.Array) else text([str(i) for i in ids])
        return self.find(folded(values) if self.fold_ids else trimmed(values))

    @checked
    def find(self, ids: pa.Array) -> npt.NDArray[np.int32]:
        """Index of each id, as `indices`, of ids that are folded already.

        Parameters
        ----------
        ids : Array of texts or integers

        Returns
        -------
        ndarray of int32
            n, the number of firms, for ids that are not in the table.

        Raises
        ------
        OptionError
            When ids are not looked up any more.
        """
        if self.lookup is None:
            raise OptionError(Fault("intake.no_lookup"))
        return self.lookup.indices(ids)

    def without_lookup(self) -> FirmTable:
        """The same without the lookup, which takes more memory than all the rest."""
        return replace(self, lookup=None)

    def __repr__(self) -> str:
        scheme = self.regions
        return f"FirmTable: {len(self):,} firms, {scheme.size:,} regions ({scheme.level})"


@flat_options
def read_firms(
    firms: Table,
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
    source = firms if isinstance(firms, Source) else open_source(firms, "firms", read)
    return _assemble(source, region, read)


def known_firms(table: pa.Table, *, region: str | Mapping[str, str]) -> FirmTable:
    """Firm table that was read and checked before; its ids are not looked up any more.

    Parameters
    ----------
    table : Table
        That of a `FirmTable`.
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
    source = open_source(table, "firms")
    ids = whole(table["firm_id"])
    table = _with(table, "firm_id", ids if pa.types.is_integer(ids.type) else text(ids))
    for role in columns_of("firms"):
        if role != "firm_id" and role in table.column_names:
            table = _with(table, role, _as_texts(role, table[role]))
    with in_file(source.files[0], ColumnError):
        scheme, faults = assign_regions(table, region, first_row=0)
    if faults:
        raise InputError(*map(source.located, faults))
    readings = tuple(_abroad_in_japan(table, scheme, source.files[0]))
    return FirmTable(table, scheme, _groups(table), None, readings=readings)


def _assemble(
    source: Source,
    region: str | Mapping[str, str],
    read: TableOptions,
) -> FirmTable:
    file = source.files[0]
    names = source.schema.names
    taken = [region] if isinstance(region, str) and region not in LEVELS else []
    roles = find_roles("firms", names, read.columns, file=file, taken=taken)
    names = [n for n in names if n in roles.values() or n not in roles]
    check_id_type(source.schema.field(roles["firm_id"]).type, roles["firm_id"], file)
    table = read_all(source, names)
    table = table.rename_columns([{c: r for r, c in roles.items()}.get(n, n) for n in names])
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Arrow and compiled code run side by side
        for role, values in zip(roles, pool.map(whole, map(table.column, roles)), strict=True):
            table = _with(table, role, values)  # looked at many times: in one piece
        given_ids = table["firm_id"]
        ids, unusable = _ids(given_ids, read.fold_ids)
        table = _with(table, "firm_id", ids)
        others = [role for role in roles if role != "firm_id"]
        texts = pool.map(_as_texts, others, [table[role] for role in others])
        found = _records(table, taken, file, total_rows=read.total_rows, headers=roles)
        if not len(found.table) and not found.faults:
            raise InputError(Fault("intake.no_firms", file=file))
        of_ids = pool.submit(_checked_ids, found, given_ids, unusable, read)
        if len(found.table) < len(table):  # words of rows that are none must not stay
            table = found.table
            texts = pool.map(_as_texts, others, [table[role] for role in others])
        for role, values in zip(others, texts, strict=True):
            table = _with(table, role, values)
        table = with_full_city_codes(table)
        with in_file(file, ColumnError):
            table, restored = _with_zeros(table, roles, read)
            groups = pool.submit(_groups, table)
            headers = {role: roles[role] for role in others} | {n: n for n in taken}
            of_cells = pool.submit(error_faults, table, headers)
            keep = read.lost_digits == "keep"
            scheme, faults = assign_regions(
                table, region, first_row=0, headers=roles, keep_short=keep
            )
    lookup, bad_ids = of_ids.result()
    faults = [
        *(f.at(column=roles["firm_id"]) for f in bad_ids),
        *of_cells.result(),
        *(f for f in faults if not _of_errors(f)),
    ]
    faults = [*found.faults, *(_at_rows(f, found.positions) for f in faults)]
    if faults:
        raise InputError(*map(source.located, faults))
    pa.default_memory_pool().release_unused()  # what reading took; the transactions come next
    notes = tuple(source.notes)
    positions = found.positions if found.readings else None
    readings = (*found.readings, *restored, *_abroad_in_japan(table, scheme, file))
    return FirmTable(
        table, scheme, groups.result(), lookup, read.fold_ids, notes, readings, positions
    )


def _with(table: pa.Table, name: str, values: Any) -> pa.Table:
    """The table with other values in a column."""
    return table.set_column(table.column_names.index(name), name, values)


def _as_texts(role: str, values: pa.ChunkedArray) -> pa.Array:
    """A column as texts; encoded where few differ: a third of the memory, and each checked once."""
    few = role in _CODES or pa.types.is_dictionary(values.type)
    return encoded_texts(values) if few else text(values)


def _with_zeros(
    table: pa.Table, roles: Mapping[str, str], read: TableOptions
) -> tuple[pa.Table, tuple[Message, ...]]:
    """Codes of places with the zeros that they lost, where that is asked for."""
    notes = []
    for role in ("prefecture_code", "municipality_code"):
        if read.lost_digits != "restore" or role not in roles:
            continue
        codes, changed = put_zeros_back(text(table[role]), prefectures=role == "prefecture_code")
        if changed:
            pairs = [f"{short} → {long}" for short, long in list(changed.items())[:_EXAMPLES]]
            values = {"column": roles[role], "count": len(changed), "pairs": pairs}
            notes.append(Message("regions.zeros_put_back", **values))
            table = _with(table, role, codes.dictionary_encode())
    return table, tuple(notes)


def _abroad_in_japan(table: pa.Table, scheme: RegionScheme, file: str) -> Iterator[Message]:
    """Note firms abroad that have a place in Japan as well: which of the two holds."""
    abroad = np.flatnonzero(scheme.index == scheme.size)
    places = [n for n in ("prefecture_code", "municipality_code") if n in table.column_names]
    if not abroad.size or not places:
        return
    some = table.select(["firm_id", *places]).take(from_numpy(abroad))
    placed = count_filled([some[place] for place in places], abroad.size) > 0
    if count := int(placed.sum()):
        examples = text(some["firm_id"].filter(from_numpy(placed)).slice(0, _EXAMPLES)).to_pylist()
        values = {"file": PurePath(file).name, "count": count, "examples": examples}
        yield Message("intake.abroad_in_prefecture", **values)


def _records(table: pa.Table, taken: Sequence[str], file: str, **options: Any) -> Records:
    """The rows that are firms."""
    columns = set(table.column_names)
    names = [n for n in ("firm_id", "name") if n in columns]
    places = [n for n in (*_PLACES, *taken) if n in columns]
    return only_records(table, "firm_id", names, places, file=file, **options)


def _at_rows(fault: Fault, positions: npt.NDArray[np.int64]) -> Fault:
    """A fault of the records at the rows of the whole table."""
    return fault.at(rows=[int(positions[row]) for row in fault.rows])


def _of_errors(fault: Fault) -> bool:
    """Whether all values of a fault are errors of a spreadsheet, which are told by themselves."""
    return bool(fault.examples) and all(is_error(str(value)) for value in fault.examples)


def _ids(values: pa.ChunkedArray, fold_ids: bool) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """Ids as int64, if they are of an integer type, else as texts; and which rows have none."""
    ids, unusable = plain_ids(values)
    if isinstance(ids, pa.DictionaryArray):
        ids = ids.dictionary_decode()
    if pa.types.is_integer(ids.type):
        return ids, unusable
    return folded(ids) if fold_ids else trimmed(ids), unusable


def _checked_ids(
    found: Records,
    given: pa.ChunkedArray,
    unusable: npt.NDArray[np.int64],
    read: TableOptions,
) -> tuple[IdLookup, list[Fault]]:
    """Look-up of the ids of records, and their faults; the rest is of the whole table."""
    begin()
    from connhub.intake.id_lookup import IdLookup  # compiled code: not needed to import connhub

    ids, positions = whole(found.table["firm_id"]), found.positions
    lookup, repeated = IdLookup.build(ids)
    if len(ids) < len(given):
        given = given.take(from_numpy(positions))
    bad = np.flatnonzero(np.isin(positions, unusable)) if unusable.size else unusable
    return lookup, id_faults(ids, given, bad, repeated, lost_digits=read.lost_digits)


def _groups(table: pa.Table) -> npt.NDArray[np.int32] | None:
    if "group_id" not in table.column_names:
        return None
    values = whole(table["group_id"])
    codes = np.full(len(values) + 1, -1, dtype=np.int32)
    codes[:-1] = to_numpy(values.indices, -1)
    blank = pc.index(values.dictionary, scalar("")).as_py()
    codes[codes == blank] = -1  # -1 where no group is blank
    return codes
