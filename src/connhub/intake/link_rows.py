"""A table of links: transactions of which most have no amount."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import from_numpy, text
from connhub.errors import Fault, OptionError
from connhub.intake.account import Account
from connhub.intake.amounts import Money
from connhub.intake.batch import BLANK_ROW, MISSING_AMOUNT, MISSING_YEAR, OTHER_YEAR, Batch
from connhub.intake.columns import recognized
from connhub.intake.firm_table import FirmTable
from connhub.intake.open_table import open_source
from connhub.intake.reading import Reading
from connhub.intake.table_source import Batches, Part, Source
from connhub.intake.transactions import Transactions
from connhub.options import Policies, ReadOptions

__all__ = ["LinkRows", "read_links"]

Int = npt.NDArray[np.int64]
_BATCH_ROWS = 1 << 18
_AMOUNT = "amount"


@dataclass(frozen=True, eq=False)
class LinkRows:
    """Rows of a table of links that are records of the year.

    Parameters
    ----------
    seller, buyer : ndarray of int32
        Firm indices; the number of firms for one that the table lacks.
    amount : ndarray of int64
        In whole units of the result; 0 where missing.
    missing : ndarray of bool
        Rows without an amount.
    ids : pair of Array
        Of seller and buyer, as they came.
    year : int or None
        Of all these rows.
    left_out : mapping of str to int
        How many rows are no records or of other years, by reason.
    money : Money
    account : Account
    """

    seller: npt.NDArray[np.int32]
    buyer: npt.NDArray[np.int32]
    amount: Int
    missing: npt.NDArray[np.bool_]
    ids: tuple[pa.Array, pa.Array]
    year: int | None
    left_out: dict[str, int]
    money: Money
    account: Account


def read_links(data: Any, firms: FirmTable, read: ReadOptions, year: int | None) -> LinkRows:
    """Read a table of links.

    Parameters
    ----------
    data : path, list of paths, or table
        Seller and buyer, and perhaps an amount and a year. Amounts may be empty, or be missing
        altogether.
    firms : FirmTable
        With its lookup.
    read : ReadOptions
    year : int or None
        The one to take; needed where the table has several.

    Returns
    -------
    LinkRows

    Raises
    ------
    InputError
        All faults of the table at once.
    ColumnError, OptionError, LimitError

    Examples
    --------
    >>> from connhub.intake.firm_table import read_firms
    >>> firms = read_firms(pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]}))
    >>> links = pa.table({"販売元": ["a", "b"], "販売先": ["b", "a"]})
    >>> read_links(links, firms, ReadOptions(), None).missing.tolist()
    [True, True]
    """
    source = data if isinstance(data, Source) else open_source(data, "transactions", read)
    if "amount" not in recognized("transactions", source.schema.names, read.columns):
        source = _without_amounts(source)
    policies = Policies(missing_amount="exclude")
    table = Transactions(source, firms, policies, read, year=year)
    reading = Reading()
    batches = [
        _numbers(batch)
        for part in table.parts(_BATCH_ROWS, 1)
        for batch in table.encoder.batches(part, reading)
    ]
    account = table.finish(reading)
    seller, buyer, amount, mark, years = (
        np.concatenate([b[k] for b in batches]) if batches else np.empty(0, np.int64)
        for k in range(5)
    )
    ids = tuple(pa.chunked_array([b[k] for b in batches] or [text([])]) for k in (5, 6))
    record = (mark < BLANK_ROW) & (mark != OTHER_YEAR) & (mark != MISSING_YEAR)
    reasons = {"no_record": int((mark >= BLANK_ROW).sum()), "other_year": int((~record).sum())}
    reasons["other_year"] -= reasons["no_record"]
    rows = from_numpy(np.flatnonzero(record))
    picked = (ids[0].take(rows).combine_chunks(), ids[1].take(rows).combine_chunks())
    money = table.encoder.money
    return LinkRows(
        seller[record].astype(np.int32),
        buyer[record].astype(np.int32),
        money.in_result_units(amount[record]),
        mark[record] == MISSING_AMOUNT,
        picked,
        _one_year(np.unique(years[record]).tolist()),
        reasons,
        money,
        account,
    )


def _numbers(batch: Batch) -> tuple[Any, ...]:
    size = batch.amount.size
    mark = batch.mark if batch.mark.size else np.zeros(size, dtype=np.uint8)
    years = np.zeros(size, np.int64) if batch.years is None else batch.years.astype(np.int64)
    if batch.ids is None:
        raise AssertionError
    sellers, buyers = (
        i.dictionary_decode() if isinstance(i, pa.DictionaryArray) else i for i in batch.ids
    )
    return batch.seller, batch.buyer, batch.amount, mark, years, sellers, buyers


def _one_year(years: Sequence[int]) -> int | None:
    """The year of all links: totals are those of a year."""
    given = [year for year in years if year]
    if len(given) > 1:
        raise OptionError(Fault("estimation.several_years", years=given))
    return given[0] if given else None


def _without_amounts(source: Source) -> Source:
    """The same table with an empty column for the amounts."""
    empty = pa.field(_AMOUNT, pa.int64())

    def parts(columns: Sequence[str], batch_rows: int, threads: int) -> Iterator[Part]:
        there = [name for name in columns if name != _AMOUNT]
        for part in source.parts(there, batch_rows, threads):
            part.read = partial(_with_amounts, part.read, columns)
            yield part

    return replace(source, schema=source.schema.append(empty), parts=parts)


def _with_amounts(read: Any, columns: Sequence[str]) -> Batches:
    for batch, position in read():
        values = [
            pa.nulls(batch.num_rows, pa.int64()) if name == _AMOUNT else batch[name]
            for name in columns
        ]
        yield pa.RecordBatch.from_arrays(values, names=list(columns)), position
