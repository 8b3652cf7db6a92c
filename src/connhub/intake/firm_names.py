"""Names of firms as keys: an explicit table of names to ids, and nothing by likeness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import rows_where, scalar, text
from connhub.errors import ColumnError, Fault, InputError
from connhub.intake.columns import find_roles
from connhub.intake.ids import check_id_type, folded, plain_ids
from connhub.intake.open_table import open_source, read_all
from connhub.options import TableOptions

__all__ = ["FirmNames", "read_firm_names"]


@dataclass(frozen=True, eq=False)
class FirmNames:
    """Which name stands for which id.

    Parameters
    ----------
    names : Array of strings, shape (n,)
        Each once.
    ids : Array of strings, shape (n,)
        Null for a name that the table gives to several ids.
    """

    names: pa.LargeStringArray
    ids: pa.LargeStringArray

    def translate(self, values: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int64]]:
        """Ids in the place of the names that the table has; other values stay as they are.

        Parameters
        ----------
        values : Array, shape (m,)
            Of a party, folded where ids are.

        Returns
        -------
        ids : Array of strings, shape (m,)
        ambiguous : ndarray of int64
            Rows whose name stands for several ids.
        """
        encoded = text(values).dictionary_encode()
        at = pc.index_in(encoded.dictionary, value_set=self.names)
        ids = self.ids.take(at)
        several = pc.and_(pc.is_valid(at), pc.is_null(ids))
        translated = pc.coalesce(ids, encoded.dictionary)
        codes = encoded.indices
        return translated.take(codes), rows_where(several.take(codes))


def read_firm_names(table: Any, *, read: TableOptions = TableOptions()) -> FirmNames:
    """Read a table of the names of firms and their ids.

    Parameters
    ----------
    table : path or table
        Columns of the name and of the id, recognized as in a firm table, which also serves.
    read : TableOptions

    Returns
    -------
    FirmNames

    Raises
    ------
    InputError
        Rows without a name or an id.
    ColumnError

    Examples
    --------
    >>> found = read_firm_names(pa.table({"企業名": ["甲社", "乙社", "乙社"],
    ...                                   "法人番号": ["1", "2", "3"]}))
    >>> ids, ambiguous = found.translate(pa.array(["甲社", "9", "乙社"]))
    >>> ids.to_pylist(), ambiguous.tolist()
    (['1', '9', '乙社'], [2])
    """
    source = open_source(table, "firms", read)
    file = source.files[0]
    roles = find_roles("firms", source.schema.names, read.columns, file=file)
    if "name" not in roles:
        known = source.schema.names
        raise ColumnError(
            Fault("intake.column_absent", role="name", table="firms", known=known, file=file)
        )
    check_id_type(source.schema.field(roles["firm_id"]).type, roles["firm_id"], file)
    raw = read_all(source, [roles["name"], roles["firm_id"]])
    names, ids = text(raw[roles["name"]]), text(plain_ids(raw[roles["firm_id"]])[0])
    if read.fold_ids:
        names, ids = folded(names), folded(ids)
    faults = [
        Fault(
            kind,
            column=roles[role],
            rows=rows[:10].tolist(),
            count=int(rows.size),
        )
        for role, kind, values in (
            ("name", "intake.name_missing", names),
            ("firm_id", "intake.empty_id", ids),
        )
        if (rows := rows_where(pc.or_kleene(pc.is_null(values), pc.equal(values, "")))).size
    ]
    if faults:
        raise InputError(*map(source.located, faults))
    pairs = pa.table({"name": names, "id": ids}).group_by(["name", "id"]).aggregate([])
    by_name = pairs.group_by("name").aggregate([("id", "count"), ("id", "min")])
    alone = pc.equal(by_name["id_count"], 1)
    only = pc.if_else(alone, by_name["id_min"], scalar(None))
    return FirmNames(text(by_name["name"]), text(only))
