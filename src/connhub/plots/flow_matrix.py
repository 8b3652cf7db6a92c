"""Flows between regions: a heat map, who sells against who buys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from connhub.measures.linkages import Linkages
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.color_scale import BELOW, RAMP, Measure, Shades
from connhub.plots.drawing.label_placement import text_width
from connhub.plots.drawing.pixel_marks import INK, at_pixels, texts
from connhub.plots.drawing.tile_grid import municipality_names
from connhub.plots.picture import MUTED, Picture, altair, blank, heading
from connhub.regions.codes import BLOCKS, PREFECTURES
from connhub.regions.directory import region_label
from connhub.regions.scheme import OVERSEAS, UNKNOWN
from connhub.schema import Language
from connhub.text.names import shortened

__all__ = ["flow_matrix"]

_MOST = 60
_OUTSIDE = (OVERSEAS, UNKNOWN)


@dataclass(frozen=True, eq=False)
class _Flows:
    """What is shown: places in order, their groups, and a value for each pair (NaN: none)."""

    names: list[str]
    groups: list[str]
    values: npt.NDArray[np.float64]
    rest: int
    lang: Language

    @property
    def own(self) -> npt.NDArray[np.int64]:
        """Where a region trades with itself; the rest among itself is not one region."""
        here = np.isfinite(np.diag(self.values)) & (np.array(self.groups) != "rest")
        return np.flatnonzero(here)


@flat_options
def flow_matrix(
    linkages: Linkages,
    *,
    measure: str = "amount",
    caption: CaptionOptions = CaptionOptions(),
) -> Picture:
    """Heat map of the flows between regions: sellers down, buyers across.

    Parameters
    ----------
    linkages : Linkages
        ``result.linkages``.
    measure : str
        A numeric column of ``linkages.frame``. ``amount`` and ``deals`` have the diagonal, trade
        inside each region; it is framed.
    {caption}

    Returns
    -------
    Picture
        Prefectures in the order of METI's blocks, then overseas and unknown where they trade. Of
        more than 60 regions those with the largest trade are shown and the rest summed up; a
        measure that cannot be summed up leaves the rest out. Negative values are orange and carry
        a dash; no trade is white.

    Raises
    ------
    OptionError
        When the measure is not known.

    Examples
    --------
    >>> import pyarrow as pa
    >>> import connhub
    >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    >>> deals = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    >>> flow_matrix(connhub.analyze(deals, firms).linkages, lang="en")
    Picture: Amount between regions: who sells to whom
    """
    lang = caption.lang
    ja = lang == "ja"
    about = Measure.of(linkages.frame, "linkages", measure, linkages.ledger.unit, lang)
    title = f"地域間の{about.label}" if ja else f"{about.label} between regions: who sells to whom"
    head = partial(heading, title, linkages.ledger, caption, unit=about.unit)
    flows = _shown(linkages, measure, about)
    if not np.isfinite(flows.values).any():
        words = ("取引がない", "no trade")
        if len(linkages.frame):  # returns may leave a measure undefined everywhere
            words = ("値が定義されない", "undefined for all linkages")
        return blank(head(), words[not ja])
    return _drawn(flows, about, head(notes=_notes(flows, about, lang)))


def _shown(linkages: Linkages, measure: str, about: Measure) -> _Flows:
    """Order the regions, and sum up those there is no room for."""
    matrix = linkages.matrix(measure).to_numpy(np.float64)
    if measure in ("amount", "deals"):  # 0 stands for none there
        deals = linkages.matrix("deals").to_numpy()
        matrix = np.where(deals > 0, matrix, np.nan)
    trade = np.abs(linkages.matrix().to_numpy(np.float64))
    size = trade.sum(axis=0) + trade.sum(axis=1)
    codes = [c for c in linkages.codes if c not in _OUTSIDE]
    at = {c: i for i, c in enumerate(linkages.codes)}
    ranked = sorted(codes, key=lambda c: (-size[at[c]], c))
    kept = set(codes if len(codes) <= _MOST else ranked[:_MOST])
    group = _groups(linkages.codes)
    blocks = [*BLOCKS, ""]
    order = sorted(kept, key=lambda c: (blocks.index(group[c]), at[c]))
    shown = order + [c for c in _OUTSIDE if c in at and size[at[c]] > 0]
    chosen = np.array([at[c] for c in shown], dtype=int)
    values = matrix[np.ix_(chosen, chosen)]
    names = [linkages.directory.label(c, about.lang, short=True) for c in shown]
    groups = [group[c] for c in shown]
    others = np.array([at[c] for c in codes if c not in kept], dtype=int)
    if others.size and about.additive:
        rows = np.vstack([matrix[chosen], _sum(matrix[others], 0)[None]])
        values = np.column_stack([rows[:, chosen], _sum(rows[:, others], 1)])
        names.append(f"その他{len(others):,}" if about.lang == "ja" else f"{len(others):,} others")
        groups.append("rest")
    return _Flows([shortened(n, 14) for n in names], groups, values, len(others), about.lang)


def _sum(values: npt.NDArray[np.float64], axis: int) -> npt.NDArray[np.float64]:
    """Sum of what is there; NaN where nothing is."""
    none = np.isnan(values).all(axis=axis)
    total: npt.NDArray[np.float64] = np.where(none, np.nan, np.nansum(values, axis=axis))
    return total


def _groups(codes: tuple[str, ...]) -> dict[str, str]:
    """Block of each region that is a block, a prefecture or a municipality."""
    local = municipality_names(codes)
    groups = {}
    for c in codes:
        prefecture = PREFECTURES.get(c[:2] if c in local else c)
        groups[c] = c if c in BLOCKS else prefecture.block if prefecture else ""
    return groups | dict.fromkeys(_OUTSIDE, "outside")


def _notes(flows: _Flows, about: Measure, lang: Language) -> list[str]:
    ja = lang == "ja"
    first = (
        "縦: 販売元、横: 販売先。白: 取引なし"
        if ja
        else "Down: sellers. Across: buyers. White: no trade"
    )
    if flows.own.size:
        first += "。枠: 同じ地域の中の取引" if ja else ". Framed: trade inside a region"
    if (flows.values < 0).any():
        first += "。橙と −: マイナス" if ja else ". Orange with −: negative"
    notes = [first]
    if flows.rest and about.additive:
        notes.append(
            f"取引の大きい {_MOST} 地域と、ほか {flows.rest:,} 地域の計"
            if ja
            else f"The {_MOST} regions with the largest trade, and {flows.rest:,} others summed up"
        )
    elif flows.rest:
        notes.append(
            f"取引の大きい {_MOST} 地域。ほか {flows.rest:,} 地域は示していない"
            if ja
            else f"The {_MOST} regions with the largest trade; {flows.rest:,} others not shown"
        )
    return notes


def _drawn(flows: _Flows, about: Measure, head: dict[str, Any]) -> Picture:
    alt = altair()
    n = len(flows.names)
    step = 13 if n > 30 else 18 if n > 12 else 40
    known = np.abs(flows.values[np.isfinite(flows.values)])
    scale = Shades.of(known.tolist(), log=True)
    layers = []
    for sign, ramp in ((1, RAMP), (-1, BELOW)):
        shades = Shades(scale.low, scale.high, scale.log, ramp)
        if rows := _cells(flows, about, sign, step, shades):
            layers.append(_filled(rows, shades, about, step=step, below=sign < 0))
    layers += [
        *_marks(flows, shades, step),
        _lines(flows, step),
        *_sides(flows, step),
    ]
    chart = alt.layer(*layers, title=alt.TitleParams(**head)).resolve_scale(color="independent")
    return Picture(chart.properties(width=n * step, height=n * step))


def _cells(
    flows: _Flows, about: Measure, sign: int, step: int, shades: Shades
) -> list[dict[str, Any]]:
    values = flows.values
    chosen = values >= 0 if sign > 0 else values < 0
    return [
        {
            "s": flows.names[i],
            "b": flows.names[j],
            "t": about.long(values[i, j]),
            "v": max(abs(float(f"{values[i, j]:.4g}")), shades.low),
            "x": int(j) * step,
            "y": int(i) * step,
        }
        for i, j in np.argwhere(chosen)
    ]


def _filled(
    rows: list[dict[str, Any]], shades: Shades, about: Measure, *, step: int, below: bool
) -> Any:
    alt = altair()
    ja = about.lang == "ja"
    legend = shades.legend(about, length=140)
    if below:
        legend.title = "マイナス" if ja else "Negative"
    squares = at_pixels(rows, ends=True).mark_rect()
    squares = squares.transform_calculate(X=f"datum.x+{step}", Y=f"datum.y+{step}")
    return squares.encode(
        color=alt.Color("v:Q", scale=shades.scale(), legend=legend),
        tooltip=[
            alt.Tooltip("s:N", title="販売元" if ja else "Seller"),
            alt.Tooltip("b:N", title="販売先" if ja else "Buyer"),
            alt.Tooltip("t:N", title=about.label),
        ],
    )


def _marks(flows: _Flows, shades: Shades, step: int) -> list[Any]:
    """Frames on the diagonal, dashes on what is negative."""
    alt = altair()
    own = [
        {"x": i * step, "y": i * step, "X": (i + 1) * step, "Y": (i + 1) * step}
        for i in flows.own.tolist()
    ]
    below = [
        {
            "x": (j + 0.5) * step,
            "y": (i + 0.5) * step,
            "ink": shades.ink(abs(flows.values[i, j])),
        }
        for i, j in np.argwhere(flows.values < 0).tolist()
    ]
    layers = []
    if own:
        layers.append(at_pixels(own, ends=True).mark_rect(fillOpacity=0, stroke=INK))
    if below:
        dashes = at_pixels(below).mark_text(text="−", fontSize=step * 0.8)
        layers.append(dashes.encode(color=alt.Color("ink:N", scale=None, legend=None)))
    return layers


def _runs(groups: list[str]) -> list[tuple[str, int, int]]:
    """Group, first and end of each run of the same group."""
    starts = [i for i, g in enumerate(groups) if i == 0 or groups[i - 1] != g]
    return [(groups[a], a, b) for a, b in zip(starts, [*starts[1:], len(groups)], strict=True)]


def _lines(flows: _Flows, step: int) -> Any:
    """Lines between blocks, and around all."""
    whole = len(flows.names) * step
    cuts = [0, *(end * step for _, _, end in _runs(flows.groups))]
    if len(cuts) == len(flows.names) + 1:  # each a group of its own
        cuts = [0, whole]
    across = [{"x": 0, "y": c, "X": whole, "Y": c} for c in cuts]
    down = [{"x": c, "y": 0, "X": c, "Y": whole} for c in cuts]
    return at_pixels(across + down, ends=True).mark_rule(color=MUTED)


def _sides(flows: _Flows, step: int) -> list[Any]:
    """Names of regions along the sides, and of blocks beyond."""
    size = 10 if step < 18 else 11
    names = [((i + 0.5) * step, n) for i, n in enumerate(flows.names)]
    layers = _along(names, -4, fontSize=size)
    runs = [(g, a, b) for g, a, b in _runs(flows.groups) if g in BLOCKS]
    if all(end - first == 1 for _, first, end in runs):
        return layers
    beyond = -10 - max(text_width(n, size) for n in flows.names)
    blocks = [((a + b) * step / 2, region_label(g, lang=flows.lang)) for g, a, b in runs]
    ends = [(a * step + 1.5, b * step - 1.5) for _, a, b in runs]
    rules = [{"x": beyond, "y": a, "X": beyond, "Y": b} for a, b in ends]
    rules += [{"x": a, "y": beyond, "X": b, "Y": beyond} for a, b in ends]
    brackets = at_pixels(rules, ends=True).mark_rule(color=INK)
    return [*layers, brackets, *_along(blocks, beyond - 5, fontSize=size, fontWeight="bold")]


def _along(words: list[tuple[float, str]], off: float, **look: Any) -> list[Any]:
    """Words left of the matrix and, turned, above it: each where it lies, `off` the edge."""
    left = [{"x": off, "y": at, "t": t} for at, t in words]
    above = [{"x": at, "y": off, "t": t} for at, t in words]
    return [texts(left, align="right", **look), texts(above, angle=270, **look)]
