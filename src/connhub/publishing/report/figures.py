"""The pictures of a report, each with a sentence on how to read it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from connhub.plots.concentration import concentration
from connhub.plots.connector_hub import connector_hub
from connhub.plots.contributions import contributions
from connhub.plots.fireworks import fireworks
from connhub.plots.flow_matrix import flow_matrix
from connhub.plots.picture import Picture
from connhub.plots.stability import stability
from connhub.plots.strongest_linkages import strongest_linkages
from connhub.plots.tile_map import tile_map
from connhub.publishing.scope import Subject
from connhub.regions.codes import BLOCKS, PREFECTURES

__all__ = ["KINDS", "Figure", "figures"]

_MOST_REGIONS = 60
"""A matrix of more regions cannot be read."""
KINDS = (
    "connector-hub",
    "concentration",
    "contributions",
    "stability",
    "strongest-linkages",
    "flow-matrix",
    "fireworks",
    "fireworks-second",
    "tile-map",
)
_READING: Mapping[str, tuple[str, str]] = {
    "connector-hub": (
        "点は企業。右ほどコネクター度(域外から稼ぐ力)、上ほどハブ度(域内から仕入れる力)が大きい。"
        "両軸は対数目盛で、右上の企業が地域の核となる。",
        "Each point is a firm: the further right, the more it sells out of the region; the higher, "
        "the more it buys inside. Both axes are logarithmic; firms at the upper right are central.",
    ),
    "concentration": (
        "域外販売額の大きい企業から順に足し上げた割合(横は企業数の対数目盛)。"
        "曲線が左上にあるほど少数の企業に集中している。破線は全社が同額の場合。",
        "Sales out of the region added up from the largest firm on (firms on a logarithmic axis): "
        "the closer the curve is to the upper left, the fewer firms carry them. Dashed: all equal.",
    ),
    "contributions": (
        "棒は、各指標が得点を平均の50点からどれだけ上げ(右)、または下げた(左)か。"
        "その合計に50を足したものが得点である。",
        "How far each indicator raises (right) or lowers (left) the score from the mean of 50; "
        "their sum and 50 make the score.",
    ),
    "stability": (
        "横は、重みと偏差値の読み方を変えた試算のうち候補に選ばれた割合。"
        "右端に近い企業ほど、条件を変えても候補に残る。",
        "How often each firm is selected when the weights and the reading of ranks vary: the "
        "further right, the less it depends on them.",
    ),
    "strongest-linkages": (
        "弧が太いほど取引額が大きい。太い端が販売元、細い端が販売先である。",
        "The thicker the arc, the more money; its thick end sells, its thin end buys.",
    ),
    "flow-matrix": (
        "行が販売元、列が販売先。青が濃いほど取引額が大きい(対数目盛)。枠は同じ地域の中の取引。",
        "Rows sell, columns buy; the darker the blue, the more money (logarithmic). Framed: trade "
        "inside a region.",
    ),
    "tile-map": (
        "地域をほぼ位置どおりに並べた図。色が濃いほど域内取引額が大きい。",
        "The regions, roughly where they lie; the darker, the more trade inside.",
    ),
    "fireworks": (
        "中央の企業の取引先を地域別に並べた図。線の太さは取引額で、域内と域外を色で分けている。",
        "The customers and suppliers of the firm in the centre, by region; thickness is money, "
        "colour tells trade inside the region from trade out of it.",
    ),
}

_AS_BARS: Mapping[str, tuple[str, str]] = {
    "strongest-linkages": (
        "取引額の大きい順。矢印は販売元から販売先へ。",
        "The largest first; arrows point from the region that sells to the one that buys.",
    ),
    "tile-map": ("棒が長いほど域内取引額が大きい。", "The longer the bar, the more trade inside."),
}
"""Where regions have no place on a map."""


@dataclass(frozen=True, eq=False)
class Figure:
    """A picture of a report.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    number : int
        Its place in the report.
    picture : Picture
    spec : dict
        The picture as Vega-Lite.
    reading : str
        How to read it; empty where there is nothing to read.
    """

    kind: str
    number: int
    picture: Picture
    spec: Mapping[str, Any]
    reading: str

    @property
    def title(self) -> str:
        """What the picture shows."""
        title = self.spec.get("title", "")
        return str(title.get("text", "") if isinstance(title, Mapping) else title)

    @property
    def file(self) -> str:
        """Name of its file, without the ending."""
        return f"picture-{self.number}-{self.kind}"


def figures(
    subject: Subject,
    *,
    year: str | int | None = None,
    source: str | None = None,
    geometry: str | os.PathLike[str] | dict[str, Any] | None = None,
    key: str | None = None,
) -> tuple[dict[str, Figure], dict[str, str]]:
    """Draw the pictures that the data allows.

    Parameters
    ----------
    subject : Subject
    year, source, geometry, key
        See `write_report`.

    Returns
    -------
    drawn : dict
        By kind, in the order of the report.
    missing : dict
        By kind, what is needed for a picture that is not there.
    """
    missing = _missing(subject)
    readings = dict(_READING) if subject.placed or geometry else {**_READING, **_AS_BARS}
    told: dict[str, Any] = {"lang": subject.lang, "year_label": year, "source": source}
    drawn: dict[str, Figure] = {}
    for kind, make in _makers(subject, told, {"geometry": geometry, "code_property": key}):
        if kind.removesuffix("-second") in missing:
            continue
        picture = make()
        words = readings[kind.removesuffix("-second")] if picture.shows else ("", "")
        drawn[kind] = Figure(kind, len(drawn) + 1, picture, picture.spec, subject.say(*words))
    return drawn, missing


def _makers(
    s: Subject, told: dict[str, Any], shapes: dict[str, Any]
) -> Iterator[tuple[str, Callable[[], Picture]]]:
    result, region = s.result, s.code or None
    degrees = result.degrees if region is None else s.degrees
    here = {"of_region": region, **told}
    yield "connector-hub", partial(connector_hub, degrees, selection=s.selection, **here)
    yield "concentration", partial(concentration, degrees, **here)
    if s.selection is not None and region is not None:
        yield "contributions", partial(contributions, s.selection, **here)
        steady = partial(stability, s.selection, frame=s.stability)
        yield "stability", partial(steady, **here)
    strongest = partial(strongest_linkages, result.linkages, **shapes, **here)
    yield "strongest-linkages", strongest
    yield "flow-matrix", partial(flow_matrix, result.linkages, **told)
    if result.trade is not None:
        partners = partial(fireworks, result.trade, degrees=result.degrees, **told)
        for kind, firm in zip(("fireworks", "fireworks-second"), s.leaders, strict=False):
            yield kind, partial(partners, firm)
    yield "tile-map", partial(tile_map, result.regions, **shapes, **told)


def _missing(s: Subject) -> dict[str, str]:
    """What is needed for the pictures that the data does not allow."""
    absent: dict[str, str] = {}
    if s.selection is None:
        absent |= dict.fromkeys(
            ("contributions", "stability"),
            s.say(
                "評点と候補の図には、選定の結果が必要である。",
                "The pictures of scores and candidates need a selection.",
            ),
        )
    elif not s.code:
        absent |= dict.fromkeys(
            ("contributions", "stability"),
            s.say(
                "得点の内訳と安定性の図は、地域ごとのレポートにある。",
                "What makes up the scores, and how stable they are, is in the report of a region.",
            ),
        )
    if s.code and s.code not in {*PREFECTURES, *BLOCKS}:
        # The pictures know only the official regions where they see no firm of one.
        if not len(s.degrees.frame):
            none = s.say("この地域には企業がない。", "There is no firm in this region.")
            absent |= dict.fromkeys(("connector-hub", "concentration"), none)
        if s.selection is not None and not len(s.selection.frame):
            none = s.say("順位づけできる企業がない。", "No firm can be ranked.")
            absent |= dict.fromkeys(("contributions", "stability"), none)
    if s.result.trade is None:
        absent["fireworks"] = s.say(
            "企業別の取引先の図には、企業×地域または企業×企業の集計(grain)が必要である。",
            "The picture of a firm's partners needs the grain firms_by_region or pairs.",
        )
    elif not s.leaders:
        absent["fireworks"] = s.say(
            "域外販売も域内仕入もある企業がないため、取引先の図はない。",
            "No firm trades, so there is no picture of partners.",
        )
    if len(s.result.regions.frame) > _MOST_REGIONS:
        absent["flow-matrix"] = s.say(
            f"地域が{_MOST_REGIONS}を超えるため、行列の図は省く。",
            f"With more than {_MOST_REGIONS} regions the matrix cannot be read.",
        )
    return absent
