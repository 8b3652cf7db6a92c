"""Where every row and every yen went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from connhub.arguments import checked
from connhub.intake.amounts import Rounding
from connhub.labels import Language
from connhub.schema import columns as columns_of
from connhub.schema import label
from connhub.text.catalogue import Message, ShownText, Texts, default_language
from connhub.text.names import width
from connhub.text.numbers import decimal_text, money_unit

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ASKED_FOR", "COUNTED", "ENTRIES", "EXCLUDED", "PART", "FileRecord", "Ledger"]

COUNTED = ("in_region", "out_of_region")
EXCLUDED = (
    "blank_row",
    "total_row",
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
ASKED_FOR = ("blank_row", "total_row", "other_year")
"""Those of them that are no loss: no records, and years that are not of interest."""
PART = (
    "with_overseas",
    "with_unknown",
    "with_self_trade",
    "with_intragroup",
    "with_negative",
    "with_estimated",
)
"""Parts of the counted rows that a reader should know of."""
ENTRIES = (*COUNTED, *EXCLUDED, *PART)
Table = Literal["transactions", "firm_totals"]
_KINDS: Mapping[Table, Mapping[str, tuple[str, ...]]] = {
    "transactions": {"counted": COUNTED, "excluded": EXCLUDED, "of which": PART},
    "firm_totals": {
        "counted": ("firm_totals",),
        "excluded": ("abroad", "unknown_region", "implausible", "missing_amount"),
        "of which": (
            "with_out_of_region_sales",
            "with_in_region_purchases",
            "with_overseas_sales",
            "with_missing",
            "with_shares",
            "with_implausible",
        ),
    },
}
"""Entries of a ledger by the table that was read; the reasons in the order they apply."""


@dataclass(frozen=True)
class FileRecord:
    """One file that was read.

    Parameters
    ----------
    name : str
    rows : int
    amount : int
        Money read, in whole units of the result.
    bytes, modified : int or None
        Its size, and when it was last changed; None for a table in memory.
    rounding : Rounding
        What rounding its amounts to the resolution changed.
    """

    name: str
    rows: int
    amount: int
    bytes: int | None = None
    modified: int | None = None
    rounding: Rounding = field(default_factory=Rounding)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> FileRecord:
        """Rebuild from what `dataclasses.asdict` gives."""
        return cls(**{**record, "rounding": Rounding(**record.get("rounding", {}))})


@dataclass(frozen=True, eq=False)
class Ledger:
    """Where every row and every yen went.

    ``read = in_region + out_of_region + each reason for exclusion``, in rows and in money.

    Parameters
    ----------
    rows, amounts : mapping of str to int
        By entry, ``read`` included; amounts in whole `unit`.
    unit : str
        Unit of all money of the result: the base unit, or its fraction (``0.01 EUR``) where the
        resolution is finer.
    excluded_share : float
        Share of the absolute money read that was left out; blank rows, totals and years that were
        not asked for are no loss, and are not part of it.
    years : tuple of int
        Years that were counted; empty without a year column.
    files : tuple of FileRecord
    notes : tuple of Message
        What the user should know, the most important first.
    readings : tuple of Message
        As what the tables were read: units of money, blank rows.
    table : {"transactions", "firm_totals"}
        What was read. Of firm totals, the money of a row is its out-of-region sales and in-region
        purchases together.

    Examples
    --------
    >>> ledger = Ledger({"read": 3, "in_region": 2, "self_trade": 1},
    ...                 {"read": 60, "in_region": 50, "self_trade": 10})
    >>> ledger.entry("self_trade"), ledger.residual_rows, ledger.residual_amount
    ((1, 10), 0, 0)
    """

    rows: Mapping[str, int]
    amounts: Mapping[str, int]
    unit: str = "円"
    excluded_share: float = 0.0
    years: tuple[int, ...] = ()
    files: tuple[FileRecord, ...] = ()
    notes: tuple[Message, ...] = field(default=())
    readings: tuple[Message, ...] = field(default=())
    table: Table = "transactions"

    @checked
    def entry(self, name: str) -> tuple[int, int]:
        """Rows and money of one entry.

        Parameters
        ----------
        name : str
            ``"read"`` or one of `ENTRIES`, such as ``"self_trade"``.

        Returns
        -------
        (int, int)
            Zeros where there are none.
        """
        return self.rows.get(name, 0), self.amounts.get(name, 0)

    @property
    def residual_rows(self) -> int:
        """Rows read that are neither counted nor excluded; always 0."""
        return self.rows["read"] - sum(self.rows.get(e, 0) for e in self._disjoint)

    @property
    def residual_amount(self) -> int:
        """Money read that is neither counted nor excluded; always 0."""
        return self.amounts["read"] - sum(self.amounts.get(e, 0) for e in self._disjoint)

    @property
    def label(self) -> Literal["counted", "modelled"]:
        """Whether all figures are sums of rows, or estimates where some amounts are."""
        return "modelled" if self.rows.get("with_estimated") else "counted"

    @property
    def _disjoint(self) -> tuple[str, ...]:
        kinds = _KINDS[self.table]
        return (*kinds["counted"], *kinds["excluded"])

    @property
    def rounding(self) -> Rounding:
        """What rounding to the resolution changed, in all files together."""
        rounding = Rounding()
        for file in self.files:
            rounding.merge(file.rounding)
        return rounding

    @property
    def frame(self) -> pd.DataFrame:
        """One row an entry, with ``entry, kind, rows, amount``."""
        import pandas as pd

        frame = pd.DataFrame(self._entries(), columns=list(columns_of("ledger")))
        frame.attrs["unit"] = self.unit
        return frame

    @checked
    def to_text(self, lang: Language | None = None, *, flags: bool | None = None) -> str:
        """Write the ledger out for people, money in base units; entries without rows are left out.

        Parameters
        ----------
        lang : {"ja", "en"}, optional
            By default that of ``CONNHUB_LANG``, else English.
        flags : bool, optional
            Name options as on the command line, or as in Python; by default as the caller called.
        """
        lang = lang or default_language()
        texts = Texts("ledger", lang)
        entries = [
            (f"{'  ' if kind == 'of which' else ''}{label('entry', entry, lang)}", rows, amount)
            for entry, kind, rows, amount in self._entries()
            if rows or entry == "read" or kind == "counted"
        ]
        entries.append((texts("residual"), self.residual_rows, self.residual_amount))
        column = max(width(name) for name, _, _ in entries)
        unit = money_unit(self.unit, lang)
        lines = [
            f"{name}{' ' * (column - width(name))} {rows:>12,} {texts('rows')} "
            f"{decimal_text(amount, self.unit):>24} {unit}"
            for name, rows, amount in entries
        ]
        notes = [f"! {note.text(lang, flags=flags)}" for note in self.notes]
        first = [reading.text(lang, flags=flags) for reading in self.readings]
        return ShownText("\n".join([*notes, *first, *lines]))

    def _entries(self) -> list[tuple[str, str, int, int]]:
        kinds = {"read": "read"}
        for kind, entries in _KINDS[self.table].items():
            kinds |= dict.fromkeys(entries, kind)
        return [(entry, kind, *self.entry(entry)) for entry, kind in kinds.items()]

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return ShownText(self.to_text())._repr_html_()

    def to_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {
            **asdict(replace(self, notes=(), readings=())),
            "notes": [note.to_dict() for note in self.notes],
            "readings": [reading.to_dict() for reading in self.readings],
            "residual_rows": self.residual_rows,
            "residual_amount": self.residual_amount,
            "rounding": asdict(self.rounding),
        }

    @classmethod
    @checked
    def from_dict(cls, data: Mapping[str, Any]) -> Ledger:
        """Rebuild from `to_dict`.

        Parameters
        ----------
        data : mapping

        Returns
        -------
        Ledger
        """
        values = {f.name: data[f.name] for f in fields(cls) if f.name in data}
        values["files"] = tuple(map(FileRecord.from_dict, data["files"]))
        values["years"] = tuple(data["years"])
        values["notes"] = tuple(map(Message.from_dict, data["notes"]))
        values["readings"] = tuple(map(Message.from_dict, data.get("readings", ())))
        return cls(**values)
