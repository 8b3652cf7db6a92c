"""What a scenario says: firms that arrive, leave or grow, and transactions added or removed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from connhub.arguments import Table, check_fields
from connhub.errors import Fault, OptionError
from connhub.options import Options

__all__ = ["Arrival", "Departure", "Growth", "Scenario"]

_MOST = 2**53
Partners = Literal["peers", "gravity"]


@dataclass(frozen=True)
class Arrival(Options):
    """A firm that comes, and trades as its peers do.

    Parameters
    ----------
    firm : str or int
        Id that no firm of the analysis has.
    region : str
        Code or name of the region where it settles.
    sales, purchases : int
        Of a year, in base units; not negative.
    industry : str, optional
        Code, of two digits or more; without it firms of all industries are its peers.
    name : str, optional
    like : {"peers", "gravity"}
        Where its partners are: as those of its peers, or as size and distance say.
    displaces : float
        0 to 1: of what it buys in its region, the share that the sellers' other customers go
        without; of what it sells there, the share that its customers buy less from others. The
        results also show 0 and 1.
    """

    firm: str | int
    region: str
    sales: int
    purchases: int
    industry: str | None = None
    name: str | None = None
    like: Partners = "peers"
    displaces: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not str(self.firm).strip():
            raise OptionError(Fault("scenario.no_id"))
        _check_share("displaces", self.displaces)
        for name in ("sales", "purchases"):
            value = getattr(self, name)
            if type(value) is not int or not 0 <= value < _MOST:
                raise OptionError(Fault("scenario.not_an_amount", name=name, value=repr(value)))
        if not self.sales and not self.purchases:
            raise OptionError(Fault("scenario.no_trade", firm=str(self.firm)))


@dataclass(frozen=True)
class Departure(Options):
    """A firm that ends all its transactions.

    Parameters
    ----------
    firm : str or int
    replaced : float
        0 to 1: the share of each of its transactions that the other suppliers of its customers, and
        the other customers of its suppliers, take over.
    """

    firm: str | int
    replaced: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_share("replaced", self.replaced)


@dataclass(frozen=True)
class Growth(Options):
    """A firm whose sales to each of its customers grow, or shrink.

    Parameters
    ----------
    firm : str or int
    sales : float
        Rate: 0.2 for a fifth more; at least -1.
    purchases : {"with_sales", "fixed"}
        Whether its purchases from each of its suppliers grow at the same rate.
    """

    firm: str | int
    sales: float
    purchases: Literal["with_sales", "fixed"] = "with_sales"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _is_number(self.sales) or not -1 <= self.sales <= 1000:
            raise OptionError(Fault("scenario.not_a_rate", value=repr(self.sales)))


@dataclass(frozen=True)
class Scenario:
    """What changes, all of it relative to the transactions of one analysis.

    Parameters
    ----------
    events : sequence of Arrival, Departure or Growth
        Departures come first, then growth, then arrivals.
    added, removed : table, optional
        Transactions, with the columns of a transaction table. What is removed must be there, row by
        row with its amount.
    unit : str, optional
        Of their amounts, where the headers name none; by default the base unit of the analysis.
    name : str
        For people.

    Raises
    ------
    OptionError
        When nothing changes, or a firm occurs twice.
    """

    events: Sequence[Arrival | Departure | Growth] = ()
    added: Table | None = None
    removed: Table | None = None
    unit: str | None = None
    name: str = ""

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.events and self.added is None and self.removed is None:
            raise OptionError(Fault("scenario.nothing_changes"))
        firms = [str(event.firm) for event in self.events]
        if twice := sorted({firm for firm in firms if firms.count(firm) > 1}):
            raise OptionError(Fault("scenario.firm_twice", firms=twice))

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        """Firms that come."""
        return tuple(e for e in self.events if isinstance(e, Arrival))

    @property
    def departures(self) -> tuple[Departure, ...]:
        """Firms that leave."""
        return tuple(e for e in self.events if isinstance(e, Departure))

    @property
    def growth(self) -> tuple[Growth, ...]:
        """Firms that grow."""
        return tuple(e for e in self.events if isinstance(e, Growth))


def _check_share(name: str, value: object) -> None:
    if not _is_number(value) or not 0 <= value <= 1:  # type: ignore[operator]
        raise OptionError(Fault("options.not_a_share", name=name, value=repr(value)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
