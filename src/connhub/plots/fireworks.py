"""A firm and its partners: suppliers to the left, customers to the right, by region."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import sqrt
from typing import Any

from connhub.errors import Fault, OptionError
from connhub.measures.degrees import Degrees
from connhub.measures.trade import Trade
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.partners import Firm, Partner, partners_of, unlisted
from connhub.plots.drawing.pixel_marks import INK, at_pixels, texts
from connhub.plots.picture import (
    INSIDE,
    OUTSIDE,
    SELECTED,
    Picture,
    altair,
    at_least,
    blank,
    heading,
)
from connhub.schema import Language
from connhub.text.names import shortened
from connhub.text.numbers import NOTHING, brief, money, money_unit, share

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


@flat_options
def fireworks(
    trade: Trade | None,
    firm_id: str,
    *,
    degrees: Degrees,
    partners: int = 40,
    caption: CaptionOptions = CaptionOptions(),
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
    {caption}

    Returns
    -------
    Picture
        Partners are ordered by region, the own one first; thickness is proportional to money.
        Returns that exceed the trade (negative sums) are dotted.

    Raises
    ------
    OptionError
        When no firm has this id, or the analysis has no ``trade``.

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
    lang = caption.lang
    if trade is None:
        fix = "analyze with grain='pairs', or grain='firms_by_region'"
        raise OptionError(Fault("who trades with whom is not known at the grain 'firms'", fix=fix))
    firm_id = str(firm_id)
    at_least(1, partners=partners)
    firm = partners_of(trade, firm_id, degrees, most=partners, lang=lang)
    name = shortened(firm.name, 40)
    ja = lang == "ja"
    title = f"{name} の取引先" if ja else f"Who {name} trades with"
    unit = trade.ledger.unit
    head = partial(heading, title, trade.ledger, caption, unit=money_unit(unit, lang))
    if not (firm.buys.partners or firm.sells.partners):
        return blank(head(), "取引がない" if ja else "no trade")
    notes = [_sums(firm, unit, lang), _reading(firm, lang)]
    return _drawn(firm, _Writing(trade.grain, unit, lang), head(notes=notes))


def _heads(firm: Firm, grain: str, lang: Language) -> tuple[str, str]:
    """What is on the left and on the right."""
    counts = []
    for side in (firm.buys, firm.sells):
        said = _counted(side.count, grain, lang)
        counts.append(f"{said} + {unlisted(lang)}" if side.unlisted else said)
    words = ("← 仕入先 ", "販売先 ", " →") if lang == "ja" else ("Suppliers: ", "Customers: ", "")
    left, right = (f"{word}{n}" for word, n in zip(words, counts, strict=False))
    return left, right + words[2]


def _counted(n: int, grain: str, lang: Language) -> str:
    if lang == "ja":
        return f"{n:,}{'社' if grain == 'pairs' else '地域'}"
    one = "firm" if grain == "pairs" else "region"
    return f"{n:,} {one}{'' if n == 1 else 's'}"


def _sums(firm: Firm, unit: str, lang: Language) -> str:
    """Sums of both sides, and how much of them is inside the region."""
    ja = lang == "ja"
    words = [
        f"所在地域: {shortened(firm.place, 24)}" if ja else f"Region: {shortened(firm.place, 24)}"
    ]
    for side, label in ((firm.buys, ("仕入", "Purchases")), (firm.sells, ("販売", "Sales"))):
        said = f"{label[not ja]} {money(side.total, unit, lang)}"
        if side.partners:  # shares, unless returns make one of them negative
            parts = side.inside, side.total - side.inside
            whole = side.total > 0 and min(parts) >= 0
            ends = [share(e / side.total) if whole else money(e, unit, lang) for e in parts]
            form = "(域内 {}、域外 {})" if ja else " (in the region {}, out of it {})"
            said += form.format(*ends)
        words.append(said)
    return " · ".join(words)


def _reading(firm: Firm, lang: Language) -> str:
    """How to read the lines."""
    ja, partners = lang == "ja", (*firm.buys.partners, *firm.sells.partners)
    words = "線の太さは金額に比例" if ja else "Thickness of lines: amount"
    if any(p.rest for p in partners):
        more = " (broken lines: all others, thickness fixed)"
        words += "(破線は、その他の計で太さは一定)" if ja else more
    if any(p.amount < 0 for p in partners):
        words += "。点線: 返品などでマイナス" if ja else ". Dotted: negative, after returns"
    return words


def _drawn(firm: Firm, write: _Writing, head: dict[str, Any]) -> Picture:
    """Lines from the firm to all partners, on the two halves of an ellipse."""
    alt = altair()
    ja = write.lang == "ja"
    sides = firm.buys.partners, firm.sells.partners
    high = max(*map(_height, sides), 7 * _ROW) + 2 * _ROW
    single = [abs(p.amount) for side in sides for p in side if not p.rest]
    by = _WIDEST / (max(single, default=0) or 1)
    rows = [r for at, s in zip((-1, 1), sides, strict=True) for r in write.rows(s, at, high, by)]
    tips = [alt.Tooltip(f"{f}:N", title=t[not ja]) for f, t in _HOVER.items()]
    base = at_pixels(rows).encode(tooltip=tips)
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
        x2="X:Q",
        y2="Y:Q",
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
    centre = _centre(firm, _heads(firm, write.grain, write.lang), high)
    chart = alt.layer(alt.layer(*layers), *centre, title=alt.TitleParams(**head))
    return Picture(chart.properties(width=_WIDE, height=high))


@dataclass(frozen=True)
class _Writing:
    """How partners are written."""

    grain: str
    unit: str
    lang: Language

    def rows(
        self, partners: Sequence[Partner], at: int, high: float, by: float
    ) -> list[dict[str, Any]]:
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
                    "X": _WIDE / 2,
                    "Y": high / 2,
                    "at": at,
                    "where": "in" if p.inside else "out",
                    "thick": 3 if p.rest else round(max(by * abs(p.amount), 0.8), 2),
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

    def named(self, p: Partner) -> str:
        """Name of a partner, or of the rest."""
        if p.rest:
            count = _counted(p.count, self.grain, self.lang)
            return f"その他 {count}" if self.lang == "ja" else f"{count} more"
        return p.name or self.place(p)

    def place(self, p: Partner) -> str:
        """Region of a partner; of the rest, whether it is the own one."""
        if p.rest and p.inside:
            return "域内" if self.lang == "ja" else "In the region"
        if p.rest:
            return "域外" if self.lang == "ja" else "Out of it"
        return shortened(p.place, 14)


def _height(partners: Sequence[Partner]) -> float:
    places = [(p.region, p.inside, p.rest) for p in partners]
    changes = sum(a != b for a, b in itertools.pairwise(places))
    return len(partners) * _ROW + changes * _GAP


def _centre(firm: Firm, heads: tuple[str, str], high: float) -> list[Any]:
    """The firm, and what is on its left and right."""
    alt = altair()
    middle = [{"x": _WIDE / 2, "y": high / 2, "name": shortened(firm.name, 60)}]
    point = at_pixels(middle).mark_point(
        filled=True, size=420, color=SELECTED, opacity=1, stroke="white"
    )
    layers = [point.encode(tooltip=alt.Tooltip("name:N", title=" "))]
    for at, align, words in ((-1, "right", heads[0]), (1, "left", heads[1])):
        row = {"x": _WIDE / 2 + at * (60 + _RADIUS), "y": -12, "t": words}
        layers.append(texts([row], align=align, fontSize=12, fontWeight="bold"))
    return layers
