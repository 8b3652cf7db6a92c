"""What to do after a check: options that let the tables in, and the commands to run next."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connhub.errors import Fault
from connhub.intake.cell_texts import is_mark
from connhub.text.catalogue import flag

__all__ = ["REMEDIES", "Proposal", "flags_of", "next_commands", "propose"]

REMEDIES: Mapping[str, tuple[str, Any]] = {
    "intake.total_rows": ("total_rows", "drop"),
    "intake.note_rows": ("total_rows", "drop"),
    "intake.missing_amount": ("missing_amount", "exclude"),
    "firm_totals.missing": ("missing_amount", "exclude"),
    "intake.merged_cells": ("merged_cells", "fill"),
    "regions.municipality_zero_lost": ("lost_digits", "restore"),
}
"""Faults that one option answers, whatever the table; their texts name it."""
_UNREADABLE = frozenset(
    (
        "intake.unreadable_number",
        "intake.no_year",
        "selection.value_unreadable",
        "firm_totals.unreadable_share",
    )
)
_OF_ONE_TABLE = frozenset(("sheet", "header_row", "names", "delimiter"))
_OF_OTHER_TABLES = ("financials", "financials_unit", "fields")
_OF_CHECK = frozenset(("write_clean",))


@dataclass(frozen=True)
class Proposal:
    """An option that lets a table in.

    Parameters
    ----------
    option : str
    value : str, bool, or sequence of str
    faults : tuple of Fault
        That it answers.
    """

    option: str
    value: Any
    faults: tuple[Fault, ...]


def propose(
    faults: Sequence[Fault],
    given: Mapping[str, Any],
    look_again: Callable[[Mapping[str, Any]], Sequence[Fault]],
) -> tuple[tuple[Proposal, ...], tuple[Fault, ...]]:
    """Options that answer faults, and the faults that no option answers.

    The tables are looked at again with the options, since an option may bring other faults to
    light: a mark that is read as no value leaves an amount missing.

    Parameters
    ----------
    faults : sequence of Fault
    given : mapping
        Options that are in use.
    look_again : callable
        From options to the faults that are left with them.

    Returns
    -------
    proposals : tuple of Proposal
    left : tuple of Fault

    Examples
    --------
    >>> total = Fault("intake.total_rows", count=1)
    >>> proposals, left = propose([total], {}, lambda options: [])
    >>> [(p.option, p.value) for p in proposals], left
    ([('total_rows', 'drop')], ())
    """
    proposals: dict[str, Proposal] = {}
    left = tuple(faults)
    while new := _remedies(left, {**given, **{p.option: p.value for p in proposals.values()}}):
        for option, (value, answered) in new.items():
            before = proposals[option].faults if option in proposals else ()
            proposals[option] = Proposal(option, value, (*before, *answered))
        left = tuple(look_again({p.option: p.value for p in proposals.values()}))
    return tuple(proposals.values()), left


def _remedies(
    faults: Sequence[Fault], used: Mapping[str, Any]
) -> dict[str, tuple[Any, tuple[Fault, ...]]]:
    """Options that are not in use yet, with their values and the faults that each answers."""
    found: dict[str, tuple[Any, tuple[Fault, ...]]] = {}
    marks = tuple(used.get("missing_marks") or ())
    for fault in faults:
        for option, value in _remedy(fault, marks):
            _, others = found.get(option, (None, ()))
            if option == "missing_marks":
                marks = value
            elif used.get(option) == value:
                continue
            found[option] = (value, (*others, fault))
    return found


def _remedy(fault: Fault, marks: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if fault.kind in REMEDIES:
        yield REMEDIES[fault.kind]
    elif fault.kind == "regions.prefecture_code":
        if any(str(value).strip() in set("123456789") for value in fault.examples):
            yield "lost_digits", "restore"
    elif getattr(fault.values.get("advice"), "kind", "") == "intake.advice_fold":
        yield "fold_ids", True
    elif fault.kind in _UNREADABLE:
        cells = [cell.strip() for cell in fault.examples if isinstance(cell, str)]
        if new := [c for c in dict.fromkeys(cells) if is_mark(c) and c not in marks]:
            yield "missing_marks", (*marks, *new)


def next_commands(
    tables: Mapping[str, Any],
    options: Mapping[str, Any],
    *,
    scheme: str | None = None,
    of_region: str | None = None,
    again: bool = False,
) -> tuple[str, ...]:
    """The commands that come after a check, as they are typed in a shell.

    Parameters
    ----------
    tables : mapping
        Paths by ``transactions`` and ``firms``, or ``firm_totals``; ``financials``, ``fields``.
    options : mapping
        By name, those that differ from the default.
    scheme : str, optional
        For the selection, where the financials serve it.
    of_region : str, optional
        For the selection and the report.
    again : bool
        Whether the tables are to be checked again first.

    Returns
    -------
    tuple of str
        Empty where a table is no path, or an option cannot be typed.

    Examples
    --------
    >>> tables = {"transactions": "t.csv", "firms": "f.csv"}
    >>> next_commands(tables, {"total_rows": "drop"})[0]
    'connhub analyze t.csv f.csv --total-rows drop --out analysis'
    """
    named = {n: paths_of(data) for n, data in tables.items()}
    typed = {n: v for n, v in options.items() if n not in _OF_CHECK}
    if not all(named.values()) or not all(_can_be_typed(v) for v in typed.values()):
        return ()
    common = [*named.get("transactions", ()), *named.get("firms", ())]
    if "firm_totals" in named:
        common += ["--firm-totals", *named["firm_totals"]]
    of_analysis = {n: v for n, v in typed.items() if n not in _OF_OTHER_TABLES}
    common += [word for n, v in of_analysis.items() for word in flags_of(n, v)]
    others = {n: named[n][0] if n in named else typed.get(n) for n in _OF_OTHER_TABLES}
    ranking = [word for n, v in others.items() for word in flags_of(n, v)]
    if again:
        return (_shell(["connhub", "check", *common, *ranking]),)
    ranking += [*flags_of("scheme", scheme), *flags_of("of_region", of_region)]
    commands = [["analyze", *common, "--out", "analysis"]]
    if any(others.values()):
        commands.append(["select", *common, *ranking, "--out", "selection"])
    commands.append(["report", *common, *ranking, "--out", "report"])
    return tuple(_shell(["connhub", *command]) for command in commands)


def paths_of(data: Any) -> list[str]:
    """The paths of a table; none where it is no path."""
    items = data if isinstance(data, list | tuple) else [data]
    return [os.fspath(i) for i in items] if all(map(_is_path, items)) else []


def _is_path(value: Any) -> bool:
    return isinstance(value, str | os.PathLike)


def _can_be_typed(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_can_be_typed, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_can_be_typed, value))
    return value is None or _is_path(value) or isinstance(value, int | float)


def flags_of(option: str, value: Any) -> list[str]:
    """An option and its value as words of a command line.

    Examples
    --------
    >>> flags_of("missing_marks", ("-", "X")), flags_of("fold_ids", True)
    (['--missing-mark=-', '--missing-mark=X'], ['--fold-ids'])
    >>> flags_of("columns", {"amount": "額"}), flags_of("sheet", {"firms": 2})
    (['--column', 'amount=額'], ['--sheet', 'firms=2'])
    """
    name = flag(option)
    if value is True:
        return [name]
    if value is False or value is None:
        return []
    if isinstance(value, Mapping):
        pairs = [f"{key}={_word(option, of_key)}" for key, of_key in value.items()]
    elif isinstance(value, list | tuple) and option not in _OF_ONE_TABLE:
        pairs = [_word(option, item) for item in value]
    else:
        pairs = [_word(option, value)]
    if option == "missing_marks":  # a mark may begin with a hyphen
        return [f"{name}={pair}" for pair in pairs]
    return [word for pair in pairs for word in (name, pair)]


def _word(option: str, value: Any) -> str:
    if option == "delimiter" and value == "\t":
        return "tab"
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


def _shell(words: Sequence[str]) -> str:
    """Words quoted for the shell of this system."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
