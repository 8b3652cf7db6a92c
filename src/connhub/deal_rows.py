"""Where deals stand in the raw table: a second reading gives the file and row of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from connhub.arguments import Table, checked
from connhub.arrow import text
from connhub.errors import ColumnError, Fault, InputError
from connhub.intake.batch import PLAIN_MARKS, Batch
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.intake.open_table import open_source, read_all
from connhub.intake.reading import Reading
from connhub.intake.transactions import Transactions
from connhub.memory import limited
from connhub.options import Policies, ReadOptions, flat_options
from connhub.schema import columns

__all__ = ["deal_rows"]

_BATCH_ROWS = 1 << 20
Region = str | Mapping[str, str]
_NONE = pd.DataFrame(
    {n: [] for n in ("file", "part", "position", "seller_id", "buyer_id", "year", "amount")}
)
_PAIR, _OF_A_FIRM = ("seller_id", "buyer_id"), ("firm_id", "partner_id", "side")

Int = npt.NDArray[np.int64]


@flat_options
@checked
@limited()
def deal_rows(
    deals: Table,
    transactions: Table,
    firms: Table,
    *,
    region: Region = "prefecture",
    year: int | Sequence[int] | None = None,
    read: ReadOptions = ReadOptions(),
    policies: Policies = Policies(),
) -> pd.DataFrame:
    """Find the rows of some deals in the raw table, to look at them where they were written.

    Parameters
    ----------
    deals : table
        Pairs of firms: ``seller_id, buyer_id``; or ``firm_id, partner_id, side`` as
        `Certainty.deals` has them. Where `partner_id` is null: all rows of the firm with parties
        that the firm table lacks.
    transactions, firms : path, list of paths, or table
        Those of the analysis, with its options.
    region : {"prefecture", "municipality", "block"}, column name, or mapping
    year : int or sequence of int, optional
    {read}
    {policies}

    Returns
    -------
    DataFrame
        ``seller_id, buyer_id, file, row, year, amount``, by file and row: the rows that are
        counted. Rows are numbered as an editor or a spreadsheet shows them, those of a table in
        memory from 1; `amount` is in whole units of the result.

    Raises
    ------
    ColumnError
        When `deals` has neither set of columns.
    InputError
        When `deals` has firms that the firm table lacks; else as `analyze`.
    OptionError, LimitError

    Examples
    --------
    >>> import pyarrow as pa
    >>> firms = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["13", "13", "27"]})
    >>> trade = pa.table({"seller_id": ["a", "b", "a"], "buyer_id": ["c", "c", "c"],
    ...                   "amount": [30, 10, 5]})
    >>> deals = pa.table({"seller_id": ["a"], "buyer_id": ["c"]})
    >>> deal_rows(deals, trade, firms)[["seller_id", "buyer_id", "row", "amount"]]
      seller_id buyer_id  row  amount
    0         a        c    1      30
    1         a        c    3       5
    """
    table = read_firms(firms, region=region, read=read.table)
    opened = Transactions(transactions, table, policies, read, year=year)
    wanted = _keys(table, *_parties(deals, table))
    reading, found = Reading(), [_NONE]
    for part in opened.parts(_BATCH_ROWS, 1):
        batches = opened.encoder.batches(part, reading)
        found += [_rows_of(batch, wanted, table) for batch in batches]
    opened.finish(reading)
    frame = pd.concat([some for some in found if len(some)] or [_NONE], ignore_index=True)
    places = frame[["file", "part", "position"]].itertuples(index=False)
    row = [opened.row_number(reading, file, (part, at)) for file, part, at in places]
    frame["row"] = np.array(row, dtype=np.int64)
    frame = frame.sort_values(["file", "row"], kind="stable", ignore_index=True)
    files = [opened.source.files[number] for number in frame["file"]]
    amount = opened.encoder.money.in_result_units(frame["amount"].to_numpy(dtype=np.int64))
    frame["file"] = pd.array(files, dtype="str")
    frame["amount"] = pd.array(amount, dtype="Int64")
    frame.attrs["unit"] = opened.encoder.money.result_unit
    return frame[list(columns("deal_rows"))]


def _parties(deals: Any, firms: FirmTable) -> tuple[Int, Int]:
    """Sellers and buyers, as indices of the firms; their number for one that the table lacks."""
    source = open_source(deals, "transactions")
    known = source.schema.names
    names = next((names for names in (_OF_A_FIRM, _PAIR) if {*names} <= {*known}), None)
    if names is None:
        raise ColumnError(Fault("intake.no_deals", columns=list(_PAIR), others=list(_OF_A_FIRM)))
    frame = read_all(source, names).to_pandas()
    first, second = (_indices(frame[name], firms) for name in names[:2])
    if names == _PAIR:
        return first, second
    sells = (frame["side"] == "sales").to_numpy()
    return np.where(sells, first, second), np.where(sells, second, first)


def _indices(ids: pd.Series, firms: FirmTable) -> Int:
    missing = ids.isna().to_numpy()
    index = firms.indices(ids.fillna("").astype("str").tolist()).astype(np.int64)
    unknown = (index == len(firms)) & ~missing
    if unknown.any():
        examples = ids[unknown].astype("str").tolist()
        raise InputError(Fault("intake.deals_of_others", examples=examples, count=len(examples)))
    index[missing] = len(firms)
    return index


def _keys(firms: FirmTable, sellers: Int, buyers: Int) -> Int:
    return np.unique(sellers * (len(firms) + 1) + buyers)


def _rows_of(batch: Batch, wanted: Int, firms: FirmTable) -> pd.DataFrame:
    """The counted rows of a batch that are of wanted pairs."""
    key = batch.seller.astype(np.int64) * (len(firms) + 1) + batch.buyer
    rows = np.flatnonzero(np.isin(key, wanted))
    if batch.mark.size:
        rows = rows[np.isin(batch.mark[rows], PLAIN_MARKS)]
    ids = batch.ids or ()
    seller, buyer = (text(party.take(pa.array(rows))).to_pandas() for party in ids)
    years = np.zeros(rows.size, dtype=np.int64) if batch.years is None else batch.years[rows]
    year = pd.Series(pd.array(years, dtype="Int64"))
    return pd.DataFrame(
        {
            "file": batch.part.file,
            "part": batch.part.number,
            "position": batch.part.count_skipped(rows + batch.position),
            "seller_id": seller,
            "buyer_id": buyer,
            "year": year.mask(year == 0),
            "amount": batch.amount[rows],
        }
    )
