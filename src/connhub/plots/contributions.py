"""What each indicator adds to the score of a firm or takes from it."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from connhub.labels import Language
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.firm_rows import (
    NAME_WIDTH,
    ROW,
    firm_names,
    list_name,
    ranked_rows,
    wrapped,
)
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
from connhub.schema import label
from connhub.selection.indicators import indicator_label, indicator_value
from connhub.selection.result import Selection
from connhub.text.catalogue import Texts
from connhub.text.names import firm_label
from connhub.text.numbers import NOTHING

__all__ = ["contributions"]

_ALL = 516  # pixels for the bars of all indicators
_SCORE = 50


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
    at_least(1, n=n)
    lang = caption.lang
    texts = Texts("contributions", lang)
    rows, code = ranked_rows(selection, of_region, field)
    shown = rows.sort_values("score", ascending=False, kind="stable").head(n)
    place = list_name(place_name(selection.directory, code, lang), field, lang)
    count = shown["firm_id"].nunique()  # a firm may have rows in several fields
    title = texts("title_best", place=place, count=count) if count else texts("title", place=place)
    head = partial(heading, title, selection.ledger, caption)
    if not len(shown):
        return blank(head(), Texts("pictures", lang)("no_ranked_firm"))
    bars, numbers = _cells(selection, shown, lang)
    notes = _notes(shown, len(rows) - len(shown), texts)
    if any(number["t"] == NOTHING for number in numbers):
        notes.append(texts("no_value", mark=NOTHING))
    subtitle = head(unit=texts("points"), notes=notes)
    names = firm_names(
        shown, selection.directory, lang, with_region=of_region is None, with_field=field is None
    )
    layers = [
        _stripes(len(shown)),
        *_heads(selection, len(shown), texts),
        names,
        text_marks(_scores(shown), align="right", fontWeight="bold"),
        _bars(bars, texts),
        text_marks([c for c in numbers if c["right"]]),
        text_marks([c for c in numbers if not c["right"]], align="right"),
    ]
    chart = layer(*layers, title={**subtitle, "dx": -NAME_WIDTH})
    return Picture(chart.properties(width=_ALL + _SCORE, height=ROW * len(shown)))


def _notes(shown: pd.DataFrame, n_hidden: int, texts: Texts) -> list[str]:
    """What the bars and the marks are, and how many rows are not shown."""
    mark = texts("mark" if shown["selected"].any() else "nobody_selected")
    rest = Texts("pictures", texts.lang)("rows_not_shown", count=n_hidden) if n_hidden else ""
    return [texts("bars"), sentences([mark, rest], texts.lang)]


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


def _bars(bars: list[dict[str, Any]], texts: Texts) -> Any:
    lang = texts.lang
    titles = {
        "firm": label("degrees", "name", lang),
        "indicator": texts("indicator"),
        "value": texts("value"),
        "rank": label("degrees", "rank", lang),
        "deviation": texts("deviation_score"),
        "weight": texts("weight"),
        "part": texts("above_mean"),
    }
    return (
        at_pixels(bars, ends=True)
        .mark("rect")
        .encode(
            color={"condition": {"test": "datum.up", "value": INSIDE}, "value": OUTSIDE},
            tooltip=[channel(f"{n}:N", title=t) for n, t in titles.items()],
        )
    )


def _stripes(count: int) -> Any:
    """Every other row shaded, to lead the eye."""
    rows = [
        {"x": -NAME_WIDTH, "X": _SCORE + _ALL, "y": i * ROW, "Y": (i + 1) * ROW}
        for i in range(0, count, 2)
    ]
    return at_pixels(rows, ends=True).mark("rect", color="#f4f4f4")


def _heads(selection: Selection, count: int, texts: Texts) -> list[Any]:
    """Labels of the columns, and the line of the mean in each."""
    middle = _columns(selection)
    room = int(_ALL / len(middle) / 6.2)
    lines, heads = [], []
    for name, x in middle.items():
        lines.append({"x": x, "X": x, "y": 0, "Y": count * ROW})
        title = wrapped(indicator_label(name, texts.lang), room)
        title.append(f"{texts('weight')} {100 * selection.scheme.weights[name]:.4g}%")
        heads += [
            {"x": x, "y": 14 * (i - len(title)) + 2, "t": line} for i, line in enumerate(title)
        ]
    score = label("selection", "score", texts.lang)
    heads_right = [{"x": _SCORE - 14, "y": -12, "t": score}]
    return [
        at_pixels(lines, ends=True).mark("rule", color="#8c8c8c"),
        text_marks(heads, align="center", color=SOFT_INK),
        text_marks(heads_right, align="right", color=SOFT_INK),
    ]
