"""What is known of each firm, in one order: the values of any indicator, and who is eligible."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import rows_where, text
from connhub.errors import ColumnError, Fault, InputError, OptionError, did_you_mean
from connhub.intake.columns import find_roles
from connhub.intake.firm_table import FirmTable
from connhub.intake.ids import check_id_type, folded, plain_ids
from connhub.intake.open_table import open_source, read_all
from connhub.intake.stream_reader import as_table
from connhub.measures.degrees import Degrees
from connhub.selection.financial_indicators import CAUSES, FINANCIAL, Indicators
from connhub.selection.indicators import is_money

__all__ = ["Eligible", "FirmData", "as_indicators", "read_ids"]

Float = npt.NDArray[np.float64]
Eligible = Any
"""A rule, a mask, ids, or a table of ids; None for all firms."""


@dataclass(eq=False)
class FirmData:
    """Degrees, firm table and further indicators, by row of the degrees.

    Parameters
    ----------
    degrees : Degrees
    firms : FirmTable or None
    given : Indicators or None
        Further indicators, by id.

    Raises
    ------
    OptionError
        When the firm table is not that of the degrees, or the further indicators hold money in
        another unit.
    """

    degrees: Degrees
    firms: FirmTable | None
    given: Indicators | None
    ids: pa.Array = field(init=False)
    of_firm: npt.NDArray[np.int64] | None = field(init=False, default=None)
    of_given: npt.NDArray[np.int64] | None = field(init=False, default=None)
    unmatched: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.ids = text(pa.Array.from_pandas(self.degrees.frame["firm_id"]))
        if self.firms is not None:
            self.of_firm = self._rows_of_firms(self.firms)
        if self.given is not None:
            _check_unit(self.given, self.degrees.unit)
            ids = text(pa.Array.from_pandas(self.given.frame["firm_id"]))
            self.of_given = self._rows_of_given(ids)
            self.unmatched = len(ids) - int((self.of_given >= 0).sum())

    def _rows_of_firms(self, firms: FirmTable) -> npt.NDArray[np.int64]:
        """Row in the firm table of each row of the degrees."""
        ids, rows = text(firms.table["firm_id"]), firms.placed_rows
        if len(rows) != len(self) or not ids.take(pa.array(rows)).equals(self.ids):
            rows = firms.indices(self.ids).astype(np.int64)
        if rows.max(initial=-1) >= len(firms):
            raise OptionError(Fault("selection.other_firm_table"))
        return rows

    def _rows_of_given(self, ids: pa.Array) -> npt.NDArray[np.int64]:
        """Row in the table of indicators of each row of the degrees; -1 for none."""
        if ids.equals(self.ids):
            return np.arange(len(self))
        if self.firms is None:
            rows = self.degrees.rows_of(ids)
            of_degrees = np.full(len(self) + 1, -1)
            of_degrees[rows] = np.arange(len(ids))  # the last: of no firm there
            return of_degrees[:-1]
        of_firm = np.full(len(self.firms) + 1, -1)  # the lookup of the firm table is there already
        of_firm[self.firms.indices(ids)] = np.arange(len(ids))  # the last: of no firm there
        return of_firm[self.of_firm]

    def __len__(self) -> int:
        return len(self.ids)

    def firm_column(self, name: str) -> pa.Array | None:
        """A text column of the firm table, by row of the degrees.

        Parameters
        ----------
        name : str

        Returns
        -------
        Array of strings, or None where there is no such column
        """
        if self.firms is None or name not in self.firms.table.column_names:
            return None
        return text(self.firms.table[name]).take(pa.array(self.of_firm))

    def without_degrees(self) -> npt.NDArray[np.int64]:
        """Positions in the firm table of firms that have no degrees: abroad, or no region."""
        if self.firms is None:
            return np.empty(0, dtype=np.int64)
        left = np.ones(len(self.firms), dtype=bool)
        left[self.of_firm] = False
        return np.flatnonzero(left)

    def without_row(self) -> int:
        """How many firms the table of further indicators lacks."""
        return 0 if self.of_given is None else int((self.of_given < 0).sum())

    def causes(self, name: str, rows: npt.NDArray[np.int64]) -> list[str | None]:
        """Why some firms have no value of an indicator, where that is known.

        Parameters
        ----------
        name : str
        rows : ndarray of int64
            Of the degrees.

        Returns
        -------
        list of str or None
            ``"no_indicators"`` for a firm that the table of indicators lacks, else as in
            `Indicators.causes`.
        """
        given = self.given
        if given is None or self.of_given is None or name not in given.frame.columns:
            return [None] * rows.size
        at = self.of_given[rows]
        known = given.causes.get(name)
        codes = np.zeros(at.size, dtype=np.int8) if known is None else known[at]
        return [
            "no_indicators" if i < 0 else CAUSES[code]
            for i, code in zip(at.tolist(), codes.tolist(), strict=True)
        ]

    def values(self, name: str) -> Float:
        """Values of one indicator, NaN where undefined.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray of float64, shape (n,)

        Raises
        ------
        OptionError
            When there is no such indicator.
        ColumnError, InputError
            When it is no number.
        """
        if name in self.degrees.frame.columns and name != "firm_id":
            return _numbers(pa.Array.from_pandas(self.degrees.frame[name]), name)
        if self.given is not None and name in self.given.frame.columns:
            values = _numbers(pa.Array.from_pandas(self.given.frame[name]), name)
            # a position of -1 takes the NaN at the end
            return np.append(values, np.nan)[self.of_given]
        if self.firms is not None and name in self.firms.table.column_names:
            return _numbers(self.firms.table[name].combine_chunks(), name)[self.of_firm]
        if name in FINANCIAL:
            needed = FINANCIAL[name]
            raise OptionError(Fault("selection.needs_financials", indicator=name, needed=needed))
        suggestion = did_you_mean(name, self._names())
        raise OptionError(Fault("selection.no_indicator", indicator=name, suggestion=suggestion))

    def order_key(self, name: str) -> Float:
        """Numbers to rank by: of the degrees exact, see `Result.order_key`; else the `values`.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        frame = self.degrees.frame
        if name in frame.columns and pd.api.types.is_numeric_dtype(frame[name]):
            return self.degrees.order_key(name)
        return self.values(name)

    def _names(self) -> list[str]:
        kinds = self.degrees.frame.drop(columns="firm_id").dtypes
        names = [n for n, kind in kinds.items() if kind.kind in "if"]
        names += list(FINANCIAL) if self.given is None else list(self.given.frame.columns[1:])
        of_table = [] if self.firms is None else self.firms.table.column_names
        return list(dict.fromkeys([*map(str, names), *of_table]))

    def eligible(self, eligible: Eligible) -> npt.NDArray[np.bool_]:
        """Which firms may be selected.

        Parameters
        ----------
        eligible : callable, mask, ids, path, table, or None
            As in `select_priority_firms`.

        Returns
        -------
        ndarray of bool, shape (n,)

        Raises
        ------
        OptionError, InputError
        """
        if eligible is None:
            return np.ones(len(self), dtype=bool)
        if isinstance(eligible, str | os.PathLike) or hasattr(eligible, "columns"):
            return self._listed(read_ids(eligible))
        if callable(eligible):
            eligible = eligible(self._frame())
        chosen: Any = eligible
        if not isinstance(eligible, Iterable):
            raise OptionError(Fault("selection.eligible_type", type=type(eligible).__name__))
        if pd.api.types.is_bool_dtype(chosen) and pd.isna(chosen).any():
            raise OptionError(Fault("selection.eligible_has_gaps"))
        values = np.asarray(chosen)
        if pd.api.types.is_bool_dtype(chosen):
            values = values.astype(bool)
        if values.dtype == bool:
            if values.shape != (len(self),):
                shape = str(values.shape)
                raise OptionError(Fault("selection.eligible_shape", shape=shape, firms=len(self)))
            return values
        return self._listed(text([str(v) for v in values.tolist()]))

    def _listed(self, chosen: pa.Array) -> npt.NDArray[np.bool_]:
        if self.firms is not None and self.firms.fold_ids:
            chosen = folded(chosen)
        known = self.ids if self.firms is None else text(self.firms.table["firm_id"])
        unknown = rows_where(pc.invert(pc.is_in(chosen, value_set=known)))
        if unknown.size:
            kind = "eligible_unknown" if self.firms is not None else "eligible_without_degrees"
            raise InputError(
                Fault(
                    f"selection.{kind}",
                    examples=chosen.take(pa.array(unknown[:10])).to_pylist(),
                    count=int(unknown.size),
                )
            )
        mask: npt.NDArray[np.bool_] = pc.is_in(self.ids, value_set=chosen).to_numpy(
            zero_copy_only=False
        )
        return mask

    def _frame(self) -> pd.DataFrame:
        """All that is known of the firms, as a copy that a rule of the user's may change."""
        frame = self.degrees.frame.copy()
        if self.given is not None:
            for name in self.given.frame.columns[1:]:
                if name not in frame:
                    frame[name] = self.values(name)
        if self.firms is not None:
            for name in self.firms.table.column_names:
                if name not in frame:
                    column = self.firms.table[name]
                    if isinstance(column.type, pa.DictionaryType):  # of texts: as any other
                        column = text(column)
                    frame[name] = column.take(pa.array(self.of_firm)).to_pandas()
        return frame


def read_ids(table: Any) -> pa.Array:
    """Ids of a table that lists firms, such as a part of the firm table.

    Parameters
    ----------
    table : path or table
        A column of it is recognized as that of the firm ids.

    Returns
    -------
    Array of strings

    Raises
    ------
    InputError, ColumnError

    Examples
    --------
    >>> read_ids(pa.table({"法人番号": ["b", "a"], "企業名": ["乙", "甲"]})).to_pylist()
    ['b', 'a']
    """
    source = open_source(table, "firms")
    file = source.files[0]
    column = find_roles("firms", source.schema.names, file=file)["firm_id"]
    check_id_type(source.schema.field(column).type, column, file)
    ids = text(plain_ids(read_all(source, [column])[column])[0])
    return ids.filter(pc.and_(pc.is_valid(ids), pc.not_equal(pc.utf8_trim_whitespace(ids), "")))


def _numbers(values: pa.Array, name: str) -> Float:
    """Floats of any column of numbers, or of texts that are plain numbers."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    kind = getattr(values.type, "value_type", values.type)
    if isinstance(values, pa.DictionaryArray) or pa.types.is_string_view(kind):
        values = text(values)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        trimmed = pc.utf8_trim_whitespace(text(values))
        numeric = pc.match_substring_regex(trimmed, r"^[+-]?[0-9]+(\.[0-9]+)?$")
        bad = rows_where(pc.and_(pc.invert(numeric), pc.not_equal(trimmed, "")))
        if bad.size:
            raise InputError(
                Fault(
                    "selection.indicator_not_numeric",
                    indicator=name,
                    examples=trimmed.take(pa.array(bad[:10])).to_pylist(),
                    count=int(bad.size),
                )
            )
        values = pc.if_else(numeric, trimmed, pa.scalar(None, pa.large_string()))
    try:
        numbers = pc.cast(values, pa.float64(), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        fault = Fault("selection.indicator_type", indicator=name, type=str(values.type))
        raise ColumnError(fault) from error
    floats: Float = numbers.to_numpy(zero_copy_only=False).astype(np.float64)
    if np.isinf(floats).any():
        raise InputError(Fault("selection.indicator_infinite", indicator=name))
    return floats


def _check_unit(indicators: Indicators, unit: str) -> None:
    """Refuse money in another unit than that of the degrees."""
    if indicators.unit in (None, unit) or not any(map(is_money, indicators.frame.columns)):
        return
    raise OptionError(
        Fault("selection.other_unit", indicators_unit=indicators.unit, degrees_unit=unit)
    )


def as_indicators(given: Any) -> Indicators | None:
    """Further indicators from what the user gave.

    Parameters
    ----------
    given : None, Indicators, or table with ``firm_id``

    Returns
    -------
    Indicators or None

    Raises
    ------
    InputError
        Ids that are missing or occur twice.
    ColumnError
    """
    if given is None or isinstance(given, Indicators):
        return given
    frame = as_table(given)
    if "firm_id" not in frame.column_names:
        raise ColumnError(Fault("selection.indicators_without_id", columns=frame.column_names))
    check_id_type(frame.schema.field("firm_id").type, "firm_id", "")
    ids = plain_ids(frame["firm_id"])[0]
    if isinstance(ids, pa.DictionaryArray):
        ids = ids.dictionary_decode()
    if ids.null_count:
        raise InputError(Fault("selection.indicators_id_missing", count=ids.null_count))
    if pc.count_distinct(ids).as_py() < len(ids):
        counted = ids.value_counts()
        repeated = counted.filter(pc.greater(counted.field(1), 1))
        times = dict(zip(*(repeated.field(i).to_pylist() for i in (0, 1)), strict=True))
        raise InputError(
            Fault("selection.indicators_id_repeated", examples=times, count=len(times))
        )
    values = {
        name: _numbers(frame[name].combine_chunks(), name)
        for name in frame.column_names
        if name != "firm_id"
    }
    none = pd.DataFrame({"reason": [], "indicator": [], "firms": []})
    return Indicators(pd.DataFrame({"firm_id": ids.to_pandas(), **values}), none)
