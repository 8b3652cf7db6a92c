"""Who is not ranked, why, and how high these firms stand by the degrees."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from connhub.arrow import text
from connhub.intake.firm_table import FirmTable
from connhub.measures.result_table import ids_as_text
from connhub.regions.directory import RegionDirectory
from connhub.selection.firm_data import FirmData
from connhub.selection.rank_scores import rank_in_groups
from connhub.selection.schemes import DEGREES, Scheme
from connhub.text.catalogue import Message

__all__ = [
    "DEGREE_RANKS",
    "REASONS",
    "absence_notes",
    "absentees",
    "highest_first",
    "not_ranked_frame",
]

Int = npt.NDArray[np.int64]

REASONS = ("", "not_eligible", "undefined_degree", "missing_indicator", "no_field")
"""Why a firm is not ranked: the first that applies, in this order."""
_EXPECTED = ("undefined_degree", "no_field", "not_eligible")
"""Reasons that concern a whole region or that the user chose, the least surprising last."""
DEGREE_RANKS = {"connector_degree": "connector_rank", "hub_degree": "hub_rank"}
"""The degrees, and the ranks by them."""


def not_ranked_frame(
    data: FirmData,
    region: Int,
    reason: npt.NDArray[np.int8],
    lacking: npt.NDArray[np.int16],
    scheme: Scheme,
) -> pd.DataFrame:
    """Who is not ranked, and why, with their degrees and ranks within their regions.

    Parameters
    ----------
    data : FirmData
        n firms with degrees.
    region : ndarray of int64, shape (n,)
        Number of the region of each firm.
    reason : ndarray of int8, shape (n,)
        Position in `REASONS`.
    lacking : ndarray of int16, shape (n,)
        Position in the indicators of the scheme of the first that has no value; -1 for none.
    scheme : Scheme

    Returns
    -------
    DataFrame
        The columns of the table ``not_ranked`` of the schema; first the firms with degrees, in
        their order.
    """
    degrees = data.degrees.frame
    rows = np.flatnonzero(reason)
    columns = {
        "firm_id": degrees["firm_id"].array.take(rows),
        "name": degrees["name"].array.take(rows),
        "region": degrees["region"].array.take(rows),
        "region_name": degrees["region_name"].array.take(rows),
        "reason": text(list(REASONS)).take(pa.array(reason[rows])).to_pandas(),
        "indicator": _indicators(lacking[rows], scheme).to_pandas(),
        "cause": _causes(data, rows, lacking[rows], scheme).to_pandas(),
    }
    frame = pd.DataFrame(columns)
    for degree, rank in DEGREE_RANKS.items():
        values = degrees[degree].to_numpy(dtype=float)
        ranks = rank_in_groups(data.degrees.order_key(degree), region).shown[rows]
        frame[degree] = values[rows]
        frame[rank] = pd.array(ranks, dtype="Int64")
        frame.loc[ranks == 0, rank] = pd.NA
    without = data.without_degrees()
    if not without.size or data.firms is None:
        return frame
    others = _without_degrees(data.firms, without)
    both = [pa.Table.from_pandas(frame, preserve_index=False), others]
    whole = all(pa.types.is_integer(t.schema.field("firm_id").type) for t in both)
    ids = pa.field("firm_id", pa.int64() if whole else pa.large_string())
    schema = others.schema.set(others.schema.get_field_index("firm_id"), ids)
    joined = pa.concat_tables([t.cast(schema) for t in both]).to_pandas()
    ranks_of_all: pd.DataFrame = joined.astype(dict.fromkeys(DEGREE_RANKS.values(), "Int64"))
    return ranks_of_all


def _indicators(lacking: npt.NDArray[np.int16], scheme: Scheme) -> pa.Array:
    """Name of the indicator that each firm lacks."""
    if not lacking.size:
        return pa.nulls(0, pa.large_string())
    names = pa.array(np.maximum(lacking, 0), mask=lacking < 0)
    return text(list(scheme.indicators)).take(names)


def _causes(
    data: FirmData, rows: Int, lacking: npt.NDArray[np.int16], scheme: Scheme
) -> pa.LargeStringArray:
    """Why the indicator has no value, where the table it comes from says so."""
    causes = np.full(rows.size, None, dtype=object)
    for number, name in enumerate(scheme.indicators):
        lacks = lacking == number
        if lacks.any() and name not in DEGREES:
            causes[lacks] = data.causes(name, rows[lacks])
    return text(causes.tolist())


def _without_degrees(firms: FirmTable, rows: Int) -> pa.Table:
    """The firms of the table that have no degrees: abroad, or no region."""
    table, taken = firms.table, pa.array(rows)
    empty = pa.nulls(rows.size, pa.large_string())
    of_firm = pa.array(firms.regions.index[rows])
    columns = {
        "firm_id": table["firm_id"].combine_chunks().take(taken),
        "name": text(table["name"]).take(taken) if "name" in table.column_names else empty,
        "region": text(list(firms.regions.all_codes)).take(of_firm),
        "region_name": text(list(firms.regions.all_names)).take(of_firm),
        "reason": text(["no_degrees"] * rows.size),
        "indicator": empty,
        "cause": empty,
    }
    for degree, rank in DEGREE_RANKS.items():
        columns[degree] = pa.nulls(rows.size, pa.float64())
        columns[rank] = pa.nulls(rows.size, pa.int64())
    return pa.table(columns)


def highest_first(not_ranked: pd.DataFrame) -> pd.DataFrame:
    """Those who are missed most first: by the better rank of both degrees, then by the degree.

    Parameters
    ----------
    not_ranked : DataFrame
        Of a selection.

    Returns
    -------
    DataFrame
        Behind all others stand firms of regions in which a degree is undefined, firms of no
        field, and last those that are not eligible.
    """
    best = not_ranked[list(DEGREE_RANKS.values())].astype(float).min(axis=1).fillna(np.inf)
    degree = not_ranked[list(DEGREE_RANKS)].max(axis=1).fillna(-np.inf)
    expected = not_ranked["reason"].map({r: i for i, r in enumerate(_EXPECTED)}).fillna(-1)
    ids = ids_as_text(not_ranked["firm_id"]).rank(method="first")
    order = np.lexsort((ids, -degree, best, expected))
    return not_ranked.iloc[order].reset_index(drop=True)


def absentees(not_ranked: pd.DataFrame, places: int) -> pd.DataFrame:
    """Firms that one would look for on the list: high in their region by a degree, but not ranked.

    Parameters
    ----------
    not_ranked : DataFrame
        Of a selection.
    places : int
        The first so many of each region by either degree.

    Returns
    -------
    DataFrame
        Highest first; firms that are not eligible are none.
    """
    high = np.zeros(len(not_ranked), dtype=bool)
    for degree, rank in DEGREE_RANKS.items():
        within = (not_ranked[rank] <= places).fillna(False).to_numpy(dtype=bool)
        high |= within & (not_ranked[degree] > 0).to_numpy(dtype=bool)
    high &= (not_ranked["reason"] != "not_eligible").to_numpy(dtype=bool)
    return highest_first(not_ranked[high])


def absence_notes(not_ranked: pd.DataFrame, directory: RegionDirectory) -> list[Message]:
    """Note regions whose first firm by a degree is not ranked for want of a value.

    Parameters
    ----------
    not_ranked : DataFrame
        Of a selection.
    directory : RegionDirectory

    Returns
    -------
    list of Message
    """
    notes = []
    firsts = absentees(not_ranked[~not_ranked["reason"].isin(_EXPECTED)], 1)
    for degree, rank in reversed(DEGREE_RANKS.items()):
        first = firsts[(firsts[rank] == 1).fillna(False) & (firsts[degree] > 0)]
        if len(first):
            codes = sorted(first["region"].unique())
            regions = [directory.in_languages(code) for code in codes]
            notes.append(Message("selection.first_without_rank", degree=degree, regions=regions))
    return notes
