"""What if: an analysis after a scenario, with what changes and how sure that is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.arguments import checked
from connhub.errors import Fault, OptionError
from connhub.intake.firm_table import FirmTable
from connhub.intake.ledger import ENTRIES, EXCLUDED
from connhub.measures.results import Results
from connhub.scenario.behaviour import Behaviour
from connhub.scenario.deal_changes import ChangedDeals
from connhub.scenario.economy import Economy
from connhub.scenario.edited import Edited, edited
from connhub.scenario.effects import Shift, shift_of
from connhub.scenario.events import Scenario
from connhub.scenario.frames import deals_frame, firms_table, regions_frame
from connhub.scenario.result import WhatIf, official_totals
from connhub.schema import columns
from connhub.text.catalogue import Message

__all__ = ["what_if"]

Int = npt.NDArray[np.int64]


@checked
def what_if(
    base: Results, scenario: Scenario, firms: FirmTable, *, draws: int = 0, seed: int = 0
) -> WhatIf:
    """Work out a scenario: what the analysis of the edited table would be, bit for bit.

    outcome = totals − transactions removed + transactions added

    Departures, growth and arrivals come down to transactions removed and added; how, is said in
    `WhatIf.assumptions`. Nothing follows from them by itself: nobody else moves, no price changes.

    Parameters
    ----------
    base : Results
        In memory, as `analyze` gives it: of the grain ``pairs`` where firms arrive, leave or
        grow; of any grain where transactions are given.
    scenario : Scenario
    firms : FirmTable
        The table of the analysis, n firms.
    draws : int
        How often the peers of arrivals are drawn anew, with replacement; 0 for no intervals.
    seed : int

    Returns
    -------
    WhatIf
        Modelled.

    Raises
    ------
    OptionError, InputError
        Also where transactions are removed that are not there.

    Examples
    --------
    A newcomer sells 240 from a region of 160, and nobody else sells less.

    >>> import pyarrow as pa
    >>> from connhub.analysis import analyze
    >>> from connhub.intake.firm_table import read_firms
    >>> firms = pa.table({"firm_id": ["a", "b", "c", "new"],
    ...                   "prefecture_code": ["15", "15", "13", "15"]})
    >>> trade = pa.table({"seller_id": ["a", "b"], "buyer_id": ["c", "c"], "amount": [100, 60]})
    >>> more = pa.table({"seller_id": ["new"], "buyer_id": ["c"], "amount": [240]})
    >>> scenario = Scenario(added=more)
    >>> shown = ["firm_id", "before", "after", "own", "denominator"]
    >>> what_if(analyze(trade, firms), scenario, read_firms(firms)).frame[shown].round(3)
      firm_id  before  after   own  denominator
    0       a   0.625   0.25  0.00       -0.375
    1       b   0.375   0.15  0.00       -0.225
    2     new   0.000   0.60  1.05       -0.450
    """
    if base.totals is None:
        raise OptionError(Fault("scenario.needs_totals"))
    if type(draws) is not int or draws < 0:
        raise OptionError(Fault("errors.out_of_range", name="draws", value=draws, least=0))
    if seed < 0:
        raise OptionError(Fault("errors.out_of_range", name="seed", value=seed, least=0))
    if base.totals.identity.fingerprint != firms.identity.fingerprint:
        raise OptionError(Fault("ripple.other_firm_table"))
    behaviour, changed, notes = None, None, [Message("scenario.nothing_else")]
    if scenario.events:
        behaviour = Behaviour(scenario, Economy.of(base.totals, firms))
        changed = behaviour.changed_deals()
        notes += behaviour.assumptions
    newcomers = () if behaviour is None else behaviour.newcomers
    table = edited(
        base.totals,
        firms,
        changed=changed,
        newcomers=newcomers,
        removed=scenario.removed,
        added=scenario.added,
        unit=scenario.unit,
    )
    if behaviour is None and not any(
        part.read_rows for part in (table.removed, table.added) if part
    ):
        raise OptionError(Fault("scenario.nothing_changes"))
    own, groups = _ranges(behaviour, changed, draws if newcomers else 0, seed, table)
    official = official_totals(base.regions)
    notes += _notes(scenario, table, base, draws if newcomers else 0, official is not None)
    deals = pd.DataFrame(columns=list(columns("scenario_deals")))
    if changed is not None:
        deals = deals_frame(changed, table, known_before=len(firms))
    result = WhatIf(
        firms_table(table, own, groups, official, known_before=len(firms)),
        base.ledger,
        base.directory,
        scenario,
        base,
        table,
        regions_frame(table, own, groups),
        deals,
        tuple(notes),
        draws,
    )
    for frame in (result.regions, result.deals):
        result.labelled(frame)
    return result


def _ranges(
    behaviour: Behaviour | None, changed: ChangedDeals | None, draws: int, seed: int, table: Edited
) -> tuple[Shift, list[list[Shift]]]:
    """What the events shift; and without, and with all, displacement, in each draw of peers."""
    if behaviour is None or changed is None:
        size = table.firms.regions.size
        none = Shift(
            np.empty(0, dtype=np.int64),
            *(np.zeros((rows, size), dtype=np.int64) for rows in (2, 3, 2)),
        )
        none = Shift(none.firms, none.amounts[:, :0], none.regions, none.denominators)
        return none, [[none]]
    places = np.array([newcomer.place for newcomer in behaviour.newcomers], dtype=np.int64)

    def shift(deals: ChangedDeals) -> Shift:
        return shift_of(deals, behaviour.economy, places)

    own = shift(changed)
    if not behaviour.newcomers:
        return own, [[own]]
    groups = [[shift(behaviour.changed_deals(part))] for part in (0.0, 1.0)]
    for number in range(draws):
        for group, part in zip(groups, (0.0, 1.0), strict=True):
            draw = np.random.default_rng((seed, number))  # the same peers in both
            group.append(shift(behaviour.changed_deals(part, draw)))
    return own, groups


def _notes(
    scenario: Scenario, table: Edited, base: Results, draws: int, official: bool
) -> list[Message]:
    """What else is taken for granted."""
    notes = []
    if scenario.removed is not None or scenario.added is not None:
        before, after = table.some
        rows = after.read_rows - before.read_rows
        notes.append(Message("scenario.transactions_given", rows=rows))
        notes += _not_counted(table)
    if draws:
        notes.append(Message("scenario.draws", draws=draws))
    if official:
        notes.append(Message("scenario.official_sums_stay"))
    if base.ledger.label == "modelled":
        notes.append(Message("scenario.of_estimates"))
    return notes


def _not_counted(table: Edited) -> list[Message]:
    """What the policies of the analysis leave out of the transactions that are given."""
    given = [part.ledger for part in (table.removed, table.added) if part is not None]
    rows = {name: sum(int(p[ENTRIES.index(name), 0]) for p in given) for name in EXCLUDED}
    labels = columns("entry")
    reasons = [
        {"ja": labels[name].label_ja, "en": labels[name].label_en} for name in rows if rows[name]
    ]
    if not reasons:
        return []
    return [Message("scenario.given_not_counted", rows=sum(rows.values()), reasons=reasons)]
