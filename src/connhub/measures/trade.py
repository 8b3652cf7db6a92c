"""The finer grains as a table: what each firm trades with each region, or with each other firm."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arguments import checked
from connhub.arrow import from_numpy, positions_in, table_of, text, to_numpy, whole
from connhub.errors import Fault, OptionError
from connhub.intake.firm_table import FirmTable
from connhub.intake.ledger import Ledger
from connhub.measures.display import display_table
from connhub.measures.firm_rows import FirmRows
from connhub.measures.result_table import SHOWN, for_people
from connhub.regions.directory import RegionDirectory
from connhub.totals.sparse_sums import Grain, Nodes, SparseSums
from connhub.totals.totals import Totals

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PARTY_IDS", "PairsInside", "Trade", "encoded_ids", "trade"]

Int = npt.NDArray[np.int64]
PARTY_IDS = ("firm_id", "seller_id", "buyer_id")
"""Columns of ids, of the grains."""

SIDES = ("sales", "purchases")
_STEP = 1 << 18
"""Cells whose keys are taken apart at a time."""


@dataclass(frozen=True, eq=False)
class Trade:
    """Sums at the grain ``firms_by_region`` or ``pairs``, in the order of the firm table.

    Parameters
    ----------
    table : Table
        Texts and ids are dictionary-encoded: 32 bytes a row. ``firms_by_region``: ``firm_id,
        region, side, partner_region, amount, n_transactions``, with side ``"sales"`` or
        ``"purchases"``. ``pairs``: ``seller_id, seller_region, buyer_id, buyer_region, amount,
        n_transactions``.
        Money in whole units of the result; ids are null for parties that the firm table lacks,
        summed up by region.
    grain : {"firms_by_region", "pairs"}
    ledger : Ledger
    directory : RegionDirectory
    """

    table: pa.Table
    grain: Grain
    ledger: Ledger
    directory: RegionDirectory

    @property
    def frame(self) -> pd.DataFrame:
        """The table as a DataFrame; texts are categorical."""
        frame: pd.DataFrame = self.table.to_pandas()
        frame.attrs["unit"] = self.unit
        return frame

    @property
    def unit(self) -> str:
        """Unit of the money."""
        return self.ledger.unit

    def to_arrow(self) -> pa.Table:
        """The table; its metadata name the unit of the money."""
        return self.table.replace_schema_metadata({"unit": self.unit})

    def __repr__(self) -> str:
        notes = "".join(f"! {n}\n" for n in self.ledger.notes)
        frame = self.table.slice(0, SHOWN).to_pandas()
        head = for_people(frame, self.grain, self.unit).to_string(index=False)
        return f"{notes}Trade by {self.grain}: {self.table.num_rows:,} rows\n{head}"

    def _repr_html_(self) -> str:
        rows = self.table.slice(0, SHOWN).to_pandas()
        shown = {"of": self.table.num_rows, "unit": self.unit, "table": self.grain}
        return display_table(rows, notes=self.ledger.notes, **shown)._repr_html_()


@checked
def trade(totals: Totals, firms: FirmTable) -> Trade:
    """Give the finer grain of totals as a table.

    Parameters
    ----------
    totals : Totals
        From `total`, with ``grain="firms_by_region"`` or ``"pairs"``.
    firms : FirmTable
        The table that `totals` was computed with.

    Returns
    -------
    Trade

    Raises
    ------
    OptionError
        When the totals have no finer grain.

    Examples
    --------
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]}))
    >>> sales = pa.table({"seller_id": ["a", "a"], "buyer_id": ["b", "b"], "amount": [30, 10]})
    >>> trade(total(sales, firms, grain="pairs"), firms).frame
      seller_id seller_region buyer_id buyer_region  amount  n_transactions
    0         a            13        b           27      40               2
    """
    cells = totals.cells
    if cells is None:
        raise OptionError(Fault("measures.no_finer_grain"))
    ids, codes = whole(firms.table["firm_id"]), text(list(firms.regions.all_codes))
    words = {"firm_id": ids, "region": codes, "side": text(list(SIDES)), "partner_region": codes}
    if cells.grain == "pairs":
        words = {"seller_id": ids, "seller_region": codes, "buyer_id": ids, "buyer_region": codes}
    positions = _positions(cells, totals.nodes(firms))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        columns = dict(zip(words, pool.map(_encoded, positions, words.values()), strict=True))
    columns["amount"] = totals.money.in_result_units(cells.amount)
    columns["n_transactions"] = cells.counts
    return Trade(table_of(columns), cells.grain, totals.to_ledger(), firms.directory)


def _positions(cells: SparseSums, nodes: Nodes) -> npt.NDArray[np.int32]:
    """What stands in the first four columns, as positions in their words: shape (4, cells)."""
    positions = np.empty((4, len(cells)), dtype=np.int32)
    region = nodes.region.astype(np.int32)

    def fill(start: int) -> None:
        part = slice(start, start + _STEP)
        node, *others = cells.part(part).split(nodes)
        columns: list[npt.NDArray[Any]] = [node, region[node], *others]
        if cells.grain == "pairs":
            columns.append(region[others[0]])
        for k, values in enumerate(columns):
            positions[k, part] = values

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(fill, range(0, len(cells), _STEP)):
            pass
    return positions


def _encoded(position: npt.NDArray[np.int32], words: pa.Array) -> Any:
    """Words by their positions; null beyond them."""
    indices = from_numpy(position, position >= len(words))
    plain = words if pa.types.is_integer(words.type) else words.cast(pa.string())
    return pa.DictionaryArray.from_arrays(indices, plain)  # as from Parquet


@dataclass(frozen=True, eq=False)
class PairsInside:
    """Pairs of firms that trade inside a region: k pairs.

    Parameters
    ----------
    region : ndarray of int64, shape (k,)
        As a position in the codes of the regions.
    seller, buyer : ndarray of int32, shape (k,)
        As rows of the degrees; -1 where it has none.
    amount : ndarray of int64, shape (k,)
    """

    region: Int
    seller: npt.NDArray[np.int32]
    buyer: npt.NDArray[np.int32]
    amount: Int

    @classmethod
    def of(cls, trade: Trade, degrees: FirmRows) -> PairsInside:
        """Find them among all pairs.

        Parameters
        ----------
        trade : Trade
            Of grain ``pairs``.
        degrees : Degrees
            Of the same analysis.
        """
        table, codes = trade.table, text(list(trade.directory.codes))
        home = positions_in(table["seller_region"], codes)
        inside = np.flatnonzero((home >= 0) & (home == positions_in(table["buyer_region"], codes)))
        seller, buyer = (np.array(degrees.rows_of(table[side]))[inside] for side in PARTY_IDS[1:])
        return cls(home[inside], seller, buyer, table["amount"].to_numpy()[inside])


def encoded_ids(table: pa.Table, degrees: FirmRows) -> pa.Table:
    """The table with its ids dictionary-encoded, each column with one dictionary.

    Parameters
    ----------
    table : Table
        Of `Trade`, as Parquet gives it back: dictionaries by group of rows, ids plain.
    degrees : Degrees
        Whose firms come first in the dictionaries of ids; their lookup is the quickest.

    Returns
    -------
    Table
    """
    for i, field in enumerate(table.schema):
        column = whole(table[field.name])
        if field.name in PARTY_IDS and not isinstance(field.type, pa.DictionaryType):
            column = _encoded_by(column, degrees)
        table = table.set_column(i, field.name, column)
    return table


def _encoded_by(column: pa.Array, degrees: FirmRows) -> pa.DictionaryArray:
    rows = np.array(degrees.rows_of(column))
    ids = whole(degrees.to_arrow(["firm_id"])["firm_id"])
    other = np.flatnonzero((rows < 0) & to_numpy(column.is_valid()))
    more = column.take(from_numpy(other)).dictionary_encode()  # parties without degrees
    rows[other] = len(ids) + to_numpy(more.indices)
    words = pa.concat_arrays([ids.cast(column.type), more.dictionary])
    return pa.DictionaryArray.from_arrays(from_numpy(rows, rows < 0), words)
