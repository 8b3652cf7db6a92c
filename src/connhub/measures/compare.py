"""Compare two years that were counted alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from connhub.arrow import positions_in
from connhub.intake.firm_table import FirmTable
from connhub.intake.years import read_years
from connhub.measures.change import Change
from connhub.measures.comparable import refuse_unlike, years_of
from connhub.measures.matched_firms import match_firms
from connhub.measures.results import Results

__all__ = ["compare"]


def compare(before: Results, after: Results, firms: FirmTable | None = None) -> Change:
    """What changed between two results: `connhub.compare`, which reads tables too.

    Parameters
    ----------
    before, after : Results
    firms : FirmTable, optional
        The later firm table.

    Returns
    -------
    Change

    Raises
    ------
    OptionError
        For results that were not counted alike, with all differences; for years in both.
    """
    refuse_unlike([before, after])
    founded = closed = None
    if firms is not None and years_of(before) and years_of(after):
        first, last = years_of(before)[-1], years_of(after)[-1]
        began = _years(firms, "founded_year", after)
        ended = _years(firms, "closed_year", before)
        founded = (began > first) & (began <= last)
        closed = (ended >= first) & (ended <= last)
    matched = match_firms(before, after, founded=founded, closed=closed)
    return Change(before, after, matched, firms)


def _years(firms: FirmTable, role: str, result: Results) -> npt.NDArray[np.int64]:
    """A year of each firm of a result; 0 where it is not known."""
    ids = result.degrees.to_arrow(["firm_id"])["firm_id"]
    if role not in firms.table.column_names:
        return np.zeros(len(ids), dtype=np.int64)
    years = read_years(firms.table[role]).years
    at = positions_in(ids, firms.table["firm_id"].combine_chunks())
    return np.append(years, 0)[at]
