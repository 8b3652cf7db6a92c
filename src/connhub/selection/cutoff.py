"""Where the list of a region ends: the best k, a share, or a score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from connhub.errors import Fault, OptionError

__all__ = ["Cut"]

Int = npt.NDArray[np.int64]
DEFAULT = 10


@dataclass(frozen=True)
class Cut:
    """How many firms of a region (and field) are chosen; exactly one of the first three is given.

    Parameters
    ----------
    per_region : int or None
        The best k.
    share : float or None
        This share of the ranked firms, rounded up.
    threshold : float or None
        All with at least this score.
    ties : {"include", "exclude", "error"}
        Whether firms tied across the last place are chosen.
    """

    per_region: int | None = None
    share: float | None = None
    threshold: float | None = None
    ties: Literal["include", "exclude", "error"] = "include"

    @classmethod
    def of(cls, per_region: Any, share: Any, threshold: Any, ties: Any) -> Cut:
        """Check and build.

        Raises
        ------
        OptionError
        """
        given = [v for v in (per_region, share, threshold) if v is not None]
        faults = []
        if len(given) > 1:
            what = "per_region=, share= and threshold= exclude each other"
            faults.append(Fault(what, fix="give one of them"))
        if per_region is not None and (
            not isinstance(per_region, int | np.integer)
            or isinstance(per_region, bool)
            or per_region < 1
        ):
            faults.append(
                Fault(f"per_region={per_region!r} is no number of firms", fix="1 or more")
            )
        if share is not None and not (isinstance(share, float | int) and 0 < share <= 1):
            faults.append(Fault(f"share={share!r} is out of range", fix="above 0, up to 1"))
        if threshold is not None and not (
            isinstance(threshold, float | int) and math.isfinite(threshold)
        ):
            faults.append(Fault(f"threshold={threshold!r} is no score", fix="such as 60"))
        if ties not in ("include", "exclude", "error"):
            fix = "'include', 'exclude', 'error'"
            faults.append(Fault(f"cut_ties={ties!r} is not offered", fix=fix))
        if faults:
            raise OptionError(*faults)
        return cls(per_region if given else DEFAULT, share, threshold, ties)

    def places(self, ranked: Int) -> Int:
        """How many places each list has, by the number of ranked firms."""
        if self.per_region is not None:
            return np.full(ranked.size, self.per_region, dtype=np.int64)
        if self.share is not None:
            part = Fraction(str(self.share))  # 0.1 of 30 is 3, not a float a little above it
            return np.array([math.ceil(part * n) for n in ranked.tolist()], dtype=np.int64)
        return ranked

    def choose(self, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Who is chosen of one list, for several sets of scores.

        Parameters
        ----------
        scores : ndarray of float64, shape (sets, firms)

        Returns
        -------
        ndarray of bool, shape (sets, firms)

        Examples
        --------
        >>> Cut(per_region=1).choose(np.array([[50.0, 60, 40], [50, 50, 40]])).tolist()
        [[False, True, False], [True, True, False]]
        """
        if self.threshold is not None:
            return scores >= self.threshold
        firms = scores.shape[1]
        places = int(self.places(np.array([firms]))[0])
        if places >= firms:
            return np.ones(scores.shape, dtype=bool)
        last = np.partition(scores, firms - places, axis=1)[:, firms - places, None]
        chosen: npt.NDArray[np.bool_] = scores >= last
        if self.ties == "exclude":
            crowded = chosen.sum(axis=1, keepdims=True) > places
            chosen &= ~crowded | (scores > last)
        return chosen
