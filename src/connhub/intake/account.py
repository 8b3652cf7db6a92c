"""What is known of a table once all of it is read, beside its sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from connhub.intake.ledger import FileRecord
from connhub.text.catalogue import Message

__all__ = ["Account", "LargestRow", "Parties", "largest_of"]


@dataclass(frozen=True)
class LargestRow:
    """The row of the largest absolute amount of a year.

    Parameters
    ----------
    year : int
        0 for rows without one.
    amount, following : int
        Its amount, and the next largest absolute one; in multiples of the resolution.
    rows : int
        How many rows of the year were compared.
    place : Message
        File and row.
    """

    year: int
    amount: int
    following: int
    rows: int
    place: Message

    def to_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {**vars(self), "place": self.place.to_dict()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> LargestRow:
        """Rebuild from `to_dict`."""
        return cls(**{**record, "place": Message.from_dict(record["place"])})


def largest_of(found: Iterable[LargestRow]) -> LargestRow | None:
    """The largest row of several years or tables, and the next largest amount of all of them.

    Examples
    --------
    >>> place = Message("intake.amounts")
    >>> largest_of([LargestRow(2023, -9, 2, 5, place), LargestRow(2024, 4, 1, 5, place)]).following
    4
    """
    rows = sorted(found, key=lambda row: -abs(row.amount))
    if not rows:
        return None
    following = max([rows[0].following, *(abs(row.amount) for row in rows[1:])])
    return replace(rows[0], following=following, rows=sum(row.rows for row in rows))


@dataclass(frozen=True)
class Parties:
    """How many parties the firm table has, and how the ids of the others differ from its own.

    Parameters
    ----------
    cells, unknown : int
        Parties of all rows, and those that the firm table lacks.
    ids, listed : tuple of str
        Some ids of these, and of the firm table.
    difference : Message or None
        What these ids have that those of the firm table do not, where that is plain.
    """

    cells: int = 0
    unknown: int = 0
    ids: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    difference: Message | None = None

    def __add__(self, other: Parties) -> Parties:
        first = self if self.ids else other
        difference = self.difference or other.difference
        if first.difference != difference:
            first = self if self.difference else other
        return Parties(
            self.cells + other.cells,
            self.unknown + other.unknown,
            first.ids,
            self.listed or other.listed,
            difference,
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        difference = None if self.difference is None else self.difference.to_dict()
        return {**vars(self), "difference": difference}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Parties:
        """Rebuild from `to_dict`."""
        told = record["difference"]
        return cls(
            record["cells"],
            record["unknown"],
            tuple(record["ids"]),
            tuple(record["listed"]),
            None if told is None else Message.from_dict(told),
        )


@dataclass(frozen=True)
class Account:
    """What is known of a table once all of it is read.

    Parameters
    ----------
    files : tuple of FileRecord
    notes : tuple of Message
        What the user should know of them.
    readings : tuple of Message
        As what the tables were read: units, blank rows.
    parties : Parties
    largest : tuple of LargestRow
        By year.
    """

    files: tuple[FileRecord, ...] = ()
    notes: tuple[Message, ...] = ()
    readings: tuple[Message, ...] = ()
    parties: Parties = Parties()
    largest: tuple[LargestRow, ...] = ()

    def __add__(self, other: Account) -> Account:
        rows = (*self.largest, *other.largest)
        by_year = (
            largest_of(row for row in rows if row.year == year)
            for year in sorted({row.year for row in rows})
        )
        return Account(
            self.files + other.files,
            self.notes + other.notes,
            _each_once(self.readings + other.readings),
            self.parties + other.parties,
            tuple(row for row in by_year if row is not None),
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {
            "files": [asdict(f) for f in self.files],
            "notes": [note.to_dict() for note in self.notes],
            "readings": [reading.to_dict() for reading in self.readings],
            "parties": self.parties.to_dict(),
            "largest": [row.to_dict() for row in self.largest],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Account:
        """Rebuild from `to_dict`."""
        return cls(
            tuple(FileRecord.from_dict(f) for f in record["files"]),
            tuple(Message.from_dict(note) for note in record["notes"]),
            tuple(Message.from_dict(reading) for reading in record["readings"]),
            Parties.from_dict(record["parties"]),
            tuple(LargestRow.from_dict(row) for row in record["largest"]),
        )


def _each_once(messages: Sequence[Message]) -> tuple[Message, ...]:
    once: list[Message] = []
    for message in messages:
        if message not in once:
            once.append(message)
    return tuple(once)
