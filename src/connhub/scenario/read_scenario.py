"""A scenario from a TOML file."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pyarrow as pa

from connhub.arguments import checked
from connhub.errors import (
    ConnhubError,
    Fault,
    InputError,
    OptionError,
    did_you_mean,
    system_reason,
)
from connhub.scenario.events import Arrival, Departure, Growth, Scenario
from connhub.text.catalogue import Message
from connhub.text_files import read_text

__all__ = ["read_scenario"]

_MOST = 16 << 20
_MOST_DOTS = 16
_EVENTS: Mapping[str, type[Arrival | Departure | Growth]] = {
    "arrival": Arrival,
    "departure": Departure,
    "growth": Growth,
}
_TABLES = ("added", "removed")
_KNOWN = ("name", "unit", *_TABLES, *_EVENTS)


@checked
def read_scenario(path: str | os.PathLike[str]) -> Scenario:
    r"""Read a scenario.

    Parameters
    ----------
    path : path
        TOML: ``name``, ``unit``; a table ``[[arrival]]``, ``[[departure]]`` or ``[[growth]]`` for
        each event, with the fields of `Arrival`, `Departure` and `Growth`; ``added`` and
        ``removed``, each the path of a table of transactions beside the file, or a table
        ``[[added]]`` for each transaction, with ``seller_id``, ``buyer_id``, ``amount``.

    Returns
    -------
    Scenario

    Raises
    ------
    InputError
        When the file cannot be read or is no TOML; for what no scenario has.
    OptionError
        For values that no event has.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "scenario.toml"
    ...     _ = path.write_text('[[growth]]\nfirm = "a"\nsales = 0.2\n')
    ...     read_scenario(path).growth
    (Growth(firm='a', sales=0.2, purchases='with_sales'),)
    """
    file = str(path)
    try:
        text = read_text(path, _MOST)
        if max((line.count(".") for line in text.splitlines()), default=0) > _MOST_DOTS:
            raise ValueError("a key has too many parts")  # which take minutes to read
        found = tomllib.loads(text)
    except ConnhubError:
        raise
    except OSError as error:
        fault = Fault("scenario.file", file=file, reason=system_reason(error))
        raise InputError(fault) from error
    except (ValueError, RecursionError) as error:
        raise InputError(_not_toml(error).at(file=file)) from error
    if unknown := [key for key in found if key not in _KNOWN]:
        suggestion = did_you_mean(unknown[0], _KNOWN)
        fault = Fault("scenario.no_key", file=file, key=unknown[0], suggestion=suggestion)
        raise InputError(fault)
    for key in ("name", "unit"):
        if key in found and not isinstance(found[key], str):
            raise InputError(Fault("scenario.not_text", file=file, key=key))
    try:
        events = [
            _event(name, kind, entry, number, file)
            for name, kind in _EVENTS.items()
            for number, entry in enumerate(_entries(found, name, file), 1)
        ]
        tables = {name: _table(found, name, Path(path), file) for name in _TABLES}
        plain = {key: found[key] for key in ("name", "unit") if key in found}
        return Scenario(tuple(events), **tables, **plain)
    except OptionError as error:
        raise OptionError(*(fault.at(file=file) for fault in error.faults)) from error


def _entries(found: Mapping[str, Any], name: str, file: str) -> list[Mapping[str, Any]]:
    entries = found.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise InputError(Fault("scenario.no_list", file=file, key=name))
    return entries


def _event(
    name: str,
    kind: type[Arrival | Departure | Growth],
    entry: Mapping[str, Any],
    number: int,
    file: str,
) -> Arrival | Departure | Growth:
    known = {f.name: f.default is MISSING for f in fields(kind)}
    if unknown := [key for key in entry if key not in known]:
        suggestion = did_you_mean(unknown[0], known)
        raise InputError(
            Fault(
                "scenario.no_field",
                file=file,
                event=name,
                number=number,
                key=unknown[0],
                suggestion=suggestion,
            )
        )
    if missing := [key for key, needed in known.items() if needed and key not in entry]:
        fault = Fault(
            "scenario.missing_fields", file=file, event=name, number=number, names=missing
        )
        raise InputError(fault)
    try:
        return kind(**entry)
    except OptionError as error:
        faults = [_of_event(fault, name, number, entry) for fault in error.faults]
        raise OptionError(*faults) from error


def _of_event(fault: Fault, event: str, number: int, entry: Mapping[str, Any]) -> Fault:
    """What is wrong with a value, in terms of the file: it has no options."""
    key = str(fault.values.get("name", ""))
    if fault.kind.startswith("scenario.") or key not in entry:
        return fault
    if "wanted" in fault.values:  # files have no None
        wanted = [w for w in fault.values["wanted"] if w.kind != "options.type_none"]
        fault = Fault(fault.kind, **{**fault.values, "wanted": wanted})
    value = json.dumps(entry[key], ensure_ascii=False, default=str)
    advice = {"ja": fault.fix("ja"), "en": fault.fix("en")}
    return Fault(
        "scenario.wrong_value", event=event, number=number, key=key, value=value, advice=advice
    )


def _not_toml(error: Exception) -> Fault:
    """Where a file is no TOML; Python says so in English."""
    place = re.search(r"line (\d+), column (\d+)", str(error))
    if place is not None:
        line, column = map(int, place.groups())
        kind = Message("scenario.toml_place", number=column)
        content = {"en": str(error), "ja": kind.text("ja")}
        return Fault("scenario.not_toml", content=content, rows=[line])
    if isinstance(error, UnicodeDecodeError):
        return Fault("scenario.not_toml", content=Message("scenario.toml_encoding"))
    content = {"en": str(error), "ja": Message("scenario.toml_unreadable").text("ja")}
    return Fault("scenario.not_toml", content=content)


def _table(found: Mapping[str, Any], name: str, path: Path, file: str) -> Any:
    """The table of transactions that is named, or written out."""
    given = found.get(name)
    if given is None:
        return None
    if isinstance(given, str):
        return str(path.parent / given)
    entries = _entries(found, name, file)
    if not entries:
        return None
    keys = dict.fromkeys(key for entry in entries for key in entry)
    if unlike := [i for i, entry in enumerate(entries, 1) if len(entry) < len(keys)]:
        missing = [key for key in keys if key not in entries[unlike[0] - 1]]
        raise InputError(
            Fault("scenario.missing_fields", file=file, event=name, number=unlike[0], names=missing)
        )
    try:
        return pa.Table.from_pylist([dict(entry) for entry in entries])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise InputError(Fault("scenario.no_list", file=file, key=name)) from error
