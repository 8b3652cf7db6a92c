"""The walk from links without amounts to transactions with estimated ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import Table
from connhub.arrow import text
from connhub.errors import Fault, InputError, OptionError
from connhub.estimation.estimate import Estimate, draws_for
from connhub.estimation.estimate_options import EstimateOptions
from connhub.estimation.feasibility import decide
from connhub.estimation.links import Int, Links, Mask
from connhub.estimation.priors import Traits
from connhub.estimation.problem import Fit, PriorLearner, Problem, fit
from connhub.estimation.scaling import Margins
from connhub.estimation.validation import validate
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.intake.link_rows import LinkRows, read_links
from connhub.intake.units import settle_unit
from connhub.memory import limited
from connhub.options import MoneyOptions, ReadOptions, flat_options
from connhub.regions.codes import PREFECTURES
from connhub.selection.financials import VALUES, Financials, read_financials
from connhub.text.catalogue import Message
from connhub.text.numbers import split_unit

__all__ = ["estimate_amounts"]

_SHOWN = 10
_DIVISION = 2
"""Digits of the industry code that the prior tells apart."""
_NOTED_MISS = 1e-3


@flat_options
@limited()
def estimate_amounts(
    links: Table,
    firms: Table | FirmTable,
    financials: Table | Financials,
    *,
    year: int | None = None,
    region: str | Mapping[str, str] = "prefecture",
    financials_unit: str | None = None,
    read: ReadOptions = ReadOptions(),
    options: EstimateOptions = EstimateOptions(),
) -> Estimate:
    """Estimate the amounts of links that have none, from what their firms sell and buy in all.

    Of all amounts x that come to the totals of the firms, those with the least relative entropy
    to a prior q are taken:

    minimize the sum of x ln(x / q) - x + q over the links, where the links of each seller come to
    its sales and those of each buyer to its purchases, known amounts deducted.

    The result is *modelled*: it rests on the totals, on the prior, and on links being complete.

    Parameters
    ----------
    links : path, list of paths, or table
        One row a link: seller, buyer, and an amount where it is known; perhaps a year. Rows with
        an amount stay as they are. Several rows without one between the same firms are one link.
    firms : path, table, or FirmTable
        One row a firm, as for `analyze`. Prefectures, industries and groups are terms of the
        prior.
    financials : path or table
        ``net_sales`` of each firm and year, and ``purchases_reported`` where it is known: the
        latest up to the year of the links. A firm without a total is not held to one.
    year : int, optional
        The year of the links, where the table has several.
    region : {"prefecture", "municipality", "block"}, column name, or mapping
        What a region is, as for `analyze`; links within one may differ from others.
    financials_unit : str, optional
        Unit of the money of the financials, where the headers name none.
    {read}
    {options}

    Returns
    -------
    Estimate
        Its `Estimate.transactions` go into `analyze`.

    Raises
    ------
    InputError
        All faults of a table at once. With exact margins: firms whose totals those of their
        partners cannot meet, which is decided in whole numbers; links of which neither firm has
        a total.
    OptionError
        Margins other than exact where no amount is known: nothing then says how high estimates
        are to be.
    ColumnError, LimitError

    References
    ----------
    Squartini, Caldarelli, Cimini, Gabrielli & Garlaschelli, Physics Reports 757 (2018). Mungo,
    Brintrup, Garlaschelli & Lafond, Journal of Physics: Complexity 5 (2024). Bacilieri &
    Astudillo-Estévez, INET Oxford Working Paper 2025-02: amounts are recovered well, the systemic
    importance of firms is not.

    Examples
    --------
    Firm a sells 30 and b sells 10, to c and d that buy 20 each.

    >>> import pyarrow as pa
    >>> firms = pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "27", "13"]})
    >>> links = pa.table({"seller_id": list("aabb"), "buyer_id": list("cdcd")})
    >>> totals = pa.table({"firm_id": list("abcd"), "year": [2024] * 4,
    ...                    "net_sales": [30, 10, 0, 0], "purchases_reported": [0, 0, 20, 20]})
    >>> estimate = estimate_amounts(links, firms, totals)
    >>> estimate.transactions.frame[["seller_id", "buyer_id", "amount", "estimated"]]
      seller_id buyer_id  amount  estimated
    0         a        c      15       True
    1         a        d      15       True
    2         b        c       5       True
    3         b        d       5       True
    """
    table = firms if isinstance(firms, FirmTable) else _firms(firms, region, read)
    rows = read_links(links, table, read, year)
    order = np.argsort(text(table.table["firm_id"]).to_numpy(zero_copy_only=False), kind="stable")
    of_table = np.empty(order.size + 1, dtype=np.int32)
    of_table[order] = np.arange(order.size)
    of_table[-1] = order.size  # not listed
    seller, buyer = of_table[rows.seller], of_table[rows.buyer]
    paired = _Pairs(seller, buyer, rows, order.size)
    stated = _totals(table, financials, financials_unit, rows, read, options)[:, order]
    raised = (stated >= 0) & (stated < paired.known_sums)
    totals = np.where(raised, paired.known_sums, stated)
    ids = table.table["firm_id"].combine_chunks().take(pa.array(order))
    margins = _margins(options, paired)
    problem = Problem(
        paired.links,
        paired.amounts,
        paired.known,
        np.where(totals < 0, -1, np.maximum(totals - paired.elsewhere, 0)),
        _traits(table, order),
        margins,
        options.soft_weight,
    )
    _check_bases(problem, ids)
    learner = PriorLearner(problem)
    prior = learner.learn()
    found = _fitted(problem, prior.values, ids)
    draws = draws_for(found.scaled.links.size)
    checks = validate(learner, found, draws=draws, seed=options.seed)
    notes = [
        *_notes(problem, found, paired, checks is not None),
        *_raised_notes(raised, ids),
        *rows.account.notes,
    ]
    return Estimate(
        paired.known_rows,
        ids,
        found,
        totals,
        paired.known_sums,
        checks,
        prior.terms,
        rows.money.result_unit,
        rows.year,
        {**vars(options), "margins": margins, "cost_ratio": _ratio_record(options.cost_ratio)},
        tuple(notes),
        tuple(file.name for file in rows.account.files if file.bytes is not None),
    )


def _firms(firms: Any, region: str | Mapping[str, str], read: ReadOptions) -> FirmTable:
    return read_firms(firms, region=region, read=read.table)


class _Pairs:
    """Rows brought together by pair of firms, and what is known of each firm by them.

    Parameters
    ----------
    seller, buyer : ndarray of int32
        Of the rows; the number of firms for one that is not listed.
    rows : LinkRows
    firms : int
    """

    def __init__(
        self,
        seller: npt.NDArray[np.int32],
        buyer: npt.NDArray[np.int32],
        rows: LinkRows,
        firms: int,
    ) -> None:
        itself, listed = seller == buyer, (seller < firms) & (buyer < firms)
        known = ~rows.missing
        pair = seller.astype(np.int64) * firms + buyer
        usable = listed & ~itself
        pairs, place = np.unique(pair[usable], return_inverse=True)
        amount, of_known = rows.amount[usable], known[usable]
        self.links = Links.of(pairs // firms, pairs % firms, firms)
        self.amounts = np.zeros(pairs.size, dtype=np.int64)
        np.add.at(self.amounts, place[of_known], amount[of_known])
        self.known: Mask = np.bincount(place[of_known], minlength=pairs.size) > 0
        wanted = int((~of_known).sum())
        beside = int((~of_known & self.known[place]).sum())
        missing = rows.missing
        self.left_out = {
            "same_firm": int((missing & itself & listed).sum()),
            "not_listed": int((missing & ~listed).sum()),
            "amount_in_other_row": beside,
            "repeated": wanted - beside - int((~self.known).sum()),
            **rows.left_out,
        }
        self.known_sums = np.zeros((2, firms + 1), dtype=np.int64)
        self.elsewhere = np.zeros_like(self.known_sums)
        for side, ends in enumerate((seller, buyer)):
            for sums, chosen in ((self.known_sums, ~itself), (self.elsewhere, ~listed & ~itself)):
                np.add.at(sums[side], ends[known & chosen], rows.amount[known & chosen])
        self.known_sums, self.elsewhere = self.known_sums[:, :-1], self.elsewhere[:, :-1]
        self.known_rows = _known_rows(rows)


def _known_rows(rows: LinkRows) -> pa.Table:
    chosen = pa.array(np.flatnonzero(~rows.missing))
    columns: dict[str, Any] = {
        name: ids.take(chosen)
        for name, ids in zip(("seller_id", "buyer_id"), rows.ids, strict=True)
    }
    if rows.year is not None:
        columns["year"] = pa.array(np.full(len(chosen), rows.year, dtype=np.int32))
    return pa.table(columns | {"amount": pa.array(rows.amount).take(chosen)})


def _totals(
    firms: FirmTable,
    financials: Any,
    unit: str | None,
    rows: LinkRows,
    read: ReadOptions,
    options: EstimateOptions,
) -> Int:
    """Sales and purchases of each firm, shape (2, n); below 0 where not known."""
    found = _financials(financials, unit, rows, read)
    totals = np.full((2, len(firms)), -1, dtype=np.int64)
    table = found.table
    if rows.year is not None:
        table = table.filter(pc.less_equal(table["year"], rows.year))
    for side, name in enumerate(("net_sales", "purchases_reported")):
        if name in table.column_names:
            given = table.filter(pc.greater_equal(table[name], 0)).sort_by("year")
            ids = given["firm_id"].combine_chunks()
            index = firms.indices(ids.dictionary)[ids.indices.to_numpy(zero_copy_only=False)]
            listed = index < len(firms)
            totals[side, index[listed]] = given[name].to_numpy()[listed]  # the latest year wins
    if not (totals >= 0).any():
        raise InputError(Fault("estimation.no_totals", years=found.years, year=rows.year))
    ratio = _cost_ratios(firms, options.cost_ratio)
    missing = (totals[1] < 0) & (totals[0] >= 0) & np.isfinite(ratio)
    totals[1, missing] = np.rint(ratio[missing] * totals[0, missing]).astype(np.int64)
    return totals


def _financials(financials: Any, unit: str | None, rows: LinkRows, read: ReadOptions) -> Financials:
    if isinstance(financials, Financials):
        return financials
    fraction, base = split_unit(rows.money.result_unit)
    columns = {r: c for r, c in (read.columns or {}).items() if r in VALUES}
    layout = {n: v for n, v in vars(read.table).items() if n != "columns"}
    of_money = MoneyOptions(
        **layout,
        columns=columns,
        unit=unit or (None if base == settle_unit("", None) else base),
        resolution=Decimal(1) / fraction,
        rounding=read.rounding,
    )
    return read_financials(financials, fiscal_year=read.fiscal_year, read=of_money)


def _cost_ratios(firms: FirmTable, given: Any) -> npt.NDArray[np.float64]:
    """Purchases as a share of sales, by firm; NaN where none is given."""
    ratios = np.full(len(firms), np.nan)
    if given is None or not isinstance(given, Mapping):
        return ratios if given is None else np.full(len(firms), float(given))
    if "industry_code" in firms.table.column_names:
        codes = firms.table["industry_code"].combine_chunks()
        longest = sorted(given, key=len)
        of_code = np.full(len(codes.dictionary), np.nan)
        for number, code in enumerate(codes.dictionary.to_pylist()):
            for start in longest:  # the longest match wins
                if code.startswith(start):
                    of_code[number] = given[start]
        index = codes.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        ratios = np.append(of_code, np.nan)[index]
    return ratios


def _ratio_record(given: Any) -> Any:
    return dict(given) if isinstance(given, Mapping) else given


def _traits(firms: FirmTable, order: Int) -> Traits:
    """What the prior may know of firms."""
    regions, coordinates = firms.regions, None
    index = np.where(regions.index < regions.size, regions.index, -1).astype(np.int32)
    if set(regions.codes) <= PREFECTURES.keys():
        places = (PREFECTURES[code] for code in regions.codes)
        coordinates = np.array([(place.latitude, place.longitude) for place in places])
    industry = np.full(len(firms), -1, dtype=np.int32)
    if "industry_code" in firms.table.column_names:
        codes = firms.table["industry_code"].combine_chunks()
        divisions = pc.utf8_slice_codeunits(text(codes.dictionary), 0, _DIVISION)
        division = divisions.dictionary_encode().indices.to_numpy(zero_copy_only=False)
        positions = codes.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        industry = np.append(division, -1)[positions].astype(np.int32)
    none = np.full(len(firms), -1, dtype=np.int32)
    group = none if firms.groups is None else firms.groups[:-1]
    return Traits(index[order], industry[order], group[order], coordinates)


def _margins(options: EstimateOptions, paired: _Pairs) -> Margins:
    some_known = bool((paired.known & (paired.amounts > 0)).any())
    if options.margins == "auto":
        return "at_most" if some_known else "exact"
    if options.margins != "exact" and not some_known:
        raise OptionError(Fault("estimation.no_known_amounts", margins=options.margins))
    return options.margins


def _check_bases(problem: Problem, ids: pa.Array) -> None:
    """Refuse that there is nothing to estimate, or nothing to estimate it from."""
    wanted = np.flatnonzero(~problem.known)
    if not wanted.size:
        raise InputError(Fault("estimation.nothing_to_estimate"))
    if problem.margins == "exact":
        sellers, buyers = problem.links.seller[wanted], problem.links.buyer[wanted]
        without = (problem.totals[0, sellers] < 0) & (problem.totals[1, buyers] < 0)
        if without.any():
            firms = np.unique(np.concatenate((sellers[without], buyers[without])))
            raise InputError(
                Fault(
                    "estimation.no_total_at_either_end",
                    links=int(without.sum()),
                    examples=ids.take(pa.array(firms[:_SHOWN])).to_pylist(),
                    count=int(firms.size),
                )
            )


def _fitted(problem: Problem, prior: npt.NDArray[np.float64], ids: pa.Array) -> Fit:
    """The fit; where exact totals are not met, it is decided whether they can be."""
    found = fit(problem, prior)
    if problem.margins != "exact" or found.scaled.converged:
        return found
    links, wanted = found.scaled.links, ~problem.known
    decision = decide(links, found.left, found.scaled.amounts)
    if (shortfall := decision.shortfall) is not None:
        raise InputError(
            Fault(
                f"estimation.{shortfall.side}_cannot_be_met",
                firms=int(shortfall.firms.size),
                partners=int(shortfall.partners.size),
                total=shortfall.total,
                partners_total=shortfall.partners_total,
                examples=ids.take(pa.array(shortfall.firms[:_SHOWN])).to_pylist(),
                count=int(shortfall.firms.size),
            )
        )
    if decision.unused.any():
        prior = prior.copy()
        prior[np.flatnonzero(wanted)[decision.unused]] = 0.0
        found = fit(problem, prior)
    return found


def _notes(problem: Problem, found: Fit, paired: _Pairs, checked: bool) -> Iterator[Message]:
    """What was assumed, and what the user should know."""
    links = found.scaled.links
    yield Message(f"estimation.assumed_{found.margins}", links=links.size)
    if checked:
        yield Message("estimation.known_are_large")
    else:
        yield Message("estimation.spread_assumed")
    unused = int((found.prior == 0).sum())
    if unused:
        yield Message("estimation.unused_links", links=unused)
    if found.margins == "exact":
        misses = np.abs(found.scaled.misses(found.left))[found.left > 0]
        if misses.size and (largest := float(misses.max())) > _NOTED_MISS:
            within = float((misses <= _NOTED_MISS).mean())
            yield Message("estimation.misses", share=f"{within:.2%}", largest=f"{largest:.2%}")
    open_ends = [
        int((problem.totals[side, np.unique(ends)] < 0).sum())
        for side, ends in enumerate((links.seller, links.buyer))
    ]
    if any(open_ends):
        yield Message("estimation.without_totals", sellers=open_ends[0], buyers=open_ends[1])
    for reason, rows in paired.left_out.items():
        if rows:
            yield Message(f"estimation.left_out_{reason}", rows=rows)


def _raised_notes(raised: npt.NDArray[np.bool_], ids: pa.Array) -> Iterator[Message]:
    """Totals below what is known of a firm, which were raised to it."""
    firms = np.flatnonzero(raised.any(axis=0))
    if firms.size:
        examples = ids.take(pa.array(firms[:_SHOWN])).to_pylist()
        yield Message("estimation.raised", firms=int(firms.size), examples=examples)
