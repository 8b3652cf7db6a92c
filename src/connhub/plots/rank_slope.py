"""Ranks of two years: a line for each firm, from its place before to its place after."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from connhub.errors import check_choice
from connhub.measures.change import DEGREES, Change
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.pixel_marks import SOFT_INK, at_pixels, text_marks
from connhub.plots.drawing.two_years import captioned, year_names
from connhub.plots.picture import (
    INSIDE,
    MUTED,
    OUTSIDE,
    Picture,
    at_least,
    blank,
    heading,
    place_name,
)
from connhub.plots.vega_lite import channel, layer
from connhub.schema import label
from connhub.text.catalogue import Texts
from connhub.text.names import as_clause, firm_label
from connhub.text.numbers import share

__all__ = ["rank_slope"]

_NAMES, _WIDTH, _ROW = 250, 190, 22


@flat_options
def rank_slope(
    change: Change,
    *,
    of_region: str,
    by: str = "connector_degree",
    n: int = 15,
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Show how the firms with the highest degrees moved between two years. Counted.

    On the left the first places of the earlier year, on the right those of the later one; a line
    joins the places of a firm that stays. Firms that are on one side only came from below, or went
    there, or enter or leave; so it says behind their names.

    Parameters
    ----------
    change : Change
    of_region : str
        Code or name.
    by : {"connector_degree", "hub_degree"}
    n : int
        How many places.
    {caption}

    Returns
    -------
    Picture

    Raises
    ------
    OptionError
        For what is no region or no degree.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze, compare
    >>> firms = pa.table({"firm_id": list("abc"), "prefecture_code": ["15", "15", "13"]})
    >>> trade = pa.table({"seller_id": list("abab"), "buyer_id": ["c"] * 4,
    ...                   "amount": [9, 5, 4, 6], "year": [2023, 2023, 2024, 2024]})
    >>> change = compare(*(analyze(trade, firms, year=year) for year in (2023, 2024)))
    >>> rank_slope(change, of_region="新潟県")
    Picture: 新潟県: コネクター度の順位の変化
    """
    check_choice("by", by, tuple(DEGREES))
    at_least(1, n=n)
    lang = caption.lang
    texts = Texts("rank_slope", lang)
    code = change.directory.find_home(of_region)
    rows = change.degrees(by)
    rows = rows[rows["region"] == code]
    place, degree = place_name(change.directory, code, lang), label("degrees", by, lang)
    title = texts("title", place=place, degree=as_clause(degree, lang))
    caption = captioned(change, caption)
    head = partial(heading, title, change.after.ledger, caption)
    places = {when: _places(rows, when, n) for when in ("before", "after")}
    if not any(len(frame) for frame in places.values()):
        return blank(head(), texts("nothing"))
    shown = pd.concat(places.values()).index.unique()
    notes = [texts("shown", n=n)]
    if change.notes_of(code):
        notes.insert(0, texts("coverage"))
    return _drawing(rows.loc[shown], places, change, head(notes=notes), texts)


def _places(rows: pd.DataFrame, when: str, n: int) -> pd.Series:
    """Places of the first firms of a year, 0 for the highest; ties in the order of ids."""
    amount = rows[f"amount_{when}"]
    ranked = rows[rows[f"rank_{when}"].notna() & (amount > 0)]
    ids = ranked["firm_id"].astype("str")
    order = ranked.assign(_id=ids).sort_values([f"rank_{when}", "_id"], kind="stable").index[:n]
    return pd.Series(range(len(order)), index=order)


def _drawing(
    rows: pd.DataFrame,
    places: dict[str, pd.Series],
    change: Change,
    head: dict[str, Any],
    texts: Texts,
) -> Picture:
    lang = texts.lang
    sides = {"before": _NAMES, "after": _NAMES + _WIDTH}
    lines: list[dict[str, Any]] = []
    dots: list[dict[str, Any]] = []
    names: dict[str, list[dict[str, Any]]] = {"before": [], "after": []}
    for index, row in rows.iterrows():
        at: dict[str, Any] = {when: places[when].get(index) for when in sides}
        for when, x in sides.items():
            if (rank_at := at[when]) is None:
                continue
            y = 34 + _ROW * rank_at
            dots.append({"x": x, "y": y, "c": _color(row, at), **_tip(row, texts)})
            rank = f"{int(row[f'rank_{when}'])}"
            name = firm_label(row["name"], row["firm_id"], 22)
            other = "after" if when == "before" else "before"
            mark = "" if at[other] is not None else f" ({_elsewhere(row, other, texts)})"
            text = f"{name}{mark}  {rank}" if when == "before" else f"{rank}  {name}{mark}"
            names[when].append({"x": x + (-8 if when == "before" else 8), "y": y, "t": text})
        if None not in at.values():
            ends = {"x": sides["before"], "X": sides["after"]}
            ends |= {"y": 34 + _ROW * at["before"], "Y": 34 + _ROW * at["after"]}
            lines.append({**ends, "c": _color(row, at), **_tip(row, texts)})
    heads = [
        {"x": x + (-8 if when == "before" else 8), "y": 8, "t": name}
        for (when, x), name in zip(sides.items(), year_names(change, lang), strict=True)
    ]
    color = channel("c:N", scale=None, legend=None)
    tips = [channel(f"{k}:N", title=texts(t)) for k, t in _TIPS.items()]
    layers = [
        at_pixels(lines, ends=True).mark("rule", strokeWidth=2).encode(color=color, tooltip=tips),
        at_pixels(dots).mark("circle", size=45, opacity=1).encode(color=color, tooltip=tips),
        text_marks(names["before"], align="right"),
        text_marks(names["after"]),
        text_marks(heads[:1], align="right", fontWeight="bold", color=SOFT_INK),
        text_marks(heads[1:], fontWeight="bold", color=SOFT_INK),
    ]
    height = 34 + _ROW * max(len(p) for p in places.values())
    chart = layer(*layers, title=head)
    return Picture(chart.properties(width=2 * _NAMES + _WIDTH, height=height))


_TIPS = {"n": "firm", "b": "before", "a": "after", "o": "own", "r": "region"}


def _tip(row: Any, texts: Texts) -> dict[str, str]:
    def points(value: float) -> str:
        return "-" if pd.isna(value) else texts("points", points=f"{100 * value:+.2f}")

    return {
        "n": firm_label(row["name"], row["firm_id"], 60),
        "b": share(row["before"]),
        "a": share(row["after"]),
        "o": points(row["own_effect"]),
        "r": points(row["region_effect"]),
    }


def _color(row: Any, at: dict[str, Any]) -> str:
    if None in at.values() or row["status"] != "stays":
        return MUTED
    moved = row["rank_before"] - row["rank_after"]
    return INSIDE if moved > 0 else OUTSIDE if moved < 0 else "#4d4d4d"


def _elsewhere(row: Any, when: str, texts: Texts) -> str:
    """Where a firm is in the year in which it is not among the first."""
    if row["status"] not in ("stays", "no_trade"):
        return texts(str(row["status"]))
    rank = row[f"rank_{when}"]
    return "-" if pd.isna(rank) else texts("place", rank=int(rank))
