"""What is known of each firm, in one order: the values of any indicator, and who is eligible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import rows_where, text
from connhub.errors import ColumnError, Fault, InputError, OptionError, did_you_mean
from connhub.intake.firm_table import FirmTable
from connhub.measures.degrees import Degrees
from connhub.selection.financials import FINANCIAL, Indicators
from connhub.text.catalogue import listed

__all__ = ["Eligible", "Profile"]

Float = npt.NDArray[np.float64]
Eligible = Callable[[pd.DataFrame], Any] | Sequence[Any] | npt.NDArray[Any] | pd.Series | None


@dataclass(eq=False)
class Profile:
    """Degrees, firm table and further indicators, by row of the degrees.

    Parameters
    ----------
    degrees : Degrees
    firms : FirmTable or None
    given : Indicators or None
        Further indicators, by id.
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
            ids = text(pa.Array.from_pandas(self.given.frame["firm_id"]))
            self.of_given = self._rows_of_given(ids)
            self.unmatched = len(ids) - int((self.of_given >= 0).sum())

    def _rows_of_firms(self, firms: FirmTable) -> npt.NDArray[np.int64]:
        """Row in the firm table of each row of the degrees."""
        ids, rows = (
            text(firms.table["firm_id"]),
            rows_where(firms.regions.index < firms.regions.size),
        )
        if len(rows) != len(self) or not ids.take(pa.array(rows)).equals(self.ids):
            rows = firms.indices(self.ids).astype(np.int64)
        if rows.max(initial=-1) >= len(firms):
            fix = "pass the table that the degrees were computed with"
            raise OptionError(Fault("these degrees belong to another firm table", fix=fix))
        return rows

    def _rows_of_given(self, ids: pa.Array) -> npt.NDArray[np.int64]:
        """Row in the table of indicators of each row of the degrees; -1 for none."""
        if ids.equals(self.ids):
            return np.arange(len(self))
        if self.firms is None:
            found = pc.index_in(self.ids, value_set=ids).fill_null(-1)
            position: npt.NDArray[np.int64] = found.to_numpy(zero_copy_only=False).astype(np.int64)
            return position
        of_firm = np.full(len(self.firms) + 1, -1)  # the lookup of the firm table is there already
        of_firm[self.firms.indices(ids)] = np.arange(len(ids))
        of_firm[-1] = -1
        return of_firm[self.of_firm]

    def __len__(self) -> int:
        return len(self.ids)

    def firm_column(self, name: str) -> pa.Array | None:
        """A text column of the firm table, by row of the degrees."""
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

    def values(self, name: str) -> Float:
        """Values of one indicator, NaN where undefined.

        Raises
        ------
        OptionError
            When there is no such indicator.
        ColumnError, InputError
            When it is no number.
        """
        if name in self.degrees.frame.columns:
            return _numbers(pa.Array.from_pandas(self.degrees.frame[name]), name)
        if self.given is not None and name in self.given.frame.columns:
            values = _numbers(pa.Array.from_pandas(self.given.frame[name]), name)
            # a position of -1 takes the NaN at the end
            return np.append(values, np.nan)[self.of_given]
        if self.firms is not None and name in self.firms.table.column_names:
            return _numbers(self.firms.table[name].combine_chunks(), name)[self.of_firm]
        if name in FINANCIAL:
            fix = "give financials= (--financials), or indicators=financial_indicators(...)"
            raise OptionError(Fault(f"{name} needs {FINANCIAL[name]} from the financials", fix=fix))
        raise OptionError(Fault(f"no indicator {name!r}", fix=did_you_mean(name, self._names())))

    def _names(self) -> list[str]:
        names = [n for n, kind in self.degrees.frame.dtypes.items() if kind.kind in "if"]
        names += list(FINANCIAL) if self.given is None else list(self.given.frame.columns[1:])
        own = [] if self.firms is None else self.firms.table.column_names
        return list(dict.fromkeys([*map(str, names), *own]))

    def eligible(self, eligible: Eligible) -> npt.NDArray[np.bool_]:
        """Which firms may be selected.

        Raises
        ------
        OptionError, InputError
        """
        if eligible is None:
            return np.ones(len(self), dtype=bool)
        if callable(eligible):
            eligible = eligible(self._frame())
        chosen: Any = eligible
        if pd.api.types.is_bool_dtype(chosen) and pd.isna(chosen).any():
            raise OptionError(Fault("eligible= has gaps", fix="decide with .fillna(False)"))
        values = np.asarray(chosen)
        if pd.api.types.is_bool_dtype(chosen):
            values = values.astype(bool)
        if values.dtype == bool:
            if values.shape != (len(self),):
                fix = f"one value a row of degrees.frame: {len(self):,}"
                raise OptionError(Fault(f"eligible= has the shape {values.shape}", fix=fix))
            return values
        return self._listed([str(v) for v in values.tolist()])

    def _listed(self, wanted: list[str]) -> npt.NDArray[np.bool_]:
        chosen = text(wanted)
        known = self.ids if self.firms is None else text(self.firms.table["firm_id"])
        unknown = rows_where(pc.invert(pc.is_in(chosen, value_set=known)))
        if unknown.size:
            raise InputError(
                Fault(
                    f"eligible= names {unknown.size:,} firm(s) that the firm table lacks",
                    values=tuple(chosen.take(pa.array(unknown[:10])).to_pylist()),
                    count=int(unknown.size),
                    fix="give ids as in the firm table, or a mask of True and False",
                )
            )
        mask: npt.NDArray[np.bool_] = pc.is_in(self.ids, value_set=chosen).to_numpy(
            zero_copy_only=False
        )
        return mask

    def _frame(self) -> pd.DataFrame:
        """Everything known, for a rule of the user's; the user may do with it what he likes."""
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


def _numbers(values: pa.Array, name: str) -> Float:
    """Floats of any column of numbers, or of texts that are plain numbers."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.DictionaryArray) or pa.types.is_large_string(
        getattr(values.type, "value_type", values.type)
    ):
        values = text(values)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        trimmed = pc.utf8_trim_whitespace(text(values))
        plain = pc.match_substring_regex(trimmed, r"^[+-]?[0-9]+(\.[0-9]+)?$")
        bad = rows_where(pc.and_(pc.invert(plain), pc.not_equal(trimmed, "")))
        if bad.size:
            raise InputError(
                Fault(
                    f"{bad.size:,} value(s) of an indicator are no numbers",
                    column=name,
                    values=tuple(trimmed.take(pa.array(bad[:10])).to_pylist()),
                    count=int(bad.size),
                    fix="give plain numbers; leave a cell empty where the value is not known",
                )
            )
        values = pc.if_else(plain, trimmed, pa.scalar(None, pa.large_string()))
    try:
        numbers = pc.cast(values, pa.float64(), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        fix = "choose a column of numbers"
        raise ColumnError(
            Fault(f"an indicator of type {values.type}", column=name, fix=fix)
        ) from error
    out: Float = numbers.to_numpy(zero_copy_only=False).astype(np.float64)
    if np.isinf(out).any():
        raise InputError(Fault("an indicator with infinite values", column=name))
    return out


def as_indicators(given: Any) -> Indicators | None:
    """Further indicators from what the user gave: None, `Indicators`, or a table with ids.

    Raises
    ------
    InputError
        Ids that are missing or occur twice.
    ColumnError
    """
    if given is None or isinstance(given, Indicators):
        return given
    frame = pa.table(given)
    if "firm_id" not in frame.column_names:
        fix = f"rename the column of ids to firm_id. Columns: {listed(frame.column_names)}"
        raise ColumnError(Fault("indicators= has no firm_id", fix=fix))
    ids = text(frame["firm_id"])
    if ids.null_count:
        raise InputError(Fault("indicators= has rows without an id", fix="give every row an id"))
    if pc.count_distinct(ids).as_py() < len(ids):
        counted = ids.value_counts()
        twice = pc.filter(counted.field(0), pc.greater(counted.field(1), 1))
        fix = "one row a firm; a table by firm and year goes to read_financials first"
        values = tuple(twice.slice(0, 10).to_pylist())
        what = f"indicators= has {len(twice):,} id(s) that occur again"
        raise InputError(Fault(what, values=values, count=len(twice), fix=fix))
    rest = {n: _numbers(frame[n].combine_chunks(), n) for n in frame.column_names if n != "firm_id"}
    none = pd.DataFrame({"reason": [], "indicator": [], "firms": []})
    return Indicators(pd.DataFrame({"firm_id": ids.to_pandas(), **rest}), none)
