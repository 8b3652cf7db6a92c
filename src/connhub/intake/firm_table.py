"""The firm table: unique ids, regions, and the way from an id to a firm's index."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import rows_where, text
from connhub.errors import Fault, InputError, OptionError
from connhub.intake.columns import check_roles, find_roles
from connhub.intake.ids import check_id_type, folded, plain_ids
from connhub.intake.offending_rows import OffendingRows
from connhub.intake.open_table import open_source, read_all
from connhub.intake.table_source import Source
from connhub.memory import begin
from connhub.options import TableOptions, flat_options
from connhub.regions.directory import RegionDirectory
from connhub.regions.scheme import LEVELS, RegionScheme, assign_regions, with_full_city_codes
from connhub.text.catalogue import SHOWN, Message

if TYPE_CHECKING:
    from connhub.intake.id_lookup import IdLookup

__all__ = ["FirmTable", "known_firms", "read_firms"]


_CODES = {"prefecture_code", "municipality_code", "country_code", "industry_code", "group_id"}


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
    """

    table: pa.Table
    regions: RegionScheme
    groups: npt.NDArray[np.int32] | None
    lookup: IdLookup | None
    fold_ids: bool = False
    notes: tuple[Message, ...] = ()

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
        return self.find(folded(values) if self.fold_ids else values)

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
    source = firms if isinstance(firms, Source) else open_source(firms, "firms", read)
    return _assemble(source, region, read.columns, read.fold_ids, to_look_up=True)


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
    return _assemble(open_source(table, "firms"), region, None, False, to_look_up=False)


def _assemble(
    source: Source,
    region: str | Mapping[str, str],
    columns: Mapping[str, str | None] | None,
    fold_ids: bool,
    *,
    to_look_up: bool,
) -> FirmTable:
    file = source.files[0]
    names = source.schema.names
    taken = [region] if isinstance(region, str) and region not in LEVELS else []
    roles = find_roles("firms", names, columns, file=file, taken=taken)
    names = [n for n in names if n in roles.values() or n not in roles]
    check_id_type(source.schema.field(roles["firm_id"]).type, roles["firm_id"], file)
    table = read_all(source, names)
    table = table.rename_columns([{c: r for r, c in roles.items()}.get(n, n) for n in names])
    given_ids = table["firm_id"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Arrow and compiled code run side by side
        others = [role for role in roles if role != "firm_id"]
        texts = pool.map(text, [table[role] for role in others])
        ids, unusable = _ids(given_ids, fold_ids)
        for role, values in zip(["firm_id", *others], [ids, *texts], strict=True):
            table = table.set_column(table.column_names.index(role), role, values)
        building = pool.submit(_look_up, ids) if to_look_up else None
        table = with_full_city_codes(table)
        scheme, faults = assign_regions(table, region, first_row=source.first_row, headers=roles)
        lookup, repeated = building.result() if building else (None, np.empty(0, np.int64))
    if to_look_up:
        first_row, header = source.first_row, roles["firm_id"]
        of_ids = _id_faults(given_ids, ids, unusable, repeated, first_row)
        faults = [*(f.at(column=header) for f in of_ids), *faults]
    if faults:
        raise InputError(*(f.at(file=file) for f in faults))
    groups = _groups(table)
    for role in _CODES.intersection(roles):  # few are distinct: a third of the memory
        encoded = table[role].combine_chunks().dictionary_encode()
        table = table.set_column(table.column_names.index(role), role, encoded)
    pa.default_memory_pool().release_unused()  # what reading took; the transactions come next
    return FirmTable(table, scheme, groups, lookup, fold_ids, tuple(source.notes))


def _ids(values: pa.ChunkedArray, fold_ids: bool) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """Ids as int64, if they are of an integer type, else as texts; and which rows have none."""
    ids, unusable = plain_ids(values)
    if isinstance(ids, pa.DictionaryArray):
        ids = ids.dictionary_decode()
    if pa.types.is_integer(ids.type):
        return ids, unusable
    return folded(ids) if fold_ids else text(ids), unusable


def _look_up(ids: pa.Array) -> tuple[IdLookup, npt.NDArray[np.int64]]:
    begin()
    from connhub.intake.id_lookup import IdLookup  # compiled code: not needed to import connhub

    return IdLookup.build(ids)


def _id_faults(
    given: pa.ChunkedArray,
    ids: pa.Array,
    unusable: npt.NDArray[np.int64],
    repeated: npt.NDArray[np.int64],
    first_row: int,
) -> list[Fault]:
    """Faults of ids that are none or empty, and of those that repeat an earlier one (-1: none)."""
    missing = pc.is_null(ids)
    if not pa.types.is_integer(ids.type):
        missing = pc.or_kleene(missing, pc.equal(ids, ""))
    empty = np.setdiff1d(rows_where(missing), unusable)
    again = np.setdiff1d(np.flatnonzero(repeated >= 0), rows_where(missing))
    faults = []
    if empty.size:
        rows = (empty[:SHOWN] + first_row).tolist()
        faults.append(Fault("intake.empty_id", rows=rows, count=int(empty.size)))
    for kind, bad in (("intake.unusable_id", unusable), ("intake.repeated_id", again)):
        if bad.size:
            offending = OffendingRows()
            offending.add(0, bad + first_row, given.take(pa.array(bad)).combine_chunks())
            faults.append(
                Fault(
                    kind,
                    rows=[row for _, row in offending.first],
                    examples=offending.examples,
                    count=offending.count,
                )
            )
    return faults


def _groups(table: pa.Table) -> npt.NDArray[np.int32] | None:
    if "group_id" not in table.column_names:
        return None
    values = text(table["group_id"])
    values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.large_string()), values)
    codes = values.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.append(codes, -1).astype(np.int32)
