"""Flows between regions: a heat map, who sells against who buys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from connhub.measures.linkages import Linkages
from connhub.options import CaptionOptions, flat_options
from connhub.plots.drawing.color_scale import BELOW, RAMP, Measure, Shades
from connhub.plots.drawing.label_placement import text_width
from connhub.plots.drawing.pixel_marks import INK, at_pixels, text_marks
from connhub.plots.picture import MUTED, Picture, blank, heading, sentences
from connhub.plots.vega_lite import channel, layer
from connhub.regions.codes import BLOCKS, PREFECTURES, is_municipality_code
from connhub.regions.directory import region_label
from connhub.regions.scheme import OVERSEAS, UNKNOWN
from connhub.text.catalogue import Texts
from connhub.text.names import shortened

__all__ = ["flow_matrix"]

Float = npt.NDArray[np.float64]
_MAX_REGIONS = 60
_OUTSIDE = (OVERSEAS, UNKNOWN)


@dataclass(frozen=True, eq=False)
class _Flows:
    """What is shown: regions in order, their blocks, and a value for each pair (NaN: none)."""

    names: list[str]
    groups: list[str]
    values: Float
    n_others: int
    texts: Texts

    @property
    def diagonal(self) -> npt.NDArray[np.int64]:
        """Where a region trades with itself; the rest among itself is not one region."""
        traded = np.isfinite(np.diag(self.values)) & (np.array(self.groups) != "rest")
        return np.flatnonzero(traded)


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
        A numeric column of ``linkages.frame``. ``amount`` and ``n_transactions`` have the
        diagonal, trade inside each region; it is framed.
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
    texts = Texts("flow_matrix", lang)
    column = Measure.of(linkages, measure, lang)
    title = texts("title", measure=column.label)
    head = partial(heading, title, linkages.ledger, caption, unit=column.unit)
    flows = _flows(linkages, column, texts)
    if not np.isfinite(flows.values).any():
        # Returns may leave a measure undefined everywhere.
        return blank(head(), texts("undefined" if len(linkages.frame) else "no_trade"))
    return _drawing(flows, column, head(notes=_notes(flows, column)))


def _flows(linkages: Linkages, measure: Measure, texts: Texts) -> _Flows:
    """Order the regions, and sum up those there is no room for."""
    matrix = linkages.matrix(measure.name).to_numpy(np.float64)
    if measure.additive:  # 0 means no trade there
        n_transactions = linkages.matrix("n_transactions").to_numpy()
        matrix = np.where(n_transactions > 0, matrix, np.nan)
    trade = np.abs(linkages.matrix().to_numpy(np.float64))
    size = trade.sum(axis=0) + trade.sum(axis=1)
    codes = [c for c in linkages.codes if c not in _OUTSIDE]
    at = {c: i for i, c in enumerate(linkages.codes)}
    largest = sorted(codes, key=lambda c: (-size[at[c]], c))[:_MAX_REGIONS]
    group = _groups(linkages.directory.codes)
    blocks = [*BLOCKS, ""]
    order = sorted(largest, key=lambda c: (blocks.index(group[c]), at[c]))
    shown = order + [c for c in _OUTSIDE if size[at[c]] > 0]
    chosen = np.array([at[c] for c in shown], dtype=int)
    values = matrix[np.ix_(chosen, chosen)]
    names = [linkages.directory.label(c, texts.lang, short=True) for c in shown]
    groups = [group[c] for c in shown]
    others = np.array([at[c] for c in codes if c not in order], dtype=int)
    if others.size and measure.additive:
        rows = np.vstack([matrix[chosen], _sum(matrix[others], 0)[None]])
        values = np.column_stack([rows[:, chosen], _sum(rows[:, others], 1)])
        names.append(texts("others", count=len(others)))
        groups.append("rest")
    return _Flows([shortened(n, 14) for n in names], groups, values, len(others), texts)


def _sum(values: Float, axis: int) -> Float:
    """Sum of what is there; NaN where nothing is."""
    none = np.isnan(values).all(axis=axis)
    total: Float = np.where(none, np.nan, np.nansum(values, axis=axis))
    return total


def _groups(codes: Sequence[str]) -> dict[str, str]:
    """Block of each region that is a block, a prefecture or a municipality."""
    local = len(codes) > 0 and bool(is_municipality_code(list(codes)).all())
    groups = {}
    for code in codes:
        prefecture = PREFECTURES.get(code[:2] if local else code)
        groups[code] = code if code in BLOCKS else prefecture.block if prefecture else ""
    return groups | dict.fromkeys(_OUTSIDE, "outside")


def _notes(flows: _Flows, measure: Measure) -> list[str]:
    texts = flows.texts
    parts = [texts("directions")]
    if flows.diagonal.size:
        parts.append(texts("framed"))
    if (flows.values < 0).any():
        parts.append(texts("dashed"))
    notes = [sentences(parts, texts.lang)]
    if flows.n_others:
        key = "others_summed_up" if measure.additive else "others_not_shown"
        notes.append(texts(key, shown=_MAX_REGIONS, count=flows.n_others))
    return notes


def _drawing(flows: _Flows, measure: Measure, head: dict[str, Any]) -> Picture:
    n = len(flows.names)
    step = 13 if n > 30 else 18 if n > 12 else 40
    known = np.abs(flows.values[np.isfinite(flows.values)])
    scale = Shades.of(known.tolist(), log=True)
    layers = []
    for sign, ramp in ((1, RAMP), (-1, BELOW)):
        shades = Shades(scale.low, scale.high, scale.log, ramp)
        if rows := _cells(flows, measure, sign, step, shades):
            layers.append(_squares(rows, shades, measure, flows.texts, step=step, below=sign < 0))
    layers += [
        *_marks(flows, shades, step),
        _lines(flows, step),
        *_sides(flows, step),
    ]
    chart = layer(*layers, title=head).properties(resolve={"scale": {"color": "independent"}})
    return Picture(chart.properties(width=n * step, height=n * step))


def _cells(
    flows: _Flows, measure: Measure, sign: int, step: int, shades: Shades
) -> list[dict[str, Any]]:
    values = flows.values
    chosen = values >= 0 if sign > 0 else values < 0
    return [
        {
            "s": flows.names[i],
            "b": flows.names[j],
            "t": measure.long(values[i, j]),
            "v": max(abs(float(f"{values[i, j]:.4g}")), shades.low),
            "x": int(j) * step,
            "y": int(i) * step,
        }
        for i, j in np.argwhere(chosen)
    ]


def _squares(
    rows: list[dict[str, Any]],
    shades: Shades,
    measure: Measure,
    texts: Texts,
    *,
    step: int,
    below: bool,
) -> Any:
    shared = Texts("pictures", texts.lang)
    legend = shades.legend(measure, length=240, orient="bottom", labelFontSize=12)
    if below:
        legend["title"] = texts("negative")
    squares = at_pixels(rows, ends=True).mark("rect")
    squares = squares.properties(
        transform=[{"calculate": f"datum.{c}+{step}", "as": c.upper()} for c in "xy"]
    )
    return squares.encode(
        color=channel("v:Q", scale=shades.scale(), legend=legend),
        tooltip=[
            channel("s:N", title=shared("seller")),
            channel("b:N", title=shared("buyer")),
            channel("t:N", title=measure.label),
        ],
    )


def _marks(flows: _Flows, shades: Shades, step: int) -> list[Any]:
    """Frames on the diagonal, dashes on what is negative."""
    frames = [
        {"x": i * step, "y": i * step, "X": (i + 1) * step, "Y": (i + 1) * step}
        for i in flows.diagonal.tolist()
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
    if frames:
        layers.append(at_pixels(frames, ends=True).mark("rect", fillOpacity=0, stroke=INK))
    if below:
        dashes = at_pixels(below).mark("text", text="−", fontSize=max(12, step * 0.8))
        layers.append(dashes.encode(color=channel("ink:N", scale=None, legend=None)))
    return layers


def _runs(groups: list[str]) -> list[tuple[str, int, int]]:
    """Group, first and end of each run of the same group."""
    starts = [i for i, g in enumerate(groups) if i == 0 or groups[i - 1] != g]
    return [(groups[a], a, b) for a, b in zip(starts, [*starts[1:], len(groups)], strict=True)]


def _lines(flows: _Flows, step: int) -> Any:
    """Lines between blocks, and around all."""
    whole = len(flows.names) * step
    cuts = [0, *(end * step for _, _, end in _runs(flows.groups))]
    if len(cuts) == len(flows.names) + 1:  # every group has one member
        cuts = [0, whole]
    across = [{"x": 0, "y": c, "X": whole, "Y": c} for c in cuts]
    down = [{"x": c, "y": 0, "X": c, "Y": whole} for c in cuts]
    return at_pixels(across + down, ends=True).mark("rule", color=MUTED)


def _sides(flows: _Flows, step: int) -> list[Any]:
    """Names of regions along the sides, and of blocks beyond."""
    size = 12
    names = [((i + 0.5) * step, n) for i, n in enumerate(flows.names)]
    layers = _along(names, -4, fontSize=size)
    runs = [(g, a, b) for g, a, b in _runs(flows.groups) if g in BLOCKS]
    if all(end - first == 1 for _, first, end in runs):
        return layers
    beyond = -10 - max(text_width(n, size) for n in flows.names)
    blocks = [((a + b) * step / 2, region_label(g, lang=flows.texts.lang)) for g, a, b in runs]
    ends = [(a * step + 1.5, b * step - 1.5) for _, a, b in runs]
    rules = [{"x": beyond, "y": a, "X": beyond, "Y": b} for a, b in ends]
    rules += [{"x": a, "y": beyond, "X": b, "Y": beyond} for a, b in ends]
    brackets = at_pixels(rules, ends=True).mark("rule", color=INK)
    return [*layers, brackets, *_along(blocks, beyond - 5, fontSize=size, fontWeight="bold")]


def _along(names: list[tuple[float, str]], off: float, **style: Any) -> list[Any]:
    """Names left of the matrix and, turned, above it: each at its place, `off` the edge."""
    left = [{"x": off, "y": at, "t": name} for at, name in names]
    above = [{"x": at, "y": off, "t": name} for at, name in names]
    return [
        text_marks(left, align="right", **style),
        text_marks(above, angle=270, **style),
    ]
