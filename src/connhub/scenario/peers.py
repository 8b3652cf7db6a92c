"""Where the partners of a newcomer are: as those of its peers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from connhub.errors import Fault, OptionError
from connhub.regions.codes import BLOCKS, PREFECTURES
from connhub.scenario.economy import Economy
from connhub.text.catalogue import Message

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["BAND", "LEAST_PEERS", "Cells", "Peers", "Side", "alike_by_industry", "find_peers"]

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

LEAST_PEERS = 10
BAND = 10**0.5
"""Peers sell at least a BAND-th, and at most BAND times, of what the newcomer sells."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Partners by region and industry, and how trade with a region lies within each cell.

    Parameters
    ----------
    of_node : ndarray of int64
        Cell of each node.
    number : int
        Of cells.
    weight : ndarray of float64
        Of each node within its cell; the weights of a cell add up to 1, or to 0 without any trade.
    """

    of_node: Int
    number: int
    weight: Float

    @classmethod
    def of(cls, economy: Economy, others: Int, *, selling: bool, by_industry: bool = True) -> Cells:
        """Cells of those who sell to some nodes (`selling`), or buy from them.

        Within a cell, firms count in proportion to their trade with these `others`; where none has
        any, in proportion to all they sell, or buy.
        """
        names, industry = economy.industries
        of_node, number = economy.region, economy.nodes.places
        if by_industry:
            of_node = of_node * (len(names) + 2) + industry
            number *= len(names) + 2
        partner = economy.seller if selling else economy.buyer
        pairs = economy.pairs_of(others, selling=not selling)
        there = np.bincount(partner[pairs], economy.amount[pairs].clip(min=0), of_node.size)
        everywhere = economy.traded[0 if selling else 1]
        sums = np.bincount(of_node, there, number)
        weight = np.where(sums[of_node] > 0, there, everywhere)
        sums = np.bincount(of_node, weight, number)[of_node]
        return cls(
            of_node, number, np.divide(weight, sums, out=np.zeros_like(sums), where=sums > 0)
        )


@dataclass(frozen=True, eq=False)
class Side:
    """What peers trade on one side, by cell.

    Parameters
    ----------
    shares : csr_array, shape (peers, c)
        Each row adds up to 1.
    nodes : ndarray of int64
        Possible partners: the nodes with a weight in one of the c cells.
    cell, weight : ndarray
        Of each node: which of the c cells, and its weight within.
    """

    shares: csr_array[Any, Any]
    nodes: Int
    cell: Int
    weight: Float

    def partner_shares(self, times: Float) -> Float:
        """Share of each node in the trade of a newcomer; peers count as often as `times` says."""
        by_cell = np.asarray(times @ self.shares).ravel() / times.sum()
        shares: Float = by_cell[self.cell] * self.weight
        return shares


@dataclass(frozen=True, eq=False)
class Peers:
    """The firms that a newcomer is like.

    Parameters
    ----------
    firms : ndarray of int64
        Their indices.
    level : str
        ``"region"``, ``"prefecture"``, ``"block"`` or ``"nation"``: where they are.
    in_band : bool
        Whether only firms of about the same sales are among them.
    """

    firms: Int
    level: str
    in_band: bool

    def side(self, economy: Economy, place: int, *, selling: bool) -> Side:
        """What they buy from suppliers (`selling`), or sell to customers, by cell."""
        from scipy.sparse import csr_array

        cells = Cells.of(economy, np.flatnonzero(economy.region == place), selling=selling)
        row = np.full(economy.nodes.region.size, -1)
        row[self.firms] = np.arange(self.firms.size)
        own, other = economy.buyer, economy.seller
        if not selling:
            own, other = other, own
        pairs = economy.pairs_of(self.firms, selling=not selling)
        pairs = pairs[(economy.amount[pairs] > 0) & (own[pairs] != other[pairs])]
        peer, amount = row[own[pairs]], economy.amount[pairs]
        sums = np.bincount(peer, amount, self.firms.size)
        trading = np.flatnonzero(sums > 0)
        used, column = np.unique(cells.of_node[other[pairs]], return_inverse=True)
        share = amount / sums[peer]
        ends = (np.searchsorted(trading, peer), column)
        shares = csr_array((share, ends), shape=(trading.size, used.size))
        at = np.full(cells.number, -1)
        at[used] = np.arange(used.size)
        nodes = np.flatnonzero((at[cells.of_node] >= 0) & (cells.weight > 0))
        return Side(shares, nodes, at[cells.of_node[nodes]], cells.weight[nodes])


def find_peers(economy: Economy, place: int, industry: str | None, sales: int) -> Peers:
    """Find at least `LEAST_PEERS` firms that a newcomer is like, as near as there are so many.

    Parameters
    ----------
    economy : Economy
    place : int
        Region of the newcomer.
    industry : str, optional
        Code.
    sales : int
        In multiples of the resolution; 0 for any.

    Returns
    -------
    Peers

    Raises
    ------
    OptionError
        When there are too few in the nation.
    """
    alike, sold = alike_by_industry(economy, industry), economy.traded[0][: len(economy.firms)]
    band = alike & (sold >= sales / BAND) & (sold <= sales * BAND) if sales else alike
    for level, near in _levels(economy, place):
        found = np.flatnonzero(band & near)
        if found.size >= LEAST_PEERS:
            return Peers(found, level, in_band=bool(sales))
    found = np.flatnonzero(alike)
    if found.size < LEAST_PEERS:
        shown = Message("scenario.all_industries")
        if industry is not None:
            shown = Message("scenario.one_industry", industry=industry)
        raise OptionError(
            Fault(
                "scenario.too_few_peers",
                industry=shown,
                found=int(found.size),
                least=LEAST_PEERS,
            )
        )
    return Peers(found, "nation", in_band=False)


def alike_by_industry(economy: Economy, industry: str | None) -> Mask:
    """Firms with a region that sell and buy, of an industry or of all."""
    names, position = economy.industries
    n = len(economy.firms)
    sold, bought = (side[:n] for side in economy.traded)
    alike: Mask = (sold > 0) & (bought > 0) & (economy.region[:n] < economy.nodes.places - 2)
    if industry is None:
        return alike
    if not names:
        raise OptionError(Fault("scenario.no_industries", industry=industry))
    begins = industry[1:] if industry[:1].isalpha() and industry[1:2].isdigit() else industry
    group = next((i for i, name in enumerate(names) if begins[: len(name)] == name), -1)
    alike &= position[:n] == group
    return alike


def _levels(economy: Economy, place: int) -> Iterator[tuple[str, Mask]]:
    """Firms in the region, in its prefecture, in its block, in the nation."""
    codes = economy.firms.regions.all_codes
    region = economy.region[: len(economy.firms)]
    prefectures = [code[:2] if len(code) in (2, 5) else code for code in codes]
    blocks = [PREFECTURES[p].block if p in PREFECTURES else p for p in prefectures]
    yield "region", region == place
    if codes[place] not in (*BLOCKS, *PREFECTURES) and prefectures[place] in PREFECTURES:
        yield "prefecture", (np.array(prefectures) == prefectures[place])[region]
    if prefectures[place] in PREFECTURES:
        yield "block", (np.array(blocks) == blocks[place])[region]
    yield "nation", np.ones(region.size, dtype=np.bool_)
