"""Whom a firm trades with: found by codes, the largest one by one, the rest summed up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connhub.errors import Fault, OptionError, did_you_mean
from connhub.labels import Language
from connhub.measures.degrees import Degrees
from connhub.measures.result_table import ids_as_in
from connhub.measures.trade import Trade
from connhub.text.catalogue import Message, Texts
from connhub.text.names import plain

__all__ = ["Firm", "Partner", "Side", "partners_of"]


@dataclass(frozen=True)
class Partner:
    """A firm, or a region, or the rest of one side.

    Parameters
    ----------
    name : str
        Empty where the partner is a region or the rest.
    region, place : str
        Code and name of its region.
    inside : bool
        Whether that is the region of the firm in the centre.
    amount, n_transactions : int
        Money in whole units of the result, and the number of transactions.
    count : int
        How many partners it stands for.
    rest : bool
    """

    name: str
    region: str
    place: str
    inside: bool
    amount: int
    n_transactions: int
    count: int = 1
    rest: bool = False


@dataclass(frozen=True)
class Side:
    """What a firm buys or sells: partners to show, the rest last, and the sums of all.

    Firms that the table lacks are known by region only: `unlisted`, not in the `count`.
    """

    partners: tuple[Partner, ...]
    count: int
    unlisted: bool
    total: int
    inside: int


@dataclass(frozen=True)
class Firm:
    """A firm and both sides of its trade."""

    name: str
    place: str
    buys: Side
    sells: Side


def partners_of(
    trade: Trade, firm_id: str, degrees: Degrees, *, max_partners: int, lang: Language
) -> Firm:
    """Find the partners of a firm.

    Parameters
    ----------
    trade : Trade
    firm_id : str
    degrees : Degrees
    max_partners : int
        How many partners to show one by one, half of them on each side where both have enough.
    lang : {"ja", "en"}

    Returns
    -------
    Firm
        Partners by region: that of the firm first, then those with the largest trade.

    Raises
    ------
    OptionError
        When neither table has the firm.
    """
    (buys, home), (sells, other) = (_rows(trade, firm_id, s) for s in ("purchases", "sales"))
    listed = degrees.frame["firm_id"]
    if not (buys or sells or listed.isin(ids_as_in(listed, [firm_id])).any()):
        raise OptionError(_unknown(degrees, firm_id))
    home = home or other
    room = _room(len(buys), len(sells), max_partners)
    near = [r.firm_id for r in (*buys[: room[0]], *sells[: room[1]])]
    names = _names(degrees, [firm_id, *near])
    sides = []
    for rows, n in ((buys, room[0]), (sells, room[1])):
        partners = _partners(rows, home, names, trade, lang)
        total = sum(p.amount for p in partners)
        inside = sum(p.amount for p in partners if p.inside)
        n_unlisted = sum(r.firm_id is None for r in rows) if trade.grain == "pairs" else 0
        shown = tuple(_with_rest(partners, n))
        sides.append(Side(shown, len(rows) - n_unlisted, n_unlisted > 0, total, inside))
    place = trade.directory.label(home, lang)
    return Firm(names.get(firm_id, firm_id), place, *sides)


class _Row(NamedTuple):
    """What one partner adds: null where the firm is not known or partners are regions."""

    firm_id: str | None
    region: str
    amount: int
    n_transactions: int


def _rows(trade: Trade, firm_id: str, side: str) -> tuple[list[_Row], str]:
    """What the firm sells or buys, the largest first; and its region."""
    if trade.grain == "pairs":
        here, there = ("seller", "buyer") if side == "sales" else ("buyer", "seller")
        names = [f"{there}_id", f"{there}_region", "amount", "n_transactions", f"{here}_region"]
        rows = _rows_equal(trade.table, f"{here}_id", firm_id, names)
    else:
        names = ["side", "partner_region", "amount", "n_transactions", "region"]
        found = _rows_equal(trade.table, "firm_id", firm_id, names)
        rows = [(None, *row[1:]) for row in found if row[0] == side]
    home = str(rows[0][4]) if rows else ""
    partners = [
        _Row(None if r[0] is None else str(r[0]), str(r[1]), int(r[2]), int(r[3])) for r in rows
    ]
    return sorted(partners, key=lambda r: (-abs(r.amount), r.region, r.firm_id or "")), home


def _rows_equal(table: pa.Table, column: str, value: str, names: list[str]) -> list[Any]:
    """Rows with the value; codes of the dictionary are compared, not texts."""
    found: list[tuple[Any, ...]] = []
    known: list[tuple[pa.Array, int]] = []  # mostly all batches share one dictionary
    for batch in table.select([column, *names]).to_batches():
        values = batch[0].dictionary
        code = next((c for d, c in known if d.equals(values)), None)
        if code is None:
            code = _code(values, value)
            known.append((values, code))
        rows = pc.indices_nonzero(pc.equal(batch[0].indices, code).fill_null(False))
        if len(rows):
            columns = (batch[n] for n in names)
            found += zip(*(_take(c, rows) for c in columns), strict=True)
    return found


def _code(known: pa.Array, value: str) -> int:
    """Place of an id among integers or texts; -1 for none."""
    if not pa.types.is_integer(known.type):
        return int(pc.index(known, pa.scalar(value, known.type)).as_py())
    wanted = ids_as_in(pd.Series([], dtype="int64"), [value])
    return int(pc.index(known, pa.scalar(wanted[0], known.type)).as_py()) if wanted else -1


def _take(column: pa.Array, rows: pa.Array) -> list[Any]:
    """Values of some rows; the dictionary is looked up for these only."""
    if pa.types.is_dictionary(column.type):
        return list(column.dictionary.take(column.indices.take(rows)).to_pylist())
    return list(column.take(rows).to_pylist())


def _names(degrees: Degrees, ids: list[str | None]) -> dict[str, str]:
    """Names of firms that have one."""
    frame = degrees.frame
    wanted = ids_as_in(frame["firm_id"], [i for i in ids if i is not None])
    rows = frame.loc[frame["firm_id"].isin(wanted), ["firm_id", "name"]].dropna()
    names = (plain(n).strip() for n in rows["name"])
    return {str(i): n for i, n in zip(rows["firm_id"], names, strict=True) if n}


def _unknown(degrees: Degrees, firm_id: str) -> Fault:
    """There is no such firm; which one was perhaps meant."""
    frame = degrees.frame
    of_that_name = frame.loc[frame["name"] == firm_id, "firm_id"].head(1).tolist()
    if of_that_name:
        suggestion = Message("fireworks.is_a_name", firm_id=str(of_that_name[0]))
    else:
        ids = frame["firm_id"].astype("str")
        near = ids[ids.str.startswith(firm_id[:3])].head(20_000)
        known = near if len(near) else ids.head(1_000)
        suggestion = did_you_mean(firm_id, known)
    return Fault("fireworks.unknown_firm", firm_id=firm_id, suggestion=suggestion)


def _partners(
    rows: list[_Row], home: str, names: dict[str, str], trade: Trade, lang: Language
) -> list[Partner]:
    """Partners with their names; parties without an id are one for each region."""
    partners = []
    for row in rows:
        name = ""
        if trade.grain == "pairs" and row.firm_id is None:
            name = Texts("fireworks", lang)("unlisted")
        elif row.firm_id is not None:
            name = names.get(row.firm_id) or row.firm_id
        place = trade.directory.label(row.region, lang, short=True)
        inside = row.region == home
        partners.append(Partner(name, row.region, place, inside, row.amount, row.n_transactions))
    return partners


def _room(buys: int, sells: int, partners: int) -> tuple[int, int]:
    """How many partners each side shows."""
    half = partners // 2
    left = min(buys, max(half, partners - sells))
    return left, min(sells, partners - left)


def _with_rest(partners: list[Partner], n: int) -> list[Partner]:
    """The first `n` by region, that of the firm first, then what is summed up."""
    shown, others = partners[:n], partners[n:]
    weight: dict[str, int] = {}
    for p in shown:
        weight[p.region] = weight.get(p.region, 0) + abs(p.amount)
    shown = sorted(shown, key=lambda p: (not p.inside, -weight[p.region], p.region))
    for inside in (True, False):
        if part := [p for p in others if p.inside == inside]:
            amount = sum(p.amount for p in part)
            n_transactions = sum(p.n_transactions for p in part)
            rest = Partner("", "", "", inside, amount, n_transactions, len(part), rest=True)
            shown.append(rest)
    return shown
