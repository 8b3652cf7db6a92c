"""The edited table: totals and firms after a scenario, as if its table had been added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arrow import text
from connhub.errors import Fault, OptionError
from connhub.intake.columns import find_roles
from connhub.intake.firm_table import FirmTable
from connhub.intake.id_lookup import IdLookup
from connhub.intake.open_table import open_source
from connhub.intake.units import settle_unit
from connhub.options import ReadOptions
from connhub.scenario.behaviour import Newcomer
from connhub.scenario.deal_changes import ChangedDeals
from connhub.text.catalogue import SHOWN
from connhub.text.numbers import split_unit
from connhub.totals.coded_rows import total_coded
from connhub.totals.few_firms import Few
from connhub.totals.sparse_sums import Nodes, SparseSums
from connhub.totals.threads import total
from connhub.totals.totals import Totals

__all__ = ["Edited", "edited", "with_newcomers"]

Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Edited:
    """Totals before and after, both with the firms that are there afterwards.

    Parameters
    ----------
    base : Totals
    base_firms : FirmTable
        The table they were computed with.
    firms : FirmTable
        The same firms, and newcomers behind.
    changed : ChangedDeals or None
        Pairs that change: their transactions go, and as many come with the new amount.
    removed, added : Totals or None
        Of transactions that are given.
    """

    base: Totals
    base_firms: FirmTable
    firms: FirmTable
    changed: ChangedDeals | None
    removed: Totals | None
    added: Totals | None

    @cached_property
    def few(self) -> Few:
        """The firms of which anything changes."""
        moved = [np.flatnonzero(part.firms[:-1].any(axis=1)) for part in self._given if part]
        moved += [end[end < len(self.firms)] for end in self._ends]
        return Few(self.firms, np.unique(np.concatenate(moved or [np.empty(0, np.int64)])))

    @cached_property
    def some(self) -> tuple[Totals, Totals]:
        """Totals before and after, of which the sums by firm are those of `few`."""
        before = after = self.few.of(self.base)
        removed, added = (None if g is None else self.few.of(g) for g in self._given)
        gone, come = self._of_pairs(before)
        try:
            for part in (gone, removed):
                after = after if part is None else after - part
        except OptionError as error:
            _ = self._cells  # which may name the pairs
            kind = "left_out_not_there" if self.base.grain == "pairs" else "rows_not_there"
            raise OptionError(Fault(f"scenario.{kind}")) from error
        for part in (come, added):
            after = after if part is None else after + part
        return before, replace(after, account=before.account)

    def amounts(self, name: str) -> tuple[Int, Int]:
        """One of the `FirmAmounts` of all firms, before and after, in whole units of results."""
        money, before = self.base.money, self.base.firm_amounts[name]
        if more := len(self.firms) - before.size:
            before = np.append(before, np.zeros(more, dtype=np.int64))
        after = before.copy()
        after[self.few.rows] = self.some[1].firm_amounts[name]
        return money.in_result_units(before), money.in_result_units(after)

    @cached_property
    def before(self) -> Totals:
        """Sums by firm and pair of regions before."""
        return replace(self.base, cells=None).with_firms(self.base_firms, self.firms)

    @cached_property
    def after(self) -> Totals:
        """Sums by firm and pair of regions after."""
        return self.few.put(self.some[1], self.before)

    @cached_property
    def outcome(self) -> Totals:
        """After, at the grain of the analysis."""
        return replace(self.after, cells=self._cells)

    @cached_property
    def _cells(self) -> SparseSums | None:
        """The finer sums after."""
        cells = self.base.with_firms(self.base_firms, self.firms).cells
        if cells is None:
            return None
        pairs = [
            None if part is None or part.cells is None else self.few.cells_of_all(part.cells)
            for part in self._of_pairs(self.base)
        ]
        given = [None if part is None else part.cells for part in self._given]
        for less in (pairs[0], given[0]):
            try:
                cells = cells if less is None else cells - less
            except OptionError as error:
                raise OptionError(_not_there(less, cells, self.nodes, self.firms)) from error
        for more in (pairs[1], given[1]):
            cells = cells if more is None else cells + more
        return cells

    @property
    def nodes(self) -> Nodes:
        """Who trades afterwards."""
        return Nodes.of(self.firms.region_of, self.base.flows.shape[0])

    @property
    def _given(self) -> tuple[Totals | None, Totals | None]:
        return self.removed, self.added

    @property
    def _ends(self) -> list[Int]:
        """Nodes afterwards of the sellers and the buyers of the pairs that change."""
        if self.changed is None:
            return []
        known, places = len(self.base_firms), self.base.flows.shape[0]
        ends = self.changed.seller, self.changed.buyer
        return [_renumbered(end, known, len(self.firms), places) for end in ends]

    def _of_pairs(self, like: Totals) -> tuple[Totals | None, Totals | None]:
        """Totals of the pairs that change, before and after, at the grain of others."""
        if self.changed is None:
            return None, None
        seller, buyer = (self.few.nodes(end) for end in self._ends)

        def of(amount: Int, counts: Int) -> Totals:
            rows = np.flatnonzero(counts)
            parties = seller[rows], buyer[rows]
            firms = self.few.table
            return total_coded(*parties, amount[rows], counts[rows], firms=firms, like=like)

        pairs = self.changed
        return of(pairs.before, pairs.counts_before), of(pairs.after, pairs.counts_after)


def edited(
    totals: Totals,
    firms: FirmTable,
    *,
    changed: ChangedDeals | None = None,
    newcomers: Sequence[Newcomer] = (),
    removed: Any = None,
    added: Any = None,
    unit: str | None = None,
) -> Edited:
    """Take rows off totals and add others: what adding up the edited table gives, bit for bit.

    Parameters
    ----------
    totals : Totals
    firms : FirmTable
        The table the totals were computed with.
    changed : ChangedDeals, optional
        What returns among the transactions that go add to the ledger is not known.
    newcomers : sequence of Newcomer
    removed, added : table, optional
        Transactions.
    unit : str, optional
        Of their amounts, where the headers name none.

    Returns
    -------
    Edited

    Raises
    ------
    InputError, OptionError
        Also where rows that are removed are not there.
    """
    longer = with_newcomers(firms, newcomers) if newcomers else firms
    given: list[Totals | None] = [None, None]
    for i, table in enumerate((removed, added)):
        if table is not None:
            given[i] = _total_of(table, totals, longer, unit)
    found = Edited(totals, firms, longer, changed, given[0], given[1])
    _ = found.some if removed is None else (found.some, found.outcome)  # complain now
    return found


def _renumbered(nodes: Int, before: int, after: int, places: int) -> Int:
    """Nodes of the economy, newcomers behind all of them, as nodes of the longer firm table."""
    first_new = before + places
    listed = np.where(nodes < before, nodes, nodes - before + after)
    return np.where(nodes >= first_new, nodes - first_new + before, listed)


def _total_of(table: Any, like: Totals, firms: FirmTable, unit: str | None) -> Totals:
    """Add up transactions as those of the analysis were."""
    fraction, base = split_unit(like.money.result_unit)
    if firms.lookup is None:
        ids = firms.table["firm_id"].combine_chunks()
        firms = replace(firms, lookup=IdLookup.build(ids)[0])
    read = ReadOptions(
        unit=unit or (None if base == settle_unit("", None) else base),
        resolution=Decimal(like.money.step) / fraction,
        rounding=like.money.rounding,
        fold_ids=firms.fold_ids,
    )
    source = open_source(table, "transactions", read)
    dated = "year" in find_roles("transactions", source.schema.names, file=source.files[0])
    years = list(like.chosen_years) if dated else None
    policies = like.policies
    found = total(
        source, firms, year=years or None, grain=like.grain, read=read, policies=policies,
        progress=False,
    )  # fmt: skip
    if split_unit(found.money.result_unit)[1] != base:
        raise OptionError(Fault("scenario.other_unit", unit=found.money.unit, base=base))
    return replace(
        found,
        money=like.money,
        chosen_years=like.chosen_years,
        years=found.years if like.years.any() else np.zeros_like(found.years),
        identity=firms.identity,
    )


def _not_there(
    wanted: SparseSums | None, there: SparseSums, nodes: Nodes, firms: FirmTable
) -> Fault:
    """What is to be removed and is not there, as far as the grain tells."""
    if wanted is None or there.grain != "pairs":
        return Fault("scenario.rows_not_there")
    place = np.minimum(np.searchsorted(there.key, wanted.key), max(len(there) - 1, 0))
    found = there.key[place] == wanted.key if len(there) else np.zeros(len(wanted), np.bool_)
    counts = np.where(found, there.counts[place], 0) if len(there) else np.zeros(len(wanted))
    amount = np.where(found, there.amount[place], 0) if len(there) else np.zeros(len(wanted))
    all_gone = counts == wanted.counts
    wrong = (counts < wanted.counts) | (all_gone & (amount != wanted.amount))
    wrong |= amount < wanted.amount
    seller, buyer = (node[wrong][:SHOWN] for node in wanted.split(nodes))
    ids = text(firms.table["firm_id"])
    pairs = [f"{_id(ids, s)} → {_id(ids, b)}" for s, b in zip(seller, buyer, strict=True)]
    if not pairs:
        return Fault("scenario.left_out_not_there")
    return Fault("scenario.pairs_not_there", pairs=pairs)


def _id(ids: pa.Array, node: int) -> str:
    return str(ids[int(node)].as_py()) if node < len(ids) else "?"


def with_newcomers(firms: FirmTable, newcomers: Sequence[Newcomer]) -> FirmTable:
    """The firm table with newcomers behind: ids, names, industries; ids are not looked up.

    Parameters
    ----------
    firms : FirmTable
    newcomers : sequence of Newcomer

    Returns
    -------
    FirmTable

    Raises
    ------
    OptionError
        When an id is no integer, and the others are.
    """
    ids = firms.table["firm_id"].combine_chunks()
    try:
        new_ids = pa.array([str(n.arrival.firm) for n in newcomers], pa.large_string())
        joined = pa.concat_arrays([ids, new_ids.cast(ids.type)])
    except pa.ArrowInvalid as error:
        shown = [str(n.arrival.firm) for n in newcomers]
        raise OptionError(Fault("scenario.ids_are_integers", firms=shown)) from error
    columns: dict[str, Any] = {"firm_id": joined}
    given = {
        "name": [n.arrival.name for n in newcomers],
        "industry_code": [n.arrival.industry for n in newcomers],
        "municipality_code": [None] * len(newcomers),
    }
    for name, values in given.items():
        if name in firms.table.column_names:
            more = pa.array(values, pa.large_string())
            columns[name] = pa.concat_arrays([text(firms.table[name]), more])
    places = np.array([n.place for n in newcomers], dtype=np.int32)
    index = np.concatenate((firms.regions.index, places))
    groups = firms.groups
    if groups is not None:
        groups = np.insert(groups, len(firms), np.full(len(newcomers), -1))
    return FirmTable(
        pa.table(columns),
        replace(firms.regions, index=index),
        groups,
        None,
        firms.fold_ids,
        firms.notes,
        firms.readings,
    )
