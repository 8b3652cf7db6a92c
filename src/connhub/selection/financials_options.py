"""How the table of financials of an analysis is read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connhub.intake.units import settle_unit
from connhub.options import MoneyOptions, TableOptions
from connhub.selection.financials import VALUES
from connhub.text.numbers import split_unit

__all__ = ["options_of_financials"]


def options_of_financials(
    table: TableOptions, unit: str | None, result_unit: str, rounding: Any
) -> MoneyOptions:
    """How financials are read that belong to a result: its resolution, and the unit that is told.

    Parameters
    ----------
    table : TableOptions
        How the other tables are read; of its columns those of financials count.
    unit : str, optional
        Of the money, where the headers name none.
    result_unit : str
    rounding : {"error", "nearest"}

    Returns
    -------
    MoneyOptions
    """
    fraction, base = split_unit(result_unit)
    shared = {n: v for n, v in vars(table).items() if n != "columns"}
    return MoneyOptions(
        columns={r: c for r, c in (table.columns or {}).items() if r in VALUES},
        **shared,
        # A header may name any scale of yen; other units have none.
        unit=unit or (None if base == settle_unit("", None) else base),
        resolution=Decimal(1) / fraction,
        rounding=rounding,
    )
