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
    """Compare two years: what changed, and what the change is made of.

    The change of a degree is split exactly into the firm's own part and that of its region; the
    change of the in-region transactions into pairs that continue, are new or lost, and firms that
    enter or leave; the change of what a firm buys in its region into turning to local suppliers
    and buying more. A table also grows because it sees more, so sums are given in three figures:
    of all rows, of firms in both years, and of firms that trade in both. Money is nominal.

    Parameters
    ----------
    before, after : Results
        From `connhub.analyze` or `connhub.load`: of different years, with the same regions,
        policies, unit and grain.
    firms : FirmTable, optional
        The later firm table, for industries (`Change.shift_share`), and with ``founded_year`` or
        ``closed_year`` to tell firms that are founded and closed from those that appear and
        disappear.

    Returns
    -------
    Change

    Raises
    ------
    OptionError
        For results that were not counted alike, with all differences; for years in both.

    References
    ----------
    L. S. Shapley, A value for n-person games, 1953. B. W. Ang, The LMDI approach to decomposition
    analysis, Energy Policy 33 (2005).

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"]})
    >>> def year(number, *amounts):
    ...     return analyze(pa.table({"seller_id": ["a", "b"], "buyer_id": ["c", "c"],
    ...         "amount": amounts, "year": [number, number]}), firms)
    >>> change = compare(year(2023, 60, 40), year(2024, 90, 110))
    >>> change.degrees()[["firm_id", "before", "after", "own_effect", "region_effect"]].head(2)
      firm_id  before  after  own_effect  region_effect
    0       a     0.6   0.45       0.225         -0.375
    1       b     0.4   0.55       0.525         -0.375
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
    ids = result.degrees.to_arrow()["firm_id"]
    if role not in firms.table.column_names:
        return np.zeros(len(ids), dtype=np.int64)
    years = read_years(firms.table[role]).years
    at = positions_in(ids, firms.table["firm_id"].combine_chunks())
    return np.append(years, 0)[at]
