"""The manifest: what the files of a table should hold, as who sends them says."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from connhub.errors import ConnhubError, Fault, InputError, did_you_mean, system_reason
from connhub.intake.amounts import BILLION, Money
from connhub.intake.ledger import FileRecord
from connhub.intake.table_source import Source
from connhub.staging import hash_file
from connhub.text.catalogue import Message
from connhub.text_files import read_text

__all__ = ["check_manifest", "read_manifest"]

Manifest = Mapping[str, Mapping[str, Any]]
_KEYS = ("rows", "amount", "sha256")
_NUMBER = {
    "rows": re.compile("[0-9]{1,19}"),
    "amount": re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?"),
}
_SHA256 = re.compile("[0-9a-f]{64}")
_PLACES, _MOST_BYTES = 30, 64 << 20


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
    where = "" if isinstance(manifest, Mapping) else str(manifest)
    content = manifest if isinstance(manifest, Mapping) else _read_json(manifest)
    if not isinstance(content, Mapping) or not all(
        isinstance(facts, Mapping) for facts in content.values()
    ):
        raise InputError(Fault("intake.no_manifest", reason=type(content).__name__, file=where))
    faults = [*_key_faults(content, where), *_name_faults(content, source)]
    if not faults:
        faults = [*_hash_faults(content, source)]
    if faults:
        raise InputError(*faults)
    return dict(content)


def _read_json(path: Any) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if repeated := [name for name, count in Counter(n for n, _ in pairs).items() if count > 1]:
            raise ValueError(f"{repeated[0]!r} stands twice")
        return dict(pairs)

    try:
        text = read_text(path, _MOST_BYTES)
        return json.loads(text, parse_float=Decimal, object_pairs_hook=unique)
    except ConnhubError:
        raise
    except OSError as error:
        reason: Message | str = system_reason(error)
        raise InputError(Fault("intake.no_manifest", reason=reason, file=str(path))) from error
    except (ValueError, RecursionError) as error:
        raise InputError(Fault("intake.no_manifest", reason=str(error), file=str(path))) from error


def _key_faults(content: Manifest, where: str) -> Iterator[Fault]:
    """Faults of keys that no manifest has: what they ask for would not be checked."""
    for name, facts in content.items():
        for key in facts:
            if key not in _KEYS:
                suggestion = did_you_mean(key, _KEYS)
                yield Fault(
                    "intake.manifest_key", key=str(key), of=name, suggestion=suggestion, file=where
                )


def _name_faults(content: Manifest, source: Source) -> Iterator[Fault]:
    """Faults of names that are of no file, or of several, and of files without a name."""
    by_name: dict[str, list[Path]] = {}
    for path in source.paths:
        by_name.setdefault(path.name, []).append(path)
    paths = {n: [p for p in by_name.get(Path(n).name, ()) if _is_called(p, n)] for n in content}
    if absent := [name for name, found in paths.items() if not found]:
        yield Fault("intake.manifest_absent", names=absent)
    if several := [name for name, found in paths.items() if len(found) > 1]:
        yield Fault("intake.manifest_ambiguous", names=several)
    named = Counter(path for found in paths.values() for path in found)
    if unnamed := [str(path) for path in source.paths if path not in named]:
        yield Fault("intake.manifest_unnamed", names=unnamed)
    if twice := [str(path) for path, count in named.items() if count > 1]:
        yield Fault("intake.manifest_twice", names=twice)


def _hash_faults(content: Manifest, source: Source) -> Iterator[Fault]:
    for name, facts in content.items():
        expected = str(facts.get("sha256", "")).lower()
        if "sha256" not in facts:
            continue
        if not _SHA256.fullmatch(expected):
            yield Fault("intake.manifest_sha256", value=expected, file=name)
        elif hash_file(next(p for p in source.paths if _is_called(p, name))) != expected:
            yield Fault("intake.manifest_hash", file=name)


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
    for record in records:
        path = Path(record.name)
        facts = next((f for name, f in manifest.items() if _is_called(path, name)), {})
        for name, check in (("rows", _rows_fault), ("amount", _amount_fault)):
            if name not in facts:
                continue
            expected = _number_text(facts[name])
            if not _NUMBER[name].fullmatch(expected):
                fault = Fault("intake.manifest_value", name=name, value=expected)
                faults.append(fault.at(file=record.name))
            elif (differs := check(expected, record, money)) is not None:
                faults.append(differs)
    if faults:
        raise InputError(*faults)


def _number_text(value: Any) -> str:
    """A number as it is written, without an exponent unless it is huge."""
    if isinstance(value, float | Decimal):
        exact = Decimal(str(value))
        return f"{exact:f}" if exact.is_finite() and abs(exact.adjusted()) < _PLACES else str(exact)
    return repr(value) if isinstance(value, bool) else str(value)


def _rows_fault(expected: str, record: FileRecord, money: Money) -> Fault | None:
    del money
    rows = int(expected)
    if rows == record.rows:
        return None
    return Fault("intake.manifest_rows", expected=rows, found=record.rows, file=record.name)


def _amount_fault(expected: str, record: FileRecord, money: Money) -> Fault | None:
    exact = money.exact(expected)
    apart = abs((exact - record.amount) * BILLION + record.rounding.difference)
    if 2 * apart <= record.rounding.rows:  # each difference is known to half a billionth
        return None
    return Fault(
        "intake.manifest_amount",
        expected=expected,
        found_amount=record.amount,
        unit=money.result_unit,
        file=record.name,
    )
