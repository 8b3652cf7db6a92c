"""Charts as Vega-Lite: plain JSON, put together in the way of Altair.

Altair copies and checks a chart at every step, its data included; for the pictures of a report that
takes longer than to draw them. What is put together here is never copied, and `Picture.chart` is an
Altair chart for whoever changes one further.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Chart", "channel", "layer"]

Spec = dict[str, Any]
_KINDS = {"Q": "quantitative", "N": "nominal", "O": "ordinal"}
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


@dataclass(frozen=True, eq=False)
class Chart:
    """A chart, or a part of one; each method gives another.

    Parameters
    ----------
    spec : dict
        Of Vega-Lite.

    Examples
    --------
    >>> dots = Chart.of([{"x": 1}]).mark("circle", size=9).encode(x="x:Q", color={"value": "red"})
    >>> dots.spec["mark"], dots.spec["encoding"]["x"]
    ({'type': 'circle', 'size': 9}, {'field': 'x', 'type': 'quantitative'})
    """

    spec: Spec

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]]) -> Chart:
        """Begin with rows of data.

        Parameters
        ----------
        rows : sequence of mapping
        """
        return cls({"data": {"values": rows}})

    def mark(self, kind: str, **style: Any) -> Chart:
        """Draw a mark for each row.

        Parameters
        ----------
        kind : str
            Such as ``rect`` or ``text``.
        **style
        """
        return self.properties(mark={"type": kind, **style})

    def encode(self, **channels: Any) -> Chart:
        """Add channels: what fields of the rows decide.

        Parameters
        ----------
        **channels
            A text as for `channel`, or what Vega-Lite takes.
        """
        added = {k: channel(v) if isinstance(v, str) else v for k, v in channels.items()}
        return self.properties(encoding={**self.spec.get("encoding", {}), **added})

    def properties(self, **properties: Any) -> Chart:
        """Set the title, the size and the like.

        Parameters
        ----------
        **properties
            Of Vega-Lite.
        """
        return Chart({**self.spec, **properties})

    def whole(self) -> Spec:
        """As a document: numbers of NumPy as those of Python, tuples as lists.

        Examples
        --------
        >>> sorted(Chart.of([{"x": 1}]).mark("bar").whole())
        ['$schema', 'data', 'mark']
        """
        text = json.dumps(self.spec, default=lambda number: number.item())
        return {"$schema": _SCHEMA, **json.loads(text)}


def channel(name: str, **options: Any) -> Spec:
    """A channel of a field.

    Parameters
    ----------
    name : str
        Of the field, and after a colon its type: Q, N or O.
    **options
        Scale, title and so on.

    Examples
    --------
    >>> channel("share:Q", title=None), channel("until")
    ({'field': 'share', 'type': 'quantitative', 'title': None}, {'field': 'until'})
    """
    name, _, kind = name.partition(":")
    return {"field": name, **({"type": _KINDS[kind]} if kind else {}), **options}


def layer(*charts: Chart, **properties: Any) -> Chart:
    """Charts one upon the other; rows that all of them share are held once.

    Parameters
    ----------
    *charts : Chart
    **properties
        As for `Chart.properties`.
    """
    parts = [chart.spec for chart in charts]
    shared = parts[0].get("data")
    if shared is None or any(part.get("data") is not shared for part in parts):
        return Chart({"layer": parts, **properties})
    parts = [{k: v for k, v in part.items() if k != "data"} for part in parts]
    return Chart({"data": shared, "layer": parts, **properties})
