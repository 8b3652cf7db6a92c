"""Who trades with whom: near rather than far, large with small, and for how much a year."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from connhub.regions.codes import PREFECTURES
from connhub.synthetic.firms import ABROAD, Float, Int, Population, generator

__all__ = ["Links", "connect"]

# How strongly large firms trade with small ones. The mean number of partners of the partners then
# falls as k ** -0.62 among 150,000 firms and k ** -0.82 among 1.5 million (-0.7 wanted).
_MATCHING = 0.16
_EAST_TO_WEST = 0.63  # trade between East and West Japan is 23 to 51% below distance alone
_EAST = ("hokkaido", "tohoku", "kanto")
_BUYER_EXPONENT, _SPREAD_OF_SHARES = 0.5, 1.0  # how a seller's sales are shared out


@dataclass(frozen=True, eq=False)
class Links:
    """Pairs of firms that trade, in random order; no pair twice, none with itself.

    Parameters
    ----------
    seller, buyer : ndarray of int32, shape (m,)
        Positions of the firms.
    yen : ndarray of float32, shape (m,)
        What is sold in a year. Firms sell what the population says, shared out.
    """

    seller: npt.NDArray[np.int32]
    buyer: npt.NDArray[np.int32]
    yen: npt.NDArray[np.float32]

    @property
    def size(self) -> int:
        """Number of links m."""
        return self.seller.size


def connect(firms: Population, n_links: int, max_partners: int | None) -> Links:
    """Draw links, and keep those that the firms would report.

    Parameters
    ----------
    firms : Population
    n_links : int
        How many are drawn, at most.
    max_partners : int or None
        How many customers and suppliers a firm reports.

    Returns
    -------
    Links
    """
    rng = generator(firms.seed, "links")
    pairs = _pairs(rng, firms)[:n_links]
    seller, buyer = (part.astype(np.int32) for part in np.divmod(pairs, firms.size))
    del pairs
    weight = firms.sales[buyer] ** _BUYER_EXPONENT
    weight *= np.exp(_SPREAD_OF_SHARES * rng.standard_normal(seller.size))
    weight /= np.bincount(seller, weight, firms.size)[seller]
    links = Links(seller, buyer, (firms.sales[seller] * weight).astype(np.float32))
    return links if max_partners is None else _reported(links, max_partners)


def _reported(links: Links, max_partners: int) -> Links:
    """Keep links that either end reports: each names its largest customers and suppliers."""
    reported = np.zeros(links.size, dtype=bool)
    for end in (links.seller, links.buyer):
        order = np.lexsort((-links.yen, end))
        first = np.searchsorted(end[order], end[order])
        reported[order[np.arange(links.size) - first < max_partners]] = True
    return Links(links.seller[reported], links.buyer[reported], links.yen[reported])


@dataclass(frozen=True, eq=False)
class _FirmGroups:
    """Firms sorted into groups, by place and octave of how many partners they would have."""

    place: Int  # of each group
    octave: Int
    bounds: Int  # group c is firms[bounds[c] : bounds[c + 1]]
    firms: Int
    partners: Float  # in the order of firms

    @classmethod
    def of(cls, place: Int, partners: Float) -> _FirmGroups:
        octave = np.log2(np.maximum(partners, 1)).astype(np.int64)
        codes, group = np.unique(place * 64 + octave, return_inverse=True)
        firms = np.argsort(group, kind="stable")
        bounds = np.searchsorted(group[firms], np.arange(codes.size + 1))
        return cls(codes // 64, codes % 64, bounds, firms, partners[firms])

    def sums(self) -> Float:
        """Partners of each group."""
        return np.add.reduceat(self.partners, self.bounds[:-1])


def _pairs(rng: np.random.Generator, firms: Population) -> Int:
    """Distinct pairs in random order, as seller * n + buyer.

    Each seller spreads its customers over the groups of buyers as the flows between groups say,
    and within a group over firms by how many suppliers they would have.
    """
    sell = _FirmGroups.of(firms.place, firms.customers.astype(np.float64))
    buy = _FirmGroups.of(firms.place, firms.suppliers)
    pull = _gravity()[np.ix_(sell.place, buy.place)]
    pull *= np.exp(-_MATCHING * np.outer(sell.octave, buy.octave))
    flows = _balanced(pull, sell.sums(), buy.sums())
    within = np.concatenate(([0.0], np.cumsum(buy.partners)))
    base, mass = within[buy.bounds[:-1]], np.diff(within[buy.bounds])
    parts = []
    for row, (start, end) in enumerate(pairwise(sell.bounds)):
        sellers = sell.firms[start:end]
        seller = np.repeat(sellers, firms.customers[sellers])
        reach = np.cumsum(flows[row])
        group = np.searchsorted(reach, rng.random(seller.size) * reach[-1], "right")
        where = base[group] + rng.random(seller.size) * mass[group]
        place = np.searchsorted(within, where, "right") - 1
        buyer = buy.firms[np.clip(place, buy.bounds[group], buy.bounds[group + 1] - 1)]
        parts.append(seller[seller != buyer] * firms.size + buyer[seller != buyer])
    pairs = np.unique(np.concatenate(parts))
    rng.shuffle(pairs)
    return pairs


def _balanced(pull: Float, rows: Float, columns: Float) -> Float:
    """Flows with these sums, as near to `pull` as can be: iterative proportional fitting."""
    right = np.ones(columns.size)
    for _ in range(60):
        left = np.divide(rows, pull @ right, out=np.zeros_like(rows), where=rows > 0)
        right = np.divide(columns, left @ pull, out=np.zeros_like(columns), where=columns > 0)
    flows: Float = left[:, None] * pull * right
    return flows


def _gravity() -> Float:
    """Pull between prefectures, and abroad as the 48th; it halves within some tens of km."""
    places = [(p.latitude, p.longitude) for p in PREFECTURES.values()]
    latitude, longitude = np.radians(np.array(places)).T
    half = np.sin((latitude[:, None] - latitude) / 2) ** 2
    half += (
        np.cos(latitude[:, None])
        * np.cos(latitude)
        * np.sin((longitude[:, None] - longitude) / 2) ** 2
    )
    distance = 2 * 6371 * np.arcsin(np.sqrt(half))
    east = np.array([p.block in _EAST for p in PREFECTURES.values()])
    pull = np.ones((ABROAD + 1, ABROAD + 1))  # from and to abroad distance is all the same
    pull[:ABROAD, :ABROAD] = (1 + distance / 25) ** -1.5
    pull[:ABROAD, :ABROAD][east[:, None] != east] *= _EAST_TO_WEST
    pull[ABROAD, ABROAD] = 0
    return pull
