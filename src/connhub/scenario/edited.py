"""The edited table: totals and firms after a scenario, as if its table had been added up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    def before(self) -> Totals:
        """Sums by firm and pair of regions before."""
        return replace(self.base, cells=None).with_firms(self.base_firms, self.firms)

    @cached_property
    def after(self) -> Totals:
        """Sums by firm and pair of regions after."""
        return self._edit(self.before)

    @cached_property
    def outcome(self) -> Totals:
        """After, at the grain of the analysis."""
        if self.base.cells is None:
            return self.after
        return self._edit(self.base.with_firms(self.base_firms, self.firms))

    def _edit(self, before: Totals) -> Totals:
        """Take off what goes, and add what comes: totals − removed + added."""
        less: list[Totals] = []
        more: list[Totals] = []
        if self.changed is not None and self.changed.seller.size:
            gone, come = self._of_pairs(self.changed, before)
            less.append(gone)
            more.append(come)
        for group, given in ((less, self.removed), (more, self.added)):
            if given is not None:
                group.append(replace(given, cells=None) if before.cells is None else given)
        after = before
        for part in less:
            try:
                after = after - part
            except OptionError as error:
                raise OptionError(_not_there(part, after, self.firms)) from error
        for part in more:
            after = after + part
        return replace(after, account=before.account)

    def _of_pairs(self, changed: ChangedDeals, like: Totals) -> Iterator[Totals]:
        """Totals of the pairs that change, before and after."""
        nodes, known = like.nodes(self.firms), len(self.base_firms)
        ends = (changed.seller, changed.buyer)
        seller, buyer = (_renumbered(end, known, nodes.firms, nodes.places) for end in ends)
        sides = (
            (changed.before, changed.counts_before),
            (changed.after, changed.counts_after),
        )
        for amount, counts in sides:
            at = np.flatnonzero(counts)
            parties = seller[at], buyer[at]
            yield total_coded(*parties, amount[at], counts[at], firms=self.firms, like=like)


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
    _ = found.after if removed is None else found.outcome  # complain now
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


def _not_there(less: Totals, before: Totals, firms: FirmTable) -> Fault:
    """What is to be removed and is not there, as far as the grain tells."""
    if less.cells is None or before.cells is None or less.cells.grain != "pairs":
        return Fault("scenario.rows_not_there")
    wanted, there = less.cells, before.cells
    place = np.minimum(np.searchsorted(there.key, wanted.key), max(len(there) - 1, 0))
    found = there.key[place] == wanted.key if len(there) else np.zeros(len(wanted), np.bool_)
    counts = np.where(found, there.counts[place], 0) if len(there) else np.zeros(len(wanted))
    amount = np.where(found, there.amount[place], 0) if len(there) else np.zeros(len(wanted))
    all_gone = counts == wanted.counts
    wrong = (counts < wanted.counts) | (all_gone & (amount != wanted.amount))
    wrong |= amount < wanted.amount
    seller, buyer = (node[wrong][:SHOWN] for node in wanted.split(before.nodes(firms)))
    ids = text(firms.table["firm_id"])
    pairs = [f"{_id(ids, s)} → {_id(ids, b)}" for s, b in zip(seller, buyer, strict=True)]
    if not pairs:
        return Fault("scenario.rows_not_there")
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
