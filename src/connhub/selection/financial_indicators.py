"""The four indicators that the FY2019 scheme takes from financials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from connhub.arguments import checked
from connhub.arrow import text
from connhub.errors import ColumnError, Fault, LimitError, OptionError, check_choice
from connhub.intake.years import FIRST_YEAR
from connhub.quotients import quotient
from connhub.selection.financials import Financials
from connhub.text.catalogue import Message

__all__ = ["CAUSES", "FINANCIAL", "Indicators", "financial_indicators", "has_indicators"]

Int = npt.NDArray[np.int64]

FINANCIAL = {
    "profit_contribution": "operating_profit",
    "employment_contribution": "employees",
    "profit_growth": "operating_profit",
    "employment_growth": "employees",
}
"""The indicators that come from financials, and the column each is computed from."""
CAUSES = (None, "missing_years", "nonpositive")
"""Why an indicator has no value."""


@dataclass(frozen=True, eq=False)
class Indicators:
    """Values of indicators by firm, and what the policies did.

    Parameters
    ----------
    frame : DataFrame
        ``firm_id`` and a float64 column an indicator, NaN where it is undefined; money in `unit`.
    counts : DataFrame
        ``reason, indicator, firms``: how many firms each policy concerned.
    unit : str or None
        Of the money; None where there is none, or where the table is the user's own.
    notes : tuple of Message
        What the user should know; a selection has them among its own.
    causes : mapping of str to ndarray of int8
        By indicator, why each firm has no value: position in `CAUSES`.
    """

    frame: pd.DataFrame
    counts: pd.DataFrame
    unit: str | None = None
    notes: tuple[Message, ...] = ()
    causes: Mapping[str, npt.NDArray[np.int8]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.unit is not None:
            self.frame.attrs["unit"] = self.unit


@checked
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
        From `read_financials`.
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
        growth can be computed; it stays undefined.

    Returns
    -------
    Indicators
        float64: the contribution of profit in the unit of the financials, that of employment in
        persons, growth as a share a year.

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
    >>> from connhub.selection.financials import read_financials
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
    _check_options(years, missing_years, nonpositive)
    table = financials.table
    columns = [c for c in ("operating_profit", "employees") if c in table.column_names]
    if not columns:
        raise ColumnError(Fault("selection.no_profit_or_employees"))
    last = int(last_year if last_year is not None else max(financials.years, default=FIRST_YEAR))
    panels = {name: _panel(table, name, years, last) for name in columns}
    frame: dict[str, Any] = {"firm_id": _firms(table).to_pandas()}
    counts: list[tuple[str, str, int]] = []
    causes = {}
    for suffix, measure in (("contribution", _contribution), ("growth", _growth)):
        for name, panel in panels.items():
            stem = "profit" if name == "operating_profit" else "employment"
            indicator = f"{stem}_{suffix}"
            values, by_reason, cause = measure(*panel, missing_years, nonpositive)
            frame[indicator], causes[indicator] = values, cause
            counts += [(reason, indicator, n) for reason, n in by_reason.items() if n]
    order = ["firm_id", *(n for n in FINANCIAL if n in frame)]
    return Indicators(
        pd.DataFrame(frame)[order],
        pd.DataFrame(counts, columns=["reason", "indicator", "firms"]),
        financials.unit if "operating_profit" in columns else None,
        financials.notes,
        causes,
    )


def has_indicators(financials: Financials) -> bool:
    """Whether any indicator can be made of them: profit or employees are there.

    Parameters
    ----------
    financials : Financials

    Returns
    -------
    bool
    """
    return bool(set(FINANCIAL.values()) & set(financials.table.column_names))


def _firms(table: pa.Table) -> pa.Array:
    ids = table["firm_id"].combine_chunks().dictionary
    return ids if pa.types.is_integer(ids.type) else text(ids)


def _panel(table: pa.Table, name: str, years: int, last: int) -> tuple[Int, npt.NDArray[np.bool_]]:
    """Values of a column by firm and year, and which are known, shape (firms, years)."""
    ids = table["firm_id"].combine_chunks()
    position = table["year"].to_numpy() - (last - years + 1)
    within = (position >= 0) & (position < years)
    cells = (ids.indices.to_numpy(zero_copy_only=False)[within], position[within])
    shape = (len(ids.dictionary), years)
    values, known = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
    column = table[name].combine_chunks()
    values[cells] = column.fill_null(0).to_numpy(zero_copy_only=False)[within]
    known[cells] = column.is_valid().to_numpy(zero_copy_only=False)[within]
    if values.size and int(np.abs(values).max()) > (2**63 - 1) // years:
        raise LimitError(Fault("selection.sum_too_large", column=name))
    return values, known


def _check_options(years: Any, missing_years: str, nonpositive: str) -> None:
    if type(years) is not int or years < 2:
        raise OptionError(Fault("errors.out_of_range", name="years", value=years, least=2))
    check_choice("missing_years", missing_years, ("undefined", "available"))
    check_choice("nonpositive", nonpositive, ("undefined", "lowest"))


_Measured = tuple[npt.NDArray[np.float64], dict[str, int], npt.NDArray[np.int8]]
"""Values by firm, how many firms each policy concerned, and the cause where there is no value."""


def _contribution(
    values: Int, known: npt.NDArray[np.bool_], missing_years: str, nonpositive: str
) -> _Measured:
    del nonpositive  # a mean takes losses as they are
    count = known.sum(axis=1)
    available = missing_years == "available"
    partial, none = int(((count > 0) & (count < known.shape[1])).sum()), int((count == 0).sum())
    usable = count > 0 if available else count == known.shape[1]
    mean = quotient(values.sum(axis=1), np.where(usable, count, 0))  # the sum is exact
    causes = np.where(usable, 0, CAUSES.index("missing_years")).astype(np.int8)
    if available:
        return mean, {"missing_years": none, "years_available": partial}, causes
    return mean, {"missing_years": none + partial}, causes


def _growth(
    values: Int, known: npt.NDArray[np.bool_], missing_years: str, nonpositive: str
) -> _Measured:
    firms, years = known.shape
    first, last = np.zeros(firms, dtype=int), np.full(firms, years - 1)
    if missing_years == "available":
        first, last = known.argmax(axis=1), years - 1 - known[:, ::-1].argmax(axis=1)
    row = np.arange(firms)
    there = known[row, first] & known[row, last] & (last > first)
    shorter = there & (last - first < years - 1)
    begin, end = values[row, first], values[row, last]
    defined = there & (begin > 0) & (end > 0)
    ratio = quotient(end, np.where(defined, begin, 0))
    growth = ratio ** (1 / np.maximum(last - first, 1)) - 1
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
    causes = np.where(undefined, CAUSES.index("nonpositive"), 0).astype(np.int8)
    causes[~there] = CAUSES.index("missing_years")
    return growth, counts, causes
