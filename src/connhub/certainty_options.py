"""The options of how sure a list is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from connhub.errors import Fault, OptionError
from connhub.options import Options

__all__ = ["CertaintyOptions"]


@dataclass(frozen=True)
class CertaintyOptions(Options):
    """Which doubts a list is put to.

    Parameters
    ----------
    missing_share : float
        Transactions may be missing: up to which share of what a firm reports and the counted
        transactions do not explain may be out-of-region sales, or in-region purchases; 0 to 1.
    amount_error : float, optional
        Relative standard deviation of the amount of each pair of firms, such as 0.3; by default
        amounts are taken as they are. Needs the grain ``pairs``.
    without_bound : {"list", "coverage"}
        Firms that report nothing, or less than was counted: listed as firms without a bound, or
        bounded by the mean coverage of their region.
    accept_contradicted : float
        Up to which share of the ranked firms of a region may have more counted than they report;
        above it there is no verdict on the region. 0 to 1.
    reported_year : int, optional
        Year of the reports, where the transactions name none.
    weight_draws : int
        Sets of weights to try, as in `Selection.stability`; 0 for none.
    """

    missing_share: float = 1.0
    amount_error: float | None = None
    without_bound: Literal["list", "coverage"] = "list"
    accept_contradicted: float = 0.1
    reported_year: int | None = None
    weight_draws: int = 200

    def __post_init__(self) -> None:
        super().__post_init__()
        faults = [
            Fault("options.not_a_share", name=name, value=repr(value))
            for name in ("missing_share", "accept_contradicted")
            if not _is_number(value := getattr(self, name)) or not 0 <= value <= 1
        ]
        error = self.amount_error
        if error is not None and not (_is_number(error) and 0 < error <= 10):
            faults.append(Fault("options.not_an_error", value=repr(error)))
        for name, least in (("reported_year", 1), ("weight_draws", 0)):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < least):
                faults.append(Fault("errors.out_of_range", name=name, value=value, least=least))
        if faults:
            raise OptionError(*faults)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
