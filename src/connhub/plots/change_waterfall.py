"""What changed in a region's own trade: from one year to another in five steps."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from connhub.measures.change import Change
from connhub.measures.region_change import BASES
from connhub.measures.trade_change import TERMS
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.pixel_marks import SOFT_INK, at_pixels, text_marks
from connhub.plots.drawing.two_years import captioned, year_names
from connhub.plots.picture import INSIDE, OUTSIDE, Picture, blank, heading, place_name
from connhub.plots.vega_lite import channel, layer
from connhub.text.catalogue import Texts
from connhub.text.numbers import money

__all__ = ["change_waterfall"]

_NAMES, _WIDTH, _ROW, _BAR = 190, 470, 34, 20
_TOTAL, _LESS = "#8c8c8c", OUTSIDE


@flat_options
def change_waterfall(
    change: Change,
    *,
    of_region: str | None = None,
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Show what the change of the in-region transactions is made of. Counted.

    Bars from top to bottom: the sum before; what pairs of firms that continue trade more or less;
    new and lost pairs of firms that stay; firms that enter and leave; the sum after. Where the
    coverage of the table changed, the three figures of growth stand below the title.

    Parameters
    ----------
    change : Change
        Of two years of the grain ``pairs``.
    of_region : str, optional
        Code or name; by default all regions together.
    {caption}

    Returns
    -------
    Picture

    Raises
    ------
    OptionError
        For what is no region, or another grain.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze, compare
    >>> firms = pa.table({"firm_id": list("abc"), "prefecture_code": ["15"] * 3})
    >>> def year(number, *deals):
    ...     seller, buyer, amount = zip(*deals)
    ...     return analyze(pa.table({"seller_id": seller, "buyer_id": buyer, "amount": amount,
    ...         "year": [number] * len(deals)}), firms, grain="pairs")
    >>> change = compare(year(2023, ("a", "b", 30)), year(2024, ("a", "b", 40), ("a", "c", 5)))
    >>> change_waterfall(change, of_region="15")
    Picture: 新潟県: 域内取引額の変化
    """
    lang = caption.lang
    texts = Texts("change_waterfall", lang)
    code = "" if of_region is None else change.directory.find_home(of_region)
    rows = change.transactions
    rows = rows[rows["region"] == code] if code else rows
    place = place_name(change.directory, code, lang)
    caption = captioned(change, caption)
    head = partial(heading, texts("title", place=place), change.after.ledger, caption)
    sums = rows.groupby("term")[["before", "after", "change", "pairs"]].sum().reindex(list(TERMS))
    if not sums[["before", "after"]].to_numpy().any():
        return blank(head(), texts("nothing"))
    notes = [_three_figures(change, code, texts), texts("nominal")]
    if change.notes_of(code or None):
        notes.insert(0, texts("coverage"))
    return _drawing(sums, change, head(notes=notes), texts)


def _drawing(sums: pd.DataFrame, change: Change, head: dict[str, Any], texts: Texts) -> Picture:
    lang, unit = texts.lang, change.unit
    before, after = int(sums["before"].sum()), int(sums["after"].sum())
    names = year_names(change, lang)
    steps = [(names[0], 0, before, _TOTAL, "")]
    level = before
    for term, row in sums.iterrows():
        moved = int(row["change"])
        color = INSIDE if moved >= 0 else _LESS
        pairs = texts("pairs", count=int(row["pairs"]))
        steps.append((texts(str(term)), level, level + moved, color, pairs))
        level += moved
    steps.append((names[1], 0, after, _TOTAL, ""))
    low = min(0, *(min(a, b) for _, a, b, _, _ in steps))
    high = max(1, *(max(a, b) for _, a, b, _, _ in steps))
    by = (_WIDTH - 110) / (high - low)
    bars, labels, values, links = [], [], [], []
    for i, (name, start, stop, color, pairs) in enumerate(steps):
        y = _ROW * (i + 0.5)
        ends = [_NAMES + by * (v - low) for v in (start, stop)]
        step = 0 < i < len(steps) - 1
        amount = stop - start if step else stop
        shown = money(float(amount), unit, lang, beside=max(before, after))
        shown = f"+{shown}" if step and amount > 0 else shown
        box = {"x": min(ends), "X": max(*ends, min(ends) + 1)}
        text = {"c": color, "n": name, "v": shown, "p": pairs}
        bars.append({**box, "y": y - _BAR / 2, "Y": y + _BAR / 2, **text})
        labels.append({"x": _NAMES - 8, "y": y, "t": name})
        values.append({"x": max(ends) + 6, "y": y, "t": shown})
        if i < len(steps) - 1:
            links.append({"x": ends[1], "X": ends[1], "y": y + _BAR / 2, "Y": y + _ROW - _BAR / 2})
    tips = [
        channel(f"{k}:N", title=texts(t))
        for k, t in {"n": "step", "v": "amount", "p": "pairs_title"}.items()
    ]
    layers = [
        at_pixels(links, ends=True).mark("rule", color=SOFT_INK, strokeDash=[2, 2]),
        at_pixels(bars, ends=True)
        .mark("rect")
        .encode(color=channel("c:N", scale=None, legend=None), tooltip=tips),
        text_marks(labels, align="right"),
        text_marks(values, color=SOFT_INK),
    ]
    chart = layer(*layers, title=head)
    return Picture(chart.properties(width=_NAMES + _WIDTH, height=_ROW * len(steps)))


def _three_figures(change: Change, code: str, texts: Texts) -> str:
    """Growth of all rows, of firms in both tables, and of firms that trade in both years."""
    rows = change.regions
    rows = rows[rows["figure"] == "in_region_transactions"]
    rows = rows[rows["region"] == code] if code else rows
    growth = {}
    for basis in BASES:
        of_basis = rows[rows["basis"] == basis]
        before, after = (int(of_basis[when].to_numpy().sum()) for when in ("before", "after"))
        growth[basis] = f"{after / before - 1:+.1%}" if before > 0 else "-"
    return texts("three_figures", **growth)
