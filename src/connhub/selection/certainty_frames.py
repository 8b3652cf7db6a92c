"""The tables of how sure the lists are: a row a firm, and a row a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.selection.basis import Basis
from connhub.selection.certainty import BOUNDS, VERDICTS, Judgement, Sources
from connhub.selection.ranking import Ranking

__all__ = ["list_frame", "verdict_frame"]

_LISTED = ("region", "region_name", "field", "rank", "firm_id", "name", "score", "selected")


def verdict_frame(
    frame: pd.DataFrame, found: Judgement, shares: Mapping[str, npt.NDArray[np.float64]]
) -> pd.DataFrame:
    """The verdict on each row of the lists, and what it rests on.

    Parameters
    ----------
    frame : DataFrame
        Of the selection.
    found : Judgement
    shares : mapping of str to ndarray of float64, shape (rows,)

    Returns
    -------
    DataFrame
        That of `Certainty`.
    """
    verdicts, of_bound = (pd.array(list(names), dtype="str") for names in (VERDICTS, BOUNDS))
    of_row: dict[str, Any] = {name: frame[name].array for name in _LISTED}
    of_row["certainty"] = verdicts.take(found.verdict)
    bounds = found.bounds
    if bounds is not None:
        of_row |= {"rank_low": bounds.best, "rank_high": bounds.worst}
        of_row |= {"score_low": bounds.score_low, "score_high": bounds.score_high}
        for name, ranks in bounds.ranks.items():
            scores = bounds.scores.deviation_scores[name]
            of_row |= {
                f"{name}_rank_low": ranks.best_shown[bounds.entry],
                f"{name}_rank_high": ranks.worst_shown[bounds.entry],
                f"{name}_deviation_score_low": scores.low[bounds.entry],
                f"{name}_deviation_score_high": scores.high[bounds.entry],
            }
    else:
        of_row |= {
            n: pd.array([pd.NA] * len(frame), dtype="Int64") for n in ("rank_low", "rank_high")
        }
    of_row["bound"] = of_bound.take(found.bound)
    some = found.unless_rivals == 0
    of_row["unless_rivals"] = pd.arrays.IntegerArray(found.unless_rivals, some)
    known = np.isfinite(found.unless_amount)
    amount = np.where(known, found.unless_amount, 0).astype(np.int64)
    of_row["unless_amount"] = pd.arrays.IntegerArray(amount, ~known)
    return pd.DataFrame({**of_row, **shares}, copy=False)


def list_frame(
    frame: pd.DataFrame, ranking: Ranking, found: Judgement, sources: Sources, basis: Basis
) -> pd.DataFrame:
    """Counts of each list.

    Parameters
    ----------
    frame : DataFrame
        Of the selection.
    ranking : Ranking
    found : Judgement
    sources : Sources
    basis : Basis

    Returns
    -------
    DataFrame
        That of `Certainty.lists`.
    """
    lists, n = ranking.list_of_row, ranking.size.size

    def count(rows: Any) -> npt.NDArray[np.int64]:
        return np.bincount(lists[rows], minlength=n)

    verdict = {name: found.verdict == i for i, name in enumerate(VERDICTS)}
    share = np.full(n, np.nan)
    rooms = list(sources.doubts.rooms.values())
    if rooms:
        firm = basis.entries.firm[ranking.entry]
        room = np.bincount(lists, rooms[0].unexplained[firm].astype(float), minlength=n)
        side = next(iter(sources.doubts.rooms))
        counted = basis.degrees.frame[side].to_numpy(dtype=np.int64)[firm]
        counted = np.where(rooms[0].bounded[firm], counted, 0)
        explained = np.bincount(lists, counted.astype(float), minlength=n)
        whole = room + explained
        np.divide(room, whole, out=share, where=whole > 0)
    heads = frame.iloc[ranking.start][["region", "region_name", "field"]]
    return heads.reset_index(drop=True).assign(
        ranked=ranking.size,
        places=ranking.places,
        selected=ranking.n_selected,
        certain=count(verdict["certain"]),
        borderline_selected=count(verdict["borderline"] & ranking.selected),
        borderline=count(verdict["borderline"]),
        no_bound=found.rivals,
        contradicted=found.contradicted,
        unexplained_share=share,
        verdict=count(verdict["no_verdict"]) == 0,
    )
