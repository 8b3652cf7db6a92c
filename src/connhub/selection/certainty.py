"""How sure a list is: which firms are certain, borderline or out, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.certainty_options import CertaintyOptions
from connhub.cutoff import Cutoff
from connhub.intake.ledger import Ledger
from connhub.measures.firm_flows import SIDE_OF
from connhub.regions.directory import RegionDirectory
from connhub.selection.basis import Basis
from connhub.selection.indicator_bounds import DEAL_INDICATORS
from connhub.selection.list_bounds import Doubts, ListBounds, list_bounds
from connhub.selection.ranking import Ranking
from connhub.selection.reported import Room, rooms
from connhub.selection.schemes import Scheme
from connhub.text.catalogue import Message

__all__ = [
    "BORDERS_OF_DRAWS",
    "VERDICTS",
    "Judgement",
    "Sources",
    "judge",
    "look_for_doubts",
    "notes_on",
]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

VERDICTS = ("out", "borderline", "certain", "no_bound", "no_verdict")
OUT, BORDERLINE, CERTAIN, NO_BOUND, NO_VERDICT = range(5)
BORDERS_OF_DRAWS = (0.05, 0.95)
"""Listed in at most the first share of the draws: out; in at least the second: certain."""
BOUNDS = ("bounded", "no_report", "contradicted")


@dataclass(frozen=True, eq=False)
class Sources:
    """Which doubts could be looked at, and which could not.

    Parameters
    ----------
    doubts : Doubts
    looked_at, not_looked_at : tuple of Message
    estimated : bool
        Whether amounts are estimated and nothing says how far off: there is no verdict then.
    bounded : bool
        Whether missing transactions or errors in amounts are among those looked at.
    """

    doubts: Doubts
    looked_at: tuple[Message, ...]
    not_looked_at: tuple[Message, ...]
    estimated: bool = False

    @property
    def bounded(self) -> bool:
        """Whether missing transactions or errors in amounts are among those looked at."""
        return bool(self.doubts.rooms) or self.doubts.with_errors


def look_for_doubts(basis: Basis, scheme: Scheme, options: CertaintyOptions) -> Sources:
    """Find out which doubts can be looked at.

    Parameters
    ----------
    basis : Basis
    scheme : Scheme
    options : CertaintyOptions

    Returns
    -------
    Sources

    Raises
    ------
    OptionError
        When the reports are of other years or in another unit.
    """
    yes: list[Message] = []
    no: list[Message] = []
    known = [n for n in scheme.indicators if n in DEAL_INDICATORS]
    others = _other_deal_columns(basis, scheme)
    if others:
        no.append(Message("certainty.no_bounds_of", indicators=others))
    if not known or others:
        return Sources(Doubts({}), (), tuple(no))
    found: dict[str, Room] = {}
    if basis.degrees.ledger.table == "firm_totals":
        no.append(Message("certainty.totals_only"))
    else:
        found = _rooms(basis, {SIDE_OF[DEAL_INDICATORS[n]] for n in known}, options, yes, no)
    flows = None if options.amount_error is None else basis.flows
    if options.amount_error is not None:
        if flows is not None:
            yes.append(Message("certainty.errors_looked_at", error=options.amount_error))
        else:
            no.append(Message("certainty.needs_pairs"))
    doubts = Doubts(found, options.missing_share, flows, options.amount_error)
    return Sources(doubts, tuple(yes), tuple(no))


def _other_deal_columns(basis: Basis, scheme: Scheme) -> list[str]:
    """Indicators that are made of deals and have no bounds: ratios."""
    made_of_deals = basis.degrees.frame.columns
    return [n for n in scheme.indicators if n in made_of_deals and n not in DEAL_INDICATORS]


def _rooms(
    basis: Basis,
    sides: set[str],
    options: CertaintyOptions,
    yes: list[Message],
    no: list[Message],
) -> dict[str, Room]:
    found: dict[str, Room] = {}
    if basis.reports is not None:
        every = rooms(
            basis.degrees,
            basis.reports,
            reported_year=options.reported_year,
            without_bound=options.without_bound,
        )
        found = {side: every[side] for side in sorted(sides) if side in every}
    for side in sorted(sides):
        if side in found:
            room = found[side]
            missing = 1 - room.explained / room.reported if room.reported else 0.0
            yes.append(Message(f"certainty.missing_{side}", share=f"{missing:.1%}"))
        else:
            no.append(Message(f"certainty.needs_{side}"))
    return found


@dataclass(frozen=True, eq=False)
class Judgement:
    """The verdict on every row of some lists.

    Parameters
    ----------
    verdict : ndarray of int8, shape (rows,)
        Position in `VERDICTS`.
    bounds : ListBounds or None
        None where neither missing transactions nor errors could be looked at.
    bound : ndarray of int8, shape (rows,)
        Position in `BOUNDS`.
    unless_rivals : ndarray of int64, shape (rows,)
        How many of the rivals without a bound it takes to push the firm out; 0 where they cannot.
    unless_amount : ndarray of float64, shape (rows,)
        If each of so many has more than this beyond what was counted; NaN where it is not known.
    rivals : ndarray of int64, shape (lists,)
        How many firms of each list have no bound.
    contradicted : ndarray of int64, shape (lists,)
        How many of them have more counted than they report.
    """

    verdict: npt.NDArray[np.int8]
    bounds: ListBounds | None
    bound: npt.NDArray[np.int8]
    unless_rivals: Int
    unless_amount: Float
    rivals: Int
    contradicted: Int


def judge(
    basis: Basis,
    ranking: Ranking,
    scheme: Scheme,
    cutoff: Cutoff,
    sources: Sources,
    *,
    accept_contradicted: float,
    shares: Mapping[str, Float],
) -> Judgement:
    """Bring all doubts together.

    A firm is certain where it is by every doubt that was looked at, and out likewise; else it is
    borderline. A firm without a bound that is not selected may be more than was counted of it:
    nothing is said of it. Where too many firms of a region contradict their reports, or none has a
    bound, nothing is said of the region.

    Parameters
    ----------
    basis : Basis
    ranking : Ranking
    scheme : Scheme
    cutoff : Cutoff
    sources : Sources
    accept_contradicted : float
    shares : mapping of str to ndarray of float64, shape (rows,)
        Shares of draws in which each row is listed: of degrees, of weights.

    Returns
    -------
    Judgement
    """
    bound = _bound(basis, ranking, sources.doubts)
    lists, n = ranking.list_of_row, ranking.size.size
    rivals = np.bincount(lists[bound > 0], minlength=n)
    contradicted = np.bincount(lists[bound == BOUNDS.index("contradicted")], minlength=n)
    certain, out = ranking.selected.copy(), ~ranking.selected
    low, high = BORDERS_OF_DRAWS
    for share in shares.values():
        certain &= share >= high
        out &= share <= low
    bounds = None
    unless = np.zeros(bound.size, dtype=np.int64), np.full(bound.size, np.nan)
    if sources.bounded:
        bounds = list_bounds(basis, ranking, scheme, cutoff, sources.doubts)
        certain &= bounds.certain
        out &= bounds.out
        if rivals.any():
            unless = _unless(basis, ranking, scheme, cutoff, bounds, bound > 0)
    verdict = np.where(certain, CERTAIN, np.where(out, OUT, BORDERLINE)).astype(np.int8)
    verdict[(bound > 0) & ~ranking.selected & (verdict == OUT)] = NO_BOUND
    if sources.doubts.rooms:
        allowed = accept_contradicted * ranking.size
        silent = (contradicted > allowed) | (rivals == ranking.size)
        verdict[silent[lists]] = NO_VERDICT
    elif not sources.bounded and not shares:
        verdict[:] = NO_VERDICT
    if sources.estimated:
        verdict[:] = NO_VERDICT
    return Judgement(verdict, bounds, bound, *unless, rivals, contradicted)


def _bound(basis: Basis, ranking: Ranking, doubts: Doubts) -> npt.NDArray[np.int8]:
    """Whether each row has a bound on all sides that were looked at: position in `BOUNDS`."""
    firm = basis.entries.firm[ranking.entry]
    bound = np.zeros(firm.size, dtype=np.int8)
    for room in doubts.rooms.values():
        bound[~room.bounded[firm] & (bound == 0)] = BOUNDS.index("no_report")
        bound[(room.contradicted & ~room.bounded)[firm]] = BOUNDS.index("contradicted")
    return bound


def _unless(
    basis: Basis,
    ranking: Ranking,
    scheme: Scheme,
    cutoff: Cutoff,
    bounds: ListBounds,
    unbound: Mask,
) -> tuple[Int, Float]:
    """How many rivals without a bound would push out each selected row, and from which amount."""
    rivals = np.zeros(unbound.size, dtype=np.int64)
    amount = np.full(unbound.size, np.nan)
    single = scheme.indicators[0] if len(scheme.indicators) == 1 else None
    by_amount = single in DEAL_INDICATORS and single not in scheme.lower_is_better
    values = bounds.amounts[DEAL_INDICATORS[str(single)]] if by_amount else None
    for k, start in enumerate(ranking.start.tolist()):
        rows = np.arange(start, start + ranking.size[k])
        without = rows[unbound[rows]]
        if cutoff.threshold is not None or not without.size:
            continue
        highest = np.empty(0)
        if values is not None:
            highest = np.sort(values.high[basis.entries.firm[ranking.entry[without]]])
        for row in rows[ranking.selected[rows]]:
            needed = int(ranking.places[k] - bounds.worst[row]) + 1
            if not 1 <= needed <= without.size - unbound[row]:
                continue
            rivals[row] = needed
            if values is not None:
                own = values.take(basis.entries.firm[ranking.entry[[row]]])
                below = int(np.searchsorted(highest, own.low[0], side="right"))
                below -= bool(unbound[row] and own.low[0] == own.high[0])  # not its own rival
                rivals[row] = needed if needed <= below else 0
                if rivals[row]:
                    amount[row] = own.low[0] - highest[below - needed]
    return rivals, amount


def notes_on(
    lists: pd.DataFrame, sources: Sources, ledger: Ledger, directory: RegionDirectory
) -> list[Message]:
    """What the user should know of the verdicts on the lists."""
    if sources.estimated:
        count = ledger.rows["with_estimated"]
        return [Message("certainty.no_verdict_on_estimates", count=count)]
    silent = lists[~lists["verdict"]]
    if not len(silent) or not sources.doubts.rooms:
        return []
    regions = [directory.in_languages(code) for code in silent["region"].unique()]
    return [Message("certainty.regions_without_verdict", regions=regions, count=len(regions))]
