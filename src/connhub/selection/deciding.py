"""What decides the lists, as tables: the firms around the cut, and the deals that decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.cutoff import Cutoff
from connhub.measures.firm_flows import FirmFlows
from connhub.selection.basis import Basis
from connhub.selection.deciding_deals import Deals, deciding_deals, is_exact
from connhub.selection.indicator_bounds import AMOUNT_OF, DEAL_INDICATORS
from connhub.selection.list_bounds import NEXT
from connhub.selection.ranking import Ranking
from connhub.selection.schemes import Scheme
from connhub.text.catalogue import Message

__all__ = ["deal_frame", "firm_frame", "judged_deals", "large_parts"]

Int = npt.NDArray[np.int64]

_LARGE_PART = 0.5


def judged_deals(
    basis: Basis, ranking: Ranking, scheme: Scheme, cutoff: Cutoff
) -> tuple[FirmFlows, Deals] | None:
    """Links and judged deals; None where pairs were not kept, or the scheme has no such indicator.

    Parameters
    ----------
    basis : Basis
    ranking : Ranking
    scheme : Scheme
    cutoff : Cutoff

    Returns
    -------
    tuple of FirmFlows and Deals, or None
    """
    made_of_deals = any(name in DEAL_INDICATORS for name in scheme.indicators)
    if not made_of_deals or (flows := basis.flows) is None:
        return None
    return flows, deciding_deals(basis, ranking, scheme, cutoff, flows)


def deal_frame(frame: pd.DataFrame, basis: Basis, judged: tuple[FirmFlows, Deals]) -> pd.DataFrame:
    """The deals that decide a list, the largest first.

    Parameters
    ----------
    frame : DataFrame
        Of the certainty.
    basis : Basis
    judged : tuple of FirmFlows and Deals

    Returns
    -------
    DataFrame
        ``region, region_name, field, firm_id, name, partner_id, side, amount, n_transactions,
        stays``.
    """
    flows, deals = judged
    decide = np.flatnonzero(deals.changes)
    order = np.lexsort((-flows.amount[deals.pair[decide]], deals.row[decide]))
    decide = decide[order]
    rows, pair = deals.row[decide], deals.pair[decide]
    names = ["region", "region_name", "field", "firm_id", "name"]
    partner, sells = _partner(frame, basis, flows, rows, pair)
    counts = basis.trade.table["n_transactions"].to_numpy() if basis.trade is not None else pair
    return (
        frame.iloc[rows][names]
        .reset_index(drop=True)
        .assign(
            partner_id=partner,
            side=pd.array(np.where(sells, "sales", "purchases"), dtype="str"),
            amount=flows.amount[pair],
            n_transactions=counts[pair],
            stays=deals.stays[decide],
        )
    )


def _partner(
    frame: pd.DataFrame, basis: Basis, flows: FirmFlows, rows: Int, pair: Int
) -> tuple[Any, npt.NDArray[np.bool_]]:
    """Id of the other firm of each deal, null for one without degrees; and who sells."""
    ids = basis.degrees.frame["firm_id"]
    own = frame["firm_id"].iloc[rows].to_numpy()
    seller, buyer = flows.seller[pair], flows.buyer[pair]
    sells = (seller >= 0) & (ids.iloc[np.maximum(seller, 0)].to_numpy() == own)
    other = np.where(sells, buyer, seller)
    known = pd.Series(ids.iloc[np.maximum(other, 0)].astype("str").array)
    return known.mask(other < 0).array, sells


def firm_frame(
    frame: pd.DataFrame,
    basis: Basis,
    ranking: Ranking,
    scheme: Scheme,
    cutoff: Cutoff,
    judged: tuple[FirmFlows, Deals] | None,
) -> pd.DataFrame:
    """The selected of each list and the next ones: what keeps them there, and what would not.

    Parameters
    ----------
    frame : DataFrame
        Of the certainty.
    basis : Basis
    ranking : Ranking
    scheme : Scheme
    cutoff : Cutoff
    judged : tuple of FirmFlows and Deals, or None

    Returns
    -------
    DataFrame
        ``region, region_name, field, rank, firm_id, name, selected, certainty, margin,
        score_margin, largest_deal, largest_partner, stays_without_largest, deciding_deals``.
    """
    limit = (ranking.n_selected + NEXT)[ranking.list_of_row]
    rows = np.flatnonzero(ranking.place_in_list < limit)
    names = ["region", "region_name", "field", "rank", "firm_id", "name", "selected", "certainty"]
    table = frame.iloc[rows][names].reset_index(drop=True)
    missing = pd.array([pd.NA] * rows.size, dtype="Int64")
    margins: dict[str, Any] = {"margin": missing, "score_margin": np.nan}
    if is_exact(scheme, cutoff):
        amount = DEAL_INDICATORS[scheme.indicators[0]]
        firm = basis.entries.firm[ranking.entry]
        value = basis.degrees.frame[amount].to_numpy(dtype=np.int64)[firm]
        margin, known = _margin(ranking, value)
        margins["margin"] = pd.arrays.IntegerArray(np.where(known, margin, 0), ~known)[rows]
    elif cutoff.threshold is None:
        margin, known = _margin(ranking, ranking.score)
        margins["score_margin"] = np.where(known, margin, np.nan)[rows]
    else:
        margins["score_margin"] = ranking.score[rows] - cutoff.threshold
    return table.assign(**margins, **_of_deals(frame, basis, rows, judged))


def _margin(ranking: Ranking, value: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Any]:
    """How far each row is above what the last place takes among the others."""
    margin, known = np.zeros_like(value), np.zeros(value.size, dtype=bool)
    for start, size, places in zip(ranking.start, ranking.size, ranking.places, strict=True):
        if size <= places:
            continue  # all are selected
        rows = slice(start, start + size)
        ordered = np.sort(value[rows])[::-1]
        last = np.where(value[rows] >= ordered[places - 1], ordered[places], ordered[places - 1])
        margin[rows], known[rows] = value[rows] - last, True
    return margin, known


def _of_deals(
    frame: pd.DataFrame, basis: Basis, rows: Int, judged: tuple[FirmFlows, Deals] | None
) -> dict[str, Any]:
    """Largest deal of each row, its partner, and how many deals decide; null without pairs."""
    n = rows.size
    largest, decide = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    stays, known = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    partner = pd.Series(pd.NA, index=range(n), dtype="str")
    if judged is not None:
        flows, deals = judged
        decide = np.bincount(deals.row[deals.changes], minlength=len(frame))[rows]
        order = np.lexsort((-flows.amount[deals.pair], deals.row))
        first = order[np.flatnonzero(np.diff(deals.row[order], prepend=-1))]
        position = np.searchsorted(deals.row[first], rows)
        position = np.minimum(position, max(first.size - 1, 0))
        known = deals.row[first][position] == rows if first.size else known
        at = first[position[known]]
        largest[known], stays[known] = flows.amount[deals.pair[at]], deals.stays[at]
        partner[known] = _partner(frame, basis, flows, rows[known], deals.pair[at])[0]
    counts = np.full(n, judged is None)
    return {
        "largest_deal": pd.arrays.IntegerArray(largest, ~known),
        "largest_partner": partner.array,
        "stays_without_largest": pd.arrays.BooleanArray(stays, ~known),
        "deciding_deals": pd.arrays.IntegerArray(decide, counts),
    }


def large_parts(
    frame: pd.DataFrame, basis: Basis, scheme: Scheme, judged: tuple[FirmFlows, Deals] | None
) -> Iterator[Message]:
    """Note regions with lists in which one deal is over half of a denominator.

    Parameters
    ----------
    frame : DataFrame
        Of the certainty.
    basis : Basis
    scheme : Scheme
    judged : tuple of FirmFlows and Deals, or None

    Yields
    ------
    Message
    """
    if judged is None:
        return
    degrees = basis.degrees.frame
    listed = degrees["region"].isin(frame["region"].unique()).to_numpy(dtype=bool)
    for amount in sorted({DEAL_INDICATORS[n] for n in scheme.indicators if n in AMOUNT_OF}):
        which, owner = judged[0].owner(amount)
        size = judged[0].amount[which]
        whole = degrees[f"region_{amount}"].to_numpy(dtype=np.int64)[owner]
        large = np.flatnonzero(listed[owner] & (whole > 0) & (size > _LARGE_PART * whole))
        if large.size:
            codes = degrees["region"].iloc[np.unique(owner[large])].unique()
            regions = [basis.degrees.directory.in_languages(code) for code in codes]
            side = Message("intake.column_label", table="degrees", role=amount)
            yield Message("certainty.large_part", regions=regions, sum=side, count=len(regions))
