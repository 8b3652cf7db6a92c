"""What reads a firm table and adds transactions up: this machine, or a Spark cluster."""

from __future__ import annotations

from collections.abc import Callable

from connhub.errors import check_choice
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.totals.threads import total
from connhub.totals.totals import Totals

__all__ = ["engine_of"]


def engine_of(name: str) -> tuple[Callable[..., FirmTable], Callable[..., Totals]]:
    """What reads a firm table, and what adds transactions up.

    Parameters
    ----------
    name : {"local", "spark"}

    Returns
    -------
    pair of callables

    Raises
    ------
    OptionError
    """
    check_choice("engine", name, ("local", "spark"))
    if name == "spark":
        from connhub.totals import spark

        return spark.read_firms, spark.total
    return read_firms, total
