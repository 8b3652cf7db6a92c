"""Connector and hub degrees of firms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import Id, Table, checked
from connhub.arrow import from_numpy, nan_as_null, scalar, text
from connhub.errors import Fault, InputError, OptionError, did_you_mean
from connhub.intake.amounts import MISSING, OK, Money
from connhub.intake.firm_table import FirmTable
from connhub.intake.stream_reader import as_table
from connhub.lazy_table import LazyTable, once
from connhub.measures.firm_rows import FirmRows
from connhub.measures.pictured import Pictured
from connhub.measures.ranked_rows import largest, ranked
from connhub.measures.result_table import framed, ids_as_in
from connhub.quotients import quotient
from connhub.regions.places import folded_name
from connhub.schema import numeric_columns
from connhub.text.numbers import split_unit
from connhub.totals.firm_amounts import AMOUNTS, TotalsOfFirms

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["QUOTIENTS", "Degrees", "degrees", "denominators"]

QUOTIENTS = {
    "connector_degree": ("out_of_region_sales", "region_out_of_region_sales"),
    "hub_degree": ("in_region_purchases", "region_in_region_purchases"),
    "out_of_region_sales_ratio": ("out_of_region_sales", "sales"),
    "in_region_purchase_ratio": ("in_region_purchases", "purchases"),
}
"""Columns that are quotients of two others, which are money."""


@dataclass(frozen=True, eq=False, repr=False)
class Degrees(FirmRows, Pictured):
    """Degrees of all firms that lie in a region.

    Parameters
    ----------
    data : Table or DataFrame
        ``firm_id, name, region, region_name, sales, out_of_region_sales, overseas_sales,
        purchases, in_region_purchases, region_out_of_region_sales, region_in_region_purchases,
        connector_degree, hub_degree, out_of_region_sales_ratio, in_region_purchase_ratio``,
        in the order of the firm table; where amounts are estimated also ``share_estimated`` and,
        with draws of them, ``connector_degree_low, connector_degree_high, hub_degree_low,
        hub_degree_high`` (90% intervals). Money in whole `unit`, degrees and ratios as shares.
    ledger : Ledger
    directory : RegionDirectory
    """

    TABLE = "degrees"
    PICTURE = "connector_hub"

    @checked
    def top(
        self, n: int = 10, by: str = "connector_degree", *, of_region: str | None = None
    ) -> pd.DataFrame:
        """Firms with the highest values; undefined ones are never ranked.

        Parameters
        ----------
        n : int
            How many rows; ties carry the same rank, also across the end of the list.
        by : str
            A numeric column.
        of_region : str, optional
            Code or name of one region.

        Returns
        -------
        DataFrame
            ``rank`` and the columns of `frame`; order: measure, then its amount, then id.

        Raises
        ------
        OptionError
            When there is no such numeric column, or no such region.
        """
        return framed(self.ranked(n, by, of_region=of_region), self.unit, self.to_arrow())

    @checked
    def ranked(
        self, n: int = 10, by: str = "connector_degree", *, of_region: str | None = None
    ) -> pa.Table:
        """As `top`, as an Arrow table.

        Parameters
        ----------
        n : int
        by : str
        of_region : str, optional

        Returns
        -------
        Table

        Raises
        ------
        OptionError
        """
        firms = self.to_arrow()
        self._require_column(by)
        numeric = numeric_columns(self.TABLE)
        if by not in numeric:
            known = [name for name in numeric if name in firms.column_names]
            raise OptionError(Fault("measures.not_a_number", column_name=by, known=known))
        if of_region is not None:
            home = scalar(self.directory.find_home(of_region))
            firms = firms.filter(pc.equal(firms["region"], home))
        firms = largest(firms, by, n)
        key = replace(self, data=firms).order_key(by)
        amount = QUOTIENTS.get(by, (by,))[0]
        return ranked(firms, key, {amount: "descending", "firm_id": "ascending"})[:n]

    def _quotient(self, by: str) -> tuple[pa.ChunkedArray, pa.ChunkedArray] | None:
        names = QUOTIENTS.get(by, ())
        if not names or not set(names) <= set(self.column_names):
            return None
        table = self.to_arrow(names)
        return table[names[0]], table[names[1]]

    @checked
    def firms(self, ids: Sequence[Id]) -> pd.DataFrame:
        """Look firms up: degrees, and the rank within the region by each.

        Parameters
        ----------
        ids : sequence of str or int

        Returns
        -------
        DataFrame
            A row for each id, in the order given: the columns of `frame` (ids as there, or as
            text where one of those given is no integer), ``connector_rank``,
            ``hub_rank`` (ties carry the same rank, null where undefined) and ``status``:
            ``"ranked"``, ``"undefined"``, or ``"no degrees"`` for a firm abroad, without a
            region, or not in the firm table.
        """
        import pandas as pd

        column, texts = self.frame["firm_id"], [str(i) for i in ids]
        wanted = ids_as_in(column, texts)
        listed = self.frame[column.isin(wanted)]
        kind: Any = column.dtype if len(wanted) == len(texts) else "str"
        given = pd.DataFrame({"firm_id": pd.Series(texts, dtype="str").astype(kind)})
        peers = self.frame["region"].isin(listed["region"].unique())
        keys = {"connector_rank": "connector_degree", "hub_rank": "hub_degree"}
        of_peers = pd.DataFrame({rank: self.order_key(by) for rank, by in keys.items()})[peers]
        by_region = of_peers.groupby(self.frame["region"], observed=True)
        listed = listed.join(by_region.rank(method="min", ascending=False))
        listed = listed.astype({"connector_rank": "Int64", "hub_rank": "Int64", "firm_id": kind})
        rows = given.merge(listed, on="firm_id", how="left")
        defined = rows[["connector_degree", "hub_degree"]].notna().any(axis=1)
        status = np.where(defined, "ranked", "undefined")
        rows = rows.assign(status=np.where(rows["region"].isna(), "no degrees", status))
        rows.attrs["unit"] = self.unit
        return rows

    @checked
    def search(self, word: Id) -> pd.DataFrame:
        """Find firms by id or name.

        Parameters
        ----------
        word : str or int
            An id; a whole name; or a part of one. Width, case and blanks of names do not count.

        Returns
        -------
        DataFrame
            As `firms` gives it: the firm with this id; else those with this name; else those
            whose name contains it, first those that begin with it. No row where there is none.

        Examples
        --------
        >>> import pyarrow as pa
        >>> from connhub.intake.firm_table import read_firms
        >>> from connhub.totals.threads import total
        >>> firms = read_firms(pa.table({
        ...     "firm_id": ["1", "2", "3"], "name": ["新潟精機", "(株)新潟", "長岡精機"],
        ...     "prefecture_code": ["15"] * 3}))
        >>> trade = pa.table({"seller_id": ["1"], "buyer_id": ["2"], "amount": [5]})
        >>> found = degrees(total(trade, firms), firms)
        >>> [found.search(w)["firm_id"].tolist() for w in ("3", "新潟", "（株）新潟", "x")]
        [['3'], ['1', '2'], ['2'], []]
        """
        ids, names = self.frame["firm_id"], self.frame["name"]
        chosen = ids.isin(ids_as_in(ids, [str(word).strip()]))
        wanted = folded_name(str(word))
        if not chosen.any() and wanted:
            folded = names.fillna("").map(folded_name)
            chosen = folded == wanted
            if not chosen.any():
                inside = folded.str.contains(wanted, regex=False)
                begins = folded.str.startswith(wanted)
                return self.firms([*ids[begins], *ids[inside & ~begins]])
        return self.firms(ids[chosen].tolist())


@checked
def degrees(
    totals: TotalsOfFirms,
    firms: FirmTable,
    *,
    region_totals: Table | None = None,
    intervals: Mapping[str, Any] | None = None,
) -> Degrees:
    """Connector degree and hub degree of every firm.

    For firm f in region r(f), over counted transactions with seller s, buyer b and amount x:

    out_of_region_sales(f) = sum of x with s = f and r(b) != r(f)

    in_region_purchases(f) = sum of x with b = f and r(s) = r(f)

    connector_degree(f) = out_of_region_sales(f) / sum over g in r(f) of out_of_region_sales(g)

    hub_degree(f) = in_region_purchases(f) / sum over g in r(f) of in_region_purchases(g)

    Parameters
    ----------
    totals : Totals or FirmTotals
        From `total`, or from `read_firm_totals`.
    firms : FirmTable
        The table that `totals` was computed with, n firms.
    region_totals : DataFrame or table, optional
        Official sums to divide by: ``region, out_of_region_sales, in_region_purchases``, money in
        base units, with decimals where the resolution is finer; regions not listed keep the
        observed sum.
    intervals : mapping of str to ndarray of float64, shape (n,), optional
        Bounds of degrees whose amounts are estimated, from `degree_intervals`.

    Returns
    -------
    Degrees
        A row for each firm in a region. Degrees are float64 shares: 0 to 1, below 0 or above 1
        after netted returns, null where the denominator is not positive.

    Raises
    ------
    OptionError
        When the totals belong to another firm table.
    InputError
        When `region_totals` has unknown or repeated regions.

    References
    ----------
    総務省, 地域未来戦略について, 2026-05-12 (footnote to 地域産業クラスター計画).

    Examples
    --------
    Firm a sells 30 to Osaka, b sells 10 there; b also buys 5 from a, all of Tokyo's own trade.

    >>> import pyarrow as pa
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(
    ...     pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["13", "13", "27"]}))
    >>> trade = pa.table({"seller_id": ["a", "b", "a"], "buyer_id": ["c", "c", "b"],
    ...                   "amount": [30, 10, 5]})
    >>> result = degrees(total(trade, firms), firms)
    >>> result.frame[["firm_id", "connector_degree", "hub_degree"]]
      firm_id  connector_degree  hub_degree
    0       a              0.75         0.0
    1       b              0.25         1.0
    2       c               NaN         NaN
    """
    amounts = totals.firm_amounts
    if len(amounts) != len(firms):
        raise OptionError(Fault("measures.other_firm_table"))
    scheme = firms.regions
    rows = firms.placed_rows
    base = totals.money.in_result_units
    placed = firms.placed
    wholes = denominators(totals, firms, region_totals)

    index = once(lambda: scheme.index[rows])

    def of_region(whole: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        values: npt.NDArray[np.int64] = whole.take(index())
        return values

    connector, hub = (once(partial(of_region, whole)) for whole in wholes)

    def placed_amounts(name: str) -> npt.NDArray[np.int64]:
        return amounts[name][rows]

    of = {name: once(partial(placed_amounts, name)) for name in AMOUNTS}

    def money(name: str) -> pa.Array:
        return amounts.column(base(of[name]()), rows, name)

    def share(part: str, whole: str) -> pa.Array:
        return amounts.column(quotient(of[part](), of[whole]()), rows, part, whole)

    def degree(part: str, whole: Callable[[], npt.NDArray[np.int64]]) -> pa.Array:
        return amounts.column(quotient(base(of[part]()), whole()), rows, part)

    makers: dict[str, Callable[[], Any]] = {
        **{name: partial(placed.__getitem__, name) for name in placed.column_names},
        **{name: partial(money, name) for name in AMOUNTS},
        "region_out_of_region_sales": connector,
        "region_in_region_purchases": hub,
        "connector_degree": partial(degree, "out_of_region_sales", connector),
        "hub_degree": partial(degree, "in_region_purchases", hub),
        "out_of_region_sales_ratio": partial(share, "out_of_region_sales", "sales"),
        "in_region_purchase_ratio": partial(share, "in_region_purchases", "purchases"),
    }
    for name, values in (intervals or {}).items():
        makers[name] = partial(nan_as_null, values[rows])
    if (estimated := getattr(totals, "estimated", np.empty(0))).size:
        traded = of["sales"]() + of["purchases"]()
        estimated_share = quotient(estimated[rows].sum(axis=1), traded)
        makers["share_estimated"] = partial(nan_as_null, estimated_share)
    return Degrees(LazyTable(rows.size, makers), totals.to_ledger(), firms.directory)


def observed(totals: TotalsOfFirms, firms: FirmTable) -> npt.NDArray[np.int64]:
    """Out-of-region sales and in-region purchases of each region's firms.

    Parameters
    ----------
    totals : Totals
    firms : FirmTable

    Returns
    -------
    ndarray of int64, shape (R, 2)
        In multiples of the resolution, exact.
    """
    return totals.firm_amounts.by_region(firms.regions)


def denominators(
    totals: TotalsOfFirms,
    firms: FirmTable,
    region_totals: Table | None = None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """What both degrees divide by, by region: the observed sums, or official ones where given.

    Parameters
    ----------
    totals : Totals or FirmTotals
    firms : FirmTable
    region_totals : table, optional
        As for `degrees`.

    Returns
    -------
    connector, hub : ndarray of int64, shape (R,)
        In whole units of the result.

    Raises
    ------
    InputError, LimitError
    """
    sums = observed(totals, firms).copy()
    pair = totals.money.in_result_units(sums[:, 0]), totals.money.in_result_units(sums[:, 1])
    if region_totals is None:
        return pair
    given = official(region_totals, firms, totals.money)
    for column, values in zip(("out_of_region_sales", "in_region_purchases"), pair, strict=True):
        for i, value in given[column].items():
            values[i] = value
    return pair


def official(region_totals: Table, firms: FirmTable, money: Money) -> dict[str, dict[int, int]]:
    """Check a table of official sums.

    Parameters
    ----------
    region_totals : table
        ``region, out_of_region_sales, in_region_purchases``, money in base units.
    firms : FirmTable
    money : Money
        How amounts are counted.

    Returns
    -------
    dict
        By column and region index, in whole units of the result.

    Raises
    ------
    InputError
    """
    table = as_table(region_totals)
    names = ("region", "out_of_region_sales", "in_region_purchases")
    if missing := [n for n in names if n not in table.column_names]:
        raise InputError(Fault("measures.region_totals_columns", missing=missing, names=names))
    index, bad = firms.regions.resolve(text(table["region"]))
    bad |= (index < 0) | (index >= firms.regions.size)
    twice = np.ones(index.size, dtype=bool)
    twice[np.unique(index, return_index=True)[1]] = False
    if (wrong := bad | twice).any():
        rows = np.flatnonzero(wrong)
        regions = [str(r) for r in table["region"].take(from_numpy(rows)).to_pylist()]
        raise InputError(
            Fault(
                "measures.region_totals_regions",
                rows=(rows + 1).tolist(),
                examples=regions,
                suggestion=did_you_mean(regions[0], firms.regions.codes),
            )
        )
    exact = Money(split_unit(money.result_unit)[1], min(money.resolution, Fraction(1)), "error")
    faults, sums = [], {}
    for name in names[1:]:
        values = table[name].combine_chunks()
        amounts, status = exact.parse(values, name)
        wrong_rows = np.flatnonzero((status != OK) & (status != MISSING))
        if wrong_rows.size:
            examples = [str(v) for v in values.take(from_numpy(wrong_rows)).to_pylist()]
            faults.append(
                Fault(
                    "measures.region_totals_amounts",
                    unit=exact.result_unit,
                    column=name,
                    rows=(wrong_rows + 1).tolist(),
                    examples=examples,
                )
            )
        given = np.flatnonzero(status == OK)
        sums[name] = dict(zip(index[given].tolist(), amounts[given].tolist(), strict=True))
    if faults:
        raise InputError(*faults)
    return sums
