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
from connhub.measures.result_table import check_same_unit
from connhub.measures.trade import Trade
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.partners import Firm, Partner, Side, partners_of
from connhub.plots.drawing.pixel_marks import INK, at_pixels, text_marks
from connhub.plots.picture import (
    INSIDE,
    OUTSIDE,
    SELECTED,
    Picture,
    at_least,
    blank,
    heading,
    sentences,
)
from connhub.plots.vega_lite import channel, layer
from connhub.text.catalogue import Texts
from connhub.text.names import shortened
from connhub.text.numbers import NOTHING, brief_money, brief_scale, money, money_unit, share

__all__ = ["fireworks"]

_WIDTH, _RADIUS, _ROW, _GAP, _SIZE, _WIDEST = 802, 110, 15, 5, 11, 13
_NAME = 26
"""Columns of a partner's name: a region and an amount stand beside it."""


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
        Partners are ordered by region, that of the firm first; thickness is proportional to money.
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
    if trade is None:
        raise OptionError(Fault("fireworks.no_partners"))
    at_least(1, partners=partners)
    lang = caption.lang
    texts = Texts("fireworks", lang)
    if trade is not None:
        check_same_unit(trade.unit, degrees.unit)
    firm = partners_of(trade, str(firm_id), degrees, max_partners=partners, lang=lang)
    title = texts("title", firm=shortened(firm.name, 40))
    unit = money_unit(trade.unit, lang)
    head = partial(heading, title, trade.ledger, caption, unit=unit)
    if not (firm.buys.partners or firm.sells.partners):
        return blank(head(), texts("no_trade"))
    notes = [_sums(firm, trade.unit, texts), _legend_note(firm, texts)]
    amounts = [p.amount for p in (*firm.buys.partners, *firm.sells.partners)]
    by = brief_scale(amounts, trade.unit, lang)
    return _drawing(firm, _PartnerRows(trade.grain, trade.unit, by, texts), head(notes=notes))


def _sums(firm: Firm, unit: str, texts: Texts) -> str:
    """Sums of both sides, and how much of them is inside the region."""
    parts = [texts("home", region=shortened(firm.place, 24))]
    larger = max(abs(firm.buys.total), abs(firm.sells.total))  # a sentence has one unit
    for key, side in (("purchases", firm.buys), ("sales", firm.sells)):
        total = money(side.total, unit, texts.lang, beside=larger)
        if not side.partners:
            parts.append(texts(key, total=total))
            continue
        # Shares, unless returns make one of them negative.
        amounts = side.inside, side.total - side.inside
        as_shares = side.total > 0 and min(amounts) >= 0
        inside, outside = (
            share(a / side.total) if as_shares else money(a, unit, texts.lang, beside=larger)
            for a in amounts
        )
        parts.append(texts(f"{key}_split", total=total, inside=inside, outside=outside))
    return " · ".join(parts)


def _legend_note(firm: Firm, texts: Texts) -> str:
    """What the lines are."""
    partners = (*firm.buys.partners, *firm.sells.partners)
    parts = [texts("thickness_and_rest" if any(p.rest for p in partners) else "thickness")]
    if any(p.amount < 0 for p in partners):
        parts.append(texts("negative"))
    return sentences(parts, texts.lang)


def _drawing(firm: Firm, partner_rows: _PartnerRows, head: dict[str, Any]) -> Picture:
    """Lines from the firm to all partners, on the two halves of an ellipse."""
    texts = partner_rows.texts
    sides = firm.buys.partners, firm.sells.partners
    height = max(*map(_height, sides), 7 * _ROW) + 2 * _ROW
    single = [abs(p.amount) for side in sides for p in side if not p.rest]
    scale = _WIDEST / (max(single, default=0) or 1)
    rows = [
        row
        for at, side in zip((-1, 1), sides, strict=True)
        for row in partner_rows.of_side(side, at, height, scale)
    ]
    base = at_pixels(rows).encode(tooltip=_tooltips(texts))
    layers = _lines_and_nodes(base, texts)
    for at, align in ((-1, "right"), (1, "left")):
        names = base.properties(transform=[{"filter": f"datum.at == {at}"}]).mark(
            "text", align=align, dx=9 * at, fontSize=_SIZE, color=INK
        )
        layers.append(names.encode(text="label:N"))
    center = _center(firm, partner_rows, height)
    chart = layer(layer(*layers), *center, title=head)
    return Picture(chart.properties(width=_WIDTH, height=height))


def _tooltips(texts: Texts) -> list[Any]:
    shared = Texts("pictures", texts.lang)
    titles = {
        "side": texts("side"),
        "full": texts("partner"),
        "region": shared("region"),
        "money": shared("amount"),
        "share": texts("share"),
        "n_transactions": texts("transactions"),
    }
    return [channel(f"{name}:N", title=title) for name, title in titles.items()]


def _lines_and_nodes(base: Any, texts: Texts) -> list[Any]:
    """A line and a node for each partner: dark inside the region, light out of it."""
    places = ["in", "out"]
    key = {
        "title": None,
        "orient": "bottom",
        "labelExpr": f"datum.value=='in'?'{texts('inside')}':'{texts('outside')}'",
        "labelFontSize": 12,
        "symbolSize": 110,
    }
    color = channel("where:N", scale={"domain": places, "range": [INSIDE, OUTSIDE]}, legend=key)
    dash = {"domain": ["+", "-", "rest"], "range": [[1, 0], [2, 6], [10, 4]]}
    shape = {"domain": places, "range": ["circle", "diamond"]}
    lines = base.mark("rule", opacity=0.85).encode(
        x2="X",
        y2="Y",
        color=color,
        strokeWidth=channel("thick:Q", scale=None),
        strokeDash=channel("sign:N", scale=dash, legend=None),
    )
    nodes = base.mark("point", filled=True, size=80, opacity=1, stroke="white").encode(
        color=color, shape=channel("where:N", scale=shape, legend=key)
    )
    return [lines, nodes]


@dataclass(frozen=True)
class _PartnerRows:
    """Partners as rows of data: where they are, and what stands beside them."""

    grain: str
    unit: str
    by: int
    texts: Texts

    def of_side(
        self, partners: Sequence[Partner], at: int, height: float, scale: float
    ) -> list[dict[str, Any]]:
        """Rows of one side: -1 left, 1 right; `scale` is thickness by money."""
        total = sum(p.amount for p in partners)
        top = (height - _height(partners)) / 2
        rows = []
        before = None
        for p in partners:
            place = (p.region, p.inside, p.rest)
            top += _GAP if before not in (None, place) else 0
            before, y = place, top + _ROW / 2
            top += _ROW
            half = height / 2 + _ROW
            x = _WIDTH / 2 + at * (40 + _RADIUS * sqrt(1 - ((y - height / 2) / half) ** 2))
            ends = {"x": round(x, 1), "y": round(y, 1), "X": _WIDTH / 2, "Y": height / 2, "at": at}
            thick = 3 if p.rest else round(max(scale * abs(p.amount), 0.8), 2)
            rows.append({**ends, "thick": thick, **self._row(p, at, total)})
        return rows

    def _row(self, p: Partner, at: int, total: int) -> dict[str, Any]:
        """What stands beside a partner, and what the pointer shows."""
        name, place, lang = self._name(p), self._place(p), self.texts.lang
        label = [place, "" if self.grain != "pairs" and not p.rest else shortened(name, _NAME)]
        return {
            "where": "in" if p.inside else "out",
            "sign": "-" if p.amount < 0 else "rest" if p.rest else "+",
            "label": " ".join(
                [*filter(None, label), brief_money(p.amount, self.unit, lang, by=self.by)]
            ),
            "side": self.texts("sale" if at > 0 else "purchase"),
            "full": shortened(name, 60),
            "region": place,
            "money": money(p.amount, self.unit, lang),
            "share": share(p.amount / total) if total > 0 else NOTHING,
            "n_transactions": f"{p.n_transactions:,}",
        }

    def head(self, side: Side) -> str:
        """How many partners are on a side."""
        count = self.texts(f"count_{self.grain}", count=side.count)
        return f"{count} + {self.texts('unlisted')}" if side.unlisted else count

    def _name(self, p: Partner) -> str:
        """Name of a partner, or of the rest."""
        if p.rest:
            return self.texts(f"others_{self.grain}", count=p.count)
        return p.name or self._place(p)

    def _place(self, p: Partner) -> str:
        """Region of a partner; of the rest, whether it is that of the firm."""
        if p.rest:
            return self.texts("inside" if p.inside else "outside")
        return shortened(p.place, 14)


def _height(partners: Sequence[Partner]) -> float:
    places = [(p.region, p.inside, p.rest) for p in partners]
    changes = sum(a != b for a, b in itertools.pairwise(places))
    return len(partners) * _ROW + changes * _GAP


def _center(firm: Firm, partner_rows: _PartnerRows, height: float) -> list[Any]:
    """The firm, and what is on its left and right."""
    texts = partner_rows.texts
    middle = [{"x": _WIDTH / 2, "y": height / 2, "name": shortened(firm.name, 60)}]
    point = at_pixels(middle).mark(
        "point", filled=True, size=420, color=SELECTED, opacity=1, stroke="white"
    )
    layers = [point.encode(tooltip=channel("name:N", title=" "))]
    heads = (
        (-1, "right", texts("suppliers", partners=partner_rows.head(firm.buys))),
        (1, "left", texts("customers", partners=partner_rows.head(firm.sells))),
    )
    for at, align, head in heads:
        row = {"x": _WIDTH / 2 + at * (60 + _RADIUS), "y": -12, "t": head}
        layers.append(text_marks([row], align=align, fontSize=12, fontWeight="bold"))
    return layers
