"""How much of the money was counted, and why the rest was not: what the user must know first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connhub.errors import Fault, InputError
from connhub.intake.account import Account, LargestRow, Parties, largest_of
from connhub.intake.amounts import Money
from connhub.intake.ledger import ASKED_FOR, COUNTED, ENTRIES, EXCLUDED
from connhub.intake.unlike_ids import advice, is_folded, is_plain
from connhub.intake.years import FIRST_YEAR
from connhub.text.catalogue import Message

__all__ = [
    "NOTED_SHARE",
    "Shares",
    "cause_notes",
    "largest_note",
    "refuse_nothing_found",
    "refuse_years_not_there",
]

Int = npt.NDArray[np.int64]
NOTED_SHARE, CAUSE_SHARE, ROW_SHARE = 0.01, 0.2, 0.2
ROW_TIMES = 100
LEAST_ROWS = 30
"""In a table of fewer rows it is no wonder that one row is a large part."""


@dataclass(frozen=True)
class Shares:
    """Parts of the absolute money, without rows that are no records or of other years.

    Parameters
    ----------
    whole : int
        All of it, in multiples of the resolution.
    left_out, no_firm, no_region : float
        Shares of it that were left out: in all, and because a party was not found or has no
        region.
    nothing_found : bool
        Whether all of it was left out for these two reasons.
    no_year : float
        Share that was left out because the row has no year.
    """

    whole: int
    left_out: float
    no_firm: float
    no_region: float
    nothing_found: bool
    no_year: float = 0.0

    @classmethod
    def of(cls, ledger: npt.NDArray[np.int64], magnitude: int) -> Shares:
        """Of the ledger (rows, amounts, absolute amounts) of totals."""
        rows = dict(zip(ENTRIES, ledger[:, 0].tolist(), strict=True))
        money = dict(zip(ENTRIES, ledger[:, 2].tolist(), strict=True))
        whole = magnitude - sum(money[e] for e in ASKED_FOR)
        left_out = sum(money[e] for e in EXCLUDED if e not in ASKED_FOR)
        no_firm, no_region = money["unknown_firm"], money["unknown_region"]
        parts = (left_out, no_firm, no_region, money["missing_year"])
        shares = [part / whole if whole else 0.0 for part in parts]
        counted = sum(rows[entry] for entry in COUNTED)
        nothing = 0 < whole == no_firm + no_region and not counted
        return cls(whole, shares[0], shares[1], shares[2], nothing, shares[3])


def refuse_years_not_there(chosen: Sequence[int], years: Int, account: Account) -> None:
    """Refuse years that were asked for, and of which no row is.

    Parameters
    ----------
    chosen : sequence of int
    years : ndarray of int64
        Rows of each year, as in `Totals`.
    account : Account

    Raises
    ------
    InputError
        Not of a table without any year, which is said by itself.
    """
    known = [int(y) + FIRST_YEAR for y in np.flatnonzero(years)]
    if known and (missing := [y for y in chosen if y not in known]):
        file = account.files[0].name if len(account.files) == 1 else ""
        raise InputError(Fault("totals.years_not_there", years=missing, known=known, file=file))


def refuse_nothing_found(shares: Shares, account: Account) -> None:
    """Refuse totals that hold nothing, or little, because parties or regions were not found.

    Parameters
    ----------
    shares : Shares
    account : Account

    Raises
    ------
    InputError
    """
    parties = account.parties
    file = account.files[0].name if len(account.files) == 1 else ""
    found = parties.cells - parties.unknown
    few = 2 * found < parties.cells and is_plain(parties.difference)
    if not shares.nothing_found and not few:
        return
    if shares.no_region > shares.no_firm:
        raise InputError(Fault("totals.no_region_found", file=file))
    if not parties.ids:
        raise InputError(Fault("totals.no_party_found", parties=parties.cells, file=file))
    raise InputError(
        Fault(
            "totals.few_parties_found",
            file=file,
            found=found,
            parties=parties.cells,
            ids=list(parties.ids),
            listed=list(parties.listed),
            difference=_difference(parties),
            advice=advice(parties.difference),
        )
    )


def _difference(parties: Parties) -> Message:
    return parties.difference or Message("intake.ids_look_alike")


def largest_note(
    account: Account, shares: Shares, money: Money, years: Sequence[int]
) -> Iterator[Message]:
    """Note one row that is nearly all of the money.

    Parameters
    ----------
    account : Account
    shares : Shares
    money : Money
    years : sequence of int
        Those that are counted; empty for all.
    """
    row: LargestRow | None = largest_of(
        row for row in account.largest if not years or row.year in years
    )
    if row is None or row.rows < LEAST_ROWS or not shares.whole:
        return
    amount = abs(row.amount)
    share = amount / shares.whole
    values = {
        "place": row.place,
        "row_amount": money.sum_in_result_units(row.amount),
        "unit": money.result_unit,
    }
    if share > ROW_SHARE:
        yield Message("ledger.one_row_share", share=f"{share:.1%}", **values)
    elif amount > ROW_TIMES * row.following:
        times = amount // max(row.following, 1)
        yield Message("ledger.one_row_times", times=times, **values)


def cause_notes(shares: Shares, parties: Parties) -> Iterator[Message]:
    """Note why much of the money was not counted, the larger cause first."""
    causes = [(shares.no_firm, "firm"), (shares.no_region, "region"), (shares.no_year, "year")]
    for share, cause in sorted(causes, reverse=True):
        if share < CAUSE_SHARE:
            continue
        if cause == "region":
            yield Message("ledger.regions_not_found", share=f"{share:.1%}")
        elif cause == "year":
            yield Message("ledger.years_missing", share=f"{share:.1%}")
        elif not parties.ids:
            yield Message("ledger.firms_not_found", share=f"{share:.1%}")
        else:
            difference = _difference(parties)
            yield Message(
                "ledger.ids_not_found_folded" if is_folded(difference) else "ledger.ids_not_found",
                share=f"{share:.1%}",
                ids=list(parties.ids),
                listed=list(parties.listed),
                difference=difference,
            )
        if cause == "firm" and parties.ids and parties.difference is None:
            yield Message("ledger.whole_firm_table")
