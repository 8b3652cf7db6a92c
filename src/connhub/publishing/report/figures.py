"""The pictures of a report, each with a sentence on how to read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from connhub.options import CaptionOptions, ShapeOptions
from connhub.plots.before_after import before_after
from connhub.plots.change_waterfall import change_waterfall
from connhub.plots.concentration import concentration
from connhub.plots.connector_hub import connector_hub
from connhub.plots.contributions import contributions
from connhub.plots.dependents import dependents
from connhub.plots.fireworks import fireworks
from connhub.plots.flow_matrix import flow_matrix
from connhub.plots.leak_map import leak_map
from connhub.plots.picture import Picture
from connhub.plots.rank_slope import rank_slope
from connhub.plots.resilience import resilience
from connhub.plots.ripple_tiers import ripple_tiers
from connhub.plots.stability import stability
from connhub.plots.strongest_linkages import strongest_linkages
from connhub.plots.target_path import target_path
from connhub.plots.tile_map import tile_map
from connhub.publishing.scope import Scope
from connhub.text.catalogue import Texts

__all__ = ["KINDS", "Figure", "figures"]

_MAX_REGIONS = 60
"""A matrix of more regions cannot be read."""
_PARTNERS = 14
"""How many partners a side are named of a firm: two such pictures fit a sheet of paper."""
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
    "ripple-tiers",
    "leak-map",
    "resilience",
    "dependents",
    "change-waterfall",
    "rank-slope",
    "target-path",
    "target-path-second",
    "target-path-third",
    "before-after",
    "before-after-hub",
)
_READINGS: Mapping[str, str] = {
    "connector-hub": "connector_hub",
    "concentration": "concentration",
    "contributions": "contributions",
    "stability": "stability",
    "strongest-linkages": "strongest_linkages",
    "flow-matrix": "flow_matrix",
    "fireworks": "fireworks",
    "fireworks-second": "fireworks",
    "tile-map": "tile_map",
    "ripple-tiers": "ripple_tiers",
    "leak-map": "leak_map",
    "resilience": "resilience",
    "dependents": "dependents",
    "change-waterfall": "change_waterfall",
    "rank-slope": "rank_slope",
    "target-path": "target_path",
    "target-path-second": "target_path",
    "target-path-third": "target_path",
    "before-after": "before_after",
    "before-after-hub": "before_after",
}
_READINGS_AS_BARS: Mapping[str, str] = {
    "strongest-linkages": "strongest_linkages_as_bars",
    "tile-map": "tile_map_as_bars",
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
        How to read it.
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
    def subtitle(self) -> list[str]:
        """Year, unit, source and notes, below the title."""
        title = self.spec.get("title", "")
        return list(title.get("subtitle", [])) if isinstance(title, Mapping) else []

    @property
    def file(self) -> str:
        """Name of its file, without the ending."""
        return f"picture-{self.number}-{self.kind}"


def figures(
    scope: Scope,
    caption: CaptionOptions,
    shapes: ShapeOptions,
    begin: Callable[[Figure], None] = lambda _: None,
) -> tuple[dict[str, Figure], dict[str, str], dict[str, str]]:
    """Put the pictures together that the data allows.

    Parameters
    ----------
    scope : Scope
    caption : CaptionOptions
    shapes : ShapeOptions
    begin : callable, optional
        Is told of each figure as soon as it is there.

    Returns
    -------
    drawn : dict
        By kind, in the order of the report.
    missing : dict
        By kind, what is needed for a picture that is not there.
    empty : dict
        By kind, why a picture has nothing to show; it takes no place and no number.
    """
    texts = Texts("figures", scope.lang)
    on_map = scope.on_map or shapes.geometry is not None
    readings = _READINGS if on_map else {**_READINGS, **_READINGS_AS_BARS}
    drawn: dict[str, Figure] = {}
    empty: dict[str, str] = {}
    for kind, draw in _drawers(scope, caption, shapes):  # what they show is found as they come
        picture = draw()
        figure = Figure(kind, len(drawn) + 1, picture, picture.spec, texts(readings[kind]))
        if not picture.shows:
            empty[kind] = texts("empty", title=figure.title, reason=picture.reason)
            continue
        drawn[kind] = figure
        begin(figure)
    return drawn, _missing(scope, texts), empty


def _drawers(
    scope: Scope, caption: CaptionOptions, shapes: ShapeOptions
) -> Iterator[tuple[str, Callable[[], Picture]]]:
    """The kinds of pictures in their order, each with what draws it."""
    result, degrees, of_region = scope.result, scope.degrees, scope.region or None
    local: dict[str, Any] = {"of_region": of_region, "caption": caption}
    chosen = {"selection": scope.selection, "certainty": scope.certainty if of_region else None}
    yield "connector-hub", partial(connector_hub, degrees, **chosen, **local)
    yield "concentration", partial(concentration, degrees, **local)
    if of_region is not None and scope.stability is not None:
        yield "contributions", partial(contributions, scope.selection, **local)
        yield "stability", partial(stability, scope.selection, frame=scope.stability, **local)
    if not scope.of_firm_totals:
        arcs = partial(strongest_linkages, result.linkages, shapes=shapes, **local)
        yield "strongest-linkages", arcs
        if len(result.directory.codes) <= _MAX_REGIONS:
            yield "flow-matrix", partial(flow_matrix, result.linkages, caption=caption)
    if result.trade is not None:
        shared = {"degrees": result.degrees, "partners": _PARTNERS, "caption": caption}
        partners = partial(fireworks, result.trade, **shared)
        for kind, firm in zip(("fireworks", "fireworks-second"), scope.leaders, strict=False):
            yield kind, partial(partners, firm)
    yield "tile-map", partial(tile_map, result.regions, shapes=shapes, **local)
    if scope.ripple is not None:
        yield "ripple-tiers", partial(ripple_tiers, scope.ripple, caption=caption)
    if scope.leaks is not None and of_region is not None:
        yield "leak-map", partial(leak_map, scope.leaks, **local)
    if scope.ripple is not None:
        if scope.leaks is not None:
            yield "resilience", partial(resilience, scope.ripple, scope.leaks, **local)
        yield "dependents", partial(dependents, scope.ripple, caption=caption)
    yield from _of_years(scope, of_region, caption)
    if scope.what_if is not None and of_region is not None:
        yield "before-after", partial(before_after, scope.what_if, **local)
        yield "before-after-hub", partial(before_after, scope.what_if, degree="hub_degree", **local)


def _of_years(
    scope: Scope, of_region: str | None, caption: CaptionOptions
) -> Iterator[tuple[str, Callable[[], Picture]]]:
    """The pictures of what changed, and of targets."""
    change = scope.change
    if change is not None and change.has_pairs:
        of_change = partial(change_waterfall, change, of_region=of_region, caption=caption)
        yield "change-waterfall", of_change
    if change is not None and of_region is not None:
        yield "rank-slope", partial(rank_slope, change, of_region=of_region, caption=caption)
    kinds = [kind for kind in KINDS if kind.startswith("target-path")]
    for kind, target in zip(kinds, scope.targets, strict=False):
        yield kind, partial(target_path, scope.progress, target, caption=caption)


def _missing(scope: Scope, texts: Texts) -> dict[str, str]:
    """What is needed for the pictures that the data does not allow, by kind."""
    missing: dict[str, str] = {}
    about_scores = ("contributions", "stability")
    if scope.selection is None:
        missing |= dict.fromkeys(about_scores, texts("needs_selection"))
    elif not scope.region:
        missing |= dict.fromkeys(about_scores, texts("in_reports_of_regions"))
    elif scope.stability is None:
        missing |= dict.fromkeys(about_scores, texts("nobody_ranked"))
    if scope.ripple is not None and scope.leaks is None:
        missing |= dict.fromkeys(("leak-map", "resilience"), texts("needs_industries"))
    if scope.of_firm_totals:
        needing = ("strongest-linkages", "flow-matrix", "fireworks")
        return missing | dict.fromkeys(needing, texts("needs_transactions"))
    if scope.result.trade is None:
        missing["fireworks"] = texts("needs_grain")
    elif not scope.leaders:
        missing["fireworks"] = texts("no_leaders")
    if len(scope.result.directory.codes) > _MAX_REGIONS:
        missing["flow-matrix"] = texts("too_many_regions", limit=_MAX_REGIONS)
    return missing
