"""Priority-support firms (重点支援企業等): rank, score, weight, and choose within each region."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import text
from connhub.errors import Fault, InputError, OptionError
from connhub.intake.firm_table import FirmTable
from connhub.measures.degrees import Degrees
from connhub.selection.cutoff import Cut
from connhub.selection.fields import Membership, read_fields
from connhub.selection.firm_data import Eligible, Profile, as_indicators
from connhub.selection.ranking import Standing, Units
from connhub.selection.result import Selection
from connhub.selection.schemes import DEGREES, TWO_DEGREES, Scheme, find_scheme

__all__ = ["select_priority_firms"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
REASONS = ("", "not_eligible", "undefined_degree", "missing_indicator", "no_field")
"""Why a firm is not ranked: the first that applies, in this order."""


def select_priority_firms(
    degrees: Degrees,
    firms: FirmTable | None = None,
    *,
    scheme: Scheme | str | os.PathLike[str] = TWO_DEGREES,
    per_region: int | None = None,
    share: float | None = None,
    threshold: float | None = None,
    eligible: Eligible = None,
    fields: Any = None,
    indicators: Any = None,
    cut_ties: Literal["include", "exclude", "error"] = "include",
) -> Selection:
    """Rank firms by a scheme and choose the best of each region, and of each field in it.

    Every indicator is ranked among the eligible firms of the scheme's population and turned into
    a deviation score T; score = sum of weight · T. Firms are then ranked by score *within* their
    region (and field). The degrees keep the sum over all firms of the region as denominator,
    whoever is eligible.

    Parameters
    ----------
    degrees : Degrees
        n firms.
    firms : FirmTable, optional
        The table the degrees were computed with; needed for fields by industry and for indicators
        that are columns of it.
    scheme : Scheme, name of a built-in one, or path of a TOML file
    per_region : int, optional
        Choose the best k of each region (and field); 10 where none of the three is given.
    share : float, optional
        Choose this share of the ranked firms, above 0 up to 1; the number is rounded up.
    threshold : float, optional
        Choose all with at least this score.
    eligible : callable, mask, or ids, optional
        Who may be selected: a rule that takes a DataFrame of all that is known of the firms and
        returns a mask; n booleans in the order of ``degrees.frame``; or firm ids. By default all.
    fields : path or table, optional
        Rows of ``field`` and ``industry_code`` (the beginning of a code) or ``firm_id``. A firm
        may be in several fields, and is then ranked in each.
    indicators : Indicators or table, optional
        From `financial_indicators`, or any table with ``firm_id`` and columns of numbers.
    cut_ties : {"include", "exclude", "error"}
        Firms that are tied across the last place: choose all of them, none of them, or stop.
        Never decided by an id.

    Returns
    -------
    Selection

    Raises
    ------
    OptionError
        An unknown indicator or scheme; more than one of per_region, share and threshold.
    InputError
        A field table with unknown firms or repeated rows; ties across the cut under ``"error"``.
    ColumnError

    References
    ----------
    総務省, 地域未来戦略について, 2026-05-12: firms are chosen in view of both degrees. 経済産業省,
    FY2019 report: rank, deviation score, weights. No official guidance says how to do it now.

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
    cut = Cut.of(per_region, share, threshold, cut_ties)
    if scheme.population == "field" and fields is None:
        fix = "pass fields=, or choose the population 'all' or 'region'"
        raise OptionError(Fault("the scheme ranks within fields, and there are none", fix=fix))
    profile = Profile(degrees, firms, as_indicators(indicators))
    values = {name: profile.values(name) for name in scheme.indicators}
    member = None if fields is None else _membership(fields, profile)
    reason, lacking = _reasons(values, profile.eligible(eligible), member, scheme)
    ranked = (reason == 0) | (reason == REASONS.index("no_field"))
    of_field = None if member is None else (member.firm, member.field, len(member.names))
    units = Units.of(ranked, _regions(degrees.frame), of_field, scheme)
    standing = Standing.of(units, values, scheme, cut, profile.ids)
    frame = _frame(degrees.frame, values, units, standing, scheme, member)
    crossing = _crossing(frame, standing, cut)
    if cut.ties == "error" and len(crossing):
        _refuse_ties(crossing)
    notes = (*(member.notes if member else ()), *_notes(reason, standing, cut, crossing))
    return Selection(
        frame,
        degrees.ledger,
        degrees.directory,
        scheme,
        cut,
        _not_ranked(profile, reason, lacking, scheme),
        _counts(profile, reason, values, units, scheme, frame),
        crossing,
        notes,
        standing,
    )


def _membership(fields: Any, profile: Profile) -> Membership:
    known = None if profile.firms is None else text(profile.firms.table["firm_id"])
    return read_fields(
        fields,
        profile.ids,
        industry=profile.firm_column("industry_code"),
        known_ids=known,
        fold_ids=profile.firms is not None and profile.firms.fold_ids,
    )


def _reasons(
    values: Mapping[str, Float],
    may: npt.NDArray[np.bool_],
    member: Membership | None,
    scheme: Scheme,
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int16]]:
    """Why each firm is not ranked, and the first indicator that it lacks; 0 and -1 for none."""
    reason, lacking = np.zeros(may.size, dtype=np.int8), np.full(may.size, -1, dtype=np.int16)
    reason[~may] = REASONS.index("not_eligible")
    required = [n for n in scheme.indicators if n in DEGREES]  # whatever `missing` says
    rest = [n for n in scheme.indicators if n not in DEGREES and scheme.missing == "exclude"]
    for name in [*required, *rest]:
        now = np.isnan(values[name]) & (reason == 0)
        what = "undefined_degree" if name in DEGREES else "missing_indicator"
        reason[now], lacking[now] = REASONS.index(what), scheme.indicators.index(name)
    if member is not None:
        outside = np.ones(may.size, dtype=bool)
        outside[member.firm] = False
        reason[outside & (reason == 0)] = REASONS.index("no_field")
    return reason, lacking


def _regions(frame: pd.DataFrame) -> Int:
    """Region of every row as a position in the sorted codes."""
    words = text(pa.Array.from_pandas(frame["region"])).dictionary_encode()
    place = pc.rank(words.dictionary).to_numpy(zero_copy_only=False).astype(np.int64) - 1
    region: Int = place[words.indices.to_numpy(zero_copy_only=False)]
    return region


def _frame(
    degrees: pd.DataFrame,
    values: Mapping[str, Float],
    units: Units,
    standing: Standing,
    scheme: Scheme,
    member: Membership | None,
) -> pd.DataFrame:
    unit, count = standing.unit, standing.unit.size
    firm = units.firm[unit]
    field = pa.nulls(count, pa.large_string())
    if member is not None:
        field = text(list(member.names)).take(pa.array(units.field_of_line[standing.line]))

    def of_firm(name: str) -> Any:
        return degrees[name].array.take(firm)

    columns = {
        "region": of_firm("region"),
        "region_name": of_firm("region_name"),
        "field": field.to_pandas(),
        "rank": standing.rank,
        "firm_id": of_firm("firm_id"),
        "name": of_firm("name"),
        "score": standing.score,
        "selected": standing.selected,
    }
    for name, ranks in standing.ranks.items():
        deviation = standing.deviation[name]
        own = {
            name: values[name][firm],
            f"{name}_rank": ranks.shown[unit],
            f"{name}_deviation_score": deviation,
            f"{name}_contribution": scheme.weights[name] * deviation,
        }
        if taken := [n for n in own if n in columns]:
            fix = "rename the indicator"
            raise OptionError(Fault(f"two columns would be called {taken[0]!r}", fix=fix))
        columns |= own
    return pd.DataFrame(columns, copy=False)


def _crossing(frame: pd.DataFrame, standing: Standing, cut: Cut) -> pd.DataFrame:
    """Ties across the last place: where, how many, for how many places."""
    at = np.empty(0, dtype=np.int64) if cut.threshold is not None else standing.crossing()
    places = np.repeat(standing.places, standing.size)
    found = frame.iloc[at][["region", "region_name", "field", "rank", "score"]]
    found = found.assign(
        tied=standing.tied[at],
        places_left=places[at] - standing.rank[at] + 1,
        decision=pd.Series([cut.ties] * at.size, index=found.index, dtype="str"),
    )
    return found.reset_index(drop=True)


def _refuse_ties(crossing: pd.DataFrame) -> None:
    lines = crossing.head(10).itertuples()
    values = tuple(f"{c.region} {c.region_name}: {c.tied} for {c.places_left}" for c in lines)
    raise InputError(
        Fault(
            f"ties across the last place in {len(crossing):,} list(s)",
            values=values,
            count=len(crossing),
            fix="cut_ties='include' or 'exclude', or another number of places",
        )
    )


def _notes(
    reason: npt.NDArray[np.int8], standing: Standing, cut: Cut, crossing: pd.DataFrame
) -> list[str]:
    notes = []
    lack = int((reason == REASONS.index("missing_indicator")).sum())
    whole = int((reason != REASONS.index("not_eligible")).sum())
    if lack > whole / 100:
        notes.append(
            f"{lack / whole:.1%} of the eligible firms are not ranked: no value of an indicator"
        )
    if len(crossing):
        done = "chosen" if cut.ties == "include" else "left out"
        notes.append(f"firms tied across the last place were {done} in {len(crossing):,} list(s)")
    short = int((standing.size < standing.places).sum())
    if short:
        notes.append(f"{short:,} list(s) have fewer ranked firms than places; all are chosen")
    return notes


def _not_ranked(
    profile: Profile,
    reason: npt.NDArray[np.int8],
    lacking: npt.NDArray[np.int16],
    scheme: Scheme,
) -> pd.DataFrame:
    """Who was not ranked, and why."""
    degrees = profile.degrees.frame
    rows = np.flatnonzero(reason)
    none = pa.nulls(rows.size, pa.large_string())
    named = text(list(scheme.indicators)).take(
        pa.array(np.maximum(lacking[rows], 0), mask=lacking[rows] < 0)
    )
    columns = {
        "firm_id": degrees["firm_id"].array.take(rows),
        "name": degrees["name"].array.take(rows),
        "region": degrees["region"].array.take(rows),
        "reason": text(list(REASONS)).take(pa.array(reason[rows])).to_pandas(),
        "indicator": (named if rows.size else none).to_pandas(),
    }
    ranked_not = pd.DataFrame(columns)
    outside = profile.without_degrees()
    if not outside.size or profile.firms is None:
        return ranked_not
    table, some = profile.firms.table, pa.array(outside)
    empty = pa.nulls(outside.size, pa.large_string())
    name = text(table["name"]).take(some) if "name" in table.column_names else empty
    index = profile.firms.regions.index[outside]
    codes = text(list(profile.firms.regions.all_codes))
    others = {
        "firm_id": text(table["firm_id"]).take(some),
        "name": name,
        "region": codes.take(pa.array(index)),
        "reason": text(["no_degrees"] * outside.size),
        "indicator": empty,
    }
    both = [pa.Table.from_pandas(ranked_not, preserve_index=False), pa.table(others)]
    joined = pa.concat_tables([t.cast(pa.table(others).schema) for t in both])
    everyone: pd.DataFrame = joined.to_pandas()
    return everyone


def _counts(
    profile: Profile,
    reason: npt.NDArray[np.int8],
    values: Mapping[str, Float],
    units: Units,
    scheme: Scheme,
    frame: pd.DataFrame,
) -> pd.DataFrame:
    """How many firms each policy concerned."""
    by_reason = np.bincount(reason, minlength=len(REASONS))
    chosen = frame.loc[frame["selected"], "firm_id"].nunique()
    lines: list[tuple[str, str | None, int]] = [
        ("ranked", None, int(by_reason[0])),
        ("selected", None, int(chosen)),
        ("no_degrees", None, profile.without_degrees().size),
        *((r, None, int(n)) for r, n in zip(REASONS[1:], by_reason[1:].tolist(), strict=True)),
        ("no_indicators", None, profile.without_row()),
        ("not_in_degrees", None, profile.unmatched),
    ]
    ranked = np.zeros(reason.size, dtype=bool)
    ranked[units.firm] = True  # where firms are ranked within fields, one may be there twice
    word = {"last": "ranked_last", "neutral": "given_neutral", "exclude": ""}[scheme.missing]
    lines += [(word, n, int((np.isnan(values[n]) & ranked).sum())) for n in scheme.indicators]
    if profile.given is not None:
        told = profile.given.counts
        lines += [t for t in told.itertuples(index=False, name=None) if t[1] in scheme.weights]
    kept = [line for line in lines if line[2] or line[0] in ("ranked", "selected")]
    return pd.DataFrame(kept, columns=["reason", "indicator", "firms"])
