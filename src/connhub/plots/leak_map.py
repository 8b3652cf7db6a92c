"""Where a region's money leaves it: industries down, the prefectures it buys from across."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from connhub.industries import industry_label
from connhub.measures.leaks import LeakMap
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.label_placement import text_width
from connhub.plots.drawing.pixel_marks import SOFT_INK, at_pixels, text_marks
from connhub.plots.picture import (
    INSIDE,
    OUTSIDE,
    Picture,
    at_least,
    blank,
    heading,
    place_name,
    sentences,
)
from connhub.plots.vega_lite import channel, layer
from connhub.text.catalogue import Texts
from connhub.text.names import shortened
from connhub.text.numbers import money, share

__all__ = ["leak_map"]

_ROW, _NAMES, _BARS, _CELL = 22, 190, 226, 46
_PARTNERS = 8
"""At most; fewer where their names are wide."""


@flat_options
def leak_map(
    leaks: LeakMap,
    *,
    of_region: str,
    n: int = 12,
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Show what a region buys outside, by industry of the seller, and from where. Counted.

    The bar of an industry is what the region uses of it: sold inside the region, and bought
    outside; the mark on it is what could be local at most with firms of the same kind (the smaller
    of what is sold and bought outside). The cells are shares of what is bought outside.

    Parameters
    ----------
    leaks : LeakMap
    of_region : str
        Code or name.
    n : int
        How many industries, those with the largest purchases from outside.
    {caption}

    Returns
    -------
    Picture

    Raises
    ------
    OptionError
        For what is no region.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": list("ab"), "prefecture_code": ["15", "13"],
    ...                   "industry_code": ["28", "09"]})
    >>> trade = pa.table({"seller_id": ["b"], "buyer_id": ["a"], "amount": [30]})
    >>> leak_map(analyze(trade, firms, grain="pairs").leaks(firms), of_region="15")
    Picture: 新潟県: 域外からの仕入れ
    """
    at_least(1, n=n)
    lang = caption.lang
    texts = Texts("leak_map", lang)
    code = leaks.directory.find_home(of_region)
    place = place_name(leaks.directory, code, lang)
    head = partial(heading, texts("title", place=place), leaks.ledger, caption)
    rows = leaks.frame[leaks.frame["region"] == code]
    rows = rows[rows["out_of_region_purchases"] > 0].nlargest(n, "out_of_region_purchases")
    if rows.empty:
        return blank(head(), texts("nothing"))
    partners = leaks.partners[leaks.partners["region"] == code]
    cells = partners.pivot_table(
        index="industry", columns="partner_region", values="out_of_region_purchases",
        aggfunc="sum", fill_value=0,
    )  # fmt: skip
    largest = cells.sum().nlargest(_PARTNERS).index.tolist()
    labels = [shortened(leaks.directory.label(c, lang, short=True), 14) for c in largest]
    cell = max(_CELL, *(text_width(name) + 2 for name in labels))
    fitting = int(_PARTNERS * _CELL // cell)
    labels, shown = labels[:fitting], cells.reindex(rows["industry"])[largest[:fitting]]
    layers = [
        *_bars(rows, leaks.unit, texts),
        *_cells(shown, rows["out_of_region_purchases"].tolist(), labels, cell),
    ]
    notes = [_note(leaks, code, rows, texts)]
    chart = layer(*layers, title=head(notes=notes))
    width = _NAMES + _BARS + 20 + cell * len(labels)
    return Picture(chart.properties(width=round(width), height=20 + _ROW * len(rows)))


def _bars(rows: pd.DataFrame, unit: str, texts: Texts) -> list[Any]:
    """Inside and outside by industry, the values, and what could be local."""
    used = rows["in_region_sales"].clip(lower=0) + rows["out_of_region_purchases"]
    by = (_BARS - 90) / float(used.max())
    most = float(rows["out_of_region_purchases"].max())
    bars, marks, names, values = [], [], [], []
    for i, row in enumerate(rows.to_dict("records")):
        y, inside = 20 + _ROW * (i + 0.5), max(row["in_region_sales"], 0)
        bought, local = row["out_of_region_purchases"], row["cross_hauling"]
        ends = [_NAMES + by * v for v in (0, inside, inside + bought)]
        tip = {
            "i": industry_label(row["industry"], texts.lang),
            "a": money(float(inside), unit, texts.lang),
            "b": money(float(bought), unit, texts.lang, beside=most),
            "l": money(float(local), unit, texts.lang),
        }
        bars.append({"x": ends[0], "X": ends[1], "y": y - 7, "Y": y + 7, "c": INSIDE, **tip})
        bars.append({"x": ends[1], "X": ends[2], "y": y - 7, "Y": y + 7, "c": OUTSIDE, **tip})
        if local:
            marks.append({"x": ends[1], "X": ends[1] + by * local, "y": y + 9, "Y": y + 9})
        names.append({"x": _NAMES - 8, "y": y, "t": _name(row["industry"], texts)})
        values.append({"x": ends[2] + 5, "y": y, "t": tip["b"]})
    tips = [
        channel(f"{k}:N", title=texts(name))
        for k, name in {"i": "code", "a": "inside", "b": "outside", "l": "at_most_local"}.items()
    ]
    drawn = at_pixels(bars, ends=True).mark("rect")
    heads = [
        {"x": _NAMES, "y": -10, "t": texts("inside"), "c": INSIDE},
        {"x": _NAMES + 76, "y": -10, "t": texts("outside"), "c": "#a85a10"},
        {"x": _NAMES + 160, "y": -10, "t": f"━ {texts('at_most_local')}", "c": "#1a1a1a"},
    ]
    return [
        drawn.encode(color=channel("c:N", scale=None, legend=None), tooltip=tips),
        at_pixels(marks, ends=True).mark("rule", strokeWidth=2),
        text_marks(names, align="right"),
        text_marks(values, color=SOFT_INK),
        text_marks(heads).encode(color=channel("c:N", scale=None, legend=None)),
    ]


def _name(code: str, texts: Texts) -> str:
    return shortened(industry_label(code, texts.lang), 30)


def _cells(shown: pd.DataFrame, totals: list[int], labels: list[str], wide: float) -> list[Any]:
    """Share of each partner in what is bought outside of an industry."""
    left = _NAMES + _BARS + 20
    cells, values = [], []
    for i, (total, row) in enumerate(zip(totals, shown.to_numpy(), strict=True)):
        for j, amount in enumerate(row):
            part = max(float(amount) / total, 0)
            x, y = left + wide * j, 20 + _ROW * i
            corner = {"x": x, "X": x + wide - 2, "y": y + 1, "Y": y + _ROW - 1}
            cells.append({**corner, "o": round(min(part, 1), 3)})
            if part >= 0.005:
                values.append({"x": x + wide / 2 - 1, "y": y + _ROW / 2, "t": f"{part:.0%}"})
    heads = [{"x": left + wide * (j + 0.5) - 1, "y": 8, "t": name} for j, name in enumerate(labels)]
    opacity = channel("o:Q", scale={"domain": [0, 1], "range": [0.06, 0.85]}, legend=None)
    return [
        at_pixels(cells, ends=True).mark("rect", color=OUTSIDE).encode(opacity=opacity),
        text_marks(values, align="center"),
        text_marks(heads, align="center", color=SOFT_INK),
    ]


def _note(leaks: LeakMap, code: str, rows: pd.DataFrame, texts: Texts) -> str:
    everything = leaks.frame.loc[leaks.frame["region"] == code, "out_of_region_purchases"].sum()
    total = money(float(everything), leaks.unit, texts.lang)
    part = share(float(rows["out_of_region_purchases"].sum()) / float(everything))
    return sentences([texts("total", total=total, share=part), texts("counted")], texts.lang)
