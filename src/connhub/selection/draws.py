"""In which share of some draws of the degrees each firm is listed."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.cutoff import Cutoff
from connhub.errors import ColumnError, Fault, InputError
from connhub.intake.stream_reader import as_table
from connhub.selection.basis import Basis
from connhub.selection.ranking import Ranking
from connhub.selection.schemes import Scheme

__all__ = ["share_listed"]

Float = npt.NDArray[np.float64]


def share_listed(
    draws: Any, basis: Basis, ranking: Ranking, scheme: Scheme, cutoff: Cutoff
) -> Float:
    """In which share of the draws each row is selected.

    Parameters
    ----------
    draws : table
        ``draw`` (a number or name), ``firm_id``, and any indicators of the scheme. A firm that a
        draw does not name keeps its values.
    basis : Basis
    ranking : Ranking
        Some lists of it.
    scheme : Scheme
    cutoff : Cutoff

    Returns
    -------
    ndarray of float64, shape (rows,)

    Raises
    ------
    ColumnError
        Without a draw, a firm, or an indicator of the scheme.
    InputError
        For firms that are not known.
    """
    table = as_table(draws)
    drawn = [n for n in scheme.indicators if n in table.column_names]
    needed = [n for n in ("draw", "firm_id") if n not in table.column_names]
    if needed or not drawn or not table.num_rows:
        raise ColumnError(
            Fault(
                "certainty.draws_columns",
                columns=table.column_names,
                known=["draw", "firm_id", *scheme.indicators],
            )
        )
    rows = basis.degrees.rows_of(table["firm_id"])
    if (unknown := np.flatnonzero(rows < 0)).size:
        examples = table["firm_id"].take(pa.array(unknown[:10])).to_pylist()
        raise InputError(
            Fault("certainty.draws_unknown_firms", examples=examples, count=int(unknown.size))
        )
    number = table["draw"].combine_chunks().dictionary_encode().indices.to_numpy()
    order = np.argsort(number, kind="stable")
    ends = np.searchsorted(number[order], np.arange(int(number.max()) + 2))
    times = np.zeros(basis.entries.entry_of_row.size, dtype=np.int64)
    for first, last in pairwise(ends.tolist()):
        here = order[first:last]
        keys = dict(basis.keys)
        for name in drawn:
            of_draw = table[name].to_numpy()[here].astype(np.float64)
            keys[name] = basis.values[name].copy()
            keys[name][rows[here]] = np.where(np.isnan(of_draw), -np.inf, of_draw)
        found = Ranking.of(basis.entries, keys, scheme, cutoff, basis.ids)
        times[found.order] += found.selected
    return times[ranking.order] / (ends.size - 1)
