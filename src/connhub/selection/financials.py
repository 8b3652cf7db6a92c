"""The table of financials, and the four indicators that the FY2019 scheme takes from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from connhub.arrow import text
from connhub.errors import ColumnError, Fault, InputError, LimitError, OptionError
from connhub.intake.amounts import MISSING, STATUS, Money, settle_unit
from connhub.intake.columns import check_roles, find_roles
from connhub.intake.encoder import FIRST_YEAR, YEARS
from connhub.intake.firm_table import check_id_type, folded
from connhub.intake.open_table import open_source, read_all
from connhub.text.catalogue import listed

__all__ = ["FINANCIAL", "Financials", "Indicators", "financial_indicators", "read_financials"]

Int = npt.NDArray[np.int64]

FINANCIAL = {
    "profit_contribution": "operating_profit",
    "employment_contribution": "employees",
    "profit_growth": "operating_profit",
    "employment_growth": "employees",
}
"""The indicators that come from financials, and the column each is made of."""


@dataclass(frozen=True, eq=False)
class Financials:
    """One row a firm and year.

    Parameters
    ----------
    table : Table
        ``firm_id`` (dictionary), ``year`` (int32), and of ``net_sales, operating_profit,
        employees`` (int64, nullable) those that the user's table has; money in base units.
    unit : str
        Base unit of the money.
    """

    table: pa.Table
    unit: str

    @property
    def years(self) -> tuple[int, ...]:
        """Years that occur, in order."""
        return tuple(np.unique(self.table["year"].to_numpy()).tolist())

    def __repr__(self) -> str:
        return f"Financials: {self.table.num_rows:,} rows, years {listed(self.years)}"


@dataclass(frozen=True, eq=False)
class Indicators:
    """Values of indicators by firm, and what the policies did.

    Parameters
    ----------
    frame : DataFrame
        ``firm_id`` and a float64 column an indicator, NaN where it is undefined.
    counts : DataFrame
        ``reason, indicator, firms``: how many firms each policy concerned.
    """

    frame: pd.DataFrame
    counts: pd.DataFrame


def read_financials(
    financials: Any,
    *,
    columns: Mapping[str, str] | None = None,
    unit: str | None = None,
    encoding: str | None = None,
    fold_ids: bool = False,
) -> Financials:
    """Read and check a table of financials.

    Parameters
    ----------
    financials : path, list of paths, or table
        One row a firm and year: ``firm_id, year``, and any of ``net_sales, operating_profit,
        employees``; headers such as 営業利益(千円) are recognised.
    columns : mapping, optional
        ``{role: column}`` where headers are not recognised.
    unit : str, optional
        Of the money; read from each header by default.
    encoding : str, optional
        Of CSV files; detected strictly by default.
    fold_ids : bool
        Fold ids by NFKC, as for the firm table.

    Returns
    -------
    Financials

    Raises
    ------
    InputError
        A firm and year that occur twice, values that cannot be read, negative employees: all at
        once.
    ColumnError, OptionError

    Examples
    --------
    >>> table = pa.table({"法人番号": ["a", "a"], "年度": [2024, 2025],
    ...                   "営業利益(千円)": ["1,200", "▲30"], "従業員数": [5, 6]})
    >>> read_financials(table).table.to_pandas()
      firm_id  year  operating_profit  employees
    0       a  2024           1200000          5
    1       a  2025            -30000          6
    """
    check_roles(columns)
    source = open_source(financials, encoding=encoding)
    file, names = source.files[0], source.schema.names
    roles = find_roles("financials", names, columns, file=file)
    if "year" not in roles:  # columns= named the year of another table
        rest = {r: c for r, c in (columns or {}).items() if r != "year"}
        roles = find_roles("financials", names, rest, file=file)
    check_id_type(source.schema.field(roles["firm_id"]).type, roles["firm_id"], file)
    raw = read_all(source, list(roles.values()))
    ids = text(raw[roles["firm_id"]])
    ids = (folded(ids) if fold_ids else ids).dictionary_encode()
    reader = _Reader(raw, file, source.first_row)
    years = reader.whole(roles["year"], "")
    inside = (years.amount >= FIRST_YEAR) & (years.amount < FIRST_YEAR + YEARS)
    reader.refuse(~inside, roles["year"], "rows without a year, or whose year is none")
    known: dict[str, Any] = {"firm_id": ids, "year": years.amount.astype(np.int32)}
    unit_of_all = Money.of(unit or "円", 1).result_unit
    for role in ("net_sales", "operating_profit", "employees"):
        if role not in roles:
            continue
        money = role != "employees"
        column = reader.whole(roles[role], settle_unit(roles[role], unit) if money else "")
        known[role] = pa.array(column.amount, mask=column.missing)
        if not money:
            reader.refuse(column.amount < 0, roles[role], "negative numbers of employees")
    code = ids.indices.fill_null(len(ids.dictionary)).to_numpy(zero_copy_only=False)
    empty = np.append(text(ids.dictionary).to_numpy(zero_copy_only=False) == "", True)
    reader.refuse(empty[code], roles["firm_id"], "rows without a firm id")
    if not reader.faults:
        reader.refuse_again(code.astype(np.int64) * YEARS + years.amount - FIRST_YEAR, ids)
    if reader.faults:
        raise InputError(*reader.faults)
    return Financials(pa.table(known), unit_of_all)


@dataclass
class _Column:
    amount: Int
    missing: npt.NDArray[np.bool_]


class _Reader:
    """Columns of whole numbers, with the faults of all of them."""

    def __init__(self, table: pa.Table, file: str, first_row: int) -> None:
        self.table, self.file, self.first_row = table, file, first_row
        self.faults: list[Fault] = []

    def whole(self, column: str, unit: str) -> _Column:
        """Integers in base units; what cannot be read is a fault."""
        values = self.table[column].combine_chunks()
        amount, status = Money.of(unit, 1).parse(values, column)
        for code, what in STATUS.items():
            words = what.replace("amounts", "values").replace("the resolution", "one")
            self.refuse(status == code, column, words)
        return _Column(amount, status == MISSING)

    def refuse(self, bad: npt.NDArray[np.bool_], column: str, what: str) -> None:
        """Add a fault where any row is bad."""
        if rows := np.flatnonzero(bad).tolist():
            first = pa.array(rows[:10])
            self.faults.append(
                Fault(
                    f"{len(rows):,} {what}",
                    file=self.file,
                    column=column,
                    rows=tuple(r + self.first_row for r in rows[:10]),
                    values=tuple(self.table[column].take(first).to_pylist()),
                    count=len(rows),
                    fix="correct them; leave a cell empty where the value is not known",
                )
            )

    def refuse_again(self, key: Int, ids: pa.DictionaryArray) -> None:
        """Add a fault where a firm has two rows for one year."""
        order = np.argsort(key, kind="stable")
        again = np.sort(order[1:][np.diff(key[order]) == 0])
        if again.size:
            first = again[:10]
            firms = ids.take(pa.array(first)).to_pylist()
            years = (key[first] % YEARS + FIRST_YEAR).tolist()
            self.faults.append(
                Fault(
                    f"{again.size:,} firm(s) and year(s) that occur again",
                    file=self.file,
                    rows=tuple((first + self.first_row).tolist()),
                    values=tuple(f"{f} {y}" for f, y in zip(firms, years, strict=True)),
                    count=int(again.size),
                    fix="keep one row a firm and year",
                )
            )


def financial_indicators(
    financials: Financials,
    *,
    years: int = 3,
    last_year: int | None = None,
    missing_years: Literal["undefined", "available"] = "undefined",
    nonpositive: Literal["undefined", "lowest"] = "undefined",
) -> Indicators:
    """Profit and employment, contribution and growth, over the last years.

    With x_1 to x_n the operating profit, or the employees, of the last n years:

    contribution = (x_1 + ... + x_n) / n

    growth = (x_n / x_1)^(1 / (n - 1)) - 1

    Parameters
    ----------
    financials : Financials
    years : int
        n, 2 or more; 3 in the published scheme.
    last_year : int, optional
        By default the latest year of the table; the same for all firms.
    missing_years : {"undefined", "available"}
        A firm that lacks a year of those that an indicator needs (all for a contribution, the
        first and the last for a growth) has no value; or the mean is over the years that are
        there, and the growth a year between the first and the last that are.
    nonpositive : {"undefined", "lowest"}
        Growth is undefined where x_1 or x_n is not positive. ``"lowest"``: where x_1 is positive
        and x_n is not, growth is -1, the lowest there is. From a base that is not positive no
        growth can be told; it stays undefined.

    Returns
    -------
    Indicators
        Contributions in base units and persons, growth as a share a year; float64.

    Raises
    ------
    OptionError, ColumnError

    References
    ----------
    経済産業省, FY2019 report on 地域未来牽引企業: 利益貢献度, 雇用貢献度, 利益成長性, 雇用成長性.

    Examples
    --------
    >>> table = pa.table({"firm_id": ["a"] * 3 + ["b"] * 3, "year": [2023, 2024, 2025] * 2,
    ...                   "operating_profit": [100, 50, 144, 10, 10, -2],
    ...                   "employees": [4, 5, 9, 3, 3, 3]})
    >>> found = financial_indicators(read_financials(table))
    >>> found.frame.set_index("firm_id").round(3).T
    firm_id                     a    b
    profit_contribution      98.0  6.0
    employment_contribution   6.0  3.0
    profit_growth             0.2  NaN
    employment_growth         0.5  0.0
    >>> found.counts
            reason      indicator  firms
    0  nonpositive  profit_growth      1
    """
    _check_choices(years, missing_years, nonpositive)
    table = financials.table
    columns = [c for c in ("operating_profit", "employees") if c in table.column_names]
    if not columns:
        fix = "name them with columns={'operating_profit': ..., 'employees': ...}"
        raise ColumnError(Fault("the financials have neither profit nor employees", fix=fix))
    ids = table["firm_id"].combine_chunks()
    year = table["year"].to_numpy()
    last = int(last_year if last_year is not None else max(financials.years, default=FIRST_YEAR))
    column = year - (last - years + 1)
    within = (column >= 0) & (column < years)
    cell = (ids.indices.to_numpy(zero_copy_only=False)[within], column[within])
    firms = len(ids.dictionary)
    frame: dict[str, Any] = {"firm_id": text(ids.dictionary).to_pandas()}
    counts: list[tuple[str, str, int]] = []
    for kind, measure in (("contribution", _contribution), ("growth", _growth)):
        for name in columns:
            values = np.zeros((firms, years), dtype=np.int64)
            known = np.zeros((firms, years), dtype=bool)
            given = table[name].combine_chunks()
            values[cell] = given.fill_null(0).to_numpy(zero_copy_only=False)[within]
            known[cell] = given.is_valid().to_numpy(zero_copy_only=False)[within]
            if values.size and int(np.abs(values).max()) > (2**63 - 1) // years:
                raise LimitError(Fault(f"sums of {name} pass 2**63"))
            stem = "profit" if name == "operating_profit" else "employment"
            result, found = measure(values, known, missing_years, nonpositive)
            frame[f"{stem}_{kind}"] = result
            counts += [(what, f"{stem}_{kind}", n) for what, n in found.items() if n]
    kept = pd.DataFrame(counts, columns=["reason", "indicator", "firms"])
    order = ["firm_id", *(n for n in FINANCIAL if n in frame)]
    return Indicators(pd.DataFrame(frame)[order], kept)


def _check_choices(years: int, missing_years: str, nonpositive: str) -> None:
    faults = []
    if not isinstance(years, int) or years < 2:
        faults.append(Fault(f"years={years!r} is out of range", fix="2 or more"))
    if missing_years not in ("undefined", "available"):
        fix = "'undefined', 'available'"
        faults.append(Fault(f"missing_years={missing_years!r} is not offered", fix=fix))
    if nonpositive not in ("undefined", "lowest"):
        fix = "'undefined', 'lowest'"
        faults.append(Fault(f"nonpositive={nonpositive!r} is not offered", fix=fix))
    if faults:
        raise OptionError(*faults)


_Found = tuple[npt.NDArray[np.float64], dict[str, int]]


def _contribution(
    values: Int, known: npt.NDArray[np.bool_], missing_years: str, nonpositive: str
) -> _Found:
    del nonpositive  # a mean takes losses as they are
    count = known.sum(axis=1)
    part, none = (count > 0) & (count < known.shape[1]), count == 0
    usable = count > 0 if missing_years == "available" else count == known.shape[1]
    mean = np.full(count.size, np.nan)
    np.divide(values.sum(axis=1), count, out=mean, where=usable)  # the sum is exact
    what = "years_available" if missing_years == "available" else "missing_years"
    missing = int(none.sum()) + (int(part.sum()) if what == "missing_years" else 0)
    used = int(part.sum()) if what == "years_available" else 0
    return mean, {"missing_years": missing, "years_available": used}


def _growth(
    values: Int, known: npt.NDArray[np.bool_], missing_years: str, nonpositive: str
) -> _Found:
    firms, years = known.shape
    first, last = np.zeros(firms, dtype=int), np.full(firms, years - 1)
    if missing_years == "available":
        first, last = known.argmax(axis=1), years - 1 - known[:, ::-1].argmax(axis=1)
    row = np.arange(firms)
    there = known[row, first] & known[row, last] & (last > first)
    shorter = there & (last - first < years - 1)
    begin, end = values[row, first], values[row, last]
    defined = there & (begin > 0) & (end > 0)
    ratio = np.ones(firms)
    np.divide(end, begin, out=ratio, where=defined)
    growth = np.where(defined, ratio ** (1 / np.maximum(last - first, 1)) - 1, np.nan)
    lost = there & (begin > 0) & (end <= 0)
    undefined = there & ~defined
    if nonpositive == "lowest":
        growth[lost] = -1.0
        undefined &= ~lost
    counts = {
        "missing_years": int((~there).sum()),
        "years_available": int(shorter.sum()),
        "nonpositive": int(undefined.sum()),
        "counted_as_lowest": int(lost.sum()) if nonpositive == "lowest" else 0,
    }
    return growth, counts
