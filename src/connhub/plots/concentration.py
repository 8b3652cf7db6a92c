"""How few firms carry a region's out-of-region sales, or another sum."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.errors import Fault, OptionError, did_you_mean
from connhub.measures.degrees import Degrees
from connhub.measures.result_table import ids_as_text
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.label_placement import Box, Label, place_labels
from connhub.plots.drawing.pixel_marks import SOFT_INK, at_pixels, text_marks
from connhub.plots.drawing.text_layers import label_layers
from connhub.plots.picture import (
    INSIDE,
    Picture,
    blank,
    heading,
    in_region,
    place_name,
    sentences,
)
from connhub.plots.vega_lite import Chart, channel, layer
from connhub.schema import label, money_columns
from connhub.text.catalogue import Texts
from connhub.text.names import firm_label
from connhub.text.numbers import money, share

__all__ = ["concentration"]

Float = npt.NDArray[np.float64]
_WIDTH, _HEIGHT, _LIST = 420, 360, 290
_TICK = 56
"""Pixels between the label of the end and that before it."""
_NAMED = (1, 5, 10)
_POINTS = 300


@flat_options
def concentration(
    degrees: Degrees,
    *,
    of_region: str | None = None,
    by: str = "out_of_region_sales",
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Show what share of a sum the largest firms make up: a Lorenz curve, largest first.

    Shares are of the sum over all firms, those below 0 after returns included; so the share of
    one firm is its connector degree where out-of-region sales are shown.

    Parameters
    ----------
    degrees : Degrees
    of_region : str, optional
        Code or name; all firms if it is not given.
    by : str
        A column of money of the firms: ``sales``, ``out_of_region_sales``, ``overseas_sales``,
        ``purchases`` or ``in_region_purchases``.
    {caption}

    Returns
    -------
    Picture

    Raises
    ------
    OptionError
        For what is no region, or no such sum.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": list("abc"), "prefecture_code": ["13", "13", "27"]})
    >>> trade = pa.table({"seller_id": ["a", "b"], "buyer_id": ["c", "c"], "amount": [30, 10]})
    >>> concentration(analyze(trade, firms).degrees, of_region="13")
    Picture: 東京都: 域外販売額の企業への集中
    """
    names = [n for n in money_columns("degrees") if not n.startswith("region_")]
    if by not in names:
        raise OptionError(
            Fault("concentration.not_money", name=by, suggestion=did_you_mean(by, names))
        )
    lang = caption.lang
    texts = Texts("concentration", lang)
    rows, code = in_region(degrees, of_region)
    measure = label("degrees", by, lang)
    measure = measure if lang == "ja" else measure.lower()
    title = texts("title", place=place_name(degrees.directory, code, lang), measure=measure)
    head = partial(heading, title, degrees.ledger, caption)
    if not len(rows):
        return blank(head(), Texts("pictures", lang)("no_firm"))
    rows = rows[rows[by].notna()]
    amounts = rows[by].to_numpy(dtype=np.int64)
    total = int(amounts.sum())
    if total <= 0:
        return blank(head(), texts("no_sum", measure=measure))
    shares = np.cumsum(np.sort(amounts)[::-1]) / total
    layers = [
        *_curves(shares, texts),
        *_named_points(shares, texts),
        *_list_of_largest(_largest(rows, by), by, shares, degrees.unit, texts),
    ]
    subtitle = head(unit="%", notes=_notes(amounts, shares, degrees.unit, texts))
    chart = layer(*layers, title=subtitle)
    return Picture(chart.properties(width=_WIDTH, height=_HEIGHT))


def _largest(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """The firms of the list; ties in the order of their ids, as in `Degrees.top`."""
    largest = rows[rows[by] > 0].nlargest(max(_NAMED), by, keep="all")
    ordered = largest.sort_values([by, "firm_id"], ascending=[False, True], key=ids_as_text)
    return ordered.head(max(_NAMED))


def _notes(amounts: Any, shares: Float, unit: str, texts: Texts) -> list[str]:
    """How few firms carry half and most of the sum, and how many are zero or below."""
    half, most = (int(np.argmax(shares >= part)) + 1 for part in (0.5, 0.8))
    total = money(float(amounts.sum()), unit, texts.lang)
    key = "carried" if half < most else "carried_by_the_same"
    carried = texts(key, total=total, half=half, most=most, count=amounts.size)
    others = []
    if zero := int((amounts == 0).sum()):
        others.append(texts("zero", count=zero))
    if (below := amounts[amounts < 0]).size:
        total = money(float(below.sum()), unit, texts.lang)
        others.append(texts("negative", count=below.size, total=total))
    return [note for note in (carried, sentences(others, texts.lang)) if note]


def _thinned(count: int) -> list[int]:
    """Numbers of firms at which the curve is drawn: all of the first, then evenly by ratio."""
    if count <= _POINTS:
        return list(range(1, count + 1))
    spread = np.geomspace(1, count, _POINTS - max(_NAMED)).round().astype(int)
    return sorted({*range(1, max(_NAMED) + 1), *spread.tolist(), count})


def _axes(count: int, shares: Float, texts: Texts) -> tuple[Any, Any]:
    ticks = [10**i for i in range(8) if 10**i <= count]
    if count > 1:  # no label may touch that of the end
        room = count ** (_TICK / _WIDTH)
        ticks = [t for t in ticks if t == 1 or t * room <= count] + [count]
    across = {"values": ticks, "format": ",d", "grid": False, "labelOverlap": False}
    scale = {"type": "log", "domain": [1, max(count, 2)], "nice": False}
    up = {"format": "%", "values": [0, 0.25, 0.5, 0.75, 1]}
    return (
        channel("n:Q", scale=scale, axis=across, title=texts("firms_axis")),
        channel(
            "share:Q",
            scale={"domain": [0, _top(shares)]},
            axis=up,
            title=texts("cumulative_share"),
        ),
    )


def _top(shares: Float) -> float:
    """End of the axis: room for a label above the curve."""
    return 1.06 * max(1.0, float(shares.max()))


def _curves(shares: Float, texts: Texts) -> list[Any]:
    """The curve, and the one that equal firms would give."""
    count = shares.size
    x, y = _axes(count, shares, texts)
    at = _thinned(count)
    curve = [
        {"n": n, "share": float(f"{shares[n - 1]:.6g}"), "s": share(shares[n - 1])} for n in at
    ]
    equal = [{"n": n, "share": float(f"{n / count:.6g}")} for n in at]
    tips = [
        channel("n:Q", title=texts("firms_up_to_here"), format=","),
        channel("s:N", title=texts("cumulative_share")),
    ]
    actual = Chart.of(curve).encode(x=x, y=y, tooltip=tips)
    even = Chart.of(equal).encode(x=x, y=y)
    key = [{"x": _WIDTH - 6, "y": _HEIGHT - 8, "t": f"- - {texts('if_equal')}"}]
    key_text = text_marks(key, align="right", color=SOFT_INK)
    marks = [
        even.mark("line", color="#8c8c8c", strokeDash=[4, 3], strokeWidth=1.5),
        actual.mark("line", color=INSIDE, strokeWidth=2.5),
        actual.mark("point", opacity=0, size=80),  # what the pointer finds
    ]
    return marks if count < 2 else [*marks, key_text]


def _named_points(shares: Float, texts: Texts) -> list[Any]:
    """Points of the top 1, 5, 10, with their share."""
    x, y = _axes(shares.size, shares, texts)
    rows = [
        {
            "n": n,
            "share": float(f"{shares[n - 1]:.6g}"),
            "t": texts("top", count=n, share=share(shares[n - 1])),
        }
        for n in _NAMED
        if n <= shares.size
    ]
    points = Chart.of(rows).encode(x=x, y=y)
    names = [str(r["t"]) for r in rows]
    layers = label_layers(_labels(shares, names), names, fontWeight="bold")
    return [points.mark("circle", size=70, color=INSIDE, opacity=1), *layers]


def _labels(shares: Float, names: list[str]) -> list[Label]:
    """Places for the labels of the curve, better not on it."""
    across = _WIDTH / np.log(max(shares.size, 2))
    up = _HEIGHT / _top(shares)
    at = np.array(_thinned(shares.size))
    x = np.arange(0.0, _WIDTH, 3)
    y = np.interp(x, across * np.log(at), _HEIGHT - up * shares[at - 1])
    curve = np.column_stack([x, y])
    points = [
        (across * float(np.log(n)), _HEIGHT - up * float(shares[n - 1]), 5.0)
        for n in _NAMED[: len(names)]
    ]
    key = Box(_WIDTH - 150, _HEIGHT - 18, _WIDTH, _HEIGHT)
    within = Box(2, 0, _WIDTH, _HEIGHT)
    return place_labels(points, names, within=within, taken=[key], crowd=curve)


def _list_of_largest(
    top: pd.DataFrame, by: str, shares: Float, unit: str, texts: Texts
) -> list[Any]:
    """The names of the largest, in a list beside the curve."""
    left = _WIDTH + 36
    column = {"rank": left + 14, "name": left + 22, "share": left + 220, "sum": left + _LIST}
    heads = [
        {"x": column["name"], "y": 6, "t": texts("largest_firms")},
        {"x": column["share"], "y": 6, "t": texts("share")},
        {"x": column["sum"], "y": 6, "t": texts("cumulative")},
    ]
    names, numbers, lines = [], [], []
    bold: list[dict[str, Any]] = []
    before = 0.0
    for i, row in enumerate(top.to_dict("records")):
        y, until = 30 + 22 * i, float(shares[i])
        numbers.append({"x": column["rank"], "y": y, "t": str(i + 1)})
        names.append(
            {
                "x": column["name"],
                "y": y,
                "t": firm_label(row["name"], row["firm_id"]),
                "n": firm_label(row["name"], row["firm_id"], 60),
                "m": money(float(row[by]), unit, texts.lang),
            }
        )
        numbers.append({"x": column["share"], "y": y, "t": share(until - before)})
        sums = bold if i + 1 in _NAMED else numbers
        sums.append({"x": column["sum"], "y": y, "t": share(until)})
        if i + 1 in _NAMED:
            lines.append({"x": left, "X": column["sum"], "y": y + 11, "Y": y + 11})
        before = until
    titles = {"n": "name", "m": by}
    tips = [channel(f"{k}:N", title=label("degrees", c, texts.lang)) for k, c in titles.items()]
    return [
        at_pixels(lines, ends=True).mark("rule", color="#bdbdbd"),
        text_marks(heads[:1], color=SOFT_INK),
        text_marks(heads[1:], align="right", color=SOFT_INK),
        text_marks(names).encode(tooltip=tips),
        text_marks(numbers, align="right"),
        text_marks(bold, align="right", fontWeight="bold"),
    ]
