"""The user's table of fields: which firms belong to which field, a firm perhaps to several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import Table
from connhub.arrow import rows_where, text
from connhub.errors import ColumnError, Fault, InputError
from connhub.intake.cell_texts import count_filled, distinct_rows, is_note, is_total
from connhub.intake.columns import find_roles
from connhub.intake.firm_rows import error_faults, rows_fault
from connhub.intake.ids import check_id_type, folded, plain_ids
from connhub.intake.open_table import open_source, read_all
from connhub.intake.table_source import Source
from connhub.options import TableOptions, flat_options
from connhub.text.catalogue import Message

__all__ = ["Membership", "read_fields"]

Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Membership:
    """Which firms belong to which field.

    Parameters
    ----------
    names : tuple of str
        Fields, in the order of the user's table.
    firm, field : ndarray of int64, shape (memberships,)
        Row of the degrees, and position in `names`; no pair occurs twice.
    notes : tuple of Message
        What matched nothing.
    """

    names: tuple[str, ...]
    firm: Int
    field: Int
    notes: tuple[Message, ...] = ()


@flat_options
def read_fields(
    fields: Table,
    ids: pa.Array,
    *,
    industry: pa.Array | None = None,
    known_ids: pa.Array | None = None,
    read: TableOptions = TableOptions(),
) -> Membership:
    """Read the user's table of fields and find the firms of each.

    Parameters
    ----------
    fields : path, table, or Source
        A row has a ``field`` and either the beginning of an ``industry_code`` or a ``firm_id``.
    ids : Array of strings, shape (n,)
        Firms that may be ranked.
    industry : Array of strings, shape (n,), optional
        Industry code of each.
    known_ids : Array of strings, optional
        All ids of the firm table; a firm of these that is not in `ids` has no degrees and is in
        no field.
    {read}

    Ids are folded by NFKC where those of the firm table are.

    Returns
    -------
    Membership

    Raises
    ------
    InputError
        A row without a field, or without exactly one of code and firm; the same row twice; an
        unknown firm.
    ColumnError

    Examples
    --------
    >>> table = pa.table({"field": ["海洋", "海洋", "量子"], "industry_code": ["03", "31", "31"]})
    >>> found = read_fields(table, text(["a", "b"]), industry=text(["0311", "3134"]))
    >>> found.names, found.firm.tolist(), found.field.tolist()
    (('海洋', '量子'), [0, 1, 1], [0, 0, 1])
    """
    source = fields if isinstance(fields, Source) else open_source(fields, "fields", read)
    total_rows = source.read.total_rows
    roles = find_roles("fields", source.schema.names, read.columns, file=source.files[0])
    if "firm_id" in roles:
        header = roles["firm_id"]
        check_id_type(source.schema.field(header).type, header, source.files[0])
    raw = read_all(source, list(roles.values()))
    column = {r: text(plain_ids(raw[c])[0] if r == "firm_id" else raw[c]) for r, c in roles.items()}
    empty = pa.nulls(raw.num_rows, pa.large_string())
    field, prefix, firm = (column.get(r, empty) for r in ("field", "industry_code", "firm_id"))
    firm = folded(firm) if read.fold_ids else firm
    field, prefix, firm = (_nonempty(v) for v in (field, prefix, firm))
    none, faults, left_out = _no_records(field, prefix, firm, roles, source, total_rows)
    filled = np.flatnonzero((count_filled((field, prefix, firm), raw.num_rows) > 0) & ~none)
    field, prefix, firm = (v.take(pa.array(filled)) for v in (field, prefix, firm))
    known = ids if known_ids is None else known_ids
    of_rows = _faults(field, prefix, firm, known, roles)
    faults += [fault.at(rows=filled[list(fault.rows)].tolist()) for fault in of_rows]
    if faults:
        raise InputError(*map(source.located, faults))
    if prefix.null_count < len(prefix) and industry is None:
        raise ColumnError(Fault("selection.fields_need_industry", file=source.files[0]))
    encoded = field.dictionary_encode()
    names, of_row = tuple(encoded.dictionary.to_pylist()), encoded.indices.to_numpy()
    pairs = [_by_id(firm, of_row, ids)]
    idle: list[str] = []
    if industry is not None:
        matched, idle = _by_prefix(prefix, of_row, industry)
        pairs.append(matched)
    both = np.unique(np.concatenate(pairs), axis=0)  # a firm that two prefixes match counts once
    order = np.lexsort((both[:, 0], both[:, 1]))
    notes = [*source.notes, *left_out]
    if idle:
        notes.append(Message("selection.idle_industry_codes", codes=idle))
    if empty_fields := [names[i] for i in np.setdiff1d(np.arange(len(names)), both[:, 1])]:
        notes.append(Message("selection.fields_without_firms", fields=empty_fields))
    return Membership(names, both[order, 0], both[order, 1], tuple(notes))


def _nonempty(values: pa.Array) -> pa.Array:
    stripped = pc.utf8_trim_whitespace(values)
    return pc.if_else(pc.equal(stripped, ""), pa.scalar(None, pa.large_string()), stripped)


def _no_records(
    field: pa.Array,
    prefix: pa.Array,
    firm: pa.Array,
    roles: Mapping[str, str],
    source: Source,
    total_rows: str,
) -> tuple[npt.NDArray[np.bool_], list[Fault], list[Message]]:
    """Rows of totals and notes, which are refused, left out and told, or kept."""
    no_prefix = prefix.is_null().to_numpy(zero_copy_only=False)
    keyless = no_prefix & firm.is_null().to_numpy(zero_copy_only=False)
    found: list[tuple[str, str, Int, pa.Array]] = []
    for kind, role, values, where, holds in (
        ("intake.total_rows", "field", field, keyless, is_total),
        ("intake.total_rows", "firm_id", firm, no_prefix, is_total),
        ("intake.note_rows", "field", field, keyless, partial(is_note, named=True)),
    ):
        rows = distinct_rows(values, holds)
        if (rows := rows[where[rows]]).size and total_rows != "keep":
            found.append((kind, roles[role], rows, values))
    none = np.zeros(len(field), dtype=np.bool_)
    none[[row for _, _, rows, _ in found for row in rows.tolist()]] = True
    if total_rows != "drop" or not none.any():
        return none, [rows_fault(kind, rows, values, c) for kind, c, rows, values in found], []
    name, count = PurePath(source.files[0]).name, int(none.sum())
    return none, [], [Message("intake.total_rows_dropped", file=name, count=count)]


def _faults(
    field: pa.Array, prefix: pa.Array, firm: pa.Array, known: pa.Array, roles: Mapping[str, str]
) -> list[Fault]:
    """What is wrong, rows counted from 0."""
    columns = {"field": field, "industry_code": prefix, "firm_id": firm}
    faults = error_faults(pa.table(columns), roles)
    of_errors = {row for fault in faults for row in fault.rows}
    key = roles.get("firm_id") or roles.get("industry_code", "")

    def refuse(rows: Int, kind: str, column: str, values: pa.Array | None) -> None:
        rows = np.array([row for row in rows if row not in of_errors], dtype=np.int64)
        if rows.size:
            faults.append(rows_fault(kind, rows, values, column))

    refuse(rows_where(pc.is_null(field)), "selection.field_missing", roles["field"], None)
    one = pc.xor(pc.is_valid(prefix), pc.is_valid(firm))
    refuse(rows_where(pc.invert(one)), "selection.field_without_one_key", key, field)
    unknown = pc.and_(pc.is_valid(firm), pc.invert(pc.is_in(firm, value_set=known)))
    refuse(rows_where(unknown), "selection.field_unknown_firm", key, firm)
    seen: set[tuple[str | None, ...]] = set()
    again = []
    rows = list(zip(field.to_pylist(), prefix.to_pylist(), firm.to_pylist(), strict=True))
    for i, row in enumerate(rows):
        if row in seen:
            again.append(i)
        seen.add(row)
    repeated = np.array(again, dtype=np.int64)
    refuse(repeated, "selection.field_repeated", key, pc.coalesce(prefix, firm))
    return faults


def _by_id(firm: pa.Array, of_row: Int, ids: pa.Array) -> Int:
    given = rows_where(pc.is_valid(firm))
    at = pc.index_in(firm.take(pa.array(given)), value_set=ids)
    found = at.is_valid().to_numpy(zero_copy_only=False)
    rows = at.fill_null(0).to_numpy(zero_copy_only=False)[found]
    return np.stack([rows.astype(np.int64), of_row[given][found].astype(np.int64)], axis=1)


def _by_prefix(prefix: pa.Array, of_row: Int, industry: pa.Array) -> tuple[Int, list[str]]:
    """Pairs of firm and field, and the prefixes that no firm has."""
    encoded = industry.dictionary_encode()
    industries = encoded.dictionary
    code = encoded.indices.fill_null(len(industries)).to_numpy(zero_copy_only=False)
    pairs, idle = [np.empty((0, 2), dtype=np.int64)], []
    order = np.argsort(code, kind="stable")
    bounds = np.searchsorted(code[order], np.arange(len(industries) + 1))
    for row, start in enumerate(prefix.to_pylist()):
        if start is None:
            continue
        hits = rows_where(pc.starts_with(industries, start))
        rows = [order[bounds[h] : bounds[h + 1]] for h in hits]
        if not rows:
            idle.append(start)
            continue
        firms = np.concatenate(rows)
        pairs.append(np.stack([firms, np.full(firms.size, of_row[row])], axis=1))
    return np.concatenate(pairs), idle
