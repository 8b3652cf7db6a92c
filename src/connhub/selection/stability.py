"""How often firms stay selected when the weights and the reading of ranks vary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.errors import Fault, OptionError
from connhub.selection.ranking import rounded

if TYPE_CHECKING:
    from connhub.selection.result import Selection

__all__ = ["BORDERS", "stability"]

Float = npt.NDArray[np.float64]
BORDERS = (0.05, 0.95)
"""A share up to the first is out, from the second on robust."""
_CELLS = 1 << 22
"""Scores held at once: 32 MiB."""


def stability(
    selection: Selection, *, vectors: int, concentration: float, seed: int
) -> pd.DataFrame:
    """See `Selection.stability`."""
    _check(vectors, concentration, seed)
    weights = np.array(list(selection.scheme.weights.values()))
    draws = np.random.default_rng(seed).dirichlet(concentration * weights, size=vectors)
    linear = _times(selection, draws, "linear")
    normal = _times(selection, draws, "normal")
    share = (linear + normal) / (2 * vectors)
    names = ["region", "region_name", "field", "rank", "firm_id", "name", "selected"]
    rows = np.flatnonzero((share > 0) | selection.standing.selected)
    words = np.array(["out", "borderline", "robust"], dtype=object)
    verdict = words[(share[rows] > BORDERS[0]).astype(int) + (share[rows] >= BORDERS[1])]
    return (
        selection.frame.iloc[rows][names]
        .assign(
            share_linear=linear[rows] / vectors,
            share_normal=normal[rows] / vectors,
            share=share[rows],
            verdict=pd.Series(verdict, index=rows, dtype="str").array,
        )
        .reset_index(drop=True)
    )


def _times(selection: Selection, draws: Float, reading: str) -> npt.NDArray[np.int64]:
    """How often each line is selected. The ranks are there already: only the weights change."""
    standing = selection.standing
    deviation = np.stack(
        [ranks.scores(reading)[standing.unit] for ranks in standing.ranks.values()]  # type: ignore[arg-type]
    )
    times = np.zeros(standing.unit.size, dtype=np.int64)
    for start, size in zip(standing.start.tolist(), standing.size.tolist(), strict=True):
        part = slice(start, start + size)
        step = max(1, _CELLS // size)
        for first in range(0, len(draws), step):
            scores = rounded(draws[first : first + step] @ deviation[:, part])
            times[part] += selection.cut.choose(scores).sum(axis=0)
    return times


def _check(vectors: int, concentration: float, seed: int) -> None:
    faults = []
    if not isinstance(vectors, int) or vectors < 1:
        faults.append(Fault(f"vectors={vectors!r} is out of range", fix="1 or more"))
    if not (isinstance(concentration, int | float) and 0 < concentration < np.inf):
        faults.append(Fault(f"concentration={concentration!r} is out of range", fix="above 0"))
    if not isinstance(seed, int) or seed < 0:
        faults.append(Fault(f"seed={seed!r} is out of range", fix="0 or more"))
    if faults:
        raise OptionError(*faults)
