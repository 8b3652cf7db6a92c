"""What becomes of 100 yen that a firm or a region sells: a strip for each tier of suppliers."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from connhub.arguments import Id
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
from connhub.text.names import firm_label

__all__ = ["ripple_tiers"]

_YEN = 5.2
"""Pixels."""
_ROW, _BAR = 46, 26
_KEPT = "#9ecae1"
_PARTS = {"passed_on": INSIDE, "kept_or_unobserved": _KEPT, "leaked": OUTSIDE}
_LEAST_LABELLED = 3.5
_LEAST_SHOWN = 0.0005


@flat_options
def ripple_tiers(
    ripple: Ripple,
    firm: Id | None = None,
    *,
    of_region: str | None = None,
    n: int = 3,
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Follow 100 yen of sales over the tiers of suppliers inside the region. Modelled.

    Each strip is what the firms of a tier receive: what they pass on to suppliers in the region
    (the next strip), what stays with them or goes where no row tells, and what buys outside.

    Parameters
    ----------
    ripple : Ripple
    firm : str or int, optional
        Id of the firm that sells; else a region.
    of_region : str, optional
        Code or name: its firms sell in proportion to their out-of-region sales; by default the
        region of the ripple.
    n : int
        The last tier; 0 is the seller.
    {caption}

    Returns
    -------
    Picture

    Raises
    ------
    OptionError
        No such firm or region.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": list("abc"), "prefecture_code": ["15", "15", "13"]})
    >>> trade = pa.table({"seller_id": ["b", "a", "c"], "buyer_id": ["c", "b", "b"],
    ...                   "amount": [100, 40, 20]})
    >>> ripple_tiers(analyze(trade, firms, grain="pairs").ripple(), "b")
    Picture: b: 100円の行方
    """
    at_least(0, n=n)
    lang = caption.lang
    texts = Texts("ripple_tiers", lang)
    if firm is None:
        region = ripple.of_region if of_region is None else of_region
        code = "" if region is None else ripple.directory.find_home(region)
        who = texts("exports", place=place_name(ripple.directory, code, lang))
        if code and not ripple.has_exports(code):
            return blank(
                heading(texts("title", who=who), ripple.ledger, caption), texts("no_exports")
            )
    else:
        who = firm_label(*ripple.name_of(firm), 40)
    head = partial(heading, texts("title", who=who), ripple.ledger, caption, unit=texts("unit"))
    tiers = ripple.tiers(firm, of_region=of_region, n=n)
    return _drawing(tiers, head(notes=_notes(tiers, texts)), texts)


def _drawing(tiers: pd.DataFrame, head: dict[str, Any], texts: Texts) -> Picture:
    kept = tiers["kept_or_unobserved"].diff().fillna(tiers["kept_or_unobserved"])
    leaked = tiers["leaked"].diff().fillna(tiers["leaked"])
    bars, values, names = [], [], []
    for tier, row in enumerate(tiers.to_dict("records")):
        if row["received"] < _LEAST_SHOWN:
            break
        y = 34 + _ROW * tier
        key = "seller" if tier == 0 else "tier"
        names.append({"x": -10, "y": y - 7, "t": texts(key, tier=tier)})
        received = texts("received", yen=_yen(row["received"]), firms=int(row["firms"]))
        names.append({"x": -10, "y": y + 9, "t": received, "soft": True})
        parts = (row["still_circulating"], kept[tier], leaked[tier])
        left = 0.0
        for (part, color), share in zip(_PARTS.items(), parts, strict=True):
            width = 100 * share * _YEN
            bars.append(
                {"x": left, "X": left + width, "y": y - _BAR / 2, "Y": y + _BAR / 2, "c": color,
                 "p": texts(part), "v": _yen(share)}
            )  # fmt: skip
            if 100 * share >= _LEAST_LABELLED:
                on = "white" if color == INSIDE else "#1a1a1a"
                values.append({"x": left + width / 2, "y": y, "t": _yen(share), "c": on})
            left += width
    marks = (
        at_pixels(bars, ends=True)
        .mark("rect", stroke="white")
        .encode(
            color=channel("c:N", scale=None, legend=None),
            tooltip=[
                channel("p:N", title=texts("part")),
                channel("v:N", title=texts("unit")),
            ],
        )
    )
    key_rows = [
        {"x": 175.0 * i, "X": 175.0 * i + 12, "y": -6, "Y": 6, "c": color}
        for i, color in enumerate(_PARTS.values())
    ]
    key_texts = [{"x": 175.0 * i + 17, "y": 0, "t": texts(part)} for i, part in enumerate(_PARTS)]
    colors = at_pixels(key_rows, ends=True).mark("rect").encode(color=channel("c:N", scale=None))
    bold = [name for name in names if "soft" not in name]
    soft = [name for name in names if "soft" in name]
    ink = channel("c:N", scale=None, legend=None)
    layers = [
        colors,
        text_marks(key_texts),
        marks,
        text_marks(values, align="center").encode(color=ink),
        text_marks(bold, align="right", fontWeight="bold"),
        text_marks(soft, align="right", color=SOFT_INK),
    ]
    chart = layer(*layers, title=head)
    return Picture(chart.properties(width=100 * _YEN, height=34 + _ROW * (len(names) // 2)))


def _yen(share: float) -> str:
    """Of 100 yen, with a decimal where it is little."""
    yen = 100 * share
    return f"{yen:.0f}" if yen >= 9.95 else f"{yen:.1f}"


def _notes(tiers: pd.DataFrame, texts: Texts) -> list[str]:
    last = tiers.iloc[-1]
    return [
        texts(
            "after",
            tier=int(last["tier"]),
            kept=_yen(last["kept_or_unobserved"]),
            leaked=_yen(last["leaked"]),
            rest=_yen(last["still_circulating"]),
        ),
        texts("modelled"),
    ]
