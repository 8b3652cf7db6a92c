"""Firms by both degrees: which are points, which are named, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from connhub.arrow import positions_in
from connhub.plots.drawing.log_axis import STRIP, LogAxis
from connhub.selection.result import Selection

__all__ = ["CELL", "DEGREES", "HEIGHT", "WIDTH", "ScatterLayout", "SelectedFirms"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
WIDTH, HEIGHT = 560, 480
CELL = 12
"""Side of a square of firms that are no points, in pixels."""
DEGREES = ("connector_degree", "hub_degree")
_ROOM = 20, 66  # beyond the largest values, for the names in the corners
_BESIDE = 150  # right of the mean, for the same
_MISSED = 2
"""How many firms are named that are the first by a degree and have no rank."""
_LARGEST = 3
"""So many of the first by each degree are named, whether selected or not."""
_SPARE = 0.02


@dataclass(frozen=True, eq=False)
class SelectedFirms:
    """Selected firms among the rows of a frame.

    Parameters
    ----------
    rows : ndarray of int64, shape (k,)
        In the order of their best ranks.
    rank : ndarray of int64, shape (k,)
        Best rank of each.
    field : list
        Field of the list with that rank; None where there are no fields.
    """

    rows: Int
    rank: Int
    field: list[Any]

    @classmethod
    def of(cls, frame: pd.DataFrame, selection: Selection | None) -> SelectedFirms:
        """Find the selected firms of a selection.

        Parameters
        ----------
        frame : DataFrame
            Of degrees.
        selection : Selection or None
        """
        if selection is None:
            return cls(np.empty(0, np.int64), np.empty(0, np.int64), [])
        listed = selection.frame.loc[selection.frame["selected"], ["firm_id", "rank", "field"]]
        here = np.flatnonzero(frame["firm_id"].isin(listed["firm_id"]).to_numpy(dtype=bool))
        firms = pd.DataFrame({"firm_id": frame["firm_id"].array.take(here), "row": here})
        found = firms.merge(listed, on="firm_id").sort_values(["rank", "row"], kind="stable")
        best = found.drop_duplicates("row")
        field = [f if isinstance(f, str) else None for f in best["field"]]
        return cls(best["row"].to_numpy(np.int64), best["rank"].to_numpy(np.int64), field)


@dataclass(frozen=True, eq=False)
class ScatterLayout:
    """Places of firms, in pixels from the upper left corner.

    Parameters
    ----------
    values : tuple of ndarray of float64, shape (n,)
        Connector and hub degree.
    axes : tuple of LogAxis
    selected : SelectedFirms
    shown : ndarray of int64
        Rows that are points, the most important first.
    names : ndarray of int64
        Which of the points have names, the most important first.
    spots : ndarray of float64, shape (n, 2)
    """

    values: tuple[Float, Float]
    axes: tuple[LogAxis, LogAxis]
    selected: SelectedFirms
    shown: Int
    names: Int
    spots: Float

    @classmethod
    def of(
        cls, frame: pd.DataFrame, selection: Selection | None, *, labels: int, points: int
    ) -> ScatterLayout:
        """Lay firms out.

        Parameters
        ----------
        frame : DataFrame
            Of degrees, without rows in which one is undefined.
        selection : Selection or None
        labels, points : int
            How many firms are named and how many are points, at most.
        """
        x, y = (frame[d].to_numpy(dtype=float) for d in DEGREES)
        spare = _SPARE if len(frame) > points else 0.0
        across = _across(x, spare)
        up = LogAxis.of(y, HEIGHT, room=_ROOM[1], spare=spare)
        selected = SelectedFirms.of(frame, selection)
        ranks = [pd.Series(v).rank(method="min", ascending=False).to_numpy() for v in (x, y)]
        # Firms high in both degrees are named; firms high in either should be points.
        front = (
            selected.rows if selected.rows.size else np.argsort(np.maximum(*ranks), kind="stable")
        )
        front = front if selected.rows.size else front[: min(labels, points)]
        rest = np.ones(len(frame), dtype=bool)
        rest[front] = False
        others = np.flatnonzero(rest)
        others = others[np.argsort(np.minimum(*ranks)[others], kind="stable")]
        absent = _absent(frame, selection, others)  # who is missed has a name too
        others = np.concatenate([others[absent], others[~absent]])
        shown = np.concatenate([front, others])[:points]
        large = np.minimum(*ranks)[others[absent.sum() :]] <= _LARGEST
        beside = int(absent.sum() + large.sum()) if selection is not None else 0
        names = _names(front.size, beside, labels)
        names = names[names < shown.size]
        spots = _spots((x, y), (across, up), shown[names])
        return cls((x, y), (across, up), selected, shown, names, spots)

    @property
    def named(self) -> int:
        """How many points have names."""
        return self.names.size

    @property
    def means(self) -> tuple[float, float] | None:
        """The means of both degrees; None with few firms, or off the axes."""
        x, y = (float(v.mean()) for v in self.values)
        across, up = self.axes
        on = across.low < x < across.high and up.low < y < up.high
        return (x, y) if on and self.values[0].size > 2 else None

    @property
    def mean_spot(self) -> tuple[float, float] | None:
        """Pixels of the means."""
        if self.means is None:
            return None
        x, y = (float(a.pixels(np.array(m))) for a, m in zip(self.axes, self.means, strict=True))
        return x, HEIGHT - y

    def cells(self) -> list[dict[str, int]]:
        """Squares of the firms that are no points: ``x, X, y, Y`` in pixels, and how many."""
        hidden = np.ones(len(self.spots), dtype=bool)
        hidden[self.shown] = False
        spots = self.spots[hidden]
        right = np.where(spots[:, 0] < STRIP, -1, (spots[:, 0] - STRIP) // CELL)
        from_bottom = HEIGHT - spots[:, 1]
        up = np.where(from_bottom < STRIP, -1, (from_bottom - STRIP) // CELL)
        across = WIDTH // CELL + 2
        cells, counts = np.unique((up + 1) * across + right + 1, return_counts=True)
        rows = []
        for cell, n in zip(cells.astype(int).tolist(), counts.tolist(), strict=True):
            (x, to_x), (y, to_y) = (_edges(k - 1) for k in (cell % across, cell // across))
            rows.append({"x": x, "X": to_x, "y": HEIGHT - to_y, "Y": HEIGHT - y, "n": n})
        return rows


def _names(selected: int, beside: int, labels: int) -> Int:
    """Which points are named: the selected, and a part of the labels for the others after them."""
    others = min(beside, max(labels // 3, labels - selected))
    own = np.arange(min(selected, labels - others))
    return np.concatenate([own, selected + np.arange(others)]).astype(np.int64)


def _absent(frame: pd.DataFrame, selection: Selection | None, rows: Int) -> npt.NDArray[np.bool_]:
    """Which rows are the first of a region by a degree, and have no rank for want of a value."""
    if selection is None:
        return np.zeros(rows.size, dtype=bool)
    firsts = selection.absentees(1)
    unranked = pa.array(firsts.loc[firsts["reason"] == "missing_indicator", "firm_id"])
    place = positions_in(pa.array(frame["firm_id"].iloc[rows]), unranked)
    missed = np.sort(place[place >= 0])[:_MISSED]
    return np.isin(place, missed)


def _across(values: Float, spare: float) -> LogAxis:
    """The axis of the connector degree; with few firms the mean is near the largest."""
    mean = np.array(values.mean())
    for room in range(_ROOM[0], _BESIDE + 1, 10):
        axis = LogAxis.of(values, WIDTH, room=room, spare=spare)
        if axis.pixels(mean) <= WIDTH - _BESIDE:
            break
    return axis


def _edges(k: int) -> tuple[int, int]:
    """Pixels of a square; the strip is one of its own width."""
    return (0, STRIP) if k < 0 else (STRIP + k * CELL, STRIP + (k + 1) * CELL)


def _spots(values: tuple[Float, Float], axes: tuple[LogAxis, LogAxis], named: Int) -> Float:
    """Pixels of each firm; those in a strip are spread over it, the named ones in its middle."""
    spots = np.empty((values[0].size, 2))
    for i, (v, axis, turn) in enumerate(zip(values, axes, (0.754878, 0.618034), strict=True)):
        spread = (np.arange(v.size) * turn) % 1 - 0.5
        spread[named] = 0
        spots[:, i] = axis.pixels(v) + np.where(v < axis.low, spread * STRIP * 0.7, 0)
    spots[:, 1] = HEIGHT - spots[:, 1]
    return spots
