"""Steps of a measurement at the size of the nation: the seconds of each, and the peak of memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import connhub
from benchmarks.worker import peak

FIRMS, TRANSACTIONS = 1_500_000, 13_000_000


class Steps:
    """What was measured, by name."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}

    def run(self, name: str, work: Callable[[], Any]) -> Any:
        """Do one step, and keep its seconds."""
        started = time.perf_counter()
        found = work()
        self.facts[f"{name}, s"] = round(time.perf_counter() - started, 2)
        return found

    def note_peak(self, name: str) -> None:
        """Keep the most memory that was used so far."""
        self.facts[f"{name}, GB"] = round(peak() / 1e9, 2)


def make_economy(folder: str) -> None:
    """Write the tables that are measured: ten million pairs of firms."""
    connhub.synthesize(folder, firms=FIRMS, transactions=TRANSACTIONS, seed=5)
