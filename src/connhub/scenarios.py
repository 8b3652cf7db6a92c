"""What if, from an analysis, a scenario, and a firm table as people have them."""

from __future__ import annotations

from connhub.analysis import Analysis
from connhub.arguments import Table
from connhub.errors import Fault, OptionError
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.options import TableOptions, flat_options
from connhub.scenario.events import Scenario
from connhub.scenario.result import WhatIf
from connhub.scenario.what_if import what_if as work_out

__all__ = ["what_if"]

_AS_BEFORE = TableOptions()


@flat_options
def what_if(
    analysis: Analysis,
    scenario: Scenario,
    firms: Table | FirmTable,
    *,
    draws: int = 0,
    seed: int = 0,
    read: TableOptions = TableOptions(),
) -> WhatIf:
    """What an analysis would be if firms came, left or grew, or transactions were others.

    The outcome is the analysis of the edited table, bit for bit: transactions are removed and
    added. Which ones, where firms arrive, leave or grow, is modelled, and said in
    `WhatIf.assumptions`, to be read first. Nothing else moves.

    Parameters
    ----------
    analysis : Analysis
        In memory, as `analyze` gives it: of the grain ``pairs`` where firms arrive, leave or
        grow, else of any.
    scenario : Scenario
    firms : path, table, or FirmTable
        The firm table of the analysis.
    draws : int
        How often the peers of arrivals are drawn anew, with replacement, for ranges; 0 for none.
    seed : int
        Of the draws.
    {read}

    Returns
    -------
    WhatIf
        Modelled.

    Raises
    ------
    OptionError, InputError, ColumnError
        Firms that are not there, or are already; too few peers; transactions that cannot be
        removed because they are not there.

    Examples
    --------
    b leaves; a then has all of what the region sells outside.

    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> from connhub.scenario import Departure, Scenario
    >>> firms = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"]})
    >>> trade = pa.table({"seller_id": ["a", "b"], "buyer_id": ["c", "c"], "amount": [60, 40]})
    >>> result = analyze(trade, firms, grain="pairs")
    >>> change = what_if(result, Scenario([Departure("b")]), firms)
    >>> change.of_firms(["a", "b"])[["firm_id", "degree", "before", "after"]]
      firm_id            degree  before  after
    0       a  connector_degree     0.6    1.0
    1       b  connector_degree     0.4    0.0
    """
    if not isinstance(analysis, Analysis):
        raise OptionError(Fault("scenario.needs_totals"))
    if not isinstance(firms, FirmTable):
        layout = analysis.table_options if read == _AS_BEFORE else read
        firms = read_firms(firms, region=analysis.options["region"], read=layout)
    return work_out(analysis, scenario, firms, draws=draws, seed=seed)
