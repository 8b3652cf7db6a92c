"""Where the list of a region ends: the best k, a share, or a score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from connhub.arguments import checked
from connhub.errors import Fault, OptionError
from connhub.options import Options

__all__ = ["Cutoff"]

Int = npt.NDArray[np.int64]
PER_REGION = 10
"""How many are selected where nothing else is chosen."""


@dataclass(frozen=True)
class Cutoff(Options):
    """How many firms of a region (and field) are selected; at most one of the first three is given.

    Parameters
    ----------
    per_region : int, optional
        Select the best k of each region (and field); 10 where none of the three is given.
    share : float, optional
        Select this share of the ranked firms, above 0 up to 1; the number is rounded up.
    threshold : float, optional
        Select all with at least this score.
    cut_ties : {"include", "exclude", "error"}
        Firms that are tied across the last place: select all of them, none of them, or stop.
        Never decided by an id.

    Raises
    ------
    OptionError

    Examples
    --------
    >>> Cutoff(share=0.1).places(np.array([30, 31])).tolist()
    [3, 4]
    """

    per_region: int | None = None
    share: float | None = None
    threshold: float | None = None
    cut_ties: Literal["include", "exclude", "error"] = "include"

    def __post_init__(self) -> None:
        super().__post_init__()
        faults = []
        given = {n: getattr(self, n) for n in ("per_region", "share", "threshold")}
        given = {name: value for name, value in given.items() if value is not None}
        if len(given) > 1:
            faults.append(Fault("selection.several_cutoffs"))
        for name, value in given.items():
            if not _CHECKS[name](value):
                faults.append(Fault(_KINDS[name], value=repr(value)))
        if faults:
            raise OptionError(*faults)

    @property
    def list_places(self) -> int | None:
        """How many places every list has; None where a share or a threshold decides."""
        if self.share is not None or self.threshold is not None:
            return None
        return PER_REGION if self.per_region is None else int(self.per_region)

    @checked
    def places(self, ranked: Int) -> Int:
        """How many places each list has.

        Parameters
        ----------
        ranked : ndarray of int64, shape (lists,)
            How many firms of each list are ranked.

        Returns
        -------
        ndarray of int64, shape (lists,)
        """
        if self.list_places is not None:
            return np.full(ranked.size, self.list_places, dtype=np.int64)
        if self.share is not None:
            share = Fraction(str(self.share))  # 0.1 of 30 is 3, not a float a little above it
            return np.array([math.ceil(share * n) for n in ranked.tolist()], dtype=np.int64)
        return ranked

    @checked
    def select(
        self, scores: npt.NDArray[np.float64], *, of: int | None = None
    ) -> npt.NDArray[np.bool_]:
        """Which firms of one list are selected, for several sets of scores.

        Parameters
        ----------
        scores : ndarray of float64, shape (sets, firms)
        of : int, optional
            How many the list has where these are its first, no fewer than there are places.

        Returns
        -------
        ndarray of bool, shape (sets, firms)

        Examples
        --------
        >>> Cutoff(per_region=1).select(np.array([[50.0, 60, 40], [50, 50, 40]])).tolist()
        [[False, True, False], [True, True, False]]
        """
        if self.threshold is not None:
            return scores >= self.threshold
        firms = scores.shape[1]
        places = int(self.places(np.array([of or firms]))[0])
        if places >= (of or firms):
            return np.ones(scores.shape, dtype=bool)
        last = np.partition(scores, firms - places, axis=1)[:, firms - places, None]
        selected: npt.NDArray[np.bool_] = scores >= last
        if self.cut_ties == "exclude":
            crowded = selected.sum(axis=1, keepdims=True) > places
            selected &= ~crowded | (scores > last)
        return selected


def _is_count(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= 1


def _is_share(value: Any) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool) and 0 < value <= 1


def _is_score(value: Any) -> bool:
    return isinstance(value, float | int) and math.isfinite(value)


_CHECKS = {"per_region": _is_count, "share": _is_share, "threshold": _is_score}
_KINDS = {
    "per_region": "selection.per_region_out_of_range",
    "share": "selection.share_out_of_range",
    "threshold": "selection.threshold_not_a_score",
}
