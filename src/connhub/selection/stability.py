"""How often firms stay selected when the weights and the score method vary."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.cutoff import Cutoff
from connhub.errors import Fault, OptionError
from connhub.selection.ranking import Ranking, rounded

__all__ = ["BORDERS", "CONCENTRATION", "share_selected", "stability"]

Float = npt.NDArray[np.float64]
CONCENTRATION = 100.0
BORDERS = (0.05, 0.95)
"""A share up to the first is out, from the second on robust."""
_CELLS = 1 << 22
"""Scores held at once: 32 MiB."""


def stability(
    frame: pd.DataFrame,
    ranking: Ranking,
    *,
    weights: Iterable[float],
    cutoff: Cutoff,
    n_draws: int,
    concentration: float,
    seed: int,
) -> pd.DataFrame:
    """How often each firm stays selected; see `Selection.stability`.

    Parameters
    ----------
    frame : DataFrame
        Of the selection.
    ranking : Ranking
    weights : iterable of float
        Of the indicators, as in the scheme.
    cutoff : Cutoff
    n_draws : int
    concentration : float
    seed : int

    Returns
    -------
    DataFrame

    Raises
    ------
    OptionError
    """
    _check(n_draws, concentration, seed)
    draws = _draw(weights, n_draws, concentration, seed)
    linear = _times_selected(ranking, cutoff, draws, "linear")
    normal = _times_selected(ranking, cutoff, draws, "normal")
    share = (linear + normal) / (2 * n_draws)
    names = ["region", "region_name", "field", "rank", "firm_id", "name", "selected"]
    rows = np.flatnonzero((share > 0) | ranking.selected)
    verdicts = np.array(["out", "borderline", "robust"], dtype=object)
    verdict = verdicts[(share[rows] > BORDERS[0]).astype(int) + (share[rows] >= BORDERS[1])]
    return (
        frame.iloc[rows][names]
        .assign(
            share_linear=linear[rows] / n_draws,
            share_normal=normal[rows] / n_draws,
            share=share[rows],
            verdict=pd.Series(verdict, index=rows, dtype="str").array,
        )
        .reset_index(drop=True)
    )


def share_selected(
    ranking: Ranking, cutoff: Cutoff, weights: Iterable[float], n_draws: int
) -> Float:
    """Share of drawn weights and both score methods under which each row is selected.

    As `stability` draws them by default.

    Parameters
    ----------
    ranking : Ranking
    cutoff : Cutoff
    weights : iterable of float
        Of the indicators, as in the scheme.
    n_draws : int

    Returns
    -------
    ndarray of float64, shape (rows,)
    """
    draws = _draw(weights, n_draws, CONCENTRATION, 0)
    linear = _times_selected(ranking, cutoff, draws, "linear")
    normal = _times_selected(ranking, cutoff, draws, "normal")
    share: Float = (linear + normal) / (2 * n_draws)
    return share


def _draw(weights: Iterable[float], n_draws: int, concentration: float, seed: int) -> Float:
    random = np.random.default_rng(seed)
    return random.dirichlet(concentration * np.array(list(weights)), size=n_draws)


def _times_selected(
    ranking: Ranking, cutoff: Cutoff, draws: Float, score_method: Literal["linear", "normal"]
) -> npt.NDArray[np.int64]:
    """How often each row is selected. The ranks are there already: only the weights change."""
    deviation_scores = np.stack(
        [ranks.scores(score_method)[ranking.entry] for ranks in ranking.ranks.values()]
    )
    times = np.zeros(ranking.entry.size, dtype=np.int64)
    for start, size in zip(ranking.start.tolist(), ranking.size.tolist(), strict=True):
        part = slice(start, start + size)
        step = max(1, _CELLS // size)
        for first in range(0, len(draws), step):
            scores = rounded(draws[first : first + step] @ deviation_scores[:, part])
            times[part] += cutoff.select(scores).sum(axis=0)
    return times


def _check(n_draws: Any, concentration: Any, seed: Any) -> None:
    faults = []
    for name, value, least in (("n_draws", n_draws, 1), ("seed", seed, 0)):
        if type(value) is not int or value < least:
            faults.append(Fault("errors.out_of_range", name=name, value=value, least=least))
    if not (isinstance(concentration, int | float) and 0 < concentration < np.inf):
        faults.append(Fault("selection.concentration_out_of_range", value=repr(concentration)))
    if faults:
        raise OptionError(*faults)
