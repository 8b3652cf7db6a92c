"""The manifest: what the files of a table should hold, as who sends them says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from connhub.errors import Fault, InputError
from connhub.intake.amounts import BILLION, Money
from connhub.intake.ledger import FileRecord
from connhub.intake.table_source import Source
from connhub.staging import hash_file

__all__ = ["check_manifest", "read_manifest"]

Manifest = Mapping[str, Mapping[str, Any]]


def read_manifest(manifest: Any, source: Source) -> Manifest:
    """Read what the files should hold; hashes are checked at once.

    Parameters
    ----------
    manifest : path, mapping, or None
    source : Source
        The files.

    Returns
    -------
    dict
        By file name, perhaps with folders before it: ``rows``, ``amount`` (in base units) and
        ``sha256``, each perhaps absent.

    Raises
    ------
    InputError
    """
    if manifest is None:
        return {}
    content = manifest
    if not isinstance(manifest, Mapping):
        try:
            content = json.loads(Path(manifest).read_text(encoding="utf-8"), parse_float=Decimal)
        except (OSError, ValueError) as error:
            raise InputError(
                Fault("intake.no_manifest", reason=str(error), file=str(manifest))
            ) from error
    if not isinstance(content, Mapping) or not all(
        isinstance(facts, Mapping) for facts in content.values()
    ):
        where = "" if isinstance(manifest, Mapping) else str(manifest)
        raise InputError(Fault("intake.no_manifest", reason=type(content).__name__, file=where))
    by_name: dict[str, list[Path]] = {}
    for path in source.paths:
        by_name.setdefault(path.name, []).append(path)
    paths = {n: [p for p in by_name.get(Path(n).name, ()) if _is_called(p, n)] for n in content}
    absent = [name for name, found in paths.items() if not found]
    several = [name for name, found in paths.items() if len(found) > 1]
    faults = [Fault("intake.manifest_absent", names=absent)] if absent else []
    faults += [Fault("intake.manifest_ambiguous", names=several)] if several else []
    faults += [
        Fault("intake.manifest_hash", file=name)
        for name, facts in content.items()
        if len(paths[name]) == 1
        and "sha256" in facts
        and hash_file(paths[name][0]) != str(facts["sha256"]).lower()
    ]
    if faults:
        raise InputError(*faults)
    return dict(content)


def _is_called(path: Path, name: str) -> bool:
    """Whether a name of the manifest is that of a file, perhaps with folders before it."""
    parts = Path(name).parts
    return bool(parts) and path.parts[-len(parts) :] == parts


def check_manifest(manifest: Manifest, records: Sequence[FileRecord], money: Money) -> None:
    """Compare what was read with what the manifest says.

    Parameters
    ----------
    manifest : mapping
        From `read_manifest`.
    records : sequence of FileRecord
        The files as they were read. Where amounts were rounded, what rounding changed is taken
        back.
    money : Money

    Raises
    ------
    InputError
    """
    faults = []
    by_name: dict[str, list[str]] = {}
    for name in manifest:
        by_name.setdefault(Path(name).name, []).append(name)
    for record in records:
        path = Path(record.name)
        called = [name for name in by_name.get(path.name, ()) if _is_called(path, name)]
        facts = manifest[called[0]] if called else {}
        for name, check in (("rows", _rows_fault), ("amount", _amount_fault)):
            if name not in facts:
                continue
            try:
                fault = check(facts[name], record, money)
            except ValueError:
                value = str(facts[name])
                fault = Fault("intake.manifest_value", name=name, value=value, file=record.name)
            if fault is not None:
                faults.append(fault)
    if faults:
        raise InputError(*faults)


def _rows_fault(expected: object, record: FileRecord, money: Money) -> Fault | None:
    del money
    rows = int(str(expected))
    if rows == record.rows:
        return None
    return Fault("intake.manifest_rows", expected=rows, found=record.rows, file=record.name)


def _amount_fault(expected: object, record: FileRecord, money: Money) -> Fault | None:
    exact = money.exact(expected)
    apart = abs((exact - record.amount) * BILLION + record.rounding.difference)
    if 2 * apart <= record.rounding.rows:  # each difference is known to half a billionth
        return None
    return Fault(
        "intake.manifest_amount",
        expected=str(expected),
        found_amount=record.amount,
        unit=money.result_unit,
        file=record.name,
    )
