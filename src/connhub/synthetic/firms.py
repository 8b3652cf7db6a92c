"""The firms of a synthetic economy: how much they trade, how large they are, where they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["ABROAD", "TOKYO", "Float", "Int", "Population", "generator", "populate"]

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]

TOKYO, ABROAD = 12, 47
"""Places: 0 to 46 are the prefectures '01' to '47'."""

# Share of firms by prefecture in percent, 01 to 47: 東京 16.5, 大阪 7.3, 愛知 6.0, 神奈川 5.9
# (2004, see the definitions); the others follow population roughly. They add up to 100.
_SHARES = np.array(
    "4.5 0.9 0.9 1.6 0.7 0.9 1.5 1.9 1.4 1.6 4.6 3.6 16.5 5.9 1.9 0.9 1.0 0.8 0.7 1.8 1.6 2.9 "
    "6.0 1.3 0.9 2.1 7.3 4.0 0.8 0.7 0.4 0.5 1.5 2.3 1.0 0.6 0.8 1.0 0.5 4.2 0.5 0.9 1.2 0.8 "
    "0.7 1.1 0.8".split()
).astype(np.float64)

_SHARE_ABROAD = 0.03
_CUSTOMER_EXPONENT, _SUPPLIER_EXPONENT, _SALES_EXPONENT = 1.0, 1.5, 1.3
_SALES_OF_ONE_CUSTOMER = 2e7  # yen a year
_SPREAD_OF_SALES = 0.8  # standard deviation of the logarithm, between firms with as many customers
_LIKENESS = 1.0  # noise between the ranks by customers and by suppliers; less is more alike


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """Random numbers for one purpose: they depend on seed and purpose, on nothing drawn before.

    Parameters
    ----------
    seed : int
    *purpose : str or int

    Returns
    -------
    Generator
    """
    entropy = [seed, *(int.from_bytes(str(p).encode(), "little") for p in purpose)]
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(entropy)))


@dataclass(frozen=True, eq=False)
class Population:
    """All firms.

    Parameters
    ----------
    seed : int
        From which everything follows.
    customers : ndarray of int64, shape (n,)
        How many each would sell to.
    suppliers : ndarray of float64, shape (n,)
        How many each would buy from, on average.
    sales : ndarray of float64, shape (n,)
        Yen a year.
    place : ndarray of int64, shape (n,)
        0 to 46 for the prefectures, 47 abroad.
    """

    seed: int
    customers: Int
    suppliers: Float
    sales: Float
    place: Int

    @property
    def size(self) -> int:
        """Number of firms n."""
        return self.place.size


def populate(count: int, mean: float, seed: int) -> Population:
    """Draw firms.

    Parameters
    ----------
    count : int
        How many.
    mean : float
        Customers and suppliers each, on average.
    seed : int

    Returns
    -------
    Population

    Notes
    -----
    Customers are given out by rank, so that their distribution is Zipf's law and not a sample
    of it. Who has many customers mostly has many suppliers: the second rank is the first with
    noise.
    """
    rng = generator(seed, "firms")
    largest = min(count / 8, 0.015 * count + 150)
    chosen = (rng.permutation(count) + 0.5) / count  # 0: the most, 1: the fewest
    noisy = np.log(chosen) + _LIKENESS * rng.standard_normal(count)
    alike = (np.argsort(np.argsort(noisy)) + 0.5) / count
    wanted = _zipf(chosen, _CUSTOMER_EXPONENT, 1.0, mean, largest)
    customers = np.floor(wanted + rng.random(count))
    suppliers = _zipf(alike, _SUPPLIER_EXPONENT, 0.4, mean, largest)
    sales = _SALES_OF_ONE_CUSTOMER * np.maximum(customers, 0.5) ** _SALES_EXPONENT
    sales *= np.exp(_SPREAD_OF_SALES * rng.standard_normal(count))
    return Population(
        seed, customers.astype(np.int64), suppliers, sales, _places(rng, np.argsort(-sales))
    )


def _zipf(rank: Float, exponent: float, shift: float, mean: float, largest: float) -> Float:
    """Counts by rank in (0, 1): the share of counts above k falls as k ** -exponent.

    The law is scale * ((rank + r0) ** (-1/exponent) - shift) (Zipf-Mandelbrot): r0 keeps the
    first at `largest`, which a sum of links that is finite needs, and scale meets the mean.
    """
    low, high = 1e-9, mean
    for _ in range(60):
        scale = (low + high) / 2
        first = (largest / scale + shift) ** -exponent
        counts: Float = scale * ((rank + first) ** (-1 / exponent) - shift)
        np.maximum(counts, 0, out=counts)
        low, high = (scale, high) if counts.mean() < mean else (low, scale)
    return counts


def _places(rng: np.random.Generator, by_sales: Int) -> Int:
    """Place of each firm: exact shares of prefectures; Tokyo's rises with size.

    Down the list of firms by sales, Tokyo takes one whenever its due has grown by one: 28% of
    the largest hundredth, 14% of the smallest.
    """
    count = by_sales.size
    place = np.full(count, ABROAD)
    home = np.ones(count, dtype=bool)
    home[rng.choice(count, max(1, int(_SHARE_ABROAD * count)), replace=False)] = False
    home = by_sales[home[by_sales]]  # the firms in Japan, the largest first
    seats = _seats(home.size)
    rank = (np.arange(home.size) + 0.5) / home.size
    due = np.cumsum(np.minimum(0.14 - 0.0575 * np.log10(rank), 0.3))
    due = np.floor(due / due[-1] * seats[TOKYO] + 0.5)
    tokyo = np.diff(due, prepend=0) > 0
    place[home[tokyo]] = TOKYO
    others = np.setdiff1d(np.arange(ABROAD), TOKYO)
    place[home[~tokyo]] = rng.permutation(np.repeat(others, seats[others]))
    return place


def _seats(count: int) -> Int:
    """Firms of each prefecture: largest remainders, and no prefecture empty."""
    due = _SHARES / _SHARES.sum() * count
    seats: Int = np.maximum(1, np.floor(due)).astype(np.int64)
    rest = due - seats
    seats[np.argsort(-rest, kind="stable")[: count - seats.sum()]] += 1
    return seats
