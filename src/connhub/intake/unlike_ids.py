"""How the ids of a transaction table differ from those of the firm table, where few are found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pyarrow.compute as pc

from connhub.arrow import text
from connhub.intake.account import Parties
from connhub.intake.firm_table import FirmTable
from connhub.intake.ids import folded
from connhub.intake.odd_ids import in_exponent_form
from connhub.intake.reading import Reading
from connhub.regions.codes import corporate_number_check_digit
from connhub.text.catalogue import Message

__all__ = ["advice", "compare_ids", "compare_parties", "is_folded", "is_plain"]

_SHOWN = 3
_LISTED = 1000
"""Firms whose ids are looked at for what they have in common."""
_FOLDED_KINDS = (
    "intake.ids_with_point",
    "intake.ids_with_apostrophe",
    "intake.ids_of_invoices",
    "intake.ids_with_other_dashes",
    "intake.ids_of_other_width",
)
_LOST_DIGITS = "intake.ids_lost_digits"


def is_folded(difference: Message | None) -> bool:
    """Whether ids that differ so are the same once they are folded."""
    return difference is not None and difference.kind in _FOLDED_KINDS


def is_plain(difference: Message | None) -> bool:
    """Whether a difference says for certain why ids are not found."""
    return is_folded(difference) or (difference is not None and difference.kind == _LOST_DIGITS)


def advice(difference: Message | None, otherwise: str = "intake.advice_compare") -> Message:
    """What to do about ids that are not found; `otherwise` where the difference does not say."""
    if is_folded(difference):
        return Message("intake.advice_fold")
    if difference is not None and difference.kind in ("intake.ids_without_zeros", _LOST_DIGITS):
        return Message("intake.advice_export")
    return Message(otherwise)


def compare_parties(reading: Reading, firms: FirmTable) -> Parties:
    """Count the parties that were found, and compare the ids of the others with the firm table.

    Parameters
    ----------
    reading : Reading
        Of the whole table.
    firms : FirmTable
        With its lookup.

    Returns
    -------
    Parties
    """
    ids = list(dict.fromkeys(i for _, both in sorted(reading.unknown_ids) for i in both if i))
    if ids:
        unknown = firms.indices(ids) == len(firms)
        ids = [i for i, lacks in zip(ids, unknown, strict=True) if lacks]
    return Parties(reading.parties, reading.unknown, *compare_ids(ids, firms))


def compare_ids(
    ids: list[str], firms: FirmTable
) -> tuple[tuple[str, ...], tuple[str, ...], Message | None]:
    """Compare ids that the firm table lacks with its own.

    Parameters
    ----------
    ids : list of str
    firms : FirmTable
        With its lookup.

    Returns
    -------
    ids, listed : tuple of str
        Some of both, those that are the same but for the difference.
    difference : Message or None
    """
    some = text(firms.table["firm_id"].slice(0, _LISTED)).to_pylist()
    met = (_folded(ids, some, firms) or _changed(ids, some, firms)) if ids else None
    if met is None:
        difference = _shapes(ids, some) if ids else None
        return tuple(ids[:_SHOWN]), tuple(some[:_SHOWN]), difference
    kind, found = met
    pairs = list(found.items())[:_SHOWN]
    return (
        tuple(one for one, _ in pairs),
        tuple(other for _, other in pairs),
        Message(f"intake.{kind}"),
    )


Meeting = tuple[str, Mapping[str, str]]
"""Kind of the difference, and ids of the firm table by those of the other."""


def _folded(ids: list[str], some: list[str], firms: FirmTable) -> Meeting | None:
    """Ids that meet those of the firm table once both are folded, where most do."""
    if firms.fold_ids:
        return None
    mine = folded(text(ids))
    found: dict[str, str] = {}
    own = firms.indices(mine)
    for one, index in zip(ids, own.tolist(), strict=True):
        if index < len(firms):
            found[one] = str(firms.table["firm_id"][index].as_py())
    listed = text(some)
    changed = pc.any(pc.not_equal(folded(listed), listed)).as_py()
    if changed and len(found) < len(ids):
        everyone = text(firms.table["firm_id"])
        where = pc.index_in(mine, value_set=folded(everyone))
        for one, place in zip(ids, where.to_pylist(), strict=True):
            if place is not None:
                found[one] = str(everyone[place].as_py())
    if 2 * len(found) < len(ids):
        return None
    kinds = Counter(_kind_of(one, other) for one, other in found.items())
    kind = kinds.most_common(1)[0][0]
    return kind, {a: b for a, b in found.items() if _kind_of(a, b) == kind}


_FOLDED: Mapping[str, re.Pattern[str]] = {
    "ids_with_point": re.compile(r".*\d\.0+"),
    "ids_with_apostrophe": re.compile(r"['’].*"),
    "ids_of_invoices": re.compile(r"[TtＴ].*"),
    "ids_with_other_dashes": re.compile(r".*[～〜－−∥‖―—].*"),
}


def _kind_of(one: str, other: str) -> str:
    for kind, pattern in _FOLDED.items():
        if bool(pattern.fullmatch(one)) != bool(pattern.fullmatch(other)) or (
            kind == "ids_with_other_dashes" and pattern.fullmatch(one)
        ):
            return kind
    return "ids_of_other_width"


def _changed(ids: list[str], some: list[str], firms: FirmTable) -> Meeting | None:
    """The same, once they are changed in a way in which they are not folded."""
    length = Counter(map(len, some)).most_common(1)[0][0] if some else 0
    changes: Mapping[str, Callable[[str], str]] = {
        "ids_without_zeros": lambda i: i.zfill(length) if i.isdecimal() else "",
        "ids_with_zeros": lambda i: i.lstrip("0") if i.isdecimal() else "",
        "ids_of_other_case": lambda i: i.upper(),
        "ids_of_lower_case": lambda i: i.lower(),
        "ids_with_hyphens": lambda i: i.replace("-", ""),
        "ids_without_check_digit": _with_check_digit,
        "ids_with_check_digit": lambda i: i[1:] if len(i) == 13 and i.isdecimal() else "",
    }
    best: Meeting | None = None
    for kind, change in changes.items():
        other = [change(i) for i in ids]
        index = firms.indices(other)
        found = {
            one: new
            for one, new, where in zip(ids, other, index.tolist(), strict=True)
            if new and new != one and where < len(firms)
        }
        if 2 * len(found) >= len(ids) and (best is None or len(found) > len(best[1])):
            name = "ids_of_other_case" if kind == "ids_of_lower_case" else kind
            best = name, found
    return best


def _with_check_digit(content: str) -> str:
    if len(content) != 12 or not content.isdecimal():
        return ""
    digit = int(corporate_number_check_digit([content])[0])
    return f"{digit}{content}" if digit > 0 else ""


def _shapes(ids: Iterable[str], listed: Iterable[str]) -> Message | None:
    """What most ids of each side look like, where they look different."""
    zeros = [i for i in ids if len(i) == 13 and i.isdecimal() and i.endswith("00000")]
    numbers = [i for i in ids if len(i) == 13 and i.isdecimal()]
    if (len(zeros) > 1 and 2 * len(zeros) > len(numbers)) or any(map(in_exponent_form, ids)):
        return Message("intake.ids_lost_digits")
    one, other = _shape(ids), _shape(listed)
    if one is None or other is None or one == other:
        return None
    return Message("intake.ids_of_other_shape", one=one, other=other)


def _shape(ids: Iterable[str]) -> Message | None:
    """Digits of one length, or texts; None where there is no one shape."""
    shapes = Counter(len(i) if i.isascii() and i.isdigit() else 0 for i in ids)
    if not shapes:
        return None
    shape, times = shapes.most_common(1)[0]
    if times * 10 < np.sum(list(shapes.values())) * 9:
        return None
    return Message("intake.texts") if shape == 0 else Message("intake.digits", count=shape)
