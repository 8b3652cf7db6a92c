"""What the lists rest on: kept with them, so that how sure they are can be asked later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.measures.degrees import Degrees
from connhub.measures.firm_flows import FirmFlows, firm_flows
from connhub.measures.trade import Trade
from connhub.selection.financials import Financials
from connhub.selection.ranking import Entries

__all__ = ["Basis"]


@dataclass(frozen=True, eq=False)
class Basis:
    """What the lists rest on.

    Parameters
    ----------
    degrees : Degrees
        n firms.
    ids : Array of strings, shape (n,)
    entries : Entries
        Of all regions.
    values : mapping of str to ndarray of float64, shape (n,)
        Of each indicator.
    keys : mapping of str to ndarray of float64, shape (n,)
        Of each indicator: numbers in the order of its values, exactly.
    entrants : ndarray of float64, shape (groups,)
        By group that is ranked together, how many firms are not ranked only because the degree is
        undefined: further transactions may define it.
    reports : Financials or None
        What the firms report in all.
    trade : Trade or None
        What each pair of firms trades.
    """

    degrees: Degrees
    ids: pa.Array
    entries: Entries
    values: Mapping[str, npt.NDArray[np.float64]]
    keys: Mapping[str, npt.NDArray[np.float64]]
    entrants: npt.NDArray[np.float64]
    reports: Financials | None = None
    trade: Trade | None = None

    @cached_property
    def flows(self) -> FirmFlows | None:
        """Links among the firms; None where the pairs were not kept."""
        if self.trade is None or self.trade.grain != "pairs":
            return None
        return firm_flows(self.trade, self.degrees)
