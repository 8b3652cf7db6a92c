"""Sums that threads share, since each is at them for less than half of its time."""

from __future__ import annotations

import threading as th
from collections import defaultdict
from collections.abc import Callable

from connhub.intake.batch import Batch
from connhub.intake.reading import Reading
from connhub.totals.accumulator import Accumulator
from connhub.totals.sparse_sums import Grain

__all__ = ["SharedSums", "needed"]

_KEPT = 3
"""So many batches a thread keeps at most before it waits."""


def needed(grain: Grain, threads: int) -> int:
    """How many sums so many threads need: half as many by firm; the finer ones are in one table.

    Examples
    --------
    >>> needed("firms", 2), needed("firms", 3), needed("pairs", 3)
    (1, 2, 3)
    """
    return (threads + 1) // 2 if grain == "firms" else threads


class SharedSums:
    """Some accumulators for more threads, made when they are needed.

    A thread that finds none free keeps its batch and reads on; with some batches it waits.

    Parameters
    ----------
    make : callable
        Makes an accumulator.
    most : int
        How many there are at most.
    """

    def __init__(self, make: Callable[[], Accumulator], most: int) -> None:
        self.make, self.most = make, most
        self.all: list[Accumulator] = []
        self.free: list[Accumulator] = []
        self.kept: defaultdict[int, list[Batch]] = defaultdict(list)
        self.freed = th.Condition()

    def add_batch(self, batch: Batch, reading: Reading) -> None:
        """Add up the rows of a batch, now or later; what is wrong with them goes into `reading`."""
        kept = self.kept[th.get_ident()]
        kept.append(batch)
        accumulator = self._take(wait=len(kept) > _KEPT)
        if accumulator is None:
            return
        accumulator.reading = reading
        try:
            while kept:
                accumulator.add_batch(kept.pop(0))
        finally:
            with self.freed:
                self.free.append(accumulator)
                self.freed.notify()

    def _take(self, *, wait: bool) -> Accumulator | None:
        """An accumulator that is free, if there is one."""
        with self.freed:
            if not self.free and len(self.all) < self.most:
                self.all.append(self.make())
                return self.all[-1]
            while wait and not self.free:
                self.freed.wait()
            return self.free.pop() if self.free else None

    def merged(self, reading: Reading) -> Accumulator:
        """All sums in one, when the threads have ended, with what they read."""
        first, *others = self.all or [self.make()]
        first.reading = reading
        for kept in self.kept.values():
            while kept:
                first.add_batch(kept.pop(0))
        for other in others:
            other.reading = Reading()  # which is in the one given
            first.merge(other)
        return first
