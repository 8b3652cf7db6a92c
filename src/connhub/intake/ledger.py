"""Where every row and every yen went: the policies, and the ledger of what they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args, get_type_hints

import pandas as pd

from connhub.errors import Fault, OptionError, listed
from connhub.schema import Language, label
from connhub.schema import columns as columns_of
from connhub.text.names import width
from connhub.text.notes import note

__all__ = ["COUNTED", "ENTRIES", "EXCLUDED", "PART", "FileRecord", "Ledger", "Policies"]

COUNTED = ("in_region", "out_of_region")
EXCLUDED = (
    "other_year",
    "missing_year",
    "missing_amount",
    "self_trade",
    "intragroup",
    "unknown_firm",
    "unknown_region",
    "both_abroad",
    "negative",
)
"""Reasons to leave a row out; it is counted under the first that applies, in this order."""
PART = ("with_overseas", "with_unknown", "with_self_trade", "with_intragroup", "with_negative")
"""Parts of the counted rows that a reader should know of."""
ENTRIES = (*COUNTED, *EXCLUDED, *PART)


@dataclass(frozen=True)
class Policies:
    """What to do with rows that are not plain; the first choice is the default.

    Parameters
    ----------
    missing_amount : {"error", "exclude"}
        Rows without an amount.
    self_trade : {"exclude", "include"}
        Seller and buyer are the same firm.
    intragroup : {"include", "exclude"}
        Seller and buyer have the same ``group_id``.
    unknown_firm : {"exclude", "outside", "error"}
        A party that the firm table lacks; ``"outside"`` counts it as out of region.
    unknown_region : {"exclude", "outside", "error"}
        A party whose region is empty.
    negative : {"net", "error", "drop"}
        Returns and credit notes.

    Raises
    ------
    OptionError
        For a choice that is not offered.

    Examples
    --------
    >>> Policies(self_trade="include").self_trade
    'include'
    """

    missing_amount: Literal["error", "exclude"] = "error"
    self_trade: Literal["exclude", "include"] = "exclude"
    intragroup: Literal["include", "exclude"] = "include"
    unknown_firm: Literal["exclude", "outside", "error"] = "exclude"
    unknown_region: Literal["exclude", "outside", "error"] = "exclude"
    negative: Literal["net", "error", "drop"] = "net"

    def __post_init__(self) -> None:
        for name, choices in get_type_hints(type(self)).items():
            if (value := getattr(self, name)) not in get_args(choices):
                raise OptionError(
                    Fault(
                        f"{name}={value!r} is not offered",
                        fix=f"one of {listed(get_args(choices))}",
                    )
                )

    @classmethod
    def split(cls, options: Mapping[str, Any]) -> tuple[Policies, dict[str, Any]]:
        """Take the policies out of keyword options; return them and the rest."""
        names = {f.name for f in fields(cls)}
        own = {k: v for k, v in options.items() if k in names}
        return cls(**own), {k: v for k, v in options.items() if k not in names}


@dataclass(frozen=True)
class FileRecord:
    """One file that was read: rows, money in base units, bytes, time of last change."""

    name: str
    rows: int
    amount: int | float
    bytes: int | None = None
    modified: int | None = None


@dataclass(frozen=True, eq=False)
class Ledger:
    """Where every row and every yen went.

    ``read = in_region + out_of_region + each reason for exclusion``, in rows and in money.

    Parameters
    ----------
    rows, amounts : mapping of str to int
        By entry, ``read`` included; amounts in base units.
    unit : str
        Base unit of the amounts.
    excluded_share : float
        Share of the absolute money read that was left out.
    years : tuple of int
        Years that were counted; empty without a year column.
    files : tuple of FileRecord
    notes : tuple of str
        What the user should know, the most important first.

    Examples
    --------
    >>> ledger = Ledger({"read": 3, "in_region": 2, "self_trade": 1},
    ...                 {"read": 60, "in_region": 50, "self_trade": 10})
    >>> ledger.entry("self_trade"), ledger.residual_rows, ledger.residual_amount
    ((1, 10), 0, 0)
    """

    rows: Mapping[str, int]
    amounts: Mapping[str, int | float]
    unit: str = "円"
    excluded_share: float = 0.0
    years: tuple[int, ...] = ()
    files: tuple[FileRecord, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def entry(self, name: str) -> tuple[int, int | float]:
        """Rows and money of one entry."""
        return self.rows.get(name, 0), self.amounts.get(name, 0)

    @property
    def residual_rows(self) -> int:
        """Rows read that are neither counted nor excluded; always 0."""
        return self.rows["read"] - sum(self.rows.get(e, 0) for e in (*COUNTED, *EXCLUDED))

    @property
    def residual_amount(self) -> int | float:
        """Money read that is neither counted nor excluded; always 0."""
        return self.amounts["read"] - sum(self.amounts.get(e, 0) for e in (*COUNTED, *EXCLUDED))

    @property
    def frame(self) -> pd.DataFrame:
        """One row an entry, with ``entry, kind, rows, amount``."""
        kinds = {
            "read": "read",
            **dict.fromkeys(COUNTED, "counted"),
            **dict.fromkeys(EXCLUDED, "excluded"),
            **dict.fromkeys(PART, "of which"),
        }
        lines = [(e, kind, *self.entry(e)) for e, kind in kinds.items()]
        return pd.DataFrame(lines, columns=list(columns_of("ledger")))

    def to_text(self, lang: Language = "ja") -> str:
        """Write the ledger out for people; entries without rows are left out."""
        lines = [
            (f"{'  ' if kind == 'of which' else ''}{label('entry', entry, lang)}", r, a)
            for entry, kind, r, a in self.frame.itertuples(index=False)
            if r or entry == "read" or kind == "counted"
        ]
        lines.append(
            ("残差" if lang == "ja" else "Residual", self.residual_rows, self.residual_amount)
        )
        words = ("行", self.unit) if lang == "ja" else ("rows", self.unit)
        wide = max(width(name) for name, _, _ in lines)
        body = [
            f"{name}{' ' * (wide - width(name))} {r:>12,} {words[0]} {a:>24,} {words[1]}"
            for name, r, a in lines
        ]
        return "\n".join([*(f"! {note(n, lang)}" for n in self.notes), *body])

    def __repr__(self) -> str:
        return self.to_text("en")

    def _repr_html_(self) -> str:
        from html import escape

        notes = "".join(f"<p><strong>{escape(n)}</strong></p>" for n in self.notes)
        table = self.frame[self.frame["rows"] > 0].to_html(index=False, escape=True)
        return f"{notes}{table}"

    def to_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        kept = asdict(self)
        kept["residual_rows"], kept["residual_amount"] = self.residual_rows, self.residual_amount
        return kept

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Ledger:
        """Rebuild from `to_dict`."""
        rest = {f.name: kept[f.name] for f in fields(cls)}
        rest["files"] = tuple(FileRecord(**f) for f in kept["files"])
        rest["years"], rest["notes"] = tuple(kept["years"]), tuple(kept["notes"])
        return cls(**rest)
