"""How few firms carry a region's out-of-region sales, or another sum."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.errors import Fault, OptionError, did_you_mean
from connhub.measures.degrees import Degrees
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.label_placement import Box, Label, place_labels
from connhub.plots.drawing.pixel_marks import SOFT_INK, at_pixels, texts
from connhub.plots.drawing.text_layers import label_layers
from connhub.plots.picture import INSIDE, Picture, altair, blank, heading, in_region, place_name
from connhub.schema import Language, columns, label
from connhub.text.names import firm_label
from connhub.text.numbers import money, share

__all__ = ["concentration"]

_SUMS = [
    n for n, c in columns("degrees").items() if c.unit == "money" and not n.startswith("region")
]
_WIDTH, _HEIGHT, _LIST = 420, 360, 290
_NAMED = (1, 5, 10)
_POINTS = 300
_WORDS = {
    "ja": {
        "title": "{place}: {sum}の企業への集中",
        "axis": "金額の大きい順に数えた企業数(対数目盛)",
        "share": "累積の割合",
        "top": "上位{n:,}社 {share}",
        "equal": "全社が同額の場合",
        "list": "上位の企業",
        "part": "割合",
        "sum": "累積",
        "half": "全体 {total}。{parts}",
        "carry": "{share} を上位 {n:,} 社",
        "carried": "が占める(全 {all:,} 社)",
        "zero": "{n:,} 社は 0",
        "negative": "{n:,} 社は返品などで負(計 {amount})。負の額も合計に含む",
        "empty": "企業がない",
        "none": "{sum}がない(合計が正でない)",
        "join": "、",
        "stop": "。",
        "rank": "社目まで",
    },
    "en": {
        "title": "{place}: how few firms make up {sum}",
        "axis": "Number of firms, the largest first (log scale)",
        "share": "Cumulative share",
        "top": "Top {n:,}: {share}",
        "equal": "if all were equal",
        "list": "Largest firms",
        "part": "Share",
        "sum": "Cumulative",
        "half": "Total {total}. {parts}",
        "carry": "{share} from the largest {n:,}",
        "carried": " (firms in all: {all:,})",
        "zero": "Firms with 0: {n:,}",
        "negative": "Firms below 0 after returns, counted so: {n:,} ({amount} in all)",
        "empty": "There is no firm",
        "none": "There are no {sum} (the sum is not above 0)",
        "join": "; ",
        "stop": ". ",
        "rank": "Firms up to here",
    },
}


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
        A sum of money of the firms: ``sales``, ``out_of_region_sales``, ``overseas_sales``,
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
    lang = caption.lang
    if by not in _SUMS:
        fix = did_you_mean(by, _SUMS)
        raise OptionError(Fault(f"by={by!r} is no sum of money of the firms", fix=fix))
    words, said = _WORDS[lang], label("degrees", by, lang)
    rows, code = in_region(degrees, of_region)
    where = place_name(degrees.directory, code, lang)
    inline = said if lang == "ja" else said.lower()
    title = words["title"].format(place=where, sum=inline)
    head = partial(heading, title, degrees.ledger, caption)
    amounts = rows[by].to_numpy()
    total = int(amounts.sum())
    if not len(rows) or total <= 0:
        why = words["none" if len(rows) else "empty"].format(sum=inline)
        return blank(head(), why)
    shares = np.cumsum(np.sort(amounts)[::-1]) / total
    notes = _notes(amounts, shares, degrees.ledger.unit, lang)
    text = head(unit="%", notes=notes)
    alt = altair()
    layers = [*_curves(shares, lang), *_named(shares, lang)]
    layers += _listed(_largest(rows, by), by, shares, degrees.ledger.unit, lang)
    chart = alt.layer(*layers, title=alt.TitleParams(**text))
    return Picture(chart.properties(width=_WIDTH, height=_HEIGHT))


def _largest(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """The firms of the list; ties in the order of their ids, as in `Degrees.top`."""
    most = rows[rows[by] > 0].nlargest(max(_NAMED), by, keep="all")
    return most.sort_values([by, "firm_id"], ascending=[False, True]).head(max(_NAMED))


def _notes(amounts: Any, shares: npt.NDArray[np.float64], unit: str, lang: Language) -> list[str]:
    """What carries half, and what is zero or below."""
    words = _WORDS[lang]
    parts = []
    for part in (0.5, 0.8):
        first = int(np.argmax(shares >= part)) + 1
        parts.append(words["carry"].format(share=f"{part:.0%}", n=first))
    carried = words["join"].join(parts) + words["carried"].format(all=amounts.size)
    total = money(float(amounts.sum()), unit, lang)
    lines = [words["half"].format(total=total, parts=carried)]
    rest = []
    if zero := int((amounts == 0).sum()):
        rest.append(words["zero"].format(n=zero))
    if (below := amounts[amounts < 0]).size:
        amount = money(float(below.sum()), unit, lang)
        rest.append(words["negative"].format(n=below.size, amount=amount))
    return [*lines, words["join"].join(rest)] if rest else lines


def _thinned(count: int) -> list[int]:
    """Numbers of firms at which the curve is drawn: all of the first, then evenly by ratio."""
    if count <= _POINTS:
        return list(range(1, count + 1))
    spread = np.geomspace(1, count, _POINTS - max(_NAMED)).round().astype(int)
    return sorted({*range(1, max(_NAMED) + 1), *spread.tolist(), count})


def _axes(count: int, shares: npt.NDArray[np.float64], lang: Language) -> tuple[Any, Any]:
    alt, words = altair(), _WORDS[lang]
    ticks = [10**i for i in range(8) if 10**i <= count]
    if count > 1:  # no label may touch that of the end
        ticks = [t for t in ticks if t == 1 or t * 3 <= count] + [count]
    across = alt.Axis(values=ticks, format=",d", grid=False, labelOverlap=False)
    scale = alt.Scale(type="log", domain=[1, max(count, 2)], nice=False)
    high = _top(shares)
    up = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    return (
        alt.X("n:Q", scale=scale, axis=across, title=words["axis"]),
        alt.Y("share:Q", scale=alt.Scale(domain=[0, high]), axis=up, title=words["share"]),
    )


def _top(shares: npt.NDArray[np.float64]) -> float:
    """End of the axis: room for a label above the curve."""
    return 1.06 * max(1.0, float(shares.max()))


def _curves(shares: npt.NDArray[np.float64], lang: Language) -> list[Any]:
    """The curve, and the one that equal firms would give."""
    alt, words, count = altair(), _WORDS[lang], shares.size
    x, y = _axes(count, shares, lang)
    at = _thinned(count)
    curve = [
        {"n": n, "share": float(f"{shares[n - 1]:.6g}"), "s": share(shares[n - 1])} for n in at
    ]
    equal = [{"n": n, "share": float(f"{n / count:.6g}")} for n in at]
    tips = [
        alt.Tooltip("n:Q", title=words["rank"], format=","),
        alt.Tooltip("s:N", title=words["share"]),
    ]
    drawn = alt.Chart(alt.Data(values=curve)).encode(x=x, y=y, tooltip=tips)
    even = alt.Chart(alt.Data(values=equal)).encode(x=x, y=y)
    key = [{"x": _WIDTH - 6, "y": _HEIGHT - 8, "t": f"- - {words['equal']}"}]
    key_text = texts(key, align="right", color=SOFT_INK)
    marks = [
        even.mark_line(color="#8c8c8c", strokeDash=[4, 3], strokeWidth=1.5),
        drawn.mark_line(color=INSIDE, strokeWidth=2.5),
        drawn.mark_point(opacity=0, size=80),  # what the pointer finds
    ]
    return marks if count < 2 else [*marks, key_text]


def _named(shares: npt.NDArray[np.float64], lang: Language) -> list[Any]:
    """Points of the top 1, 5, 10, with their share."""
    alt, words = altair(), _WORDS[lang]
    x, y = _axes(shares.size, shares, lang)
    rows = [
        {
            "n": n,
            "share": float(f"{shares[n - 1]:.6g}"),
            "t": words["top"].format(n=n, share=share(shares[n - 1])),
        }
        for n in _NAMED
        if n <= shares.size
    ]
    points = alt.Chart(alt.Data(values=rows)).encode(x=x, y=y)
    said = [str(r["t"]) for r in rows]
    layers = label_layers(_placed(shares, said), said, fontWeight="bold")
    return [points.mark_circle(size=70, color=INSIDE, opacity=1), *layers]


def _placed(shares: npt.NDArray[np.float64], words: list[str]) -> list[Label]:
    """Places for the labels of the curve, better not on it."""
    across = _WIDTH / np.log(max(shares.size, 2))
    up = _HEIGHT / _top(shares)
    at = np.unique(np.geomspace(1, shares.size, _WIDTH // 3).round().astype(int))
    curve = np.column_stack([across * np.log(at), _HEIGHT - up * shares[at - 1]])
    points = [
        (across * float(np.log(n)), _HEIGHT - up * float(shares[n - 1]), 5.0)
        for n in _NAMED[: len(words)]
    ]
    key = Box(_WIDTH - 150, _HEIGHT - 18, _WIDTH, _HEIGHT)
    within = Box(2, 0, _WIDTH, _HEIGHT)
    return place_labels(points, words, within=within, taken=[key], crowd=curve)


def _listed(
    top: pd.DataFrame, by: str, shares: npt.NDArray[np.float64], unit: str, lang: Language
) -> list[Any]:
    """The names of the largest, in a list beside the curve."""
    words, left = _WORDS[lang], _WIDTH + 36
    columns_at = {"rank": left + 14, "name": left + 22, "part": left + 220, "sum": left + _LIST}
    heads = [
        {"x": columns_at["name"], "y": 6, "t": words["list"]},
        {"x": columns_at["part"], "y": 6, "t": words["part"]},
        {"x": columns_at["sum"], "y": 6, "t": words["sum"]},
    ]
    named, numbers, lines = [], [], []
    strong: list[dict[str, Any]] = []
    before = 0.0
    for i, row in enumerate(top.to_dict("records")):
        y, until = 30 + 22 * i, float(shares[i])
        numbers.append({"x": columns_at["rank"], "y": y, "t": str(i + 1)})
        named.append(
            {
                "x": columns_at["name"],
                "y": y,
                "t": firm_label(row["name"], row["firm_id"]),
                "n": firm_label(row["name"], row["firm_id"], 60),
                "m": money(float(row[by]), unit, lang),
            }
        )
        numbers.append({"x": columns_at["part"], "y": y, "t": share(until - before)})
        to = strong if i + 1 in _NAMED else numbers
        to.append({"x": columns_at["sum"], "y": y, "t": share(until)})
        if i + 1 in _NAMED:
            lines.append({"x": left, "X": columns_at["sum"], "y": y + 11, "Y": y + 11})
        before = until
    alt = altair()
    titles = {"n": "name", "m": by}
    tips = [alt.Tooltip(f"{k}:N", title=label("degrees", c, lang)) for k, c in titles.items()]
    return [
        at_pixels(lines, ends=True).mark_rule(color="#bdbdbd"),
        texts(heads[:1], color=SOFT_INK),
        texts(heads[1:], align="right", color=SOFT_INK),
        texts(named).encode(tooltip=tips),
        texts(numbers, align="right"),
        texts(strong, align="right", fontWeight="bold"),
    ]
