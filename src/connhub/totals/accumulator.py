"""What one thread, or one worker of a cluster, adds up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import from_numpy, text
from connhub.errors import Fault, LimitError
from connhub.intake.account import Account
from connhub.intake.amounts import Money, magnitude
from connhub.intake.batch import Batch
from connhub.intake.firm_table import FirmTable
from connhub.intake.ledger import COUNTED, ENTRIES
from connhub.intake.reading import Reading
from connhub.intake.table_source import Part
from connhub.memory import require, zeros
from connhub.options import Policies
from connhub.text.catalogue import Message
from connhub.text.numbers import decimal_text
from connhub.totals.sparse_sums import Grain, Nodes, SumTable

__all__ = ["LARGEST_REGIONS", "Accumulator", "OpenTable", "RowEncoder", "Tables", "reasons"]

LARGEST_REGIONS = 4096
Int = npt.NDArray[np.int64]


class RowEncoder(Protocol):
    """What encodes the rows of a table, and knows what they are counted by."""

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

    @property
    def roles(self) -> Mapping[str, str]:
        """Columns of the user's table by role, for messages."""

    def batches(self, part: Part, reading: Reading) -> Iterator[Batch]:
        """Encoded rows of a part."""


class OpenTable(Protocol):
    """A table opened for adding up: raw, or prepared."""

    @property
    def encoder(self) -> RowEncoder:
        """What encodes its rows."""

    @property
    def size(self) -> int | None:
        """Sum of the weights of all parts, where it is known beforehand."""

    def parts(self, batch_rows: int, threads: int) -> Iterator[Part]:
        """Pieces of the table, for the threads to share."""

    def finish(self, reading: Reading) -> Account:
        """Raise what is wrong; else what is known of the table."""


class Tables:
    """What the kernel needs to know of the firms and the policies; the same for all threads.

    Parameters
    ----------
    firms : FirmTable
    policies : Policies
    grain : {"firms", "firms_by_region", "pairs"}

    Raises
    ------
    LimitError
        More regions than a dense flow matrix can hold.
    """

    def __init__(self, firms: FirmTable, policies: Policies, grain: Grain) -> None:
        from connhub.totals.kernel import GROUPED

        self.places = firms.regions.size + 2
        if firms.regions.size > LARGEST_REGIONS:
            raise LimitError(
                Fault(
                    "totals.too_many_regions",
                    regions=firms.regions.size,
                    need=f"{self.places**2 * 16 / 2**30:.1f}",
                    limit=LARGEST_REGIONS,
                )
            )
        self.grain: Grain = grain
        self.firms = firms
        region = firms.region_of.astype(np.int16)
        group = np.empty(0, dtype=np.int32) if firms.groups is None else firms.groups
        if group.size:
            region |= (group >= 0) * np.int16(GROUPED)
        excluding = {"exclude", "error", "drop"}
        policy = np.array([getattr(policies, e, "") in excluding for e in ENTRIES], dtype=np.bool_)
        self.kernel = region, group, policy
        errors = [i for i, e in enumerate(ENTRIES) if getattr(policies, e, "") == "error"]
        self.refused = [i for i in errors if ENTRIES[i] != "missing_amount"]

    @cached_property
    def nodes(self) -> Nodes:
        """Who trades, of the finer grains."""
        return Nodes.of(self.firms.region_of, self.places)


def reasons(
    firms: FirmTable,
    policies: Policies,
    seller: npt.NDArray[np.int32],
    buyer: npt.NDArray[np.int32],
) -> npt.NDArray[np.int8]:
    """What becomes of transactions between firms, as positions in `ENTRIES`.

    Parameters
    ----------
    firms : FirmTable
    policies : Policies
    seller, buyer : ndarray of int32
        Indices; the number of firms for one that the table lacks.

    Returns
    -------
    ndarray of int8
    """
    from connhub.totals.kernel import decide

    tables = Tables(firms, policies, "firms")
    none, entry = np.empty(0, np.int32), np.empty(seller.size, dtype=np.int8)
    marks = np.empty(0, np.uint8), none, none
    amounts = np.ones(seller.size, np.int64), np.empty(0, np.int64)  # and counts: one each
    rows = (seller, buyer, *amounts, *marks)
    ledger, excluded = zeros(len(ENTRIES), 3), zeros(tables.places, 2)
    places, no_sums = np.empty((2, 0), dtype=np.int16), (zeros(0, 8), zeros(0, 0, 2))
    decide(rows, tables.kernel, ledger, excluded, entry, places, no_sums)
    return entry


class Accumulator:
    """The sums and the reading of one thread; `merge` brings two together.

    Parameters
    ----------
    encoder : RowEncoder
    tables : Tables
    cells : SumTable, optional
        For the finer grains, shared by all threads; the sums by firm follow from it.
    """

    def __init__(self, encoder: RowEncoder, tables: Tables, cells: SumTable | None = None) -> None:
        self.encoder, self.tables, self.cells = encoder, tables, cells
        places, rows = tables.places, len(encoder.firms) + 1
        self.firms, self.flows = zeros(0, 8), zeros(0, 0, 2)
        if cells is None:
            sums = Message("totals.sums_of", firms=rows - 1, regions=places - 2)
            require(64 * rows + 16 * places**2, sums, Message("memory.fewer_threads"))
            self.firms, self.flows = zeros(rows, 8), zeros(places, places, 2)
        self.ledger, self.excluded = zeros(len(ENTRIES), 3), zeros(places, 2)
        self.estimated = zeros(rows - 1 if "estimated" in encoder.roles else 0, 2)
        self.reading = Reading()

    def add(self, part: Part) -> None:
        """Read a part, and add up its rows."""
        for batch in self.encoder.batches(part, self.reading):
            self.add_batch(batch)

    def add_batch(self, batch: Batch) -> None:
        """Add up the rows of a batch."""
        from connhub.totals.kernel import decide

        amount, counts = batch.amount, batch.counts
        marks = batch.mark, batch.seller_region, batch.buyer_region
        entry = np.empty(amount.size, dtype=np.int8)
        places = np.empty((2, 0 if self.cells is None else amount.size), dtype=np.int16)
        parties = batch.seller, batch.buyer
        rows = (*parties, amount, counts, *marks)
        before = self.ledger[self.tables.refused, 0].sum()
        sums = self.firms, self.flows
        decide(rows, self.tables.kernel, self.ledger, self.excluded, entry, places, sums)
        if self.ledger[self.tables.refused, 0].sum() != before:
            self._refuse(batch, entry)
        if batch.estimated is not None:
            self._add_estimated(batch, entry)
        if self.cells is not None:
            self.cells.add(rows[:2], rows[2], places, entry, rows[3])

    def _add_estimated(self, batch: Batch, entry: npt.NDArray[np.int8]) -> None:
        """Add up what is estimated of the rows that are counted."""
        if batch.estimated is None:
            raise AssertionError
        rows = np.flatnonzero(batch.estimated & (entry < len(COUNTED)))
        amount = batch.amount[rows]
        self.ledger[ENTRIES.index("with_estimated")] += rows.size, amount.sum(), magnitude(amount)
        for side, parties in enumerate((batch.seller, batch.buyer)):
            listed = parties[rows] < len(self.estimated)
            np.add.at(self.estimated[:, side], parties[rows][listed], amount[listed])

    def _refuse(self, batch: Batch, entries: npt.NDArray[np.int8]) -> None:
        """Note rows that the policies refuse, with what is to blame for each."""
        for entry in self.tables.refused:
            rows = np.flatnonzero(entries == entry)
            if not rows.size:
                continue
            kind = f"totals.refused_{ENTRIES[entry]}"
            for role, some, values in self._to_blame(ENTRIES[entry], batch, rows):
                count = int(batch.counts[some].sum()) if batch.counts.size else None
                read = batch.read_rows(some) + batch.position
                positions = batch.part.count_skipped(read)
                column = self.encoder.roles.get(role, "")
                self.reading.complain(
                    batch.part, kind, positions, values, column=column, count=count
                )

    def _to_blame(
        self, entry: str, batch: Batch, rows: Int
    ) -> Iterator[tuple[str, Int, pa.Array | None]]:
        """Rows by the role of the cell that is to blame, with these cells where they are known."""
        if entry == "negative":
            money = self.encoder.money
            amounts = (money.sum_in_result_units(int(a)) for a in batch.amount[rows])
            yield "amount", rows, pa.array([decimal_text(a, money.result_unit) for a in amounts])
            return
        firms = self.encoder.firms
        sells = firms.region_of[batch.seller[rows]] > firms.regions.size
        for side, (role, some) in enumerate(
            (("seller_id", rows[sells]), ("buyer_id", rows[~sells]))
        ):
            if some.size:
                ids = (
                    None
                    if batch.ids is None
                    else text(batch.ids[side].take(from_numpy(batch.read_rows(some))))
                )
                yield role, some, ids

    def merge(self, other: Accumulator) -> None:
        """Add what another thread added up; its sums are not needed any more."""
        for name in ("firms", "flows", "ledger", "excluded", "estimated"):
            sums: Any = getattr(self, name)
            sums += getattr(other, name)
        self.reading.merge(other.reading)
