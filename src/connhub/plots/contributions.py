"""Why this firm: what each indicator adds to the score or takes from it."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.firm_rows import NAME_WIDTH, ROW, lists_of, names, ranked, wrapped
from connhub.plots.drawing.pixel_marks import SOFT_INK, at_pixels, texts
from connhub.plots.picture import (
    INSIDE,
    OUTSIDE,
    Picture,
    altair,
    at_least,
    blank,
    heading,
    place_name,
)
from connhub.schema import Language, label
from connhub.selection.indicators import indicator_label, indicator_value
from connhub.selection.result import Selection
from connhub.text.names import firm_label
from connhub.text.numbers import NOTHING

__all__ = ["contributions"]

_ALL = 520  # pixels for the bars of all indicators
_SCORE = 50
_WORDS = {
    "ja": {
        "title": "{place}: 得点の理由{best}",
        "best": "(上位{n:,}社)",
        "unit": "点",
        "bar": "棒 = 重み ×(偏差値 - 50)。右の濃い棒は平均より得点を上げ、左の淡い棒は下げる。"
        "50 との合計が得点",
        "mark": "● は選定された企業。{rest}",
        "rest": "ほか {n:,} 行は略",
        "blank": "値がない指標は {blank}",
        "none": "選定された企業はない。",
        "empty": "順位の付いた企業がない",
        "weight": "重み",
    },
    "en": {
        "title": "{place}: what makes the score{best}",
        "best": " (best {n:,})",
        "unit": "points",
        "bar": "Bar = weight x (deviation score - 50): dark, to the right, raises the score above "
        "the mean; light, to the left, lowers it. 50 and the bars add up to the score",
        "mark": "● selected. {rest}",
        "rest": "Rows not shown: {n:,}",
        "blank": "{blank}: no value of this indicator",
        "none": "No firm is selected. ",
        "empty": "No firm is ranked here",
        "weight": "Weight",
    },
}


@flat_options
def contributions(
    selection: Selection,
    *,
    of_region: str | None = None,
    n: int = 10,
    field: str | None = None,
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Show what raises and what lowers the scores of the best firms.

    For every indicator a bar: weight · (deviation score - 50), the difference to a firm that is
    average in it. With 50 the bars of a row add up to the score.

    Parameters
    ----------
    selection : Selection
    of_region : str, optional
        Code or name; by default the firms with the highest scores of all regions.
    n : int
        How many rows. A firm has a row for each of its fields.
    field : str, optional
        One field of the selection.
    {caption}

    Returns
    -------
    Picture

    Raises
    ------
    OptionError
        For what is no region, no field of the selection, or no number of rows.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "13", "27"]})
    >>> trade = pa.table({"seller_id": list("aabc"), "buyer_id": list("dbcd"),
    ...                   "amount": [30, 5, 5, 10]})
    >>> chosen = analyze(trade, firms).select(firms, per_region=1)
    >>> contributions(chosen, of_region="13")
    Picture: 東京都: 得点の理由(上位3社)
    """
    lang = caption.lang
    at_least(1, n=n)
    words = _WORDS[lang]
    rows, code = ranked(selection, of_region, field)
    shown = rows.sort_values("score", ascending=False, kind="stable").head(n)
    where = place_name(selection.directory, code, lang)
    firms = shown["firm_id"].nunique()  # one may have rows in several fields
    best = words["best"].format(n=firms) if firms else ""
    title = words["title"].format(place=lists_of(where, field, lang), best=best)
    head = partial(heading, title, selection.ledger, caption)
    if not len(shown):
        return blank(head(), words["empty"])
    rest = words["rest"].format(n=len(rows) - len(shown)) if len(rows) > len(shown) else ""
    mark = words["mark"] if shown["selected"].any() else words["none"] + "{rest}"
    notes = [words["bar"], mark.format(rest=rest)]
    bars, numbers = _cells(selection, shown, lang)
    if any(b["t"] == NOTHING for b in numbers):
        notes.append(words["blank"].format(blank=NOTHING))
    text = head(unit=words["unit"], notes=notes)
    alt = altair()
    layers = [
        _stripes(len(shown)),
        *_heads(selection, len(shown), lang),
        names(shown, lang, region=of_region is None, field=field is None),
        texts(_scores(shown), align="right", fontWeight="bold"),
        _bars(bars, lang),
        texts([c for c in numbers if c["right"]], fontSize=10),
        texts([c for c in numbers if not c["right"]], align="right", fontSize=10),
    ]
    chart = alt.layer(*layers, title=alt.TitleParams(**text, dx=-NAME_WIDTH))
    return Picture(chart.properties(width=_ALL + _SCORE, height=ROW * len(shown)))


def _scores(shown: pd.DataFrame) -> list[dict[str, Any]]:
    places = enumerate(shown["score"])
    return [{"x": _SCORE - 14, "y": i * ROW + ROW / 2, "t": f"{s:.1f}"} for i, s in places]


def _columns(selection: Selection) -> dict[str, float]:
    """Where the bars of each indicator begin: the line of the mean."""
    step = _ALL / len(selection.scheme.weights)
    return {n: _SCORE + (i + 0.5) * step for i, n in enumerate(selection.scheme.weights)}


def _cells(
    selection: Selection, shown: pd.DataFrame, lang: Language
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Bars, and numbers across the line from them."""
    weights, middle = selection.scheme.weights, _columns(selection)
    above = {n: w * (shown[f"{n}_deviation_score"].to_numpy() - 50) for n, w in weights.items()}
    largest = max(float(np.abs(a).max()) for a in above.values()) or 1.0
    pixels = 0.46 * _ALL / len(weights) / largest
    bars, numbers = [], []
    for i, row in enumerate(shown.to_dict("records")):
        for name, weight in weights.items():
            part, value = float(above[name][i]), row[name]
            missing = bool(np.isnan(value))
            x, y = middle[name], i * ROW + ROW / 2
            bars.append(
                {
                    "x": x,
                    "X": round(x + part * pixels, 1),
                    "y": y - 7,
                    "Y": y + 7,
                    "up": part >= 0,
                    "firm": firm_label(row["name"], row["firm_id"], 60),
                    "indicator": indicator_label(name, lang),
                    "value": NOTHING
                    if missing
                    else indicator_value(float(value), name, selection.ledger.unit, lang),
                    "rank": row[f"{name}_rank"],
                    "deviation": f"{row[f'{name}_deviation_score']:.1f}",
                    "weight": f"{100 * weight:.4g}%",
                    "part": f"{part:+.2f}",
                }
            )
            number = NOTHING if missing else f"{part:+.1f}".replace("-0.0", "+0.0")
            right = part < 0
            numbers.append({"x": x + (3 if right else -3), "y": y, "t": number, "right": right})
    return bars, numbers


def _bars(bars: list[dict[str, Any]], lang: Language) -> Any:
    alt, ja = altair(), lang == "ja"
    titles = {
        "firm": label("degrees", "name", lang),
        "indicator": "指標" if ja else "Indicator",
        "value": "値" if ja else "Value",
        "rank": label("degrees", "rank", lang),
        "deviation": "偏差値" if ja else "Deviation score",
        "weight": "重み" if ja else "Weight",
        "part": "平均との差" if ja else "Above the mean",
    }
    return (
        at_pixels(bars, ends=True)
        .mark_rect()
        .encode(
            color=alt.condition("datum.up", alt.value(INSIDE), alt.value(OUTSIDE)),
            tooltip=[alt.Tooltip(f"{n}:N", title=t) for n, t in titles.items()],
        )
    )


def _stripes(count: int) -> Any:
    """Every other row shaded, to lead the eye."""
    rows = [
        {"x": -NAME_WIDTH, "X": _SCORE + _ALL, "y": i * ROW, "Y": (i + 1) * ROW}
        for i in range(0, count, 2)
    ]
    return at_pixels(rows, ends=True).mark_rect(color="#f4f4f4")


def _heads(selection: Selection, count: int, lang: Language) -> list[Any]:
    """Labels of the columns, and the line of the mean in each."""
    middle = _columns(selection)
    room = int(_ALL / len(middle) / 6.2)
    lines, heads = [], []
    for name, x in middle.items():
        lines.append({"x": x, "X": x, "y": 0, "Y": count * ROW})
        said = wrapped(indicator_label(name, lang), room)
        said.append(f"{_WORDS[lang]['weight']} {100 * selection.scheme.weights[name]:.4g}%")
        heads += [{"x": x, "y": 14 * (i - len(said)) + 2, "t": line} for i, line in enumerate(said)]
    score = label("selection", "score", lang)
    heads_right = [{"x": _SCORE - 14, "y": -12, "t": score}]
    return [
        at_pixels(lines, ends=True).mark_rule(color="#8c8c8c"),
        texts(heads, align="center", color=SOFT_INK),
        texts(heads_right, align="right", color=SOFT_INK),
    ]
