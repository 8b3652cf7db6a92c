"""Whom a firm trades with: found by codes, the largest kept, the rest summed up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from connhub.errors import Fault, OptionError, did_you_mean
from connhub.measures.degrees import Degrees
from connhub.measures.trade import Trade
from connhub.regions.codes import BLOCKS, PREFECTURES
from connhub.regions.directory import region_label
from connhub.schema import Language
from connhub.text.names import plain

__all__ = ["Firm", "Partner", "Side", "partners_of", "unlisted"]


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
    amount, deals : int
        Money in base units, and the number of transactions.
    count : int
        How many partners it stands for.
    rest : bool
    """

    name: str
    region: str
    place: str
    inside: bool
    amount: int
    deals: int
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


def partners_of(trade: Trade, firm_id: str, degrees: Degrees, *, most: int, lang: Language) -> Firm:
    """Find the partners of a firm.

    Parameters
    ----------
    trade : Trade
    firm_id : str
    degrees : Degrees
    most : int
        How many partners to tell apart, half of them on each side where both have enough.
    lang : {"ja", "en"}

    Returns
    -------
    Firm
        Partners by region: the own one first, then those with the largest trade.

    Raises
    ------
    OptionError
        When neither table has the firm.
    """
    (buys, home), (sells, other) = (_rows(trade, firm_id, s) for s in ("purchases", "sales"))
    if not (buys or sells or (degrees.frame["firm_id"] == firm_id).any()):
        raise OptionError(_unknown(degrees, firm_id))
    home = home or other
    room = _room(len(buys), len(sells), most)
    near = [r.firm_id for r in (*buys[: room[0]], *sells[: room[1]])]
    names = _names(degrees, [firm_id, *near])
    regions = _region_names(degrees, [*buys, *sells])
    sides = []
    for rows, n in ((buys, room[0]), (sells, room[1])):
        all_of = _named(rows, home, names, regions, trade.grain, lang)
        total, inside = (sum(p.amount for p in all_of if p.inside or k) for k in (True, False))
        lacking = sum(r.firm_id is None for r in rows) if trade.grain == "pairs" else 0
        shown = tuple(_capped(all_of, n))
        sides.append(Side(shown, len(rows) - lacking, lacking > 0, total, inside))
    place = region_label(home, regions.get(home), lang)
    return Firm(names.get(firm_id, firm_id), place, *sides)


class _Row(NamedTuple):
    """What one partner adds: null where the firm is not known or partners are regions."""

    firm_id: str | None
    region: str
    amount: int
    deals: int


def _rows(trade: Trade, firm_id: str, side: str) -> tuple[list[_Row], str]:
    """What the firm sells or buys, the largest first; and its own region."""
    if trade.grain == "pairs":
        own, other = ("seller", "buyer") if side == "sales" else ("buyer", "seller")
        names = [f"{other}_id", f"{other}_region", "amount", "deals", f"{own}_region"]
        rows = _equal(trade.table, f"{own}_id", firm_id, names)
    else:
        names = ["side", "partner_region", "amount", "deals", "region"]
        rows = [
            (None, *r[1:]) for r in _equal(trade.table, "firm_id", firm_id, names) if r[0] == side
        ]
    home = str(rows[0][4]) if rows else ""
    found = [_Row(r[0], str(r[1]), int(r[2]), int(r[3])) for r in rows]
    return sorted(found, key=lambda r: (-abs(r.amount), r.region, r.firm_id or "")), home


def _equal(table: pa.Table, column: str, word: str, names: list[str]) -> list[tuple[Any, ...]]:
    """Rows whose text is `word`; codes of the dictionary are compared, not texts."""
    found: list[tuple[Any, ...]] = []
    known: list[tuple[pa.Array, int]] = []  # mostly all pieces share one dictionary
    for piece in table.select([column, *names]).to_batches():
        words = piece[0].dictionary
        code = next((c for d, c in known if d.equals(words)), None)
        if code is None:
            code = pc.index(words, pa.scalar(word, words.type)).as_py()
            known.append((words, code))
        rows = pc.indices_nonzero(pc.equal(piece[0].indices, code).fill_null(False))
        if len(rows):
            columns = (piece[n] for n in names)
            found += zip(*(_taken(c, rows) for c in columns), strict=True)
    return found


def _taken(column: pa.Array, rows: pa.Array) -> list[Any]:
    """Values of some rows; the dictionary is looked up for these only."""
    if pa.types.is_dictionary(column.type):
        return list(column.dictionary.take(column.indices.take(rows)).to_pylist())
    return list(column.take(rows).to_pylist())


def _names(degrees: Degrees, ids: list[str | None]) -> dict[str, str]:
    """Names of firms that have one."""
    frame = degrees.frame
    rows = frame.loc[frame["firm_id"].isin(ids), ["firm_id", "name"]].dropna()
    names = (plain(n).strip() for n in rows["name"])
    return {i: n for i, n in zip(rows["firm_id"], names, strict=True) if n}


def _region_names(degrees: Degrees, rows: list[_Row]) -> dict[str, str]:
    """Names that the user gave to regions."""
    if all(r.region in PREFECTURES or r.region in BLOCKS for r in rows):
        return {}
    own = degrees.frame[["region", "region_name"]].drop_duplicates("region")
    return dict(zip(own["region"], own["region_name"], strict=True))


def _unknown(degrees: Degrees, firm_id: str) -> Fault:
    """Say that there is no such firm, and which was meant perhaps."""
    frame = degrees.frame
    same = frame.loc[frame["name"] == firm_id, "firm_id"].head(10).tolist()
    if same:
        fix = f"that is a name; its id is {same[0]!r}"
        return Fault(f"no firm with the id {firm_id!r}", fix=fix)
    near = frame.loc[frame["firm_id"].str.startswith(firm_id[:3]), "firm_id"].head(20_000)
    known = near if len(near) else frame["firm_id"].head(1_000)
    return Fault(f"no firm with the id {firm_id!r}", fix=did_you_mean(firm_id, known))


def unlisted(lang: Language) -> str:
    """What firms without a row in the table are called."""
    return "企業表にない企業" if lang == "ja" else "firms not in the table"


def _named(
    rows: list[_Row],
    home: str,
    names: dict[str, str],
    regions: dict[str, str],
    grain: str,
    lang: Language,
) -> list[Partner]:
    """Partners with their names; parties without an id are one for each region."""
    out = []
    for r in rows:
        name = ""
        if grain == "pairs" and r.firm_id is None:
            name = unlisted(lang)
        elif r.firm_id is not None:
            name = names.get(r.firm_id) or r.firm_id
        place = region_label(r.region, regions.get(r.region), lang, short=True)
        out.append(Partner(name, r.region, place, r.region == home, r.amount, r.deals))
    return out


def _room(buys: int, sells: int, partners: int) -> tuple[int, int]:
    """How many partners each side shows."""
    half = partners // 2
    left = min(buys, max(half, partners - sells))
    return left, min(sells, partners - left)


def _capped(found: list[Partner], most: int) -> list[Partner]:
    """The largest by region, the own one first, then what is summed up."""
    shown, rest = found[:most], found[most:]
    weight: dict[str, int] = {}
    for p in shown:
        weight[p.region] = weight.get(p.region, 0) + abs(p.amount)
    shown = sorted(shown, key=lambda p: (not p.inside, -weight[p.region], p.region))
    for inside in (True, False):
        part = [p for p in rest if p.inside == inside]
        if part:
            amount, deals = sum(p.amount for p in part), sum(p.deals for p in part)
            shown.append(Partner("", "", "", inside, amount, deals, len(part), rest=True))
    return shown
