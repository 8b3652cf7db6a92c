"""How often each firm stays selected when the weights and the score method vary."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from connhub.errors import Fault, OptionError
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.firm_rows import NAME_WIDTH, ROW, firm_names
from connhub.plots.drawing.pixel_marks import SOFT_INK, pixel_place, text_marks
from connhub.plots.picture import (
    INSIDE,
    OUTSIDE,
    Picture,
    at_least,
    blank,
    heading,
    in_region,
    place_name,
    sentences,
)
from connhub.plots.vega_lite import Chart, channel, layer
from connhub.schema import label
from connhub.selection.result import Selection
from connhub.selection.stability import BORDERS
from connhub.text.catalogue import Texts
from connhub.text.names import firm_label
from connhub.text.numbers import share

__all__ = ["stability"]

_WIDTH = 400
_COLORS = {"robust": INSIDE, "borderline": OUTSIDE, "out": "#8c8c8c"}


@flat_options
def stability(
    selection: Selection,
    *,
    of_region: str | None = None,
    n: int = 30,
    frame: pd.DataFrame | None = None,
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Show the rank of firms against the share of scenarios in which they stay selected.

    Parameters
    ----------
    selection : Selection
    of_region : str, optional
        Code or name; by default all.
    n : int
        How many rows, the best ranks of each field first.
    frame : DataFrame, optional
        What `Selection.stability` gave; computed if it is not given.
    {caption}

    Returns
    -------
    Picture

    Raises
    ------
    OptionError
        For what is no region, or a frame of something else.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "13", "27"]})
    >>> trade = pa.table({"seller_id": list("aabc"), "buyer_id": list("dbcd"),
    ...                   "amount": [30, 5, 5, 10]})
    >>> chosen = analyze(trade, firms).select(firms, per_region=1)
    >>> stability(chosen, of_region="13")
    Picture: 東京都: 選定の安定性
    """
    at_least(1, n=n)
    lang = caption.lang
    texts = Texts("stability", lang)
    ranked, code = in_region(selection, of_region)
    title = texts("title", place=place_name(selection.directory, code, lang))
    head = partial(heading, title, selection.ledger, caption)
    if not len(ranked):
        return blank(head(), Texts("pictures", lang)("no_ranked_firm"))
    shares = selection.stability() if frame is None else frame
    if "verdict" not in shares.columns:
        raise OptionError(Fault("stability.no_verdict", column_name="verdict"))
    rows = shares[shares["region"] == code] if code else shares
    if not len(rows):
        return blank(head(), texts("never"))
    shown = _first(rows, n)
    subtitle = head(unit="%", notes=_notes(len(rows) - len(shown), texts))
    names = firm_names(
        shown, selection.directory, lang, with_region=of_region is None, with_field=True
    )
    layers = [*_marks(shown, texts), names]
    chart = layer(*layers, title={**subtitle, "dx": -NAME_WIDTH})
    return Picture(chart.properties(width=_WIDTH, height=ROW * len(shown)))


def _notes(n_hidden: int, texts: Texts) -> list[str]:
    """What the shares and the marks are, and how many rows are not shown."""
    low, high = (f"{border:.0%}" for border in BORDERS)
    rest = Texts("pictures", texts.lang)("rows_not_shown", count=n_hidden) if n_hidden else ""
    return [
        texts("how"),
        texts("marks", low=low, high=high),
        sentences([texts("selected"), rest], texts.lang),
    ]


def _first(rows: pd.DataFrame, n: int) -> pd.DataFrame:
    """The best ranks of each list, as many of each, `n` in all."""
    lists = rows.groupby(["region", "field"], dropna=False, observed=True, sort=False)
    first = lists.cumcount().sort_values(kind="stable").index[:n]
    return rows.loc[rows.index.isin(first)]


def _values(shown: pd.DataFrame, texts: Texts) -> list[dict[str, Any]]:
    rows = []
    for i, row in enumerate(shown.to_dict("records")):
        verdict = texts(row["verdict"])
        rows.append(
            {
                "x": _WIDTH + 14,
                "y": i * ROW + ROW / 2,
                "share": row["share"],
                "linear": row["share_linear"],
                "normal": row["share_normal"],
                "color": _COLORS[row["verdict"]],
                "t": f"{verdict}  {share(row['share'])}",
                "firm": firm_label(row["name"], row["firm_id"], 60),
                "rank": row["rank"],
                "verdict": verdict,
                "Share": share(row["share"]),
                "Linear": share(row["share_linear"]),
                "Normal": share(row["share_normal"]),
            }
        )
    return rows


def _marks(shown: pd.DataFrame, texts: Texts) -> list[Any]:
    lang, height = texts.lang, ROW * len(shown)
    values = _values(shown, texts)
    columns = {"firm": "name", "rank": "rank", "Share": "share", "Linear": "share_linear"}
    columns |= {"Normal": "share_normal", "verdict": "verdict"}
    tips = [channel(f"{f}:N", title=label("selection", c, lang)) for f, c in columns.items()]
    axis = {"format": "%", "values": [0, 0.25, 0.5, 0.75, 1], "orient": "top"}
    shared, title = {"domain": [0, 1]}, label("selection", "share", lang)

    def at(name: str) -> Any:
        return channel(f"{name}:Q", scale=shared, axis=axis, title=title)

    base = Chart.of(values).encode(y=pixel_place()["y"], tooltip=tips)
    borders = Chart.of([{"b": b, "y": 0, "Y": height} for b in BORDERS])
    soft = {"size": 50, "color": SOFT_INK}
    return [
        borders.mark("rule", strokeDash=[4, 3], color=SOFT_INK).encode(
            x=at("b"), y=pixel_place()["y"], y2="Y"
        ),
        base.mark("rule", color="#8c8c8c").encode(x=at("linear"), x2="normal"),
        base.mark("tick", color=SOFT_INK, thickness=1.5, size=12).encode(x=at("linear")),
        base.mark("point", shape="triangle-up", filled=False, **soft).encode(x=at("normal")),
        base.mark("circle", size=70, opacity=1).encode(
            x=at("share"), color=channel("color:N", scale=None, legend=None)
        ),
        text_marks([{k: v[k] for k in ("x", "y", "t")} for v in values]),
    ]
