"""How often each firm stays selected when the weights and the reading vary."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from connhub.errors import Fault, OptionError
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.firm_rows import NAME_WIDTH, ROW, names
from connhub.plots.drawing.pixel_marks import SOFT_INK, place, texts
from connhub.plots.picture import (
    INSIDE,
    OUTSIDE,
    Picture,
    altair,
    at_least,
    blank,
    heading,
    in_region,
    place_name,
)
from connhub.schema import Language, label
from connhub.selection.result import Selection
from connhub.selection.stability import BORDERS
from connhub.text.names import firm_label
from connhub.text.numbers import share

__all__ = ["stability"]

_WIDTH = 400
_VERDICTS = {
    "robust": {"ja": "安定", "en": "robust", "colour": INSIDE},
    "borderline": {"ja": "境界", "en": "borderline", "colour": OUTSIDE},
    "out": {"ja": "圏外", "en": "out", "colour": "#8c8c8c"},
}
_WORDS = {
    "ja": {
        "title": "{place}: 選定の安定性",
        "how": "重みと順位の読み方を変えた場合のうち、選定される割合。データの誤差は含まない",
        "marks": "塗った丸 = 両方の読み方の平均、| = 線形、△ = 正規スコア。"
        "{high} 以上は安定、{low} 以下は圏外",
        "selected": "● は今の重みで選定される企業。{rest}",
        "rest": "ほか {n:,} 行は略",
        "empty": "順位の付いた企業がない",
        "never": "どの場合にも選定される企業がない",
    },
    "en": {
        "title": "{place}: how stable the selection is",
        "how": "Share of scenarios (other weights, both readings of ranks) in which a firm is "
        "selected; says nothing of errors in the data",
        "marks": "Filled = mean of both readings, | = linear, △ = normal scores. "
        "{high} and above: robust; {low} and below: out",
        "selected": "● selected with the weights as they are. {rest}",
        "rest": "Rows not shown: {n:,}",
        "empty": "No firm is ranked here",
        "never": "No firm is selected in any scenario",
    },
}


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
    lang = caption.lang
    at_least(1, n=n)
    words = _WORDS[lang]
    ranked, code = in_region(selection, of_region)
    where = place_name(selection.directory, code, lang)
    title = words["title"].format(place=where)
    head = partial(heading, title, selection.ledger, caption)
    if not len(ranked):
        return blank(head(), words["empty"])
    found = selection.stability() if frame is None else frame
    if "verdict" not in found.columns:
        raise OptionError(
            Fault("frame= has no verdict", fix="pass what selection.stability() gave")
        )
    rows = found[found["region"] == code] if code else found
    if not len(rows):
        return blank(head(), words["never"])
    shown = _first(rows, n)
    rest = words["rest"].format(n=len(rows) - len(shown)) if len(rows) > len(shown) else ""
    low, high = (f"{b:.0%}" for b in BORDERS)
    notes = [
        words["how"],
        words["marks"].format(low=low, high=high),
        words["selected"].format(rest=rest),
    ]
    text = head(unit="%", notes=notes)
    alt = altair()
    layers = [*_marks(shown, lang), names(shown, lang, region=of_region is None, field=True)]
    chart = alt.layer(*layers, title=alt.TitleParams(**text, dx=-NAME_WIDTH))
    return Picture(chart.properties(width=_WIDTH, height=ROW * len(shown)))


def _first(rows: pd.DataFrame, n: int) -> pd.DataFrame:
    """The best ranks of each list, as many of each, `n` in all."""
    lists = rows.groupby(["region", "field"], dropna=False, observed=True, sort=False)
    order = lists.cumcount()
    kept = order.sort_values(kind="stable").index[:n]
    return rows.loc[rows.index.isin(kept)]


def _values(shown: pd.DataFrame, lang: Language) -> list[dict[str, Any]]:
    rows = []
    for i, row in enumerate(shown.to_dict("records")):
        said = _VERDICTS[row["verdict"]]
        rows.append(
            {
                "x": _WIDTH + 14,
                "y": i * ROW + ROW / 2,
                "share": row["share"],
                "linear": row["share_linear"],
                "normal": row["share_normal"],
                "colour": said["colour"],
                "t": f"{said[lang]}  {share(row['share'])}",
                "firm": firm_label(row["name"], row["firm_id"], 60),
                "rank": row["rank"],
                "verdict": said[lang],
                "Share": share(row["share"]),
                "Linear": share(row["share_linear"]),
                "Normal": share(row["share_normal"]),
            }
        )
    return rows


def _marks(shown: pd.DataFrame, lang: Language) -> list[Any]:
    alt, height = altair(), ROW * len(shown)
    values = _values(shown, lang)
    columns = {"firm": "name", "rank": "rank", "Share": "share", "Linear": "share_linear"}
    columns |= {"Normal": "share_normal", "verdict": "verdict"}
    tips = [alt.Tooltip(f"{f}:N", title=label("selection", c, lang)) for f, c in columns.items()]
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], orient="top")
    shared, title = alt.Scale(domain=[0, 1]), label("selection", "share", lang)

    def at(name: str) -> Any:
        return alt.X(f"{name}:Q", scale=shared, axis=axis, title=title)

    base = alt.Chart(alt.Data(values=values)).encode(y=place()["y"], tooltip=tips)
    borders = alt.Chart(alt.Data(values=[{"b": b, "y": 0, "Y": height} for b in BORDERS]))
    soft = {"size": 50, "color": SOFT_INK}
    return [
        borders.mark_rule(strokeDash=[4, 3], color=SOFT_INK).encode(
            x=at("b"), y=place()["y"], y2="Y:Q"
        ),
        base.mark_rule(color="#8c8c8c").encode(x=at("linear"), x2="normal:Q"),
        base.mark_tick(color=SOFT_INK, thickness=1.5, size=12).encode(x=at("linear")),
        base.mark_point(shape="triangle-up", filled=False, **soft).encode(x=at("normal")),
        base.mark_circle(size=70, opacity=1).encode(
            x=at("share"), color=alt.Color("colour:N", scale=None, legend=None)
        ),
        texts([{k: v[k] for k in ("x", "y", "t")} for v in values]),
    ]
