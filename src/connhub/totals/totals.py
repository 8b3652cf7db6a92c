"""Totals: + is associative and commutative; the only thing that crosses an engine's border."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from connhub.errors import Fault, LimitError, OptionError
from connhub.intake.amounts import Money
from connhub.intake.firms import FirmTable
from connhub.intake.ledger import COUNTED, ENTRIES, EXCLUDED, FileRecord, Ledger, Policies
from connhub.intake.transactions import FIRST_YEAR, YEARS

__all__ = ["LARGEST_REGIONS", "Totals", "fingerprint"]

LARGEST_REGIONS = 4096
Int = npt.NDArray[np.int64]


def fingerprint(firms: FirmTable, policies: Policies, money: Money, years: object) -> str:
    """What two totals must share to be added."""
    h = hashlib.sha256(repr((policies, money, years, firms.regions.codes)).encode())
    h.update(firms.regions.index.tobytes())
    for chunk in firms.table["firm_id"].chunks:
        for buffer in chunk.buffers():
            h.update(buffer or b"")
    return h.hexdigest()


@dataclass(frozen=True, eq=False)
class Totals:
    """Sums of a transaction table at the grain of firms, in whole multiples of the resolution.

    Parameters
    ----------
    firms : ndarray of int64, shape (n + 1, 8)
        By firm, the columns of `kernel.FIRM_FIELDS`; the last row is for parties not listed.
    flows : ndarray of int64, shape (R + 2, R + 2, 2)
        Amount and deals from seller region to buyer region, overseas and unknown last.
    ledger : ndarray of int64, shape (16, 3)
        Rows, amount and absolute amount of each entry of the ledger.
    excluded : ndarray of int64, shape (R + 2, 2)
        Sales and purchases of each region in rows left out.
    read_rows, read_amount, magnitude : int
        What was read, counted apart from the rest; magnitude is the sum of absolute amounts.
    years : ndarray of int64
        Rows of each year from 1800 on.
    money : Money
    policies : Policies
    chosen_years : tuple of int
    files : tuple of FileRecord
    notes : tuple of str
    key : str
        Fingerprint of firm table, regions and options; only equals can be added.
    """

    firms: Int
    flows: Int
    ledger: Int
    excluded: Int
    read_rows: int
    read_amount: int
    magnitude: int
    years: Int
    money: Money
    policies: Policies
    chosen_years: tuple[int, ...]
    files: tuple[FileRecord, ...]
    notes: tuple[str, ...]
    key: str

    @staticmethod
    def arrays(firms: FirmTable) -> tuple[Int, Int, Int, Int]:
        """Empty sums for a firm table.

        Raises
        ------
        LimitError
            More regions than a dense flow matrix can hold.
        """
        size = firms.regions.size
        if size > LARGEST_REGIONS:
            raise LimitError(
                Fault(
                    f"{size:,} regions need {(size + 2) ** 2 * 16 / 2**30:.1f} GiB of flows a "
                    f"thread; the limit is {LARGEST_REGIONS:,} regions",
                    fix="choose a coarser region=",
                )
            )
        return (
            np.zeros((len(firms) + 1, 8), dtype=np.int64),
            np.zeros((size + 2, size + 2, 2), dtype=np.int64),
            np.zeros((len(ENTRIES), 3), dtype=np.int64),
            np.zeros((size + 2, 2), dtype=np.int64),
        )

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
        if self.key != other.key:
            fix = "compute both with the same firms, region=, year=, unit, resolution and policies"
            raise OptionError(Fault("these totals cannot be added", fix=fix))
        if self.magnitude + other.magnitude >= 2**63:
            raise LimitError(Fault("the sums pass 2**63", fix="choose a larger resolution="))
        summed = [
            "firms",
            "flows",
            "ledger",
            "excluded",
            "read_rows",
            "read_amount",
            "magnitude",
            "years",
            "files",
            "notes",
        ]
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        values.update({name: values[name] + getattr(other, name) for name in summed})
        return Totals(**values)

    def report(self) -> Ledger:
        """The ledger of these totals, in base units.

        Raises
        ------
        LimitError
            When it does not close, which no input may bring about.
        """
        base = self.money.in_base_exact
        rows = {
            "read": self.read_rows,
            **dict(zip(ENTRIES, self.ledger[:, 0].tolist(), strict=True)),
        }
        stored = dict(zip(ENTRIES, self.ledger[:, 1].tolist(), strict=True))
        amounts = {"read": base(self.read_amount), **{e: base(a) for e, a in stored.items()}}
        kept = (*COUNTED, *EXCLUDED)
        if (
            sum(rows[e] for e in kept) != self.read_rows
            or sum(stored[e] for e in kept) != self.read_amount
        ):
            raise LimitError(Fault("the ledger does not close", fix="report this as a bug"))
        left_out = sum(int(self.ledger[ENTRIES.index(e), 2]) for e in EXCLUDED)
        share = left_out / self.magnitude if self.magnitude else 0.0
        years = [y + FIRST_YEAR for y in range(YEARS) if self.years[y]]
        if self.chosen_years:
            years = [y for y in years if y in self.chosen_years]
        notes = list(self.notes)
        if share > 0.01:
            notes.insert(0, f"{share:.1%} of the money was excluded")
        if len(years) > 1:
            notes.append(f"the years {', '.join(map(str, years))} were added up")
        return Ledger(
            rows, amounts, self.money.base_unit, share, tuple(years), self.files, tuple(notes)
        )
