"""A naive oracle: dictionaries, loops and Python integers, nothing of the library.

It follows the definitions word by word (the two degrees, and the reasons in their order),
so that it can be checked by reading. It is slow on purpose.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

OVERSEAS, UNKNOWN = "overseas", "unknown"


@dataclass(frozen=True)
class Policies:
    self_trade: str = "exclude"
    intragroup: str = "include"
    unknown_firm: str = "exclude"
    unknown_region: str = "exclude"
    negative: str = "net"
    missing_amount: str = "error"
    year: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Firm:
    firm_id: str
    region: str | None
    abroad: bool
    group: str | None


@dataclass(frozen=True)
class Deal:
    seller: str | None
    buyer: str | None
    amount: int | None
    year: int | None = None
    seller_region: str | None = None
    buyer_region: str | None = None


@dataclass
class Answer:
    firms: list[dict] = field(default_factory=list)
    ledger: dict = field(default_factory=dict)
    of_which: dict = field(default_factory=dict)
    flow: dict = field(default_factory=dict)
    deals: dict = field(default_factory=dict)
    linkages: list[dict] = field(default_factory=list)
    unlisted_sales: dict = field(default_factory=dict)
    unlisted_purchases: dict = field(default_factory=dict)


def place(firm_id, given, firms):
    """Region of a party, and whether the firm table has it."""
    if firm_id is not None and firm_id in firms:
        firm = firms[firm_id]
        if firm.abroad:
            return OVERSEAS, True
        return (firm.region if firm.region is not None else UNKNOWN), True
    return (given if given is not None else UNKNOWN), False


def reason(deal: Deal, firms: dict[str, Firm], p: Policies) -> str | None:
    """The first reason that leaves a row out, or None."""
    cells = (deal.seller, deal.buyer, deal.amount, deal.year, deal.seller_region, deal.buyer_region)
    if all(cell in (None, "") for cell in cells):
        return "blank_row"
    if p.year is not None:
        if deal.year is None:
            return "missing_year"
        if deal.year not in p.year:
            return "other_year"
    if deal.amount is None:
        assert p.missing_amount == "exclude"
        return "missing_amount"
    if p.self_trade == "exclude" and deal.seller is not None and deal.seller == deal.buyer:
        return "self_trade"
    seller, buyer = firms.get(deal.seller), firms.get(deal.buyer)
    if p.intragroup == "exclude" and seller and buyer:  # noqa: SIM102
        if seller.group is not None and seller.group == buyer.group:
            return "intragroup"
    seller_place, seller_listed = place(deal.seller, deal.seller_region, firms)
    buyer_place, buyer_listed = place(deal.buyer, deal.buyer_region, firms)
    seller_unknown_firm = not seller_listed and seller_place == UNKNOWN
    buyer_unknown_firm = not buyer_listed and buyer_place == UNKNOWN
    if p.unknown_firm == "exclude" and (seller_unknown_firm or buyer_unknown_firm):
        return "unknown_firm"
    if seller_unknown_firm and buyer_unknown_firm:
        return "unknown_firm"
    seller_without = seller_listed and seller_place == UNKNOWN
    buyer_without = buyer_listed and buyer_place == UNKNOWN
    if p.unknown_region == "exclude" and (seller_without or buyer_without):
        return "unknown_region"
    if seller_place == UNKNOWN and buyer_place == UNKNOWN:
        return "unknown_region"
    if seller_place == OVERSEAS and buyer_place == OVERSEAS:
        return "both_abroad"
    if p.negative == "drop" and deal.amount < 0:
        return "negative"
    return None


def share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole > 0 else None


def solve(deals: list[Deal], firm_list: list[Firm], p: Policies) -> Answer:
    firms = {f.firm_id: f for f in firm_list}
    assert len(firms) == len(firm_list)
    ledger = defaultdict(lambda: [0, 0])
    of_which = defaultdict(lambda: [0, 0])
    flow, count = defaultdict(int), defaultdict(int)
    sold, sold_out, sold_abroad = defaultdict(int), defaultdict(int), defaultdict(int)
    bought, bought_in = defaultdict(int), defaultdict(int)
    answer = Answer()
    unlisted_sales, unlisted_purchases = defaultdict(int), defaultdict(int)

    def note(where, name, amount):
        where[name][0] += 1
        where[name][1] += amount or 0

    for d in deals:
        note(ledger, "read", d.amount)
        why = reason(d, firms, p)
        if why is not None:
            note(ledger, why, d.amount)
            continue
        a, a_listed = place(d.seller, d.seller_region, firms)
        b, b_listed = place(d.buyer, d.buyer_region, firms)
        inside = a == b
        note(ledger, "in_region" if inside else "out_of_region", d.amount)
        if OVERSEAS in (a, b):
            note(of_which, "with_overseas", d.amount)
        if UNKNOWN in (a, b):
            note(of_which, "with_unknown", d.amount)
        if d.seller is not None and d.seller == d.buyer:
            note(of_which, "with_self_trade", d.amount)
        if d.amount < 0:
            note(of_which, "with_negative", d.amount)
        flow[a, b] += d.amount
        count[a, b] += 1
        if a_listed:
            sold[d.seller] += d.amount
            if not inside:
                sold_out[d.seller] += d.amount
            if b == OVERSEAS:
                sold_abroad[d.seller] += d.amount
        elif not inside:
            unlisted_sales[a] += d.amount
        if b_listed:
            bought[d.buyer] += d.amount
            if inside:
                bought_in[d.buyer] += d.amount
        elif inside:
            unlisted_purchases[b] += d.amount

    region_out, region_in = defaultdict(int), defaultdict(int)
    for f in firm_list:
        if not f.abroad and f.region is not None:
            region_out[f.region] += sold_out[f.firm_id]
            region_in[f.region] += bought_in[f.firm_id]
    for f in firm_list:
        if f.abroad or f.region is None:
            continue
        i, r = f.firm_id, f.region
        answer.firms.append(
            {
                "firm_id": i,
                "region": r,
                "sales": sold[i],
                "out_of_region_sales": sold_out[i],
                "overseas_sales": sold_abroad[i],
                "purchases": bought[i],
                "in_region_purchases": bought_in[i],
                "region_out_of_region_sales": region_out[r],
                "region_in_region_purchases": region_in[r],
                "connector_degree": share(sold_out[i], region_out[r]),
                "hub_degree": share(bought_in[i], region_in[r]),
                "out_of_region_sales_ratio": share(sold_out[i], sold[i]),
                "in_region_purchase_ratio": share(bought_in[i], bought[i]),
            }
        )
    sales_out, purchases_out = defaultdict(int), defaultdict(int)
    for (a, b), x in flow.items():
        if a != b:
            sales_out[a] += x
            purchases_out[b] += x
    for (a, b), n in count.items():
        if a != b:
            answer.linkages.append(
                {
                    "seller_region": a,
                    "buyer_region": b,
                    "amount": flow[a, b],
                    "n_transactions": n,
                    "share_of_out_of_region_sales": share(flow[a, b], sales_out[a]),
                    "share_of_out_of_region_purchases": share(flow[a, b], purchases_out[b]),
                    "balance": flow[a, b] - flow.get((b, a), 0),
                }
            )
    answer.linkages.sort(key=lambda x: (-x["amount"], x["seller_region"], x["buyer_region"]))
    answer.ledger = {k: tuple(v) for k, v in ledger.items()}
    answer.of_which = {k: tuple(v) for k, v in of_which.items()}
    answer.flow, answer.deals = dict(flow), dict(count)
    answer.unlisted_sales, answer.unlisted_purchases = (
        dict(unlisted_sales),
        dict(unlisted_purchases),
    )
    return answer
