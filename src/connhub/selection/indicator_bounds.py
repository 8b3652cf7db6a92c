"""Bounds of the indicators that are made of deals: degrees, and amounts of firms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import text
from connhub.errors import Fault, LimitError
from connhub.measures.bounds import (
    Bounds,
    bonferroni_quantile,
    error_bounds,
    error_variance,
    missing_bounds,
    share_bounds,
)
from connhub.measures.degrees import QUOTIENTS, Degrees
from connhub.measures.firm_flows import SIDE_OF, FirmFlows
from connhub.selection.reported import Room

__all__ = [
    "AMOUNT_OF",
    "DEAL_INDICATORS",
    "Denominator",
    "amount_bounds",
    "degree_bounds",
    "largest_sum",
    "region_index",
    "sums_over_firms",
]

Int = npt.NDArray[np.int64]

AMOUNT_OF = {degree: QUOTIENTS[degree][0] for degree in ("connector_degree", "hub_degree")}
"""The amount of which each degree is a share."""
DEAL_INDICATORS = {**AMOUNT_OF, **{name: name for name in SIDE_OF}}
"""Indicators that have bounds, and the amount of which each is made."""


def region_index(degrees: Degrees) -> tuple[Int, int]:
    """Number of the region of each firm, and how many regions there are.

    Parameters
    ----------
    degrees : Degrees

    Returns
    -------
    region : ndarray of int64, shape (n,)
    regions : int
    """
    codes = text(pa.Array.from_pandas(degrees.frame["region"])).dictionary_encode()
    index: Int = codes.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return index, len(codes.dictionary)


def amount_bounds(
    amount: str,
    degrees: Degrees,
    *,
    room: Room | None = None,
    missing_share: float = 1.0,
    flows: FirmFlows | None = None,
    amount_error: float | None = None,
    intervals: int = 1,
) -> Bounds:
    """Bound an amount of each firm: by missing transactions, by errors in amounts, or by both.

    Together: the lower end of the errors, and their upper end plus what may be missing.

    Parameters
    ----------
    amount : str
        One of `SIDE_OF`.
    degrees : Degrees
        n firms.
    room : Room, optional
        How much may be missing; nothing by default.
    missing_share : float
        Up to which share of it may belong to the amount.
    flows : FirmFlows, optional
        Needed for errors.
    amount_error : float, optional
        Relative standard deviation of the amount of each pair.
    intervals : int
        How many intervals are to hold together.

    Returns
    -------
    Bounds
        int64, or float64 with errors; shape (n,).

    Raises
    ------
    LimitError
        When the reports are too large to add up.
    """
    counted = degrees.frame[amount].to_numpy(dtype=np.int64)
    bounds = Bounds(counted, counted)
    if room is not None:
        if largest_sum(amount, degrees, room) > 2.0**62:
            raise LimitError(Fault("certainty.reports_too_large"))
        bounds = missing_bounds(counted, room.unexplained, missing_share)
    if flows is None or amount_error is None:
        return bounds
    which, firm = flows.owner(amount)
    variance = error_variance(flows.amount[which], firm, counted.size, amount_error)
    errors = error_bounds(counted, variance, bonferroni_quantile(intervals))
    return Bounds(errors.low, errors.high + (bounds.high - counted))


def largest_sum(amount: str, degrees: Degrees, room: Room | None) -> float:
    """The most that amounts of all firms may add up to, whatever their signs.

    Parameters
    ----------
    amount : str
        One of `SIDE_OF`.
    degrees : Degrees
    room : Room or None
        How much may be missing.

    Returns
    -------
    float
    """
    counted = degrees.frame[amount].to_numpy(dtype=np.int64)
    missing = 0.0 if room is None else float(room.unexplained.sum(dtype=float))
    return float(np.abs(counted).sum(dtype=float)) + missing


@dataclass(frozen=True, eq=False)
class Denominator:
    """What a degree is divided by.

    Parameters
    ----------
    region : ndarray of int64, shape (n,)
        Number of the region of each firm.
    regions : int
    whole : ndarray of int64, shape (n,), or None
        An official sum, which does not move; None for the sum over the firms of the region.
    """

    region: Int
    regions: int
    whole: Int | None

    @classmethod
    def of(cls, name: str, degrees: Degrees) -> Denominator:
        """That of one of `AMOUNT_OF`.

        Parameters
        ----------
        name : str
        degrees : Degrees

        Returns
        -------
        Denominator
        """
        region, regions = region_index(degrees)
        whole = degrees.frame[f"region_{AMOUNT_OF[name]}"].to_numpy(dtype=np.int64)
        observed = sums_over_firms(AMOUNT_OF[name], degrees)
        return cls(region, regions, None if observed else whole)


def degree_bounds(
    name: str, amounts: Mapping[str, Bounds], denominator: Denominator, rows: Int | None = None
) -> Bounds:
    """Bound a degree, given bounds of the amounts it is made of.

    Parameters
    ----------
    name : str
        One of `AMOUNT_OF`.
    amounts : mapping of str to Bounds
    denominator : Denominator
    rows : ndarray of int64, shape (m,), optional
        Firms whose degree is asked for; all by default.

    Returns
    -------
    Bounds
        Shape (n,) or (m,). Shares in an official sum move with the amount alone.
    """
    of_firms, whole = amounts[AMOUNT_OF[name]], denominator.whole
    regions = denominator.region, denominator.regions
    return share_bounds(of_firms, *regions, whole=whole, rows=rows)


def sums_over_firms(amount: str, degrees: Degrees) -> bool:
    """Whether the denominators of a degree are the sums over firms, not official ones.

    Parameters
    ----------
    amount : str
        The numerator.
    degrees : Degrees

    Returns
    -------
    bool
    """
    region, regions = region_index(degrees)
    sums = np.zeros(regions, dtype=np.int64)
    np.add.at(sums, region, degrees.frame[amount].to_numpy(dtype=np.int64))
    whole = degrees.frame[f"region_{amount}"].to_numpy(dtype=np.int64)
    return bool((sums[region] == whole).all())
