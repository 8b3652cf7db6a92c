"""Priority-support firms (重点支援企業等): rank, score, weight, and select within each region."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import Table
from connhub.arrow import text
from connhub.cutoff import Cutoff
from connhub.errors import Fault, InputError, OptionError, check_choice
from connhub.intake.firm_table import FirmTable
from connhub.measures.degrees import Degrees
from connhub.measures.sector_degrees import SECTOR_DEGREES, sector_degrees
from connhub.measures.trade import Trade
from connhub.options import choices, flat_options
from connhub.selection.basis import Basis
from connhub.selection.fields import Membership, read_fields
from connhub.selection.financial_indicators import Indicators
from connhub.selection.financials import Financials
from connhub.selection.firm_data import Eligible, FirmData, as_indicators
from connhub.selection.not_ranked import REASONS, absence_notes, not_ranked_frame
from connhub.selection.ranking import Entries, Ranking
from connhub.selection.result import Selection
from connhub.selection.schemes import DEGREES, TWO_DEGREES, Scheme, find_scheme
from connhub.text.catalogue import Message

__all__ = ["select_priority_firms"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_MISSING = {"last": "ranked_last", "neutral": "given_neutral", "exclude": ""}
"""What firms without a value are counted as."""


@flat_options
def select_priority_firms(
    degrees: Degrees,
    firms: FirmTable | None = None,
    *,
    scheme: Scheme | str | os.PathLike[str] = TWO_DEGREES,
    eligible: Eligible = None,
    fields: Table | None = None,
    indicators: Indicators | Table | None = None,
    missing: Literal["exclude", "last", "neutral"] | None = None,
    reports: Financials | None = None,
    trade: Trade | None = None,
    cutoff: Cutoff = Cutoff(),
) -> Selection:
    """Rank firms by a scheme and select the best of each region, and of each field in it.

    Every indicator is ranked among the eligible firms (of all regions, of the region or of the
    field, as the scheme says) and turned into a deviation score T; score = sum of weight · T.
    Firms are then ranked by score *within* their region (and field). The degrees keep the sum over
    all firms of the region as denominator, whoever is eligible.

    Parameters
    ----------
    degrees : Degrees
        n firms.
    firms : FirmTable, optional
        The table the degrees were computed with; needed for fields by industry and for indicators
        that are columns of it.
    scheme : Scheme, name of a built-in one, or path of a TOML file
    eligible : callable, mask, ids, path or table, optional
        Who may be selected: a rule that takes a DataFrame of all that is known of the firms and
        returns a mask; n booleans in the order of ``degrees.frame``; firm ids; or a table with a
        column of ids, such as the firm table of a sector. By default all. The degrees stay those
        among all firms; shares among the eligible ones are `sector_degrees`.
    fields : path or table, optional
        Rows of ``field`` and ``industry_code`` (the beginning of a code) or ``firm_id``. A firm
        may be in several fields, and is then ranked in each.
    indicators : Indicators or table, optional
        From `financial_indicators`, or any table with ``firm_id`` and columns of numbers; money
        in whole units of the degrees.
    missing : {"exclude", "last", "neutral"}, optional
        What a firm without a value of an indicator is, instead of what the scheme says: not
        ranked, ranked last, or given the mean score of 50 for it.
    reports : Financials, optional
        What firms report in all, for `Selection.certainty`.
    trade : Trade, optional
        What each pair of firms trades, for `Selection.certainty`.
    {cutoff}

    Returns
    -------
    Selection

    Raises
    ------
    OptionError
        An unknown indicator or scheme; more than one of per_region, share and threshold;
        indicators with money in another unit than the degrees.
    InputError
        A field table with unknown firms or repeated rows; ties across the last place under
        ``cut_ties="error"``.
    ColumnError

    References
    ----------
    総務省, 地域未来戦略について, 2026-05-12: firms are chosen in view of both degrees. 経済産業省,
    FY2019 report: rank, deviation score, weights. There is no official guidance since.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.measures.degrees import degrees
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(pa.table({"firm_id": list("abcd"),
    ...                              "prefecture_code": ["13", "13", "13", "27"]}))
    >>> trade = pa.table({"seller_id": list("aabc"), "buyer_id": list("dbcd"),
    ...                   "amount": [30, 5, 5, 10]})
    >>> chosen = select_priority_firms(degrees(total(trade, firms), firms), firms, per_region=1)

    Connector degrees a 0.75, c 0.25, b 0; hub degrees b and c 0.5, a 0. The ranks 1, 2, 3 have
    the s.d. 0.816, the ranks 1.5, 1.5, 3 the s.d. 0.707.

    >>> chosen.frame[["rank", "firm_id", "score", "selected"]].round(2)
       rank firm_id  score  selected
    0     1       c  53.54      True
    1     2       a  49.05     False
    2     3       b  47.41     False
    >>> chosen.not_ranked[["firm_id", "reason", "indicator"]]
      firm_id            reason         indicator
    0       d  undefined_degree  connector_degree
    """
    scheme = find_scheme(scheme)
    if missing is not None:
        check_choice("missing", missing, choices(Scheme)["missing"])
        scheme = replace(scheme, missing=missing)
    if scheme.rank_within == "field" and fields is None:
        raise OptionError(Fault("selection.rank_within_needs_fields"))
    data = FirmData(degrees, firms, as_indicators(indicators))
    values = {name: data.values(name) for name in scheme.indicators}
    member = None if fields is None else _membership(fields, data)
    chosen = data.eligible(eligible)
    sector = None if eligible is None else sector_degrees(degrees, chosen)
    reason, lacking = _reasons(values, chosen, member, scheme)
    ranked = (reason == 0) | (reason == REASONS.index("no_field"))
    of_field = None if member is None else (member.firm, member.field, len(member.names))
    region = _regions(degrees.frame)
    entries = Entries.of(ranked, region, of_field, scheme)
    keys = {name: data.order_key(name) for name in scheme.indicators}
    ranking = Ranking.of(entries, keys, scheme, cutoff, data.ids)
    frame = _frame(degrees.frame, values, entries, ranking, scheme, member, sector)
    crossing = _crossing(frame, ranking, cutoff)
    if cutoff.cut_ties == "error" and len(crossing):
        _refuse_ties(crossing)
    not_ranked = not_ranked_frame(data, region, reason, lacking, scheme)
    data_notes = data.given.notes if data.given else ()
    notes = absence_notes(not_ranked, degrees.directory)
    notes += [*data_notes, *(member.notes if member else ())]
    notes += _notes(reason, ranking, cutoff, crossing)
    return Selection(
        frame,
        degrees.ledger,
        degrees.directory,
        scheme,
        cutoff,
        not_ranked,
        _counts(data, reason, values, entries, scheme, frame),
        crossing,
        tuple(notes),
        ranking,
        Basis(
            degrees,
            data.ids,
            entries,
            values,
            keys,
            _entrants(reason, member, scheme),
            reports,
            trade,
        ),
        data_notes,
    )


def _membership(fields: Any, data: FirmData) -> Membership:
    known = None if data.firms is None else text(data.firms.table["firm_id"])
    return read_fields(
        fields,
        data.ids,
        industry=data.firm_column("industry_code"),
        known_ids=known,
        fold_ids=data.firms is not None and data.firms.fold_ids,
    )


def _reasons(
    values: Mapping[str, Float],
    eligible: Mask,
    member: Membership | None,
    scheme: Scheme,
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int16]]:
    """Why each firm is not ranked, and the first indicator that it lacks; 0 and -1 for none."""
    reason, lacking = (
        np.zeros(eligible.size, dtype=np.int8),
        np.full(eligible.size, -1, dtype=np.int16),
    )
    reason[~eligible] = REASONS.index("not_eligible")
    required = [n for n in scheme.indicators if n in DEGREES]  # whatever `missing` says
    rest = [n for n in scheme.indicators if n not in DEGREES and scheme.missing == "exclude"]
    for name in [*required, *rest]:
        missing = np.isnan(values[name]) & (reason == 0)
        why = "undefined_degree" if name in DEGREES else "missing_indicator"
        reason[missing], lacking[missing] = REASONS.index(why), scheme.indicators.index(name)
    if member is not None:
        outside = np.ones(eligible.size, dtype=bool)
        outside[member.firm] = False
        reason[outside & (reason == 0)] = REASONS.index("no_field")
    return reason, lacking


def _entrants(reason: npt.NDArray[np.int8], member: Membership | None, scheme: Scheme) -> Float:
    """By group, how many firms have no rank only because their degree is undefined."""
    undefined = reason == REASONS.index("undefined_degree")
    if scheme.rank_within != "field" or member is None:
        return np.array([undefined.sum()], dtype=np.float64)
    fields = member.field[undefined[member.firm]]
    return np.bincount(fields, minlength=len(member.names)).astype(np.float64)


def _regions(frame: pd.DataFrame) -> Int:
    """Region of every row as a position in the sorted codes."""
    codes = text(pa.Array.from_pandas(frame["region"])).dictionary_encode()
    position = pc.rank(codes.dictionary).to_numpy(zero_copy_only=False).astype(np.int64) - 1
    region: Int = position[codes.indices.to_numpy(zero_copy_only=False)]
    return region


def _frame(
    degrees: pd.DataFrame,
    values: Mapping[str, Float],
    entries: Entries,
    ranking: Ranking,
    scheme: Scheme,
    member: Membership | None,
    sector: pd.DataFrame | None,
) -> pd.DataFrame:
    firm = entries.firm[ranking.entry]
    field = pa.nulls(firm.size, pa.large_string())
    if member is not None:
        field = text(list(member.names)).take(pa.array(entries.field_of_row[ranking.order]))

    def of_firm(name: str) -> Any:
        return degrees[name].array.take(firm)

    columns = {
        "region": of_firm("region"),
        "region_name": of_firm("region_name"),
        "field": field.to_pandas(),
        "rank": ranking.rank,
        "firm_id": of_firm("firm_id"),
        "name": of_firm("name"),
        "score": ranking.score,
        "selected": ranking.selected,
    }
    if sector is not None:
        columns |= {name: sector[name].to_numpy()[firm] for name in SECTOR_DEGREES}
    for name, ranks in ranking.ranks.items():
        deviation_score = ranking.deviation_scores[name]
        of_indicator = {
            name: values[name][firm],
            f"{name}_rank": ranks.shown[ranking.entry],
            f"{name}_deviation_score": deviation_score,
            f"{name}_contribution": scheme.weights[name] * deviation_score,
        }
        if taken := [column for column in of_indicator if column in columns]:
            raise OptionError(Fault("selection.column_taken", name=taken[0]))
        columns |= of_indicator
    return pd.DataFrame(columns, copy=False)


def _crossing(frame: pd.DataFrame, ranking: Ranking, cutoff: Cutoff) -> pd.DataFrame:
    """Ties across the last place: where, how many, for how many places."""
    at = np.empty(0, dtype=np.int64) if cutoff.threshold is not None else ranking.crossing()
    places = np.repeat(ranking.places, ranking.size)
    ties = frame.iloc[at][["region", "region_name", "field", "rank", "score"]]
    ties = ties.assign(
        tied=ranking.tied[at],
        places_left=places[at] - ranking.rank[at] + 1,
        decision=pd.Series([cutoff.cut_ties] * at.size, index=ties.index, dtype="str"),
    )
    return ties.reset_index(drop=True)


def _refuse_ties(crossing: pd.DataFrame) -> None:
    ties = [
        Message(
            "selection.tie_at_last_place",
            region=f"{row.region} {row.region_name}",
            tied=row.tied,
            places=row.places_left,
        )
        for row in crossing.head(10).itertuples()
    ]
    raise InputError(Fault("selection.ties_at_last_place", examples=ties, count=len(crossing)))


def _notes(
    reason: npt.NDArray[np.int8], ranking: Ranking, cutoff: Cutoff, crossing: pd.DataFrame
) -> list[Message]:
    notes = []
    without = int((reason == REASONS.index("missing_indicator")).sum())
    eligible = int((reason != REASONS.index("not_eligible")).sum())
    if without > eligible / 100:
        notes.append(Message("selection.without_indicator", share=without / eligible))
    if len(crossing):
        all_in = cutoff.cut_ties == "include"
        kind = "selection.ties_selected" if all_in else "selection.ties_left_out"
        notes.append(Message(kind, lists=len(crossing)))
    if short := int((ranking.size < ranking.places).sum()):
        notes.append(Message("selection.short_lists", lists=short))
    return notes


def _counts(
    data: FirmData,
    reason: npt.NDArray[np.int8],
    values: Mapping[str, Float],
    entries: Entries,
    scheme: Scheme,
    frame: pd.DataFrame,
) -> pd.DataFrame:
    """How many firms each policy concerned."""
    by_reason = np.bincount(reason, minlength=len(REASONS))
    selected = frame.loc[frame["selected"], "firm_id"].nunique()
    rows: list[tuple[str, str | None, int]] = [
        ("ranked", None, int(by_reason[0])),
        ("selected", None, int(selected)),
        ("no_degrees", None, data.without_degrees().size),
        *((r, None, int(n)) for r, n in zip(REASONS[1:], by_reason[1:].tolist(), strict=True)),
        ("no_indicators", None, data.without_row()),
        ("not_in_degrees", None, data.unmatched),
    ]
    ranked = np.zeros(reason.size, dtype=bool)
    ranked[entries.firm] = True  # where firms are ranked within fields, one may be there twice
    treatment = _MISSING[scheme.missing]
    rows += [(treatment, n, int((np.isnan(values[n]) & ranked).sum())) for n in scheme.indicators]
    if data.given is not None:
        of_indicators = data.given.counts.itertuples(index=False, name=None)
        rows += [row for row in of_indicators if row[1] in scheme.weights]
    shown = [row for row in rows if row[2] or row[0] in ("ranked", "selected")]
    return pd.DataFrame(shown, columns=["reason", "indicator", "firms"])
