"""Transactions: every link at least once, large ones more often, scattered through the file."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.synthetic.firms import generator
from connhub.synthetic.links import Links

__all__ = ["BLOCK", "SELF_TRADE", "TransactionStream", "write_stream"]

BLOCK = 1 << 20
"""Transactions that share a generator, and rows of a group in the file."""
SELF_TRADE, _RETURNS = 0.003, 0.01
_SPREAD = 0.5  # standard deviation of the logarithm of the amounts of one link


class TransactionStream:
    """All transactions of an economy, drawn when asked for.

    Parameters
    ----------
    links : Links
        Who trades with whom. The links may be fewer than transactions, not more.
    ids : ndarray of int64, shape (n,)
        Of the firms; 13 digits.
    count : int
        Number of transactions.
    seed, year : int
        Of the economy.
    text : bool
        Whether ids are written as text.

    Attributes
    ----------
    sold, bought : ndarray of int64, shape (n,)
        Yen that each firm sold to and bought from others, in the tables drawn last.
    """

    def __init__(
        self,
        links: Links,
        ids: npt.NDArray[np.int64],
        count: int,
        *,
        seed: int,
        year: int,
        text: bool,
    ) -> None:
        self.links, self.count, self.seed, self.year = links, count, seed, year
        self.ids = ids.astype("S13").view("V13") if text else ids
        self.sold, self.bought = np.zeros((2, ids.size), dtype=np.int64)
        more = count - links.size  # what is left when every link had its turn
        self.self_trade = SELF_TRADE * count / max(more, 1)
        # A deck of links from which these are drawn; the larger the link, the more cards.
        cards = np.cumsum(np.sqrt(links.yen, dtype=np.float64))
        cards *= links.size / cards[-1]
        cards = np.diff(np.floor(cards + 0.5), prepend=0).astype(np.int64)
        self.deck = np.repeat(np.arange(links.size, dtype=np.int32), cards)
        turns = 1 + cards * (more / links.size)
        self.thousands = (links.yen / 1000 / turns).astype(np.float32)

    def tables(self, batch: int = BLOCK) -> Iterator[pa.Table]:
        """Draw them, in tables of at most `batch` rows.

        The values do not depend on `batch`: random numbers come in blocks of a fixed size,
        whatever part of a block is asked for.

        Parameters
        ----------
        batch : int

        Yields
        ------
        Table
        """
        self.sold[:] = self.bought[:] = 0
        for number, start in enumerate(range(0, self.count, BLOCK)):
            rng = generator(self.seed, "deals", number)
            chance = np.vstack((rng.random((3, BLOCK)), rng.standard_normal(BLOCK)))
            size = min(BLOCK, self.count - start)
            for first in range(0, size, batch):
                last = min(first + batch, size)
                yield self._table(start + first, chance[:, first:last])

    def _table(self, start: int, chance: npt.NDArray[np.float64]) -> pa.Table:
        which, self_trade, returned, normal = chance
        links = self.links
        # Links take turns, evenly over the file; the rows between go to whom the deck says.
        row = np.arange(start, start + normal.size + 1)
        turn = row * links.size // self.count
        due = turn[1:] > turn[:-1]
        drawn = self.deck[(which * self.deck.size).astype(np.int64)]
        link = np.where(due, turn[:-1], drawn)
        seller, buyer = links.seller[link], links.buyer[link]
        itself = ~due & (self_trade < self.self_trade)
        buyer[itself] = seller[itself]
        amount = self.thousands[link] * np.exp(_SPREAD * normal - _SPREAD**2 / 2)
        amount[returned < _RETURNS] *= -0.1
        amount = np.copysign(np.maximum(np.rint(np.abs(amount)), 1), amount)
        yen = amount.astype(np.int64) * 1000
        others = ~itself
        np.add.at(self.sold, seller[others], yen[others])
        np.add.at(self.bought, buyer[others], yen[others])
        return pa.table(
            {
                "seller_id": self._column(seller),
                "buyer_id": self._column(buyer),
                "amount": yen,
                "year": np.full(amount.size, self.year, dtype=np.int32),
            }
        )

    def _column(self, firm: npt.NDArray[np.int32]) -> pa.Array:
        values = self.ids.take(firm)
        if values.dtype.kind != "V":
            return pa.array(values)
        ends = np.arange(0, 13 * values.size + 1, 13, dtype=np.int32)
        buffers = (pa.py_buffer(ends), pa.py_buffer(values.view(np.uint8)))
        return pa.StringArray.from_buffers(values.size, *buffers)


def write_stream(tables: Iterator[pa.Table], path: Path) -> None:
    """Write tables to one Parquet file, drawing the next while one is written.

    Parameters
    ----------
    tables : iterator of Table
    path : Path
    """
    import pyarrow.parquet as pq

    options = {"compression": "zstd", "write_page_checksum": True}
    with ThreadPoolExecutor(1) as worker:
        table = next(tables)
        with pq.ParquetWriter(path, table.schema, **options) as writer:
            while table is not None:
                coming = worker.submit(next, tables, None)
                writer.write_table(table)
                table = coming.result()
