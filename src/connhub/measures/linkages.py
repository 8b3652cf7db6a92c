"""Region-to-region linkages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import checked
from connhub.arrow import from_numpy, nan_as_null, scalar, table_of, text, to_numpy
from connhub.errors import Fault, OptionError, check_choice, did_you_mean
from connhub.intake.firm_table import FirmTable
from connhub.intake.ledger import Ledger
from connhub.lazy_table import LazyTable, once
from connhub.measures.expected_flows import expected_flows, why_no_fit
from connhub.measures.pictured import Pictured
from connhub.measures.ranked_rows import Order, ranked
from connhub.measures.result_table import Result, arrow_table, framed
from connhub.quotients import quotient
from connhub.regions.directory import RegionDirectory
from connhub.regions.scheme import OVERSEAS, UNKNOWN
from connhub.schema import columns as columns_of
from connhub.schema import money_columns, numeric_columns
from connhub.text.catalogue import Message
from connhub.totals.sparse_sums import SALES
from connhub.totals.totals import Totals

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Linkages", "linkages", "rank_linkages"]

Int = npt.NDArray[np.int64]
Side = Literal["sales", "purchases", "both"]
SHARES = {
    "sales": "share_of_out_of_region_sales",
    "purchases": "share_of_out_of_region_purchases",
}
_DIVIDED_BY = {SHARES["sales"]: "seller_region", SHARES["purchases"]: "buyer_region"}
"""The region by whose sum the amount is divided."""
_INSIDE = ("seller_region", "buyer_region", "amount", "n_transactions")
_ORDER: Mapping[str, Order] = {
    "amount": "descending",
    "seller_region": "ascending",
    "buyer_region": "ascending",
}
"""Of linkages."""
FROM_FINER_GRAINS = ("sellers", "buyers", "top_seller_share", "top_buyer_share")


@dataclass(frozen=True, eq=False, repr=False)
class Linkages(Result, Pictured):
    """Flows between regions.

    Parameters
    ----------
    data : Table, LazyTable or DataFrame
        ``seller_region, buyer_region, amount, n_transactions, share_of_out_of_region_sales,
        share_of_out_of_region_purchases, balance, intensity``: ordered pairs of different regions
        with transactions, overseas and unknown included, the largest amount first. From the finer
        grains also ``sellers, buyers, top_seller_share, top_buyer_share``.
    ledger : Ledger
    directory : RegionDirectory
    inside_data : Table or DataFrame
        ``seller_region, buyer_region, amount, n_transactions`` of trade inside each region.
    """

    inside_data: pa.Table | pd.DataFrame
    TABLE = "linkages"
    PICTURE = "flow_matrix"

    @classmethod
    @checked
    def not_known(cls, ledger: Ledger, directory: RegionDirectory) -> Linkages:
        """Linkages of an analysis without transactions: tables without rows.

        What is made of them (lists, matrices, graphs, pictures) is an error that says what it
        needs.

        Parameters
        ----------
        ledger : Ledger
            Of a table of firm totals.
        directory : RegionDirectory

        Returns
        -------
        Linkages
        """
        left_out = (*FROM_FINER_GRAINS, "rank")
        names = {n: c for n, c in columns_of("linkages").items() if n not in left_out}
        kinds = {"string": pa.large_string(), "int64": pa.int64(), "float64": pa.float64()}
        table = pa.table({name: pa.nulls(0, kinds[c.dtype]) for name, c in names.items()})
        return cls(table, ledger, directory, table.select(list(_INSIDE)))

    def require_transactions(self) -> None:
        """Refuse linkages that are not known because no transactions were read.

        Raises
        ------
        OptionError
        """
        if self.ledger.table == "firm_totals":
            raise OptionError(Fault("firm_totals.needs_transactions"))

    @property
    def intensity_note(self) -> Message | None:
        """Why all intensities are undefined; None where they are not."""
        sold, bought = (
            self.frame.groupby(side)["amount"].sum().reindex(self.codes, fill_value=0).to_numpy()
            for side in ("seller_region", "buyer_region")
        )
        if (reason := why_no_fit(sold, bought)) is None:
            return None
        kind, positions = reason
        regions = [self.directory.in_languages(self.codes[p]) for p in positions]
        return Message(f"measures.{kind}", regions=regions)

    def __repr__(self) -> str:
        note = self.intensity_note
        return super().__repr__() if note is None else f"! {note}\n{super().__repr__()}"

    @property
    def codes(self) -> tuple[str, ...]:
        """All region codes, then ``overseas`` and ``unknown``."""
        return (*self.directory.codes, OVERSEAS, UNKNOWN)

    def _quotient(self, by: str) -> tuple[pa.ChunkedArray, pa.ChunkedArray] | None:
        if by not in _DIVIDED_BY:
            return None
        flows = self.to_arrow([_DIVIDED_BY[by], "amount"])
        region = flows[_DIVIDED_BY[by]].combine_chunks().dictionary_encode()
        index = to_numpy(region.indices)
        sums = np.zeros(len(region.dictionary), dtype=np.int64)
        np.add.at(sums, index, to_numpy(flows["amount"]))
        return flows["amount"], pa.chunked_array([sums[index]])

    @cached_property
    def inside(self) -> pd.DataFrame:
        """The trade inside each region."""
        return framed(self.inside_data, self.unit)

    def inside_to_arrow(self) -> pa.Table:
        """The trade inside each region as an Arrow table."""
        return arrow_table(self.inside_data, self.unit)

    @checked
    def matrix(self, measure: str = "amount") -> pd.DataFrame:
        """One measure as seller region by buyer region.

        Parameters
        ----------
        measure : str
            A numeric column of `frame`. ``amount`` and ``n_transactions`` have the diagonal and 0
            where there is no trade; the others are null there.

        Returns
        -------
        DataFrame, shape (R + 2, R + 2)

        Raises
        ------
        OptionError
            When there is no such column.
        """
        import pandas as pd

        self.require_transactions()
        self._require_column(measure)
        whole = measure in ("amount", "n_transactions")
        rows = pd.concat([self.inside, self.frame]) if whole else self.frame
        at = {code: i for i, code in enumerate(self.codes)}
        size = len(self.codes)
        kind = self.frame[measure].to_numpy().dtype
        out = np.zeros((size, size), kind) if whole else np.full((size, size), np.nan)
        sellers, buyers = rows["seller_region"].map(at), rows["buyer_region"].map(at)
        out[sellers.to_numpy(dtype=int), buyers.to_numpy(dtype=int)] = rows[measure].to_numpy()
        index, columns = (pd.Index(self.codes, name=n) for n in ("seller_region", "buyer_region"))
        matrix = pd.DataFrame(out, index=index, columns=columns)
        if measure in money_columns(self.TABLE):
            matrix.attrs["unit"] = self.unit
        return matrix

    @checked
    def top(self, n: int = 10, by: str = "amount") -> pd.DataFrame:
        """The n strongest linkages by one measure.

        Parameters
        ----------
        n : int
            How many rows.
        by : str
            A measure, see `rank_linkages`; linkages whose measure is undefined are left out.

        Returns
        -------
        DataFrame
            The columns of `frame`, in the order of `rank_linkages`.

        Raises
        ------
        OptionError
            When there is no such measure.
        """
        table = self.ranked(by)
        table = table.filter(pc.is_valid(table["rank"]))[:n].drop_columns("rank")
        return framed(table, self.unit, self.to_arrow())

    @checked
    def ranked(
        self, by: str = "amount", *, side: Side = "both", of_region: str | None = None
    ) -> pa.Table:
        """As `rank_linkages`, as an Arrow table.

        Parameters
        ----------
        by : str
        side : {"sales", "purchases", "both"}
        of_region : str, optional

        Returns
        -------
        Table

        Raises
        ------
        OptionError
        """
        check_choice("side", side, get_args(Side))
        self.require_transactions()
        measure = _measure(self, by, side)
        rows, key = self.to_arrow(), self.order_key(measure)
        if of_region is not None:
            region = scalar(self.directory.find(of_region))
            sells = pc.equal(rows["seller_region"], region)
            buys = pc.equal(rows["buyer_region"], region)
            of_side = {"sales": sells, "purchases": buys}.get(side, pc.or_(sells, buys))
            rows, key = rows.filter(of_side), key[to_numpy(of_side)]
        return ranked(rows, key, _ORDER)


@checked
def rank_linkages(
    links: Linkages,
    by: str = "amount",
    *,
    side: Side = "both",
    of_region: str | None = None,
) -> pd.DataFrame:
    """Rank all linkages by one measure, in a complete order that no tie leaves open.

    Parameters
    ----------
    links : Linkages
        From `linkages`.
    by : str
        ``"amount"``, ``"intensity"``, ``"balance"`` (the largest surplus of the seller region
        first), ``"share"`` (of the out-of-region sales or purchases, by `side`), or any other
        numeric column, such as ``"sellers"`` where the analysis has a finer grain.
    side : {"sales", "purchases", "both"}
        Which side of the linkage `of_region` is on, and what ``"share"`` is a share of.
    of_region : str, optional
        Only the linkages of this region (code or name).

    Returns
    -------
    DataFrame
        ``rank`` and the columns of ``links.frame``; order: measure, then amount, then seller and
        buyer region. Ties by the measure carry the same rank. Where the measure is undefined the
        rank is null, and the rows come last. Negative amounts (returns) are ranked as they are.

    Raises
    ------
    OptionError
        When the measure, side or region is not known.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(pa.table({"firm_id": ["a", "b", "c"],
    ...                              "prefecture_code": ["13", "15", "27"]}))
    >>> trade = pa.table({"seller_id": ["a", "b", "a"], "buyer_id": ["b", "a", "c"],
    ...                   "amount": [30, 10, 60]})
    >>> links = linkages(total(trade, firms), firms)
    >>> shown = ["rank", "seller_region", "buyer_region", "amount", "balance"]
    >>> rank_linkages(links, "balance", of_region="15")[shown]
       rank seller_region buyer_region  amount  balance
    0     1            13           15      30       20
    1     2            15           13      10      -20
    """
    table = links.ranked(by, side=side, of_region=of_region)
    frame = framed(table, links.unit, links.to_arrow()).astype({"rank": "Int64"})
    frame.attrs["unit"] = links.unit
    return frame


def _measure(links: Linkages, by: str, side: str) -> str:
    """The column that `by` means."""
    if by == "share":
        if side not in SHARES:
            raise OptionError(Fault("measures.share_of_which_side"))
        return SHARES[side]
    known = links.column_names
    if by in FROM_FINER_GRAINS and by not in known:
        raise OptionError(Fault("measures.needs_finer_grain", measure=by, grain="firms"))
    measures = [name for name in numeric_columns("linkages") if name in known]
    if by not in measures:
        suggestion = did_you_mean(by, ["share", *measures])
        raise OptionError(Fault("measures.no_measure", measure=by, suggestion=suggestion))
    return by


@checked
def linkages(totals: Totals, firms: FirmTable) -> Linkages:
    """Flows between regions with their shares, balance and intensity.

    For T_pq, the money of sales from region p to region q != p:

    share_of_out_of_region_sales = T_pq / sum over r != p of T_pr

    share_of_out_of_region_purchases = T_pq / sum over r != q of T_rq

    balance = T_pq - T_qp

    intensity = T_pq / e_pq, where e_pq = a_p b_q has the same row and column sums as T outside
    the diagonal (quasi-independence, `expected_flows`): 1 is what sizes alone explain. It is null
    where returns make such a sum negative, as `Linkages.intensity_note` then says, and where
    e_pq is 0 because a region's sales or purchases add up to 0.

    top_seller_share = the largest sales of one firm of p to q / T_pq, and top_buyer_share alike

    Parameters
    ----------
    totals : Totals
        From `total`. With a finer grain than ``firms``, distinct sellers and buyers and the share
        of the largest of them are known too; only firms of the firm table count.
    firms : FirmTable
        The table that `totals` was computed with.

    Returns
    -------
    Linkages
        Money int64 in whole units of the result; shares and intensity float64, null where
        undefined.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]}))
    >>> trade = pa.table({"seller_id": ["a", "b"], "buyer_id": ["b", "a"], "amount": [30, 10]})
    >>> linkages(total(trade, firms), firms).frame[
    ...     ["seller_region", "buyer_region", "amount", "balance", "intensity"]]
      seller_region buyer_region  amount  balance  intensity
    0            13           27      30       20        1.0
    1            27           13      10      -20        1.0
    """
    amount, n_transactions = totals.flows[:, :, 0], totals.flows[:, :, 1]
    codes = text(list(firms.regions.all_codes))
    outside = amount - np.diag(np.diag(amount))
    sold, bought = outside.sum(axis=1), outside.sum(axis=0)
    p, q = np.nonzero(n_transactions)
    diagonal = p == q
    base = totals.money.in_result_units

    def flows(s: Int, b: Int) -> dict[str, Any]:
        of_flows = (codes.take(from_numpy(s)), codes.take(from_numpy(b)))
        values = (*of_flows, base(amount[s, b]), n_transactions[s, b])
        return dict(zip(_INSIDE, values, strict=True))

    s, b = p[~diagonal], q[~diagonal]
    flow = outside[s, b]
    columns = {
        **flows(s, b),
        "share_of_out_of_region_sales": nan_as_null(quotient(flow, sold[s])),
        "share_of_out_of_region_purchases": nan_as_null(quotient(flow, bought[b])),
        "balance": base(flow - outside[b, s]),
    }
    table = table_of(columns)
    order = pc.sort_indices(table, sort_keys=list(_ORDER.items()))
    table = table.take(order)
    s, b, flow = (values[to_numpy(order)] for values in (s, b, flow))

    def intensity() -> pa.Array:
        expected = expected_flows(outside)[s, b]
        return nan_as_null(flow / np.where(expected > 0, expected, np.nan))

    makers: dict[str, Callable[[], Any]]
    makers = {name: partial(table.column, name) for name in table.column_names}
    makers["intensity"] = intensity
    if totals.cells is not None:
        parties = once(lambda: _parties(totals, firms))
        makers |= {
            "sellers": lambda: parties()[0][0, s, b],
            "buyers": lambda: parties()[0][1, s, b],
            "top_seller_share": lambda: nan_as_null(quotient(parties()[1][0, s, b], flow)),
            "top_buyer_share": lambda: nan_as_null(quotient(parties()[1][1, s, b], flow)),
        }
    inside = table_of(flows(p[diagonal], q[diagonal]))
    data = LazyTable(len(table), makers)
    return Linkages(data, totals.to_ledger(), firms.directory, inside)


def _parties(totals: Totals, firms: FirmTable) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """How many firms sell and buy in each flow, and the most that one of them does.

    Both of shape (2, R + 2, R + 2): sellers, buyers; seller region; buyer region.
    """
    cells, nodes = totals.coarsen("firms_by_region", firms).cells, totals.nodes(firms)
    if cells is None:
        raise AssertionError
    node, side, partner = cells.split(nodes)
    in_table = node < nodes.firms
    node, side, partner, amount = (v[in_table] for v in (node, side, partner, cells.amount))
    home = nodes.region[node]
    sold = side == SALES
    flow = (side, np.where(sold, home, partner), np.where(sold, partner, home))
    shape = (2, nodes.places, nodes.places)
    at = np.ravel_multi_index(flow, shape)
    counts = np.bincount(at, minlength=int(np.prod(shape))).reshape(shape)
    largest = np.full(shape, np.iinfo(np.int64).min)
    np.maximum.at(largest.reshape(-1), at, amount)
    return counts, np.where(counts > 0, largest, 0)
