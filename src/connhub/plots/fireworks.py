"""A firm and its partners: suppliers to the left, customers to the right, by region."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from connhub.errors import Fault, OptionError, did_you_mean
from connhub.measures.degrees import Degrees
from connhub.measures.trade import Trade
from connhub.plots.picture import INSIDE, OUTSIDE, SELECTED, Picture, altair, blank, caption
from connhub.plots.shades import INK, canvas
from connhub.vocabulary import Language
from connhub.wording import NOTHING, brief, money, plain, region_label, share, shortened

__all__ = ["fireworks"]

_WIDE, _RADIUS, _ROW, _GAP, _SIZE, _WIDEST = 840, 120, 15, 5, 10.5, 13
_HOVER = {
    "side": ("取引", "Trade"),
    "full": ("取引先", "Partner"),
    "region": ("地域", "Region"),
    "said": ("金額", "Amount"),
    "share": ("割合", "Share"),
    "deals": ("件数", "Transactions"),
}


class _Row(NamedTuple):
    """What one partner adds: null where the firm is not known or partners are regions."""

    firm_id: str | None
    region: str
    amount: int
    deals: int


@dataclass(frozen=True)
class _Partner:
    """One end of a line: a firm, a region, or the rest."""

    name: str
    region: str
    inside: bool
    amount: int
    deals: int
    count: int = 1
    rest: bool = False


def fireworks(
    trade: Trade,
    firm_id: str,
    *,
    degrees: Degrees,
    partners: int = 40,
    lang: Language = "ja",
    year: str | int | None = None,
    source: str | None = None,
) -> Picture:
    """Draw a firm with its suppliers on the left and its customers on the right.

    Parameters
    ----------
    trade : Trade
        ``result.trade``. At the grain ``pairs`` partners are firms, at ``firms_by_region`` they
        are regions.
    firm_id : str
    degrees : Degrees
        ``result.degrees``: names and regions of the firms.
    partners : int
        How many partners are drawn, half of them on each side where both have enough; the rest of
        each side is summed up, inside and outside of the region apart.
    lang : {"ja", "en"}
    year, source : str, optional
        For the caption.

    Returns
    -------
    Picture
        Partners are ordered by region, the own one first; thickness is proportional to money.
        Returns that exceed the trade (negative sums) are dotted.

    Raises
    ------
    OptionError
        When no firm has this id.

    Examples
    --------
    >>> import pyarrow as pa
    >>> import connhub
    >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    >>> deals = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    >>> result = connhub.analyze(deals, firms, grain="pairs")
    >>> fireworks(result.trade, "a", degrees=result.degrees, lang="en")
    Picture: Who a trades with
    """
    firm_id = str(firm_id)
    if partners < 1:
        raise OptionError(Fault(f"partners={partners} is not 1 or more"))
    (buys, home), (sells, other) = (_rows(trade, firm_id, s) for s in ("purchases", "sales"))
    own = degrees.frame[degrees.frame["firm_id"] == firm_id]
    if not (len(own) or buys or sells):
        raise OptionError(_unknown(degrees, firm_id))
    home = home or other
    room = _room(len(buys), len(sells), partners)
    near = [r.firm_id for r in (*buys[: room[0]], *sells[: room[1]])]
    names = _names(degrees, [firm_id, *near])
    name = shortened(names.get(firm_id, firm_id), 40)
    ja = lang == "ja"
    title = f"{name} の取引先" if ja else f"Who {name} trades with"
    said: dict[str, Any] = {"lang": lang, "year": year, "source": source}
    unit = trade.ledger.unit if ja or trade.ledger.unit != "円" else "yen"
    if not (buys or sells):
        head = caption(title, trade.ledger, unit=unit, **said)
        return blank(head, "取引がない" if ja else "no trade")
    every = [_named(rows, home, names, trade.grain, lang) for rows in (buys, sells)]
    ends = _capped(every[0], room[0]), _capped(every[1], room[1])
    notes = _notes(every[0], every[1], trade, home, lang)
    notes.append(_reading((*ends[0], *ends[1]), lang))
    head = caption(title, trade.ledger, unit=unit, notes=notes, **said)
    counts = [_counted(len(p), trade.grain, lang) for p in (buys, sells)]
    heads = (f"← 仕入先 {counts[0]}", f"販売先 {counts[1]} →")
    if not ja:
        heads = (f"Suppliers: {counts[0]}", f"Customers: {counts[1]}")
    return _drawn(name, ends, heads, trade, lang, head)


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
    return dict(zip(rows["firm_id"], rows["name"], strict=True))


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


def _named(
    rows: list[_Row], home: str, names: dict[str, str], grain: str, lang: Language
) -> list[_Partner]:
    """Partners with their names; parties without an id are one for each region."""
    ja = lang == "ja"
    out = []
    for r in rows:
        name = ""
        if grain == "pairs" and r.firm_id is None:
            name = "企業表にない企業" if ja else "firms not in the table"
        elif r.firm_id is not None:
            name = plain(names.get(r.firm_id)).strip() or r.firm_id
        out.append(_Partner(name, r.region, r.region == home, r.amount, r.deals))
    return out


def _room(buys: int, sells: int, partners: int) -> tuple[int, int]:
    """How many partners each side shows."""
    half = partners // 2
    left = min(buys, max(half, partners - sells))
    return left, min(sells, partners - left)


def _capped(found: list[_Partner], most: int) -> list[_Partner]:
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
            shown.append(_Partner("", "", inside, amount, deals, len(part), rest=True))
    return shown


def _counted(n: int, grain: str, lang: Language) -> str:
    if lang == "ja":
        return f"{n:,}{'社' if grain == 'pairs' else '地域'}"
    one = "firm" if grain == "pairs" else "region"
    return f"{n:,} {one}{'' if n == 1 else 's'}"


def _notes(
    buys: list[_Partner], sells: list[_Partner], trade: Trade, region: str, lang: Language
) -> list[str]:
    """Sums of both sides, and how much of them is inside the region."""
    ja, unit = lang == "ja", trade.ledger.unit
    words = []
    for part, label in ((buys, ("仕入", "Purchases")), (sells, ("販売", "Sales"))):
        total = sum(p.amount for p in part)
        inside = sum(p.amount for p in part if p.inside)
        said = f"{label[not ja]} {money(total, unit, lang)}"
        if part:  # shares, unless returns make one of them negative
            parts = inside, total - inside
            whole = total > 0 and min(parts) >= 0
            ends = [share(e / total) if whole else money(e, unit, lang) for e in parts]
            said += "(域内 {}、域外 {})" if ja else " (in the region {}, out of it {})"
            said = said.format(*ends)
        words.append(said)
    home = region_label(region, lang=lang)
    where = f"所在地域: {home}" if ja else f"Region of the firm: {home}"
    return [" · ".join([where, *words])]


def _reading(partners: Iterable[_Partner], lang: Language) -> str:
    """How to read the lines."""
    ja, partners = lang == "ja", [*partners]
    words = "線の太さは金額に比例" if ja else "Thickness of lines: amount"
    if any(p.rest for p in partners):
        words += (
            "(破線は、その他の計で太さは一定)"
            if ja
            else " (broken lines: all others, thickness fixed)"
        )
    if any(p.amount < 0 for p in partners):
        words += "。点線: 返品などでマイナス" if ja else ". Dotted: negative, after returns"
    return words


def _drawn(
    name: str,
    ends: tuple[list[_Partner], list[_Partner]],
    heads: tuple[str, str],
    trade: Trade,
    lang: Language,
    head: dict[str, Any],
) -> Picture:
    """Lines from the firm to all partners, on the two halves of an ellipse."""
    alt = altair()
    ja = lang == "ja"
    high = max(_height(ends[0]), _height(ends[1]), 7 * _ROW) + 2 * _ROW
    largest = max((abs(p.amount) for p in (*ends[0], *ends[1]) if not p.rest), default=1) or 1
    write = _Writing(trade.grain, trade.ledger.unit, lang, largest)
    rows = [r for at, part in zip((-1, 1), ends, strict=True) for r in write.rows(part, at, high)]
    x, y = canvas(_WIDE, high)
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=x, y=y, tooltip=[alt.Tooltip(f"{f}:N", title=t[not ja]) for f, t in _HOVER.items()]
    )
    where = ["in", "out"]
    said = ("域内", "域外") if ja else ("in the region", "out of the region")
    key = alt.Legend(
        title=None,
        orient="bottom",
        labelExpr=f"datum.value=='in'?'{said[0]}':'{said[1]}'",
        labelFontSize=12,
        symbolSize=110,
    )
    colour = alt.Color(
        "where:N", scale=alt.Scale(domain=where, range=[INSIDE, OUTSIDE]), legend=key
    )
    dash = alt.Scale(domain=["+", "-", "rest"], range=[[1, 0], [2, 6], [10, 4]])
    shape = alt.Scale(domain=where, range=["circle", "diamond"])
    lines = base.mark_rule(opacity=0.85).encode(
        x2="cx:Q",
        y2="cy:Q",
        color=colour,
        strokeWidth=alt.StrokeWidth("thick:Q", scale=None),
        strokeDash=alt.StrokeDash("sign:N", scale=dash, legend=None),
    )
    nodes = base.mark_point(filled=True, size=80, opacity=1, stroke="white").encode(
        color=colour, shape=alt.Shape("where:N", scale=shape, legend=key)
    )
    layers = [lines, nodes]
    for at, align in ((-1, "right"), (1, "left")):
        text = base.transform_filter(f"datum.at == {at}").mark_text(
            align=align, dx=9 * at, fontSize=_SIZE, color=INK
        )
        layers.append(text.encode(text="label:N"))
    layers += _centre(name, heads, high, x, y)
    chart = alt.layer(*layers, title=alt.TitleParams(**head))
    return Picture(chart.properties(width=_WIDE, height=high))


@dataclass(frozen=True)
class _Writing:
    """How partners are written: grain, unit, language, and what the thickest line is worth."""

    grain: str
    unit: str
    lang: Language
    largest: int

    def rows(self, partners: list[_Partner], at: int, high: float) -> list[dict[str, Any]]:
        """Place and words of the partners of one side: -1 left, 1 right."""
        total = sum(p.amount for p in partners)
        ja = self.lang == "ja"
        side = (("仕入", "Purchase"), ("販売", "Sale"))[at > 0][not ja]
        top = (high - _height(partners)) / 2
        rows = []
        before = None
        for p in partners:
            place = (p.region, p.inside, p.rest)
            top += _GAP if before not in (None, place) else 0
            before, y = place, top + _ROW / 2
            top += _ROW
            half = high / 2 + _ROW
            x = _WIDE / 2 + at * (40 + _RADIUS * sqrt(1 - ((y - high / 2) / half) ** 2))
            name, region = self.named(p), self.place(p)
            label = [region, "" if self.grain != "pairs" and not p.rest else shortened(name, 20)]
            rows.append(
                {
                    "x": round(x, 1),
                    "y": round(y, 1),
                    "cx": _WIDE / 2,
                    "cy": high / 2,
                    "at": at,
                    "where": "in" if p.inside else "out",
                    "thick": 3
                    if p.rest
                    else round(max(_WIDEST * abs(p.amount) / self.largest, 0.6), 2),
                    "sign": "-" if p.amount < 0 else "rest" if p.rest else "+",
                    "label": " ".join([*filter(None, label), brief(p.amount, self.lang)]),
                    "side": side,
                    "full": shortened(name, 60),
                    "region": region,
                    "said": money(p.amount, self.unit, self.lang),
                    "share": share(p.amount / total) if total > 0 else NOTHING,
                    "deals": f"{p.deals:,}",
                }
            )
        return rows

    def named(self, p: _Partner) -> str:
        """Name of a partner, or of the rest."""
        if p.rest:
            count = _counted(p.count, self.grain, self.lang)
            return f"その他 {count}" if self.lang == "ja" else f"{count} more"
        return p.name or self.place(p)

    def place(self, p: _Partner) -> str:
        """Region of a partner; of the rest, whether it is the own one."""
        if p.rest and p.inside:
            return "域内" if self.lang == "ja" else "In the region"
        if p.rest:
            return "域外" if self.lang == "ja" else "Out of it"
        return shortened(region_label(p.region, lang=self.lang, short=True), 14)


def _height(partners: list[_Partner]) -> float:
    places = [(p.region, p.inside, p.rest) for p in partners]
    changes = sum(a != b for a, b in itertools.pairwise(places))
    return len(partners) * _ROW + changes * _GAP


def _centre(name: str, heads: tuple[str, str], high: float, x: Any, y: Any) -> list[Any]:
    """The firm, and what is on its left and right."""
    alt = altair()
    firm = alt.Chart(alt.Data(values=[{"x": _WIDE / 2, "y": high / 2, "name": name}]))
    point = firm.mark_point(filled=True, size=420, color=SELECTED, opacity=1, stroke="white")
    rows = [
        {"x": _WIDE / 2 + at * (60 + _RADIUS), "y": -12, "words": words, "at": at}
        for at, words in zip((-1, 1), heads, strict=True)
    ]
    layers = [point.encode(x=x, y=y, tooltip=alt.Tooltip("name:N", title=" "))]
    for at, align in ((-1, "right"), (1, "left")):
        chosen = alt.Chart(alt.Data(values=[r for r in rows if r["at"] == at]))
        mark = chosen.mark_text(align=align, fontSize=12, fontWeight="bold", color=INK)
        layers.append(mark.encode(x=x, y=y, text="words:N"))
    return layers
