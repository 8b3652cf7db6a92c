"""What events do to the pairs that trade: departures first, then growth, then arrivals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connhub.errors import Fault, OptionError
from connhub.scenario.deal_changes import (
    ChangedDeals,
    DealChanges,
    proportional_parts,
    shared_out,
)
from connhub.scenario.economy import Economy, named
from connhub.scenario.events import Arrival, Departure, Growth, Scenario
from connhub.scenario.gravity import fit_gravity
from connhub.scenario.peers import BAND, Cells, Side, alike_by_industry, find_peers
from connhub.text.catalogue import Message
from connhub.text.numbers import split_unit

__all__ = ["Behaviour", "Newcomer"]

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Newcomer:
    """An arrival with its place in the economy, and where its partners may be.

    Parameters
    ----------
    arrival : Arrival
    place : int
        Region.
    sales, purchases : int
        In multiples of the resolution.
    suppliers, customers : Side
    rivals : pair of ndarray of int64
        Positions of the pairs in which possible suppliers in its region sell, and in which
        possible customers there buy.
    assumptions : tuple of Message
    """

    arrival: Arrival
    place: int
    sales: int
    purchases: int
    suppliers: Side
    customers: Side
    rivals: tuple[Int, Int]
    assumptions: tuple[Message, ...]


class Behaviour:
    """A scenario in an economy, ready to be worked out with any displacement and any peers.

    Parameters
    ----------
    scenario : Scenario
    economy : Economy

    Raises
    ------
    OptionError
        Firms that are not there, or are there already; regions, industries, peers not found.
    """

    def __init__(self, scenario: Scenario, economy: Economy) -> None:
        self.economy = economy
        self._changes = DealChanges(economy)
        self.leaving = [(e, economy.position(e.firm)) for e in scenario.departures]
        self.growing = [(e, economy.position(e.firm)) for e in scenario.growth]
        for arrival in scenario.arrivals:
            if economy.find(arrival.firm) >= 0:
                raise OptionError(Fault("scenario.firm_is_there", firm=str(arrival.firm)))
        self.newcomers = [_newcomer(arrival, economy) for arrival in scenario.arrivals]
        self.assumptions: list[Message] = []

    def changed_deals(
        self, displaces: float | None = None, draw: np.random.Generator | None = None
    ) -> ChangedDeals:
        """Work the events out.

        Parameters
        ----------
        displaces : float, optional
            Instead of what each arrival says.
        draw : Generator, optional
            With whom peers are drawn, with replacement; by default all count once.

        Returns
        -------
        ChangedDeals
        """
        self.assumptions = []
        for leaving, firm in self.leaving:
            self.assumptions += _leave(self._changes, leaving, firm)
        for growing, firm in self.growing:
            self.assumptions += _grow(self._changes, growing, firm)
        first = self.economy.nodes.region.size
        for i, newcomer in enumerate(self.newcomers):
            part = newcomer.arrival.displaces if displaces is None else displaces
            _arrive(self._changes, newcomer, first + i, part, draw)
            self.assumptions += newcomer.assumptions
        changed = self._changes.result()
        self._changes.undo()
        return changed


def _stored(amount: int, economy: Economy) -> int:
    """An amount in base units, in multiples of the resolution."""
    money = economy.totals.money
    stored: int = amount * split_unit(money.result_unit)[0] // money.step
    return stored


def _newcomer(arrival: Arrival, economy: Economy) -> Newcomer:
    regions = economy.firms.regions
    place = regions.codes.index(economy.firms.directory.find_home(arrival.region))
    sales, purchases = (_stored(x, economy) for x in (arrival.sales, arrival.purchases))
    make = _by_gravity if arrival.like == "gravity" else _by_peers
    suppliers, customers, assumption = make(arrival, place, sales, economy)
    stated = Message(
        "scenario.arrival",
        firm=named(arrival.name, arrival.firm),
        region=economy.firms.directory.in_languages(regions.codes[place]),
        sales_amount=arrival.sales,
        purchases_amount=arrival.purchases,
        unit=split_unit(economy.totals.money.result_unit)[1],
    )
    shown = Message(
        "scenario.displacement",
        firm=named(arrival.name, arrival.firm),
        share=f"{arrival.displaces:.0%}",
    )
    local = [side.nodes[economy.region[side.nodes] == place] for side in (suppliers, customers)]
    rivals = economy.pairs_of(local[0], selling=True), economy.pairs_of(local[1], selling=False)
    notes = (stated, assumption, shown)
    return Newcomer(arrival, place, sales, purchases, suppliers, customers, rivals, notes)


_Partners = tuple[Side, Side, Message]


def _by_peers(arrival: Arrival, place: int, sales: int, economy: Economy) -> _Partners:
    peers = find_peers(economy, place, arrival.industry, sales)
    kind = "scenario.partners_of_peers" if peers.in_band else "scenario.partners_of_all_sizes"
    message = Message(
        kind,
        firm=named(arrival.name, arrival.firm),
        count=int(peers.firms.size),
        industry=_industry(arrival),
        level=Message(f"scenario.in_{peers.level}"),
        times=f"{BAND:.1f}",
    )
    suppliers, customers = (peers.side(economy, place, selling=side) for side in (True, False))
    return suppliers, customers, message


def _by_gravity(arrival: Arrival, place: int, sales: int, economy: Economy) -> _Partners:
    from scipy.sparse import csr_array

    del sales
    firms = np.flatnonzero(alike_by_industry(economy, arrival.industry))
    sides: list[Side] = []
    fitted: dict[str, str] = {}
    for selling, name in ((True, "purchases"), (False, "sales")):
        law = fit_gravity(economy, place, firms, selling=selling)
        cells = Cells.of(economy, firms, selling=selling, by_industry=False)
        nodes = np.flatnonzero((cells.of_node < law.shares.size) & (cells.weight > 0))
        shares = csr_array(law.shares[None, :])
        sides.append(Side(shares, nodes, cells.of_node[nodes], cells.weight[nodes]))
        fitted |= {f"{name}_size": f"{law.size:.2f}", f"{name}_distance": f"{law.distance:.2f}"}
    firm, count = named(arrival.name, arrival.firm), int(firms.size)
    message = Message(
        "scenario.partners_by_gravity",
        firm=firm,
        count=count,
        industry=_industry(arrival),
        **fitted,
    )
    return sides[0], sides[1], message


def _industry(arrival: Arrival) -> Message:
    if arrival.industry is None:
        return Message("scenario.all_industries")
    return Message("scenario.one_industry", industry=arrival.industry)


def _leave(changes: DealChanges, event: Departure, firm: int) -> Iterator[Message]:
    """End the pairs of a firm; others take over a part, in proportion to what they trade."""
    economy, left = changes.economy, 0.0
    sides = {selling: economy.pairs_of([firm], selling=selling) for selling in (True, False)}
    ended = {selling: changes.amounts(pairs).clip(min=0) for selling, pairs in sides.items()}
    for pairs in sides.values():
        changes.end(pairs)
    for selling, pairs in sides.items() if event.replaced else ():
        partner = (economy.buyer if selling else economy.seller)[pairs]
        wanted = np.rint(ended[selling] * event.replaced).astype(np.int64)
        known, wanted = partner[partner != firm], wanted[partner != firm]
        others = economy.pairs_of(known, selling=not selling)
        others, group, weight = _by_partner(changes, others, known, selling=not selling)
        more = proportional_parts(weight, group, wanted)
        changes.set(others, weight + more, "replacement")
        left += float(wanted.sum() - more.sum())
    yield Message(
        "scenario.departure",
        firm=economy.label(event.firm, firm),
        pairs=int(sides[True].size + sides[False].size),
        share=f"{event.replaced:.0%}",
    )
    if left:
        whole = float(sum(amount.sum() for amount in ended.values())) * event.replaced
        share = left / whole
        shown = f"{share:.1%}" if share >= 0.001 else "<0.1%"
        yield Message("scenario.nobody_takes_over", share=shown)


def _grow(changes: DealChanges, event: Growth, firm: int) -> Iterator[Message]:
    """Let the pairs of a firm grow, each at the same rate, so that the sum is that of the firm."""
    economy = changes.economy
    pairs = economy.pairs_of([firm], selling=True)
    if event.purchases == "with_sales":
        bought = economy.pairs_of([firm], selling=False)
        _scale(changes, bought[economy.seller[bought] != firm], event.sales)
    _scale(changes, pairs, event.sales)
    kind = "scenario.growth_of_both" if event.purchases == "with_sales" else "scenario.growth"
    yield Message(kind, firm=economy.label(event.firm, firm), rate=f"{event.sales:+.1%}")


def _scale(changes: DealChanges, pairs: Int, rate: float) -> None:
    amount = changes.amounts(pairs)
    pairs, amount = pairs[some := amount > 0], amount[some]
    total = round(int(amount.sum()) * (1 + rate))
    changes.set(pairs, shared_out(total, amount.astype(np.float64)), "growth")


def _arrive(
    changes: DealChanges,
    newcomer: Newcomer,
    node: int,
    displaces: float,
    draw: np.random.Generator | None,
) -> None:
    """Let a newcomer trade, and others of its region lose what it displaces."""
    region = changes.economy.region
    for selling, side, total, rivals in (
        (True, newcomer.suppliers, newcomer.purchases, newcomer.rivals[0]),
        (False, newcomer.customers, newcomer.sales, newcomer.rivals[1]),
    ):
        peers = side.shares.shape[0]
        if not total or not side.nodes.size:
            continue
        times = np.ones(peers)
        if draw is not None:
            times = draw.multinomial(peers, np.full(peers, 1 / peers)).astype(np.float64)
        amount = shared_out(total, side.partner_shares(times))
        own = np.full(side.nodes.size, node)
        seller, buyer = (side.nodes, own) if selling else (own, side.nodes)
        changes.add(seller, buyer, amount, "arrival")
        local = np.flatnonzero((region[side.nodes] == newcomer.place) & (amount > 0))
        lost = np.rint(amount[local] * displaces).astype(np.int64)
        if displaces:
            _displace(changes, rivals, side.nodes[local], lost, selling=selling)


def _displace(
    changes: DealChanges, rivals: Int, partners: Int, lost: Int, *, selling: bool
) -> None:
    """Take from the pairs in which partners sell, or buy, in proportion; at most all they have."""
    pairs, group, weight = _by_partner(changes, rivals, partners, selling=selling)
    there = np.zeros(partners.size, dtype=np.int64)
    np.add.at(there, group, weight)
    less = np.minimum(proportional_parts(weight, group, np.minimum(lost, there)), weight)
    changes.set(pairs, weight - less, "displacement")


def _by_partner(
    changes: DealChanges, pairs: Int, partners: Int, *, selling: bool
) -> tuple[Int, Int, Int]:
    """Pairs with money in which one of distinct nodes sells, or buys; which node; the money."""
    economy = changes.economy
    place = np.full(economy.nodes.region.size, -1)
    place[partners] = np.arange(partners.size)
    group = place[(economy.seller if selling else economy.buyer)[pairs]]
    amount = changes.amounts(pairs)
    chosen = (group >= 0) & (amount > 0)
    return pairs[chosen], group[chosen], amount[chosen]
