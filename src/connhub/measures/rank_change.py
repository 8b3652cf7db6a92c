"""Places in a list that moved between two years, and whether they surely did."""

from __future__ import annotations

import pandas as pd

from connhub.errors import Fault, OptionError

__all__ = ["rank_change"]

_LIST = ["region", "field", "firm_id"]
_RANKS = ["rank", "rank_low", "rank_high"]


def rank_change(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Compare two lists of which the certainty is known.

    A firm has surely moved where the places that the bounds allow it do not overlap.

    Parameters
    ----------
    before, after : DataFrame
        Of `Selection.certainty`: ``firm_id, region, field, rank, rank_low, rank_high``.

    Returns
    -------
    DataFrame
        ``firm_id, name, region, field, rank_before, rank_after, moved`` (positive: up) and
        ``surely_moved``; null where a firm is in one of the lists only, or has no bounds.

    Raises
    ------
    OptionError
        For other frames.

    Examples
    --------
    >>> def listed(ids, low, high):
    ...     places = range(1, len(ids) + 1)
    ...     return pd.DataFrame({"firm_id": ids, "name": ids, "region": "15", "field": None,
    ...         "rank": places, "rank_low": low, "rank_high": high})
    >>> moves = rank_change(listed(["a", "b"], [1, 2], [1, 2]), listed(["b", "a"], [1, 1], [1, 2]))
    >>> moves[["firm_id", "rank_before", "rank_after", "moved", "surely_moved"]]
      firm_id  rank_before  rank_after  moved  surely_moved
    0       b            2           1      1          True
    1       a            1           2     -1         False
    """
    for frame in (before, after):
        if missing := [n for n in (*_LIST, *_RANKS, "name") if n not in frame.columns]:
            raise OptionError(Fault("change.no_certainty", missing=missing))
    old, new = (
        frame.assign(field=frame["field"].astype("str"), firm_id=frame["firm_id"].astype("str"))
        for frame in (before, after)
    )
    joined = new.merge(old, on=_LIST, how="outer", suffixes=("_after", "_before"), sort=False)
    known = joined[["rank_before", "rank_after"]].notna().all(axis=1)
    apart = (joined["rank_low_after"] > joined["rank_high_before"]) | (
        joined["rank_low_before"] > joined["rank_high_after"]
    )
    bounds = [f"{n}_{when}" for n in ("rank_low", "rank_high") for when in ("before", "after")]
    sure = apart.astype("boolean").where(joined[bounds].notna().all(axis=1))
    ranks = joined[["rank_before", "rank_after"]].astype("Int64")
    result = pd.DataFrame(
        {
            "firm_id": joined["firm_id"],
            "name": joined["name_after"].where(joined["name_after"].notna(), joined["name_before"]),
            "region": joined["region"],
            "field": joined["field"].where(joined["field"] != "nan"),
            **ranks,
            "moved": (ranks["rank_before"] - ranks["rank_after"]).where(known),
            "surely_moved": sure,
        }
    )
    order = ["region", "field", "rank_after", "rank_before"]
    return result.sort_values(order, kind="stable").reset_index(drop=True)
