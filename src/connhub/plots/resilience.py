"""On whom a region depends: four aspects side by side, each a few bars from 0 to 1."""

from __future__ import annotations

from functools import partial
from math import isfinite
from typing import Any

import pandas as pd

from connhub.industries import industry_label
from connhub.measures.leaks import LeakMap
from connhub.measures.resilience import ASPECTS
from connhub.measures.resilience import resilience as resilience_of
from connhub.measures.ripple_result import Ripple
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.pixel_marks import SOFT_INK, at_pixels, text_marks
from connhub.plots.picture import (
    INSIDE,
    OUTSIDE,
    Picture,
    at_least,
    blank,
    heading,
    place_name,
)
from connhub.plots.vega_lite import channel, layer
from connhub.text.catalogue import Texts
from connhub.text.names import firm_label, shortened
from connhub.text.numbers import brief_money, brief_scale, money, money_unit, share

__all__ = ["resilience"]

_NAMES, _BAR, _PANEL, _ROW, _HEAD, _GAP = 218, 64, 400, 20, 44, 18
_MODELLED, _TRACK = "#6baed6", "#eeeeee"
_COLORS = dict(zip(ASPECTS, (INSIDE, INSIDE, OUTSIDE, _MODELLED), strict=True))


@flat_options
def resilience(
    ripple: Ripple,
    leaks: LeakMap,
    *,
    of_region: str,
    n: int = 5,
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Show on whom a region depends: suppliers, customers, sources, costly losses.

    Three aspects are counted, the last is modelled; each says so, and what its bars are
    (`measures.resilience`). They are not to be added up.

    Parameters
    ----------
    ripple : Ripple
    leaks : LeakMap
        Of the same analysis.
    of_region : str
        Code or name.
    n : int
        How many bars of each aspect, the weightiest.
    {caption}

    Returns
    -------
    Picture

    Raises
    ------
    OptionError
        No such region, or another one than that of the ripple.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["15", "13"],
    ...                   "industry_code": ["28", "09"]})
    >>> trade = pa.table({"seller_id": ["b"], "buyer_id": ["a"], "amount": [30]})
    >>> result = analyze(trade, firms, grain="pairs")
    >>> resilience(result.ripple("15"), result.leaks(firms), of_region="15")
    Picture: 新潟県: 依存する企業と地域
    """
    at_least(1, n=n)
    lang = caption.lang
    texts = Texts("resilience", lang)
    code = ripple.code_of(of_region)
    title = texts("title", place=place_name(ripple.directory, code, lang))
    head = partial(heading, title, ripple.ledger, caption, unit=money_unit(ripple.unit, lang))
    frame = resilience_of(ripple, leaks, code, n=n)
    if frame.empty:
        return blank(head(), texts("nothing"))
    labels = {c: leaks.directory.label(c, lang) for c in frame["partner_region"].dropna()}
    parts = [frame[frame["aspect"] == aspect] for aspect in ASPECTS]
    heights = [_HEAD + _ROW * max(len(part), 1) for part in parts]
    below = max(heights[:2]) + _GAP
    by = brief_scale(frame["amount"].astype("float64"), ripple.unit, lang)
    layers = []
    for i, (aspect, part) in enumerate(zip(ASPECTS, parts, strict=True)):
        corner = (_PANEL * (i % 2), below * (i // 2))
        basis = texts("modelled" if aspect == "loss_of_a_firm" else leaks.label)
        layers += _panel(aspect, part, corner, labels, (ripple.unit, by), texts, basis)
    chart = layer(*layers, title=head(notes=[texts("read")]))
    return Picture(chart.properties(width=2 * _PANEL, height=below + max(heights[2:])))


def _panel(
    aspect: str,
    rows: pd.DataFrame,
    corner: tuple[float, float],
    labels: dict[str, str],
    unit: tuple[str, int],
    texts: Texts,
    basis: str,
) -> list[Any]:
    """One aspect: what it is, and a bar a row over a track that ends at 1."""
    (left, top) = corner
    tracks, bars, names, values = [], [], [], []
    zero = left + _NAMES + 8
    for i, row in enumerate(rows.to_dict("records")):
        y, value = top + _HEAD + _ROW * (i + 0.5), float(row["value"])
        length = _BAR * (min(max(value, 0), 1) if isfinite(value) else 0)
        name, of_row = _name(row, labels, texts), float(row["amount"])
        amount = money(of_row, unit[0], texts.lang)
        shown, brief = share(value), brief_money(of_row, unit[0], texts.lang, by=unit[1])
        ends = {"x": zero, "y": y - 6, "Y": y + 6}
        tracks.append({**ends, "X": zero + _BAR})
        bars.append({**ends, "X": round(zero + length, 1), "n": name, "v": shown, "a": amount})
        names.append({"x": zero - 8, "y": y, "t": name})
        values.append({"x": zero + _BAR + 8, "y": y, "t": f"{shown} · {brief}"})
    if rows.empty:
        values.append({"x": zero, "y": top + _HEAD + _ROW / 2, "t": texts("none")})
    tips = {"n": "item", "v": "value", "a": "amount"}
    drawn = at_pixels(bars, ends=True).mark("rect", color=_COLORS[aspect])
    first = {"x": left, "y": top + 10, "t": texts(aspect, basis=basis)}
    second = {"x": left, "y": top + 27, "t": texts(f"{aspect}_value")}
    return [
        at_pixels(tracks, ends=True).mark("rect", color=_TRACK),
        drawn.encode(tooltip=[channel(f"{k}:N", title=texts(t)) for k, t in tips.items()]),
        text_marks([first], fontWeight="bold", fontSize=12),
        text_marks([second], color=SOFT_INK),
        text_marks(names, align="right"),
        text_marks(values, color=SOFT_INK),
    ]


def _name(row: dict[Any, Any], labels: dict[str, str], texts: Texts) -> str:
    """A firm, perhaps with its industry, or a region."""
    if isinstance(row["partner_region"], str):
        return shortened(labels[row["partner_region"]], 30)
    if not isinstance(row["industry"], str):
        return firm_label(row["name"], row["firm_id"], 30)
    industry = shortened(industry_label(row["industry"], texts.lang), 14)
    return f"{industry}: {firm_label(row['name'], row['firm_id'], 18)}"
