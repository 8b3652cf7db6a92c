"""What one thread, or one worker of a cluster, adds up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.errors import Fault, LimitError
from connhub.intake.amounts import Money
from connhub.intake.encoder import Batch, Found, Reading
from connhub.intake.firm_table import FirmTable
from connhub.intake.ledger import ENTRIES, FileRecord
from connhub.intake.table_source import Part
from connhub.memory import require, zeros
from connhub.options import Policies
from connhub.text.catalogue import Message
from connhub.totals.sparse_sums import CellTable, Grain, Nodes

__all__ = ["LARGEST_REGIONS", "Adder", "Coding", "Tables", "Work"]

LARGEST_REGIONS = 4096
Int = npt.NDArray[np.int64]


class Coding(Protocol):
    """What codes the rows of a table, and knows what they are counted by."""

    @property
    def firms(self) -> FirmTable:
        """The firms that trade."""

    @property
    def policies(self) -> Policies:
        """What is done with rows that are not plain."""

    @property
    def money(self) -> Money:
        """How amounts are counted."""

    @property
    def years(self) -> tuple[int, ...]:
        """Years that are counted; empty for all."""

    def batches(self, part: Part, reading: Reading) -> Iterator[Batch]:
        """Coded rows of a part."""


class Work(Protocol):
    """A table opened for adding up: raw, or prepared."""

    @property
    def coder(self) -> Coding:
        """What codes its rows."""

    @property
    def size(self) -> int | None:
        """Sum of the weights of all parts, where it is known beforehand."""

    def parts(self, batch_rows: int, threads: int) -> Iterator[Part]:
        """Pieces of the table, for the threads to share."""

    def finish(self, reading: Reading) -> tuple[tuple[FileRecord, ...], list[Message]]:
        """Raise what is wrong; else the files read and what to note."""


class Tables:
    """What the kernel needs to know of the firms and the policies; the same for all threads.

    Raises
    ------
    LimitError
        More regions than a dense flow matrix can hold.
    """

    def __init__(self, coder: Coding, grain: Grain) -> None:
        from connhub.totals.kernel import GROUPED

        rules, firms = coder.policies, coder.firms
        self.places = firms.regions.size + 2
        if firms.regions.size > LARGEST_REGIONS:
            raise LimitError(
                Fault(
                    f"{firms.regions.size:,} regions need {self.places**2 * 16 / 2**30:.1f} GiB "
                    f"of flows a thread; the limit is {LARGEST_REGIONS:,} regions",
                    fix="choose a coarser region=",
                )
            )
        self.grain: Grain = grain
        self.nodes = Nodes.of(firms.region_of, self.places)
        region = firms.region_of.astype(np.int16)
        group = np.empty(0, dtype=np.int32) if firms.groups is None else firms.groups
        region[: group.size][group >= 0] |= GROUPED
        excluding = {"exclude", "error", "drop"}
        policy = np.array([getattr(rules, e, "") in excluding for e in ENTRIES], dtype=np.bool_)
        self.kernel = region, group, policy
        errors = [i for i, e in enumerate(ENTRIES) if getattr(rules, e, "") == "error"]
        self.refused = [i for i in errors if ENTRIES[i] != "missing_amount"]


class Adder:
    """The sums and the reading of one thread; `merge` brings two together.

    Parameters
    ----------
    coder : Coding
    tables : Tables
    cells : CellTable, optional
        For the finer grains, shared by all threads; the sums by firm follow from it.
    """

    def __init__(self, coder: Coding, tables: Tables, cells: CellTable | None = None) -> None:
        self.coder, self.tables, self.cells = coder, tables, cells
        places, rows = tables.places, len(coder.firms) + 1
        self.firms = self.flows = zeros(0)
        if cells is None:
            need, fix = 64 * rows + 16 * places**2, "use fewer threads="
            require(need, f"the sums of {rows - 1:,} firms and {places - 2:,} regions", fix)
            self.firms, self.flows = zeros(rows, 8), zeros(places, places, 2)
        self.ledger, self.excluded = zeros(len(ENTRIES), 3), zeros(places, 2)
        self.reading = Reading()

    def add(self, part: Part) -> None:
        """Read a part, and add up its rows."""
        for batch in self.coder.batches(part, self.reading):
            self.add_batch(batch)

    def add_batch(self, batch: Batch) -> None:
        """Add up the rows of a batch."""
        from connhub.totals.kernel import add_firms, decide

        amount = batch.amount
        marks = batch.mark, batch.seller_region, batch.buyer_region
        entry = np.empty(amount.size, dtype=np.int8)
        places = np.empty((2, amount.size), dtype=np.int16)
        parties = batch.seller, batch.buyer
        rows = (*parties, amount, batch.deals, *marks)
        before = self.ledger[self.tables.refused, 0].sum()
        decide(rows, self.tables.kernel, self.ledger, self.excluded, entry, places)
        if self.ledger[self.tables.refused, 0].sum() != before:
            self._refuse(batch, entry)
        if self.cells is None:
            add_firms(parties, amount, batch.deals, entry, places, self.firms, self.flows)
        else:
            self.cells.add(parties, amount, places, entry, batch.deals)

    def _refuse(self, batch: Batch, entries: npt.NDArray[np.int8]) -> None:
        firms = self.coder.firms
        for entry in self.tables.refused:
            rows = np.flatnonzero(entries == entry)
            if not rows.size:
                continue
            name = ENTRIES[entry]
            what = f"rows are refused by {name}='error'"
            found = self.reading.faults.setdefault((batch.part.file, what, ""), Found())
            some = rows[:10]
            values = [str(v) for v in batch.amount[some]]
            if name != "negative":  # the party to blame has no known region
                values = []
                if batch.ids is not None:
                    blame = firms.region_of[batch.seller[some]] > firms.regions.size
                    pairs = [ids.take(pa.array(some)).to_pylist() for ids in batch.ids]
                    values = [
                        str(s if seller else b) for seller, s, b in zip(blame, *pairs, strict=True)
                    ]
            places = batch.part.count_skipped(rows + batch.position)
            count = int(batch.deals[rows].sum()) if batch.deals.size else rows.size
            found.add(batch.part.number, places, values, count)

    def merge(self, other: Adder) -> None:
        """Add what another thread added up; its sums are not needed any more."""
        for name in ("firms", "flows", "ledger", "excluded"):
            mine: Any = getattr(self, name)
            mine += getattr(other, name)
        self.reading.merge(other.reading)
