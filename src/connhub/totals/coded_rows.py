"""Totals of rows whose parties are known as nodes, without a table to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from connhub.intake.account import Account
from connhub.intake.amounts import Money
from connhub.intake.batch import Batch
from connhub.intake.firm_table import FirmTable
from connhub.intake.ledger import ENTRIES
from connhub.intake.reading import Reading
from connhub.intake.table_source import Part
from connhub.options import Policies
from connhub.totals.accumulator import Accumulator, Tables
from connhub.totals.sparse_sums import Grain, SumTable
from connhub.totals.totals import Totals

__all__ = ["total_coded"]

Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Coded:
    """Says how rows are counted; see `RowEncoder`."""

    firms: FirmTable
    policies: Policies
    money: Money
    years: tuple[int, ...]
    roles: Mapping[str, str] = field(default_factory=dict)

    def batches(self, part: Part, reading: Reading) -> Iterator[Batch]:
        """None: the rows are given."""
        del part, reading
        yield from ()


def total_coded(
    seller: Int, buyer: Int, amount: Int, counts: Int, *, firms: FirmTable, like: Totals
) -> Totals:
    """Add up rows whose parties are nodes, as other totals were added up.

    Parameters
    ----------
    seller, buyer : ndarray of int64, shape (m,)
        Firm, or n + p for a party that the table lacks, placed in region p; see `Nodes`.
    amount : ndarray of int64, shape (m,)
        In multiples of the resolution.
    counts : ndarray of int64, shape (m,)
        How many transactions each row stands for.
    firms : FirmTable, n firms
    like : Totals
        Whose policies, money, years and grain count; perhaps of other firms.

    Returns
    -------
    Totals
        Of a row that stands for several, the absolute amount is that of their sum, and of returns
        among them nothing is known: the ledger does not name any.
    """
    n = len(firms)
    encoder = _Coded(firms, like.policies, like.money, like.chosen_years)
    grain: Grain = like.grain
    tables = Tables(firms, like.policies, grain)
    cells = None if grain == "firms" else SumTable(grain, tables.nodes)
    sums, part = Accumulator(encoder, tables, cells), Part(0, 0, 0, lambda: iter(()))
    sums.reading.tally(part, amount, counts)
    sums.add_batch(
        Batch(
            seller=np.minimum(seller, n).astype(np.int32),
            buyer=np.minimum(buyer, n).astype(np.int32),
            amount=amount,
            counts=counts,
            mark=np.empty(0, dtype=np.uint8),
            seller_region=np.where(seller < n, -1, seller - n).astype(np.int32),
            buyer_region=np.where(buyer < n, -1, buyer - n).astype(np.int32),
            ids=None,
            given={},
            years=None,
            part=part,
            position=0,
        )
    )
    sums.ledger[ENTRIES.index("with_negative")] = 0
    return Totals.of(sums, Account())
