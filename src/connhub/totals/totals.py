"""Totals: + is associative and commutative, - undoes it; all that crosses an engine's border."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from connhub.arguments import checked
from connhub.errors import Fault, LimitError, OptionError
from connhub.intake.account import Account
from connhub.intake.amounts import Money, Rounding
from connhub.intake.firm_table import FirmIdentity, FirmTable
from connhub.intake.ledger import COUNTED, ENTRIES, EXCLUDED, Ledger
from connhub.intake.years import FIRST_YEAR, YEARS
from connhub.options import Policies
from connhub.text.catalogue import Message
from connhub.totals.accumulator import Accumulator
from connhub.totals.counted_shares import (
    NOTED_SHARE,
    Shares,
    cause_notes,
    largest_note,
    refuse_nothing_found,
    refuse_years_not_there,
)
from connhub.totals.firm_amounts import FirmAmounts
from connhub.totals.other_firms import Numbering
from connhub.totals.sparse_sums import GRAINS, Grain, Nodes, SparseSums

__all__ = ["Totals"]

Int = npt.NDArray[np.int64]
_SUMS = (
    *("firms", "flows", "ledger", "excluded"),
    *("read_rows", "read_amount", "magnitude", "years"),
)
"""Fields that are sums over rows, whatever the grain."""


@dataclass(frozen=True, eq=False)
class Totals:
    """Sums of a transaction table by firm and by pair of regions, and perhaps finer ones.

    All in whole multiples of the resolution.

    Parameters
    ----------
    firms : ndarray of int64, shape (n + 1, 8)
        By firm, the columns of `kernel.FIRM_FIELDS`; the last row is for parties not listed.
    flows : ndarray of int64, shape (R + 2, R + 2, 2)
        Amount and count from seller region to buyer region, overseas and unknown last.
    ledger : ndarray of int64, shape (19, 3)
        Rows, amount and absolute amount of each entry of the ledger.
    excluded : ndarray of int64, shape (R + 2, 2)
        Sales and purchases of each region in rows left out.
    estimated : ndarray of int64, shape (n, 2), or (0, 2)
        Of the sales and purchases of each firm, what is estimated; empty without such amounts.
    cells : SparseSums or None
        The sums of the grains ``firms_by_region`` and ``pairs``.
    read_rows, read_amount, magnitude : int
        What was read, counted apart from the rest; magnitude is the sum of absolute amounts.
    years : ndarray of int64
        Rows of each year from 1800 on.
    money : Money
    policies : Policies
    chosen_years : tuple of int
    account : Account
        What is known of the files beside.
    identity : FirmIdentity
        Of the firm table.
    """

    firms: Int
    flows: Int
    ledger: Int
    excluded: Int
    estimated: Int
    cells: SparseSums | None
    read_rows: int
    read_amount: int
    magnitude: int
    years: Int
    money: Money
    policies: Policies
    chosen_years: tuple[int, ...]
    account: Account
    identity: FirmIdentity

    @classmethod
    @checked
    def of(
        cls,
        accumulator: Accumulator,
        account: Account,
        *,
        threads: int = 1,
    ) -> Totals:
        """Totals of all that was added up.

        Parameters
        ----------
        accumulator : Accumulator
            Into which those of all threads were merged.
        account : Account
            What is known of the table beside.
        threads : int
            For the sums of the finer grains.

        Returns
        -------
        Totals
        """
        encoder, reading = accumulator.encoder, accumulator.reading
        firms, flows, cells = accumulator.firms, accumulator.flows, None
        if accumulator.cells is not None:
            cells = accumulator.cells.finish(threads)
            firms, flows = cells.firms_and_flows(accumulator.tables.nodes, threads)
        return cls(
            firms,
            flows,
            accumulator.ledger,
            accumulator.excluded,
            accumulator.estimated,
            cells,
            read_rows=sum(reading.rows.values()),
            read_amount=sum(reading.amount.values()),
            magnitude=reading.magnitude,
            years=reading.years,
            money=encoder.money,
            policies=encoder.policies,
            chosen_years=encoder.years,
            account=account,
            identity=encoder.firms.identity,
        )

    @cached_property
    def key(self) -> str:
        """A hash of the options, the firms and their regions; only equals can be added."""
        shared = (self.policies, self.money, self.chosen_years, self.identity.fingerprint)
        return hashlib.sha256(repr(shared).encode()).hexdigest()

    @property
    def grain(self) -> Grain:
        """How fine the sums are."""
        return self.cells.grain if self.cells is not None else "firms"

    @cached_property
    def firm_amounts(self) -> FirmAmounts:
        """Sales and purchases of each firm of the table, shape (n,)."""
        return FirmAmounts.of_sums(self.firms[:-1])

    @property
    def rounding(self) -> Rounding:
        """What rounding to the resolution changed, in all files together."""
        rounding = Rounding()
        for file in self.account.files:
            rounding.merge(file.rounding)
        return rounding

    @checked
    def coarsen(self, grain: Grain, firms: FirmTable) -> Totals:
        """Give the same totals at a coarser grain, as if they had been added up at it.

        Parameters
        ----------
        grain : {"firms", "firms_by_region", "pairs"}
        firms : FirmTable
            The table the totals were computed with.

        Raises
        ------
        OptionError
            When the totals are coarser than that.
        """
        if grain not in GRAINS or GRAINS.index(grain) > GRAINS.index(self.grain):
            raise OptionError(Fault("totals.finer_grain", grain=grain, given=self.grain))
        if grain == self.grain:
            return self
        cells = self.cells if grain == "firms_by_region" else None
        if cells is not None:
            cells = cells.coarsen(self.nodes(firms))
        return replace(self, cells=cells)

    @checked
    def nodes(self, firms: FirmTable) -> Nodes:
        """Who the cells are about.

        Parameters
        ----------
        firms : FirmTable
            The table the totals were computed with.

        Returns
        -------
        Nodes
        """
        return Nodes.of(firms.region_of, self.flows.shape[0])

    def __add__(self, other: Totals) -> Totals:
        """Totals of both tables together.

        Raises
        ------
        OptionError
            When they stem from different firm tables, regions or options.
        LimitError
            When the sums could pass 2**63.
        """
        if not isinstance(other, Totals):
            return NotImplemented
        self._check_alike(other)
        if self.magnitude + other.magnitude >= 2**63:
            raise LimitError(Fault("totals.sum_too_large"))
        summed = [*_SUMS, "account"]
        if self.estimated.size and other.estimated.size:
            summed.append("estimated")
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        values.update({name: values[name] + getattr(other, name) for name in summed})
        if not self.estimated.size:
            values["estimated"] = other.estimated
        if self.cells is not None and other.cells is not None:
            values["cells"] = self.cells + other.cells
        return Totals(**values)

    def __sub__(self, other: Totals) -> Totals:
        """Totals of this table without the rows of the other, which are among its own.

        What is known of the files stays, but not which row was the largest.

        Raises
        ------
        OptionError
            When they stem from different firm tables, regions or options; when rows are not
            there, as far as the grain tells: less than no transaction would be left, money
            without a transaction, or less than no money where nothing was returned.
        """
        if not isinstance(other, Totals):
            return NotImplemented
        self._check_alike(other)
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        values.update({name: values[name] - getattr(other, name) for name in _SUMS})
        if self.estimated.size and other.estimated.size:
            values["estimated"] = self.estimated - other.estimated
        if self.cells is not None and other.cells is not None:
            values["cells"] = self.cells - other.cells
        values["account"] = replace(self.account, largest=())
        rest = Totals(**values)
        if rest._is_impossible:
            raise OptionError(Fault("totals.rows_not_there", grain=self.grain))
        return rest

    @property
    def _is_impossible(self) -> bool:
        """Whether less than no row is left somewhere, or money without a row."""
        counts = [self.firms[:, 3], self.firms[:, 7], self.flows[:, :, 1], self.ledger[:, 0]]
        sides = np.abs(self.firms[:, :3]).max(axis=1), np.abs(self.firms[:, 4:7]).max(axis=1)
        money = [*sides, self.flows[:, :, 0], self.ledger[:, 1]]
        few = [self.read_rows, self.magnitude, int(self.ledger[:, 2].min()), int(self.years.min())]
        if not self.ledger[ENTRIES.index("with_negative"), 0]:  # no returns: no money below 0
            cells = () if self.cells is None else (self.cells.amount,)
            few += [int(values.min(initial=0)) for values in (self.firms, self.flows, *cells)]
        return min(few) < 0 or any(
            (n < 0).any() or m[n == 0].any() for n, m in zip(counts, money, strict=True)
        )

    def _check_alike(self, other: Totals) -> None:
        if self.key != other.key:
            raise OptionError(Fault("totals.not_addable"))
        if self.grain != other.grain:
            raise OptionError(Fault("totals.different_grains", one=self.grain, other=other.grain))

    @checked
    def with_firms(self, firms: FirmTable, others: FirmTable) -> Totals:
        """The same totals with another firm table: more firms behind these, or fewer.

        Parameters
        ----------
        firms : FirmTable
            The table the totals were computed with.
        others : FirmTable
            The same firms in the same regions, and more behind them, perhaps in new regions; or
            without the last ones, where these trade nothing.

        Returns
        -------
        Totals
            As if the same rows had been added up with the other table, none of them by a firm that
            only one of the two has.

        Raises
        ------
        OptionError
            When the tables are not alike in this way.
        """
        if others is firms:
            return self
        numbering = Numbering(firms, others)
        cells = self.cells
        return replace(
            self,
            firms=numbering.by_firm(self.firms),
            flows=numbering.by_place(numbering.by_place(self.flows).swapaxes(0, 1)).swapaxes(0, 1),
            excluded=numbering.by_place(self.excluded),
            estimated=numbering.by_firm(self.estimated),
            cells=None if cells is None else numbering.of_cells(cells),
            identity=others.identity,
        )

    def to_ledger(self) -> Ledger:
        """The ledger of these totals, in units of results.

        Raises
        ------
        LimitError
            When it does not close, which no input may bring about.
        """
        in_result_units = self.money.sum_in_result_units
        rows = {
            "read": self.read_rows,
            **dict(zip(ENTRIES, self.ledger[:, 0].tolist(), strict=True)),
        }
        stored = dict(zip(ENTRIES, self.ledger[:, 1].tolist(), strict=True))
        amounts = {
            "read": in_result_units(self.read_amount),
            **{e: in_result_units(a) for e, a in stored.items()},
        }
        disjoint = (*COUNTED, *EXCLUDED)
        if (
            sum(rows[e] for e in disjoint) != self.read_rows
            or sum(stored[e] for e in disjoint) != self.read_amount
        ):
            raise LimitError(Fault("totals.ledger_not_closed"))
        years = [y + FIRST_YEAR for y in range(YEARS) if self.years[y]]
        if self.chosen_years:
            years = [y for y in years if y in self.chosen_years]
        return Ledger(
            rows,
            amounts,
            self.money.result_unit,
            self.shares.left_out,
            tuple(years),
            self.account.files,
            tuple(self._notes(years)),
            self.account.readings,
        )

    @checked
    def with_notes(self, notes: Sequence[Message]) -> Totals:
        """The same with more that the user should know.

        Parameters
        ----------
        notes : sequence of Message

        Returns
        -------
        Totals
        """
        account = replace(self.account, notes=(*notes, *self.account.notes))
        return replace(self, account=account)

    @checked
    def of_year(self, year: int) -> Totals:
        """The same of a table that is known to be of one year, where its rows name none.

        Parameters
        ----------
        year : int

        Returns
        -------
        Totals
        """
        if self.years.any():
            return self
        years = self.years.copy()
        years[year - FIRST_YEAR] = self.read_rows
        return replace(self, years=years)

    @property
    def shares(self) -> Shares:
        """How much of the money was left out, and why."""
        return Shares.of(self.ledger, self.magnitude)

    def refuse_nothing_found(self) -> None:
        """Refuse totals that hold nothing because parties, regions or years were not found.

        Raises
        ------
        InputError
            Also where few parties were found, and it is plain how their ids differ.
        """
        refuse_years_not_there(self.chosen_years, self.years, self.account)
        refuse_nothing_found(self.shares, self.account)

    def _notes(self, years: Sequence[int]) -> Iterator[Message]:
        """What the user should know, the most important first."""
        shares, account = self.shares, self.account
        rows, _, estimated = self.ledger[ENTRIES.index("with_estimated")].tolist()
        if rows:
            share = estimated / max(1, int(self.ledger[: len(COUNTED), 2].sum()))
            yield Message("ledger.estimated", rows=rows, share=f"{share:.1%}")
        yield from largest_note(account, shares, self.money, self.chosen_years)
        yield from cause_notes(shares, account.parties)
        if (rounding := self.rounding).rows:
            yield Message(
                "ledger.rounded",
                rows=rounding.rows,
                difference_amount=rounding.difference,
                absolute_amount=rounding.absolute,
                unit=self.money.rounding_unit,
            )
        if shares.left_out > NOTED_SHARE:
            yield Message("ledger.excluded_share", share=f"{shares.left_out:.1%}")
        yield from account.notes
        if len(years) > 1:
            yield Message("ledger.years_added_up", years=years)
        if rows := int(self.ledger[ENTRIES.index("other_year"), 0]):
            yield Message("ledger.only_years", years=list(self.chosen_years), rows=rows)
