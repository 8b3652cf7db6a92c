"""Several years: compared, from saved analyses or from those in memory."""

from __future__ import annotations

import os

from connhub.analysis import Analysis, load
from connhub.arguments import Table
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.measures.change import Change
from connhub.measures.compare import compare as compare_results
from connhub.options import TableOptions, flat_options

__all__ = ["compare"]

NO_OPTIONS = TableOptions()


@flat_options
def compare(
    before: Analysis | str | os.PathLike[str],
    after: Analysis | str | os.PathLike[str],
    *,
    firms: Table | FirmTable | None = None,
    read: TableOptions = TableOptions(),
) -> Change:
    """Compare two years: what changed, and what the change is made of.

    The change of a degree is split exactly into the firm's own part and that of its region; the
    change of the in-region transactions into pairs that continue, are new or lost, and firms that
    enter or leave; the change of what a firm buys in its region into turning to local suppliers
    and buying more. A table also grows because it sees more, so sums are given in three figures:
    of all rows, of firms in both years, and of firms that trade in both. Money is nominal.

    Parameters
    ----------
    before, after : Analysis or path
        From `analyze`, or a folder of `Analysis.save`: of different years, with the same regions,
        policies, unit and grain.
    firms : path, table, or FirmTable, optional
        The later firm table, for industries (`Change.shift_share`), and with ``founded_year`` or
        ``closed_year`` to tell firms that are founded and closed from those that appear and
        disappear.
    {read}

    Returns
    -------
    Change

    Raises
    ------
    OptionError
        For results that were not counted alike, with all differences; for years in both.
    InputError, ColumnError, StorageError

    References
    ----------
    L. S. Shapley, A value for n-person games, 1953. B. W. Ang, The LMDI approach to decomposition
    analysis, Energy Policy 33 (2005).

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"]})
    >>> trade = pa.table({"seller_id": ["a", "b"] * 2, "buyer_id": ["c"] * 4,
    ...                   "amount": [60, 40, 90, 110], "year": [2023] * 2 + [2024] * 2})
    >>> before, after = (analyze(trade, firms, year=year) for year in (2023, 2024))
    >>> change = compare(before, after)
    >>> change.degrees()[["firm_id", "before", "after", "own_effect", "region_effect"]].head(2)
      firm_id  before  after  own_effect  region_effect
    0       a     0.6   0.45       0.225         -0.375
    1       b     0.4   0.55       0.525         -0.375
    """
    results = opened(before), opened(after)
    table = None
    if firms is not None:
        given = results[1].table_options if read == NO_OPTIONS else read
        is_table = isinstance(firms, FirmTable)
        region = results[1].options["region"]
        table = firms if is_table else read_firms(firms, region=region, read=given)
    return compare_results(*results, table)


def opened(result: Analysis | str | os.PathLike[str]) -> Analysis:
    """An analysis, or the one that a folder holds.

    Parameters
    ----------
    result : Analysis or path

    Returns
    -------
    Analysis

    Raises
    ------
    StorageError
    """
    return result if isinstance(result, Analysis) else load(result)
