"""The lists of a selection: how long each is, some of their rows, and those shown and written."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from connhub.cutoff import Cutoff
from connhub.errors import Fault, OptionError, did_you_mean
from connhub.labels import Language
from connhub.measures.result_table import arrow_table
from connhub.regions.directory import RegionDirectory
from connhub.selection.indicators import is_money
from connhub.selection.rank_scores import pareto_front
from connhub.selection.ranking import Ranking
from connhub.selection.schemes import Scheme
from connhub.text.numbers import split_unit

__all__ = ["list_table", "pareto_rows", "rows_among", "rows_in_base_units"]

Mask = npt.NDArray[np.bool_]


def list_table(frame: pd.DataFrame, ranking: Ranking, cutoff: Cutoff) -> pd.DataFrame:
    """Number of firms, places and selected firms of each list; see `Selection.lists`.

    Parameters
    ----------
    frame : DataFrame
        Of a selection.
    ranking : Ranking
    cutoff : Cutoff

    Returns
    -------
    DataFrame
        One row a list.
    """
    n_selected = ranking.n_selected
    last = ranking.start + np.maximum(n_selected - 1, 0)
    heads = frame.iloc[ranking.start][["region", "region_name", "field"]]
    places = pd.array(ranking.places, dtype="Int64")
    if cutoff.threshold is not None:
        places[:] = pd.NA
    return heads.reset_index(drop=True).assign(
        ranked=ranking.size,
        places=places,
        selected=n_selected,
        lowest_selected_score=np.where(n_selected > 0, ranking.score[last], np.nan),
    )


def rows_among(
    frame: pd.DataFrame, directory: RegionDirectory, of_region: str | None, field: str | None
) -> Mask:
    """Which rows are of a region, and of a field.

    Parameters
    ----------
    frame : DataFrame
        Of a selection.
    directory : RegionDirectory
    of_region : str or None
        Code or name.
    field : str or None

    Returns
    -------
    ndarray of bool, shape (rows,)

    Raises
    ------
    OptionError
        For what is no region or field, or has no ranked firm.
    """
    among = np.ones(len(frame), dtype=bool)
    region: Mapping[Language, str] | str = ""
    if of_region is not None:
        code = directory.find(of_region)
        region = directory.in_languages(code)
        among = (frame["region"] == code).to_numpy(dtype=bool)
        if not among.any():
            raise OptionError(Fault("selection.no_firm_ranked", region=region))
    if field is not None:
        of_field = (frame["field"] == field).fillna(False).to_numpy(dtype=bool)
        if not of_field.any():
            suggestion = did_you_mean(field, frame["field"].dropna().unique().tolist())
            raise OptionError(Fault("selection.no_field", field=field, suggestion=suggestion))
        among = among & of_field
        if not among.any():
            fault = Fault("selection.no_firm_ranked_in_field", region=region, field=field)
            raise OptionError(fault)
    return among


def pareto_rows(
    frame: pd.DataFrame, ranking: Ranking, scheme: Scheme, names: tuple[str, str]
) -> npt.NDArray[np.int64]:
    """Rows that no other of their list matches in one value and beats in the other.

    Parameters
    ----------
    frame : DataFrame
        Of a selection.
    ranking : Ranking
    scheme : Scheme
    names : pair of str
        Indicators.

    Returns
    -------
    ndarray of int64
        In each list from the highest first value to the highest second one.

    Raises
    ------
    OptionError
        For what is no indicator of the scheme.
    """
    for name in names:
        if name not in scheme.weights:
            suggestion = did_you_mean(name, scheme.weights)
            raise OptionError(
                Fault("selection.not_in_scheme", indicator=name, suggestion=suggestion)
            )
    x, y = (_order_in_list(frame, scheme, name) for name in names)
    lists = ranking.list_of_row
    known = np.flatnonzero(~np.isnan(x + y))
    front: npt.NDArray[np.int64] = known[pareto_front(x[known], y[known], lists[known])]
    return front[np.lexsort((front, -x[front], lists[front]))]


def _order_in_list(frame: pd.DataFrame, scheme: Scheme, name: str) -> npt.NDArray[np.float64]:
    """Numbers in the order of an indicator within each list, exactly; NaN where it is null.

    All of a list are ranked together, so these are the ranks.
    """
    ranks = frame[f"{name}_rank"].to_numpy(dtype=float)
    best_first = ranks if name in scheme.lower_is_better else -ranks
    return np.where(frame[name].isna(), np.nan, best_first)


def rows_in_base_units(frame: pd.DataFrame, scheme: Scheme, unit: str) -> pa.Table:
    """Rows for spreadsheets: indicators that are money in base units.

    Parameters
    ----------
    frame : DataFrame
        Of a selection.
    scheme : Scheme
    unit : str
        Of the money.
    """
    parts, base = split_unit(unit)
    money = {name: frame[name] / parts for name in _money(frame, scheme)}
    return arrow_table(frame.assign(**money), base)


def _money(frame: pd.DataFrame, scheme: Scheme) -> list[str]:
    return [name for name in scheme.indicators if is_money(name) and name in frame]
