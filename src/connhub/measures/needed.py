"""What a firm would need to reach a rank or a degree: in closed form, all else as it is."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.arguments import Id, checked
from connhub.errors import Fault, OptionError, check_choice
from connhub.measures.degrees import Degrees
from connhub.measures.result_table import ids_as_in

__all__ = ["AMOUNT_OF", "needed_to_reach"]

Int = npt.NDArray[np.int64]
By = Literal["connector_degree", "hub_degree"]
AMOUNT_OF = {"connector_degree": "out_of_region_sales", "hub_degree": "in_region_purchases"}


@checked
def needed_to_reach(
    degrees: Degrees,
    firms: Sequence[Id],
    *,
    by: By = "connector_degree",
    rank: int | None = None,
    degree: float | None = None,
) -> pd.DataFrame:
    """Least out-of-region sales, or in-region purchases, with which firms reach a rank or degree.

    Within a region all degrees have one denominator, so that rank k takes as much as the k-th of
    the other firms has. A degree c takes the least S' with S' / (D - S + S') of at least c, since
    the firm's own amount is part of the denominator:

    S' = c (D - S) / (1 - c), rounded up; c D where D is an official sum, which stays

    Parameters
    ----------
    degrees : Degrees
    firms : sequence of str or int
        Ids.
    by : {"connector_degree", "hub_degree"}
        Which degree, as for `Degrees.top`: of out-of-region sales, or of in-region purchases.
    rank : int, optional
        In the region, from 1; ties share the best.
    degree : float, optional
        Above 0, below 1; its shortest decimal counts. One of the two is given.

    Returns
    -------
    DataFrame
        ``firm_id, name, region, degree`` (which), ``now`` and ``needed`` (the amount), ``more``
        (what is missing, 0 where nothing is). Null where a region has fewer firms, or without the
        firm no amount at all. Counted: arithmetic of sums, no forecast.

    Raises
    ------
    OptionError
        No rank and no degree, or both; values out of range; firms that have no degrees.

    Examples
    --------
    a sells 60 of 100 out of its region, b 40. For half of all sales b needs 60 as well.

    >>> import pyarrow as pa
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.measures.degrees import degrees
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(
    ...     pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"]}))
    >>> sales = pa.table({"seller_id": ["a", "b"], "buyer_id": ["c", "c"], "amount": [60, 40]})
    >>> found = degrees(total(sales, firms), firms)
    >>> needed_to_reach(found, ["b"], degree=0.5)[["firm_id", "now", "needed", "more"]]
      firm_id  now  needed  more
    0       b   40      60    20
    """
    check_choice("by", by, AMOUNT_OF)
    if (rank is None) == (degree is None):
        raise OptionError(Fault("measures.rank_or_degree"))
    if rank is not None and (type(rank) is not int or rank < 1):
        raise OptionError(Fault("errors.out_of_range", name="rank", value=rank, least=1))
    if degree is not None and not 0 < degree < 1:
        raise OptionError(Fault("measures.degree_to_reach", value=repr(degree)))
    frame, amount = degrees.frame, AMOUNT_OF[by]
    rows = _rows(frame, firms)
    sums = frame.groupby("region")[amount].sum().to_dict()
    needed: list[int | None] = []
    for row in rows.itertuples():
        now = int(getattr(row, amount))
        others = frame[amount][(frame["region"] == row.region) & (frame.index != row.Index)]
        if rank is not None:
            needed.append(_for_rank(others.to_numpy(dtype=np.int64), rank))
            continue
        whole = int(getattr(row, f"region_{amount}"))
        official = whole != sums[row.region]
        share = Fraction(str(degree))
        rest = whole - now
        exact = share * whole if official else share * rest / (1 - share)
        needed.append(-(-exact.numerator // exact.denominator) if whole > 0 < exact else None)
    found = rows[["firm_id", "name", "region"]].assign(
        degree=pd.array([by] * len(rows), dtype="str"),
        now=rows[amount],
        needed=pd.array(needed, dtype="Int64"),
    )
    more = (found["needed"] - found["now"]).clip(lower=0)
    return degrees.labelled(found.assign(more=more).reset_index(drop=True))


def _rows(frame: pd.DataFrame, firms: Sequence[Id]) -> pd.DataFrame:
    """Rows of the firms, in the order given."""
    texts = [str(firm) for firm in firms]
    wanted = ids_as_in(frame["firm_id"], texts)
    listed = frame[frame["firm_id"].isin(wanted)]
    place = dict(zip(listed["firm_id"].astype("str"), listed.index, strict=True))
    if missing := [firm for firm in texts if firm not in place]:
        raise OptionError(Fault("measures.no_degrees_of", firms=missing))
    return frame.loc[[place[firm] for firm in texts]]


def _for_rank(others: Int, rank: int) -> int | None:
    """The amount of the other firm at a rank; None where there are fewer."""
    if rank > others.size + 1:
        return None
    if rank == others.size + 1:
        return min(0, int(others.min(initial=0)))
    return int(np.partition(others, others.size - rank)[others.size - rank])
