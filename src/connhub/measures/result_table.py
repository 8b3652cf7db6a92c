"""What every result has in common: a tidy frame with a unit, the ledger, and the regions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import checked
from connhub.arrow import to_numpy
from connhub.errors import Fault, OptionError, did_you_mean
from connhub.intake.ledger import Ledger
from connhub.labels import Language
from connhub.lazy_table import LazyTable
from connhub.measures.display import Display, display_table
from connhub.quotients import order_key
from connhub.regions.directory import RegionDirectory
from connhub.schema import money_columns
from connhub.text.catalogue import default_language
from connhub.text.numbers import decimal_text

if TYPE_CHECKING:
    import pandas as pd

    from connhub.text.catalogue import Message

_SIDES = ("seller_region", "buyer_region")
"""Columns of codes of regions beside which no name stands: they are shown by their names."""
__all__ = [
    "Result",
    "arrow_table",
    "check_same_unit",
    "for_people",
    "frame_of",
    "framed",
    "ids_as_in",
    "ids_as_text",
    "whole_money",
]

SHOWN = 10


def ids_as_in(column: pd.Series, ids: Iterable[object]) -> list[Any]:
    """Ids of firms as a column holds them, which is as the firm table did: integers or texts.

    Ids that the column cannot hold are left out.

    Examples
    --------
    >>> import pandas as pd
    >>> ids_as_in(pd.Series([5, 6]), ["5", 6, "06", "x"]), ids_as_in(pd.Series(["5"]), [5])
    ([5, 6], ['5'])
    """
    texts = [str(firm_id) for firm_id in ids]
    if column.dtype.kind != "i":
        return texts
    numbers = {t: int(t) for t in texts if t.removeprefix("-").isdecimal()}
    return [
        numbers[t]
        for t in texts
        if t in numbers and str(numbers[t]) == t and -(2**63) <= numbers[t] < 2**63
    ]


def arrow_table(
    data: pa.Table | LazyTable | pd.DataFrame, unit: str, columns: Sequence[str] | None = None
) -> pa.Table:
    """A table or frame, or some columns of it, as an Arrow table with the unit in its metadata.

    Examples
    --------
    >>> import pandas as pd
    >>> arrow_table(pd.DataFrame({"sales": [5]}), "円").schema.metadata[b"unit"].decode()
    '円'
    """
    if isinstance(data, LazyTable):
        data = data.select(columns)
    elif not isinstance(data, pa.Table):
        data = pa.Table.from_pandas(data, preserve_index=False)
    if columns is not None:
        data = data.select(columns)
    return data.replace_schema_metadata({"unit": unit})


def ids_as_text(column: pd.Series) -> pd.Series:
    """A column to sort by: ids as texts, so that integers are in the order of texts too.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"firm_id": [9, 10]})
    >>> frame.sort_values("firm_id", key=ids_as_text)["firm_id"].tolist()
    [10, 9]
    """
    return column.astype("str") if column.name == "firm_id" else column


def frame_of(table: pa.Table, part_of: pa.Table | None = None) -> pd.DataFrame:
    """A frame of an Arrow table in which whole numbers stay whole where some are null.

    Parameters
    ----------
    table : Table
    part_of : Table, optional
        All rows, of which `table` has some: the columns get the types that those of all have.

    Examples
    --------
    >>> frame = frame_of(pa.table({"sales": [2**53 + 1, None], "firms": [1, 2]}))
    >>> frame["sales"].tolist(), frame["firms"].dtype
    ([9007199254740993, <NA>], dtype('int64'))
    """
    import pandas as pd

    some_null = {
        name
        for rows in (table, table if part_of is None else part_of)
        for name, column in zip(rows.column_names, rows.columns, strict=True)
        if column.null_count
    }
    whole = [f.name for f in table.schema if f.type == pa.int64() and f.name in some_null]
    frame: pd.DataFrame = table.drop_columns(whole).to_pandas()
    nullable = table.select(whole).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return pd.concat([frame, nullable], axis=1)[table.column_names] if whole else frame


def framed(
    data: pa.Table | pd.DataFrame, unit: str, part_of: pa.Table | None = None
) -> pd.DataFrame:
    """A table or frame as a frame whose ``attrs`` name the unit of its money.

    Parameters
    ----------
    data : Table or DataFrame
    unit : str
    part_of : Table, optional
        See `frame_of`.

    Examples
    --------
    >>> framed(pa.table({"sales": [5]}), "円").attrs
    {'unit': '円'}
    """
    frame = frame_of(data, part_of) if isinstance(data, pa.Table) else data
    frame.attrs["unit"] = unit
    return frame


def for_people(frame: pd.DataFrame, table: str, unit: str) -> pd.DataFrame:
    """The frame with its money in base units, as text with every digit.

    Parameters
    ----------
    frame : DataFrame
    table : str
        Of the schema, which says what is money.
    unit : str
        Of the money.

    Examples
    --------
    >>> import pandas as pd
    >>> for_people(pd.DataFrame({"sales": [123456]}), "degrees", "0.01 EUR")
          sales
    0  1,234.56
    """
    money: Mapping[str, pd.Series] = {
        name: frame[name].map(lambda amount: decimal_text(amount, unit), na_action="ignore")
        for name in money_columns(table)
        if name in frame
    }
    return frame.assign(**money)


def check_same_unit(*units: str | None) -> None:
    """Refuse to combine results whose money is in different units.

    Parameters
    ----------
    *units : str
        Of the results that meet; None where a table carries no unit.

    Raises
    ------
    OptionError

    Examples
    --------
    >>> check_same_unit("円", None, "円")
    >>> check_same_unit("EUR", "0.01 EUR")
    Traceback (most recent call last):
    connhub.errors.OptionError: results in different units cannot be combined: 'EUR', '0.01 EUR'
      fix: run all analyses with the same unit= and resolution=
    """
    distinct_units = list(dict.fromkeys(unit for unit in units if unit is not None))
    if len(distinct_units) > 1:
        raise OptionError(Fault("measures.other_unit", units=distinct_units))


def whole_money(money: npt.NDArray[np.float64]) -> Any:
    """Modelled money in whole units; null where undefined.

    Examples
    --------
    >>> whole_money(np.array([1.6, np.nan])).tolist()
    [2, <NA>]
    """
    import pandas as pd

    return pd.array(np.rint(money), dtype="Int64")


@dataclass(frozen=True, eq=False)
class Result:
    """A table of results.

    Parameters
    ----------
    data : Table, LazyTable or DataFrame
        One row an item, full precision; money is int64 in whole `unit`.
    ledger : Ledger
        Where every row and every yen went.
    directory : RegionDirectory
        The regions, to find and to label.
    """

    data: pa.Table | LazyTable | pd.DataFrame
    ledger: Ledger
    directory: RegionDirectory
    TABLE: ClassVar[str]
    """Of the schema."""
    BASIS: ClassVar[Literal["counted", "bounded", "modelled"]] = "counted"
    """What the figures rest on where no amount is estimated."""

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The data as a DataFrame, made when it is first asked for; ``attrs`` name the unit."""
        data = self.data.select() if isinstance(self.data, LazyTable) else self.data
        return self.labelled(framed(data, self.unit))

    @property
    def unit(self) -> str:
        """Unit of all money, a fraction of the base unit where the resolution is finer."""
        return self.ledger.unit

    @property
    def label(self) -> str:
        """``"counted"``, ``"bounded"``, or ``"modelled"``, as wherever amounts are estimated."""
        return "modelled" if self.ledger.label == "modelled" else self.BASIS

    @property
    def shown_notes(self) -> tuple[Message, ...]:
        """What the user should know before reading the table."""
        return tuple(self.ledger.notes)

    @checked
    def labelled(self, frame: pd.DataFrame, basis: str | None = None) -> pd.DataFrame:
        """Put the unit and the label into the ``attrs`` of a frame that belongs to the result.

        Parameters
        ----------
        frame : DataFrame
        basis : str, optional
            Where it rests on something else than the result does.

        Returns
        -------
        DataFrame
            The same.
        """
        label = self.label if basis is None or self.label == "modelled" else basis
        frame.attrs.update(unit=self.unit, label=label)
        return frame

    @checked
    def to_arrow(self, columns: Sequence[str] | None = None) -> pa.Table:
        """The data as an Arrow table; its metadata name the unit.

        Parameters
        ----------
        columns : sequence of str, optional
            Which, in the order given; the others need not be made then. By default all.

        Raises
        ------
        OptionError
            For a column that is not there.
        """
        for name in columns or ():
            self._require_column(name)
        return arrow_table(self.data, self.unit, columns)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """For libraries that take any Arrow table."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def _shown(self) -> pd.DataFrame:
        return for_people(self.frame.head(SHOWN), self.TABLE, self.unit)

    @checked
    def show(
        self,
        n: int = SHOWN,
        *,
        columns: Sequence[str] | None = None,
        lang: Language | None = None,
    ) -> Display:
        """Show the first rows as people read them: labels, units, separators, percentages.

        Parameters
        ----------
        n : int
            Rows shown at most.
        columns : sequence of str, optional
            Which of `frame`, in their order; by default those that hold anything and that another
            one does not say in words.
        lang : {"ja", "en"}, optional
            By default that of the environment variable ``CONNHUB_LANG``, else English.

        Returns
        -------
        Display
            A notebook shows it, and so does ``print``. What a result gives as a frame is shown by
            `connhub.show`.

        Raises
        ------
        OptionError
            For a column that is not there.
        """
        language = lang or default_language()
        rows = self.frame.head(max(n, 0))
        places: Mapping[str, pd.Series] = {
            f"{name}_name" if f"{name}_name" in rows else name: rows[name].map(
                lambda code: self._place(code, language)
            )
            for name in map(str, rows)
            if f"{name}_name" in rows or name in _SIDES
        }
        return display_table(
            rows.assign(**places),
            of=len(self.data),
            unit=self.unit,
            names=self._columns_for_people() if columns is None else columns,
            table=self.TABLE,
            notes=self.shown_notes,
            lang=language,
        )

    def _place(self, code: object, lang: Language) -> object:
        known = code in self.directory.name_of
        return self.directory.label(str(code), lang) if known else code

    def _columns_for_people(self) -> list[str]:
        """Without codes of regions whose names stand beside them, and without empty columns."""
        names = [str(name) for name in self.frame.columns]
        return [
            name
            for name in names
            if f"{name}_name" not in names and (self.frame.empty or self.frame[name].notna().any())
        ]

    def _repr_html_(self) -> str:
        return self.show()._repr_html_()

    def __repr__(self) -> str:
        notes = "".join(f"! {n}\n" for n in self.shown_notes)
        head = self._shown().to_string(index=False)
        return f"{notes}{type(self).__name__}: {len(self.data):,} rows\n{head}"

    @checked
    def order_key(self, by: str) -> npt.NDArray[np.float64]:
        """Numbers in the order of a numeric column, exactly.

        Quotients are compared as the integers that they are made of: firms one yen apart are not
        tied, even where both degrees round to the same float64.

        Parameters
        ----------
        by : str
            A numeric column.

        Returns
        -------
        ndarray of float64, shape (n,)
            The higher the value, the higher; NaN where it is null.
        """
        self._require_column(by)
        values = self.to_arrow([by])[by]
        known = to_numpy(values.is_valid())
        if (integers := self._quotient(by)) is None:
            place = to_numpy(pc.rank(values, sort_keys="ascending", tiebreaker="dense"))
            return np.where(known, place, np.nan)
        part, whole = (to_numpy(column, 0) for column in integers)
        return order_key(part, np.where(known, whole, 0))

    def _quotient(self, by: str) -> tuple[pa.ChunkedArray, pa.ChunkedArray] | None:
        """Numerator and denominator of a column that is a quotient of integers."""
        del by
        return None

    @property
    def column_names(self) -> list[str]:
        """Names of the columns of `frame`, in their order."""
        if isinstance(self.data, pa.Table | LazyTable):
            return list(self.data.column_names)
        return [str(name) for name in self.data.columns]

    def _require_column(self, name: str) -> None:
        if name not in (known := self.column_names):
            suggestion = did_you_mean(name, known)
            raise OptionError(Fault("measures.no_column", column_name=name, suggestion=suggestion))
